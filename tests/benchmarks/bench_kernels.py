"""Kernels against libraries on invented parcels: equal answers are asserted, ratios are reported.

``pytest tests/benchmarks/bench_kernels.py``; SITING_BENCH_PARCELS sets the number of parcels (default 2000).
Each pair of benchmarks, ours and the library's, is a group of its own.
"""

from __future__ import annotations

import os
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from siting.kernels.coverage import cell_coverage, zonal_numeric, zonal_quantile
from siting.kernels.nearest import SegmentGrid, nearest
from siting.kernels.overlap import covered_area, pair_areas
from siting.shapes import Shapes

N = int(os.environ.get("SITING_BENCH_PARCELS", "2000"))
SIDE = 100_000.0  #: metres of a county
TRANSFORM = (25.0, 0.0, 0.0, 0.0, -25.0, SIDE)


def rng() -> Any:
    return np.random.default_rng(20_240_601)


@pytest.fixture(scope="module")
def parcels() -> Any:
    """Hexagon-like parcels of 20 to 300 m."""
    random = rng()
    middle, size = random.uniform(0, SIDE, (N, 1, 2)), random.uniform(20, 300, (N, 1, 1))
    angle = np.sort(random.uniform(0, 2 * np.pi, (N, 6)), axis=1)
    return shapely.polygons(middle + size * np.stack([np.cos(angle), np.sin(angle)], axis=2))


@pytest.fixture(scope="module")
def roads() -> Any:
    """2,000 winding lines of 60 segments of 400 m."""
    random = rng()
    heading = random.uniform(0, 2 * np.pi, (2000, 1)) + np.cumsum(random.normal(0, 0.2, (2000, 60)), axis=1)
    steps = 400 * np.stack([np.cos(heading), np.sin(heading)], axis=2)
    return shapely.linestrings(random.uniform(0, SIDE, (2000, 1, 2)) + np.cumsum(steps, axis=1))


@pytest.fixture(scope="module")
def zones() -> Any:
    """20,000 quadrilaterals that fill the county."""
    edge = np.linspace(0, SIDE, 142)
    corner = np.stack(np.meshgrid(edge, edge), axis=2) + rng().uniform(-150, 150, (142, 142, 2))
    ring = [corner[:-1, :-1], corner[:-1, 1:], corner[1:, 1:], corner[1:, :-1]]
    return shapely.polygons(np.stack(ring, axis=2).reshape(-1, 4, 2))


@pytest.fixture(scope="module")
def floods() -> Any:
    """1,500 polygons of 400 edges, many of which overlap."""
    random = rng()
    angle = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    radius = random.uniform(300, 2500, (1500, 1)) * (1 + 0.3 * np.sin(7 * angle) + random.normal(0, 0.05, (1500, 400)))
    return shapely.polygons(
        random.uniform(0, SIDE, (1500, 1, 2)) + radius[..., None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    )


@pytest.fixture(scope="module")
def raster() -> Any:
    return rng().random((4000, 4000))


def single_segments(lines: Any) -> Any:
    coords, line = shapely.get_coordinates(lines, return_index=True)
    same = line[1:] == line[:-1]
    return shapely.linestrings(np.stack([coords[:-1][same], coords[1:][same]], axis=1))


def by_tree(parcels: Any, roads: Any) -> Any:
    tree = shapely.STRtree(single_segments(roads), node_capacity=4)
    return tree.query_nearest(parcels, return_distance=True, all_matches=False)[1]


def by_pairs(parcels: Any, features: Any) -> Any:
    rows, columns = shapely.STRtree(features).query(parcels, predicate="intersects")
    area = shapely.area(shapely.intersection(parcels[rows], features[columns]))
    return np.bincount(rows, area, minlength=len(parcels)), rows, columns


def by_union(parcels: Any, features: Any) -> Any:
    _, rows, columns = by_pairs(parcels, features)
    pieces = shapely.intersection(parcels[rows], features[columns])
    offsets = np.searchsorted(rows, np.arange(len(parcels) + 1))
    return np.array([shapely.area(shapely.union_all(pieces[a:b])) for a, b in pairwise(offsets)])


def by_exactextract(parcels: Any, raster: Any, statistic: str) -> Any:
    exactextract = pytest.importorskip("exactextract")
    from exactextract.raster import NumPyRasterSource

    table = gpd.GeoDataFrame(geometry=parcels, crs=32612)
    source = NumPyRasterSource(raster, xmin=0, ymin=0, xmax=SIDE, ymax=SIDE, srs_wkt=table.crs.to_wkt())
    return exactextract.exact_extract(source, table, [statistic], output="pandas").iloc[:, 0].to_numpy(float)


@pytest.mark.benchmark(group="nearest road")
def test_nearest(benchmark: Any, parcels: Any, roads: Any) -> None:
    shapes, lines = Shapes.from_geometries(parcels), Shapes.from_geometries(roads)
    distance, _ = benchmark(lambda: nearest(shapes, SegmentGrid.build(lines)))
    np.testing.assert_allclose(distance[:, 0], by_tree(parcels, roads), rtol=1e-9, atol=1e-9)


@pytest.mark.benchmark(group="nearest road")
def test_nearest_by_a_tree_of_segments(benchmark: Any, parcels: Any, roads: Any) -> None:
    benchmark.pedantic(by_tree, (parcels, roads), rounds=3)


@pytest.mark.benchmark(group="area in zones")
def test_area_in_zones(benchmark: Any, parcels: Any, zones: Any) -> None:
    shapes, features = Shapes.from_geometries(parcels), Shapes.from_geometries(zones)
    rows, _, area = benchmark(pair_areas, shapes, features)
    np.testing.assert_allclose(np.bincount(rows, area, minlength=N), by_pairs(parcels, zones)[0], rtol=1e-9, atol=1e-6)


@pytest.mark.benchmark(group="area in zones")
def test_area_in_zones_by_intersection(benchmark: Any, parcels: Any, zones: Any) -> None:
    benchmark.pedantic(by_pairs, (parcels, zones), rounds=3)


@pytest.mark.benchmark(group="area under overlapping floods")
def test_area_under_floods(benchmark: Any, parcels: Any, floods: Any) -> None:
    shapes, features = Shapes.from_geometries(parcels), Shapes.from_geometries(floods)
    area = benchmark(covered_area, shapes, features)
    np.testing.assert_allclose(area[:, 0], by_union(parcels, floods), rtol=1e-9, atol=1e-5)


@pytest.mark.benchmark(group="area under overlapping floods")
def test_area_under_floods_by_union(benchmark: Any, parcels: Any, floods: Any) -> None:
    benchmark.pedantic(by_union, (parcels, floods), rounds=1)


@pytest.mark.benchmark(group="raster mean")
def test_raster_mean(benchmark: Any, parcels: Any, raster: Any) -> None:
    shapes, valid = Shapes.from_geometries(parcels), np.ones(raster.shape, bool)
    found = benchmark(zonal_numeric, shapes, raster, valid, TRANSFORM)
    # exactextract keeps fractions in single precision
    np.testing.assert_allclose(found.mean, by_exactextract(parcels, raster, "mean"), rtol=1e-5, atol=1e-5)


@pytest.mark.benchmark(group="raster mean")
def test_raster_mean_by_exactextract(benchmark: Any, parcels: Any, raster: Any) -> None:
    benchmark.pedantic(by_exactextract, (parcels, raster, "mean"), rounds=1)


@pytest.mark.benchmark(group="raster median")
def test_raster_median(benchmark: Any, parcels: Any, raster: Any) -> None:
    shapes, valid = Shapes.from_geometries(parcels), np.ones(raster.shape, bool)
    found = benchmark.pedantic(zonal_quantile, (shapes, raster, valid, TRANSFORM, None, 0.5), rounds=3)
    cover = cell_coverage(shapes, TRANSFORM, *raster.shape[::-1])
    for i in range(0, N, max(N // 50, 1)):  # exactextract interpolates between cells, so numpy is the judge
        cells = slice(cover.offsets[i], cover.offsets[i + 1])
        values, weights = raster[cover.row[cells], cover.column[cells]], cover.fraction[cells]
        if len(values):
            assert found[i] == np.quantile(values, 0.5, weights=weights, method="inverted_cdf")


@pytest.mark.benchmark(group="raster median")
def test_raster_median_by_exactextract(benchmark: Any, parcels: Any, raster: Any) -> None:
    benchmark.pedantic(by_exactextract, (parcels, raster, "median"), rounds=1)
