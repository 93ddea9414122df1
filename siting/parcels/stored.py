"""Blocks of parcels in a folder: finished as a whole or not there."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from siting.errors import RunError, said_by_system
from siting.layer.arrow import Conversion
from siting.parcels.attributes import Attributes
from siting.parcels.data import Parcels
from siting.parcels.read import ParcelQuality
from siting.parcels.spool import (
    ID,
    attributes_of,
    ids_of_column,
    on_disk,
    read_records,
    shapes_of,
    write_records,
)

__all__ = ["DIFFER", "PLACE", "StoredBlocks", "block_path", "differing", "finish_blocks", "open_blocks"]

PLACE, DIFFER = "siting:place", "siting:differ"
_ABOUT, _LOG, _WITNESSES = "parcels.json", "cleaning.arrow", "witnesses.arrow"
_COUNTS = ("read", "parcels", "dropped", "merged", "repaired", "renamed", "flagged", "added_vertices")


@dataclass(frozen=True, eq=False)
class StoredBlocks:
    """Clean parcels in blocks on disk, as ``stream_parcels`` leaves them; a block is read when it is asked for."""

    folder: Path
    about: Mapping[str, Any]

    @property
    def crs(self) -> str:
        """The study's CRS."""
        return str(self.about["crs"])

    @property
    def count(self) -> int:
        """Parcels in all."""
        return int(self.about["counts"]["parcels"])

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of all parcels."""
        west, south, east, north = self.about["bounds"]
        return west, south, east, north

    @property
    def key(self) -> str:
        """A hash of everything that the parcels were made from."""
        return str(self.about["key"])

    @cached_property
    def quality(self) -> ParcelQuality:
        """What happened at the door."""
        log = self._read(self.folder / _LOG, "The list of what was cleaned").to_pydict()
        table = pd.DataFrame(log).astype({"id": object, "row": np.int64, "what": object, "detail": object})
        return ParcelQuality(
            **self.about["counts"],
            table=table,
            members={name: tuple(group) for name, group in self.about["members"].items()},
            notes=tuple(self.about["notes"]),
            provenance=self.about["provenance"],
        )

    @cached_property
    def _attributes(self) -> Attributes:
        said = self.about["attributes"]
        return Attributes(
            witnesses=self._read(self.folder / _WITNESSES, "The list of fields"),
            conversion=Conversion(tuple(said["dates"]), tuple(said["mappings"])),
            nulls={name: tuple(values) for name, values in said["nulls"].items()},
            masked=frozenset(said["masked"]),
        )

    def __len__(self) -> int:
        return len(self.about["bytes"])

    def block(self, number: int) -> Parcels:
        """The parcels of a block, ascending by id. Raises RunError where its file cannot be read."""
        table = self._read(block_path(self.folder, number), f"Block {number}")
        return Parcels(
            ids=ids_of_column(table.column(ID)),
            shapes=shapes_of(table),
            table=self._attributes.frame(attributes_of(table), differing(table, self._attributes.fields)),
            crs=self.crs,
        )

    def places(self, number: int) -> NDArray[np.int64]:
        """The row of each parcel of a block in the result."""
        table = self._read(block_path(self.folder, number), f"Block {number}", [PLACE])
        return np.array(table.column(PLACE).to_numpy(), np.int64)

    def _read(self, path: Path, what: str, columns: list[str] | None = None) -> pa.Table:
        try:
            return read_records(path, columns)
        except (OSError, pa.ArrowException) as error:
            raise RunError(
                f"{what} of the parcels in '{self.folder.name}' cannot be read: {said_by_system(error)}. Remove that "
                "folder and start again: only the reading of the parcels is done again."
            ) from error


def differing(table: pa.Table, fields: Sequence[str]) -> list[tuple[int, str]]:
    """Row and field of the values on which the records of an outline differ."""
    column = table.column(DIFFER).combine_chunks()
    rows, numbers = pc.list_parent_indices(column).to_pylist(), pc.list_flatten(column).to_pylist()
    return [(row, fields[number]) for row, number in zip(rows, numbers, strict=True)]


def block_path(folder: Path, number: int) -> Path:
    """The file of a block."""
    return folder / f"block-{number:06}.arrow"


def open_blocks(folder: Path, key: str) -> StoredBlocks | None:
    """The finished blocks in a folder that were made from what ``key`` says; None where they are not all there."""
    try:
        about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
        whole = about["key"] == key and all(
            block_path(folder, number).stat().st_size == size for number, size in enumerate(about["bytes"])
        )
        whole = whole and all((folder / name).stat().st_size == size for name, size in about["beside"].items())
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return StoredBlocks(folder, about) if whole else None


def finish_blocks(
    part: Path, folder: Path, *, key: str, crs: str, blocks: int, bounds: tuple[float, ...],
    attributes: Attributes, quality: ParcelQuality,
) -> StoredBlocks:  # fmt: skip
    """Write what belongs to the blocks of a folder, and give it its name with one rename."""
    with on_disk(folder.parent):
        log = quality.table
        write_records(part / _LOG, pa.table({str(name): pa.array(log[name].to_numpy()) for name in log}, _SCHEMA))
        write_records(part / _WITNESSES, attributes.witnesses)
        about = {
            "key": key,
            "crs": crs,
            "bounds": list(bounds),
            "counts": {name: getattr(quality, name) for name in _COUNTS},
            "members": quality.members,
            "notes": quality.notes,
            "provenance": quality.provenance,
            "attributes": {
                **asdict(attributes.conversion),
                "nulls": attributes.nulls,
                "masked": sorted(attributes.masked),
            },
            "bytes": [block_path(part, number).stat().st_size for number in range(blocks)],
            "beside": {name: (part / name).stat().st_size for name in (_LOG, _WITNESSES)},
        }
        (part / _ABOUT).write_text(json.dumps(about), encoding="utf-8")
        if folder.exists():  # of another edition of this file, or damaged
            shutil.rmtree(folder)
        os.replace(part, folder)
    return StoredBlocks(folder, json.loads(json.dumps(about)))


_SCHEMA = pa.schema([("id", pa.large_string()), ("row", pa.int64()), ("what", pa.large_string()),
                     ("detail", pa.large_string())])  # fmt: skip
