"""Whom a layer is owed to: the strictest rule and everybody's name."""

from __future__ import annotations

from siting.catalogue import catalogue
from siting.layer.credits import credits_of, described, own_use_only, strictest


def test_the_strictest_rule_holds() -> None:
    assert strictest(["yes", "share-alike", "attribution"]) == "share-alike"
    assert strictest(["yes", "no", "share-alike"]) == "no"
    assert strictest([None, "yes"]) == "yes"
    assert strictest([None, "whatever"]) is None


def test_everybody_is_named_once() -> None:
    one = {
        "part": "a", "title": "A", "publisher": "EIA", "licence": "CC0", "attribution": "EIA", "vintage": "2024",
        "grain": "line", "redistribute": "yes", "file": "a.gpkg", "sha256": {"a.gpkg": "1"}, "synthetic": False,
    }  # fmt: skip
    two = one | {"part": "b", "title": "B", "redistribute": "share-alike", "sha256": {"a.gpkg": "2"}, "synthetic": True}
    plain = {"part": "c", "file": "own.gpkg", "sha256": {"own.gpkg": "3"}}
    made = credits_of([one, two, plain])
    assert made == {
        "title": "A; B", "publisher": "EIA", "licence": "CC0", "attribution": "EIA", "vintage": "2024", "grain": "line",
        "redistribute": "share-alike", "file": "a.gpkg, own.gpkg", "synthetic": True,
        "sha256": {"a: a.gpkg": "1", "b: a.gpkg": "2", "c: own.gpkg": "3"},
    }  # fmt: skip


def test_own_files_alone_have_no_rule() -> None:
    assert credits_of([{"part": "a", "file": "x", "sha256": {}}]) == {"file": "x", "sha256": {}, "synthetic": False}


def test_what_the_catalogue_says() -> None:
    said = described(catalogue().find("nfhl"))
    assert said["publisher"] == "US Federal Emergency Management Agency"
    assert said["url"] == "https://hazards.fema.gov/arcgis/rest/services/public/NFHL/MapServer/28"
    assert (said["redistribute"], said["synthetic"]) == ("attribution", False)


def test_parcels_that_may_be_passed_on_say_nothing() -> None:
    assert own_use_only({"redistribute": "attribution", "licence": "CC BY"}) == own_use_only({}) == ""
