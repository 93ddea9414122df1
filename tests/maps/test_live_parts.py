"""Live contributions: those of a run from the same values, for sums, worst, product and the geometric mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from siting.maps.codes import FULL, codes_of
from siting.maps.live import LiveTree, Planes
from siting.maps.live_parts import live_contributions
from siting.maps.segments import segments_of
from siting.maps.view import MapView
from siting.mcda.aggregate import contributions
from siting.mcda.weights import Block, Leaf
from siting.mcda.weights.stakeholders import reweighted

from ..benchmarks.map_data import drawn_view
from .reading import Read
from .test_live import TREES, planes_in, weightings


def both_of(view: MapView, planes: Planes) -> Callable[[int], dict[str, tuple[float, float]]]:
    """Parcel -> the values of the leaves and those of the medians, from 0 to 1, as the page has them."""
    leaves = [leaf for block in live_head(view)["tree"]["blocks"] for leaf in block["leaves"]]
    ends = planes.ends
    return lambda i: {
        (path := leaf["path"]): (float((ends[path][0][i] + ends[path][1][i]) / (2 * FULL)), leaf["median"])
        for leaf in leaves
    }


def live_head(view: MapView) -> dict[str, Any]:
    return dict(Read(segments_of(view)["base"]).json("about"))


@pytest.mark.parametrize("name", TREES)
def test_live_contributions_are_those_of_a_run(name: str) -> None:
    """Of a block that is one value all parts together, where its values are no intervals."""
    view = drawn_view(60, **TREES[name])
    assert view.tree is not None
    tree, planes = LiveTree.of(view.tree), planes_in(view)
    both = both_of(view, planes)
    codes = {c.name: codes_of(c) for c in view.criteria}
    sums = {name: one.values("low") + one.values("high") for name, one in codes.items()}
    sure = np.logical_and.reduce([one.values("low") == one.values("high") for one in codes.values()])
    values = {c: column / (2 * FULL) for c, column in sums.items()}
    admitted = np.array([status == "admitted" for status in view.status])
    middles = {c: float(np.median(column[admitted])) for c, column in values.items()}
    for weights in weightings(view, 4):
        expected = contributions(reweighted(view.tree, weights), values, values, middles, floor=view.floor)
        for i in np.flatnonzero(sure):
            found = live_contributions(tree, both(i), weights, view.floor)
            parts = dict(zip(expected.names, expected.values[:, i].tolist(), strict=True))
            told = {leaf.path: sum(parts[c] for c in leaf.criteria) for leaf in tree.leaves}
            if expected.unit == "log ratio":
                told = {path: 100 * float(np.expm1(part)) for path, part in told.items()}
            assert found == pytest.approx(told, abs=2e-3 if "product" in name else 1e-4)


def test_they_add_up_or_multiply_to_the_score_by_hand() -> None:
    """a: 1 against 0.5; b: 0.25 against 0.5; equal weights."""
    both = {"a": (1.0, 0.5), "b": (0.25, 0.5)}
    weights = {"a": 1.0, "b": 1.0}
    sums = live_contributions(LiveTree.of(Block("", (Leaf("a", 1.0), Leaf("b", 1.0)))), both, weights)
    assert sums == {"a": 25.0, "b": -12.5}
    mean = Block("", (Leaf("a", 1.0), Leaf("b", 1.0)), combine="geometric")
    found = live_contributions(LiveTree.of(mean), both, weights)
    assert found == pytest.approx({"a": 100 * (2**0.5 - 1), "b": 100 * (0.5**0.5 - 1)}, rel=1e-9)


def test_a_block_at_its_median_under_the_floor_does_nothing() -> None:
    root = Block("", (Leaf("a", 1.0), Leaf("b", 1.0)), combine="geometric")
    both = {"a": (0.0, 0.0), "b": (0.5, 0.5)}
    assert live_contributions(LiveTree.of(root), both, {"a": 1.0, "b": 1.0}) == {"a": 0.0, "b": 0.0}
