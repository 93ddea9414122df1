"""Overrides: an analyst's judgements about single parcels, kept with who, when and why."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.errors import DataError, StudyError, did_you_mean, named
from siting.judgement import ADMITTED, EXCLUDED
from siting.mcda.value import Classes
from siting.study import Study
from siting.units import parse_quantity

__all__ = ["COLUMNS", "read_overrides"]

_NUMBER = re.compile(r"[01](\.\d*)?|\.\d+")
COLUMNS = ("id", "item", "value", "who", "when", "why")


def read_overrides(study: Study, ids: NDArray[np.object_]) -> pd.DataFrame | None:
    """The table of overrides of a study; None where it names none.

    Values of criteria are turned into [0, 1]; what the analyst wrote stays in the column ``said``.

    Columns id, item ("status" or a criterion), value ("admitted" or "excluded"; or a quantity with its unit, or a
    class), who, when, why. Raises DataError or StudyError naming the line.
    """
    if study.overrides is None:
        return None
    if isinstance(study.overrides, str):
        table, source = _table(study.base or Path(), study.overrides), f"the overrides {study.overrides!r}"
    else:
        table, source = pd.DataFrame([item.model_dump() for item in study.overrides], columns=list(COLUMNS)), "the study's overrides"
    known = {str(name) for name in ids}
    values: list[object] = []
    first = 2 if isinstance(study.overrides, str) else 1
    for number, row in enumerate(table.itertuples(index=False), start=first):
        item = f"{'Line' if first == 2 else 'Item'} {number} of {source}"
        if row.id not in known:
            raise DataError(f"{item} names the parcel {row.id!r}, which is not among the parcels.{did_you_mean(str(row.id), list(known)[:200_000])}")
        if not row.who or not row.when or not row.why:
            raise DataError(f"{item} does not say who, when and why; an override without them cannot be answered for.")
        values.append(_value(study, str(row.item), str(row.value), item))
    return table.assign(said=table["value"], value=pd.Series(values, dtype=object))


def _table(base: Path, name: str) -> pd.DataFrame:
    """The table of a CSV file beside the study."""
    path = base / name
    if not path.is_file():
        raise DataError(f"The overrides {name!r} are not there. Write the path relative to the study file, or leave 'overrides' out.")
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    if tuple(table.columns) != COLUMNS:
        raise DataError(f"The overrides {name!r} have the columns {named(table.columns)}; they must be {named(COLUMNS)}.")
    return table


def _value(study: Study, name: str, said: str, item: str) -> object:
    """A status, or the value in [0, 1] of a criterion's quantity."""
    if name == "status":
        if said not in (ADMITTED, EXCLUDED):
            raise DataError(f"{item} sets the status {said!r}; it can be {named([ADMITTED, EXCLUDED])}.")
        return said
    criteria = {criterion.name: criterion for criterion in study.criteria()}
    if name not in criteria:
        raise DataError(f"{item} names {name!r}, which is no criterion.{did_you_mean(name, criteria)} Write 'status' or one of {named(criteria)}.")
    function = criteria[name].value
    if _NUMBER.fullmatch(said) and not isinstance(function, Classes) and 0 <= float(said) <= 1:
        return float(said)
    try:
        if isinstance(function, Classes):
            return float(function.value(np.array([said], dtype=object))[0])
        return float(function.value(np.array([parse_quantity(said, function.dimension).value]))[0])
    except StudyError as error:
        raise type(error)(f"{item}: {error}") from None
