"""One small county for all tests of its networks."""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace

from siting.sample.airports import build_airports
from siting.sample.frame import Frame
from siting.sample.hydrology import build_hydrology
from siting.sample.industry import build_industry
from siting.sample.people import build_people
from siting.sample.power import build_power
from siting.sample.rail import build_rail
from siting.sample.roads import build_roads
from siting.sample.terrain import build_terrain
from siting.sample.towns import build_towns


def land(seed: int = 3) -> SimpleNamespace:
    """frame, terrain, hydrology and towns of a county of 1,000 parcels."""
    return land_of(seed)


@cache
def land_of(seed: int) -> SimpleNamespace:
    """The same, built once for each seed."""
    frame = Frame(parcels=1_000, seed=seed)
    terrain = build_terrain(frame)
    hydrology = build_hydrology(terrain)
    return SimpleNamespace(frame=frame, terrain=terrain, hydrology=hydrology, towns=build_towns(terrain, hydrology))


def roads(seed: int = 3):
    """Its roads."""
    return roads_of(seed)


@cache
def roads_of(seed: int):
    """The same, built once for each seed."""
    here = land(seed)
    return build_roads(here.terrain, here.hydrology, here.towns)


@cache
def rail():
    """Its railways."""
    here = land()
    return build_rail(here.terrain, here.hydrology, here.towns)


@cache
def power():
    """Its power and gas."""
    return build_power(land().terrain, land().towns)


@cache
def airports():
    """Its airports."""
    return build_airports(land().terrain, land().towns, roads(), rail())


@cache
def people():
    """Its people."""
    return build_people(land().terrain, land().towns, roads())


@cache
def industry():
    """Its industry."""
    return build_industry(land().terrain, land().towns, roads())


def columns(table) -> list[str]:
    """The fields of a layer."""
    return [c for c in table.columns if c != "geometry"]


def same(a, b) -> bool:
    """Whether two layers are alike to the byte."""
    return a.drop(columns="geometry").equals(b.drop(columns="geometry")) and bool(
        (a.geometry.to_wkb() == b.geometry.to_wkb()).all()
    )
