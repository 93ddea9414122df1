"""What an ArcGIS layer says of itself, and answers that are none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from siting.errors import SourceError
from siting.sources.arcgis_layer import check_json, spatial_reference
from siting.sources.http import Answer, UnfitError

URL = "https://gis.example.org/0/query"


def answer(data: Any, kind: str = "application/json") -> Answer:
    text = data if isinstance(data, bytes) else json.dumps(data).encode()
    return Answer(url=URL, status=200, headers={"content-type": kind}, data=text)


@pytest.mark.parametrize(
    ("said", "crs"),
    [
        ({"wkid": 102100, "latestWkid": 3857}, "EPSG:3857"),
        ({"wkid": 2223}, "EPSG:2223"),
        ({"wkid": 102003}, "ESRI:102003"),
        ({"wkt": "PROJCS[...]"}, "PROJCS[...]"),
        ({}, ""),
        (None, ""),
    ],
)
def test_a_spatial_reference_is_a_crs(said: Any, crs: str) -> None:
    assert spatial_reference(said) == crs


@pytest.mark.parametrize("data", [{"count": 1}, {"features": [{"error": 1}]}])
def test_an_answer_is_one(data: Any) -> None:
    check_json(answer(data))


@pytest.mark.parametrize(
    ("data", "kind", "why"),
    [
        (b"<html><title>A &amp; B</title>", "text/html", "it answers with a web page instead of data ('A & B')"),
        (b"  <!DOCTYPE html>", "application/json", "it answers with a web page instead of data ('no title')"),
        (b'{"features": [', "application/json", "its JSON is cut off"),
        (b"", "application/json", "its JSON is cut off"),
        ({"error": {"code": 503, "message": "busy"}}, "application/json", "it answers with error 503 (busy)"),
    ],
)  # fmt: skip
def test_what_may_pass_is_asked_for_again(data: Any, kind: str, why: str) -> None:
    with pytest.raises(UnfitError) as error:
        check_json(answer(data, kind))
    assert str(error.value) == why


def test_a_code_that_is_no_number_is_told_as_it_is() -> None:
    """Koop passes on the codes of its system."""
    with pytest.raises(SourceError) as error:
        check_json(answer({"error": {"code": "ENOENT", "message": "ENOENT: no such file", "details": []}}))
    assert str(error.value) == (
        f"'{URL}' refuses the question: error ENOENT (ENOENT: no such file). Check where:, fields: and query: of the "
        "service."
    )


@pytest.mark.parametrize(
    ("code", "fix"),
    [
        (400, "Check where:, fields: and query: of the service."),
        (499, "It wants a key: write credential: with the name of an environment variable that holds one."),
    ],
)
def test_what_stays_is_refused(code: int, fix: str) -> None:
    with pytest.raises(SourceError) as error:
        check_json(answer({"error": {"code": code, "message": "Token Required", "details": ["x."]}}))
    assert str(error.value) == f"'{URL}' refuses the question: error {code} (Token Required x). {fix}"
