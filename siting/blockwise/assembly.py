"""Some parcels of all blocks as one ranking in memory: what a map, a report or a robustness analysis looks at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.blockwise.together import Together
from siting.engine import map_parts
from siting.exclusions import Verdict
from siting.judgement import Judgement
from siting.mcda.aggregate import Contributions, Scores
from siting.parcels import Parcels
from siting.quantities import Quantities
from siting.quantities.columns import joined, rows_of
from siting.ranking import Ranking
from siting.shapes import Shapes

__all__ = ["assembled"]

_Rows = NDArray[np.int64]


def assembled(
    together: Together,
    chosen: Callable[[Ranking], NDArray[np.bool_]],
    *,
    outlined: Callable[[Ranking], NDArray[np.bool_]] | None = None,
) -> Ranking:
    """The parcels of all blocks that are chosen, as one ranking in the order of their ids.

    chosen : (n,) which parcels of a block's ranking; its ``rows`` are their places among all
    outlined : (n,) whose outlines are wanted, the others' are empty; without it all are
    """
    setting = together.setting

    def one(number: int) -> Ranking:
        ranking = together.ranking(number)
        at = np.flatnonzero(chosen(ranking))
        return _taken(ranking, at, np.ones(len(at), bool) if outlined is None else outlined(ranking)[at])

    found = map_parts(one, range(len(setting.blocks)), workers=setting.workers)
    filled = [ranking for ranking in found if len(ranking)] or found[:1]
    return _joined(filled)


def _taken(ranking: Ranking, at: _Rows, outlined: NDArray[np.bool_]) -> Ranking:
    """Some parcels of a ranking."""
    parcels = ranking.parcels
    shapes = _outlines(parcels.shapes, at, outlined)
    kept = Parcels(
        ids=parcels.ids[at], shapes=shapes, table=parcels.table.iloc[at].reset_index(drop=True), crs=parcels.crs
    )
    measured = {key: rows_of(item, at) for key, item in ranking.quantities.measured.items()}
    rows = None if ranking.rows is None else ranking.rows[at]
    return replace(
        ranking, parcels=kept, rows=rows, quantities=replace(ranking.quantities, measured=measured),
        judgement=_judged([ranking.judgement], lambda arrays: arrays[0][at]),
    )  # fmt: skip


def _joined(rankings: Sequence[Ranking]) -> Ranking:
    """Rankings of different parcels as one, in the order of their rows."""
    rows = np.concatenate([ranking.rows for ranking in rankings if ranking.rows is not None])
    order = np.argsort(rows, kind="stable")
    first = rankings[0]
    parcels = Parcels(
        ids=np.concatenate([ranking.parcels.ids for ranking in rankings])[order],
        shapes=Shapes.joined([ranking.parcels.shapes for ranking in rankings]).take(order),
        table=pd.concat([r.parcels.table for r in rankings], ignore_index=True).iloc[order].reset_index(drop=True),
        crs=first.parcels.crs,
    )
    measured = {key: joined([r.quantities[key] for r in rankings], order) for key in first.quantities.measured}
    return replace(
        first, parcels=parcels, rows=rows[order],
        quantities=Quantities(measured=measured, made_from=first.quantities.made_from),
        judgement=_judged([r.judgement for r in rankings], lambda arrays: np.concatenate(arrays)[order]),
    )  # fmt: skip


def _judged(given: Sequence[Judgement], put: Callable[[list[Any]], Any]) -> Judgement:
    """A judgement of which every array is put together by a function."""
    first = given[0]

    def pairs(of: Callable[[Judgement], Any]) -> dict[str, Any]:
        names = of(first)
        return {name: tuple(put([of(one)[name][side] for one in given]) for side in (0, 1)) for name in names}

    def scores(name: str) -> Any:
        return put([getattr(one.scores, name) for one in given])

    return Judgement(
        values=pairs(lambda one: one.values),
        missing={name: put([one.missing[name] for one in given]) for name in first.missing},
        verdicts={
            name: Verdict(
                put([one.verdicts[name].met for one in given]), put([one.verdicts[name].perhaps for one in given])
            )
            for name in first.verdicts
        },
        excluded_by=put([one.excluded_by for one in given]),
        reasons=first.reasons,
        status=put([one.status for one in given]),
        scores=Scores(
            low=scores("low"), high=scores("high"), score=scores("score"), blocks=pairs(lambda one: one.scores.blocks)
        ),
        rank=put([one.rank for one in given]),
        rank_best=put([one.rank_best for one in given]),
        rank_worst=put([one.rank_worst for one in given]),
        tier=put([one.tier for one in given]),
        contributions=Contributions(
            names=first.contributions.names,
            values=np.ascontiguousarray(put([one.contributions.values.T for one in given]).T),
            total=put([one.contributions.total for one in given]),
            reference=first.contributions.reference,
            unit=first.contributions.unit,
        ),
    )


def _outlines(shapes: Shapes, at: _Rows, outlined: NDArray[np.bool_]) -> Shapes:
    """Some shapes; those that are not wanted are empty."""
    some = shapes.take(at[outlined])
    counts = np.zeros(len(at), np.int64)
    counts[outlined] = np.diff(some.shape_offsets)
    return Shapes("polygon", some.coords, some.ring_offsets, _offsets(counts), some.part_starts)


def _offsets(counts: _Rows) -> _Rows:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
