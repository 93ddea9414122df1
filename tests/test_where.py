"""Conditions: Kleene's logic by truth table, comparisons by hand, every refusal."""

from __future__ import annotations

import contextlib
import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from siting.errors import StudyError
from siting.where import Where, numbers_of


def answer(text: str, **columns: list[Any]) -> str:
    """One letter a row: t, f or u."""
    true, unknown = Where(text).evaluate(pd.DataFrame(columns))
    assert not (true & unknown).any()
    return "".join("t" if t else "u" if u else "f" for t, u in zip(true, unknown, strict=True))


def test_kleene_truth_tables() -> None:
    """Kleene 1952: strong three-valued logic."""
    flags = {"t": 1.0, "f": 0.0, "u": None}
    pairs = list(itertools.product("tfu", repeat=2))
    columns = {"A": [flags[a] for a, _ in pairs], "B": [flags[b] for _, b in pairs]}
    order = {"f": 0, "u": 1, "t": 2}
    lowest = "".join(min(pair, key=order.__getitem__) for pair in pairs)
    highest = "".join(max(pair, key=order.__getitem__) for pair in pairs)
    assert answer("A == 1 and B == 1", **columns) == lowest
    assert answer("A == 1 or B == 1", **columns) == highest
    assert answer("not A == 1", **columns) == "".join({"t": "f", "f": "t", "u": "u"}[a] for a, _ in pairs)


def test_comparisons_by_hand() -> None:
    voltage = [69.0, 230.0, 345.0, None]
    assert answer("V >= 230", V=voltage) == "fttu"
    assert answer("V > 230", V=voltage) == "fftu"
    assert answer("V < 230", V=voltage) == "tffu"
    assert answer("V <= 230", V=voltage) == "ttfu"
    assert answer("V = 230", V=voltage) == "ftfu"
    assert answer("V <> 230", V=voltage) == "tftu"
    assert answer("V in [69, 345]", V=voltage) == "tftu"
    assert answer("V not in (69, 345)", V=voltage) == "ftfu"
    assert answer("V is null", V=voltage) == "ffft"
    assert answer("V is not null", V=voltage) == "tttf"
    assert answer("not V is null", V=voltage) == "tttf"
    assert answer("V == -999999", V=[-999999.0, 1.0]) == "tf"


def test_text_keeps_its_case_and_quotes() -> None:
    names = ["I-10", "i-10", "O'Hara Rd", None]
    assert answer("N == 'I-10'", N=names) == "tffu"
    assert answer("N == 'O''Hara Rd'", N=names) == "fftu"
    assert answer("N like 'I%'", N=names) == "tffu"
    assert answer("N like '_-10'", N=names) == "ttfu"
    assert answer("N not like '%.%'", N=names) == "tttu"
    assert answer("N in ['I-10', 'i-10']", N=names) == "ttfu"
    assert answer("N > 'a'", N=names) == "ftfu"
    assert answer("\"FIELD 1\" == 'x'", **{"FIELD 1": ["x", "y"]}) == "tf"


def test_words_of_the_language_fold_case_and_parentheses_bind() -> None:
    columns = {"A": [1, 1, 0], "B": [0, 1, 1]}
    assert answer("A == 1 OR B == 1 AND A == 0", **columns) == "ttt"
    assert answer("(A == 1 Or B == 1) And A == 0", **columns) == "fft"
    assert answer("NOT NOT A == 1", **columns) == "ttf"


def test_numbers_in_text_fields_compare_as_numbers() -> None:
    values = [" 118,650 ", "345", "", "n/a", None]
    assert answer("FCV >= 1000", FCV=values) == "tfuuu"
    assert answer("FCV == 345", FCV=values) == "ftuuu"
    assert answer("FCV == '345'", FCV=values) == "ftffu"
    assert answer("CODE == '345'", CODE=[345, 1]) == "tf"
    assert answer("FCV > 1", FCV=["", " "]) == "uu"
    assert answer("FCV > 1", FCV=[None, None]) == "uu"


def test_flags_and_dates() -> None:
    assert answer("OPEN == true", OPEN=[True, False, None]) == "tfu"
    assert answer("OPEN != true", OPEN=["True", "false", "?"]) == "ftu"
    assert answer("OPEN == 1", OPEN=[True, False]) == "tf"
    dates = pd.to_datetime(["2024-06-30", "2024-07-01", None])
    assert answer("D > '2024-06-30'", D=list(dates)) == "ftu"
    assert answer("D > '2024-06-30'", D=list(dates.tz_localize("UTC"))) == "ftu"


def test_fields_are_listed_once_in_order() -> None:
    where = Where("B == 1 and (A > 2 or not B is null) and C.D in ['x']")
    assert where.fields == ("B", "A", "C.D")


def test_an_empty_table_gives_empty_answers() -> None:
    true, unknown = Where("A == 'x' and A like 'y%'").evaluate(pd.DataFrame({"A": pd.Series([], dtype=object)}))
    assert (len(true), len(unknown)) == (0, 0)


TAKES = (
    "It takes fields, numbers, text in single quotes, == != < <= > >=, and, or, not, in, like, is null and parentheses."
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A ==", "{} it ends where a number, true, false or text in single quotes is expected."),
        ("A == B", "{} 'B' stands where a number, true, false or text in single quotes is expected."),
        ("A = 1 B = 2", "{} 'B = 2' stands where 'and', 'or' or the end is expected."),
        ("(A == 1", "{} it ends where ')' is expected."),
        ("", "{} it ends where a field is expected."),
        ("1 == A", "{} '1 == A' stands where a field is expected."),
        ("A is B", "{} 'B' stands where 'null' is expected."),
        ("A in 5", "{} '5' stands where a list such as ['A', 'B'] is expected."),
        ("A in [5", "{} it ends where ',' or ']' is expected."),
        ("A not 5", "{} '5' stands where 'in' or 'like' is expected."),
        ("A 5", "{} '5' stands where a comparison (== != < <= > >= in like is) is expected."),
        ("A like 5", "{} '5' stands where text in single quotes is expected."),
    ],
)
def test_grammar_refusals(text: str, message: str) -> None:
    with pytest.raises(StudyError) as error:
        Where(text)
    assert str(error.value) == message.format(f"The condition {text!r} cannot be read:")


@pytest.mark.parametrize(
    ("text", "rest"),
    [("A == 1; import os", "; import os"), ("A == 'x", "'x"), ("__a__(1) ** 2", "** 2"), ("A == 5km", "5km")],
)
def test_characters_outside_the_language_are_refused(text: str, rest: str) -> None:
    with pytest.raises(StudyError) as error:
        Where(text)
    assert str(error.value) == f"The condition {text!r} cannot be read at {rest!r}. {TAKES}"


def test_a_condition_must_be_text() -> None:
    with pytest.raises(StudyError) as error:
        Where(5)  # type: ignore[arg-type]
    assert str(error.value) == "A condition is text, such as \"CLASS == 'freeway'\", not 5."


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        (
            "VOLTS > 5",
            {"VOLT": [1.0], "NAME": ["a"], "geometry": [None]},
            "The condition 'VOLTS > 5' names the field 'VOLTS', which the table does not have. Did you mean 'VOLT'? "
            "Known fields: 'VOLT', 'NAME'.",
        ),
        (
            "NAME > 5",
            {"NAME": [" ", "north", "south"]},
            "The condition 'NAME > 5' compares the field 'NAME' with a number, but it holds text such as 'north'. "
            "Write the number in single quotes to compare text.",
        ),
        (
            "V == 'high'",
            {"V": [1.0]},
            "The condition \"V == 'high'\" compares the field 'V', which holds numbers, with the text 'high'. "
            "Compare it with a number.",
        ),
        (
            "F > true",
            {"F": [True]},
            "The condition 'F > true' compares the field 'F' as true or false; write F == true.",
        ),
        (
            "F == true",
            {"F": ["yes", "no"]},
            "The condition 'F == true' compares the field 'F' with true or false, but it holds 'yes'. "
            "Compare it with text in single quotes, or a number.",
        ),
        (
            "D > 5",
            {"D": [pd.Timestamp("2024-01-01")]},
            "The condition 'D > 5' compares the field 'D', which holds dates, with 5.0. "
            "Compare it with text such as '2024-06-30'.",
        ),
        (
            "D > 'soon'",
            {"D": [pd.Timestamp("2024-01-01")]},
            "The condition \"D > 'soon'\" compares the field 'D', which holds dates, with 'soon'. "
            "Compare it with text such as '2024-06-30'.",
        ),
    ],
)
def test_table_refusals(text: str, columns: dict[str, list[Any]], message: str) -> None:
    with pytest.raises(StudyError) as error:
        Where(text).evaluate(pd.DataFrame(columns))
    assert str(error.value) == message


class Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    where: Where | None = None


def test_a_condition_is_a_field_of_a_strict_model() -> None:
    spec = Spec.model_validate({"where": "A == 1"})
    assert spec.where == Where("A == 1")
    assert spec.model_dump() == spec.model_dump(mode="json") == {"where": "A == 1"}
    assert str(spec.where) == "A == 1"
    assert Spec.model_json_schema()["properties"]["where"]["anyOf"][0]["type"] == "string"


def test_numbers_of_reads_every_numeric_type() -> None:
    expected = [1.0, np.nan]
    for column in (
        pd.Series([1, None], dtype="Int64"),
        pd.Series([1.0, None]),
        pd.Series(["1", None]),
        pd.Series(["1", None], dtype="string"),
        pd.Series(["1", "x"], dtype="category"),
    ):
        np.testing.assert_array_equal(numbers_of(column), expected)


@given(st.text(max_size=30))
def test_no_text_raises_anything_but_a_study_error(text: str) -> None:
    with contextlib.suppress(StudyError):
        Where(text)


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=1, max_size=20), st.floats(-1e6, 1e6))
def test_a_comparison_and_its_negation_share_the_unknown(values: list[float | None], limit: float) -> None:
    table = pd.DataFrame({"V": pd.array(values, dtype="Float64")})
    true, unknown = Where(f"V >= {limit!r}").evaluate(table)
    false, unknown_again = Where(f"not V >= {limit!r}").evaluate(table)
    np.testing.assert_array_equal(unknown, unknown_again)
    np.testing.assert_array_equal(true, ~(false | unknown))
    np.testing.assert_array_equal(true, [v is not None and v >= limit for v in values])


@pytest.mark.parametrize(("left", "right"), [("(", ")"), ("not ", "")])
def test_deep_nesting_is_refused(left: str, right: str) -> None:
    text = left * 5000 + "N > 1" + right * 5000
    with pytest.raises(StudyError) as error:
        Where(text)
    assert str(error.value) == (
        f"The condition '{text[:40]} ...' is nested more than 100 levels deep. Write it flatter."
    )
    assert answer(left * 100 + "N > 1" + right * 100, N=[1, 2]) == "ft"


@pytest.mark.parametrize(
    ("column", "what"),
    [
        (pd.Series([True, False], name="F"), "true and false"),
        (pd.Series(pd.to_datetime(["2026-01-01", None]), name="F"), "dates"),
        (pd.Series(pd.to_timedelta([1, 2], unit="h"), name="F"), "durations"),
    ],
)
def test_dates_durations_and_flags_are_no_numbers(column: pd.Series[Any], what: str) -> None:
    with pytest.raises(StudyError) as caught:
        numbers_of(column)
    assert str(caught.value) == f"The field 'F' holds {what}, which are no numbers. Name a numeric field."
