from __future__ import annotations

import hashlib
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow.parquet as pq
import pytest
import rasterio

from siting.errors import RunError
from siting.sample import write_sample
from tests.sample.counties import county


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sample(tmp_path_factory.mktemp("county"), county())


def digests(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


def test_the_same_county_gives_the_same_bytes(folder: Path, tmp_path: Path):
    assert digests(write_sample(tmp_path / "new" / "folder", county())) == digests(folder)


def test_layers_read_back_as_they_were(folder: Path):
    for name, layer in county().layers.items():
        back = gpd.read_parquet(folder / f"{name}.parquet")
        assert list(back.columns) == list(layer.columns), name
        assert len(back) == len(layer), name
        assert back.crs == layer.crs
    back, parcels = gpd.read_parquet(folder / "parcels.parquet"), county().layers["parcels"]
    assert back["APN"].tolist() == parcels["APN"].tolist()
    assert back["LAND_SIZE"].tolist() == parcels["LAND_SIZE"].tolist()
    assert back.area.to_numpy() == pytest.approx(parcels.area.to_numpy())
    assert back["SALE_PRICE"].isna().tolist() == parcels["SALE_PRICE"].isna().tolist()


def test_rasters_read_back_as_they_were(folder: Path):
    with rasterio.open(folder / "dem.tif") as dem:
        assert (dem.read(1) == county().rasters["dem"].array).all()
        assert dem.nodata == -2147483648
        assert dem.units == ("cm",)
        assert dem.crs.to_epsg() == 26912
        assert tuple(dem.transform)[:6] == county().rasters["dem"].transform
        assert "SYNTHETIC" in dem.tags()["note"]
    with rasterio.open(folder / "landcover.tif") as cover:
        assert cover.read(1).dtype == np.uint8


def test_every_file_says_synthetic(folder: Path):
    for path in folder.glob("*.parquet"):
        assert b"SYNTHETIC" in pq.read_schema(path).metadata[b"note"]
    assert (folder / "README.txt").read_text(encoding="utf-8").startswith("SYNTHETIC")
    assert json.loads((folder / "truth.json").read_text(encoding="utf-8"))["synthetic"] is True


def test_the_table_names_every_file(folder: Path):
    lines = (folder / "layers.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "id,file,marking"
    rows = [line.split(",") for line in lines[1:]]
    assert [r[0] for r in rows] == sorted(r[0] for r in rows)
    files = {r[1] for r in rows}
    assert files == {p.name for p in folder.iterdir()} - {"layers.csv", "README.txt", "truth.json"}
    assert ["sample/dem", "dem.tif", "SYNTHETIC"] in rows
    assert ["sample/parcels", "parcels.parquet", "SYNTHETIC"] in rows


def test_no_date_of_today_is_in_the_readme(folder: Path):
    text = (folder / "README.txt").read_text(encoding="utf-8")
    assert "parcels asked for: 1500" in text
    assert "seed: 5" in text


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path):
    (tmp_path / "taken").write_text("x")
    with pytest.raises(RunError) as e:
        write_sample(tmp_path / "taken", county())
    assert str(e.value) == (
        f"The folder '{tmp_path / 'taken'}' for the sample county could not be made: File exists. "
        "Choose another folder."
    )
