"""Planted truth: a few perfect sites and decoys that each fail exactly one requirement, chosen and then verified.

Places are chosen after terrain, towns and networks; then law, water and power are adjusted there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from siting.sample.aliquots import WHOLE
from siting.sample.grid import FORTIES
from siting.sample.settlement import Settlement

__all__ = ["DECOYS", "Plan", "PlannedSite", "plan_sites", "section_boxes"]

Layers = Mapping[str, gpd.GeoDataFrame]

#: what each decoy fails, in the order in which places are given out
DECOYS = ("no power", "too steep", "floodway", "too small", "fissure", "tribal", "zoning", "built up", "provider")
_PERFECT = 3
_QUIET_M = 1_900.0
_QUARTER = np.array([0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3])  #: quarter of each forty of a section


@dataclass(frozen=True, kw_only=True)
class PlannedSite:
    """A place given to a site: its section, how that is merged, and the forties that are the site."""

    name: str
    fails: str | None
    section: int
    mode: int
    forties: tuple[int, ...]

    @property
    def zone(self) -> str:
        """The county zone it gets."""
        return "R1-18" if self.fails == "zoning" else "IND-2"


@dataclass(frozen=True, eq=False, kw_only=True)
class Plan:
    """The land with the sites set aside, their sections, and what could not be planted."""

    land: Settlement
    sites: tuple[PlannedSite, ...]
    missing: tuple[str, ...]

    @property
    def modes(self) -> dict[int, int]:
        """Sections that stay whole."""
        return {s.section: s.mode for s in self.sites if s.mode}

    def zoned(self, zone: NDArray[np.object_]) -> NDArray[np.object_]:
        """Zones with those of the sites."""
        zone = zone.copy()
        for number, site in enumerate(self.sites):
            zone[self.land.site == number] = site.zone
        return zone


def plan_sites(land: Settlement, layers: Layers, corridors: Sequence[BaseGeometry]) -> Plan:
    """Land for the perfect sites and the decoys, as far as the county has places for them."""
    places = _Places.of(land, layers, corridors)
    chosen: list[PlannedSite] = []
    missing: list[str] = []
    free = np.ones(len(places.shape), bool)
    station_m = shapely.distance(places.shape, _union(_strong(layers["substations"])))
    plant_m = shapely.distance(places.shape, _union(_large(layers["reclamation"])))
    near = station_m / 1_000 + 0.4 * plant_m / 1_000 + np.abs(places.interchange_m - 4_500) / 2_000 + 20 * places.flood
    near = np.asarray(np.round(near + 2.0 * (places.omitted >= 0), 3), np.float64)
    wanted: list[tuple[str, str | None, NDArray[np.bool_], NDArray[np.float64]]] = [
        (f"perfect {number}", None, places.good, near) for number in range(1, _PERFECT + 1)
    ]
    for fails in DECOYS:
        good, cost = places.good, near
        if fails == "no power":
            good, cost = places.good & (station_m > 6_000), np.round(-station_m, 2)
        elif fails == "too steep":
            good = places.steep
        elif fails == "too small":  # a forty of the section, somewhat farther off
            good = places.good & (places.interchange_m < 6_700) & (places.rail_m < 6_700)
        wanted.append((f"decoy {fails}", fails, good, cost))
    for name, failed, good, cost in wanted:
        here = np.flatnonzero(good & free)
        if not len(here):
            missing.append(f"{name}: no land of this county meets the other requirements")
            continue
        at = int(here[np.argmin(cost[here])])
        chosen.append(_planned(name, failed, int(places.section[at]), int(places.omitted[at])))
        free[shapely.distance(places.shape, places.shape[at]) < (4_000.0 if failed is None else 100.0)] = False
        free[places.section == places.section[at]] = False
    return Plan(land=_set_aside(land, chosen), sites=tuple(chosen), missing=tuple(missing))


@dataclass(frozen=True, eq=False, kw_only=True)
class _Places:
    """Land for a site: whole sections, and sections less one quarter (480 acres in an L).

    omitted : the quarter left out, -1 for none; good : meets what cannot be planted; steep : all of that but the slope
    """

    shape: NDArray[np.object_]
    section: NDArray[np.int64]
    omitted: NDArray[np.int64]
    good: NDArray[np.bool_]
    steep: NDArray[np.bool_]
    interchange_m: NDArray[np.float64]
    rail_m: NDArray[np.float64]
    flood: NDArray[np.float64]

    @classmethod
    def of(cls, land: Settlement, layers: Layers, corridors: Sequence[BaseGeometry]) -> _Places:
        sections = np.flatnonzero(_inner(land))
        section, omitted = np.repeat(sections, 5), np.tile(np.arange(-1, 4), len(sections))
        forties = section[:, None] * FORTIES + np.arange(FORTIES)
        inside = _QUARTER[None, :] != omitted[:, None]

        def most(values: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.asarray(np.where(inside, values[forties], -np.inf).max(axis=1))

        def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.asarray((values[forties] * inside).sum(axis=1) / inside.sum(axis=1))

        shut = np.isin(land.owner, (3, 6)).astype(float)
        acres = land.grid.section_acres[section]
        ok = (most(shut) == 0) & (most(land.floodway) == 0) & (-most(-land.reach) > 1.2) & (acres > 600) & (acres < 700)
        ok &= (omitted >= 0) | (acres < 639)
        slope, flood = mean(land.slope), mean(land.flood)
        flat = (most(land.slope) < 0.05) & (slope < 0.022) & (most(land.mountain) == 0) & (flood < 0.3)
        steep = (slope > 0.13) & (flood < 0.02)
        keep = np.flatnonzero(ok & (flat | steep))
        shape = _shapes(land, section[keep], omitted[keep])
        interchange = shapely.distance(shape, _union(layers["interchanges"].geometry.to_numpy()))
        rail = shapely.distance(shape, _union(layers["rail"].geometry.to_numpy()))
        clear = _clear(shape, interchange, rail, layers, corridors)
        return cls(
            shape=shape,
            section=section[keep],
            omitted=omitted[keep],
            good=clear & flat[keep],
            steep=clear & steep[keep],
            interchange_m=interchange,
            rail_m=rail,
            flood=flood[keep],
        )


def _clear(
    shape: NDArray[np.object_],
    interchange: NDArray[np.float64],
    rail: NDArray[np.float64],
    layers: Layers,
    corridors: Sequence[BaseGeometry],
) -> NDArray[np.bool_]:
    """Near enough to interchange and rail, and far enough from what a fab must keep away from."""

    def far(name: str) -> NDArray[np.float64]:
        return np.asarray(shapely.distance(shape, _union(layers[name].geometry.to_numpy())))

    roads = layers["roads"]
    freeways = _union(roads.geometry.to_numpy()[(roads["CLASS"] == "freeway").to_numpy()])
    ok = (interchange > 800) & (interchange < 7_900) & (rail > 1_550) & (rail < 7_900)
    ok &= shapely.distance(shape, freeways) > 550
    ok &= shapely.distance(shape, _union([c for c in corridors if not c.is_empty])) > 40
    for name, least in (
        ("fissures", 560),
        ("airports", 2_500),
        ("military", 1_000),
        ("schools", 1_000),
        ("hospitals", 1_000),
    ):
        ok &= far(name) > least
    inner = shapely.buffer(shape, -120.0, join_style="mitre")
    ok &= shapely.distance(inner, _union(layers["transmission"].geometry.to_numpy())) > 0
    ok &= shapely.distance(shape, _town_discs(layers["towns"])) > 1_650
    return np.asarray(ok)


def _inner(land: Settlement) -> NDArray[np.bool_]:
    """(sections,) not at the county line."""
    inner = np.zeros((land.grid.side, land.grid.side), bool)
    inner[1:-1, 1:-1] = True
    return inner.ravel()


def _shapes(land: Settlement, section: NDArray[np.int64], omitted: NDArray[np.int64]) -> NDArray[np.object_]:
    """The land of places, through section and quarter corners."""
    box = section_boxes(land)[section]
    c = land.grid.forties
    first = section * FORTIES + np.array([0, 2, 8, 10])[np.maximum(omitted, 0)]
    corners = ((c.u0, c.v0, 0), (c.u1, c.v0, 1), (c.u1, c.v1, 5), (c.u0, c.v1, 4))
    ring = np.stack([land.grid.metres(land.grid.ground(u[first + k], v[first + k])) for u, v, k in corners], axis=1)
    quarter = shapely.polygons(ring)
    return np.asarray(np.where(omitted >= 0, shapely.difference(box, quarter), box), dtype=object)


def section_boxes(land: Settlement) -> NDArray[np.object_]:
    """(sections,) the quadrilaterals through the section corners, in metres."""
    c = land.grid.forties
    first, last = np.arange(0, len(c), FORTIES), np.arange(15, len(c), FORTIES)
    corners = (
        (c.u0[first], c.v0[first]),
        (c.u1[last], c.v0[first]),
        (c.u1[last], c.v1[last]),
        (c.u0[first], c.v1[last]),
    )
    ring = np.stack([land.grid.metres(land.grid.ground(u, v)) for u, v in corners], axis=1)
    return np.asarray(shapely.polygons(ring), dtype=object)


def _set_aside(land: Settlement, chosen: list[PlannedSite]) -> Settlement:
    """The land with the sites private, outside cities, and no homes around them."""
    site, owner, city, quiet = land.site.copy(), land.owner.copy(), land.city.copy(), land.quiet.copy()
    centres = shapely.points(land.grid.forties.x, land.grid.forties.y)
    boxes = section_boxes(land)
    for number, planned in enumerate(chosen):
        forties = list(planned.forties)
        site[forties], owner[forties], city[forties] = number, 0, -1
        quiet |= shapely.distance(centres, boxes[planned.section]) < _QUIET_M
    return replace(land, site=site, owner=owner, city=city, quiet=quiet)


def _planned(name: str, fails: str | None, section: int, omitted: int) -> PlannedSite:
    """A whole section or an L; one forty for a small site."""
    first = section * FORTIES
    inside = [k for k in range(FORTIES) if _QUARTER[k] != omitted]
    if fails == "too small":
        return PlannedSite(name=name, fails=fails, section=section, mode=0, forties=(first + (5 if omitted else 10),))
    mode = WHOLE if omitted < 0 else 4 + omitted
    return PlannedSite(name=name, fails=fails, section=section, mode=mode, forties=tuple(first + k for k in inside))


def _union(geometries: object) -> BaseGeometry:
    return shapely.union_all(np.asarray(geometries, dtype=object))


def _strong(stations: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Stations of 230 kV or more with two lines or more."""
    rows = (stations["MAX_VOLT"] >= 230) & (stations["LINES"] >= 2) & (stations["TYPE"] != "TAP")
    return np.asarray(stations.geometry.to_numpy()[rows.to_numpy()], dtype=object)


def _large(plants: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Reclamation plants of 5 MGD or more."""
    return np.asarray(plants.geometry.to_numpy()[(plants["DESIGN_MGD"] >= 5).to_numpy()], dtype=object)


def _town_discs(towns: gpd.GeoDataFrame) -> BaseGeometry:
    return _union(shapely.buffer(towns.geometry.to_numpy(), 1.0 * towns["RADIUS_M"].to_numpy(), quad_segs=8))
