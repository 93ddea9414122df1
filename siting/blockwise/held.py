"""What opened layers and their indexes hold in memory, counted from their arrays."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

__all__ = ["held_bytes"]

_OUTLINE, _VERTEX = 250, 16  #: bytes of a geometry of GEOS, and of each of its vertices
_LEAVES = (str, bytes, bool, int, float, complex, type(None), type)


def held_bytes(*things: object) -> int:
    """About how many bytes the arrays, tables and geometries in some objects take; what is shared counts once.

    >>> numbers = np.zeros(1000)
    >>> held_bytes({"a": numbers}, [numbers, numbers[:10]])
    8000
    """
    seen: set[int] = set()
    kept: list[object] = []  # so that no id is given away twice
    waiting: list[object] = list(things)
    total = 0
    while waiting:
        thing = _owner(waiting.pop())
        if isinstance(thing, _LEAVES) or id(thing) in seen:
            continue
        seen.add(id(thing))
        kept.append(thing)
        if isinstance(thing, np.ndarray):
            total += thing.nbytes + (_objects(thing) if thing.dtype == object else 0)
        elif isinstance(thing, pd.DataFrame | pd.Series | pd.Index):
            total += int(np.sum(thing.memory_usage(deep=True)))
        elif isinstance(thing, shapely.Geometry):
            total += _OUTLINE + _VERTEX * int(shapely.get_num_coordinates(thing))
        elif isinstance(thing, Mapping):
            waiting += thing.values()
        elif isinstance(thing, Collection):
            waiting += thing
        else:
            waiting += _fields(thing)
    return total


def _owner(thing: object) -> object:
    """The array that an array is a view of."""
    while isinstance(thing, np.ndarray) and isinstance(thing.base, np.ndarray):
        thing = thing.base
    return thing


def _objects(array: NDArray[np.object_]) -> int:
    """Geometries and texts that an array holds, each once."""
    shapes = array[shapely.is_geometry(array)]
    others = {id(item): item for item in array.ravel() if isinstance(item, str | bytes)}
    coordinates = int(np.sum(shapely.get_num_coordinates(shapes)))
    return _OUTLINE * len(shapes) + _VERTEX * coordinates + sum(map(sys.getsizeof, others.values()))


def _fields(thing: object) -> list[Any]:
    """The attributes of an object, wherever its class keeps them."""
    slots = (name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ()))
    return [*getattr(thing, "__dict__", {}).values(), *(getattr(thing, name) for name in slots if hasattr(thing, name))]
