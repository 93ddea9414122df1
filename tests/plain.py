"""The drawn world (tests/world.py) with its land cut into many small parcels, so that sites take several (SYNTHETIC).

Columns are counted from west to east, rows from south to north: with 80 columns and 25 rows there are 2,000 parcels of
100 m x 200 m, "C00R00" to "C79R24". A site takes the usable land of three parcels or more.
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from tests import world

__all__ = ["draw"]


def draw(folder: Path, columns: int = 80, rows: int = 25) -> Path:
    """Write the plain into a folder; the path of its study."""
    path = world.draw(folder)
    column, row = (at.ravel() for at in np.meshgrid(np.arange(columns), np.arange(rows)))
    wide, high = 8 * world.SIDE / columns, 5 * world.SIDE / rows
    parcels = {
        "APN": [f"C{c:02}R{r:02}" for c, r in zip(column, row, strict=True)],
        "USE": np.where(row % 3, "0037", "1200"),
        "OWNER": np.where((column + row) % 40, world.SECRET, "STATE"),
    }
    west, south = world.X + wide * column, world.Y + high * row
    outlines = shapely.box(west, south, west + wide, south + high)
    gpd.GeoDataFrame(parcels, geometry=outlines, crs=world.CRS).to_parquet(folder / "parcels.parquet")
    path.write_text(_study(wide * high / 1e4), encoding="utf-8")
    return path


def _study(hectares: float) -> str:
    """The study of the world, for parcels of so many hectares."""
    text = world.STUDY
    for old, new in {
        "title: A drawn world": "title: A drawn plain",
        "pad: 400 m x 300 m": "pad: 80 m x 60 m",
        "below: 20 ha": f"below: {0.75 * hectares} ha",
        "[100 ha, 1]": f"[{hectares} ha, 1]",
        "usable: [50 ha, 200 ha], gap: 40 m": f"usable: [{2.5 * hectares} ha, {6 * hectares} ha], gap: 10 m, sites: 2",
        "id: A5,": "id: C05R05,",
        "id: D5,": "id: C15R11,",
    }.items():
        assert old in text, old
        text = text.replace(old, new)
    return text
