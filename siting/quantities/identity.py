"""What a quantity is made from, as a hash: parcels, layers, measure, usable land, and the code that measures."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from siting.measure import Measure
from siting.parcels import Parcels
from siting.plan import Plan
from siting.quantities.columns import WATERFALL
from siting.usable import Cut
from siting.versions import code_hash

if TYPE_CHECKING:
    from siting.exclusions import Condition, Rule
    from siting.measure import Layers

__all__ = ["code_identity", "fingerprint", "hashed", "identities"]

#: the rooms whose code decides what a quantity is
_ROOMS = frozenset({
    "catalogue", "crs", "exclusions", "kernels", "land", "layer", "masks", "measure", "metrics", "parcels",
    "quantities", "shapes", "units", "usable", "where",
})  # fmt: skip


def identities(plan: Plan, layers: Layers, cuts: Sequence[Cut], admitted: Collection[str] = ()) -> dict[str, str]:
    """Key of a measure (or WATERFALL) -> a hash of what it is made from, beside the parcels.

    Measures of usable land depend on the cuts, on the pad, on the rules that decide where finer work is done, and on
    the parcels that are admitted against them.
    """

    def of(names: Sequence[str]) -> list[Any]:
        return [[name, layers[name].provenance.get("identity", "")] for name in names]

    gates = [_rule(rule) for rule in plan.gates]
    seen = sorted({name for rule in plan.gates for measure in rule.measures for name in measure.layer_names})
    usable = json.dumps(
        [[cut.model_dump_json() for cut in cuts], of([cut.layer for cut in cuts if cut.layer]),
         gates, of(seen), plan.minimum_m2, sorted(admitted)]
    )  # fmt: skip
    out = {WATERFALL: hashed(code_identity(), usable)}
    for measure in plan.measures:
        basis = {"parcel": "", "pad": usable + repr(plan.pad_m)}.get(measure.land, usable)
        out[measure.key] = hashed(code_identity(), measure.key, json.dumps(of(measure.layer_names)), basis)
    return out


def _rule(rule: Rule) -> list[Any]:
    """What a rule decides by; not its name, nor why."""

    def of(condition: Condition) -> list[Any]:
        return [[(_test(pair) if pair else None) for pair in pairs] for pairs in (condition.parts, condition.given)]

    return [of(rule.condition), of(rule.only_where) if rule.only_where else None]


def _test(pair: tuple[Measure, Any]) -> list[str]:
    measure, test = pair
    return [measure.key, test.model_dump_json(exclude={"said"})]


def code_identity(*, whole: bool = False) -> str:
    """A hash of the code that measures (``whole``: of all code), and of the libraries whose numbers it passes on."""
    return code_hash(None if whole else _ROOMS)


def fingerprint(parcels: Parcels) -> str:
    """A hash of parcels: ids, coordinates, fields, CRS."""
    ids = parcels.ids.tolist()
    digest = hashlib.sha256("\x1f".join(ids if set(map(type, ids)) == {str} else map(str, ids)).encode())
    shapes = parcels.shapes
    for array in (shapes.coords, shapes.ring_offsets, shapes.shape_offsets, shapes.part_starts):
        digest.update(np.ascontiguousarray(array).data)
        digest.update(b"\x1e")
    digest.update(parcels.crs.encode())
    for name in parcels.table.columns:
        digest.update(f"{name}\x1e".encode())
        for buffer in _buffers(parcels.table[name]):
            digest.update(buffer)
    return digest.hexdigest()


def _buffers(column: pd.Series[Any]) -> Iterator[bytes | pa.Buffer | memoryview]:
    """A column as bytes: those of its Arrow array, or of its text where Arrow has no type for it.

    Texts that are in Arrow already are not made Python's: two threads would wait for each other.
    """
    in_arrow = isinstance(column.dtype, pd.StringDtype) and column.dtype.storage == "pyarrow"
    try:
        array = pa.array(column if in_arrow else column.to_numpy(), from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError):
        yield column.to_csv(index=False).encode()
        return
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        yield from _text_buffers(array)
        return
    yield str(array.type).encode()
    for buffer in array.buffers():
        if buffer is not None:
            yield buffer
            yield b"\x1e"


def _text_buffers(array: pa.Array | pa.ChunkedArray) -> Iterator[bytes | pa.Buffer | memoryview]:
    """Texts as bytes, the same in whatever chunks and from wherever in their buffers: which are null, ends, letters."""
    yield b"text"
    if array.null_count:
        yield array.is_null().to_numpy(zero_copy_only=False).data
        array = array.drop_null()
    whole = array.cast(pa.large_string())
    whole = whole.combine_chunks() if isinstance(whole, pa.ChunkedArray) else whole
    if len(whole):
        _, offsets, letters = whole.buffers()
        ends = np.frombuffer(offsets, np.int64)[whole.offset : whole.offset + len(whole) + 1]
        yield (ends - ends[0]).data
        yield letters.slice(ends[0], ends[-1] - ends[0])


def hashed(*texts: str) -> str:
    """One hash of several texts.

    >>> hashed("a", "bc") == hashed("ab", "c")
    False
    """
    return hashlib.sha256("\x1e".join(texts).encode()).hexdigest()
