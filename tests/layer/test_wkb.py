"""The geometries of a file: coordinates of the plain ones, objects of the others, together all of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import shapely
from shapely import GeometryCollection, LineString, MultiPoint, MultiPolygon, Point, Polygon, box

from siting.layer.arrow import geometries_of
from siting.layer.geometry import of_kind
from siting.layer.wkb import Geometries
from siting.shapes import Kind, Shapes

RING = Polygon([(0, 0), (0, 5), (4, 5), (5, 1)])  # clockwise
MIXED: list[Any] = [
    RING, None, Point(1, 1), GeometryCollection([RING, Point(9, 9)]), Polygon(), MultiPolygon([RING, box(8, 8, 9, 9)]),
    LineString([(0, 0), (3, 3)]), GeometryCollection([Point(2, 2)]), Point(3, 4, 5), MultiPoint([(0, 0), (7, 7)]),
    box(0, 0, 9, 9).difference(box(1, 1, 2, 2)), Point(),
]  # fmt: skip


def column(geometry: list[Any], **options: Any) -> pa.ChunkedArray:
    with np.errstate(invalid="ignore"):
        wkb = [None if shape is None else shapely.to_wkb(shape, **options) for shape in geometry]
    return pa.chunked_array([pa.array(wkb[:2], pa.binary()), pa.array(wkb[2:], pa.binary())])


def read(geometry: list[Any], **options: Any) -> Geometries:
    return Geometries.of_arrays(column(geometry, **options).chunks, geometries_of)


def objects(geometry: list[Any]) -> Any:
    return np.array([*geometry, None], object)[:-1]


def assert_same(ours: Shapes, theirs: Shapes) -> None:
    assert ours.kind == theirs.kind
    for name in ("coords", "ring_offsets", "shape_offsets", "part_starts", "bounds"):
        one, other = getattr(ours, name), getattr(theirs, name)
        assert one.dtype == other.dtype
        assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize("kind", ["point", "line", "polygon"])
def test_shapes_of_a_kind_are_those_of_the_objects(kind: Kind) -> None:
    reduced, lost = of_kind(objects(MIXED), kind)
    expected = Shapes.from_geometries(reduced, kind)
    for found in (read(MIXED), Geometries.of_objects(objects(MIXED)), read([*MIXED, RING]).take(np.arange(len(MIXED)))):
        shapes, without = found.shapes(kind)
        assert_same(shapes, expected)
        assert without.tolist() == lost.tolist()
        assert found.types.tolist() == shapely.get_type_id(objects(MIXED)).tolist()


def test_only_what_is_odd_becomes_an_object() -> None:
    found = read(MIXED)
    assert found.odd.tolist() == [3, 7, 11]
    assert [shape.geom_type for shape in found.objects] == ["GeometryCollection", "GeometryCollection", "Point"]
    assert len(read([RING, None, box(0, 0, 1, 1)]).odd) == 0


def test_a_large_or_sliced_column_is_read_where_it_lies() -> None:
    whole = column(MIXED)
    for some in (whole.cast(pa.large_binary()), pa.chunked_array([whole.combine_chunks()])):
        found = Geometries.of_arrays(some.slice(1, 8).chunks, geometries_of)
        assert shapely.equals(found.as_objects(), objects(MIXED[1:9])).tolist() == [
            shape is not None for shape in MIXED[1:9]
        ]


@pytest.mark.parametrize("options", [{"byte_order": 0}, {"include_srid": True}])
def test_other_bytes_are_read_by_geos(options: dict[str, Any]) -> None:
    geometry = [shapely.set_srid(RING, 4326), None, shapely.set_srid(RING, 4326)]
    found = read(geometry, **options)
    assert found.odd.tolist() == [0, 2]
    assert_same(found.shapes("polygon")[0], Shapes.from_geometries(geometry, "polygon"))


def test_rows_are_taken_in_any_order() -> None:
    rows = np.array([7, 0, 3, 3, 1])
    found = read(MIXED).take(rows)
    assert (len(found), found.odd.tolist()) == (5, [0, 2, 3])
    assert_same(found.shapes("polygon")[0], Shapes.from_geometries([None, RING, RING, RING, None], "polygon"))


def test_bounds_are_those_of_the_objects() -> None:
    found = read(MIXED)
    assert np.array_equal(found.bounds, shapely.bounds(objects(MIXED)), equal_nan=True)
    assert found.total_bounds == tuple(shapely.total_bounds(objects(MIXED)).tolist())
    assert np.isnan(read([None, Polygon(), None]).total_bounds).all()


def test_what_meets_a_box_is_found_and_nothing_is_kept() -> None:
    """The diagonal's box meets the corner, the diagonal does not."""
    geometry = [LineString([(0, 0), (9, 9)]), box(6, 1, 7, 2), None, Polygon(), Point(8, 8), GeometryCollection([RING])]
    assert read(geometry).meets((6.0, 0.0, 9.0, 3.0)).tolist() == [1, 2, 3]
    assert read(geometry).meets((0.0, 0.0, 9.0, 9.0)).tolist() == [0, 1, 2, 3, 4, 5]


@pytest.mark.filterwarnings("ignore:invalid value")  # shapely's, of the drawing
def test_every_kind_of_geometry_that_is_not_finite_is_found() -> None:
    bad = [
        shapely.Point(np.nan, 0), shapely.MultiPoint([(0, 0), (np.inf, 1)]), shapely.LineString([(0, 0), (np.inf, 1)]),
        shapely.Polygon([(0, 0), (1, 0), (1, np.nan)]), shapely.MultiLineString([[(0, 0), (1, -np.inf)]]),
        shapely.Polygon([(0, 0), (9, 0), (9, 9)], [[(1, 1), (2, np.nan), (2, 1)]]),
        shapely.GeometryCollection([shapely.LineString([(0, 0), (1, 1)]), shapely.Point(np.nan, np.nan)]),
    ]  # fmt: skip
    good = [
        None,
        shapely.Point(0, 0),
        shapely.box(0, 0, 1, 1),
        shapely.Polygon(),
        shapely.LineString([(0, 0), (9e307, 9e307)]),
    ]
    written = bad[:-1]  # in WKB a point of NaN is one without coordinates
    for found, odd in (
        (read([*good, *written]), written),
        (Geometries.of_objects(objects([*good, *bad])), bad),
    ):
        left, broken = found.finite()
        assert broken.tolist() == list(range(len(good), len(good) + len(odd)))
        assert left.types.tolist() == [-1, 0, 3, 3, 1] + [-1] * len(odd)
        assert [shape is None for shape in left.as_objects()] == [True] + [False] * 4 + [True] * len(odd)


def test_nothing_is_nothing() -> None:
    for found in (read([]), Geometries.of_objects(objects([]))):
        assert (len(found), len(found.as_objects()), len(found.shapes("line")[0])) == (0, 0, 0)
        assert found.finite()[0] is found


def test_coordinates_are_written_once_to_where_they_stay() -> None:
    plain = [shape for shape in MIXED if shape is None or shape.geom_type in ("Polygon", "MultiPolygon")]
    arrays = column(plain).chunks
    count = len(read(plain).plain.coords)
    for vertices in (count, count + 9):
        found = Geometries.of_arrays(iter(arrays), geometries_of, vertices)
        assert_same(found.plain, read(plain).plain)
        assert found.plain.coords.base is not None
        assert len(found.plain.coords.base) == vertices


@pytest.mark.parametrize("vertices", [0, 1, 9, 100])
def test_geometries_are_the_same_however_much_room_there_is(vertices: int) -> None:
    arrays = column([*MIXED, *MIXED[::-1]]).chunks
    found, expected = Geometries.of_arrays(iter(arrays), geometries_of, vertices), read([*MIXED, *MIXED[::-1]])
    assert_same(found.plain, expected.plain)
    assert found.types.tolist() == expected.types.tolist()
    assert found.odd.tolist() == expected.odd.tolist()
    assert shapely.equals_exact(found.objects, expected.objects).tolist() == [True] * len(found.odd)
