"""Outlines of regions on a grid: drawings by hand, and every cell centre on its right side."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from siting.sample.outlines import contours, label_outlines, polygon_parts, smoothed

fields = st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**32 - 1)).map(
    lambda t: np.random.default_rng(t[2]).integers(-50, 50, t[:2]).astype(np.int32)
)


@given(fields)
def test_contours_hold_the_cells_above_zero_and_no_others(field: NDArray[np.int32]) -> None:
    ny, nx = field.shape
    polygons = contours(field, 100.0, 900.0, 30.0)
    assert shapely.is_valid(polygons).all()
    row, column = np.mgrid[:ny, :nx]
    centres = shapely.points(100 + (column.ravel() + 0.5) * 30, 900 - (row.ravel() + 0.5) * 30)
    held = shapely.intersects(shapely.union_all(polygons), centres) if len(polygons) else np.zeros(len(centres), bool)
    # a contour runs through a cell that is 0
    assert (held | (field.ravel() <= 0)).all()
    assert (~held | (field.ravel() >= 0)).all()


def test_the_outline_lies_where_the_field_is_zero() -> None:
    field = np.full((3, 3), -1, np.int32)
    field[1, 1] = 3
    (diamond,) = contours(field, 0.0, 40.0, 10.0)
    places = {tuple(p) for p in shapely.get_coordinates(diamond)}
    assert places == {(22.5, 25.0), (15.0, 32.5), (7.5, 25.0), (15.0, 17.5)}


def test_a_hole_and_an_island_in_it() -> None:
    field = np.full((9, 9), 1, np.int32)
    field[0], field[-1], field[:, 0], field[:, -1] = -1, -1, -1, -1
    field[3:6, 3:6] = -1
    field[4, 4] = 1
    polygons = sorted(contours(field, 0.0, 90.0, 10.0), key=lambda p: p.area)
    assert [len(p.interiors) for p in polygons] == [0, 1]
    assert polygons[0].area == 50.0


def test_cells_that_touch_at_a_corner_join() -> None:
    assert len(contours(np.array([[1, -1], [-1, 1]], np.int32), 0.0, 20.0, 10.0)) == 1


def test_nothing_above_zero_has_no_outline() -> None:
    assert len(contours(np.zeros((4, 4), np.int32), 0.0, 40.0, 10.0)) == 0


def test_contours_of_nested_fields_are_nested() -> None:
    field = np.cumsum(np.random.default_rng(2).integers(-9, 10, (40, 40)), axis=1).astype(np.int32)
    outer = shapely.union_all(contours(field + 7, 0.0, 400.0, 10.0))
    inner = shapely.union_all(contours(field, 0.0, 400.0, 10.0))
    assert shapely.difference(inner, outer).area < 0.2  # the 1 cm grid


def test_smoothing_keeps_a_constant_and_spreads_a_peak() -> None:
    peak = np.zeros((5, 5), np.int32)
    peak[2, 2] = 1
    assert smoothed(peak, 1)[1:4, 1:4].tolist() == [[1, 2, 1], [2, 4, 2], [1, 2, 1]]
    assert (smoothed(np.full((3, 4), 7, np.int32), 2) == 7 * 256).all()


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 25.0]))
def test_outlines_of_labels_tile_the_bounds(seed: int, tolerance: float) -> None:
    label = np.kron(np.random.default_rng(seed).integers(0, 3, (4, 4)), np.ones((3, 3))).astype(np.int32)
    bounds = (1_000.0, 2_000.0, 1_115.0, 2_112.5)
    polygons, owner = label_outlines(label, bounds, 10.0, tolerance_m=tolerance)
    assert shapely.coverage_is_valid(polygons)
    assert shapely.area(polygons).sum() == pytest.approx(115.0 * 112.5)
    assert shapely.total_bounds(polygons).tolist() == list(bounds)
    assert sorted(set(owner.tolist())) == sorted(set(label.ravel().tolist()))
    assert (np.diff(owner) >= 0).all()


def test_outlines_without_tolerance_are_the_cells() -> None:
    label = np.array([[4, 4, 7], [4, 7, 7]], np.int32)
    polygons, owner = label_outlines(label, (0.0, 0.0, 30.0, 20.0), 10.0, tolerance_m=0.0)
    assert dict(zip(owner.tolist(), shapely.area(polygons).tolist(), strict=True)) == {4: 300.0, 7: 300.0}


def test_only_polygons_of_some_size_are_kept() -> None:
    mixed = shapely.GeometryCollection([shapely.box(0, 0, 2, 2), shapely.Point(5, 5), shapely.box(9, 9, 9.1, 9.1)])
    parts, owner = polygon_parts(np.array([shapely.MultiPolygon([shapely.box(0, 0, 1, 1)]), mixed]), 0.5)
    assert (shapely.area(parts).tolist(), owner.tolist()) == ([1.0, 4.0], [0, 1])
