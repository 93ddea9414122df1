"""Coordinate reference systems: the study's CRS, exact operations, and reprojection that keeps shape."""

from __future__ import annotations

from siting.crs.contract import Bounds, Distortion, StudyCrs, distortion, known_crs, metre_crs, study_crs
from siting.crs.fit import AREA_SCALES, check_fit
from siting.crs.operation import Operation, carry, operation, transform_bounds
from siting.crs.reprojection import TOLERANCE_M, reproject_shapely, reproject_shapes

__all__ = [
    "AREA_SCALES",
    "TOLERANCE_M",
    "Bounds",
    "Distortion",
    "Operation",
    "StudyCrs",
    "carry",
    "check_fit",
    "distortion",
    "known_crs",
    "metre_crs",
    "operation",
    "reproject_shapely",
    "reproject_shapes",
    "study_crs",
    "transform_bounds",
]
