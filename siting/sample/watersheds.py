"""The watersheds of a sample county at two levels, the smaller ones nested in the larger ones."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray

from siting.sample.outlines import label_outlines
from siting.sample.regions import merged
from siting.sample.terrain import Terrain

__all__ = ["ACRE_M2", "build_watersheds"]

ACRE_M2 = 4046.8564224
HUC12_M2, HUC10_M2 = 9e7, 3.2e8
"""Land at which a watershed is closed; real ones hold 10,000 to 40,000 and 40,000 to 250,000 acres."""
STEP = 3
"""Terrain cells a side of a cell on which watersheds are outlined."""


@njit("void(i4[::1], i4[::1], b1[::1], f8, f8, i4[::1])", cache=True, nogil=True)
def _catchments(
    order: NDArray[np.int32],
    receiver: NDArray[np.int32],
    stream: NDArray[np.bool_],
    cell_m2: float,
    enough_m2: float,
    label: NDArray[np.int32],
) -> None:
    """Label every cell with the outlet of its catchment: a stream cell where enough land has come together."""
    land = np.full(len(order), cell_m2)
    label[:] = -1
    for k in range(len(order) - 1, -1, -1):
        i = order[k]
        if receiver[i] < 0 or (stream[i] and land[i] >= enough_m2):
            label[i] = i
        else:
            land[receiver[i]] += land[i]
    for k in range(len(order)):
        i = order[k]
        if label[i] < 0:
            label[i] = label[receiver[i]]


def build_watersheds(terrain: Terrain, streams: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """The larger (huc10) and the smaller (huc12) watersheds; both tile the county."""
    frame = terrain.frame
    label = np.empty(frame.cells**2, np.int32)
    _catchments(terrain.order, terrain.receiver.ravel(), terrain.stream.ravel(), frame.cell_m**2, HUC12_M2, label)
    cell_m2 = (STEP * frame.cell_m) ** 2
    small, _ = merged(_coarse(label.reshape(frame.cells, -1)), HUC12_M2 / 2.5 / cell_m2)
    large, _ = merged(_grouped(terrain, small), HUC10_M2 / 2.5 / cell_m2)
    group = np.zeros(int(small.max()) + 1, np.int64)
    group[small.ravel()] = large.ravel()
    polygons, owner = label_outlines(small, frame.bounds, STEP * frame.cell_m, tolerance_m=150.0)
    pieces = gpd.GeoDataFrame({"small": owner, "large": group[owner]}, geometry=polygons, crs=26912)
    return _coded(pieces, streams)


def _coarse(label: NDArray[np.int32]) -> NDArray[np.int32]:
    """Every third cell from the south-west corner, renumbered from 0; border outlets a few km apart are one."""
    n = len(label)
    short = -n % STEP
    wide = np.pad(label, ((short, 0), (0, short)), mode="edge")[1::STEP, 1::STEP]
    row, column = np.divmod(wide, n)
    border = (row == 0) | (row == n - 1) | (column == 0) | (column == n - 1)
    run = n * n + (row // 200) * 100 + column // 200
    size = np.bincount(wide.ravel())
    little = border & (size[wide] * STEP * STEP * 900.0 < HUC12_M2 / 2.5)
    return np.unique(np.where(little, run, wide), return_inverse=True)[1].reshape(wide.shape).astype(np.int32)


def _grouped(terrain: Terrain, small: NDArray[np.int32]) -> NDArray[np.int32]:
    """Groups of watersheds along the drainage: each is joined to the one downstream until a group is large."""
    count = int(small.max()) + 1
    n = terrain.frame.cells
    short = -n % STEP
    at = np.arange(n)
    whole = small[np.ix_((at + short) // STEP, at // STEP)].ravel()
    receiver = terrain.receiver.ravel()
    leaves = np.flatnonzero((receiver >= 0) & (whole[receiver] != whole))
    biggest = leaves[np.argsort(terrain.accumulation.ravel()[leaves], kind="stable")]
    below = np.full(count, -1, np.int64)
    flow = np.zeros(count)
    below[whole[biggest]] = whole[receiver[biggest]]
    flow[whole[biggest]] = terrain.accumulation.ravel()[biggest]
    below[flow == 0] = -1
    land = np.bincount(whole, minlength=count) * 900.0
    group = np.arange(count)
    for k in np.argsort(flow, kind="stable").tolist():
        target = int(below[k])
        if target >= 0 and flow[target] > flow[k] and land[k] < HUC10_M2:
            land[target] += land[k]
            group[k] = target
    while (group[group] != group).any():
        group = group[group]
    return group[small].astype(np.int32)


def _coded(pieces: gpd.GeoDataFrame, streams: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Codes from north to south, names after the largest stream, areas in acres."""
    large = _dissolved(pieces, "large")
    large["huc10"] = [f"15990101{k + 1:02d}" for k in range(len(large))]
    small = _dissolved(pieces, "small")
    small["large"] = pieces.drop_duplicates("small").set_index("small")["large"].loc[small["small"]].to_numpy()
    code = large.set_index("large")["huc10"]
    parent = small["large"].map(code)
    small = small.assign(parent=parent).sort_values(["parent", "north"], ascending=[True, False], kind="stable")
    small["huc12"] = small["parent"] + [f"{k + 1:02d}" for k in small.groupby("parent").cumcount()]
    small["name"] = _stream_names(small, streams)
    large["name"] = _stream_names(large, streams)
    for table in (large, small):
        table["areaacres"] = np.round(table.area / ACRE_M2, 2)
    columns = ["name", "areaacres", "geometry"]
    return (
        large[["huc10", *columns]].reset_index(drop=True),
        small[["huc12", *columns]].reset_index(drop=True),
    )


def _dissolved(pieces: gpd.GeoDataFrame, by: str) -> gpd.GeoDataFrame:
    keys = np.unique(pieces[by].to_numpy())
    owner, polygons = pieces[by].to_numpy(), pieces.geometry.to_numpy()
    shapes = np.array([shapely.coverage_union_all(polygons[owner == key]) for key in keys], object)
    single = shapely.get_num_geometries(shapes) == 1
    shapes = np.where(single, shapely.get_geometry(shapes, 0), shapes)
    table = gpd.GeoDataFrame({by: keys}, geometry=shapes, crs=pieces.crs)
    table["north"] = table.bounds["maxy"] + table.bounds["miny"]
    return table.sort_values("north", ascending=False, kind="stable").reset_index(drop=True)


def _stream_names(table: gpd.GeoDataFrame, streams: gpd.GeoDataFrame) -> list[str]:
    """The name of the stream of the highest order in each watershed; Upper, Middle, Lower where it repeats."""
    named = streams[streams["gnis_name"].notna()].sort_values("streamorde", kind="stable")
    middles = shapely.line_interpolate_point(named.geometry.to_numpy(), 0.5, normalized=True)
    inside, which = shapely.STRtree(middles).query(table.geometry.to_numpy(), predicate="contains")
    best: dict[int, str] = {}
    for k, s in sorted(zip(inside.tolist(), which.tolist(), strict=True)):
        best[k] = named["gnis_name"].iloc[s]
    names = [best.get(k, "Unnamed Flats") for k in range(len(table))]
    count = {name: names.count(name) for name in names}
    seen: dict[str, int] = {}
    out = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        out.append(name if count[name] == 1 else f"{name} Reach {seen[name]}")
    return out
