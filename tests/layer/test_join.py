"""Joins by id: every feature finds its row, or it is said that there is none."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from siting.catalogue import catalogue
from siting.catalogue import data_folder as find_data_folder
from siting.catalogue.use import Join
from siting.errors import CatalogueError, DataError, StudyError
from siting.layer.join import Joined, joined
from tests.layer.drawing import finder

ITEM = "The layer 'blocks' (file 'blocks.gpkg')"
LAYER = pd.DataFrame({"GEOID": ["040130001", "040130002", "040130003"], "n": [1, 2, 3]})


def join(folder: Path, layer: pd.DataFrame = LAYER, **entry: Any) -> Joined:
    given = {"table": "jobs.csv", "on": "GEOID", "key": "code"} | entry
    return joined(layer, (Join.model_validate(given),), finder=finder(folder), item=ITEM)


@pytest.fixture
def jobs(tmp_path: Path) -> Path:
    (tmp_path / "jobs.csv").write_text("code,C000,CNS05\n040130002,20,2\n040130001,10,\n040139999,99,9\n")
    return tmp_path


def test_rows_are_found_by_their_key(jobs: Path) -> None:
    found = join(jobs)
    assert found.table["C000"].tolist()[:2] == [10.0, 20.0]
    assert found.table["C000"].isna().tolist() == [False, False, True]
    assert found.table["CNS05"].isna().tolist() == [True, False, True]
    assert found.table["n"].tolist() == [1, 2, 3], "in the layer's order"
    assert found.notes == ("1 feature has no row in the table 'jobs.csv' (of 3); the fields are null there.",)
    digest = hashlib.sha256((jobs / "jobs.csv").read_bytes()).hexdigest()
    assert found.record == (
        {"table": "jobs.csv", "sha256": digest, "rows": 3, "matched": 2, "lacking": 1},
    )  # fmt: skip
    assert list(LAYER.columns) == ["GEOID", "n"], "the layer's table is as it was"


def test_fields_are_chosen_and_renamed(jobs: Path) -> None:
    assert list(join(jobs, fields=["CNS05"]).table.columns) == ["GEOID", "n", "CNS05"]
    assert list(join(jobs, fields={"jobs": "C000"}).table.columns) == ["GEOID", "n", "jobs"]


def test_parquet_compressed_csv_and_keys_of_two_fields(tmp_path: Path) -> None:
    table = pd.DataFrame({"J": ["Mesa", "Mesa", "Tempe"], "Z": [1, 2, 1], "H": [30.0, 40.0, 50.0]})
    table.to_parquet(tmp_path / "zones.parquet")
    table.to_csv(tmp_path / "zones.csv.gz", index=False)
    layer = pd.DataFrame({"JUR": ["Tempe", "Mesa "], "ZONE": [1.0, 2.0]})
    for name in ("zones.parquet", "zones.csv.gz"):
        found = join(tmp_path, layer, table=name, on=["JUR", "ZONE"], key=["J", "Z"])
        assert found.table["H"].tolist() == [50.0, 40.0]


def test_one_join_after_the_other(jobs: Path) -> None:
    (jobs / "more.csv").write_text("C000,size\n10,small\n20,large\n")
    joins = tuple(
        Join.model_validate(given)
        for given in ({"table": "jobs.csv", "on": "GEOID", "key": "code"}, {"table": "more.csv", "on": "C000"})
    )
    found = joined(LAYER, joins, finder=finder(jobs), item=ITEM)
    assert found.table["size"].tolist()[:2] == ["small", "large"]
    assert [entry["table"] for entry in found.record] == ["jobs.csv", "more.csv"]


def test_a_table_of_the_catalogue_knows_its_units_and_sentinels(tmp_path: Path) -> None:
    """lodes is a table of the catalogue; its file lies in a data folder."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "plants.yaml").write_text(
        "id: plants\ntitle: Plants\npublisher: x\nkind: table\ntheme: power\nfeature: a plant\n"
        "fields: [{name: MW, type: number, unit: MW, 'null': [-1]}]\n"
        "licence: x\nattribution: x\nredistribute: yes\nvintage: x\ncoverage: {words: x}\ngrain: x\nconfidence: low\n"
    )
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "layers.csv").write_text("id,file\nplants,p.csv\n")
    (tmp_path / "data" / "p.csv").write_text("GEOID,MW\n040130001,-1\n040130002,7\n")
    place = finder(tmp_path, catalogue(tmp_path / "own"), find_data_folder(tmp_path / "data"))
    found = joined(LAYER, (Join(table="plants", on=("GEOID",)),), finder=place, item=ITEM)
    assert found.table["MW"].isna().tolist() == [True, False, True]
    assert found.units == {"MW": "MW"}


@pytest.mark.parametrize(
    ("text", "entry", "kind", "message"),
    [
        (
            "code,C000\n1,2\n",
            {"on": "GEOD"},
            StudyError,
            "with on: 'GEOD', which is no field of the layer. Did you mean 'GEOID'? Its fields are 'GEOID', 'n'.",
        ),
        (
            "cod,C000\n1,2\n",
            {},
            StudyError,
            "with key: 'code', which is no field of the table. Did you mean 'cod'? Its fields are 'cod', 'C000'.",
        ),
        (
            "code,C000\n040130001,2\n",
            {"fields": ["C00"]},
            StudyError,
            "with fields: 'C00', which is no field of the table. Did you mean 'C000'? Its fields are 'code', 'C000'.",
        ),
        (
            "code,n\n040130001,2\n",
            {},
            StudyError,
            ", whose field 'n' the layer has already. "
            "Give it another name: fields: {n_of_table: n}, or take others with fields:.",
        ),
        (
            "code,C000\n040130001,2\n040130001,3\n",
            {},
            DataError,
            ", which has the key '040130001' more than once (1 rows too many). "
            "Keep one row a key: which one holds is not for a join to guess.",
        ),
        (
            "code,C000\n40130001,2\n",
            {},
            DataError,
            ", of whose keys not one fits: the layer's are such as '040130001', the table's are such as '40130001'. "
            "Check on: and key: (leading zeros matter), or write lacking: null where that is meant.",
        ),
        (
            "code,C000\n040130001,2\n",
            {"lacking": "refuse"},
            DataError,
            ", which has no row for 2 of 3 features, such as '040130002', and lacking: refuse allows none. "
            "Complete the table, or write lacking: null.",
        ),
        (
            "",
            {},
            DataError,
            ", which cannot be read: No columns to parse from file. Check the file, or save it again.",
        ),
    ],
)
def test_what_cannot_be_joined(
    tmp_path: Path, text: str, entry: dict[str, Any], kind: type[Exception], message: str
) -> None:
    (tmp_path / "jobs.csv").write_text(text)
    with pytest.raises(kind) as error:
        join(tmp_path, **entry)
    comma = "" if message.startswith(",") else " "
    assert str(error.value) == f"{ITEM} joins the table 'jobs.csv'{comma}{message}"


def test_nothing_that_fits_is_taken_where_it_is_meant(tmp_path: Path) -> None:
    (tmp_path / "jobs.csv").write_text("code,C000\n1,2\n")
    assert join(tmp_path, lacking="null").table["C000"].isna().all()


def test_a_table_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError) as error:
        join(tmp_path)
    assert str(error.value) == (
        f"{ITEM} joins the table 'jobs.csv', which is not there. There is no table 'jobs.csv' in the folder of the "
        "study or in the catalogue. Write its path relative to the study file."
    )


def test_a_table_of_another_kind(tmp_path: Path) -> None:
    (tmp_path / "jobs.xlsx").touch()
    with pytest.raises(DataError) as error:
        join(tmp_path, table="jobs.xlsx")
    assert str(error.value) == (
        f"{ITEM} joins the table 'jobs.xlsx', a file of a kind that joins do not read. Save it as CSV or Parquet."
    )


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_an_empty_key_fits_no_row(tmp_path: Path, kind: str) -> None:
    """Neither a null nor spaces, on either side; blank keys in a table are not the same key twice."""
    table = pd.DataFrame({"code": ["", "040130003", None, " "], "C000": [99, 30, 98, 97]})
    if kind == "csv":
        table.to_csv(tmp_path / "jobs.csv", index=False)
    else:
        table.to_parquet(tmp_path / "jobs.parquet")
    layer = pd.DataFrame({"GEOID": ["040130003", None, "", float("nan"), " "]})
    found = join(tmp_path, layer, table=f"jobs.{kind}")
    assert found.table["C000"].tolist()[:1] == [30]
    assert found.table["C000"].isna().tolist() == [False, True, True, True, True]
    assert found.notes == (f"4 features have no row in the table 'jobs.{kind}' (of 5); the fields are null there.",)
    assert (found.record[0]["rows"], found.record[0]["matched"], found.record[0]["lacking"]) == (4, 1, 4)


def test_a_key_of_two_fields_is_empty_where_one_of_them_is(tmp_path: Path) -> None:
    (tmp_path / "zones.csv").write_text("J,Z,H\nMesa,,10\nMesa,,20\nMesa,R1,30\n,,40\n")
    layer = pd.DataFrame({"J": ["Mesa", "Mesa", None], "Z": ["R1", None, None]})
    found = join(tmp_path, layer, table="zones.csv", on=["J", "Z"], key=["J", "Z"])
    assert found.table["H"].tolist()[0] == 30
    assert found.table["H"].isna().tolist() == [False, True, True]


def test_a_layer_without_a_single_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "jobs.csv").write_text("code,C000\n,99\n7,5\n")
    with pytest.raises(DataError) as error:
        join(tmp_path, pd.DataFrame({"GEOID": [None, ""]}))
    assert str(error.value) == (
        f"{ITEM} joins the table 'jobs.csv', of whose keys not one fits: the layer's are all empty, the table's are "
        "such as '7'. Check on: and key: (leading zeros matter), or write lacking: null where that is meant."
    )


def test_an_empty_key_is_refused_where_none_may_lack(jobs: Path) -> None:
    with pytest.raises(DataError) as error:
        join(jobs, pd.DataFrame({"GEOID": ["040130001", None]}), lacking="refuse")
    assert str(error.value) == (
        f"{ITEM} joins the table 'jobs.csv', which has no row for 1 of 2 features, such as '', and lacking: refuse "
        "allows none. Complete the table, or write lacking: null."
    )
