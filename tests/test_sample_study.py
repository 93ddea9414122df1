"""The demo study on the sample county: does the ranking find what was planted?"""

from __future__ import annotations

from pathlib import Path

import pytest

import siting
from siting.ranking import Ranking
from siting.sample import SampleCounty, write_sample


@pytest.fixture(scope="module")
def county() -> SampleCounty:
    """A county that is small, so that the tests are quick."""
    return siting.sample_county(parcels=3_000, seed=1)


@pytest.fixture(scope="module")
def ranking(county: SampleCounty, tmp_path_factory: pytest.TempPathFactory) -> Ranking:
    """The demo study on it."""
    folder = tmp_path_factory.mktemp("county")
    write_sample(folder, county)
    return siting.rank(siting.read_study(siting.study_path("sample")), data=Path(folder))


def test_the_demo_has_criteria_of_all_themes(ranking: Ranking) -> None:
    criteria = ranking.study.criteria()
    assert len(criteria) >= 16
    assert {"land", "water", "power", "access", "people", "cluster", "quiet", "permits"} == {
        c.block[0] for c in criteria
    }
    used = {name for measure in ranking.plan.measures for name in measure.layer_names}
    assert {"basins", "substations", "transmission", "interchanges", "zoning"} <= used


def test_stand_ins_say_so(ranking: Ranking) -> None:
    stand_ins = [c for c in ranking.study.criteria() if c.source.startswith("stand-in")]
    assert len(stand_ins) >= 4
    assert all("stand-in" in c.title for c in stand_ins)


def test_planted_sites_stand_at_the_top(county: SampleCounty, ranking: Ranking) -> None:
    perfect = [site for site in county.truth["sites"] if site["kind"] == "perfect"]
    assert len(perfect) >= 2
    rank = dict(zip(ranking.parcels.ids, ranking.judgement.rank, strict=True))
    best = [min(rank[apn] for apn in site["parcels"] if rank[apn]) for site in perfect]
    assert max(best) <= 5, best


def test_decoys_do_not_pass(county: SampleCounty, ranking: Ranking) -> None:
    rank = dict(zip(ranking.parcels.ids, ranking.judgement.rank, strict=True))
    perfect = max(
        min(rank[a] for a in s["parcels"] if rank[a]) for s in county.truth["sites"] if s["kind"] == "perfect"
    )
    for site in county.truth["sites"]:
        if site["kind"] == "decoy":
            assert all(rank[apn] == 0 or rank[apn] > perfect for apn in site["parcels"]), site["name"]


def test_everything_says_synthetic(ranking: Ranking) -> None:
    assert ranking.synthetic
    assert "SYNTHETIC" in ranking.study.title
    assert "SYNTHETIC" in ranking.map().get_root().render()
