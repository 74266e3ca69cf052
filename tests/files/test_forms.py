"""The bodies of an upload and of an edit, as the generated client takes them."""

from pathlib import Path
from typing import Any

import pytest

from cfimages import InvalidArgumentError
from cfimages.files.forms import edit_form, open_upload
from cfimages_api.models import ImageUpload


def test_a_form_has_the_open_file_its_name_and_what_it_is_about(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"bytes")
    fields = {"id": "own", "creator": "me"}
    for given, about in ((fields, "a.png as 'own'"), ({}, "a.png")):
        form = ImageUpload(**given)
        with open_upload(form, path, None, None) as said:
            ((name, (filename, stream, _)), *others) = form.to_multipart()
            assert (name, filename, stream.read(), said) == ("file", "a.png", b"bytes", about)
            assert [(name, value[1]) for name, value in others] == [
                (name, str(value).encode()) for name, value in given.items()
            ]


def test_a_form_has_the_url_instead_of_a_file() -> None:
    form = ImageUpload(id="own")
    with open_upload(form, None, "https://example.com/a.png", None) as about:
        assert about == "own"
        assert form.to_dict() == {"url": "https://example.com/a.png", "id": "own"}


def refusal(*source: Any) -> str:
    with pytest.raises(InvalidArgumentError) as caught, open_upload(ImageUpload(), *source):
        pass
    return str(caught.value)


def test_exactly_one_source_is_needed() -> None:
    for file, url in ((None, None), (b"x", "https://example.com")):
        assert refusal(file, url, None) == "file and url: pass exactly one of them"
    assert refusal(None, "https://example.com", "a.png") == (
        "filename='a.png': goes with file; with url the service chooses the name"
    )
    assert refusal(None, "ftp://canary", None) == "url: must be an http or https address, as a string"


def test_an_address_as_file_is_told_to_be_a_url_and_not_shown() -> None:
    for address in ("https://me:canary@example.com", "HTTP://canary"):
        assert (
            refusal(address, None, None) == "file: is an address, not a path: pass it as url, for the service to fetch"
        )


@pytest.mark.parametrize(
    ("given", "body"),
    [
        (({"a": {"b": 1}}, None, None), {"metadata": {"a": {"b": 1}}}),
        (({}, None, None), {"metadata": {}}),
        ((None, "", None), {"creator": ""}),
        ((None, None, False), {"requireSignedURLs": False}),
        (({"a": 1}, "me", True), {"metadata": {"a": 1}, "creator": "me", "requireSignedURLs": True}),
    ],
)
def test_an_edit_has_what_is_to_change(given: Any, body: dict[str, Any]) -> None:
    assert edit_form(*given).to_dict() == body


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((None, None, None), "nothing to change: pass metadata, creator or require_signed_urls"),
        (({1: "a"}, None, None), "metadata: the key 1 is not a string"),
        ((None, 5, None), "creator=5: must be a string, not int"),
        ((None, None, 0), "require_signed_urls=0: must be True or False"),
    ],
)
def test_another_edit_is_refused(given: Any, message: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        edit_form(*given)
    assert str(caught.value) == message
