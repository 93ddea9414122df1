"""The columns of a result: every parcel with its status, quantities with units, values, reasons, score and rank.

What is not there is null (NaN); an infinite quantity means "beyond the reach" and is a real answer. Owners,
addresses and other fields of the parcels are columns only where the study publishes them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from siting.exclusions import Rule
from siting.measure import Column, Measure, State
from siting.quantities import WATERFALL
from siting.ranking.cells import Coded, Whole
from siting.ranking.reasons import RuleColumns, patterns
from siting.ranking.withheld import WITHHELD, names_feature, withheld
from siting.ranking.words import slug, state_word, unit_of, within_of
from siting.study import CriterionAt
from siting.units import parse_unit, si_unit

if TYPE_CHECKING:
    from siting.ranking.result import Ranking

__all__ = ["ACRE_M2", "CriterionColumns", "ResultColumn", "ResultColumns", "reason_texts", "result_columns"]

ACRE_M2 = 4046.8564224
_PLAIN = "a plain number: a count, or 1 for yes and 0 for no"
_NOT_PUBLISHED = "not published"
#: what a GeoPackage and GeoParquet call their own columns
_RESERVED = ("fid", "geom", "geometry")

Cells: TypeAlias = "NDArray[Any] | Coded | Whole"


@dataclass(frozen=True, eq=False)
class ResultColumn:
    """A column of a result.

    cells : (n,) as they are kept; meaning : its one definition; unit : "" for text, ranks, counts and values
    """

    cells: Cells
    meaning: str
    unit: str = ""

    @property
    def values(self) -> NDArray[Any]:
        """(n,); NaN or None where there is nothing."""
        return self.cells if isinstance(self.cells, np.ndarray) else self.cells.values

    @property
    def typed(self) -> bool:
        """Whether its cells have a type of their own, even where it holds nothing."""
        return isinstance(self.cells, np.ndarray) and self.cells.dtype != object


@dataclass(frozen=True, kw_only=True)
class CriterionColumns:
    """One criterion, and the names of its columns.

    weight : of all criteria, in [0, 1]; unit, within : of the quantity in words
    low, high, value_low, value_high, state : "" where no parcel needs them
    """

    name: str
    title: str
    block: str
    weight: float
    source: str
    unit: str
    within: str
    quantity: str
    value: str
    contribution: str
    low: str = ""
    high: str = ""
    value_low: str = ""
    value_high: str = ""
    state: str = ""


@dataclass(eq=False)
class ResultColumns:
    """All columns in order, and which of them belong to what.

    rules : exclusion -> why it excludes, and the column of its quantity
    waterfall : label for people -> column; published : field of the parcels -> column
    """

    columns: dict[str, ResultColumn] = field(default_factory=dict)
    criteria: tuple[CriterionColumns, ...] = ()
    rules: dict[str, RuleColumns] = field(default_factory=dict)
    waterfall: dict[str, str] = field(default_factory=dict)
    published: dict[str, str] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=lambda: set(_RESERVED))

    def add(self, name: str, cells: Cells, meaning: str, unit: str = "") -> str:
        """Add a column; its name, which is another one where a column has it already (whatever the case)."""
        free, number = name, 2
        while free.casefold() in self._taken:
            free, number = f"{name}_{number}", number + 1
        self._taken.add(free.casefold())
        self.columns[free] = ResultColumn(cells, meaning, unit)
        return free


def result_columns(ranking: Ranking) -> ResultColumns:
    """Every column of the result, in order.

    Identity, status, rank, score; how sure they are (p_top_k, rank_p05, rank_p95, confidence) where the study has a
    section ``robustness``; published fields; the waterfall in acres; for each criterion
    ``q_<criterion>_<unit>`` (quantity), ``v_<criterion>`` (value in [0, 1]), ``c_<criterion>`` (contribution),
    ``s_<criterion>`` (why there is no exact quantity, where one is missing), with ``_low`` and ``_high`` where any
    parcel has an interval, and what the measure adds, such as ``<criterion>_nearest_id``; ``x_<exclusion>_<unit>``
    for quantities that only exclusions use.
    """
    out = ResultColumns()
    _add_standing(out, ranking)
    _add_robustness(out, ranking)
    for name in ranking.published:
        values = ranking.parcels.table[name].to_numpy(dtype=object)
        out.published[name] = out.add(name, values, f"the parcel's field {name}, as the source has it")
    _add_waterfall(out, ranking)
    criteria = ranking.study.criteria()
    out.criteria = tuple(_add_criterion(out, ranking, number, criterion) for number, criterion in enumerate(criteria))
    used = {
        ranking.plan.criteria[c.name].key: {"unit": c.unit, "quantity": c.quantity, "low": c.low, "high": c.high}
        for c in out.criteria
    }
    for rule in ranking.plan.rules:
        for measure in rule.measures:
            if measure.key not in used:
                base, what = f"x_{slug(rule.name)}", f"quantity of the exclusion {rule.name!r}"
                if unit_of(measure) == "" and measure.columns[0].dimension != "text":
                    base, what = f"{base}_{measure.verb}", f"{measure.verb} ({_PLAIN}), {what}"
                names = _add_quantity(out, ranking, base, measure, unit_of(measure), what)
                used[measure.key] = {"unit": unit_of(measure), **names}
                _add_extras(out, ranking, base, measure, what)
        out.rules[rule.name] = _rule_columns(rule, used)
    return out


def _rule_columns(rule: Rule, used: Mapping[str, Mapping[str, str]]) -> RuleColumns:
    """What words about an exclusion need; no quantity where it tests several."""
    if len(rule.condition.parts) != 1 or rule.condition.given:
        return RuleColumns(name=rule.name, why=rule.why)
    measure, test = rule.condition.parts[0]
    return RuleColumns(name=rule.name, why=rule.why, said=test.said, within=within_of(measure), **used[measure.key])


def reason_texts(marks: NDArray[np.bool_], names: tuple[str, ...]) -> Coded:
    """(n,) the names of the marked columns, joined by "; "; equal patterns are worded once.

    >>> reason_texts(np.array([[True, True], [False, False]]), ("tribal land", "too small")).values.tolist()
    ['tribal land; too small', '']
    """
    used = np.flatnonzero(marks.any(axis=0))
    if not len(used):
        return Coded.same(len(marks), "")
    code, kinds = patterns([marks[:, at] for at in used], len(marks))
    return Coded(code, ["; ".join(names[at] for at, hit in zip(used, kind, strict=True) if hit) for kind in kinds])


def _add_standing(out: ResultColumns, ranking: Ranking) -> None:
    """Identity, status and rank."""
    judged, scores = ranking.judgement, ranking.judgement.scores
    strong, weak = ranking.strongest_weakest
    unclear = {name: verdict.perhaps for name, verdict in judged.verdicts.items()}
    score = np.where(judged.admitted, scores.score, np.nan)
    out.add("id", ranking.parcels.ids, "the parcel")
    out.add(
        "status", Coded.of(judged.status), "admitted, site only (too little alone, may be part of a site) or excluded"
    )
    out.add("excluded_by", reason_texts(judged.excluded_by, judged.reasons), "every exclusion that holds")
    out.add(
        "unclear",
        _marked(unclear, len(ranking)),
        "exclusions that were not judged: no data, or out anyway",
    )
    out.add("rank", Whole(judged.rank), "place among the admitted; equal scores share the better one")
    out.add("rank_best", Whole(judged.rank_best), "best rank that the intervals allow")
    out.add("rank_worst", Whole(judged.rank_worst), "worst rank that the intervals allow")
    out.add("score", score, "0 to 100, of the admitted; the middle of score_low and score_high", "points")
    out.add("score_low", scores.low, "lowest score that the data allow, also of the excluded", "points")
    out.add("score_high", scores.high, "highest score that the data allow, also of the excluded", "points")
    out.add("score_if_admitted", scores.score, "the score, also of the excluded", "points")
    out.add("tier", Coded.of(judged.tier), "class of the score by fixed cuts")
    out.add("strongest", strong, "the criteria that add most, relative to the median parcel")
    out.add("weakest", weak, "the criteria that take most, relative to the median parcel")
    out.add("missing", _marked(judged.missing, len(ranking)), "criteria without data")
    out.add("overrides", ranking.overridden, "an analyst's judgements: what, who, when and why")
    out.add("stacked", ranking.stacked, "all records on this outline (condominiums), counted once")
    out.add(
        "acres", np.round(ranking.parcels.shapes.area_m2 / ACRE_M2, 3), "area as computed in the study's CRS", "acre"
    )


def _add_robustness(out: ResultColumns, ranking: Ranking) -> None:
    """How sure the rank is, where the study asks for it."""
    if ranking.study.robustness is None:
        return
    for name, (values, meaning) in ranking.robustness().columns(ranking.rows).items():
        whole = name.startswith("rank")
        out.add(name, Whole(np.nan_to_num(values).astype(np.int64)) if whole else values, meaning)


def _marked(flags: Mapping[str, NDArray[np.bool_]], n: int) -> Coded:
    marks = np.stack(list(flags.values()), axis=1) if flags else np.zeros((n, 0), bool)
    return reason_texts(marks, tuple(flags))


def _add_waterfall(out: ResultColumns, ranking: Ranking) -> None:
    """Gross, every cut, usable and largest piece, in acres; they add up as those in square metres do."""
    if WATERFALL not in ranking.quantities:
        return
    said = {
        "gross": ("gross", "area before the cuts"),
        "usable": ("= usable", "area after the cuts"),
        "largest_piece": ("largest piece", "largest contiguous usable piece; null where not computed"),
    }
    columns = ranking.quantities[WATERFALL].columns
    for name, values in columns.items():
        if name == "pieces":
            out.add("usable_pieces", values, "contiguous usable pieces; null where not computed")
            continue
        cut = name.removeprefix("cut:")
        label, meaning = said.get(name, (f"- {cut}", f"what the cut {cut!r} takes after those before it"))
        column = f"cut_{slug(cut)}" if name.startswith("cut:") else name
        out.waterfall[label] = out.add(f"{column}_acre", _in_unit(values, "acre", 1e-3), meaning, "acre")


def _add_criterion(out: ResultColumns, ranking: Ranking, number: int, criterion: CriterionAt) -> CriterionColumns:
    """Quantity, value, contribution and state of one criterion, and what its measure adds."""
    name, measure = criterion.name, ranking.plan.criteria[criterion.name]
    low, high = ranking.judgement.values[name]
    unit, within = unit_of(measure, criterion.value), within_of(measure)
    names = _add_quantity(out, ranking, f"q_{name}", measure, unit, f"quantity of the criterion {name!r}")
    value = f"value of {name!r}, 0 to 1"
    names["value"] = out.add(f"v_{name}", np.round((low + high) / 2, 9), value)
    if f"value {name}" in ranking.present:
        names["value_low"] = out.add(f"v_{name}_low", low, f"lowest {value}")
        names["value_high"] = out.add(f"v_{name}_high", high, f"highest {value}")
    given = ranking.judgement.contributions
    meaning = f"what {name!r} adds to the score, relative to the median of the admitted"
    names["contribution"] = out.add(f"c_{name}", given.values[number], meaning, given.unit)
    if f"state {name}" in ranking.present:
        words = _state_words(ranking, measure, within)
        names["state"] = out.add(f"s_{name}", words, f"why {name!r} has no exact quantity")
    _add_extras(out, ranking, name, measure, f"measured for {name!r}")
    return CriterionColumns(
        name=name, title=criterion.title, block=".".join(criterion.block), weight=criterion.weight,
        source=criterion.source or "", unit=unit, within=within, **names,
    )  # fmt: skip


def _add_quantity(
    out: ResultColumns, ranking: Ranking, base: str, measure: Measure, unit: str, meaning: str
) -> dict[str, str]:
    """The first column of a measure in the unit that people read, and its interval; their names."""
    measured = ranking.quantities[measure.key]
    quantity = next(iter(measured.columns.values()))
    if quantity.dtype.kind != "f":
        hidden = _hidden(ranking, measure)
        return {"quantity": out.add(base, Coded.same(len(quantity)) if hidden else quantity, meaning)}
    full, step = f"{base}_{slug(unit)}".rstrip("_"), measure.columns[0].step
    names = {"quantity": out.add(full, _in_unit(quantity, unit, step), meaning, unit)}
    if measured.low is not None and measured.high is not None and f"interval {measure.key}" in ranking.present:
        names["low"] = out.add(f"{full}_low", _in_unit(measured.low, unit, step), f"lowest {meaning}", unit)
        names["high"] = out.add(f"{full}_high", _in_unit(measured.high, unit, step), f"highest {meaning}", unit)
    return names


def _add_extras(out: ResultColumns, ranking: Ranking, base: str, measure: Measure, meaning: str) -> None:
    """What a measure gives beside its quantity: ids, attributes and outlines, in SI units.

    What a feature is called stays null where its layer may not be passed on.
    """
    columns = {column.name: column for column in measure.columns}
    closed = withheld(measure, ranking.layers)
    for name, values in list(ranking.quantities[measure.key].columns.items())[1:]:
        if closed and names_feature(name):
            said = f"{name.replace('_', ' ')}, {meaning}; {WITHHELD}"
            out.add(f"{base}_{name}", Coded.same(len(values)), said)
            continue
        column = columns.get(name, Column(name=name, dimension="text"))
        unit = "" if values.dtype.kind != "f" or column.dimension == "text" else si_unit(column.dimension).name
        out.add(f"{base}_{name}", values, f"{name.replace('_', ' ')}, {meaning}", unit)


def _hidden(ranking: Ranking, measure: Measure) -> bool:
    """Whether a text quantity is a field of the parcels that the study does not publish (an owner's name)."""
    return measure.verb == "field" and getattr(measure, "name", "") not in ranking.published


def _state_words(ranking: Ranking, measure: Measure, within: str) -> Coded:
    measured = ranking.quantities[measure.key]
    words = [state_word(state, within, measure.land) for state in State]
    text = next(iter(measured.columns.values())).dtype.kind != "f"
    if text and _hidden(ranking, measure):
        words = [word or _NOT_PUBLISHED for word in words]
    return Coded(measured.state, words)


def _in_unit(values: NDArray[np.float64], unit: str, step: float | None) -> NDArray[np.float64]:
    """SI values in a unit, to as many places as the step of the measurement needs there.

    >>> _in_unit(np.array([12345.678]), "km", 0.001).tolist(), _in_unit(np.array([2580000.0]), "acre", 1.0).tolist()
    ([12.345678], [637.5319])
    """
    unit_ = parse_unit(unit) if unit else None
    factor = 1.0 if unit_ is None else unit_.factor
    bent = math.isnan(factor)  # degrees
    out = np.degrees(np.arctan(values)) if bent else values / factor
    places = 9 if not step else max(0, math.ceil(-math.log10(step / (math.pi / 180 if bent else factor)) - 1e-9))
    return np.round(out, min(places, 12)) + 0.0
