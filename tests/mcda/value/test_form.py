"""The study's form of value functions: every form survives, every fault is named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel, ConfigDict

from siting.errors import StudyError
from siting.mcda.value import Step, ValueFunction, dump_value, parse_value


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        (
            "near",
            "A value function is [[quantity, value], ...], {class: value, ...} or {step: [[quantity, value], ...]}, "
            "not 'near'.",
        ),
        ([["2 km", 1]], "A value function needs at least two anchors [quantity, value]; found 1."),
        ([], "A value function needs at least two anchors [quantity, value]; found 0."),
        (
            [["2 km", 1], "8 km"],
            "An anchor of a value function is a pair [quantity, value], such as [5 km, 0.5], not '8 km'.",
        ),
        ([["2 km", 1], ["8 km", 1.5]], "The value of '8 km' must be a number from 0 to 1, not 1.5."),
        ([["2 km", 1], ["8 km", True]], "The value of '8 km' must be a number from 0 to 1, not True."),
        ([["2 km", 1], ["8 km", "0.5"]], "The value of '8 km' must be a number from 0 to 1, not '0.5'."),
        (
            [["8 km", 1], ["2 km", 0]],
            "The quantities of a value function must rise from anchor to anchor; '2 km' follows '8 km'.",
        ),
        (
            [["2 km", 1], ["2000 m", 0]],
            "The quantities of a value function must rise from anchor to anchor; '2000 m' follows '2 km'.",
        ),
        (
            [["2 km", 1], ["8 acre", 0]],
            "The anchors of a value function must be of one dimension; '2 km' and '8 acre' are not.",
        ),
        (
            [["2 USD", 1], ["8 USD(2025)", 0]],
            "The value function mixes amounts of money of different years: '2 USD', '8 USD(2025)'. "
            "Write all in one year's dollars.",
        ),
        ([["2", 1], ["8 km", 0]], "The quantity '2' has no unit: write one behind it, such as '5 km' or '80 acre'."),
        ({}, "A value function of classes needs at least one class, such as {designated: 1, none: 0}."),
        ({"a": 2}, "The value of 'a' must be a number from 0 to 1, not 2."),
        ({"classes": {"a": 1}, "unlisted": "zero"}, "'unlisted' is 'refuse' or 'no_data', not 'zero'."),
        (
            {"classes": {"a": 1}, "unlist": "refuse"},
            "'unlist' is not a key of a value function. Its keys are 'classes', 'unlisted'. Did you mean 'unlisted'?",
        ),
        (
            {"gausian": {"midpoint": "5 km"}},
            "'gausian' is not a value function. The named ones are 'classes', 'exponential', 'gaussian', 'large', "
            "'linear', 'logarithm', 'logistic_decay', 'logistic_growth', 'min_max', 'ms_large', 'ms_small', 'near', "
            "'percentile', 'power', 'sigmoid', 'small', 'step', 'symmetric_linear', 'table', 'z_score'. "
            "Did you mean 'gaussian'?",
        ),
        (
            {"gaussian": {"midpoint": "5 km"}},
            "'gaussian' needs 'half_width' or 'spread'; write {gaussian: {midpoint: 5 km, half_width: 3 km}}.",
        ),
        (
            {"gaussian": {"midpoint": "5 km", "half_width": "3 km", "spread": 1}},
            "'gaussian' takes 'half_width' or 'spread', not both.",
        ),
        (
            {"small": {"midpoint": "5 km", "spred": 1}},
            "'spred' is not a parameter of 'small'. Its parameters are 'midpoint', 'spread'. Did you mean 'spread'?",
        ),
        (
            {"small": {"midpoint": "5 km"}, "over": "3 km"},
            "'over' is not a key of a value function. Its keys are 'small', 'below', 'above', 'scale', 'stretch'. "
            "Did you mean 'above'?",
        ),
        ({"small": {"midpoint": "5 km", "spread": "5"}}, "'spread' must be a number, not '5'."),
        (
            {"small": {"midpoint": "5 km"}, "above": ["3 km", 0, 1]},
            "'above' is a threshold, or [threshold, value beyond it], not ['3 km', 0, 1].",
        ),
        (
            {"small": {"midpoint": "5 km"}, "scale": 1},
            "'scale' is the values of the curve's low and high end, such as [1, 0], not 1.",
        ),
        ({"small": {"midpoint": "5 km"}, "stretch": "yes"}, "'stretch' is true or false, not 'yes'."),
        (
            {"min_max": ["falling"]},
            "'min_max' takes a mapping, such as {min_max: {direction: falling}}, not ['falling'].",
        ),
        ({"min_max": {}}, "'min_max' needs 'direction'; write {min_max: {direction: falling}}."),
        (
            {"min_max": {"direction": "fall"}},
            "'direction' of 'min_max' is 'rising' or 'falling', not 'fall'. Did you mean 'falling'?",
        ),
        (
            {"z_score": {"direction": "falling", "within": 0}},
            "'within' of 'z_score' must be more than 0, not 0.",
        ),
        (
            {"sigmoid": {"points": [["2 km", 0.9], ["5 km", 0.5], ["8 km", 0.1]]}},
            "A sigmoid goes through two points [quantity, value]; found 3.",
        ),
        (
            {"table": [["0 km", 1]]},
            "A table is a list of ranges [from, to, value], such as [[0 km, 2 km, 1], [2 km, 8 km, 0.5]], not "
            "[['0 km', 1]].",
        ),
        ({"table": [["0 km", "2 km", 1]]}, "A table needs at least two ranges [from, to, value]; found 1."),
        (
            {"table": [["0 km", "2 km", 1], ["3 km", "8 km", 0]]},
            "The ranges of a table must meet: one ends at '2 km', the next begins at '3 km'.",
        ),
        (
            {"table": [["2 km", "0 km", 1], ["3 km", "8 km", 0]]},
            "A range of a table runs from less to more, not from '2 km' to '0 km'.",
        ),
        ({"step": [[1, 0], [2, 1]], "by": 2}, "'by' is not a key of a value function. Its keys are 'step'."),
    ],
)
def test_refusals(given_: Any, message: str) -> None:
    with pytest.raises(StudyError) as error:
        parse_value(given_)
    assert str(error.value) == message


class Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    value: ValueFunction


@pytest.mark.parametrize(
    "given_",
    [
        [["2 km", 1.0], ["8 km", 0.0]],
        [[0, 0.0], [1, 0.2]],
        {"a": 1.0, "b": 0.0},
        {"step": [["2 km", 1.0], ["8 km", 0.0]]},
        {"classes": {"a": 1.0}, "unlisted": "no_data"},
        {"gaussian": {"midpoint": "5 km", "half_width": "3 km"}},
        {"near": {"midpoint": 5, "spread": 0.5}, "above": 20},
        {"small": {"midpoint": "5 km", "spread": 4.0}, "below": ["1 km", 1.0], "above": ["20 km", 0.0]},
        {"large": {"midpoint": "5 km"}, "below": "1 km", "above": "20 km", "stretch": True},
        {"exponential": {"base_factor": 0.2}, "below": "0 km", "above": "20 km", "scale": [1.0, 0.0]},
        {"logarithm": {"shift": "0 km"}, "below": "1 km", "above": "20 km"},
        {"power": {"exponent": 2.0}, "below": "0 acre", "above": "20 acre"},
        {"sigmoid": {"points": [["2 km", 0.9], ["8 km", 0.1]]}},
        {"logistic_decay": {"minimum": "2 km", "maximum": "8 km", "y_intercept_percent": 95.0}},
        {"symmetric_linear": {"minimum": "2 km", "maximum": "8 km"}},
        {"min_max": {"direction": "falling"}},
        {"z_score": {"direction": "rising", "within": 2.0}},
        {"ms_small": {}},
        {"ms_large": {"mean_multiplier": 0.5}},
    ],
)
def test_the_study_form_survives_a_model(given_: Any) -> None:
    spec = Spec.model_validate({"value": given_})
    dumped = spec.model_dump(mode="json")["value"]
    assert dumped == given_ == dump_value(spec.value)
    assert Spec.model_validate(spec.model_dump()) == spec
    assert Spec(value=spec.value) == spec
    assert "anyOf" in Spec.model_json_schema()["properties"]["value"]


def test_a_table_is_its_steps() -> None:
    """Up to 2 km 1, up to 8 km 0.5, then 0; the last value holds beyond the table."""
    table = parse_value({"table": [["0 km", "2 km", 1], ["2 km", "8 km", 0.5], ["8 km", "9 km", 0]]})
    assert table == Step((("0 km", 1), ("2 km", 0.5), ("8 km", 0)))  # type: ignore[arg-type]
    assert table.value(np.array([-1, 1999, 2000, 7999, 8000, 99_000])).tolist() == [1, 1, 0.5, 0.5, 0, 0]


def test_a_class_may_be_named_like_a_function() -> None:
    assert parse_value({"step": 1, "table": 0.5}).value(np.array(["table"], object)).tolist() == [0.5]
