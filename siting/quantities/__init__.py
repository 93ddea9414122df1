"""Quantities: the only expensive result. Measured part by part, kept by what they were made from."""

from __future__ import annotations

from siting.quantities.columns import WATERFALL
from siting.quantities.measuring import PART_SIZE, Quantities, measure_all

__all__ = ["PART_SIZE", "WATERFALL", "Quantities", "measure_all"]
