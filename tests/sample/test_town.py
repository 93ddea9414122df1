from __future__ import annotations

import geopandas as gpd
import shapely

from siting.sample.town import Town, listed


def test_rows_become_plain_values_in_order() -> None:
    table = {"NAME": ["A", "B"], "POP": [20, 10], "RADIUS_M": [500.0, 300.0], "RANK": [1, 2]}
    towns = gpd.GeoDataFrame(table, geometry=shapely.points([[1, 2], [3, 4]]), crs="EPSG:26912")
    assert listed(towns) == [Town("A", 1.0, 2.0, 500.0, 20, 1), Town("B", 3.0, 4.0, 300.0, 10, 2)]
