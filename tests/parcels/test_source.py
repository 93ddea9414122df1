"""The key of parcels says everything that they are made from."""

from __future__ import annotations

import os
from pathlib import Path

from siting.crs import study_crs
from siting.parcels import ParcelsUse
from siting.parcels.source import _ROOMS, CHUNK_SIZE, Source
from tests.imported import imported
from tests.layer.drawing import UTM, X, Y, finder, write

from shapely import box  # isort: skip


def test_what_is_in_the_key(tmp_path: Path) -> None:
    write(tmp_path / "lots.parquet", [box(X, Y, X + 9, Y + 9)], {"APN": ["a"]})
    (tmp_path / "wish.csv").write_text("APN\na\n", encoding="utf-8")

    def key(block: int = 5, crs: str = str(UTM), **entry: object) -> str:
        use = ParcelsUse.model_validate({"source": "lots.parquet", **entry})
        return Source(use, finder(tmp_path), study_crs(crs)).key(block)

    first = key()
    assert key() == first
    keys = {first, key(6), key(crs="EPSG:32612"), key(id="APN"), key(candidates="wish.csv")}
    (tmp_path / "wish.csv").write_text("APN\nb\n", encoding="utf-8")
    keys.add(key(candidates="wish.csv"))
    os.utime(tmp_path / "lots.parquet", ns=(1, 1))
    assert key() == first
    assert len(keys) == 6


def test_all_code_that_reads_parcels_is_in_the_key() -> None:
    """Rooms and packages that are not in it say why."""
    rooms, packages = imported(_ROOMS)
    assert rooms - {
        "__version__", "errors", "versions",
        "land", "measure",  # types of what a parcel holds
        "sources",  # bytes of files, whose hash is in the key
    } == set()  # fmt: skip
    assert packages - {
        "affine", "geopandas", "pydantic", "pydantic_core", "ruamel",  # hold and check what others read
        "rasterio",  # rasters of layers
        "rapidfuzz",  # names that are near, in refusals
    } == {"numba", "numpy", "pandas", "pyarrow", "pyogrio", "pyproj", "shapely"}  # fmt: skip


def test_how_much_is_read_at_once_follows_the_budget(tmp_path: Path) -> None:
    write(tmp_path / "lots.parquet", [box(X, Y, X + 9, Y + 9)] * 50, {"APN": [str(i) for i in range(50)]})
    source = Source(ParcelsUse(source="lots.parquet"), finder(tmp_path), UTM)
    assert source.chunk_size(1) == 256 <= source.chunk_size(1 << 24) <= source.chunk_size(1 << 32) == CHUNK_SIZE
