"""Checks that need quantities: of a sample before a long run, of everything after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.check.finding import Finding
from siting.mcda.rank import centred_ranks, correlation, effective_weight, spearman
from siting.measure import State

__all__ = ["Seen", "check_measured", "seen_findings", "sources_of"]

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
    values, states, known = values or {}, states or {}, features or {}
    seen = Seen(
        parcels=len(admitted),
        admitted=int(admitted.sum()),
        hits={name: int(hits.sum()) for name, hits in (rules or {}).items()},
        effective={
            name: effective_weight(weight, values[name][admitted])
            for name, weight in (weights or {}).items()
            if name in values and admitted.any()
        },
        alike=dict(_alike({name: column[admitted] for name, column in values.items()})),
        sources={name: sources_of(ids[admitted]) for name, ids in known.items()},
        no_data={name: int((state[admitted] == State.NO_DATA).sum()) for name, state in states.items()},
    )
    return seen_findings(seen, weights=weights, grains=grains, covers=covers)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What is counted of all parcels, and of the admitted, before it is put in words.

    hits : exclusion -> parcels for which it holds; effective : criterion -> effective weight
    alike : pairs of criteria -> Spearman's correlation among the admitted
    sources : criterion -> the features that quantities of the admitted come from, at most five of them
    no_data : criterion -> admitted parcels without data
    """

    parcels: int
    admitted: int
    hits: Mapping[str, int]
    effective: Mapping[str, float]
    alike: Mapping[tuple[str, str], float]
    sources: Mapping[str, frozenset[str]]
    no_data: Mapping[str, int]


def seen_findings(
    seen: Seen,
    *,
    weights: Mapping[str, float] | None = None,
    grains: Mapping[str, str] | None = None,
    covers: Mapping[str, str] | None = None,
) -> list[Finding]:
    """What is counted, in words; arguments as in ``check_measured``."""
    return [
        *_rules(seen),
        *_effective(weights or {}, seen.effective),
        *_correlated(seen.alike),
        *_few_sources(seen),
        *_coarse(grains or {}),
        *_uncovered(seen, covers or {}),
    ]


def sources_of(ids: NDArray[Any]) -> frozenset[str]:
    """The different features that quantities come from; of many, some five.

    >>> sorted(sources_of(np.array(["b", None, "a", "b"], object)))
    ['a', 'b']
    """
    distinct = {str(item) for item in set(ids.tolist()) if item is not None and item == item}
    return frozenset(sorted(distinct)[:FEW])


def _alike(values: Mapping[str, NDArray[np.float64]]) -> Iterator[tuple[tuple[str, str], float]]:
    """Every pair of criteria with its correlation; ranks are worked out once where nothing is missing."""
    whole = {name: centred_ranks(column) for name, column in values.items() if not np.isnan(column).any()}
    for one, two in combinations(values, 2):
        known = one in whole and two in whole and len(whole[one]) >= 3
        yield (one, two), correlation(whole[one], whole[two]) if known else spearman(values[one], values[two])


def _rules(seen: Seen) -> Iterator[Finding]:
    for name, count in seen.hits.items():
        if seen.parcels and count in (0, seen.parcels):
            what = "none" if count == 0 else "every one"
            yield Finding("warning", f"exclusions.{name}", f"It excludes {what} of the {seen.parcels:,} parcels.")


def _effective(weights: Mapping[str, float], effective: Mapping[str, float]) -> Iterator[Finding]:
    for name, weight in weights.items():
        if weight > 0 and name in effective and effective[name] < QUARTER * weight:
            message = (
                f"Its weight is {weight:.1%}, but its values differ so little among the admitted parcels "
                f"(from the 5th to the 95th percentile) that it acts like {effective[name]:.1%}."
            )
            yield Finding("warning", f"criterion {name}", message)


def _correlated(alike: Mapping[tuple[str, str], float]) -> Iterator[Finding]:
    for (one, two), rho in alike.items():
        if abs(rho) >= CORRELATED:
            how = "rise and fall together: they may count one thing twice" if rho > 0 else "work against each other"
            yield Finding(
                "warning", f"criterion {two}", f"Its values and those of {one!r} {how} (Spearman {rho:+.2f})."
            )


def _few_sources(seen: Seen) -> Iterator[Finding]:
    for name, distinct in seen.sources.items():
        if 0 < len(distinct) < FEW and seen.admitted > len(distinct):
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


def _uncovered(seen: Seen, covers: Mapping[str, str]) -> Iterator[Finding]:
    n = seen.admitted
    for name, count in seen.no_data.items():
        if count:
            many = f"{count:,} of the {n:,} admitted parcels" if count < n else f"All {n:,} admitted parcels"
            why = covers.get(name, "they leave, with their reach, what its layer covers.")
            message = f"{many} {'has' if count == 1 else 'have'} no data: {why}"
            yield Finding("warning", f"criterion {name}", message)
