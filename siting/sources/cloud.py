"""GeoParquet in the cloud: only the row groups whose boxes meet the area are read, by ranges.

Source: GeoParquet 1.1 ("covering": a column of bounding boxes, whose statistics tell where a row group lies).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pyproj import CRS

from siting.errors import SourceError
from siting.sources.errand import Came, Errand
from siting.sources.pages import check_linear, write_features
from siting.sources.ranges import RangeFile
from siting.sources.stores import listed

__all__ = ["clipped", "column_of", "fetch_geoparquet"]

_SIDES = ("xmin", "ymin", "xmax", "ymax")


def fetch_geoparquet(errand: Errand) -> Came:
    """The features that meet the area, as one GeoParquet file in the CRS of the source."""
    service = errand.service
    files = [RangeFile(errand.client, url, credential=service.credential) for url in listed(errand.client, service.url)]
    edition = " ".join(sorted(file.etag for file in files if file.etag))
    if errand.etag and edition == errand.etag:
        return Came(count=0, crs="", edition=edition, unchanged=True)
    came = clipped(errand, files)
    return Came(count=came.count, crs=came.crs, pages=came.pages, edition=edition, notes=came.notes, whole=came.whole)


def clipped(errand: Errand, files: list[Any]) -> Came:
    """The features of opened GeoParquet files that meet the area, row group by row group."""
    sources = [_Source(file, errand) for file in files]
    crs = sources[0].crs
    if any(source.crs != crs for source in sources):
        raise SourceError(f"{errand.item} has parts in several CRS. Fetch them one by one.")
    box = None if errand.area is None else np.array(errand.area.within(crs))
    schema = pa.unify_schemas([source.schema for source in sources], promote_options="permissive")
    groups = [(source, group) for source in sources for group in source.groups(box)]
    whole = _whole(sources)

    def tables() -> Iterator[pa.Table]:
        done = 0
        for number, (source, group) in enumerate(groups):
            table = source.read(group, box)
            done += table.num_rows
            errand.heard(done, None if number + 1 < len(groups) else done)
            yield table

    joined = write_features(errand.target, tables(), schema, crs=crs, whole=whole)
    of = sum(source.file.num_row_groups for source in sources)
    notes = () if len(groups) == of else (f"{len(groups):,} of {of:,} row groups were read.",)
    return Came(count=joined.features, crs=crs, pages=len(groups), notes=notes, whole=whole)


class _Source:
    """One GeoParquet file."""

    def __init__(self, stream: IO[bytes] | RangeFile, errand: Errand) -> None:
        self._errand = errand
        try:
            self.file = pq.ParquetFile(pa.PythonFile(stream, mode="r"))
        except pa.ArrowInvalid as error:
            raise SourceError(f"{errand.item} cannot be read as Parquet: {error}. Check url: of its service.") from None
        self.column, crs = column_of(self.file)
        self.geometry = str(self.column["name"])
        if self.column["encoding"] != "WKB":
            raise SourceError(
                f"{errand.item} holds its geometry as {self.column['encoding']!r}; siting fetches GeoParquet with WKB."
            )
        self.crs = errand.service.srs or crs
        arrow = self.file.schema_arrow
        wanted = [name for name in errand.service.fields if name in arrow.names]
        fields = [
            pa.field(f.name, f.type)
            for f in arrow
            if f.name != self.geometry and not pa.types.is_nested(f.type) and (not wanted or f.name in wanted)
        ]
        self.names = [f.name for f in fields]
        self.schema = pa.schema([*fields, pa.field("geometry", pa.binary())])
        covering = (self.column.get("covering") or {}).get("bbox")
        self.sides = [".".join(covering[side]) for side in _SIDES] if covering else self._bbox(arrow)

    def _bbox(self, arrow: pa.Schema) -> list[str]:
        """The column of boxes of files older than GeoParquet 1.1 (Overture)."""
        if "bbox" not in arrow.names or not pa.types.is_struct(arrow.field("bbox").type):
            return []
        inside = {field.name for field in arrow.field("bbox").type}
        return [f"bbox.{side}" for side in _SIDES] if inside >= set(_SIDES) else []

    def groups(self, box: np.ndarray[Any, Any] | None) -> list[int]:
        """The row groups that may meet the box."""
        every = list(range(self.file.num_row_groups))
        if box is None or not self.sides:
            return every
        metadata = self.file.metadata
        place = {metadata.schema.column(number).path: number for number in range(len(metadata.schema))}
        return [group for group in every if self._may_meet(metadata.row_group(group), place, box)]

    def _may_meet(self, group: Any, place: dict[str, int], box: np.ndarray[Any, Any]) -> bool:
        lows = []
        for side, limit in zip(self.sides, ("min", "min", "max", "max"), strict=True):
            statistics = group.column(place[side]).statistics if side in place else None
            if statistics is None or not statistics.has_min_max:
                return True
            lows.append(float(getattr(statistics, limit)))
        west, south, east, north = lows
        return bool(west <= box[2] and east >= box[0] and south <= box[3] and north >= box[1])

    def read(self, group: int, box: np.ndarray[Any, Any] | None) -> pa.Table:
        """The features of a row group that meet the box."""
        table = self.file.read_row_group(group, columns=[*self.names, self.geometry])
        geometry = table[self.geometry].combine_chunks()
        check_linear(geometry, self._errand.item)
        columns = [table[name] for name in self.names]
        out = pa.Table.from_arrays([*columns, geometry.cast(pa.binary())], schema=self.schema)
        if box is None:
            return out
        west, south, east, north = shapely.bounds(shapely.from_wkb(geometry.to_numpy(zero_copy_only=False))).T
        with np.errstate(invalid="ignore"):
            meets = (west <= box[2]) & (east >= box[0]) & (south <= box[3]) & (north >= box[1])
        return out.filter(pa.array(meets))


def column_of(file: pq.ParquetFile) -> tuple[dict[str, Any], str]:
    """The metadata of the geometry of a GeoParquet file, with the "name" of its column, and its CRS."""
    said = (file.metadata.metadata or {}).get(b"geo")
    if said is None:
        raise SourceError("It is a Parquet file without geometry (no 'geo' metadata). Name a GeoParquet file.")
    geo = json.loads(said)
    column = {**geo["columns"][geo["primary_column"]], "name": geo["primary_column"]}
    return column, _crs(column)


def _crs(column: dict[str, Any]) -> str:
    said = column.get("crs", "OGC:CRS84")
    if said is None:
        return ""
    crs = CRS.from_user_input(said)
    authority = crs.to_authority(min_confidence=70)
    text = ":".join(authority) if authority else str(crs.to_wkt())
    return "EPSG:4326" if text == "OGC:CRS84" else text


def _whole(sources: list[_Source]) -> dict[str, Any]:
    boxes = [source.column["bbox"] for source in sources if len(source.column.get("bbox") or ()) == 4]
    features = sum(source.file.metadata.num_rows for source in sources)
    if len(boxes) != len(sources):
        return {"features": features, "bounds": [], "measured": False}
    box = np.array(boxes, np.float64)
    bounds = [*box[:, :2].min(axis=0).tolist(), *box[:, 2:].max(axis=0).tolist()]
    return {"features": features, "bounds": bounds, "measured": True}
