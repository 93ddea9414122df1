"""Two rankings of the same parcels side by side, and what each change does to each parcel's rank.

A rank changes because quantities, exclusions, weights, value functions or the method changed. Each takes the mean of
what it adds over all orders in which the changes could have come (Shapley 1953), so that the parts add up exactly.

data : what was measured, overrides of criteria, how missing data count
exclusions : who is admitted - where rules, usable land and overrides of the status differ between the studies; where
    they are the same, another admission comes from the data and counts there
weights : the tree of blocks and criteria with its weights (a new criterion is a weight that was 0)
values : value functions; for a criterion whose quantity is another one (other units), they count as data
method : how members are combined, across and within blocks, and the floor
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.errors import DataError
from siting.mcda.aggregate import aggregate, fill_missing
from siting.mcda.rank import spearman
from siting.mcda.robustness.shapley import shapley_split
from siting.mcda.value import Classes
from siting.mcda.weights import Block, leaves
from siting.robustness import fitted_function

if TYPE_CHECKING:
    from siting.ranking.result import Ranking

__all__ = ["CHANGES", "Comparison", "compare"]

CHANGES = ("data", "exclusions", "weights", "values", "method")
_Floats = NDArray[np.float64]
_Pair = tuple[_Floats, _Floats]


@dataclass(frozen=True, eq=False, kw_only=True)
class Comparison:
    """Two rankings side by side.

    table : a row a parcel, in the order of the first: id, status_a, status_b, rank_a, rank_b, score_a, score_b,
        rank_change (negative: it rises) and its parts data, exclusions, weights, values, method, which add up to it;
        null where one ranking does not admit it. The best of the second ranking come first.
    changed : what differs at all; the other parts are 0
    k, kept : length of the shortlist, and how many are on both
    correlation : Spearman's, of the scores of those that both admit
    """

    table: pd.DataFrame
    changed: tuple[str, ...]
    k: int
    kept: int
    correlation: float

    def __str__(self) -> str:
        what = ", ".join(self.changed) or "nothing"
        head = f"Changed: {what}. {self.kept} of the best {self.k} stay; Spearman's correlation {self.correlation:.3f}."
        columns = ["id", "rank_a", "rank_b", "score_a", "score_b", "rank_change", *self.changed]
        return f"{head}\n\n{self.table[columns].head(20).to_string(index=False)}"


def compare(one: Ranking, other: Ranking, k: int | None = None) -> Comparison:
    """The change from one ranking to another of the same parcels. Raises DataError for other parcels."""
    k = k or (one.study.robustness.shortlist if one.study.robustness else 10)
    sides = _Sides.of(one, other)
    changed = sides.changed()
    split = shapley_split(changed, sides.ranks)
    before, after = sides.ranks(frozenset()), sides.ranks(frozenset(changed))
    both = sides.admitted["a"] & sides.admitted["b"]
    table: dict[str, Any] = {
        "id": one.parcels.ids,
        "status_a": one.judgement.status,
        "status_b": other.judgement.status[sides.order],
    }
    score_b = other.judgement.scores.score[sides.order]
    table |= {
        "rank_a": np.where(sides.admitted["a"], before, np.nan), "rank_b": np.where(sides.admitted["b"], after, np.nan),
        "score_a": one.judgement.scores.score, "score_b": score_b,
        "rank_change": np.where(both, after - before, np.nan),
    }  # fmt: skip
    for name in CHANGES:
        table[name] = np.where(both, split.get(name, np.zeros(len(both))), np.nan)
    frame = pd.DataFrame(table).sort_values(["rank_b", "rank_a", "id"], kind="stable", ignore_index=True)
    listed = [
        admitted & (ranks <= k) for admitted, ranks in ((sides.admitted["a"], before), (sides.admitted["b"], after))
    ]
    return Comparison(
        table=frame, changed=tuple(changed), k=k, kept=int((listed[0] & listed[1]).sum()),
        correlation=spearman(one.judgement.scores.score[both], score_b[both]),
    )  # fmt: skip


@dataclass(eq=False)
class _Sides:
    """The two rankings, taken apart; ``order`` puts the rows of b into the order of a."""

    ranking: Mapping[str, Ranking]
    order: NDArray[np.int64]
    admitted: Mapping[str, NDArray[np.bool_]]
    scores: dict[frozenset[str], _Floats]
    values: dict[tuple[str, str, str], _Pair]

    @classmethod
    def of(cls, one: Ranking, other: Ranking) -> _Sides:
        """Line the rows up by id."""
        ids, theirs = one.parcels.ids.astype(str), other.parcels.ids.astype(str)
        if len(ids) != len(theirs) or set(ids) != set(theirs):
            common = len(set(ids) & set(theirs))
            raise DataError(
                f"Two rankings are compared parcel by parcel, but these have {len(ids):,} and {len(theirs):,} parcels "
                f"with {common:,} ids in common. Compare rankings of the same parcels."
            )
        order = np.argsort(theirs, kind="stable")[np.argsort(np.argsort(ids, kind="stable"), kind="stable")]
        known = {"a": ~np.isnan(one.judgement.scores.score), "b": ~np.isnan(other.judgement.scores.score[order])}
        admitted = {"a": one.judgement.admitted & known["a"], "b": other.judgement.admitted[order] & known["b"]}
        return cls({"a": one, "b": other}, order, admitted, {}, {})

    def changed(self) -> list[str]:
        """What differs between the two."""
        a, b = self.ranking["a"].study, self.ranking["b"].study
        specs_a, specs_b = ({c.name: c for c in study.criteria()} for study in (a, b))
        common = [name for name in specs_a if name in specs_b]
        differs = {
            "data": any(not _same(self.pair(n, "a", "a"), self.pair(n, "b", "a")) for n in common)
            or self._data_admits(),
            "exclusions": self._rules_differ() and bool((self.admitted["a"] != self.admitted["b"]).any()),
            "weights": _weights_of(a.root) != _weights_of(b.root),
            "values": any(specs_a[n].value != specs_b[n].value for n in common if self._alike(n)),
            "method": _methods_of(a.root) != _methods_of(b.root) or a.aggregate.floor_value != b.aggregate.floor_value,
        }
        return [name for name in CHANGES if differs[name]]

    def ranks(self, changed: frozenset[str]) -> _Floats:
        """(n,) the rank that each parcel has, or would have, among those admitted, after some of the changes."""
        side = {name: "b" if name in changed else "a" for name in CHANGES}
        admits = side["exclusions"] if self._rules_differ() else side["data"]
        score = self._score(side)
        ahead = np.sort(score[self.admitted[admits] & ~np.isnan(score)])
        return (len(ahead) - np.searchsorted(ahead, score, side="right") + 1).astype(np.float64)

    def _score(self, side: Mapping[str, str]) -> _Floats:
        """The scores of a mixture; those of exclusions alone are the same."""
        key = frozenset(f"{name} {side[name]}" for name in CHANGES if name != "exclusions")
        if key not in self.scores:
            root = _mixed(self.ranking[side["weights"]].study.root, self.ranking[side["method"]].study.root)
            pairs = {leaf.name: self.pair(leaf.name, side["data"], side["values"]) for leaf in leaves(root)}
            floor = self.ranking[side["method"]].study.aggregate.floor_value
            low, high = ({name: pair[end] for name, pair in pairs.items()} for end in (0, 1))
            self.scores[key] = aggregate(root, low, high, floor=floor).score
        return self.scores[key]

    def pair(self, name: str, data: str, values: str) -> _Pair:
        """Lowest and highest value of a criterion with the quantities of one side and the function of the other."""
        specs = {key: {c.name: c for c in ranking.study.criteria()} for key, ranking in self.ranking.items()}
        data = data if name in specs[data] else _other(data)
        values = values if name in specs[values] else _other(values)
        values = values if self._alike(name) else data
        key = (name, data, values)
        if key not in self.values:
            self.values[key] = self._pair(name, data, specs[values][name], specs[data][name])
        return self.values[key]

    def _pair(self, name: str, data: str, spec: Any, own: Any) -> _Pair:
        ranking = self.ranking[data]
        low, high = ranking.judgement.values[name]
        if spec.value != own.value:
            low, high = _revalued(ranking, name, spec, low, high)
        return (low, high) if data == "a" else (low[self.order], high[self.order])

    def _alike(self, name: str) -> bool:
        """Whether the function of one side fits the quantities of the other."""
        kinds = [
            c.measure.columns[0].dimension
            for ranking in self.ranking.values()
            for c in ranking.study.criteria()
            if c.name == name
        ]
        return len(set(kinds)) < 2

    def _rules_differ(self) -> bool:
        a, b = self.ranking["a"].study, self.ranking["b"].study
        status = [[(o.id, o.value) for o in _status_overrides(study)] for study in (a, b)]
        return a.exclusions != b.exclusions or a.usable != b.usable or status[0] != status[1]

    def _data_admits(self) -> bool:
        return not self._rules_differ() and bool((self.admitted["a"] != self.admitted["b"]).any())


def _revalued(ranking: Ranking, name: str, spec: Any, low: _Floats, high: _Floats) -> _Pair:
    """The values of a ranking's quantities by another function; values set by hand stay."""
    measured = ranking.quantities[ranking.plan.criteria[name].key]
    quantity = next(iter(measured.columns.values()))
    function = fitted_function(spec, quantity)
    exact = function.value(quantity)
    new_low = new_high = exact
    if measured.low is not None and measured.high is not None and not isinstance(function, Classes):
        ends = function.value_interval(measured.low, measured.high)
        new_low, new_high = (np.where(np.isnan(exact), end, exact) for end in ends)
    new_low, new_high, _ = fill_missing(new_low, new_high, function.bounds, ranking.study.missing)
    if ranking.overrides is None:
        return new_low, new_high
    by_hand = ranking.overrides.loc[ranking.overrides["item"] == name, "id"].astype(str)
    kept = np.isin(ranking.parcels.ids.astype(str), list(by_hand))
    return np.where(kept, low, new_low), np.where(kept, high, new_high)


def _status_overrides(study: Any) -> list[Any]:
    return [] if not isinstance(study.overrides, tuple) else [o for o in study.overrides if o.item == "status"]


def _mixed(weights: Block, method: Block, path: str = "") -> Block:
    """The tree of one side, its blocks combined as the other side combines those of the same path."""
    ways = _methods_of(method)
    members = tuple(
        _mixed(m, method, f"{path}.{m.name}".lstrip(".")) if isinstance(m, Block) else m for m in weights.members
    )
    return replace(weights, members=members, combine=ways.get(path, weights.combine))


def _methods_of(block: Block, path: str = "") -> dict[str, Any]:
    out: dict[str, Any] = {path: block.combine}
    for member in block.members:
        if isinstance(member, Block):
            out |= _methods_of(member, f"{path}.{member.name}".lstrip("."))
    return out


def _weights_of(block: Block, path: str = "") -> dict[str, float]:
    """Path -> share among neighbours, as far as weights are given."""
    total = sum(member.weight for member in block.members) or 1.0
    out = {f"{path}.{member.name}".lstrip("."): round(member.weight / total, 12) for member in block.members}
    for member in block.members:
        if isinstance(member, Block):
            out |= _weights_of(member, f"{path}.{member.name}".lstrip("."))
    return out


def _same(one: _Pair, other: _Pair) -> bool:
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(one, other, strict=True))


def _other(side: str) -> str:
    return "b" if side == "a" else "a"
