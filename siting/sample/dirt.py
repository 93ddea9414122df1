"""Dirt: the faults of real parcel files, put into a sample county on purpose and recorded one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from siting.errors import StudyError
from siting.sample.frame import Frame

__all__ = ["FAULTS", "FEET_LAYER", "OTHER_CRS", "OTHER_CRS_LAYER", "check_share", "soiled"]

OTHER_CRS_LAYER, OTHER_CRS = "rail", "EPSG:3857"
FEET_LAYER, FEET_CRS = "canal", "EPSG:2223"
_MOST = 0.2

Parcels = gpd.GeoDataFrame


def check_share(share: float) -> None:
    """Refuse a share of dirt outside 0 to 0.2."""
    if not 0 <= share <= _MOST:
        raise StudyError(
            f"The share of dirt is {share!r}, but must lie between 0 and {_MOST}. "
            "Ask for 0 for a clean county, or 0.02 for a real one."
        )


def soiled(
    layers: Mapping[str, gpd.GeoDataFrame], frame: Frame, share: float
) -> tuple[dict[str, gpd.GeoDataFrame], list[dict[str, Any]]]:
    """The layers with faults in a share of the parcels, and a record of every case.

    Each fault gets an equal part of ``share * parcels``, at least one; no parcel gets two. Added parcels
    (duplicates, slivers) come at the end. Two layers change too: ``rail`` is in another CRS and
    ``canal`` in international feet, both labelled as they are. Refuses a share outside 0 to 0.2.
    """
    check_share(share)
    if share == 0:
        return dict(layers), []
    rng = frame.rng("dirt")
    parcels = layers["parcels"]
    each = max(1, round(share * len(parcels) / len(FAULTS)))
    # big enough that a fault never makes another one by chance
    usable = np.flatnonzero(
        (shapely.get_num_geometries(parcels.geometry.to_numpy()) == 1) & (parcels.geometry.area.to_numpy() > 600)
    )
    rows = rng.permutation(usable)[: each * len(FAULTS)]
    records: list[dict[str, Any]] = []
    for (fault, spoil), some in zip(FAULTS.items(), np.array_split(np.sort(rows), len(FAULTS)), strict=True):
        parcels, cases = spoil(parcels, some)
        records += [{"fault": fault, **case} for case in cases]
    out = dict(layers)
    out["parcels"] = parcels
    for name, crs, fault in ((OTHER_CRS_LAYER, OTHER_CRS, "other CRS"), (FEET_LAYER, FEET_CRS, "feet")):
        out[name] = _in_crs(layers[name], crs)
        records.append({"fault": fault, "layer": name, "crs": crs})
    return out, records


def _bow_tie(parcels: Parcels, rows: NDArray[np.int64]) -> tuple[Parcels, list[dict[str, Any]]]:
    """Two vertices change places, so that the ring crosses itself."""
    shapes = parcels.geometry.to_numpy().copy()
    done = []
    for row in rows:
        box = shapes[row].bounds
        west, south, east, north = box
        ring = [(west, south), (east, north), (east, south), (west, north), (west, south)]
        shapes[row] = shapely.Polygon(ring)
        done.append({"APN": parcels["APN"].iloc[row]})
    return _with(parcels, shapes), done


def _sliver(parcels: Parcels, rows: NDArray[np.int64]) -> tuple[Parcels, list[dict[str, Any]]]:
    """A strip 10 cm wide along the south side as a parcel of its own, with a new id."""
    strips = []
    for row in rows:
        west, south, east, _ = parcels.geometry.iloc[row].bounds
        strips.append(shapely.box(west, round(south - 0.1, 2), east, south))
    new = parcels.iloc[rows].copy()
    new["APN"] = [f"{apn}-S" for apn in new["APN"]]
    new["LAND_SIZE"] = np.round(shapely.area(strips) / 0.3048**2)
    return _plus(parcels, new, strips), [{"APN": a} for a in new["APN"]]


def _same_outline(parcels: Parcels, rows: NDArray[np.int64]) -> tuple[Parcels, list[dict[str, Any]]]:
    """The same outline again under another id (a condominium, or a mistake)."""
    new = parcels.iloc[rows].copy()
    old = new["APN"].tolist()
    new["APN"] = [f"{apn}-U2" for apn in old]
    return _plus(parcels, new, new.geometry.to_numpy()), [{"APN": f"{a}-U2", "of": a} for a in old]


def _same_record(parcels: Parcels, rows: NDArray[np.int64]) -> tuple[Parcels, list[dict[str, Any]]]:
    """The same row twice, id and all."""
    new = parcels.iloc[rows].copy()
    return _plus(parcels, new, new.geometry.to_numpy()), [{"APN": a} for a in new["APN"]]


def _multi_part(parcels: Parcels, rows: NDArray[np.int64]) -> tuple[Parcels, list[dict[str, Any]]]:
    """A parcel in two parts: a strip of 4 m is missing in the middle."""
    shapes = parcels.geometry.to_numpy().copy()
    done = []
    for row in rows:
        west, south, east, north = shapes[row].bounds
        middle = round((west + east) / 2, 2)
        rest = shapely.difference(shapes[row], shapely.box(middle - 2, south - 1, middle + 2, north + 1))
        if rest.geom_type == "MultiPolygon":
            shapes[row] = shapely.transform(rest, lambda c: np.round(c, 2))
            done.append({"APN": parcels["APN"].iloc[row], "parts": len(rest.geoms)})
    return _with(parcels, shapes), done


def _overlap(parcels: Parcels, rows: NDArray[np.int64]) -> tuple[Parcels, list[dict[str, Any]]]:
    """A parcel moved 3 m to the east and north over its neighbours."""
    shapes = parcels.geometry.to_numpy().copy()
    for row in rows:
        shapes[row] = shapely.transform(shapes[row], lambda c: np.round(c + 3.0, 2))
    return _with(parcels, shapes), [{"APN": a, "moved_m": 3.0} for a in parcels["APN"].iloc[rows]]


def _wrong_size(parcels: Parcels, rows: NDArray[np.int64]) -> tuple[Parcels, list[dict[str, Any]]]:
    """A declared size that is acres in a column of square feet, or half of the truth."""
    out = parcels.copy()
    true = out["LAND_SIZE"].to_numpy(float)[rows]
    wrong = np.where(np.arange(len(rows)) % 2 == 0, np.round(true / 43_560, 2), np.round(true / 2))
    out.loc[out.index[rows], "LAND_SIZE"] = wrong
    return out, [
        {"APN": a, "true": float(t), "declared": float(w)}
        for a, t, w in zip(out["APN"].iloc[rows], true, wrong, strict=True)
    ]


def _no_attributes(parcels: Parcels, rows: NDArray[np.int64]) -> tuple[Parcels, list[dict[str, Any]]]:
    """Owner, use code, zoning and values are missing."""
    out = parcels.copy()
    at = out.index[rows]
    for column in ("OWNER_NAME", "PUC", "CITY_ZONING", "FCV_CUR", "LPV_CUR"):
        out.loc[at, column] = None
    out.loc[at, "IMPROVEMENT"] = np.nan
    return out, [{"APN": a} for a in out["APN"].iloc[rows]]


def _no_id(parcels: Parcels, rows: NDArray[np.int64]) -> tuple[Parcels, list[dict[str, Any]]]:
    """The id is missing."""
    out = parcels.copy()
    was = out["APN"].iloc[rows].tolist()
    out.loc[out.index[rows], "APN"] = None
    return out, [{"APN": None, "was": a} for a in was]


FAULTS: dict[str, Callable[[Parcels, NDArray[np.int64]], tuple[Parcels, list[dict[str, Any]]]]] = {
    "invalid ring": _bow_tie,
    "multi-part": _multi_part,
    "overlap": _overlap,
    "wrong size": _wrong_size,
    "missing attributes": _no_attributes,
    "missing id": _no_id,
    "sliver": _sliver,
    "duplicate outline": _same_outline,
    "duplicate record": _same_record,
}


def _with(parcels: Parcels, shapes: NDArray[np.object_]) -> Parcels:
    """The parcels with other shapes."""
    return parcels.set_geometry(gpd.GeoSeries(shapes, index=parcels.index, crs=parcels.crs))


def _plus(parcels: Parcels, new: Parcels, shapes: Any) -> Parcels:
    """The parcels and some more at the end."""
    new = new.set_geometry(gpd.GeoSeries(list(shapes), index=new.index, crs=parcels.crs))
    return gpd.GeoDataFrame(pd.concat([parcels, new], ignore_index=True), crs=parcels.crs)


def _in_crs(frame: gpd.GeoDataFrame, crs: str) -> gpd.GeoDataFrame:
    """A layer in another CRS, to a hundredth of its unit."""
    change = pyproj.Transformer.from_crs(frame.crs, crs, always_xy=True)

    def moved(coords: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.round(np.stack(change.transform(coords[:, 0], coords[:, 1]), axis=1), 2)

    return frame.set_geometry(shapely.transform(frame.geometry.to_numpy(), moved), crs=crs)
