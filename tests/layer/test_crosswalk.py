"""Codes become classes; what has no class is unknown and listed by acres."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from siting.catalogue import catalogue_folder
from siting.errors import DataError, StudyError
from siting.layer.crosswalk import CLASSES, class_of, height_limits, limit_of, read_crosswalk, unmapped

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


def test_whole_numbers_beside_a_null_keep_their_class(tmp_path: Path) -> None:
    file = tmp_path / "codes.csv"
    file.write_text("LU,class\n10,rezone\n20,by_right\n2.5,other\n", encoding="utf-8")
    classes = read_crosswalk(file, ("LU",), item="The layer 'plan'")
    for codes in (pd.Series([10, 20, None, 2.5]), pd.Series([10, 20, pd.NA], dtype="Int64")):
        kinds = class_of(codes.to_frame("LU"), ("LU",), classes, "The layer 'plan'").tolist()
        assert kinds == ["rezone", "by_right", "unknown", "other"][: len(codes)]


def test_codes_that_are_not_in_the_table_are_listed_as_they_are() -> None:
    table = pd.DataFrame({"LU": [30.0, None], "class": ["unknown", "unknown"]})
    assert unmapped(table, ("LU",), np.array([50, 20]) * 4046.8564224) == [
        "2 codes of LU are not in the crosswalk, 70 acres of class 'unknown': 30: 50 acres; (null): 20 acres."
    ]


def test_only_lines_that_begin_with_a_hash_are_comments(tmp_path: Path) -> None:
    file = tmp_path / "codes.csv"
    file.write_text('# a comment\nZONE,class\nC#1,built\n\n"#2",vacant\nA,"x # y"\n#B,gone\n', encoding="utf-8-sig")
    assert read_crosswalk(file, ("ZONE",), item="The layer 'lots'") == {
        ("c#1",): "built",
        ("#2",): "vacant",
        ("a",): "x # y",
    }


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"# x\nZONE,class\nA,built\nB,b,built\n", ", whose line 4 has 3 values for 2 columns. "
         "Give each column one value, in quotes where it holds a comma."),
        (b"ZONE,class\nA\n", ", whose line 2 has 1 values for 2 columns. "
         "Give each column one value, in quotes where it holds a comma."),
        (b"ZONE,class\n\xfc,built\n", ", which is not UTF-8: byte 12 cannot be read. Save it as UTF-8."),
        (b"# x\n", ", which is empty. Write the fields of key: and the column 'class', and a row a code."),
        (b'ZONE,class\n"A,built\n', ", which is no CSV: line 2: unexpected end of data. Close every quote."),
    ],
)  # fmt: skip
def test_a_damaged_crosswalk_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "codes.csv"
    file.write_bytes(content)
    with pytest.raises(DataError) as error:
        read_crosswalk(file, ("ZONE",), item="The layer 'lots'")
    assert str(error.value) == f"The layer 'lots' has the crosswalk 'codes.csv'{said}"


def test_height_limits_of_codes(tmp_path: Path) -> None:
    path = tmp_path / "codes.csv"
    path.write_text(
        "jurisdiction,code,class,height_limit_ft,source,date\nMESA,LI,conditional,40,x,2026-11\nMESA,PC,rezone,,x,2026-11\n"
    )
    limits = height_limits(path, ("J", "Z"), item="The layer 'zoning'")
    assert limits == {("mesa", "li"): 40.0}
    table = pd.DataFrame({"J": ["Mesa", "Mesa", None], "Z": ["LI", "PC", "LI"]})
    found = limit_of(table, ("J", "Z"), limits)
    assert found.tolist()[0] == 40.0
    assert found.isna().tolist() == [False, True, True]
    path.write_text("jurisdiction,code,class\nMESA,LI,conditional\n")
    assert height_limits(path, ("J", "Z"), item="x") == {}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            "LI,rezone,forty\n",
            "which gives 'li' the height limit 'forty'. Write a number of feet, or nothing where it is not known.",
        ),
        (
            "LI,rezone,-3\n",
            "which gives 'li' the height limit '-3'. Write a number of feet, or nothing where it is not known.",
        ),
        (
            "LI,rezone,40\nli,rezone,50\n",
            "which gives 'li' two height limits, 40 and 50 feet. Keep one of them.",
        ),
    ],
)
def test_height_limits_that_are_none(tmp_path: Path, rows: str, message: str) -> None:
    (tmp_path / "codes.csv").write_text("code,class,height_limit_ft\n" + rows)
    with pytest.raises(DataError) as error:
        height_limits(tmp_path / "codes.csv", ("Z",), item="The layer 'zoning'")
    assert str(error.value) == f"The layer 'zoning' has the crosswalk 'codes.csv', {message}"


@pytest.mark.parametrize("name", ["maricopa.csv", "sample.csv"])
def test_shipped_crosswalks_say_source_and_date(name: str) -> None:
    """Every row has one of the four classes, its source and the date of the look; judgement says so."""
    path = catalogue_folder() / "zoning" / "crosswalk" / name
    table = pd.read_csv(path, dtype="str", keep_default_na=False)
    assert list(table.columns) == ["jurisdiction", "code", "class", "height_limit_ft", "source", "date"]
    assert set(table["class"]) <= set(CLASSES)
    assert not table.duplicated(["jurisdiction", "code"]).any()
    assert table["source"].str.contains("judgement").all()
    assert table["date"].str.fullmatch(r"20\d\d-\d\d(-\d\d)?").all()
    assert table["source"].str.contains("SYNTHETIC").all() == (name == "sample.csv")
    height_limits(path, ("J", "Z"), item=name)
