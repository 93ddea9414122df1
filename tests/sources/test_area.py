"""Areas in degrees: the same land in whatever CRS, and never too small."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from siting.crs import carry
from siting.errors import SourceError
from siting.sources.area import DEGREES, Area


@given(st.floats(-170, 170), st.floats(-70, 70), st.floats(0, 100_000), st.floats(0, 360))
def test_nothing_within_the_reach_lies_outside(x: float, y: float, reach_m: float, towards: float) -> None:
    area = Area.around(np.array([[x, y]]), DEGREES, reach_m)
    assert area is not None
    lon, lat, _ = Geod(ellps="WGS84").fwd(x, y, towards, reach_m)
    assert area.west <= lon <= area.east
    assert area.south <= lat <= area.north


def test_the_land_is_the_same_in_another_crs() -> None:
    xy = np.array([[400_000.0, 3_700_000.0], [440_000.0, 3_660_000.0]])
    one = Area.around(xy, "EPSG:26912", 5_000)
    other = Area.around(carry(xy, "EPSG:26912", "EPSG:5070"), "EPSG:5070", 5_000)
    assert one is not None
    assert other is not None
    assert np.allclose(one.bounds, other.bounds, rtol=0, atol=1e-7)
    assert one.widened().holds(other)


def test_an_endless_reach_has_no_area() -> None:
    assert Area.around(np.array([[0.0, 0.0]]), DEGREES, math.inf) is None


def test_an_area_is_widened_by_a_tenth_on_hundredths() -> None:
    area = Area(-112.503, 33.004, -111.507, 33.904)
    assert np.allclose(area.widened().bounds, (-112.61, 32.91, -111.40, 34.0), rtol=0, atol=1e-9)


@pytest.mark.parametrize("bounds", [(1, 0, 0, 1), (0, 1, 1, 0), (0, 0, 181, 1), (0, -91, 1, 1), (math.nan, 0, 1, 1)])
def test_what_is_no_box_is_refused(bounds: tuple[float, float, float, float]) -> None:
    with pytest.raises(SourceError) as error:
        Area(*bounds)
    assert str(error.value) == (
        f"The area {bounds} is no box in degrees. Write west, south, east, north with west less than east and south "
        "less than north, as in -112.6,33.1,-112.2,33.5."
    )
