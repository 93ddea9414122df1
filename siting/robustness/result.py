"""What is told of how sure a ranking is: tidy tables, columns of the outputs, lines of the map's card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.mcda.robustness.acceptability import (
    Acceptability,
    Alternatives,
    confidence_factor,
    pairwise_winning,
    share_interval,
)
from siting.mcda.robustness.overtake import overtaking, weighted_terms
from siting.mcda.robustness.pareto import non_dominated
from siting.mcda.robustness.stability import weight_intervals
from siting.mcda.robustness.swings import swings
from siting.mcda.robustness.weighting import DrawnWeights, fixed_weights

__all__ = ["SHARE_MEANS", "RobustnessResult"]

SHARE_MEANS = "share of plausible weightings and data in which it makes the shortlist"
MOST_CONFIDENT = 100  #: confidence factors are worked out for so many of those that are ever first
PARETO_AMONG = 1000
_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True)
class RobustnessResult:
    """How sure a ranking is; every table is a tidy copy.

    n : parcels of the ranking; rows : those looked at; ids : their ids
    k : length of the shortlist; law : what is taken as known of the weights, in words
    """

    n: int
    rows: _Ints
    ids: NDArray[np.object_]
    k: int
    law: str
    given: Alternatives
    drawn: DrawnWeights
    counted: Acceptability
    score: _Floats
    rank: _Ints
    notes: tuple[str, ...]

    def among(self, n: int, rows: _Ints | None) -> RobustnessResult:
        """The same where the parcels that were at hand are some rows of n."""
        return self if rows is None else replace(self, n=n, rows=rows[self.rows])

    @property
    def draws(self) -> int:
        """How many draws."""
        return self.counted.draws

    @cached_property
    def shortlist_share(self) -> _Floats:
        """(rows,) the share of draws in which each is among the best k."""
        return self.counted.top(min(self.k, self.counted.depth))

    @cached_property
    def confidence_factors(self) -> _Floats:
        """(rows,) SMAA's confidence factor; NaN for those never first, and beyond the 100 most often first."""
        out = np.full(len(self.rows), np.nan)
        central = self.counted.central_weights
        for row in self.counted.first[:MOST_CONFIDENT]:
            out[row] = confidence_factor(self.given, int(row), central[row], self.draws)
        return out

    def columns(self, rows: _Ints | None = None) -> dict[str, tuple[_Floats, str]]:
        """Columns of the outputs for all n parcels, or for some rows: name -> values (NaN for the others), meaning."""
        place = self._places(rows)
        found = place >= 0
        out = {}
        for name, (values, meaning) in self._told.items():
            column = np.full(len(place), np.nan)
            column[found] = np.where(np.isinf(values), np.nan, values)[place[found]]
            out[name] = (column, meaning)
        return out

    def _places(self, rows: _Ints | None) -> _Ints:
        """Where each of some rows stands among those looked at; -1 for the others. ``self.rows`` ascend."""
        asked = np.arange(self.n) if rows is None else rows
        if not len(self.rows):
            return np.full(len(asked), -1, np.int64)
        at = np.minimum(np.searchsorted(self.rows, asked), len(self.rows) - 1)
        return np.where(self.rows[at] == asked, at, -1).astype(np.int64)

    @cached_property
    def _told(self) -> dict[str, tuple[_Floats, str]]:
        """Name of a column -> (rows,) values, inf beyond the depth, and what they mean."""
        beyond = f"; null beyond {self.counted.depth} and for those not admitted"
        return {
            "p_top_k": (self.shortlist_share, f"{SHARE_MEANS} of {self.k}"),
            "rank_p05": (self.counted.rank_quantile(0.05), f"rank that 5 % of the draws do not exceed{beyond}"),
            "rank_p95": (self.counted.rank_quantile(0.95), f"rank that 95 % of the draws do not exceed{beyond}"),
            "confidence": (
                self.confidence_factors,
                "SMAA's confidence factor: share of the data draws in which its own central weights make it first; "
                "null where it never is",
            ),
        }

    def card_lines(self, rows: _Ints | None = None) -> list[list[str]]:
        """What the card of each parcel says, or of some rows; nothing for those not looked at."""
        share, low, high = (self._told[name][0] for name in ("p_top_k", "rank_p05", "rank_p95"))
        out: list[list[str]] = []
        for place in self._places(rows).tolist():
            if place < 0:
                out.append([])
                continue
            ranks = f"rank {_rank_text(low[place], self)} to {_rank_text(high[place], self)} in 90 % of the draws"
            out.append([f"{SHARE_MEANS.capitalize()} of {self.k}: {share[place]:.1%}", ranks.capitalize()])
        return out

    def shortlist(self, count: int | None = None) -> pd.DataFrame:
        """The parcels with the highest shares: the share with its Monte-Carlo error (95 %), ranks, confidence."""
        share, quantile = self.shortlist_share, self.counted.rank_quantile
        chosen = np.lexsort((self.ids.astype(str), self.rank, -share))[: count or max(2 * self.k, 20)]
        low, high = share_interval(share[chosen], self.draws)
        return pd.DataFrame(
            {
                "id": self.ids[chosen], "rank": self.rank[chosen], "score": self.score[chosen],
                "p_top_k": share[chosen], "p_top_k_low": low, "p_top_k_high": high,
                "rank_p05": quantile(0.05)[chosen], "rank_p50": quantile(0.5)[chosen],
                "rank_p95": quantile(0.95)[chosen], "confidence": self.confidence_factors[chosen],
            }
        )  # fmt: skip

    def weights(self) -> pd.DataFrame:
        """Criterion, its weight, the +- that the draws imply (standard deviation) and the range of 90 % of them."""
        given = fixed_weights(self.given.root).overall[0]
        drawn = self.drawn.overall
        low, high = np.percentile(drawn, [5, 95], axis=0)
        names = [criterion.name for criterion in self.given.criteria]
        return pd.DataFrame(
            {"criterion": names, "weight": given, "plus_minus": drawn.std(axis=0), "p05": low, "p95": high}
        )

    def acceptability(self) -> pd.DataFrame:
        """id, rank, share of draws: the rank acceptability indices that are not 0."""
        place, rank = np.nonzero(self.counted.counts)
        share = self.counted.counts[place, rank] / self.draws
        return pd.DataFrame({"id": self.ids[self.counted.rows[place]], "rank": rank + 1, "share": share})

    def central_weights(self) -> pd.DataFrame:
        """id, first (share of draws), and its central weight of each criterion, for parcels that are ever first."""
        rows = self.counted.first
        names = [criterion.name for criterion in self.given.criteria]
        first = np.zeros(len(self.rows))
        first[self.counted.rows] = self.counted.counts[:, 0] / self.draws
        head = pd.DataFrame({"id": self.ids[rows], "first": first[rows]})
        return head.join(pd.DataFrame(self.counted.central_weights[rows], columns=names))

    @property
    def best(self) -> _Ints:
        """The places of the shortlist as the given weights have it."""
        order = np.lexsort((self.ids.astype(str), self.rank))
        return order[: self.k]

    def pairwise(self) -> pd.DataFrame:
        """id, over, share: in how many draws one of the shortlist has a higher score than another."""
        best = self.best
        index = pairwise_winning(self.given, self.drawn, best)
        one, other = np.nonzero(~np.eye(len(best), dtype=bool))
        ids = self.ids[best]
        return pd.DataFrame({"id": ids[one], "over": ids[other], "share": index[one, other]})

    def stability(self) -> pd.DataFrame:
        """For each of the shortlist, between which shares of its block a weight may lie without costing its rank."""
        found = weight_intervals(self.given.root, self._values, self.best, floor=self.given.floor)
        passed = np.append(self.ids, "")  # the last one, at -1, is nobody
        table = pd.DataFrame(
            [(self.ids[i.row], i.rank, i.member, i.share, i.low, i.high) for i in found],
            columns=["id", "rank", "weight", "share", "low", "high"],
        )
        return table.assign(
            passed_by_below=[passed[i.passed_low] for i in found],
            passed_by_above=[passed[i.passed_high] for i in found],
            exact=[i.exact for i in found],
        )

    def overtaking(self) -> pd.DataFrame:
        """For each pair of the shortlist, the least weight that changes hands until the lower one overtakes."""
        terms = weighted_terms(self.given.root, self._values, floor=self.given.floor)
        best = self.best
        rows = []
        given = dict(zip(terms.names, terms.weights, strict=True))
        for place, row in enumerate(best):
            for rival in best[place + 1 :]:
                found = overtaking(terms, int(row), int(rival))
                moves = [
                    f"{name} {given[name]:.1%} to {w:.1%}"
                    for name, w in found.weights.items()
                    if abs(w - given[name]) > 5e-4
                ]
                rows.append((self.ids[row], self.ids[rival], found.outcome, found.moved, "; ".join(moves)))
        return pd.DataFrame(rows, columns=["id", "rival", "outcome", "moved", "change"])

    def swings(self) -> pd.DataFrame:
        """Every weight halved, raised by half or left out (factor 0): score and rank of each of the shortlist."""
        best = self.best
        found = swings(self.given.root, self._values, best, k=self.k, floor=self.given.floor)
        return pd.DataFrame(
            [
                (s.member, s.factor, self.ids[row], s.score[place], s.rank[place], s.kept, s.correlation)
                for s in found
                for place, row in enumerate(best)
            ],
            columns=["weight", "factor", "id", "score", "rank", "shortlist_kept", "spearman"],
        )  # fmt: skip

    def pareto(self) -> pd.DataFrame:
        """Among the best 1,000, who is non-dominated on the values of the blocks; the share is in ``attrs``."""
        best = np.lexsort((self.ids.astype(str), self.rank))[:PARETO_AMONG]
        terms = weighted_terms(self.given.root, self._values, floor=self.given.floor)
        # the blocks at the top: sums below them are gathered again
        tops = [name.partition(".")[0] for name in terms.names]
        weighed = terms.weights[:, None] * terms.values[:, best]
        blocks = np.stack([weighed[[top == name for top in tops]].sum(axis=0) for name in dict.fromkeys(tops)], axis=1)
        kept = non_dominated(np.round(blocks, 12))
        out = pd.DataFrame({"id": self.ids[best], "rank": self.rank[best], "non_dominated": kept})
        out.attrs["share"] = float(kept.mean()) if len(kept) else float("nan")
        return out

    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table by name, as the command line writes them."""
        names = (
            "shortlist",
            "weights",
            "acceptability",
            "central_weights",
            "pairwise",
            "stability",
            "overtaking",
            "swings",
            "pareto",
        )
        return {name: getattr(self, name)() for name in names}

    @property
    def _values(self) -> Mapping[str, _Floats]:
        return {criterion.name: criterion.middle() for criterion in self.given.criteria}

    def __str__(self) -> str:
        error = 0.98 / np.sqrt(self.draws)
        lines = [
            f"{self.draws:,} draws of {self.law}, {len(self.rows):,} parcels, shortlist of {self.k}.",
            f"p_top_k: {SHARE_MEANS}; Monte-Carlo error at most +-{error:.1%} (95 %).",
            *self.notes,
        ]
        return "\n".join(
            [*lines, "", self.shortlist().to_string(index=False), "", self.weights().to_string(index=False)]
        )


def _rank_text(rank: float, result: RobustnessResult) -> str:
    return f"over {result.counted.depth}" if np.isinf(rank) else f"{rank:.0f}"
