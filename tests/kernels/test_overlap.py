from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from siting.kernels import length
from siting.kernels.overlap import covered_area, length_inside, length_within, pair_areas
from siting.shapes import Shapes
from tests.kernels.drawing import FRAMES, areas, framed, shapes_of

FOUR = shapely.box(0, 0, 4, 4)
RING = shapely.Polygon(FOUR.exterior, [shapely.box(1, 1, 3, 3).exterior])


def table(parcels: Shapes, features: Shapes) -> Any:
    rows, columns, area = pair_areas(parcels, features)
    out = np.zeros((len(parcels), len(features)))
    out[rows, columns] = area
    return out


def test_common_areas_by_hand() -> None:
    parcels = shapes_of(FOUR, RING, shapely.Polygon([(0, 0), (4, 0), (0, 4)]))
    features = shapes_of(shapely.box(2, 2, 9, 9), RING, shapely.box(5, 5, 6, 6))
    assert table(parcels, features).tolist() == [[4, 12, 0], [3, 12, 0], [0, 6, 0]]


def test_pairs_are_in_order_and_only_those_with_an_area() -> None:
    rows, columns, area = pair_areas(
        shapes_of(FOUR, FOUR), shapes_of(shapely.box(4, 0, 5, 1), FOUR, shapely.box(0, 0, 1, 1))
    )
    assert (rows.tolist(), columns.tolist(), area.tolist()) == ([0, 0, 1, 1], [1, 2, 1, 2], [16, 1, 16, 1])


def test_parts_and_holes_on_both_sides() -> None:
    parcel = shapely.MultiPolygon([RING, shapely.box(10, 0, 14, 4)])
    feature = shapely.MultiPolygon([shapely.box(2, -1, 12, 2), shapely.box(20, 20, 21, 21)])
    assert table(shapes_of(parcel), shapes_of(feature)).tolist() == [[3 + 4]]


def test_features_of_one_class_that_overlap_count_once() -> None:
    features = shapes_of(shapely.box(0, 0, 2, 4), shapely.box(1, 0, 3, 4), shapely.box(3, 0, 4, 1))
    assert covered_area(shapes_of(FOUR), features).tolist() == [[13.0]]
    classes = np.array([0, 2, 2])
    assert covered_area(shapes_of(FOUR), features, classes=classes, class_count=3).tolist() == [[8.0, 0.0, 9.0]]
    two = shapes_of(FOUR, shapely.box(1, 0, 2, 4))
    assert covered_area(two, features, class_count=3).tolist() == [[13.0, 0.0, 0.0], [4.0, 0.0, 0.0]], "all in class 0"


def test_nothing_and_empty_shapes_cover_nothing() -> None:
    empty = shapely.Polygon()
    assert covered_area(shapes_of(FOUR), shapes_of(kind="polygon")).tolist() == [[0.0]]
    assert covered_area(shapes_of(kind="polygon"), shapes_of(FOUR)).shape == (0, 1)
    assert covered_area(shapes_of(empty, FOUR, kind="polygon"), shapes_of(empty, FOUR)).tolist() == [[0.0], [16.0]]


def test_a_sliver_keeps_its_digits_at_large_coordinates() -> None:
    parcel, sliver = (
        shapely.box(1e7, 1e7, 1e7 + 1000, 1e7 + 1000),
        shapely.box(1e7 + 999.5, 1e7, 1e7 + 2000, 1e7 + 2000),
    )
    assert table(shapes_of(parcel), shapes_of(sliver)).tolist() == [[500.0]]


def test_neighbours_along_a_slanting_border_have_nothing_in_common() -> None:
    border = np.stack([np.linspace(0.1, 900.7, 40), np.linspace(3e6 + 0.3, 3e6 + 501.9, 40)], axis=1)
    border[1:-1] += np.random.default_rng(2).uniform(-5, 5, (38, 2))
    above = shapely.Polygon([*border, (900.7, 3e6 + 2000), (0.1, 3e6 + 2000)])
    below = shapely.Polygon([*border, (900.7, 3e6 - 2000), (0.1, 3e6 - 2000)])
    assert table(shapes_of(above), shapes_of(below)).tolist() == [[0.0]]


def test_many_edges_on_both_sides_use_many_slabs() -> None:
    angle = np.linspace(0, 2 * np.pi, 2000, endpoint=False)
    disc = shapely.Polygon(np.stack([np.cos(angle), np.sin(angle)], axis=1))
    moved = shapely.transform(disc, lambda c: c + np.array([0.5, 0.25]))
    assert table(shapes_of(disc), shapes_of(moved))[0, 0] == pytest.approx(shapely.area(disc & moved), rel=1e-12)


@settings(max_examples=60)
@given(
    parcels=st.lists(areas(), min_size=1, max_size=3),
    features=st.lists(areas(), min_size=1, max_size=5),
    frame=st.sampled_from(FRAMES),
)
def test_areas_are_those_of_shapely(parcels: list[Any], features: list[Any], frame: Any) -> None:
    unit, corner, tolerance = frame
    left, right = framed(parcels, unit, corner), framed(features, unit, corner)
    assume(shapely.is_valid(left).all() and shapely.is_valid(right).all())  # others are repaired when they are read
    p, f = (Shapes.from_geometries(g, "polygon") for g in (left, right))
    # on the lattice itself, where GEOS does not stumble over rounded vertices
    one, other = shapely.make_valid(np.array(parcels)), shapely.make_valid(np.array(features))
    expected = unit**2 * shapely.area(shapely.intersection(one[:, None], other[None, :]))
    np.testing.assert_allclose(table(p, f), expected, rtol=1e-9, atol=tolerance)
    classes = np.arange(len(right)) % 2
    covered = covered_area(p, f, classes=classes, class_count=2)
    for c in range(2):
        whole = unit**2 * shapely.area(shapely.intersection(one, shapely.union_all(other[classes == c])))
        np.testing.assert_allclose(covered[:, c], whole, rtol=1e-9, atol=tolerance)


def _with_spikes(polygon: Any, tips: list[tuple[int, int]], turned: bool) -> Any:
    """The same multipolygon with borders that run out to a tip and back, exteriors perhaps the other way round."""
    parts = []
    for part in shapely.get_parts(polygon):
        rings = []
        for number, ring in enumerate([part.exterior, *part.interiors]):
            corners = list(ring.coords)
            tip = tips[number % len(tips)]
            rings.append([*corners[:2], tip, corners[1], *corners[2:]][:: -1 if turned else 1])
        parts.append(shapely.Polygon(rings[0], rings[1:]))
    return shapely.MultiPolygon(parts)


@settings(max_examples=60)
@given(
    parcel=areas(),
    feature=areas(),
    tips=st.lists(st.tuples(st.integers(-4, 12), st.integers(-4, 12)), min_size=1, max_size=3),
    turned=st.booleans(),
    frame=st.sampled_from(FRAMES),
)
def test_spikes_without_width_change_no_area(parcel: Any, feature: Any, tips: Any, turned: bool, frame: Any) -> None:
    unit, corner, tolerance = frame
    spiked = framed([_with_spikes(item, tips, turned) for item in (parcel, feature)], unit, corner)
    p, f = (Shapes.from_geometries([item], "polygon") for item in spiked)
    expected = unit**2 * shapely.area(shapely.intersection(parcel, feature))
    assert table(p, f)[0, 0] == pytest.approx(expected, rel=1e-9, abs=tolerance)
    assert covered_area(p, f)[0, 0] == pytest.approx(expected, rel=1e-9, abs=tolerance)


@settings(max_examples=40)
@given(parcel=areas(), features=st.lists(areas(), min_size=1, max_size=4), cut=st.integers(0, 8))
def test_splitting_a_parcel_conserves_its_covered_area(parcel: Any, features: list[Any], cut: int) -> None:
    halves = [shapely.intersection(parcel, box) for box in (shapely.box(-1, -1, cut, 9), shapely.box(cut, -1, 9, 9))]
    halves = [shapely.MultiPolygon([p for p in shapely.get_parts(h) if p.geom_type == "Polygon"]) for h in halves]
    f = Shapes.from_geometries(features, "polygon")
    whole, parts = (covered_area(shapes_of(*g, kind="polygon"), f).sum() for g in ([parcel], halves))
    assert parts == pytest.approx(whole, rel=1e-9, abs=1e-9)


def scattered() -> tuple[Shapes, Shapes]:
    rng = np.random.default_rng(5)
    boxes = []
    for count, size in ((50, 10), (40, 40)):
        corner = rng.uniform(0, 100, (count, 2))
        boxes.append(shapely.box(*corner.T, *(corner + rng.uniform(1, size, corner.shape)).T))
    return Shapes.from_geometries(boxes[0]), Shapes.from_geometries(boxes[1])


def test_splitting_the_parcels_changes_no_bit() -> None:
    parcels, features = scattered()
    classes = np.arange(40) % 3
    whole = covered_area(parcels, features, classes=classes, class_count=3)
    halves = [parcels.take(np.arange(11)), parcels.take(np.arange(11, 50))]
    parts = [covered_area(half, features, classes=classes, class_count=3) for half in halves]
    assert np.concatenate(parts).tobytes() == whole.tobytes()
    assert (
        np.concatenate([pair_areas(half, features)[2] for half in halves]).tobytes()
        == pair_areas(parcels, features)[2].tobytes()
    )


def test_features_out_of_sight_change_no_bit() -> None:
    parcels, features = scattered()
    near = np.unique(pair_areas(parcels, features)[1])
    assert covered_area(parcels, features.take(near)).tobytes() == covered_area(parcels, features).tobytes()


def test_moving_and_scaling() -> None:
    parcels, features = scattered()
    area = covered_area(parcels, features)
    quadruple = covered_area(parcels.with_coords(parcels.coords * 2), features.with_coords(features.coords * 2))
    assert quadruple.tolist() == (4 * area).tolist()
    moved = covered_area(parcels.with_coords(parcels.coords + 1e7), features.with_coords(features.coords + 1e7))
    np.testing.assert_allclose(moved, area, atol=1e-5)


def test_read_only_classes_are_accepted() -> None:
    classes = np.zeros(1, np.int64)
    classes.flags.writeable = False
    assert covered_area(shapes_of(FOUR), shapes_of(FOUR), classes=classes).tolist() == [[16.0]]


def test_lengths_are_found_here_too() -> None:
    assert length_inside is length.length_inside
    assert length_within is length.length_within


@pytest.mark.data
@pytest.mark.parametrize(
    "layer", ["water_irrigation_districts.gpkg", "hazard_fissure_study_areas.gpkg", "grid_utility_territories.gpkg"]
)
def test_real_parcels_have_the_areas_of_shapely(data_folder: Path, layer: str) -> None:
    parcels = gpd.read_file(data_folder / "arizona" / "parcels_maricopa_rural.gpkg").to_crs(26912)
    features = gpd.read_file(data_folder / "arizona" / layer).to_crs(26912)
    left, right = (shapely.buffer(np.asarray(t.geometry.values), 0) for t in (parcels, features))
    p, f = (Shapes.from_geometries(g, "polygon") for g in (left, right))
    rows, columns = shapely.STRtree(right).query(left)
    expected = np.zeros((len(left), len(right)))
    expected[rows, columns] = shapely.area(shapely.intersection(left[rows], right[columns]))
    np.testing.assert_allclose(table(p, f), expected, rtol=1e-9, atol=1e-3)
    covered = shapely.area(shapely.intersection(left, shapely.union_all(right)))
    np.testing.assert_allclose(covered_area(p, f)[:, 0], covered, rtol=1e-9, atol=1e-3)


@pytest.mark.data
@pytest.mark.parametrize("file", ["parcels_pima.parquet", "parcels_phx_metro.parquet"])
def test_parcels_of_two_cities_have_the_areas_of_shapely(data_folder: Path, file: str) -> None:
    parcels = gpd.read_parquet(data_folder / "arizona" / file, columns=["geometry"]).to_crs(26912)
    features = gpd.read_file(data_folder / "arizona" / "water_irrigation_districts.gpkg").to_crs(26912).geometry
    left = np.asarray(parcels.geometry[parcels.geometry.notna() & parcels.geometry.is_valid].values)[::10]
    right = shapely.make_valid(np.asarray(features.dropna().values))
    right = right[np.isin(shapely.get_type_id(right), (3, 6)) & ~shapely.is_empty(right)]
    found = covered_area(Shapes.from_geometries(left, "polygon"), Shapes.from_geometries(right))[:, 0]
    expected = shapely.area(shapely.intersection(left, shapely.union_all(right)))
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-3)
