"""Real parcels and a SYNTHETIC county with all its dirt: streamed they are what reading them at once gives."""

from __future__ import annotations

from pathlib import Path

import geopandas
import pytest

from siting.catalogue import catalogue
from siting.catalogue import data_folder as find_data_folder
from siting.crs import study_crs
from siting.errors import SitingError
from siting.parcels import ParcelsUse, read_parcels, stream_parcels
from tests.layer.drawing import UTM, finder
from tests.parcels.agreement import agree


@pytest.mark.data
@pytest.mark.parametrize(
    ("source", "key", "crs"),
    [
        ("parcels_maricopa_rural", "APN", "EPSG:26912"),
        ("parcels_phoenix", "APN", "EPSG:26912"),
        ("parcels_pima", "PARCEL", "EPSG:26912"),
        ("ri_parcels", None, "EPSG:32130"),
        ("traps/trap_pima_parcels_odd_geometries.gpkg", "PARCEL", "EPSG:26912"),
        ("traps/trap_phx_station_parcels_customcrs.gpkg", "APN", "EPSG:26912"),
    ],
)
def test_real_parcels_come_out_the_same(
    data_folder: Path, tmp_path: Path, source: str, key: str | None, crs: str
) -> None:
    place = finder(data_folder, catalogue(), find_data_folder(data_folder))
    asked = ParcelsUse(source=source, id=key)
    for chunk, block, memory in ((997, 3000, 1 << 22), (65_536, 65_536, 1 << 30)):
        agree(asked, place, study_crs(crs), tmp_path / str(chunk), chunk=chunk, block=block, memory=memory)


@pytest.mark.data
def test_the_traps_are_refused_in_the_same_words(data_folder: Path, tmp_path: Path) -> None:
    place = finder(data_folder)
    for source in (
        "traps/truncated_substations.geojson",
        "traps/geojson_utm_coords_no_crs.geojson",
        "rhode-island/parcels.gpkg",
    ):
        asked = ParcelsUse(source=source)
        said = []
        for read in (read_parcels, stream_parcels):
            with pytest.raises(SitingError) as error:
                read(asked, finder=place, crs=UTM, **({"folder": tmp_path} if read is stream_parcels else {}))
            said.append(str(error.value))
        assert said[0] == said[1]


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SYNTHETIC county with every kind of dirt that the sample plants."""
    from siting.sample import sample_county
    from siting.sample.write import write_sample

    return write_sample(tmp_path_factory.mktemp("county"), sample_county(parcels=1500, dirt=0.1))


@pytest.mark.parametrize(("chunk", "block"), [(7, 200), (300, 64), (65_536, 65_536)])
def test_the_sample_county_with_dirt(county: Path, tmp_path: Path, chunk: int, block: int) -> None:
    asked = ParcelsUse.model_validate(
        {
            "source": "parcels.parquet",
            "id": "APN",
            "area": {"field": "LAND_SIZE", "unit": "sqft"},
            "owner": "OWNER_NAME",
        }
    )
    frame = geopandas.read_parquet(county / "parcels.parquet")
    streamed = agree(asked, finder(county), study_crs(str(frame.crs)), tmp_path, chunk=chunk, block=block)
    assert {"merged", "dropped", "repaired", "renamed", "flagged"} == set(streamed.quality.table["what"])
