"""The union of several sources: one layer of their features, where what two registers hold is there once.

A feature is left out where a feature of an earlier source lies within a distance and has a similar name; whether that
one was itself left out does not matter, so that a chain of registers cannot bring it back. Features of one source are
never compared with each other: a register knows its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from rapidfuzz import fuzz, utils

from siting.catalogue.use import Same
from siting.errors import StudyError, UnitError, did_you_mean, named
from siting.layer.crosswalk import code_text
from siting.layer.data import VectorLayer
from siting.shapes import Shapes
from siting.units import parse_unit

__all__ = ["PART", "United", "united"]

PART = "part"  #: the field that says which source a feature is of


@dataclass(frozen=True, eq=False, kw_only=True)
class United:
    """The features of a union.

    layer : those that stay, source after source
    left_out : (row, row) of all features together: one that is left out, and the feature that it is the same as
    ids, shapes : of all features together; kept : (n,) whether a feature stays
    unnamed : pairs that lie near each other and could not be compared, because one has no name
    """

    layer: VectorLayer
    left_out: tuple[tuple[int, int], ...]
    ids: NDArray[np.object_]
    shapes: Shapes
    kept: NDArray[np.bool_]
    unnamed: int
    notes: tuple[str, ...] = ()


def united(name: str, parts: Sequence[VectorLayer], labels: Sequence[str], same: Same | None, *, item: str) -> United:
    """The features of several layers in one, in order of preference.

    name : of the layer; labels : what its parts are called, in the field "part" and in the ids
    item : how a refusal begins ("The layer 'x' (union of a, b)")

    Raises StudyError for parts of different kinds, for a field that cannot be of one kind or unit, and for a field of
    names that no part has.
    """
    kinds = [part.shapes.kind for part in parts]
    there = {part.shapes.kind for part in parts if len(part)} or set(kinds[:1])
    if len(there) > 1:
        raise StudyError(
            f"{item} has {kinds[0]}s in {labels[0]!r} and other kinds elsewhere: "
            f"{named(f'{kind}s in {label}' for kind, label in zip(kinds, labels, strict=True))}. "
            "A union is of one kind: write kind: at a part, or make the parts alike (buffer:)."
        )
    table, units, notes = _stacked(parts, labels, item)
    shapes = Shapes.from_geometries(np.concatenate([part.shapes.geometries for part in parts]), there.pop())
    ids = np.array(
        [f"{label}:{id_}" for label, part in zip(labels, parts, strict=True) for id_ in part.ids], dtype=object
    )
    certain = np.concatenate([part.certain for part in parts])
    of = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    matches, unnamed = _matches(shapes.geometries, of, table, same, item) if same is not None else ({}, 0)
    kept = np.ones(len(of), bool)
    kept[list(matches)] = False
    if same is not None:
        table, certain = _given(table, certain, matches, kept, same)
    layer = VectorLayer(
        name=name, shapes=shapes, table=table, ids=ids, certain=certain, units=units
    ).take(np.flatnonzero(kept))  # fmt: skip
    left_out = tuple((row, found[0]) for row, found in sorted(matches.items()))
    return United(
        layer=layer, left_out=left_out, ids=ids, shapes=shapes, kept=kept, unnamed=unnamed, notes=tuple(notes)
    )


def _matches(
    geometry: NDArray[np.object_], of: NDArray[np.int64], table: pd.DataFrame, same: Same, item: str
) -> tuple[dict[int, list[int]], int]:
    """Row -> the rows of earlier sources that it is the same as, best first; and near pairs without a name."""
    names = _names(table, same, item)
    tree = shapely.STRtree(geometry)
    one, two = tree.query(geometry, predicate="dwithin", distance=same.within.value)
    earlier = of[two] < of[one]
    one, two = one[earlier], two[earlier]
    distance = shapely.distance(geometry[one], geometry[two])
    order = np.lexsort((two, distance, of[two], one))
    out: dict[int, list[int]] = {}
    unnamed = 0
    for row, other in zip(one[order].tolist(), two[order].tolist(), strict=True):
        alike = _alike(names[row], names[other], same) if names is not None else True
        unnamed += alike is None
        if alike or (alike is None and same.unnamed == "same"):
            out.setdefault(row, []).append(other)
    return out, unnamed


def _names(table: pd.DataFrame, same: Same, item: str) -> list[str] | None:
    """The names to compare, "" where there is none; None where being near is enough."""
    if same.name is None:
        return None
    if same.name not in table.columns:
        raise StudyError(
            f"{item} has same: name: {same.name!r}, which no part has.{did_you_mean(same.name, table.columns)} "
            f"The fields are {named(table.columns)}; rename: gives the fields of two registers one name."
        )
    texts = [code_text(value) for value in table[same.name]]
    return ["" if any(fnmatchcase(text.upper(), key.upper()) for key in same.no_name) else text for text in texts]


def _alike(one: str, two: str, same: Same) -> bool | None:
    """Whether two names are similar; None where one is missing."""
    one, two = _plain(one, same), _plain(two, same)
    if not one or not two:
        return None
    return bool(fuzz.token_sort_ratio(one, two) / 100 >= same.similar.value - 1e-12)


def _plain(name: str, same: Same) -> str:
    """A name in small letters, without punctuation and without the words that say nothing."""
    ignored = {word.casefold() for word in same.ignore}
    return " ".join(word for word in str(utils.default_process(name)).split() if word not in ignored)


def _given(
    table: pd.DataFrame, certain: NDArray[np.bool_], matches: dict[int, list[int]], kept: NDArray[np.bool_], same: Same
) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """What those that are left out give to the feature that stays: certainty, and values where it lacks them.

    A feature gives to the first of its matches that stays, in order of source, distance and place.
    """
    certain, gifts = certain.copy(), list[tuple[int, int]]()
    for row in sorted(matches):
        stays = next((other for other in matches[row] if kept[other]), None)
        if stays is not None:
            gifts.append((row, stays))
            certain[stays] |= certain[row]
    if not same.fill or not gifts:
        return table, certain
    columns = {}
    for field in table.columns:
        values, null = list(table[field]), table[field].isna().to_numpy(bool).copy()
        for row, stays in gifts:
            if null[stays] and not null[row]:
                values[stays], null[stays] = values[row], False
        columns[field] = pd.Series(values, dtype=table[field].dtype)
    return pd.DataFrame(columns), certain


def _stacked(
    parts: Sequence[VectorLayer], labels: Sequence[str], item: str
) -> tuple[pd.DataFrame, dict[str, str], list[str]]:
    """All attributes, null where a part does not have a field; their units; what was converted."""
    if any(PART in part.table.columns for part in parts):
        raise StudyError(
            f"{item} has a field {PART!r}, which in a union is the name of the source. "
            f"Rename it where it is read: rename: {{{PART}: ...}}."
        )
    fields = list(dict.fromkeys(field for part in parts for field in part.table.columns))
    columns: dict[str, Any] = {
        PART: pd.Series([label for label, part in zip(labels, parts, strict=True) for _ in part.ids], dtype=object)
    }
    units, notes = dict[str, str](), list[str]()
    for field in fields:
        factors, unit = _factors(field, parts, labels, item, notes)
        if unit:
            units[field] = unit
        columns[field] = _column(field, parts, factors, labels, item)
    return pd.DataFrame(columns), units, notes


def _factors(
    field: str, parts: Sequence[VectorLayer], labels: Sequence[str], item: str, notes: list[str]
) -> tuple[list[float], str]:
    """What the numbers of each part are multiplied by, to be in the unit of the first that has the field."""
    have = [at for at, part in enumerate(parts) if field in part.table.columns]  # whatever values are near the land
    said = {at: parts[at].units.get(field, "") for at in have}
    if len(set(said.values())) <= 1:
        return [1.0] * len(parts), next(iter(said.values()), "")
    target, first = said[have[0]], labels[have[0]]
    factors = [1.0] * len(parts)
    for at, unit in said.items():
        if unit == target:
            continue
        try:
            if not unit or not target:
                raise UnitError("one has no unit")
            to = parse_unit(target)
            factors[at] = parse_unit(unit, to.dimension).factor / to.factor
        except UnitError:
            raise StudyError(
                f"{item} has the field {field!r} in {target or 'no unit'!r} in {first!r} and in "
                f"{unit or 'no unit'!r} in {labels[at]!r}. "
                "Write units: at the part that lacks one, or rename: one of the fields."
            ) from None
        if _kind(parts[at].table[field]) not in ("number", "nothing"):
            raise StudyError(
                f"{item} has the field {field!r} in {unit!r} in {labels[at]!r}, as text, which cannot be converted to "
                f"{target!r} of {first!r}. Rename one of the fields."
            )
        notes.append(f"{field} of {labels[at]!r} was converted from {unit} to {target}.")
    return factors, target


def _column(
    field: str, parts: Sequence[VectorLayer], factors: list[float], labels: Sequence[str], item: str
) -> pd.Series[Any]:
    """One field of all parts, of one kind."""
    kinds = {at: _kind(part.table[field]) for at, part in enumerate(parts) if field in part.table.columns}
    told = {at: kind for at, kind in kinds.items() if kind != "nothing"}
    if len(set(told.values())) > 1:
        one, two = sorted(told)[0], next(at for at in sorted(told) if told[at] != told[sorted(told)[0]])
        raise StudyError(
            f"{item} has the field {field!r} as {told[one]} in {labels[one]!r} and as {told[two]} in {labels[two]!r}. "
            "Rename one of them: rename: {...} at that part."
        )
    kind = next(iter(told.values()), "text")
    if kind == "number":
        return _numbers(field, parts, factors, exact=len(told) == len(parts))
    return pd.Series(list(_values(field, parts)), dtype=object)


def _numbers(field: str, parts: Sequence[VectorLayer], factors: list[float], *, exact: bool) -> pd.Series[Any]:
    present = [part.table[field] if field in part.table.columns else None for part in parts]
    whole = exact and all(
        column is not None and pd.api.types.is_integer_dtype(column.dtype) and not column.isna().any()
        for column in present
    )
    if whole and all(factor == 1.0 for factor in factors):
        return pd.Series(np.concatenate([column.to_numpy(np.int64) for column in present if column is not None]))
    pieces = []
    for part, column, factor in zip(parts, present, factors, strict=True):
        if column is None or _kind(column) == "nothing":
            pieces.append(np.full(len(part), np.nan))
        else:
            pieces.append(column.to_numpy(np.float64, na_value=np.nan) * factor)
    return pd.Series(np.concatenate(pieces))


def _values(field: str, parts: Sequence[VectorLayer]) -> Iterator[Any]:
    for part in parts:
        if field in part.table.columns:
            yield from (
                None if null else value for value, null in zip(part.table[field], part.table[field].isna(), strict=True)
            )
        else:
            yield from (None for _ in range(len(part)))


def _kind(column: pd.Series[Any]) -> str:
    """What the values of a column are; "nothing" where all are null."""
    if column.isna().all():
        return "nothing"
    if pd.api.types.is_bool_dtype(column.dtype):
        return "yes or no"
    if pd.api.types.is_numeric_dtype(column.dtype):
        return "number"
    return "date" if pd.api.types.is_datetime64_any_dtype(column.dtype) else "text"
