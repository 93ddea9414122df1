"""Tables and geometries as files: GeoParquet, GeoPackage, CSV, JSON; whole files with repeatable bytes.

Every writer writes beside the target and then replaces it, so that a file is either there as a
whole or not at all, and gives the same bytes for the same content and package versions.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
import pyproj
import shapely
from numpy.typing import NDArray

from siting.errors import DataError, RunError, said_by_system
from siting.kernels.wkb import write_wkb
from siting.shapes import Kind, Shapes

__all__ = [
    "GEOMETRY",
    "GPKG_COLUMNS",
    "ROWS_PER_GROUP",
    "arrow_table",
    "as_written",
    "csv_file",
    "decoded",
    "in_groups",
    "json_text",
    "replacing",
    "wkb_of",
    "write_csv",
    "write_gpkg",
    "write_gpkg_groups",
    "write_json",
    "write_parquet",
    "write_parquet_groups",
    "write_text",
]

GEOMETRY = "siting:geometry"  #: the column of WKB beside those of a table
ROWS_PER_GROUP = 65_536
GPKG_COLUMNS = 1_998  #: beside id and geometry: SQLite has room for 2,000
_FORMULA = r"^'*[=+\-@\t\r]"  # a spreadsheet takes such text for a formula
_FIRST = b"'=+-@\t\r"
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_GPKG_DATE = "2000-01-01T00:00:00.000Z"  # a GeoPackage holds the date of its last change: one date, the same bytes
_GEOMETRY_TYPE = {"point": "MultiPoint", "line": "MultiLineString", "polygon": "MultiPolygon"}

_WORDS = pa.dictionary(pa.int32(), pa.string())
_LINES = pyarrow.csv.WriteOptions(batch_size=4096)  #: rows at once: a tenth quicker than the 1,024 of the library

Geometry = Shapes | NDArray[np.object_]


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A new path in the same folder to write to; it takes the place of ``path`` at the end, or vanishes.

    Raises ``RunError`` naming the file where the disk is full or the folder cannot be written.
    """
    part = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        os.replace(part, path)
    except OSError as error:
        raise RunError(
            f"'{path.name}' could not be written to the folder '{path.parent}': {said_by_system(error)}. "
            "Free some space or choose another folder, then run again."
        ) from error
    finally:
        for left in path.parent.glob(f"{part.name}*"):  # SQLite leaves a journal beside a file that it could not finish
            left.unlink(missing_ok=True)


def write_parquet(
    path: Path,
    table: pa.Table,
    geometry: Geometry,
    *,
    crs: str,
    units: Mapping[str, str] | None = None,
    metadata: Mapping[str, str] | None = None,
) -> None:
    """GeoParquet 1.1 (WKB, zstd), row groups of 65,536 rows in table order.

    Parameters
    ----------
    path : the file to make or replace
    table : n rows; its columns come first, in their order, then ``geometry``
    geometry : n geometries of one kind, in ``crs``
    units : column -> unit, kept as field metadata ``unit``; a column that the table lacks is an error
    metadata : text for the file's own metadata
    """
    shapes = _checked(table, geometry)
    groups = (
        (rows := table.slice(start, ROWS_PER_GROUP), _wkb(shapes, start, start + rows.num_rows))
        for start in range(0, max(len(shapes), 1), ROWS_PER_GROUP)
    )
    write_parquet_groups(
        path, table.schema, groups, kind=shapes.kind, crs=crs, units=units, metadata=metadata,
        bounds=shapes.total_bounds if len(shapes.coords) else None, rows=len(shapes),
    )  # fmt: skip


def write_parquet_groups(
    path: Path,
    schema: pa.Schema,
    groups: Iterable[tuple[pa.Table, pa.Array]],
    *,
    rows: int,
    kind: Kind,
    bounds: tuple[float, float, float, float] | None,
    crs: str,
    units: Mapping[str, str] | None = None,
    metadata: Mapping[str, str] | None = None,
) -> None:
    """``write_parquet`` of a table that comes in groups of 65,536 rows, each with its geometries as WKB.

    schema : of the columns, of which dictionaries become text; rows, kind, bounds : of all geometries
    """
    schema = decoded(schema)
    full = _with_units(schema, units or {}).append(pa.field("geometry", pa.binary()))
    extra = {"geo": _geo(kind, rows, bounds, crs), **(metadata or {})}
    full = full.with_metadata({key: extra[key] for key in sorted(extra)})
    # text repeats, but for ids; numbers and outlines hardly do
    words: Any = [field.name for field in schema if pa.types.is_string(field.type) and field.name != "id"]
    with (
        replacing(path) as part,
        pq.ParquetWriter(part, full, compression="zstd", version="2.6", use_dictionary=words) as writer,
    ):
        for table, wkb in groups:
            columns = table.combine_chunks().cast(schema).columns
            writer.write_table(pa.Table.from_arrays([*columns, wkb], schema=full), row_group_size=ROWS_PER_GROUP)


def write_gpkg(path: Path, table: pa.Table, geometry: Geometry, *, crs: str, layer: str) -> None:
    """A GeoPackage with one layer of a stated name; lists of text become "a; b".

    Parameters as in ``write_parquet``. The date of last change is always 2000-01-01.
    """
    shapes = _checked(table, geometry)
    groups = in_groups(table, shapes)
    write_gpkg_groups(path, table.schema, groups, kind=shapes.kind, crs=crs, layer=layer)


def in_groups(table: pa.Table, shapes: Shapes | None = None) -> Iterator[pa.Table]:
    """A table in groups of 65,536 rows, with the outlines in the column ``GEOMETRY``; at least one group."""
    for start in range(0, max(table.num_rows, 1), ROWS_PER_GROUP):
        rows = table.slice(start, ROWS_PER_GROUP)
        yield rows if shapes is None else rows.append_column(GEOMETRY, _wkb(shapes, start, start + rows.num_rows))


def write_gpkg_groups(
    path: Path, schema: pa.Schema, groups: Iterable[pa.Table], *, kind: Kind, crs: str, layer: str
) -> None:
    """``write_gpkg`` of a table that comes in groups of 65,536 rows, with their outlines in the column ``GEOMETRY``.

    schema : of the columns beside the outlines
    """
    wkb = pa.field("geom", pa.binary(), metadata={"ARROW:extension:name": "geoarrow.wkb"})
    full = _flat(schema.empty_table()).schema.append(wkb)
    failed: list[BaseException] = []

    def batches() -> Iterator[pa.RecordBatch]:
        try:
            for group in groups:
                columns = [*_flat(group.select(schema.names)).columns, group.column(GEOMETRY)]
                yield from pa.Table.from_arrays(columns, schema=full).combine_chunks().to_batches()
        except BaseException as error:
            failed.append(error)  # the library tells its text only
            raise

    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError, FieldError

    date = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _GPKG_DATE})
    reader = pa.RecordBatchReader.from_batches(full, batches())
    try:
        with replacing(path) as part:
            try:
                pyogrio.write_arrow(
                    reader, part, layer=layer, driver="GPKG", geometry_name="geom", geometry_type=_GEOMETRY_TYPE[kind],
                    crs=crs,
                )  # fmt: skip
            except FieldError:
                raise  # a column that the format does not have: no matter of space
            except (DataLayerError, DataSourceError) as error:  # what the disk refuses, as GDAL says it
                raise OSError(str(error)) from error
    except Exception as error:
        raise (failed[0] if failed else error) from None
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": date})


def write_csv(path: Path, table: pa.Table) -> None:
    """CSV in UTF-8: a header, commas, quotes where needed, empty for null; lists of text become "a; b".

    Text that a spreadsheet would take for a formula (it begins with = + - @, a tab or a return, and is no number)
    gets an apostrophe in front; ``as_written`` takes it away.
    """
    with csv_file(path) as write:
        write(table)


@contextmanager
def csv_file(path: Path) -> Iterator[Callable[[pa.Table], None]]:
    """``write_csv`` of a table that comes in pieces of one schema: a function that takes the next; at least one."""
    with replacing(path) as part, ExitStack() as stack:
        writers: list[pyarrow.csv.CSVWriter] = []

        def write(table: pa.Table) -> None:
            plain = _plain_table(table)
            if not writers:
                writers.append(stack.enter_context(pyarrow.csv.CSVWriter(part, plain.schema, write_options=_LINES)))
            writers[0].write_table(plain)

        yield write


def decoded(schema: pa.Schema) -> pa.Schema:
    """The schema with the type of their values for columns that are dictionaries.

    >>> decoded(pa.schema([("a", pa.dictionary(pa.int32(), pa.string()))])).field("a").type
    DataType(string)
    """
    for at, field in enumerate(schema):
        if pa.types.is_dictionary(field.type):
            schema = schema.set(at, field.with_type(field.type.value_type))
    return schema


def _plain_table(table: pa.Table) -> pa.Table:
    """Columns and names that any reader of CSV takes as they are meant."""
    columns = [_plain_column(column) for column in table.columns]
    names = _harmless_texts(pa.array(table.column_names, pa.string()))
    return pa.Table.from_arrays(columns, names=names.to_pylist())


def _plain_column(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column as any reader of CSV takes it; of a dictionary each text is looked at once."""
    if column.type == _WORDS:
        texts = [
            pa.DictionaryArray.from_arrays(chunk.indices, _harmless_texts(chunk.dictionary)).dictionary_decode()
            for chunk in column.chunks
        ]
        return pa.chunked_array(texts, pa.string())
    flat = _flat_column(column)
    if not pa.types.is_string(flat.type):
        return flat
    return pa.chunked_array([_harmless_texts(chunk) for chunk in flat.chunks], flat.type)


def as_written(text: str) -> str:
    """The text of a cell of ``write_csv`` as it was.

    >>> as_written("'=SUM(A1)"), as_written("'tis"), as_written("-5")
    ('=SUM(A1)', "'tis", '-5')
    """
    return text[1:] if text.startswith("'") and re.match(_FORMULA, text) else text


def _harmless_texts(texts: pa.StringArray) -> pa.StringArray:
    """Text that no spreadsheet takes for a formula; only what its first byte may begin is looked at closely."""
    rows = _begin_with(texts, _FIRST)
    some = texts.take(pa.array(rows))
    risky = pc.and_(pc.match_substring_regex(some, _FORMULA), pc.invert(pc.match_substring_regex(some, _NUMBER)))
    at = rows[pc.fill_null(risky, False).to_numpy(zero_copy_only=False)]
    if not len(at):
        return texts
    mask = np.zeros(len(texts), bool)
    mask[at] = True
    return pc.replace_with_mask(texts, mask, pc.binary_join_element_wise("'", texts.take(pa.array(at)), ""))


def _begin_with(texts: pa.StringArray, first: bytes) -> NDArray[np.int64]:
    """Rows of texts that begin with one of these bytes; perhaps nulls too."""
    _, at, data = texts.buffers()
    if data is None or not len(texts):
        return np.empty(0, np.int64)
    offsets = np.frombuffer(at, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    filled = np.flatnonzero(offsets[1:] > offsets[:-1])
    wanted = np.zeros(256, bool)
    wanted[list(first)] = True
    return filled[wanted[np.frombuffer(data, np.uint8)[offsets[filled]]]]


def write_json(path: Path, content: Any) -> None:
    """JSON as ``json_text`` gives it."""
    write_text(path, json_text(content))


def write_text(path: Path, text: str) -> None:
    """Text in UTF-8 with the line ends it has."""
    with replacing(path) as part:
        part.write_bytes(text.encode())


def json_text(content: Any) -> str:
    """JSON for people and machines: keys sorted, two spaces, one newline at the end; numpy scalars as numbers.

    Raises ``DataError`` for NaN and infinity, which JSON does not have.

    >>> print(json_text({"b": np.float64(1.5), "a": [1, None]}), end="")
    {
      "a": [
        1,
        null
      ],
      "b": 1.5
    }
    """
    try:
        return json.dumps(content, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False, default=_plain) + "\n"
    except ValueError as error:
        raise DataError(
            "JSON has no NaN and no infinity, and the content to write holds one. Say null or a text instead."
        ) from error


def _plain(item: Any) -> Any:
    """The plain Python value of a numpy scalar or array."""
    if isinstance(item, np.generic | np.ndarray):
        return item.tolist()
    raise TypeError(f"{type(item).__name__} cannot be written as JSON")


def _checked(table: pa.Table, geometry: Geometry) -> Shapes:
    """The geometries as Shapes, one a row."""
    shapes = geometry if isinstance(geometry, Shapes) else Shapes.from_geometries(geometry)
    if len(shapes) != table.num_rows:
        raise DataError(
            f"A table of {table.num_rows:,} rows and {len(shapes):,} geometries cannot be one file. "
            "Give one geometry a row."
        )
    return shapes


def _with_units(schema: pa.Schema, units: Mapping[str, str]) -> pa.Schema:
    """The schema with ``unit`` in the metadata of the named fields."""
    for name, unit in units.items():
        at = schema.get_field_index(name)
        if at < 0:
            raise DataError(
                f"The unit '{unit}' is for the column '{name}', which the table does not have. "
                "Give units for its columns only."
            )
        field = schema.field(at)
        schema = schema.set(at, field.with_metadata({**(field.metadata or {}), b"unit": unit.encode()}))
    return schema


def _geo(kind: Kind, rows: int, bounds: tuple[float, float, float, float] | None, crs: str) -> str:
    """The ``geo`` metadata of GeoParquet 1.1."""
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": [_GEOMETRY_TYPE[kind]] if rows else [],
        "crs": pyproj.CRS(crs).to_json_dict(),
    }
    if kind == "polygon":
        column["orientation"] = "counterclockwise"
    if bounds is not None:
        column["bbox"] = list(bounds)
    content = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    return json.dumps(content, sort_keys=True)


def _wkb(shapes: Shapes, start: int, stop: int) -> pa.Array:
    return wkb_of(shapes.take(np.arange(start, stop)))


def wkb_of(shapes: Shapes) -> pa.Array:
    """Geometries as little-endian WKB."""
    if shapes.kind == "polygon":
        data, offsets = write_wkb(shapes.coords, shapes.ring_offsets, shapes.shape_offsets, shapes.part_starts)
        if offsets[-1] <= np.iinfo(np.int32).max:
            buffers = [None, pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(data)]
            return pa.Array.from_buffers(pa.binary(), len(shapes), buffers)
    return pa.array(shapely.to_wkb(shapes.geometries, byte_order=1), pa.binary())


def _flat(table: pa.Table) -> pa.Table:
    """Columns that a plain table can hold."""
    return pa.Table.from_arrays([_flat_column(column) for column in table.columns], names=table.column_names)


def _flat_column(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Lists of text joined, dictionaries and nothing at all as text.

    Durations, decimals and whatever else no plain format has are text too.
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _flat_column(column.cast(kind.value_type))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        texts = [None if item is None else "; ".join(map(str, item)) for item in column.to_pylist()]
        return pa.chunked_array([pa.array(texts, pa.string())])
    if pa.types.is_nested(kind) or pa.types.is_duration(kind) or pa.types.is_decimal(kind):
        texts = [None if item is None else str(item) for item in column.to_pylist()]
        return pa.chunked_array([pa.array(texts, pa.string())])
    return column.cast(pa.string()) if pa.types.is_null(kind) else column


def arrow_table(columns: Mapping[str, Any]) -> pa.Table:
    """Columns as Arrow; NaN and None are null, infinite stays infinite ("beyond the reach").

    columns : arrays, or what gives itself to Arrow, as text that is kept in codes does (as a dictionary)

    >>> arrow_table({"a": np.array([1.0, np.nan]), "b": np.array(["x", None], object)}).column("a").null_count
    1
    """
    return pa.table({name: _array(values) for name, values in columns.items()})


def _array(values: Any) -> pa.Array:
    """One column; mixed objects become text, and so do whole numbers beyond 64 bits."""
    if hasattr(values, "__arrow_array__"):
        return pa.array(values)
    array = np.asarray(values)
    if array.dtype.kind == "m":  # a duration, which few formats have
        array = np.array([None if pd.isna(value) else str(value) for value in pd.to_timedelta(array)], object)
    if array.dtype.kind not in "OU":
        return pa.array(array, from_pandas=True)
    with suppress(pa.ArrowException, OverflowError):
        alike = pa.array(array, from_pandas=True)
        if alike.type in (pa.string(), pa.int64()):
            return alike
    cells = [None if value is None or value != value else value for value in array.tolist()]
    kinds = {type(value) for value in cells} - {type(None)}
    if all(issubclass(kind, str) for kind in kinds):
        return pa.array(cells, type=pa.string())
    if kinds <= {int, np.int64, np.int32}:
        with suppress(OverflowError):
            return pa.array(cells, type=pa.int64())
    elif all(issubclass(kind, int | float | np.number) and kind is not bool for kind in kinds):
        return pa.array([None if value is None else float(value) for value in cells], type=pa.float64())
    return pa.array([None if value is None else str(value) for value in cells], type=pa.string())
