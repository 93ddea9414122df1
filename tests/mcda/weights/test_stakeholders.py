"""Named weight sets by hand, and who survives all of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.errors import StudyError
from siting.mcda.weights import Block, Leaf, global_weights, paths, reweighted, survivors

TREE = Block(
    "",
    (
        Block("power", (Leaf("station", 3), Leaf("lines", 1)), weight=2),
        Block("quiet", (Leaf("rail"), Leaf("road")), weight=1, combine="worst"),
        Leaf("land", 1),
    ),
)


def test_a_set_weighs_whole_groups() -> None:
    assert paths(TREE) == ("power", "power.station", "power.lines", "quiet", "quiet.rail", "quiet.road", "land")
    board = reweighted(TREE, {"power": 1, "quiet": 2, "land": 1}, "board")
    assert global_weights(board) == {"station": 0.1875, "lines": 0.0625, "rail": 0.25, "road": 0.25, "land": 0.25}
    utility = reweighted(TREE, {"power.station": 1, "power.lines": 1})
    assert global_weights(utility) == {"station": 0.25, "lines": 0.25, "rail": 0.125, "road": 0.125, "land": 0.25}
    assert reweighted(TREE, {}) == TREE


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (
            {"power.staton": 1},
            "The weight set 'board' names 'power.staton'. The study has 'power', 'power.station', 'power.lines', "
            "'quiet', 'quiet.rail', 'quiet.road', 'land'. Did you mean 'power.station'?",
        ),
        (
            {"power": 1},
            "The weight set 'board' weighs 'power' but not its neighbour 'quiet'; weigh the whole group, 'power', "
            "'quiet', 'land', or none of it.",
        ),
        (
            {"power.station": 1},
            "The weight set 'board' weighs 'power.station' but not its neighbour 'power.lines'; weigh the whole group, "
            "'power.station', 'power.lines', or none of it.",
        ),
        (
            {"power.station": -1, "power.lines": 1},
            "The weight set 'board' gives 'power.station' -1; a weight is a number of 0 or more.",
        ),
        (
            {"power.station": 0, "power.lines": 0},
            "The weight set 'board' gives all of 'station', 'lines' 0; at least one must be more.",
        ),
    ],
)
def test_refusals(weights: dict[str, float], message: str) -> None:
    with pytest.raises(StudyError) as error:
        reweighted(TREE, weights, "board")
    assert str(error.value) == message


def test_survivors_by_hand() -> None:
    """Ties at the k-th place are in; what is not admitted is nowhere."""
    scores = {"board": np.array([9.0, 8.0, 8.0, 1.0, 99.0]), "town": np.array([3.0, 8.0, 9.0, 9.0, 99.0])}
    found = survivors(scores, 2, np.array([True, True, True, True, False]))
    assert {name: rank.tolist() for name, rank in found.ranks.items()} == {
        "board": [1, 2, 2, 4, 0],
        "town": [4, 3, 1, 1, 0],
    }
    assert found.shortlist.tolist() == [False, False, True, False, False]
    assert found.sets_in.tolist() == [1, 1, 2, 1, 0]
    assert found.worst_rank.tolist() == [4, 3, 2, 4, 0]


@pytest.mark.parametrize(
    ("scores", "k", "message"),
    [
        ({}, 2, "There is no weight set to compare; give at least one."),
        ({"a": np.ones(2)}, 0, "A shortlist has at least 1 place, not 0."),
    ],
)
def test_refusals_of_survivors(scores: Any, k: int, message: str) -> None:
    with pytest.raises(StudyError) as error:
        survivors(scores, k)
    assert str(error.value) == message


@given(st.lists(st.lists(st.integers(0, 9), min_size=6, max_size=6), min_size=1, max_size=4), st.integers(1, 6))
def test_another_set_never_adds_a_survivor(rows: list[list[int]], k: int) -> None:
    scores = {str(i): np.array(row, float) for i, row in enumerate(rows)}
    everyone = survivors(scores, k).shortlist
    fewer = survivors({"0": scores["0"]}, k).shortlist
    assert not (everyone & ~fewer).any()
