"""The streaming door: the parcels of ``read_parcels`` as blocks on disk, in bounded memory.

1. Records are read in chunks, cleaned one by one, and put on disk with two hashes (outline, id).
2. Records whose hashes are alike are looked at together: stacks and duplicates, several outlines under one id.
3. Ids are sorted as text, places on the Hilbert curve are worked out, and each parcel gets its block.
4. Records are dealt out to the blocks, and each block is written in the order of its ids.

Memory: one chunk or block, and per record 16 bytes in 1 and 2 (two hashes; 24 more where hashes are sorted), 28
bytes in 3 and 4 (row in the result, place on the curve, block, order), and in 3 the text of its id and 40 bytes, or
``memory_bytes`` / 4 where that is less. What the cleaning lists (the table of the quality) is kept as well.
A folder is complete or not there; what was killed is read again from the beginning.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from siting.catalogue import Finder
from siting.crs import StudyCrs
from siting.hilbert import places_on_curve
from siting.parcels.blocks import BLOCK_SIZE
from siting.parcels.cleaning import check_ids, unique_ids
from siting.parcels.intake import Intake, take_in, take_in_grid
from siting.parcels.keys import alike, id_hashes, places_by_text
from siting.parcels.read import parcel_quality
from siting.parcels.records import Records, flag_areas, no_area, no_parcel, stacks
from siting.parcels.source import Source
from siting.parcels.spool import (
    CENTRE_X,
    CENTRE_Y,
    COORDS,
    ID,
    RINGS,
    ROW,
    Spool,
    attributes_of,
    bounds_of,
    ids_of_column,
    on_disk,
    shapes_of,
    write_records,
)  # fmt: skip
from siting.parcels.stored import DIFFER, PLACE, StoredBlocks, block_path, differing, finish_blocks, open_blocks
from siting.parcels.use import ParcelsUse

__all__ = ["stream_parcels"]

_BLOCK = "siting:block"
_PILES = 128  #: files that records are dealt out to at once
_LIKE_BYTES = 4_000  #: memory that a record takes while it is compared with others


def stream_parcels(
    use: ParcelsUse,
    *,
    finder: Finder,
    crs: StudyCrs,
    folder: Path,
    block_size: int = BLOCK_SIZE,
    memory_bytes: int = 1 << 30,
    chunk_size: int | None = None,
) -> StoredBlocks:
    """The parcels of a study, as ``read_parcels`` gives them, in blocks in a folder.

    Blocks that are there already and were made from the same file, use, CRS, block size and code are taken as they
    are. One run at a time works in a folder.

    Parameters
    ----------
    folder:
        where the blocks are kept, in a folder of their own
    block_size:
        at most so many parcels a block
    memory_bytes:
        the budget; it decides how much is read, compared and sorted at once, and changes no result
    chunk_size:
        records that are read at once; None: what the budget allows, at most 65,536

    Raises
    ------
    CatalogueError, DataError, CrsError, StudyError
        as ``read_parcels`` does, and where the file changes while it is read.
    RunError
        where the disk refuses.
    """
    source = Source(use, finder, crs)
    key = source.key(block_size)
    final = folder / f"parcels-{key[:16]}"
    stored = open_blocks(final, key)
    if stored is not None:
        return stored
    part = folder / ".parcels.part"
    with on_disk(folder):
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
    try:
        size = chunk_size or source.chunk_size(memory_bytes)
        spool = Spool(part)
        if use.grid is not None:
            intake = take_in_grid(use, spool, finder=finder, crs=crs, size=size)
        else:
            intake = take_in(use, spool, finder=finder, crs=crs, size=size, hashes=source.hashes)
        source.check_unchanged()
        return _Door(use, crs, intake, block_size, memory_bytes, part).finished(final, key)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


@dataclass
class _Door:
    """What the steps after the reading share; places count the records that lie on disk."""

    use: ParcelsUse
    crs: StudyCrs
    intake: Intake
    block_size: int
    memory_bytes: int
    part: Path
    members: dict[int, list[str]] = field(default_factory=dict)  # by place
    differ: dict[int, list[str]] = field(default_factory=dict)  # by place
    renamed: dict[int, str] = field(default_factory=dict)  # by place

    def __post_init__(self) -> None:
        self.spool, self.log = self.intake.spool, self.intake.log
        self.alive = np.ones(len(self.spool), bool)

    def finished(self, final: Path, key: str) -> StoredBlocks:
        """All steps."""
        self._unstack()
        self._name()
        if not self.alive.any():
            raise no_parcel(self.intake.read)
        members = self._members()
        blocks, bounds = self._write_blocks(members)
        quality = parcel_quality(
            self.intake.read, int(self.alive.sum()), self.log, added=self.intake.added, members=members,
            notes=self.intake.notes, provenance=self.intake.provenance,
        )  # fmt: skip
        self.spool.close()
        return finish_blocks(
            self.part, final, key=key, crs=str(self.crs), blocks=blocks, bounds=bounds,
            attributes=self.intake.attributes, quality=quality,
        )  # fmt: skip

    @property
    def _most(self) -> int:
        """Records that may be compared at once."""
        return max(1, self.memory_bytes // 4 // _LIKE_BYTES)

    def _unstack(self) -> None:
        """Keep one record an outline."""
        masked = set[str]()
        hashes = np.concatenate([*self.intake.outlines, np.empty(0, np.uint64)])
        self.intake.outlines.clear()
        for places in alike(hashes, self._most):
            records = self._records(places)
            found = stacks(records, self.log, self.use.id)
            self.alive[np.delete(places, found.kept)] = False
            at = dict(zip(records.row.tolist(), places.tolist(), strict=True))
            self.members |= {at[row]: group for row, group in found.members.items()}
            self.differ |= {int(places[kept]): fields for kept, fields in found.differ.items()}
            masked |= {name for fields in found.differ.values() for name in fields}
        self.intake.attributes = replace(self.intake.attributes, masked=frozenset(masked))

    def _records(self, places: NDArray[np.int64], *, fields: bool = True) -> Records:
        """Records at some places, which ascend."""
        table = self.spool.take(places, None if fields else [ID, ROW, COORDS, RINGS])
        frame = self.intake.attributes.frame(attributes_of(table)) if fields else pd.DataFrame(index=range(len(table)))
        return Records(
            shapes=shapes_of(table), ids=ids_of_column(table.column(ID)), row=table.column(ROW).to_numpy(), table=frame
        )

    def _name(self) -> None:
        """Give every parcel an id of its own."""
        hashes = np.concatenate([*self.intake.names, np.empty(0, np.uint64)])[self.alive]
        self.intake.names.clear()
        living = np.flatnonzero(self.alive)
        taken = _Taken(self.spool, living, hashes)
        for some in alike(hashes, self._most):
            records = self._records(living[some], fields=False)
            ids, renamed = unique_ids(records.ids, records.shapes, taken)
            said = [f"{old!r} has several outlines" for old in records.ids[renamed]]
            self.log.add(ids[renamed], records.row[renamed], "renamed", said)
            self.renamed |= zip(living[some[renamed]].tolist(), map(str, ids[renamed]), strict=True)
        check_ids(self.use.id, len(self.renamed), len(living), self._columns())

    def _columns(self) -> Iterator[tuple[str, pd.Series[Any]]]:
        """Each field of the parcels, as a whole."""
        for name in self.intake.attributes.fields:
            only, parts = self.intake.attributes.select([name]), []
            for start, table in self.spool.chunks([name]):
                frame = only.frame(table, self._differ_at(range(start, start + len(table))))
                parts.append(frame[self.alive[start : start + len(table)]])
            yield name, pd.concat(parts, ignore_index=True)[name]

    def _differ_at(self, places: range) -> list[tuple[int, str]]:
        """(row, field) of the values of some consecutive records that are null because those of an outline differ."""
        return [(at - places.start, name) for at in self.differ if at in places for name in self.differ[at]]

    def _members(self) -> dict[str, tuple[str, ...]]:
        """The ids of each group by the id of the parcel."""
        places = np.array(sorted(self.members), np.int64)
        kept = ids_of_column(self.spool.take(places, [ID]).column(ID))
        named = {
            self.renamed.get(place, str(name)): tuple(self.members[place])
            for place, name in zip(places.tolist(), kept, strict=True)
        }
        return dict(sorted(named.items()))

    def _ids(self) -> Iterator[tuple[NDArray[np.int64], pa.Array]]:
        """Places and final ids of the parcels, chunk by chunk."""
        changed = np.array(sorted(self.renamed), np.int64)
        for start, table in self.spool.chunks([ID]):
            places = start + np.flatnonzero(self.alive[start : start + len(table)])
            ids = table.column(ID).combine_chunks().take(pa.array(places - start))
            mine = changed[slice(*np.searchsorted(changed, (start, start + len(table))))]
            mine = mine[self.alive[mine]]
            if len(mine):
                texts = ids_of_column(ids)
                texts[np.searchsorted(places, mine)] = [self.renamed[place] for place in mine.tolist()]
                ids = pa.array(texts, pa.large_string())
            yield places, ids

    def _write_blocks(self, members: dict[str, tuple[str, ...]]) -> tuple[int, tuple[float, ...]]:
        """Deal the records out and write each block; how many there are, and the bounds of all."""
        count = int(self.alive.sum())
        row = places_by_text(lambda: (ids for _, ids in self._ids()), count, self.memory_bytes // 4)
        block = self._blocks(row)
        number = int(block.max(initial=-1)) + 1
        pile = -(-number // _PILES) or 1
        self._deal(row, block, pile)
        area, box = _Areas(self, members), np.array([np.inf, np.inf, -np.inf, -np.inf])
        for first in range(0, number, pile):
            path = self._pile(first // pile)
            with on_disk(self.part.parent):
                table = pa.ipc.open_stream(pa.OSFile(str(path), "rb")).read_all()
                path.unlink()
            of_block, of_row = table.column(_BLOCK).to_numpy(), table.column(PLACE).to_numpy()
            for one in range(first, min(first + pile, number)):
                here = np.flatnonzero(of_block == one)
                part = table.take(pa.array(here[np.argsort(of_row[here])])).drop_columns([_BLOCK])
                with on_disk(self.part.parent):
                    write_records(block_path(self.part, one), part)
                area.see(part)
                west, south, east, north = bounds_of(part)
                box = np.concatenate([np.minimum(box[:2], (west, south)), np.maximum(box[2:], (east, north))])
        area.check()
        return number, tuple(box.tolist())

    def _pile(self, number: int) -> Path:
        return self.part / f"pile-{number}.arrows"

    def _blocks(self, row: NDArray[np.int64]) -> NDArray[np.int32]:
        """The block of each parcel: equal stretches of the Hilbert curve, as ``MemoryBlocks`` has them."""
        count, done = len(row), 0
        low, high = np.full(2, np.inf), np.full(2, -np.inf)
        for start, table in self.spool.chunks([CENTRE_X, CENTRE_Y]):
            xy = self._centres(start, table)
            low, high = (
                np.minimum(low, xy.min(axis=0, initial=np.inf)),
                np.maximum(high, xy.max(axis=0, initial=-np.inf)),
            )
        box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
        curve = np.empty(count, np.uint32)
        for start, table in self.spool.chunks([CENTRE_X, CENTRE_Y]):
            xy = self._centres(start, table)
            curve[done : done + len(xy)] = places_on_curve(xy[:, 0], xy[:, 1], box)
            done += len(xy)
        place = curve.astype(np.uint64)  # on the curve first, then by row: one number each sorts fastest
        del curve
        place <<= np.uint64(32)
        place |= row.view(np.uint64)
        order = np.argsort(place)
        del place
        blocks = -(-count // self.block_size)
        sizes = [len(part) for part in np.array_split(order, blocks)] if blocks else []
        out = np.empty(count, np.int32)
        out[order] = np.repeat(np.arange(blocks, dtype=np.int32), sizes)
        return out

    def _centres(self, start: int, table: pa.Table) -> NDArray[np.float64]:
        alive = self.alive[start : start + len(table)]
        return np.column_stack([table.column(name).to_numpy()[alive] for name in (CENTRE_X, CENTRE_Y)])

    def _deal(self, row: NDArray[np.int64], block: NDArray[np.int32], pile: int) -> None:
        """Put each parcel on the pile of its block, with its final id."""
        fields = {name: at for at, name in enumerate(self.intake.attributes.fields)}
        done = 0
        with on_disk(self.part.parent), ExitStack() as stack:
            writers: dict[int, Any] = {}
            for (start, table), (places, ids) in zip(self.spool.chunks(), self._ids(), strict=True):
                mine = slice(done, done + len(places))
                done += len(places)
                order = np.argsort(block[mine], kind="stable")
                table = table.drop_columns([CENTRE_X, CENTRE_Y, ID]).take(pa.array((places - start)[order]))
                for name, column in (
                    (ID, ids.take(pa.array(order))), (PLACE, pa.array(row[mine][order])),
                    (_BLOCK, pa.array(block[mine][order])), (DIFFER, self._differing(places[order], fields)),
                ):  # fmt: skip
                    table = table.append_column(name, column)
                piles = block[mine][order] // pile
                for number in np.unique(piles).tolist():
                    if number not in writers:
                        sink = stack.enter_context(pa.OSFile(str(self._pile(number)), "wb"))
                        writers[number] = stack.enter_context(pa.ipc.new_stream(sink, table.schema))
                    low, high = np.searchsorted(piles, (number, number + 1))
                    writers[number].write_table(table.slice(low, high - low).combine_chunks())

    def _differing(self, places: NDArray[np.int64], fields: Mapping[str, int]) -> pa.Array:
        """The numbers of the fields on which the records of each outline differ; null where there are none."""
        kind = pa.list_(pa.int16())
        if not self.differ:
            return pa.nulls(len(places), kind)
        said = [[fields[name] for name in self.differ[at]] if at in self.differ else None for at in places.tolist()]
        return pa.array(said, kind)


class _Taken:
    """The ids that parcels have: hashes in memory, and the id itself on disk where a hash is met."""

    def __init__(self, spool: Spool, places: NDArray[np.int64], hashes: NDArray[np.uint64]) -> None:
        self.spool, self.places, self.hashes = spool, places, hashes
        self.order: NDArray[np.int64] | None = None

    def __contains__(self, name: object) -> bool:
        if self.order is None:
            self.order = np.argsort(self.hashes)
        wanted = id_hashes(np.array([name], dtype=object))[0]
        low, high = (np.searchsorted(self.hashes, wanted, side, sorter=self.order) for side in ("left", "right"))
        if low == high:
            return False
        there = self.spool.take(np.sort(self.places[self.order[low:high]]), [ID])
        return name in there.column(ID).to_pylist()


class _Areas:
    """The declared areas of the parcels, block by block."""

    def __init__(self, door: _Door, members: dict[str, tuple[str, ...]]) -> None:
        self.door, self.members = door, members
        self.area = door.use.area
        self.numbers, self.firsts = False, list[tuple[int, str]]()

    def see(self, block: pa.Table) -> None:
        """List the areas of a block that are far off."""
        if self.area is not None:
            attributes = self.door.intake.attributes.select([self.area.field])
            differ = differing(block, self.door.intake.attributes.fields)
            records = Records(
                shapes=shapes_of(block), ids=ids_of_column(block.column(ID)), row=block.column(ROW).to_numpy(),
                table=attributes.frame(attributes_of(block), differ),
            )  # fmt: skip
            numbers, first = flag_areas(self.area, records, self.members, self.door.log)
            self.numbers |= numbers
            self.firsts += [first] if first else []

    def check(self) -> None:
        """Refuse an area none of whose values is a number."""
        if self.area is not None and self.firsts and not self.numbers:
            raise no_area(self.area, min(self.firsts)[1])
