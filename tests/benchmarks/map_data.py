"""Invented parcels for the benchmarks of the map (SYNTHETIC): subdivided blocks, 15 criteria, some with data gaps."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import shapely
from numpy.typing import NDArray

from siting.maps.view import MapCriterion, MapReason, MapView
from siting.mcda.rank import competition_ranks
from siting.mcda.value import parse_value
from siting.mcda.weights import Block, Leaf
from siting.ranking.words import quantity_texts
from siting.shapes import Shapes

__all__ = ["drawn_shapes", "drawn_view"]

_WEST, _SOUTH = -112.4, 33.0
_SIDE = 0.0016  #: degrees; about 150 m
_BLOCKS = ("power", "water", "land", "access", "labour")
_FLOOR = 0.05


def drawn_shapes(n: int, seed: int = 1) -> Shapes:
    """n parcels side by side: bent quadrilaterals of 8 vertices, every 20th with a hole and a part in it."""
    random = np.random.default_rng(seed)
    across = int(np.ceil(np.sqrt(n)))
    row, column = np.divmod(np.arange(n), across)
    knots = random.uniform(-0.2, 0.2, (across + 1, across + 1, 2)) * _SIDE
    grid = np.stack(np.meshgrid(np.arange(across + 1), np.arange(across + 1)), axis=-1) * _SIDE + knots
    corners = np.stack(
        [grid[row, column], grid[row, column + 1], grid[row + 1, column + 1], grid[row + 1, column]], axis=1
    )
    middles = (corners + np.roll(corners, -1, axis=1)) / 2
    ring = np.empty((n, 9, 2))
    ring[:, 0:8:2], ring[:, 1:8:2] = corners, middles
    ring[:, 8] = ring[:, 0]
    outlines = shapely.polygons(ring + np.array([_WEST, _SOUTH]))
    odd = np.flatnonzero(np.arange(n) % 20 == 7)
    centre = shapely.get_coordinates(shapely.centroid(outlines[odd]))
    holes = shapely.box(*(centre - _SIDE / 8).T, *(centre + _SIDE / 8).T)
    islands = shapely.box(*(centre - _SIDE / 16).T, *(centre + _SIDE / 16).T)
    outlines[odd] = shapely.union(shapely.difference(outlines[odd], holes), islands)
    return Shapes.from_geometries(outlines, "polygon")


def drawn_view(
    n: int, *, across: str = "arithmetic", combine: Mapping[str, str] | None = None, seed: int = 1
) -> MapView:
    """n parcels with 15 criteria in five blocks; a tenth is excluded, some quantities are beyond reach or intervals.

    combine : block -> how it is combined, where not by a weighted sum
    """
    random = np.random.default_rng(seed)
    shapes = drawn_shapes(n, seed)
    at = np.nan_to_num(shapes.bounds[:, :2])
    ids = [f"{i:03d}-{j:02d}-{k:03d}" for i, j, k in zip(*np.unravel_index(np.arange(n), (999, 99, 999)), strict=True)]
    criteria = [_criterion(j, at, random) for j in range(15)]
    root = Block("", tuple(_block(b, dict(combine or {})) for b in range(5)), combine=across)  # type: ignore[arg-type]
    reason = random.integers(0, 40, n)
    names = [f"rule {k}" for k in range(4)]
    reasons = [[names[k]] if k < 4 else [] for k in reason.tolist()]
    status = ["admitted" if k >= 4 else "site" if k == 3 else "excluded" for k in reason.tolist()]
    score = _score(root, criteria)
    admitted = reason >= 4
    return MapView(
        title="A drawn county (SYNTHETIC)", ids=ids, shapes=shapes, status=status, score=score,
        rank=competition_ranks(score, admitted), tier=["" if not known else "low" for known in admitted.tolist()],
        criteria=criteria, reasons=reasons, synthetic=True, tree=root, floor=_FLOOR,
        rules=[MapReason(name=name, site=k == 3) for k, name in enumerate(names)],
    )  # fmt: skip


def _block(b: int, combine: Mapping[str, str]) -> Block:
    leaves = tuple(Leaf(f"c{3 * b + k}", 1 + (7 * (3 * b + k)) % 5) for k in range(3))
    return Block(_BLOCKS[b], leaves, 1 + b, combine.get(_BLOCKS[b], "weighted_sum"))  # type: ignore[arg-type]


def _criterion(j: int, at: NDArray[np.float64], random: np.random.Generator) -> MapCriterion:
    """Distances to some points in whole millimetres, so that neighbours are alike; 1 % of the third are intervals."""
    span = at.max(axis=0) - at.min(axis=0) + 1e-9
    places = at.min(axis=0) + random.random((6, 2)) * span
    degrees = np.sqrt(((at[:, None, :] - places) ** 2).sum(axis=-1)).min(axis=1)
    metres = np.round(degrees * 111_320 * random.uniform(0.97, 1.03, len(at)), 3)
    reach = float(np.quantile(metres, 0.98)) if len(at) else 1.0
    function = parse_value([["0 m", 1], [f"{reach:.3f} m", 0]])
    beyond, number = metres > reach, np.round(metres / 1000, 6)
    number[beyond] = np.inf
    value = function.value(metres)
    low, high = value.copy(), value.copy()
    unsure = np.zeros(len(at), bool)
    if j == 2:
        unsure = random.random(len(at)) < 0.01
        low[unsure], high[unsure] = 0.25, 0.75
        number[unsure] = np.nan
    words = np.where(unsure, "uncertain", np.where(beyond, f"> {reach / 1000:.1f} km", ""))
    columns = [number, np.where(unsure, 2.0, np.nan), np.where(unsure, 6.0, np.nan), words]
    return MapCriterion(
        label=f"Criterion {j}", name=f"c{j}", block=_BLOCKS[j // 3], weight=1 / 15, unit="km", number=number,
        quantity=quantity_texts([column.tolist() for column in columns], unit="km", within=f"{reach / 1000:.1f} km"),
        value=(low + high) / 2, value_low=low, value_high=high, contribution=np.round(40 * (value - 0.5), 9),
    )  # fmt: skip


def _score(root: Block, criteria: list[MapCriterion]) -> NDArray[np.float64]:
    from siting.mcda.aggregate import aggregate

    low = {c.name: np.asarray(c.value_low) for c in criteria}
    high = {c.name: np.asarray(c.value_high) for c in criteria}
    return aggregate(root, low, high, floor=_FLOOR).score
