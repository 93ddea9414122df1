"""The section grid of a sample county: townships, sections and forties, with offsets and lost corners.

All subdivision happens on an *ideal* plane of whole centimetres from the south-west corner, where
every line runs along U or V. One map, ``SectionGrid.ground``, carries ideal points to the ground.
It is a function of the point alone, so that parcels which share a point on the plane share it to
the centimetre on the ground, whatever the rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from siting.sample.frame import MILE_M, Frame

__all__ = ["FORTIES", "Forties", "SectionGrid", "build_grid", "smooth_noise"]

FORTIES = 16  #: forties (quarter-quarter sections of 40 acres) in a section
_MILE_CM = MILE_M * 100
_JITTER_CM, _LOST_CM, _LOST_SHARE = 450.0, 1_400.0, 0.015


@dataclass(frozen=True, eq=False, kw_only=True)
class Forties:
    """The quarter-quarter sections, 16 to a section: west to east, then south to north.

    u0, v0, u1, v1 : (n,) int64, the cell on the ideal plane in centimetres
    rank : (n, 4) int8, the rank of the line on the south, east, north and west: 3 section line,
        2 quarter line, 1 line between forties
    x, y : (n,) the centre on the ground in metres
    """

    u0: NDArray[np.int64]
    v0: NDArray[np.int64]
    u1: NDArray[np.int64]
    v1: NDArray[np.int64]
    rank: NDArray[np.int8]
    x: NDArray[np.float64]
    y: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.u0)


@dataclass(frozen=True, eq=False, kw_only=True)
class SectionGrid:
    """Section lines on the ideal plane, and where they lie on the ground.

    rows_v : (6 t + 1,) int64, the lines between rows of sections, from the south
    columns_u : (t, 6 t + 1) int64, the lines between columns, for each row of townships
    knots : (t, 7, 6 t + 1, 2) float64, how far each section corner lies off its ideal place, in centimetres
    """

    frame: Frame
    rows_v: NDArray[np.int64]
    columns_u: NDArray[np.int64]
    knots: NDArray[np.float64]

    @property
    def side(self) -> int:
        """Sections along one side of the county."""
        return len(self.rows_v) - 1

    def section_of(self, u: NDArray[np.int64], v: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Column and row of the section of each ideal point; a line belongs to the south and the west."""
        row = np.clip(np.searchsorted(self.rows_v, v, side="left") - 1, 0, self.side - 1)
        column = np.empty(len(row), np.int64)
        for township, lines in enumerate(self.columns_u):
            here = row // 6 == township
            column[here] = np.clip(np.searchsorted(lines, u[here], side="left") - 1, 0, self.side - 1)
        return column, row

    def ground(
        self, u: NDArray[np.int64], v: NDArray[np.int64], bend: NDArray[np.float64] | None = None
    ) -> NDArray[np.int64]:
        """(n, 2) whole centimetres from the county's south-west corner on the ground.

        bend : (forties, 4) centimetres; curves the inside of a forty and leaves its border alone
        """
        column, row = self.section_of(u, v)
        township = row // 6
        west, east = self.columns_u[township, column], self.columns_u[township, column + 1]
        south, north = self.rows_v[row], self.rows_v[row + 1]
        s, t = ((u - west) / (east - west))[:, None], ((v - south) / (north - south))[:, None]
        j = row - 6 * township
        low = self.knots[township, j, column] * (1 - s) + self.knots[township, j, column + 1] * s
        high = self.knots[township, j + 1, column] * (1 - s) + self.knots[township, j + 1, column + 1] * s
        offset = low * (1 - t) + high * t
        if bend is not None:
            offset += self._bent(u, v, column, row, bend)
        return np.asarray(np.stack([u, v], axis=1) + np.rint(offset).astype(np.int64), np.int64)

    def _bent(
        self,
        u: NDArray[np.int64],
        v: NDArray[np.int64],
        column: NDArray[np.int64],
        row: NDArray[np.int64],
        bend: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """(n, 2) the curve inside forties: a polynomial that is zero on their borders."""
        cells, forty = self.forties, (row * self.side + column) * FORTIES
        forty = forty + 4 * (v > cells.v1[forty]) + 4 * (v > cells.v1[forty + 4]) + 4 * (v > cells.v1[forty + 8])
        forty = forty + (u > cells.u1[forty])
        forty = forty + (u > cells.u1[forty])
        forty = forty + ((u > cells.u1[forty]) & (forty % 4 < 3))
        s = (u - cells.u0[forty]) / (cells.u1[forty] - cells.u0[forty])
        t = (v - cells.v0[forty]) / (cells.v1[forty] - cells.v0[forty])
        dome, p, q = 16 * s * (1 - s) * t * (1 - t), 2 * s - 1, 2 * t - 1
        a = bend[forty]
        return np.stack([dome * (a[:, 0] + a[:, 1] * 3 * q), dome * (a[:, 2] + a[:, 3] * 3 * p)], axis=1)

    def metres(self, cm: NDArray[np.int64]) -> NDArray[np.float64]:
        """Ground centimetres as metres of EPSG:26912."""
        corner = np.array([round(self.frame.x0 * 100), round(self.frame.y0 * 100)], np.int64)
        return (cm + corner) / 100.0

    def forty_at(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
        """The forty at each place on the ground, off its borders by less than a centimetre; clipped to the county."""
        wanted = np.stack([np.asarray(x) - self.frame.x0, np.asarray(y) - self.frame.y0], axis=1) * 100
        limit = int(self.rows_v[-1])
        guess = np.clip(np.rint(wanted).astype(np.int64), 1, limit)
        for _ in range(3):
            off = self.ground(guess[:, 0], guess[:, 1]) - guess
            guess = np.clip(np.rint(wanted - off).astype(np.int64), 1, limit)
        column, row = self.section_of(guess[:, 0], guess[:, 1])
        first = (row * self.side + column) * FORTIES
        cells = self.forties
        up = sum((guess[:, 1] > cells.v1[first + 4 * k]).astype(np.int64) for k in range(3))
        right = sum((guess[:, 0] > cells.u1[first + k]).astype(np.int64) for k in range(3))
        return np.asarray(first + 4 * up + right, np.int64)

    @cached_property
    def forties(self) -> Forties:
        """The quarter-quarter sections of the county."""
        row, column = (g.ravel() for g in np.meshgrid(np.arange(self.side), np.arange(self.side), indexing="ij"))
        u = _quartered(self.columns_u[row // 6, column], self.columns_u[row // 6, column + 1])
        v = _quartered(self.rows_v[row], self.rows_v[row + 1])
        across, up = np.tile(np.arange(4), 4), np.repeat(np.arange(4), 4)
        u0, u1, v0, v1 = (a.ravel() for a in (u[:, across], u[:, across + 1], v[:, up], v[:, up + 1]))
        rank = np.array([3, 1, 2, 1, 3], np.int8)
        sides = np.stack([rank[up], rank[across + 1], rank[up + 1], rank[across]], axis=1)
        centre = self.metres(self.ground((u0 + u1) // 2, (v0 + v1) // 2))
        return Forties(u0=u0, v0=v0, u1=u1, v1=v1, rank=np.tile(sides, (len(row), 1)), x=centre[:, 0], y=centre[:, 1])

    @cached_property
    def section_numbers(self) -> NDArray[np.int64]:
        """(sections,) 1 to 36 within the township, counted to and fro from the north-east."""
        row, column = (g.ravel() for g in np.meshgrid(np.arange(self.side), np.arange(self.side), indexing="ij"))
        down, west = 5 - row % 6, 5 - column % 6
        return np.asarray(6 * down + np.where(down % 2 == 0, west, 5 - west) + 1, np.int64)

    @cached_property
    def townships(self) -> NDArray[np.int64]:
        """(sections,) number of the township, from the south-west, row by row."""
        row, column = (g.ravel() for g in np.meshgrid(np.arange(self.side), np.arange(self.side), indexing="ij"))
        return np.asarray(row // 6 * (self.side // 6) + column // 6, np.int64)

    @cached_property
    def section_acres(self) -> NDArray[np.float64]:
        """(sections,) area of the outline through the four corners on the ground."""
        c = self.forties
        first, last = np.arange(0, len(c), FORTIES), np.arange(15, len(c), FORTIES)
        u0, v0, u1, v1 = c.u0[first], c.v0[first], c.u1[last], c.v1[last]
        p = [self.ground(a, b).astype(float) for a, b in ((u0, v0), (u1, v0), (u1, v1), (u0, v1))]
        d1, d2 = p[2] - p[0], p[3] - p[1]
        return np.asarray((d1[:, 0] * d2[:, 1] - d1[:, 1] * d2[:, 0]) / 2 / 1e4 / 4046.8564224)

    @property
    def one_parcel(self) -> NDArray[np.bool_]:
        """(sections,) small enough for one parcel of 640 acres.

        The southern line of the lowest row of a township may bend at corners of the township below it.
        """
        bent = np.arange(self.side**2) // self.side % 6 == 0
        return np.asarray(self.section_acres <= 639.9 - 3.0 * bent)


def build_grid(frame: Frame) -> SectionGrid:
    """The section grid of a county: rows of townships are offset, corners lie off true, a few are lost.

    Offsets are half a mile, as across a correction line, so that roads on the half-mile lattice keep to
    section and quarter lines; the first and last column of an offset row make up for it.
    """
    rng = frame.rng("grid")
    towns, side = frame.townships, 6 * frame.townships
    line = np.rint(np.arange(side + 1) * _MILE_CM).astype(np.int64)
    half = round(_MILE_CM / 2)
    shift = np.where(rng.random(towns) < 0.4, np.where(rng.random(towns) < 0.5, half, -half), 0)
    columns = np.repeat(line[None, :], towns, axis=0)
    columns[:, 1:-1] += shift[:, None]
    knots = rng.uniform(-_JITTER_CM, _JITTER_CM, (towns, 7, side + 1, 2))
    lost = rng.random((towns, 7, side + 1)) < _LOST_SHARE
    knots[lost] += rng.uniform(-_LOST_CM, _LOST_CM, (int(lost.sum()), 2))
    knots[:, :, [0, -1], :] = 0.0
    knots[0, 0], knots[-1, -1] = 0.0, 0.0
    for t in range(1, towns):
        for axis in range(2):
            knots[t, 0, :, axis] = np.interp(columns[t], columns[t - 1], knots[t - 1, 6, :, axis])
    return SectionGrid(frame=frame, rows_v=line, columns_u=columns, knots=knots)


def smooth_noise(
    frame: Frame, stream: str, x: NDArray[np.float64], y: NDArray[np.float64], size_m: float
) -> NDArray[np.float64]:
    """(n,) smooth chance in [-1, 1] at places in metres, with features of about ``size_m``.

    Values on a lattice, joined by smoothstep polynomials: the same on every CPU.
    """
    count = int(np.ceil(frame.size_m / size_m)) + 2
    lattice = frame.rng(stream).uniform(-1, 1, (count, count))
    a, b = (np.asarray(x) - frame.x0) / size_m, (np.asarray(y) - frame.y0) / size_m
    i, j = (np.clip(np.floor(c).astype(np.int64), 0, count - 2) for c in (a, b))
    s, t = np.clip(a - i, 0, 1), np.clip(b - j, 0, 1)
    s, t = s * s * (3 - 2 * s), t * t * (3 - 2 * t)
    low = lattice[j, i] * (1 - s) + lattice[j, i + 1] * s
    high = lattice[j + 1, i] * (1 - s) + lattice[j + 1, i + 1] * s
    return np.asarray(low * (1 - t) + high * t)


def _quartered(low: NDArray[np.int64], high: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n, 5) the ends, the middle and the quarter points, in whole centimetres."""
    middle = (low + high) // 2
    return np.stack([low, (low + middle) // 2, middle, (middle + high) // 2, high], axis=1)
