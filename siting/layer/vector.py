"""Vector layers: from a file to features in the study's CRS."""

from __future__ import annotations

import math

from shapely import MultiPolygon, Polygon

from siting.catalogue import Finder
from siting.crs import StudyCrs
from siting.layer.data import VectorLayer
from siting.layer.use import LayerUse

__all__ = ["open_vector"]


def open_vector(
    name: str,
    use: LayerUse,
    *,
    finder: Finder,
    crs: StudyCrs,
    area: Polygon | MultiPolygon | None = None,
    reach_m: float = math.inf,
) -> VectorLayer:
    """The features of a layer that lie within the reach of an area."""
    raise NotImplementedError
