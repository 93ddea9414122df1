"""Whether a study's CRS fits its land: a zone at the other end of the Earth gives areas that are far off."""

from __future__ import annotations

import math
from contextlib import suppress

from siting.crs.contract import Bounds, StudyCrs, distortion, metre_crs
from siting.crs.operation import transform_bounds
from siting.errors import CrsError

__all__ = ["AREA_SCALES", "check_fit"]

AREA_SCALES = (0.98, 1.02)  #: judgement: the ratios of an area on the map to that on the ellipsoid that may occur


def check_fit(crs: StudyCrs, bounds: Bounds) -> None:
    """Refuse a CRS that stretches the areas of its land by over 2 %.

    bounds : of the land, in the study's CRS
    Raises CrsError naming the factor and a CRS that fits.
    """
    worst = _worst_scale(crs, bounds)
    if AREA_SCALES[0] <= worst <= AREA_SCALES[1]:
        return
    how = f"areas there come out at {worst:.3f} of their size" if math.isfinite(worst) else "it has no place for it"
    raise CrsError(
        f"The study's CRS {crs.text!r} ({crs.name}) does not fit the land: {how} ({AREA_SCALES[0]} to {AREA_SCALES[1]} "
        f"is allowed). Write crs: {_fitting(crs, bounds)}."
    )


def _worst_scale(crs: StudyCrs, bounds: Bounds) -> float:
    """The ratio of areas that is farthest from 1; infinite where the land lies nowhere."""
    if not all(map(math.isfinite, bounds)):
        return math.inf
    there = distortion(crs, bounds)
    scales = (there.area_min, there.area_max)
    return max(scales, key=lambda scale: abs(scale - 1)) if all(map(math.isfinite, scales)) else math.inf


def _fitting(crs: StudyCrs, bounds: Bounds) -> str:
    """A CRS that fits, in words where nobody knows the place."""
    with suppress(CrsError):
        if all(map(math.isfinite, bounds)):
            return metre_crs(crs.crs, transform_bounds(bounds, str(crs), "EPSG:4326", margin=0))
    return "a UTM zone of your area, such as EPSG:26912 for most of Arizona"
