from __future__ import annotations

import numpy as np
import shapely
from geopandas import GeoDataFrame

from siting.sample.places import large_plants, section_boxes, strong_stations, union
from tests.sample.counties import plain_land


def test_section_boxes_are_about_a_square_mile():
    boxes = section_boxes(plain_land())
    inner = boxes.reshape(18, 18)[1:-1, 2:-2].ravel()
    assert np.abs(shapely.area(inner) / 1609.344**2 - 1).max() < 0.05
    assert len(boxes) == 18 * 18


def test_strong_stations_have_230_kv_and_two_lines_and_are_no_taps():
    table = {
        "MAX_VOLT": [230, 500, 115, 230, -999_999],
        "LINES": [2, 1, 4, 3, 2],
        "TYPE": ["SUBSTATION", "SUBSTATION", "SUBSTATION", "TAP", "SUBSTATION"],
    }
    stations = GeoDataFrame(table, geometry=shapely.points(np.arange(10).reshape(5, 2)), crs=26912)
    assert strong_stations(stations).tolist() == [shapely.Point(0, 1)]


def test_large_plants_treat_5_mgd():
    plants = GeoDataFrame({"DESIGN_MGD": [4.9, 5.0]}, geometry=shapely.points([[0, 0], [1, 1]]), crs=26912)
    assert large_plants(plants).tolist() == [shapely.Point(1, 1)]


def test_no_geometries_make_an_empty_union():
    assert union([]).is_empty
