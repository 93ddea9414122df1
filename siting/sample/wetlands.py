"""The wetlands of a sample county: patches along the river and stock ponds along the washes."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage

from siting.sample.outlines import contours
from siting.sample.relief import named_noise
from siting.sample.streams import PERENNIAL_M2
from siting.sample.terrain import Terrain, coarse_grid
from siting.sample.watersheds import ACRE_M2

__all__ = ["build_wetlands"]


def build_wetlands(terrain: Terrain) -> gpd.GeoDataFrame:
    """Polygons WETLAND_TYPE, ACRES: patches along the river, and stock ponds along the washes."""
    size, cell, _, _ = coarse_grid(terrain, 2)
    short = size * 2 - terrain.frame.cells
    river = np.pad(terrain.accumulation >= PERENNIAL_M2, ((short, 0), (0, short)))
    river = river[::2, ::2] | river[1::2, ::2] | river[::2, 1::2] | river[1::2, 1::2]
    away = ndimage.distance_transform_edt(~river) * cell
    rough = named_noise(terrain.frame, "wetlands", cell, size, wave_m=700.0, octaves=3)
    field = np.where(away < 700.0, 100.0 * (rough + 0.15 - away / 450.0), -200.0).astype(np.int32)
    west, south, _, _ = terrain.frame.bounds
    patches = contours(field, west, south + size * cell, cell)
    patches = shapely.intersection(patches, shapely.box(*terrain.frame.bounds), grid_size=0.01)
    patches = patches[(shapely.get_type_id(patches) == 3) & (shapely.area(patches) > 400.0)]
    rng = terrain.frame.rng("wetlands")
    kinds = np.array(["Riverine", "Freshwater Emergent Wetland", "Freshwater Forested/Shrub Wetland"], object)
    kind = kinds[rng.choice(3, len(patches), p=(0.4, 0.25, 0.35))]
    ponds = _ponds(terrain, rng)
    shapes = np.concatenate([patches, ponds])
    named = np.concatenate([kind, np.full(len(ponds), "Freshwater Pond", object)])
    columns = {"WETLAND_TYPE": named, "ACRES": np.round(shapely.area(shapes) / ACRE_M2, 2)}
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=26912)


def _ponds(terrain: Terrain, rng: np.random.Generator) -> NDArray[np.object_]:
    """Small ragged ponds of 12 corners beside washes on the plain, one or two a township."""
    frame = terrain.frame
    washes = np.flatnonzero((terrain.stream & terrain.plain & (terrain.accumulation < 2e7)).ravel())
    cells = rng.choice(washes, min(len(washes), 3 * frame.townships**2 // 2), replace=False)
    step = np.arange(12) / 6 - 1
    t = np.where(np.abs(step) < 1, step, 1.0)
    spokes = np.column_stack([(1 - t * t) / (1 + t * t), 2 * t / (1 + t * t)])
    spokes = np.vstack([spokes[3:10], -spokes[4:9]])
    cell, _, west, _, _, north = frame.transform
    middle = np.column_stack([west + (cells % frame.cells + 0.5) * cell, north - (cells // frame.cells + 0.5) * cell])
    reach = rng.uniform(15, 70, (len(cells), 1)) * rng.uniform(0.75, 1.25, (len(cells), 12))
    corners = np.round(middle[:, None, :] + reach[:, :, None] * spokes[None, :, :], 2)
    ponds = shapely.polygons(corners)
    inside = shapely.within(ponds, shapely.box(*frame.bounds)) & shapely.is_valid(ponds)
    apart = np.ones(len(ponds), np.bool_)
    a, b = shapely.STRtree(ponds).query(ponds, predicate="intersects")
    apart[b[b > a]] = False
    return np.asarray(ponds[inside & apart], object)
