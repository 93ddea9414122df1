from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.kernels.segments import SegmentGrid
from siting.shapes import Shapes
from tests.kernels.drawing import areas, lines, shapes_of


def cell_of(grid: SegmentGrid, x: float, y: float) -> set[int]:
    """The segments that the grid lists for the cell of a point."""
    west, south, size, _ = grid.frame
    columns, rows = grid.columns_rows
    column, row = min(int((x - west) / size), columns - 1), min(int((y - south) / size), rows - 1)
    cell = row * columns + column
    return set(grid.cell_items[grid.cell_offsets[cell] : grid.cell_offsets[cell + 1]].tolist())


@settings(max_examples=40)
@given(features=st.lists(areas() | lines, min_size=1, max_size=4), cell=st.sampled_from([None, 0.3, 2.0, 100.0]))
def test_a_cell_lists_every_segment_that_passes_it(features: list[object], cell: float | None) -> None:
    outlines = [shapely.boundary(f) if f.geom_type == "MultiPolygon" else f for f in features]  # type: ignore[attr-defined]
    grid = SegmentGrid.build(Shapes.from_geometries(outlines, "line"), cell_m=cell)
    for s, (ax, ay, bx, by) in enumerate(grid.segments):
        for t in np.linspace(0, 1, 23):
            assert s in cell_of(grid, ax + t * (bx - ax), ay + t * (by - ay))


def test_segments_are_those_of_the_rings_lesser_end_first() -> None:
    grid = SegmentGrid.build(shapes_of(shapely.box(0, 0, 2, 1)))
    assert grid.segments.tolist() == [[2, 0, 2, 1], [0, 1, 2, 1], [0, 0, 0, 1], [0, 0, 2, 0]]
    assert grid.upward.tolist() == [1, 0, -1, 0]
    assert grid.owner.tolist() == [0, 0, 0, 0]


def test_points_and_lines_of_one_place_are_segments_of_no_length() -> None:
    grid = SegmentGrid.build(shapes_of(shapely.MultiPoint([(1, 2), (3, 4)])))
    assert grid.segments.tolist() == [[1, 2, 1, 2], [3, 4, 3, 4]]
    assert SegmentGrid.build(shapes_of(shapely.LineString([(5, 5), (5, 5)]))).segments.tolist() == [[5, 5, 5, 5]]


def test_empty_features_have_no_segments() -> None:
    grid = SegmentGrid.build(shapes_of(shapely.Point(), shapely.Point(1, 1), shapely.Point()))
    assert len(grid) == 3
    assert grid.owner.tolist() == [1]
    assert len(SegmentGrid.build(shapes_of(kind="line")).segments) == 0


@pytest.mark.parametrize("cell_m", [None, 1e-3])
def test_a_huge_sparse_extent_keeps_the_grid_small(cell_m: float | None) -> None:
    far = shapes_of(shapely.Point(0, 0), shapely.Point(1e7, 1e7), shapely.LineString([(0, 0), (1e7, 1)]).centroid)
    grid = SegmentGrid.build(far, cell_m=cell_m)
    assert grid.columns_rows.prod() <= 4_000_000
    assert len(grid.cell_offsets) == grid.columns_rows.prod() + 1


def test_long_segments_do_not_fill_many_cells() -> None:
    star = [shapely.LineString([(5e4, 5e4), (5e4 + 5e4 * np.cos(a), 5e4 + 5e4 * np.sin(a))]) for a in np.arange(100)]
    grid = SegmentGrid.build(Shapes.from_geometries(star))
    assert len(grid.cell_items) < 20 * len(grid.segments)


def test_a_row_of_points_has_cells_in_one_direction() -> None:
    grid = SegmentGrid.build(Shapes.from_geometries(shapely.points(np.arange(100.0), np.zeros(100))))
    assert grid.columns_rows[1] == 1
    assert grid.columns_rows[0] >= 50


def test_the_size_that_is_asked_for_is_taken() -> None:
    assert SegmentGrid.build(shapes_of(shapely.Point(0, 0), shapely.Point(100, 70)), cell_m=10.0).cell_m == 10.0


def test_arrays_are_read_only() -> None:
    grid = SegmentGrid.build(shapes_of(shapely.box(0, 0, 1, 1)))
    with pytest.raises(ValueError, match="read-only"):
        grid.segments[0, 0] = 1.0
