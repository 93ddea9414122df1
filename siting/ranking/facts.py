"""What is true of all parcels of a ranking, where only some of them are at hand."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from siting.check import Finding
from siting.measure import Measured, State
from siting.plan import Plan
from siting.quantities import Quantities

if TYPE_CHECKING:
    from siting.ranking.result import Ranking
    from siting.robustness import RobustnessResult

__all__ = ["Facts", "present_in", "present_of"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Facts:
    """What is true of all parcels.

    parcels : how many there are; bounds : west, south, east, north of them
    became : status -> parcels; hits : reason, parcels that it hits, parcels that nothing else hits
    present : the optional columns that any parcel needs, as ``present_of`` names them
    robustness : of all the admitted; its rows count all parcels in the order of their ids
    """

    parcels: int
    bounds: tuple[float, float, float, float]
    became: Mapping[str, int]
    hits: tuple[tuple[str, int, int], ...]
    findings: tuple[Finding, ...]
    present: frozenset[str]
    robustness: RobustnessResult | None = None


def present_of(ranking: Ranking) -> frozenset[str]:
    """The optional columns that any of these parcels needs: "value NAME", "state NAME", "interval KEY"."""
    return present_in(ranking.judgement.values, ranking.plan, ranking.quantities, ranking.published)


def present_in(
    values: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]],
    plan: Plan,
    quantities: Quantities,
    published: Collection[str],
) -> frozenset[str]:
    """``present_of`` before there is a ranking; ``values`` and ``published`` are its own."""
    return frozenset(_present(values, plan, quantities, published))


def _present(
    values: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]],
    plan: Plan,
    quantities: Quantities,
    published: Collection[str],
) -> Iterator[str]:
    for name, (low, high) in values.items():
        if not np.array_equal(low, high, equal_nan=True):
            yield f"value {name}"
    for name, measure in plan.criteria.items():
        measured = quantities[measure.key]
        text = next(iter(measured.columns.values())).dtype.kind != "f"
        hidden = text and measure.verb == "field" and getattr(measure, "name", "") not in published
        if len(measured.state) and (hidden or bool((measured.state != State.KNOWN).any())):
            yield f"state {name}"
    for key, measured in quantities.measured.items():
        quantity = next(iter(measured.columns.values()))
        if quantity.dtype.kind == "f" and _interval(measured, quantity):
            yield f"interval {key}"


def _interval(measured: Measured, quantity: NDArray[np.float64]) -> bool:
    """Whether any parcel has an interval in place of an exact quantity."""
    if measured.low is None or measured.high is None:
        return False
    return bool((np.isnan(quantity) & ~np.isnan(measured.low)).any())
