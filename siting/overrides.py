"""Overrides: an analyst's judgements about single parcels, kept with who, when and why."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.errors import DataError, StudyError, did_you_mean, named
from siting.judgement import ADMITTED, EXCLUDED
from siting.mcda.value import Classes
from siting.parcels.stacks import stacked_on
from siting.study import Study
from siting.units import parse_quantity

__all__ = ["COLUMNS", "read_overrides"]

_NUMBER = re.compile(r"[01](\.\d*)?|\.\d+")
COLUMNS = ("id", "item", "value", "who", "when", "why")


def read_overrides(
    study: Study, ids: NDArray[np.object_], members: Mapping[str, tuple[str, ...]] | None = None
) -> pd.DataFrame | None:
    """The table of overrides of a study; None where it names none.

    Values of criteria are turned into [0, 1]; what the analyst wrote stays in the column ``said``.

    members : the ids of the records that are stacked on one outline, by the id of their parcel

    Columns id, item ("status" or a criterion), value ("admitted" or "excluded"; or a quantity with its unit, or a
    class), who, when, why. Raises DataError or StudyError naming the line.
    """
    if study.overrides is None:
        return None
    if isinstance(study.overrides, str):
        table, source = _table(study.base or Path(), study.overrides), f"the overrides {study.overrides!r}"
    else:
        items = [item.model_dump() for item in study.overrides]
        table, source = pd.DataFrame(items, columns=list(COLUMNS)), "the study's overrides"
    known = {str(name) for name in ids}
    values: list[object] = []
    seen: set[tuple[object, object]] = set()
    first = 2 if isinstance(study.overrides, str) else 1
    for number, row in enumerate(table.itertuples(index=False), start=first):
        item = f"{'Line' if first == 2 else 'Item'} {number} of {source}"
        if row.id not in known:
            near = did_you_mean(str(row.id), list(known)[:200_000])
            near = f" {stacked_on(members or {}, str(row.id))}".rstrip() or near
            raise DataError(f"{item} names the parcel {row.id!r}, which is not among the parcels.{near}")
        if (row.id, row.item) in seen:
            raise DataError(
                f"{item} speaks of {row.item!r} of the parcel {row.id!r} again; keep the judgement that holds."
            )
        seen.add((row.id, row.item))
        if not row.who or not row.when or not row.why:
            raise DataError(f"{item} does not say who, when and why; an override without them cannot be answered for.")
        values.append(_value(study, str(row.item), str(row.value), item))
    return table.assign(said=table["value"], value=pd.Series(values, dtype=object))


def _table(base: Path, name: str) -> pd.DataFrame:
    """The table of a CSV file beside the study."""
    path = base / name
    if not path.is_file():
        raise DataError(
            f"The overrides {name!r} are not there. Write the path relative to the study file, or leave out "
            "'overrides'."
        )
    try:
        _check_widths(path, name)
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig", index_col=False)
    except DataError:
        raise
    except (ValueError, csv.Error, pd.errors.ParserWarning) as error:
        raise DataError(
            f"The overrides {name!r} are no table of comma-separated values: {str(error).strip()}."
        ) from None
    if tuple(table.columns) != COLUMNS:
        found = named(table.columns)
        raise DataError(f"The overrides {name!r} have the columns {found}; they must be {named(COLUMNS)}.")
    return table.fillna("")


def _check_widths(path: Path, name: str) -> None:
    """Refuse a row with more values than columns, which would lose the last ones."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file)
        if tuple(next(lines, ())) != COLUMNS:
            return
        for row in lines:
            if len(row) > len(COLUMNS):
                raise DataError(
                    f"Line {lines.line_num} of the overrides {name!r} has {len(row)} values in {len(COLUMNS)} columns. "
                    "Put a text that holds a comma in double quotes."
                )


def _value(study: Study, name: str, said: str, item: str) -> object:
    """A status, or the value in [0, 1] of a criterion's quantity."""
    if name == "status":
        if said not in (ADMITTED, EXCLUDED):
            raise DataError(f"{item} sets the status {said!r}; it can be {named([ADMITTED, EXCLUDED])}.")
        return said
    criteria = {criterion.name: criterion for criterion in study.criteria()}
    if name not in criteria:
        near = did_you_mean(name, criteria)
        raise DataError(
            f"{item} names {name!r}, which is no criterion.{near} Write 'status' or one of {named(criteria)}."
        )
    function = criteria[name].value
    listed = isinstance(function, Classes) and said in function.values
    if _NUMBER.fullmatch(said) and not listed and 0 <= float(said) <= 1:
        return float(said)
    try:
        if isinstance(function, Classes):
            given: NDArray[Any] = np.array([said], dtype=object)
        else:
            given = np.array([parse_quantity(said, function.dimension).value])
        value = float(function.value(given)[0])
    except StudyError as error:
        raise type(error)(f"{item}: {error}") from None
    if np.isnan(value):
        raise DataError(f"{item}: {said!r} has no value under the criterion {name!r}; write a number from 0 to 1.")
    return value
