"""What only the whole study shows: repeated and unknown names, weights of blocks."""

from __future__ import annotations

from typing import Any

import pytest

from siting.errors import StudyError
from siting.study import parse_study

AREA = {"measure": {"shape": "area"}, "value": [["0 acre", 0], ["9 acre", 1]]}
LAYERS = "Its layers are 'stations', 'flood', 'providers', 'rail', 'roads', 'dem'."


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"blocks": {}}, "the study, 'blocks': a study needs at least one block of criteria."),
        (
            {"blocks": {"a": {"criteria": {"x": AREA}}, "b": {"weight": 1, "criteria": {"y": AREA}}}},
            "the study, 'blocks.a': 'a' has no weight beside 'b'. Give each one.",
        ),
        (
            {"blocks": {"a": {"weight": 1, "criteria": {"x": AREA}}, "b": {"weight": 1, "criteria": {"x": AREA}}}},
            "the study, 'blocks.b.criteria.x': the criterion 'x' stands in 'blocks.a' too; names must differ.",
        ),
        (
            {"blocks": {"a b": {"criteria": {"x": AREA}}}},
            "the study, 'blocks.a b': the name 'a b' must begin with a letter and hold only letters, "
            "digits, '_' and '-'.",
        ),
        (
            {"usable": [{"name": "a", "layer": "flood"}, {"name": "a", "layer": "rail", "buffer": "5 m"}]},
            "the study, 'usable.a': the name 'a' stands twice in 'usable'; names must differ.",
        ),
        (
            {"usable": [{"name": "a", "layer": "flod"}]},
            f"the study, 'usable.a.layer': the study has no layer 'flod'. {LAYERS} Did you mean 'flood'?",
        ),
        (
            {"exclusions": [{"name": "a", "inside": "flood", "lifts": ["b"]}]},
            "the study, 'exclusions.a.lifts': there is no exclusion 'b' to lift. Known: 'a'.",
        ),
        (
            {"exclusions": [{"name": "a", "inside": "floods"}]},
            f"the study, 'exclusions.a': the study has no layer 'floods'. {LAYERS} Did you mean 'flood'?",
        ),
        ({"context": ["river"]}, f"the study, 'context': the study has no layer 'river'. {LAYERS}"),
        (
            {"tiers": {"low": 5}},
            "the study, 'tiers': The tier 'low' is the rest below the last cut; it takes no cut of its own.",
        ),
    ],
)
def test_refusals(mapping: dict[str, Any], change: dict[str, Any], message: str) -> None:
    plain = {key: value for key, value in mapping.items() if key not in ("scenarios", "robustness", "overrides")}
    with pytest.raises(StudyError) as error:
        parse_study({**plain, **change})
    assert str(error.value) == message
