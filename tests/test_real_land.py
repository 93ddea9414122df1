"""The studies of real land: what an analyst would ask of them first. They need the folder of real layers."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely

import siting
from siting.judgement import ADMITTED, EXCLUDED
from siting.measure import State
from siting.ranking import Ranking

pytestmark = pytest.mark.data
REAL = ("aachen", "maricopa-rural", "phoenix", "pima", "rhode-island")


@cache
def ranked(name: str, data: Path) -> Ranking:
    """One run a study for all tests."""
    return siting.rank(siting.read_study(siting.study_path(name)), data=data)


@pytest.fixture(params=REAL)
def ranking(request: pytest.FixtureRequest, data_folder: Path) -> Ranking:
    """The ranking of every study of real land."""
    return ranked(request.param, data_folder)


def test_nothing_disappears(ranking: Ranking) -> None:
    counts = dict(ranking.counts)
    assert counts.pop("read") == sum(counts.values())
    assert counts["admitted"] > 0
    reasons = ranking.judgement.excluded_by.any(axis=1)
    assert (reasons == (ranking.judgement.status != ADMITTED)).all()


def test_contributions_add_up_against_the_median_parcel(ranking: Ranking) -> None:
    given = ranking.judgement.contributions
    np.testing.assert_allclose(given.values.sum(axis=0), given.total, atol=1e-7)


def test_the_waterfall_adds_up_to_the_gross_area(ranking: Ranking) -> None:
    columns = ranking.columns
    cuts = [column.values for name, column in columns.items() if name.startswith("cut_")]
    taken = np.nansum(np.stack(cuts), axis=0) if cuts else 0.0
    gross, usable = columns["gross_acre"].values, columns["usable_acre"].values
    np.testing.assert_allclose(gross - taken, usable, rtol=1e-6, atol=1e-3)


def test_every_layer_is_traced_to_a_file(ranking: Ranking) -> None:
    for name, layer in ranking.layers.items():
        assert layer.provenance["sha256"], name
        assert layer.provenance["licence"], name
        assert layer.provenance["vintage"], name


def test_a_ranking_that_lacks_themes_says_so(ranking: Ranking) -> None:
    said = [note for note in ranking.notes if note.startswith("Partial")]
    assert len(said) == len(ranking.study.partial) > 0


@pytest.mark.parametrize("name", ["maricopa-rural", "phoenix", "pima"])
def test_tribal_land_is_out_in_arizona(name: str, data_folder: Path) -> None:
    ranking = ranked(name, data_folder)
    tribal = gpd.read_file(data_folder / "arizona" / "tribal_reservations.gpkg").to_crs(ranking.parcels.crs)
    land = shapely.union_all(shapely.make_valid(tribal.geometry.to_numpy()))
    inside = (
        shapely.area(shapely.intersection(ranking.parcels.shapes.geometries, land)) / ranking.parcels.shapes.area_m2
    )
    assert set(ranking.judgement.status[inside > 0.011]) <= {EXCLUDED}
    if name == "pima":
        assert (inside > 0.011).sum() > 100
        owner = ranking.parcels.table["owner_class"].to_numpy()
        assert set(ranking.judgement.status[owner == "tribal"]) == {EXCLUDED}


def test_fissures_matter_where_they_were_mapped_and_nowhere_else(data_folder: Path) -> None:
    ranking = ranked("maricopa-rural", data_folder)
    areas = gpd.read_file(data_folder / "arizona" / "hazard_fissure_study_areas.gpkg").to_crs(ranking.parcels.crs)
    mapped = shapely.union_all(areas.geometry.to_numpy())
    measured = ranking.quantities[ranking.plan.criteria["fissures"].key]
    outside = shapely.disjoint(ranking.parcels.shapes.geometries, mapped)
    assert outside.any()
    assert not outside.all()
    assert not np.isin(measured.state[outside], [State.KNOWN, State.BEYOND]).any()
    known = measured.state == State.KNOWN
    assert known.any()
    assert shapely.intersects(ranking.parcels.shapes.geometries[known], mapped).all()


def test_the_best_of_pima_is_large_land_that_no_one_lives_on(data_folder: Path) -> None:
    top = ranked("pima", data_folder).table.query("rank <= 20")
    assert (top["acres"] >= 80).all()
    assert (top["largest_piece_acre"] >= 80).all()
    assert not top["category"].isin(["residential", "apartments", "condos"]).any()


def test_phoenix_has_no_land_for_a_fab(data_folder: Path) -> None:
    assert ranked("phoenix", data_folder).table["acres"].max() < 80


def test_slope_on_real_parcels_is_that_of_an_independent_library(data_folder: Path) -> None:
    exactextract = pytest.importorskip("exactextract")
    ranking = ranked("rhode-island", data_folder)
    column = ranking.columns["q_slope_degrees"].values
    there = np.flatnonzero(~np.isnan(column.astype(float)))[:400]
    raster = data_folder / "rhode-island" / "ri_srtm_slope.tif"
    with rasterio.open(raster) as opened:  # the study's CRS, in the raster's own words
        parcels = gpd.GeoDataFrame(geometry=ranking.parcels.shapes.geometries[there], crs=opened.crs)
    mean = exactextract.exact_extract(str(raster), parcels, ["mean"], output="pandas")
    # the measure averages the tangent of the slope; for these gentle slopes it is the angle to a part in a hundred
    np.testing.assert_allclose(column[there].astype(float), mean["mean"].to_numpy(float), rtol=0.02, atol=0.02)
