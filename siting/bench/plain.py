"""The plain script: what one writes with geopandas and rasterstats on the first day.

``python -m siting.bench.plain FOLDER OUT.parquet [EVERY]`` works on every EVERYth parcel of a workload's folder. Its
distances and areas are exact; its raster columns look at cell centres only (rasterstats).
"""

from __future__ import annotations

import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

__all__ = ["plain"]


def plain(folder: Path, out: Path, every: int = 1) -> None:
    """Measure, score, rank and write the parcels."""
    from rasterstats import zonal_stats  # type: ignore[import-untyped]

    parcels = gpd.read_parquet(folder / "parcels.parquet").iloc[::every].reset_index(drop=True)
    lines, points = gpd.read_parquet(folder / "lines.parquet"), gpd.read_parquet(folder / "points.parquet")
    flood, zoning = gpd.read_parquet(folder / "flood.parquet"), gpd.read_parquet(folder / "zoning.parquet")
    classes = pd.read_csv(folder / "classes.csv")

    for name, layer in (("line", lines), ("point", points)):
        near = parcels.sjoin_nearest(layer[["geometry"]], distance_col="metres")
        parcels[name] = near.groupby(level=0)["metres"].first()

    wet = gpd.overlay(parcels[["APN", "geometry"]], flood[["geometry"]], how="intersection", keep_geom_type=True)
    area = wet.assign(area=wet.area).groupby("APN")["area"].sum()
    parcels["flood"] = parcels["APN"].map(area).fillna(0) / parcels.area

    zones = gpd.overlay(
        parcels[["APN", "geometry"]], zoning.merge(classes, on="ZONE")[["class", "geometry"]], how="intersection",
        keep_geom_type=True,
    )  # fmt: skip
    shares = zones.assign(area=zones.area).groupby(["APN", "class"])["area"].sum().unstack(fill_value=0)
    parcels["zone"] = parcels["APN"].map(shares.idxmax(axis=1))

    ground = zonal_stats(parcels.geometry, str(folder / "ground.tif"), stats="mean")
    parcels["ground"] = [row["mean"] for row in ground]
    cover = zonal_stats(parcels.geometry, str(folder / "cover.tif"), categorical=True)
    parcels["built"] = [sum(row.get(c, 0) for c in (21, 22, 23, 24)) / max(sum(row.values()), 1) for row in cover]

    worth = {"by_right": 1, "conditional": 0.7, "rezone": 0.4, "prohibited": 0}
    values = [
        1 - (parcels["line"] / 5000).clip(0, 1),
        (parcels["point"] / 5000).clip(0, 1),
        1 - parcels["flood"].clip(0, 1),
        parcels["zone"].map(worth).fillna(0),
        1 - (parcels["ground"].astype(float) / 3000).clip(0, 1),
        1 - parcels["built"].clip(0, 1),
    ]
    parcels["score"] = 100 * np.mean(values, axis=0)
    parcels["rank"] = parcels["score"].rank(ascending=False, method="min")
    parcels.to_parquet(out)


if __name__ == "__main__":
    plain(Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:]))
