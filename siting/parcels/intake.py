"""Taking records in, chunk by chunk: each is chosen, carried, repaired, or dropped, and put on disk with its keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from siting.catalogue import Finder, Found
from siting.crs import StudyCrs
from siting.errors import CrsError
from siting.layer.arrow import Witnesses, stripped
from siting.layer.chunks import Chunk, ChunkedFile, open_chunks
from siting.layer.file import LISTED, Box, Features, checked_crs, finite_note
from siting.layer.values import plain_counts, plain_notes
from siting.layer.vector import ids_of
from siting.layer.wkb import Geometries
from siting.parcels.attributes import Attributes, see_values
from siting.parcels.cleaning import Log, coarse_outlines, outline_hashes
from siting.parcels.grid import grid_strips
from siting.parcels.keys import id_hashes
from siting.parcels.read import grid_place
from siting.parcels.records import (
    FIX,
    NO_ID,
    Records,
    candidates_asked,
    candidates_said,
    check_candidates,
    check_fields,
    of_file,
    origin,
    parcel_ids,
    polygons,
    where_said,
    without_dropped,
)
from siting.parcels.spool import Spool
from siting.parcels.use import ParcelsUse
from siting.shapes import Shapes

__all__ = ["Intake", "take_in", "take_in_grid"]

_NOWHERE = (np.nan,) * 4


@dataclass(kw_only=True)
class Intake:
    """Records that lie on disk, and what is kept of each in memory: two hashes, of outline and id.

    read : records that the study asks for; added : vertices added by the reprojection
    """

    spool: Spool
    log: Log = field(default_factory=Log)
    read: int = 0
    added: int = 0
    outlines: list[NDArray[np.uint64]] = field(default_factory=list)
    names: list[NDArray[np.uint64]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    provenance: Mapping[str, Any] = field(default_factory=dict)
    attributes: Attributes = field(default_factory=lambda: Attributes(pa.table({})))

    def add(self, records: Records, attributes: pa.Table) -> None:
        """Take some records in. ``records.table`` has the place of each among the attributes as its column."""
        self.read += len(records.row)
        kept = without_dropped(records, self.log)
        rows = pa.array(kept.table["at"].to_numpy(np.int64))
        self.outlines.append(outline_hashes(coarse_outlines(kept.shapes)))
        self.names.append(id_hashes(kept.ids))
        self.spool.add(kept.ids, kept.row, kept.shapes, attributes.take(rows))


def take_in(
    use: ParcelsUse, spool: Spool, *, finder: Finder, crs: StudyCrs, size: int, hashes: Mapping[str, str]
) -> Intake:
    """All records of a file, ``size`` at a time.

    hashes : sha256 of the file, by name
    """
    found, item = origin(use, finder)
    file = open_chunks(found.path, item=item, fix=FIX, layer=use.layer or found.layer)
    check_fields(use, file.names, item)
    return _FileIntake(use, finder, crs, found, file, size, hashes, Intake(spool=spool)).all()


def take_in_grid(use: ParcelsUse, spool: Spool, *, finder: Finder, crs: StudyCrs, size: int) -> Intake:
    """All cells of a grid, about ``size`` at a time."""
    out, at = Intake(spool=spool), 0
    if use.grid is None:
        return out
    bounds, area, out.provenance, out.added = grid_place(use.grid, finder, crs)
    for cells, ids, table in grid_strips(use.grid.shape, use.grid.size.value, bounds, area, size):
        row = np.arange(at, at + len(ids), dtype=np.int64)
        at += len(ids)
        shapes = Shapes.from_geometries(cells, "polygon")
        places = pd.DataFrame({"at": np.arange(len(ids))})
        attributes = pa.Table.from_pandas(table, preserve_index=False)
        out.add(Records(shapes=shapes, ids=ids, row=row, table=places), attributes)
        out.attributes = Attributes(attributes.slice(0, 1)) if len(ids) else out.attributes
    return out


@dataclass
class _FileIntake:
    """The state of reading one file."""

    use: ParcelsUse
    finder: Finder
    crs: StudyCrs
    found: Found
    file: ChunkedFile
    size: int
    hashes: Mapping[str, str]
    out: Intake
    witnesses: Witnesses = field(default_factory=Witnesses)
    plain: dict[str, tuple[int, str]] = field(default_factory=dict)
    broken: list[int] = field(default_factory=list)
    count_broken: int = 0
    total: int = 0
    chosen: int = 0
    unknown: int = 0
    candidates: int = 0
    bounds: Box = _NOWHERE
    known: list[pa.Array] = field(default_factory=list)

    def __post_init__(self) -> None:
        spec = self.found.spec
        self.nulls = {**(spec.nulls if spec else {}), **self.use.null}
        self.wanted = candidates_asked(self.use, self.finder) if self.use.candidates is not None else None
        self.keys = {*(self.use.where.fields if self.use.where else ()), *filter(None, [self.use.id])}

    def all(self) -> Intake:
        """Take all records in."""
        file, out = self.file, self.out
        used = self._checked_crs(file.bounds or _NOWHERE)
        self._look_ahead()
        for chunk in file.chunks(self.size):
            try:
                self._add(chunk, used)
            except CrsError:
                self._blame_crs()
                raise
        if file.bounds is None:
            self._checked_crs(self.bounds)
        if self.wanted is not None:
            check_candidates(self.wanted, [name for ids in self.known for name in ids.to_pylist()])
        record, warning = of_file(
            self.use, self.found, self.crs, crs_used=used, crs_of_file=file.crs_of_file, synthetic=file.synthetic,
            in_file=file.total, hashes=self.hashes,
        )  # fmt: skip
        out.notes = [note for note in (*self._file_notes(), warning, *self._choice_notes()) if note]
        out.provenance = record
        witnesses = self.witnesses.table(file.schema)
        out.attributes = Attributes(witnesses=witnesses, conversion=file.conversion, nulls=self.nulls)
        return out

    def _checked_crs(self, bounds: Box) -> str:
        return checked_crs(self.file.crs_of_file, self.use.crs or self.found.crs, bounds, self.file.item, FIX)

    def _blame_crs(self) -> None:
        """Where coordinates could not be carried: refuse the label of the file if all of them say that it is wrong."""
        if self.file.bounds is None:
            for chunk in self.file.chunks(self.size, ()):
                self._see_bounds(chunk.geometries().finite()[0].total_bounds)
            self._checked_crs(self.bounds)

    def _look_ahead(self) -> None:
        """Read the fields that choose and name records once, where what they are depends on all of their values."""
        text = [pa.types.is_string, pa.types.is_large_string]
        name = self.use.id
        plain = name is None or any(is_text(self.file.schema.field(name).type) for is_text in text)
        if self.use.where is None and plain:
            return
        for chunk in self.file.chunks(self.size, sorted(self.keys), geometry=False):
            self._see(chunk)

    def _see(self, chunk: Chunk) -> None:
        conversion = self.file.conversion
        self.witnesses.see(chunk.table, chunk.row, conversion)
        see_values(self.witnesses, chunk.table, chunk.row, conversion, self.nulls, self.use.where)

    def _add(self, chunk: Chunk, used: str) -> None:
        """Choose among the records of a chunk, and take them in."""
        self._see(chunk)
        self._count_plain(chunk.table)
        geometry = self._geometry(chunk)
        table, rows = self._chosen(chunk)
        row = chunk.row[rows]
        ids = parcel_ids(self.use, table, row, self.out.log)
        features = Features(
            table=table, geometry=geometry.take(rows), row=row, crs=used, crs_of_file="", bounds=_NOWHERE, total=0
        )
        shapes, added = polygons(self.use, features, ids, self.crs, self.out.log)
        self.out.added += added
        self.out.add(Records(shapes=shapes, ids=ids, row=row, table=pd.DataFrame({"at": rows})), chunk.table)

    def _geometry(self, chunk: Chunk) -> Geometries:
        """The geometries of a chunk, without those that are not finite."""
        geometry, broken = chunk.geometries().finite()
        self.count_broken += len(broken)
        self.broken = (self.broken + chunk.row[broken[:LISTED]].tolist())[:LISTED]
        self._see_bounds(geometry.total_bounds)
        return geometry

    def _chosen(self, chunk: Chunk) -> tuple[pd.DataFrame, NDArray[np.int64]]:
        """The records that ``where`` and ``candidates`` choose: the fields that name them, and their places."""
        self.total += len(chunk.row)
        part = chunk.table.select([name for name in chunk.table.column_names if name in self.keys])
        witnesses = self.witnesses.table(part.schema)
        attributes = Attributes(witnesses=witnesses, conversion=self.file.conversion, nulls=self.nulls)
        table = attributes.behind_witnesses(part) if self.keys else pd.DataFrame(index=range(len(chunk.row)))
        rows = np.arange(len(chunk.row))
        if self.use.where is not None:
            true, unknown = (found[witnesses.num_rows :] for found in self.use.where.evaluate(table))
            rows = np.flatnonzero(true | unknown)
            self.chosen, self.unknown = self.chosen + len(rows), self.unknown + int(unknown.sum())
        table = stripped(table, witnesses.num_rows)
        if self.wanted is not None:
            ids = ids_of(table.iloc[rows].reset_index(drop=True), self.use.id, chunk.row[rows])
            self.known.append(pa.array(ids, pa.large_string()))
            rows = rows[np.isin(ids.astype(str), self.wanted)]
            self.candidates += len(rows)
        return table.iloc[rows].reset_index(drop=True), rows

    def _count_plain(self, table: pa.Table) -> None:
        """Count the values that are made plain."""
        odd = [name for name in table.column_names if _may_be_odd(table.schema.field(name).type)]
        if odd:
            _, counts = plain_counts(self.file.conversion.frame(table.select(odd)))
            for name, (count, what) in counts.items():
                self.plain[name] = self.plain.get(name, (0, what))[0] + count, what

    def _see_bounds(self, bounds: Box) -> None:
        if self.file.bounds is None:
            self.bounds = _joined(self.bounds, bounds)

    def _file_notes(self) -> Iterator[str]:
        """What to say about the file."""
        yield from dict.fromkeys(f"GDAL says: {words}" for words in self.file.said)
        if self.count_broken:
            yield finite_note(self.broken, self.count_broken)
        yield from plain_notes({name: self.plain[name] for name in self.file.names if name in self.plain})

    def _choice_notes(self) -> list[str]:
        """What to say about the choice of records."""
        notes = where_said(self.use, self.chosen, self.total, self.unknown)
        if self.wanted is not None:
            notes.append(candidates_said(self.candidates, self.total))
        return [*notes, *([NO_ID] if self.use.id is None else [])]


def _may_be_odd(kind: pa.DataType) -> bool:
    """Whether values of a type may be infinite, or bytes."""
    binary = pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)
    return bool(pa.types.is_floating(kind) or binary)


def _joined(one: Box, other: Box) -> Box:
    """The box of two boxes, of which either may be none (NaN)."""
    low, high = np.fmin(one, other), np.fmax(one, other)
    return float(low[0]), float(low[1]), float(high[2]), float(high[3])
