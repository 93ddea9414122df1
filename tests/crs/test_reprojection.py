"""Reprojection: true images of long edges, round trips, neighbours."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pyproj import Transformer

from siting.crs import (
    carry,
    reproject_shapely,
    reproject_shapes,
)
from siting.errors import CrsError
from siting.shapes import Shapes

UTM = "EPSG:26912"


def geoms(*items: object) -> NDArray[np.object_]:
    out = np.empty(len(items), dtype=object)
    out[:] = items
    return out


def farthest_from(line: shapely.LineString, source: str, target: str, start: object, end: object, n: int) -> float:
    """Largest distance of the true image of a straight edge from a line, over n points along the edge."""
    t = np.linspace(0, 1, n)[:, None]
    along = np.asarray(start, float) + t * (np.asarray(end, float) - np.asarray(start, float))
    x, y = Transformer.from_crs(source, target, always_xy=True).transform(*along.T)
    return float(shapely.distance(shapely.points(x, y), line).max())


def test_a_long_edge_follows_its_true_image() -> None:
    """204 km along a parallel: the image leaves its chord by hundreds of metres, its pieces by 0.05 m at most."""
    start, end = (-112.0, 37.0), (-109.7, 37.0)
    edge = geoms(shapely.LineString([start, end]))
    chord = shapely.LineString(carry(np.array([start, end]), "EPSG:4326", UTM))
    assert 150 < farthest_from(chord, "EPSG:4326", UTM, start, end, 2001) < 1000
    out, added = reproject_shapely(edge, "EPSG:4326", UTM)
    assert farthest_from(out[0], "EPSG:4326", UTM, start, end, 20_001) <= 0.05
    assert added == shapely.get_num_coordinates(out[0]) - 2
    assert 16 <= added <= 127, "as many halvings as are needed, and no more"


def test_a_coarser_tolerance_adds_fewer_vertices_and_holds() -> None:
    start, end = (-114.0, 31.0), (-109.0, 36.0)
    edge = geoms(shapely.LineString([start, end]))
    counts = []
    for tolerance in (5.0, 0.5, 0.05):
        out, added = reproject_shapely(edge, "EPSG:4326", UTM, tolerance_m=tolerance)
        assert farthest_from(out[0], "EPSG:4326", UTM, start, end, 20_001) <= tolerance
        counts.append(added)
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]


def test_lines_that_stay_straight_get_no_vertices() -> None:
    meridian = shapely.LineString([(-111.0, 31.0), (-111.0, 37.0)])  # the central meridian of the zone
    out, added = reproject_shapely(geoms(meridian), "EPSG:4326", UTM)
    assert added == 0
    np.testing.assert_allclose(shapely.get_coordinates(out)[:, 0], 500_000.0, atol=1e-6)
    parallel = shapely.LineString([(-114.0, 33.0), (-110.0, 33.0)])
    assert reproject_shapely(geoms(parallel), "EPSG:4326", "EPSG:3857")[1] == 0


def test_the_tolerance_is_in_metres_for_a_target_in_degrees() -> None:
    """The other direction: the image in degrees, measured on the ground."""
    start, end = (350_000.0, 3_700_000.0), (550_000.0, 3_750_000.0)
    out, added = reproject_shapely(geoms(shapely.LineString([start, end])), UTM, "EPSG:4326")
    assert added > 0
    there = shapely.get_coordinates(out[0])
    t = np.linspace(0, 1, 20_001)[:, None]
    true = carry(np.array(start) + t * (np.array(end) - np.array(start)), UTM, "EPSG:4326")
    metres = np.array([math.cos(math.radians(33.7)) * 111_320.0, 110_900.0])
    off = shapely.distance(shapely.points(true * metres), shapely.LineString(there * metres))
    assert off.max() <= 0.05


def test_the_tolerance_is_in_metres_for_a_target_in_feet() -> None:
    start, end = (-114.0, 31.0), (-109.0, 36.0)
    line = geoms(shapely.LineString([start, end]))
    out, _ = reproject_shapely(line, "EPSG:4326", "EPSG:2223")
    assert farthest_from(out[0], "EPSG:4326", "EPSG:2223", start, end, 20_001) * 0.3048 <= 0.05


def test_neighbours_stay_neighbours() -> None:
    """The shared edge gets the same vertices from both sides, though they run along it in opposite directions."""
    left = shapely.Polygon([(-113, 32), (-111.5, 32.1), (-111.3, 35.7), (-113, 36)])
    right = shapely.Polygon([(-111.3, 35.7), (-111.5, 32.1), (-110, 32), (-110, 36)])
    out, added = reproject_shapely(geoms(left, right), "EPSG:4326", UTM)
    assert added > 100
    assert shapely.area(shapely.intersection(*out)) == 0
    shared = set(map(tuple, shapely.get_coordinates(out[0]))) & set(map(tuple, shapely.get_coordinates(out[1])))
    assert len(shared) > 30


def test_kinds_parts_and_gaps_stay() -> None:
    hole = shapely.Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [[(1, 1), (1, 2), (2, 2), (2, 1)]])
    items = geoms(
        hole,
        None,
        shapely.MultiPolygon([hole, shapely.box(6, 0, 7, 1)]),
        shapely.Point(1, 2),
        shapely.LineString([(0, 0), (0.0001, 0)]),
        shapely.Polygon(),
        shapely.MultiPoint([(0, 0), (1, 1)]),
    )
    out, added = reproject_shapely(items, "EPSG:4326", "EPSG:32631")
    assert [getattr(item, "geom_type", None) for item in out] == [getattr(item, "geom_type", None) for item in items]
    assert added > 0
    assert shapely.is_empty(out[5])
    assert len(out[0].interiors) == 1
    assert len(out[2].geoms) == 2
    np.testing.assert_allclose(
        shapely.get_coordinates(out[3]), carry(np.array([[1.0, 2.0]]), "EPSG:4326", "EPSG:32631")
    )


def test_a_collection_is_refused() -> None:
    with pytest.raises(CrsError) as error:
        reproject_shapely(geoms(shapely.GeometryCollection([shapely.Point(0, 0)])), "EPSG:4326", UTM)
    assert str(error.value) == (
        "A geometry collection cannot be reprojected as one shape; take its parts of one kind first."
    )


def test_an_edge_over_a_tear_is_refused() -> None:
    """From one side of the antimeridian to the other there is no straight image."""
    line = geoms(shapely.LineString([(19_900_000.0, 1_000_000.0), (20_200_000.0, 1_000_000.0)]))
    with pytest.raises(CrsError) as error:
        reproject_shapely(line, "EPSG:3857", "EPSG:4326")
    assert str(error.value) == (
        "1 edge cannot be carried from 'EPSG:3857' to 'EPSG:4326' within 0.05 m: there the CRS is torn (a pole, the "
        "antimeridian). Clip the layer, or choose another CRS."
    )


def test_the_same_crs_changes_nothing() -> None:
    shapes = Shapes.from_geometries([shapely.box(0, 0, 1, 1)])
    out, added = reproject_shapes(shapes, UTM, UTM)
    assert out is shapes
    assert added == 0


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.floats(-113.5, -108.5), st.floats(31.5, 36.5)), min_size=2, max_size=6, unique=True),
    st.sampled_from(["EPSG:26912", "EPSG:2223", "EPSG:5070", "EPSG:3857"]),
)
def test_there_and_back_again(points: list[tuple[float, float]], target: str) -> None:
    """Every original vertex comes back, and every added one lies on its edge within the tolerance."""
    line = shapely.LineString(points)
    there, added = reproject_shapely(geoms(line), "EPSG:4326", target)
    back = carry(shapely.get_coordinates(there), target, "EPSG:4326")
    assert len(back) == len(points) + added
    near = shapely.distance(shapely.points(back), line)
    assert near.max() < 1e-8  # degrees: a millimetre
    kept = [np.hypot(*(back - np.array(point)).T).min() for point in points]
    assert max(kept) < 1e-8


@pytest.mark.data
def test_the_utility_territories_follow_their_true_image(data_folder: Path) -> None:
    """One edge is over 200 km long; its image lies 500 m off its chord."""
    import geopandas

    frame = geopandas.read_file(data_folder / "arizona" / "grid_utility_territories.gpkg")
    shapes = Shapes.from_geometries(np.asarray(frame.geometry.array, dtype=object))
    image = carry(shapes.coords, "EPSG:4326", UTM)
    last = np.zeros(len(image), bool)
    last[shapes.ring_offsets[1:] - 1] = True
    edges = np.flatnonzero(~last)
    middle = carry((shapes.coords[edges] + shapes.coords[edges + 1]) / 2, "EPSG:4326", UTM)
    chords = shapely.linestrings(np.stack([image[edges], image[edges + 1]], axis=1))
    worst = edges[np.argmax(shapely.distance(shapely.points(middle), chords))]
    start, end = shapes.coords[worst], shapes.coords[worst + 1]
    chord = shapely.LineString(image[[worst, worst + 1]])
    assert round(chord.length / 1000) == 204
    assert round(farthest_from(chord, "EPSG:4326", UTM, start, end, 2001)) == 522
    out, added = reproject_shapes(shapes, "EPSG:4326", UTM)
    ring = np.searchsorted(shapes.ring_offsets, worst, side="right") - 1
    owner = np.searchsorted(shapes.shape_offsets, ring, side="right") - 1
    assert farthest_from(shapely.boundary(out.geometries[owner]), "EPSG:4326", UTM, start, end, 4001) <= 0.05
    assert added == len(out.coords) - len(shapes.coords)
