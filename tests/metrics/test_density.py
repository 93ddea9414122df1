from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, box

from siting.errors import StudyError, UnitError
from tests.metrics.drawing import layer_of, measured, parcels_of, spec, states, usable_of, values

NAN = float("nan")
SQUARES = (box(0, 0, 10, 10), box(1000, 0, 1010, 10))


def test_count_within_the_radius_of_the_edge() -> None:
    hospitals = layer_of([Point(5, 5), Point(110, 5), Point(111, 5), Point(13, 14)])
    result = measured(spec(count="h", within="100 m"), parcels_of(SQUARES), h=hospitals)
    assert values(result) == [3.0, 0.0]  # at 0, exactly 100 and 5 m; not at 101 m
    assert states(result) == ["KNOWN", "KNOWN"]


def test_count_with_features_that_count_only_perhaps() -> None:
    hospitals = layer_of([Point(5, 5), Point(20, 5)], BEDS=[100.0, None])
    result = measured(spec(count="h", within="100 m", where="BEDS > 50"), parcels_of(SQUARES), h=hospitals)
    np.testing.assert_array_equal(values(result), [NAN, 0.0])
    assert result.low is not None
    assert result.high is not None
    assert result.low.tolist() == [1.0, 0.0]
    assert result.high.tolist() == [2.0, 0.0]
    assert states(result) == ["UNKNOWN", "KNOWN"]


def test_a_radius_that_leaves_the_coverage_is_no_data() -> None:
    coverage = box(-100, -100, 1060, 110)
    hospitals = layer_of([Point(5, 5)], coverage=coverage)
    result = measured(spec(count="h", within="100 m"), parcels_of(SQUARES), h=hospitals)
    np.testing.assert_array_equal(values(result), [1.0, NAN])  # 100 m on all sides; 50 m to the east
    assert states(result) == ["KNOWN", "NO_DATA"]


def test_count_of_usable_land() -> None:
    usable = usable_of(SQUARES, [box(0, 0, 5, 10), shapely.Polygon()])
    result = measured(
        spec(count="h", within="5 m", of="usable"),
        parcels_of(SQUARES, usable=usable),
        h=layer_of([Point(11, 5), Point(10, 5)]),
    )
    np.testing.assert_array_equal(values(result), [1.0, NAN])
    assert states(result) == ["KNOWN", "NO_PLACE"]


@pytest.mark.parametrize(
    ("unknown", "low", "high"), [("interval", 2.0, 4.0), ("exclude", 2.0, 2.0), ("include", 4.0, 4.0)]
)
def test_count_distinct_with_nameless_features(unknown: str, low: float, high: float) -> None:
    lines = layer_of([Point(x, 5) for x in (11, 12, 13, 14, 15)], CIRCUIT=["a", "b", "a", None, ""])
    result = measured(
        spec(count_distinct="l", field="CIRCUIT", within="50 m", unknown=unknown), parcels_of(SQUARES), l=lines
    )
    bounds = (
        (result.low[0], result.high[0])
        if result.low is not None and result.high is not None
        else (values(result)[0],) * 2
    )
    assert bounds == (low, high)


def test_one_nameless_feature_is_at_least_one() -> None:
    lines = layer_of([Point(11, 5)], CIRCUIT=np.array([None], dtype=object))
    result = measured(spec(count_distinct="l", field="CIRCUIT", within="50 m"), parcels_of(SQUARES), l=lines)
    assert values(result) == [1.0, 0.0]


def test_count_distinct_of_certain_and_uncertain_features() -> None:
    lines = layer_of([Point(11, 5), Point(12, 5), Point(13, 5)], CIRCUIT=["a", "a", "b"], certain=[True, False, False])
    result = measured(spec(count_distinct="l", field="CIRCUIT", within="50 m"), parcels_of(SQUARES), l=lines)
    assert result.low is not None
    assert result.high is not None
    assert (result.low[0], result.high[0]) == (1.0, 2.0)


def test_length_within_a_radius() -> None:
    roads = layer_of([LineString([(-1000, 5), (2000, 5)])])
    result = measured(spec(length="r", within="100 m"), parcels_of(SQUARES), r=roads)
    np.testing.assert_allclose(values(result), [210.0, 210.0], rtol=1e-3)
    inside = measured(spec(length="r", within="0 m"), parcels_of(SQUARES), r=roads)
    np.testing.assert_allclose(values(inside), [10.0, 10.0])


def test_length_with_lines_that_count_only_perhaps() -> None:
    roads = layer_of([LineString([(0, 5), (10, 5)]), LineString([(0, 6), (10, 6)])], certain=[True, False])
    result = measured(spec(length="r", within="20 m"), parcels_of(SQUARES), r=roads)
    assert result.low is not None
    assert result.high is not None
    np.testing.assert_allclose([result.low[0], result.high[0]], [10.0, 20.0])


def blocks(**more: Any) -> Any:
    """A checkerboard of 100 m blocks, 50 people each, and one larger with 1,000."""
    drawn = [box(x, -200, x + 100, 300) for x in range(-500, 500, 100)] + [box(500, -200, 1500, 300)]
    return layer_of(drawn, **{"POP": [50.0] * 10 + [1000.0], **more})


def test_area_sum_inside_the_parcel_is_exact() -> None:
    parcels = parcels_of([box(0, 0, 100, 100), box(50, 0, 150, 250), box(550, 0, 1050, 100)])
    result = measured(spec(area_sum="b", field="POP", within="0 m"), parcels, b=blocks())
    np.testing.assert_allclose(values(result), [10.0, 25.0, 100.0])  # 1/5 of a block; 1/4 of two; 1/10


def test_area_sum_within_a_radius() -> None:
    """The rounded square of 100 m and a radius of 50 m lies in three blocks of uniform density 50 / 50,000 m2."""
    result = measured(spec(area_sum="b", field="POP", within="50 m"), parcels_of([box(0, 0, 100, 100)]), b=blocks())
    area = 100 * 100 + 4 * 100 * 50 + np.pi * 50**2
    assert values(result)[0] == pytest.approx(area * 50 / 50_000, rel=0.0016 * 0.3)  # the arcs are a quarter of it


def test_area_sum_with_a_block_of_unknown_population() -> None:
    population = [50.0] * 10 + [None]
    parcels = parcels_of([box(0, 0, 100, 100), box(450, 0, 550, 100)])
    result = measured(spec(area_sum="b", field="POP", within="0 m"), parcels, b=blocks(POP=population))
    np.testing.assert_allclose(values(result), [10.0, NAN])
    assert states(result) == ["KNOWN", "NO_DATA"]
    left_out = measured(
        spec(area_sum="b", field="POP", within="0 m", unknown="exclude"), parcels, b=blocks(POP=population)
    )
    np.testing.assert_allclose(values(left_out), [10.0, 5.0])


def test_area_sum_with_a_unit() -> None:
    measure = spec(area_sum="b", field="MGD", within="0 m", unit="MGD")
    assert measure.columns[0].dimension == "flow"
    result = measured(measure, parcels_of([box(0, -200, 100, 300)]), b=blocks(MGD=[1.0] * 11))
    assert values(result)[0] == pytest.approx(3785.411784 / 86_400)


@given(cut=st.floats(1, 399), y=st.integers(-150, 100))
@settings(max_examples=30)
def test_splitting_conserves_an_area_sum(cut: float, y: int) -> None:
    measure = spec(area_sum="b", field="POP", within="0 m")
    parts = [box(0, y, cut, y + 90), box(cut, y, 400, y + 90)]
    halves = values(measured(measure, parcels_of(parts), b=blocks()))
    assert sum(halves) == pytest.approx(values(measured(measure, parcels_of([box(0, y, 400, y + 90)]), b=blocks()))[0])


def test_decay_by_scale_and_by_half_distance() -> None:
    fabs = layer_of([Point(1010, 5), Point(5, 5), Point(90_000, 5)], JOBS=[100.0, 10.0, 1e9])
    parcels = parcels_of([box(0, 0, 10, 10)])
    plain = measured(spec(decay="f", scale="1 km", within="40 km"), parcels, f=fabs)
    assert values(plain)[0] == pytest.approx(1 + np.exp(-1.0))
    weighted = measured(spec(decay="f", half="1 km", field="JOBS", within="40 km"), parcels, f=fabs)
    assert values(weighted)[0] == pytest.approx(10 + 50)
    assert weighted.notes == (
        "Features beyond 40 km are left out; each would have counted at most 0.00% of its full amount.",
    )
    near = measured(spec(decay="f", half="1 km", within="3 km"), parcels, f=fabs)
    assert near.notes == (
        "Features beyond 3 km are left out; each would have counted at most 12.50% of its full amount.",
    )


def test_many_pairs_are_measured_in_pieces_with_the_same_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    fabs, measure = layer_of([Point(20 * i, 5) for i in range(9)]), spec(decay="f", scale="1 km", within="2 km")
    whole = values(measured(measure, parcels_of(SQUARES), f=fabs))
    monkeypatch.setattr("siting.metrics.density.MOST_PAIRS", 4)
    assert values(measured(measure, parcels_of(SQUARES), f=fabs)) == whole


def test_decay_with_unknown_amounts() -> None:
    fabs = layer_of([Point(20, 5), Point(5, 5)], JOBS=[None, 10.0])
    parcels = parcels_of(SQUARES)
    result = measured(spec(decay="f", scale="1 km", field="JOBS", within="100 m"), parcels, f=fabs)
    np.testing.assert_array_equal(values(result), [NAN, 0.0])
    assert states(result) == ["NO_DATA", "KNOWN"]
    left_out = measured(spec(decay="f", scale="1 km", field="JOBS", within="100 m", unknown="exclude"), parcels, f=fabs)
    assert values(left_out) == [10.0, 0.0]


points = st.lists(st.tuples(st.integers(-200, 200), st.integers(-200, 200)), min_size=1, max_size=10)


@given(xy=points, radius=st.integers(0, 150), k=st.sampled_from([2.0, 0.5]))
@settings(max_examples=40)
def test_shapely_agrees_and_scaling_and_translation_change_nothing(xy: Any, radius: int, k: float) -> None:
    square, features = box(0, 0, 30, 20), [Point(p) for p in xy]
    expected = sum(point.distance(square) <= radius for point in features)
    got = values(measured(spec(count="h", within=f"{radius} m"), parcels_of([square]), h=layer_of(features)))
    assert got == [expected]

    def scaled(shape: Any) -> Any:
        return shapely.transform(shape, lambda c: c * k + [1024, -512])

    other = measured(
        spec(count="h", within=f"{radius * k} m"),
        parcels_of([scaled(square)]),
        h=layer_of([scaled(f) for f in features]),
    )
    assert values(other) == [expected]


@given(xy=points, radius=st.integers(1, 150))
@settings(max_examples=30)
def test_clipping_the_layer_with_the_reach_changes_nothing(xy: Any, radius: int) -> None:
    square, features = box(0, 0, 30, 20), [Point(p) for p in xy]
    clipped = [point for point in features if point.distance(square) <= radius]
    for keys in ({"count": "h"}, {"decay": "h", "scale": "20 m"}):
        measure = spec(**keys, within=f"{radius} m")
        whole = values(measured(measure, parcels_of([square]), h=layer_of(features)))
        assert values(measured(measure, parcels_of([square]), h=layer_of(clipped, kind="point"))) == whole


def test_refusals() -> None:
    for keys in ({}, {"scale": "1 km", "half": "1 km"}, {"scale": "0 m"}):
        with pytest.raises(StudyError) as rate:
            spec(decay="f", within="5 km", **keys)
        assert str(rate.value) == (
            "criterion 'c': The measure 'decay' takes one of 'scale' and 'half', a length above 0, such as scale: 5 km."
        )
    with pytest.raises(StudyError) as kind:
        measured(
            spec(area_sum="b", field="POP", within="1 km"), parcels_of(SQUARES), b=layer_of([Point(0, 0)], POP=[1.0])
        )
    assert str(kind.value) == (
        "The measure 'area_sum' needs polygons, but the layer 'b' holds points. Name another layer or another measure."
    )
    with pytest.raises(StudyError) as field:
        measured(spec(area_sum="b", field="POPS", within="1 km"), parcels_of(SQUARES), b=blocks())
    assert (
        str(field.value) == "There is no field 'POPS' in the layer 'things'. Did you mean 'POP'? Its fields are 'POP'."
    )
    with pytest.raises(UnitError) as unit:
        spec(area_sum="b", field="POP", within="1 km", unit="people")
    assert str(unit.value).startswith("criterion 'c': 'unit': The unit 'people' is not known.")


def test_a_sum_with_doubtful_features_of_both_signs_is_bounded_over_all_their_choices() -> None:
    """100 for sure, perhaps 30 more, perhaps 50 less."""
    blocks = [box(0, 0, 10, 10), box(10, 0, 20, 10), box(20, 0, 30, 10)]
    layer = layer_of(blocks, V=[100.0, 30.0, -50.0], certain=[True, False, False])
    for keys in ({"area_sum": "b", "within": "1 m"}, {"decay": "b", "within": "1 m", "scale": "1e9 km"}):
        result = measured(spec(field="V", **keys), parcels_of([box(-1, -1, 31, 11)]), b=layer)
        assert states(result) == ["UNKNOWN"]
        assert result.low is not None
        assert result.high is not None
        np.testing.assert_allclose([result.low[0], result.high[0]], [50.0, 130.0], rtol=1e-6)
