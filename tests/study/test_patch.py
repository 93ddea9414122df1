"""Patches by hand: merged, replaced, taken away, named in lists; every refusal."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from siting.errors import StudyError
from siting.study.patch import patched

PLAIN: dict[str, Any] = {
    "seed": 1,
    "aggregate": {"across": "geometric", "floor": 0.1},
    "blocks": {"land": {"weight": 3, "criteria": {"a": {"measure": {"shape": "area"}, "value": {"x": 1, "y": 0}}}}},
    "exclusions": [{"name": "too small", "below": "60 acre"}, {"name": "wet", "above": "5 %"}],
    "tiers": {"high": 70},
}


@pytest.mark.parametrize(
    ("patch", "path", "expected"),
    [
        ({"seed": 2}, ("seed",), 2),
        ({"blocks.land.weight": 5}, ("blocks", "land", "weight"), 5),
        ({"blocks": {"land": {"weight": 5}}}, ("blocks", "land", "weight"), 5),
        ({"aggregate": {"floor": 0.2}}, ("aggregate",), {"across": "geometric", "floor": 0.2}),
        ({"aggregate": {"across": "arithmetic", "floor": None}}, ("aggregate",), {"across": "arithmetic"}),
        ({"aggregate.floor": None}, ("aggregate",), {"across": "geometric"}),
        ({"blocks.land.criteria.a.value": {"x": 0}}, ("blocks", "land", "criteria", "a", "value"), {"x": 0}),
        (
            {"blocks.land.criteria.a": {"measure": {"usable": "area"}}},
            ("blocks", "land", "criteria", "a", "measure"),
            {"usable": "area"},
        ),
        ({"exclusions.too small.below": "90 acre"}, ("exclusions", 0, "below"), "90 acre"),
        ({"exclusions.2.above": "9 %"}, ("exclusions", 1, "above"), "9 %"),
        ({"exclusions": {"wet": {"above": "9 %"}}}, ("exclusions", 1), {"name": "wet", "above": "9 %"}),
        ({"exclusions.too small": None}, ("exclusions",), [{"name": "wet", "above": "5 %"}]),
        ({"exclusions": []}, ("exclusions",), []),
        ({"programme.module.fab.reuse": "9 %"}, ("programme",), {"module": {"fab": {"reuse": "9 %"}}}),
        ({"blocks.water": {"weight": 1}}, ("blocks", "water"), {"weight": 1}),
    ],
)
def test_patches(patch: dict[str, Any], path: tuple[Any, ...], expected: Any) -> None:
    before = copy.deepcopy(PLAIN)
    out: Any = patched(PLAIN, patch, "The patch")
    for key in path:
        out = out[key]
    assert out == expected
    assert before == PLAIN


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        (
            {"blocks.lend.weight": 5},
            "The patch: 'blocks.lend.weight' names 'lend', which 'blocks' does not have. It has 'land'. "
            "Did you mean 'land'?",
        ),
        (
            {"exclusions.small.below": 5},
            "The patch: 'exclusions.small.below' names 'small', which 'exclusions' does not have. "
            "It has 'too small', 'wet'. Did you mean 'too small'?",
        ),
        (
            {"exclusions.3.below": 5},
            "The patch: 'exclusions.3.below' names '3', which 'exclusions' does not have. It has 'too small', 'wet'.",
        ),
        (
            {"seeds": None},
            "The patch: 'seeds' names 'seeds', which the study does not have. "
            "It has 'seed', 'aggregate', 'blocks', 'exclusions', 'tiers'. Did you mean 'seed'?",
        ),
        ({"seed.value": 5}, "The patch: 'seed.value' cannot be set, for 'seed' is 1 and has no keys."),
        ({5: 5}, "The patch: the keys of a patch are paths, such as 'blocks.quiet.weight', not 5."),
    ],
)
def test_refusals(patch: dict[str, Any], message: str) -> None:
    with pytest.raises(StudyError) as error:
        patched(PLAIN, patch, "The patch")
    assert str(error.value) == message
