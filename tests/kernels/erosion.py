"""Where an upright box fits into a polygon, by erosion in shapely: slow, exact, and another way than the kernel's."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from shapely import affinity, box


def fits_at(part: Any, angle: float, width: float, length: float) -> bool:
    """Exactly: a polygon eroded by an upright box is what its edges, swept by the box, leave of it."""
    turned = affinity.rotate(part, -angle, origin=(0, 0), use_radians=True)
    west, south, east, north = turned.bounds
    if east - west < width or north - south < length:
        return False
    corners = np.array([[0, 0], [-width, 0], [0, -length], [-width, -length]])
    edges = [pair for ring in shapely.get_rings(turned) for pair in _pairs(shapely.get_coordinates(ring))]
    swept = shapely.convex_hull(
        shapely.multipoints([(pair[:, None] + corners[None]).reshape(-1, 2) for pair in np.array(edges)])
    )
    free = shapely.difference(box(west, south, east - width, north - length), shapely.union_all(swept))
    places = [p.representative_point() for p in shapely.get_parts(free) if p.geom_type == "Polygon" and p.area > 0]
    return any(turned.covers(box(p.x, p.y, p.x + width, p.y + length)) for p in places)


def _pairs(coords: np.ndarray[Any, Any]) -> list[np.ndarray[Any, Any]]:
    return [coords[i : i + 2] for i in range(len(coords) - 1)]
