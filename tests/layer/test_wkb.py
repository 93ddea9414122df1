"""Plain polygons out of bytes: the same coordinates as through GEOS, and no doubt about what is valid."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Point, Polygon, box

from siting.layer.wkb import no_rings, single_rings, surely_convex, valid_rings, woven
from siting.shapes import Shapes

RING = Polygon([(0, 0), (0, 5), (4, 5), (5, 1)])  # clockwise


def _with(odd: float) -> Any:
    """A square with a vertex that is nowhere."""
    return shapely.transform(box(0, 0, 1, 1), lambda xy: np.where(xy == xy[2], odd, xy))


OTHERS: list[Any] = [
    None, Point(1, 1), LineString([(0, 0), (1, 1)]), Polygon(), MultiPolygon([box(0, 0, 1, 1), box(2, 2, 3, 3)]),
    Polygon([(0, 0, 1), (4, 0, 1), (4, 4, 1)]), box(0, 0, 9, 9).difference(box(1, 1, 2, 2)),
    _with(np.nan), _with(np.inf), Polygon([(0, 0), (4, 4), (8, 8)]),
    Polygon([(0, 0), (2, 2), (2, 0), (0, 2)]),
]  # fmt: skip


def column(geometry: list[Any], **options: Any) -> pa.ChunkedArray:
    with np.errstate(invalid="ignore"):
        wkb = [None if shape is None else shapely.to_wkb(shape, **options) for shape in geometry]
    return pa.chunked_array([pa.array(wkb[:2], pa.binary()), pa.array(wkb[2:], pa.binary())])


def assert_same(ours: Shapes, theirs: Shapes) -> None:
    for name in ("coords", "ring_offsets", "shape_offsets", "part_starts"):
        one, other = getattr(ours, name), getattr(theirs, name)
        assert one.dtype == other.dtype
        assert one.tobytes() == other.tobytes()


def test_single_rings_are_taken_and_turned_and_the_rest_is_left() -> None:
    plain = [RING, MultiPolygon([RING]), box(7, 7, 8, 9)]
    geometry = [plain[0], *OTHERS, *plain[1:]]
    for chunked in (column(geometry), column(["skip", *geometry][1:]).cast(pa.large_binary())):
        found = single_rings(chunked)
        assert found.rows.tolist() == [0, len(OTHERS) + 1, len(OTHERS) + 2]
        assert_same(found.shapes, Shapes.from_geometries(plain, "polygon"))
        assert found.shapes.area_m2.tolist() == [shapely.area(shape) for shape in plain]


def test_a_slice_of_a_column_is_read_where_it_lies() -> None:
    found = single_rings(column([box(0, 0, 1, 1), RING, box(3, 3, 4, 4)]).slice(1, 2))
    assert found.rows.tolist() == [0, 1]
    assert_same(found.shapes, Shapes.from_geometries([RING, box(3, 3, 4, 4)], "polygon"))


@pytest.mark.parametrize("options", [{"byte_order": 0}, {"include_srid": True}])
def test_other_bytes_are_left_to_geos(options: dict[str, Any]) -> None:
    shape = shapely.set_srid(RING, 4326) if "include_srid" in options else RING
    assert single_rings(column([shape, shape, shape], **options)).rows.tolist() == []


def test_nothing_is_nothing() -> None:
    for empty in (column([]), column([None, None, None])):
        assert len(single_rings(empty).rows) == len(single_rings(empty).shapes) == 0
    assert len(no_rings().rows) == len(valid_rings(no_rings().shapes)) == 0


CONVEX = [
    box(0, 0, 2, 1), Polygon([(0, 0), (4, 0), (0, 3)]), Polygon([(2, 0), (4, 1), (4, 3), (2, 4), (0, 3), (0, 1)]),
    Point(4e5, 3.7e6).buffer(50, quad_segs=30),
]  # fmt: skip
NOT = [
    Polygon([(0, 0), (4, 0), (2, 1), (4, 4), (0, 4)]),  # dented
    Polygon([(0, 0), (2, 0), (4, 0), (4, 4), (0, 4)]),  # a vertex on a straight side: no doubt would be left
    Polygon([(0, 3), (2, -3), (3, 2), (-2, -1), (4, -1)]),  # a star: left at every vertex, round twice
    Polygon([(0, 0), (2, 2), (2, 0), (0, 2), (-1, 5)]),
    Polygon([(0, 0), (4, 0), (4, 4), (4, 4), (0, 4)]),  # a vertex twice
]


def test_what_is_convex_beyond_doubt() -> None:
    shapes = Shapes.from_geometries([*CONVEX, *NOT], "polygon")
    assert surely_convex(shapes).tolist() == [True] * len(CONVEX) + [False] * len(NOT)
    assert valid_rings(shapes).tolist() == [shapely.is_valid(shape) for shape in [*CONVEX, *NOT]]


coordinate = st.one_of(st.integers(-4, 4).map(float), st.floats(-4, 4, width=32))


@given(
    st.lists(st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=9), min_size=1, max_size=5),
    st.sampled_from([0.0, 1e7]),
)
def test_validity_is_that_of_geos(rings: list[list[tuple[float, float]]], far: float) -> None:
    """Small integers make many collinear and coincident edges; far coordinates lose digits."""
    geometry = [Polygon([(x + far, y + far) for x, y in ring]) for ring in rings]
    found = single_rings(column(geometry))
    expected = Shapes.from_geometries([geometry[row] for row in found.rows], "polygon") if len(found.rows) else None
    valid = valid_rings(found.shapes)
    assert valid.tolist() == [bool(shapely.is_valid(geometry[row])) for row in found.rows]
    assert not (surely_convex(found.shapes) & ~valid).any()
    if expected is not None:
        keep = np.flatnonzero(valid)
        assert_same(found.shapes.take(keep), expected.take(keep))


def test_polygons_are_woven_into_others() -> None:
    a, b = [box(i, 0, i + 1, 1) for i in range(3)], [MultiPolygon([RING, box(8, 8, 9, 9)]), Polygon()]
    made = woven(np.array([0, 2, 4]), Shapes.from_geometries(a, "polygon"), Shapes.from_geometries(b, "polygon"))
    assert_same(made, Shapes.from_geometries([a[0], b[0], a[1], b[1], a[2]], "polygon"))
    none = Shapes.from_geometries([], "polygon")
    assert_same(woven(np.empty(0, np.int64), none, made), made)
    assert_same(woven(np.arange(5), made, none), made)
