"""Layers to serve, and servers of ours as processes of their own."""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import geopandas as gpd
import numpy as np
import pytest
import shapely

from siting.sources.access import Access
from siting.sources.http import Client, Manners
from tests.sources.servers.process import started

QUICK = Manners(connect_s=2, read_s=0.6, attempts=3, backoff_s=0.001, longest_s=5, at_once=3)


@dataclass(frozen=True)
class Served:
    """A server, and the proxy before it that spoils its answers."""

    host: str
    proxy: str
    folder: Path

    def client(self, manners: Manners = QUICK, **options: Any) -> Client:
        return Client(Access(allow=(self.host, self.proxy)), manners, sleep=lambda _seconds: None, **options)

    def url(self, name: str, *, spoiled: bool = False) -> str:
        return f"http://{self.proxy if spoiled else self.host}/arcgis/rest/services/{name}/FeatureServer/0"

    def admin(self, **asked: object) -> None:
        _ask(f"http://{self.host}/__admin__?{urlencode(asked)}")

    def fault(self, fault: str = "", **asked: object) -> dict[str, Any]:
        return _ask(f"http://{self.proxy}/__fault__?{urlencode({'fault': fault, **asked})}")

    def seen(self) -> dict[str, Any]:
        return _ask(f"http://{self.proxy}/__fault__")

    def frame(self, name: str) -> gpd.GeoDataFrame:
        return gpd.read_parquet(self.folder / f"{name}.parquet")


def _ask(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return dict(json.loads(answer.read()))


def wells(count: int) -> gpd.GeoDataFrame:
    """Real wells where the folder of real layers is named, else drawn ones (SYNTHETIC)."""
    folder = os.environ.get("SITING_DATA", "")
    path = Path(folder) / "arizona" / "wells_gwsi.parquet"
    if folder and path.is_file():
        frame = gpd.read_parquet(path)[["SITE_ID", "WELL_TYPE", "WELL_DEPTH", "WL_DTW", "geometry"]]
        return frame.iloc[:count].reset_index(drop=True)
    random = np.random.default_rng(1)
    points = shapely.points(random.uniform(-113, -110, count), random.uniform(31.5, 34, count))
    columns = {
        "SITE_ID": np.arange(count) * 7,
        "WELL_TYPE": "SYNTHETIC",
        "WELL_DEPTH": np.arange(count),
        "WL_DTW": random.uniform(0, 900, count),
    }
    return gpd.GeoDataFrame(columns, geometry=points, crs="EPSG:4326")


def squares(count: int) -> gpd.GeoDataFrame:
    """Squares with a hole in every third, in feet (SYNTHETIC)."""
    x = 600_000.0 + 1000 * np.arange(count)
    shapes = shapely.box(x, 800_000.0, x + 900, 800_900.0)
    shapes[::3] = [
        shapely.difference(s, shapely.box(w + 100, 800_100, w + 200, 800_200))
        for s, w in zip(shapes[::3], x[::3], strict=True)
    ]
    columns = {"APN": [f"{n:05d}" for n in range(count)], "ACRES": np.linspace(1, 40, count)}
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:2223")


@pytest.fixture(scope="package")
def arcgis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An ArcGIS server of ours (500 features at a time) and the proxy that spoils its answers."""
    folder = tmp_path_factory.mktemp("arcgis")
    wells(1_750).to_parquet(folder / "wells.parquet")
    wells(1_000).to_parquet(folder / "full.parquet")
    squares(60).to_parquet(folder / "squares.parquet")
    wells(1_750).to_parquet(folder / "changing.parquet")
    with started("arcgis.py", folder, 500) as host, started("faults.py", host) as proxy:
        yield Served(host, proxy, folder)


@pytest.fixture(scope="package")
def ogc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """OGC API Features and WFS of ours, and the proxy that spoils its answers."""
    folder = tmp_path_factory.mktemp("ogc")
    wells(1_000).to_file(folder / "wells.geojson", driver="GeoJSON", engine="pyogrio", RFC7946="NO")
    gpd.read_file(folder / "wells.geojson").to_parquet(folder / "wells.parquet")
    with started("ogc.py", folder) as host, started("faults.py", host) as proxy:
        yield Served(host, proxy, folder)


@pytest.fixture(scope="package")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server of files with ranges, and the proxy that spoils its answers; the folder is filled by tests."""
    folder = tmp_path_factory.mktemp("stored")
    with started("files.py", folder) as host, started("faults.py", host) as proxy:
        yield Served(host, proxy, folder)
