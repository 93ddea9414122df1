from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from siting.bench.competent import competent
from siting.bench.plain import plain

pytestmark = pytest.mark.filterwarnings("default")  # of the libraries of the script


def test_the_scripts_agree_where_both_are_exact(written: Path, tmp_path: Path) -> None:
    pytest.importorskip("rasterstats")
    pytest.importorskip("exactextract")
    plain(written.parent, tmp_path / "plain.parquet", 20)
    competent(written.parent, tmp_path / "competent.parquet", 20)
    one, other = (gpd.read_parquet(tmp_path / f"{name}.parquet") for name in ("plain", "competent"))
    assert len(one) == len(other) == 50
    for column in ("line", "point", "flood"):
        pd.testing.assert_series_equal(one[column], other[column], rtol=1e-9, atol=1e-9)
    assert (one["zone"] == other["zone"]).all()
    assert (one["ground"] - other["ground"]).abs().max() < 30
    assert one["rank"].min() == 1
