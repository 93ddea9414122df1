"""Small files to open: drawings in EPSG:26912, written as the public services publish."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
from shapely import Point

from siting.catalogue import Catalogue, DataFolder, Finder
from siting.crs import study_crs
from siting.layer import LayerUse, VectorLayer, open_vector

UTM = study_crs("EPSG:26912")
X, Y = 400_000.0, 3_700_000.0  # the origin of the drawings


def write(
    path: Path,
    geometry: Sequence[Any],
    columns: Mapping[str, Sequence[Any]] | None = None,
    crs: str | None = "EPSG:26912",
    **options: Any,
) -> Path:
    """A vector file of the kind that its name says."""
    frame = geopandas.GeoDataFrame(dict(columns or {"n": range(len(geometry))}), geometry=list(geometry), crs=crs)
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_file(path, engine="pyogrio", **options)
    return path


def write_raster(
    path: Path, values: Any, transform: tuple[float, ...], crs: str | None, nodata: float | None = None, **options: Any
) -> Path:
    """A GeoTIFF of one band, or of several for a stack."""
    import rasterio
    from rasterio import Affine

    array = np.asarray(values)
    stack = array if array.ndim == 3 else array[None]
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        count=len(stack),
        height=stack.shape[1],
        width=stack.shape[2],
        dtype=stack.dtype,
        transform=Affine(*transform[:6]),
        crs=crs,
        nodata=nodata,
    ) as target:
        target.write(stack)
        for key, value in options.items():
            setattr(target, key, value)
    return path


def finder(base: Path, catalogue: Catalogue | None = None, data: DataFolder | None = None) -> Finder:
    """Finds files in a folder, and nothing in the catalogue."""
    return Finder(catalogue=catalogue or Catalogue({}), base=base, data=data)


def opened(folder: Path, area: Any = None, reach_m: float = math.inf, **entry: Any) -> VectorLayer:
    """The layer 'lots' of a folder, for a study around ``area``."""
    use = LayerUse.model_validate({"source": "lots.gpkg"} | entry)
    return open_vector("lots", use, finder=finder(folder), crs=UTM, area=area, reach_m=reach_m)


def stations(folder: Path, name: str = "lots.gpkg") -> Path:
    """Five substations in a row, the voltage of one of them unknown."""
    points = [Point(X + 1000 * i, Y) for i in range(5)]
    columns = {"ID": ["S1", "S2", "S3", "S4", "S5"], "KV": [345, -999999, 69, 230, 500]}
    return write(folder / name, points, columns)
