"""The files of a sample county: GeoParquet, GeoTIFF, layers.csv, README.txt and truth.json, with repeatable bytes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import rasterio

from siting.errors import RunError
from siting.export import replacing, write_json, write_parquet, write_text
from siting.shapes import Shapes

if TYPE_CHECKING:
    from siting.sample.county import SampleCounty, SampleRaster

__all__ = ["FILES", "write_sample"]

#: files whose names differ from their layers
FILES = {"dem": "dem.tif", "landcover": "landcover.tif"}
_NOTE = "SYNTHETIC: an invented county made by siting; no place, owner or facility in it exists."


def write_sample(folder: Path | str, county: SampleCounty) -> Path:
    """Write all layers and rasters of a county into a folder, each file whole or not at all.

    The same seed, size and package versions give the same bytes. ``layers.csv`` is written last: a
    folder that has it is complete. Raises RunError where a file cannot be written.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(
            f"The folder '{folder}' for the sample county could not be made: {error.strerror}. Choose another folder."
        ) from error
    (folder / "layers.csv").unlink(missing_ok=True)
    for name in sorted(county.layers):
        _write_layer(folder / f"{name}.parquet", name, county.layers[name])
    for name in sorted(county.rasters):
        _write_raster(folder / f"{name}.tif", county.rasters[name])
    write_json(folder / "truth.json", county.truth)
    write_text(folder / "README.txt", _readme(county))
    rows = [f"sample/{name},{name}.parquet,SYNTHETIC" for name in sorted(county.layers)]
    rows += [f"sample/{name},{name}.tif,SYNTHETIC" for name in sorted(county.rasters)]
    write_text(folder / "layers.csv", "\n".join(["id,file,marking", *sorted(rows)]) + "\n")
    return folder


def _write_layer(path: Path, name: str, layer: gpd.GeoDataFrame) -> None:
    """One layer; its file metadata says that it is invented."""
    geometry = layer.geometry.to_numpy()
    shapes = Shapes.from_geometries(geometry, None if len(geometry) else "polygon")
    frame = pd.DataFrame(layer.drop(columns=layer.geometry.name))
    table = pa.Table.from_arrays([_column(frame[c]) for c in frame], names=[str(c) for c in frame])
    write_parquet(path, table, shapes, crs=str(layer.crs), metadata={"title": f"{name} (SYNTHETIC)", "note": _NOTE})


def _column(values: pd.Series) -> pa.Array:
    """A column without anything of pandas; objects and missing text are text."""
    if values.dtype.kind in "iufb":
        return pa.array(values.to_numpy())
    return pa.array([None if v is None or v is pd.NA or v != v else str(v) for v in values.tolist()], pa.string())


def _write_raster(path: Path, raster: SampleRaster) -> None:
    """A tiled, compressed GeoTIFF with the unit in its metadata."""
    height, width = raster.array.shape
    profile = {
        "driver": "GTiff",
        "height": height,
        "width": width,
        "count": 1,
        "dtype": raster.array.dtype.name,
        "crs": raster.crs,
        "transform": rasterio.Affine(*raster.transform),
        "nodata": raster.nodata,
        "tiled": True,
        "blockxsize": 256,
        "blockysize": 256,
        "compress": "deflate",
        "predictor": 2,
    }
    with replacing(path) as part, rasterio.open(part, "w", **profile) as target:
        target.write(np.ascontiguousarray(raster.array), 1)
        target.set_band_unit(1, raster.unit)
        target.update_tags(note=_NOTE)


def _readme(county: SampleCounty) -> str:
    """What the folder is, in plain text."""
    frame = county.frame
    lines = [
        "SYNTHETIC sample county",
        "",
        _NOTE,
        "",
        f"parcels asked for: {frame.parcels}",
        f"seed: {frame.seed}",
        f"dirt: {county.dirt}",
        f"CRS: {county.crs}",
        f"made by: siting {county.version}",
        "",
        "layers.csv says which file is which layer; truth.json says what was planted.",
        "",
        "layer, features",
        *(f"{name}, {len(county.layers[name])}" for name in sorted(county.layers)),
        "",
        "raster, columns x rows, unit",
        *(
            f"{n}, {r.array.shape[1]} x {r.array.shape[0]}, {r.unit or 'class'}"
            for n, r in sorted(county.rasters.items())
        ),
        "",
    ]
    return "\n".join(lines)
