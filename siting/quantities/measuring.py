"""Measuring all that a plan names: part by part, on threads, each measure once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from siting.engine import Store, map_parts, partitions
from siting.errors import RunError, SitingError
from siting.masks import Mask, mask_of
from siting.measure import Measure, Measured
from siting.parcels import Parcels
from siting.plan import Plan
from siting.quantities.columns import WATERFALL, joined, packed, placed, rounded, rows_of, unpacked, waterfall
from siting.quantities.identity import fingerprint, hashed, identities
from siting.usable import Cut, usable_land

if TYPE_CHECKING:
    from siting.measure import Layers

__all__ = ["PART_SIZE", "Quantities", "measure_all"]

PART_SIZE = 8192  #: parcels in a partition


@dataclass(frozen=True, eq=False, kw_only=True)
class Quantities:
    """Everything that was measured of n parcels, by ``Measure.key``; the waterfall under ``WATERFALL``.

    made_from : key -> a hash of what the quantity was made from, beside the parcels
    """

    measured: Mapping[str, Measured]
    made_from: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, key: str) -> Measured:
        return self.measured[key]

    def __contains__(self, key: object) -> bool:
        return key in self.measured


def measure_all(
    plan: Plan,
    parcels: Parcels,
    layers: Layers,
    cuts: Sequence[Cut],
    *,
    admitted: Collection[str] = (),
    known: Quantities | None = None,
    store: Store | None = None,
    part_size: int = PART_SIZE,
    workers: int | None = None,
    done: Callable[[], None] | None = None,
    begin: Callable[[int], None] | None = None,
) -> Quantities:
    """All quantities of a plan.

    admitted : ids of parcels whose usable land is wanted although rules exclude them (an analyst admits them)
    known : quantities of the same parcels from before; what was made from the same is not measured again
    store : finished parts on disk; what is there is not measured again
    begin, done : told the number of parts, and when each is finished
    The result does not depend on ``part_size`` or ``workers``.
    """
    made_from = identities(plan, layers, cuts, admitted)
    if not plan.wants_usable:
        del made_from[WATERFALL]
    kept = {key: known[key] for key, identity in made_from.items() if known and known.made_from.get(key) == identity}
    work = _Work.of(plan, parcels, layers, cuts, store or Store(None), kept, made_from, frozenset(admitted))
    rows = partitions(parcels.shapes.bounds, part_size) if work.missing else []
    if begin:
        begin(len(rows))
    parts = map_parts(work.part, rows, workers=workers, done=done)
    order = np.argsort(np.concatenate(rows), kind="stable") if rows else np.empty(0, np.int64)
    fresh = {key: joined([part[key] for part in parts], order) for key in work.missing} if rows else {}
    return Quantities(measured={**kept, **fresh}, made_from=made_from)


@dataclass(frozen=True, eq=False, kw_only=True)
class _Work:
    """What one part needs; shared by all threads and never changed."""

    plan: Plan
    parcels: Parcels
    layers: Layers
    cuts: Sequence[Cut]
    store: Store
    kept: Mapping[str, Measured]
    made_from: Mapping[str, str]
    admitted: frozenset[str]
    resources: Mapping[str, Any]
    masks: Mapping[str, Mask]

    @classmethod
    def of(
        cls,
        plan: Plan,
        parcels: Parcels,
        layers: Layers,
        cuts: Sequence[Cut],
        store: Store,
        kept: Mapping[str, Measured],
        made_from: Mapping[str, str],
        admitted: frozenset[str],
    ) -> _Work:
        """Prepare indexes and masks once for all parts."""
        area = shapely.box(*parcels.shapes.total_bounds)
        resources = {m.key: m.prepare(layers, area) for m in plan.measures if m.key not in kept}
        wanted = WATERFALL in made_from and (WATERFALL not in kept or any(m.key not in kept for m in plan.later))
        masks = {cut.name: mask_of(cut, layers) for cut in cuts} if wanted else {}
        return cls(
            plan=plan, parcels=parcels, layers=layers, cuts=cuts, store=store, kept=kept, made_from=made_from,
            admitted=admitted, resources=resources, masks=masks,
        )  # fmt: skip

    @property
    def missing(self) -> tuple[str, ...]:
        """The keys that have to be read or measured."""
        return tuple(key for key in self.made_from if key not in self.kept)

    def part(self, rows: NDArray[np.int64]) -> dict[str, Measured]:
        """Everything that is missing, for one part: kept parts are read, the rest is measured and kept."""
        parcels = self.parcels.take(rows)
        prefix = hashed(fingerprint(parcels))
        names = {key: hashed(prefix, self.made_from[key]) for key in self.missing}
        columns = {measure.key: [column.name for column in measure.columns] for measure in self.plan.measures}
        columns[WATERFALL] = ["gross", *(f"cut:{cut.name}" for cut in self.cuts), "usable", "largest_piece", "pieces"]
        read = {key: unpacked(self.store.get(names[key]), columns[key], len(parcels)) for key in self.missing}
        out = {key: measured for key, measured in read.items() if measured is not None}
        if len(out) < len(self.missing):
            before = {key: rows_of(measured, rows) for key, measured in self.kept.items()}
            for key, measured in self._measured(parcels, {**before, **out}).items():
                out[key] = measured
                if key not in self.own_fields:
                    self.store.put(names[key], packed(measured))
        return out

    @property
    def own_fields(self) -> frozenset[str]:
        """Keys of the parcels' own fields: quick to read again, and perhaps not meant to lie in a run's folder."""
        return frozenset(measure.key for measure in self.plan.measures if measure.verb == "field")

    def _measured(self, parcels: Parcels, there: Mapping[str, Measured]) -> dict[str, Measured]:
        """What is not there: measures of whole parcels, then usable land, then measures of it."""
        out = {m.key: self._one(m, parcels) for m in self.plan.first if m.key not in there}
        later = [measure for measure in self.plan.later if measure.key not in there]
        if later or (WATERFALL in self.made_from and WATERFALL not in there):
            by_hand = np.array([str(name) in self.admitted for name in parcels.ids], bool)
            with _Saying("usable land", parcels):
                usable = usable_land(
                    parcels, self.layers, self.cuts, masks=self.masks, minimum_m2=self.plan.minimum_m2,
                    pad=self.plan.pad_m if any(measure.land == "pad" for measure in later) else None,
                    eligible=_eligible(self.plan, {**there, **out}, len(parcels)) | by_hand, exempt=by_hand,
                )  # fmt: skip
            parcels = replace(parcels, usable=usable)
            if WATERFALL not in there:
                out[WATERFALL] = waterfall(usable)
            out |= {measure.key: self._one(measure, parcels) for measure in later}
        return out

    def _one(self, measure: Measure, parcels: Parcels) -> Measured:
        with _Saying(f"the measure {measure.verb!r}", parcels):
            measured = measure.measure(parcels, self.layers, self.resources[measure.key])
            return placed(rounded(measure, measured), parcels)


@dataclass(frozen=True, eq=False)
class _Saying:
    """Says with an error what was measured of which parcels; an error that siting does not know becomes a RunError."""

    what: str
    parcels: Parcels

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        ids = self.parcels.ids
        where = f"{self.what} of the {len(ids):,} parcels {str(ids[0])!r} to {str(ids[-1])!r}"
        if isinstance(error, SitingError):
            error.add_note(f"While working out {where}.")
        elif isinstance(error, Exception):
            raise RunError(
                f"Working out {where} failed: {type(error).__name__}: {error}. This is a fault of siting or of its "
                "input; finished parts are kept, so that a new start goes on here."
            ) from error


def _eligible(plan: Plan, measured: Mapping[str, Measured], n: int) -> NDArray[np.bool_]:
    """Parcels that no rule for whole parcels certainly rules out."""
    out = np.ones(n, bool)
    for rule in plan.gates:
        out &= ~rule.verdict(measured).met
    return out
