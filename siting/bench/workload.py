"""The county and the layers that everything is measured on (SYNTHETIC).

Parcels, ground and land cover are those of ``siting sample``, the rasters continued around the county as those of a
state are: 10,000 x 10,000 cells of 30 m, from 10,000 parcels on. Besides, drawn over the county: 2,000 winding lines of
24 km, 5,000 points, 3,025 flood polygons of 1,500 vertices, and zoning along the borders of the parcels, five or more
in a zone (20,000 zones at most).
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from siting.sample import SampleCounty, sample_county

__all__ = ["CLASSES", "STUDY", "ZONE", "Workload"]

CLASSES = ("by_right", "conditional", "rezone", "prohibited")
SIDE = 10_000  #: cells of the rasters in a row and in a column, and the parcels from which on they are so many
_SEED = 20_240_601

#: the criterion of zoning in a study, two levels below its block
ZONE = """\
      zone:
        weight: 1
        measure: {class: zoning}
        value: {by_right: 1, conditional: 0.7, rezone: 0.4, prohibited: 0, none: 0}
        source: judgement
"""

STUDY = (
    """\
siting: 1
title: The workload of the benchmark (SYNTHETIC)
marking: SYNTHETIC
crs: EPSG:26912
parcels: {source: parcels.parquet, id: APN}
layers:
  lines: {source: lines.parquet}
  points: {source: points.parquet}
  flood: {source: flood.parquet}
  zoning: {source: zoning.parquet, crosswalk: classes.csv, key: [ZONE]}
  ground: {source: ground.tif, unit: m}
  cover: {source: cover.tif}
blocks:
  all:
    weight: 1
    criteria:
      line: {weight: 1, measure: {distance: lines}, value: [[0 km, 1], [5 km, 0]], source: judgement}
      point: {weight: 1, measure: {distance: points}, value: [[0 km, 0], [5 km, 1]], source: judgement}
      flood: {weight: 1, measure: {share: flood}, value: [[0 %, 1], [100 %, 0]], source: judgement}
"""
    + ZONE
    + """\
      ground:
        weight: 1
        measure: {raster: ground, statistic: mean, unit: m}
        value: [[0 m, 1], [3000 m, 0]]
        source: judgement
      built:
        weight: 1
        measure: {raster: cover, statistic: share, classes: [21, 22, 23, 24]}
        value: [[0 %, 1], [100 %, 0]]
        source: judgement
missing: interval
"""
)


@dataclass(frozen=True, eq=False)
class Workload:
    """The layers of the workload, each drawn when it is first asked for."""

    parcels: int
    seed: int = 1

    @cached_property
    def county(self) -> SampleCounty:
        """The sample county."""
        return sample_county(parcels=self.parcels, seed=self.seed)

    @cached_property
    def lots(self) -> gpd.GeoDataFrame:
        """APN and geometry of the parcels."""
        return self.county.layers["parcels"][["APN", "geometry"]].reset_index(drop=True)

    @property
    def outlines(self) -> NDArray[np.object_]:
        """The geometries of the parcels."""
        return np.asarray(self.lots.geometry.to_numpy(), object)

    @cached_property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east and north of the parcels."""
        west, south, east, north = map(float, self.lots.total_bounds)
        return west, south, east, north

    def _random(self, what: int) -> Any:
        return np.random.default_rng([_SEED, self.seed, what])

    def _inside(self, random: Any, n: int) -> NDArray[np.float64]:
        west, south, east, north = self.box
        return np.asarray(random.uniform((west, south), (east, north), (n, 2)))

    def _layer(self, geometry: Any, **columns: Any) -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame(columns, geometry=geometry, crs=self.county.crs)

    @cached_property
    def lines(self) -> gpd.GeoDataFrame:
        """2,000 winding lines of 60 segments of 400 m."""
        random = self._random(1)
        heading = random.uniform(0, 2 * np.pi, (2000, 1)) + np.cumsum(random.normal(0, 0.2, (2000, 60)), axis=1)
        steps = np.cumsum(400 * np.stack([np.cos(heading), np.sin(heading)], axis=2), axis=1)
        return self._layer(shapely.linestrings(self._inside(random, 2000)[:, None] + steps), NAME=_names("L", 2000))

    @cached_property
    def points(self) -> gpd.GeoDataFrame:
        """5,000 points."""
        return self._layer(shapely.points(self._inside(self._random(2), 5000)), NAME=_names("P", 5000))

    @cached_property
    def flood(self) -> gpd.GeoDataFrame:
        """55 x 55 lobed polygons of 1,500 vertices that do not overlap each other."""
        random, k, m = self._random(3), 55, 1500
        west, south, east, north = self.box
        across, up = (east - west) / k, (north - south) / k
        x, y = np.meshgrid(west + across * (np.arange(k) + 0.5), south + up * (np.arange(k) + 0.5))
        middle = np.stack([x.ravel(), y.ravel()], axis=1)
        angle, n = np.linspace(0, 2 * np.pi, m, endpoint=False), k * k
        waves = 1 + 0.4 * np.sin(random.integers(3, 12, (n, 1)) * angle) + 0.12 * np.sin(37 * angle)
        radius = random.uniform(0.15, 0.3, (n, 1)) * min(across, up) * (waves + random.normal(0, 0.01, (n, m)))
        rings = middle[:, None] + radius[..., None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        return self._layer(shapely.polygons(rings), NAME=_names("F", n))

    @cached_property
    def zoning(self) -> gpd.GeoDataFrame:
        """Zones along the borders of parcels: neighbours along the Hilbert curve, joined."""
        outlines, n = self.outlines, len(self.lots)
        order = np.argsort(self.lots.geometry.hilbert_distance().to_numpy(), kind="stable")
        edges = [*range(0, n, max(5, -(-n // 20_000))), n]
        zones = [shapely.coverage_union_all(outlines[order[a:b]]) for a, b in pairwise(edges)]
        return self._layer(zones, ZONE=[f"Z{i}" for i in self._random(4).integers(0, 40, len(zones))])

    @cached_property
    def classes(self) -> pd.DataFrame:
        """The class of each zone's code."""
        return pd.DataFrame(
            {"ZONE": [f"Z{i}" for i in range(40)], "class": [CLASSES[i % len(CLASSES)] for i in range(40)]}
        )

    @cached_property
    def _around(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Cells of the rasters north and south, west and east of the county."""
        more = [max(0, SIDE - n) if self.parcels >= SIDE else 0 for n in self.county.rasters["dem"].array.shape]
        return (more[0] // 2, -(-more[0] // 2)), (more[1] // 2, -(-more[1] // 2))

    @property
    def transform(self) -> tuple[float, float, float, float, float, float]:
        """The place of the rasters."""
        width, _, west, _, height, north = self.county.rasters["dem"].transform
        (above, _), (left, _) = self._around
        return width, 0.0, west - left * width, 0.0, height, north - above * height

    @cached_property
    def ground(self) -> NDArray[np.float32]:
        """Height of the ground in metres: the county's, mirrored at its edges."""
        metres = np.asarray(self.county.rasters["dem"].array / 100, np.float32)
        return np.pad(metres, self._around, mode="symmetric")

    @cached_property
    def cover(self) -> NDArray[np.uint8]:
        """The land cover, on the same cells."""
        return np.pad(np.asarray(self.county.rasters["landcover"].array, np.uint8), self._around, mode="symmetric")

    def surface(self, side: int) -> NDArray[np.float64]:
        """(side, side) slope of the ground in per cent, between its cells."""
        z = np.asarray(self.county.rasters["dem"].array / 100, np.float64)
        row, column = (np.linspace(0, n - 1.001, side) for n in z.shape)
        i, j = row.astype(int), column.astype(int)
        v, u = (row - i)[:, None], column - j
        upper, lower = (z[k][:, j] * (1 - u) + z[k][:, j + 1] * u for k in (i, i + 1))
        rise = np.gradient(upper * (1 - v) + lower * v)
        return np.asarray(100 * np.hypot(*rise) / (self.transform[0] * z.shape[1] / side), np.float64)

    @cached_property
    def study(self) -> Path:
        """The study in a folder of its own, written once; the folder goes with the workload."""
        folder = Path(tempfile.mkdtemp(prefix="siting-bench-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return self.write(folder / "work")

    def write(self, folder: Path) -> Path:
        """Write everything and the study into a folder, unless it is there; the study's path."""
        study = folder / "study.yaml"
        if study.is_file():
            return study
        folder.mkdir(parents=True, exist_ok=True)
        self.lots.to_parquet(folder / "parcels.parquet")
        for name in ("lines", "points", "flood", "zoning"):
            getattr(self, name).to_parquet(folder / f"{name}.parquet")
        self.classes.to_csv(folder / "classes.csv", index=False)
        _write_raster(folder / "ground.tif", self.ground, self.transform, self.county.crs)
        _write_raster(folder / "cover.tif", self.cover, self.transform, self.county.crs)
        study.write_text(STUDY, encoding="utf-8")
        return study


def _names(letter: str, n: int) -> list[str]:
    return [f"{letter}{i}" for i in range(n)]


def _write_raster(path: Path, cells: NDArray[Any], transform: tuple[float, ...], crs: str) -> None:
    """A tiled, compressed GeoTIFF."""
    import rasterio

    (height, width), whole = cells.shape, cells.dtype.kind == "u"
    profile = {
        "driver": "GTiff", "height": height, "width": width, "count": 1, "dtype": cells.dtype.name, "crs": crs,
        "transform": rasterio.Affine(*transform), "tiled": True, "blockxsize": 256, "blockysize": 256,
        "compress": "deflate", "predictor": 2 if whole else 3, "nodata": 0 if whole else -9999,
    }  # fmt: skip
    with rasterio.open(path, "w", **profile) as target:
        target.write(cells, 1)
