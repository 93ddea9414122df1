"""Upright rectangles at one angle, against an exact erosion by shapely and a drawing."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Polygon, affinity, box

from siting.kernels.trapezoids import places_at
from siting.shapes import Shapes
from tests.kernels.drawing import areas
from tests.kernels.erosion import fits_at


def places(part: Any, angle: float, width: float, length: float, across: int = 0) -> list[list[float]]:
    """Centres of the rectangles that the kernel finds in one polygon."""
    shapes = Shapes.from_geometries([part])
    ends = set((shapes.ring_offsets[1:] - 1).tolist())
    tails = np.array([v for v in range(len(shapes.coords)) if v not in ends])
    out = np.empty((200, 3))
    found = places_at(shapes.coords, 0, len(shapes.coords), tails, angle, width, length, across, out)
    assert (out[:found, 2] == angle).all()
    return list(out[:found, :2].tolist())


def standing(x: float, y: float, angle: float, width: float, length: float) -> Any:
    upright = box(x - width / 2, y - length / 2, x + width / 2, y + length / 2)
    return affinity.rotate(upright, angle, origin=(x, y), use_radians=True)


@given(
    polygon=areas(), angle=st.one_of(st.just(0.0), st.floats(0, np.pi)),
    width=st.sampled_from([0.7, 1.0, 1.7, 2.4]), length=st.sampled_from([0.7, 1.0, 2.9, 4.2]),
)  # fmt: skip
@settings(max_examples=60)
def test_found_exactly_where_one_fits(polygon: Any, angle: float, width: float, length: float) -> None:
    for part in shapely.get_parts(polygon):
        found = places(part, angle, width, length, across=2)
        for x, y in found:
            assert shapely.difference(standing(x, y, angle, width, length), part).area < 1e-7
        if fits_at(part, angle, width * (1 + 1e-6), length * (1 + 1e-6)):
            assert found
        if not fits_at(part, angle, width * (1 - 1e-6), length * (1 - 1e-6)):
            assert not found


def test_all_extreme_places_in_a_box() -> None:
    """A 2 x 3 rectangle in a box of 10 x 10: its centre may be in [1, 9] x [1.5, 8.5]; both ends of each side."""
    found = {(round(x, 9), round(y, 9)) for x, y in places(box(0, 0, 10, 10), 0.0, 2.0, 3.0)}
    assert found == {(1.0, 1.5), (1.0, 8.5), (9.0, 1.5), (9.0, 8.5)}


def test_even_steps_between_the_extremes() -> None:
    found = {(round(x, 9), round(y, 9)) for x, y in places(box(0, 0, 10, 10), 0.0, 2.0, 2.0, across=2)}
    assert found == {(x, y) for x in (1.0, 5.0, 9.0) for y in (1.0, 5.0, 9.0)}


def test_a_chord_may_pass_beside_a_notch() -> None:
    """Above the notch only the left half is left, which a chord through both slabs reaches."""
    stair = Polygon([(0, 0), (10, 0), (10, 5), (4, 5), (4, 10), (0, 10)])
    assert places(stair, 0.0, 4.0, 10.0)
    assert not places(stair, 0.0, 4.1, 5.1)
    assert places(stair, 0.0, 10.0, 5.0)
