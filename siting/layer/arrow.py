"""Arrow columns of a vector file as pandas and shapely know them; the same for a part as for the whole.

What a column becomes can depend on all of its values: whole numbers with one null among them become floats. So a few
witnesses of the whole are put before a part while it is converted.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

__all__ = ["Conversion", "Witnesses", "attribute_names", "geometries_of", "stripped"]


def attribute_names(schema: pa.Schema, geometry: Collection[str] = ()) -> list[str]:
    """The columns that are attributes: no geometry, no index of pandas, no mappings or lists (bounding boxes)."""
    names = [str(name) for name in schema.empty_table().to_pandas().columns]
    return [name for name in names if name not in geometry and not pa.types.is_nested(schema.field(name).type)]


def geometries_of(column: pa.ChunkedArray | pa.Array, encoding: str = "WKB") -> NDArray[np.object_]:
    """Shapely geometries of a column in WKB, or in an encoding of GeoArrow ("point", "multipolygon" ...)."""
    if encoding == "WKB":
        return np.asarray(shapely.from_wkb(np.asarray(column, dtype=object)), dtype=object)
    import geopandas

    kind = pa.field("geometry", column.type, metadata={"ARROW:extension:name": f"geoarrow.{encoding}"})
    frame = geopandas.GeoDataFrame.from_arrow(pa.table([column], schema=pa.schema([kind])))
    return np.asarray(frame.geometry.array, dtype=object)


@dataclass(frozen=True)
class Conversion:
    """How the attributes of a file become columns of pandas.

    dates, mappings : columns that GDAL hands over as text and that hold dates, or JSON
    """

    dates: tuple[str, ...] = ()
    mappings: tuple[str, ...] = ()

    def frame(self, table: pa.Table) -> pd.DataFrame:
        """The table with a RangeIndex; columns with codes for their values hold the values."""
        for at, column in enumerate(table.schema):
            if pa.types.is_dictionary(column.type):
                plain = pa.field(column.name, column.type.value_type)
                table = table.set_column(at, plain, table.column(at).cast(column.type.value_type))
        frame: pd.DataFrame = table.to_pandas().reset_index(drop=True)
        for name in set(self.dates) & set(frame.columns):
            frame[name] = _dates(frame[name])
        for name in set(self.mappings) & set(frame.columns):
            if pd.api.types.infer_dtype(frame[name]) == "string":
                frame[name] = frame[name].map(json.loads, na_action="ignore")
        return frame


def _dates(column: pd.Series[Any]) -> pd.Series[Any]:
    """Dates with thousandths of a second, in UTC where their offsets differ; text where they cannot be read."""
    try:
        try:
            dates = pd.to_datetime(column, format="ISO8601")
        except ValueError as error:
            if "Mixed timezones" not in str(error):
                raise
            dates = pd.to_datetime(column, format="ISO8601", utc=True)
    except (ValueError, OverflowError):
        return column
    return dates.dt.as_unit("ms") if dates.dtype.kind == "M" else dates


@dataclass
class Witnesses:
    """A few values of each column of a file, with which a part of it is converted as the whole would be.

    values : column -> what it is witness to -> (row in the file, an array of one value)
    """

    values: dict[str, dict[str, tuple[int, pa.Array]]] = field(default_factory=dict)

    def see(self, table: pa.Table, rows: NDArray[np.int64], conversion: Conversion) -> None:
        """Look at the first null and the first value of each column, and at dates with other offsets."""
        for name in table.column_names:
            known = self.values.setdefault(name, {})
            column = table.column(name)
            if "null" not in known and column.null_count:
                self.keep(name, "null", column, rows, int(np.argmax(column.is_null().to_numpy())))
            if "value" not in known and column.null_count < len(column):
                self.keep(name, "value", column, rows, int(np.argmax(column.is_valid().to_numpy())))
            if name in conversion.dates:
                self._see_offsets(name, column, rows)

    def _see_offsets(self, name: str, column: pa.ChunkedArray, rows: NDArray[np.int64]) -> None:
        """Dates of two offsets are enough to know that offsets differ."""
        offsets = pc.replace_substring_regex(column.cast(pa.string()), r"^.*?(Z|[+-]\d\d:?\d\d)?$", r"offset \1")
        for offset in pc.unique(offsets).drop_null().to_pylist():
            if offset not in self.values[name] and sum(key.startswith("offset") for key in self.values[name]) < 2:
                same = pc.equal(offsets, offset).fill_null(False).to_numpy()
                self.keep(name, offset, column, rows, int(np.argmax(same)))

    def keep(self, name: str, what: str, column: pa.ChunkedArray, rows: NDArray[np.int64], at: int) -> None:
        """Keep the value at a place of a column as a witness."""
        value = pa.concat_arrays([column.slice(at, 1).combine_chunks()])
        value = value.chunk(0) if isinstance(value, pa.ChunkedArray) else value
        self.values.setdefault(name, {}).setdefault(what, (int(rows[at]), value))

    def table(self, schema: pa.Schema) -> pa.Table:
        """The witnesses of these columns, in the order of the file, as rows (which mean nothing together)."""
        listed = {name: [v for _, v in sorted(self.values.get(name, {}).values(), key=_row)] for name in schema.names}
        most = max((len(values) for values in listed.values()), default=0)
        columns = []
        for column in schema:
            values = listed[column.name]
            values = [*values, *([values[-1]] * (most - len(values)))] if values else [pa.nulls(most, column.type)]
            columns.append(pa.chunked_array([value.cast(column.type) for value in values], column.type))
        return pa.Table.from_arrays(columns, schema=schema)

    def frame(self, table: pa.Table, conversion: Conversion) -> tuple[pd.DataFrame, int]:
        """The table behind its witnesses, converted, and how many rows are witnesses."""
        before = self.table(table.schema)
        return conversion.frame(pa.concat_tables([before, table])), before.num_rows


def _row(kept: tuple[int, pa.Array]) -> int:
    return kept[0]


def stripped(frame: pd.DataFrame, witnesses: int) -> pd.DataFrame:
    """The frame without the witnesses before it."""
    return frame.iloc[witnesses:].reset_index(drop=True)
