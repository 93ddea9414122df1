"""Attributes as a study wants them, in one order: new names, sentinels, joins, the check of fields."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from siting.catalogue.use import LayerUse
from siting.errors import StudyError
from siting.layer.attributes import Refined, nulled, refine, unknown_note
from siting.where import Where
from tests.layer.drawing import finder

ITEM = "The layer 'lines' (file 'lines.gpkg')"
TABLE = pd.DataFrame({"voltage": [230000.0, -1.0], "name": ["a", "b"]})


def refined(folder: Path, **entry: Any) -> Refined:
    use = LayerUse.model_validate({"source": "lines.gpkg"} | entry)
    return refine(TABLE, use, nulls={"voltage": (-1,)}, units={"voltage": "V"}, finder=finder(folder), item=ITEM)


def test_new_names_carry_units_and_sentinels(tmp_path: Path) -> None:
    found = refined(tmp_path, rename={"voltage": "VOLTAGE"})
    assert found.table["VOLTAGE"].isna().tolist() == [False, True]
    assert found.units == {"VOLTAGE": "V"}
    assert found.notes == ("1 value of VOLTAGE means 'no value' and is null.",)
    assert list(TABLE.columns) == ["voltage", "name"]


def test_the_study_speaks_of_the_new_names(tmp_path: Path) -> None:
    found = refined(tmp_path, rename={"voltage": "V"}, null={"V": 230000}, units={"V": "kV"}, keep=["V"], where="V > 1")
    assert found.table["V"].isna().tolist() == [True, False], "the study's sentinel instead of the catalogue's"
    assert found.units == {"V": "kV"}


def test_two_fields_may_change_places(tmp_path: Path) -> None:
    found = refined(tmp_path, rename={"voltage": "name", "name": "voltage"})
    assert found.table["voltage"].tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            {"rename": {"volts": "V"}},
            f"{ITEM} has no field 'volts', which rename: names. Did you mean 'voltage'? "
            "Its fields are 'voltage', 'name'.",
        ),
        (
            {"rename": {"voltage": "name"}},
            f"{ITEM} has rename: {{voltage: name}}, but a field 'name' already. "
            "Choose another name, or rename that one too.",
        ),
        (
            {"rename": {"voltage": "V"}, "where": "voltage > 1"},
            f"{ITEM} has no field 'voltage', which where: names. Its fields are 'V', 'name'.",
        ),
        (
            {"keep": ["nam"]},
            f"{ITEM} has no field 'nam', which keep: names. Did you mean 'name'? Its fields are 'voltage', 'name'.",
        ),
    ],
)
def test_fields_that_are_not_there(tmp_path: Path, entry: dict[str, Any], message: str) -> None:
    with pytest.raises(StudyError) as error:
        refined(tmp_path, **entry)
    assert str(error.value) == message


def test_sentinels_are_counted() -> None:
    table, counts = nulled(TABLE, {"voltage": (-1,), "name": ("b", "c"), "other": (1,)})
    assert counts == {"voltage": 1, "name": 1}
    assert table["name"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("unknown", "policy", "said"),
    [
        ([False, False], "interval", []),
        (
            [True, False],
            "interval",
            ["1 of 2 features (50.0%) does not say whether 'V > 1' holds; it is kept as possible."],
        ),
        (
            [True, True],
            "exclude",
            ["2 of 2 features (100.0%) do not say whether 'V > 1' holds; they are left out."],
        ),
    ],
)
def test_what_is_unknown_is_said(unknown: list[bool], policy: Any, said: list[str]) -> None:
    assert unknown_note(Where("V > 1"), np.array(unknown), policy) == said
