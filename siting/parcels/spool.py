"""Records on disk: polygons as flat Arrow lists beside ids and attributes, written in chunks and read again in part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from siting.errors import RunError, said_by_system
from siting.hilbert import centres
from siting.shapes import Shapes

__all__ = [
    "CENTRE_X",
    "CENTRE_Y",
    "COORDS",
    "ID",
    "RINGS",
    "ROW",
    "Spool",
    "attributes_of",
    "bounds_of",
    "ids_of_column",
    "on_disk",
    "read_records",
    "shape_columns",
    "shapes_of",
    "write_records",
]

_OURS = "siting:"
ID, ROW, COORDS, RINGS, CENTRE_X, CENTRE_Y = (_OURS + name for name in ("id", "row", "coords", "rings", "x", "y"))


@contextmanager
def on_disk(folder: Path) -> Iterator[None]:
    """Whatever the disk refuses is a RunError that says what to do."""
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        raise RunError(
            f"The parcels cannot be written to the folder '{folder.name}': {said_by_system(error)}. Free some "
            "space or name another folder, then start again: only the reading of the parcels is done again."
        ) from error


def shape_columns(shapes: Shapes) -> tuple[pa.Array, pa.Array]:
    """Polygons as two lists a row: x and y of all vertices, and the vertices of each ring (negative for a hole)."""
    vertices = shapes.ring_offsets[shapes.shape_offsets]
    coords = pa.LargeListArray.from_arrays(pa.array(2 * vertices), pa.array(shapes.coords.reshape(-1)))
    signed = np.where(shapes.part_starts, 1, -1) * np.diff(shapes.ring_offsets)
    rings = pa.LargeListArray.from_arrays(pa.array(shapes.shape_offsets), pa.array(signed.astype(np.int32)))
    return coords, rings


def shapes_of(table: pa.Table) -> Shapes:
    """The polygons of a table, bit for bit as they were written."""
    coords, rings = (_one(table.column(name)) for name in (COORDS, RINGS))
    signed = rings.flatten().to_numpy().astype(np.int64)
    offsets = rings.offsets.to_numpy()
    return Shapes(
        "polygon",
        coords.flatten().to_numpy().reshape(-1, 2),
        np.concatenate([[0], np.cumsum(np.abs(signed))]).astype(np.int64),
        np.array(offsets - offsets[0], np.int64),
        signed > 0,
    )


def bounds_of(table: pa.Table) -> tuple[float, float, float, float]:
    """West, south, east, north of the polygons of a table; at least one of them."""
    xy = _one(table.column(COORDS)).flatten().to_numpy()
    x, y = xy[::2], xy[1::2]
    return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def _one(column: pa.ChunkedArray) -> pa.Array:
    """A column as one array."""
    whole = column.combine_chunks()
    return whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole


def ids_of_column(column: pa.ChunkedArray | pa.Array) -> NDArray[np.object_]:
    """Ids as Python's text."""
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=object)


def attributes_of(table: pa.Table) -> pa.Table:
    """The attributes of the source, as the file has them."""
    return table.select([name for name in table.column_names if not name.startswith(_OURS)])


def write_records(path: Path, table: pa.Table) -> None:
    """A file of Arrow, in one batch."""
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())


def read_records(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """A file of Arrow; of columns that are named only those are read from the disk."""
    if columns is None:
        with pa.OSFile(str(path), "rb") as source:
            return pa.ipc.open_file(source).read_all()
    with pa.memory_map(str(path), "rb") as source:
        whole = pa.ipc.open_file(source).read_all()
        return whole.select(columns).take(pa.array(np.arange(whole.num_rows)))


class Spool:
    """Records in the order of their source, a file a chunk; places count them through.

    starts : the place of the first record of each chunk, and their number at the end
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.starts = [0]

    def __len__(self) -> int:
        return self.starts[-1]

    def path(self, number: int) -> Path:
        """The file of a chunk."""
        return self.folder / f"records-{number}.arrow"

    def add(self, ids: NDArray[np.object_], row: NDArray[np.int64], shapes: Shapes, attributes: pa.Table) -> None:
        """Write a chunk of records."""
        coords, rings = shape_columns(shapes)
        table = attributes
        x, y = centres(shapes.bounds)
        ours = {ID: pa.array(ids, pa.large_string()), ROW: row, CENTRE_X: x, CENTRE_Y: y, COORDS: coords, RINGS: rings}
        for name, column in ours.items():
            table = table.append_column(name, column if isinstance(column, pa.Array) else pa.array(column))
        with on_disk(self.folder.parent):
            write_records(self.path(len(self.starts) - 1), table)
        self.starts.append(len(self) + len(ids))

    def chunks(self, columns: Sequence[str] | None = None) -> Iterator[tuple[int, pa.Table]]:
        """The place of the first record, and the records, of each chunk."""
        for number, start in enumerate(self.starts[:-1]):
            yield start, read_records(self.path(number), columns)

    def take(self, places: NDArray[np.int64], columns: Sequence[str] | None = None) -> pa.Table:
        """The records of these places, which ascend."""
        cuts = np.searchsorted(places, self.starts)
        parts = [read_records(self.path(0), columns).slice(0, 0)]
        for number, start in enumerate(self.starts[:-1]):
            here = places[cuts[number] : cuts[number + 1]] - start
            if len(here):
                parts.append(read_records(self.path(number), columns).take(pa.array(here)))
        return pa.concat_tables(parts)

    def close(self) -> None:
        """Remove its files."""
        for number in range(len(self.starts) - 1):
            self.path(number).unlink(missing_ok=True)
