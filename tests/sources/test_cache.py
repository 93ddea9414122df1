"""The cache: whole files with their records, found by question and land, and never trusted when damaged."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from siting.catalogue import Coverage, LayerSpec, Service
from siting.errors import RunError, SourceError
from siting.sources.area import Area
from siting.sources.cache import Cache, Entry, blank, cache_folder
from siting.sources.hashes import file_sha256

WIDE, NARROW = Area(-113, 32, -111, 34), Area(-112.5, 33, -112, 33.5)


def spec_of(**changes: Any) -> LayerSpec:
    given: dict[str, Any] = {
        "id": "wells", "title": "Wells", "publisher": "nobody", "kind": "point", "theme": "water", "feature": "a well",
        "service": Service(type="arcgis_feature", url="https://gis.example.org/FeatureServer/0"), "licence": "none",
        "attribution": "nobody", "redistribute": "yes", "vintage": "2026", "coverage": Coverage(words="here"),
        "grain": "well", "confidence": "high",
    }  # fmt: skip
    return LayerSpec(**{**given, **changes})


def put(cache: Cache, spec: LayerSpec, area: Area | None, content: bytes = b"content", **changes: Any) -> Entry:
    assert spec.service is not None
    home = cache.home(spec, spec.service)
    with cache.hold(home):
        part = home / "coming.parquet"
        part.write_bytes(content)
        return cache.put(home, part, replace(blank(spec, spec.service, area), **changes))


def test_a_fetch_is_found_again_for_land_that_it_holds(tmp_path: Path) -> None:
    cache, spec = Cache(tmp_path), spec_of()
    entry = put(cache, spec, WIDE, count=7)
    assert cache.find(spec, NARROW) == entry
    assert cache.find(spec, WIDE) == entry
    assert cache.find(spec, Area(-113, 32, -110, 34)) is None
    assert cache.find(spec, None) is None
    whole = put(cache, spec, None, b"more", fetched="2027-01-01T00:00:00+00:00")
    assert cache.find(spec, None) == cache.find(spec, NARROW) == whole


def test_the_bounds_of_the_whole_are_there_or_it_does_not_serve(tmp_path: Path) -> None:
    cache, spec = Cache(tmp_path), spec_of()
    put(cache, spec, WIDE)
    assert cache.find(spec, NARROW, whole=True) is None
    entry = put(cache, spec, WIDE, whole={"features": 9, "bounds": [0, 0, 1, 1]})
    assert cache.find(spec, NARROW, whole=True) == entry


@pytest.mark.parametrize(
    "change",
    [
        {"vintage": "2027"},
        {"service": Service(type="arcgis_feature", url="https://gis.example.org/FeatureServer/1")},
        {"service": Service(type="arcgis_feature", url="https://gis.example.org/FeatureServer/0", where="A = 1")},
        {"service": Service(type="arcgis_feature", url="https://gis.example.org/FeatureServer/0", fields=("A",))},
    ],
)
def test_another_address_question_or_vintage_is_another_layer(tmp_path: Path, change: dict[str, Any]) -> None:
    cache, spec = Cache(tmp_path), spec_of()
    put(cache, spec, None)
    assert cache.find(spec_of(**change), None) is None


def test_hints_for_paging_and_credentials_do_not_matter(tmp_path: Path) -> None:
    cache, spec = Cache(tmp_path), spec_of()
    entry = put(cache, spec, None)
    assert spec.service is not None
    other = spec_of(service=spec.service.model_copy(update={"credential": "A_KEY", "note": "slow on Mondays"}))
    assert cache.find(other, None) == entry


def test_a_file_is_named_by_its_content_and_stays_while_another_edition_comes(tmp_path: Path) -> None:
    cache, spec = Cache(tmp_path), spec_of()
    one = put(cache, spec, None, b"one")
    path = cache.path(spec, one)
    assert path.name == f"{file_sha256(path)[:16]}.parquet"
    put(cache, spec, None, b"other")
    assert path.read_bytes() == b"one"


def test_what_is_damaged_is_refused(tmp_path: Path) -> None:
    cache, spec = Cache(tmp_path), spec_of()
    entry = put(cache, spec, None, b"content")
    cache.path(spec, entry).write_bytes(b"c0ntent")
    with pytest.raises(SourceError) as error:
        cache.fetched(spec, entry)
    assert str(error.value) == (
        "The file of the layer 'wells' in the cache is not what was fetched: it is damaged. Fetch it again with "
        "--refresh."
    )


def test_what_is_cut_or_has_no_record_is_not_there(tmp_path: Path) -> None:
    cache, spec = Cache(tmp_path), spec_of()
    entry = put(cache, spec, None, b"content")
    cache.path(spec, entry).write_bytes(b"cont")
    assert cache.find(spec, None) is None
    put(cache, spec, None, b"content")
    assert spec.service is not None
    (cache.home(spec, spec.service) / "all.json").write_text("{")
    assert cache.find(spec, None) is None


@pytest.mark.parametrize(
    "change",
    [
        {"checked": "junk"}, {"checked": "2026-01-01T00:00:00"}, {"checked": None}, {"fetched": "2026-01-01"},
        {"fetched": 7}, {"count": "7"}, {"file": "../other.parquet"},
    ],
)  # fmt: skip
def test_a_record_that_cannot_be_is_not_there(tmp_path: Path, change: dict[str, Any]) -> None:
    cache, spec = Cache(tmp_path), spec_of()
    entry = put(cache, spec, None)
    assert spec.service is not None
    home = cache.home(spec, spec.service)
    (home.parent / "other.parquet").write_bytes(b"content")
    (home / "all.json").write_text(json.dumps(entry.plain() | change))
    with pytest.raises((TypeError, ValueError)):
        Entry.parsed(entry.plain() | change)
    assert cache.entries(spec, spec.service) == []
    assert cache.find(spec, None) is None


def test_the_damaged_are_forgotten_at_every_address_and_the_sound_are_kept(tmp_path: Path) -> None:
    other = Service(type="arcgis_feature", url="https://mirror.example.org/FeatureServer/0")
    cache, spec = Cache(tmp_path), spec_of(alternatives=(other,))
    sound = put(cache, spec, WIDE, b"sound")
    here = put(cache, spec, None, b"content")
    there = put(cache, spec_of(service=other), None, b"content of the mirror")
    for entry, content in ((here, b"c0ntent"), (there, b"c0ntent of the mirror")):
        cache.path(spec, entry).write_bytes(content)
    cache.drop_damaged(spec, NARROW)
    assert [found for service in spec.services for found in cache.entries(spec, service)] == [sound]


def test_the_record_tells_where_it_came_from_and_holds_no_query(tmp_path: Path) -> None:
    service = Service(type="file", url="https://example.org/wells.zip?edition=5")
    spec = spec_of(service=service)
    entry = put(Cache(tmp_path), spec, NARROW, count=7, edition='"e1"', notes=("mended",))
    assert entry.record() == {
        "url": "https://example.org/wells.zip", "service": "file", "fetched": entry.fetched,
        "area": [-112.5, 33, -112, 33.5], "features": 7, "edition": '"e1"', "notes": ["mended"],
    }  # fmt: skip
    (written,) = (tmp_path / "layers").rglob("*.json")
    assert Entry.parsed(json.loads(written.read_text())) == entry


def test_the_age_counts_from_the_last_look() -> None:
    spec = spec_of()
    assert spec.service is not None
    checked = (datetime.now(UTC) - timedelta(days=3, minutes=1)).isoformat()
    assert replace(blank(spec, spec.service, None), checked=checked).age.days == 3


def test_the_folder_is_named_or_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SITING_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("SITING_CACHE")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "x"))
    assert cache_folder() == tmp_path / "x" / "siting"


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache, spec = Cache(tmp_path / "file"), spec_of()
    assert spec.service is not None
    with pytest.raises(RunError) as error, cache.hold(cache.home(spec, spec.service)):
        pass
    assert str(error.value) == (
        f"The cache of layers '{tmp_path / 'file'}' cannot be written: Not a directory. Free some space, or name "
        "another folder in SITING_CACHE."
    )
