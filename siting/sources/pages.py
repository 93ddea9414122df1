"""Pages of features on their way to one GeoParquet file: read by GDAL, kept one by one on disk, joined at the end.

GDAL's drivers read each page (Esri JSON, GeoJSON, GML). Fetching page by page is ours: GDAL asks ArcGIS by ever deeper
offsets, follows redirects to anywhere, and takes a page that ends early for the end of the layer.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from siting.errors import RunError, SourceError

__all__ = ["WHOLE", "Joined", "Page", "Parts", "check_linear", "check_own", "read_page", "write_features"]

WHOLE = b"siting:whole"  #: file metadata: bounds and number of features of the whole layer, where only a part is here
_GEOMETRY = "geometry"
_HEAD = 1 << 20  #: bytes; more than GDAL looks at to tell a format
#: words by which GDAL's drivers for pointers (VRT, GDALG, WFS, WMS, WMTS, WCS, tiles) know their files
_POINTER = re.compile(
    rb"OGRVRTDataSource|gdal_streamed_alg|OGRWFSDataSource|VRTDataset|GDAL_W[MC]|WCS_GDAL|WM[ST]_(?:MS_)?Capabilities|"
    rb"WFS_Capabilities|<(?:\w+:)?Capabilities|TileMapService",
    re.IGNORECASE,
)
_CURVED = {8: "CircularString", 9: "CompoundCurve", 10: "CurvePolygon", 13: "Curve", 14: "Surface"}
_SOLID = {15: "PolyhedralSurface", 16: "TIN", 17: "Triangle"}
_one_at_a_time = threading.Lock()  # warnings are caught for the whole process


@dataclass(frozen=True, eq=False, kw_only=True)
class Page:
    """Features of one answer: attributes and the column "geometry" (WKB); the CRS as the answer says, "" without."""

    table: pa.Table
    crs: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Joined:
    """What was written: features, their bounds (None without any), the number of pages."""

    features: int
    bounds: tuple[float, float, float, float] | None
    pages: int


def read_page(data: bytes | Path, item: str, *, layer: str | None = None) -> Page:
    """The features of an answer, through GDAL; raises SourceError where it is no features."""
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError

    check_own(data, item)
    try:
        with _one_at_a_time, warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            meta, table = pyogrio.read_arrow(data, layer=layer, **_gml(data))
    except (DataSourceError, DataLayerError) as error:
        said = " ".join(str(error).split()).rstrip(".;")
        raise SourceError(
            f"{item} answers with something that GDAL cannot read as features: {said}. Try again later."
        ) from None
    name = meta["geometry_name"] or "wkb_geometry"
    if name not in table.column_names:
        raise SourceError(f"{item} has no geometry: it is a plain table. Name a layer of points, lines or polygons.")
    nested = [field.name for field in table.schema if field.name != name and pa.types.is_nested(field.type)]
    plain = {item: table[item] for item in table.column_names if item != name and item not in nested}
    geometry = table[name].combine_chunks() if table.num_rows else pa.array([], pa.binary())
    check_linear(geometry, item)
    plain[_GEOMETRY] = geometry.cast(pa.binary())
    notes = tuple(dict.fromkeys(f"GDAL says: {warning.message}" for warning in caught))
    notes += tuple(f"The field {item!r} holds lists and is left out." for item in nested)
    return Page(table=pa.table(plain), crs=meta["crs"] or "", notes=notes)


def _gml(data: bytes | Path) -> dict[str, str]:
    """For an answer in GML: its schema is not fetched, which GDAL would do past the rules for addresses."""
    return {"DOWNLOAD_SCHEMA": "NO"} if isinstance(data, bytes) and data[:100].lstrip().startswith(b"<") else {}


def check_own(data: bytes | Path, item: str) -> None:
    """Refuse what GDAL takes, by its content and under any name, for a pointer to other files or addresses."""
    if isinstance(data, Path):
        if not data.is_file():
            return
        with data.open("rb") as stream:
            data = stream.read(_HEAD)
    if _POINTER.search(data[:_HEAD]):
        raise SourceError(
            f"{item} is no data of its own, but tells GDAL to read other files or addresses, which siting does not "
            "open. Ask its publisher, or name another source."
        )


def check_linear(geometry: Any, item: str) -> None:
    """Refuse curves and solids: their shape would be guessed when they are made straight."""
    array = geometry.combine_chunks() if isinstance(geometry, pa.ChunkedArray) else geometry
    for chunk in array.chunks if isinstance(array, pa.ChunkedArray) else [array]:
        codes = _codes(chunk.cast(pa.binary()))
        for what, kinds in (("true curves", _CURVED), ("multipatches (solids)", _SOLID)):
            rows = np.flatnonzero(np.isin(codes, list(kinds)))
            if len(rows):
                raise SourceError(
                    f"{item} holds {what}, as {kinds[int(codes[rows[0]])]} in {len(rows):,} of its features, and "
                    "making them straight would guess their shape. Ask its publisher for straight edges, or convert it "
                    "with a tolerance that you choose."
                )


def _codes(array: pa.BinaryArray) -> NDArray[np.int64]:
    """The geometry types of WKB; -1 where there is none."""
    out = np.full(len(array), -1, np.int64)
    if not len(array):
        return out
    valid = ~np.asarray(array.is_null())
    _, offsets_buffer, data_buffer = array.buffers()
    if data_buffer is None:
        return out
    offsets = np.frombuffer(offsets_buffer, np.int32)[array.offset : array.offset + len(array) + 1]
    data = np.frombuffer(data_buffer, np.uint8)
    valid &= np.diff(offsets) >= 5
    start = offsets[:-1][valid].astype(np.int64)
    four = np.stack([data[start + number] for number in (1, 2, 3, 4)], axis=1).astype(np.int64)
    little = data[start] == 1
    codes = np.where(little, four @ [1, 1 << 8, 1 << 16, 1 << 24], four @ [1 << 24, 1 << 16, 1 << 8, 1])
    out[valid] = (codes & 0x0FFFFFFF) % 1000
    return out


class Parts:
    """Pages kept on disk, by number; those of another plan are thrown away, those of the same plan are gone on with.

    plan : what the pages are pages of: the question and the ids that answer it
    """

    def __init__(self, folder: Path, plan: str) -> None:
        self.folder = folder
        mark = folder / "plan"
        digest = hashlib.sha256(plan.encode()).hexdigest()
        if folder.is_dir() and (not mark.is_file() or mark.read_text() != digest):
            shutil.rmtree(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            mark.write_text(digest)
        except OSError as error:
            raise _unwritten(folder, error) from error
        self.kept = len(self.numbers())

    def numbers(self) -> list[int]:
        """The pages that are here."""
        return sorted(int(path.stem) for path in self.folder.glob("*.parquet"))

    def has(self, number: int) -> bool:
        """Whether a page is here, as a whole."""
        return self._path(number).is_file()

    def add(self, number: int, page: Page) -> None:
        """Keep a page; it is here as a whole or not at all."""
        path = self._path(number)
        part = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.part")
        try:
            table = page.table.replace_schema_metadata({b"crs": page.crs.encode()})
            pq.write_table(table, part, compression="none", use_dictionary=False)
            os.replace(part, path)
        except OSError as error:
            raise _unwritten(self.folder, error) from error

    def read(self) -> Iterator[pa.Table]:
        """The pages in their order."""
        for number in self.numbers():
            yield pq.read_table(self._path(number))

    def column(self, number: int, name: str) -> NDArray[np.int64]:
        """A column of whole numbers of one page."""
        return np.asarray(pq.read_table(self._path(number), columns=[name])[name], np.int64)

    def join(
        self,
        target: Path,
        *,
        keep: Callable[[pa.Table], pa.Table] | None = None,
        whole: Mapping[str, Any] | None = None,
        crs: str | None = None,
    ) -> Joined:
        """Write all pages as one GeoParquet file, a row group a page, and forget them.

        keep : takes from a page what shall stay
        whole : what is known of the whole layer, for the file's metadata
        crs : in place of what the pages say
        """
        schema = _fitting([self._path(number) for number in self.numbers()])
        pages = (page if keep is None else keep(page) for page in self.read())
        out = write_features(target, pages, schema, crs=self.crs() if crs is None else crs, whole=whole)
        shutil.rmtree(self.folder)
        return out

    def crs(self) -> str:
        """The CRS that the pages say, "" where they say none; raises SourceError where they differ."""
        schemas = [pq.read_schema(self._path(number)) for number in self.numbers()]
        said = {(schema.metadata or {}).get(b"crs", b"").decode() for schema in schemas}
        if len(said) > 1:
            raise SourceError(
                f"The pages of a layer came in several CRS ({', '.join(sorted(said))}). Its server is out of order; "
                "try again later."
            )
        return next(iter(said), "")

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:08d}.parquet"


def write_features(
    target: Path, tables: Iterator[pa.Table], schema: pa.Schema, *, crs: str, whole: Mapping[str, Any] | None = None
) -> Joined:
    """Write tables with the WKB column "geometry" as one GeoParquet file, one row group each, never all at once."""
    features, pages = 0, 0
    kinds: set[str] = set()
    low, high = np.full(2, np.inf), np.full(2, -np.inf)
    attributes = [name for name in schema.names if name != _GEOMETRY]
    options = {"compression": "zstd", "store_schema": False}
    options |= {"use_dictionary": attributes, "write_statistics": attributes}
    try:
        with pq.ParquetWriter(target, schema.remove_metadata(), **options) as writer:
            for table in tables:
                fitting = _fitted(table, schema)
                if fitting.num_rows:
                    writer.write_table(fitting, row_group_size=fitting.num_rows)
                    shapes = shapely.from_wkb(fitting[_GEOMETRY].to_numpy(zero_copy_only=False))
                    kinds |= {name for name in np.unique(_names(shapes)) if name}
                    bounds = shapely.total_bounds(shapes)
                    low, high = np.fmin(low, bounds[:2]), np.fmax(high, bounds[2:])
                features, pages = features + fitting.num_rows, pages + 1
            box = None if not np.isfinite([low, high]).all() else (*map(float, low), *map(float, high))
            writer.add_key_value_metadata({"geo": json.dumps(_geo(crs, kinds, box), sort_keys=True)})
            if whole:
                writer.add_key_value_metadata({WHOLE.decode(): json.dumps(dict(whole), sort_keys=True)})
    except OSError as error:
        raise _unwritten(target.parent, error) from error
    return Joined(features=features, bounds=box, pages=pages)  # type: ignore[arg-type]


def _names(shapes: NDArray[np.object_]) -> NDArray[np.str_]:
    names = {0: "Point", 1: "LineString", 2: "LineString", 3: "Polygon", 4: "MultiPoint", 5: "MultiLineString"}
    names |= {6: "MultiPolygon", 7: "GeometryCollection"}
    ids, solid = shapely.get_type_id(shapes), shapely.has_z(shapes)
    return np.array([names.get(int(k), "") + (" Z" if z else "") for k, z in zip(ids, solid, strict=True)])


def _geo(crs: str, kinds: set[str], box: tuple[float, ...] | None) -> dict[str, Any]:
    """The metadata of GeoParquet 1.1."""
    column = {
        "encoding": "WKB",
        "geometry_types": sorted(kinds),
        "crs": CRS.from_user_input(crs).to_json_dict() if crs else None,
        **({"bbox": list(box)} if box else {}),
    }
    return {"version": "1.1.0", "primary_column": _GEOMETRY, "columns": {_GEOMETRY: column}}


def _fitted(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """A table with the columns of a schema; what it lacks is null."""
    columns = [
        table[field.name].cast(field.type) if field.name in table.column_names else pa.nulls(len(table), field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema.remove_metadata())


def _fitting(paths: list[Path]) -> pa.Schema:
    """Columns that fit every page; one that is empty on a page fits any type, and what fits nothing else is text."""
    declared: dict[str, pa.DataType] = {}
    filled: dict[str, list[pa.DataType]] = {}
    for path in paths:
        metadata = pq.read_metadata(path)
        empty = _empty_columns(metadata)
        for item in metadata.schema.to_arrow_schema():
            declared.setdefault(item.name, item.type)
            if item.name not in empty:
                filled.setdefault(item.name, []).append(item.type)
    names = [name for name in declared if name != _GEOMETRY]
    fields = [pa.field(name, _common(filled.get(name, [declared[name]]))) for name in names]
    return pa.schema([*fields, pa.field(_GEOMETRY, pa.binary())])


def _empty_columns(metadata: pq.FileMetaData) -> set[str]:
    """The columns of a file that hold no value."""
    counts: dict[str, int] = {}
    for group in range(metadata.num_row_groups):
        for number in range(metadata.num_columns):
            column = metadata.row_group(group).column(number)
            known = column.statistics is not None and column.statistics.has_null_count
            nulls = column.statistics.null_count if known else 0
            counts[column.path_in_schema] = counts.get(column.path_in_schema, 0) + nulls
    return {name for name, nulls in counts.items() if nulls == metadata.num_rows}


def _common(types: list[pa.DataType]) -> pa.DataType:
    """The type that holds all values of some types."""
    try:
        schemas = [pa.schema([pa.field("x", kind)]) for kind in types]
        return pa.unify_schemas(schemas, promote_options="permissive").field("x").type
    except pa.ArrowTypeError:
        return pa.string()


def _unwritten(folder: Path, error: OSError) -> RunError:
    reason = getattr(error, "strerror", None) or str(error)
    return RunError(
        f"The cache of layers could not be written ('{folder.name}': {reason}). "
        "Free some space, or name another folder in SITING_CACHE."
    )
