"""Who stays on the shortlist whoever weighs, and whichever method reckons: tidy tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.judgement import disagreement_of, survivors_of
from siting.mcda.correlation import kendall, ranks_of, weighted_spearman

if TYPE_CHECKING:
    from siting.ranking.result import Ranking

__all__ = ["DEFAULT_SHORTLIST", "disagreement_table", "methods_table", "shortlist_length", "survivors_table"]

DEFAULT_SHORTLIST = 10  #: places, where neither the question nor the study says (judgement)


def shortlist_length(ranking: Ranking, k: int | None = None) -> int:
    """The length of the shortlist: as asked, else as the study's ``robustness`` says, else 10."""
    if k is not None:
        return k
    said = ranking.study.robustness
    return DEFAULT_SHORTLIST if said is None else said.shortlist


def survivors_table(ranking: Ranking, k: int | None = None) -> pd.DataFrame:
    """The parcels that are among the best k under any weight set; those that survive all sets come first.

    Columns: id, rank (of the study), survives, sets_in, worst_rank, and rank_<set> of every weight set of the study.
    Raises StudyError for a k under 1.
    """
    found = survivors_of(ranking.study, ranking.judgement, shortlist_length(ranking, k))
    rows = _chosen(found.sets_in, found.worst_rank, ranking)
    table = _standing(ranking, rows, found.shortlist).assign(
        sets_in=found.sets_in[rows], worst_rank=found.worst_rank[rows]
    )
    others = {f"rank_{name}": ranks[rows] for name, ranks in found.ranks.items() if name != "study"}
    return table.assign(**others)


def disagreement_table(ranking: Ranking, k: int | None = None) -> pd.DataFrame:
    """The parcels that are among the best k under any method; those that are under all methods come first.

    Columns: id, rank (of the study), survives, methods_in, best_rank, worst_rank. Raises StudyError for a k under 1.
    """
    found = disagreement_of(ranking.study, ranking.judgement, shortlist_length(ranking, k))
    worst, best = found.ranks.max(axis=0), found.ranks.min(axis=0)
    rows = _chosen(found.methods_in, worst, ranking)
    return _standing(ranking, rows, found.shortlist).assign(
        methods_in=found.methods_in[rows], best_rank=best[rows], worst_rank=worst[rows]
    )


def methods_table(ranking: Ranking, k: int | None = None) -> pd.DataFrame:
    """Every method beside the study's own: how many of its shortlist it keeps, and how alike the two rankings are.

    Columns: method; kept, of the study's best k; best, how many share its own first k places (more than k with ties);
    kendall (tau-b) and weighted_spearman, NaN with fewer than two parcels.
    """
    length = shortlist_length(ranking, k)
    found = disagreement_of(ranking.study, ranking.judgement, length)
    own = ranking.judgement.rank
    known = (own > 0) & (found.ranks > 0).all(axis=0)
    alone = ranks_of(-own[known])
    rows = []
    for name, ranks in zip(found.names, found.ranks, strict=True):
        best = (ranks > 0) & (ranks <= length)
        kept = (own > 0) & (own <= length) & best
        theirs = ranks_of(-ranks[known])
        alike = (kendall(alone, theirs), weighted_spearman(alone, theirs)) if known.sum() > 1 else (np.nan, np.nan)
        rows.append((name, int(kept.sum()), int(best.sum()), *alike))
    return pd.DataFrame(rows, columns=["method", "kept", "best", "kendall", "weighted_spearman"])


def _chosen(times: NDArray[np.int64], worst: NDArray[np.int64], ranking: Ranking) -> NDArray[np.int64]:
    """The rows that are on any shortlist, those most often on one first."""
    rows = np.flatnonzero(times > 0)
    ids = ranking.parcels.ids[rows].astype(str)
    return np.asarray(rows[np.lexsort((ids, ranking.judgement.rank[rows], worst[rows], -times[rows]))], np.int64)


def _standing(ranking: Ranking, rows: NDArray[np.int64], survives: NDArray[np.bool_]) -> pd.DataFrame:
    return pd.DataFrame(
        {"id": ranking.parcels.ids[rows], "rank": ranking.judgement.rank[rows], "survives": survives[rows]}
    )
