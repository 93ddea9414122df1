"""From a ranking to what its map shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from siting.crs import reproject_shapes
from siting.judgement import ADMITTED, EXCLUDED, SITE_ONLY
from siting.layer import VectorLayer
from siting.layer.credits import check_open
from siting.maps.choices import reasons_for, scenarios_of, weight_sets_of
from siting.maps.context import credit
from siting.maps.offline import OfflineMap
from siting.maps.page import ranking_map
from siting.maps.rest import Others, rest_of
from siting.maps.sites import site_layer, site_section
from siting.maps.told import limits_of, measured_of, note_of
from siting.maps.view import CardSection, ContextData, MapCriterion, MapView, Waterfall
from siting.mcda.value import ValueFunction
from siting.measure import State
from siting.quantities import WATERFALL
from siting.ranking import CriterionColumns, Ranking, field_text, quantity_texts
from siting.shapes import Shapes

__all__ = ["MOST_PARCELS", "map_of", "view_of"]

MOST_PARCELS = 500_000  #: more parcels than this are not drawn: the admitted come first, by rank
_DEGREES = "EPSG:4326"
_FINE = 20_000  #: areas with more vertices than this are drawn once a reader asks for them (judgement)
_AGAINST = {
    "points": "points against the median parcel",
    "log ratio": "what it does to the score, in %, against the median parcel",
}
_STATUS = {ADMITTED: "admitted", SITE_ONLY: "site", EXCLUDED: "excluded"}

_Rows = NDArray[np.int64]


def map_of(ranking: Ranking, basemap: str | None = None, *, elsewhere: Others | None = None) -> OfflineMap:
    """The map of a ranking, as one page that needs no network unless a basemap is asked for.

    elsewhere : parcels of the whole that are not in this ranking
    """
    return ranking_map(view_of(ranking, elsewhere=elsewhere), basemap=basemap)


def view_of(ranking: Ranking, most: int | None = None, *, elsewhere: Others | None = None) -> MapView:
    """What the map of a ranking shows: drawn parcels, context, and only fields that the study publishes.

    most : parcels that are drawn one by one; ``MOST_PARCELS`` where it is not said
    elsewhere : parcels of the whole that are not in this ranking

    Raises StudyError for parcels that may not be passed on.
    """
    check_open(ranking.quality.provenance, "map")
    rows, notes = _drawn(ranking, MOST_PARCELS if most is None else most)
    judged, scores = ranking.judgement, ranking.judgement.scores
    shapes, _ = reproject_shapes(ranking.parcels.shapes.take(rows), ranking.parcels.crs, _DEGREES)
    context, left_out = _context(ranking)
    others, about_others = rest_of(_others(ranking, rows, elsewhere), ranking.parcels.crs)
    pads, pad_label = _pads(ranking, rows)
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
        criteria=[
            _criterion(ranking, columns, given.value, rows)
            for columns, given in zip(ranking.about.criteria, ranking.study.criteria(), strict=True)
        ],
        waterfall=_waterfall(ranking, rows),
        published=_published(ranking, rows),
        sections=[*filter(None, [site_section(ranking, rows)]), *_sections(ranking, rows)],
        context=[*others, *context, *filter(None, [site_layer(ranking)])],
        left_out=left_out,
        source=credit(*_cited(ranking.quality.provenance)),
        notes=(*_themes(ranking), *ranking.notes, *notes, *about_others, *left_out),
        synthetic=ranking.synthetic,
        marking=ranking.study.marking,
        contribution_label=_AGAINST[judged.contributions.unit],
        rank_best=judged.rank_best[rows],
        rank_worst=judged.rank_worst[rows],
        missing=_missing(ranking, rows),
        why=limits_of(ranking),
        measured=measured_of(ranking, rows),
        median_score=judged.contributions.reference,
        central_score=_central(ranking)[rows],
        pads=pads,
        pad_label=pad_label,
        tier_cuts=ranking.study.tiers,
        tree=ranking.study.root,
        floor=ranking.study.aggregate.floor_value,
        weight_sets=weight_sets_of(ranking),
        scenarios=scenarios_of(ranking),
        rules=reasons_for(ranking),
        **_robust(ranking, rows),
    )


def _robust(ranking: Ranking, rows: _Rows) -> dict[str, Any]:
    """How often a parcel is on the shortlist, where the study asks."""
    if ranking.study.robustness is None:
        return {}
    result = ranking.robustness()
    return {"p_top_k": result.columns()["p_top_k"][0][_among_all(ranking, rows)], "shortlist": result.k}


def _drawn(ranking: Ranking, most: int) -> tuple[_Rows, tuple[str, ...]]:
    """The rows to draw, and a sentence about those left out."""
    n, judged = ranking.total, ranking.judgement
    if n <= most:
        return np.arange(len(ranking)), ()
    first = np.where(judged.admitted, judged.rank, np.iinfo(np.int64).max)
    rows = np.sort(np.lexsort((-judged.scores.score, first))[:most])
    return rows, (f"The map shows {most:,} of {n:,} parcels, the best first; all are in ranking.parquet.",)


def _others(ranking: Ranking, rows: _Rows, elsewhere: Others | None) -> Others:
    """The parcels that are not drawn one by one."""
    outside = np.setdiff1d(np.arange(len(ranking)), rows)
    here = Others.of(ranking.parcels.shapes.bounds[outside], ranking.judgement.admitted[outside])
    return here if elsewhere is None else Others.joined([here, elsewhere])


def _among_all(ranking: Ranking, rows: _Rows) -> _Rows:
    """The places among all parcels of some that are at hand."""
    return rows if ranking.rows is None else ranking.rows[rows]


def _reasons(ranking: Ranking, rows: _Rows) -> list[list[str]]:
    names = ranking.judgement.reasons
    return [[names[i] for i in np.flatnonzero(marks)] for marks in ranking.judgement.excluded_by[rows]]


def _themes(ranking: Ranking) -> tuple[str, ...]:
    """One line for all themes without data, where there are several; the sentences of each follow it."""
    themes = list(ranking.study.partial)
    return (f"Partial: {', '.join(themes)} are not in it, or only in part.",) if len(themes) > 1 else ()


def _missing(ranking: Ranking, rows: _Rows) -> list[list[str]]:
    """The criteria for which there is no data; those left out for parcels that cannot matter do not count."""
    titles, marks = [], []
    for criterion in ranking.about.criteria:
        state = ranking.quantities[ranking.plan.criteria[criterion.name].key].state[rows]
        titles.append(criterion.title)
        marks.append(ranking.judgement.missing[criterion.name][rows] & (state != State.NOT_COMPUTED))
    if not marks:
        return [[] for _ in rows]
    return [[titles[i] for i in np.flatnonzero(row)] for row in np.stack(marks, axis=1)]


def _central(ranking: Ranking) -> NDArray[np.float64]:
    """(n,) the score that the contributions add up, or multiply, to."""
    given = ranking.judgement.contributions
    together = given.reference + given.total if given.unit == "points" else given.reference * np.exp(given.total)
    return np.asarray(together, np.float64)


def _pads(ranking: Ranking, rows: _Rows) -> tuple[Shapes | None, str]:
    """Where the pad of each admitted parcel lies for the first criterion that measures from it, and what it is."""
    for criterion in ranking.about.criteria:
        columns = ranking.quantities[ranking.plan.criteria[criterion.name].key].columns
        if "placement" in columns and columns["placement"].dtype == object and ranking.study.pad is not None:
            outline = columns["placement"][rows].copy()
            outline[~ranking.judgement.admitted[rows]] = None
            outlines = shapely.from_wkt(outline)
            outlines[shapely.is_missing(outlines)] = shapely.Polygon()
            pads, _ = reproject_shapes(Shapes.from_geometries(outlines, "polygon"), ranking.parcels.crs, _DEGREES)
            width, length = ranking.study.pad
            return pads, f"pad {width} x {length}, as for {criterion.title.partition(' (')[0]}"
    return None, ""


def _criterion(ranking: Ranking, criterion: CriterionColumns, value: ValueFunction, rows: _Rows) -> MapCriterion:
    """One criterion; its quantities read as in the explanation of a parcel."""
    low, high = (side[rows] for side in ranking.judgement.values[criterion.name])
    columns = ranking.columns

    def cells(name: str, otherwise: object) -> list[object]:
        return list(columns[name].values[rows].tolist()) if name else [otherwise] * len(rows)

    given = [cells(criterion.quantity, None), cells(criterion.low, None), cells(criterion.high, None)]
    return MapCriterion(
        label=criterion.title,
        block=criterion.block.replace(".", " / "),
        weight=criterion.weight,
        quantity=quantity_texts([*given, cells(criterion.state, "")], unit=criterion.unit, within=criterion.within),
        value=columns[criterion.value].values[rows],
        value_low=low if criterion.value_low else None,
        value_high=high if criterion.value_low else None,
        contribution=_told(columns[criterion.contribution].values[rows], ranking.judgement.contributions.unit),
        source=criterion.source,
        note=note_of(ranking, criterion.name, value),
        nearest=_nearest(ranking, criterion.name, rows),
        name=criterion.name,
        number=_number(columns[criterion.quantity].values, rows),
        number_low=columns[criterion.low].values[rows] if criterion.low else None,
        number_high=columns[criterion.high].values[rows] if criterion.high else None,
        unit=criterion.unit,
    )


def _number(quantity: NDArray[Any], rows: _Rows) -> NDArray[np.float64] | None:
    """Quantities as numbers; None for classes."""
    return quantity[rows] if quantity.dtype.kind == "f" else None


def _nearest(ranking: Ranking, name: str, rows: _Rows) -> list[str] | None:
    """The id of what each parcel's distance leads to; None where there is none, or its layer may not be passed on."""
    layers = (ranking.layers.get(layer) for layer in ranking.plan.criteria[name].layer_names)
    if any(layer is not None and layer.provenance.get("redistribute") == "no" for layer in layers):
        return None
    found = ranking.quantities[ranking.plan.criteria[name].key].columns.get("nearest_id")
    return None if found is None else [field_text(item) for item in found[rows]]


def _told(contribution: NDArray[np.float64], unit: str) -> NDArray[np.float64]:
    """Contributions as people read them: points, or the percentage by which a log ratio moves the score."""
    return contribution if unit == "points" else 100 * np.expm1(contribution.astype(np.float64))


def _waterfall(ranking: Ranking, rows: _Rows) -> Waterfall | None:
    if WATERFALL not in ranking.quantities:
        return None
    columns = ranking.quantities[WATERFALL].columns
    cuts = {name.removeprefix("cut:"): values[rows] for name, values in columns.items() if name.startswith("cut:")}
    return Waterfall(
        gross_m2=columns["gross"][rows], cut_m2=cuts, usable_m2=columns["usable"][rows],
        largest_m2=columns["largest_piece"][rows] if "largest_piece" in columns else None,
    )  # fmt: skip


def _published(ranking: Ranking, rows: _Rows) -> dict[str, list[str]]:
    """The fields that the study publishes, and no other."""
    return {
        name: [field_text(value) for value in ranking.columns[column].values[rows]]
        for name, column in ranking.about.published.items()
    }


def _sections(ranking: Ranking, rows: _Rows) -> list[CardSection]:
    """Overrides, stacked records, what could not be judged, and how sure the rank is, where there is any."""
    given = {
        "Overrides": (ranking.overridden.values[rows], None),
        "Records on this outline": (ranking.stacked.values[rows], "; "),
        "Not judged": (ranking.columns["unclear"].values[rows], "; "),
    }
    sections = []
    for title, (texts, comma) in given.items():
        if (texts != "").any():
            sections.append(
                CardSection(
                    title=title, lines=[text.split(comma) if text and comma else [text] * bool(text) for text in texts]
                )
            )
    if ranking.study.robustness is not None:
        lines = ranking.robustness().card_lines(_among_all(ranking, rows))
        sections.append(CardSection(title="How sure is the rank", lines=lines))
    return sections


def _context(ranking: Ranking) -> tuple[list[ContextData], tuple[str, ...]]:
    """The context layers that may be shown, and a sentence for those that are not."""
    shown, left_out = [], []
    for name in ranking.study.context:
        layer = ranking.layers[name]
        if not isinstance(layer, VectorLayer):
            left_out.append(f"The layer {name!r} is not on the map: it is a raster.")
        elif layer.provenance.get("redistribute") == "no":
            left_out.append(f"The layer {name!r} is not on the map: its licence does not allow it to be passed on.")
        elif len(layer):
            shown.append(_drawable(name, layer, ranking.parcels.crs))
    return shown, tuple(left_out)


def _drawable(name: str, layer: VectorLayer, crs: str) -> ContextData:
    shapes, _ = reproject_shapes(layer.shapes, crs, _DEGREES)
    title, attribution, vintage, licence = _cited(layer.provenance)
    return ContextData(
        name=name.replace("_", " "), title=title, shapes=shapes,
        attribution=attribution, vintage=vintage, licence=licence,
        show=shapes.kind != "polygon" or len(shapes.coords) <= _FINE,
    )  # fmt: skip


def _cited(provenance: Mapping[str, Any]) -> list[str]:
    """Title, attribution, vintage and licence, as far as the catalogue says them."""
    return [str(provenance.get(key) or "") for key in ("title", "attribution", "vintage", "licence")]
