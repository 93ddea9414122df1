"""Aliquot parts: open land and farms of a sample county as sections, halves, L shapes, quarters and forties."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siting.sample.grid import FORTIES, Forties

__all__ = ["HALVES_EAST_WEST", "WHOLE", "Outlines", "aliquot_parts", "joined"]

#: corners (column, row) of each piece of a square of 2 x 2, and the quarters (SW, SE, NW, NE) it takes
_PIECES: dict[str, tuple[tuple[tuple[int, int], ...], tuple[int, ...]]] = {
    "whole": (((0, 0), (2, 0), (2, 2), (0, 2)), (0, 1, 2, 3)),
    "west": (((0, 0), (1, 0), (1, 2), (0, 2)), (0, 2)),
    "east": (((1, 0), (2, 0), (2, 2), (1, 2)), (1, 3)),
    "south": (((0, 0), (2, 0), (2, 1), (0, 1)), (0, 1)),
    "north": (((0, 1), (2, 1), (2, 2), (0, 2)), (2, 3)),
    "all but SW": (((1, 0), (2, 0), (2, 2), (0, 2), (0, 1), (1, 1)), (1, 2, 3)),
    "all but SE": (((0, 0), (1, 0), (1, 1), (2, 1), (2, 2), (0, 2)), (0, 2, 3)),
    "all but NW": (((0, 0), (2, 0), (2, 2), (1, 2), (1, 1), (0, 1)), (0, 1, 3)),
    "all but NE": (((0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)), (0, 1, 2)),
}
WHOLE, HALVES_EAST_WEST = 1, 2
#: pieces of each mode; mode 0 leaves the square to the next smaller one
_MODES: tuple[tuple[str, ...], ...] = (
    (), ("whole",), ("west", "east"), ("south", "north"),
    ("all but SW",), ("all but SE",), ("all but NW",), ("all but NE",),
)  # fmt: skip
_LARGEST_FIRST = (*_MODES[WHOLE], *_MODES[4], *_MODES[5], *_MODES[6], *_MODES[7], *_MODES[2], *_MODES[3])
_QUARTERS = np.array([[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 12, 13], [10, 11, 14, 15]])


@dataclass(frozen=True, eq=False, kw_only=True)
class Outlines:
    """n rectilinear outlines on the ideal plane.

    u, v : corners in centimetres, counter-clockwise; offsets : (n + 1,)
    forty : (n,) a forty of each; row : (n,) its row of lots, -1 outside rows; park : (n,) bool
    """

    u: NDArray[np.int64]
    v: NDArray[np.int64]
    offsets: NDArray[np.int64]
    forty: NDArray[np.int64]
    row: NDArray[np.int64]
    park: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.forty)


def aliquot_parts(
    cells: Forties, group: NDArray[np.int64], section_mode: NDArray[np.int64], quarter_mode: NDArray[np.int64]
) -> Outlines:
    """The parts of open land: forties merge as their section or quarter says, where their groups agree.

    group : (forties,) -1 for divided land, else land that may be one parcel
    section_mode : (sections,), quarter_mode : (sections, 4); 0 none, 1 whole, 2 halves west and east, 3 halves
        south and north, 4-7 an L without the south-west, south-east, north-west, north-east
    A square that should be whole but holds several groups gives its largest pieces of one group.
    """
    by_section = group.reshape(-1, FORTIES)
    taken = by_section < 0
    drawn: list[Outlines] = []
    _draw(cells, by_section, taken, np.arange(FORTIES).reshape(1, -1), section_mode[:, None], 2, drawn)
    _draw(cells, by_section, taken, _QUARTERS, quarter_mode, 1, drawn)
    alone = np.flatnonzero(~taken.ravel())
    drawn.append(_outlines(cells, _PIECES["whole"][0], alone, alone, 0))
    return joined(drawn)


def joined(parts: list[Outlines]) -> Outlines:
    """All outlines one after the other."""
    ends = np.cumsum([0, *(len(p.u) for p in parts)])
    return Outlines(
        offsets=np.concatenate([[0], *(p.offsets[1:] + e for p, e in zip(parts, ends, strict=False))]).astype(np.int64),
        **{f: np.concatenate([getattr(p, f) for p in parts]) for f in ("u", "v", "forty", "row", "park")},
    )


def _draw(
    cells: Forties,
    group: NDArray[np.int64],
    taken: NDArray[np.bool_],
    squares: NDArray[np.int64],
    modes: NDArray[np.int64],
    span: int,
    drawn: list[Outlines],
) -> None:
    """Add the pieces of these squares to ``drawn`` and mark their forties as taken."""
    for q, square in enumerate(squares):
        quarters = _QUARTERS if span == 2 else square[:, None]
        for mode, names in enumerate(_MODES):
            for name in _LARGEST_FIRST if mode == WHOLE else names:
                corners, which = _PIECES[name]
                members = quarters[list(which)].ravel()
                ok = (modes[:, q] == mode) & ~taken[:, members].any(axis=1)
                ok &= (group[:, members] == group[:, members[:1]]).all(axis=1)
                here = np.flatnonzero(ok)
                taken[here[:, None], members] = True
                drawn.append(_outlines(cells, corners, here * FORTIES + square[0], here * FORTIES + members[0], span))


def _outlines(
    cells: Forties, corners: tuple[tuple[int, int], ...], base: NDArray[np.int64], forty: NDArray[np.int64], span: int
) -> Outlines:
    """Outlines through the lines of the squares whose south-west forties are ``base``; span 0 is one forty."""
    middle, far = max(span - 1, 0), max(2 * span - 1, 0)
    u = np.stack([cells.u0[base], cells.u1[base + middle], cells.u1[base + far]], axis=1)
    v = np.stack([cells.v0[base], cells.v1[base + 4 * middle], cells.v1[base + 4 * far]], axis=1)
    i, j = np.array(corners).T
    n = len(base)
    return Outlines(
        u=u[:, i].ravel(),
        v=v[:, j].ravel(),
        offsets=np.arange(n + 1, dtype=np.int64) * len(corners),
        forty=forty,
        row=np.full(n, -1, np.int64),
        park=np.zeros(n, bool),
    )
