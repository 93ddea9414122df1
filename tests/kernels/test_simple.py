from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from siting.kernels.simple import surely_simple, surely_valid
from siting.shapes import Shapes
from tests.kernels.drawing import shapes_of

SQUARE = shapely.box(0, 0, 4, 4)


@pytest.mark.parametrize(
    ("ring", "simple"),
    [
        (list(SQUARE.exterior.coords), True),
        ([(0, 0), (4, 0), (0, 3)], True),
        ([(0, 0), (1, 0), (2, 0), (2, 2)], True),  # straight on
        ([(0, 0), (2, 2), (2, 0), (0, 2)], False),  # crosses itself
        ([(0, 0), (4, 0), (2, 0), (2, 2)], False),  # doubles back
        ([(0, 0), (4, 0), (4, 4), (2, 0), (0, 4)], False),  # touches an edge
        ([(0, 0), (2, 2), (4, 0), (4, 4), (2, 2), (0, 4)], False),  # a vertex twice
        ([(0, 0), (4, 0), (4, 0), (0, 3)], False),  # a repeated vertex: valid, yet doubtful here
        ([(0, 0), (1, 1), (2, 2)], False),  # no area
        ([(0, 0), (9, 0), (9, 9), (8, 9), (8, 1), (0, 1)], True),  # bent: its middle is outside
        ([(0, 3), (2, -3), (3, 2), (-2, -1), (4, -1)], False),  # a star: left at every vertex, round twice
        ([(0, 0), (np.nan, 1), (2, 0)], False),
        ([(0, 0), (np.inf, 1), (2, 0)], False),
    ],
)
def test_rings_by_hand(ring: list[tuple[float, float]], simple: bool) -> None:
    closed = np.array([*ring, ring[0]] if ring[0] != ring[-1] else ring, float)
    shapes = Shapes("polygon", closed, np.array([0, len(closed)]), np.array([0, 1]), np.ones(1, bool))
    assert surely_simple(shapes).tolist() == [simple]


def test_every_ring_of_every_shape_is_looked_at() -> None:
    holed = shapely.Polygon(SQUARE.exterior, [[(1, 1), (3, 3), (3, 1), (1, 3)]])
    assert surely_simple(shapes_of(holed, shapely.Polygon(), SQUARE)).tolist() == [True, False, True]
    assert surely_simple(shapes_of(kind="polygon")).tolist() == []


@pytest.mark.parametrize("tall", [1e-3, 1.0, 1e3])
def test_long_winding_rings_are_found_simple(tall: float) -> None:
    angle = np.linspace(0, 2 * np.pi, 3000, endpoint=False)
    radius = 100 + 30 * np.sin(9 * angle) + np.random.default_rng(3).normal(0, 0.5, 3000)
    ring = 1e6 + np.stack([radius * np.cos(angle), tall * radius * np.sin(angle)], axis=1)
    assert surely_simple(shapes_of(shapely.Polygon(ring))).tolist() == [True]
    ring[[700, 703]] = ring[[703, 700]]
    knotted = shapely.Polygon(ring)
    assert not shapely.is_valid(knotted)
    assert surely_simple(shapes_of(knotted)).tolist() == [False]


def test_a_ring_that_needs_too_many_comparisons_is_doubtful() -> None:
    comb = np.stack([np.tile([0.0, 1e6, 1e6, 0.0], 1500), np.repeat(np.arange(3000.0), 2)], axis=1)
    zigzag = shapely.Polygon([*comb, (-1, 3000), (-1, 0)])
    assert surely_simple(shapes_of(zigzag)).tolist() == [False]


corners = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=3, max_size=9)


@given(rings=st.lists(corners, min_size=1, max_size=4), unit=st.sampled_from([1.0, 1 / 3]))
def test_what_is_found_simple_is_valid(rings: list[Any], unit: float) -> None:
    polygons = shapely.transform(np.array([shapely.Polygon(ring) for ring in rings]), lambda c: c * unit)
    found, valid = surely_simple(Shapes.from_geometries(polygons)), shapely.is_valid(polygons)
    assert not (found & ~valid).any()
    if unit == 1.0:  # on the lattice nothing is in doubt but repeated vertices
        opened = [ring[:-1] if ring[0] == ring[-1] else ring for ring in rings]
        again = [any(a == b for a, b in zip(ring, [*ring[1:], ring[0]], strict=True)) for ring in opened]
        assert found.tolist() == (valid & ~np.array(again)).tolist()


def test_parts_whose_boxes_do_not_meet_are_valid_together() -> None:
    away, beside, corner = shapely.box(9, 0, 10, 1), shapely.box(4, 1, 5, 2), shapely.box(4, 4, 5, 5)
    holed = shapely.Polygon(SQUARE.exterior, [[(1, 1), (1, 2), (2, 2)]])
    bow = shapely.Polygon([(20, 0), (22, 2), (22, 0), (20, 2)])
    many = shapely.MultiPolygon([shapely.box(3 * i, 0, 3 * i + 1, 1) for i in range(257)])
    drawn = [
        SQUARE, shapely.Polygon(), shapely.MultiPolygon([SQUARE, away]), shapely.MultiPolygon([SQUARE, beside]),
        shapely.MultiPolygon([SQUARE, corner]), holed, shapely.MultiPolygon([SQUARE, bow]), many,
        shapely.MultiPolygon(shapely.get_parts(many)[:256]),
    ]  # fmt: skip
    assert surely_valid(shapes_of(*drawn)).tolist() == [True, True, True, False, False, False, False, False, True]


boxes = st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(1, 3), st.integers(1, 3))


@given(st.lists(st.lists(boxes, min_size=1, max_size=4), min_size=1, max_size=4))
def test_what_is_found_valid_is(drawn: list[list[tuple[int, int, int, int]]]) -> None:
    polygons = [shapely.MultiPolygon([shapely.box(x, y, x + w, y + h) for x, y, w, h in parts]) for parts in drawn]
    assert not (surely_valid(shapes_of(*polygons)) & ~shapely.is_valid(polygons)).any()
