"""The methods of aggregation by name, and where they disagree.

``score`` takes values in [0, 1], higher is better, as value functions give them; what a method then normalises again is
its own affair and stands in its name. For each: whether a good value can buy off a bad one, whether the order of two
alternatives may depend on which others are present, and what it needs beyond values and weights:

"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from siting.errors import StudyError, did_you_mean, named
from siting.mcda.aggregate.distance import ideal_point, spotis, topsis, vikor
from siting.mcda.aggregate.normaliser import NORMALISERS
from siting.mcda.aggregate.ordered import owa_of_quantifier, weighted_product
from siting.mcda.aggregate.outranking import Preference, promethee_ii
from siting.mcda.aggregate.score import geometric, weighted_sum, worst
from siting.mcda.correlation import kendall, ranks_of, similarity, weighted_spearman
from siting.mcda.rank import competition_ranks
from siting.mcda.weights.tree import normalise

__all__ = ["METHODS", "Disagreement", "Method", "disagreement", "methods_table", "score", "veto"]

_Floats: TypeAlias = NDArray[np.float64]
_Flags: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Method:
    """A method of aggregation.

    compensatory : "yes", "partly" or "no": whether a good value can buy off a bad one
    depends_on_others : whether the order of two alternatives may depend on which others are present
    needs : option -> what it is; the default in brackets
    variants : sets of options under which ``disagreement`` runs it
    """

    name: str
    kernel: Callable[..., _Floats]
    compensatory: Literal["yes", "partly", "no"]
    depends_on_others: bool
    needs: Mapping[str, str]
    source: str
    variants: tuple[Mapping[str, Any], ...] = ({},)


def _columns(values: _Floats) -> list[_Floats]:
    return list(values.T)


def _weighted_sum(values: _Floats, weights: _Floats) -> _Floats:
    return weighted_sum(_columns(values), weights.tolist())


def _weighted_product(values: _Floats, weights: _Floats) -> _Floats:
    return weighted_product(values, weights.tolist())


def _geometric(values: _Floats, weights: _Floats, *, floor: float = 0.05) -> _Floats:
    if not 0 < floor < 1:
        raise StudyError(f"'floor' must lie between 0 and 1, such as 0.05, not {floor:g}.")
    return geometric(_columns(values), weights.tolist(), floor)


def _worst(values: _Floats, weights: _Floats) -> _Floats:
    return worst(_columns(values[:, weights > 0]))


def _owa(values: _Floats, weights: _Floats, *, alpha: float = 2.0) -> _Floats:
    return owa_of_quantifier(values, weights.tolist(), alpha=alpha)


def _vikor(values: _Floats, weights: _Floats, *, v: float = 0.5) -> _Floats:
    return 1 - vikor(values, weights, v=v).compromise


def _spotis(values: _Floats, weights: _Floats) -> _Floats:
    return 1 - spotis(values, weights, bounds=np.tile([0.0, 1.0], (values.shape[1], 1)))


def _promethee(
    values: _Floats,
    weights: _Floats,
    *,
    preference: str = "usual",
    q: float | None = None,
    p: float | None = None,
    s: float | None = None,
) -> _Floats:
    return promethee_ii(values, weights, preferences=Preference(preference, q, p, s))


_ALL: tuple[Method, ...] = (
    Method(
        name="weighted_sum", kernel=_weighted_sum, compensatory="yes", depends_on_others=False, needs={},
        source="Fishburn 1967, Operations Research 15",
    ),
    Method(
        name="weighted_product", kernel=_weighted_product, compensatory="partly", depends_on_others=False, needs={},
        source="Bridgman 1922; Miller and Starr 1969",
    ),
    Method(
        name="geometric", kernel=_geometric, compensatory="partly", depends_on_others=False,
        needs={"floor": "a value under it counts as it (0.05)"}, source="weighted geometric mean with a floor",
    ),
    Method(
        name="worst", kernel=_worst, compensatory="no", depends_on_others=False, needs={},
        source="Wald 1950 (maximin); weights only say what counts at all",
    ),
    Method(
        name="owa", kernel=_owa, compensatory="partly", depends_on_others=False,
        needs={"alpha": "power of the quantifier (2): over 1 cautious, 1 the weighted sum, under 1 bold"},
        source="Yager 1988, 1996", variants=({"alpha": 2.0}, {"alpha": 0.5}),
    ),
    Method(
        name="ideal_point", kernel=ideal_point, compensatory="partly", depends_on_others=False,
        needs={"p": "power of the distance (2)"}, source="Zeleny 1973; Yu 1973, Management Science 19",
    ),
    Method(
        name="spotis", kernel=_spotis, compensatory="yes", depends_on_others=False, needs={},
        source="Dezert et al. 2020, FUSION; bounds 0 and 1, so on values the weighted sum",
    ),
    Method(
        name="topsis", kernel=topsis, compensatory="partly", depends_on_others=True,
        needs={"normaliser": f"one of {', '.join(NORMALISERS)}"}, source="Hwang and Yoon 1981",
        variants=tuple({"normaliser": name} for name in NORMALISERS),
    ),
    Method(
        name="vikor", kernel=_vikor, compensatory="partly", depends_on_others=True,
        needs={"v": "weight of the group against the greatest regret (0.5)"},
        source="Opricovic and Tzeng 2004, EJOR 156",
    ),
    Method(
        name="promethee_ii", kernel=_promethee, compensatory="partly", depends_on_others=True,
        needs={
            "preference": "usual, u, v, level, linear or gaussian (usual)",
            "q": "indifference, for u, level, linear",
            "p": "strict preference, for v, level, linear",
            "s": "turning point, for gaussian",
        },
        source="Brans and Vincke 1985, Management Science 31",
        variants=(
            {"preference": "usual"}, {"preference": "u", "q": 0.05}, {"preference": "v", "p": 0.25},
            {"preference": "level", "q": 0.05, "p": 0.25}, {"preference": "linear", "q": 0.05, "p": 0.25},
        ),
    ),
)  # fmt: skip
#: name -> method; thresholds of the variants of PROMETHEE II are judgement
METHODS: Mapping[str, Method] = {method.name: method for method in _ALL}


def methods_table() -> str:
    """The methods as a Markdown table: compensatory or not, dependent on the others or not, what it needs."""
    rows = ["| method | compensatory | depends on the others | needs | source |", "|---|---|---|---|---|"]
    for method in METHODS.values():
        needs = "; ".join(f"`{name}`: {what}" for name, what in method.needs.items()) or "nothing"
        depends = "yes" if method.depends_on_others else "no"
        rows.append(f"| `{method.name}` | {method.compensatory} | {depends} | {needs} | {method.source} |")
    return "\n".join(rows)


__doc__ = f"{__doc__}{methods_table()}\n"


def score(method: str, values: NDArray[Any], weights: NDArray[Any] | list[float], **options: Any) -> _Floats:
    """(n,) scores by a named method, higher is better.

    values : (n, c) in [0, 1], higher is better; a row with a gap has no score (NaN) and is not among "the others"
    weights : (c,) relative
    options : as ``METHODS[method].needs`` lists them

    >>> score("topsis", np.array([[1.0, 0.0], [0.6, 0.6], [0.0, 1.0]]), [1, 1], normaliser="none").round(3).tolist()
    [0.5, 0.6, 0.5]
    """
    if method not in METHODS:
        raise StudyError(f"There is no method {method!r}. They are {named(METHODS)}.{did_you_mean(method, METHODS)}")
    known = METHODS[method].needs
    for name in options:
        if name not in known:
            near = did_you_mean(name, known)
            raise StudyError(f"{name!r} is not an option of {method!r}. Its options are {named(known)}.{near}")
    if method == "topsis" and "normaliser" not in options:
        raise StudyError(f"TOPSIS needs a 'normaliser', for its winner depends on it: one of {named(NORMALISERS)}.")
    given = _checked(values)
    shares = np.array(normalise([float(w) for w in weights]))
    if len(shares) != given.shape[1]:
        raise StudyError(f"{given.shape[1]} columns of values need {given.shape[1]} weights; found {len(shares)}.")
    known_rows = ~np.isnan(given).any(axis=1)
    out = np.full(len(given), np.nan)
    if known_rows.any():
        out[known_rows] = METHODS[method].kernel(given[known_rows], shares, **options)
    return out


def veto(values: NDArray[Any], thresholds: Mapping[int, float]) -> _Flags:
    """(n,) who has a value under the threshold of its column: a hard veto, whatever the other values are.

    A value at the threshold passes, and a gap is no veto. Take the vetoed out before scoring, so that methods that
    depend on the others do not see them.

    >>> veto(np.array([[0.9, 0.1], [0.5, 0.5], [0.2, np.nan]]), {0: 0.5, 1: 0.2}).tolist()
    [True, False, True]
    """
    given = np.asarray(values, np.float64)
    out = np.zeros(len(given), bool)
    for column, threshold in thresholds.items():
        if not 0 <= column < given.shape[1]:
            raise StudyError(f"There is no column {column} to veto by; there are {given.shape[1]}, counted from 0.")
        out |= given[:, column] < threshold
    return out


@dataclass(frozen=True, eq=False, kw_only=True)
class Disagreement:
    """The same values and weights through every method.

    names : the m methods with their options, such as "topsis (normaliser vector)"
    ranks : (m, n) standard competition ranks, 0 without a score
    shortlist : (n,) whether it is among the best k under all
    methods_in : (n,) under how many methods it is
    kendall, weighted_spearman, similarity : (m, m) between rankings; of ``similarity`` (WS) the row is the reference
    """

    names: tuple[str, ...]
    ranks: NDArray[np.int64]
    shortlist: _Flags
    methods_in: NDArray[np.int64]
    kendall: _Floats
    weighted_spearman: _Floats
    similarity: _Floats


def disagreement(values: NDArray[Any], weights: NDArray[Any] | list[float], k: int) -> Disagreement:
    """The same (n, c) values through every aggregation and normaliser: who is among the best k under all of them.

    Scores are rounded to 1e-9 before ranking; ties at the k-th place are in.
    """
    if k < 1:
        raise StudyError(f"A shortlist has at least 1 place, not {k}.")
    runs = [(method.name, options) for method in METHODS.values() for options in method.variants]
    scores = np.stack([np.round(score(name, values, weights, **options), 9) for name, options in runs])
    ranks = np.stack([competition_ranks(row) for row in scores])
    inside = (ranks > 0) & (ranks <= k)
    known = ~np.isnan(scores).any(axis=0)
    shared = [ranks_of(row[known]) for row in scores]
    return Disagreement(
        names=tuple(_label(name, options) for name, options in runs),
        ranks=ranks,
        shortlist=np.asarray(inside.all(axis=0)),
        methods_in=inside.sum(axis=0).astype(np.int64),
        kendall=_between(shared, kendall, symmetric=True),
        weighted_spearman=_between(shared, weighted_spearman, symmetric=True),
        similarity=_between(shared, similarity, symmetric=False),
    )


def _between(rankings: list[_Floats], how: Callable[[_Floats, _Floats], float], *, symmetric: bool) -> _Floats:
    out = np.empty((len(rankings), len(rankings)))
    for i, a in enumerate(rankings):
        for j, b in enumerate(rankings):
            out[i, j] = out[j, i] if symmetric and j < i else how(a, b)
    return out


def _label(name: str, options: Mapping[str, Any]) -> str:
    said = ", ".join(f"{key} {value}" if key != "preference" else str(value) for key, value in options.items())
    return f"{name} ({said})" if said else name


def _checked(values: NDArray[Any]) -> _Floats:
    given = np.asarray(values, np.float64)
    if given.ndim != 2:
        raise StudyError(f"Values are a table of alternatives by criteria, not of the shape {given.shape}.")
    with np.errstate(invalid="ignore"):
        outside = (given < 0) | (given > 1)
    if outside.any():
        raise StudyError(f"Values lie from 0 to 1; found {given[outside][0]:g}. Apply the value functions first.")
    return given
