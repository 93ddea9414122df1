"""Measuring all that a plan names: part by part, on threads, each measure once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from siting.engine import Store, map_parts, partitions
from siting.errors import RunError, SitingError, named
from siting.masks import Mask, mask_of
from siting.measure import Measure, Measured
from siting.parcels import Parcels
from siting.plan import Plan
from siting.quantities.columns import WATERFALL, joined, packed, placed, rounded, rows_of, unpacked, waterfall
from siting.quantities.identity import fingerprint, hashed, identities
from siting.usable import Cut, usable_land

if TYPE_CHECKING:
    from siting.engine.dask_pool import DaskPool
    from siting.measure import Layers

__all__ = ["PART_SIZE", "BlockContext", "Quantities", "kept_block", "made_from_of", "measure_all", "measure_block"]

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


@dataclass(frozen=True, eq=False, kw_only=True)
class BlockContext:
    """All that measuring a block of parcels needs beside the parcels; shared by all threads and never changed.

    made_from : key of a quantity -> a hash of what it is made from, beside the parcels
    admitted : ids of parcels whose usable land is wanted although rules exclude them (an analyst admits them)
    resources, masks : what is prepared once for all blocks; a worker that knows plan, layers and cuts makes its own
    """

    plan: Plan
    layers: Layers
    cuts: Sequence[Cut]
    made_from: Mapping[str, str]
    admitted: frozenset[str]
    resources: Mapping[str, Any]
    masks: Mapping[str, Mask]

    @classmethod
    def of(
        cls,
        plan: Plan,
        layers: Layers,
        cuts: Sequence[Cut],
        *,
        bounds: tuple[float, float, float, float],
        admitted: Collection[str] = (),
        there: Collection[str] = (),
    ) -> BlockContext:
        """Prepare indexes and masks once for all blocks.

        bounds : of all parcels, in the study's CRS
        there : keys of quantities that are known of all parcels, for which nothing is prepared
        """
        made_from = made_from_of(plan, layers, cuts, admitted)
        area = shapely.box(*bounds)
        resources = {m.key: m.prepare(layers, area) for m in plan.measures if m.key not in there}
        wanted = WATERFALL in made_from and (WATERFALL not in there or any(m.key not in there for m in plan.later))
        masks = {cut.name: mask_of(cut, layers) for cut in cuts} if wanted else {}
        return cls(
            plan=plan, layers=layers, cuts=cuts, made_from=made_from, admitted=frozenset(admitted),
            resources=resources, masks=masks,
        )  # fmt: skip

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of all quantities: every measure, and the waterfall where usable land is wanted."""
        return tuple(self.made_from)

    @cached_property
    def columns(self) -> Mapping[str, Sequence[str]]:
        """Key -> the names of its columns."""
        out: dict[str, Sequence[str]] = {m.key: [column.name for column in m.columns] for m in self.plan.measures}
        out[WATERFALL] = ["gross", *(f"cut:{cut.name}" for cut in self.cuts), "usable", "largest_piece", "pieces"]
        return out

    @cached_property
    def own_fields(self) -> frozenset[str]:
        """Keys of the parcels' own fields: quick to read again, and perhaps not meant to lie in a run's folder."""
        return frozenset(measure.key for measure in self.plan.measures if measure.verb == "field")


def made_from_of(plan: Plan, layers: Layers, cuts: Sequence[Cut], admitted: Collection[str] = ()) -> dict[str, str]:
    """Key of every quantity that the plan wants -> a hash of what it is made from, beside the parcels."""
    made_from = identities(plan, layers, cuts, admitted)
    if not plan.wants_usable:
        del made_from[WATERFALL]
    return made_from


def measure_block(
    context: BlockContext, parcels: Parcels, there: Mapping[str, Measured] | None = None
) -> dict[str, Measured]:
    """The quantities of these parcels that are not ``there`` yet, by key; pure, and the same whatever the block.

    Measures of whole parcels come first, then usable land, then measures of it.
    Raises SitingError saying what was worked out of which parcels.
    """
    there, plan = there or {}, context.plan
    out = _measured(context, [measure for measure in plan.first if measure.key not in there], parcels)
    later = [measure for measure in plan.later if measure.key not in there]
    if later or (WATERFALL in context.made_from and WATERFALL not in there):
        by_hand = np.array([str(name) in context.admitted for name in parcels.ids], bool)
        with _Saying("usable land", parcels):
            usable = usable_land(
                parcels, context.layers, context.cuts, masks=context.masks, minimum_m2=plan.minimum_m2,
                pad=plan.pad_m if any(measure.land == "pad" for measure in later) else None,
                eligible=_eligible(plan, {**there, **out}, len(parcels)) | by_hand, exempt=by_hand,
            )  # fmt: skip
        parcels = replace(parcels, usable=usable)
        if WATERFALL not in there:
            out[WATERFALL] = waterfall(usable)
        out |= _measured(context, later, parcels)
    return out


def kept_block(
    context: BlockContext,
    parcels: Parcels,
    store: Store,
    *,
    keys: Sequence[str] | None = None,
    before: Mapping[str, Measured] | None = None,
    prefix: str | None = None,
) -> tuple[dict[str, Measured], int]:
    """The quantities of a block: kept ones are read, the rest is measured and kept; and how many were measured.

    keys : only these; all without it. before : quantities of these parcels that are known already
    prefix : ``hashed(fingerprint(parcels))``, where that is known
    """
    keys = context.keys if keys is None else keys
    prefix = prefix or hashed(fingerprint(parcels))
    names = {key: hashed(prefix, context.made_from[key]) for key in keys}
    read = {key: unpacked(store.get(names[key]), context.columns[key], len(parcels)) for key in keys}
    out = {key: measured for key, measured in read.items() if measured is not None}
    fresh = 0
    if len(out) < len(keys):
        for key, measured in measure_block(context, parcels, {**(before or {}), **out}).items():
            out[key] = measured
            if key not in context.own_fields:
                fresh += 1
                store.put(names[key], packed(measured))
    return out, fresh


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
    pool: DaskPool | None = None,
) -> Quantities:
    """All quantities of a plan.

    admitted : ids of parcels whose usable land is wanted although rules exclude them (an analyst admits them)
    known : quantities of the same parcels from before; what was made from the same is not measured again
    store : finished parts on disk; what is there is not measured again
    begin, done : told the number of parts, and when each is finished
    pool : the workers of a cluster, to measure there instead of on threads
    The result does not depend on ``part_size``, ``workers`` or ``pool``.
    """
    made_from = made_from_of(plan, layers, cuts, admitted)
    kept = {key: known[key] for key, identity in made_from.items() if known and known.made_from.get(key) == identity}
    context = BlockContext.of(
        plan, layers, cuts, bounds=parcels.shapes.total_bounds, admitted=admitted, there=frozenset(kept)
    )
    missing, kept_parts = [key for key in made_from if key not in kept], store or Store(None)
    rows = partitions(parcels.shapes.bounds, part_size) if missing else []

    def block(some: NDArray[np.int64]) -> tuple[Parcels, dict[str, Measured]]:
        return parcels.take(some), {key: rows_of(measured, some) for key, measured in kept.items()}

    def part(some: NDArray[np.int64]) -> dict[str, Measured]:
        taken, before = block(some)
        return kept_block(context, taken, kept_parts, keys=missing, before=before)[0]

    if begin:
        begin(len(rows))
    if pool is None:
        parts = map_parts(part, rows, workers=workers, done=done)
    else:
        from siting.quantities.elsewhere import all_elsewhere

        parts = all_elsewhere(pool, context, map(block, rows), kept_parts, keys=missing, done=done)
    order = np.argsort(np.concatenate(rows), kind="stable") if rows else np.empty(0, np.int64)
    fresh = {key: joined([part[key] for part in parts], order) for key in missing} if rows else {}
    return Quantities(measured={**kept, **fresh}, made_from=made_from)


def _measured(context: BlockContext, measures: Sequence[Measure], parcels: Parcels) -> dict[str, Measured]:
    """The quantities of these measures by key, in their order; those that share a pass are measured together."""
    passes: dict[Hashable, list[Measure]] = {}
    for measure in measures:
        passes.setdefault(measure.pass_of(context.resources[measure.key]), []).append(measure)
    out: dict[str, Measured] = {}
    for together in passes.values():
        verbs = named(dict.fromkeys(measure.verb for measure in together))
        with _Saying(f"the measure {verbs}", parcels):
            asked = [(measure, context.resources[measure.key]) for measure in together]
            for measure, found in zip(
                together, together[0].measure_in_one(asked, parcels, context.layers), strict=True
            ):
                out[measure.key] = placed(rounded(measure, found), parcels)
    return {measure.key: out[measure.key] for measure in measures}


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
