"""Kinds and repairs, against drawings with answers by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray
from shapely import GeometryCollection, LineString, MultiPolygon, Point, Polygon, box

from siting.errors import DataError
from siting.layer.geometry import kind_of, of_kind, repaired, woven
from siting.shapes import Kind, Shapes


def geoms(*items: Any) -> NDArray[np.object_]:
    out = np.empty(len(items), dtype=object)
    out[:] = items
    return out


@pytest.mark.parametrize(
    ("items", "wanted", "kind"),
    [
        ((Point(0, 0), shapely.MultiPoint([(0, 0)])), None, "point"),
        ((LineString([(0, 0), (1, 1)]), None), None, "line"),
        ((box(0, 0, 1, 1), MultiPolygon([box(0, 0, 1, 1)])), None, "polygon"),
        ((box(0, 0, 1, 1), Point(0, 0)), "point", "point"),
        ((None, None), None, "polygon"),
        ((), None, "polygon"),
    ],
)
def test_the_kind_of_a_layer(items: tuple[Any, ...], wanted: Kind | None, kind: Kind) -> None:
    assert kind_of(shapely.get_type_id(geoms(*items)), wanted, "The layer 'x'", "under layers: x:.") == kind


def test_a_layer_of_several_kinds_is_refused() -> None:
    items = geoms(box(0, 0, 1, 1), LineString([(0, 0), (1, 1)]), GeometryCollection([Point(0, 0)]), box(0, 0, 1, 1))
    with pytest.raises(DataError) as error:
        kind_of(shapely.get_type_id(items), None, "The layer 'x' (file 'x.gpkg')", "under layers: x:.")
    assert str(error.value) == (
        "The layer 'x' (file 'x.gpkg') holds features of several kinds: geometry collection (1), line (1), "
        "polygon (2). Write kind: point, line or polygon to take the parts of one kind, under layers: x:."
    )


def test_collections_are_reduced_to_one_kind() -> None:
    square, other, line = box(0, 0, 1, 1), box(2, 0, 3, 1), LineString([(0, 0), (5, 5)])
    items = geoms(
        square,
        GeometryCollection([line, square]),
        GeometryCollection([square, GeometryCollection([MultiPolygon([other])])]),
        line,
        GeometryCollection([line, Point(0, 0)]),
        None,
        Polygon(),
        GeometryCollection(),
    )
    out, lost = of_kind(items, "polygon")
    assert lost.tolist() == [False, True, False, True, True, False, False, False]
    assert [None if item is None else item.area for item in out] == [1, 1, 2, None, None, None, 0, None]
    lines, _ = of_kind(items, "line")
    assert [None if item is None else round(item.length, 6) for item in lines] == [
        None, 7.071068, None, 7.071068, 7.071068, None, None, None,
    ]  # fmt: skip


def test_heights_are_left_out() -> None:
    out, _ = of_kind(geoms(Point(1, 2, 3)), "point")
    assert not shapely.has_z(out[0])


def test_a_bow_tie_becomes_its_two_triangles() -> None:
    """(0,0)-(2,2)-(2,0)-(0,2): two triangles of area 1 that meet at (1, 1)."""
    bow = Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    out, wrong = repaired(Shapes.from_geometries([bow, box(5, 5, 6, 6)]))
    assert wrong.tolist() == [True, False]
    np.testing.assert_allclose(out.area_m2, [2.0, 1.0])
    assert shapely.is_valid(out.geometries).all()


def test_overlapping_shells_are_united() -> None:
    overlapping = MultiPolygon([box(0, 0, 2, 2), box(1, 0, 3, 2)])
    out, wrong = repaired(Shapes.from_geometries([overlapping]))
    assert wrong.all()
    np.testing.assert_allclose(out.area_m2, [6.0])


NEARLY_TOUCHING = {
    "one repair leaves it invalid": [
        (500007, 3700003.285714286), (500006.02040816325, 3700002.551020408), (500003, 3700000.285714286),
        (500007.28571428574, 3700002.8571428573), (500004.71428571426, 3700001.5714285714),
    ],
    "the structure method gives up": [
        (500006.85714285716, 3700000.714285714), (500003.9183673469, 3700000.5306122447),
        (500002.44897959183, 3700002.551020408), (500007.14285714284, 3700007),
        (500005.71428571426, 3700005.5714285714), (500000, 3700000.285714286),
    ],
}  # fmt: skip


@pytest.mark.parametrize("why", NEARLY_TOUCHING)
def test_a_vertex_that_nearly_lies_on_an_edge_is_repaired(why: str) -> None:
    drawn = Polygon(NEARLY_TOUCHING[why])
    assert not shapely.is_valid(drawn)
    bow = Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    out, wrong = repaired(Shapes.from_geometries([bow, drawn, box(0, 0, 1, 1)]))
    assert wrong.tolist() == [True, True, False]
    assert shapely.is_valid(out.geometries).all()
    areas = [2.0, shapely.area(shapely.make_valid(drawn)), 1.0]
    assert out.area_m2.tolist() == pytest.approx(areas, rel=1e-5)


def test_a_polygon_without_area_becomes_empty() -> None:
    flat = Polygon([(0, 0), (1, 0), (2, 0), (0, 0)])
    out, wrong = repaired(Shapes.from_geometries([flat, box(0, 0, 1, 1)]))
    assert wrong.tolist() == [True, False]
    assert np.diff(out.shape_offsets).tolist() == [0, 1]


def test_lines_are_never_repaired() -> None:
    shapes = Shapes.from_geometries([LineString([(0, 0), (1, 1), (1, 0), (0, 1)])])
    out, wrong = repaired(shapes)
    assert out is shapes
    assert not wrong.any()


def assert_same(ours: Shapes, theirs: Shapes) -> None:
    for name in ("coords", "ring_offsets", "shape_offsets", "part_starts"):
        one, other = getattr(ours, name), getattr(theirs, name)
        assert one.dtype == other.dtype
        assert one.tobytes() == other.tobytes()


def test_polygons_are_woven_into_others() -> None:
    two = MultiPolygon([box(0, 0, 4, 5), box(8, 8, 9, 9)])
    a, b = [box(i, 0, i + 1, 1) for i in range(3)], [two, Polygon()]
    made = woven(np.array([0, 2, 4]), Shapes.from_geometries(a, "polygon"), Shapes.from_geometries(b, "polygon"))
    assert_same(made, Shapes.from_geometries([a[0], b[0], a[1], b[1], a[2]], "polygon"))
    none = Shapes.from_geometries([], "polygon")
    assert_same(woven(np.empty(0, np.int64), none, made), made)
    assert_same(woven(np.arange(5), made, none), made)
