"""Rows that lie scattered over parts, given back in the order of their places: sorting on disk.

Each part is an Arrow file of rows in rising order of their place; a place belongs to one row of one part. Rows whose
places lie in one stretch are one batch of the file, so that only the batches of the stretch that is asked for are read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from threading import get_ident
from typing import Any

import numpy as np
import pyarrow as pa

from siting.errors import RunError, said_by_system

__all__ = ["PLACE", "STRETCH", "Scattered", "read_part", "unified", "write_part", "write_rows"]

PLACE = "siting:place"  #: the column of a part that holds the place of each row
STRETCH = 65_536  #: places of which a part keeps the rows together
_ABOUT = b"siting:about"


def write_rows(path: Path, table: pa.Table) -> None:
    """Write rows in rising order of their place as a part of ``Scattered``. Raises RunError when the disk refuses."""
    number, first = np.unique(table.column(PLACE).to_numpy() // STRETCH, return_index=True)
    write_part(path, table, {"stretches": number.tolist()}, [*first.tolist(), table.num_rows])


def write_part(path: Path, table: pa.Table, about: Mapping[str, Any] | None = None, cuts: Sequence[int] = ()) -> None:
    """Write a part whole or not at all; ``about`` is kept with it as JSON. Raises RunError when the disk refuses.

    cuts : rows between which each batch of the file lies; without them all are one
    """
    metadata = {_ABOUT: json.dumps(dict(about or {})).encode()}
    schema = table.schema.with_metadata(metadata)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{get_ident()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with pa.OSFile(str(temporary), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
            whole = table.combine_chunks().replace_schema_metadata(metadata)
            for first, last in pairwise(cuts or (0, len(whole))):
                writer.write_table(whole.slice(first, last - first))
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise RunError(
            f"The part {path.name!r} cannot be written to {path.parent.name!r}: {said_by_system(error)}. Free "
            "some space or name another folder, then start again: finished parts are kept."
        ) from error


def read_part(path: Path, columns: Sequence[str] | None = None) -> tuple[pa.Table, dict[str, Any]] | None:
    """A part as it lies in the file (mapped, not read), and what is kept with it; None where it cannot be read."""
    try:
        with pa.memory_map(str(path)) as source:
            reader = pa.ipc.open_file(source)
            table = reader.read_all()
        about = json.loads((table.schema.metadata or {}).get(_ABOUT, b"{}"))
    except (OSError, pa.ArrowException, ValueError):
        return None
    return (table if columns is None else table.select(list(columns))), about


def unified(schemas: Sequence[tuple[pa.Schema, frozenset[str]]]) -> pa.Schema:
    """The one schema of parts that hold the same columns.

    schemas : of each part, and its columns that hold nothing at all, whose type says nothing
    Whole numbers among numbers are numbers; whatever else differs is text, and so is a column that is empty everywhere.

    >>> one, two = pa.schema([("a", pa.string())]), pa.schema([("a", pa.int64())])
    >>> unified([(one, frozenset({"a"})), (two, frozenset())]).field("a").type
    DataType(int64)
    """
    first = schemas[0][0]
    fields = []
    for at, field in enumerate(first):
        said = {schema.field(at).type for schema, empty in schemas if field.name not in empty}
        kinds = said or {schema.field(at).type for schema, _ in schemas}
        kind = kinds.pop() if len(kinds) == 1 else None
        if kind is None:
            kind = pa.float64() if kinds == {pa.int64(), pa.float64()} else pa.string()
        fields.append(pa.field(field.name, kind, metadata=field.metadata))
    return pa.schema(fields)


class Scattered:
    """Parts whose rows together have the places 0 to n - 1.

    paths : the files; schema : of what is given back, without the place
    """

    def __init__(self, paths: Sequence[Path], count: int) -> None:
        self.paths, self.count = list(paths), count
        known = [_known(path) for path in self.paths]
        self.schema = unified([(schema, empty) for schema, empty, _ in known])
        self._stretches = [stretches for _, _, stretches in known]

    def rows(self, first: int, last: int) -> pa.Table:
        """The rows of the places first to last - 1, in order, as one table. Raises RunError for a part that is lost."""
        wanted = range(first // STRETCH, -(-last // STRETCH))
        pieces, places = [], []
        for path, stretches in zip(self.paths, self._stretches, strict=True):
            table = _batches(path, [at for at, number in enumerate(stretches) if number in wanted])
            place = np.concatenate([np.empty(0, np.int64), *(c.to_numpy() for c in table.column(PLACE).chunks)])
            low, high = np.searchsorted(place, [first, last])
            if high > low:
                pieces.append(_cast(table.slice(low, high - low).drop_columns([PLACE]), self.schema))
                places.append(place[low:high])
        order = np.argsort(np.concatenate(places)) if places else np.empty(0, np.int64)
        if len(order) != last - first:
            raise RunError(f"{last - first:,} rows were asked for and {len(order):,} found. Start again.")
        if not pieces:
            return self.schema.empty_table()
        return pa.concat_tables(pieces).combine_chunks().take(pa.array(order)).combine_chunks()

    def groups(self, size: int, at_once: int = 1) -> Iterator[pa.Table]:
        """All rows in order, ``size`` at a time; so many groups are cut out together. One empty group of no rows."""
        if not self.count:
            yield self.schema.empty_table()
        for start in range(0, self.count, size * at_once):
            table = self.rows(start, min(start + size * at_once, self.count))
            for first in range(0, table.num_rows, size):
                yield table.slice(first, size)


def _known(path: Path) -> tuple[pa.Schema, frozenset[str], list[int]]:
    """The schema of a part without the place, its columns without any cell, and the stretch of each batch."""
    part = read_part(path)
    if part is None:
        raise _lost(path)
    table = part[0].drop_columns([PLACE])
    empty = frozenset(name for name in table.column_names if table.column(name).null_count == table.num_rows)
    return table.schema.remove_metadata(), empty, part[1]["stretches"]


def _batches(path: Path, numbers: Sequence[int]) -> pa.Table:
    """Some batches of a part, as they lie in the file. Raises RunError for a part that is lost."""
    try:
        with pa.memory_map(str(path)) as source:
            reader = pa.ipc.open_file(source)
            return pa.Table.from_batches([reader.get_batch(number) for number in numbers], reader.schema)
    except (OSError, pa.ArrowException) as error:
        raise _lost(path) from error


def _cast(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The table with the types of the whole; numbers that become text are told as Python tells them."""
    if table.schema.equals(schema):
        return table.replace_schema_metadata()
    for at, field in enumerate(schema):
        column = table.column(at)
        if column.type == field.type:
            continue
        if column.null_count == len(column):
            cast = pa.nulls(len(column), field.type)
        elif pa.types.is_string(field.type):
            cast = pa.array([None if cell is None else str(cell) for cell in column.to_pylist()], field.type)
        else:
            cast = column.cast(field.type)
        table = table.set_column(at, field, cast)
    return table.cast(schema)


def _lost(path: Path) -> RunError:
    return RunError(
        f"The part {path.name!r} in {path.parent.name!r} cannot be read. Remove it and start again: only that part is "
        "made anew."
    )
