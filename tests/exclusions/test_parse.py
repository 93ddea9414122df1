"""Every form of a rule, and every refusal."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from siting.errors import StudyError
from siting.exclusions import Rule, parse_rule
from siting.metrics import parse_measure
from siting.where import Where


def rule(**keys: Any) -> Rule:
    return parse_rule({"name": "r", **{key.rstrip("_"): value for key, value in keys.items()}})


def parts_of(parsed: Rule) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """(verb, what the measure was told, the test) of every part."""
    out = []
    for measure, test in parsed.condition.parts:
        told = measure.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        out.append((measure.verb, told, test.model_dump(exclude_none=True, exclude={"said"})))
    return out


FORMS: list[tuple[dict[str, Any], list[Any]]] = [
    ({"share": "tribal", "above": "1 %"}, [("share", {"share": "tribal"}, {"above": 0.01})]),
    ({"inside": "habitat"}, [("share", {"share": "habitat"}, {"above": 0.5})]),
    ({"outside": "cities"}, [("share", {"share": "cities"}, {"below": 0.5})]),
    ({"distance": "faults", "below": "100 m"}, [("distance", {"distance": "faults"}, {"below": 100.0})]),
    (
        {"slope": "dem", "statistic": "mean", "above": "10 % slope"},
        [("slope", {"slope": "dem"}, {"above": 0.1})],
    ),
    ({"fits": "60 m x 70 m", "below": 1}, [("fits", {"fits": "60 m x 70 m"}, {"below": 1.0})]),
    (
        {"class": "zoning", "in": ["prohibited"]},
        [("class_share", {"class_share": "zoning", "classes": ["prohibited"]}, {"above": 0.5})],
    ),
    (
        {"class": "zoning", "in": ["prohibited"], "above": "20 %"},
        [("class_share", {"class_share": "zoning", "classes": ["prohibited"]}, {"above": 0.2})],
    ),
    (
        {"attribute": "owners", "field": "CODE", "in": ["BIA", "DOD"]},
        [("attribute", {"attribute": "owners", "field": "CODE", "values": "text"}, {"values": ("BIA", "DOD")})],
    ),
    ({"field": "PUC", "in": ["0131"]}, [("field", {"field": "PUC", "values": "text"}, {"values": ("0131",)})]),
    ({"field": "STORIES", "above": 2}, [("field", {"field": "STORIES"}, {"above": 2.0})]),
    (
        {"field": "IMPROVEMENT", "above": "20000 USD/acre"},
        [("field", {"field": "IMPROVEMENT", "unit": "USD", "per": "acre"}, {"above": 20000 / 4046.8564224})],
    ),
    (
        {"distance": "lines", "below_by": {"field": "KV", "230 kV": "100 m", "345 kV": "150 m"}},
        [
            ("distance", {"distance": "lines", "where": '"KV" >= 345.0'}, {"below": 150.0}),
            ("distance", {"distance": "lines", "where": '"KV" >= 230.0'}, {"below": 100.0}),
        ],
    ),
    (
        {"distance": "lines", "where": "STATUS == 'IN'", "below_by": {"field": "KV", "230 kV": "100 m"}},
        [("distance", {"distance": "lines", "where": "(STATUS == 'IN') and \"KV\" >= 230.0"}, {"below": 100.0})],
    ),
]


@pytest.mark.parametrize(("keys", "expected"), FORMS, ids=[" ".join(map(str, keys)) for keys, _ in FORMS])
def test_forms(keys: dict[str, Any], expected: list[Any]) -> None:
    parsed = rule(**keys)
    assert [(verb, told, {k: pytest.approx(v) if isinstance(v, float) else v for k, v in test.items()})
            for verb, told, test in expected] == parts_of(parsed)  # fmt: skip
    assert parsed.condition.given == ()


def test_setbacks_by_the_feature_that_covers_the_parcel() -> None:
    parsed = rule(distance="rail", below_by={"layer": "cities", "field": "NAME", "Phoenix": "100 m", "other": "30 m"})
    place = parse_measure({"attribute": "cities", "field": "NAME", "values": "text"}, "r")
    assert [test["below"] for *_, test in parts_of(parsed)] == [100.0, 30.0]
    given = [(item[0].key, item[1].values, item[1].others) for item in parsed.condition.given if item]
    assert given == [(place.key, ("Phoenix",), None), (place.key, None, ("Phoenix",))]


def test_setbacks_by_the_parcels_own_field() -> None:
    parsed = rule(distance="schools", below_by={"parcel": "JURISDICTION", "MESA": "300 m"})
    (item,) = parsed.condition.given
    assert item is not None
    assert item[0].key == parse_measure({"field": "JURISDICTION", "values": "text"}, "r").key
    assert item[1].values == ("MESA",)


def test_the_rest_of_a_rule() -> None:
    plain = rule(share="tribal", above="1 %")
    assert (plain.applies_to, plain.unknown, plain.why, plain.lifts, plain.only_where) == (
        "parcel",
        "keep",
        "",
        (),
        None,
    )
    full = rule(
        applies_to="site", unknown="exclude", why="says the code", lifts=["tribal land"], inside="opted_in",
        only_where={"share": "basins", "above": "50 %"},
    )  # fmt: skip
    assert (full.applies_to, full.unknown, full.why, full.lifts) == (
        "site",
        "exclude",
        "says the code",
        ("tribal land",),
    )
    assert full.only_where is not None
    assert full.only_where.parts[0][1].above == 0.5
    assert full.condition.parts[0][1].said == "above 50 %"


REFUSALS: list[tuple[dict[str, Any], str]] = [
    ({"name": " "}, "Exclusion 3 has no name. Give it one: {name: too small, ...}; reasons are shown by it."),
    (
        {"name": "override"},
        "Exclusion 'override': this name is used for reasons of another kind. Give the rule another name.",
    ),
    (
        {"name": "veto: rail"},
        "Exclusion 'veto: rail': this name is used for reasons of another kind. Give the rule another name.",
    ),
    (
        {"share": "a", "above": "1 %", "applies_to": "sites"},
        "Exclusion 'r': 'applies_to' is 'sites'; it can be 'parcel', 'site'. Did you mean 'site'?",
    ),
    (
        {"share": "a", "above": "1 %", "unknown": "interval"},
        "Exclusion 'r': 'unknown' is 'interval'; it can be 'keep', 'exclude'.",
    ),
    ({"inside": "a", "lifts": "b"}, "Exclusion 'r': 'lifts' takes a list of names, such as [tribal land], not 'b'."),
    ({"inside": "a", "lifts": 5}, "Exclusion 'r': 'lifts' takes a list of names, such as [tribal land], not 5."),
    ({"inside": "a", "lifts": ["r"]}, "Exclusion 'r' lifts itself; 'lifts' names other exclusions."),
    (
        {"inside": "a", "only_where": "basins"},
        "Exclusion 'r': 'only_where' takes a measure with a test, such as {share: basins, above: 50 %}, not 'basins'.",
    ),
    (
        {"inside": "a", "only_where": {"share": "basins"}},
        "Exclusion 'r', only_where: it has no test. Add one of 'above', 'below', 'in', 'below_by'; 'inside' or "
        "'outside' a layer need none.",
    ),
    (
        {"inside": "a", "above": "10 %"},
        "Exclusion 'r': 'inside' means more than half of the land; for another part write 'share' with 'above'.",
    ),
    (
        {"outside": "a", "inside": "b"},
        "Exclusion 'r': 'outside' means less than half of the land; for another part write 'share' with 'below'.",
    ),
    (
        {"attribute": "a", "field": "F", "above": "10 %"},
        "Exclusion 'r': 'above': The quantity '10 %' is a share, but a plain number, such as '0.5', is wanted.",
    ),
    (
        {"attribute": "a", "field": "F", "values": "text", "above": 3},
        "Exclusion 'r': 'above' needs a quantity, but the measure gives text. Use 'in' with a list of values.",
    ),
    (
        {"field": "PUC", "in": "0131"},
        "Exclusion 'r': 'in' takes a list of values, such as [prohibited], not '0131'.",
    ),
    ({"field": "PUC", "in": []}, "Exclusion 'r': 'in' takes a list of values, such as [prohibited], not []."),
    (
        {"field": "PUC", "in": ["a"], "above": 3},
        "Exclusion 'r': 'in' stands beside 'above'; a rule has one test. Keep one.",
    ),
    (
        {"distance": "a", "below": "3 m", "below_by": {"field": "KV", "69 kV": "3 m"}},
        "Exclusion 'r': 'below_by' stands beside 'below'; a rule has one test. Keep one.",
    ),
    (
        {"distance": "a", "below_by": {"field": "KV"}},
        "Exclusion 'r': 'below_by' takes a field and steps, such as {field: VOLTAGE, 230 kV: 30 m}, not "
        "{'field': 'KV'}.",
    ),
    (
        {"distance": "a", "below_by": {"field": "KV", "69 kV": "3 kV"}},
        "Exclusion 'r': 'below_by': The quantity '3 kV' is a voltage, but a length, such as '5 km', is wanted.",
    ),
    (
        {"share": "a", "below_by": {"field": "KV", "69 kV": "3 m"}},
        "Exclusion 'r': 'below_by' takes distances, but the measure 'share' gives none.",
    ),
    (
        {"distance": "a", "below_by": {"layer": "cities", "Mesa": "3 m"}},
        "Exclusion 'r': 'below_by' a place takes a layer with a field, or the parcel's field, and a distance for each "
        "place, such as {layer: cities, field: NAME, Phoenix: 100 m, other: 30 m}, not {'layer': 'cities', 'Mesa': "
        "'3 m'}.",
    ),
    (
        {"distance": "a", "below": "3"},
        "Exclusion 'r': 'below': The quantity '3' has no unit: a length, such as '5 km', is wanted.",
    ),
]


@pytest.mark.parametrize(("keys", "message"), REFUSALS, ids=[message[:80] for _, message in REFUSALS])
def test_refusals(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(StudyError) as caught:
        parse_rule({"name": "r", **keys}, 3)
    assert str(caught.value) == message


def test_levels_keep_all_their_digits_and_fields_may_have_spaces() -> None:
    steps = {"field": "LINE kV", "1234567.25": "100 m"}
    ((_, told, _),) = parts_of(rule(distance="lines", below_by=steps))
    where = Where(told["where"])
    assert where.fields == ("LINE kV",)
    true, _ = where.evaluate(pd.DataFrame({"LINE kV": [1234567.0, 1234567.25, 1234568.0]}))
    assert true.tolist() == [False, True, True]
