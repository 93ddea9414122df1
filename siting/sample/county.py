"""The sample county: terrain first, then water, towns and networks, then law, parcels and planted truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from siting import __version__
from siting.errors import CrsError
from siting.sample.airports import build_airports
from siting.sample.assessor import assessor_table
from siting.sample.blocks import Kind
from siting.sample.dirt import check_share, soiled
from siting.sample.frame import Frame
from siting.sample.grid import build_grid
from siting.sample.ground import build_ground, land_cover
from siting.sample.hydrology import Hydrology, build_hydrology
from siting.sample.industry import build_industry
from siting.sample.jurisdiction import dissolved, law_layers, layer, parts_by, with_cities
from siting.sample.ownership import with_owners
from siting.sample.parcels import Fabric, parcel_fabric
from siting.sample.people import build_people
from siting.sample.planting import planted_layers
from siting.sample.power import build_power
from siting.sample.proof import REQUIREMENTS, verified
from siting.sample.rail import Rail, build_rail
from siting.sample.roads import Roads, build_roads
from siting.sample.settlement import Settlement, calibrated, survey
from siting.sample.terrain import Terrain, build_terrain
from siting.sample.towns import build_towns
from siting.sample.truth import Plan, plan_sites
from siting.sample.water import build_water
from siting.sample.zoning import jurisdiction_names, land_use, open_zone, zones

__all__ = ["SampleCounty", "SampleRaster", "sample_county"]

HOME_CRS = "EPSG:26912"
_CANAL_M = 30.0  #: half the right of way of the canal
MARGIN = 4  #: cells that rasters reach beyond the county, so that slope has its neighbours at the county line


@dataclass(frozen=True, eq=False, kw_only=True)
class SampleRaster:
    """A grid of cells with its place.

    array : (rows, columns), row 0 in the north; transform : affine (a, b, c, d, e, f)
    unit : unit of the cells, "" for classes
    """

    array: NDArray[Any]
    transform: tuple[float, float, float, float, float, float]
    nodata: float | None
    unit: str
    crs: str = HOME_CRS


@dataclass(frozen=True, eq=False, kw_only=True)
class SampleCounty:
    """A SYNTHETIC county: no place, owner or facility in it exists.

    layers : name -> features, with the fields of the public layers they stand for
    rasters : "dem" in whole centimetres, "landcover" in NLCD codes; always on the grid they were made on, and
        ``MARGIN`` cells beyond the county, where the slope of the land goes on
    truth : what was planted: sites, decoys and dirt, with measured facts
    """

    layers: Mapping[str, gpd.GeoDataFrame]
    rasters: Mapping[str, SampleRaster]
    truth: Mapping[str, Any]
    frame: Frame
    crs: str = HOME_CRS
    dirt: float = 0.0
    version: str = ""
    marking: str = "SYNTHETIC"

    def __repr__(self) -> str:
        return (
            f"SampleCounty({self.marking}, parcels={self.frame.parcels}, seed={self.frame.seed}, crs={self.crs!r}, "
            f"dirt={self.dirt}, {len(self.layers)} layers)"
        )


def sample_county(parcels: int = 20_000, seed: int = 1, *, crs: str = HOME_CRS, dirt: float = 0.0) -> SampleCounty:
    """A SYNTHETIC county of exactly so many parcels; the same for the same seed and version.

    Parameters
    ----------
    parcels : 1,000 to 2,000,000
    seed : the seed of every random choice
    crs : of the vector layers; coordinates are rounded to 1 cm after reprojection (1e-7 degrees)
    dirt : share of parcels that get one of the faults of real files, 0 to 0.2; each is recorded in ``truth``

    Raises StudyError for a number or share out of range, CrsError for a CRS that does not fit the county.
    """
    check_share(dirt)
    _check_crs(crs)
    frame = Frame(parcels=parcels, seed=seed)
    terrain = build_terrain(frame)
    hydrology = build_hydrology(terrain)
    towns = build_towns(terrain, hydrology)
    roads, rail = build_roads(terrain, hydrology, towns), build_rail(terrain, hydrology, towns)
    layers = _natural_and_built(terrain, hydrology, towns, roads, rail)
    corridors = [roads.corridors, rail.corridor, _canal_land(layers["canal"])]
    land = calibrated(survey(build_grid(frame), terrain, hydrology, towns, corridors[:2]), parcels)
    land = _owned(land, towns, layers)
    plan = plan_sites(land, layers, corridors)
    names = towns["NAME"].tolist()
    fabric, zone = _divided(plan, names, corridors)
    layers |= law_layers(plan.land, fabric.cells, towns) | _zoning(plan.land, fabric, zone, names)
    layers["parcels"] = _parcels(plan.land, fabric, zone, names)
    layers = planted_layers(layers, plan, fabric, terrain)
    sites, not_planted = verified(layers, plan, fabric, terrain)
    layers, dirty = soiled(layers, frame, dirt)
    truth = {
        "synthetic": True,
        "seed": seed,
        "parcels": parcels,
        "requirements": REQUIREMENTS,
        "sites": sites,
        "not_planted": not_planted,
        "dirt": dirty,
    }
    county = SampleCounty(
        layers=dict(sorted(layers.items())),
        rasters=_rasters(terrain, hydrology, towns, fabric),
        truth=truth,
        frame=frame,
        dirt=dirt,
        version=__version__,
    )
    return county if crs == HOME_CRS else reprojected(county, crs)


def _natural_and_built(
    terrain: Terrain, hydrology: Hydrology, towns: gpd.GeoDataFrame, roads: Roads, rail: Rail
) -> dict[str, gpd.GeoDataFrame]:
    """The layers that come before law and parcels, and ``airport_land``."""
    return {
        "towns": towns,
        "roads": roads.roads,
        "interchanges": roads.interchanges,
        "rail": rail.rail,
        "rail_yards": rail.rail_yards,
        "light_rail": rail.light_rail,
        "streams": hydrology.streams,
        "watersheds_huc10": hydrology.watersheds_huc10,
        "watersheds_huc12": hydrology.watersheds_huc12,
        "flood": hydrology.flood,
        "flood_mapped": hydrology.flood_mapped,
        **build_power(terrain, towns, roads, rail),
        **build_airports(terrain, towns, roads, rail),
        **build_water(terrain, hydrology, towns),
        **build_ground(terrain, hydrology),
        **build_people(terrain, towns, roads),
        **build_industry(terrain, towns, roads),
    }


def _canal_land(canal: gpd.GeoDataFrame) -> BaseGeometry:
    """The right of way of the canal."""
    return shapely.union_all(shapely.buffer(canal.geometry.to_numpy(), _CANAL_M, quad_segs=2))


def _owned(land: Settlement, towns: gpd.GeoDataFrame, layers: dict[str, gpd.GeoDataFrame]) -> Settlement:
    """The land with owners and city limits; ``airport_land`` leaves the layers."""
    works = gpd.GeoSeries(pd.concat([layers["power_plants"].geometry, layers["reclamation"].geometry]))
    airports = layers.pop("airport_land").geometry
    return with_cities(with_owners(land, layers["military"].geometry, airports, works), towns)


def _rasters(
    terrain: Terrain, hydrology: Hydrology, towns: gpd.GeoDataFrame, fabric: Fabric
) -> dict[str, SampleRaster]:
    """Elevation and land cover, which go on a little beyond the county."""
    farms = fabric.kinds == Kind.FARM
    outlines = dissolved(fabric.cells[farms], np.zeros(int(farms.sum()), np.int64))[1]
    cover = land_cover(terrain, hydrology, towns, layer({"NAME": ["farms"] * len(outlines)}, outlines))
    dem = np.pad(terrain.dem_cm, MARGIN, mode="reflect", reflect_type="odd")
    return {
        "dem": _raster(terrain.frame, dem, nodata=-2147483648, unit="cm"),
        "landcover": _raster(terrain.frame, np.pad(cover, MARGIN, mode="edge"), nodata=0, unit=""),
    }


def _check_crs(text: str) -> None:
    """Refuse, before any work, a CRS that cannot be read or does not reach the county's place."""
    try:
        there = pyproj.Transformer.from_crs(HOME_CRS, pyproj.CRS(text), always_xy=True)
        back = pyproj.Transformer.from_crs(pyproj.CRS(text), HOME_CRS, always_xy=True)
    except pyproj.exceptions.CRSError as error:
        raise CrsError(
            f"The sample county's CRS {text!r} cannot be read. Write a code such as EPSG:26912, EPSG:2223 or EPSG:4326."
        ) from error
    corner = np.array([400_000.0, 3_600_000.0])
    returned = np.array(back.transform(*there.transform(*corner)))
    if not np.abs(returned - corner).max() < 1.0:
        raise CrsError(
            f"The CRS {text!r} does not reach the sample county, which lies at 32.5 N, 112.1 W. "
            "Write a code that does, such as EPSG:26912, EPSG:2223 or EPSG:4326."
        )


def _raster(frame: Frame, array: NDArray[Any], *, nodata: int, unit: str) -> SampleRaster:
    """A raster that reaches ``MARGIN`` cells beyond the terrain grid."""
    cell, b, west, d, e, north = frame.transform
    transform = (cell, b, west - MARGIN * cell, d, e, north + MARGIN * cell)
    return SampleRaster(array=array, transform=transform, nodata=nodata, unit=unit)


def reprojected(county: SampleCounty, crs: str) -> SampleCounty:
    """The county with its vector layers in another CRS, on a grid of 1 cm (1e-7 degrees); rasters stay."""
    target = pyproj.CRS(crs)
    change = pyproj.Transformer.from_crs(HOME_CRS, target, always_xy=True)
    digits = 7 if target.is_geographic else 2

    def moved(coords: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.round(np.stack(change.transform(coords[:, 0], coords[:, 1]), axis=1), digits)

    layers = {
        name: frame.set_geometry(shapely.transform(frame.geometry.to_numpy(), moved), crs=target)
        if frame.crs == HOME_CRS
        else frame
        for name, frame in county.layers.items()
    }
    return replace(county, layers=layers, crs=crs)


def _divided(plan: Plan, names: list[str], corridors: Sequence[BaseGeometry]) -> tuple[Fabric, NDArray[np.object_]]:
    """The parcels, and the zone of every forty; open land merges where owner, place and zone agree."""
    land = plan.land
    keys = [land.owner, land.city, land.site, pd.factorize(plan.zoned(open_zone(land, names)), sort=True)[0]]
    group = np.unique(np.stack(keys, axis=1), axis=0, return_inverse=True)[1].ravel()
    fabric = parcel_fabric(land, group.astype(np.int64), plan.modes, corridors)
    return fabric, plan.zoned(zones(land, fabric.kinds, names))


def _zoning(
    land: Settlement, fabric: Fabric, zone: NDArray[np.object_], names: list[str]
) -> dict[str, gpd.GeoDataFrame]:
    """The layers zoning and general_plan."""
    place = jurisdiction_names(land, names)
    plan = land_use(land, fabric.kinds, zone)
    return {
        "zoning": parts_by(fabric.cells, {"JURISDICTION": place, "ZONE": zone}),
        "general_plan": parts_by(fabric.cells, {"JURISDICTION": place, "LU_CODE": plan}),
    }


def _parcels(land: Settlement, fabric: Fabric, zone: NDArray[np.object_], names: list[str]) -> gpd.GeoDataFrame:
    """The parcels with the assessor's attributes."""
    table = assessor_table(land, fabric, zone, jurisdiction_names(land, names))
    return gpd.GeoDataFrame(table, geometry=fabric.geometry, crs=HOME_CRS)
