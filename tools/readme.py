"""Make the links of the README work on the package index. hatchling runs this whenever it builds.

In a checkout, links lead to files beside the README. On the index there are no such files: links lead to the repository
instead, at the address `Source` in `project.urls` of pyproject.toml. Without an address, they become plain text.
"""

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

LINK = re.compile(r"\[([^\]]+)\]\((?![a-z]+:|#)([^)\s]+)\)")
"""A link to a file, in Markdown."""


def for_the_index(readme: str, source: str | None, version: str) -> str:
    """Return the README with links to the files of this version in the repository, or without links to files."""
    return LINK.sub(rf"[\1]({source.rstrip('/')}/blob/v{version}/\2)" if source else r"\1", readme)


class LongDescription(MetadataHookInterface):
    """Fills the field `readme`, which pyproject.toml declares as dynamic."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the field in what pyproject.toml says of the project."""
        readme = Path(self.root, "README.md").read_text("utf-8")
        source = metadata.get("urls", {}).get("Source")
        text = for_the_index(readme, source, metadata["version"])
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
