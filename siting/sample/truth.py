"""Planted truth: a few perfect sites and decoys that each fail exactly one requirement, chosen and then verified.

Places are chosen after terrain, towns and networks; then law, water, power, homes and fissures are adjusted there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from siting.sample.aliquots import WHOLE
from siting.sample.grid import FORTIES
from siting.sample.places import QUARTER, Places, section_boxes
from siting.sample.settlement import Settlement

__all__ = ["DECOYS", "Plan", "PlannedSite", "plan_sites"]

Layers = Mapping[str, gpd.GeoDataFrame]

#: what each decoy fails, in the order in which places are given out
DECOYS = ("no power", "too steep", "floodway", "fissure", "tribal", "zoning", "provider", "built up", "too small")
_PERFECT = 3
_QUIET_M = 1_900.0
_POWERLESS_M = 4_500.0  #: between a site without power and sites that get a station of their own
_CRACKED_M = 600.0  #: between a fissured site and the others, from which fissures are cleared


@dataclass(frozen=True, kw_only=True)
class PlannedSite:
    """A place given to a site: its section, how that is merged, and the forties that are the site.

    natural : the land fails by itself, nothing needs to be planted there
    """

    name: str
    fails: str | None
    section: int
    mode: int
    forties: tuple[int, ...]
    natural: bool = False

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
    choice = _Choice(Places.of(land, layers, corridors))
    chosen: list[PlannedSite] = []
    missing: list[str] = []
    wanted = [(f"perfect {number}", None) for number in range(1, _PERFECT + 1)]
    for name, fails in [*wanted, *((f"decoy {fails}", fails) for fails in DECOYS)]:
        site = choice.site(name, fails)
        if site is None:
            missing.append(f"{name}: no land of this county meets the other requirements")
        else:
            chosen.append(site)
    return Plan(land=_set_aside(land, chosen), sites=tuple(chosen), missing=tuple(missing))


class _Choice:
    """Gives out places one after the other, the perfect ones first and well apart."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.free = np.ones(len(places.shape), bool)
        self.apart_m = np.full(len(places.shape), np.inf)
        self.ways: dict[str | None, Callable[[], Iterator[tuple[NDArray[np.bool_], NDArray[np.float64], bool]]]] = {
            None: self._perfect,
            "no power": self._powerless,
            "too steep": self._steep,
            "floodway": self._wet,
            "fissure": self._cracked,
            "too small": self._small,
        }

    def site(self, name: str, fails: str | None) -> PlannedSite | None:
        """The best free place for a site, None where the county has none."""
        p = self.places
        for fits, cost, natural in self.ways.get(fails, self._plain)():
            here = np.flatnonzero(fits & self.free)
            if len(here):
                at = int(here[np.argmin(cost[here])])
                self._take(at, fails)
                return _planned(name, fails, int(p.section[at]), int(p.omitted[at]), natural=natural)
        return None

    def _take(self, at: int, fails: str | None) -> None:
        """This place is given out; what it would spoil is no longer free."""
        p = self.places
        away = shapely.distance(p.shape, p.shape[at])
        self.apart_m = np.minimum(self.apart_m, away)
        self.free &= (away >= 100.0) & (p.section != p.section[at])
        if fails == "no power":
            self.free &= (away >= _POWERLESS_M) | (p.station_m < 2_500)
        if fails == "fissure":
            self.free &= away >= _CRACKED_M

    def _perfect(self) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.float64], bool]]:
        p = self.places
        for apart in (4_000.0, 2_500.0, 1_000.0):
            yield p.flat & ~p.crossed & (self.apart_m >= apart), p.cost + 3 * p.burden, True

    def _plain(self) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.float64], bool]]:
        yield self.places.flat, self.places.cost + self.places.burden, False

    def _powerless(self) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.float64], bool]]:
        p = self.places
        for station in (6_000.0, 4_200.0, 3_400.0):
            lonely = p.flat & (p.high_voltage_m > station) & (self.apart_m > _POWERLESS_M)
            yield lonely, 1_000 * p.burden - p.high_voltage_m, True

    def _steep(self) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.float64], bool]]:
        yield self.places.steep, self.places.cost + self.places.burden, True

    def _wet(self) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.float64], bool]]:
        yield self.places.wet, self.places.cost + self.places.burden, True
        yield from self._plain()

    def _cracked(self) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.float64], bool]]:
        p = self.places
        yield p.flat & (p.fissure_m == 0) & (self.apart_m > _CRACKED_M), p.cost + p.burden, True
        yield p.flat & (self.apart_m > _CRACKED_M), p.cost + p.burden, False

    def _small(self) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.float64], bool]]:
        p = self.places
        near = (p.interchange_m < 6_700) & (p.rail_m < 6_700)  # the forty lies somewhat farther off
        yield p.flat & near, p.cost + p.burden, False


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


def _planned(name: str, fails: str | None, section: int, omitted: int, *, natural: bool) -> PlannedSite:
    """A whole section or an L; one forty for a small site."""
    first = section * FORTIES
    inside = [k for k in range(FORTIES) if QUARTER[k] != omitted]
    if fails == "too small":
        return PlannedSite(name=name, fails=fails, section=section, mode=0, forties=(first + (5 if omitted else 10),))
    mode = WHOLE if omitted < 0 else 4 + omitted
    forties = tuple(first + k for k in inside)
    return PlannedSite(name=name, fails=fails, section=section, mode=mode, forties=forties, natural=natural)
