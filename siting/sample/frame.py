"""The frame of a sample county: where it lies, how large it is, and its streams of chance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from zlib import crc32

import numpy as np

from siting.errors import StudyError

__all__ = ["LARGEST", "MILE_M", "SMALLEST", "Frame"]

MILE_M = 1609.344
SMALLEST, LARGEST = 1_000, 2_000_000


@dataclass(frozen=True, kw_only=True)
class Frame:
    """A square county of whole townships (6 x 6 miles), in metres of EPSG:26912.

    Parameters
    ----------
    parcels : how many parcels the county holds, 1,000 to 2,000,000
    seed : the seed of every random choice
    cell_m : size of a terrain cell in metres

    The county grows with the fifth root of the number of parcels: 1,000 parcels lie on 3 x 3
    townships, 20,000 on 5 x 5, 1,000,000 on 11 x 11.
    """

    parcels: int
    seed: int
    cell_m: float = 30.0
    x0: float = 400_000.0
    y0: float = 3_600_000.0

    def __post_init__(self) -> None:
        if not SMALLEST <= self.parcels <= LARGEST:
            raise StudyError(
                f"A sample county has {SMALLEST:,} to {LARGEST:,} parcels, not {self.parcels:,}. "
                "Ask for a number in that range."
            )

    @cached_property
    def townships(self) -> int:
        """Townships along one side."""
        return int(max(3, round(5 * (self.parcels / 20_000) ** 0.2)))

    @cached_property
    def cells(self) -> int:
        """Terrain cells along one side; the terrain covers the townships and no less."""
        return int(np.ceil(self.townships * 6 * MILE_M / self.cell_m))

    @property
    def size_m(self) -> float:
        """Length of a side in metres (townships, not cells)."""
        return self.townships * 6 * MILE_M

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north."""
        return self.x0, self.y0, self.x0 + self.size_m, self.y0 + self.size_m

    @property
    def transform(self) -> tuple[float, float, float, float, float, float]:
        """The affine transform (a, b, c, d, e, f) of the terrain grid; row 0 is the north."""
        return self.cell_m, 0.0, self.x0, 0.0, -self.cell_m, self.y0 + self.cells * self.cell_m

    def rng(self, stream: str) -> np.random.Generator:
        """A stream of chance of its own for each name, so that steps do not disturb each other."""
        return np.random.default_rng([self.seed, crc32(stream.encode())])
