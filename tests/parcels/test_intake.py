"""Taking in: what is kept of a record in memory is two hashes; the rest lies on disk."""

from __future__ import annotations

from pathlib import Path

from shapely import Point, box

from siting.parcels import ParcelsUse
from siting.parcels.intake import take_in, take_in_grid
from siting.parcels.spool import Spool
from tests.layer.drawing import UTM, X, Y, finder, write


def test_records_of_a_file(tmp_path: Path) -> None:
    squares = [box(X + 20 * i, Y, X + 20 * i + 9, Y + 9) for i in range(6)]
    write(tmp_path / "lots.parquet", [*squares, Point(X, Y)], {"APN": list("abcdefg")})
    (tmp_path / "part").mkdir()
    spool = Spool(tmp_path / "part")
    use = ParcelsUse(source="lots.parquet", id="APN")
    found = take_in(use, spool, finder=finder(tmp_path), crs=UTM, size=4, hashes={"lots.parquet": "0"})
    assert (found.read, len(spool), found.added) == (7, 6, 0)
    assert [len(part) for part in found.outlines] == [len(part) for part in found.names] == [4, 2]
    assert found.log.ids == ["g"]
    assert found.provenance["sha256"] == {"lots.parquet": "0"}
    assert found.attributes.fields == ["APN"]


def test_cells_of_a_grid(tmp_path: Path) -> None:
    use = ParcelsUse.model_validate({"grid": {"size": "100 m", "area": [X, Y, X + 500, Y + 300]}})
    found = take_in_grid(use, Spool(tmp_path), finder=finder(tmp_path), crs=UTM, size=7)
    assert (found.read, len(found.spool)) == (15, 15)
    assert found.provenance == {"source": "grid", "crs": "EPSG:26912"}
