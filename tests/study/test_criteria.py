"""Blocks of criteria: weights that are missing, names, value functions that do not fit their measure."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from siting.mcda.weights import global_weights
from siting.study.criteria import CriteriaBlock, Criterion, check_name, criteria_of, tree_of
from siting.study.refusal import Faults

AREA = {"measure": {"shape": "area"}, "value": [["0 acre", 0], ["9 acre", 1]]}


def faults(given: Any, model: type[Criterion | CriteriaBlock] = CriteriaBlock) -> list[tuple[Any, str]]:
    with pytest.raises(ValidationError) as error:
        model.model_validate(given)
    cause = error.value.errors()[0]["ctx"]["error"]
    return list(cause.faults) if isinstance(cause, Faults) else [((), str(cause))]


def test_a_block_is_a_tree_of_leaves_in_study_order() -> None:
    block = CriteriaBlock.model_validate(
        {
            "criteria": {"a": {**AREA, "weight": 1}, "b": {**AREA, "weight": 2}},
            "blocks": {"c": {"weight": 1, "combine": "worst", "criteria": {"d": AREA, "e": AREA}}},
        }
    )
    root = tree_of({"all": block}, "geometric")
    assert root.combine == "geometric"
    assert global_weights(root) == {"a": 0.25, "b": 0.5, "d": 0.125, "e": 0.125}
    assert [(c.name, c.block) for c in criteria_of({"all": block}, "geometric")] == [
        ("a", ("all",)),
        ("b", ("all",)),
        ("d", ("all", "c")),
        ("e", ("all", "c")),
    ]


def test_one_member_alone_needs_no_weight_nor_do_worst_and_product() -> None:
    for combine in ("worst", "product"):
        CriteriaBlock.model_validate({"combine": combine, "criteria": {"a": AREA, "b": {**AREA, "weight": 3}}})
    CriteriaBlock.model_validate({"criteria": {"a": AREA}})


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, [((), "a block needs 'criteria' or 'blocks' inside it; this one has none.")]),
        (
            {"criteria": {"a": AREA, "b": {**AREA, "weight": 1}}, "blocks": {"c": {"criteria": {"d": AREA}}}},
            [
                (("criteria", "a"), "'a' has no weight beside 'b', 'c'. Give each one."),
                (("blocks", "c"), "'c' has no weight beside 'a', 'b'. Give each one."),
            ],
        ),
        (
            {"criteria": {"a": {**AREA, "weight": -1}, "b": {**AREA, "weight": 1}}},
            [(("criteria", "a", "weight"), "a weight is a number of 0 or more, not -1.")],
        ),
        (
            {"criteria": {"a": {**AREA, "weight": 0}, "b": {**AREA, "weight": 0}}},
            [(("criteria", "a"), "the weights of 'a', 'b' are all 0; at least one must be more.")],
        ),
        (
            {"criteria": {"a.b": AREA}},
            [
                (
                    ("criteria", "a.b"),
                    "the name 'a.b' must begin with a letter and hold only letters, digits, '_' and '-'.",
                )
            ],
        ),
    ],
)
def test_block_refusals(given: Any, expected: list[tuple[Any, str]]) -> None:
    assert faults(given) == expected


def test_a_value_function_must_fit_the_quantity() -> None:
    given = {"measure": {"shape": "area"}, "value": [["0 km", 0], ["9 km", 1]]}
    assert faults(given, Criterion) == [
        (("value",), "The quantity '0 km' is a length, but an area, such as '80 acre', is wanted.")
    ]
    given = {"measure": {"class": "zoning"}, "value": [["0 km", 0], ["9 km", 1]]}
    assert faults(given, Criterion) == [
        (("value",), "The anchor '0 km' is a quantity, but the measure gives classes; write {class: value, ...}.")
    ]


def test_a_count_takes_bare_anchors() -> None:
    given = {"measure": {"count": "lines", "within": "5 km"}, "value": [[0, 0], [4, 1]]}
    assert Criterion.model_validate(given).value.dimension == "count"


def test_a_criterion_is_dumped_as_it_is_written() -> None:
    given = {
        "weight": 2.0,
        "measure": {"distance": "rail", "of": "pad", "within": "9 km"},
        "value": [["1 km", 1.0], ["9 km", 0.0]],
        "source": "judgement",
    }
    dumped = Criterion.model_validate(given).model_dump(mode="json", exclude_unset=True)
    assert dumped["measure"].items() >= given["measure"].items()  # type: ignore[union-attr, attr-defined]
    assert {key: value for key, value in dumped.items() if key != "measure"} == {
        key: value for key, value in given.items() if key != "measure"
    }


@pytest.mark.parametrize(
    ("name", "fits"), [("land", True), ("from_rail-2", True), ("é", True), ("2a", False), ("", False)]
)
def test_names(name: str, fits: bool) -> None:
    assert (check_name(name) is None) == fits
