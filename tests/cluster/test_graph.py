"""Which parcels can be joined, by drawings and by distance."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from siting.cluster.graph import connections
from siting.shapes import Shapes


def pairs(offsets: np.ndarray, neighbour: np.ndarray) -> set[tuple[int, int]]:
    row = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    return set(zip(row.tolist(), neighbour.tolist(), strict=True))


def lots(*boxes: tuple[float, float, float, float]) -> Shapes:
    return Shapes.from_geometries([shapely.box(*box) for box in boxes], "polygon")


def line(*points: tuple[float, float]) -> Shapes:
    return Shapes.from_geometries([shapely.LineString(points)])


def test_a_local_road_is_crossed_and_a_field_is_not() -> None:
    """A | 20 m | B | 70 m | C"""
    three = lots((0, 0, 100, 100), (120, 0, 200, 100), (270, 0, 300, 100))
    assert pairs(*connections(three, gap_m=60)) == {(0, 1), (1, 0)}
    assert pairs(*connections(three, gap_m=70)) == {(0, 1), (1, 0), (1, 2), (2, 1)}


def test_a_canal_in_the_gap_parts_and_one_that_ends_does_not() -> None:
    two = lots((0, 0, 100, 100), (120, 0, 200, 100))
    assert pairs(*connections(two, gap_m=60, barriers=[line((110, -500), (110, 500))])) == set()
    assert pairs(*connections(two, gap_m=60, barriers=[line((110, 40), (110, 500))])) == {(0, 1), (1, 0)}


def test_a_canal_along_a_common_border_parts() -> None:
    two = lots((0, 0, 100, 100), (100, 0, 200, 100))
    assert pairs(*connections(two, gap_m=0)) == {(0, 1), (1, 0)}
    assert pairs(*connections(two, gap_m=0, barriers=[line((100, -50), (100, 150))])) == set()
    assert pairs(*connections(two, gap_m=0, barriers=[line((100, -50), (100, 60))])) == {(0, 1), (1, 0)}


def test_a_river_with_a_bridge_parts_but_at_the_bridge() -> None:
    two = lots((0, 0, 100, 100), (120, 0, 200, 100))
    river = shapely.box(105, -500, 115, 500)
    bridged = Shapes.from_geometries([river - shapely.box(100, 45, 120, 55)], "polygon")
    assert pairs(*connections(two, gap_m=60, barriers=[Shapes.from_geometries([river])])) == set()
    assert pairs(*connections(two, gap_m=60, barriers=[bridged])) == {(0, 1), (1, 0)}


def test_no_parcels_and_no_barriers() -> None:
    offsets, neighbour = connections(lots(), gap_m=60, barriers=[line((0, 0), (1, 1))])
    assert (offsets.tolist(), neighbour.tolist()) == ([0], [])


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(1, 9)), max_size=12), st.integers(0, 6))
def test_without_barriers_it_is_the_distance(squares: list[tuple[int, int, int]], gap: int) -> None:
    shapes = [shapely.box(x, y, x + size, y + size) for x, y, size in squares]
    expected = {
        (i, j) for i, one in enumerate(shapes) for j, other in enumerate(shapes) if i != j
        if shapely.distance(one, other) <= max(gap, 0.01)
    }  # fmt: skip
    assert pairs(*connections(Shapes.from_geometries(shapes, "polygon"), gap_m=gap)) == expected
