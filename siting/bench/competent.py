"""The competent script: what one writes who knows exactextract, STRtree and vectorised shapely.

``python -m siting.bench.competent FOLDER OUT.parquet [EVERY]`` works on every EVERYth parcel of a workload's folder.
All its answers are exact.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

__all__ = ["competent"]


def competent(folder: Path, out: Path, every: int = 1) -> None:
    """Measure, score, rank and write the parcels."""
    from exactextract import exact_extract  # type: ignore[import-untyped]

    parcels = gpd.read_parquet(folder / "parcels.parquet").iloc[::every].reset_index(drop=True)
    outlines = parcels.geometry.to_numpy()
    for name in ("line", "point"):
        layer = gpd.read_parquet(folder / f"{name}s.parquet", columns=["geometry"]).geometry.to_numpy()
        parcels[name] = _nearest(outlines, _segments(layer) if name == "line" else layer)

    flood = gpd.read_parquet(folder / "flood.parquet", columns=["geometry"]).geometry.to_numpy()
    rows, _, area = _areas(outlines, flood)
    parcels["flood"] = np.bincount(rows, area, len(parcels)) / shapely.area(outlines)

    zoning = gpd.read_parquet(folder / "zoning.parquet")
    classes = pd.read_csv(folder / "classes.csv").set_index("ZONE")["class"]
    names, code = np.unique(zoning["ZONE"].map(classes), return_inverse=True)
    rows, zones, area = _areas(outlines, zoning.geometry.to_numpy())
    table = np.bincount(rows * len(names) + code[zones], area, len(parcels) * len(names)).reshape(-1, len(names))
    parcels["zone"] = names[table.argmax(axis=1)]

    ground = exact_extract(str(folder / "ground.tif"), parcels, ["mean"], output="pandas", strategy="raster-sequential")
    parcels["ground"] = ground["mean"].to_numpy(float)
    cover = exact_extract(
        str(folder / "cover.tif"), parcels, ["unique", "frac"], output="pandas", strategy="raster-sequential"
    )
    built = (21, 22, 23, 24)
    parcels["built"] = [f[np.isin(u, built)].sum() for u, f in zip(cover["unique"], cover["frac"], strict=True)]

    worth = {"by_right": 1, "conditional": 0.7, "rezone": 0.4, "prohibited": 0}
    values = [
        1 - (parcels["line"] / 5000).clip(0, 1),
        (parcels["point"] / 5000).clip(0, 1),
        1 - parcels["flood"].clip(0, 1),
        parcels["zone"].map(worth),
        1 - (parcels["ground"] / 3000).clip(0, 1),
        1 - parcels["built"].clip(0, 1),
    ]
    parcels["score"] = 100 * np.mean(values, axis=0)
    parcels["rank"] = parcels["score"].rank(ascending=False, method="min")
    parcels.to_parquet(out)


def _segments(lines: Any) -> Any:
    """The single segments of lines, whose boxes are small."""
    coords, line = shapely.get_coordinates(lines, return_index=True)
    same = line[1:] == line[:-1]
    return shapely.linestrings(np.stack([coords[:-1][same], coords[1:][same]], axis=1))


def _nearest(outlines: Any, features: Any) -> Any:
    tree = shapely.STRtree(features, node_capacity=4)
    (rows, _), distance = tree.query_nearest(outlines, return_distance=True, all_matches=False)
    metres = np.full(len(outlines), np.nan)
    metres[rows] = distance
    return metres


def _areas(outlines: Any, features: Any) -> Any:
    """Rows, features and common areas of pairs; features that hold a parcel as a whole need no intersection."""
    rows, columns = shapely.STRtree(features).query(outlines, predicate="intersects")
    shapely.prepare(features)
    whole = shapely.covers(features[columns], outlines[rows])
    area = np.empty(len(rows))
    area[whole] = shapely.area(outlines[rows[whole]])
    area[~whole] = shapely.area(shapely.intersection(outlines[rows[~whole]], features[columns[~whole]]))
    return rows, columns, area


if __name__ == "__main__":
    competent(Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:]))
