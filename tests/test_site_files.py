"""The files of assembled sites."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from siting.ranking import Ranking
from siting.ranking.sites import Sites
from siting.site_files import SITE_FILES, write_sites


@pytest.fixture(scope="module")
def sites(ranked: Ranking) -> Sites:
    return ranked.reweight({"assemble": {"usable": ["150 ha", "200 ha"], "gap": "40 m", "sites": 3}}).assemble()


def test_the_same_sites_in_all_files(ranked: Ranking, sites: Sites, tmp_path: Path) -> None:
    written = write_sites(ranked, sites, tmp_path)
    assert tuple(written) == SITE_FILES
    table = pd.read_csv(written["sites.csv"])
    assert table["site"].tolist() == sites.table["site"].tolist()
    assert (table["marking"] == "SYNTHETIC").all()
    outlines = gpd.read_file(written["sites.gpkg"], layer="sites_SYNTHETIC")
    assert outlines.crs == ranked.parcels.crs
    assert outlines.geometry.area.tolist() == pytest.approx(sites.table.geometry.area.tolist())
    members = pd.read_csv(written["site_parcels.csv"])
    joined = members.groupby("site")["parcel"].agg("; ".join)
    assert joined.to_dict() == dict(zip(sites.table["site"], sites.table["members"], strict=True))


def test_the_same_bytes_twice(ranked: Ranking, sites: Sites, tmp_path: Path) -> None:
    one, other = (write_sites(ranked, sites, tmp_path / name) for name in "ab")
    assert all(one[name].read_bytes() == other[name].read_bytes() for name in SITE_FILES)


def test_no_site_is_an_empty_table(ranked: Ranking, tmp_path: Path) -> None:
    none = ranked.reweight({"assemble": {"usable": ["90000 ha", "99000 ha"], "gap": "40 m"}}).assemble()
    assert len(none) == 0
    written = write_sites(ranked, none, tmp_path)
    assert pd.read_csv(written["sites.csv"])["site"].tolist() == []
    assert len(gpd.read_file(written["sites.gpkg"])) == 0
