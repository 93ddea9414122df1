"""Attributes from a table, by id: the ``join:`` of a layer."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas.errors import EmptyDataError, ParserError

from siting.catalogue import Finder, LayerSpec
from siting.catalogue.use import Join
from siting.errors import CatalogueError, DataError, StudyError, did_you_mean, named
from siting.layer.crosswalk import code_text
from siting.layer.values import plain_values
from siting.sources.hashes import remembered_sha256

__all__ = ["Joined", "joined"]

_EMPTY = ""  #: the key of a row that has none


@dataclass(frozen=True, kw_only=True)
class Joined:
    """A table with the fields of others, and what happened.

    units : of the new fields, as the catalogue says; notes : sentences; record : for the manifest, one entry a join
    """

    table: pd.DataFrame
    units: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    record: tuple[dict[str, Any], ...] = ()


def joined(table: pd.DataFrame, joins: tuple[Join, ...], *, finder: Finder, item: str) -> Joined:
    """A layer's attributes with those of other tables, one join after the other.

    Keys are compared as text without spaces around them; a whole number has no ".0", and leading zeros matter. An
    empty key (a null, or nothing but spaces, in any of its fields) fits no row, on either side.

    Raises StudyError for a field that is not there or would be there twice; DataError for a table that cannot be read,
    that has a key twice, or of whose keys not one fits.
    """
    out = Joined(table=table)
    for join in joins:
        one = _one(out.table, join, finder, f"{item} joins the table {join.table!r}")
        out = Joined(
            table=one.table,
            units={**out.units, **one.units},
            notes=(*out.notes, *one.notes),
            record=(*out.record, *one.record),
        )
    return out


def _one(table: pd.DataFrame, join: Join, finder: Finder, what: str) -> Joined:
    path, spec = _found(join, finder, what)
    key = join.key or join.on
    other = _read(path, key, what)
    if spec is not None:
        other = _known_nulls(other, spec)
    _check(join.on, table, what, "on", "the layer")
    _check(key, other, what, "key", "the table")
    fields = join.fields if join.fields is not None else {name: name for name in other.columns if name not in key}
    _check(tuple(fields.values()), other, what, "fields", "the table")
    _check_new(fields, table, what)
    codes, asked = _codes(other, key), _codes(table, join.on)
    rows = np.flatnonzero(codes != _EMPTY)
    _check_once(codes[rows], what)
    found = codes[rows].get_indexer(asked)  # an empty key is in no row of these
    lacking = found < 0
    at = np.full(len(found), -1, dtype=np.int64)
    at[~lacking] = rows[found[~lacking]]
    _check_some(lacking, asked, codes, join, what)
    taken = {new: _taken(other[old], at) for new, old in fields.items()}
    notes = (_lacking(int(lacking.sum()), len(at), join),) if lacking.any() else ()
    units = {new: spec.units[old] for new, old in fields.items() if old in spec.units} if spec else {}
    record = {
        "table": join.table, "sha256": remembered_sha256(path), "rows": len(other), "matched": int((~lacking).sum()),
        "lacking": int(lacking.sum()),
    }  # fmt: skip
    return Joined(table=table.assign(**taken), units=units, notes=notes, record=(record,))


def _found(join: Join, finder: Finder, what: str) -> tuple[Path, LayerSpec | None]:
    if join.table in finder.catalogue:
        found = finder.find(join.table)
        return found.path, found.spec
    try:
        return finder.table(join.table), None
    except CatalogueError as error:
        raise CatalogueError(f"{what}, which is not there. {error}") from error


def _read(path: Path, key: tuple[str, ...], what: str) -> pd.DataFrame:
    """The rows; the keys of a CSV stay text, so that their leading zeros do."""
    name = path.name.lower()
    try:
        if name.endswith((".parquet", ".geoparquet")):
            import pyarrow.parquet as pq

            plain, _ = plain_values(pq.read_table(path).to_pandas())
            return plain
        if name.endswith((".csv", ".csv.gz", ".txt")):
            texts = dict.fromkeys(key, "str")
            return pd.read_csv(path, dtype=texts, encoding="utf-8-sig", low_memory=False, skipinitialspace=True)
    except (ParserError, EmptyDataError, UnicodeDecodeError, OSError, ValueError) as error:
        problem = " ".join(str(error).split()).rstrip(".")
        raise DataError(f"{what}, which cannot be read: {problem}. Check the file, or save it again.") from error
    raise DataError(f"{what}, a file of a kind that joins do not read. Save it as CSV or Parquet.")


def _known_nulls(table: pd.DataFrame, spec: LayerSpec) -> pd.DataFrame:
    """The table with the sentinels that the catalogue knows null."""
    out = table.copy(deep=False)
    for name, values in spec.nulls.items():
        if name in out.columns:
            out[name] = out[name].mask(out[name].isin(list(values)))
    return out


def _check(names: tuple[str, ...], table: pd.DataFrame, what: str, word: str, whose: str) -> None:
    for name in names:
        if name not in table.columns:
            raise StudyError(
                f"{what} with {word}: {name!r}, which is no field of {whose}.{did_you_mean(name, table.columns)} "
                f"Its fields are {named(table.columns)}."
            )


def _check_new(fields: dict[str, str], table: pd.DataFrame, what: str) -> None:
    twice = [new for new in fields if new in table.columns]
    if twice:
        raise StudyError(
            f"{what}, whose field {twice[0]!r} the layer has already. "
            f"Give it another name: fields: {{{twice[0]}_of_table: {fields[twice[0]]}}}, or take others with fields:."
        )


def _codes(table: pd.DataFrame, key: tuple[str, ...]) -> pd.Index:
    """One key a row: the text, or a tuple of texts; empty where a part of it is."""
    texts = [[code_text(value) for value in table[name]] for name in key]
    if len(texts) == 1:
        return pd.Index(texts[0], dtype=object)
    return pd.Index([repr(row) if all(row) else _EMPTY for row in zip(*texts, strict=True)], dtype=object)


def _check_once(codes: pd.Index, what: str) -> None:
    twice = codes[codes.duplicated()]
    if len(twice):
        raise DataError(
            f"{what}, which has the key {twice[0]!r} more than once ({len(twice):,} rows too many). "
            "Keep one row a key: which one holds is not for a join to guess."
        )


def _check_some(lacking: Any, asked: pd.Index, codes: pd.Index, join: Join, what: str) -> None:
    """Refuse a join without a single match, and one with gaps where the study allows none."""
    if len(asked) and lacking.all() and "lacking" not in join.model_fields_set:
        table = f"the table's are {_such(codes)}" if len(codes) else "the table is empty"
        raise DataError(
            f"{what}, of whose keys not one fits: the layer's are {_such(asked)}, {table}. "
            "Check on: and key: (leading zeros matter), or write lacking: null where that is meant."
        )
    if join.lacking == "refuse" and lacking.any():
        raise DataError(
            f"{what}, which has no row for {int(lacking.sum()):,} of {len(asked):,} features, such as "
            f"{asked[np.flatnonzero(lacking)[0]]!r}, and lacking: refuse allows none. Complete the table, or write "
            "lacking: null."
        )


def _such(codes: pd.Index) -> str:
    """An example of keys."""
    return next((f"such as {code!r}" for code in codes if code != _EMPTY), "all empty")


def _taken(column: pd.Series[Any], at: Any) -> pd.Series[Any]:
    """The values at the rows of a table, null where there is no row."""
    return column.reset_index(drop=True).reindex(at).reset_index(drop=True)


def _lacking(count: int, of: int, join: Join) -> str:
    features = "1 feature has" if count == 1 else f"{count:,} features have"
    return f"{features} no row in the table {join.table!r} (of {of:,}); the fields are null there."
