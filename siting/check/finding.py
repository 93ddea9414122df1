"""A finding: what a check has to say about one item of a study."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Finding", "Level"]

Level = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Finding:
    """What a check has to say.

    level : "error" (a run would refuse it), "warning" (legal, and probably not meant) or "note"
    item : the path of the item in the study ("blocks.power.criteria.station"), "" for the whole
    message : one or two sentences

    >>> print(Finding("note", "layers.rail", "Nothing uses this layer."))
    note: layers.rail: Nothing uses this layer.
    """

    level: Level
    item: str
    message: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.level, self.item, self.message) if part)
