"""Sites in the drawn world: squares of 100 ha in columns A to H and rows 1 to 5."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely

from siting.errors import DataError, StudyError
from siting.ranking import Ranking
from siting.ranking.sites import Sites

PAIRS = {"assemble": {"usable": ["150 ha", "200 ha"], "gap": "40 m", "sites": 3}}


@pytest.fixture(scope="module")
def pairs(ranked: Ranking) -> Sites:
    return ranked.reweight(PAIRS).assemble()


def test_the_best_neighbours_become_sites(ranked: Ranking, pairs: Sites) -> None:
    """The worth of a site of equal squares is the mean of their scores, and no pair left is worth more."""
    score = dict(zip(ranked.parcels.ids, ranked.judgement.scores.score, strict=True))
    ids, shapes = ranked.parcels.ids, ranked.parcels.shapes.geometries
    assert [len(names) for names in pairs.members] == [2, 2, 2]
    assert len({name for names in pairs.members for name in names}) == 6
    full = [row for row in range(len(ids)) if ranked.judgement.status[row] == "admitted"]
    waterfall = ranked.quantities["usable land"].columns["usable"]
    best = max(
        np.average([score[ids[i]], score[ids[j]]], weights=waterfall[[i, j]])
        for i in full for j in full if i < j and shapely.dwithin(shapes[i], shapes[j], 40)
        if 1.5e6 <= waterfall[[i, j]].sum() <= 2e6
    )  # fmt: skip
    assert pairs.found[0].worth == pytest.approx(best)
    worths = [site.worth for site in pairs.found]
    assert worths == sorted(worths, reverse=True)


def test_a_site_is_measured_as_one_piece_of_land(ranked: Ranking, pairs: Sites) -> None:
    table = pairs.table
    assert table["site"].tolist() == pairs.ranking.top(9)["id"].tolist()
    assert table["rank"].is_monotonic_increasing
    assert (table["acres"] > 490).all()
    by_site = dict(zip(pairs.ranking.parcels.ids, pairs.members, strict=True))
    for row in table.itertuples():
        assert row.members == "; ".join(by_site[row.site])
        rows = np.isin(ranked.parcels.ids, by_site[row.site])
        joined = shapely.union_all(ranked.parcels.shapes.geometries[rows])
        assert shapely.equals(row.geometry.normalize(), shapely.MultiPolygon([joined]).normalize())
    largest = pairs.ranking.quantities["usable land"].columns["largest_piece"]
    assert (largest > 1.5e6).all()  # the border between the two squares is gone


def test_only_rules_for_sites_are_asked(ranked: Ranking, pairs: Sites) -> None:
    assert [rule.name for rule in pairs.ranking.study.exclusions] == ["too small"]
    tight = ranked.reweight({**PAIRS, "exclusions": [
        {"name": "too small", "applies_to": "site", "usable": "largest_piece", "below": "1000 ha"}
    ]}).assemble()  # fmt: skip
    assert tight.table["status"].unique().tolist() == ["site only"]
    assert tight.table["rank"].tolist() == [0] * len(tight)


def test_how_sure_the_best_site_is(pairs: Sites) -> None:
    result = pairs.robustness()
    assert result.k == 1
    shares = result.shortlist()["p_top_k"]
    assert shares.sum() >= 1 - 1e-12  # ties are shared by both
    assert set(result.ids) == set(pairs.ranking.parcels.ids)


def test_owners_and_barriers_limit_sites(ranked: Ranking) -> None:
    one_owner = ranked.reweight({"assemble": {**PAIRS["assemble"], "owners": 1}}).assemble()
    assert {site.owners for site in one_owner.found} <= {1}
    rail = ranked.reweight({"assemble": {**PAIRS["assemble"], "barriers": ["rail"]}}).assemble()
    assert len(rail) == 3  # the rail runs south of all parcels


def test_sites_that_are_known_are_not_assembled_from_some_parcels(ranked: Ranking, pairs: Sites) -> None:
    """A ranking of some parcels, as a run in blocks makes it for its map, shows the sites of all."""
    assert replace(ranked.reweight(PAIRS), known_sites=pairs).assemble() is pairs


def test_it_shows_in_a_notebook(pairs: Sites) -> None:
    assert pairs._repr_html_().startswith("<table")


def test_a_study_that_does_not_say_how_is_refused(ranked: Ranking) -> None:
    with pytest.raises(StudyError) as refused:
        ranked.reweight({"assemble": None}).assemble()
    assert str(refused.value) == (
        "The study does not say how parcels become sites. Add, for instance, "
        "assemble: {usable: [400 acre, 900 acre], gap: 60 m}."
    )


def test_no_site_says_which_limits_it_did_not_keep(ranked: Ranking) -> None:
    wanted = {"usable": ["90000 ha", "99000 ha"], "gap": "40 m", "owners": 3, "compactness": 0.4, "apart": "1 km"}
    none = ranked.reweight({"assemble": wanted}).assemble()
    assert none.note == (
        "No site was found with 90000 ha to 99000 ha of usable land, gaps of at most 40 m, at most 3 owners, "
        "a compactness of 0.4 and 1 km between sites."
    )
    assert len(none.table) == 0
    with pytest.raises(DataError) as refused:
        none.robustness()
    assert str(refused.value) == f"There is no site to be sure of. {none.note}"


def test_fewer_sites_than_asked_for(ranked: Ranking) -> None:
    few = ranked.reweight({"assemble": {"usable": ["1500 ha", "2500 ha"], "gap": "40 m", "sites": 9}}).assemble()
    assert few.note.startswith("Only 2 of 9 sites were found with 1500 ha to 2500 ha of usable land and gaps")


def test_a_code_of_a_site_is_that_of_its_largest_parcel_and_no_mean(ranked: Ranking) -> None:
    """Codes 1 and 3 of two squares are never 2, which no parcel has."""
    codes = np.where(np.arange(len(ranked)) % 2 == 0, "1", "3").astype(object)
    table = ranked.parcels.table.assign(CODE=codes)
    coded = replace(ranked, parcels=replace(ranked.parcels, table=table), known_sites=None)
    rule = {"name": "code two", "applies_to": "site", "field": "CODE", "in": ["2"]}
    sites = coded.reweight({**PAIRS, "exclusions": [rule]}).assemble()
    assert set(sites.table["status"]) == {"admitted"}
