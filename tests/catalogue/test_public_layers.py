"""The public layers that analysts of Arizona begin with: each is described, with its address, licence and honesty."""

from __future__ import annotations

import pytest

from siting.catalogue import Catalogue, Service, catalogue, catalogue_folder

#: id, theme, host of the first address, what may be passed on
PUBLIC = (
    ("parcels_maricopa", "land", "gis.mcassessor.maricopa.gov", "no"),
    ("parcels_maricopa_alt", "land", "gis.maricopa.gov", "no"),
    ("parcels_pinal", "land", "gis.pinal.gov", "no"),
    ("parcels_az_adwr", "land", "azwatermaps.azwater.gov", "no"),
    ("parcels_az_state", "land", "azgeo.az.gov", "no"),
    ("parcels_regrid", "land", "app.regrid.com", "no"),
    ("zoning_maricopa_cnty", "zoning", "gis.maricopa.gov", "no"),
    ("zoning_phoenix", "zoning", "maps.phoenix.gov", "attribution"),
    ("permits_phoenix", "zoning", "maps.phoenix.gov", "attribution"),
    ("landuse_mag", "zoning", "geodata-azmag.opendata.arcgis.com", "no"),
    ("mag_services", "zoning", "geo.azmag.gov", "no"),
    ("state_trust_az", "land", "server.azgeo.az.gov", "no"),
    ("blm_sma", "land", "gis.blm.gov", "attribution"),
    ("padus", "land", "www.sciencebase.gov", "attribution"),
    ("aiannh", "land", "tigerweb.geo.census.gov", "yes"),
    ("military", "land", "services.arcgis.com", "attribution"),
    ("wbd", "water", "hydro.nationalmap.gov", "attribution"),
    ("nhdplus_hr", "water", "hydro.nationalmap.gov", "attribution"),
    ("adwr_basins", "water", "azwatermaps.azwater.gov", "attribution"),
    ("adwr_ama", "water", "azwatermaps.azwater.gov", "attribution"),
    ("adwr_subbasin", "water", "services.arcgis.com", "attribution"),
    ("adwr_aaws", "water", "gisdata2016-11-18t150447874z-azwater.opendata.arcgis.com", "attribution"),
    ("adwr_cws", "water", "gisdata2016-11-18t150447874z-azwater.opendata.arcgis.com", "attribution"),
    ("adwr_gwsi", "water", "services.arcgis.com", "attribution"),
    ("aqueduct", "water", "files.wri.org", "attribution"),
    ("wwtp_frs", "water", "geodata.epa.gov", "attribution"),
    ("npdes_echo", "water", "echodata.epa.gov", "attribution"),
    ("rmp_xls", "industry", "github.com", "attribution"),
    ("tx_lines_esri", "power", "services2.arcgis.com", "attribution"),
    ("tx_lines_parquet", "power", "hifld.publicenvirodata.org", "attribution"),
    ("tx_lines_datalumos", "power", "doi.org", "attribution"),
    ("substations_mirror", "power", "services6.arcgis.com", "attribution"),
    ("substations_mirror2", "power", "services1.arcgis.com", "no"),
    ("substations_osm", "power", "overpass-api.de", "share-alike"),
    ("power_plants", "power", "services2.arcgis.com", "attribution"),
    ("eia860m", "power", "www.eia.gov", "attribution"),
    ("eia930", "power", "www.eia.gov", "attribution"),
    ("gas_pipes", "power", "services2.arcgis.com", "attribution"),
    ("roads_tiger", "transport", "tigerweb.geo.census.gov", "yes"),
    ("roads_adot", "transport", "azgeo.az.gov", "no"),
    ("overture_seg", "transport", "overturemaps-us-west-2", "share-alike"),
    ("overture_places", "people", "overturemaps-us-west-2", "attribution"),
    ("rail", "transport", "services.arcgis.com", "attribution"),
    ("rail_yards", "transport", "services.arcgis.com", "attribution"),
    ("airports", "transport", "services.arcgis.com", "attribution"),
    ("class_airspace", "transport", "services6.arcgis.com", "attribution"),
    ("sua", "transport", "services6.arcgis.com", "attribution"),
    ("dem", "terrain", "prd-tnm.s3.amazonaws.com", "attribution"),
    ("dem_service", "terrain", "elevation.nationalmap.gov", "attribution"),
    ("nlcd", "terrain", "usgs-landcover", "attribution"),
    ("nfhl", "hazard", "hazards.fema.gov", "attribution"),
    ("fissures_2015", "hazard", "raw.githubusercontent.com", "attribution"),
    ("fissures_live", "hazard", "uagis.maps.arcgis.com", "no"),
    ("subsidence", "hazard", "www.azwater.gov", "attribution"),
    ("seismic", "hazard", "earthquake.usgs.gov", "attribution"),
    ("qfaults", "hazard", "earthquake.usgs.gov", "attribution"),
    ("ssurgo", "terrain", "SDMDataAccess.nrcs.usda.gov", "attribution"),
    ("nonattain", "air", "gispub.epa.gov", "attribution"),
    ("crit_hab", "land", "services.arcgis.com", "attribution"),
    ("nwi", "land", "fwspublicservices.wim.usgs.gov", "attribution"),
    ("superfund", "hazard", "services.arcgis.com", "attribution"),
    ("lodes", "people", "lehd.ces.census.gov", "yes"),
    ("acs", "people", "api.census.gov", "yes"),
    ("oews", "people", "www.bls.gov", "attribution"),
    ("postsec", "people", "nces.ed.gov", "attribution"),
    ("bdc", "industry", "broadbandmap.fcc.gov", "no"),
    ("tiger_places", "land", "tigerweb.geo.census.gov", "yes"),
)  # fmt: skip


@pytest.fixture(scope="module")
def shipped() -> Catalogue:
    return catalogue()


def test_there_are_sixty_seven() -> None:
    assert len({item[0] for item in PUBLIC}) == len(PUBLIC) == 67


@pytest.mark.parametrize(("layer_id", "theme", "host", "passed_on"), PUBLIC, ids=[item[0] for item in PUBLIC])
def test_a_public_layer_is_described(layer_id: str, theme: str, host: str, passed_on: str, shipped: Catalogue) -> None:
    spec = shipped.find(layer_id)
    assert (catalogue_folder() / theme / f"{layer_id}.yaml").is_file()
    assert (spec.theme, spec.redistribute, spec.verified) == (theme, passed_on, "never")
    assert isinstance(spec.service, Service)
    assert spec.service.url.split("://")[1].split("/")[0] == host
    assert spec.licence
    assert spec.attribution
    assert spec.states
    assert spec.traps
    assert spec.criteria
    assert spec.source


def test_themes_are_the_folders(shipped: Catalogue) -> None:
    for spec in shipped.specs():
        if not spec.synthetic:
            assert shipped.files[spec.id].parent.name == spec.theme, spec.id


def test_other_layers_that_may_serve_are_described_too(shipped: Catalogue) -> None:
    for spec in shipped.specs():
        for other in spec.instead:
            assert other in shipped, (spec.id, other)
            assert other != spec.id


def test_no_licence_that_is_unknown_or_bought_is_passed_on(shipped: Catalogue) -> None:
    for spec in shipped.specs():
        words = spec.licence.lower()
        if any(word in words for word in ("commercial", "terms not stated", "licensed", "without a licence")):
            assert spec.redistribute == "no", spec.id
        if "odbl" in words and "places" not in words:
            assert spec.redistribute == "share-alike", spec.id


def test_power_layers_name_what_serves_after_the_federal_portal(shipped: Catalogue) -> None:
    """HIFLD Open was shut on 2025-08-26: every layer that came from it says so and names others."""
    for layer_id in (
        "tx_lines_esri",
        "tx_lines_parquet",
        "tx_lines_datalumos",
        "substations_mirror",
        "substations_mirror2",
    ):
        spec = shipped.find(layer_id)
        assert any("2025-08-26" in trap for trap in spec.traps)
        assert len(spec.instead) >= 2
        assert spec.nulls


def test_recipes_of_the_catalogue_are_made_from_its_layers(shipped: Catalogue) -> None:
    made = {spec.id: spec for spec in shipped.specs() if spec.recipe is not None}
    assert {"tx_lines_230kv", "substations_union", "slope_3dep"} <= set(made)
    for spec in made.values():
        assert spec.recipe is not None
        parts = [shipped.find(source) for source in spec.recipe.sources()]
        assert not [part.id for part in parts if not part.redistributable and spec.redistributable], spec.id
