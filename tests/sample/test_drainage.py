"""The compiled steps of the drainage, against slow loops and closed forms."""

from __future__ import annotations

import heapq

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from siting.sample.drainage import accumulate, grade, horn, route

Flow = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_]]


def routed(level: NDArray[np.int32], jitter: int = 0) -> Flow:
    """(filled, order, receiver, outlet) of a grid whose whole border is open."""
    ny, nx = level.shape
    outlet = np.zeros((ny, nx), np.bool_)
    outlet[0], outlet[-1], outlet[:, 0], outlet[:, -1] = True, True, True, True
    filled, order, receiver = (np.empty(level.size, np.int32) for _ in range(3))
    route(level.ravel(), outlet.ravel(), ny, nx, jitter, filled, order, receiver)
    return filled.reshape(ny, nx), order, receiver, outlet


def neighbours(i: int, ny: int, nx: int) -> list[tuple[int, float]]:
    row, column = divmod(i, nx)
    return [
        (r * nx + c, 2**0.5 if r != row and c != column else 1.0)
        for r in range(max(row - 1, 0), min(row + 2, ny))
        for c in range(max(column - 1, 0), min(column + 2, nx))
        if (r, c) != (row, column)
    ]


def filled_slowly(level: NDArray[np.int32]) -> NDArray[np.int32]:
    """Priority flood with a heap, one unit up a cell."""
    ny, nx = level.shape
    out = np.full(level.size, -1, np.int64)
    heap = [
        (int(level[r, c]), r * nx + c) for r in range(ny) for c in range(nx) if r in (0, ny - 1) or c in (0, nx - 1)
    ]
    for height, i in heap:
        out[i] = height
    heapq.heapify(heap)
    while heap:
        height, i = heapq.heappop(heap)
        for j, _ in neighbours(i, ny, nx):
            if out[j] < 0:
                out[j] = max(int(level.flat[j]), height + 1)
                heapq.heappush(heap, (int(out[j]), j))
    return out.reshape(ny, nx).astype(np.int32)


grids = st.tuples(st.integers(3, 9), st.integers(3, 9), st.integers(0, 2**32 - 1), st.integers(1, 40)).map(
    lambda t: np.random.default_rng(t[2]).integers(0, t[3], t[:2]).astype(np.int32)
)


@given(grids)
@settings(max_examples=60)
def test_flooding_equals_a_heap(level: NDArray[np.int32]) -> None:
    filled, order, _, _ = routed(level)
    assert (filled == filled_slowly(level)).all()
    assert sorted(order.tolist()) == list(range(level.size))


@given(grids, st.integers(0, 9))
@settings(max_examples=60)
def test_the_receiver_is_the_steepest_way_down_and_comes_first(level: NDArray[np.int32], jitter: int) -> None:
    ny, nx = level.shape
    filled, order, receiver, outlet = routed(level, jitter)
    place = np.argsort(order)
    for i in range(level.size):
        drops = {j: (int(filled.flat[i]) - int(filled.flat[j])) / far for j, far in neighbours(i, ny, nx)}
        j = int(receiver[i])
        if j < 0:
            assert outlet.flat[i]
        else:
            assert drops[j] == pytest.approx(max(drops.values()), rel=1e-12)
            assert drops[j] > 0
            assert place[j] < place[i]
            assert not (outlet.flat[i] and outlet.flat[j])


def test_a_pit_is_filled_to_its_brim() -> None:
    level = np.array([[9, 9, 9, 9], [9, 2, 1, 9], [9, 3, 2, 5], [9, 9, 9, 9]], np.int32)
    filled, _, receiver, _ = routed(level)
    assert filled[1:3, 1:3].tolist() == [[7, 6], [7, 6]]
    assert receiver[2 * 4 + 2] == 2 * 4 + 3
    assert receiver[2 * 4 + 3] == -1


def test_water_adds_up_downstream() -> None:
    area = np.array([1.0, 2.0, 4.0, 8.0])
    accumulate(np.array([0, 1, 2, 3], np.int32), np.array([-1, 0, 1, 1], np.int32), area)
    assert area.tolist() == [15.0, 14.0, 4.0, 8.0]


def test_a_graded_stream_has_the_slope_of_its_law() -> None:
    n = 6
    z, area = np.zeros(n * n), np.full(n * n, 40_000.0)
    order, receiver = np.arange(n * n, dtype=np.int32), np.arange(-1, n * n - 1, dtype=np.int32)
    rock, alluvium = np.full(n * n, 0.3, np.float32), np.full(n * n, 0.02, np.float32)
    for _ in range(200):
        grade(z, rock, alluvium, area, order, receiver, n, 30.0, 9.0, 0.6)
    law = np.float64(np.float32(0.3)) * 0.25**0.375 + np.float64(np.float32(0.02)) * 0.25**0.125
    assert z[0] == 0.0
    assert np.diff(z[:n]) / 30 == pytest.approx(law, rel=1e-9)


def test_no_slope_is_steeper_than_the_steepest() -> None:
    z = np.zeros(4)
    order, receiver = np.arange(4, dtype=np.int32), np.array([-1, 0, 0, 0], np.int32)
    for _ in range(200):
        grade(z, np.full(4, 5.0, np.float32), np.zeros(4, np.float32), np.ones(4), order, receiver, 2, 10.0, 9.0, 0.6)
    assert z == pytest.approx([0.0, 6.0, 6.0, 6.0 * 2**0.5])


def test_the_slope_of_a_plane() -> None:
    row, column = np.mgrid[:5, :7]
    slope = np.empty((5, 7), np.float32)
    horn((300 * column - 400 * row).astype(np.int32), 10.0, slope)
    assert slope == pytest.approx(0.5, rel=1e-6)
