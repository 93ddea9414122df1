"""What reweighting refuses."""

from __future__ import annotations

from typing import Any

import pytest

import siting
from siting.errors import StudyError
from siting.ranking import Ranking

KEEPS = "Reweighting keeps parcels and layers as they were read, but the patch changes"
FIX = "Rank the changed study instead: siting.rank(study.with_(...))."


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        ({"crs": "EPSG:32612"}, f"{KEEPS} 'crs'. {FIX}"),
        (
            {"parcels.where": "USE == '0037'", "layers.rail.where": "NET == 'main'"},
            f"{KEEPS} 'parcels', 'layers'. {FIX}",
        ),
        (
            {"blocks.power.criteria.station.value": [["1 km", 1], ["30 km", 0]]},
            "The patch needs 30,000 m around the parcels of the layer 'stations', which was read for 5,000 m around "
            f"them. {FIX}",
        ),
    ],
)  # fmt: skip
def test_a_patch_that_needs_more_than_was_read(ranked: Ranking, patch: dict[str, Any], message: str) -> None:
    with pytest.raises(StudyError) as e:
        ranked.reweight(patch)
    assert str(e.value) == message


def test_a_layer_that_was_not_read(ranked: Ranking) -> None:
    without = ranked.reweight({"blocks.permits.criteria.zone.measure": {"class": "zoning"}})
    study = without.study.with_({"blocks.permits": None, "context": ["rail"]})
    with pytest.raises(StudyError) as e:
        siting.rank(study, progress=None).reweight(
            {"exclusions": [{"name": "zoning", "class": "zoning", "in": ["prohibited"]}]}
        )
    assert str(e.value) == f"The patch needs the layer 'zoning', which this ranking has not read. {FIX}"


def test_less_reach_is_no_matter(ranked: Ranking) -> None:
    nearer = ranked.reweight({"blocks.power.criteria.station.value": [["1 km", 1], ["2 km", 0]]})
    assert nearer.explain("B3").criteria[2].value == "0.00"


def test_a_search_without_end(ranked: Ranking) -> None:
    rule = {
        "name": "far",
        "attribute": "stations",
        "relation": "nearest",
        "field": "MAX_VOLT",
        "unit": "kV",
        "below": "1 kV",
    }
    with pytest.raises(StudyError) as e:
        ranked.reweight({"exclusions": [rule]})
    assert str(e.value) == (
        f"The patch needs all of the layer 'stations', which was read for 5,000 m around them. {FIX}"
    )
