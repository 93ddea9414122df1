"""Overrides: tables and lists of judgements, and every refusal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from siting.errors import DataError, SitingError
from siting.overrides import COLUMNS, read_overrides
from siting.study import Study, read_study
from tests.test_judgement import STUDY

IDS = np.array(["001", "002"], dtype=object)
HEAD = ",".join(COLUMNS) + "\n"


def study_with(folder: Path, overrides: Any) -> Study:
    import json

    path = folder / "study.yaml"
    path.write_text(json.dumps(STUDY | {"overrides": overrides}), encoding="utf-8")
    return read_study(path)


def read(folder: Path, text: str, name: str = "said.csv") -> Any:
    (folder / "said.csv").write_text(text, encoding="utf-8")
    return read_overrides(study_with(folder, name), IDS)


def test_a_table_beside_the_study(tmp_path: Path) -> None:
    """Ids stay text; quantities become values, and what the analyst wrote is kept."""
    table = read(
        tmp_path,
        HEAD + '001,status,excluded,A,2026-10-01,"sold, last week"\n001,rail,250 m,A,2026-10-01,moved\n'
        "002,rail,0.5,B,2026-10-02,planned\n002,zone,bad,B,2026-10-02,rezoned\n",
    )
    assert table["id"].tolist() == ["001", "001", "002", "002"]
    assert table["value"].tolist() == ["excluded", 0.75, 0.5, 0.2]
    assert table["said"].tolist() == ["excluded", "250 m", "0.5", "bad"]
    assert table["why"].tolist()[0] == "sold, last week"


def test_a_list_in_the_study(tmp_path: Path) -> None:
    item = {"id": "002", "item": "rail", "value": 0.25, "who": "A", "when": "2026-10-01", "why": "because"}
    table = read_overrides(study_with(tmp_path, [item]), IDS)
    assert table is not None
    assert table["value"].tolist() == [0.25]


BAD: list[tuple[str, str]] = [
    (
        "001,status,excluded,A,2026-10-01,sold\n002,status,excluded,A,2026-10-01,sold, last week\n",
        "Line 3 of the overrides 'said.csv' has 7 values in 6 columns. Put a text that holds a comma in double quotes.",
    ),
    (
        "001,status,excluded,A,,sold\n",
        "Line 2 of the overrides 'said.csv' does not say who, when and why; an override without them cannot be "
        "answered for.",
    ),
    (
        "01,status,excluded,A,B,C\n",
        "Line 2 of the overrides 'said.csv' names the parcel '01', which is not among the parcels. Did you mean '001'?",
    ),
    (
        "001,status,admitted,A,B,C\n001,status,excluded,A,B,C\n",
        "Line 3 of the overrides 'said.csv' speaks of 'status' of the parcel '001' again; keep the judgement that "
        "holds.",
    ),
    (
        "001,status,maybe,A,B,C\n",
        "Line 2 of the overrides 'said.csv' sets the status 'maybe'; it can be 'admitted', 'excluded'.",
    ),
    (
        "001,rial,0.5,A,B,C\n",
        "Line 2 of the overrides 'said.csv' names 'rial', which is no criterion. Did you mean 'rail'? Write 'status' "
        "or one of 'rail', 'zone'.",
    ),
    (
        "001,rail,250,A,B,C\n",
        "Line 2 of the overrides 'said.csv': The quantity '250' has no unit: a length, such as '5 km', is wanted.",
    ),
    (
        "001,zone,worst,A,B,C\n",
        "Line 2 of the overrides 'said.csv': The class 'worst' has no value; 1 parcels have it. Classes with a value: "
        "'good', 'bad'. Give it a value, or write {classes: {...}, unlisted: no_data}.",
    ),
    (
        "001,zone,unknown,A,B,C\n",
        "Line 2 of the overrides 'said.csv': 'unknown' has no value under the criterion 'zone'; write a number from 0 "
        "to 1.",
    ),
]


@pytest.mark.parametrize(("lines", "message"), BAD, ids=[lines.strip() for lines, _ in BAD])
def test_lines_that_are_refused(tmp_path: Path, lines: str, message: str) -> None:
    with pytest.raises(SitingError) as caught:
        read(tmp_path, HEAD + lines)
    assert str(caught.value) == message


def test_tables_that_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SitingError) as missing:
        read(tmp_path, HEAD, "other.csv")
    assert str(missing.value) == (
        "The overrides 'other.csv' are not there. Write the path relative to the study file, or leave out 'overrides'."
    )
    with pytest.raises(SitingError) as columns:
        read(tmp_path, "id,value\n001,5\n")
    assert str(columns.value) == (
        "The overrides 'said.csv' have the columns 'id', 'value'; they must be 'id', 'item', 'value', 'who', 'when', "
        "'why'."
    )
    with pytest.raises(SitingError) as empty:
        read(tmp_path, "")
    assert str(empty.value) == (
        "The overrides 'said.csv' are no table of comma-separated values: No columns to parse from file."
    )


def test_an_override_of_a_stacked_record_says_where_it_stands(tmp_path: Path) -> None:
    item = {"id": "u2", "item": "status", "value": "excluded", "who": "w", "when": "2026", "why": "y"}
    with pytest.raises(DataError) as e:
        read_overrides(study_with(tmp_path, [item]), IDS, {"u1": ("u1", "u2")})
    assert str(e.value) == (
        "Item 1 of the study's overrides names the parcel 'u2', which is not among the parcels. "
        "The record 'u2' is stacked on 'u1', with one outline; ask for 'u1'."
    )
