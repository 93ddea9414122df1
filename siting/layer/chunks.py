"""A vector file in chunks: the features of ``read_features``, a few at a time, with memory for a few.

GeoParquet comes row group by row group and only the columns that are asked for; everything else as GDAL's stream of
Arrow batches.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from siting.errors import DataError
from siting.layer.arrow import Conversion, attribute_names
from siting.layer.file import (
    Box,
    arrow_options,
    box_of,
    crs_text,
    geometries_in,
    invented,
    is_parquet,
    one_layer,
    parquet_invented,
    parquet_metadata,
    sentence,
    unreadable,
)
from siting.layer.wkb import Geometries

__all__ = ["Chunk", "ChunkedFile", "open_chunks"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Chunk:
    """Some features in the order of the file.

    table : attributes as the file has them
    row : their numbers in the file
    column : their geometries as the file has them, in ``encoding``; None where they were not asked for
    """

    table: pa.Table
    row: NDArray[np.int64]
    column: pa.ChunkedArray | None = None
    encoding: str = "WKB"
    item: str = "The file"

    def geometries(self) -> Geometries:
        """The geometries, some of which may not be finite. Raises DataError where there is one that cannot be read."""
        if self.column is None:
            return Geometries.of_objects(np.empty(0, object))
        try:
            return geometries_in(self.column.chunks, self.encoding)
        except (shapely.errors.GEOSException, pa.ArrowException) as error:
            first, last = self.row[[0, -1]].tolist()
            raise DataError(
                f"{self.item} has a geometry that cannot be read, between the records {first:,} and {last:,}: "
                f"{sentence(error)} Download it again."
            ) from error


@dataclass(frozen=True, eq=False, kw_only=True)
class ChunkedFile:
    """A vector file that is read in chunks.

    names : its attributes; conversion : what becomes of them in pandas
    crs_of_file : as ``read_features`` gives it; bounds : as the file declares them, or None
    total : features; record_bytes : about so much memory a feature as it lies in Arrow
    options : how GDAL is asked for its layer
    said : what GDAL warned of until now
    """

    path: Path
    item: str
    options: Mapping[str, Any]
    schema: pa.Schema
    conversion: Conversion
    crs_of_file: str
    bounds: Box | None
    total: int
    record_bytes: int
    synthetic: bool
    geometry: tuple[str, str] = ("", "WKB")
    said: list[str] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """Its attributes."""
        return [str(name) for name in self.schema.names]

    def chunks(self, size: int, columns: Sequence[str] | None = None, *, geometry: bool = True) -> Iterator[Chunk]:
        """Its features, at most ``size`` at a time.

        columns : only these attributes; None: all
        Raises DataError where the file cannot be read on.
        """
        names = self.names if columns is None else [name for name in self.names if name in columns]
        if is_parquet(self.path):
            return self._of_parquet(size, names, geometry)
        return self._of_gdal(size, names, geometry)

    def _of_parquet(self, size: int, names: list[str], geometry: bool) -> Iterator[Chunk]:
        column, encoding = self.geometry
        group, at = 0, 0
        try:
            with pq.ParquetFile(self.path, buffer_size=1 << 20) as file:
                groups = file.metadata.num_row_groups
                wanted = [*names, *([column] if geometry else [])]
                for group in range(groups):
                    for batch in file.iter_batches(size, row_groups=[group], columns=wanted, use_threads=False):
                        table = pa.Table.from_batches([batch])
                        row = np.arange(at, at + len(table), dtype=np.int64)
                        at += len(table)
                        made = table.column(column) if geometry else None
                        yield Chunk(table=table.select(names), row=row, column=made, encoding=encoding, item=self.item)
        except (OSError, pa.ArrowException) as error:
            raise DataError(
                f"{self.item} cannot be read as Parquet: {sentence(error)} It is row group {group + 1} of {groups} "
                f"that is damaged, at record {at:,}. Download it again."
            ) from error

    def _of_gdal(self, size: int, names: list[str], geometry: bool) -> Iterator[Chunk]:
        import pyogrio
        from pyogrio.errors import DataLayerError, DataSourceError

        geopackage = self.path.suffix.lower() == ".gpkg"  # whose records come by their number
        try:
            with pyogrio.open_arrow(
                self.path, **self.options, columns=names, read_geometry=geometry, return_fids=True, batch_size=size,
                use_pyarrow=True, datetime_as_string=True,
            ) as (meta, reader):  # fmt: skip
                place = meta["geometry_name"] or "wkb_geometry"
                last = np.iinfo(np.int64).min
                while (batch := self._next(reader)) is not None:
                    table = pa.Table.from_batches([batch])
                    row = table.column(meta["fid_column"] or "OGC_FID").to_numpy().astype(np.int64)
                    if geopackage and len(row):  # after a gap the driver (GDAL 3.12) begins with a record of before
                        new = row > last
                        table, row, last = table.filter(pa.array(new)), row[new], max(last, int(row.max()))
                    made = table.column(place) if geometry else None
                    yield Chunk(table=table.select(names), row=row, column=made, item=self.item)
        except (DataSourceError, DataLayerError, OSError, pa.ArrowException) as error:
            raise DataError(unreadable(self.item, str(error))) from error

    def _next(self, reader: Any) -> pa.RecordBatch | None:
        """The next batch, None at the end; what GDAL warns of is kept."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            batch = next(reader, None)
        self.said.extend(str(warning.message) for warning in caught)
        return batch


def open_chunks(path: Path, *, item: str, fix: str, layer: str | None) -> ChunkedFile:
    """A vector file to be read in chunks; the arguments are those of ``read_features``."""
    return _open_parquet(path, item) if is_parquet(path) else _open_gdal(path, item, fix, layer)


def _open_parquet(path: Path, item: str) -> ChunkedFile:
    metadata, geo, words = parquet_metadata(path, item)
    schema = metadata.schema.to_arrow_schema()
    names = attribute_names(schema, geo["columns"])
    groups = [metadata.row_group(group) for group in range(metadata.num_row_groups)]
    primary = geo["primary_column"]
    return ChunkedFile(
        path=path,
        item=item,
        options={},
        schema=pa.schema([schema.field(name) for name in names], metadata=schema.metadata),
        conversion=Conversion(),
        crs_of_file=words,
        bounds=None,
        total=metadata.num_rows,
        record_bytes=sum(group.total_byte_size for group in groups) // max(metadata.num_rows, 1) + 1,
        synthetic=parquet_invented(metadata),
        geometry=(primary, geo["columns"][primary]["encoding"]),
    )


def _open_gdal(path: Path, item: str, fix: str, layer: str | None) -> ChunkedFile:
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError

    try:
        layer = one_layer(path, item, fix, layer)
        with warnings.catch_warnings(record=True) as caught, np.errstate(invalid="ignore"):
            warnings.simplefilter("always")
            info = pyogrio.read_info(path, layer=layer, force_feature_count=True, force_total_bounds=True)
            with pyogrio.open_arrow(
                path,
                **arrow_options(path, layer, info),
                read_geometry=False,
                use_pyarrow=True,
                datetime_as_string=True,
                batch_size=1,
            ) as (_, reader):
                schema = reader.schema
    except (DataSourceError, DataLayerError) as error:
        raise DataError(unreadable(item, str(error))) from error
    if info["geometry_type"] is None:
        raise DataError(f"{item} has no geometry: it is a plain table. Name a layer with points, lines or polygons.")
    kinds = list(zip(info["fields"], info["dtypes"], info["ogr_subtypes"], strict=True))
    dated = [name for name, kind, _ in kinds if str(kind).startswith("datetime") and str(kind) != "datetime64[D]"]
    size = path.stat().st_size if path.is_file() else 0
    return ChunkedFile(
        path=path,
        item=item,
        options=arrow_options(path, layer, info),
        schema=pa.schema([schema.field(str(name)) for name in info["fields"]]),
        conversion=Conversion(
            dates=tuple(map(str, dated)),
            mappings=tuple(str(name) for name, _, subtype in kinds if subtype == "OFSTJSON"),
        ),
        crs_of_file="" if info["crs"] is None else crs_text(CRS.from_user_input(info["crs"])),
        bounds=box_of(info["total_bounds"]) if info["total_bounds"] is not None else (np.nan,) * 4,
        total=int(info["features"]),
        record_bytes=size // max(int(info["features"]), 1) + 1,
        synthetic=invented(info.get("dataset_metadata"), info.get("layer_metadata"), layer),
        said=[str(warning.message) for warning in caught],
    )
