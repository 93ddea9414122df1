"""Live contributions: those of a run from the same values, for sums, worst, product and the geometric mean."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from siting.maps.codes import FULL, codes_of
from siting.maps.live import planes_of
from siting.maps.live_parts import live_contributions
from siting.maps.view import MapView
from siting.mcda.aggregate import contributions
from siting.mcda.weights import Block, Leaf
from siting.mcda.weights.stakeholders import reweighted

from ..benchmarks.map_data import drawn_view
from .test_live import TREES, weightings


def both_of(view: MapView) -> tuple[dict[str, Any], dict[str, float]]:
    """The sums of low and high by criterion, and their medians, as the page has them."""
    planes = planes_of([c.name for c in view.criteria], [codes_of(c) for c in view.criteria])
    admitted = np.array([status == "admitted" for status in view.status])
    both = {name: plane["low"] + plane["high"] for name, plane in planes.items()}
    return both, {name: float(np.median(sums[admitted])) for name, sums in both.items()}


@pytest.mark.parametrize("name", TREES)
def test_live_contributions_are_those_of_a_run(name: str) -> None:
    view = drawn_view(60, **TREES[name])
    both, medians = both_of(view)
    values = {c: sums / (2 * FULL) for c, sums in both.items()}
    middles = {c: median / (2 * FULL) for c, median in medians.items()}
    assert view.tree is not None
    for weights in weightings(view, 4):
        expected = contributions(reweighted(view.tree, weights), values, values, middles, floor=view.floor)
        for i in range(len(view.ids)):
            one = {c: (float(both[c][i]), medians[c]) for c in both}
            found = live_contributions(view.tree, one, weights, view.floor)
            told = dict(zip(expected.names, expected.values[:, i].tolist(), strict=True))
            if expected.unit == "log ratio":
                told = {c: 100 * float(np.expm1(part)) for c, part in told.items()}
            assert found == pytest.approx(told, abs=1e-6)


def test_they_add_up_or_multiply_to_the_score_by_hand() -> None:
    """a: 1 against 0.5; b: 0.25 against 0.5; equal weights."""
    both = {"a": (2.0 * FULL, 1.0 * FULL), "b": (0.5 * FULL, 1.0 * FULL)}
    weights = {"a": 1.0, "b": 1.0}
    sums = live_contributions(Block("", (Leaf("a", 1.0), Leaf("b", 1.0))), both, weights)
    assert sums == {"a": 25.0, "b": -12.5}
    mean = Block("", (Leaf("a", 1.0), Leaf("b", 1.0)), combine="geometric")
    found = live_contributions(mean, both, weights)
    assert found == pytest.approx({"a": 100 * (2**0.5 - 1), "b": 100 * (0.5**0.5 - 1)}, rel=1e-9)


def test_a_block_at_its_median_under_the_floor_does_nothing() -> None:
    root = Block("", (Leaf("a", 1.0), Leaf("b", 1.0)), combine="geometric")
    both = {"a": (0.0, 0.0), "b": (1.0 * FULL, 1.0 * FULL)}
    assert live_contributions(root, both, {"a": 1.0, "b": 1.0}) == {"a": 0.0, "b": 0.0}
