"""The measures as a family: how a study writes them, and what they declare."""

from __future__ import annotations

from typing import Any

import pytest

from siting.errors import StudyError
from siting.metrics import MEASURES, measure_keys, measure_of, parse_measure
from siting.units import DIMENSIONS

EXAMPLES: tuple[dict[str, Any], ...] = (
    {"distance": "stations", "of": "pad", "where": "KV >= 230", "within": "25 km", "placement": "farthest"},
    {"count": "hospitals", "within": "10 km"},
    {"count_distinct": "lines", "field": "CIRCUIT", "where": "VOLTAGE >= 230", "within": "10 km"},
    {"length": "roads", "within": "2 km"},
    {"share": "flood", "where": "SFHA_TF == 'T'", "of": "usable"},
    {"area": "wetlands"},
    {"crossing": "lines"},
    {"class": "providers", "field": "STATUS"},
    {"class_share": "zoning", "classes": ["prohibited"]},
    {"attribute": "basins", "field": "BUDGET_MGD", "unit": "MGD"},
    {"field": "IMPROVEMENT", "unit": "USD", "per": "acre"},
    {"area_mean": "soils", "field": "lep_r", "min_covered": "60 %"},
    {"area_sum": "block_groups", "field": "POP", "within": "1 mi"},
    {"decay": "industry", "scale": "5 km", "within": "40 km"},
    {"raster": "landcover", "statistic": "share", "classes": [21, 22]},
    {"slope": "dem", "statistic": "mean", "of": "usable"},
    {"shape": "inscribed_circle"},
    {"fits": "600 m x 700 m", "of": "usable"},
    {"usable": "largest_piece"},
)


def test_every_measure_has_an_example_here() -> None:
    assert [measure_of(example, "it") for example in EXAMPLES] == list(MEASURES)
    assert len({measure.verb for measure in MEASURES}) == len(MEASURES)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: next(iter(example)))
def test_a_measure_says_what_it_gives_before_anything_is_read(example: dict[str, Any]) -> None:
    measure = parse_measure(example, "criterion 'c'")
    assert measure.doc
    assert measure.reach_m >= 0
    assert measure.columns
    for column in measure.columns:
        assert column.dimension in (*DIMENSIONS, "text")
        assert column.step is None or column.step > 0
        assert column.dimension == "text" or column.step is not None
    assert set(measure.layer_names) <= {str(value) for value in example.values()}
    assert measure.land in ("parcel", "usable", "pad")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: next(iter(example)))
def test_a_measure_survives_its_own_dump(example: dict[str, Any]) -> None:
    measure = parse_measure(example, "criterion 'c'")
    dumped = measure.model_dump(mode="json", by_alias=True)
    again = type(measure).model_validate(dumped)
    assert again == measure
    assert again.key == measure.key
    assert hash(measure) == hash(again)


def test_field_is_a_verb_only_alone() -> None:
    assert measure_of({"field": "X"}, "it").verb == "field"
    assert measure_of({"class": "z", "field": "X"}, "it").verb == "class"


def test_keys_of_a_measure() -> None:
    assert measure_keys(measure_of({"usable": "area"}, "it")) == ("usable",)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            {"distance": "s", "withn": "3 km"},
            "'withn' is not a key of the measure 'distance'. Its keys are 'distance', 'where', 'unknown', 'of', "
            "'within', 'placement', 'show'. Did you mean 'within'?",
        ),
        (
            {"distanc": "s"},
            "no verb of a measure among the keys 'distanc'. The verbs are 'distance', 'count', 'count_distinct', "
            "'length', 'share', 'area', 'crossing', 'class', 'class_share', 'attribute', 'field', 'area_mean', "
            "'area_sum', 'decay', "
            "'raster', 'slope', 'shape', 'fits', 'usable'. Did you mean 'distance'?",
        ),
        (
            {"distance": "a", "count": "b"},
            "one measure has one verb, found 'distance', 'count'. Keep one; write another criterion for the other.",
        ),
        (
            {"count": "s"},
            "the measure 'count' needs the key 'within'. Its keys are 'count', 'where', 'unknown', 'of', 'within'.",
        ),
        (
            {"distance": "s", "within": 3},
            "'within': The quantity '3' has no unit: a length, such as '5 km', is wanted.",
        ),
        (
            {"distance": "s", "of": "edge"},
            "'of' of the measure 'distance': Input should be 'parcel', 'usable' or 'pad', not 'edge'.",
        ),
        (
            {"slope": "dem", "min_valid": "120 %"},
            "'min_valid': A share of the land lies between 0 % and 100 %, which '120 %' does not.",
        ),
        (
            {"class_share": "z", "classes": "prohibited"},
            "'classes' of the measure 'class_share': a list is wanted, such as [a, b], not 'prohibited'.",
        ),
        (
            {"class_share": "z", "classes": []},
            "'classes' of the measure 'class_share': the list is empty; name one at least.",
        ),
        (
            {"distance": "s", "where": "KV >="},
            "'where': The condition 'KV >=' cannot be read: it ends where a number, true, false or text in single "
            "quotes is expected.",
        ),
    ],
)
def test_refusals_name_the_key_the_value_and_what_is_allowed(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(StudyError) as error:
        parse_measure(keys, "criterion 'station'")
    assert str(error.value) == f"criterion 'station': {message}"
