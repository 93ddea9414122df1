from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from siting.kernels import interior
from siting.kernels.interior import Interior
from siting.kernels.overlap import PolygonGrid
from siting.shapes import Shapes

SHARE = 0.999


def told(land: Sequence[Any], lots: Sequence[Any] | NDArray[np.object_]) -> NDArray[np.bool_]:
    polygons = PolygonGrid.build(Shapes.from_geometries(land))
    return Interior(polygons).holds(Shapes.from_geometries(lots, "polygon"), SHARE)


def by_hand(land: Sequence[Any], lots: NDArray[np.object_]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether GEOS finds the share, and where it is too near to the limit to say."""
    inside = shapely.area(shapely.intersection(shapely.union_all(land), lots)) / shapely.area(lots)
    return inside >= SHARE, np.abs(inside - SHARE) < 1e-7


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cells are looked at for few shapes too."""
    monkeypatch.setattr(interior, "_MANY", 1)


@pytest.mark.usefixtures("few")
def test_cells_and_borders_agree_on_shapes_inside_across_and_outside() -> None:
    land = [shapely.box(0, 0, 640, 320).difference(shapely.box(305, 105, 306, 106))]
    lots = [
        shapely.box(0, 0, 10, 10),  # in the corner cell
        shapely.box(300, 100, 310, 110),  # around the hole: 1 %
        shapely.box(270, 70, 330, 130),  # around it: 0.03 %
        shapely.box(635, 0, 645, 10),
        shapely.box(-5, 0, 5, 10),
        shapely.box(0, 315, 10, 325),
        shapely.box(700, 0, 710, 10),
        shapely.box(0, 0, 640, 320),
        shapely.Polygon(),
    ]
    assert told(land, lots).tolist() == [True, False, True, False, False, False, False, True, True]


@pytest.mark.usefixtures("few")
def test_a_shape_so_small_that_an_open_part_of_its_cell_could_matter_is_looked_at_itself() -> None:
    pinhole = shapely.box(5, 5, 5 + 1e-4, 5 + 1e-4)  # 1e-8 m2 of a cell of 1e12 m2: no cell is open by more than 1e-20
    land = [shapely.box(0, 0, 64e6, 64e6).difference(pinhole)]
    lots = [shapely.box(5, 5, 5 + 2e-4, 5 + 2e-4), shapely.box(1e6 + 1, 5, 1e6 + 2, 6), shapely.box(9, 9, 2009, 2009)]
    assert told(land, lots).tolist() == [False, True, True]


@pytest.mark.usefixtures("few")
def test_polygons_of_no_extent_hold_nothing() -> None:
    lots = Shapes.from_geometries([shapely.box(0, 0, 1, 1)])
    nothing = Shapes.from_geometries([shapely.Polygon()], "polygon")
    assert Interior(PolygonGrid.build(nothing)).holds(lots, SHARE).tolist() == [False]


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), far=st.sampled_from([0.0, 4e6]))
def test_what_is_held_is_what_geos_finds(seed: int, far: float) -> None:
    chance = np.random.default_rng(seed)
    angles = np.sort(chance.uniform(0, 2 * np.pi, 40))
    radius = chance.uniform(600, 1000, 40)
    ring = shapely.Polygon(np.column_stack([far + radius * np.cos(angles), far + radius * np.sin(angles)]))
    hole = shapely.Point(far + chance.uniform(-300, 300), far).buffer(chance.uniform(1, 200))
    land = [part for part in (ring.buffer(0).difference(hole), shapely.box(far, far, far + 900, far + 50)) if part.area]
    x, y = far + chance.uniform(-1100, 1000, (2, 500))
    lots = shapely.box(x, y, x + chance.uniform(1, 150, 500), y + chance.uniform(1, 150, 500))
    expected, doubtful = by_hand(land, lots)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(interior, "_MANY", 1)
        found = told(land, lots)
    assert (found == expected)[~doubtful].all()


def test_cells_tell_what_borders_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = np.random.default_rng(7)
    land = [shapely.Point(0, 0).buffer(1000).difference(shapely.box(-50, -50, 50, 50))]
    x, y = chance.uniform(-1000, 1000, (2, 3000))
    lots = shapely.box(x, y, x + 9, y + 7)
    found = told(land, lots)
    monkeypatch.setattr(interior, "_MANY", len(lots) + 1)
    np.testing.assert_array_equal(found, told(land, lots))
    assert 0.5 < found.mean() < 1
