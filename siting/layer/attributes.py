"""Attributes of a layer as a study wants them: renamed, without sentinels, with those of other tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.catalogue import Finder
from siting.catalogue.use import LayerUse
from siting.errors import StudyError, did_you_mean, named
from siting.layer.join import joined
from siting.where import Where

__all__ = ["Refined", "nulled", "refine", "unknown_note"]


@dataclass(frozen=True, kw_only=True)
class Refined:
    """Attributes as a study wants them: renamed, without sentinels, with those of other tables."""

    table: pd.DataFrame
    units: dict[str, str]
    notes: tuple[str, ...]
    joins: tuple[dict[str, Any], ...]


def refine(
    table: pd.DataFrame,
    use: LayerUse,
    *,
    nulls: Mapping[str, tuple[str | int | float, ...]],
    units: Mapping[str, str],
    finder: Finder,
    item: str,
) -> Refined:
    """The attributes of a layer after ``rename``, ``null`` and ``join``.

    nulls, units : what is known about the fields by their names before ``rename``

    Raises StudyError for a field that the study names and the layer does not have.
    """
    table = _renamed(table, use, item)
    known = {use.rename.get(name, name): values for name, values in nulls.items()}
    table, counts = nulled(table, {**known, **use.null})
    notes = [_nulls(field, count) for field, count in counts.items() if count]
    with_others = joined(table, use.join, finder=finder, item=item)
    _check_fields(use, with_others.table, item)
    now = {use.rename.get(name, name): unit for name, unit in units.items()}
    return Refined(
        table=with_others.table,
        units={**now, **with_others.units, **use.units},
        notes=(*notes, *with_others.notes),
        joins=with_others.record,
    )


def _renamed(table: pd.DataFrame, use: LayerUse, item: str) -> pd.DataFrame:
    """The table with the new names of its fields."""
    for old, new in use.rename.items():
        if old not in table.columns:
            raise StudyError(
                f"{item} has no field {old!r}, which rename: names.{did_you_mean(old, table.columns)} "
                f"Its fields are {named(table.columns)}."
            )
        if new in table.columns and new not in use.rename:
            raise StudyError(
                f"{item} has rename: {{{old}: {new}}}, but a field {new!r} already. Choose another name, or rename "
                "that one too."
            )
    return table.rename(columns=use.rename) if use.rename else table


def nulled(
    table: pd.DataFrame, sentinels: Mapping[str, tuple[str | int | float, ...]]
) -> tuple[pd.DataFrame, dict[str, int]]:
    """The table with its sentinels null, and how many there were by field."""
    changed, counts = table.copy(deep=False), {}
    for field, values in sentinels.items():
        if field not in table.columns:
            continue
        column = table[field]
        if pd.api.types.is_numeric_dtype(column.dtype):
            hit = column.isin([float(value) for value in values if not isinstance(value, str)]).to_numpy(bool)
        else:
            texts = {str(value) for value in values}
            hit = np.array([isinstance(item, str) and item.strip() in texts for item in column], bool)
        counts[field] = int(hit.sum())
        if hit.any():
            changed[field] = column.mask(hit)
    return changed, counts


def _check_fields(use: LayerUse, table: pd.DataFrame, item: str) -> None:
    """Refuse a field of the study that the layer does not have."""
    asked = [("id", use.id)] if use.id else []
    asked += [("units", field) for field in use.units] + [("null", field) for field in use.null]
    asked += [("keep", field) for field in use.keep or ()] + [("key", field) for field in use.key]
    asked += [("where", field) for field in (use.where.fields if use.where else ())]
    for word, field in asked:
        if field not in table.columns:
            raise StudyError(
                f"{item} has no field {field!r}, which {word}: names.{did_you_mean(str(field), table.columns)} "
                f"Its fields are {named(table.columns)}."
            )


def _nulls(field: str, count: int) -> str:
    if count == 1:
        return f"1 value of {field} means 'no value' and is null."
    return f"{count:,} values of {field} mean 'no value' and are null."


def unknown_note(
    where: Where, unknown: NDArray[np.bool_], policy: Literal["interval", "exclude", "include"]
) -> list[str]:
    """A sentence on the features that do not say whether a condition holds, or nothing."""
    if not unknown.any():
        return []
    fate = {"interval": "kept as possible", "exclude": "left out", "include": "kept as if it were true"}[policy]
    do, they = ("does", "it is") if unknown.sum() == 1 else ("do", "they are")
    return [
        f"{int(unknown.sum()):,} of {len(unknown):,} features ({unknown.mean():.1%}) {do} not say whether "
        f"{where.text!r} holds; {they} {fate}."
    ]
