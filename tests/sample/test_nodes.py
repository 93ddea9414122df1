from __future__ import annotations

import numpy as np
import shapely

from siting.sample.aliquots import Outlines
from siting.sample.nodes import Nodes
from tests.sample.counties import grid


def test_the_corner_of_a_neighbour_is_a_vertex_of_a_long_side():
    # by hand: a square of 100 m beside two of 50 m; the T-junction at (100 m, 50 m)
    m = 100
    u = np.array([0, 100, 100, 0, 100, 150, 150, 100, 100, 150, 150, 100]) * m + 10_000
    v = np.array([0, 0, 100, 100, 0, 0, 50, 50, 50, 50, 100, 100]) * m + 10_000
    zero = np.zeros(3, np.int64)
    outlines = Outlines(u=u, v=v, offsets=np.array([0, 4, 8, 12]), forty=zero, row=zero, park=zero.astype(bool))
    g = grid()
    shapes = Nodes.of(g, u, v, np.zeros((len(g.forties), 4))).polygons(outlines)
    assert shapely.get_num_coordinates(shapes).tolist() == [6, 5, 5]
    assert shapely.coverage_is_valid(shapes)
