from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from siting.errors import RunError
from siting.maps import MapView, ranking_map
from siting.maps.basemap import BASEMAPS, basemap_layer

from .test_offline import policy

View = Callable[..., MapView]


def test_a_basemap_is_asked_for(view: View, tmp_path: Path) -> None:
    page = ranking_map(view(), basemap="usgs_topo")
    assert policy(page)["img-src"] == ["data:", "blob:", "https://basemap.nationalmap.gov"]
    assert [need.kind for need in page.needs] == ["tiles"]
    with pytest.raises(RunError) as e:
        page.save(tmp_path / "map.html")
    assert str(e.value) == (
        "The map is to open without a network, but something added to it needs 'usgs_topo' from "
        "https://basemap.nationalmap.gov/arcgis/rest/services/USGSTopo/MapServer/tile/{z}/{y}/{x}. "
        "Leave that layer out, or save it with offline=False."
    )
    page.save(tmp_path / "map.html", offline=False)
    with pytest.raises(RunError) as e:
        ranking_map(view(), basemap="usgs_tipo")
    assert str(e.value) == (
        "There is no basemap 'usgs_tipo'. They are 'usgs_topo', 'usgs_imagery', 'openstreetmap'. "
        "Did you mean 'usgs_topo'?"
    )


@pytest.mark.parametrize("name", BASEMAPS)
def test_a_basemap_is_tiles_over_https_with_a_credit_and_no_key(name: str) -> None:
    url, credit, max_zoom = BASEMAPS[name]
    layer = basemap_layer(name)
    assert (layer.tiles, layer.options["attribution"]) == (url, credit)
    assert layer.options["max_native_zoom"] == max_zoom
    assert url.startswith("https://")
    assert not [word for word in ("key", "token", "{s}") if word in url]
