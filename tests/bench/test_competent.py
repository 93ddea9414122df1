from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from siting.bench.competent import competent

pytestmark = pytest.mark.filterwarnings("default")  # of the libraries of the script


def test_its_answers_are_those_of_whole_geometries(written: Path, tmp_path: Path) -> None:
    pytest.importorskip("exactextract")
    competent(written.parent, tmp_path / "out.parquet", 100)
    found = gpd.read_parquet(tmp_path / "out.parquet")
    lines = gpd.read_parquet(written.parent / "lines.parquet").geometry.to_numpy()
    flood = gpd.read_parquet(written.parent / "flood.parquet").geometry.to_numpy()
    outlines = found.geometry.to_numpy()[:, None]
    np.testing.assert_allclose(found["line"], shapely.distance(outlines, lines).min(axis=1), atol=1e-9)
    wet = shapely.area(shapely.intersection(outlines, flood)).sum(axis=1) / shapely.area(found.geometry)
    np.testing.assert_allclose(found["flood"], wet, atol=1e-9)
