"""The CRS contract: refusals that name a way out, and distortion in closed form."""

from __future__ import annotations

import pytest
from pyproj import CRS

from siting.crs import (
    distortion,
    known_crs,
    metre_crs,
    study_crs,
)
from siting.errors import CrsError

UTM = "EPSG:26912"


def test_a_projected_metre_crs_serves() -> None:
    crs = study_crs(UTM)
    assert (crs.text, crs.name, str(crs)) == (UTM, "NAD83 / UTM zone 12N", UTM)
    assert crs.crs == CRS(UTM)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "EPSG:2223",
            "The study's CRS 'EPSG:2223' (NAD83 / Arizona Central (ft)) is in international feet, not in metres. "
            "Write crs: EPSG:26912.",
        ),
        (
            "EPSG:2225",
            "The study's CRS 'EPSG:2225' (NAD83 / California zone 1 (ftUS)) is in US survey feet, not in metres. "
            "Write crs: EPSG:26910.",
        ),
        (
            "EPSG:4326",
            "The study's CRS 'EPSG:4326' (WGS 84) is in degrees, and lengths and areas in degrees mean nothing. "
            "Write crs: a UTM zone of your area, such as EPSG:26912 for most of Arizona.",
        ),
        (
            "EPSG:3857",
            "The study's CRS 'EPSG:3857' (WGS 84 / Pseudo-Mercator) is Web Mercator, which stretches lengths by "
            "1 / cos(latitude). Write crs: a UTM zone of your area, such as EPSG:26912 for most of Arizona.",
        ),
        (
            "EPSG:4978",
            "The study's CRS 'EPSG:4978' (WGS 84) is not projected. "
            "Write crs: a UTM zone of your area, such as EPSG:26912 for most of Arizona.",
        ),
        (
            "EPSG:7415",
            "The study's CRS 'EPSG:7415' (Amersfoort / RD New + NAP height) is compound (it has heights). "
            "Write crs: EPSG:32631.",
        ),
        (
            "+proj=utm +zone=12 +ellps=GRS80",
            "The study's CRS '+proj=utm +zone=12 +ellps=GRS80' (unknown) has no known name. "
            "Write crs: a UTM zone of your area, such as EPSG:26912 for most of Arizona.",
        ),
        (
            "Arizona",
            "The study's CRS 'Arizona' cannot be read: it is neither an authority code, WKT nor a PROJ string. "
            "Write the code of a projected CRS in metres, such as crs: EPSG:26912.",
        ),
    ],
)
def test_a_crs_that_cannot_serve_is_refused_with_one_that_can(text: str, message: str) -> None:
    with pytest.raises(CrsError) as error:
        study_crs(text)
    assert str(error.value) == message


def test_the_advice_knows_where_the_study_lies() -> None:
    with pytest.raises(CrsError) as error:
        study_crs("EPSG:4269", around=(-112.5, 33, -111, 34))
    assert str(error.value) == (
        "The study's CRS 'EPSG:4269' (NAD83) is in degrees, and lengths and areas in degrees mean nothing. "
        "Write crs: EPSG:26912."
    )


@pytest.mark.parametrize(
    ("crs", "around", "code"),
    [
        ("EPSG:4258", (6.0, 50.4, 6.4, 50.9), "EPSG:25832"),
        ("EPSG:4326", (6.0, 50.4, 6.4, 50.9), "EPSG:32632"),
        ("EPSG:4326", (18.3, -34.1, 18.6, -33.8), "EPSG:32734"),
        ("EPSG:4269", (-71.4, 41.7, -71.3, 41.8), "EPSG:26919"),
    ],
)
def test_the_metre_crs_is_a_utm_zone_on_the_same_datum(crs: str, around: tuple[float, ...], code: str) -> None:
    west, south, east, north = around
    assert metre_crs(CRS(crs), (west, south, east, north)) == code
    area = CRS(code).area_of_use
    assert area is not None
    assert area.west <= (west + east) / 2 <= area.east


def test_a_source_without_a_datum_is_refused() -> None:
    nameless = (
        'GEOGCS["Undefined geographic SRS",DATUM["unknown",SPHEROID["unknown",6378137,298.257223563]],'
        'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]'
    )
    with pytest.raises(CrsError) as error:
        known_crs(nameless, item="The layer 'lots' (file 'lots.gpkg')", fix="under layers: lots:.")
    assert str(error.value) == (
        "The layer 'lots' (file 'lots.gpkg') has a CRS without a known name or datum: 'Undefined geographic SRS'. "
        "Write crs: with the code of the right one, such as EPSG:4326, under layers: lots:."
    )


def test_a_source_with_an_unreadable_crs_is_refused() -> None:
    with pytest.raises(CrsError) as error:
        known_crs("EPSG:999999", item="The layer 'lots' (file 'lots.gpkg')", fix="under layers: lots:.")
    assert str(error.value) == (
        "The layer 'lots' (file 'lots.gpkg') has a CRS that cannot be read: 'EPSG:999999'. "
        "Write crs: with its code, such as EPSG:4326, under layers: lots:."
    )


def test_distortion_of_a_transverse_mercator() -> None:
    """On the central meridian the scale is 0.9996, and areas follow its square."""
    found = distortion(study_crs(UTM), (499_000.0, 3_600_000.0, 501_000.0, 3_650_000.0))
    assert found.length_min == pytest.approx(0.9996, abs=1e-7)
    assert found.length_max == pytest.approx(0.9996, abs=1e-6)
    assert found.area_min == pytest.approx(0.9996**2, abs=1e-6)


def test_distortion_of_an_equal_area_crs() -> None:
    found = distortion(study_crs("EPSG:5070"), (-1_500_000.0, 1_100_000.0, -1_300_000.0, 1_400_000.0))
    assert found.area_min == pytest.approx(1.0, abs=1e-6)
    assert found.area_max == pytest.approx(1.0, abs=1e-6)
    assert found.length_min < 1 < found.length_max
