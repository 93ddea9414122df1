"""Watersheds tile the county, and the small ones nest in the large ones."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from siting.sample.hydrology import Hydrology
from siting.sample.terrain import Terrain
from siting.sample.watersheds import ACRE_M2, build_watersheds


def test_both_levels_tile_the_county(small_terrain: Terrain, small_hydrology: Hydrology) -> None:
    county = shapely.box(*small_terrain.frame.bounds)
    for table in (small_hydrology.watersheds_huc10, small_hydrology.watersheds_huc12):
        shapes = table.geometry.to_numpy()
        assert shapely.is_valid(shapes).all()
        assert shapely.coverage_is_valid(shapes)
        assert shapely.area(shapes).sum() == pytest.approx(county.area, rel=1e-6)
        assert (
            shapely.symmetric_difference(shapely.union_all(shapes), county).area < 200.0
        )  # the county line on the 1 cm grid


def test_the_small_ones_nest_in_the_large_ones(small_hydrology: Hydrology) -> None:
    small, large = small_hydrology.watersheds_huc12, small_hydrology.watersheds_huc10
    assert set(small["huc12"].str[:10]) == set(large["huc10"])
    for code, shape in zip(large["huc10"], large.geometry, strict=True):
        parts = small.geometry[small["huc12"].str[:10] == code]
        assert shapely.symmetric_difference(shapely.union_all(parts.to_numpy()), shape).area < 1.0


def test_most_of_each_small_watershed_drains_one_way(small_terrain: Terrain, small_hydrology: Hydrology) -> None:
    cell, _, west, _, _, north = small_terrain.frame.transform
    rows = np.arange(5, small_terrain.frame.cells - 5, 11)
    row, column = (grid.ravel() for grid in np.meshgrid(rows, rows))
    flat = row * small_terrain.frame.cells + column
    below = small_terrain.receiver.ravel()[flat]
    for _ in range(9):
        below = np.where(below >= 0, small_terrain.receiver.ravel()[np.maximum(below, 0)], below)
    flat, below = flat[below >= 0], below[below >= 0]
    tree = shapely.STRtree(small_hydrology.watersheds_huc12.geometry.to_numpy())
    home = []
    for cells in (flat, below):
        r, c = np.divmod(cells, small_terrain.frame.cells)
        points = shapely.points(west + (c + 0.5) * cell, north - (r + 0.5) * cell)
        home.append(tree.nearest(points))
    assert (home[0] == home[1]).mean() > 0.93


def test_fields_and_sizes(small_terrain: Terrain, small_hydrology: Hydrology) -> None:
    for table, code, least in (
        (small_hydrology.watersheds_huc10, "huc10", 20_000),
        (small_hydrology.watersheds_huc12, "huc12", 6_000),
    ):
        assert list(table.columns) == [code, "name", "areaacres", "geometry"]
        assert table[code].is_unique
        assert (table[code].str.len() == int(code[3:])).all()
        assert table["name"].notna().all()
        assert table["name"].is_unique
        assert table["areaacres"].to_numpy() == pytest.approx(table.area.to_numpy() / ACRE_M2, abs=0.01)
        assert table["areaacres"].min() > least
    assert len(small_hydrology.watersheds_huc12) > len(small_hydrology.watersheds_huc10) >= 2
    again = build_watersheds(small_terrain, small_hydrology.streams)
    assert again[0].equals(small_hydrology.watersheds_huc10)
    assert again[1].equals(small_hydrology.watersheds_huc12)
