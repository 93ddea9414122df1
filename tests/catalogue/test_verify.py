"""Whether a service is as described: drawn answers beside a drawn description."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from siting.catalogue import LayerSpec, catalogue
from siting.catalogue.verify import Checked, checked, not_asked, table_csv, table_markdown
from siting.sources.describe import Described
from tests.catalogue.test_spec import PONDS

SPEC = LayerSpec.model_validate(
    PONDS
    | {
        "service": {"type": "arcgis_feature", "url": "https://x.org/FeatureServer/0"},
        "fields": [
            {"name": "NAME", "type": "text"}, {"name": "ACRES", "type": "number"}, {"name": "SEEN", "type": "date"},
        ],
        "crs": "EPSG:2223", "count": 1000,
    }
)  # fmt: skip
ANSWER: dict[str, Any] = {
    "alive": True, "fields": {"NAME": "text", "ACRES": "number", "SEEN": "text", "OBJECTID": "integer"},
    "geometry": "polygon", "crs": "EPSG:2223", "count": 1050,
}  # fmt: skip


def check(**answer: Any) -> Checked:
    assert SPEC.service is not None
    return checked(SPEC, SPEC.service, Described(**(ANSWER | answer)), "2026-11-23")


def test_a_service_that_is_as_described() -> None:
    assert check() == Checked(
        layer="ponds", day="2026-11-23", result="as described", differs="", said="1,050 features; EPSG:2223",
        address="https://x.org/FeatureServer/0",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "differs"),
    [
        (
            {"fields": {"name": "text", "ACRES": "number"}},
            "It has no field 'NAME', but 'name'. It has no field 'SEEN'.",
        ),
        ({"fields": {**ANSWER["fields"], "ACRES": "text"}}, "The field 'ACRES' is text, not number."),
        ({"fields": {**ANSWER["fields"], "ACRES": "integer"}}, ""),
        ({"fields": {**ANSWER["fields"], "ACRES": "esriFieldTypeGUID"}}, ""),
        ({"fields": {}}, ""),
        ({"geometry": "point"}, "Its features are of kind point, not polygon."),
        ({"crs": "EPSG:3857"}, "Its CRS is EPSG:3857, not EPSG:2223."),
        ({"crs": "ESRI:1", "geometry": ""}, "Its CRS is ESRI:1, not EPSG:2223."),
        ({"count": 1100}, ""),
        ({"count": 1101}, "It has 1,101 features, not about 1,000."),
        ({"count": None, "crs": ""}, ""),
    ],
)
def test_what_differs(answer: dict[str, Any], differs: str) -> None:
    row = check(**answer)
    assert row.differs == differs
    assert row.result == ("differs" if differs else "as described")


def test_a_service_that_is_down_says_why() -> None:
    assert (check(alive=False, message="The server said 503.").differs, check(alive=False).differs) == (
        "The server said 503.",
        "It did not answer.",
    )
    assert check(alive=False).result == "down"


@pytest.mark.parametrize(
    ("layer", "differs"),
    [
        ("padus", "Not asked: a service of type 'page' is for people."),
        ("active_faults", "Not asked: it has no service."),
        ("tiger_places", "Not asked: its address is the root of several layers."),
    ],
)
def test_what_cannot_be_asked(layer: str, differs: str) -> None:
    row = not_asked(catalogue().find(layer), "2026-11-23")
    assert (row.result, row.differs) == ("not asked", differs)


def test_a_layer_made_from_others_is_not_asked() -> None:
    spec = LayerSpec.model_validate({**PONDS, "recipe": {"dissolve": "lakes"}})
    assert not_asked(spec, "2026-11-23").differs == "Not asked: it is made from others (dissolve of lakes)."


def test_the_table_in_two_forms() -> None:
    rows = [check(), check(alive=False, message="a | b, c")]
    read = list(csv.DictReader(io.StringIO(table_csv(rows))))
    assert [row["result"] for row in read] == ["as described", "down"]
    assert read[1]["differs"] == "a | b, c"
    lines = table_markdown(rows).splitlines()
    assert lines[0] == "| layer | day | result | differs | said | address |"
    assert lines[1] == "|---|---|---|---|---|---|"
    assert lines[3] == "| ponds | 2026-11-23 | down | a \\| b, c |  | https://x.org/FeatureServer/0 |"
