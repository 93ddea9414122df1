"""Airports of a sample county with their runways and obstacle surfaces, and a military installation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, Polygon

from siting.sample.frame import MILE_M
from siting.sample.lattice import Lattice, beyond_towns, build_lattice
from siting.sample.names import FAMILY, drawn
from siting.sample.routing import on_grid
from siting.sample.town import listed

if TYPE_CHECKING:
    from siting.sample.rail import Rail
    from siting.sample.roads import Roads
    from siting.sample.terrain import Terrain

__all__ = ["build_airports"]

_CRS = "EPSG:26912"
_FT = 0.3048
#: unit vectors of runways with exact decimals
_HEADINGS = ((1.0, 0.0), (0.96, 0.28), (0.8, 0.6), (0.96, -0.28), (0.28, 0.96))
#: 14 CFR 77.19: half width at the near and far end (ft), length (ft) and rise of the parts of an approach
_PRECISION = ((500.0, 8_000.0), ((10_000.0, 50.0), (40_000.0, 40.0)))
_VISUAL = ((250.0, 625.0), ((5_000.0, 20.0),))


@dataclass(frozen=True, eq=False)
class _Field:
    """An airport: code, name, place, unit vector of its runways, their lengths, and whether it is the large one."""

    code: str
    name: str
    place: NDArray[np.float64]
    heading: NDArray[np.float64]
    lengths_ft: tuple[int, ...]
    large: bool

    @property
    def across(self) -> NDArray[np.float64]:
        """Unit vector to the left of the runways."""
        return np.array([-self.heading[1], self.heading[0]])

    def runways(self) -> list[NDArray[np.float64]]:
        """The two ends of each runway; parallel runways lie 1,310 m (4,300 ft) apart."""
        out = []
        for k, feet in enumerate(self.lengths_ft):
            middle = self.place + self.across * (k * 1_310.64)
            half = self.heading * (feet * _FT / 2)
            out.append(on_grid(np.array([middle - half, middle + half])))
        return out


def build_airports(
    terrain: Terrain, towns: gpd.GeoDataFrame, roads: Roads | None = None, rail: Rail | None = None
) -> dict[str, gpd.GeoDataFrame]:
    """airports, runways, airport_surfaces, military, and airport_land (what the airports own; not a public layer).

    Surfaces follow 14 CFR 77.19: HEIGHT_FT is the lowest height above the airport that the surface has
    over the polygon; approaches are cut in bands for that. With ``roads`` and ``rail``, no airport and
    no camp lies across a freeway or a railway.
    """
    lattice = build_lattice(terrain.frame)
    taken = [shapely.MultiPolygon() if roads is None else roads.corridors]
    taken.append(shapely.MultiPolygon() if rail is None else rail.corridor)
    lines = shapely.union_all(taken)
    fields = _fields(terrain, lattice, towns, lines)
    ends = [(f, pair) for f in fields for pair in f.runways()]
    surfaces = [(f.code, *s) for f in fields for pair in f.runways() for s in _surfaces(f, pair)]
    table = {
        "ARPT_ID": [f.code for f in fields],
        "ARPT_NAME": [f.name for f in fields],
        "SITE_TYPE_CODE": ["A"] * len(fields),
        "FACILITY_USE_CODE": ["PU"] * len(fields),
        "CLASS": ["international" if f.large else "small" for f in fields],
    }
    length = [round(float(np.hypot(*(b - a))) / _FT) for _, (a, b) in ends]
    shown = {
        "ARPT_ID": [s[0] for s in surfaces],
        "SURFACE": [s[1] for s in surfaces],
        "HEIGHT_FT": [s[2] for s in surfaces],
    }
    return {
        "airports": gpd.GeoDataFrame(table, geometry=shapely.points([on_grid(_centre(f)) for f in fields]), crs=_CRS),
        "runways": gpd.GeoDataFrame(
            {"ARPT_ID": [f.code for f, _ in ends], "LENGTH_FT": length},
            geometry=[LineString(p) for _, p in ends],
            crs=_CRS,
        ),
        "airport_surfaces": gpd.GeoDataFrame(
            shown, geometry=shapely.set_precision([s[3] for s in surfaces], 0.01), crs=_CRS
        ),
        "airport_land": gpd.GeoDataFrame({"ARPT_ID": table["ARPT_ID"]}, geometry=[_land(f) for f in fields], crs=_CRS),
        "military": _military(terrain, lattice, towns, lines),
    }


def _centre(field: _Field) -> NDArray[np.float64]:
    """The middle of the runways."""
    return np.asarray(np.mean(np.concatenate(field.runways()), axis=0))


def _fields(terrain: Terrain, lattice: Lattice, towns: gpd.GeoDataFrame, lines: shapely.Geometry) -> list[_Field]:
    """The international airport beyond the edge of the city, and small fields by other towns."""
    rng, frame = terrain.frame.rng("airports"), terrain.frame
    city = listed(towns)[0]
    wish = city.radius_m + 3_500 + 0.02 * frame.size_m
    corner = np.arange(lattice.side**2).reshape(lattice.side, lattice.side)[4:-4, 4:-4].ravel()
    place = on_grid(lattice.place[corner] + np.array([0.45, -0.22]) * MILE_M / 2)
    beyond, open_land = beyond_towns(place, towns), _open_land(terrain, place)
    heading = np.array(_HEADINGS[int(rng.integers(0, 4))])
    out, names = [], drawn(frame.rng("airport names"), FAMILY)
    clear = _clearance(place, lines)
    big = (beyond > 2_200) & (open_land >= 80) & (clear > 3_000)
    k = _nearest(place, np.array([city.x, city.y]), wish, big, open_land)
    out.append(_Field("SYN", f"{city.name} International Airport", place[k], heading, (11_500, 10_000), True))
    for n, town in enumerate(listed(towns)[1 : 2 + frame.townships // 3]):
        away = np.min([np.hypot(*(place - f.place).T) for f in out], axis=0) > 9_000
        fits = (beyond > 700) & (open_land >= 55) & (clear > 1_400) & away
        k = _nearest(place, np.array([town.x, town.y]), town.radius_m + 2_400, fits, open_land)
        turn = np.array(_HEADINGS[int(rng.integers(0, len(_HEADINGS)))])
        feet = int(rng.integers(38, 57)) * 100
        name = f"{next(names)} Field" if n % 2 else f"{town.name} Municipal Airport"
        out.append(_Field(f"Y{n + 1}{'ABCDEFGH'[n % 8]}", name, place[k], turn, (feet,), False))
    return out


def _open_land(terrain: Terrain, place: NDArray[np.float64]) -> NDArray[np.int64]:
    """How many of 100 places within 1.7 km are plain."""
    step = (np.arange(10) - 4.5) * 380
    dx, dy = (g.ravel() for g in np.meshgrid(step, step))
    at = terrain.at(place[:, 0, None] + dx, place[:, 1, None] + dy)
    return np.asarray((terrain.plain[at] & ~terrain.stream[at]).sum(axis=1), dtype=np.int64)


def _clearance(place: NDArray[np.float64], lines: shapely.Geometry) -> NDArray[np.float64]:
    """Whole metres to the nearest freeway or railway; infinite without any."""
    if shapely.is_empty(lines):
        return np.full(len(place), np.inf)
    shapely.prepare(lines)
    return np.asarray(np.rint(shapely.distance(lines, np.asarray(shapely.points(place)))))


def _nearest(
    place: NDArray[np.float64],
    centre: NDArray[np.float64],
    wish_m: float,
    fits: NDArray[np.bool_],
    land: NDArray[np.int64],
) -> int:
    """The place that lies nearest to a wished distance, open land before rough."""
    miss = np.rint(np.abs(np.hypot(*(place - centre).T) - wish_m)) - 30 * land
    return int(np.argmin(np.where(fits, miss, miss + 10_000_000)))


def _surfaces(field: _Field, ends: NDArray[np.float64]) -> list[tuple[str, float, Polygon]]:
    """The horizontal surface over a runway and the bands of the approaches to both its ends."""
    radius = 10_000 if field.large else 5_000
    out = [("HORIZONTAL", 150.0, LineString(ends).buffer((radius + 200) * _FT, quad_segs=8))]
    (near, far), parts = _PRECISION if field.large else _VISUAL
    whole = sum(length for length, _ in parts)
    for end, sign in ((ends[0], -1.0), (ends[1], 1.0)):
        start, height = 0.0, 0.0
        for length, run in parts:
            for low, high in zip(np.arange(0, length, 2_500.0), np.arange(2_500.0, length + 1, 2_500.0), strict=True):
                width = [near + (far - near) * (start + d) / whole for d in (low, high)]
                corners = [
                    end + field.heading * (sign * (200 + start + d) * _FT) + field.across * (side * w * _FT)
                    for d, w, side in (
                        (low, width[0], -1),
                        (high, width[1], -1),
                        (high, width[1], 1),
                        (low, width[0], 1),
                    )
                ]
                out.append(("APPROACH", height + float(low) / run, Polygon(on_grid(np.array(corners)))))
            start, height = start + length, height + length / run
    return out


def _land(field: _Field) -> Polygon:
    """A block along the runways with room for aprons."""
    reach = max(field.lengths_ft) * _FT / 2 + (450.0 if field.large else 250.0)
    low, high = (-650.0, 1_960.0) if field.large else (-260.0, 420.0)
    corners = [(-reach, low), (reach, low), (reach, high), (-reach, high)]
    return Polygon(on_grid(np.array([field.place + field.heading * a + field.across * b for a, b in corners])))


def _military(terrain: Terrain, lattice: Lattice, towns: gpd.GeoDataFrame, lines: shapely.Geometry) -> gpd.GeoDataFrame:
    """A camp of whole sections far from the towns: siteName."""
    wide = 2 * min(2 + terrain.frame.townships // 4, 5)
    side = lattice.side
    corner = np.arange(side * side).reshape(side, side)[2 : -wide - 2 : 2, 2 : -wide - 2 : 2].ravel()
    middle = lattice.place[corner] + wide / 4 * MILE_M
    rough = 100 - _open_land(terrain, middle)
    clear = _clearance(middle, lines) > 0.75 * wide / 2 * MILE_M
    merit = np.minimum(beyond_towns(middle, towns), 14_000) + 20 * rough + 20_000 * clear
    first = int(corner[np.argmax(merit)])
    run = np.arange(0, wide + 1)
    ring = [first + run, first + wide + side * run, first + wide + side * wide - run, first + side * wide - side * run]
    track = np.concatenate([lattice.track(part)[:-1] for part in ring])
    return gpd.GeoDataFrame({"siteName": ["Camp Sandoval Ridge"]}, geometry=[Polygon(on_grid(track))], crs=_CRS)
