"""Live scores: the same whole numbers in Python, Chromium and Firefox, and near the scores of a run."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from siting.maps.choices import weights_by_path
from siting.maps.codes import codes_of
from siting.maps.live import (
    LiveTree,
    Planes,
    exponential,
    live_order,
    live_scores,
    logarithms,
    planes_of,
    shares_of,
    why_not_live,
)
from siting.maps.segments import study_order
from siting.maps.view import MapView
from siting.mcda.aggregate import aggregate
from siting.mcda.weights import Block
from siting.mcda.weights.stakeholders import reweighted

from ..benchmarks.map_data import drawn_view
from ..conftest import program
from .bare import bare_page
from .firefox import Firefox

TREES: dict[str, dict[str, Any]] = {
    "sum": {},
    "sum with worst and product": {"combine": {"power": "worst", "land": "product"}},
    "geometric": {"across": "geometric"},
    "geometric with worst": {"across": "geometric", "combine": {"water": "worst"}},
}
WEIGHTINGS = 100


def weightings(view: MapView, count: int = WEIGHTINGS) -> list[dict[str, float]]:
    """Random weights of every block and criterion; one in eight is 0, but not all of a block."""
    assert view.tree is not None
    random, own = np.random.default_rng(5), weights_by_path(view.tree)
    out = []
    for _ in range(count):
        drawn = {path: float(w) for path, w in zip(own, random.uniform(0.1, 10, len(own)).round(3), strict=True)}
        for path in list(drawn)[::8]:
            drawn[path] = 0.0
        out.append(drawn)
    return out


def planes_in(view: MapView) -> Planes:
    assert view.tree is not None
    return planes_of(LiveTree.of(view.tree), [c.name for c in view.criteria], [codes_of(c) for c in view.criteria])


def in_python(view: MapView, weights: dict[str, float]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    assert view.tree is not None
    score = live_scores(LiveTree.of(view.tree), planes_in(view), weights, view.floor)
    admitted = np.array([status == "admitted" for status in view.status])
    return score, live_order(score, admitted, study_order(view))


@pytest.mark.parametrize("name", TREES)
def test_live_scores_are_those_of_a_run_but_for_the_rounding_of_values(name: str) -> None:
    """Values are rounded to 1/131070, so that a sum is off by less than 0.0008 points; the slope of a logarithm is at
    most 1 / floor, and a product of three values adds up three of them."""
    view = drawn_view(300, **TREES[name])
    low = {c.name: np.asarray(c.value_low) for c in view.criteria}
    high = {c.name: np.asarray(c.value_high) for c in view.criteria}
    bound = 0.001 if name == "sum" else 0.005 if view.tree and view.tree.combine == "arithmetic" else 0.02
    for weights in weightings(view, 5):
        assert view.tree is not None
        expected = aggregate(reweighted(view.tree, weights), low, high, floor=view.floor).score
        assert np.abs(in_python(view, weights)[0] / 1e6 - expected).max() < bound


def test_logarithms_are_the_nearest_whole_numbers() -> None:
    table = logarithms(0.05)
    exact = [math.log(max(k / 65535, 0.05)) * 2**32 for k in range(65536)]
    assert np.abs(table - exact).max() <= 0.5 + 1e-5
    assert table[65535] == 0
    assert np.array_equal(table, np.sort(table))


@given(st.floats(-11.9, 11.9))
def test_exponentials(x: float) -> None:
    assert float(exponential(np.array([x]))[0]) == pytest.approx(math.exp(x), rel=1e-11)


def test_members_of_a_group_that_weighs_nothing_share_alike() -> None:
    groups = [("", ("power", "land")), ("power", ("power.line", "power.station"))]
    weights = {"power": 3, "land": 1, "power.line": 0, "power.station": 0}
    assert shares_of(groups, weights) == {"power": 0.75, "land": 0.25, "power.line": 0.375, "power.station": 0.375}


def test_equal_scores_keep_the_order_of_the_study() -> None:
    score, admitted = np.array([5, 7, 5, 7, -1]), np.array([True, True, True, False, True])
    assert live_order(score, admitted, np.array([2, 4, 1, 0, 3])).tolist() == [1, 2, 0, 4]


def test_why_weights_cannot_be_changed(view: Callable[..., MapView]) -> None:
    assert why_not_live(view()) == "The map was made without the study's weights."
    assert why_not_live(view(tree=Block("", ()), why_not_live="TOPSIS compares all.")) == "TOPSIS compares all."
    other = drawn_view(3).tree
    assert why_not_live(view(tree=other)) == "The map does not carry every criterion of the study."
    assert why_not_live(drawn_view(3)) == ""


ORDERS = """weightings.map((weights) => {
    model.setState(weights);
    return [Array.from(model.order, (i) => model.id(i)), Array.from(model.order, (i) => model.score[i])];
})"""


def expected(view: MapView) -> list[list[list[Any]]]:
    out = []
    for weights in weightings(view):
        score, order = in_python(view, weights)
        out.append([[str(view.ids[i]) for i in order], score[order].tolist()])
    return out


@pytest.fixture
def chromium_page(chromium: Any) -> Iterator[Any]:
    context = chromium.new_context(viewport={"width": 900, "height": 600})
    yield context.new_page()
    context.close()


@pytest.mark.browser
@pytest.mark.parametrize("name", TREES)
def test_chromium_has_the_order_of_python_for_a_hundred_weightings(
    name: str, chromium_page: Any, tmp_path: Path
) -> None:
    view = drawn_view(250, **TREES[name])
    chromium_page.goto(bare_page(view, tmp_path / "page.html").as_uri())
    chromium_page.wait_for_selector("[data-ready]", state="attached")
    assert chromium_page.evaluate(f"(weightings) => {ORDERS}", weightings(view)) == expected(view)


@pytest.mark.firefox
def test_firefox_has_the_order_of_python_for_a_hundred_weightings(tmp_path: Path) -> None:
    (tmp_path / "profile").mkdir()
    browser = Firefox(str(program("SITING_FIREFOX", "firefox-esr", "firefox")), tmp_path / "profile")
    try:
        for name, tree in TREES.items():
            view = drawn_view(250, **tree)
            browser.open(bare_page(view, tmp_path / "page.html"))
            found = browser.evaluate(f"((weightings) => {ORDERS})({json.dumps(weightings(view))})")
            assert found == expected(view), name
    finally:
        browser.close()


@pytest.mark.browser
@pytest.mark.parametrize("name", ["sum", "geometric"])
def test_at_the_weights_of_the_study_the_page_has_its_scores_and_ranks(
    name: str, chromium_page: Any, tmp_path: Path
) -> None:
    """Also after a slider has moved and come back; the order is that of rank and id."""
    view = drawn_view(2000, **TREES[name])
    chromium_page.goto(bare_page(view, tmp_path / "page.html").as_uri())
    chromium_page.wait_for_selector("[data-ready]", state="attached")
    found = chromium_page.evaluate(
        """() => {
            const row = (i) => [model.id(i), model.rank[i], model.points(i)];
            const now = () => [Array.from(model.order.subarray(0, 1000), row), model.live];
            const all = [now()];
            model.setState({ power: 7 }, (kind) => new Map(kind === "off" ? [["rule 1", 0]] : []));
            all.push(now());
            model.setState({ power: model.own.power });
            return [...all, now()];
        }"""
    )
    rows = [i for i in np.lexsort((np.array(view.ids), view.rank)) if view.rank[i] > 0][:1000]
    study = [[view.ids[i], int(view.rank[i]), float(view.score[i])] for i in rows]
    assert found[0] == found[2] == [study, False]
    assert found[1][1] is True
    assert found[1][0] != study
