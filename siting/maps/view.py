"""What a map shows: a frozen view of a ranking, with nothing in it that the map does not need.

Text is taken as it is, hostile or not: the page shows it as text and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from siting.errors import DataError, did_you_mean, named
from siting.mcda.weights import Block
from siting.shapes import Shapes

__all__ = [
    "CardSection", "ContextData", "MapCriterion", "MapReason", "MapView", "Scenario", "Status", "Tint", "Waterfall",
]  # fmt: skip

Status = Literal["admitted", "site", "excluded"]
Tint = Literal[
    "blue", "brown", "green", "grey", "ink", "lime", "navy", "orange", "pink", "purple", "red", "sky",
]  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class MapCriterion:
    """One criterion for n parcels.

    label, block, source : for people; ``source`` says where anchors come from ("judgement")
    weight : share of the whole, 0 to 1; NaN where it has no share of its own (``combine: worst``)
    quantity : (n,) text with its unit ("3.2 km", "> 25 km", "no data")
    value : (n,) 0 to 1, NaN where unknown
    value_low, value_high : (n,) where values are intervals, else None
    contribution : (n,) as ``MapView.contribution_label`` says, NaN where unknown
    note : how it comes about (measure, scale, layer), shown on demand
    nearest : (n,) what a distance leads to, "" where nothing; None where the measure names nothing
    name : in the study and in ``MapView.tree``; "" outside a tree
    number : (n,) the quantity in ``unit``; NaN where it is none or not exact, inf beyond the reach; None for classes
    number_low, number_high : (n,) its interval where it is not exact, else None
    unit : of the number ("" for a count)
    """

    label: str
    weight: float
    quantity: Sequence[str]
    value: NDArray[np.float64]
    contribution: NDArray[np.float64]
    block: str = ""
    source: str = ""
    value_low: NDArray[np.float64] | None = None
    value_high: NDArray[np.float64] | None = None
    note: str = ""
    nearest: Sequence[str] | None = None
    name: str = ""
    number: NDArray[np.float64] | None = None
    number_low: NDArray[np.float64] | None = None
    number_high: NDArray[np.float64] | None = None
    unit: str = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class MapReason:
    """A reason to exclude a parcel: a rule, a veto, missing data or an override.

    site : whether a parcel that it takes may still be part of a site
    criterion : the criterion whose quantity it tests, "" for none; its threshold can then be changed on the page
    above, below : its threshold in the criterion's unit, None for none
    """

    name: str
    site: bool = False
    criterion: str = ""
    above: float | None = None
    below: float | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Scenario:
    """A scenario of the study, or one of its weight sets.

    weights : path of a block or criterion -> weight relative to its neighbours; what it leaves out stays
    why_not : why the page cannot show it, "" where it can
    """

    name: str
    weights: Mapping[str, float] = field(default_factory=dict)
    why_not: str = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class Waterfall:
    """Usable land of n parcels: gross, what each cut takes (in order), what is left; (n,) m2 each, NaN unknown.

    largest_m2 : the largest contiguous piece of what is left, where it is known
    """

    gross_m2: NDArray[np.float64]
    cut_m2: Mapping[str, NDArray[np.float64]]
    usable_m2: NDArray[np.float64]
    largest_m2: NDArray[np.float64] | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class CardSection:
    """A section of a parcel's card: lines of text for each of n parcels; parcels without lines do not show it."""

    title: str
    lines: Sequence[Sequence[str]]


@dataclass(frozen=True, eq=False, kw_only=True)
class ContextData:
    """A layer drawn around the parcels.

    name, title : what the study and what the catalogue call it
    shapes : in EPSG:4326; of polygons the outlines are drawn
    attribution, vintage, licence : as the catalogue says, shown in the list of layers
    tint : its colour; None: by its place in the list
    show : whether it is on when the map opens
    below : whether it lies under the parcels, tinted, and not above them
    tolerance_m : how far a simplified line may lie from the true one
    """

    name: str
    shapes: Shapes
    title: str = ""
    attribution: str = ""
    vintage: str = ""
    licence: str = ""
    tint: Tint | None = None
    show: bool = True
    below: bool = False
    tolerance_m: float = 10.0


@dataclass(frozen=True, eq=False, kw_only=True)
class MapView:
    """Everything that the map of a ranking shows, for n parcels.

    title : of the study; also the title of the page
    ids, shapes : (n,) text and polygons in EPSG:4326
    status : (n,) "admitted", "site" (too little alone, may be part of a site) or "excluded"
    score : (n,) 0 to 100; for parcels that are not admitted the score they would have; NaN unknown
    score_low, score_high : (n,) where scores are intervals, else None
    rank : (n,) competition rank among the admitted, 0 where there is none
    tier : (n,) text, "" where there is none
    reasons : (n,) lists of text: why a parcel is not admitted
    criteria : in study order
    waterfall : usable land, if the study asks for it
    published : label -> (n,) text, the fields that the study publishes
    sections : further sections of the card (overrides, robustness, ...)
    context : layers around the parcels; left_out : a sentence for each that may not be shown
    source : where the parcels come from, and under which licence
    notes : sentences that belong beside the title ("partial: no layer for flood, slope")
    synthetic : whether anything in it is invented
    marking : a text on screen and print ("confidential draft")
    cuts : scores that separate the colours, ascending; (): classes of equal numbers of admitted parcels
    contribution_label : what a contribution is; it holds a "%" where contributions multiply
    rank_best, rank_worst : (n,) the ranks that intervals allow, 0 where there is none
    missing : (n,) lists of criteria without data
    why : reason -> why it excludes, and its limit; measured : reason -> (n,) the quantity it found, "" elsewhere
    median_score, central_score : of a parcel of median values, and (n,) what the contributions make of it
    pads : (n,) where the pad lies, empty where it does not; pad_label : what it is
    tier_cuts : tier -> score from which a parcel belongs to it, the highest first
    tree : of blocks and criteria, whose leaves are the ``name`` of the criteria; None: weights cannot be changed
    floor : of the geometric mean; why_not_live : why weights cannot be changed, "" where they can
    weight_sets, scenarios : named ones of the study
    rules : the reasons in study order; ()  for those that occur
    p_top_k : (n,) share of the draws in which a parcel is among the best ``shortlist``, NaN unknown
    """

    title: str
    ids: Sequence[str]
    shapes: Shapes
    status: Sequence[str]
    score: NDArray[np.float64]
    rank: NDArray[np.int64]
    tier: Sequence[str]
    criteria: Sequence[MapCriterion]
    reasons: Sequence[Sequence[str]]
    score_low: NDArray[np.float64] | None = None
    score_high: NDArray[np.float64] | None = None
    waterfall: Waterfall | None = None
    published: Mapping[str, Sequence[str]] = field(default_factory=dict)
    sections: Sequence[CardSection] = ()
    context: Sequence[ContextData] = ()
    left_out: Sequence[str] = ()
    source: str = ""
    notes: Sequence[str] = ()
    synthetic: bool = False
    marking: str = ""
    cuts: Sequence[float] = ()
    contribution_label: str = "points relative to the median parcel"
    rank_best: NDArray[np.int64] | None = None
    rank_worst: NDArray[np.int64] | None = None
    missing: Sequence[Sequence[str]] | None = None
    why: Mapping[str, str] = field(default_factory=dict)
    measured: Mapping[str, Sequence[str]] = field(default_factory=dict)
    median_score: float = float("nan")
    central_score: NDArray[np.float64] | None = None
    pads: Shapes | None = None
    pad_label: str = ""
    tier_cuts: Mapping[str, float] = field(default_factory=dict)
    tree: Block | None = None
    floor: float = 0.05
    why_not_live: str = ""
    weight_sets: Sequence[Scenario] = ()
    scenarios: Sequence[Scenario] = ()
    rules: Sequence[MapReason] = ()
    p_top_k: NDArray[np.float64] | None = None
    shortlist: int = 0

    def __post_init__(self) -> None:
        for what, column in _columns(self):
            if len(column) != len(self.ids):
                raise DataError(
                    f"A map of {len(self.ids):,} parcels has {len(column):,} entries in '{what}'. Give one a parcel."
                )
        if unknown := set(self.status) - set(get_args(Status)):
            worst = min(unknown)
            raise DataError(
                f"A parcel on a map is {named(get_args(Status))}, not '{worst}'.{did_you_mean(worst, get_args(Status))}"
            )
        if list(self.cuts) != sorted(set(self.cuts)):
            raise DataError(
                f"The cuts of the legend are {list(self.cuts)}, but they separate colours from low to high. "
                "Give them ascending and each once."
            )
        _check_degrees("the parcels", self.shapes)
        if self.pads is not None and len(self.pads.coords):
            _check_degrees("the pads", self.pads)
        for layer in self.context:
            _check_degrees(f"the features of '{layer.name}'", layer.shapes)


def _columns(view: MapView) -> list[tuple[str, Any]]:
    """All columns of the view with their names, to check their lengths."""
    columns: list[tuple[str, Any]] = [
        (name, getattr(view, name)) for name in ("shapes", "status", "score", "rank", "tier", "reasons")
    ]
    optional = ("score_low", "score_high", "rank_best", "rank_worst", "missing", "central_score", "pads", "p_top_k")
    columns += [(n, c) for n in optional if (c := getattr(view, n)) is not None]
    for criterion in view.criteria:
        names = (
            "quantity",
            "value",
            "contribution",
            "value_low",
            "value_high",
            "nearest",
            "number",
            "number_low",
            "number_high",
        )
        given = [(f"{name} of {criterion.label}", getattr(criterion, name)) for name in names]
        columns += [(name, column) for name, column in given if column is not None]
    if view.waterfall:
        columns += [("gross_m2", view.waterfall.gross_m2), ("usable_m2", view.waterfall.usable_m2)]
        columns += list(view.waterfall.cut_m2.items())
        if view.waterfall.largest_m2 is not None:
            columns.append(("largest_m2", view.waterfall.largest_m2))
    columns += [(f"measured of {reason}", texts) for reason, texts in view.measured.items()]
    columns += list(view.published.items())
    return columns + [(section.title, section.lines) for section in view.sections]


def _check_degrees(what: str, shapes: Shapes) -> None:
    """Refuse coordinates that cannot be longitudes and latitudes."""
    west, south, east, north = shapes.total_bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise DataError(
            f"A map takes longitudes and latitudes (EPSG:4326), but {what} lie from "
            f"({west:.0f}, {south:.0f}) to ({east:.0f}, {north:.0f}). Reproject them first."
        )
