from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

import siting
from siting.errors import CrsError, StudyError
from siting.sample import sample_county
from siting.sample.county import MARGIN, reprojected
from tests.sample.counties import county

LAYERS = {
    "airport_surfaces", "airports", "ama", "block_groups", "canal", "city_limits", "county",
    "fissure_study_areas", "fissures", "flood", "flood_mapped", "gas", "general_plan", "habitat", "hospitals",
    "incentives", "industry", "interchanges", "jurisdictions", "light_rail", "mains", "military",
    "nonattainment", "ownership", "parcels", "power_plants", "protected", "quarries", "rail", "rail_yards",
    "reclamation", "residences", "roads", "runways", "schools", "soils", "state", "streams", "subsidence",
    "substations", "towns", "transmission", "tribal", "universities", "water_basins", "water_providers",
    "watersheds_huc10", "watersheds_huc12", "wells", "wetlands", "zoning",
}  # fmt: skip


def test_the_county_has_all_layers_and_exactly_its_parcels():
    c = county()
    assert set(c.layers) == LAYERS
    assert len(c.layers["parcels"]) == 1_500
    assert all(layer.crs == "EPSG:26912" for layer in c.layers.values())
    assert all(list(layer.index) == list(range(len(layer))) for layer in c.layers.values())


def test_rasters_reach_beyond_the_county_on_the_terrain_grid():
    c = county()
    dem, cover = c.rasters["dem"], c.rasters["landcover"]
    assert dem.array.dtype == np.int32
    assert dem.unit == "cm"
    assert cover.array.dtype == np.uint8
    assert dem.array.shape == cover.array.shape == (c.frame.cells + 2 * MARGIN,) * 2
    assert dem.transform == cover.transform
    cell, _, west, _, _, north = dem.transform
    x0, y0, x1, y1 = c.frame.bounds
    size = len(dem.array) * cell
    assert min(x0 - west, y0 - (north - size), west + size - x1, north - y1) >= 3 * cell
    assert ((west - x0) / cell).is_integer()


def test_the_land_goes_on_beyond_the_county_line():
    # by hand: as much as the land falls inside the line, it falls outside
    dem = county().rasters["dem"].array.astype(int)
    m = MARGIN
    for k in range(1, m + 1):
        assert (dem[m:-m, m - k] - dem[m:-m, m] == dem[m:-m, m] - dem[m:-m, m + k]).all()
        assert (dem[-m - 1 + k, m:-m] - dem[-m - 1, m:-m] == dem[-m - 1, m:-m] - dem[-m - 1 - k, m:-m]).all()


@pytest.mark.parametrize(("parcels", "seed"), [(1_000, 1), (1_000, 2), (1_000, 9), (1_001, 3), (2_000, 4)])
def test_a_small_county_holds_exactly_its_parcels(parcels: int, seed: int):
    c = county(parcels, seed)
    assert len(c.layers["parcels"]) == parcels
    assert c.layers["parcels"]["APN"].is_unique
    acres = c.layers["parcels"].geometry.area / 4046.8564224
    assert acres.min() >= 0.1
    assert acres.max() <= 640
    kinds = [site["kind"] for site in c.truth["sites"]]
    assert kinds.count("perfect") >= 2
    assert kinds.count("decoy") >= 4


def test_truth_says_that_all_is_synthetic():
    assert county().truth["synthetic"] is True
    assert county().version == siting.__version__
    assert county().marking == "SYNTHETIC"
    assert repr(county()) == "SampleCounty(SYNTHETIC, parcels=1500, seed=5, crs='EPSG:26912', dirt=0.0, 51 layers)"


def test_vertices_of_all_layers_lie_on_the_1_cm_grid():
    for name, layer in county().layers.items():
        xy = shapely.get_coordinates(layer.geometry.to_numpy())
        assert (np.round(xy, 2) == xy).all(), name


def test_the_same_seed_gives_the_same_county():
    again = sample_county(1_500, 5)
    for name, layer in county().layers.items():
        assert layer.equals(again.layers[name]), name
        assert layer.geometry.to_wkb().equals(again.layers[name].geometry.to_wkb()), name
    assert (again.rasters["dem"].array == county().rasters["dem"].array).all()
    assert again.truth == county().truth


def test_another_crs_is_the_same_land_rounded():
    moved = reprojected(county(), "EPSG:2223")
    assert moved.crs == "EPSG:2223"
    parcels: gpd.GeoDataFrame = moved.layers["parcels"]
    xy = shapely.get_coordinates(parcels.geometry.to_numpy())
    assert (np.round(xy, 2) == xy).all()
    back = parcels.to_crs(26912).geometry.to_numpy()
    assert shapely.hausdorff_distance(back, county().layers["parcels"].geometry.to_numpy()).max() < 0.01
    degrees = reprojected(county(), "EPSG:4326").layers["towns"]
    assert degrees.total_bounds[0] < -100


def test_dirt_and_another_crs_give_the_same_county_again():
    first, second = (sample_county(1_000, 1, crs="EPSG:4326", dirt=0.05) for _ in range(2))
    assert first.truth == second.truth
    assert len(first.truth["dirt"]) > 30
    for name, layer in first.layers.items():
        assert layer.geometry.to_wkb().equals(second.layers[name].geometry.to_wkb()), name
        assert layer.drop(columns="geometry").equals(second.layers[name].drop(columns="geometry")), name
    assert first.layers["parcels"].crs == "EPSG:4326"
    assert first.layers["rail"].crs == "EPSG:3857"  # the fault of another CRS


@pytest.mark.parametrize(
    ("crs", "message"),
    [
        (
            "EPSG:999999",
            "The sample county's CRS 'EPSG:999999' cannot be read. "
            "Write a code such as EPSG:26912, EPSG:2223 or EPSG:4326.",
        ),
        (
            "EPSG:2056",
            "The CRS 'EPSG:2056' does not reach the sample county, which lies at 32.5 N, 112.1 W. "
            "Write a code that does, such as EPSG:26912, EPSG:2223 or EPSG:4326.",
        ),
    ],
)
def test_a_crs_that_does_not_fit_is_refused_before_any_work(crs: str, message: str):
    with pytest.raises(CrsError) as e:
        sample_county(2_000_000, crs=crs)
    assert str(e.value) == message


def test_a_county_of_ten_parcels_is_refused():
    with pytest.raises(StudyError) as e:
        sample_county(10)
    assert str(e.value) == "A sample county has 1,000 to 2,000,000 parcels, not 10. Ask for a number in that range."
