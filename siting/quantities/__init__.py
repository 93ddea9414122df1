"""Quantities: the only expensive result. Measured part by part, kept by what they were made from."""

from __future__ import annotations

from siting.quantities.columns import WATERFALL
from siting.quantities.measuring import (
    PART_SIZE,
    BlockContext,
    Quantities,
    kept_block,
    made_from_of,
    measure_all,
    measure_block,
)

__all__ = [
    "PART_SIZE",
    "WATERFALL",
    "BlockContext",
    "Quantities",
    "kept_block",
    "made_from_of",
    "measure_all",
    "measure_block",
]
