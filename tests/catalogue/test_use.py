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


def test_a_layer_may_be_made_from_others() -> None:
    use = LayerUse.model_validate(
        {
            "union": {
                "of": ["register", {"source": "osm.gpkg", "rename": {"voltage": "MAX_VOLT"}}],
                "same": {"within": "150 m", "name": "NAME", "similar": "90 %"},
            },
            "where": "MAX_VOLT >= 230",
        }
    )
    assert use.verb == "union"
    assert [part.what for part in use.made_of] == ["register", "osm.gpkg"]
    assert use.what == "union of register, osm.gpkg"
    assert use.union is not None
    assert use.union.same is not None
    assert (use.union.same.within.value, use.union.same.similar.value) == (150.0, pytest.approx(0.9))


@pytest.mark.parametrize(
    ("entry", "what", "sources"),
    [
        ({"union": ["a", "b"]}, "union of a, b", ["a", "b"]),
        ({"buffer": {"of": "a", "by": "30 m"}}, "buffer of a", ["a"]),
        ({"dissolve": "a"}, "dissolve of a", ["a"]),
        ({"dissolve": {"of": "a", "by": ["Z"]}}, "dissolve of a", ["a"]),
        ({"difference": {"of": "a", "minus": "b"}}, "difference of a, b", ["a", "b"]),
        ({"slope": "dem"}, "slope of dem", ["dem"]),
        ({"dissolve": {"of": {"buffer": {"of": {"union": ["a", "b", "a"]}, "by": "1 m"}}}},
         "dissolve of buffer of union of a, b, a", ["a", "b"]),
    ],
)  # fmt: skip
def test_what_a_layer_is_made_of(entry: dict[str, object], what: str, sources: list[str]) -> None:
    use = LayerUse.model_validate(entry)
    assert use.what == what
    assert list(use.sources()) == sources
    assert LayerUse.model_validate_json(use.model_dump_json()) == use


def made_refusal(entry: dict[str, object]) -> str:
    with pytest.raises(ValidationError) as error:
        LayerUse.model_validate(entry)
    (only,) = error.value.errors(include_url=False)
    return only["msg"].removeprefix("Value error, ")


WAYS = "A layer has one of source:, union:, buffer:, dissolve:, difference:, slope:, and this one has"
ONE = "Write source: with a catalogue id or a path, or one way to make the layer from others."


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"where": "A > 1"}, f"{WAYS} none of them. {ONE}"),
        ({"source": "a", "dissolve": "b"}, f"{WAYS} source: and dissolve:. {ONE}"),
        (
            {"dissolve": "a", "crs": "EPSG:26912"},
            "The layer made by dissolve: has crs:, which speaks of a file. "
            "Write it at the part that reads the file, under dissolve: of:.",
        ),
        (
            {"union": ["a"]},
            "A union is of two sources or more, and 1 is named. Name them under of:.",
        ),
        (
            {"union": {"of": ["a", "b"], "same": {"within": "0 m"}}},
            "A union has same: within: '0 m'; write a distance above 0, such as 150 m.",
        ),
        (
            {"union": {"of": ["a", "b"], "same": {"within": "1 m", "name": "N", "similar": "120 %"}}},
            "A union has same: similar: '120 %'; write a share above 0 % and up to 100 %, such as 85 %.",
        ),
        (
            {"union": {"of": ["a", "b"], "same": {"within": "1 m", "no_name": "TAP*"}}},
            "A union has same: no_name: but no name:, the field of the names to compare. "
            "Write name: with that field, or leave it out.",
        ),
        (
            {"buffer": {"of": "a", "by": "0 m"}},
            "A buffer has by: '0 m'; write a distance above 0, such as 30 m.",
        ),
        (
            {"source": "a", "join": [{"table": "t.csv", "on": ["A", "B"], "key": ["C"]}]},
            "The join with 't.csv' has on: 'A', 'B' and key: 'C'. "
            "Name as many fields of the layer (on:) as of the table (key:), in the same order.",
        ),
        (
            {"source": "a", "rename": {"x": "z", "y": "z"}},
            "The layer of 'a' has rename: with two fields that become 'z'. Keep one of them.",
        ),
    ],
)
def test_what_a_recipe_cannot_be(entry: dict[str, object], message: str) -> None:
    assert made_refusal(entry) == message
