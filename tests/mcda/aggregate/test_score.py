"""Scores and contributions: a published weighted sum, rank reversal, missing data, and properties."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pydantic import ValidationError

from siting.errors import StudyError
from siting.mcda.aggregate import (
    Aggregate,
    aggregate,
    contributions,
    fill_missing,
    geometric,
    product,
    strongest_weakest,
    weighted_sum,
    worst,
)
from siting.mcda.rank import competition_ranks
from siting.mcda.value import parse_value
from siting.mcda.weights import Block, Leaf, global_weights, normalise


def test_weighted_sum_kracka_2010() -> None:
    """Kracka et al. 2010, as in scikit-criteria tests/agg/test_simple.py."""
    matrix = np.array(
        [
            [33.95, 23.78, 11.45, 39.97, 29.44, 167.10, 3.852],
            [38.9, 4.17, 6.32, 0.01, 4.29, 132.52, 25.184],
            [37.59, 9.36, 8.23, 4.35, 10.22, 136.71, 10.845],
            [30.44, 37.59, 13.91, 74.08, 45.10, 198.34, 2.186],
            [36.21, 14.79, 9.17, 17.77, 17.06, 148.3, 6.610],
            [37.8, 8.55, 7.97, 2.35, 9.25, 134.83, 11.935],
        ]
    )
    minimised = [True, True, True, True, False, True, False]
    columns = [1 / column if less else column for column, less in zip(matrix.T, minimised, strict=True)]
    values = [column / column.sum() for column in columns]
    score = weighted_sum(values, normalise([1.0] * 7))
    expected = [0.12040426, 0.3458235, 0.13838192, 0.12841246, 0.12346084, 0.14351701]
    np.testing.assert_allclose(score, expected, atol=5e-9)
    assert competition_ranks(score).tolist() == [6, 1, 3, 4, 5, 2]


def test_no_rank_reversal_with_fixed_anchors() -> None:
    """P (2 km, 40), Q (6, 70), R (7, 400): min-max scaling swaps P and Q when R is added; fixed anchors do not."""
    near, much = parse_value([["0 km", 1], ["20 km", 0]]), parse_value([[0, 0], [100, 1]])
    root = Block("", (Leaf("near", 45), Leaf("much", 55)), combine="arithmetic")

    def score(km: list[float], amount: list[float]) -> list[float]:
        values = {"near": near.value(np.array(km) * 1000), "much": much.value(np.array(amount))}
        return aggregate(root, values).score.tolist()

    assert score([2, 6], [40, 70]) == [62.5, 70.0]
    assert score([2, 6, 7], [40, 70, 400])[:2] == [62.5, 70.0]


def test_missing_is_not_zero() -> None:
    """A sum that skips NaN would score 45 here."""
    root = Block("", (Leaf("a", 45), Leaf("b", 55)), combine="arithmetic")
    gap = np.array([np.nan])
    values = {"a": np.array([1.0]), "b": gap}
    assert np.isnan(aggregate(root, values).score).all()
    low, high, missing = fill_missing(gap, gap, (0.0, 1.0), "interval")
    scores = aggregate(root, values | {"b": low}, values | {"b": high})
    assert (scores.low[0], scores.score[0], scores.high[0], bool(missing[0])) == (45, 72.5, 100, True)
    low, high, _ = fill_missing(gap, gap, (0.2, 1.0), "worst")
    assert (low[0], high[0]) == (0.2, 0.2)
    low, high, missing = fill_missing(gap, gap, (0.2, 1.0), "exclude")
    assert np.isnan(low).all()
    assert missing.all()


def test_operators_by_hand() -> None:
    a, b = np.array([0.5, 0.0]), np.array([0.2, 1.0])
    assert worst([a, b]).tolist() == [0.2, 0.0]
    assert product([a, b]).tolist() == [0.1, 0.0]
    assert weighted_sum([a, b], [0.5, 0.5]).tolist() == [0.35, 0.5]
    np.testing.assert_allclose(geometric([a, b], [0.5, 0.5], 0.25), [math.sqrt(0.5 * 0.25), math.sqrt(0.25)])


def test_blocks_in_blocks_by_hand() -> None:
    quiet = Block("quiet", (Leaf("rail"), Leaf("freeway")), weight=1, combine="worst")
    power = Block("power", (Leaf("station", 3), quiet), weight=3)
    values = {name: np.array([v]) for name, v in {"land": 0.8, "station": 0.4, "rail": 0.9, "freeway": 0.2}.items()}
    scores = aggregate(Block("", (Leaf("land", 1), power), combine="arithmetic"), values)
    assert scores.blocks["power.quiet"][0].tolist() == [0.2]
    assert scores.blocks["power"][0].tolist() == pytest.approx([0.75 * 0.4 + 0.25 * 0.2])
    assert scores.score.tolist() == [round(100 * (0.25 * 0.8 + 0.75 * 0.35), 6)]
    geometric_ = aggregate(Block("", (Leaf("land", 1), power), combine="geometric"), values)
    assert geometric_.score.tolist() == [round(100 * 0.8**0.25 * 0.35**0.75, 6)]


def test_a_floor_keeps_a_dry_site_from_zero() -> None:
    root = Block("", (Leaf("water", 1), Leaf("land", 1)), combine="geometric")
    values = {"water": np.array([0.0]), "land": np.array([1.0])}
    assert aggregate(root, values, floor=0.04).score.tolist() == [20.0]


# --- properties -------------------------------------------------------------------------------------------------

OPERATORS = ("weighted_sum", "worst", "product")
NAMES = ("a", "b", "c", "d", "e", "f")


@st.composite
def trees(draw: st.DrawFn) -> Block:
    """Six criteria in three blocks, one of them nested."""
    weight = st.integers(1, 20).map(float)
    a, b, c, d, e, f = (Leaf(name, draw(weight)) for name in NAMES)
    combine = st.sampled_from(OPERATORS)
    inner = Block("inner", (c, d), draw(weight), draw(combine))
    blocks = (
        Block("one", (a, b, inner), draw(weight), draw(combine)),
        Block("two", (e,), draw(weight), draw(combine)),
        f,
    )
    return Block("", blocks, combine=draw(st.sampled_from(["arithmetic", "geometric"])))


def values_of(n: int) -> st.SearchStrategy[dict[str, np.ndarray]]:
    row = st.lists(st.integers(0, 20).map(lambda i: i / 20), min_size=n, max_size=n).map(np.array)
    return st.fixed_dictionaries(dict.fromkeys(NAMES, row))


@given(trees(), values_of(5), st.permutations(range(5)))
def test_permuting_parcels_permutes_scores(root: Block, values: dict[str, np.ndarray], order: list[int]) -> None:
    score = aggregate(root, values).score
    permuted = aggregate(root, {name: column[order] for name, column in values.items()}).score
    np.testing.assert_array_equal(permuted, score[order])


@given(trees(), values_of(5))
def test_adding_parcels_leaves_the_other_scores(root: Block, values: dict[str, np.ndarray]) -> None:
    score = aggregate(root, values).score
    fewer = aggregate(root, {name: column[:2] for name, column in values.items()}).score
    np.testing.assert_array_equal(fewer, score[:2])


@given(trees(), values_of(4), st.sampled_from(NAMES), st.floats(0, 1))
def test_raising_a_value_never_lowers_the_score(
    root: Block, values: dict[str, np.ndarray], name: str, by: float
) -> None:
    raised = values | {name: np.minimum(values[name] + by, 1)}
    assert (aggregate(root, raised).score >= aggregate(root, values).score - 1e-6).all()


@given(values_of(4), st.lists(st.integers(1, 9), min_size=6, max_size=6), st.sampled_from(["arithmetic", "geometric"]))
def test_means_lie_between_the_lowest_and_the_highest_value(
    values: dict[str, np.ndarray], weights: list[int], across: Any
) -> None:
    root = Block("", tuple(Leaf(n, w) for n, w in zip(NAMES, weights, strict=True)), combine=across)
    stacked = np.stack(list(values.values()))
    score = aggregate(root, values, floor=1e-9).score / 100
    assert (score >= stacked.min(axis=0) - 1e-7).all()
    assert (score <= stacked.max(axis=0) + 1e-7).all()


@given(trees(), values_of(4), values_of(4))
def test_a_score_lies_in_its_interval(root: Block, one: dict[str, np.ndarray], two: dict[str, np.ndarray]) -> None:
    low = {name: np.minimum(one[name], two[name]) for name in NAMES}
    high = {name: np.maximum(one[name], two[name]) for name in NAMES}
    scores = aggregate(root, low, high)
    middle = aggregate(root, {name: (low[name] + high[name]) / 2 for name in NAMES}).score
    assert (scores.low <= scores.score).all()
    assert (scores.score <= scores.high).all()
    assert (scores.low - 1e-6 <= middle).all()
    assert (middle <= scores.high + 1e-6).all()


@given(trees(), values_of(5), st.fixed_dictionaries(dict.fromkeys(NAMES, st.integers(0, 20).map(lambda i: i / 20))))
def test_contributions_add_up(root: Block, values: dict[str, np.ndarray], medians: dict[str, float]) -> None:
    made = contributions(root, values, values, medians)
    score = aggregate(root, values).score
    np.testing.assert_allclose(made.values.sum(axis=0), made.total, atol=1e-7)
    if root.combine == "arithmetic":
        assert made.unit == "points"
        np.testing.assert_allclose(made.total, score - made.reference, atol=2e-6)
    else:
        assert made.unit == "log ratio"
        np.testing.assert_allclose(made.total, np.log(score / made.reference), atol=1e-6)


@given(values_of(5), st.fixed_dictionaries(dict.fromkeys(NAMES, st.floats(0, 1))))
def test_contributions_of_a_weighted_sum_are_weight_times_difference(
    values: dict[str, np.ndarray], medians: dict[str, float]
) -> None:
    inner = Block("inner", (Leaf("c", 2), Leaf("d", 3)), 4)
    root = Block("", (Leaf("a", 1), Leaf("b", 2), inner, Leaf("e", 1), Leaf("f", 0)), combine="arithmetic")
    made = contributions(root, values, values, medians)
    for row, (name, weight) in enumerate(global_weights(root).items()):
        np.testing.assert_allclose(made.values[row], 100 * weight * (values[name] - medians[name]), atol=1e-7)


def test_contributions_of_a_geometric_mean_of_single_criteria_are_weighted_logarithms() -> None:
    root = Block("", (Block("x", (Leaf("a"),), 3), Block("y", (Leaf("b"),), 1)), combine="geometric")
    made = contributions(
        root,
        {"a": np.array([0.8]), "b": np.array([0.01])},
        {"a": np.array([0.8]), "b": np.array([0.01])},
        {"a": 0.4, "b": 0.5},
        floor=0.05,
    )
    np.testing.assert_allclose(made.values[:, 0], [0.75 * math.log(2), 0.25 * math.log(0.1)], atol=1e-9)
    assert made.reference == round(100 * 0.4**0.75 * 0.5**0.25, 6)


def test_the_binding_criterion_of_a_worst_block_takes_it_all() -> None:
    root = Block("", (Leaf("land", 1), Block("quiet", (Leaf("rail"), Leaf("road")), 1, "worst")), combine="arithmetic")
    values = {"land": np.array([0.5, 0.5]), "rail": np.array([0.2, 0.9]), "road": np.array([0.7, 0.9])}
    made = contributions(root, values, values, {"land": 0.5, "rail": 0.6, "road": 0.4})
    assert made.names == ("land", "rail", "road")
    np.testing.assert_allclose(made.values.T, [[0, 50 * (0.2 - 0.4), 0], [0, 50 * (0.9 - 0.4), 0]])


def test_strongest_and_weakest_in_study_order() -> None:
    values = np.array([[1.0, 0.0], [1.0, 0.0], [-2.0, 0.0], [-1.0, 3.0]])
    strong, weak = strongest_weakest(values)
    assert strong.tolist() == [[0, 1], [3, -1]]
    assert weak.tolist() == [[2, 3], [-1, -1]]
    strong, weak = strongest_weakest(values[:1])
    assert (strong.tolist(), weak.tolist()) == ([[0, -1], [-1, -1]], [[-1, -1], [-1, -1]])


@given(
    arrays(
        np.float64,
        st.tuples(st.integers(1, 5), st.integers(0, 9)),
        elements=st.sampled_from([-2.0, -1.0, -0.0, 0.0, 1.0, 1.5, float("nan"), float("inf"), float("-inf")]),
    ),
    st.integers(1, 3),
)
def test_strongest_and_weakest_are_those_of_a_stable_sort(values: np.ndarray, count: int) -> None:
    for sign, found in zip((1, -1), strongest_weakest(values, count), strict=True):
        for column, chosen in zip(values.T, found, strict=True):
            adds = [row for row in range(len(column)) if sign * column[row] > 0]
            adds.sort(key=lambda row: -sign * column[row])
            assert chosen.tolist() == [*adds, *[-1] * count][:count]


def test_scores_are_rounded_to_a_millionth_of_a_point() -> None:
    root = Block("", (Leaf("a", 1), Leaf("b", 2)), combine="arithmetic")
    scores = aggregate(root, {"a": np.array([1.0]), "b": np.array([0.0])})
    assert scores.score.tolist() == [33.333333]


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        (
            {"across": "arithmetic", "floor": 0.05},
            "'floor' belongs to 'across: geometric'; a weighted sum needs none. Leave one of them out.",
        ),
        ({"veto": {"rail": 0.0}}, "The veto of 'rail' is a value above 0 and up to 1, such as 0.2, not 0."),
        ({"veto": {"rail": 1.5}}, "The veto of 'rail' is a value above 0 and up to 1, such as 0.2, not 1.5."),
        ({"across": "geometric", "floor": 0.0}, "'floor' must lie between 0 and 1, such as 0.05, not 0."),
        ({"across": "geometric", "floor": 1.5}, "'floor' must lie between 0 and 1, such as 0.05, not 1.5."),
    ],
)
def test_aggregate_refusals(given_: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as error:
        Aggregate.model_validate(given_)
    cause = error.value.errors()[0]["ctx"]["error"]
    assert isinstance(cause, StudyError)
    assert str(cause) == message


def test_the_floor_has_a_stated_default() -> None:
    assert Aggregate(across="geometric").floor_value == 0.05
    assert Aggregate(across="geometric", floor=0.1).floor_value == 0.1
