from __future__ import annotations

from dataclasses import replace

import pytest

from siting.bench.row import Measured, Row
from siting.bench.table import DEFAULT_ROWS, ROWS, Result, as_json, measured, rows_named
from siting.bench.workload import Workload
from siting.errors import StudyError

HERE = Row("here", "one / other", 2, lambda work: Measured(3.0, "3 s / 1 s", f"{work.parcels} parcels", "1e-9"))
ABSENT = Row("absent", "none / other", 2, lambda _: Measured(1, "", ""), needs=("no_such_package",))
LARGE = Row("large", "one / other", 2, lambda _: Measured(3.0, "3 GB", "all"), at_least=False)


def test_rows_are_found_by_name_and_group() -> None:
    assert [row.key for row in rows_named(None)] == list(DEFAULT_ROWS)
    assert rows_named(["all"]) == list(ROWS)
    assert {row.group for row in rows_named(["kernel"])} == {"kernel"}
    assert [row.key for row in rows_named(["memory", "adjacency"])] == ["adjacency", "memory"]
    assert len({row.key for row in ROWS}) == len(ROWS)


def test_an_unknown_row_is_refused() -> None:
    with pytest.raises(StudyError) as error:
        rows_named(["memry"])
    assert str(error.value) == (
        "There is no row 'memry' in the benchmarks. Did you mean 'memory'? The rows are "
        + ", ".join(f"'{row.key}'" for row in ROWS)
        + "; 'kernel', 'job' and 'all' stand for many."
    )


def test_results_say_what_was_reached_missed_and_not_installed() -> None:
    one, absent, large = measured([HERE, ABSENT, LARGE], Workload(1000))
    assert one.cells == ("here", "one / other", "3", ">= 2", "3 s / 1 s", "1000 parcels", "1e-9")
    assert absent.cells == ("absent", "none / other", "not measured", ">= 2", "not installed: no_such_package", "", "")
    assert large.cells[2:4] == ("3 (missed)", "<= 2")


def test_the_goal_is_that_of_so_many_parcels() -> None:
    row = replace(HERE, goal=9, goal_of_few=2)
    (few,), (many,) = (measured([row], Workload(count)) for count in (10_000, 100_000))
    assert (few.cells[2:4], many.cells[2:4]) == (("3", ">= 2"), ("3 (missed)", ">= 9"))


def test_json_names_the_machine_and_every_row() -> None:
    work = Workload(1000)
    table = as_json(list(measured([HERE, ABSENT], work)), work)
    assert table["parcels"] == 1000
    assert "cores" in table["machine"]
    assert [(r["row"], r.get("reached"), r["missing"]) for r in table["rows"]] == [
        ("here", True, []),
        ("absent", None, ["no_such_package"]),
    ]
    assert isinstance(Result(HERE, None).cells, tuple)
