from __future__ import annotations

import gc
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from siting.bench import workload
from siting.bench.workload import CLASSES, Workload
from siting.study import read_study


def test_layers_are_as_many_as_stated(work: Workload) -> None:
    assert len(work.lots) == 1000
    assert (len(work.lines), len(work.points), len(work.flood)) == (2000, 5000, 3025)
    assert set(shapely.get_num_coordinates(work.lines.geometry)) == {60}
    assert set(shapely.get_num_coordinates(work.flood.geometry)) == {1501}
    assert set(work.classes["class"]) == set(CLASSES)
    assert work.ground.shape == work.cover.shape == work.county.rasters["dem"].array.shape


def test_rasters_go_on_around_the_county(work: Workload, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workload, "SIDE", 1000)
    large = Workload(1000)
    assert large.ground.shape == large.cover.shape == (1000, 1000)
    county = large.county.rasters["dem"].array
    rows, columns = county.shape
    left, top = (round((work.transform[k] - large.transform[k]) / large.transform[m]) for k, m in ((2, 0), (5, 4)))
    assert (left, top) == ((1000 - columns) // 2, (1000 - rows) // 2)
    inside = slice(top, top + rows), slice(left, left + columns)
    np.testing.assert_array_equal(large.ground[inside], work.ground)
    np.testing.assert_array_equal(large.cover[inside], work.cover)
    np.testing.assert_array_equal(large.ground[top - 1], large.ground[top])


def test_flood_polygons_are_whole_and_do_not_overlap(work: Workload) -> None:
    assert shapely.is_valid(work.flood.geometry).all()
    pairs = shapely.STRtree(work.flood.geometry).query(work.flood.geometry, predicate="intersects")
    assert (pairs[0] == pairs[1]).all()


def test_zones_are_made_of_whole_parcels(work: Workload) -> None:
    assert len(work.zoning) == 200
    total = shapely.area(work.lots.geometry).sum()
    np.testing.assert_allclose(shapely.area(work.zoning.geometry).sum(), total, rtol=1e-9)
    inside = shapely.get_coordinates(work.zoning.geometry)
    corners = {tuple(c) for c in shapely.get_coordinates(work.lots.geometry).tolist()}
    assert {tuple(c) for c in inside.tolist()} <= corners


def test_the_slope_of_a_surface_is_in_per_cent(work: Workload) -> None:
    surface = work.surface(100)
    assert surface.shape == (100, 100)
    assert 0 <= surface.min() < 10 < surface.max() < 200


def test_the_own_folder_is_written_once_and_goes_with_the_workload() -> None:
    work = Workload(1000, 3)
    study = work.study
    assert (work.study, work.write(study.parent)) == (study, study)
    assert sorted(path.suffix for path in study.parent.iterdir()) == [
        ".csv",
        *[".parquet"] * 5,
        ".tif",
        ".tif",
        ".yaml",
    ]
    folder = study.parents[1]
    del work
    gc.collect()
    assert not folder.exists()


def test_the_folder_holds_a_study_that_can_be_read(work: Workload, written: Path) -> None:
    assert read_study(written).title == "The workload of the benchmark (SYNTHETIC)"
    assert len(gpd.read_parquet(written.parent / "parcels.parquet")) == 1000
    before = written.stat().st_mtime_ns
    assert work.write(written.parent) == written
    assert written.stat().st_mtime_ns == before
