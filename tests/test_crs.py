"""The CRS contract: refusals that name a way out, closed forms, true images of long edges, round trips."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from siting.crs import (
    carry,
    distortion,
    known_crs,
    metre_crs,
    operation,
    reproject_shapely,
    reproject_shapes,
    study_crs,
    transform_bounds,
)
from siting.errors import CrsError
from siting.shapes import Shapes

UTM = "EPSG:26912"
RADIUS = 6378137.0  # of Web Mercator's sphere


def geoms(*items: object) -> NDArray[np.object_]:
    out = np.empty(len(items), dtype=object)
    out[:] = items
    return out


def farthest_from(line: shapely.LineString, source: str, target: str, start: object, end: object, n: int) -> float:
    """Largest distance of the true image of a straight edge from a line, over n points along the edge."""
    t = np.linspace(0, 1, n)[:, None]
    along = np.asarray(start, float) + t * (np.asarray(end, float) - np.asarray(start, float))
    x, y = Transformer.from_crs(source, target, always_xy=True).transform(*along.T)
    return float(shapely.distance(shapely.points(x, y), line).max())


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


def test_the_operation_and_its_accuracy_are_named() -> None:
    how = operation("EPSG:4326", UTM)
    assert how.name.endswith("Inverse of NAD83 to WGS 84 (1) + UTM zone 12N")
    assert how.accuracy_m == 4.0
    assert how.missing == ()


def test_an_operation_that_lacks_its_grid_says_so() -> None:
    how = operation("EPSG:4267", UTM)
    assert "Ballpark" in how.name
    assert math.isnan(how.accuracy_m)
    assert len(how.missing) == 1


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


def test_a_long_edge_follows_its_true_image() -> None:
    """204 km along a parallel: the image leaves its chord by hundreds of metres, its pieces by 0.05 m at most."""
    start, end = (-112.0, 37.0), (-109.7, 37.0)
    edge = geoms(shapely.LineString([start, end]))
    chord = shapely.LineString(carry(np.array([start, end]), "EPSG:4326", UTM))
    assert 150 < farthest_from(chord, "EPSG:4326", UTM, start, end, 2001) < 1000
    out, added = reproject_shapely(edge, "EPSG:4326", UTM)
    assert farthest_from(out[0], "EPSG:4326", UTM, start, end, 20_001) <= 0.05
    assert added == shapely.get_num_coordinates(out[0]) - 2
    assert 16 <= added <= 127, "as many halvings as are needed, and no more"


def test_a_coarser_tolerance_adds_fewer_vertices_and_holds() -> None:
    start, end = (-114.0, 31.0), (-109.0, 36.0)
    edge = geoms(shapely.LineString([start, end]))
    counts = []
    for tolerance in (5.0, 0.5, 0.05):
        out, added = reproject_shapely(edge, "EPSG:4326", UTM, tolerance_m=tolerance)
        assert farthest_from(out[0], "EPSG:4326", UTM, start, end, 20_001) <= tolerance
        counts.append(added)
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]


def test_lines_that_stay_straight_get_no_vertices() -> None:
    meridian = shapely.LineString([(-111.0, 31.0), (-111.0, 37.0)])  # the central meridian of the zone
    out, added = reproject_shapely(geoms(meridian), "EPSG:4326", UTM)
    assert added == 0
    np.testing.assert_allclose(shapely.get_coordinates(out)[:, 0], 500_000.0, atol=1e-6)
    parallel = shapely.LineString([(-114.0, 33.0), (-110.0, 33.0)])
    assert reproject_shapely(geoms(parallel), "EPSG:4326", "EPSG:3857")[1] == 0


def test_the_tolerance_is_in_metres_for_a_target_in_degrees() -> None:
    """The other direction: the image in degrees, measured on the ground."""
    start, end = (350_000.0, 3_700_000.0), (550_000.0, 3_750_000.0)
    out, added = reproject_shapely(geoms(shapely.LineString([start, end])), UTM, "EPSG:4326")
    assert added > 0
    there = shapely.get_coordinates(out[0])
    t = np.linspace(0, 1, 20_001)[:, None]
    true = carry(np.array(start) + t * (np.array(end) - np.array(start)), UTM, "EPSG:4326")
    metres = np.array([math.cos(math.radians(33.7)) * 111_320.0, 110_900.0])
    off = shapely.distance(shapely.points(true * metres), shapely.LineString(there * metres))
    assert off.max() <= 0.05


def test_the_tolerance_is_in_metres_for_a_target_in_feet() -> None:
    start, end = (-114.0, 31.0), (-109.0, 36.0)
    line = geoms(shapely.LineString([start, end]))
    out, _ = reproject_shapely(line, "EPSG:4326", "EPSG:2223")
    assert farthest_from(out[0], "EPSG:4326", "EPSG:2223", start, end, 20_001) * 0.3048 <= 0.05


def test_neighbours_stay_neighbours() -> None:
    """The shared edge gets the same vertices from both sides, though they run along it in opposite directions."""
    left = shapely.Polygon([(-113, 32), (-111.5, 32.1), (-111.3, 35.7), (-113, 36)])
    right = shapely.Polygon([(-111.3, 35.7), (-111.5, 32.1), (-110, 32), (-110, 36)])
    out, added = reproject_shapely(geoms(left, right), "EPSG:4326", UTM)
    assert added > 100
    assert shapely.area(shapely.intersection(*out)) == 0
    shared = set(map(tuple, shapely.get_coordinates(out[0]))) & set(map(tuple, shapely.get_coordinates(out[1])))
    assert len(shared) > 30


def test_kinds_parts_and_gaps_stay() -> None:
    hole = shapely.Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [[(1, 1), (1, 2), (2, 2), (2, 1)]])
    items = geoms(
        hole,
        None,
        shapely.MultiPolygon([hole, shapely.box(6, 0, 7, 1)]),
        shapely.Point(1, 2),
        shapely.LineString([(0, 0), (0.0001, 0)]),
        shapely.Polygon(),
        shapely.MultiPoint([(0, 0), (1, 1)]),
    )
    out, added = reproject_shapely(items, "EPSG:4326", "EPSG:32631")
    assert [getattr(item, "geom_type", None) for item in out] == [getattr(item, "geom_type", None) for item in items]
    assert added > 0
    assert shapely.is_empty(out[5])
    assert len(out[0].interiors) == 1
    assert len(out[2].geoms) == 2
    np.testing.assert_allclose(
        shapely.get_coordinates(out[3]), carry(np.array([[1.0, 2.0]]), "EPSG:4326", "EPSG:32631")
    )


def test_a_collection_is_refused() -> None:
    with pytest.raises(CrsError) as error:
        reproject_shapely(geoms(shapely.GeometryCollection([shapely.Point(0, 0)])), "EPSG:4326", UTM)
    assert str(error.value) == (
        "A geometry collection cannot be reprojected as one shape; take its parts of one kind first."
    )


def test_an_edge_over_a_tear_is_refused() -> None:
    """From one side of the antimeridian to the other there is no straight image."""
    line = geoms(shapely.LineString([(19_900_000.0, 1_000_000.0), (20_200_000.0, 1_000_000.0)]))
    with pytest.raises(CrsError) as error:
        reproject_shapely(line, "EPSG:3857", "EPSG:4326")
    assert str(error.value) == (
        "1 edge cannot be carried from 'EPSG:3857' to 'EPSG:4326' within 0.05 m: there the CRS is torn (a pole, the "
        "antimeridian). Clip the layer, or choose another CRS."
    )


def test_the_same_crs_changes_nothing() -> None:
    shapes = Shapes.from_geometries([shapely.box(0, 0, 1, 1)])
    out, added = reproject_shapes(shapes, UTM, UTM)
    assert out is shapes
    assert added == 0


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.floats(-113.5, -108.5), st.floats(31.5, 36.5)), min_size=2, max_size=6, unique=True),
    st.sampled_from(["EPSG:26912", "EPSG:2223", "EPSG:5070", "EPSG:3857"]),
)
def test_there_and_back_again(points: list[tuple[float, float]], target: str) -> None:
    """Every original vertex comes back, and every added one lies on its edge within the tolerance."""
    line = shapely.LineString(points)
    there, added = reproject_shapely(geoms(line), "EPSG:4326", target)
    back = carry(shapely.get_coordinates(there), target, "EPSG:4326")
    assert len(back) == len(points) + added
    near = shapely.distance(shapely.points(back), line)
    assert near.max() < 1e-8  # degrees: a millimetre
    kept = [np.hypot(*(back - np.array(point)).T).min() for point in points]
    assert max(kept) < 1e-8


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


@pytest.mark.data
def test_the_utility_territories_follow_their_true_image(data_folder: Path) -> None:
    """One edge is over 200 km long; its image lies 500 m off its chord."""
    import geopandas

    frame = geopandas.read_file(data_folder / "arizona" / "grid_utility_territories.gpkg")
    shapes = Shapes.from_geometries(np.asarray(frame.geometry.array, dtype=object))
    image = carry(shapes.coords, "EPSG:4326", UTM)
    last = np.zeros(len(image), bool)
    last[shapes.ring_offsets[1:] - 1] = True
    edges = np.flatnonzero(~last)
    middle = carry((shapes.coords[edges] + shapes.coords[edges + 1]) / 2, "EPSG:4326", UTM)
    chords = shapely.linestrings(np.stack([image[edges], image[edges + 1]], axis=1))
    worst = edges[np.argmax(shapely.distance(shapely.points(middle), chords))]
    start, end = shapes.coords[worst], shapes.coords[worst + 1]
    chord = shapely.LineString(image[[worst, worst + 1]])
    assert round(chord.length / 1000) == 204
    assert round(farthest_from(chord, "EPSG:4326", UTM, start, end, 2001)) == 522
    out, added = reproject_shapes(shapes, "EPSG:4326", UTM)
    ring = np.searchsorted(shapes.ring_offsets, worst, side="right") - 1
    owner = np.searchsorted(shapes.shape_offsets, ring, side="right") - 1
    assert farthest_from(shapely.boundary(out.geometries[owner]), "EPSG:4326", UTM, start, end, 4001) <= 0.05
    assert added == len(out.coords) - len(shapes.coords)
