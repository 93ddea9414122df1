"""The kernels against the libraries that one would use instead; equal answers are demanded, CPU times compared.

Where a library is slow it works on an even sample of the parcels, and its time is scaled to all of them: the row says
so. Its answers are compared on that sample.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS

from siting.bench.row import Measured, Row, agree, cpu_s
from siting.bench.workload import Workload
from siting.kernels.adjacency import neighbours
from siting.kernels.cost_distance import cost_distance
from siting.kernels.nearest import SegmentGrid, nearest
from siting.kernels.overlap import covered_area
from siting.kernels.zonal import zonal_numeric
from siting.shapes import Shapes

__all__ = ["COST_SIDE", "KERNEL_ROWS"]

COST_SIDE = 3000  #: cells along the side of the grid of the row "cost_distance", where there are 20,000 parcels or more
_REPEAT = 3  #: our own times are short: the least of three


def _measured(
    ours: Callable[[], Any], theirs: Callable[[Any], Any], n: int, most: int, what: str
) -> tuple[Any, Any, slice, Measured]:
    """Both answers, the rows that both have, and the times; ``theirs`` is given the rows to work on."""
    every = max(1, -(-n // most))
    rows = slice(None, None, every)
    answer, our_s = cpu_s(ours, _REPEAT)
    other, their_s = cpu_s(lambda: theirs(rows))
    scaled = their_s * n / len(range(0, n, every))
    note = "" if every == 1 else f" (scaled from every {every}th parcel)"
    shown = f"{scaled:,.2f} s{note} / {our_s:,.3f} s"
    return answer, other, rows, Measured(scaled / our_s, shown, f"{n:,} parcels, {what}")


def _with(found: Measured, difference: str) -> Measured:
    return Measured(found.ratio, found.shown, found.sizes, difference)


def _relative(ours: Any, theirs: Any, least: float) -> float:
    """The largest difference, relative to the answers but never to less than ``least``."""
    ours, theirs = np.asarray(ours, float), np.asarray(theirs, float)
    return float((np.abs(ours - theirs) / np.maximum(np.abs(theirs), least)).max(initial=0.0))


def _shapes(layer: gpd.GeoDataFrame) -> Shapes:
    return Shapes.from_geometries(layer.geometry.to_numpy())


def coverage_plain(work: Workload) -> Measured:
    """Mean of a raster: rasterstats looks at cell centres, so only the mean difference is told."""
    from rasterio import Affine
    from rasterstats import zonal_stats  # type: ignore[import-untyped]

    lots, cells = _shapes(work.lots), work.ground.astype(np.float64)
    valid, affine = np.ones(cells.shape, bool), Affine(*work.transform)

    def theirs(rows: slice) -> Any:
        found = zonal_stats(work.outlines[rows].tolist(), cells, affine=affine, stats="mean", nodata=-9999)
        return np.array([row["mean"] for row in found], float)

    answer, other, rows, found = _measured(
        lambda: zonal_numeric(lots, cells, valid, work.transform), theirs, len(lots), 1000, _grid(work)
    )
    apart = np.nanmean(np.abs(answer.mean[rows] - other))
    return _with(found, f"cell centres: {apart:.2g} m apart on average")


def coverage_exact(work: Workload) -> Measured:
    """Mean of a raster, exactly."""
    from exactextract import exact_extract  # type: ignore[import-untyped]
    from exactextract.raster import NumPyRasterSource  # type: ignore[import-untyped]

    lots, cells = _shapes(work.lots), work.ground.astype(np.float64)
    valid, size = np.ones(cells.shape, bool), work.transform[0]
    west, north, (rows_, columns) = work.transform[2], work.transform[5], cells.shape
    source = NumPyRasterSource(
        cells, xmin=west, ymin=north - size * rows_, xmax=west + size * columns, ymax=north,
        srs_wkt=CRS.from_user_input(work.county.crs).to_wkt(),
    )  # fmt: skip

    def theirs(rows: slice) -> Any:
        table = work.lots[["geometry"]].iloc[rows]
        return exact_extract(source, table, ["mean"], output="pandas")["mean"].to_numpy(float)

    answer, other, rows, found = _measured(
        lambda: zonal_numeric(lots, cells, valid, work.transform), theirs, len(lots), 20_000, _grid(work)
    )
    return _with(found, agree("coverage_exact", _relative(answer.mean[rows], other, 1.0), 1e-6))


def _grid(work: Workload) -> str:
    height, width = work.ground.shape
    return f"{width:,} x {height:,} cells of {work.transform[0]:g} m"


def nearest_plain(work: Workload) -> Measured:
    """Distance to the nearest of long lines by sjoin_nearest."""
    lots, lines = _shapes(work.lots), _shapes(work.lines)

    def theirs(rows: slice) -> Any:
        table = work.lots[["geometry"]].iloc[rows]
        near = table.sjoin_nearest(work.lines[["geometry"]], distance_col="metres")
        return near.groupby(level=0)["metres"].first().to_numpy()

    answer, other, rows, found = _measured(
        lambda: nearest(lots, SegmentGrid.build(lines))[0][:, 0], theirs, len(lots), 4000, _lines(work)
    )
    return _with(found, agree("nearest_plain", _relative(answer[rows], other, 1.0), 1e-9))


def nearest_tree(work: Workload) -> Measured:
    """Distance to the nearest of long lines by a tree of their single segments: the best way of a library."""
    lots, lines = _shapes(work.lots), _shapes(work.lines)

    def theirs(rows: slice) -> Any:
        coords, line = shapely.get_coordinates(work.lines.geometry.to_numpy(), return_index=True)
        same = line[1:] == line[:-1]
        segments: Any = shapely.linestrings(np.stack([coords[:-1][same], coords[1:][same]], axis=1))
        tree = shapely.STRtree(segments, node_capacity=4)
        return tree.query_nearest(work.outlines[rows], return_distance=True, all_matches=False)[1]

    answer, other, rows, found = _measured(
        lambda: nearest(lots, SegmentGrid.build(lines))[0][:, 0], theirs, len(lots), len(lots), _lines(work)
    )
    return _with(found, agree("nearest_tree", _relative(answer[rows], other, 1.0), 1e-9))


def _lines(work: Workload) -> str:
    return f"{len(work.lines):,} lines of {shapely.get_num_coordinates(work.lines.geometry.iloc[0]) - 1} segments"


def overlap_flood(work: Workload) -> Measured:
    """Area under complex polygons by overlay."""
    lots, flood = _shapes(work.lots), _shapes(work.flood)

    def theirs(rows: slice) -> Any:
        table = work.lots[["geometry"]].iloc[rows].reset_index(drop=True)
        table["row"] = np.arange(len(table))
        pieces = gpd.overlay(table, work.flood[["geometry"]], how="intersection", keep_geom_type=True)
        return np.bincount(pieces["row"], pieces.area, len(table))

    what = f"{len(flood):,} polygons of {len(flood.coords) // len(flood) - 1:,} vertices"
    answer, other, rows, found = _measured(lambda: covered_area(lots, flood)[:, 0], theirs, len(lots), 20_000, what)
    # overlay gives up to 1e-9 of a parcel of 1e7 m coordinates; relative to 100 m2 of it
    return _with(found, agree("overlap_flood", _relative(answer[rows], other, 100.0), 1e-7))


def overlap_zoning(work: Workload) -> Measured:
    """Area in each zone drawn along the parcels' borders, by intersection of the pairs that a tree finds."""
    lots, zoning = _shapes(work.lots), _shapes(work.zoning)
    codes = work.zoning["ZONE"].map(work.classes.set_index("ZONE")["class"])
    names, code = np.unique(codes, return_inverse=True)
    zones = np.asarray(work.zoning.geometry.to_numpy(), object)

    def theirs(rows: slice) -> Any:
        outlines = work.outlines[rows]
        at, zone = shapely.STRtree(zones).query(outlines, predicate="intersects")
        area = shapely.area(shapely.intersection(outlines[at], zones[zone]))
        group = at * len(names) + code[zone]
        return np.bincount(group, area, len(outlines) * len(names)).reshape(-1, len(names))

    answer, other, rows, found = _measured(
        lambda: covered_area(lots, zoning, classes=code, class_count=len(names)), theirs, len(lots), 20_000,
        f"{len(zoning):,} zones along their borders",
    )  # fmt: skip
    return _with(found, agree("overlap_zoning", _relative(answer[rows], other, 100.0), 1e-7))


def adjacency(work: Workload) -> Measured:
    """Neighbours by identical edges, as libpysal's Rook has them."""
    import libpysal  # type: ignore[import-untyped]

    lots = _shapes(work.lots)

    def theirs(rows: slice) -> Any:
        weights = libpysal.weights.Rook.from_dataframe(work.lots.iloc[rows], use_index=False, silence_warnings=True)
        return {(i, j) for i, others in weights.neighbors.items() for j in others}

    answer, other, _, found = _measured(
        lambda: neighbours(lots, rule="edge", tolerance_m=None), theirs, len(lots), len(lots), "identical edges"
    )
    ours = set(zip(np.repeat(np.arange(len(lots)), np.diff(answer[0])).tolist(), answer[1].tolist(), strict=True))
    # a vertex that stands twice is an edge of no length, which libpysal takes for a shared one
    degenerate = {p for p in other - ours if not _length(work.outlines, p)}
    apart = len(ours ^ other) - len(degenerate)
    return _with(found, agree("adjacency", float(apart), 0.0) + f" pairs of {len(ours):,}")


def _length(outlines: Any, pair: tuple[int, int]) -> float:
    """Length of the border that two parcels share."""
    a, b = outlines[list(pair)]
    return float(shapely.intersection(shapely.boundary(a), shapely.boundary(b)).length)


def cost_over_grid(work: Workload) -> Measured:
    """Least costs from 12 cells over the county's slopes with barriers, against scikit-image."""
    from skimage.graph import MCP_Geometric

    side = COST_SIDE if work.parcels >= 20_000 else 400
    random = np.random.default_rng(7)
    friction = 1 + work.surface(side) / 10
    friction[random.random((side, side)) < 0.002] = np.inf
    friction[side // 3, : side // 2] = np.inf
    sources = np.argwhere(np.isfinite(friction))[random.integers(0, side * side // 2, 12)]
    ours, our_s = cpu_s(lambda: cost_distance(friction, sources), 2)
    search = MCP_Geometric(np.where(np.isfinite(friction), friction, -1), fully_connected=True)
    (theirs, _), their_s = cpu_s(lambda: search.find_costs(sources.tolist()), 2)
    reached = np.isfinite(theirs)
    apart = (
        _relative(ours.cost[reached], theirs[reached], 1e-9) if (np.isfinite(ours.cost) == reached).all() else np.inf
    )
    shown = f"{their_s:,.2f} s / {our_s:,.3f} s"
    return Measured(their_s / our_s, shown, f"{side:,} x {side:,} cells", agree("cost_distance", float(apart), 1e-9))


KERNEL_ROWS = (
    Row("coverage_plain", "rasterstats / coverage", 250, coverage_plain, needs=("rasterstats",)),
    Row("coverage_exact", "exactextract / coverage", 8, coverage_exact, needs=("exactextract",)),
    Row("nearest_plain", "sjoin_nearest on lines / nearest", 120, nearest_plain),
    Row("nearest_tree", "tree of single segments / nearest", 2, nearest_tree),
    Row("overlap_flood", "overlay on complex flood polygons / overlap", 25, overlap_flood),
    Row("overlap_zoning", "intersection on border-aligned zoning / overlap", 10, overlap_zoning),
    Row("adjacency", "libpysal rook / adjacency", 8, adjacency, needs=("libpysal",)),
    Row("cost_distance", "scikit-image MCP / cost distance", 4, cost_over_grid, needs=("skimage",)),
)
