"""A CRS of another zone is seen from the header of the parcel file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from siting.catalogue import Catalogue, Finder
from siting.check import Finding
from siting.check.place import check_place
from siting.study import parse_study


def findings(sound: dict[str, Any], folder: Path, **patch: Any) -> list[Finding]:
    parcels = patch.pop("parcels", sound["parcels"])
    study = parse_study({**sound, "parcels": parcels}).with_({"crs": "EPSG:32633", **patch})
    return list(check_place(study, Finder(catalogue=Catalogue({}), base=folder)))


@pytest.mark.parametrize("name", ["parcels.parquet", "parcels.gpkg"])
def test_the_header_is_enough(sound: dict[str, Any], tmp_path: Path, name: str) -> None:
    frame = gpd.GeoDataFrame({"APN": ["1"]}, geometry=[shapely.box(-112.4, 33.2, -112.0, 33.6)], crs=4326)
    (frame.to_parquet if name.endswith("parquet") else frame.to_file)(tmp_path / name)
    (finding,) = findings(sound, tmp_path, **{"parcels.source": name})
    assert (finding.level, finding.item) == ("error", "crs")
    assert finding.message.startswith("The study's CRS 'EPSG:32633' (WGS 84 / UTM zone 33N) does not fit the land: ")
    assert finding.message.endswith(" (0.98 to 1.02 is allowed). Write crs: EPSG:32612.")
    assert findings(sound, tmp_path, **{"parcels.source": name, "crs": "EPSG:26912"}) == []


def test_nothing_is_said_without_a_file_or_a_crs(sound: dict[str, Any], tmp_path: Path) -> None:
    assert findings(sound, tmp_path) == []
    assert findings(sound, tmp_path, crs="EPSG:4326") == []


def test_a_grid_of_stated_bounds(sound: dict[str, Any], tmp_path: Path) -> None:
    far = {"grid": {"size": "1 km", "area": [5_000_000, 3_000_000, 5_010_000, 3_010_000]}}
    near = {"grid": {"size": "1 km", "area": [500_000, 3_000_000, 510_000, 3_010_000]}}
    assert len(findings(sound, tmp_path, parcels=far)) == 1
    assert findings(sound, tmp_path, parcels=near) == []
