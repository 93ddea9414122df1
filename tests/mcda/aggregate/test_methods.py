"""Methods by name: what the table promises holds, and where they disagree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from siting.errors import StudyError
from siting.mcda.aggregate import METHODS, disagreement, methods, methods_table, score, veto

RUNS = [(name, options) for name, method in METHODS.items() for options in method.variants]
INDEPENDENT = [run for run in RUNS if not METHODS[run[0]].depends_on_others]
WEIGHTS = [0.5, 0.3, 0.2]
matrices = arrays(
    np.float64, st.tuples(st.integers(2, 8), st.just(3)), elements=st.integers(0, 64).map(lambda i: i / 64)
)
rows = arrays(np.float64, st.tuples(st.just(1), st.just(3)), elements=st.floats(0, 1))


few = settings(max_examples=15)


def label(item: Any) -> str:
    return str(item)


@pytest.mark.parametrize(("name", "options"), INDEPENDENT, ids=label)
@few
@given(values=matrices, row=rows)
def test_rank_reversal_adding_an_alternative_leaves_the_scores(name: str, options: Any, values: Any, row: Any) -> None:
    """Belton and Gear 1983: the methods that promise it keep every score to the last bit."""
    alone = score(name, values, WEIGHTS, **options)
    with_more = score(name, np.vstack([values, row]), WEIGHTS, **options)
    np.testing.assert_array_equal(alone, with_more[: len(values)])


DEPENDENT = sorted(name for name, method in METHODS.items() if method.depends_on_others)


@pytest.mark.parametrize("name", DEPENDENT)
def test_rank_reversal_happens_where_the_table_says_so(name: str) -> None:
    """A seeded search over small tables finds a pair whose order turns when one alternative is added."""
    rng, options = np.random.default_rng(0), dict(METHODS[name].variants[0])
    for _ in range(2000):
        values = rng.integers(0, 9, (4, 3)) / 8
        before, after = score(name, values[:3], WEIGHTS, **options), score(name, values, WEIGHTS, **options)
        if (before[0] - before[1]) * (after[0] - after[1]) < -1e-6:
            return
    pytest.fail(f"no rank reversal of {name} was found")


@pytest.mark.parametrize(("name", "options"), RUNS, ids=label)
@few
@given(values=matrices, order=st.randoms(use_true_random=False))
def test_permuting_alternatives_permutes_scores(name: str, options: Any, values: Any, order: Any) -> None:
    places = list(range(len(values)))
    order.shuffle(places)
    np.testing.assert_allclose(
        score(name, values, WEIGHTS, **options)[places], score(name, values[places], WEIGHTS, **options), atol=1e-9
    )


@pytest.mark.parametrize(("name", "options"), INDEPENDENT, ids=label)
@few
@given(values=matrices, column=st.integers(0, 2), raised=st.floats(0, 1))
def test_raising_a_value_never_lowers_the_score(
    name: str, options: Any, values: Any, column: int, raised: float
) -> None:
    better = values.copy()
    better[0, column] = max(better[0, column], raised)
    assert score(name, better, WEIGHTS, **options)[0] >= score(name, values, WEIGHTS, **options)[0] - 1e-12


@pytest.mark.parametrize(("name", "options"), RUNS, ids=label)
@few
@given(values=matrices)
def test_what_is_better_everywhere_is_never_behind(name: str, options: Any, values: Any) -> None:
    values[0] = np.maximum(values[0], values[1])
    found = score(name, values, WEIGHTS, **options)
    assert found[0] >= found[1] - 1e-9


@few
@given(values=matrices)
def test_sums_and_means_lie_between_the_lowest_and_highest_value(values: Any) -> None:
    for name in ("weighted_sum", "weighted_product", "worst", "owa"):
        found = score(name, values, WEIGHTS)
        assert (found >= values.min(axis=1) - 1e-12).all()
        assert (found <= values.max(axis=1) + 1e-12).all()


@few
@given(values=matrices)
def test_spotis_on_values_is_the_weighted_sum(values: Any) -> None:
    np.testing.assert_allclose(score("spotis", values, WEIGHTS), score("weighted_sum", values, WEIGHTS), atol=1e-12)


@pytest.mark.parametrize(("name", "options"), RUNS, ids=label)
def test_a_gap_has_no_score_and_is_not_among_the_others(name: str, options: Any) -> None:
    values = np.array([[0.2, 0.5, 1], [np.nan, 1, 1], [0.7, 0.1, 0.4], [0.3, 0.4, 0.5]])
    found = score(name, values, WEIGHTS, **options)
    assert np.isnan(found).tolist() == [False, True, False, False]
    np.testing.assert_array_equal(found[[0, 2, 3]], score(name, values[[0, 2, 3]], WEIGHTS, **options))


def test_nobody_without_a_gap() -> None:
    assert np.isnan(score("topsis", np.full((2, 3), np.nan), WEIGHTS, normaliser="vector")).all()


def test_worst_leaves_out_what_has_no_weight() -> None:
    assert score("worst", np.array([[0.0, 0.4, 0.6]]), [0, 1, 3]).tolist() == [0.4]


def test_veto_is_under_the_threshold() -> None:
    values = np.array([[0.5, 0.9], [0.49, 0.9], [0.9, np.nan]])
    assert veto(values, {0: 0.5}).tolist() == [False, True, False]
    assert veto(values, {}).tolist() == [False] * 3


def test_disagreement_by_hand() -> None:
    """One is good all round, one is extreme: sums like both, the worst value decides for the first."""
    values = np.array([[0.6, 0.6, 0.6], [1.0, 1.0, 0.0], [0.1, 0.1, 0.1]])
    found = disagreement(values, WEIGHTS, 1)
    at = {name: row for row, name in enumerate(found.names)}
    assert len(at) == len(RUNS) == len(found.ranks)
    assert "topsis (normaliser vector)" in at
    assert "promethee_ii (linear, q 0.05, p 0.25)" in at
    assert found.ranks[at["weighted_sum"]].tolist() == [2, 1, 3]
    assert found.ranks[at["worst"]].tolist() == [1, 3, 2]
    assert found.shortlist.tolist() == [False] * 3
    assert found.methods_in[2] == 0
    assert disagreement(values, WEIGHTS, 3).shortlist.all()
    for matrix in (found.kendall, found.weighted_spearman, found.similarity):
        np.testing.assert_allclose(np.diag(matrix), 1)
    assert found.kendall[at["weighted_sum"], at["worst"]] == pytest.approx(-1 / 3)


@few
@given(values=matrices)
def test_who_is_best_in_everything_is_on_every_shortlist(values: Any) -> None:
    values[0] = 1.0
    assert disagreement(values, WEIGHTS, 1).shortlist[0]


def test_a_gap_is_on_no_shortlist() -> None:
    values = np.array([[0.2, 0.5, 1], [np.nan, 1, 1], [0.7, 0.1, 0.4]])
    found = disagreement(values, WEIGHTS, 2)
    assert found.shortlist.tolist() == [True, False, True]
    assert (found.ranks[:, 1] == 0).all()


def test_the_table_is_in_the_docstring() -> None:
    table = methods_table()
    assert table in (methods.__doc__ or "")
    assert (
        "| `topsis` | partly | yes | `normaliser`: one of vector, min_max, sum, max, none | Hwang and Yoon 1981 |"
        in table
    )
    assert table.count("\n") == len(METHODS) + 1


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda: score("topsys", np.ones((1, 3)), WEIGHTS),
            "There is no method 'topsys'. They are 'weighted_sum', 'weighted_product', 'geometric', 'worst', 'owa', "
            "'ideal_point', 'spotis', 'topsis', 'vikor', 'promethee_ii'. Did you mean 'topsis'?",
        ),
        (
            lambda: score("owa", np.ones((1, 3)), WEIGHTS, alfa=2),
            "'alfa' is not an option of 'owa'. Its options are 'alpha'. Did you mean 'alpha'?",
        ),
        (
            lambda: score("topsis", np.ones((1, 3)), WEIGHTS),
            "TOPSIS needs a 'normaliser', for its winner depends on it: one of 'vector', 'min_max', 'sum', 'max', "
            "'none'.",
        ),
        (
            lambda: score("weighted_sum", np.ones((1, 2)), WEIGHTS),
            "2 columns of values need 2 weights; found 3.",
        ),
        (
            lambda: score("weighted_sum", np.array([[5.0, 0, 0]]), WEIGHTS),
            "Values lie from 0 to 1; found 5. Apply the value functions first.",
        ),
        (
            lambda: score("weighted_sum", np.ones(3), WEIGHTS),
            "Values are a table of alternatives by criteria, not of the shape (3,).",
        ),
        (
            lambda: score("geometric", np.ones((1, 3)), WEIGHTS, floor=0),
            "'floor' must lie between 0 and 1, such as 0.05, not 0.",
        ),
        (
            lambda: veto(np.ones((1, 3)), {3: 0.5}),
            "There is no column 3 to veto by; there are 3, counted from 0.",
        ),
        (lambda: disagreement(np.ones((1, 3)), WEIGHTS, 0), "A shortlist has at least 1 place, not 0."),
    ],
)
def test_refusals(ask: Any, message: str) -> None:
    with pytest.raises(StudyError) as error:
        ask()
    assert str(error.value) == message
