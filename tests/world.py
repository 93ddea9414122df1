"""A drawn world of 40 parcels whose answers can be worked out by hand (SYNTHETIC).

Squares of 1 km (100 ha) in eight columns A to H from west to east and five rows 1 to 5 from south to north. North is
up; the corner of A1 is (400000, 3700000) in EPSG:26912.

- stations: one of 230 kV 1 km west of A3 (its height is the middle of row 3), one of unknown voltage 1 km east of H3
- rail: 1 km south of row 1
- flood: the northern half of row 4
- tribal: all of H5 and 40 % of G5
- fissures: through the middle of column A; mapped from 2 km west of A to 500 m into column E
- zoning: IND in columns A to E, RES in F to H, a code without a class in H1
- dem: flat but for H1, which rises by 20 %
- C1 is a square of 300 m; B2 carries three records; D1 has a hostile id; E5 has a spike; Z1 has no outline;
  Z2 is a sliver
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import rasterio
import shapely
from rasterio.transform import from_origin

X, Y, SIDE = 400_000.0, 3_700_000.0, 1000.0
CRS = "EPSG:26912"
COLUMNS, ROWS = "ABCDEFGH", "12345"
HOSTILE = "<img src=x onerror=alert(1)>"
SECRET = "J. SECRET"
RECORDS = 44

STUDY = """\
siting: 1
title: A drawn world
marking: SYNTHETIC
crs: EPSG:26912
pad: 400 m x 300 m
parcels: {source: parcels.parquet, id: APN, owner: OWNER, publish: [USE]}
overrides:
  - {id: A5, item: status, value: excluded, who: A. Surveyor, when: 2026-10-01, why: sold last week}
  - {id: D5, item: hazard, value: 0.5, who: A. Surveyor, when: 2026-10-02, why: walked the ground}
layers:
  stations: {source: stations.gpkg, id: ID, where: "MAX_VOLT >= 230", units: {MAX_VOLT: kV}, null: {MAX_VOLT: -999999}}
  rail: {source: rail.gpkg}
  flood: {source: flood.gpkg}
  tribal: {source: tribal.gpkg}
  fissures: {source: fissures.gpkg, coverage: mapped.gpkg}
  zoning: {source: zoning.gpkg, crosswalk: classes.csv, key: [ZONE]}
  dem: {source: dem.tif, unit: m}
usable:
  - {name: flood, layer: flood}
  - {name: steep, layer: dem, slope_above: 12 % slope}
exclusions:
  - {name: tribal land, inside: tribal, why: needs the nation's consent}
  - {name: public owner, field: OWNER, in: [STATE], why: not for sale}
  - {name: too small, applies_to: site, usable: largest_piece, below: 20 ha, why: judgement}
blocks:
  land:
    weight: 2
    criteria:
      usable_land: {weight: 3, measure: {usable: largest_piece}, value: [[0 ha, 0], [100 ha, 1]], source: judgement}
      flat: {weight: 1, measure: {slope: dem}, value: [[2 % slope, 1], [8 % slope, 0]], source: judgement}
  power:
    weight: 2
    criteria:
      station: {measure: {distance: stations}, value: [[1 km, 1], [5 km, 0]], source: judgement}
  ground:
    weight: 1
    combine: worst
    criteria:
      hazard: {measure: {distance: fissures}, value: [[0 m, 0], [1 km, 1]], source: judgement}
      quiet: {measure: {distance: rail, of: pad}, value: [[100 m, 0], [500 m, 1]], source: judgement}
  permits:
    weight: 1
    criteria:
      zone: {measure: {class: zoning}, value: {by_right: 1, conditional: 0.5, none: 0}, title: Zoning}
missing: interval
tiers: {high: 80, medium: 60}
robustness: {draws: 100}
assemble: {usable: [50 ha, 200 ha], gap: 40 m}
scenarios:
  power_first: {blocks.power.weight: 8}
partial: {water: no layer of water is drawn}
seed: 3
context: [flood, tribal, dem]
"""


def square(name: str) -> shapely.Polygon:
    """The outline of a parcel by its column and row."""
    west, south = X + SIDE * COLUMNS.index(name[0]), Y + SIDE * ROWS.index(name[1])
    return shapely.box(west, south, west + SIDE, south + SIDE)


def draw(folder: Path) -> Path:
    """Write the world into a folder; the path of its study."""
    folder.mkdir(parents=True, exist_ok=True)
    _parcels().to_parquet(folder / "parcels.parquet")
    for name, (shapes, columns) in _layers().items():
        frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)
        frame.to_file(folder / f"{name}.gpkg", layer=name, engine="pyogrio")
    (folder / "classes.csv").write_text("ZONE,class\nIND,by_right\nRES,conditional\n", encoding="utf-8")
    _dem(folder / "dem.tif")
    path = folder / "study.yaml"
    path.write_text(STUDY, encoding="utf-8")
    return path


def _parcels() -> gpd.GeoDataFrame:
    outlines: dict[str, Any] = {column + row: square(column + row) for column in COLUMNS for row in ROWS}
    west, south = X + 2 * SIDE, Y
    outlines["C1"] = shapely.box(west, south, west + 300, south + 300)
    west, south = X + 4 * SIDE, Y + 4 * SIDE
    ring = [(0, 0), (1000, 0), (1000, 1000), (500, 1000), (500, 1200), (500, 1000), (0, 1000)]
    outlines["E5"] = shapely.Polygon([(west + x, south + y) for x, y in ring])
    outlines[HOSTILE] = outlines.pop("D1")
    outlines |= {"B2-U1": square("B2"), "B2-U2": square("B2"), "Z1": shapely.Polygon()}
    outlines["Z2"] = shapely.box(X, Y - 500, X + 0.02, Y - 400)
    ids = list(outlines)
    use = ["<script>alert(1)</script>" if name == "A1" else "0037" for name in ids]
    owner = ["STATE" if name == "F5" else SECRET for name in ids]
    return gpd.GeoDataFrame({"APN": ids, "USE": use, "OWNER": owner}, geometry=list(outlines.values()), crs=CRS)


def _layers() -> dict[str, tuple[list[Any], dict[str, list[Any]]]]:
    east, north = X + 8 * SIDE, Y + 5 * SIDE
    box, line, point = shapely.box, shapely.LineString, shapely.Point
    middle = Y + 2500
    return {
        "stations": (
            [point(X - 1000, middle), point(east + 1000, middle)],
            {"ID": ["west", "east"], "MAX_VOLT": [230.0, -999999.0]},
        ),
        "rail": ([line([(X - 500, Y - 1000), (east + 500, Y - 1000)])], {"NET": ["main"]}),
        "flood": ([box(X, Y + 3500, east, Y + 4000)], {"ZONE": ["AE"]}),
        "tribal": ([box(east - 1400, north - 1000, east, north)], {"NAME": ["Drawn Nation"]}),
        "fissures": ([line([(X + 500, Y - 5000), (X + 500, north + 5000)])], {"KIND": ["mapped"]}),
        "mapped": ([box(X - 2000, Y - 10_000, X + 4500, north + 10_000)], {"NAME": ["study area"]}),
        "zoning": (
            [box(X, Y, X + 5000, north), box(X + 5000, Y, east, north) - square("H1"), square("H1")],
            {"ZONE": ["IND", "RES", "XX"]},
        ),
    }


def _dem(path: Path) -> None:
    """Cells of 100 m, 1 km beyond the parcels on all sides; heights in metres."""
    columns, rows, cell = 100, 70, 100.0
    x = X - 1000 + (np.arange(columns) + 0.5) * cell
    y = Y + 6000 - (np.arange(rows) + 0.5) * cell
    rise = 0.2 * np.maximum(x - (X + 7000), 0)
    heights = np.where(y[:, None] < Y + 1000, rise[None, :], 0.0).astype(np.float32)
    profile = {"driver": "GTiff", "width": columns, "height": rows, "count": 1, "dtype": "float32", "crs": CRS}
    with rasterio.open(path, "w", transform=from_origin(X - 1000, Y + 6000, cell, cell), **profile) as target:
        target.write(heights, 1)
