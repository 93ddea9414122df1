"""Settlement: what every forty of a sample county becomes, from farm field to downtown block.

Density falls with the distance from towns in units of their radius. The unit is scaled so that the
county holds the number of parcels that was asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from siting.sample.blocks import Kind, lot_count
from siting.sample.grid import FORTIES, SectionGrid, smooth_noise
from siting.sample.hydrology import Hydrology
from siting.sample.terrain import Terrain

__all__ = ["Settlement", "calibrated", "survey", "trimmed"]

#: distance in urban radii up to which a mix holds, and the mix: kinds with their shares
_MIXES: tuple[tuple[float, dict[Kind, float]], ...] = (
    (0.32, {Kind.SMALL_LOTS: 0.50, Kind.APARTMENTS: 0.14, Kind.LOTS: 0.33, Kind.FARM: 0.03}),
    (0.74, {Kind.LOTS: 0.62, Kind.SMALL_LOTS: 0.17, Kind.HALVES: 0.10, Kind.APARTMENTS: 0.05, Kind.FARM: 0.06}),
    (0.98, {Kind.LOTS: 0.34, Kind.HALVES: 0.14, Kind.ACRES: 0.16, Kind.RANCHETTES: 0.08, Kind.FARM: 0.28}),
    (1.35, {Kind.LOTS: 0.06, Kind.ACRES: 0.14, Kind.RANCHETTES: 0.22, Kind.FIVES: 0.16, Kind.FARM: 0.42}),
    (2.00, {Kind.RANCHETTES: 0.13, Kind.FIVES: 0.14, Kind.TENS: 0.14, Kind.FARM: 0.59}),
    (3.20, {Kind.RANCHETTES: 0.02, Kind.FIVES: 0.03, Kind.TENS: 0.06, Kind.FARM: 0.89}),
    (1e9, {Kind.FIVES: 0.004, Kind.TENS: 0.012, Kind.FARM: 0.40, Kind.OPEN: 0.584}),
)
#: the next coarser kind, to come down to an exact number of parcels
_COARSER = {
    Kind.SMALL_LOTS: Kind.LOTS,
    Kind.LOTS: Kind.HALVES,
    Kind.HALVES: Kind.ACRES,
    Kind.ACRES: Kind.RANCHETTES,
    Kind.RANCHETTES: Kind.FIVES,
    Kind.FIVES: Kind.TENS,
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Settlement:
    """The state of the n forties before they are divided.

    reach : distance to the nearest town in its radii, roughened; town : row of that town
    slope, mountain, floodway, flood : mean rise / run and shares of the forty
    works : near rail or a freeway, where industry goes; fields : irrigated farmland rather than range
    city : row of the town whose limits hold it, -1 outside
    owner : code of ``siting.sample.ownership.AGENCIES``
    dice : (n, 3) chances in [0, 1) drawn once, so that scaling moves no other choice
    site : number of the planted site, -1 elsewhere; quiet : no homes here, a planted site is near
    """

    grid: SectionGrid
    reach: NDArray[np.float64]
    town: NDArray[np.int64]
    slope: NDArray[np.float64]
    mountain: NDArray[np.float64]
    floodway: NDArray[np.float64]
    flood: NDArray[np.float64]
    works: NDArray[np.bool_]
    fields: NDArray[np.bool_]
    city: NDArray[np.int64]
    owner: NDArray[np.int64]
    dice: NDArray[np.float64]
    site: NDArray[np.int64]
    quiet: NDArray[np.bool_]

    def scaled(self, scale: float) -> Settlement:
        """Towns grown by a factor."""
        return replace(self, reach=np.round(self.reach / scale, 6))

    def kinds(self) -> NDArray[np.int64]:
        """(n,) what each forty becomes."""
        reach = self.reach
        kind = np.full(len(reach), int(Kind.OPEN), np.int64)
        sections = len(reach) // FORTIES
        farmed = min(1.0, self.grid.frame.parcels / sections / 22)
        low = -1.0
        for limit, mix in _MIXES:
            here = np.flatnonzero((reach > low) & (reach <= limit))
            kind[here] = np.array([int(k) for k in mix])[
                np.minimum(
                    np.searchsorted(np.cumsum(list(mix.values())), self.dice[here, 0], side="right"), len(mix) - 1
                )
            ]
            if limit > 2:
                broad = here[kind[here] <= Kind.FARM]
                kind[broad] = np.where(self.fields[broad], int(Kind.FARM), int(Kind.OPEN))
                kind[here[(kind[here] > Kind.OPEN) & (self.dice[here, 2] > farmed)]] = Kind.OPEN
            low = limit
        rank, die = self.grid.forties.rank, self.dice[:, 1]
        corner = ((rank[:, 0] == 3) | (rank[:, 2] == 3)) & ((rank[:, 1] == 3) | (rank[:, 3] == 3))
        kind[corner & (reach < 1.05) & (die < 0.24)] = Kind.CENTRE
        kind[(reach < 0.11)] = Kind.DOWNTOWN
        kind[self.works & (reach > 0.15) & (reach < 1.6) & (die < 0.36) & (die > 0.02)] = Kind.WORKS
        kind[self.works & (reach > 0.25) & (reach < 2.2) & (die >= 0.36) & (die < 0.75)] = Kind.FARM
        wild = (self.mountain > 0.3) | (self.slope > 0.10)
        kind[wild | (self.floodway > 0.15)] = Kind.OPEN
        kind[(self.owner > 0) & ((self.owner != 3) | (kind != Kind.FIVES))] = Kind.OPEN
        kind[self.quiet & (kind > Kind.FARM)] = Kind.FARM
        kind[self.site >= 0] = Kind.OPEN
        acres = self.grid.section_acres[np.arange(len(kind)) // FORTIES]
        kind[(acres < 626) & np.isin(kind, (Kind.SMALL_LOTS, Kind.DOWNTOWN))] = Kind.LOTS
        kind[((acres < 560) | (acres > 700)) & (kind > Kind.FARM)] = Kind.FARM
        return kind

    @property
    def has_park(self) -> NDArray[np.bool_]:
        """(n,) a park or school in the forty, where its kind has any."""
        return np.asarray(self.dice[:, 2] < 0.15)

    @property
    def turned(self) -> NDArray[np.bool_]:
        """(n,) streets run north and south; neighbours in a quarter agree."""
        return np.asarray((self.dice[:, 0] * 1000) % 1 < 0.45)


def survey(
    grid: SectionGrid,
    terrain: Terrain,
    hydrology: Hydrology,
    towns: gpd.GeoDataFrame,
    tracks: Sequence[BaseGeometry],
) -> Settlement:
    """The forties with their terrain and their distance from towns; owners and cities are still open.

    tracks : rail and freeway geometries
    """
    cells, frame = grid.forties, grid.frame
    n = len(cells)
    share = _grid_shares(grid, terrain, hydrology)
    reach, town = _town_reach(cells.x, cells.y, towns)
    rough = (
        1
        + 0.30 * smooth_noise(frame, "settle-wide", cells.x, cells.y, 5_000)
        + 0.12 * smooth_noise(frame, "settle-near", cells.x, cells.y, 1_500)
    )
    rng = frame.rng("settlement")
    quarter = np.arange(n) // FORTIES * 4 + (np.arange(n) % 4) // 2 + 2 * (np.arange(n) % FORTIES // 8)
    dice = rng.random((n, 3))
    together = rng.random(quarter.max() + 1)[quarter]
    dice[:, 0] = np.where(rng.random(n) < 0.82, together, dice[:, 0])
    dice[:, 1] = np.where(rng.random(n) < 0.5, rng.random(quarter.max() + 1)[quarter], dice[:, 1])
    near = np.zeros(n, bool)
    solid = shapely.union_all([t for t in tracks if not t.is_empty])
    if not solid.is_empty:
        near = np.asarray(shapely.distance(shapely.points(cells.x, cells.y), solid) < 900)
    empty = np.full(n, -1, np.int64)
    return Settlement(
        grid=grid,
        reach=np.round(reach * rough, 6),
        town=town,
        works=near & (smooth_noise(frame, "works", cells.x, cells.y, 3_000) > -0.1),
        fields=_fields(grid, share["flood"]),
        city=empty,
        owner=np.zeros(n, np.int64),
        dice=np.round(dice, 9),
        site=empty,
        quiet=np.zeros(n, bool),
        **share,
    )


def calibrated(land: Settlement, target: int) -> Settlement:
    """Towns grown or shrunk so that the lots and an estimate of the open land come near to ``target``."""
    low, high = 0.05, 40.0
    for _ in range(40):
        middle = (low * high) ** 0.5 if low * high > 0 else (low + high) / 2
        kind = land.scaled(middle).kinds()
        count = int(
            lot_count(kind, land.has_park).sum() + 0.45 * (kind == Kind.FARM).sum() + 0.12 * (kind == Kind.OPEN).sum()
        )
        low, high = (middle, high) if count < target else (low, middle)
    return land.scaled(round((low * high) ** 0.5, 4))


def trimmed(kind: NDArray[np.int64], land: Settlement, over: int) -> NDArray[np.int64]:
    """Kinds with about ``over`` fewer lots: the forties farthest from town become coarser."""
    kind = kind.copy()
    order = np.argsort(-land.reach, kind="stable")
    for _ in range(60):
        if over < 4:
            break
        best: tuple[int, int, Kind] | None = None
        for fine, coarse in _COARSER.items():
            here = order[(kind[order] == fine)]
            if not len(here):
                continue
            pick = here[:1]
            before, after = (int(lot_count(np.array([int(k)]), land.has_park[pick])[0]) for k in (fine, coarse))
            if before - after <= over and (best is None or before - after > best[0]):
                best = (before - after, int(pick[0]), coarse)
        if best is None:
            break
        over -= best[0]
        kind[best[1]] = best[2]
    return kind


def _fields(grid: SectionGrid, flood: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(n,) farmland lies in large patches, mostly where the land is low."""
    x, y = grid.forties.x, grid.forties.y
    good = smooth_noise(grid.frame, "fields-wide", x, y, 9_000) + 0.5 * smooth_noise(
        grid.frame, "fields-near", x, y, 2_500
    )
    return np.asarray(np.round(good + 0.4 * np.minimum(flood, 0.5), 6) > 0.12)


def _town_reach(
    x: NDArray[np.float64], y: NDArray[np.float64], towns: gpd.GeoDataFrame
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Distance to the nearest town in its radii, and the row of the town."""
    best, town = np.full(len(x), np.inf), np.zeros(len(x), np.int64)
    for row, (px, py, radius) in enumerate(zip(towns.geometry.x, towns.geometry.y, towns["RADIUS_M"], strict=True)):
        away = np.sqrt((x - px) ** 2 + (y - py) ** 2) / float(radius)
        town = np.where(away < best, row, town)
        best = np.minimum(best, away)
    return best, town


def _grid_shares(grid: SectionGrid, terrain: Terrain, hydrology: Hydrology) -> dict[str, NDArray[np.float64]]:
    """Mean slope and shares of mountain and flood of each forty, from 6 x 6 places in it."""
    cells = grid.forties
    step = (np.arange(6) + 0.5) / 6 - 0.5
    width = (cells.u1 - cells.u0) / 100.0
    dx, dy = (g.ravel() for g in np.meshgrid(step, step))
    row, column = terrain.at(cells.x[:, None] + dx * width[:, None], cells.y[:, None] + dy * width[:, None])
    grids = {
        "slope": terrain.slope,
        "mountain": terrain.mountain,
        "floodway": hydrology.floodway,
        "flood": hydrology.flood_1pct,
    }
    return {name: np.round(np.asarray(g[row, column], np.float64).mean(axis=1), 6) for name, g in grids.items()}
