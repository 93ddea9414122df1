"""where: a small, safe language to choose rows of a table. Nothing is ever evaluated as Python.

::

    VOLTAGE >= 230 and (STATUS == 'IN SERVICE' or TYPE in ['TAP', 'RISER']) and not NAME is null
    CLASS like 'FREE%'      "FIELD WITH SPACE" != 3      OPEN == true

Comparisons are ``== != < <= > >=`` (also ``=`` and ``<>``), ``in``, ``not in``, ``like`` (``%`` any text, ``_``
one character), ``is null``, ``is not null``; they join with ``and``, ``or``, ``not`` and parentheses. Text stands in
single quotes ('' inside means one), a field with odd characters in double quotes. Fields and text keep their case.

The logic is Kleene's: a comparison with a null is *unknown*, and unknown spreads unless the other side
decides (false and unknown = false). A number compared with a text field reads the text as a number
(``' 118,650 '`` is 118650); text that is empty or no number is unknown, and a field in which no text is a number is
refused. Text compared with a numeric field is read as a number too. Dates compare with text such as '2024-06-30'.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from siting.errors import StudyError, did_you_mean, named

__all__ = ["Where", "numbers_of"]

_Literal = str | float | bool
_Truth = tuple[NDArray[np.bool_], NDArray[np.bool_]]  # true, unknown

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
      | '(?P<text>(?:[^']|'')*)'
      | "(?P<quoted>[^"]+)"
      | (?P<word>[^\W\d]\w*(?:[.:]\w+)*)
      | (?P<op>==|!=|<>|<=|>=|=|<|>|\(|\)|\[|\]|,)
    )""",
    re.VERBOSE,
)
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq, "=": operator.eq, "!=": operator.ne, "<>": operator.ne,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_KEYWORDS = ("and", "or", "not", "in", "is", "null", "like", "true", "false")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    value: Any
    at: int


@dataclass(frozen=True, slots=True)
class _Test:
    """One comparison of a field."""

    field: str
    op: str
    literals: tuple[_Literal, ...] = ()


@dataclass(frozen=True, slots=True)
class _Logic:
    """and, or, not over tests."""

    op: str
    parts: tuple[_Test | _Logic, ...]


@dataclass(frozen=True)
class Where:
    """A condition on the rows of a table, parsed when it is made.

    >>> table = pd.DataFrame({"VOLTAGE": [345.0, 69.0, None], "STATUS": ["IN SERVICE", "IN SERVICE", None]})
    >>> true, unknown = Where("VOLTAGE >= 230").evaluate(table)
    >>> true.tolist(), unknown.tolist()
    ([True, False, False], [False, False, True])
    """

    text: str
    _tree: _Test | _Logic = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.text, str):
            raise StudyError(f"A condition is text, such as \"CLASS == 'freeway'\", not {self.text!r}.")
        object.__setattr__(self, "_tree", _Parser(self.text).parse())

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that it names, each once, in order of appearance.

        >>> Where("A == 1 or (B is null and A < 0)").fields
        ('A', 'B')
        """
        return tuple(dict.fromkeys(_fields(self._tree)))

    def evaluate(self, table: pd.DataFrame) -> _Truth:
        """(true, unknown), each (n,) bool: where it holds, and where a null leaves it open.

        Raises StudyError for a field that the table does not have, or one that cannot be compared so.
        """
        for name in self.fields:
            if name not in table.columns:
                known = [str(column) for column in table.columns if column != "geometry"]
                raise StudyError(
                    f"The condition {self.text!r} names the field {name!r}, which the table does not have."
                    f"{did_you_mean(name, known)} Known fields: {named(known)}."
                )
        return _evaluate(self._tree, table, self.text)

    def __str__(self) -> str:
        return self.text

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            lambda given: given if isinstance(given, Where) else Where(given),
            serialization=core_schema.plain_serializer_function_ser_schema(str),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "examples": ["VOLTAGE >= 230 and STATUS == 'IN SERVICE'"]}


_NO_NUMBERS: tuple[tuple[Callable[[Any], bool], str], ...] = (
    (pd.api.types.is_bool_dtype, "true and false"),
    (pd.api.types.is_datetime64_any_dtype, "dates"),
    (pd.api.types.is_timedelta64_dtype, "durations"),
)


def numbers_of(column: pd.Series[Any]) -> NDArray[np.float64]:
    """(n,) float64 of a column, reading text such as ' 118,650 ' as numbers; NaN for nulls and other text.

    Raises StudyError for a column of dates, of durations, or of true and false, which are no numbers.

    >>> numbers_of(pd.Series([" 118,650 ", "345", "n/a", None])).tolist()
    [118650.0, 345.0, nan, nan]
    """
    for is_it, what in _NO_NUMBERS:
        if is_it(column.dtype):
            raise StudyError(f"The field {column.name!r} holds {what}, which are no numbers. Name a numeric field.")
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    text = column.astype("object")
    cleaned = text.map(lambda item: item.strip().replace(",", "") if isinstance(item, str) else item)
    return np.asarray(pd.to_numeric(cleaned, errors="coerce"), dtype=np.float64)


DEPTH = 100  #: parentheses and "not" inside each other


class _Parser:
    """Recursive descent over the tokens of one condition."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.depth = 0
        self.tokens = _tokens(text)
        self.at = 0

    def parse(self) -> _Test | _Logic:
        tree = self._either()
        if self._peek().kind != "end":
            self._refuse("'and', 'or' or the end")
        return tree

    def _either(self) -> _Test | _Logic:
        parts = [self._both()]
        while self._take("or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else _Logic("or", tuple(parts))

    def _both(self) -> _Test | _Logic:
        parts = [self._negated()]
        while self._take("and"):
            parts.append(self._negated())
        return parts[0] if len(parts) == 1 else _Logic("and", tuple(parts))

    def _negated(self) -> _Test | _Logic:
        if self._take("not"):
            return _Logic("not", (self._inside(self._negated),))
        if self._take("("):
            inside = self._inside(self._either)
            if not self._take(")"):
                self._refuse("')'")
            return inside
        return self._test()

    def _inside(self, part: Callable[[], _Test | _Logic]) -> _Test | _Logic:
        """A part that stands in parentheses or behind "not"."""
        self.depth += 1
        if self.depth > DEPTH:
            raise StudyError(
                f"The condition '{self.text[:40]} ...' is nested more than {DEPTH} levels deep. Write it flatter."
            )
        found = part()
        self.depth -= 1
        return found

    def _test(self) -> _Test | _Logic:
        token = self._next()
        if token.kind != "field":
            self._refuse("a field", token)
        name = str(token.value)
        if self._take("is"):
            negated = self._take("not")
            if not self._take("null"):
                self._refuse("'null'")
            return _Test(name, "is not null" if negated else "is null")
        negated = self._take("not")
        if self._take("in"):
            test: _Test = _Test(name, "in", self._list())
        elif self._take("like"):
            test = _Test(name, "like", (self._like(),))
        else:
            op = self._next()
            if op.value not in _COMPARE or op.kind != "op" or negated:
                self._refuse("'in' or 'like'" if negated else "a comparison (== != < <= > >= in like is)", op)
            return _Test(name, str(op.value), (self._literal(),))
        return _Logic("not", (test,)) if negated else test

    def _like(self) -> str:
        token = self._next()
        if token.kind != "text":
            self._refuse("text in single quotes", token)
        return str(token.value)

    def _list(self) -> tuple[_Literal, ...]:
        opening = self._next()
        if opening.value not in ("[", "(") or opening.kind != "op":
            self._refuse("a list such as ['A', 'B']", opening)
        closing = "]" if opening.value == "[" else ")"
        items = [self._literal()]
        while self._take(","):
            items.append(self._literal())
        if not self._take(closing):
            self._refuse(f"',' or '{closing}'")
        return tuple(items)

    def _literal(self) -> _Literal:
        token = self._next()
        if token.kind in ("number", "text"):
            return token.value  # type: ignore[no-any-return]
        if token.kind == "keyword" and token.value in ("true", "false"):
            return bool(token.value == "true")
        self._refuse("a number, true, false or text in single quotes", token)

    def _peek(self) -> _Token:
        return self.tokens[self.at]

    def _next(self) -> _Token:
        token = self.tokens[self.at]
        self.at = min(self.at + 1, len(self.tokens) - 1)
        return token

    def _take(self, value: str) -> bool:
        token = self._peek()
        if token.kind in ("op", "keyword") and token.value == value:
            self.at += 1
            return True
        return False

    def _refuse(self, wanted: str, token: _Token | None = None) -> NoReturn:
        token = token or self._peek()
        found = "it ends" if token.kind == "end" else f"{self.text[token.at :].strip()!r} stands"
        raise StudyError(f"The condition {self.text!r} cannot be read: {found} where {wanted} is expected.")


def _tokens(text: str) -> list[_Token]:
    out: list[_Token] = []
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise StudyError(
                f"The condition {text!r} cannot be read at {text[at:].strip()!r}. It takes fields, numbers, "
                "text in single quotes, == != < <= > >=, and, or, not, in, like, is null and parentheses."
            )
        kind = str(match.lastgroup)
        value: Any = match[kind]
        if kind == "word":
            kind, value = ("keyword", value.casefold()) if value.casefold() in _KEYWORDS else ("field", value)
        elif kind == "quoted":
            kind = "field"
        elif kind == "number":
            value = float(value)
        elif kind == "text":
            value = value.replace("''", "'")
        out.append(_Token(kind, value, at))
        at = match.end()
    return [*out, _Token("end", None, len(text))]


def _fields(tree: _Test | _Logic) -> list[str]:
    if isinstance(tree, _Test):
        return [tree.field]
    return [name for part in tree.parts for name in _fields(part)]


def _evaluate(tree: _Test | _Logic, table: pd.DataFrame, text: str) -> _Truth:
    """Kleene: true, unknown."""
    if isinstance(tree, _Test):
        return _evaluate_test(tree, table[tree.field], text)
    parts = [_evaluate(part, table, text) for part in tree.parts]
    true, unknown = parts[0]
    if tree.op == "not":
        return ~(true | unknown), unknown
    for other_true, other_unknown in parts[1:]:
        if tree.op == "and":
            false = ~(true | unknown) | ~(other_true | other_unknown)
            true = true & other_true
            unknown = ~false & ~true
        else:
            true, unknown = true | other_true, (unknown | other_unknown) & ~(true | other_true)
    return true, unknown


def _evaluate_test(test: _Test, column: pd.Series[Any], text: str) -> _Truth:
    null = column.isna().to_numpy(dtype=bool)
    if test.op in ("is null", "is not null"):
        return (null if test.op == "is null" else ~null), np.zeros(len(column), bool)
    if test.op == "like":
        pattern = re.compile(
            "".join({"%": ".*", "_": "."}.get(c, re.escape(c)) for c in str(test.literals[0])), re.DOTALL
        )
        found = [isinstance(item, str) and pattern.fullmatch(item) is not None for item in column.astype("object")]
        return np.array(found, bool) & ~null, null
    op = "==" if test.op == "in" else test.op
    true, unknown = np.zeros(len(column), bool), np.zeros(len(column), bool)
    for literal in test.literals:
        one_true, one_unknown = _compare(column, null, op, literal, text)
        true, unknown = true | one_true, unknown | one_unknown
    return true, unknown & ~true


def _compare(column: pd.Series[Any], null: NDArray[np.bool_], op: str, literal: _Literal, text: str) -> _Truth:
    """One comparison with one literal, by the column's type."""
    compare = _COMPARE[op]
    dtype = column.dtype
    if pd.api.types.is_datetime64_any_dtype(dtype):
        return _compare_dates(column, null, op, literal, text)
    if isinstance(literal, bool) or pd.api.types.is_bool_dtype(dtype):
        return _compare_flags(column, null, op, literal, text)
    if pd.api.types.is_numeric_dtype(dtype) or not isinstance(literal, str):
        numbers = numbers_of(column)
        wanted = _number(literal, column, text)
        if not pd.api.types.is_numeric_dtype(dtype) and not null.all() and np.isnan(numbers).all():
            example = next((str(item) for item in column if not pd.isna(item) and str(item).strip()), None)
            if example is not None:
                raise StudyError(
                    f"The condition {text!r} compares the field {column.name!r} with a number, but it holds text "
                    f"such as {example!r}. Write the number in single quotes to compare text."
                )
        unknown = np.isnan(numbers)
        with np.errstate(invalid="ignore"):
            return np.asarray(compare(numbers, wanted), bool) & ~unknown, unknown
    texts = np.array(
        ["" if empty else str(item) for item, empty in zip(column.astype("object"), null, strict=True)], dtype=object
    )
    return np.asarray(compare(texts, literal), bool) & ~null, null


def _number(literal: _Literal, column: pd.Series[Any], text: str) -> float:
    if isinstance(literal, str):
        try:
            return float(literal.strip().replace(",", ""))
        except ValueError:
            raise StudyError(
                f"The condition {text!r} compares the field {column.name!r}, which holds numbers, with the text "
                f"{literal!r}. Compare it with a number."
            ) from None
    return float(literal)


def _compare_flags(column: pd.Series[Any], null: NDArray[np.bool_], op: str, literal: _Literal, text: str) -> _Truth:
    if not (isinstance(literal, bool) or literal in (0.0, 1.0)) or op not in ("==", "=", "!=", "<>"):
        raise StudyError(
            f"The condition {text!r} compares the field {column.name!r} as true or false; write {column.name} == true."
        )
    names = {"true": True, "false": False, "1": True, "0": False, "1.0": True, "0.0": False}
    flags = [names.get(str(item).strip().casefold()) for item in column.astype("object")]
    unknown = null | np.array([flag is None for flag in flags], bool)
    if unknown.all() and not null.all():
        example = next(item for item in column if not pd.isna(item))
        raise StudyError(
            f"The condition {text!r} compares the field {column.name!r} with true or false, but it holds "
            f"{str(example)!r}. Compare it with text in single quotes, or a number."
        )
    return np.asarray(_COMPARE[op](np.array([bool(flag) for flag in flags]), bool(literal)), bool) & ~unknown, unknown


def _compare_dates(column: pd.Series[Any], null: NDArray[np.bool_], op: str, literal: _Literal, text: str) -> _Truth:
    try:
        moment = pd.Timestamp(literal) if isinstance(literal, str) else None
    except ValueError:
        moment = None
    if moment is None:
        raise StudyError(
            f"The condition {text!r} compares the field {column.name!r}, which holds dates, with {literal!r}. "
            "Compare it with text such as '2024-06-30'."
        )
    zone = getattr(column.dtype, "tz", None)
    if zone is not None and moment.tzinfo is None:
        moment = moment.tz_localize(zone)
    return np.asarray(_COMPARE[op](column, moment), bool) & ~null, null
