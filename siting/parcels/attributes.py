"""Attributes as the source has them, and the table that ``read_parcels`` makes of them, for any part of the records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from siting.layer.arrow import Conversion, Witnesses, stripped
from siting.layer.values import plain_counts
from siting.layer.vector import nulled
from siting.where import Where, numbers_of

__all__ = ["Attributes", "see_values"]

Sentinels = Mapping[str, tuple[str | int | float, ...]]


@dataclass(frozen=True, eq=False)
class Attributes:
    """How attributes in Arrow become the table of the parcels; each part as it would become within the whole.

    witnesses : rows with a few values of each field, put before every part
    nulls : sentinels by field
    masked : fields of which some value is null because the records of an outline differ
    """

    witnesses: pa.Table
    conversion: Conversion = field(default_factory=Conversion)
    nulls: Sentinels = field(default_factory=dict)
    masked: frozenset[str] = frozenset()

    @property
    def fields(self) -> list[str]:
        """The names of the fields, in their order."""
        return [str(name) for name in self.witnesses.column_names]

    def select(self, names: Iterable[str]) -> Attributes:
        """Of these fields only."""
        wanted = set(names)
        return replace(self, witnesses=self.witnesses.select([name for name in self.fields if name in wanted]))

    def frame(self, table: pa.Table, differ: Sequence[tuple[int, str]] = ()) -> pd.DataFrame:
        """The table of some records.

        table : their attributes; differ : (row, field) of values on which the records of an outline differ
        """
        return stripped(self.behind_witnesses(table, differ), self.witnesses.num_rows)

    def behind_witnesses(self, table: pa.Table, differ: Sequence[tuple[int, str]] = ()) -> pd.DataFrame:
        """The table of the witnesses and, after them, of some records."""
        count = self.witnesses.num_rows
        whole = pa.concat_tables([self.witnesses, table.select(self.fields).cast(self.witnesses.schema)])
        plain, _ = plain_counts(self.conversion.frame(whole))
        out, _ = nulled(plain, self.nulls)
        for name in self.masked & set(self.fields):
            hit = np.zeros(len(out), bool)
            hit[0] = True  # a witness: a null in one part changes the type in all
            hit[[count + row for row, other in differ if other == name]] = True
            out[name] = out[name].mask(hit)
        return out


def see_values(
    witnesses: Witnesses, table: pa.Table, rows: NDArray[np.int64], conversion: Conversion, nulls: Sentinels,
    where: Where | None,
) -> None:  # fmt: skip
    """Let the first sentinel of a field, and the values that decide how ``where`` compares it, be witnesses."""
    asked = set(where.fields if where else ())
    names = [name for name in table.column_names if name in asked or name in nulls]
    names = [name for name in names if name in asked or "sentinel" not in witnesses.values.get(name, {})]
    if not names or not len(table):
        return
    raw, _ = plain_counts(conversion.frame(table.select(names)))
    out, _ = nulled(raw, nulls)
    for name in names:
        found = {"sentinel": (out[name].isna() & raw[name].notna()).to_numpy(bool)}
        if name in asked:
            found |= _decisive(out[name])
        for what, where_true in found.items():
            if where_true.any() and what not in witnesses.values.get(name, {}):
                witnesses.keep(name, what, table.column(name), rows, int(np.argmax(where_true)))


def _decisive(column: pd.Series[Any]) -> dict[str, NDArray[np.bool_]]:
    """Values that decide how a condition takes a field: any, one that shows, one that is a number, a flag."""
    known = column.notna().to_numpy(bool)
    if pd.api.types.is_numeric_dtype(column.dtype) or column.dtype.kind in "Mm":
        return {"known": known}
    words = column.astype("object").map(lambda item: str(item).strip().casefold())
    flags = words.isin(["true", "false", "1", "0", "1.0", "0.0"]).to_numpy(bool)
    return {
        "known": known,
        "shown": known & (words != "").to_numpy(bool),
        "number": np.isfinite(numbers_of(column)),
        "flag": known & flags,
    }
