"""Operations: how coordinates are carried from one CRS to another, by name and with their accuracy."""

from __future__ import annotations

import math
import threading
import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.aoi import AreaOfInterest
from pyproj.transformer import TransformerGroup

from siting.crs.contract import Bounds, parsed_crs, short_crs
from siting.errors import CrsError

__all__ = ["Operation", "carry", "operation", "transform_bounds"]

_of_thread = threading.local()


@dataclass(frozen=True)
class Operation:
    """How coordinates are carried from one CRS to another.

    name : the operation as PROJ describes it
    accuracy_m : stated accuracy in metres; NaN where none is stated
    missing : grids that a better operation would need and that are not installed
    """

    name: str
    accuracy_m: float
    missing: tuple[str, ...] = ()

    @property
    def warning(self) -> str:
        """A sentence where the datums are not really related, else nothing."""
        if "Ballpark" not in self.name:
            return ""
        grids = f" A better operation needs the grid {', '.join(self.missing)}." if self.missing else ""
        return f"Carried by a ballpark operation, whose accuracy is unknown (up to some 100 m): {self.name}.{grids}"

    @property
    def record(self) -> dict[str, object]:
        """What a manifest says about it."""
        accuracy = None if math.isnan(self.accuracy_m) else self.accuracy_m
        grids = {"missing_grids": list(self.missing)} if self.missing else {}
        return {"operation": self.name, "accuracy_m": accuracy, **grids}


def operation(source: str, target: str) -> Operation:
    """The operation that carries coordinates from ``source`` to ``target``, and its stated accuracy.

    It is the best one that needs no grid that is missing here, for the area of use of the more local
    CRS of the two; one operation serves a whole layer.

    >>> operation("EPSG:4326", "EPSG:26912").accuracy_m
    4.0
    """
    return _chosen(source, target)[0]


def carry(xy: NDArray[np.float64], source: str, target: str) -> NDArray[np.float64]:
    """(n, 2) points from one CRS to another, x or longitude first; never silently infinite."""
    if not len(xy) or source == target:
        return np.array(xy, np.float64)
    x, y = _chosen(source, target)[1].transform(xy[:, 0], xy[:, 1])
    out = np.column_stack([x, y])
    bad = ~np.isfinite(out).all(axis=1)
    if bad.any():
        first = xy[np.argmax(bad)]
        raise CrsError(
            f"{int(bad.sum()):,} of {len(xy):,} points cannot be carried from {short_crs(source)} to "
            f"{short_crs(target)}, the first at ({first[0]:.6g}, {first[1]:.6g}). "
            "Check that the layer's CRS is the one its coordinates are in; crs: in the study corrects it."
        )
    return out


def transform_bounds(bounds: Bounds, source: str, target: str, *, margin: float = 0.01) -> Bounds:
    """A box in ``target`` that holds the box ``bounds`` of ``source``, with a margin (a share of its size)."""
    west, south, east, north = bounds
    along = np.linspace(0, 1, 65)
    none, all_ = np.zeros(65), np.ones(65)
    x = west + np.concatenate([along, all_, along, none]) * (east - west)
    y = south + np.concatenate([none, along, all_, along]) * (north - south)
    xy = carry(np.column_stack([x, y]), source, target)
    (x0, y0), (x1, y1) = xy.min(axis=0), xy.max(axis=0)
    dx, dy = margin * (x1 - x0), margin * (y1 - y0)
    return float(x0 - dx), float(y0 - dy), float(x1 + dx), float(y1 + dy)


def _chosen(source: str, target: str) -> tuple[Operation, Transformer]:
    """The operation for a pair of CRS, made once a thread: a transformer of a group is not thread-safe."""
    made: dict[tuple[str, str], tuple[Operation, Transformer]] = _of_thread.__dict__.setdefault("made", {})
    if (source, target) not in made:
        made[source, target] = _choose(source, target)
    return made[source, target]


def _choose(source: str, target: str) -> tuple[Operation, Transformer]:
    """One operation for the whole layer, so that no seam can appear inside it."""
    a, b = parsed_crs(source), parsed_crs(target)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a missing grid is recorded below
        group = TransformerGroup(a, b, always_xy=True, area_of_interest=_interest(a, b))  # type: ignore[arg-type]
    if a == b:
        return Operation("none", 0.0), group.transformers[0]
    if not group.transformers:
        raise CrsError(
            f"No operation is known that carries coordinates from {short_crs(source)} to {short_crs(target)}."
        )
    best = group.transformers[0]
    better = [] if group.best_available else group.unavailable_operations[:1]
    missing = tuple(sorted({grid.short_name for operation in better for grid in operation.grids}))
    accuracy = float(best.accuracy) if best.accuracy is not None and best.accuracy >= 0 else math.nan
    return Operation(best.description, accuracy, missing), best


def _interest(a: CRS, b: CRS) -> AreaOfInterest | None:
    """The area of use of the more local of two CRS."""
    areas = [crs.area_of_use for crs in (a, b) if crs.area_of_use is not None]
    if not areas:
        return None
    least = min(areas, key=lambda area: ((area.east - area.west) % 360 or 360) * (area.north - area.south))
    return AreaOfInterest(least.west, least.south, least.east, least.north)
