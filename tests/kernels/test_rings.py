"""Boxes, areas and some shapes out of many, against shapely."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from siting.kernels.rings import areas, boxes, taken
from siting.shapes import Shapes
from tests.kernels.drawing import areas as drawn
from tests.kernels.drawing import shapes_of

GEOMETRY = st.lists(st.one_of(st.just(shapely.Polygon()), drawn()), max_size=5)


def _objects(geometry: list[Any]) -> Any:
    return np.array([*geometry, None], object)[:-1]


@given(GEOMETRY, st.sampled_from([0.0, 1e7]))
def test_boxes_and_areas_are_those_of_shapely(geometry: list[Any], far: float) -> None:
    moved = shapely.transform(_objects(geometry), lambda xy: xy + far)
    shapes = shapes_of(*moved, kind="polygon")
    found = boxes(shapes.coords, shapes.ring_offsets[shapes.shape_offsets])
    assert np.array_equal(found, shapely.bounds(moved).reshape(-1, 4), equal_nan=True)
    found = areas(shapes.coords, shapes.ring_offsets, shapes.shape_offsets)
    assert found == pytest.approx(shapely.area(_objects(geometry)), rel=1e-6)  # far away the drawing is rounded


@given(GEOMETRY, st.data())
def test_some_shapes_are_those_that_are_asked_for(geometry: list[Any], data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.integers(0, len(geometry) - 1), max_size=6)) if geometry else []
    shapes = shapes_of(*geometry, kind="polygon")
    found = taken(
        np.array(rows, np.int64), shapes.coords, shapes.ring_offsets, shapes.shape_offsets, shapes.part_starts
    )
    expected = Shapes.from_geometries([geometry[row] for row in rows], "polygon")
    for ours, name in zip(found, ("coords", "ring_offsets", "shape_offsets", "part_starts"), strict=True):
        assert ours.dtype == getattr(expected, name).dtype
        assert ours.tolist() == getattr(expected, name).tolist()
