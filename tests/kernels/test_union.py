from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from siting.kernels.union import sort, union_areas
from siting.shapes import Shapes
from tests.kernels.drawing import FRAMES, areas, framed, shapes_of


def together(parcel: Any, features: list[Any]) -> float:
    count = len(features)
    shapes = Shapes.from_geometries(features, "polygon")
    area = union_areas(shapes_of(parcel, kind="polygon"), shapes, np.array([0]), np.array([0, count]), np.arange(count))
    return float(area[0])


def test_two_strips_count_their_common_part_once() -> None:
    assert together(shapely.box(0, 0, 4, 4), [shapely.box(0, 0, 2, 4), shapely.box(1, 0, 3, 4)]) == 12.0
    assert together(shapely.box(0, 0, 4, 4), [shapely.box(0, 0, 4, 2), shapely.box(0, 1, 4, 3)]) == 12.0


def test_the_same_feature_twice_is_the_feature() -> None:
    triangle = shapely.Polygon([(0, 0), (4, 0), (0, 4)])
    assert together(shapely.box(0, 0, 2, 2), [triangle, triangle]) == 4.0
    assert together(shapely.box(0, 0, 4, 4), [triangle, triangle]) == 8.0


def test_features_below_above_and_beside_the_parcel_count_only_inside() -> None:
    wide = [shapely.box(-9, -9, 2, 9), shapely.box(1, -9, 9, 2), shapely.box(-9, 8, 9, 9)]
    assert together(shapely.box(0, 0, 4, 4), wide) == 12.0


def test_a_hole_is_filled_only_by_another_feature() -> None:
    ring = shapely.Polygon(shapely.box(0, 0, 4, 4).exterior, [shapely.box(1, 1, 3, 3).exterior])
    assert together(shapely.box(0, 0, 4, 4), [ring, shapely.box(2, 1, 4, 3)]) == 14.0
    assert together(ring, [shapely.box(0, 0, 4, 4), shapely.box(1, 1, 3, 3)]) == 12.0


@pytest.mark.parametrize("count", [5, 300])
def test_many_strips_are_the_union_of_intervals(count: int) -> None:
    west = np.random.default_rng(1).uniform(0, 100, count)
    strips = shapely.box(west, -1, west + 0.4, 2)
    order = np.sort(west)
    length = np.minimum(np.diff(order), 0.4).sum() + 0.4
    assert together(shapely.box(-5, 0, 105, 1), list(strips)) == pytest.approx(length, rel=1e-12)


@settings(max_examples=60)
@given(parcel=areas(), features=st.lists(areas(), min_size=1, max_size=5), frame=st.sampled_from(FRAMES))
def test_the_union_is_that_of_shapely(parcel: Any, features: list[Any], frame: Any) -> None:
    unit, corner, tolerance = frame
    left, right = framed([parcel], unit, corner)[0], list(framed(features, unit, corner))
    assume(shapely.is_valid(left) and shapely.is_valid(right).all())  # others are repaired when they are read
    # on the lattice itself, where GEOS does not stumble over rounded vertices
    expected = shapely.area(shapely.intersection(parcel, shapely.union_all(shapely.make_valid(features))))
    assert together(left, right) == pytest.approx(unit**2 * expected, rel=1e-9, abs=tolerance)


@given(st.lists(st.floats(-1e6, 1e6), max_size=40))
def test_sort_orders_keys_with_their_items(values: list[float]) -> None:
    keys, items = np.array([*values, -1e9]), np.arange(len(values) + 1)
    sort(keys, items, len(values))
    assert keys[:-1].tolist() == sorted(values)
    assert [values[i] for i in items[:-1]] == sorted(values)
    assert items[-1] == len(values)
