from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from siting.kernels.coverage import CellCoverage, Transform, boxes_in_cells, cell_coverage
from siting.kernels.zonal import zonal_classes, zonal_numeric, zonal_quantile
from siting.shapes import Shapes
from tests.kernels.drawing import areas, framed, shapes_of

#: 1 to 9, row by row from the top; unit cells, lower left corner (0, 0)
NINE = np.arange(1.0, 10.0).reshape(3, 3)
UPRIGHT: Transform = (1.0, 0.0, 0.0, 0.0, -1.0, 3.0)
ALL = np.ones((3, 3), bool)
MIDDLE = shapely.box(0.5, 0.5, 2.5, 2.5)


def grid_of(cover: CellCoverage, shape: int, height: int, width: int) -> Any:
    out = np.zeros((height, width))
    entries = slice(cover.offsets[shape], cover.offsets[shape + 1])
    out[cover.row[entries], cover.column[entries]] = cover.fraction[entries]
    return out


def corners(transform: Transform, height: int, width: int) -> Any:
    """The cells of a grid as polygons, row by row."""
    a, b, c, d, e, f = transform
    row, column = (g.ravel() for g in np.mgrid[:height, :width])
    x = [
        np.stack([a * i + b * j + c, d * i + e * j + f], 1)
        for i, j in ((column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1))
    ]
    return shapely.polygons(np.stack(x, axis=1))


# exactextract, python/tests/test_exact_extract.py and test/test_stats.cpp; checked by hand


def test_fractions_by_hand() -> None:
    cover = cell_coverage(shapes_of(MIDDLE), UPRIGHT, 3, 3)
    assert grid_of(cover, 0, 3, 3).tolist() == [[0.25, 0.5, 0.25], [0.5, 1, 0.5], [0.25, 0.5, 0.25]]
    assert cover.row.dtype == cover.column.dtype == np.int32
    assert cover.outside.tolist() == [0.0]


# the grid


def test_cells_under_boxes_by_hand() -> None:
    """Rows and columns from the top left; what lies beyond the grid, or nowhere, has no cells."""
    bounds = np.array([[0.5, 0.5, 2.0, 1.0], [-5.0, 2.5, 9.0, 9.0], [5.0, 0.0, 6.0, 1.0], [np.nan] * 4])
    found = boxes_in_cells(bounds, UPRIGHT, 3, 3)
    assert found[:2].tolist() == [[2, 0, 3, 2], [0, 0, 1, 3]]
    assert (found[2:, 2] <= found[2:, 0]).tolist() == [False, True]
    assert (found[2:, 3] <= found[2:, 1]).all()
    turned: Transform = (0.0, 1.0, 0.0, -1.0, 0.0, 3.0)  # columns run to the south, rows to the east
    assert boxes_in_cells(bounds[:1], turned, 3, 3).tolist() == [[0, 2, 2, 3]]


def test_what_lies_outside_the_grid_is_told_in_cells() -> None:
    shapes = shapes_of(shapely.box(-2, 1, 1, 2), shapely.box(10, 10, 12, 13), shapely.box(-5, -5, 8, 8), MIDDLE)
    cover = cell_coverage(shapes, UPRIGHT, 3, 3)
    assert cover.outside.tolist() == [2.0, 6.0, 160.0, 0.0]
    assert np.diff(cover.offsets).tolist() == [1, 0, 9, 9]
    assert zonal_numeric(shapes, NINE, ALL, UPRIGHT).outside.tolist() == [2.0, 6.0, 160.0, 0.0]
    halved = cell_coverage(shapes.with_coords(shapes.coords * 10), (10, 0, 0, 0, -20, 30), 3, 2)
    assert halved.outside[1] == 3.0


@pytest.mark.parametrize("lean", [(-9.0, 12.0), (12.0, -9.0)])
def test_edges_that_leave_the_grid_sideways_count_for_all_its_cells(lean: tuple[float, float]) -> None:
    west, east = lean
    shape = shapely.Polygon([(west, -1), (40, -1), (40, 4), (east, 4)])
    cells = corners(UPRIGHT, 3, 3)
    expected = shapely.area(shapely.intersection(shape, cells)).reshape(3, 3)
    np.testing.assert_allclose(grid_of(cell_coverage(shapes_of(shape), UPRIGHT, 3, 3), 0, 3, 3), expected, atol=1e-12)


def test_cells_that_are_only_touched_are_not_covered() -> None:
    cover = cell_coverage(shapes_of(shapely.box(1, 1, 2, 2)), UPRIGHT, 3, 3)
    assert (cover.row.tolist(), cover.column.tolist(), cover.fraction.tolist()) == ([1], [1], [1.0])
    third = cell_coverage(shapes_of(shapely.box(1 / 3, 1 / 3, 2 / 3, 2 / 3)), (1 / 3, 0, 0, 0, -1 / 3, 1), 3, 3)
    assert (third.row.tolist(), third.column.tolist()) == ([1], [1])
    assert zonal_numeric(shapes_of(shapely.box(1, 1, 2, 2)), NINE, ALL, UPRIGHT).max.tolist() == [5.0]


def test_holes_and_parts() -> None:
    ring = shapely.Polygon(shapely.box(0, 0, 3, 3).exterior, [shapely.box(0.5, 1, 2, 2).exterior])
    cover = cell_coverage(shapes_of(shapely.MultiPolygon([ring, shapely.box(1, 1, 2, 1.5)])), UPRIGHT, 3, 3)
    assert grid_of(cover, 0, 3, 3).tolist() == [[1, 1, 1], [0.5, 0.5, 1], [1, 1, 1]]


def test_a_parcel_much_smaller_than_a_cell_keeps_its_digits() -> None:
    tiny = shapely.box(1.3, 1.3, 1.3 + 2.0**-20, 1.3 + 2.0**-13)
    cover = cell_coverage(shapes_of(tiny), UPRIGHT, 3, 3)
    assert cover.fraction.tolist() == [pytest.approx(2.0**-33, rel=1e-6)] if 2.0**-33 > 1e-10 else []


def test_a_large_shape_is_worked_on_in_bands() -> None:
    side = 1300
    disc = shapely.Point(600.25, 700.5).buffer(500, quad_segs=64)
    values = np.add.outer(np.arange(side) + 0.5, np.zeros(side))
    found = zonal_numeric(shapes_of(disc), values, np.ones((side, side), bool), (1, 0, 0, 0, 1, 0))
    assert found.weight[0] == pytest.approx(disc.area, rel=1e-12)
    assert found.mean[0] == pytest.approx(disc.centroid.y, rel=1e-9)
    cover = cell_coverage(shapes_of(disc), (1, 0, 0, 0, 1, 0), side, side)
    assert cover.fraction.sum() == pytest.approx(disc.area, rel=1e-12)
    assert np.all(np.diff(cover.row.astype(int) * side + cover.column) > 0)


TRANSFORMS = st.builds(
    lambda x, y, angle, sx, sy: tuple((Affine.translation(x, y) @ Affine.rotation(angle) @ Affine.scale(sx, sy))[:6]),
    st.sampled_from([0.0, -2.0, 3.5]),
    st.sampled_from([0.0, 8.0, 4.25]),
    st.sampled_from([0.0, 0.0, 30.0, 90.0, 200.0]),
    st.sampled_from([1.0, 0.75, 5.0]),
    st.sampled_from([-1.0, -0.5, 1.0, -7.0]),
)


@settings(max_examples=60)
@given(
    shapes=st.lists(areas(), min_size=1, max_size=3),
    transform=TRANSFORMS,
    size=st.tuples(st.integers(1, 12), st.integers(1, 12)),
)
def test_fractions_are_those_of_shapely_on_any_grid(
    shapes: list[Any], transform: Transform, size: tuple[int, int]
) -> None:
    height, width = size
    cover = cell_coverage(Shapes.from_geometries(shapes, "polygon"), transform, width, height)
    cells = corners(transform, height, width)
    cell_area = abs(transform[0] * transform[4] - transform[1] * transform[3])
    for i, shape in enumerate(shapes):
        expected = shapely.area(shapely.intersection(shape, cells)) / cell_area
        np.testing.assert_allclose(grid_of(cover, i, height, width).ravel(), expected, atol=1e-9)
        assert cover.outside[i] == pytest.approx(shape.area / cell_area - expected.sum(), abs=1e-8)


@settings(max_examples=20)
@given(shapes=st.lists(areas(), min_size=1, max_size=3), frame=st.sampled_from([(1.0, 0.0), (3.7, 0.0), (1.0, 1e7)]))
def test_fractions_are_those_of_exactextract(shapes: list[Any], frame: tuple[float, float]) -> None:
    exactextract = pytest.importorskip("exactextract")
    from exactextract.raster import NumPyRasterSource

    # exactextract 0.3 counts whole cells too much where vertices lie on the corners of cells: keep them apart
    unit, corner = frame
    drawn, west, top, size = framed(shapes, unit, corner), corner - 0.8371 * unit, corner + 6.2139 * unit, 0.9473 * unit
    values = np.arange(35.0).reshape(5, 7)
    s = Shapes.from_geometries(drawn, "polygon")
    found = zonal_numeric(s, values, values >= 0, (size, 0, west, 0, -size, top))
    source = NumPyRasterSource(values, xmin=west, ymin=top - 5 * size, xmax=west + 7 * size, ymax=top)
    filled = [i for i, g in enumerate(drawn) if not g.is_empty]
    assume(filled)
    features = [{"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(drawn[i])} for i in filled]
    expected = exactextract.exact_extract(source, features, ["count", "sum"])
    grid = shapely.box(west, top - 5 * size, west + 7 * size, top)
    for i, feature in zip(filled, expected, strict=True):
        cells = shapely.area(shapely.intersection(drawn[i], grid)) / size**2
        assert found.weight[i] == pytest.approx(cells, rel=1e-6, abs=1e-6)
        if abs(feature["properties"]["count"] - cells) > 0.5:
            continue  # and seldom without such a vertex too
        # exactextract keeps fractions in single precision
        assert found.weight[i] == pytest.approx(feature["properties"]["count"], rel=1e-5, abs=1e-5)
        assert found.sum[i] == pytest.approx(feature["properties"]["sum"] or 0.0, rel=1e-5, abs=1e-3)


# properties


def scattered() -> tuple[Shapes, Any, Transform]:
    rng = np.random.default_rng(4)
    at = rng.uniform(-5, 60, (40, 1, 2)) + rng.uniform(-8, 8, (40, 5, 2))
    hulls = shapely.convex_hull(shapely.multipoints(at))
    return Shapes.from_geometries(hulls), rng.normal(size=(50, 60)), (1.0, 0.1, 0.0, 0.2, -1.1, 55.0)


def test_splitting_the_shapes_changes_no_bit() -> None:
    shapes, values, transform = scattered()
    valid, weight = values > -2, np.linspace(1, 2, 50)
    halves = [shapes.take(np.arange(13)), shapes.take(np.arange(13, 40))]
    whole = zonal_numeric(shapes, values, valid, transform, weight, 0.3)
    parts = [zonal_numeric(half, values, valid, transform, weight, 0.3) for half in halves]
    for name in ("weight", "valid_weight", "mean", "min", "max", "sum", "outside"):
        assert np.concatenate([getattr(p, name) for p in parts]).tobytes() == getattr(whole, name).tobytes()
    codes = (values > 0).astype(np.int8)
    classes = [zonal_classes(s, codes, valid, transform, weight, 2) for s in (shapes, *halves)]
    assert np.concatenate(classes[1:]).tobytes() == classes[0].tobytes()
    medians = [zonal_quantile(s, values, valid, transform, weight, 0.5) for s in (shapes, *halves)]
    assert np.concatenate(medians[1:]).tobytes() == medians[0].tobytes()
    covers = [cell_coverage(s, transform, 60, 50).fraction for s in (shapes, *halves)]
    assert np.concatenate(covers[1:]).tobytes() == covers[0].tobytes()


@settings(max_examples=40)
@given(shape=areas(), cut=st.floats(0, 8))
def test_splitting_a_shape_conserves_its_cells(shape: Any, cut: float) -> None:
    halves = [shapely.intersection(shape, box) for box in (shapely.box(-1, -1, cut, 9), shapely.box(cut, -1, 9, 9))]
    polygons = [shapely.MultiPolygon([p for p in shapely.get_parts(h) if p.geom_type == "Polygon"]) for h in halves]
    whole, *parts = (
        grid_of(cell_coverage(shapes_of(g, kind="polygon"), (1, 0, 0, 0, -1, 8), 8, 8), 0, 8, 8)
        for g in (shape, *polygons)
    )
    np.testing.assert_allclose(parts[0] + parts[1], whole, atol=1e-9)
