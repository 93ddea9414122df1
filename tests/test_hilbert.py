from __future__ import annotations

import numpy as np

from siting.hilbert import along, centres, hilbert_distance, places_on_curve


def test_the_curve_visits_every_cell_once_and_steps_to_neighbours() -> None:
    """The defining property of Hilbert's curve, on its first 32 x 32 cells."""
    column, row = (axis.ravel() for axis in np.meshgrid(np.arange(32), np.arange(32)))
    distance = hilbert_distance(column, row)
    order = np.argsort(distance)
    assert sorted(distance.tolist()) == list(range(1024))
    steps = np.abs(np.diff(column[order])) + np.abs(np.diff(row[order]))
    assert (steps == 1).all()


def test_boxes_without_a_place_come_last_and_equal_places_keep_their_order() -> None:
    bounds = np.array([[np.nan] * 4, [5, 5, 6, 6], [0, 0, 1, 1], [5, 5, 6, 6]], float)
    assert along(bounds).tolist() == [2, 1, 3, 0]
    assert along(np.full((3, 4), np.nan)).tolist() == [0, 1, 2]
    assert along(np.empty((0, 4))).tolist() == []


def test_a_place_on_the_curve_needs_only_the_box_of_all() -> None:
    """So places can be worked out chunk by chunk."""
    chance = np.random.default_rng(1)
    corner = chance.uniform(0, 1e5, (200, 2))
    x, y = centres(np.column_stack([corner, corner + 10]))
    box = (x.min(), y.min(), x.max(), y.max())
    whole = places_on_curve(x, y, box)
    chunks = [places_on_curve(x[at : at + 7], y[at : at + 7], box) for at in range(0, 200, 7)]
    assert np.concatenate(chunks).tolist() == whole.tolist()
    assert np.argsort(whole, kind="stable").tolist() == along(np.column_stack([corner, corner + 10])).tolist()
