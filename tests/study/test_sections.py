"""The further sections: every rule of theirs that can be broken."""

from __future__ import annotations

from typing import Any

import pytest

from siting.errors import StudyError
from siting.study import Override, parse_study

OVERRIDE = {"id": "1", "item": "status", "value": "excluded", "who": "A", "when": "2026-10-01", "why": "sold"}
PROGRAMME = {"modules": {"fab": 1, "gas": 1}}
ASSEMBLE = {"usable": ["300 acre", "800 acre"], "gap": "40 m"}


@pytest.mark.parametrize(
    ("section", "given", "message"),
    [
        (
            "overrides",
            [{**OVERRIDE, "value": "exclude"}],
            "'overrides.1': the override of 'status' is 'admitted' or 'excluded', not 'exclude'. Did "
            "you mean 'excluded'?",
        ),
        (
            "overrides",
            [{**OVERRIDE, "item": "station", "value": 5}],
            "'overrides.1': the override of the criterion 'station' is a value from 0 to 1, or a quantity with its "
            "unit or a class as text, not 5.",
        ),
        (
            "overrides",
            [{**OVERRIDE, "item": "staton", "value": 0.5}],
            "'overrides.1.item': the study has no criterion 'staton'. Its criteria are 'room', 'flat', 'station', "
            "'provider', 'from_rail', 'from_roads'. Did you mean 'station'?",
        ),
        (
            "overrides",
            [{key: value for key, value in OVERRIDE.items() if key != "who"}],
            "'overrides.1.who': the key 'who' is missing. The keys here are 'id', 'item', 'value', "
            "'who', 'when', 'why'.",
        ),
        (
            "outputs",
            {"write": ["parquet", "shp"]},
            "'outputs.write.2': this can be 'parquet', 'gpkg', 'csv', 'map' or 'report', not 'shp'.",
        ),
        ("outputs", {"up_to": 0}, "'outputs.up_to': input should be greater than or equal to 1, not 0."),
        (
            "robustness",
            {"errors": {"station": {"normal": "5 m", "uniform": "5 m"}}},
            "'robustness.errors.station': an error is 'normal' (standard deviation), 'uniform' (half width) or "
            "'lognormal' (standard deviation of the logarithm); give one of them.",
        ),
        (
            "robustness",
            {"errors": {"station": {"normal": "5 m", "shared_by": "field"}}},
            "'robustness.errors.station': 'shared_by: field' and 'field' (of the parcels) belong together; give both "
            "or neither.",
        ),
        (
            "robustness",
            {"weights": {"dirichlet": 40, "known": "order"}},
            "'robustness.weights': weights are drawn around the stated ones ('dirichlet': a concentration), or only "
            "their order or nothing is known of them ('known': order or nothing); give one of both.",
        ),
        (
            "robustness",
            {"errors": {"station": {"normal": "5 acre"}}},
            "'robustness.errors.station': the error '5 acre' of 'station' is not a length, as the "
            "criterion's quantity is.",
        ),
        (
            "robustness",
            {"weights": {"dirichlet": 0}},
            "'robustness.weights.dirichlet': input should be greater than 0, not 0.",
        ),
        (
            "assemble",
            {**ASSEMBLE, "usable": ["800 acre", "300 acre"]},
            "'assemble.usable': the least usable area comes first and the most second, not '800 acre', '300 acre'.",
        ),
        (
            "assemble",
            {**ASSEMBLE, "barriers": ["river"]},
            "'assemble.barriers': the study has no layer 'river'. Its layers are 'stations', 'flood', 'providers', "
            "'rail', 'roads', 'dem'.",
        ),
        (
            "assemble",
            {**ASSEMBLE, "compactness": 1.5},
            "'assemble.compactness': input should be less than or equal to 1, not 1.5.",
        ),
        (
            "programme",
            {**PROGRAMME, "together": [{"modules": ["fab", "gaz"], "within": "5 km"}]},
            "'programme.together.1.modules': the programme has no module 'gaz'. Its modules are 'fab', 'gas'. "
            "Did you mean 'gas'?",
        ),
        (
            "programme",
            {**PROGRAMME, "together": [{"modules": ["fab"], "within": "5 km"}]},
            "'programme.together.1.modules': two or more modules are needed here.",
        ),
        (
            "programme",
            {**PROGRAMME, "together": [{"modules": ["fab", "gas"], "within": "5 acre"}]},
            "'programme.together.1.within': '5 acre' is neither a length, such as '5 km', nor a "
            "duration, such as '60 min'.",
        ),
        (
            "programme",
            {**PROGRAMME, "module": {"fob": {"reuse": "9 %"}}},
            "'programme.module.fob': the programme has no module 'fob'. Its modules are 'fab', "
            "'gas'. Did you mean 'fab'?",
        ),
        (
            "programme",
            {**PROGRAMME, "budgets": {"steam": "x.csv"}},
            "'programme.budgets.steam': this can be 'water', 'power' or 'land', not 'steam'.",
        ),
    ],
)
def test_refusals(mapping: dict[str, Any], section: str, given: Any, message: str) -> None:
    with pytest.raises(StudyError) as error:
        parse_study({**{key: value for key, value in mapping.items() if key != "scenarios"}, section: given})
    assert str(error.value) == f"the study, {message}"


def test_overrides_may_be_a_table(mapping: dict[str, Any]) -> None:
    assert parse_study({**mapping, "overrides": "overrides.csv"}).overrides == "overrides.csv"
    assert Override.model_validate(OVERRIDE).when == "2026-10-01"
    assert Override.model_validate({**OVERRIDE, "item": "station", "value": "5 km"}).value == "5 km"
