"""The analytic hierarchy process: weights from pairwise judgements, and how consistent they are.

A judgement a_ij says how many times as important i is as j, from 1/9 to 9; a_ji = 1 / a_ij. The answer depends on how
weights are derived and on the table of random indices, so both have names and stand in the result.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from siting.errors import StudyError, did_you_mean, named
from siting.mcda.weights.tree import normalise

__all__ = [
    "RANDOM_INDEX",
    "Derivation",
    "Priorities",
    "ahp",
    "combine_judgements",
    "combine_priorities",
    "judgement_matrix",
    "worst_triple",
]

_Floats: TypeAlias = NDArray[np.float64]
Derivation = Literal["eigenvector", "geometric_mean", "column_mean"]
TOLERANCE = 1e-6  #: how far a_ij a_ji may be from 1

#: table -> random consistency index of n = 1, 2, 3, ... judgements
RANDOM_INDEX: Mapping[str, tuple[float, ...]] = {
    # Saaty 1980, The Analytic Hierarchy Process
    "saaty": (0, 0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59),
    # Saaty 2004, J. of Systems Science and Systems Engineering 13
    "saaty_2004": (0, 0, 0.52, 0.89, 1.11, 1.25, 1.35, 1.40, 1.45, 1.49),
    # Alonso and Lamata 2006, Int. J. of Uncertainty, Fuzziness and Knowledge-Based Systems 14, from 100,000 matrices
    "alonso_lamata": (
        0, 0, 0.5245, 0.8815, 1.1086, 1.2479, 1.3417, 1.4056, 1.4499, 1.4854, 1.5141, 1.5365, 1.5551, 1.5713, 1.5838,
    ),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Priorities:
    """Weights from pairwise judgements.

    weights : name -> weight; they sum to 1
    lambda_max : the principal eigenvalue, for other derivations the mean of (A w)_i / w_i
    consistency_index : (lambda_max - n) / (n - 1)
    consistency_ratio : the index over the random index of ``table``; 0.1 or more is held to be inconsistent (Saaty)
    worst_triple : the three names whose judgements contradict each other most, None with fewer than three
    derivation, table : how the weights and the ratio came about
    """

    weights: Mapping[str, float]
    lambda_max: float
    consistency_index: float
    consistency_ratio: float
    worst_triple: tuple[str, str, str] | None
    derivation: Derivation
    table: str

    @property
    def consistent(self) -> bool:
        """Whether the ratio is under 0.1."""
        return self.consistency_ratio < 0.1


def ahp(
    matrix: NDArray[Any] | Sequence[Sequence[float]],
    names: Sequence[str] | None = None,
    *,
    derivation: Derivation = "eigenvector",
    table: str = "saaty",
) -> Priorities:
    """The weights of a reciprocal matrix of judgements.

    eigenvector : w with A w = lambda_max w (Saaty 1977, J. of Mathematical Psychology 15)
    geometric_mean : w_i proportional to (product of a_ij)^(1/n) (Crawford and Williams 1985, J. Math. Psychology 29)
    column_mean : the mean of the columns, each divided by its sum (Saaty 1980, an approximation)

    >>> found = ahp([[1, 3, 5], [1 / 3, 1, 3], [1 / 5, 1 / 3, 1]], ["power", "water", "rail"])
    >>> {name: round(w, 4) for name, w in found.weights.items()}, round(found.consistency_ratio, 3)
    ({'power': 0.637, 'water': 0.2583, 'rail': 0.1047}, 0.033)
    """
    if derivation not in get_args(Derivation):
        near = did_you_mean(derivation, get_args(Derivation))
        raise StudyError(f"Weights are derived by {named(get_args(Derivation))}, not by {derivation!r}.{near}")
    given = np.asarray(matrix, np.float64)
    labels = tuple(names) if names is not None else tuple(str(i + 1) for i in range(len(given)))
    _check(given, labels)
    index = _random_index(len(given), table)
    weights = _DERIVED[derivation](given)
    n = len(given)
    largest = float(np.mean((given * weights).sum(axis=1) / weights))
    consistency = (largest - n) / (n - 1) if n > 2 else 0.0
    return Priorities(
        weights=dict(zip(labels, weights.tolist(), strict=True)),
        lambda_max=largest,
        consistency_index=consistency,
        consistency_ratio=consistency / index if index > 0 else 0.0,
        worst_triple=worst_triple(given, labels),
        derivation=derivation,
        table=table,
    )


def worst_triple(matrix: NDArray[Any], names: Sequence[str]) -> tuple[str, str, str] | None:
    """The names i, j, k with the largest |log(a_ij a_jk / a_ik)| (Koczkodaj 1993, Math. and Computer Modelling 18).

    The first such in order; None with fewer than three names.

    >>> worst_triple(np.array([[1, 2, 9], [1 / 2, 1, 2], [1 / 9, 1 / 2, 1]]), ["a", "b", "c"])
    ('a', 'b', 'c')
    """
    logs = np.log(np.asarray(matrix, np.float64))
    found = {(i, j, k): abs(logs[i, j] + logs[j, k] - logs[i, k]) for i, j, k in combinations(range(len(names)), 3)}
    if not found:
        return None
    i, j, k = max(found, key=lambda triple: round(found[triple], 12))
    return names[i], names[j], names[k]


def judgement_matrix(names: Sequence[str], judgements: Mapping[tuple[str, str], float]) -> _Floats:
    """The reciprocal matrix of one judgement a pair: (i, j) -> how many times as important i is as j.

    >>> judgement_matrix(["a", "b"], {("b", "a"): 4}).tolist()
    [[1.0, 0.25], [4.0, 1.0]]
    """
    at = {name: row for row, name in enumerate(names)}
    out = np.full((len(names), len(names)), np.nan)
    np.fill_diagonal(out, 1.0)
    for (one, two), value in judgements.items():
        for name in (one, two):
            if name not in at:
                raise StudyError(f"The judgement of {one!r} and {two!r} names {name!r}.{did_you_mean(name, at)}")
        if not np.isnan(out[at[one], at[two]]):
            raise StudyError(f"{one!r} and {two!r} are judged twice; give one judgement a pair.")
        if not (math.isfinite(value) and value > 0):
            raise StudyError(f"The judgement of {one!r} and {two!r} is {value:g}; it must be more than 0.")
        out[at[one], at[two]], out[at[two], at[one]] = value, 1 / value
    missing = [(names[i], names[j]) for i, j in zip(*np.where(np.isnan(np.triu(out))), strict=True)]
    if missing:
        one, two = missing[0]
        raise StudyError(f"{len(missing)} pairs are not judged, such as {one!r} and {two!r}.")
    return out


def combine_judgements(matrices: Sequence[NDArray[Any]], voices: Sequence[float] | None = None) -> _Floats:
    """A group as one person: the weighted geometric mean of judgements (AIJ; Aczel and Saaty 1983, J. Math. Psych. 27).

    It alone keeps the matrix reciprocal.

    >>> combine_judgements([np.array([[1, 4], [1 / 4, 1]]), np.array([[1, 1], [1, 1]])]).tolist()
    [[1.0, 2.0], [0.5, 1.0]]
    """
    shares = _voices(len(matrices), voices)
    for matrix in matrices:
        _check(np.asarray(matrix, np.float64), [str(i + 1) for i in range(len(matrix))])
    logs = [share * np.log(np.asarray(matrix, np.float64)) for share, matrix in zip(shares, matrices, strict=True)]
    return np.asarray(np.exp(np.sum(logs, axis=0)), np.float64)


def combine_priorities(
    people: Sequence[Mapping[str, float]],
    voices: Sequence[float] | None = None,
    *,
    mean: Literal["arithmetic", "geometric"] = "arithmetic",
) -> dict[str, float]:
    """A group as separate people: the mean of their weights (AIP; Forman and Peniwati 1998, EJOR 108).

    >>> combine_priorities([{"a": 0.8, "b": 0.2}, {"a": 0.2, "b": 0.8}])
    {'a': 0.5, 'b': 0.5}
    """
    shares, names = _voices(len(people), voices), list(people[0]) if people else []
    for person in people:
        if list(person) != names:
            raise StudyError(f"All must weigh the same names in the same order, {named(names)}, not {named(person)}.")
    if mean == "arithmetic":
        raw = [math.fsum(s * person[name] for s, person in zip(shares, people, strict=True)) for name in names]
    else:
        raw = [math.prod(person[name] ** s for s, person in zip(shares, people, strict=True)) for name in names]
    return {name: value / math.fsum(raw) for name, value in zip(names, raw, strict=True)}


def _eigenvector(matrix: _Floats) -> _Floats:
    """By repeated multiplication, until the last bits stand still."""
    weights = np.full(len(matrix), 1 / len(matrix))
    for _ in range(10_000):
        after: _Floats = (matrix * weights).sum(axis=1)
        after /= after.sum()
        if np.abs(after - weights).max() < 1e-15:
            break
        weights = after
    return weights


def _geometric_mean(matrix: _Floats) -> _Floats:
    weights = np.exp(np.log(matrix).mean(axis=1))
    return np.asarray(weights / weights.sum(), np.float64)


def _column_mean(matrix: _Floats) -> _Floats:
    return np.asarray((matrix / matrix.sum(axis=0)).mean(axis=1), np.float64)


_DERIVED = {"eigenvector": _eigenvector, "geometric_mean": _geometric_mean, "column_mean": _column_mean}


def _random_index(n: int, table: str) -> float:
    if table not in RANDOM_INDEX:
        near = did_you_mean(table, RANDOM_INDEX)
        raise StudyError(f"There is no random index table {table!r}. The tables are {named(RANDOM_INDEX)}.{near}")
    indices = RANDOM_INDEX[table]
    if n > len(indices):
        raise StudyError(
            f"{n} items are judged in pairs, but the table {table!r} ends at {len(indices)}. Put them in blocks; with "
            "more than nine, people contradict themselves."
        )
    return indices[n - 1]


def _check(matrix: _Floats, names: Sequence[str]) -> None:
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or len(names) != len(matrix) or not len(matrix):
        raise StudyError(f"Judgements are a square matrix of {len(names)} rows, not of the shape {matrix.shape}.")
    if not (np.isfinite(matrix) & (matrix > 0)).all():
        i, j = (int(place[0]) for place in np.where(~(np.isfinite(matrix) & (matrix > 0))))
        raise StudyError(f"The judgement of {names[i]!r} and {names[j]!r} is {matrix[i, j]:g}; it must be more than 0.")
    wrong = np.abs(matrix * matrix.T - 1) > TOLERANCE
    if wrong.any():
        i, j = (int(place[0]) for place in np.where(wrong))
        if i == j:
            raise StudyError(f"{names[i]!r} against itself is {matrix[i, i]:g}; it must be 1.")
        raise StudyError(
            f"The judgements are not reciprocal: {names[i]!r} over {names[j]!r} is {matrix[i, j]:g}, but {names[j]!r} "
            f"over {names[i]!r} is {matrix[j, i]:g}, not {1 / matrix[i, j]:.6g}. Give one judgement "
            "a pair, and its reciprocal exactly."
        )


def _voices(count: int, voices: Sequence[float] | None) -> tuple[float, ...]:
    if not count:
        raise StudyError("A group needs at least one person.")
    if voices is not None and len(voices) != count:
        raise StudyError(f"{count} people have {len(voices)} voices; give each one.")
    return normalise([1.0] * count if voices is None else voices)
