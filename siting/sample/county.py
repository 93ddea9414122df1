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
from siting.sample.dirt import check_share, soiled
from siting.sample.frame import Frame
from siting.sample.grid import build_grid
from siting.sample.ground import build_ground, land_cover
from siting.sample.hydrology import build_hydrology
from siting.sample.industry import build_industry
from siting.sample.jurisdiction import dissolved, law_layers, layer, parts_by, with_cities
from siting.sample.ownership import with_owners
from siting.sample.parcels import Fabric, parcel_fabric
from siting.sample.people import build_people
from siting.sample.planting import planted_layers
from siting.sample.power import build_power
from siting.sample.proof import verified
from siting.sample.rail import build_rail
from siting.sample.roads import build_roads
from siting.sample.settlement import Settlement, calibrated, survey
from siting.sample.terrain import build_terrain
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
    layers: dict[str, gpd.GeoDataFrame] = {
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
    grid = build_grid(frame)
    corridors: list[BaseGeometry] = [roads.corridors, rail.corridor]
    land = calibrated(survey(grid, terrain, hydrology, towns, corridors), parcels)
    works = gpd.GeoSeries(pd.concat([layers["power_plants"].geometry, layers["reclamation"].geometry]))
    airports = layers.pop("airport_land").geometry
    land = with_cities(with_owners(land, layers["military"].geometry, airports, works), towns)
    corridors.append(shapely.union_all(shapely.buffer(layers["canal"].geometry.to_numpy(), _CANAL_M, quad_segs=2)))
    names = towns["NAME"].tolist()
    plan = plan_sites(land, layers, corridors)
    land = plan.land
    fabric, zone = _divided(plan, names, corridors)
    layers |= law_layers(land, fabric.cells, towns) | _zoning(land, fabric, zone, names)
    layers["parcels"] = _parcels(land, fabric, zone, names)
    layers = planted_layers(layers, plan, fabric, terrain)
    sites, not_planted = verified(layers, plan, fabric, terrain)
    farmland = layer(
        {"NAME": ["farms"]}, dissolved(fabric.cells[fabric.kinds == 1], np.zeros((fabric.kinds == 1).sum(), int))[1]
    )
    cover = land_cover(terrain, hydrology, towns, farmland)
    beyond = np.pad(terrain.dem_cm, MARGIN, mode="reflect", reflect_type="odd")
    layers, dirty = soiled(layers, frame, dirt)
    county = SampleCounty(
        layers=dict(sorted(layers.items())),
        rasters={
            "dem": _raster(frame, beyond, nodata=-2147483648, unit="cm"),
            "landcover": _raster(frame, np.pad(cover, MARGIN, mode="edge"), nodata=0, unit=""),
        },
        truth={
            "synthetic": True,
            "seed": seed,
            "parcels": parcels,
            "sites": sites,
            "not_planted": not_planted,
            "dirt": dirty,
        },
        frame=frame,
        dirt=dirt,
        version=__version__,
    )
    return county if crs == HOME_CRS else reprojected(county, crs)


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
