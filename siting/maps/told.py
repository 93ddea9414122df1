"""What a card says of a criterion or an exclusion beside the numbers: what is measured, on which scale, from what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from siting.errors import UnitError
from siting.exclusions import Rule, Test
from siting.judgement import NO_DATA, VETO
from siting.mcda.value import Classes, Curve, Piecewise, Step
from siting.measure import Measure
from siting.ranking.words import unit_of, within_of
from siting.units import format_si, parse_quantity

if TYPE_CHECKING:
    from siting.ranking import Ranking

__all__ = ["limits_of", "measure_words", "measured_of", "note_of", "scale_words"]

_VERBS = {
    "area": "area under",
    "area_mean": "area-weighted mean of",
    "area_sum": "sum of",
    "attribute": "field of",
    "class": "class of",
    "class_share": "share in classes of",
    "count": "number of",
    "count_distinct": "number of different",
    "crossing": "length inside of",
    "decay": "distance-decayed sum of",
    "distance": "distance to",
    "field": "the parcel's own field",
    "fits": "whether a rectangle fits",
    "length": "length of",
    "raster": "statistic of",
    "shape": "shape of the parcel",
    "share": "share under",
    "slope": "slope of",
    "usable": "usable land",
}
_LAND = {"pad": "from the pad", "usable": "from the usable land"}
_WHAT = ("field", "statistic", "what", "where", "scale")


def note_of(ranking: Ranking, name: str, value: Any) -> str:
    """How a criterion comes about: measure; scale; layers with vintage.

    "distance to substations, from the pad; 2 km = 1, 8 km = 0.5, 25 km = 0; layer: Substations (2024)."
    """
    measure = ranking.plan.criteria[name]
    layers = ", ".join(_cited(ranking, layer) for layer in dict.fromkeys(measure.layer_names))
    parts = [measure_words(measure), scale_words(value), f"layer: {layers}" if layers else ""]
    return "; ".join(part for part in parts if part)


def measure_words(measure: Measure) -> str:
    """A measure in words: "distance to substations, from the pad"."""
    layers = " and ".join(name.replace("_", " ") for name in dict.fromkeys(measure.layer_names))
    said = f"{_VERBS.get(measure.verb, measure.verb.replace('_', ' '))} {layers}".rstrip()
    parts = [said, *([_LAND[measure.land]] if measure.land in _LAND and measure.layer_names else [])]
    for key in _WHAT:
        given = getattr(measure, key, None)
        if given is None or given == "class" or isinstance(given, list | dict):
            continue  # "class" is what a crosswalk makes, no field of the layer
        text = str(getattr(given, "text", given)).replace("_", " " if key == "what" else "_")
        parts.append(text if key == "what" else f"{key} {text}")
    within = within_of(measure)
    return ", ".join([*parts, *([f"within {within}"] if within else [])])


def scale_words(value: Any) -> str:
    """A value function in words: "2 km = 1, 8 km = 0.5, 25 km = 0".

    >>> scale_words(Piecewise((("2 km", 1), ("8 km", 0.5))))
    '2 km = 1, 8 km = 0.5'
    """
    if isinstance(value, Classes):
        return ", ".join(f"{name} = {number:g}" for name, number in value.values.items())
    if isinstance(value, Piecewise | Step | Curve):
        lead = "in steps: " if isinstance(value, Step) else f"{value.kind} curve: " if isinstance(value, Curve) else ""
        return lead + ", ".join(f"{quantity} = {number:g}" for quantity, number in value.anchors)
    return "fitted to the candidates"


def limits_of(ranking: Ranking) -> dict[str, str]:
    """Reason -> why it excludes, and beyond which limit, as far as the study says so."""
    out = {}
    for rule in ranking.plan.rules:
        tests = list(dict.fromkeys(test.said for _, test in rule.condition.parts if test.said))
        limit = f"Excluded {' or '.join(tests)}." if tests else ""
        why = f"{rule.why[:1].upper()}{rule.why[1:].rstrip('.')}. " if rule.why else ""
        out[rule.name] = f"{why}{limit}".strip()
        out[f"{NO_DATA}: {rule.name}"] = f"It could not be judged. {out[rule.name]}".strip()
    for name, least in ranking.study.aggregate.veto.items():
        out[f"{VETO}: {name}"] = f"The study takes no parcel with a value under {least:g}."
    return out


def measured_of(ranking: Ranking, rows: NDArray[np.int64]) -> dict[str, list[str]]:
    """Exclusion -> (n,) what was measured where it holds, "" elsewhere; rules with one test of a number only."""
    judged = ranking.judgement
    out = {}
    for rule in ranking.plan.rules:
        if rule.name not in judged.reasons or not _one_number(rule):
            continue
        hit = judged.excluded_by[rows, judged.reasons.index(rule.name)]
        measure, test = rule.condition.parts[0]
        measured, unit = ranking.quantities[measure.key], _unit(measure, test)
        quantity = next(iter(measured.columns.values()))[rows]
        if quantity.dtype.kind != "f" or measure.verb == "fits":
            continue
        said = _texts(np.where(hit, quantity, np.nan), unit)
        most = _texts(np.where(hit, np.nan if measured.high is None else measured.high[rows], np.nan), unit)
        out[rule.name] = [text or (f"at most {bound}" if bound else "") for text, bound in zip(said, most, strict=True)]
    return out


def _one_number(rule: Rule) -> bool:
    return len(rule.condition.parts) == 1 and not rule.condition.given and rule.condition.parts[0][1].values is None


def _unit(measure: Measure, test: Test) -> str:
    """The unit of the threshold as the study wrote it, else that of the measure."""
    try:
        return parse_quantity(test.said.split(" and ")[0].partition(" ")[2]).unit.name
    except UnitError:
        return unit_of(measure)


def _texts(quantity: NDArray[np.float64], unit: str) -> list[str]:
    """Quantities in words, "" where there is none; equal ones are worded once."""
    known: Mapping[float, str] = {
        number: format_si(number, unit) for number in np.unique(quantity[np.isfinite(quantity)]).tolist()
    }
    return [known.get(number, "") for number in quantity.tolist()]


def _cited(ranking: Ranking, name: str) -> str:
    """A layer by its title in the catalogue and its vintage."""
    layer = ranking.layers.get(name)
    record = layer.provenance if layer is not None else {}
    title, vintage = str(record.get("title") or name.replace("_", " ")), record.get("vintage")
    return f"{title}, vintage {vintage}" if vintage else title
