"""Images in pydantic models and FastAPI endpoints."""

import asyncio
import subprocess
import sys
from typing import Annotated, Any

import fastapi
import httpx
import pydantic
import pytest

from cfimages import FlexibleOptions, Image
from cfimages.delivery.flexible_options import write_options

PLAIN = {"id": "a", "meta": {"n": {"x": [1]}}, "uploaded": "2026-11-01T00:00:00.000Z"}
WRITTEN = {**PLAIN, "requireSignedURLs": False, "variants": []}
IMAGE = Image.from_dict(PLAIN)


class Album(pydantic.BaseModel):
    cover: Image
    others: list[Image] = []


def test_an_image_is_taken_as_it_is_or_read_from_its_json() -> None:
    assert Album(cover=IMAGE).cover is IMAGE
    assert Album.model_validate({"cover": PLAIN, "others": [IMAGE, PLAIN]}) == Album(cover=IMAGE, others=[IMAGE] * 2)
    assert Album.model_validate_json('{"cover": {"id": "b"}}').cover == Image("b")


@pytest.mark.parametrize("value", [{}, {"id": None}, [], "a", 5, None])
def test_what_is_no_image_is_a_validation_error(value: Any) -> None:
    with pytest.raises(pydantic.ValidationError, match="cover"):
        Album.model_validate({"cover": value})


def test_an_image_is_written_as_its_json() -> None:
    album = Album(cover=IMAGE)
    assert album.model_dump() == {"cover": WRITTEN, "others": []}
    assert Album.model_validate_json(album.model_dump_json()) == album
    assert type(album.model_dump()["cover"]["meta"]["n"]) is dict


def test_a_subclass_stays_one() -> None:
    class Photo(Image):
        pass

    kind = pydantic.TypeAdapter(Photo)
    assert type(kind.validate_python(PLAIN)) is Photo
    assert type(kind.validate_python(IMAGE.to_dict())) is Photo


@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_the_json_schema_of_an_image_names_its_fields(mode: Any) -> None:
    schema = Album.model_json_schema(mode=mode)["properties"]["cover"]
    assert set(schema["properties"]) == {
        "id", "filename", "meta", "creator", "uploaded", "requireSignedURLs", "variants", "draft"
    }  # fmt: skip
    assert schema["required"] == ["id"]


def test_an_endpoint_returns_images_and_takes_options() -> None:
    app = fastapi.FastAPI()

    @app.get("/images/{id}")
    def get(id: str) -> Image:
        return Image(id, meta={"n": {"x": [1]}})

    @app.post("/images")
    def post(image: Annotated[Image, fastapi.Body()]) -> list[Image]:
        return [image, image]

    @app.post("/urls")
    def url(options: FlexibleOptions) -> str:
        return write_options(options)

    async def scenario() -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://app.example") as client:
            assert (await client.get("/images/a")).json() == Image("a", meta={"n": {"x": [1]}}).to_dict()
            assert (await client.post("/images", json=PLAIN)).json() == [WRITTEN, WRITTEN]
            assert (await client.post("/images", json={})).status_code == 422
            assert (await client.post("/urls", json={"width": 5, "fit": "pad"})).json() == "width=5,fit=pad"
            assert (await client.post("/urls", json={"fit": "stretch"})).status_code == 422
            schemas = (await client.get("/openapi.json")).json()
        answer = schemas["paths"]["/images/{id}"]["get"]["responses"]["200"]
        assert answer["content"]["application/json"]["schema"]["required"] == ["id"]

    asyncio.run(scenario())


def test_pydantic_is_not_imported_for_an_image() -> None:
    code = "import sys, cfimages.models.image; print(any(name.startswith('pydantic') for name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
