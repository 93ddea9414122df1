"""The streams of a sample county: reaches from the drainage, with Strahler's order and names."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray

from siting.sample.terrain import Terrain

__all__ = ["PERENNIAL_M2", "build_streams"]

PERENNIAL_M2, INTERMITTENT_M2 = 1e9, 1.5e8
NAMED_ORDER = 3
"""The lowest order whose streams have names."""
_FIRST = (
    "Agave", "Alamo", "Antelope", "Arrowweed", "Badger", "Bitterbrush", "Blackbrush", "Bobcat", "Buckhorn", "Caliche",
    "Cholla", "Coyote", "Creosote", "Deer", "Dove", "Duster", "Flint", "Gambel", "Granite", "Hackberry", "Hawk",
    "Lark", "Indigo", "Ironwood", "Javelina", "Jojoba", "Juniper", "Kestrel", "Lizard", "Mesquite", "Mule",
    "Nighthawk", "Ocotillo", "Owl", "Paloverde", "Phacelia", "Quail", "Rabbitbrush", "Ringtail", "Saguaro",
    "Saltbush", "Sandstone", "Senna", "Sotol", "Thrasher", "Tobosa", "Tortoise", "Turpentine", "Verbena", "Yucca",
)  # fmt: skip
_KIND = ("Wash", "Creek", "Draw", "Arroyo", "Canyon Wash")


@njit("i8(i4[::1], i4[::1], b1[::1], f8[::1], i1[::1], i1[::1], i4[::1], i8[::1])", cache=True, nogil=True)
def _reaches(
    order: NDArray[np.int32],
    receiver: NDArray[np.int32],
    stream: NDArray[np.bool_],
    inflow: NDArray[np.float64],
    strahler: NDArray[np.int8],
    donors: NDArray[np.int8],
    cells: NDArray[np.int32],
    offsets: NDArray[np.int64],
) -> int:
    """Strahler order of every stream cell, and the reaches from head or junction to junction or border.

    A head has order 1. Water from beyond the border counts as a stream that joins, of order 1, and one more
    for every 4.5 times the land over 1 km2. Reach k has the flat cells cells[offsets[k]:offsets[k + 1]],
    downstream, the last one shared with the next reach.
    """
    ties = np.zeros(len(order), np.int8)
    for k in range(len(order) - 1, -1, -1):
        i = order[k]
        if not stream[i]:
            continue
        if inflow[i] > 0:
            rank = 1
            land = 4.5e6
            while inflow[i] >= land:
                rank += 1
                land *= 4.5
            donors[i] += 1
            if rank > strahler[i]:
                strahler[i] = rank
                ties[i] = 1
            elif rank == strahler[i]:
                ties[i] += 1
            if donors[i] == 1:
                donors[i] = 0
        if strahler[i] == 0:
            strahler[i] = 1
        elif ties[i] > 1:
            strahler[i] += 1
        j = receiver[i]
        if j >= 0:
            donors[j] += 1
            if strahler[i] > strahler[j]:
                strahler[j] = strahler[i]
                ties[j] = 1
            elif strahler[i] == strahler[j]:
                ties[j] += 1
    count = 0
    used = 0
    for k in range(len(order)):
        i = order[k]
        if not stream[i] or donors[i] == 1 or receiver[i] < 0:
            continue
        cells[used] = i
        used += 1
        while True:
            i = receiver[i]
            cells[used] = i
            used += 1
            if donors[i] != 1 or receiver[i] < 0:
                break
        count += 1
        offsets[count] = used
    return count


def build_streams(terrain: Terrain) -> gpd.GeoDataFrame:
    """Reaches from downstream to upstream: gnis_name, ftype, fcode, streamorde.

    The lines run downhill through the centres of the cells, corners softened by less than half a cell, so
    that every vertex stays in the cell that it drains.
    """
    stream = terrain.stream.ravel()
    area, receiver = terrain.accumulation.ravel(), terrain.receiver.ravel()
    strahler, donors = np.zeros(len(stream), np.int8), np.zeros(len(stream), np.int8)
    cells, offsets = np.empty(2 * int(stream.sum()) + 1, np.int32), np.zeros(int(stream.sum()) + 1, np.int64)
    inflow = _inflow(terrain)
    count = _reaches(terrain.order, receiver, stream, inflow, strahler, donors, cells, offsets)
    offsets = offsets[: count + 1]
    cells = cells[: offsets[-1]]
    first, last = cells[offsets[:-1]], cells[offsets[1:] - 1]
    land = area[cells[offsets[1:] - 2]]
    kind = np.searchsorted([INTERMITTENT_M2, PERENNIAL_M2], land, side="right")
    frame = {
        "gnis_name": _names(terrain, first, last, land, strahler[first], inflow),
        "ftype": np.full(count, 460, np.int32),
        "fcode": np.array([46007, 46003, 46006], np.int32)[kind],
        "streamorde": strahler[first].astype(np.int32),
    }
    lines = shapely.linestrings(_course(terrain, cells, offsets), indices=np.repeat(np.arange(count), np.diff(offsets)))
    return gpd.GeoDataFrame(frame, geometry=lines, crs=26912)


def _inflow(terrain: Terrain) -> NDArray[np.float64]:
    """The land beyond the border, in m2, that drains into each cell."""
    area, receiver = terrain.accumulation.ravel(), terrain.receiver.ravel()
    below = receiver >= 0
    within = np.bincount(receiver[below], area[below], len(area)) + terrain.frame.cell_m**2
    return np.asarray(area - within, np.float64)


def _course(terrain: Terrain, cells: NDArray[np.int32], offsets: NDArray[np.int64]) -> NDArray[np.float64]:
    """Coordinates of the reaches: each inner vertex a fifth of the way to its neighbours on both sides."""
    cell, _, west, _, _, north = terrain.frame.transform
    row, column = np.divmod(cells, terrain.frame.cells)
    place = np.column_stack([west + (column + 0.5) * cell, north - (row + 0.5) * cell])
    soft = place.copy()
    soft[1:-1] = (place[:-2] + 3 * place[1:-1] + place[2:]) / 5
    ends = np.concatenate([offsets[:-1], offsets[1:] - 1])
    soft[ends] = place[ends]
    _, south, east, top = terrain.frame.bounds
    return np.asarray(np.round(np.clip(soft, (west, south), (east, top)), 2), np.float64)


def _names(
    terrain: Terrain,
    first: NDArray[np.int32],
    last: NDArray[np.int32],
    land: NDArray[np.float64],
    strahler: NDArray[np.int8],
    inflow: NDArray[np.float64],
) -> NDArray[np.object_]:
    """Names that go up from the border along the largest donor; small streams have none (None)."""
    rng = terrain.frame.rng("stream names")
    deck = [f"{word} {kind}" for kind in _KIND for word in _FIRST]
    deck = [deck[k] for k in rng.permutation(len(deck))]
    names = np.full(len(first), None, object)
    main: dict[int, int] = {}
    for k in np.lexsort((-np.arange(len(land)), land)).tolist():
        main[int(last[k])] = k if land[k] > inflow[last[k]] else -1
    above = {int(cell): k for k, cell in enumerate(first.tolist())}
    given = 0
    for k in np.flatnonzero(strahler >= NAMED_ORDER).tolist():
        below = above.get(int(last[k]))
        if below is not None and main[int(last[k])] == k and names[below] is not None:
            names[k] = names[below]
        else:
            turn, card = divmod(given, len(deck))
            names[k] = deck[card] if turn == 0 else f"{('North', 'South', 'East', 'West')[turn % 4]} {deck[card]}"
            given += 1
    if len(land):
        stem = names[int(np.argmax(land))]
        names[names == stem] = "Vado River"
    return names
