"""Blocks and lots: how a forty is divided, from one farm field down to rows of lots along streets.

Everything is drawn on the ideal plane of the section grid in whole centimetres, by arrays: forties
into rows, rows into segments between cross streets, segments into lots.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from siting.sample.grid import Forties

__all__ = ["LAYOUTS", "Kind", "Layout", "Lots", "divide", "lot_count"]


class Kind(IntEnum):
    """What a forty has become; the first two may be merged with their neighbours."""

    OPEN = 0
    FARM = 1
    TENS = 2
    FIVES = 3
    RANCHETTES = 4
    ACRES = 5
    HALVES = 6
    LOTS = 7
    SMALL_LOTS = 8
    APARTMENTS = 9
    DOWNTOWN = 10
    CENTRE = 11
    WORKS = 12


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How a kind divides a forty.

    blocks : blocks with a street between them; rows : rows of lots in a block, back to back
    segments : stretches of a row between cross streets; lots : lots in a segment
    street_m : right of way inside; inset_m : half right of way on a line of rank 1, 2, 3
    parks : share of forties that give one block of one segment to a park or school
    """

    blocks: int
    rows: int = 2
    segments: int = 1
    lots: int = 1
    street_m: float = 18.0
    inset_m: tuple[float, float, float] = (9.0, 12.0, 15.0)
    parks: float = 0.0

    @property
    def count(self) -> int:
        """Lots in a forty without a park."""
        return self.blocks * self.rows * self.segments * self.lots


_RURAL = (0.0, 6.0, 10.0)
LAYOUTS: dict[Kind, Layout] = {
    Kind.TENS: Layout(blocks=1, rows=2, lots=2, inset_m=_RURAL),
    Kind.FIVES: Layout(blocks=1, rows=2, lots=4, inset_m=_RURAL),
    Kind.RANCHETTES: Layout(blocks=2, rows=2, lots=4, street_m=18, inset_m=(6.0, 9.0, 12.0)),
    Kind.ACRES: Layout(blocks=2, rows=2, lots=8, street_m=18),
    Kind.HALVES: Layout(blocks=3, rows=2, segments=2, lots=5, street_m=18, parks=0.05),
    Kind.LOTS: Layout(blocks=4, rows=2, segments=2, lots=8, street_m=18, parks=0.15),
    Kind.SMALL_LOTS: Layout(blocks=5, rows=2, segments=2, lots=9, street_m=18, parks=0.15),
    Kind.APARTMENTS: Layout(blocks=3, rows=2, segments=3, lots=2, street_m=20, parks=0.1),
    Kind.DOWNTOWN: Layout(blocks=4, rows=2, segments=4, lots=4, street_m=22, inset_m=(11.0, 12.0, 15.0), parks=0.1),
    Kind.CENTRE: Layout(blocks=2, rows=1, segments=1, lots=4, street_m=18, inset_m=(10.0, 15.0, 20.0)),
    Kind.WORKS: Layout(blocks=2, rows=1, segments=1, lots=3, street_m=24, inset_m=(12.0, 15.0, 20.0)),
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Lots:
    """Lots as rectangles on the ideal plane.

    u0, v0, u1, v1 : (n,) int64 centimetres; forty : (n,) the forty of each
    row : (n,) a number for each segment of a row; lots of one row that follow each other are neighbours
    park : (n,) bool
    """

    u0: NDArray[np.int64]
    v0: NDArray[np.int64]
    u1: NDArray[np.int64]
    v1: NDArray[np.int64]
    forty: NDArray[np.int64]
    row: NDArray[np.int64]
    park: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.u0)


def lot_count(kind: NDArray[np.int64], has_park: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(n,) lots of each forty; 0 for OPEN and FARM, which are not divided here."""
    plain, parked = np.zeros(len(Kind), np.int64), np.zeros(len(Kind), np.int64)
    for name, layout in LAYOUTS.items():
        plain[name] = layout.count
        parked[name] = layout.count - (layout.rows * layout.lots - 1 if layout.parks else 0)
    return np.where(has_park, parked[kind], plain[kind])


def divide(
    forties: Forties,
    kind: NDArray[np.int64],
    has_park: NDArray[np.bool_],
    turned: NDArray[np.bool_],
    rng: np.random.Generator,
) -> Lots:
    """The lots of all divided forties, in the order of kinds and forties.

    has_park : the forty gives one block to a park, where its layout has any
    turned : rows run north and south instead of west and east
    """
    drawn = [
        _divide_kind(forties, np.flatnonzero(kind == name), layout, has_park, turned, rng)
        for name, layout in LAYOUTS.items()
    ]
    shift, rows = 0, []
    for lots in drawn:
        rows.append(lots.row + shift)
        shift += int(lots.row.max(initial=-1)) + 1
    fields = {
        f: np.concatenate([getattr(lots, f) for lots in drawn]) for f in ("u0", "v0", "u1", "v1", "forty", "park")
    }
    return Lots(row=np.concatenate(rows), **fields)


def _divide_kind(
    forties: Forties,
    which: NDArray[np.int64],
    layout: Layout,
    has_park: NDArray[np.bool_],
    turned: NDArray[np.bool_],
    rng: np.random.Generator,
) -> Lots:
    """The lots of the forties of one kind: along (a) and across (b) the rows."""
    turn = turned[which]
    a0, a1, b0, b1 = _inside(forties, which, layout, turn)
    street = round(layout.street_m * 100)
    nb, nr, ns, nl = layout.blocks, layout.rows, layout.segments, layout.lots
    block = _cuts(b0, b1, nb, street)  # (m, nb, 2)
    segment = _cuts(a0, a1, ns, street)  # (m, ns, 2)
    rows_at = np.arange(nr + 1) / nr
    across = block[:, :, :1] + np.rint((block[:, :, 1:] - block[:, :, :1]) * rows_at).astype(
        np.int64
    )  # (m, nb, nr + 1)
    shape = (len(which), nb, nr, ns)
    fraction = np.tile(np.arange(nl + 1) / nl, (*shape, 1))
    if nl > 1:
        fraction[..., 1:-1] += rng.uniform(-0.09, 0.09, (*shape, nl - 1)) / nl
    start, length = segment[:, None, None, :, :1], (segment[..., 1] - segment[..., 0])[:, None, None, :, None]
    along = start + np.rint(fraction * length).astype(np.int64)  # (m, nb, nr, ns, nl + 1)
    full = (*shape, nl)
    low_b = np.broadcast_to(across[:, :, :-1, None, None], full).copy()
    high_b = np.broadcast_to(across[:, :, 1:, None, None], full).copy()
    low_a, high_a = along[..., :-1].copy(), along[..., 1:].copy()
    keep, park = np.ones(full, bool), np.zeros(full, bool)
    if layout.parks:
        at = np.flatnonzero(has_park[which])
        pb, ps = rng.integers(0, nb, len(which))[at], rng.integers(0, ns, len(which))[at]
        keep[at, pb, :, ps, :] = False
        keep[at, pb, 0, ps, 0] = park[at, pb, 0, ps, 0] = True
        high_a[at, pb, 0, ps, 0], high_b[at, pb, 0, ps, 0] = along[at, pb, 0, ps, -1], across[at, pb, -1]
    forty = np.broadcast_to(which[:, None, None, None, None], full)[keep]
    row = np.broadcast_to(np.arange(int(np.prod(shape))).reshape(*shape, 1), full)[keep]
    swap = turned[forty]
    low_a, high_a, low_b, high_b = low_a[keep], high_a[keep], low_b[keep], high_b[keep]
    return Lots(
        u0=np.where(swap, low_b, low_a),
        v0=np.where(swap, low_a, low_b),
        u1=np.where(swap, high_b, high_a),
        v1=np.where(swap, high_a, high_b),
        forty=forty,
        row=row,
        park=park[keep],
    )


def _inside(
    forties: Forties, which: NDArray[np.int64], layout: Layout, turn: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """The forties less their half rights of way, along and across the rows."""
    inset = np.array([0, *(round(m * 100) for m in layout.inset_m)], np.int64)[forties.rank[which]]
    u0, u1 = forties.u0[which] + inset[:, 3], forties.u1[which] - inset[:, 1]
    v0, v1 = forties.v0[which] + inset[:, 0], forties.v1[which] - inset[:, 2]
    return np.where(turn, v0, u0), np.where(turn, v1, u1), np.where(turn, u0, v0), np.where(turn, u1, v1)


def _cuts(low: NDArray[np.int64], high: NDArray[np.int64], parts: int, gap: int) -> NDArray[np.int64]:
    """(m, parts, 2) equal parts with a gap between them."""
    size = (high - low - gap * (parts - 1)) // parts
    start = low[:, None] + np.arange(parts) * (size + gap)[:, None]
    end = start + size[:, None]
    end[:, -1] = high
    return np.stack([start, end], axis=2)
