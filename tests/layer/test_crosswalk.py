"""Codes become classes; what has no class is unknown and listed by acres."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from siting.errors import DataError, StudyError
from siting.layer.crosswalk import class_of, read_crosswalk, unmapped

KEY = ("JURISDICTION", "ZONE")
TABLE = """\
# invented codes
JURISDICTION,ZONE,class
MESA,LI,by_right
MESA,AG,rezone
PHOENIX,LI,conditional
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "zoning.csv"
    file.write_text(TABLE, encoding="utf-8")
    return file


def test_one_code_means_different_things_in_two_towns(path: Path) -> None:
    classes = read_crosswalk(path, KEY, item="The layer 'zoning'")
    table = pd.DataFrame(
        {"JURISDICTION": ["MESA", "Phoenix ", "MESA", "GILBERT", None], "ZONE": ["LI", "li", "R1", "LI", "LI"]}
    )
    assert class_of(table, KEY, classes, "The layer 'zoning'").tolist() == [
        "by_right", "conditional", "unknown", "unknown", "unknown",
    ]  # fmt: skip


def test_codes_stay_text(tmp_path: Path) -> None:
    file = tmp_path / "codes.csv"
    file.write_text("PUC,class\n0014,vacant\n14,built\nNA,other\n", encoding="utf-8")
    classes = read_crosswalk(file, ("PUC",), item="The layer 'lots'")
    table = pd.DataFrame({"PUC": ["0014", "14", "NA", 14]})
    assert class_of(table, ("PUC",), classes, "The layer 'lots'").tolist() == ["vacant", "built", "other", "built"]


def test_codes_without_a_class_are_listed_by_acres() -> None:
    table = pd.DataFrame({"ZONE": ["A", "B", "A", "C"], "class": ["unknown", "unknown", "unknown", "by_right"]})
    acre = 4046.8564224
    assert unmapped(table, ("ZONE",), np.array([10, 50, 20, 999]) * acre) == [
        "2 codes of ZONE are not in the crosswalk, 80 acres of class 'unknown': B: 50 acres; A: 30 acres."
    ]
    assert unmapped(table.iloc[3:].reset_index(drop=True), ("ZONE",), np.array([1.0])) == []


def test_a_crosswalk_without_its_columns_is_refused(path: Path) -> None:
    with pytest.raises(DataError) as error:
        read_crosswalk(path, ("JURISDICTION", "ZONES"), item="The layer 'zoning' (file 'z.gpkg')")
    assert str(error.value) == (
        "The layer 'zoning' (file 'z.gpkg') has the crosswalk 'zoning.csv', which has no column 'ZONES'. "
        "Did you mean 'ZONE'? It has 'JURISDICTION', 'ZONE', 'class'; "
        "a crosswalk has the fields of key: and the column 'class'."
    )


def test_two_classes_for_one_code_are_refused(path: Path) -> None:
    path.write_text(TABLE + "mesa,li,prohibited\n", encoding="utf-8")
    with pytest.raises(DataError) as error:
        read_crosswalk(path, KEY, item="The layer 'zoning'")
    assert str(error.value) == (
        "The layer 'zoning' has the crosswalk 'zoning.csv', which maps 'mesa', 'li' to both 'by_right' and "
        "'prohibited'. Keep one of them."
    )


def test_a_key_that_is_no_field_is_refused(path: Path) -> None:
    classes = read_crosswalk(path, KEY, item="The layer 'zoning'")
    with pytest.raises(StudyError) as error:
        class_of(pd.DataFrame({"CITY": [], "ZONE": []}), KEY, classes, "The layer 'zoning'")
    assert str(error.value) == (
        "The layer 'zoning' has key: 'JURISDICTION', which is no field of it. Its fields are 'CITY', 'ZONE'."
    )
