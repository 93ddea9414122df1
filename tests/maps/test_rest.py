from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from siting.maps.rest import MOST_CELLS, Others, rest_of

CRS = "EPSG:26912"


def boxes(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 4) boxes of 2 x 2 m around points."""
    return np.hstack([points - 1, points + 1])


def drawn(n: int, extent: float) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    random = np.random.default_rng(4)
    return random.uniform(-extent, extent, (n, 2)), random.random(n) < 0.1


def test_every_parcel_lies_in_the_cell_that_counts_it() -> None:
    points, admitted = drawn(500, 20_000)
    others = Others.of(boxes(points), admitted)
    assert others.side_m == 1000
    assert shapely.area(others.squares).tolist() == [1e6] * len(others.corners)
    for square, parcels, any_admitted in zip(others.squares, others.parcels, others.admitted, strict=True):
        inside = shapely.intersects_xy(square, points[:, 0], points[:, 1])
        assert (inside.sum(), admitted[inside].any()) == (parcels, any_admitted)


def test_cells_grow_until_they_are_few() -> None:
    points, admitted = drawn(3000, 50_000)
    others = Others.of(boxes(points), admitted)
    few = others.at_most(700)
    assert (few.side_m, len(few.corners) <= 700, few.parcels.sum()) == (4000, True, 3000)
    wanted, held = np.unique(np.floor(points / 4000).astype(int), axis=0, return_counts=True)
    np.testing.assert_array_equal(few.corners, wanted)
    np.testing.assert_array_equal(few.parcels, held)
    assert others.at_most(3000) is others
    assert MOST_CELLS == 20_000


def test_parts_joined_in_any_order_are_the_whole() -> None:
    points, admitted = drawn(400, 5_000)
    whole = Others.of(boxes(points), admitted)
    parts = [Others.of(boxes(points[k::3]), admitted[k::3]) for k in (2, 0, 1)]
    joined = Others.joined([*parts, Others.of(np.empty((0, 4)), np.empty(0, bool))])
    for name in ("side_m", "corners", "parcels", "admitted"):
        np.testing.assert_array_equal(getattr(joined, name), getattr(whole, name))


def test_what_the_cells_are_in_words() -> None:
    bounds = boxes(np.array([[500.0, 500], [600, 600], [2500, 500], [np.nan, np.nan]]))
    layers, notes = rest_of(Others.of(bounds, np.array([True, False, False, True])), CRS)
    assert [(layer.name, layer.title) for layer in layers] == [
        ("other parcels, cells with ranked parcels", "Cells of 1 km: 1; parcels in them: 2"),
        ("other parcels, cells with none that is ranked", "Cells of 1 km: 1; parcels in them: 1"),
    ]
    assert notes == ("The other 3 parcels are drawn as cells of 1 km, not one by one.",)
    assert rest_of(Others.of(np.empty((0, 4)), np.empty(0, bool)), CRS) == ([], ())
