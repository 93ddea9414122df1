from __future__ import annotations

import numpy as np
import pytest
import shapely

from siting.sample.rights_of_way import ACRE_M2, cut_by


def test_a_road_through_a_square_leaves_two_pieces():
    # by hand: a square of 200 m less a road of 20 m through its middle, beside a square it does not touch
    squares = np.array([shapely.box(0, 0, 200, 200), shapely.box(300, 0, 500, 200)], dtype=object)
    pieces = cut_by(squares, [shapely.MultiPolygon([shapely.box(90, -50, 110, 250)])])
    assert pieces.source.tolist() == [1, 0, 0]
    assert pieces.part.tolist() == [0, 1, 2]
    assert pieces.touched.tolist() == [True, False]
    assert shapely.area(pieces.geometry).tolist() == [40_000, 18_000, 18_000]


def test_a_remnant_under_a_tenth_of_an_acre_goes_to_the_right_of_way():
    # 2 m x 200 m stay on one side: 400 m2 are under a tenth of an acre
    square = np.array([shapely.box(0, 0, 200, 200)], dtype=object)
    pieces = cut_by(square, [shapely.MultiPolygon([shapely.box(2, -50, 42, 250)])])
    assert shapely.area(pieces.geometry) == pytest.approx([158 * 200])
    assert 0.1 * ACRE_M2 > 400


def test_no_corridor_leaves_all_as_it_was():
    square = np.array([shapely.box(0, 0, 200, 200)], dtype=object)
    pieces = cut_by(square, [shapely.MultiPolygon()])
    assert pieces.geometry[0] == square[0]
    assert not pieces.touched.any()
