"""Operations: their names, their accuracy, closed forms and refusals."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from siting.crs import (
    carry,
    operation,
    transform_bounds,
)
from siting.errors import CrsError

UTM = "EPSG:26912"
RADIUS = 6378137.0  # of Web Mercator's sphere


def test_the_operation_and_its_accuracy_are_named() -> None:
    how = operation("EPSG:4326", UTM)
    assert how.name.endswith("Inverse of NAD83 to WGS 84 (1) + UTM zone 12N")
    assert how.accuracy_m == 4.0
    assert how.missing == ()


def test_an_operation_that_lacks_its_grid_says_so() -> None:
    how = operation("EPSG:4267", UTM)
    assert math.isnan(how.accuracy_m)
    (grid,) = how.missing
    assert how.warning == (
        "Carried by a ballpark operation, whose accuracy is unknown (up to some 100 m): axis order change (2D) + "
        f"Ballpark geographic offset from NAD27 to NAD83 + UTM zone 12N. A better operation needs the grid {grid}."
    )
    assert how.record == {"operation": how.name, "accuracy_m": None, "missing_grids": [grid]}


def test_one_crs_needs_no_operation() -> None:
    how = operation(UTM, UTM)
    assert (how.name, how.accuracy_m, how.warning) == ("none", 0.0, "")


def test_the_moon_has_no_operation() -> None:
    with pytest.raises(CrsError) as error:
        operation("ESRI:104903", UTM)
    assert str(error.value) == "No operation is known that carries coordinates from 'ESRI:104903' to 'EPSG:26912'."


def test_the_operation_is_the_one_for_the_more_local_crs() -> None:
    """NAD27 covers a continent; the operation is chosen for the part of it that the other CRS serves."""
    how = operation("EPSG:4267", "EPSG:26912")
    assert "NAD27 to NAD83" in how.name
    there, back = operation("EPSG:4326", "EPSG:25832"), operation("EPSG:25832", "EPSG:4326")
    assert "ETRS89 to WGS 84 (1)" in there.name
    assert "ETRS89 to WGS 84 (1)" in back.name
    assert there.accuracy_m == back.accuracy_m


def test_international_feet_become_metres_exactly() -> None:
    """EPSG:2223 and EPSG:26949 are one projection: 700,000 ft are the false easting of 213,360 m."""
    feet = np.array([[482827.0463, 806575.8304], [801649.5141, 1047455.926], [700000.0, 0.0]])
    np.testing.assert_allclose(carry(feet, "EPSG:2223", "EPSG:26949"), feet * 0.3048, atol=1e-6)


def test_web_mercator_has_its_closed_form() -> None:
    lon, lat = np.array([-112.0, -71.5, 6.2]), np.array([33.5, 41.8, 50.7])
    x, y = RADIUS * np.radians(lon), RADIUS * np.log(np.tan(np.pi / 4 + np.radians(lat) / 2))
    np.testing.assert_allclose(carry(np.column_stack([lon, lat]), "EPSG:4326", "EPSG:3857"), np.column_stack([x, y]))


def test_points_that_lie_nowhere_are_refused() -> None:
    with pytest.raises(CrsError) as error:
        carry(np.array([[-112.0, 33.0], [616267.0, 3445266.0]]), "EPSG:4326", UTM)
    assert str(error.value) == (
        "1 of 2 points cannot be carried from 'EPSG:4326' to 'EPSG:26912', the first at (616267, 3.44527e+06). "
        "Check that the layer's CRS is the one its coordinates are in; crs: in the study corrects it."
    )


def test_threads_may_share_it() -> None:
    xy = np.column_stack([np.linspace(-113, -110, 5000), np.linspace(32, 35, 5000)])
    alone = carry(xy, "EPSG:4326", UTM)
    with ThreadPoolExecutor(4) as pool:
        for out in pool.map(lambda _: carry(xy, "EPSG:4326", UTM), range(16)):
            np.testing.assert_array_equal(out, alone)


def test_a_carried_box_holds_every_point_of_the_box() -> None:
    box = (350_000.0, 3_500_000.0, 600_000.0, 3_900_000.0)
    west, south, east, north = transform_bounds(box, UTM, "EPSG:4326")
    rng = np.random.default_rng(7)
    inside = np.column_stack([rng.uniform(box[0], box[2], 5000), rng.uniform(box[1], box[3], 5000)])
    lon, lat = carry(inside, UTM, "EPSG:4326").T
    assert lon.min() > west
    assert lon.max() < east
    assert lat.min() > south
    assert lat.max() < north
