"""Accounts as they are compared, and filled and disturbed at random."""

import random
from typing import Any

from jobs.test_export import HARD_IDS
from jobs.worlds import World, answered, lost_after, lost_before
from pictures import PNG


def content(world: World, id: str) -> bytes:
    with world.direct.stream(id) as chunks:
        return b"".join(chunks)


def all_of(world: World, new_ids: dict[str, str] | None = None) -> dict[str, Any]:
    """What restoring keeps, of each image, by the id that it has after a restore."""
    return {
        (new_ids or {}).get(image.id, image.id): (
            image.filename,
            dict(image.meta),
            image.creator,
            image.require_signed_urls,
            content(world, image.id),
        )
        for image in world.direct.list()
    }


def fill_at_random(world: World, chance: random.Random) -> None:
    """Put images of all kinds into an account."""
    hard = [id for id in HARD_IDS if id not in ("..", "\n")]
    for id in chance.sample([*hard, *map(str, range(20))], 12):
        world.put(
            id,
            content=PNG + bytes([chance.randrange(3)]),
            metadata=chance.choice([{}, {"n": 1}, {"t": True, "ü": "\n"}]),
            **chance.choice([{}, {"creator": "ada"}, {"creator": "ü" * 9}]),
        )
    for _ in range(6):
        world.direct.upload(
            PNG + bytes([chance.randrange(2)]),
            require_signed_urls=chance.random() < 0.5,
            metadata=chance.choice([{}, {"n": 1}]),
        )


def spoil_at_random(world: World, chance: random.Random) -> None:
    """Have requests go wrong."""
    spoils = [
        lost_before,
        lost_after,
        answered(500),
        answered(429, headers={"retry-after": "1"}),
        answered(404, text=""),
    ]
    for _ in range(12):
        world.spoil(chance.choice(["POST .*", "GET .*", ".*"]), chance.choice(spoils), after=chance.randrange(40))
