"""A study that nothing can be said against, to be spoiled by the tests."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def sound() -> dict[str, Any]:
    said = {"source": "judgement"}
    return {
        "crs": "EPSG:26912",
        "parcels": {"source": "parcels.parquet", "id": "APN"},
        "pad": "500 m x 400 m",
        "layers": {
            "rail": {"source": "rail.geojson"},
            "flood": {"source": "flood.geojson", "where": "SFHA == 'T'"},
            "zoning": {"source": "zoning.geojson", "crosswalk": "codes.csv", "key": ["ZONE"]},
        },
        "exclusions": [{"name": "close", "distance": "rail", "below": "50 m"}],
        "blocks": {
            "all": {
                "criteria": {
                    "rail": {
                        "weight": 1,
                        "measure": {"distance": "rail"},
                        "value": [["100 m", 0], ["1 km", 1]],
                        **said,
                    },
                    "dry": {"weight": 1, "measure": {"share": "flood"}, "value": [["0 %", 1], ["20 %", 0]], **said},
                    "zone": {"weight": 1, "measure": {"class": "zoning"}, "value": {"yes": 1, "no": 0}, **said},
                }
            }
        },
    }
