"""The section on assembled sites."""

from __future__ import annotations

import pytest

from siting.ranking import Ranking
from siting.report.sites import sites_section


@pytest.fixture(scope="module")
def joined(ranked: Ranking) -> Ranking:
    return ranked.reweight({"assemble": {"usable": ["150 ha", "200 ha"], "gap": "40 m", "sites": 3}})


def test_the_sites_and_how_sure_the_best_is(joined: Ranking) -> None:
    section = sites_section(joined)
    assert section is not None
    assert [table.caption for table in section.tables] == ["The sites by rank", "How sure the best site is"]
    table = joined.assemble().table
    assert [row[1] for row in section.tables[0].rows] == table["site"].tolist()
    assert [row[-1] for row in section.tables[0].rows] == table["members"].tolist()
    for shown in section.tables:
        assert {len(row) for row in shown.rows} == {len(shown.columns)}


def test_a_study_that_does_not_assemble_has_no_section(ranked: Ranking) -> None:
    assert sites_section(ranked.reweight({"assemble": None})) is None


def test_no_site_says_why(ranked: Ranking) -> None:
    none = ranked.reweight({"assemble": {"usable": ["90000 ha", "99000 ha"], "gap": "40 m"}})
    section = sites_section(none)
    assert section is not None
    assert section.tables == ()
    assert section.said[1] == none.assemble().note


def test_without_robustness_there_is_one_table(joined: Ranking) -> None:
    section = sites_section(joined.reweight({"robustness": None}))
    assert section is not None
    assert len(section.tables) == 1
