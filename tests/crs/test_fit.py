"""A CRS of another zone is refused with the factor and the zone that fits."""

from __future__ import annotations

import math

import pytest

from siting.crs import check_fit, study_crs, transform_bounds
from siting.errors import CrsError

LAND = (-112.4, 33.2, -112.0, 33.6)  # degrees, in UTM zone 12


@pytest.mark.parametrize("crs", ["EPSG:26912", "EPSG:26911", "EPSG:5070"])
def test_zones_near_the_land_and_equal_area_fit(crs: str) -> None:
    check_fit(study_crs(crs), transform_bounds(LAND, "EPSG:4326", crs))


def test_a_zone_at_the_other_end_of_the_earth_is_refused() -> None:
    crs = study_crs("EPSG:32633")
    with pytest.raises(CrsError) as e:
        check_fit(crs, transform_bounds(LAND, "EPSG:4326", "EPSG:32633"))
    text = str(e.value)
    factor = float(text.split(" come out at ")[1].split()[0])
    assert text == (
        "The study's CRS 'EPSG:32633' (WGS 84 / UTM zone 33N) does not fit the land: areas there come out at "
        f"{factor:.3f} of their size (0.98 to 1.02 is allowed). Write crs: EPSG:32612."
    )
    # oracle: on a sphere a transverse Mercator stretches lengths by k0 / sqrt(1 - (cos(lat) sin(dlon))^2)
    scales = [
        (0.9996**2) / (1 - (math.cos(math.radians(lat)) * math.sin(math.radians(lon - 15))) ** 2)
        for lat in LAND[1::2]
        for lon in LAND[::2]
    ]
    assert factor == pytest.approx(max(scales), rel=0.02)


def test_coordinates_that_are_nowhere_are_refused() -> None:
    with pytest.raises(CrsError) as e:
        check_fit(study_crs("EPSG:26912"), (math.inf, 0.0, math.inf, 1.0))
    assert str(e.value) == (
        "The study's CRS 'EPSG:26912' (NAD83 / UTM zone 12N) does not fit the land: it has no place for it (0.98 to "
        "1.02 is allowed). Write crs: a UTM zone of your area, such as EPSG:26912 for most of Arizona."
    )
