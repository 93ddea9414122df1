"""The edges of polygons in slabs and chains: none is lost, and every box holds what it stands for."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.kernels.edges import Chains, Slabs, ring_boxes
from siting.shapes import Shapes
from tests.kernels.drawing import areas, shapes_of


@settings(max_examples=40)
@given(st.lists(areas(), min_size=1, max_size=4))
def test_boxes_of_rings_are_those_of_shapely(drawn: list[Any]) -> None:
    shapes = Shapes.from_geometries(drawn, "polygon")
    rings = [shapes.coords[a:b] for a, b in zip(shapes.ring_offsets[:-1], shapes.ring_offsets[1:], strict=True)]
    expected = [shapely.bounds(shapely.LinearRing(ring)).tolist() for ring in rings]
    assert ring_boxes(shapes).tolist() == expected


@settings(max_examples=40)
@given(st.lists(areas(), min_size=1, max_size=4))
def test_every_edge_begins_in_one_slab(drawn: list[Any]) -> None:
    shapes = Shapes.from_geometries(drawn, "polygon")
    slabs = Slabs.of(shapes)
    first = slabs.edges[slabs.edges >= 0]
    ends = set((shapes.ring_offsets[1:] - 1).tolist())
    assert sorted(first.tolist()) == [v for v in range(len(shapes.coords)) if v not in ends]
    assert slabs.edge_offsets[-1] == len(slabs.edges)


def test_chains_hold_their_vertices() -> None:
    disc, hole = shapely.Point(0, 0).buffer(9, quad_segs=30), shapely.Point(1, 0).buffer(3)
    chains = Chains.of(shapes_of(disc.difference(hole)))
    for ring, (begin, end) in enumerate(zip(chains.offsets[:-1], chains.offsets[1:], strict=True)):
        boxes = chains.boxes[begin:end]
        assert len(boxes) == int(np.sqrt(np.diff(chains.shapes.ring_offsets)[ring]))
        together = [*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0)]
        assert together == chains.ring_boxes[ring].tolist()


def test_without_shapes_there_is_nothing() -> None:
    nothing = Shapes.from_geometries([shapely.Polygon()], "polygon")
    assert ring_boxes(nothing).shape == (0, 4)
    assert len(Slabs.of(nothing).edges) == len(Chains.of(nothing).boxes) == 0
