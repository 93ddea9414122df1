"""What the command line says: sentences and a table that fit 80 columns, and nothing is markup."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from siting.check import Finding
from siting.ranking import Ranking
from siting.say import say_explanation, say_findings, say_not_done, say_ranking, say_top
from tests.world import HOSTILE

Said = Callable[[int], tuple[Console, Callable[[], str]]]


@pytest.fixture
def paper() -> Said:
    def made(width: int) -> tuple[Console, Callable[[], str]]:
        text = io.StringIO()
        return Console(file=text, width=width, color_system=None, highlight=False), text.getvalue

    return made


def test_the_best_parcels_as_a_table(ranked: Ranking, paper: Said) -> None:
    console, said = paper(100)
    say_top(ranked.top(4), console)
    assert [line.rstrip() for line in said().splitlines()] == [
        "rank  between  id  score  tier  acres  strongest        weakest",
        "   1  1-3      A3  83.3   high  247.1  station          hazard",
        "   1  1-3      B3  83.3   high  247.1  station",
        "   1  1-3      C3  83.3   high  247.1  hazard, station",
        "   4  4-7      C2  83.0   high  247.1  hazard, station",
    ]


def test_ranks_that_are_sure_need_no_range(ranked: Ranking, paper: Said) -> None:
    console, said = paper(100)
    top = ranked.top(4)
    say_top(top.assign(rank_best=top["rank"], rank_worst=top["rank"]), console)
    assert said().splitlines()[0].split() == ["rank", "id", "score", "tier", "acres", "strongest", "weakest"]


def test_a_range_is_half_of_it_on_both_sides(ranked: Ranking, paper: Said) -> None:
    console, said = paper(80)
    say_top(ranked.top(100).query("id == 'G3'"), console)
    assert "62.5 ± 20.8" in said()


@pytest.mark.parametrize("width", [80, 120])
def test_lines_fit_the_terminal_and_ids_are_whole(ranked: Ranking, paper: Said, width: int) -> None:
    console, said = paper(width)
    say_top(ranked.top(100), console)
    assert max(map(len, said().splitlines())) <= width
    assert HOSTILE[:10] in said()


def test_a_comma_stays_with_its_word(ranked: Ranking, paper: Said) -> None:
    console, said = paper(80)
    top = ranked.top(1).assign(id="114-18-001X", acres=1247.1, tier="high", score_low=60.0, score_high=90.0)
    say_top(top.assign(strongest="entitlement, provider", weakest="workforce, entitlement"), console)
    lines = [line.split()[-2:] for line in said().splitlines()]
    assert lines[1:] == [["entitlement,", "workforce,"], ["provider", "entitlement"]]


def test_an_id_is_no_markup(ranked: Ranking, paper: Said) -> None:
    console, said = paper(80)
    say_top(ranked.top(1).assign(id="[red]7[/red]"), console)
    assert "[red]7[/red]" in said()


def test_a_whole_ranking(ranked: Ranking, finished: Path, paper: Said) -> None:
    console, said = paper(200)
    say_ranking(ranked, finished, console)
    lines = said().splitlines()
    assert lines[:4] == [
        "",
        "A drawn world",
        "SYNTHETIC: some of its data are invented.",
        "44 records in = 35 admitted, 2 admitted only in a site, 3 excluded, 2 dropped, 2 merged.",
    ]
    assert "Note: Partial (water): no layer of water is drawn." in lines
    assert len([line for line in lines if line.startswith("Warning: ")]) == 3
    warnings = [finding for finding in ranked.findings() if finding.level == "warning"]
    assert f"{len(warnings) - 3} more warnings are in manifest.json." in lines
    assert lines[-2:] == [str(finished / "manifest.json"), f"Open {finished / 'map.html'}"]
    assert str(finished / "map.html") in lines


def test_nobody_is_admitted(ranked: Ranking, paper: Said) -> None:
    console, said = paper(80)
    say_top(ranked.top(0), console)
    assert said() == "No parcel is admitted; excluded.csv says why.\n"


def test_findings_or_none(paper: Said) -> None:
    console, said = paper(80)
    say_findings([Finding("note", "layers.[rail]", "Nothing uses it.")], console)
    say_findings([], console)
    assert said() == "note: layers.[rail]: Nothing uses it.\nNothing to say against this study.\n"


def test_what_is_not_done_yet(ranked: Ranking, paper: Said) -> None:
    console, said = paper(200)
    say_not_done(ranked.study.with_({"programme": {"modules": {"osat": 1}}}), console)
    assert said() == (
        "Not carried out yet: programme (valid, but this version does not act on it).\n"
        "Scenarios of the study: power_first; rank one of them with --scenario NAME.\n"
    )
    console, said = paper(200)
    say_not_done(ranked.study.with_({"robustness": None, "assemble": None, "scenarios": None}), console)
    assert said() == ""


def test_an_explanation_is_not_cut(ranked: Ranking, paper: Said) -> None:
    console, said = paper(40)
    say_explanation(ranked.explain("G3"), console)
    assert said() == f"{ranked.explain('G3')}\n"


def test_what_excludes_how_many(ranked: Ranking, finished: Path, paper: Said) -> None:
    console, said = paper(100)
    say_ranking(ranked, finished, console)
    lines = [line.rstrip() for line in said().splitlines()]
    at = lines.index("excluded by   hits  alone")
    assert lines[at + 1 : at + 6] == [
        "tribal land      1      1",
        "public owner     1      1",
        "too small        2      2",
        "override         1      1",
        "",
    ]


def test_nothing_is_said_where_nothing_excludes(ranked: Ranking, finished: Path, paper: Said) -> None:
    console, said = paper(100)
    say_ranking(ranked.reweight({"exclusions": [], "overrides": None}), finished, console)
    assert "excluded by" not in said()
