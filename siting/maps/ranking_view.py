"""From a ranking to what its map shows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from siting.crs import reproject_shapes
from siting.judgement import ADMITTED, EXCLUDED, SITE_ONLY
from siting.layer import VectorLayer
from siting.maps.offline import OfflineMap
from siting.maps.page import ranking_map
from siting.maps.view import CardSection, ContextData, MapCriterion, MapView, Waterfall
from siting.quantities import WATERFALL
from siting.ranking import Ranking, quantity_texts, unit_of

__all__ = ["MOST_PARCELS", "map_of", "view_of"]

MOST_PARCELS = 60_000  #: more parcels than this are not drawn: the admitted come first, by rank
_DEGREES = "EPSG:4326"
_STATUS = {ADMITTED: "admitted", SITE_ONLY: "site", EXCLUDED: "excluded"}


def map_of(ranking: Ranking) -> OfflineMap:
    """The map of a ranking, as one page that needs no network."""
    return ranking_map(view_of(ranking))


def view_of(ranking: Ranking) -> MapView:
    """What the map of a ranking shows: drawn parcels, context, and only fields that the study publishes."""
    rows, notes = _drawn(ranking)
    judged = ranking.judgement
    shapes, _ = reproject_shapes(ranking.parcels.shapes.take(rows), ranking.parcels.crs, _DEGREES)
    context, left_out = _context(ranking)
    scores = judged.scores
    uncertain = bool((scores.low != scores.high)[rows].any())
    return MapView(
        title=ranking.study.title,
        ids=[str(name) for name in ranking.parcels.ids[rows]],
        shapes=shapes,
        status=[_STATUS[status] for status in judged.status[rows]],
        score=scores.score[rows],
        score_low=scores.low[rows] if uncertain else None,
        score_high=scores.high[rows] if uncertain else None,
        rank=judged.rank[rows],
        tier=[str(tier or "") for tier in judged.tier[rows]],
        reasons=_reasons(ranking, rows),
        criteria=[_criterion(ranking, number, rows) for number in range(len(ranking.study.criteria()))],
        waterfall=_waterfall(ranking, rows),
        published={
            name: [
                "" if value is None or value != value else str(value)
                for value in ranking.parcels.table[name].iloc[rows]
            ]
            for name in ranking.published
        },
        sections=_sections(ranking, rows),
        context=context,
        notes=(*ranking.notes, *notes, *left_out),
        synthetic=ranking.synthetic,
        marking=ranking.study.marking or "",
        contribution_label=f"{judged.contributions.unit} relative to the median parcel",
    )


def _drawn(ranking: Ranking) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """The rows to draw, and a sentence about those left out."""
    n, judged = len(ranking.parcels), ranking.judgement
    if n <= MOST_PARCELS:
        return np.arange(n), ()
    first = np.where(judged.admitted, judged.rank, np.iinfo(np.int64).max)
    rows = np.sort(np.lexsort((-judged.scores.score, first))[:MOST_PARCELS])
    return rows, (f"The map shows {MOST_PARCELS:,} of {n:,} parcels: the best first. All are in ranking.parquet.",)


def _reasons(ranking: Ranking, rows: NDArray[np.int64]) -> Sequence[Sequence[str]]:
    names = ranking.judgement.reasons
    return [[names[i] for i in np.flatnonzero(marks)] for marks in ranking.judgement.excluded_by[rows]]


def _criterion(ranking: Ranking, number: int, rows: NDArray[np.int64]) -> MapCriterion:
    criterion = ranking.study.criteria()[number]
    measure = ranking.plan.criteria[criterion.name]
    low, high = ranking.judgement.values[criterion.name]
    return MapCriterion(
        label=criterion.title,
        block=" / ".join(criterion.block),
        weight=criterion.weight,
        quantity=list(
            quantity_texts(measure, ranking.quantities[measure.key], unit_of(measure, criterion.value))[rows]
        ),
        value=((low + high) / 2)[rows],
        value_low=low[rows],
        value_high=high[rows],
        contribution=ranking.judgement.contributions.values[number][rows],
        source=criterion.source or "",
    )


def _waterfall(ranking: Ranking, rows: NDArray[np.int64]) -> Waterfall | None:
    if WATERFALL not in ranking.quantities:
        return None
    columns = ranking.quantities[WATERFALL].columns
    cuts = {name.removeprefix("cut:"): values[rows] for name, values in columns.items() if name.startswith("cut:")}
    return Waterfall(gross_m2=columns["gross"][rows], cut_m2=cuts, usable_m2=columns["usable"][rows])


def _sections(ranking: Ranking, rows: NDArray[np.int64]) -> list[CardSection]:
    """Overrides, and what could not be judged, where there are any."""
    ids = ranking.parcels.ids[rows]
    sections = []
    if ranking.overrides is not None:
        sections.append(CardSection(title="Overrides", lines=[ranking.override_texts(str(name)) for name in ids]))
    perhaps = {
        name: verdict.perhaps[rows]
        for name, verdict in ranking.judgement.verdicts.items()
        if verdict.perhaps[rows].any()
    }
    if perhaps:
        lines = [[name for name, unclear in perhaps.items() if unclear[i]] for i in range(len(rows))]
        sections.append(CardSection(title="Not judged for want of data", lines=lines))
    return sections


def _context(ranking: Ranking) -> tuple[list[ContextData], tuple[str, ...]]:
    """The context layers that may be shown, and a sentence for those that may not."""
    shown, left_out = [], []
    for name in ranking.study.context:
        layer = ranking.layers.get(name)
        if not isinstance(layer, VectorLayer) or not len(layer):
            continue
        if layer.provenance.get("redistribute") == "no":
            left_out.append(f"The layer {name!r} is not on the map: its licence does not allow it to be passed on.")
            continue
        shapes, _ = reproject_shapes(layer.shapes, ranking.parcels.crs, _DEGREES)
        shown.append(
            ContextData(
                name=name.replace("_", " "),
                shapes=shapes,
                vintage=str(layer.provenance.get("vintage") or ""),
                licence=str(layer.provenance.get("licence") or ""),
            )
        )
    return shown, tuple(left_out)
