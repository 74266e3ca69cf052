"""The blocks of docs/howto run, and every public name is in the reference."""

import re
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from documents import ROOT, python, read
from pictures import PNG

import cfimages
from cfimages import CloudflareImages, jobs, sandbox
from cfimages.sandbox import Sandbox


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CloudflareImages]:
    """An account in the environment with the image "logo", and a folder with an image file to work in."""
    (tmp_path / "logo.png").write_bytes(PNG)
    monkeypatch.chdir(tmp_path)
    with Sandbox() as sandbox, sandbox.client(account_id="reader") as images:
        images.upload(PNG, id="logo", metadata={"status": "active"}, creator="user123")
        monkeypatch.setenv("CLOUDFLARE_BASE_URL", sandbox.base_url)
        monkeypatch.setenv("CLOUDFLARE_ACCOUNT_ID", "reader")
        monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "token")
        yield images


def module(code: str, name: str = "example") -> types.ModuleType:
    """Run a block as a module."""
    made = types.ModuleType(name)
    exec(compile(code, f"{name}.py", "exec"), vars(made))
    return made


# --- Web apps -------------------------------------------------------------------------------------------------

FASTAPI, FASTAPI_UPLOAD, DJANGO = python(read("docs/howto/web-apps.md"))
NO_IDS = ["missing", "", "..", "stats", "config", "keys", "a//b", " ", "\x00", "x" * 2000]
"""What a visitor types in place of an id."""


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Using `httpx` with `starlette.testclient`")
def test_fastapi_lists_pages_and_answers_404_for_a_missing_image(account: CloudflareImages) -> None:
    from fastapi.testclient import TestClient

    with TestClient(module(FASTAPI).app) as browser:
        newest = browser.get("/newest").json()
        assert [image["id"] for image in newest] == ["logo"]
        assert browser.get("/images").json() == {"images": newest, "next_token": None}
        assert [browser.get("/images", params={"token": token}).status_code for token in ("", "made-up")] == [400, 400]
        for number in range(50):
            account.upload(PNG, id=f"{number}")
        first = browser.get("/images").json()
        rest = browser.get("/images", params={"token": first["next_token"]}).json()
        assert (len(first["images"]), [image["id"] for image in rest["images"]]) == (50, ["logo"])
        original = browser.get("/images/logo")
        assert (original.status_code, original.content) == (200, PNG)
        assert original.headers["content-length"] == str(len(PNG))
        paths = {typed: quote(typed).replace(".", "%2E") for typed in NO_IDS}  # the browser resolves bare dots
        asked = {typed: browser.get(f"/images/{path}").status_code for typed, path in paths.items()}
        assert asked == dict.fromkeys(NO_IDS, 404)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Using `httpx` with `starlette.testclient`")
def test_fastapi_passes_an_upload_on(account: CloudflareImages) -> None:
    from fastapi.testclient import TestClient

    with TestClient(module(FASTAPI_UPLOAD).app) as browser:
        stored = browser.post("/images", files={"file": ("cat.png", PNG)})
        files = {"text": b"text", "empty": b"", "large": PNG + bytes(11 << 20)}
        refused = {name: browser.post("/images", files={"file": (name, files[name])}).status_code for name in files}
        refused["none"] = browser.post("/images").status_code
    assert (stored.status_code, stored.json()["filename"]) == (201, "cat.png")
    assert account.get(stored.json()["id"]).creator == "user123"
    assert refused == {"text": 415, "empty": 400, "large": 413, "none": 422}


@pytest.mark.slow
def test_django_lists_streams_and_uploads(account: CloudflareImages) -> None:
    import django
    from django.conf import settings
    from django.http import Http404
    from django.test import RequestFactory

    settings.configure(SECRET_KEY="test", USE_TZ=True)
    django.setup()
    from django.core.files.uploadedfile import SimpleUploadedFile

    views, ask = module(DJANGO), RequestFactory()
    try:
        assert b'"logo"' in views.newest(ask.get("/newest")).content
        original = views.original(ask.get("/images/logo"), "logo")
        assert (original["Content-Type"], b"".join(original.streaming_content)) == ("image/png", PNG)
        for typed in NO_IDS:
            with pytest.raises(Http404):
                views.original(ask.get("/images/x"), typed)
        files = {"cat.png": PNG, "notes.txt": b"text", "empty.png": b"", "large.png": PNG + bytes(11 << 20)}
        sent = [ask.post("/images", {"file": SimpleUploadedFile(*file)}) for file in files.items()]
        answers = [views.upload(request).status_code for request in (*sent, ask.post("/images"), ask.get("/images"))]
        assert answers == [201, 415, 400, 413, 400, 405]
        for request in sent:
            request.close()
    finally:
        views.client().close()
    assert [image.filename for image in account.list().take(1)] == ["cat.png"]


# --- Workers --------------------------------------------------------------------------------------------------

CLIENT, CELERY, GUNICORN, LAMBDA = python(read("docs/howto/workers.md"))


def test_a_process_has_one_client(account: CloudflareImages, capsys: pytest.CaptureFixture[str]) -> None:
    client = module(CLIENT).client
    with client() as images:
        assert images is client()
    assert capsys.readouterr().out == "1\n"


def test_a_task_of_celery_that_runs_twice_uploads_once(
    account: CloudflareImages, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a stand-in: Celery does not go with the version of python-dateutil that development is pinned to."""

    class Celery:
        def __init__(self, name: str, broker: str) -> None: ...

        def task(self, **_options: Any) -> Any:
            return lambda function: function

    celery = types.ModuleType("celery")
    vars(celery)["Celery"] = Celery
    monkeypatch.setitem(sys.modules, "celery", celery)
    tasks = module(CELERY)
    with tasks.client():
        assert [tasks.publish("logo.png", "new") for _ in range(2)] == ["new", "new"]
    assert account.stats().current == 2


def test_gunicorn_makes_a_client_in_each_worker(account: CloudflareImages, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = module(CLIENT, "shop.images")
    monkeypatch.setitem(sys.modules, "shop", types.ModuleType("shop"))
    monkeypatch.setitem(sys.modules, "shop.images", shop)
    module(GUNICORN).post_fork(None, None)
    shop.client().close()
    assert shop.client.cache_info().currsize == 1


def test_a_lambda_function_answers(account: CloudflareImages) -> None:
    function = module(LAMBDA)
    with function.images:
        for typed in NO_IDS:
            assert function.handler({"image_id": typed}, None) == {"statusCode": 404}
        answer = function.handler({"image_id": "logo"}, None)
    assert (answer["statusCode"], '"logo"' in answer["body"]) == (200, True)


# --- Notebooks, and the official SDK --------------------------------------------------------------------------

(PAGE,) = python(read("docs/howto/notebooks.md"))


def test_a_notebook_shows_a_page(account: CloudflareImages) -> None:
    shown = module(PAGE)
    with shown.images:
        assert "logo" in shown.page._repr_html_()


def test_what_moves_from_the_official_sdk_runs(account: CloudflareImages, capsys: pytest.CaptureFixture[str]) -> None:
    module(python(read("docs/howto/official-sdk.md"))[0])
    assert capsys.readouterr().out == "{'status': 'archived'}\nFalse\n"


def test_every_method_that_is_named_there_exists() -> None:
    table = read("docs/howto/official-sdk.md")
    for path in re.findall(r"`images\.([\w.]+)\(", table):
        found: Any = CloudflareImages("reader", api_token="token")
        for name in path.split("."):
            found = getattr(found, name)


# --- The reference --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "reference").glob("*.md")), ids=lambda path: path.stem)
def test_a_page_of_the_reference_says_what_helps_without_the_site(path: Path) -> None:
    said = re.search(r"^Build the site .*`help\((?:cfimages\.)?(\w+)\)`\.$", path.read_text("utf-8"), re.MULTILINE)
    assert said
    assert said[1] in (*cfimages.__all__, "jobs", "sandbox")


def test_every_public_name_is_in_the_reference() -> None:
    pages = "\n".join(path.read_text("utf-8") for path in (ROOT / "docs" / "reference").glob("*.md"))
    named = re.findall(r"^\.\. auto\w+:: cfimages\.(\w+)$", pages, re.MULTILINE)
    assert sorted(set(cfimages.__all__) - {"__version__"}) == sorted(set(named) - {"jobs", "sandbox"})
    for package in (jobs, sandbox):  # these come whole
        assert f".. automodule:: {package.__name__}\n   :members:" in pages
        assert package.__all__


@pytest.mark.slow
def test_the_reference_describes_type_aliases() -> None:
    pytest.importorskip("sphinx", reason="Sphinx is a tool of `make docs`")
    describe = module(read("docs/conf.py"), "conf").describe_alias
    aliases = re.findall(r"autodata:: (cfimages\.\w+)", read("docs/reference/arguments.md"))
    for name in [*aliases, "cfimages.Comparison"]:
        lines = ["Represent a PEP 604 union type"]
        describe(None, "data", name, None, None, lines)
        assert lines[0] != "Represent a PEP 604 union type"
        assert lines[-2].startswith("Its value is `")
    assert len(aliases) > 10


def test_the_summary_for_language_models_leads_to_pages_of_the_site() -> None:
    for page in re.findall(r"\]\(([^)]+)\.html\)", read("docs/extra/llms.txt")):
        assert (ROOT / "docs" / f"{page}.md").is_file()
