"""Every static finding, from a sound study spoiled in one place."""

from __future__ import annotations

from typing import Any

import pytest

from siting.check import Finding, check_study
from siting.study import Study, parse_study

SAID = {"source": "judgement"}
FLAT_SLOPE = {"measure": {"slope": "dem"}, "value": [["2 % slope", 1], ["9 % slope", 0]], "weight": 1, **SAID}


def test_a_sound_study_has_no_findings(sound: dict[str, Any]) -> None:
    assert check_study(parse_study(sound)) == []


def spoiled(sound: dict[str, Any], patch: dict[str, Any]) -> Study:
    return parse_study(sound).with_(patch)


@pytest.mark.parametrize(
    ("patch", "level", "item", "message"),
    [
        (
            {"layers.towns": {"source": "towns.geojson"}},
            "warning",
            "layers.towns",
            "Nothing uses this layer; it is not opened.",
        ),
        (
            {"blocks.all.criteria.rail.weight": 0},
            "warning",
            "criterion rail",
            "Its weight is 0: it is measured and decides nothing.",
        ),
        (
            {"blocks.all.criteria.rail.weight": 0.01},
            "note",
            "criterion rail",
            "Its global weight is 0.5%: it can hardly change a rank.",
        ),
        (
            {"blocks.all.criteria.rail.weight": 6},
            "warning",
            "criterion rail",
            "Its global weight is 75%: it outweighs all others together.",
        ),
        (
            {"blocks.all.combine": "worst"},
            "note",
            "blocks.all",
            "It combines by 'worst', where weights say nothing; those of rail, dry, zone are ignored.",
        ),
        (
            {"blocks.all.criteria.rail.value": [["1 km", 0.5], ["2 km", 0.5]]},
            "warning",
            "criterion rail",
            "Its value function is flat at 0.5: it tells no parcel from another.",
        ),
        (
            {"blocks.all.criteria.rail.value": {"min_max": {"direction": "rising"}}},
            "warning",
            "criterion rail",
            "Its value function 'min_max' is fitted to the candidates: values, and the order of two parcels, change "
            "when others are added or removed. Fixed anchors never do that.",
        ),
        (
            {"blocks.all.criteria.rail.value": [["1 km", 0.2], ["2 km", 0.7]]},
            "note",
            "criterion rail",
            "Its values run from 0.2 to 0.7, so that only 50% of its weight can be used.",
        ),
        (
            {
                "blocks.all.criteria.again": {
                    "weight": 1,
                    "measure": {"share": "flood"},
                    "value": [["0 %", 1], ["9 %", 0]],
                    **SAID,
                }
            },
            "warning",
            "criterion again",
            "It measures the same as 'dry': the quantity counts twice.",
        ),
        (
            {
                "blocks.all.criteria.again": {
                    "weight": 1,
                    "measure": {"share": "flood", "where": "DEEP == 1"},
                    "value": [["0 %", 1], ["9 %", 0]],
                    **SAID,
                }
            },
            "note",
            "criterion again",
            "It takes the same measure (share) of the same source (flood.geojson SFHA == 'T') as 'dry'.",
        ),
        (
            {"usable": [{"name": "wet", "layer": "flood"}]},
            "warning",
            "criterion dry",
            "The cut 'wet' takes this land away, and the criterion scores it again: twice counted. "
            "Measure the criterion 'of: usable', or leave one of them out.",
        ),
        (
            {
                "usable": [{"name": "wet", "layer": "flood"}],
                "blocks.all.criteria.dry.measure": {"share": "flood", "of": "usable"},
            },
            "warning",
            "criterion dry",
            "The cut 'wet' has taken all such land from the usable land: the quantity is always 0.",
        ),
        (
            {
                "layers.dem": {"source": "dem.tif", "unit": "m"},
                "usable": [{"name": "steep", "layer": "dem", "slope_above": "15 % slope"}],
                "blocks.all.criteria.flat": FLAT_SLOPE,
            },
            "warning",
            "criterion flat",
            "The cut 'steep' takes this land away, and the criterion scores it again: twice counted. "
            "Measure the criterion 'of: usable', or leave one of them out.",
        ),
        (
            {"exclusions": [{"name": "wet", "share": "flood", "above": "0 %"}]},
            "warning",
            "criterion dry",
            "The exclusion 'wet' leaves only parcels of value 1: the criterion decides nothing.",
        ),
        (
            {"exclusions.close.below": "2 km"},
            "warning",
            "criterion rail",
            "The exclusion 'close' leaves only parcels of value 1: the criterion decides nothing.",
        ),
        (
            {"blocks.all.criteria.rail.source": ""},
            "note",
            "blocks",
            "The anchors of rail name no source; write 'source: judgement' or a citation.",
        ),
        ({"scenarios": {"same": {"pad": "500 m x 400 m"}}}, "note", "scenarios.same", "It changes nothing."),
        (
            {"programme": {"modules": {"osat": 1}}},
            "note",
            "programme",
            "This section is understood and validated, and not carried out yet.",
        ),
    ],
)
def test_findings(sound: dict[str, Any], patch: dict[str, Any], level: Any, item: str, message: str) -> None:
    assert check_study(spoiled(sound, patch)) == [Finding(level, item, message)]


@pytest.mark.parametrize(
    "patch",
    [
        {"exclusions.close.below": "500 m"},
        {"exclusions": [{"name": "wet", "share": "flood", "above": "10 %"}]},
        {
            "usable": [{"name": "floodway", "layer": "flood", "where": "WAY == 1"}],
            "blocks.all.criteria.dry.measure": {"share": "flood", "of": "usable"},
        },
        {
            "layers.cover": {"source": "cover.tif"},
            "usable": [{"name": "water", "layer": "cover", "classes": [11]}],
            "blocks.all.criteria.dry.measure": {"raster": "cover", "statistic": "share", "classes": [82]},
            "layers.flood": None,
        },
        {"scenarios": {"dry": {"blocks.all.criteria.dry.weight": 2}}},
        {"layers.towns": {"source": "towns.geojson"}, "context": ["towns"]},
        {"assemble": {"usable": ["1 acre", "2 acre"], "gap": "5 m"}},
        {"robustness": {"draws": 1000, "shortlist": 10}},
    ],
)
def test_what_is_well_meant_is_left_alone(sound: dict[str, Any], patch: dict[str, Any]) -> None:
    assert check_study(spoiled(sound, patch)) == []


def test_a_crs_that_cannot_serve_is_an_error_and_comes_first(sound: dict[str, Any]) -> None:
    findings = check_study(spoiled(sound, {"crs": "EPSG:4326", "blocks.all.criteria.rail.weight": 0}))
    assert [finding.level for finding in findings] == ["error", "warning"]
    assert findings[0].item == "crs"
    assert "EPSG:4326" in findings[0].message


def test_a_scenario_of_a_study_built_in_python_is_validated(sound: dict[str, Any]) -> None:
    study = Study.model_validate({**sound, "scenarios": {"odd": {"missing": "sometimes"}}})
    (finding,) = check_study(study)
    assert (finding.level, finding.item) == ("error", "scenarios.odd")
    assert finding.message == (
        "the study, scenario 'odd', 'missing': this can be 'interval', 'exclude' or 'worst', not 'sometimes'."
    )
