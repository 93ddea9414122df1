"""The questionnaire: answers in, weights by hand out, and the study takes them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from siting.cli import app
from siting.errors import StudyError
from siting.mcda.weights import global_weights
from siting.study import Study, parse_study
from siting.study_file import parse_text
from siting.weighing import Group, groups_of, weigh, weights_yaml

PLAIN: dict[str, Any] = {
    "crs": "EPSG:26912",
    "parcels": {"source": "sample/parcels", "id": "APN"},
    "layers": {name: {"source": f"sample/{name}"} for name in ("rail", "roads", "wells", "gas")},
    "blocks": {
        "power": {
            "weight": 1,
            "criteria": {
                "station": {"weight": 1, "measure": {"distance": "rail"}, "value": [["2 km", 1], ["25 km", 0]]},
                "gas": {"weight": 1, "measure": {"distance": "gas"}, "value": {"small": {"midpoint": "5 km"}}},
                "wells": {
                    "weight": 1,
                    "measure": {"distance": "wells"},
                    "value": {"min_max": {"direction": "falling"}},
                },
            },
        },
        "quiet": {
            "weight": 1,
            "combine": "worst",
            "criteria": {
                "road": {"measure": {"distance": "roads"}, "value": [["0 km", 0], ["1 km", 1]]},
                "track": {"measure": {"count": "rail", "within": "1 km"}, "value": [[0, 1], [1, 0]]},
            },
        },
    },
}


@pytest.fixture(scope="module")
def study() -> Study:
    return parse_study(PLAIN)


def answering(*answers: str) -> tuple[Callable[[str], str], list[str], list[str]]:
    """An ``ask`` that gives these answers, the questions put to it, and what is left of the answers."""
    left, asked = list(answers), []

    def ask(question: str) -> str:
        asked.append(question)
        return left.pop(0)

    return ask, asked, left


def test_groups_hold_neighbours_whose_weights_count(study: Study) -> None:
    groups = groups_of(study)
    assert [(group.path, [member.path for member in group.members]) for group in groups] == [
        ("", ["power", "quiet"]),
        ("power", ["power.station", "power.gas", "power.wells"]),
    ]
    assert [member.ends for member in groups[0].members] == [
        "all of it from worst to best (station, gas, wells)",
        "all of it from worst to best (road, track)",
    ]
    assert groups[1].members[0].ends == "from 25 km (value 0) to 2 km (value 1)"
    assert groups[1].members[1].ends.startswith("from ")
    assert groups[1].members[2].ends == "from the worst candidate to the best"


@pytest.mark.parametrize(
    ("method", "answers", "expected"),
    [
        ("swing", ["2", "60", "30"], [0.6 / 1.9, 1 / 1.9, 0.3 / 1.9]),
        ("swing", ["4", "x", "2", "101", "60", "30"], [0.6 / 1.9, 1 / 1.9, 0.3 / 1.9]),
        ("points", ["50", "30", "10", "50", "30", "20"], [0.5, 0.3, 0.2]),
        ("rank", ["1 2", "2, 1, 3"], [5 / 18, 11 / 18, 2 / 18]),
        ("direct", ["0", "0", "0", "1", "2", "1"], [0.25, 0.5, 0.25]),
        ("ahp", ["1/2", "2", "4"], [2 / 7, 4 / 7, 1 / 7]),
        ("best_worst", ["2", "2", "3", "2", "4", "2"], [2 / 7, 4 / 7, 1 / 7]),
    ],
)
def test_a_group_by_hand(study: Study, method: str, answers: list[str], expected: list[float]) -> None:
    ask, _, left = answering(*answers)
    found = weigh(groups_of(study)[1:], method, ask=ask, say=lambda text: None)
    assert not left
    assert list(found) == ["power.station", "power.gas", "power.wells"]
    assert list(found.values()) == pytest.approx(expected, abs=1e-6)


def test_it_says_how_consistent_the_judgements_are(study: Study) -> None:
    told: list[str] = []
    ask, _, _ = answering("9", "1/9", "9")
    weigh(groups_of(study)[1:], "ahp", ask=ask, say=told.append)
    assert told[-1] == "The judgements of station, gas, wells contradict each other most; think them over."
    assert told[-2].startswith("Consistency ratio ")
    ask, _, _ = answering("2", "3", "2", "4", "2")
    weigh(groups_of(study)[1:], "best_worst", ask=ask, say=told.append)
    assert told[-1] == "Inconsistency xi 0.000, consistency ratio 0.000; 0 is fully consistent."


def test_swings_are_asked_on_the_range_of_the_anchors(study: Study) -> None:
    ask, asked, _ = answering("2", "60", "30")
    told: list[str] = []
    weigh(groups_of(study)[1:], "swing", ask=ask, say=told.append)
    assert told[0] == "\npower: 3 to weigh"
    assert told[1] == "  1. station: from 25 km (value 0) to 2 km (value 1)"
    assert asked[1] == (
        "If that is worth 100, what is station worth (from 25 km (value 0) to 2 km (value 1))? 0 to 100: "
    )


def test_the_study_takes_what_the_questionnaire_writes(study: Study) -> None:
    ask, _, _ = answering("1", "25", "2", "60", "30")
    weights = weigh(groups_of(study), "swing", ask=ask, say=lambda text: None)
    text = weights_yaml(weights, name="board", method="swing")
    taken = parse_study({**PLAIN, **parse_text(text).mapping})
    assert global_weights(taken.roots()["board"]) == pytest.approx(
        {"station": 0.8 * 0.6 / 1.9, "gas": 0.8 / 1.9, "wells": 0.8 * 0.3 / 1.9, "road": 0.1, "track": 0.1}, abs=1e-4
    )


def test_an_unknown_way_is_refused() -> None:
    with pytest.raises(StudyError) as error:
        weigh((Group("", ()),), "swings", ask=input, say=print)
    assert str(error.value) == (
        "There is no way of weighing called 'swings'. They are 'swing', 'points', 'rank', 'ahp', 'best_worst', "
        "'direct'. Did you mean 'swing'?"
    )


def test_the_command_asks_on_the_standard_error_and_prints_yaml(tmp_path: Path) -> None:
    file = tmp_path / "study.yaml"
    file.write_text(json.dumps(PLAIN), encoding="utf-8")
    result = CliRunner().invoke(app, ["weights", str(file), "--name", "town"], input="1\n25\n2\n60\n30\n")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-7:] == [  # the runner echoes the answers before it
        "weight_sets:",
        "  town:  # swing, on the range of the anchors",
        "    power: 0.8",
        "    quiet: 0.2",
        "    power.station: 0.3158",
        "    power.gas: 0.5263",
        "    power.wells: 0.1579",
    ]
    assert "All are at their worst." in result.stderr
