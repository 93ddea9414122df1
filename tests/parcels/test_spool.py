"""Records on disk come back bit for bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from shapely import MultiPolygon, Polygon, box

from siting.errors import RunError
from siting.parcels.spool import (
    COORDS,
    ID,
    RINGS,
    ROW,
    Spool,
    attributes_of,
    bounds_of,
    ids_of_column,
    on_disk,
    shape_columns,
    shapes_of,
)
from siting.shapes import Shapes

HOLED = Polygon(box(0, 0, 9, 9).exterior, [box(1, 1, 2, 2).exterior, box(4, 4, 5, 5).exterior])
SHAPES = [box(0, 0, 1, 1), HOLED, MultiPolygon([box(0, 0, 1, 1), HOLED]), box(3, 3, 4, 5)]


def test_records_come_back_as_they_were(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    for at in (0, 2):
        part = Shapes.from_geometries(SHAPES[at : at + 2], "polygon")
        ids = np.array([f"é{at}", f"b{at}"], dtype=object)
        spool.add(ids, np.array([at, at + 1]), part, pa.table({"USE": ["x", None]}))
    assert len(spool) == 4
    table = spool.take(np.array([1, 2, 3]))
    whole = Shapes.from_geometries(SHAPES[1:], "polygon")
    for name in ("coords", "ring_offsets", "shape_offsets", "part_starts"):
        assert getattr(shapes_of(table), name).tobytes() == getattr(whole, name).tobytes()
    assert ids_of_column(table.column(ID)).tolist() == ["b0", "é2", "b2"]
    assert attributes_of(table).to_pydict() == {"USE": [None, "x", None]}
    assert [(start, part.column(ROW).to_pylist()) for start, part in spool.chunks([ROW])] == [(0, [0, 1]), (2, [2, 3])]
    spool.close()
    assert list(tmp_path.iterdir()) == []


def test_what_the_disk_refuses_is_told(tmp_path: Path) -> None:
    with pytest.raises(RunError) as error, on_disk(tmp_path / "run"):
        raise OSError(28, "No space left on device")
    assert str(error.value) == (
        "The parcels cannot be written to the folder 'run': No space left on device. Free some space or name another "
        "folder, then start again: only the reading of the parcels is done again."
    )


def test_bounds_are_those_of_the_shapes() -> None:
    shapes = Shapes.from_geometries([box(3, -4, 5, 6), box(-1, 0, 2, 9).difference(box(0, 1, 1, 2))], "polygon")
    coords, rings = shape_columns(shapes)
    table = pa.table({COORDS: coords, RINGS: rings})
    assert bounds_of(table) == shapes.total_bounds == (-1, -4, 5, 9)
    assert bounds_of(pa.concat_tables([table.slice(1), table.slice(1)])) == (-1, 0, 2, 9)
    assert not shapes_of(table).coords.flags.writeable
