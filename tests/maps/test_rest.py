from __future__ import annotations

import numpy as np
import shapely

from siting.maps.rest import MOST_CELLS, cells_of


def test_every_point_lies_in_its_cell_and_every_cell_holds_one() -> None:
    points = np.random.default_rng(4).uniform(-20_000, 20_000, (500, 2))
    side, cell, squares = cells_of(points)
    assert side == 1000
    assert shapely.intersects_xy(squares[cell], points[:, 0], points[:, 1]).all()
    assert sorted(set(cell.tolist())) == list(range(len(squares)))
    assert shapely.area(squares).tolist() == [1e6] * len(squares)


def test_cells_grow_until_they_are_few() -> None:
    points = np.random.default_rng(4).uniform(0, 100_000, (3000, 2))
    side, _, squares = cells_of(points, 700)
    assert (side, len(squares) <= 700) == (4000, True)
    assert len(cells_of(points, 3000)[2]) > 700
    assert MOST_CELLS == 20_000
