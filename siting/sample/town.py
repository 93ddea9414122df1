"""One town of a sample county as plain values."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import shapely

__all__ = ["Town", "listed"]


@dataclass(frozen=True)
class Town:
    """A town: middle in metres, radius of its urban land in metres, people, and rank (1 is the city)."""

    name: str
    x: float
    y: float
    radius_m: float
    people: int
    rank: int


def listed(towns: gpd.GeoDataFrame) -> list[Town]:
    """The rows of the layer of towns, largest first."""
    xy = shapely.get_coordinates(towns.geometry.to_numpy()).tolist()
    columns = (towns[c].tolist() for c in ("NAME", "RADIUS_M", "POP", "RANK"))
    return [
        Town(str(name), x, y, float(radius), int(people), int(rank))
        for (x, y), name, radius, people, rank in zip(xy, *columns, strict=True)
    ]
