"""What a plan keeps of an image, and whether the image is still so."""

from cfimages import Image
from cfimages.jobs.records import Json, NewItem, is_same


def record(image: Image) -> Json:
    """Return what the plan keeps of an image: its record, without delivery URLs."""
    kept = image.to_dict()
    kept.pop("variants", None)
    return kept


def as_it_is(image: Image) -> NewItem:
    """Return an image as an item with its record."""
    return NewItem(image.id, before=record(image))


def meta_of(record: Json) -> Json:
    """Return the metadata in a record; none if it is not an object."""
    meta = record.get("meta")
    return meta if isinstance(meta, dict) else {}


def is_same_upload(before: Json, image: Image) -> bool:
    """Whether an image is the one that was planned, and not one that was uploaded anew under its id."""
    return bool(before.get("uploaded") == record(image).get("uploaded"))


def has_same_creator(before: Json, image: Image) -> bool:
    """Whether an image belongs to the creator that was planned."""
    return (before.get("creator") or "") == (image.creator or "")


def has_same_metadata(before: Json, image: Image) -> bool:
    """Whether the metadata of an image is as it was planned."""
    return is_same(meta_of(before), meta_of(record(image)))
