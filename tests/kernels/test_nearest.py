from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.kernels.nearest import SegmentGrid, nearest, within
from siting.shapes import Kind, Shapes
from tests.kernels.drawing import FRAMES, areas, framed, lines, points, shapes_of

SQUARE = shapely.box(0, 0, 2, 2)
FRAME = shapely.Polygon(shapely.box(0, 0, 20, 20).exterior, [shapely.box(5, 5, 15, 15).exterior])


def kind_of(features: list[Any]) -> Kind:
    kinds: dict[str, Kind] = {"Point": "point", "LineString": "line"}
    return kinds.get(features[0].geom_type, "polygon") if features else "point"


def one(parcel: Any, *features: Any, **options: Any) -> tuple[list[float], list[int]]:
    distance, feature = nearest(shapes_of(parcel), SegmentGrid.build(shapes_of(*features)), **options)
    return distance[0].tolist(), feature[0].tolist()


def test_the_distance_is_from_the_edge() -> None:
    assert one(SQUARE, shapely.Point(9, 1), shapely.Point(5, 6)) == ([5.0], [1])
    assert one(SQUARE, shapely.LineString([(4, -9), (4, 9)])) == ([2.0], [0])
    assert one(SQUARE, shapely.box(3, 3, 4, 4)) == ([np.sqrt(2.0)], [0])


def test_a_feature_inside_the_parcel_is_at_zero() -> None:
    assert one(SQUARE, shapely.Point(1, 1)) == ([0.0], [0])
    assert one(SQUARE, shapely.LineString([(0.5, 0.5), (1, 1)])) == ([0.0], [0])
    assert one(SQUARE, shapely.box(0.5, 0.5, 1, 1)) == ([0.0], [0])


def test_a_feature_in_a_hole_of_the_parcel_is_outside() -> None:
    assert one(FRAME, shapely.Point(10, 8)) == ([3.0], [0])


def test_a_parcel_inside_a_polygon_is_at_zero_but_not_in_its_hole() -> None:
    assert one(shapely.box(1, 1, 2, 2), FRAME) == ([0.0], [0])
    assert one(shapely.box(8, 8, 9, 9), FRAME) == ([3.0], [0])
    assert one(shapely.box(30, 30, 31, 31), FRAME) == ([np.sqrt(200.0)], [0])


def test_any_part_of_the_parcel_and_any_part_of_the_feature_count() -> None:
    parcel = shapely.MultiPolygon([shapely.box(-50, 0, -49, 1), shapely.box(1, 1, 2, 2)])
    assert one(parcel, FRAME) == ([0.0], [0])
    assert one(shapely.box(100, 0, 101, 1), shapely.MultiPoint([(0, 0), (103, 1)])) == ([2.0], [0])


def test_touching_is_zero() -> None:
    assert one(SQUARE, shapely.box(2, 0, 3, 2)) == ([0.0], [0])
    assert one(SQUARE, shapely.Point(2, 2)) == ([0.0], [0])
    assert one(SQUARE, shapely.LineString([(1, 2), (5, 9)])) == ([0.0], [0])


def test_equal_distances_go_to_the_lowest_row() -> None:
    ring = [shapely.Point(5, 1), shapely.Point(-3, 1), shapely.Point(1, 5), shapely.Point(1, -3)]
    assert one(SQUARE, *ring) == ([3.0], [0])
    assert one(SQUARE, *ring, k=3) == ([3.0, 3.0, 3.0], [0, 1, 2])
    within_both = [shapely.box(-9, -9, 9, 9), shapely.box(-1, -1, 3, 3)]
    assert one(SQUARE, *within_both) == ([0.0], [0])
    assert one(SQUARE, *within_both[::-1]) == ([0.0], [0])


def test_a_border_shared_by_two_features_is_a_tie_whatever_its_direction() -> None:
    left = shapely.Polygon([(0, 0), (10.1, 3.3), (7.7, 9.9)])
    right = shapely.Polygon([(10.1, 3.3), (20, 3), (7.7, 9.9)])
    beyond = shapely.Polygon([(5, 20), (6, 20), (30, 9.7), (31, 30)])
    for features in ([left, right], [right, left]):
        distance, feature = one(beyond, *features, k=2)
        if distance[0] == distance[1]:
            assert feature == [0, 1]


def test_k_distinct_features_each_once() -> None:
    near = shapely.MultiLineString([[(3, 0), (3, 2)], [(3.5, 0), (3.5, 2)]])
    assert one(SQUARE, near, shapely.LineString([(6, 0), (6, 2)]), k=3) == ([1.0, 4.0, np.inf], [0, 1, -1])


def test_nothing_within_the_radius_is_infinitely_far() -> None:
    assert one(SQUARE, shapely.Point(5, 1), within_m=2.999) == ([np.inf], [-1])
    assert one(SQUARE, shapely.Point(5, 1), within_m=3.0) == ([3.0], [0])


def test_an_offset_is_added_before_features_are_compared() -> None:
    features = [shapely.Point(12, 1), shapely.Point(5, 1)]
    assert one(SQUARE, *features, offset_m=np.array([-9.0, 0.0])) == ([1.0], [0])
    assert one(SQUARE, *features, offset_m=np.array([0.0, 8.0]), k=2) == ([10.0, 11.0], [0, 1])
    assert one(SQUARE, *features, offset_m=np.array([-15.0, -2.0]), within_m=0.0) == ([-5.0], [0])


def test_an_empty_parcel_has_no_distance() -> None:
    parcels = shapes_of(SQUARE, shapely.Polygon())
    distance, feature = nearest(parcels, SegmentGrid.build(shapes_of(shapely.Point(3, 1))))
    assert distance[0] == 1.0
    assert np.isnan(distance[1, 0])
    assert feature.tolist() == [[0], [-1]]


def test_without_features_there_is_nothing() -> None:
    grid = SegmentGrid.build(shapes_of(kind="polygon"))
    distance, feature = nearest(shapes_of(SQUARE), grid, k=2)
    assert distance.tolist() == [[np.inf, np.inf]]
    assert feature.tolist() == [[-1, -1]]
    assert within(shapes_of(SQUARE), grid, 5.0)[0].tolist() == [0, 0]
    only_empty = SegmentGrid.build(shapes_of(shapely.Point(), kind="point"))
    assert nearest(shapes_of(SQUARE), only_empty)[1].tolist() == [[-1]]


def test_points_and_lines_may_be_what_is_measured_from() -> None:
    assert one(shapely.Point(0, 0), shapely.box(3, 4, 9, 9)) == ([5.0], [0])
    assert one(shapely.Point(4, 5), shapely.box(3, 4, 9, 9)) == ([0.0], [0])
    assert one(shapely.LineString([(0, 0), (0, 9)]), shapely.Point(2, 5)) == ([2.0], [0])


def test_distant_segments_of_one_slanting_line_do_not_cross() -> None:
    at = np.array([0.1, 0.3, 0.7, 1.9, 5.3, 7.7, 1e4, 1e4 + 0.1])
    for slope in np.random.default_rng(7).uniform(-3, 3, 200):
        ends = np.stack([at, at * slope], axis=1)
        road = shapely.LineString(ends[:2])
        for a, b in [(2, 3), (4, 5), (6, 7)]:
            beyond = shapely.Polygon([ends[a], ends[b], ends[b] + [0.0, 1.0]])
            assert one(beyond, road)[0][0] == pytest.approx(shapely.distance(beyond, road), rel=1e-9)


def test_a_long_edge_at_large_coordinates_keeps_its_digits() -> None:
    edge = shapely.LineString([(1e7, 1e7), (1e7 + 204_000, 1e7 + 3_000)])
    parcel = shapely.box(1e7 + 100_000, 1e7 + 2_000, 1e7 + 100_100, 1e7 + 2_100)
    assert one(parcel, edge)[0][0] == pytest.approx(shapely.distance(parcel, edge), rel=1e-9)


@settings(max_examples=60)
@given(
    parcels=st.lists(areas(), min_size=1, max_size=4),
    features=st.lists(areas(), max_size=6) | st.lists(lines, max_size=6) | st.lists(points, max_size=6),
    frame=st.sampled_from(FRAMES),
    k=st.integers(1, 3),
    reach=st.sampled_from([np.inf, 2.0]),
    cell=st.sampled_from([None, 0.7, 50.0]),
)
def test_distances_are_those_of_shapely(
    parcels: list[Any], features: list[Any], frame: Any, k: int, reach: float, cell: float | None
) -> None:
    unit, corner, tolerance = frame
    left, right = framed(parcels, unit, corner), framed(features, unit, corner)
    grid = SegmentGrid.build(Shapes.from_geometries(right, kind_of(features)), cell_m=cell)
    distance, feature = nearest(Shapes.from_geometries(left, "polygon"), grid, k=k, within_m=reach * unit)
    exact = np.array([[shapely.distance(p, f) for f in right] for p in left]).reshape(len(left), len(right))
    for i, parcel in enumerate(left):
        if parcel.is_empty:
            assert np.isnan(distance[i]).all()
            continue
        reached = np.sort(exact[i][exact[i] <= reach * unit + tolerance])
        reached = np.concatenate([reached, np.full(k, np.inf)])[:k]
        np.testing.assert_allclose(distance[i], reached, rtol=1e-9, atol=tolerance)
        found = feature[i][feature[i] >= 0]
        np.testing.assert_allclose(exact[i][found], distance[i][: len(found)], rtol=1e-9, atol=tolerance)
        assert len(set(found.tolist())) == len(found)
        order = list(zip(distance[i].tolist(), feature[i].tolist(), strict=True))[: len(found)]
        assert order == sorted(order)


@settings(max_examples=40)
@given(
    parcels=st.lists(areas(), min_size=1, max_size=4),
    features=st.lists(areas(), min_size=1, max_size=6) | st.lists(lines, min_size=1, max_size=6),
    radius=st.sampled_from([0.0, 0.5, 2.3, 20.0, np.inf]),
)
def test_features_within_a_radius_are_those_of_shapely(parcels: list[Any], features: list[Any], radius: float) -> None:
    grid = SegmentGrid.build(Shapes.from_geometries(features, kind_of(features)))
    offsets, feature = within(Shapes.from_geometries(parcels, "polygon"), grid, radius)
    for i, parcel in enumerate(parcels):
        near = [j for j, f in enumerate(features) if shapely.distance(parcel, f) <= radius]
        assert feature[offsets[i] : offsets[i + 1]].tolist() == near


def scattered(n: int = 60) -> tuple[Shapes, Shapes]:
    rng = np.random.default_rng(3)
    corner = rng.uniform(0, 1000, (n, 2))
    parcels = shapely.box(*corner.T, *(corner + rng.uniform(1, 30, (n, 2))).T)
    roads = shapely.linestrings(rng.uniform(0, 1000, (25, 3, 2)))
    return Shapes.from_geometries(parcels), Shapes.from_geometries(roads)


def test_splitting_the_parcels_changes_no_bit() -> None:
    parcels, roads = scattered()
    grid = SegmentGrid.build(roads)
    distance, feature = nearest(parcels, grid, k=3)
    offsets, near = within(parcels, grid, 80.0)
    halves = [parcels.take(np.arange(17)), parcels.take(np.arange(17, 60))]
    parts = [nearest(half, grid, k=3) for half in halves]
    assert np.concatenate([p[0] for p in parts]).tobytes() == distance.tobytes()
    assert np.concatenate([p[1] for p in parts]).tobytes() == feature.tobytes()
    assert np.concatenate([within(half, grid, 80.0)[1] for half in halves]).tolist() == near.tolist()
    assert offsets[-1] == len(near)


@pytest.mark.parametrize("kind", ["point", "line", "polygon"])
@pytest.mark.parametrize("reach", [np.inf, 60.0])
def test_what_the_parcel_before_is_near_to_changes_no_bit(kind: str, reach: float) -> None:
    parcels, roads = scattered()
    chance = np.random.default_rng(8)
    drawn = {"point": shapely.points(roads.coords), "line": roads.geometries, "polygon": roads.geometries}
    features = shapely.buffer(drawn[kind], 4.0) if kind == "polygon" else drawn[kind]
    grid = SegmentGrid.build(Shapes.from_geometries(features))
    offset = chance.choice([0.0, 0.0, -20.0, 35.0], len(features))
    alone = [nearest(parcels.take(np.array([p])), grid, within_m=reach, offset_m=offset) for p in range(len(parcels))]
    for order in (np.arange(len(parcels)), chance.permutation(len(parcels))):
        distance, feature = nearest(parcels.take(order), grid, within_m=reach, offset_m=offset)
        assert distance.tobytes() == np.concatenate([alone[p][0] for p in order]).tobytes()
        assert feature.tobytes() == np.concatenate([alone[p][1] for p in order]).tobytes()


def test_the_size_of_the_cells_changes_no_bit() -> None:
    parcels, roads = scattered()
    answers = [nearest(parcels, SegmentGrid.build(roads, cell_m=size), k=2) for size in (None, 3.0, 47.0, 5000.0)]
    assert len({distance.tobytes() + feature.tobytes() for distance, feature in answers}) == 1


def test_threads_share_a_grid() -> None:
    parcels, roads = scattered()
    grid = SegmentGrid.build(roads)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: nearest(parcels, grid, k=2)[0].tobytes(), range(8)))
    assert set(answers) == {nearest(parcels, grid, k=2)[0].tobytes()}


def test_moving_by_a_power_of_two_and_scaling_keep_the_answer() -> None:
    parcels, roads = scattered()
    distance, feature = nearest(parcels, SegmentGrid.build(roads))
    moved, same = nearest(
        parcels.with_coords(parcels.coords + 2.0**20), SegmentGrid.build(roads.with_coords(roads.coords + 2.0**20))
    )
    np.testing.assert_allclose(moved, distance, atol=1e-8)
    assert same.tolist() == feature.tolist()
    scaled, same = nearest(
        parcels.with_coords(parcels.coords * 4), SegmentGrid.build(roads.with_coords(roads.coords * 4))
    )
    assert scaled.tolist() == (4 * distance).tolist()
    assert same.tolist() == feature.tolist()


def test_read_only_offsets_are_accepted() -> None:
    offset = np.zeros(1)
    offset.flags.writeable = False
    assert one(SQUARE, shapely.Point(5, 1), offset_m=offset) == ([3.0], [0])


@pytest.mark.data
@pytest.mark.parametrize(
    "layer",
    ["gas_pipelines_eia.gpkg", "grid_substations_hifld.gpkg", "tribal_reservations.gpkg", "water_major_aquifers.gpkg"],
)
def test_real_parcels_have_the_distances_of_shapely(data_folder: Path, layer: str) -> None:
    parcels = gpd.read_file(data_folder / "arizona" / "parcels_maricopa_rural.gpkg").to_crs(26912)
    features = gpd.read_file(data_folder / "arizona" / layer).to_crs(26912)
    features = features[features.geometry.notna() & ~features.geometry.is_empty]
    left, right = (shapely.make_valid(np.asarray(t.geometry.values)) for t in (parcels, features))
    grid = SegmentGrid.build(Shapes.from_geometries(right))
    shapes = Shapes.from_geometries(left, "polygon")
    distance, feature = nearest(shapes, grid, k=2)
    (rows, _), expected = shapely.STRtree(right).query_nearest(left, return_distance=True, all_matches=False)
    np.testing.assert_allclose(distance[rows, 0], expected, rtol=1e-9, atol=1e-7)
    np.testing.assert_allclose(shapely.distance(left, right[feature[:, 0]]), distance[:, 0], rtol=1e-9, atol=1e-7)
    offsets, near = within(shapes, grid, 5_000.0)
    rows, columns = shapely.STRtree(right).query(left, predicate="dwithin", distance=5_000.0)
    assert sorted(zip(rows.tolist(), columns.tolist(), strict=True)) == list(
        zip(np.repeat(np.arange(len(left)), np.diff(offsets)).tolist(), near.tolist(), strict=True)
    )


@pytest.mark.data
@pytest.mark.parametrize("file", ["parcels_pima.parquet", "parcels_phx_metro.parquet"])
def test_parcels_of_two_cities_have_the_distances_of_shapely(data_folder: Path, file: str) -> None:
    parcels = gpd.read_parquet(data_folder / "arizona" / file, columns=["geometry"]).to_crs(26912)
    features = gpd.read_file(data_folder / "arizona" / "gas_pipelines_eia.gpkg").to_crs(26912).geometry.dropna()
    left = np.asarray(parcels.geometry[parcels.geometry.notna() & parcels.geometry.is_valid].values)[::10]
    right = np.asarray(features[~features.is_empty].values)
    distance, feature = nearest(
        Shapes.from_geometries(left, "polygon"), SegmentGrid.build(Shapes.from_geometries(right))
    )
    (rows, _), expected = shapely.STRtree(right).query_nearest(left, return_distance=True, all_matches=False)
    np.testing.assert_allclose(distance[rows, 0], expected, rtol=1e-9, atol=1e-7)
    np.testing.assert_allclose(shapely.distance(left, right[feature[:, 0]]), distance[:, 0], rtol=1e-9, atol=1e-7)
