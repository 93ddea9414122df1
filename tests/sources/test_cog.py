"""Rasters: the window holds the cells of the whole, on the same grid, and little more is sent."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from siting.catalogue import Service
from siting.errors import SourceError
from siting.sources.area import Area
from siting.sources.cog import fetch_cog, tile_names
from tests.sources.conftest import Served
from tests.sources.errands import send

pytestmark = pytest.mark.servers


def raster(path: Path, west: float, north: float, side: int, *, cell: float = 0.001, seed: int = 1) -> np.ndarray:
    """Random heights on a grid in degrees (SYNTHETIC)."""
    cells = np.random.default_rng(seed).uniform(300, 900, (side, side)).astype(np.float32)
    cells[:3, :3] = -9999
    with rasterio.open(
        path, "w", driver="GTiff", width=side, height=side, count=1, dtype="float32", crs="EPSG:4269", nodata=-9999,
        transform=from_origin(west, north, cell, cell), tiled=True, blockxsize=256, blockysize=256,
    ) as out:  # fmt: skip
        out.write(cells, 1)
        out.set_band_unit(1, "m")
        out.update_tags(note="SYNTHETIC")
    return cells


def fetch(served: Served, folder: Path, name: str, **more: Any) -> Any:
    host = more.pop("host", served.host)
    service = Service(type="cog", url=f"http://{host}/{name}", **more.pop("service", {}))
    return send(fetch_cog, served, folder, service, "dem", **more)


def sent(served: Served) -> int:
    with urllib.request.urlopen(f"http://{served.host}/__seen__", timeout=5) as answer:
        return int(json.loads(answer.read())["sent"])


def test_the_window_holds_the_cells_of_the_whole(stored: Served, tmp_path: Path) -> None:
    cells = raster(stored.folder / "dem.tif", -113, 34, 2_000)
    sent(stored)
    came = fetch(stored, tmp_path, "dem.tif", area=Area(-112.0, 33.0, -111.9, 33.1))
    assert sent(stored) < (stored.folder / "dem.tif").stat().st_size / 8
    with rasterio.open(tmp_path / "out.tif") as got:
        column, row = round((got.transform.c + 113) / 0.001), round((34 - got.transform.f) / 0.001)
        values = got.read(1)
        assert np.array_equal(values, cells[row : row + got.height, column : column + got.width])
        assert (got.units, got.tags()["note"], got.nodata) == (("m",), "SYNTHETIC", -9999)
        assert got.bounds.left <= -112.0
        assert got.bounds.top >= 33.1
        assert got.profile["tiled"]
        assert came.count == values.size
        assert 100 <= got.width <= 112


def test_the_whole_comes_without_an_area(stored: Served, tmp_path: Path) -> None:
    cells = raster(stored.folder / "small.tif", -113, 34, 300)
    fetch(stored, tmp_path, "small.tif")
    with rasterio.open(tmp_path / "out.tif") as got:
        assert np.array_equal(got.read(1), cells)


def test_tiles_are_put_side_by_side(stored: Served, tmp_path: Path) -> None:
    """Two tiles of one degree that overlap by two cells, as those of the USGS do."""
    west = raster(stored.folder / "t_n34w113.tif", -113 - 0.02, 34 + 0.02, 104, cell=0.01, seed=1)
    east = raster(stored.folder / "t_n34w112.tif", -112 - 0.02, 34 + 0.02, 104, cell=0.01, seed=2)
    area = Area(-112.1, 33.2, -111.9, 33.4)
    fetch(stored, tmp_path, "t_{tile}.tif", area=area, service={"tiles": "nw_degree"})
    with rasterio.open(tmp_path / "out.tif") as got:
        values = got.read(1)
        for x, y in ((-112.085, 33.255), (-111.935, 33.345)):
            row, column = got.index(x, y)
            tile, left = (west, -113.02) if x < -112.02 else (east, -112.02)
            assert values[row, column] == tile[int((34.02 - y) / 0.01), int((x - left) / 0.01)]
        assert (values != -9999).all()


@pytest.mark.parametrize(
    ("area", "names"),
    [
        (Area(-112.3, 33.2, -111.9, 33.4), ["n34w112", "n34w113"]),
        (Area(-112.3, 32.9, -112.1, 33.1), ["n33w113", "n34w113"]),
        (Area(6.2, 50.1, 6.4, 50.9), ["n51e006"]),
        (Area(-70.5, -33.5, -70.4, -33.4), ["s33w071"]),
    ],
)
def test_tiles_are_named_by_their_north_west_corner(area: Area, names: list[str]) -> None:
    assert tile_names(area) == names


@pytest.mark.parametrize("fault", ["cut", "wrong length", "short length", "429", "500", "reset"])
def test_after_a_passing_fault_the_window_is_whole(stored: Served, tmp_path: Path, fault: str) -> None:
    cells = raster(stored.folder / "faults.tif", -113, 34, 600)
    stored.fault(fault, match="faults.tif", times=2)
    fetch(stored, tmp_path, "faults.tif", host=stored.proxy)
    with rasterio.open(tmp_path / "out.tif") as got:
        assert np.array_equal(got.read(1), cells)


def test_what_is_no_geotiff_is_refused(stored: Served, tmp_path: Path) -> None:
    """A VRT would name other files and hosts."""
    (stored.folder / "other.tif").write_text("<VRTDataset rasterXSize='1' rasterYSize='1'/>")
    with pytest.raises(SourceError) as error:
        fetch(stored, tmp_path, "other.tif")
    assert str(error.value).startswith("The layer 'dem' cannot be read as a raster: ")


def test_land_without_a_cell_is_refused(stored: Served, tmp_path: Path) -> None:
    raster(stored.folder / "away.tif", -113, 34, 300)
    with pytest.raises(SourceError) as error:
        fetch(stored, tmp_path, "away.tif", area=Area(10, 10, 11, 11))
    assert str(error.value) == "The layer 'dem' has no cell in the area. Name another layer for this land."
