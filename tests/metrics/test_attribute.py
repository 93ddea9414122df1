from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from shapely import Point, Polygon, box

from siting.errors import StudyError, UnitError
from tests.metrics.drawing import layer_of, measured, parcels_of, spec, states, usable_of, values

NAN = float("nan")
SQUARES = (box(0, 0, 100, 100), box(200, 0, 300, 100), box(600, 0, 700, 100))


def basins(**more: Any) -> Any:
    """Two basins that meet inside the first square at x = 40, and a third over the second square."""
    drawn = [box(-100, -100, 40, 200), box(40, -100, 150, 200), box(150, -100, 400, 200)]
    return layer_of(drawn, **{"MGD": [1.0, 2.0, None], "NAME": ["Avra", "Pinal", None], **more})


def test_the_covering_feature_is_the_one_with_the_largest_overlap() -> None:
    result = measured(spec(attribute="b", field="MGD"), parcels_of(SQUARES), b=basins())
    np.testing.assert_array_equal(values(result), [2.0, NAN, NAN])
    assert values(result, "feature_id") == ["f1", "f2", None]
    assert states(result) == ["KNOWN", "NO_DATA", "NO_DATA"]


def test_text_attributes() -> None:
    result = measured(spec(attribute="b", field="NAME", values="text"), parcels_of(SQUARES), b=basins())
    assert values(result) == ["Pinal", "unknown", "none"]
    assert states(result) == ["KNOWN", "UNKNOWN", "KNOWN"]
    assert spec(attribute="b", field="NAME", values="text").columns[0].dimension == "text"


def test_units_of_attributes() -> None:
    measure = spec(attribute="b", field="MGD", unit="MGD")
    assert measure.columns[0].dimension == "flow"
    assert values(measured(measure, parcels_of(SQUARES), b=basins()))[0] == pytest.approx(2 * 3785.411784 / 86_400)


def test_a_tie_goes_to_the_first_feature() -> None:
    layer = layer_of([box(50, 0, 100, 100), box(0, 0, 50, 100)], V=[7.0, 8.0])
    assert values(measured(spec(attribute="l", field="V"), parcels_of([SQUARES[0]]), l=layer)) == [7.0]


def test_a_millionth_of_the_land_decides_no_tie() -> None:
    def chosen(open_m: float) -> Any:
        layer = layer_of([box(0, 0, 100, 100 - open_m), box(-1, -1, 101, 101)], V=[7.0, 8.0])
        return values(measured(spec(attribute="l", field="V"), parcels_of([SQUARES[0]]), l=layer))

    assert chosen(0.00005) == [7.0]
    assert chosen(0.0002) == [8.0]


def test_features_that_cover_land_alike_and_differ_are_told() -> None:
    twice = [box(-10, -10, 400, 200), box(-20, -20, 400, 200), box(600, 0, 650, 100)]
    says = (
        "Several features of 'l' with different 'V' cover the same land alike: the first of the layer counts there. "
        "Choose among them with where: under layers: l:."
    )
    for given, said in (([7, 8, 9], (says,)), ([7, None, 9], (says,)), ([7, 7, 9], ()), ([None, None, 9], ())):
        layer = layer_of(twice, V=given)
        numbers = measured(spec(attribute="l", field="V"), parcels_of(SQUARES), l=layer)
        texts = measured(spec(attribute="l", field="V", values="text"), parcels_of(SQUARES), l=layer)
        assert numbers.notes == texts.notes == said
    apart = measured(spec(attribute="l", field="V"), parcels_of(SQUARES[2:]), l=layer_of(twice, V=[7, 8, 9]))
    assert apart.notes == ()


def test_the_nearest_feature() -> None:
    plants = layer_of([Point(110, 50), Point(500, 50), Point(2000, 50)], MW=[5.0, 6.0, 7.0])
    result = measured(spec(attribute="p", field="MW", relation="nearest"), parcels_of(SQUARES), p=plants)
    assert values(result) == [5.0, 5.0, 6.0]
    near = measured(spec(attribute="p", field="MW", relation="nearest", within="95 m"), parcels_of(SQUARES), p=plants)
    np.testing.assert_array_equal(values(near), [5.0, 5.0, NAN])
    assert states(near) == ["KNOWN", "KNOWN", "NO_DATA"]
    assert spec(attribute="p", field="MW", relation="nearest", within="95 m").reach_m == 95
    assert spec(attribute="p", field="MW", relation="nearest").reach_m == float("inf")
    assert spec(attribute="p", field="MW").reach_m == 0


def test_a_feature_that_counts_only_perhaps() -> None:
    layer = basins(certain=[True, False, True])
    numbers = measured(spec(attribute="b", field="MGD"), parcels_of(SQUARES), b=layer)
    assert states(numbers) == ["NO_DATA", "NO_DATA", "NO_DATA"]
    texts = measured(spec(attribute="b", field="NAME", values="text"), parcels_of(SQUARES), b=layer)
    assert values(texts) == ["unknown", "unknown", "none"]


def test_coverage_of_attributes() -> None:
    layer = basins(coverage=box(-100, -100, 250, 200))
    result = measured(spec(attribute="b", field="NAME", values="text"), parcels_of(SQUARES), b=layer)
    assert values(result) == ["Pinal", None, None]
    assert states(result) == ["KNOWN", "NO_DATA", "NO_DATA"]
    points = layer_of([Point(130, 50), Point(350, 50)], V=[1.0, 2.0], coverage=box(-50, -50, 320, 150))
    near = measured(spec(attribute="p", field="V", relation="nearest"), parcels_of(SQUARES), p=points)
    assert states(near) == ["KNOWN", "NO_DATA", "NO_DATA"]  # 30 m to the feature, 50 m of coverage; 50 m, 20 m


def test_the_parcels_own_field() -> None:
    parcels = parcels_of(SQUARES, FCV=["     118,650", "0", None], PUC=["0131", " 9 ", None])
    numbers = measured(spec(field="FCV", unit="USD"), parcels)
    np.testing.assert_array_equal(values(numbers), [118_650.0, 0.0, NAN])
    assert states(numbers) == ["KNOWN", "KNOWN", "NO_DATA"]
    assert spec(field="FCV", unit="USD").columns[0].dimension == "money"
    texts = measured(spec(field="PUC", values="text"), parcels)
    assert values(texts) == ["0131", "9", "unknown"]
    assert states(texts) == ["KNOWN", "KNOWN", "UNKNOWN"]


def test_per_acre() -> None:
    parcels = parcels_of([box(0, 0, 4046.8564224, 10), Polygon()], IMPROVEMENT=[200_000.0, 1.0])  # 10 acres; nothing
    measure = spec(field="IMPROVEMENT", unit="USD", per="acre")
    assert measure.columns[0].dimension == "money_per_area"
    result = measured(measure, parcels)
    np.testing.assert_allclose(values(result), [20_000 / 4046.8564224, NAN])
    assert states(result) == ["KNOWN", "NO_DATA"]
    plain = measured(spec(field="IMPROVEMENT", per="acre"), parcels)
    np.testing.assert_allclose(values(plain), [20_000, NAN])
    assert spec(field="IMPROVEMENT", per="acre").columns[0].dimension == "number"


def soils(**more: Any) -> Any:
    """A quarter of the first square has 4, a half 10, the rest nothing; a tenth of the second has 1."""
    drawn = [box(0, 0, 25, 100), box(25, 0, 75, 100), box(290, 0, 300, 100)]
    return layer_of(drawn, **{"lep_r": [4.0, 10.0, 1.0], **more})


def test_area_weighted_mean() -> None:
    result = measured(spec(area_mean="s", field="lep_r"), parcels_of(SQUARES), s=soils())
    np.testing.assert_allclose(values(result), [8.0, NAN, NAN])
    np.testing.assert_allclose(values(result, "known_share"), [0.75, 0.1, 0.0])
    assert states(result) == ["KNOWN", "NO_DATA", "NO_DATA"]
    lenient = measured(spec(area_mean="s", field="lep_r", min_covered="10 %"), parcels_of(SQUARES), s=soils())
    np.testing.assert_allclose(values(lenient), [8.0, 1.0, NAN])


def test_area_mean_with_nulls_coverage_and_doubt() -> None:
    nulls = measured(spec(area_mean="s", field="lep_r"), parcels_of(SQUARES), s=soils(lep_r=[None, 10.0, 1.0]))
    np.testing.assert_allclose(values(nulls), [10.0, NAN, NAN])
    np.testing.assert_allclose(values(nulls, "known_share"), [0.5, 0.1, 0.0])
    outside = measured(spec(area_mean="s", field="lep_r"), parcels_of(SQUARES), s=soils(coverage=box(0, 0, 99, 100)))
    assert states(outside) == ["NO_DATA", "NO_DATA", "NO_DATA"]
    doubt = measured(spec(area_mean="s", field="lep_r"), parcels_of(SQUARES), s=soils(certain=[False, True, True]))
    assert states(doubt)[0] == "UNKNOWN"
    assert doubt.low is not None
    assert doubt.high is not None
    np.testing.assert_allclose([doubt.low[0], doubt.high[0]], [8.0, 10.0])


def test_area_mean_of_usable_land_in_si_units() -> None:
    usable = usable_of(SQUARES, [box(0, 0, 50, 100), Polygon(), Polygon()], state=[0, 0, 3])
    measure = spec(area_mean="s", field="lep_r", of="usable", unit="%")
    result = measured(measure, parcels_of(SQUARES, usable=usable), s=soils())
    np.testing.assert_allclose(values(result), [0.07, NAN, NAN])
    assert states(result) == ["KNOWN", "NO_PLACE", "NOT_COMPUTED"]


def test_refusals() -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        (
            {"attribute": "b", "field": "X", "within": "5 km"},
            "The measure 'attribute' takes 'within' only with relation: nearest; a covering feature touches the land.",
        ),
        (
            {"attribute": "b", "field": "X", "values": "text", "unit": "m"},
            "The measure 'attribute' has the unit 'm', but values: text. Leave out one of the two.",
        ),
        (
            {"field": "X", "values": "text", "per": "acre"},
            "The measure 'field' reads 'X' as text; leave out 'unit' and 'per', or values: text.",
        ),
    ]
    for keys, message in cases:
        with pytest.raises(StudyError) as error:
            spec(**keys)
        assert str(error.value) == f"criterion 'c': {message}"
    with pytest.raises(UnitError) as per:
        spec(field="X", per="km")
    assert str(per.value) == (
        "criterion 'c': 'per': The unit 'km' is of a length, but an area, such as '80 acre', is wanted."
    )
    with pytest.raises(StudyError) as text:
        measured(spec(field="OWNER"), parcels_of([SQUARES[0]], OWNER=["SYNTHETIC LLC"]))
    assert str(text.value) == (
        "The field 'OWNER' of the parcels holds no numbers, but text such as 'SYNTHETIC LLC'. Name a numeric field, "
        "or ask for a text (values: text, or the measure 'class')."
    )
    with pytest.raises(StudyError) as kind:
        measured(spec(attribute="p", field="V"), parcels_of(SQUARES), p=layer_of([Point(0, 0)], V=[1.0]))
    assert str(kind.value) == (
        "The measure 'attribute' needs polygons, but the layer 'p' holds points. Name another layer or another measure."
    )


def test_a_mean_with_doubtful_features_is_bounded_over_all_their_choices() -> None:
    """Every subset of four doubtful strips, tried one by one."""
    strips = [box(0, 0, 60, 10), *(box(60 + 10 * n, 0, 70 + 10 * n, 10 - n) for n in range(4))]
    numbers = [10.0, 2.0, 30.0, -5.0, 12.0]
    layer = layer_of(strips, V=numbers, certain=[True, False, False, False, False])
    result = measured(spec(area_mean="m", field="V"), parcels_of([box(0, 0, 100, 10)]), m=layer)
    means = []
    for count in range(5):
        for chosen in itertools.combinations(range(1, 5), count):
            area = np.array([strips[n].area for n in (0, *chosen)])
            means.append(float(area @ np.array([numbers[n] for n in (0, *chosen)]) / area.sum()))
    assert states(result) == ["UNKNOWN"]
    assert result.low is not None
    assert result.high is not None
    assert result.low[0] == pytest.approx(min(means))
    assert result.high[0] == pytest.approx(max(means))
