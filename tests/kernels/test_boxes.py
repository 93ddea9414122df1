from __future__ import annotations

from itertools import product
from typing import Any

import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.kernels.boxes import box_pairs
from tests.kernels.drawing import FRAMES, areas, framed, lines, points, shapes_of


def meeting(left: list[Any], right: list[Any]) -> list[tuple[int, int]]:
    boxes = [[None if g.is_empty else shapely.box(*g.bounds) for g in side] for side in (left, right)]
    return [
        (i, j)
        for (i, a), (j, b) in product(enumerate(boxes[0]), enumerate(boxes[1]))
        if a is not None and b is not None and a.intersects(b)
    ]


@given(
    st.lists(areas(), max_size=6),
    st.one_of(st.lists(areas(), max_size=6), st.lists(lines, max_size=6), st.lists(points, max_size=6)),
    st.sampled_from(FRAMES),
)
@settings(max_examples=60)
def test_pairs_are_those_of_shapely(left: list[Any], right: list[Any], frame: tuple[float, float, float]) -> None:
    unit, corner, _ = frame
    placed = [list(framed(side, unit, corner)) for side in (left, right)]
    kind = {"Point": "point", "LineString": "line"}.get(right[0].geom_type if right else "", "polygon")
    rows, columns = box_pairs(shapes_of(*placed[0], kind="polygon"), shapes_of(*placed[1], kind=kind))  # type: ignore[arg-type]
    assert list(zip(rows.tolist(), columns.tolist(), strict=True)) == meeting(*placed)


def test_boxes_as_large_as_everything_do_not_fill_the_grid() -> None:
    large, small = [shapely.box(0, 0, 100, 100)] * 50, [shapely.box(i, i, i + 1, i + 1) for i in range(100)]
    rows, columns = box_pairs(shapes_of(*small), shapes_of(*large, *small))
    assert (rows < 50).sum() == 50 * 50 + 50 * 3 - 1 + 0
    assert columns[:52].tolist() == [*range(50), 50, 51]


def test_boxes_of_no_width_or_height_meet() -> None:
    rows, columns = box_pairs(
        shapes_of(shapely.box(0, 0, 1, 1)), shapes_of(shapely.Point(1, 1), shapely.Point(1, 1), shapely.Point(2, 1))
    )
    assert rows.tolist() == [0, 0]
    assert columns.tolist() == [0, 1]
