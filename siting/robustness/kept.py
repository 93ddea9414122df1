"""Draws that are kept: a run that was stopped after them does not draw again."""

from __future__ import annotations

import hashlib
import pickle
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from siting.engine import Store
from siting.mcda.robustness.acceptability import Acceptability, Alternatives, smaa
from siting.mcda.robustness.weighting import DrawnWeights
from siting.quantities.identity import code_identity, hashed

__all__ = ["kept_smaa"]

_NUMBERS = ("n", "draws", "depth", "scored")
_MATRICES = ("counts", "first_weights")

T = TypeVar("T", np.int64, np.float64)


def kept_smaa(given: Alternatives, weights: DrawnWeights, *, depth: int, store: Store | None) -> Acceptability:
    """``smaa``, or what it gave for the same alternatives, weights and code before.

    store : where it is kept; None, or one without a place: nowhere
    """
    if store is None or store.place is None:
        return smaa(given, weights, depth=depth)
    key = _key(given, weights, depth)
    found = _unpacked(store.get(key))
    if found is None:
        found = smaa(given, weights, depth=depth)
        store.put(key, _packed(found))
    return found


def _key(given: Alternatives, weights: DrawnWeights, depth: int) -> str:
    """A hash of all that the draws are made from."""
    hashing = _Hashing()
    pickle.Pickler(hashing, protocol=5).dump((given, weights, depth))
    return hashed("draws", code_identity(whole=True), hashing.digest.hexdigest())


class _Hashing:
    """A file that is hashed and not kept."""

    def __init__(self) -> None:
        self.digest = hashlib.sha256()

    def write(self, content: Any) -> None:
        """Take in some bytes."""
        self.digest.update(content)


def _packed(counted: Acceptability) -> pa.Table:
    """A row for each parcel that was ever among the best."""
    columns = {"rows": pa.array(counted.rows)}
    for name in _MATRICES:
        array = getattr(counted, name)
        columns[name] = pa.FixedSizeListArray.from_arrays(pa.array(array.ravel()), array.shape[1])
    return pa.table(columns).replace_schema_metadata({name: str(getattr(counted, name)) for name in _NUMBERS})


def _unpacked(table: pa.Table | None) -> Acceptability | None:
    """What ``_packed`` made a table of."""
    if table is None:
        return None
    said = {name: int(table.schema.metadata[name.encode()]) for name in _NUMBERS}
    return Acceptability(
        n=said["n"], draws=said["draws"], depth=said["depth"], scored=said["scored"],
        rows=np.array(table.column("rows").to_numpy(), np.int64),
        counts=_matrix(table.column("counts"), np.int64),
        first_weights=_matrix(table.column("first_weights"), np.float64),
    )  # fmt: skip


def _matrix(column: pa.ChunkedArray, kind: type[T]) -> NDArray[T]:
    """Lists of one length as the rows of an array."""
    flat = [np.empty(0, kind), *(chunk.flatten().to_numpy() for chunk in column.chunks)]
    return np.concatenate(flat).astype(kind).reshape(len(column), column.type.list_size)
