"""The land that a layer is fetched for: a box in degrees, so that it is the same whatever CRS a study is in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from siting.crs import carry, transform_bounds
from siting.errors import SourceError

__all__ = ["DEGREES", "Area"]

DEGREES = "EPSG:4326"  #: of an area; x is the longitude
_METRES_PER_DEGREE = 110_500.0  #: of latitude, at the least anywhere (110,574 m at the equator)
_MARGIN = 0.1  #: an area is fetched this share of its size wider, so that a small change fetches nothing anew


@dataclass(frozen=True)
class Area:
    """A box in degrees: west, south, east, north.

    >>> Area(-112.5, 33.0, -112.0, 33.5).holds(Area(-112.4, 33.1, -112.1, 33.4))
    True
    """

    west: float
    south: float
    east: float
    north: float

    def __post_init__(self) -> None:
        if not (-180 <= self.west < self.east <= 180 and -90 <= self.south < self.north <= 90):
            raise SourceError(
                f"The area {self.bounds} is no box in degrees. Write west, south, east, north with west less than east "
                "and south less than north, as in -112.6,33.1,-112.2,33.5."
            )

    @classmethod
    def around(cls, xy: NDArray[np.float64], crs: str, reach_m: float = 0.0) -> Self | None:
        """The box around coordinates (n, 2) in a CRS, widened by a reach in metres; None where the reach is endless."""
        if not math.isfinite(reach_m):
            return None
        degrees = carry(np.asarray(xy, np.float64), crs, DEGREES)
        degrees = degrees[np.isfinite(degrees).all(axis=1)]
        west, south = degrees.min(axis=0)
        east, north = degrees.max(axis=0)
        up = reach_m / _METRES_PER_DEGREE + 1e-6
        wide = min(89.0, max(abs(south - up), abs(north + up)))
        side = up / math.cos(math.radians(wide))
        return cls(
            max(-180.0, float(west - side)), max(-90.0, float(south - up)),
            min(180.0, float(east + side)), min(90.0, float(north + up)),
        )  # fmt: skip

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north."""
        return self.west, self.south, self.east, self.north

    def holds(self, other: Area) -> bool:
        """Whether another area lies in this one."""
        return (
            self.west <= other.west and self.south <= other.south
            and self.east >= other.east and self.north >= other.north
        )  # fmt: skip

    def widened(self) -> Area:
        """The area to ask for: a little wider, on hundredths of a degree."""
        side = max(_MARGIN * (self.east - self.west), 0.02)
        up = max(_MARGIN * (self.north - self.south), 0.02)
        west, south = math.floor((self.west - side) * 100) / 100, math.floor((self.south - up) * 100) / 100
        east, north = math.ceil((self.east + side) * 100) / 100, math.ceil((self.north + up) * 100) / 100
        return Area(max(-180.0, west), max(-90.0, south), min(180.0, east), min(90.0, north))

    def within(self, crs: str) -> tuple[float, float, float, float]:
        """The box that holds the area in another CRS."""
        return transform_bounds(self.bounds, DEGREES, crs)
