"""The columns of quantities: rounded, joined from parts, and kept as Arrow tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from siting.land import UsableLand
from siting.measure import Measure, Measured
from siting.parcels import Parcels

__all__ = ["WATERFALL", "joined", "packed", "placed", "rounded", "rows_of", "unpacked", "waterfall"]

WATERFALL = "usable land"  #: the key under which the waterfall is found among the quantities


def rounded(measure: Measure, measured: Measured) -> Measured:
    """Quantities rounded to the step that their column declares, so that bytes repeat on any CPU."""
    steps = {column.name: column.step for column in measure.columns}

    def to_step(values: NDArray[Any], step: float | None) -> NDArray[Any]:
        if step is None or values.dtype.kind != "f":
            return values
        places = -int(np.floor(np.log10(step) + 1e-9))
        decimal = abs(step * 10.0**places - 1) < 1e-9
        return (np.round(values, places) if decimal else np.round(values / step) * step) + 0.0

    first = measure.columns[0].step
    return replace(
        measured,
        columns={name: to_step(values, steps.get(name)) for name, values in measured.columns.items()},
        low=None if measured.low is None else to_step(measured.low, first),
        high=None if measured.high is None else to_step(measured.high, first),
    )


def placed(measured: Measured, parcels: Parcels) -> Measured:
    """The number of a placement of the pad becomes its outline (WKT, centimetres)."""
    if "placement" not in measured.columns or parcels.usable is None or parcels.usable.pad is None:
        return measured
    number, pad = measured.columns["placement"], parcels.usable.pad
    there = ~np.isnan(number)
    outline = np.full(len(number), None, dtype=object)
    items = pad.offsets[:-1][there] + number[there].astype(np.int64)
    outline[there] = shapely.to_wkt(shapely.get_geometry(pad.shapes.geometries[items], 0), rounding_precision=2)
    return replace(measured, columns={**measured.columns, "placement": outline})


def waterfall(usable: UsableLand) -> Measured:
    """The waterfall as columns: gross, every cut, usable, largest piece (to 0.001 m2), number of pieces."""
    columns = {"gross": usable.gross_m2, **{f"cut:{name}": taken for name, taken in usable.cut_m2.items()}}
    columns |= {"usable": usable.usable_m2, "largest_piece": usable.largest_m2}
    whole = {name: np.round(values, 3) + 0.0 for name, values in columns.items()}
    pieces = np.where(usable.pieces < 0, np.nan, usable.pieces.astype(np.float64))
    return Measured(columns={**whole, "pieces": pieces}, state=usable.state)


def joined(parts: Sequence[Measured], order: NDArray[np.int64]) -> Measured:
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


def packed(measured: Measured) -> pa.Table:
    """A part as an Arrow table, each text once; notes in its metadata."""
    arrays: dict[str, Any] = {f"column {name}": _arrow(measured, name) for name in measured.columns}
    arrays["state"] = pa.array(measured.state)
    for side in ("low", "high"):
        if getattr(measured, side) is not None:
            arrays[side] = pa.array(getattr(measured, side))
    return pa.table(arrays).replace_schema_metadata({"notes": json.dumps(measured.notes)})


def _arrow(measured: Measured, name: str) -> pa.Array:
    """Numbers as they are; texts by their places among those that occur, None where there is none."""
    values = measured.columns[name]
    if values.dtype != object:
        return pa.array(values, from_pandas=False)
    codes, texts = measured.coded(name)
    gaps = codes < 0
    return pa.DictionaryArray.from_arrays(
        pa.array(codes.astype(np.int32), mask=gaps if gaps.any() else None), pa.array(texts, pa.string())
    )


def unpacked(table: pa.Table | None, names: Sequence[str], count: int) -> Measured | None:
    """What ``packed`` has packed; None unless it holds these columns for this many parcels."""
    wanted = {"state", *(f"column {name}" for name in names)}
    if table is None or table.num_rows != count or set(table.column_names) - {"low", "high"} != wanted:
        return None

    def array(name: str) -> NDArray[Any]:
        column = table.column(name).combine_chunks()
        if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
            return np.array(column.to_numpy(zero_copy_only=False))
        if not pa.types.is_dictionary(column.type):
            return np.array([*column.to_pylist(), None], dtype=object)[:-1]
        texts = np.array([*column.dictionary.to_pylist(), None], dtype=object)
        return np.asarray(texts[column.indices.fill_null(-1).to_numpy()])

    notes = tuple(json.loads((table.schema.metadata or {}).get(b"notes", b"[]")))
    low, high = (array(side) if side in table.column_names else None for side in ("low", "high"))
    columns = {name: array(f"column {name}") for name in names}
    return Measured(columns=columns, state=array("state"), low=low, high=high, notes=notes)


def rows_of(measured: Measured, rows: NDArray[np.int64]) -> Measured:
    """The quantities of these parcels."""
    return replace(
        measured,
        columns={name: values[rows] for name, values in measured.columns.items()},
        state=measured.state[rows],
        low=None if measured.low is None else measured.low[rows],
        high=None if measured.high is None else measured.high[rows],
    )
