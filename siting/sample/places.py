"""Places for planted sites: sections, and sections less a quarter, with what an analyst would ask of their land."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from siting.sample.grid import FORTIES
from siting.sample.ownership import BIA, DOD
from siting.sample.settlement import Settlement

__all__ = ["QUARTER", "Places", "large_plants", "section_boxes", "strong_stations", "union"]

Layers = Mapping[str, gpd.GeoDataFrame]

QUARTER = np.array([0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3])  #: quarter of each forty of a section


@dataclass(frozen=True, eq=False, kw_only=True)
class Places:
    """Land that may become a site: whole sections, and sections less one quarter (480 acres in an L).

    All of it meets what no adjustment of the layers can give: near an interchange and rail, but not on
    them, away from military land, runways, schools and hospitals, not tribal, not at the county line.

    omitted : the quarter left out, -1 for none
    flat, steep, wet : gentle and dry; too steep for a fab, else the same; gentle with a floodway through it
    crossed : a transmission line runs through its middle
    burden : how much must be adjusted there, in the unit of ``cost``
    cost : how far a perfect site would be from what it needs; the lower, the better
    station_m, high_voltage_m : to a strong station, and to any of 230 kV (a second line would make it strong)
    """

    shape: NDArray[np.object_]
    section: NDArray[np.int64]
    omitted: NDArray[np.int64]
    flat: NDArray[np.bool_]
    steep: NDArray[np.bool_]
    wet: NDArray[np.bool_]
    crossed: NDArray[np.bool_]
    burden: NDArray[np.float64]
    cost: NDArray[np.float64]
    station_m: NDArray[np.float64]
    high_voltage_m: NDArray[np.float64]
    interchange_m: NDArray[np.float64]
    rail_m: NDArray[np.float64]
    fissure_m: NDArray[np.float64]

    @classmethod
    def of(cls, land: Settlement, layers: Layers, corridors: Sequence[BaseGeometry]) -> Places:
        """All places of a county."""
        ground = _Ground.of(land)
        shape = _shapes(land, ground.section, ground.omitted)
        away = {name: _away(shape, layers[name].geometry.to_numpy()) for name in _FEATURES}
        clear = _clear(shape, away, layers, corridors)
        kept = np.flatnonzero(clear)
        shape, ground = shape[kept], ground.of_rows(kept)
        away = {name: far[kept] for name, far in away.items()}
        inner = shapely.buffer(shape, -120.0, join_style="mitre")
        crossed = shapely.distance(inner, union(layers["transmission"].geometry.to_numpy())) == 0
        burden = (
            3.0 * (ground.slope > 0.022)
            + 2.0 * (away["fissures"] < 560)
            + 3.0 * (away["airports"] < 2_500)
            + 5.0 * (shapely.distance(shape, _town_discs(layers["towns"])) < 1_650)
            + 20.0 * ground.flood
            + 4.0 * crossed
        )
        sinking = layers["subsidence"].geometry.to_numpy()[(layers["subsidence"]["RATE_CM_YR"] >= 2).to_numpy()]
        station = _away(shape, strong_stations(layers["substations"]))
        cost = (
            station / 1_000
            + 0.4 * _away(shape, large_plants(layers["reclamation"])) / 1_000
            + np.abs(away["interchanges"] - 4_500) / 2_000
            + 2.0 * (ground.omitted >= 0)
            + 1.5 * np.clip(1 - away["fissures"] / 3_000, 0, 1)
            + 3.0 * (_away(shape, sinking) < 1_000)
        )
        return cls(
            shape=shape,
            section=ground.section,
            omitted=ground.omitted,
            flat=ground.flat,
            steep=ground.steep,
            wet=ground.wet,
            crossed=crossed,
            burden=np.asarray(np.round(burden, 3), np.float64),
            cost=np.asarray(np.round(cost, 3), np.float64),
            high_voltage_m=_away(shape, _high_voltage(layers["substations"])),
            station_m=station,
            interchange_m=away["interchanges"],
            rail_m=away["rail"],
            fissure_m=away["fissures"],
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class _Ground:
    """Sections and quarters left out, with their land: (n,) each; slope and flood are means."""

    section: NDArray[np.int64]
    omitted: NDArray[np.int64]
    slope: NDArray[np.float64]
    flood: NDArray[np.float64]
    flat: NDArray[np.bool_]
    steep: NDArray[np.bool_]
    wet: NDArray[np.bool_]

    @classmethod
    def of(cls, land: Settlement) -> _Ground:
        sections = np.flatnonzero(_inner(land))
        section, omitted = np.repeat(sections, 5), np.tile(np.arange(-1, 4), len(sections))
        forties = section[:, None] * FORTIES + np.arange(FORTIES)
        inside = QUARTER[None, :] != omitted[:, None]

        def most(values: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.asarray(np.where(inside, values[forties], -np.inf).max(axis=1))

        def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.asarray((values[forties] * inside).sum(axis=1) / inside.sum(axis=1))

        acres = land.grid.section_acres[section]
        ok = (most(np.isin(land.owner, (BIA, DOD)).astype(float)) == 0) & (-most(-land.reach) > 1.05)
        ok &= (acres > 600) & (acres < 700) & ((omitted >= 0) | land.grid.one_parcel[section])
        slope, flood, floodway = mean(land.slope), mean(land.flood), mean(land.floodway)
        dry = most(land.floodway) == 0
        gentle = ok & (most(land.slope) < 0.08) & (slope < 0.026) & (most(land.mountain) == 0)
        rows = cls(
            section=section,
            omitted=omitted,
            slope=slope,
            flood=flood,
            flat=gentle & dry & (flood < 0.3),
            steep=ok & dry & (slope > 0.13) & (flood < 0.02),
            wet=gentle & (floodway > 0.03) & (floodway < 0.25),
        )
        return rows.of_rows(np.flatnonzero(rows.flat | rows.steep | rows.wet))

    def of_rows(self, rows: NDArray[np.int64]) -> _Ground:
        """Some of the rows."""
        return _Ground(**{name: values[rows] for name, values in vars(self).items()})


_FEATURES = ("interchanges", "rail", "fissures", "airports", "runways", "military", "schools", "hospitals")


def _clear(
    shape: NDArray[np.object_],
    away: Mapping[str, NDArray[np.float64]],
    layers: Layers,
    corridors: Sequence[BaseGeometry],
) -> NDArray[np.bool_]:
    """Near enough to interchange and rail, and far enough from what a fab must keep away from."""
    roads = layers["roads"]
    freeways = roads.geometry.to_numpy()[(roads["CLASS"] == "freeway").to_numpy()]
    ok = (away["interchanges"] > 800) & (away["interchanges"] < 7_900) & (away["rail"] > 1_550) & (away["rail"] < 7_900)
    ok &= (_away(shape, freeways) > 550) & (away["runways"] > 1_700)
    ok &= _away(shape, [c for c in corridors if not c.is_empty]) > 40
    ok &= (away["military"] > 1_000) & (away["schools"] > 1_000) & (away["hospitals"] > 1_000)
    ok &= shapely.distance(shape, _town_discs(layers["towns"])) > 900
    return np.asarray(ok)


def _away(shape: NDArray[np.object_], features: object) -> NDArray[np.float64]:
    """Distance to the nearest feature, infinite where there is none."""
    far = shapely.distance(shape, union(features))
    return np.asarray(np.where(np.isnan(far), np.inf, far))


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
    quarter = shapely.buffer(shapely.polygons(ring), 1.0, join_style="mitre")  # leaves no slivers along the outline
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


def union(geometries: object) -> BaseGeometry:
    """One geometry of all."""
    return shapely.union_all(np.asarray(geometries, dtype=object))


def strong_stations(stations: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Stations of 230 kV or more with two lines or more."""
    rows = (stations["MAX_VOLT"] >= 230) & (stations["LINES"] >= 2) & (stations["TYPE"] != "TAP")
    return np.asarray(stations.geometry.to_numpy()[rows.to_numpy()], dtype=object)


def _high_voltage(stations: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Stations of 230 kV or more, whatever their lines."""
    rows = (stations["MAX_VOLT"] >= 230) & (stations["TYPE"] != "TAP")
    return np.asarray(stations.geometry.to_numpy()[rows.to_numpy()], dtype=object)


def large_plants(plants: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Reclamation plants of 5 MGD or more."""
    return np.asarray(plants.geometry.to_numpy()[(plants["DESIGN_MGD"] >= 5).to_numpy()], dtype=object)


def _town_discs(towns: gpd.GeoDataFrame) -> BaseGeometry:
    return union(shapely.buffer(towns.geometry.to_numpy(), towns["RADIUS_M"].to_numpy(), quad_segs=8))
