"""The analytic hierarchy process against published matrices and the eigenvalues of LAPACK."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.errors import StudyError
from siting.mcda.weights import (
    RANDOM_INDEX,
    ahp,
    combine_judgements,
    combine_priorities,
    judgement_matrix,
    worst_triple,
)


def matrix(text: str) -> np.ndarray[Any, Any]:
    return np.array([[float(Fraction(cell)) for cell in row.split()] for row in text.strip().splitlines()])


HOUSE = matrix("""
1 5 3 7 6 6 1/3 1/4
1/5 1 1/3 5 3 3 1/5 1/7
1/3 3 1 6 3 4 6 1/5
1/7 1/5 1/6 1 1/3 1/4 1/7 1/8
1/6 1/3 1/3 3 1 1/2 1/5 1/6
1/6 1/3 1/4 4 2 1 1/5 1/6
3 5 1/6 7 5 5 1 1/2
4 7 5 8 6 6 2 1
""")


def test_saaty_1990_house() -> None:
    """Saaty 1990, How to make a decision, EJOR 48: lambda 9.669, CI .238, CR .169 (RI 1.41)."""
    found = ahp(HOUSE)
    assert list(found.weights.values()) == pytest.approx(
        [0.1730, 0.0540, 0.1881, 0.0175, 0.0310, 0.0363, 0.1668, 0.3332], abs=5e-5
    )
    assert found.lambda_max == pytest.approx(9.6689, abs=5e-5)
    assert found.consistency_index == pytest.approx(0.2384, abs=5e-5)
    assert found.consistency_ratio == pytest.approx(0.1691, abs=5e-5)
    assert not found.consistent


def test_saaty_1990_house_contradicts_itself_at_3_6_7() -> None:
    """By hand: a13 a37 / a17 = 3 x 6 / (1/3) = 54 for (a, c, g); the next worst triple, (c, g, h), has 15."""
    assert ahp(HOUSE, list("abcdefgh")).worst_triple == ("a", "c", "g")


def test_wang_chin_2011() -> None:
    """Wang and Chin 2011 (pymcdm test_weights.py, TestAHPWeights): lambda 7.4199, CI .2840, CR .229 (RI 1.24)."""
    found = ahp(
        matrix("""
        1 4 3 1 3 4
        1/4 1 7 3 1/5 1
        1/3 1/7 1 1/5 1/5 1/6
        1 1/3 5 1 1 1/3
        1/3 5 5 1 1 3
        1/4 1 6 3 1/3 1
        """)
    )
    assert list(found.weights.values()) == pytest.approx([0.3208, 0.1395, 0.0348, 0.1285, 0.2374, 0.1391], abs=5e-5)
    assert (found.lambda_max, found.consistency_index) == pytest.approx((7.4199, 0.2840), abs=5e-5)
    assert found.consistency_ratio == pytest.approx(0.229, abs=5e-4)


THREE = matrix("1 3 3\n1/3 1 2\n1/3 1/2 1")


@pytest.mark.parametrize(
    ("derivation", "table", "weights", "largest", "index", "ratio"),
    [
        ("eigenvector", "saaty", [0.5936, 0.2493, 0.1571], 3.0536, 0.0268, 0.0462),
        ("eigenvector", "saaty_2004", [0.5936, 0.2493, 0.1571], 3.0536, 0.0268, 0.0516),
        ("column_mean", "saaty", [0.5889, 0.2519, 0.1593], 3.0539, 0.02695, 0.0465),
        ("column_mean", "saaty_2004", [0.5889, 0.2519, 0.1593], 3.0539, 0.02695, 0.0518),
    ],
)
def test_the_derivation_and_the_table_decide(
    derivation: Any, table: str, weights: list[float], largest: float, index: float, ratio: float
) -> None:
    """scikit-criteria ahp_ext/test_ahp.py: the same judgements, CR .0462 to .0518."""
    found = ahp(THREE, derivation=derivation, table=table)
    assert list(found.weights.values()) == pytest.approx(weights, abs=5e-5)
    assert (found.lambda_max, found.consistency_index) == pytest.approx((largest, index), abs=5e-5)
    assert found.consistency_ratio == pytest.approx(ratio, abs=5e-5)
    assert (found.derivation, found.table) == (derivation, table)


def test_skcriteria_ahp_ext() -> None:
    """scikit-criteria ahp_ext/test_ahp.py: CI 0.02695218060897031, CR 0.051829169847109106."""
    found = ahp(THREE, derivation="column_mean", table="saaty_2004")
    assert found.consistency_index == pytest.approx(0.02695218060897031, rel=1e-12)
    # its simulated random index is 0.52002
    assert found.consistency_ratio == pytest.approx(0.051829169847109106, abs=5e-6)


def test_three_by_three_of_saaty() -> None:
    found = ahp(matrix("1 3 5\n1/3 1 3\n1/5 1/3 1"))
    assert list(found.weights.values()) == pytest.approx([0.6370, 0.2583, 0.1047], abs=5e-5)
    assert found.lambda_max == pytest.approx(3.0385, abs=5e-5)
    assert found.consistency_ratio == pytest.approx(0.033, abs=5e-4)
    assert found.consistent


def test_pydecision_readme() -> None:
    """pyDecision README, 7 x 7: lambda 7.8629, CR .109 (RI 1.32)."""
    found = ahp(
        matrix("""
        1 1/3 1/5 1 1/4 1/2 3
        3 1 1/2 2 1/3 3 3
        5 2 1 4 5 6 5
        1 1/2 1/4 1 1/4 1 2
        4 3 1/5 4 1 3 2
        2 1/3 1/6 1 1/3 1 1/3
        1/3 1/3 1/5 1/2 1/2 3 1
        """)
    )
    assert found.lambda_max == pytest.approx(7.8629, abs=5e-5)
    assert found.consistency_ratio == pytest.approx(0.109, abs=5e-4)


judgements = st.lists(st.sampled_from([1 / 9, 1 / 5, 1 / 3, 1 / 2, 1, 2, 3, 5, 9]), min_size=10, max_size=10)


@given(judgements)
def test_the_eigenvector_is_lapacks(values: list[float]) -> None:
    upper = np.ones((5, 5))
    upper[np.triu_indices(5, 1)] = values
    given_ = np.triu(upper) + np.tril(1 / upper.T, -1)
    found = ahp(given_)
    eigenvalues, vectors = np.linalg.eig(given_)
    main = vectors[:, eigenvalues.real.argmax()].real
    assert list(found.weights.values()) == pytest.approx((main / main.sum()).tolist(), abs=1e-9)
    assert found.lambda_max == pytest.approx(eigenvalues.real.max(), abs=1e-9)
    assert found.consistency_ratio >= -1e-12


@given(st.lists(st.floats(0.1, 10), min_size=1, max_size=9))
def test_consistent_judgements_give_back_their_weights(numbers: list[float]) -> None:
    weights = np.array(numbers) / sum(numbers)
    names = [chr(97 + i) for i in range(len(numbers))]
    for derivation in ("eigenvector", "geometric_mean", "column_mean"):
        found = ahp(weights[:, None] / weights[None, :], names, derivation=derivation)  # type: ignore[arg-type]
        assert list(found.weights.values()) == pytest.approx(weights.tolist(), abs=1e-9)
        assert found.consistency_ratio == pytest.approx(0, abs=1e-9)
    assert found.worst_triple is None if len(names) < 3 else len(set(found.worst_triple or ())) == 3


def test_geometric_mean_by_hand() -> None:
    """Rows (1, 2, 4), (1/2, 1, 4), (1/4, 1/4, 1): roots 2, 2^(1/3), 1/2^(4/3)."""
    roots = np.array([2, 2 ** (1 / 3), 2 ** (-4 / 3)])
    found = ahp([[1, 2, 4], [0.5, 1, 4], [0.25, 0.25, 1]], derivation="geometric_mean")
    assert list(found.weights.values()) == pytest.approx((roots / roots.sum()).tolist())


def test_worst_triple_by_hand() -> None:
    """a over b 2, b over c 2, so a over c should be 4 (it is); d fits a and b, but c over d should be 1, not 5."""
    given_ = judgement_matrix(
        list("abcd"),
        {("a", "b"): 2, ("b", "c"): 2, ("a", "c"): 4, ("a", "d"): 4, ("b", "d"): 2, ("c", "d"): 5},
    )
    assert worst_triple(given_, list("abcd")) == ("a", "c", "d")
    assert worst_triple(np.ones((2, 2)), ["a", "b"]) is None


def test_groups_by_hand() -> None:
    """AIJ of 2 and 8 is 4; with voices 3 to 1, 2^(3/4) 8^(1/4) = 2^1.5."""
    people = [matrix("1 2\n1/2 1"), matrix("1 8\n1/8 1")]
    assert combine_judgements(people)[0, 1] == pytest.approx(4)
    assert combine_judgements(people, [3, 1])[0, 1] == pytest.approx(2**1.5)
    ones = [{"a": 0.8, "b": 0.2}, {"a": 0.5, "b": 0.5}]
    assert combine_priorities(ones) == pytest.approx({"a": 0.65, "b": 0.35})
    assert combine_priorities(ones, [1, 3]) == pytest.approx({"a": 0.575, "b": 0.425})
    geometric = combine_priorities(ones, mean="geometric")
    assert geometric == pytest.approx({"a": 2 / 3, "b": 1 / 3})  # sqrt(.4) : sqrt(.1)


def test_random_indices_of_the_papers() -> None:
    """Saaty 1980: RI(3) .58, RI(8) 1.41; Alonso and Lamata 2006: RI(3) .5245, RI(15) 1.5838."""
    assert (RANDOM_INDEX["saaty"][2], RANDOM_INDEX["saaty"][7]) == (0.58, 1.41)
    assert (RANDOM_INDEX["alonso_lamata"][2], RANDOM_INDEX["alonso_lamata"][14]) == (0.5245, 1.5838)
    assert all(list(table[:2]) == [0, 0] for table in RANDOM_INDEX.values())


def test_r_mcda_ahp_manual_is_not_reciprocal() -> None:
    """The matrix of GRASS's r.mcda.ahp manual: 3 x 0.3 is not 1."""
    with pytest.raises(StudyError) as error:
        ahp([[1, 0.2, 3], [5, 1, 5], [0.3, 0.2, 1]], ["slope", "roads", "rail"])
    assert str(error.value) == (
        "The judgements are not reciprocal: 'slope' over 'rail' is 3, but 'rail' over 'slope' is 0.3, not 0.333333. "
        "Give one judgement a pair, and its reciprocal exactly."
    )


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: ahp([[1, 2]]), "Judgements are a square matrix of 1 rows, not of the shape (1, 2)."),
        (lambda: ahp([[1, 0], [1, 1]], ["a", "b"]), "The judgement of 'a' and 'b' is 0; it must be more than 0."),
        (lambda: ahp([[2, 1], [1, 1]], ["a", "b"]), "'a' against itself is 2; it must be 1."),
        (
            lambda: ahp(THREE, derivation="eigenvalue"),  # type: ignore[arg-type]
            "Weights are derived by 'eigenvector', 'geometric_mean', 'column_mean', not by 'eigenvalue'. "
            "Did you mean 'eigenvector'?",
        ),
        (
            lambda: ahp(THREE, table="sati"),
            "There is no random index table 'sati'. The tables are 'saaty', 'saaty_2004', 'alonso_lamata'. "
            "Did you mean 'saaty'?",
        ),
        (
            lambda: ahp(np.ones((11, 11)), table="saaty_2004"),
            "11 items are judged in pairs, but the table 'saaty_2004' ends at 10. Put them in blocks; with more than "
            "nine, people contradict themselves.",
        ),
        (
            lambda: judgement_matrix(["a", "b", "c"], {("a", "b"): 2, ("b", "c"): 3}),
            "1 pairs are not judged, such as 'a' and 'c'.",
        ),
        (
            lambda: judgement_matrix(["a", "b"], {("a", "b"): 2, ("b", "a"): 3}),
            "'b' and 'a' are judged twice; give one judgement a pair.",
        ),
        (
            lambda: judgement_matrix(["a", "b"], {("a", "bb"): 2}),
            "The judgement of 'a' and 'bb' names 'bb'. Did you mean 'b'?",
        ),
        (
            lambda: judgement_matrix(["a", "b"], {("a", "b"): -2}),
            "The judgement of 'a' and 'b' is -2; it must be more than 0.",
        ),
        (lambda: combine_judgements([]), "A group needs at least one person."),
        (lambda: combine_judgements([THREE], [1, 2]), "1 people have 2 voices; give each one."),
        (
            lambda: combine_priorities([{"a": 1.0}, {"b": 1.0}]),
            "All must weigh the same names in the same order, 'a', not 'b'.",
        ),
    ],
)
def test_refusals(ask: Any, message: str) -> None:
    with pytest.raises(StudyError) as error:
        ask()
    assert str(error.value) == message
