"""Quantities: the only expensive result. Measured part by part, kept by what they were made from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from siting import __version__
from siting.engine import Store, map_parts, partitions
from siting.masks import Mask, mask_of
from siting.measure import Measure, Measured
from siting.parcels import Parcels
from siting.plan import Plan
from siting.usable import Cut, usable_land

if TYPE_CHECKING:
    from siting.measure import Layers

__all__ = ["PART_SIZE", "WATERFALL", "Quantities", "measure_all"]

PART_SIZE = 8192  #: parcels in a partition
WATERFALL = "usable land"  #: the key under which the waterfall is found among the quantities


@dataclass(frozen=True, eq=False, kw_only=True)
class Quantities:
    """Everything that was measured of n parcels, by ``Measure.key``; the waterfall under ``WATERFALL``."""

    measured: Mapping[str, Measured]

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
    known: Quantities | None = None,
    store: Store | None = None,
    part_size: int = PART_SIZE,
    workers: int | None = None,
    done: Callable[[], None] | None = None,
    begin: Callable[[int], None] | None = None,
) -> Quantities:
    """All quantities of a plan.

    known : quantities of the same parcels and layers from before; what is there is not measured again
    store : finished parts on disk; what is there is not measured again
    begin, done : told the number of parts, and when each is finished
    """
    work = _Work.of(plan, parcels, layers, cuts, store or Store(None), known)
    rows = partitions(parcels.shapes.bounds, part_size) if work.missing else []
    if begin:
        begin(len(rows))
    parts = map_parts(work.part, rows, workers=workers, done=done)
    order = np.argsort(np.concatenate(rows), kind="stable") if rows else np.empty(0, np.int64)
    fresh = {key: _joined([part[key] for part in parts], order) for key in work.missing} if rows else {}
    kept = {key: known[key] for key in work.keys if known is not None and key in known}
    return Quantities(measured={**kept, **fresh})


@dataclass(frozen=True, eq=False, kw_only=True)
class _Work:
    """What one part needs; shared by all threads and never changed."""

    plan: Plan
    parcels: Parcels
    layers: Layers
    cuts: Sequence[Cut]
    store: Store
    missing: tuple[str, ...]
    keys: tuple[str, ...]
    resources: Mapping[str, Any]
    masks: Mapping[str, Mask]
    identity: Mapping[str, str]

    @classmethod
    def of(
        cls,
        plan: Plan,
        parcels: Parcels,
        layers: Layers,
        cuts: Sequence[Cut],
        store: Store,
        known: Quantities | None,
    ) -> _Work:
        """Prepare indexes and masks once for all parts."""
        keys = (*(measure.key for measure in plan.measures), *((WATERFALL,) if plan.wants_usable else ()))
        identity = _identity(plan, layers, cuts)
        reusable = known is not None and _same_waterfall(known, identity)
        missing = tuple(key for key in keys if known is None or key not in known or (_on_usable(plan, key) and not reusable))
        area = shapely.box(*parcels.shapes.total_bounds)
        resources = {m.key: m.prepare(layers, area) for m in plan.measures if m.key in missing}
        masks = {cut.name: mask_of(cut, layers) for cut in cuts} if plan.wants_usable and missing else {}
        return cls(
            plan=plan, parcels=parcels, layers=layers, cuts=cuts, store=store, missing=missing, keys=keys, resources=resources, masks=masks, identity=identity,
        )  # fmt: skip

    def part(self, rows: NDArray[np.int64]) -> dict[str, Measured]:
        """Everything that is missing, for one part: kept parts are read, the rest is measured and kept."""
        parcels = self.parcels.take(rows)
        prefix = _hash(_fingerprint(parcels))
        names = {key: _hash(prefix, self.identity[key]) for key in self.missing}
        out = {key: read for key in self.missing if (read := _unpacked(self.store.get(names[key]))) is not None}
        if len(out) < len(self.missing):
            for key, measured in self._measured(parcels, out).items():
                out[key] = measured
                self.store.put(names[key], _packed(measured))
        return out

    def _measured(self, parcels: Parcels, there: Mapping[str, Measured]) -> dict[str, Measured]:
        out: dict[str, Measured] = {}
        gates = {measure.key for rule in self.plan.gates for measure in rule.measures}
        later_wanted = [m for m in self.plan.later if m.key in self.missing and m.key not in there]
        wants_usable = bool(later_wanted) or (WATERFALL in self.missing and WATERFALL not in there)
        for measure in self.plan.first:
            if measure.key not in there and (measure.key in self.missing or (wants_usable and measure.key in gates)):
                out[measure.key] = self._one(measure, parcels)
        if wants_usable:
            usable = usable_land(
                parcels, self.layers, self.cuts, masks=self.masks, pad=self.plan.pad_m, minimum_m2=self.plan.minimum_m2,
                eligible=_eligible(self.plan, {**there, **out}, len(parcels)),
            )  # fmt: skip
            parcels = replace(parcels, usable=usable)
            out[WATERFALL] = replace(_waterfall(usable), notes=(self.identity[WATERFALL],))
            for measure in later_wanted:
                out[measure.key] = self._one(measure, parcels)
        return {key: measured for key, measured in out.items() if key in self.missing}

    def _one(self, measure: Measure, parcels: Parcels) -> Measured:
        resource = self.resources[measure.key] if measure.key in self.resources else measure.prepare(self.layers, shapely.box(*self.parcels.shapes.total_bounds))
        measured = measure.measure(parcels, self.layers, resource)
        return _placed(_rounded(measure, measured), parcels)


def _eligible(plan: Plan, measured: Mapping[str, Measured], n: int) -> NDArray[np.bool_]:
    """Parcels that no rule for whole parcels certainly rules out; lifted rules rule out nothing."""
    lifted = {name for rule in plan.rules for name in rule.lifts}
    out = np.ones(n, bool)
    for rule in plan.gates:
        if not rule.lifts and rule.name not in lifted:
            out &= ~rule.verdict(measured).met
    return out


def _rounded(measure: Measure, measured: Measured) -> Measured:
    """Quantities rounded to the step that their column declares, so that bytes repeat on any CPU."""
    steps = {column.name: column.step for column in measure.columns}

    def rounded(values: NDArray[Any], step: float | None) -> NDArray[Any]:
        if step is None or values.dtype.kind != "f":
            return values
        places = -int(np.floor(np.log10(step) + 1e-9))
        return (np.round(values, places) if np.isclose(step, 10.0**-places) else np.round(values / step) * step) + 0.0

    first = measure.columns[0].step
    return replace(
        measured,
        columns={name: rounded(values, steps.get(name)) for name, values in measured.columns.items()},
        low=None if measured.low is None else rounded(measured.low, first),
        high=None if measured.high is None else rounded(measured.high, first),
    )


def _placed(measured: Measured, parcels: Parcels) -> Measured:
    """The number of a placement of the pad becomes its outline (WKT, centimetres)."""
    if "placement" not in measured.columns or parcels.usable is None or parcels.usable.pad is None:
        return measured
    number, pad = measured.columns["placement"], parcels.usable.pad
    there = ~np.isnan(number)
    outline = np.full(len(number), None, dtype=object)
    items = pad.offsets[:-1][there] + number[there].astype(np.int64)
    outline[there] = shapely.to_wkt(shapely.get_geometry(pad.shapes.geometries[items], 0), rounding_precision=2)
    return replace(measured, columns={**measured.columns, "placement": outline})


def _waterfall(usable: Any) -> Measured:
    """The waterfall as columns: gross, every cut, usable, largest piece, number of pieces; areas to 1 m2."""
    columns = {"gross": usable.gross_m2, **{f"cut:{name}": taken for name, taken in usable.cut_m2.items()}}
    columns |= {"usable": usable.usable_m2, "largest_piece": usable.largest_m2}
    whole = {name: np.round(values, 3) + 0.0 for name, values in columns.items()}
    pieces = np.where(usable.pieces < 0, np.nan, usable.pieces.astype(np.float64))
    return Measured(columns={**whole, "pieces": pieces}, state=usable.state)


def _identity(plan: Plan, layers: Layers, cuts: Sequence[Cut]) -> dict[str, str]:
    """What each quantity is made from, beside the parcels: measure, layers, and for usable land the cuts and gates."""

    def of(names: Sequence[str]) -> list[Any]:
        return [[name, layers[name].provenance.get("identity", "")] for name in names]

    gates = [rule.model_dump_json() for rule in plan.gates]
    usable = json.dumps(
        [[cut.model_dump_json() for cut in cuts], of([c.layer for c in cuts if c.layer]), gates,
         of([name for rule in plan.gates for m in rule.measures for name in m.layer_names]),
         plan.pad_m, plan.minimum_m2], sort_keys=True,
    )  # fmt: skip
    out = {WATERFALL: _hash(__version__, usable)}
    for measure in plan.measures:
        basis = usable if measure.land != "parcel" else ""
        out[measure.key] = _hash(__version__, measure.key, json.dumps(of(measure.layer_names)), basis)
    return out


def _same_waterfall(known: Quantities, identity: Mapping[str, str]) -> bool:
    return WATERFALL in known and known[WATERFALL].notes == (identity[WATERFALL],)


def _on_usable(plan: Plan, key: str) -> bool:
    return key == WATERFALL or any(measure.key == key for measure in plan.later)


def _fingerprint(parcels: Parcels) -> str:
    """A hash of the parcels: ids, coordinates and fields."""
    digest = hashlib.sha256("\x1f".join(map(str, parcels.ids)).encode())
    for array in (parcels.shapes.coords, parcels.shapes.ring_offsets, parcels.shapes.shape_offsets):
        digest.update(np.ascontiguousarray(array))
    digest.update(parcels.crs.encode())
    digest.update(parcels.table.to_csv(index=False).encode())
    return digest.hexdigest()


def _hash(*texts: str) -> str:
    return hashlib.sha256("\x1e".join(texts).encode()).hexdigest()


def _joined(parts: Sequence[Measured], order: NDArray[np.int64]) -> Measured:
    """The parts one after the other, in the order of the parcels."""

    def join(arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
        return np.concatenate(arrays)[order]

    def bound(side: str) -> NDArray[np.float64] | None:
        given = [getattr(part, side) for part in parts]
        if all(array is None for array in given):
            return None
        exact = [next(iter(part.columns.values())) for part in parts]
        return join([array if array is not None else own for array, own in zip(given, exact, strict=True)])

    return Measured(
        columns={name: join([part.columns[name] for part in parts]) for name in parts[0].columns},
        state=join([part.state for part in parts]),
        low=bound("low"),
        high=bound("high"),
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
    )


def _packed(measured: Measured) -> pa.Table:
    """A part as an Arrow table; notes in its metadata."""
    arrays: dict[str, Any] = {f"column {name}": pa.array(values, from_pandas=False) for name, values in measured.columns.items()}
    arrays["state"] = pa.array(measured.state)
    for side in ("low", "high"):
        if getattr(measured, side) is not None:
            arrays[side] = pa.array(getattr(measured, side))
    return pa.table(arrays).replace_schema_metadata({"notes": json.dumps(measured.notes)})


def _unpacked(table: pa.Table | None) -> Measured | None:
    if table is None:
        return None

    def array(name: str) -> NDArray[Any]:
        column = table.column(name).combine_chunks()
        if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
            return np.array(column.to_numpy(zero_copy_only=False))
        return np.array(column.to_pylist(), dtype=object)

    columns = {name.removeprefix("column "): array(name) for name in table.column_names if name.startswith("column ")}
    notes = tuple(json.loads((table.schema.metadata or {}).get(b"notes", b"[]")))
    low, high = (array(side) if side in table.column_names else None for side in ("low", "high"))
    return Measured(columns=columns, state=array("state"), low=low, high=high, notes=notes)
