"""Named weight sets of a study: they weigh its tree, and what does not fit is refused with its line."""

from __future__ import annotations

from typing import Any

import pytest

from siting.errors import StudyError
from siting.mcda.weights import global_weights
from siting.study import parse_study

PLAIN: dict[str, Any] = {
    "crs": "EPSG:26912",
    "parcels": {"source": "sample/parcels", "id": "APN"},
    "layers": {"rail": {"source": "sample/rail"}, "gas": {"source": "sample/gas"}},
    "blocks": {
        "supply": {
            "weight": 1,
            "criteria": {
                "rail": {"weight": 1, "measure": {"distance": "rail"}, "value": [["2 km", 1], ["25 km", 0]]},
                "gas": {"weight": 1, "measure": {"distance": "gas"}, "value": [["2 km", 1], ["25 km", 0]]},
            },
        },
        "other": {
            "weight": 3,
            "criteria": {"again": {"measure": {"count": "gas", "within": "1 km"}, "value": [[0, 1], [1, 0]]}},
        },
    },
}  # fmt: skip


def test_sets_weigh_the_tree() -> None:
    sets = {"board": {"supply": 3, "other": 1}, "utility": {"supply.rail": 0, "supply.gas": 1}}
    study = parse_study({**PLAIN, "weight_sets": sets})
    trees = {name: global_weights(root) for name, root in study.roots().items()}
    assert trees == {
        "study": {"rail": 0.125, "gas": 0.125, "again": 0.75},
        "board": {"rail": 0.375, "gas": 0.375, "again": 0.25},
        "utility": {"rail": 0.0, "gas": 0.25, "again": 0.75},
    }
    again = parse_study(study.resolved())
    assert again.weight_sets == study.weight_sets
    assert list(parse_study(PLAIN).roots()) == ["study"]


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        (
            {"board": {"suply": 1}},
            "the study, 'weight_sets.board': The weight set 'board' names 'suply'. The study has 'supply', "
            "'supply.rail', 'supply.gas', 'other', 'other.again'. Did you mean 'supply'?",
        ),
        (
            {"study": {"supply": 1, "other": 1}},
            "the study, 'weight_sets.study': the name 'study' is taken: it stands for the study's own weights.",
        ),
        (
            {"my board": {}},
            "the study, 'weight_sets.my board': the name 'my board' must begin with a letter and hold only letters, "
            "digits, '_' and '-'.",
        ),
        (
            {"board": {"supply": -1, "other": 1}},
            "the study, 'weight_sets.board.supply': input should be greater than or equal to 0, not -1.",
        ),
    ],
)
def test_refusals(sets: Any, message: str) -> None:
    with pytest.raises(StudyError) as error:
        parse_study({**PLAIN, "weight_sets": sets})
    assert str(error.value) == message


def test_a_veto_of_a_criterion_that_is_not_there() -> None:
    with pytest.raises(StudyError) as error:
        parse_study({**PLAIN, "aggregate": {"veto": {"rial": 0.2}}})
    assert str(error.value) == (
        "the study, 'aggregate.veto.rial': the study has no criterion 'rial'. Its criteria are 'rail', 'gas', 'again'. "
        "Did you mean 'rail'?"
    )
