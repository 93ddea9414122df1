"""Sources and data folders by URL: each object becomes a copy on this machine, with a record of what it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from siting.catalogue.data import DataEntry, DataFolder, Found
from siting.sources.remote import local_copy, look

__all__ = ["UrlFolder", "found_at", "url_folder"]


@dataclass(frozen=True)
class UrlFolder(DataFolder):
    """A data folder at an address; its files come one by one, when they are asked for.

    path : the address as a path, for its name only; table : here
    """

    url: str = ""

    def has(self, entry: DataEntry) -> bool:
        """Always: whether there is such an object shows when it is asked for."""
        del entry
        return True

    def located(self, entry: DataEntry) -> tuple[Path, Mapping[str, Any] | None]:
        """The copy of an object of the folder, and what it was."""
        copy = local_copy(f"{self.url}/{entry.file}")
        return copy.path, copy.record


def found_at(source: str, url: str) -> Found:
    """The source that is an address. Raises SourceError where there is no object."""
    copy = local_copy(url)
    return Found(source=source, path=copy.path, name=url, fetched=copy.record)


def url_folder(url: str) -> UrlFolder:
    """The data folder at an address; its table is its own ``layers.csv``, else the one of the package."""
    packaged = Path(__file__).parents[1] / "studies" / "data.csv"
    own = f"{url}/layers.csv"
    table = packaged if look(own) is None else local_copy(own).path
    return UrlFolder(Path(url), table, url)
