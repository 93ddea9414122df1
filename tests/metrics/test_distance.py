from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, box

from siting.errors import StudyError, UnitError
from siting.metrics.distance import Distance
from siting.units import parse_quantity
from tests.metrics.drawing import layer_of, measured, parcels_of, raster_of, spec, states, usable_of, values

INF = float("inf")
NAN = float("nan")


def row_of_parcels() -> Any:
    """Three squares of 10 m at x = 0, 100 and 1000."""
    return parcels_of([box(x, 0, x + 10, 10) for x in (0, 100, 1000)])


def test_from_the_edge_to_the_nearest_feature() -> None:
    stations = layer_of([Point(40, 5), Point(1013, 14), Point(105, 5)])
    result = measured(spec(distance="s"), row_of_parcels(), s=stations)
    assert values(result) == [30.0, 0.0, 5.0]  # 40 - 10; inside; 3-4-5 triangle
    assert values(result, "nearest_id") == ["f0", "f2", "f1"]
    assert states(result) == ["KNOWN"] * 3
    assert result.low is None
    assert result.high is None


def test_lines_polygons_and_containment() -> None:
    road = layer_of([LineString([(-50, 20), (2000, 20)])])
    assert values(measured(spec(distance="s"), row_of_parcels(), s=road)) == [10.0] * 3
    around = layer_of([box(-50, -50, 50, 50), box(102, 2, 104, 4)])
    result = measured(spec(distance="s"), row_of_parcels(), s=around)
    assert values(result) == [0.0, 0.0, 896.0]


def test_beyond_the_reach_is_an_answer() -> None:
    stations = layer_of([Point(40, 5)])
    result = measured(spec(distance="s", within="30 m"), row_of_parcels(), s=stations)
    assert values(result) == [30.0, INF, INF]
    assert values(result, "nearest_id") == ["f0", None, None]
    assert states(result) == ["KNOWN", "BEYOND", "BEYOND"]


def test_the_study_sets_within_afterwards() -> None:
    measure = spec(distance="s")
    assert measure.reach_m == INF
    bound = measure.model_copy(update={"within": parse_quantity("25 km")})
    assert bound.reach_m == 25_000
    assert bound.key != measure.key


def test_a_layer_without_features() -> None:
    result = measured(spec(distance="s"), row_of_parcels(), s=layer_of([], kind="point"))
    assert values(result) == [INF] * 3
    assert states(result) == ["BEYOND"] * 3


def test_where_chooses_features() -> None:
    stations = layer_of([Point(40, 5), Point(15, 5)], KV=[230.0, 69.0])
    result = measured(spec(distance="s", where="KV >= 230"), row_of_parcels().take(np.array([0, 1])), s=stations)
    assert values(result) == [30.0, 60.0]
    assert values(result, "nearest_id") == ["f0", "f0"]
    assert result.notes == ()


@pytest.mark.parametrize(
    ("unknown", "expected", "low", "high", "state"),
    [
        ("interval", [NAN, 60.0], [5.0, 60.0], [30.0, 60.0], ["UNKNOWN", "KNOWN"]),
        ("exclude", [30.0, 60.0], None, None, ["KNOWN", "KNOWN"]),
        ("include", [5.0, 60.0], None, None, ["KNOWN", "KNOWN"]),
    ],
)
def test_a_station_of_unknown_voltage(unknown: str, expected: Any, low: Any, high: Any, state: Any) -> None:
    stations = layer_of([Point(40, 5), Point(15, 5)], KV=[230.0, None])
    parcels = parcels_of([box(0, 0, 10, 10), box(100, 0, 110, 10)])
    result = measured(spec(distance="s", where="KV >= 230", unknown=unknown), parcels, s=stations)
    np.testing.assert_array_equal(values(result), expected)
    assert (None if result.low is None else result.low.tolist()) == low
    assert (None if result.high is None else result.high.tolist()) == high
    assert states(result) == state
    done = {"interval": "they make an interval", "exclude": "they do not count", "include": "they count"}[unknown]
    assert result.notes == (
        "Of the 2 features of the layer 'things', 1 (50.0%) have no known answer to 'KV >= 230'; "
        f"{done} (unknown: {unknown}).",
    )


def test_uncertain_features_of_the_layer_make_an_interval_up_to_infinity() -> None:
    stations = layer_of([Point(15, 5)], certain=[False])
    result = measured(spec(distance="s", within="20 m"), row_of_parcels(), s=stations)
    np.testing.assert_array_equal(values(result), [NAN, INF, INF])
    assert result.low is not None
    assert result.high is not None
    assert result.low.tolist() == [5.0, INF, INF]
    assert result.high.tolist() == [INF, INF, INF]
    assert states(result) == ["UNKNOWN", "BEYOND", "BEYOND"]
    assert values(result, "nearest_id") == ["f0", None, None]


def test_a_distance_is_known_only_where_the_coverage_reaches_as_far() -> None:
    coverage = box(-100, -100, 150, 110)
    stations = layer_of([Point(40, 5)], coverage=coverage)
    parcels = parcels_of(
        [
            box(0, 0, 10, 10),  # 30 m to the station, 100 m to the border: known
            box(90, 0, 100, 10),  # 50 m and 50 m: known, just
            box(91, 0, 101, 10),  # 51 m and 49 m: a nearer one may stand outside
            box(140, 0, 160, 10),  # across the border
            box(200, 0, 210, 10),  # outside
        ]
    )
    result = measured(spec(distance="s"), parcels, s=stations)
    np.testing.assert_array_equal(values(result), [30.0, 50.0, NAN, NAN, NAN])
    assert states(result) == ["KNOWN", "KNOWN", "NO_DATA", "NO_DATA", "NO_DATA"]
    assert values(result, "nearest_id") == ["f0", "f0", None, None, None]


def test_nothing_within_reach_is_known_only_where_the_coverage_holds_the_reach() -> None:
    stations = layer_of([Point(-90, 5)], coverage=box(-100, -100, 150, 110))
    parcels = parcels_of([box(0, 0, 10, 10), box(0, 85, 10, 95)])  # 85 and 15 m to the border at the top... left is 100
    result = measured(spec(distance="s", within="20 m"), parcels, s=stations)
    np.testing.assert_array_equal(values(result), [INF, NAN])
    assert states(result) == ["BEYOND", "NO_DATA"]


def test_a_touched_feature_is_at_distance_0_even_across_the_border_of_the_coverage() -> None:
    stations = layer_of([Point(145, 5)], coverage=box(-100, -100, 150, 110))
    result = measured(spec(distance="s"), parcels_of([box(140, 0, 160, 10)]), s=stations)
    assert values(result) == [0.0]
    assert states(result) == ["KNOWN"]


def test_a_hole_in_the_coverage_counts_as_outside() -> None:
    coverage = box(-100, -100, 200, 100) - box(20, -10, 30, 20)
    stations = layer_of([Point(-40, 5)], coverage=coverage)
    result = measured(
        spec(distance="s"), parcels_of([box(0, 0, 10, 10), box(-30, 0, -20, 10), box(22, 0, 24, 2)]), s=stations
    )
    np.testing.assert_array_equal(values(result), [NAN, 10.0, NAN])  # 10 m from the hole, but 40 m from the station


GROSS = (box(0, 0, 100, 100), box(1000, 0, 1100, 100), box(2000, 0, 2100, 100))


def pads() -> Any:
    """Two placements in the first parcel, one in the second, none fits into the third."""
    return usable_of(GROSS, GROSS, [[box(0, 0, 10, 10), box(90, 0, 100, 10)], [box(1000, 0, 1010, 10)], []])


@pytest.mark.parametrize(("placement", "first", "index"), [("nearest", 10.0, 0.0), ("farthest", 100.0, 1.0)])
def test_from_the_pad(placement: str, first: float, index: float) -> None:
    plants = layer_of([Point(-10, 5)])
    parcels = parcels_of(GROSS, usable=pads())
    result = measured(spec(distance="s", of="pad", placement=placement), parcels, s=plants)
    np.testing.assert_array_equal(values(result), [first, 1010.0, NAN])
    np.testing.assert_array_equal(values(result, "placement"), [index, 0.0, NAN])
    assert values(result, "nearest_id") == ["f0", "f0", None]
    assert states(result) == ["KNOWN", "KNOWN", "NO_PLACE"]


def test_the_farthest_pad_beyond_the_reach_is_beyond() -> None:
    result = measured(
        spec(distance="s", of="pad", placement="farthest", within="50 m"),
        parcels_of(GROSS, usable=pads()), s=layer_of([Point(-10, 5)]),
    )  # fmt: skip
    np.testing.assert_array_equal(values(result), [INF, INF, NAN])
    np.testing.assert_array_equal(values(result, "placement"), [1.0, 0.0, NAN])
    assert values(result, "nearest_id") == [None, None, None]


def test_a_pad_whose_coverage_ends_does_not_matter_where_another_is_surely_nearer() -> None:
    plants = layer_of([Point(-10, 5)], coverage=box(-100, -100, 95, 200))  # cuts the second placement
    nearest = measured(spec(distance="s", of="pad"), parcels_of(GROSS, usable=pads()), s=plants)
    farthest = measured(spec(distance="s", of="pad", placement="farthest"), parcels_of(GROSS, usable=pads()), s=plants)
    assert states(nearest)[0] == "NO_DATA"  # the second placement, cut by the border, may be nearer to an unseen plant
    assert states(farthest)[0] == "NO_DATA"
    wide = layer_of([Point(-10, 5)], coverage=box(-100, -100, 120, 200))  # 20 m around the second placement are seen
    assert states(measured(spec(distance="s", of="pad"), parcels_of(GROSS, usable=pads()), s=wide))[0] == "KNOWN"


def test_from_usable_land() -> None:
    usable = usable_of(GROSS, [box(50, 0, 100, 100), shapely.Polygon(), shapely.Polygon()], state=[0, 0, 3])
    result = measured(spec(distance="s", of="usable"), parcels_of(GROSS, usable=usable), s=layer_of([Point(-10, 5)]))
    np.testing.assert_array_equal(values(result), [60.0, NAN, NAN])
    assert states(result) == ["KNOWN", "NO_PLACE", "NOT_COMPUTED"]


def test_usable_land_that_nobody_worked_out() -> None:
    result = measured(spec(distance="s", of="usable"), row_of_parcels(), s=layer_of([Point(-10, 5)]))
    assert states(result) == ["NOT_COMPUTED"] * 3


@given(
    points=st.lists(st.tuples(st.integers(-300, 300), st.integers(-300, 300)), min_size=1, max_size=8, unique=True),
    corners=st.lists(st.tuples(st.integers(-200, 200), st.integers(-200, 200)), min_size=1, max_size=5, unique=True),
    dx=st.integers(-1000, 1000),
    k=st.sampled_from([2.0, 8.0, 0.5]),
)
@settings(max_examples=40)
def test_shapely_agrees_and_translation_and_scaling_do_what_they_should(
    points: Any, corners: Any, dx: int, k: float
) -> None:
    features = [Point(xy) for xy in points]
    squares = [box(x, y, x + 30, y + 20) for x, y in corners]
    plain = values(measured(spec(distance="s"), parcels_of(squares), s=layer_of(features)))
    expected = [min(square.distance(point) for point in features) for square in squares]
    np.testing.assert_allclose(plain, expected, atol=1e-9)

    def moved(shape: Any) -> Any:
        return shapely.transform(shape, lambda xy: xy * k + [dx, 7])

    other = measured(spec(distance="s"), parcels_of(list(map(moved, squares))), s=layer_of(list(map(moved, features))))
    np.testing.assert_allclose(values(other), np.array(plain) * k, atol=1e-9)


@given(
    points=st.lists(st.tuples(st.integers(-300, 300), st.integers(-300, 300)), min_size=1, max_size=12, unique=True),
    reach=st.integers(1, 250),
)
@settings(max_examples=40)
def test_clipping_the_layer_with_the_reach_changes_nothing(points: Any, reach: int) -> None:
    square = box(0, 0, 30, 20)
    features = [Point(xy) for xy in points]
    clipped = [point for point in features if point.distance(square) <= reach]
    measure = spec(distance="s", within=f"{reach} m")
    assert isinstance(measure, Distance)
    whole = measured(measure, parcels_of([square]), s=layer_of(features))
    part = measured(measure, parcels_of([square]), s=layer_of(clipped, kind="point"))
    assert values(whole) == values(part)
    assert states(whole) == states(part)


def test_fields_of_the_nearest_feature_are_shown() -> None:
    stations = layer_of([Point(40, 5), Point(1013, 14)], NAME=["Kyrene", None], KV=[230.0, 69.0])
    measure = spec(distance="s", show=["NAME", "KV"], within="50 m")
    assert [column.name for column in measure.columns] == ["distance", "nearest_id", "nearest_NAME", "nearest_KV"]
    result = measured(measure, row_of_parcels(), s=stations)
    assert values(result, "nearest_NAME") == ["Kyrene", None, None]
    assert values(result, "nearest_KV") == ["230", None, "69"]


def test_refusals() -> None:
    with pytest.raises(StudyError) as placement:
        spec(distance="s", placement="farthest")
    assert str(placement.value) == (
        "criterion 'c': The measure 'distance' takes 'placement' only with of: pad, not of: parcel."
    )
    with pytest.raises(UnitError) as radius:
        spec(distance="s", within="-1 km")
    assert str(radius.value) == "criterion 'c': 'within': A radius cannot be negative, as '-1 km' is."
    parcels = row_of_parcels()
    with pytest.raises(StudyError) as no_layer:
        measured(spec(distance="station"), parcels, stations=layer_of([Point(0, 0)]), rail=layer_of([Point(0, 0)]))
    assert str(no_layer.value) == (
        "The measure 'distance' names the layer 'station', which the study does not have. Did you mean 'stations'? "
        "Its layers are 'stations', 'rail'."
    )
    with pytest.raises(StudyError) as raster:
        measured(spec(distance="dem"), parcels, dem=raster_of([[1.0]], name="dem"))
    assert str(raster.value) == (
        "The measure 'distance' needs features, but the layer 'dem' is a raster. Use 'raster' or 'slope'."
    )


@pytest.mark.data
def test_real_parcels_to_real_pipelines(data_folder: Path) -> None:
    """500 Pima parcels against GEOS, which measures to every line."""
    import geopandas as gpd

    parcels = gpd.read_parquet(data_folder / "arizona" / "parcels_pima.parquet").iloc[7::100].to_crs("EPSG:26912")
    gas = gpd.read_file(data_folder / "arizona" / "gas_pipelines_eia.gpkg").to_crs("EPSG:26912").geometry.to_numpy()
    geometries = shapely.make_valid(parcels.geometry.to_numpy(), method="structure", keep_collapsed=False)
    result = measured(spec(distance="gas"), parcels_of(geometries), gas=layer_of(gas))
    full = shapely.distance(geometries[:, None], gas[None, :])
    np.testing.assert_allclose(values(result), full.min(axis=1), atol=1e-6)
    ids = np.array([int(item[1:]) for item in values(result, "nearest_id")])
    np.testing.assert_allclose(full[np.arange(len(ids)), ids], full.min(axis=1), atol=1e-6)
