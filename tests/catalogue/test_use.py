"""The entries under ``layers:`` of a study."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from siting.layer import LayerUse
from siting.where import Where


def test_an_entry_as_people_write_it() -> None:
    use = LayerUse.model_validate(
        {
            "source": "sample/substations",
            "where": "MAX_VOLT >= 230",
            "units": {"MAX_VOLT": "kV"},
            "unknown": "include",
            "null": {"MAX_VOLT": -999999, "NAME": ["", "NOT AVAILABLE"]},
            "keep": ["MAX_VOLT"],
        }
    )
    assert use.where == Where("MAX_VOLT >= 230")
    assert use.null == {"MAX_VOLT": (-999999,), "NAME": ("", "NOT AVAILABLE")}
    assert use.keep == ("MAX_VOLT",)
    assert use.breaks_contiguity


def test_what_is_unknown_makes_an_interval() -> None:
    assert LayerUse(source="x").unknown == "interval"


def refusal(**entry: object) -> str:
    with pytest.raises(ValidationError) as error:
        LayerUse.model_validate({"source": "sample/zoning"} | entry)
    (only,) = error.value.errors(include_url=False)
    return only["msg"].removeprefix("Value error, ")


def test_a_crosswalk_needs_its_key() -> None:
    assert refusal(crosswalk="zoning/sample.csv") == (
        "The layer of source 'sample/zoning' has crosswalk: but no key:. "
        "A crosswalk is a table, and key names the fields that it maps to classes: "
        "crosswalk: zoning/sample.csv, key: [JURISDICTION, ZONE]."
    )


def test_a_key_needs_its_crosswalk() -> None:
    assert refusal(key=["ZONE"]) == (
        "The layer of source 'sample/zoning' has key: but no crosswalk:. "
        "A crosswalk is a table, and key names the fields that it maps to classes: "
        "crosswalk: zoning/sample.csv, key: [JURISDICTION, ZONE]."
    )


def test_a_unit_must_be_known() -> None:
    assert "'kilovolt'" in refusal(units={"V": "kilovolt"})
    assert "'metre-ish'" in refusal(unit="metre-ish")


def test_an_unknown_key_is_refused() -> None:
    assert refusal(wher="A > 1") == "Extra inputs are not permitted"


def test_it_has_a_schema_and_dumps_as_written() -> None:
    assert LayerUse.model_json_schema()["$defs"]["LayerUse"]["properties"]["where"]["anyOf"][0]["type"] == "string"
    written = {"source": "x", "where": "A > 1", "null": {"A": [-9]}}
    dumped = LayerUse.model_validate(written).model_dump(mode="json", exclude_unset=True)
    assert dumped == written
