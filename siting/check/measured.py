"""Checks that need quantities: of a sample before a long run, of everything after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.check.finding import Finding
from siting.mcda.rank import effective_weight, spearman
from siting.measure import State

__all__ = ["check_measured"]

QUARTER, CORRELATED, FEW = 0.25, 0.8, 5  #: judgement: where effective weight, |Spearman| and sources are pointed out
#: grains that are coarser than parcels (as the catalogue writes them)
COARSE = (
    "air shed", "basin", "block group", "census tract", "city", "county", "designation", "district", "jurisdiction",
    "regional aquifer", "service area", "state", "subbasin", "subwatershed", "town", "tract", "urban area", "utility",
    "watershed", "zip code",
)  # fmt: skip

_Flags = NDArray[np.bool_]


def check_measured(
    *,
    admitted: _Flags,
    rules: Mapping[str, _Flags] | None = None,
    weights: Mapping[str, float] | None = None,
    values: Mapping[str, NDArray[np.float64]] | None = None,
    states: Mapping[str, NDArray[np.uint8]] | None = None,
    features: Mapping[str, NDArray[Any]] | None = None,
    grains: Mapping[str, str] | None = None,
    covers: Mapping[str, str] | None = None,
) -> list[Finding]:
    """What the measured quantities of n parcels say about a study.

    admitted : (n,) which parcels are ranked
    rules : exclusion -> (n,) where it holds
    weights, values : criterion -> global weight, and (n,) central values, NaN where missing
    states : criterion -> (n,) ``State`` of its quantity
    features : criterion -> (n,) id of the feature that its quantity comes from, None where there is none
    grains : criterion -> the grain of its layer, as the catalogue says
    covers : criterion -> why there is no data and what to do, where more is known than that there is none
    """
    values, states = values or {}, states or {}
    return [
        *_rules(rules or {}, len(admitted)),
        *_effective(weights or {}, values, admitted),
        *_correlated(values, admitted),
        *_few_sources(features or {}, admitted),
        *_coarse(grains or {}),
        *_uncovered(states, covers or {}, admitted),
    ]


def _rules(rules: Mapping[str, _Flags], n: int) -> Iterator[Finding]:
    for name, hits in rules.items():
        count = int(hits.sum())
        if n and count in (0, n):
            what = "none" if count == 0 else "every one"
            yield Finding("warning", f"exclusions.{name}", f"It excludes {what} of the {n:,} parcels.")


def _effective(
    weights: Mapping[str, float], values: Mapping[str, NDArray[np.float64]], admitted: _Flags
) -> Iterator[Finding]:
    for name, weight in weights.items():
        used = effective_weight(weight, values[name][admitted]) if name in values else 0.0
        if weight > 0 and name in values and admitted.any() and used < QUARTER * weight:
            message = (
                f"Its weight is {weight:.1%}, but its values differ so little among the admitted parcels "
                f"(from the 5th to the 95th percentile) that it acts like {used:.1%}."
            )
            yield Finding("warning", f"criterion {name}", message)


def _correlated(values: Mapping[str, NDArray[np.float64]], admitted: _Flags) -> Iterator[Finding]:
    for one, two in combinations(values, 2):
        rho = spearman(values[one][admitted], values[two][admitted])
        if abs(rho) >= CORRELATED:
            how = "rise and fall together: they may count one thing twice" if rho > 0 else "work against each other"
            yield Finding(
                "warning", f"criterion {two}", f"Its values and those of {one!r} {how} (Spearman {rho:+.2f})."
            )


def _few_sources(features: Mapping[str, NDArray[Any]], admitted: _Flags) -> Iterator[Finding]:
    for name, ids in features.items():
        distinct = {str(item) for item in ids[admitted] if item is not None and item == item}
        if 0 < len(distinct) < FEW and int(admitted.sum()) > len(distinct):
            are = "1 feature" if len(distinct) == 1 else f"{len(distinct)} features"
            message = (
                f"All its quantities come from {are} ({', '.join(sorted(distinct))}): an error in one moves many ranks."
            )
            yield Finding("warning", f"criterion {name}", message)


def _coarse(grains: Mapping[str, str]) -> Iterator[Finding]:
    for name, grain in grains.items():
        if grain.casefold() in COARSE:
            message = f"Its layer tells no parcels apart within one {grain}: neighbours get the same quantity."
            yield Finding("note", f"criterion {name}", message)


def _uncovered(
    states: Mapping[str, NDArray[np.uint8]], covers: Mapping[str, str], admitted: _Flags
) -> Iterator[Finding]:
    n = int(admitted.sum())
    for name, state in states.items():
        count = int((state[admitted] == State.NO_DATA).sum())
        if count:
            many = f"{count:,} of the {n:,} admitted parcels" if count < n else f"All {n:,} admitted parcels"
            why = covers.get(name, "they leave, with their reach, what its layer covers.")
            message = f"{many} have no data: {why}"
            yield Finding("warning", f"criterion {name}", message)
