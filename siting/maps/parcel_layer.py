"""The ranked parcels as a folium layer of our own: packed columns, drawn on a canvas, explained on a card."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from folium.map import Layer
from folium.template import Template
from numpy.typing import NDArray

from siting.maps.encode import DEGREE_STEPS, number_column, packed, shape_columns, shown_column, text_column
from siting.maps.offline import put_web
from siting.maps.segments import segments_of
from siting.maps.view import MapCriterion, MapView, Waterfall

__all__ = ["ParcelLayer", "equal_cuts"]

_CLASSES = 7
ACRE_M2 = 4046.8564224


class ParcelLayer(Layer):
    """The parcels of a view, with the panel and the card beside the map.

    It draws up to about 50,000 parcels well. It may be added to any folium map that is alone in
    its page; the map of ``ranking_map`` is one.
    """

    _template = Template("""
        {% macro html(this, kwargs) %}
        <script type="text/plain" id="{{ this.get_name() }}_data">{{ this.data }}</script>
        {% for part, text in this.segments.items() %}
        <script type="text/plain" id="{{ this.get_name() }}_{{ part }}">{{ text }}</script>
        {% endfor %}
        {% endmacro %}
        {% macro script(this, kwargs) %}
        siting.show({{ this._parent.get_name() }}, "{{ this.get_name() }}_data");
        {% endmacro %}
        """)

    def __init__(self, view: MapView) -> None:
        super().__init__(name="parcels", overlay=True, control=False, show=False)
        self._name = "ParcelLayer"
        self.data = packed(_content(view))
        self.segments = segments_of(view)

    def render(self, **kwargs: Any) -> str:
        """Put the scripts, the styles and the data into the page."""
        put_web(self)
        super().render(**kwargs)
        return ""


def equal_cuts(score: NDArray[np.float64], classes: int = _CLASSES) -> list[float]:
    """Scores that part the parcels into classes of equal numbers, rounded to 0.1 points; fewer where scores repeat.

    >>> equal_cuts(np.arange(101.0), 4)
    [25.0, 50.0, 75.0]
    """
    known = score[np.isfinite(score)]
    if not len(known):
        return []
    cuts = np.unique(np.round(np.quantile(known, np.arange(1, classes) / classes), 1))
    return [float(cut) for cut in cuts if known.min() < cut]


def _content(view: MapView) -> dict[str, Any]:
    """What the page needs of a view, column by column."""
    admitted = np.array([status == "admitted" for status in view.status], dtype=bool)
    return {
        "title": view.title,
        "synthetic": view.synthetic,
        "marking": view.marking,
        "notes": list(view.notes),
        "shapes": shape_columns(view.shapes),
        "points": _points(view),
        "ids": [str(item) for item in view.ids],
        "status": text_column(view.status),
        "score": shown_column(view.score, 1),
        "low": None if view.score_low is None else shown_column(view.score_low, 1),
        "high": None if view.score_high is None else shown_column(view.score_high, 1),
        "rank": [int(rank) for rank in view.rank],
        "best": None if view.rank_best is None else [int(rank) for rank in view.rank_best],
        "worst": None if view.rank_worst is None else [int(rank) for rank in view.rank_worst],
        "tier": text_column(view.tier),
        "reasons": {"lists": text_column(["\n".join(lines) for lines in view.reasons])},
        "why": dict(view.why),
        "measured": {reason: text_column(texts) for reason, texts in view.measured.items()},
        "missing": None if view.missing is None else {"lists": text_column(["\n".join(some) for some in view.missing])},
        "criteria": [_criterion(item, _decimals(view)) for item in view.criteria],
        "contribution": view.contribution_label,
        "decimals": _decimals(view),
        "median": shown_column(np.array([view.median_score]), 1)[0],
        **_together(view),
        "pads": None if view.pads is None else shape_columns(view.pads),
        "pad": view.pad_label,
        "tiers": [[name, f"{cut:g}"] for name, cut in view.tier_cuts.items()],
        "waterfall": _waterfall(view.waterfall),
        "published": [{"label": label, "text": text_column(texts)} for label, texts in view.published.items()],
        "sections": [
            {"title": section.title, "lists": text_column(["\n".join(lines) for lines in section.lines])}
            for section in view.sections
        ],
        "cuts": list(view.cuts) or equal_cuts(np.asarray(view.score)[admitted]),
    }


def _points(view: MapView) -> dict[str, list[int]]:
    """A point inside each parcel, in steps of a degree; (0, 0) for an empty one."""
    inside = shapely.get_coordinates(shapely.point_on_surface(view.shapes.geometries))
    points = np.zeros((len(view.ids), 2))
    points[np.diff(view.shapes.shape_offsets) > 0] = inside
    steps = np.round(points * DEGREE_STEPS).astype(np.int64)
    return {"x": steps[:, 0].tolist(), "y": steps[:, 1].tolist()}


def _decimals(view: MapView) -> int:
    """Places of a contribution: one for percent, two for points, as in an explanation."""
    return 1 if "%" in view.contribution_label else 2


def _together(view: MapView) -> dict[str, Any]:
    """What all contributions make of the median parcel: its score, and the factor or the difference."""
    if view.central_score is None:
        return {"central": None, "change": None}
    central = np.asarray(view.central_score, np.float64)
    multiplied = "%" in view.contribution_label
    with np.errstate(divide="ignore", invalid="ignore"):
        change = central / view.median_score if multiplied else central - view.median_score
    return {"central": shown_column(central, 1), "change": shown_column(change, 2)}


def _criterion(criterion: MapCriterion, decimals: int) -> dict[str, Any]:
    """One criterion: values in hundredths."""
    low, high = (
        None if bound is None else shown_column(bound, 2) for bound in (criterion.value_low, criterion.value_high)
    )
    return {
        "label": criterion.label,
        "block": criterion.block,
        "source": criterion.source,
        "note": criterion.note,
        "nearest": None if criterion.nearest is None else text_column(criterion.nearest),
        "weight": number_column(np.array([criterion.weight]), 6)[0],
        "quantity": text_column(criterion.quantity),
        "value": shown_column(criterion.value, 2),
        "low": low,
        "high": high,
        "contribution": shown_column(criterion.contribution, decimals),
    }


def _waterfall(waterfall: Waterfall | None) -> dict[str, Any] | None:
    """Usable land in tenths of an acre; cuts are the differences of what is left, so that they add up as shown.

    Cuts that take nothing anywhere stay, in order.
    """
    if waterfall is None:
        return None
    left = np.asarray(waterfall.gross_m2, np.float64)
    before, cuts = shown_column(left / ACRE_M2, 1), []
    gross = before
    for name, area in waterfall.cut_m2.items():
        left = left - np.nan_to_num(area)
        after = shown_column(left / ACRE_M2, 1)
        taken = [
            None if known or old is None or new is None else old - new
            for known, old, new in zip(np.isnan(area), before, after, strict=True)
        ]
        cuts.append({"label": name, "area": taken})
        before = after
    largest = waterfall.largest_m2
    return {
        "gross": gross,
        "cuts": cuts,
        "usable": shown_column(np.asarray(waterfall.usable_m2) / ACRE_M2, 1),
        "largest": None if largest is None else shown_column(np.asarray(largest) / ACRE_M2, 1),
    }
