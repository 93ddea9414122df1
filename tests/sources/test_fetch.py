"""Bringing layers home: from the cache, the first address or the next; never without being told where from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest

from siting.catalogue import LayerSpec, Service
from siting.errors import SourceError
from siting.sources.access import Access
from siting.sources.area import Area
from siting.sources.cache import Cache
from siting.sources.fetch import Brought, Haul, Need, fetch_layers
from tests.sources.conftest import QUICK, Served
from tests.sources.test_cache import spec_of

pytestmark = pytest.mark.servers
AREA = Area(-112.5, 32.5, -111.5, 33.5)


def service(served: Served, name: str = "wells", *, spoiled: bool = False, **options: Any) -> Service:
    return Service(type="arcgis_feature", url=served.url(name, spoiled=spoiled), **options)


def fetch(served: Served, folder: Path, *specs: LayerSpec, area: Area | None = AREA, **options: Any) -> Haul:
    access = options.pop("access", Access(allow=(served.host, served.proxy)))
    needs = [Need(spec=spec, area=area) for spec in specs]
    return fetch_layers(needs, cache=Cache(folder), access=access, manners=QUICK, **options)


def asked(served: Served) -> int:
    return len(served.seen()["seen"])


def test_a_layer_comes_once_and_then_from_the_cache(arcgis: Served, tmp_path: Path) -> None:
    spec = spec_of(service=service(arcgis, spoiled=True))
    (first,) = fetch(arcgis, tmp_path, spec).items
    before = asked(arcgis)
    (again,) = fetch(arcgis, tmp_path, spec, access=Access(offline=True)).items
    assert (first.source, again.source) == ("server", "cache")
    assert asked(arcgis) == before
    assert again.fetched == first.fetched
    assert first.line > 0
    assert gpd.read_parquet(first.fetched.path).shape[0] == first.entry.count > 0


def test_a_little_more_land_fetches_nothing_and_much_more_does(arcgis: Served, tmp_path: Path) -> None:
    spec = spec_of(service=service(arcgis, spoiled=True))
    fetch(arcgis, tmp_path, spec)
    assert fetch(arcgis, tmp_path, spec, area=Area(-112.55, 32.45, -111.45, 33.55)).items[0].source == "cache"
    assert fetch(arcgis, tmp_path, spec, area=Area(-113, 32, -111, 34)).items[0].source == "server"


def test_a_refresh_asks_again_and_does_not_send_an_edition_that_is_here(
    arcgis: Served, stored: Served, tmp_path: Path
) -> None:
    spec = spec_of(service=service(arcgis))
    fetch(arcgis, tmp_path, spec)
    assert fetch(arcgis, tmp_path, spec, refresh=True).items[0].source == "server"
    arcgis.frame("wells").to_parquet(stored.folder / "refreshed.parquet")
    file = spec_of(service=Service(type="geoparquet", url=f"http://{stored.host}/refreshed.parquet"))
    first = fetch(stored, tmp_path, file).items[0]
    again = fetch(stored, tmp_path, file, refresh=True).items[0]
    assert (first.source, again.source) == ("server", "unchanged")
    assert again.entry.sha256 == first.entry.sha256
    assert again.entry.checked >= first.entry.checked


def test_a_damaged_file_is_mended_by_a_refresh(arcgis: Served, stored: Served, tmp_path: Path) -> None:
    """The server still has the edition; it sends it again, because no ETag of a damaged file is told to it."""
    arcgis.frame("wells").to_parquet(stored.folder / "mended.parquet")
    spec = spec_of(service=Service(type="geoparquet", url=f"http://{stored.host}/mended.parquet"))
    first = fetch(stored, tmp_path, spec).items[0]
    good = first.fetched.path.read_bytes()
    first.fetched.path.write_bytes(good[:-9] + bytes([good[-9] ^ 255]) + good[-8:])
    with pytest.raises(SourceError) as error:
        fetch(stored, tmp_path, spec)
    assert str(error.value) == (
        "The file of the layer 'wells' in the cache is not what was fetched: it is damaged. Fetch it again with "
        "--refresh."
    )
    mended = fetch(stored, tmp_path, spec, refresh=True).items[0]
    assert (mended.source, mended.fetched.path.read_bytes()) == ("server", good)
    assert fetch(stored, tmp_path, spec).items[0].source == "cache"
    assert fetch(stored, tmp_path, spec, refresh=True).items[0].source == "unchanged"


def test_the_next_address_serves_where_the_first_does_not(arcgis: Served, tmp_path: Path) -> None:
    spec = spec_of(service=service(arcgis, "nothing"), alternatives=(service(arcgis),))
    (item,) = fetch(arcgis, tmp_path, spec).items
    assert item.entry.url == arcgis.url("wells")
    assert item.notes == (
        "From an alternative address, because the first did not serve: "
        f"'{arcgis.url('nothing')}' refuses the question: error 404 (Service not found). Check where:, fields: and "
        "query: of the service.",
    )


def test_where_no_address_serves_the_reasons_and_other_layers_are_told(arcgis: Served, tmp_path: Path) -> None:
    spec = spec_of(service=service(arcgis, "nothing"), alternatives=("wells_mirror",))
    with pytest.raises(SourceError) as error:
        fetch(arcgis, tmp_path, spec)
    assert str(error.value) == (
        f"The layer 'wells' did not come. '{arcgis.url('nothing')}' refuses the question: error 404 (Service not "
        "found). Check where:, fields: and query: of the service. Other layers that may serve instead: wells_mirror."
    )


def test_it_goes_on_where_it_is_told_to(arcgis: Served, tmp_path: Path) -> None:
    bad = spec_of(id="bad", service=service(arcgis, "nothing"))
    haul = fetch(arcgis, tmp_path, bad, spec_of(service=service(arcgis)), go_on=True)
    assert list(haul.failed) == ["bad"]
    assert list(haul.files()) == ["wells"]


def test_offline_a_layer_that_is_not_here_is_refused(arcgis: Served, tmp_path: Path) -> None:
    with pytest.raises(SourceError) as error:
        fetch(arcgis, tmp_path, spec_of(service=service(arcgis)), access=Access(offline=True))
    assert str(error.value) == (
        "The layer 'wells' (Wells) is not in the cache for this area, and this run is offline. Fetch it where there is "
        "a network: siting layers fetch wells."
    )


def test_a_layer_without_a_connector_is_refused(arcgis: Served, tmp_path: Path) -> None:
    page = spec_of(service=Service(type="page", url="https://example.org/wells"))
    with pytest.raises(SourceError) as error:
        fetch(arcgis, tmp_path, page)
    assert str(error.value) == (
        "The layer 'wells' (Wells) cannot be fetched by siting: https://example.org/wells (page). Bring its file by "
        "hand and add it to the table of the data folder."
    )


def test_a_fetch_that_was_cut_leaves_no_layer_and_goes_on(arcgis: Served, tmp_path: Path) -> None:
    spec = spec_of(service=service(arcgis, spoiled=True))
    arcgis.fault("500", match="OBJECTID\\+%3E%3D\\+1501", times=10_000)
    with pytest.raises(SourceError):
        fetch(arcgis, tmp_path, spec, area=None)
    assert Cache(tmp_path).find(spec, None) is None
    arcgis.fault("")
    (item,) = fetch(arcgis, tmp_path, spec, area=None).items
    assert item.entry.count == 1_750
    assert "pages that an earlier fetch had kept" in item.notes[0]


def test_the_summary_is_a_table(arcgis: Served, tmp_path: Path) -> None:
    heard: list[tuple[Any, ...]] = []

    class Hears:
        def layer(self, layer_id: str) -> None:
            heard.append(("layer", layer_id))

        def progress(self, layer_id: str, *, features: int, of: int | None, size: int) -> None:
            heard.append(("progress", layer_id, features, of, size > 0))

        def brought(self, item: Brought) -> None:
            heard.append(("brought", item.entry.id))

    haul = fetch(arcgis, tmp_path, spec_of(service=service(arcgis)), area=None, hearing=Hears())
    head, row = str(haul).splitlines()
    assert head.split() == ["layer", "features", "size", "age", "from", "notes"]
    assert row.split()[:2] == ["wells", "1,750"]
    assert row.split()[-2:] == ["new", "server"]
    assert heard[0] == ("layer", "wells")
    assert ("progress", "wells", 1_750, 1_750, True) in heard
    assert heard[-1] == ("brought", "wells")


def test_credentials_are_written_nowhere(arcgis: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTY_KEY", "s3cretS3cret")
    spec = spec_of(service=service(arcgis, credential="COUNTY_KEY"))
    (item,) = fetch(arcgis, tmp_path, spec).items
    assert "s3cret" not in repr(item)
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or b"s3cret" not in path.read_bytes()
