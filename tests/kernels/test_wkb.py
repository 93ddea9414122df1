"""Coordinates out of bytes: the same as through GEOS, whatever is plain; the rest is told apart."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon, box

from siting.kernels.wkb import MISSING, ODD, read_wkb, write_wkb
from siting.shapes import Shapes
from tests.kernels.drawing import areas

HOLED = box(0, 0, 9, 9).difference(shapely.union_all([box(1, 1, 2, 2), box(4, 4, 5, 6)]))
CLOCKWISE = Polygon([(0, 0), (0, 5), (4, 5), (5, 1)])
PLAIN: dict[str, list[Any]] = {
    "point": [Point(1, 2), MultiPoint([(3, 4), (5, 6)]), MultiPoint()],
    "line": [LineString([(0, 0), (1, 1), (2, 0)]), LineString(), MultiLineString([[(0, 0), (1, 1)], [(2, 2), (3, 3)]])],
    "polygon": [
        CLOCKWISE, HOLED, Polygon(), MultiPolygon([HOLED, box(20, 0, 21, 1)]), MultiPolygon(), box(0, 0, 1, 1),
        shapely.force_3d(MultiPolygon([HOLED, CLOCKWISE]), 7.5),
    ],
}  # fmt: skip


def parsed(wkb: list[bytes | None]) -> Any:
    size = np.concatenate([[0], np.cumsum([len(item or b"") for item in wkb])]).astype(np.int64)
    return read_wkb(np.frombuffer(b"".join(filter(None, wkb)), np.uint8), size[:-1], size[1:])


def assert_same(found: Any, geometry: list[Any], kind: Any) -> None:
    expected = Shapes.from_geometries(geometry, kind)
    for ours, name in zip(found[1:], ("coords", "ring_offsets", "shape_offsets", "part_starts"), strict=True):
        theirs = getattr(expected, name)
        assert ours.dtype == theirs.dtype
        assert ours.tobytes() == theirs.tobytes()


@pytest.mark.parametrize("flavor", ["iso", "extended"])
@pytest.mark.parametrize("kind", PLAIN)
def test_what_is_plain_is_read_as_geos_reads_it(kind: str, flavor: Any) -> None:
    geometry = [None, *PLAIN[kind], *map(shapely.force_3d, PLAIN[kind]), None]
    found = parsed([None if shape is None else shapely.to_wkb(shape, flavor=flavor) for shape in geometry])
    empty_points = [shape is not None and shape.is_empty and shape.geom_type == "Point" for shape in geometry]
    assert not any(empty_points)
    assert found[0].tolist() == shapely.get_type_id(np.array(geometry, object)).tolist()
    assert_same(found, geometry, kind)


@given(st.lists(st.one_of(st.none(), areas()), max_size=4), st.booleans())
def test_any_polygons_are_read_as_geos_reads_them(geometry: list[Any], turned: bool) -> None:
    geometry = [shape if shape is None or not turned else shapely.reverse(shape) for shape in geometry]
    found = parsed([None if shape is None else shapely.to_wkb(shape) for shape in geometry])
    assert_same(found, geometry, "polygon")


def _with(odd: float) -> Any:
    """A square with a vertex that is nowhere."""
    return shapely.transform(box(0, 0, 1, 1), lambda xy: np.where(xy == xy[2], odd, xy))


def _wkb(shape: Any, **options: Any) -> bytes:
    with np.errstate(invalid="ignore"):
        return bytes(shapely.to_wkb(shape, **options))


SQUARE = _wkb(box(0, 0, 1, 1))
OPEN = SQUARE[:-16] + SQUARE[-32:-16]  # its last vertex is the one before
ODDS = {
    "not a number": _wkb(_with(np.nan)), "infinite": _wkb(_with(-np.inf)),
    "infinite line": _wkb(LineString([(0, 0), (np.inf, 1)])), "empty point": _wkb(Point()),
    "collection": _wkb(shapely.GeometryCollection([Point(1, 1)])), "other byte order": _wkb(CLOCKWISE, byte_order=0),
    "with an SRID": _wkb(shapely.set_srid(Point(1, 1), 4326), include_srid=True),
    "measured": _wkb(shapely.from_wkt("POINT M (1 2 3)"), flavor="iso"),
    "open ring": OPEN, "three vertices": SQUARE[:9] + b"\x03" + SQUARE[10:13] + SQUARE[13:-32],
    "a part without vertices": _wkb(MultiPolygon([box(0, 0, 1, 1)]))[:9] + SQUARE[:5] + bytes(4),
    "a line of one vertex": _wkb(LineString([(0, 0), (1, 1)]))[:5] + b"\x01\0\0\0" + bytes(16),
    "cut off": SQUARE[:-1], "a head only": SQUARE[:5], "a byte": b"\x01", "more after it": SQUARE + b"\0",
    "many rings": SQUARE[:5] + b"\xff\xff\xff\xff" + SQUARE[9:], "many vertices": SQUARE[:9] + b"\xff\xff\xff\x7f",
    "parts of another kind": _wkb(MultiPolygon([box(0, 0, 1, 1)]))[:9] + _wkb(Point(1, 1)),
    "parts of other dimensions": _wkb(MultiPoint([(0, 0)]))[:9] + _wkb(Point(1, 1, 1)),
    "more parts than there are": _wkb(MultiPoint([(0, 0)]))[:5] + b"\x02\0\0\0" + _wkb(Point(0, 0)),
}  # fmt: skip


@pytest.mark.parametrize("why", ODDS)
def test_what_is_not_plain_has_no_rings_and_disturbs_nothing(why: str) -> None:
    found = parsed([SQUARE, ODDS[why], None, _wkb(HOLED)])
    assert found[0].tolist() == [3, ODD, MISSING, 3]
    assert_same(found, [box(0, 0, 1, 1), None, None, HOLED], "polygon")


def test_nothing_is_nothing() -> None:
    assert [len(item) for item in parsed([])] == [0, 0, 1, 1, 0]


@given(st.lists(areas(), max_size=4))
def test_polygons_are_written_as_geos_writes_them(geometry: list[Any]) -> None:
    shapes = Shapes.from_geometries(geometry, "polygon")
    data, offsets = write_wkb(shapes.coords, shapes.ring_offsets, shapes.shape_offsets, shapes.part_starts)
    found = [bytes(data[a:b]) for a, b in pairwise(offsets.tolist())]
    assert found == [shapely.to_wkb(shape, byte_order=1) for shape in shapes.geometries]


def test_coordinates_are_put_to_where_there_is_room() -> None:
    wkb = np.frombuffer(shapely.to_wkb(HOLED), np.uint8)
    begins, ends = np.array([0]), np.array([len(wkb)])
    expected = read_wkb(wkb, begins, ends)[1]
    room = np.full((len(expected) + 2, 2), -1.0)
    found = read_wkb(wkb, begins, ends, room)[1]
    assert found.base is room
    assert found.tolist() == expected.tolist()
    assert room[len(expected) :].tolist() == [[-1.0, -1.0]] * 2
    assert read_wkb(wkb, begins, ends, room[: len(expected) - 1])[1].tolist() == expected.tolist()
