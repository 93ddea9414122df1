"""Files from elsewhere: brought as a whole, unpacked with care, and cut to the features that meet the area.

GDAL reads GeoPackage, Shapefile, FlatGeobuf, GeoJSON, FileGDB, KML and CSV; what a file is, is told by its first bytes
before GDAL opens it, because some of GDAL's formats name other files and hosts.
"""

from __future__ import annotations

import csv
import re
import shutil
import warnings
from collections.abc import Iterator, Mapping
from glob import escape
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pyarrow as pa

from siting.crs import known_crs
from siting.errors import CrsError, SourceError, named
from siting.sources.archive import chosen, is_archive, unpack
from siting.sources.area import Area
from siting.sources.errand import Came, Errand
from siting.sources.http import Answer, UnfitError
from siting.sources.pages import check_linear, check_own, write_features

__all__ = ["fetch_file"]

_VECTORS = (".gpkg", ".shp", ".fgb", ".geojson", ".json", ".kml", ".gml", ".csv", ".gdb")
_RASTERS = (".tif", ".tiff")
_ENDINGS = (*_VECTORS, *_RASTERS, ".parquet")
_TEXTS = (".geojson", ".json", ".kml", ".gml", ".csv")  #: what GDAL may take for something else by its content
_HEADS = {
    ".gpkg": rb"SQLite format 3\x00", ".shp": rb"\x00\x00\x27\x0a", ".fgb": rb"fgb", ".geojson": rb"\s*[\[{]",
    ".json": rb"\s*[\[{]", ".kml": rb"(?s).{0,4096}<kml", ".tif": rb"II|MM", ".tiff": rb"II|MM", ".parquet": rb"PAR1",
}  # fmt: skip
_BATCH = 65_536  #: features that are in memory at a time


def fetch_file(errand: Errand) -> Came:
    """The features of a file that meet the area, as GeoParquet in the file's own CRS; a GeoTIFF as it is.

    An edition that has not changed (ETag) is not sent again. Raises SourceError with the reason.
    """
    folder = errand.parts
    folder.mkdir(parents=True, exist_ok=True)
    path, edition, unchanged, notes = _at_home(errand, folder)
    if unchanged:
        return Came(count=0, crs="", edition=edition, unchanged=True)
    inner = folder / "unpacked"
    shutil.rmtree(inner, ignore_errors=True)
    if is_archive(path):
        unpack(path, inner, errand.item)
        path = chosen(inner, errand.service.member, _ENDINGS, errand.item)
    _check_kind(path, errand.item)
    came = _raster(errand, path) if path.suffix.lower() in _RASTERS else _vector(errand, path)
    shutil.rmtree(folder)
    return Came(count=came.count, crs=came.crs, edition=edition, notes=(*notes, *came.notes), whole=came.whole)


def _at_home(errand: Errand, folder: Path) -> tuple[Path, str, bool, tuple[str, ...]]:
    """The file on this machine, its edition, whether it is the one that was here before, and notes."""
    service = errand.service
    local = service.local
    if local is not None or service.url.lower().startswith("file:"):
        path = (errand.base or Path()) / local if local is not None else Path(unquote(urlsplit(service.url).path))
        if not path.exists():
            raise SourceError(f"{errand.item} has its file at {service.url!r}, where it is not. Put it there.")
        copy = folder / path.name
        if path.is_dir():
            shutil.copytree(path, copy, dirs_exist_ok=True)
        else:
            for beside in path.parent.glob(f"{escape(path.stem)}.*"):
                shutil.copy2(beside, folder / beside.name)
        return copy, "", False, ()
    answer, path = _download(errand, folder)
    return path, answer.etag, answer.status == 304, ()


def _download(errand: Errand, folder: Path) -> tuple[Answer, Path]:
    """Bring a file; a cut is gone on from where it was, if the server says that the file is still the same."""
    name = re.sub(r"[^\w.-]+", "_", unquote(urlsplit(errand.service.url).path.rsplit("/", 1)[-1])) or "data"
    path, target = folder / f"{name}.coming", folder / name
    mark, tried = folder / "edition", set[int]()

    def going_on() -> Mapping[str, str]:
        done = path.stat().st_size if path.is_file() else 0
        if done in tried:  # it does not go on from there: begin again
            path.unlink(missing_ok=True)
            done = 0
        tried.add(done)
        edition = mark.read_text() if mark.is_file() else ""
        if done and edition:
            return {"range": f"bytes={done}-", "if-range": edition, "accept-encoding": "identity"}
        return {"if-none-match": errand.etag} if errand.etag else {}

    def keep(head: Answer, chunks: Iterator[bytes]) -> None:
        before = mark.read_text() if mark.is_file() else ""
        mark.write_text(head.etag if not head.etag.startswith("W/") else "")
        going = head.status == 206
        if going and head.etag != before:
            path.unlink(missing_ok=True)
            raise UnfitError("it goes on with another edition than it began with")
        if going and not head.headers.get("content-range", "").startswith(f"bytes {path.stat().st_size}-"):
            raise UnfitError("it goes on at another place than was asked for")
        with path.open("ab" if going else "wb") as out:
            for chunk in chunks:
                out.write(chunk)
                errand.heard(out.tell(), None)

    answer = errand.client.get(
        errand.service.url, query=errand.service.query, headers=going_on, credential=errand.service.credential,
        keep=keep, limit=20 << 30, check=lambda head: _check_page(head, path),
    )  # fmt: skip
    if answer.status != 304:
        path.replace(target)
    return answer, target


def _check_page(head: Answer, path: Path) -> None:
    """Refuse a web page in the place of a file."""
    if head.status == 304:
        return
    with path.open("rb") as stream:
        start = stream.read(1024).lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")):
        path.unlink()
        raise UnfitError("it answers with a web page instead of a file")


def _check_kind(path: Path, item: str) -> None:
    """The ending is one that siting reads, and the first bytes are what it promises."""
    ending = path.suffix.lower()
    if ending not in _ENDINGS:
        raise SourceError(
            f"{item} is the file {path.name!r}, whose ending siting does not read. It reads {named(_ENDINGS)}, also in "
            "a zip; write member: of its service where the file lies in an archive."
        )
    if ending in _TEXTS:
        check_own(path, item)
    if path.is_dir() or ending not in _HEADS:
        return
    with path.open("rb") as stream:
        head = stream.read(5000)
    if not re.match(_HEADS[ending], head, re.DOTALL):
        raise SourceError(
            f"{item} is called {path.name!r}, but does not begin as such a file does. It is damaged, or is something "
            "else; ask its publisher."
        )
    if b"<!ENTITY" in head or b"<!DOCTYPE" in head:
        raise SourceError(f"{item} is an XML file that defines entities, which siting does not open.")


def _vector(errand: Errand, path: Path) -> Came:
    """The features that meet the area, batch by batch."""
    if path.suffix.lower() == ".parquet":
        from siting.sources.cloud import clipped

        with path.open("rb") as stream:
            return clipped(errand, [stream])
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError

    options = _options(errand, path)
    try:
        layer = _layer(errand, path)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            info = pyogrio.read_info(path, layer=layer, force_feature_count=True, force_total_bounds=True, **options)
            crs = errand.service.srs or (info["crs"] or "")
            box = None if errand.area is None else _box(errand.area, crs, errand.item)
            with pyogrio.open_arrow(path, layer=layer, bbox=box, batch_size=_BATCH, use_pyarrow=True, **options) as (
                meta,
                reader,
            ):
                name = meta["geometry_name"] or "wkb_geometry"
                if name not in reader.schema.names:
                    return _table(errand, path)
                schema = _schema(reader.schema, name)
                tables = (_plain(batch, schema, name, errand.item) for batch in reader)
                joined = write_features(errand.target, tables, schema, crs=crs, whole=_whole(info))
    except (DataSourceError, DataLayerError) as error:
        said = " ".join(str(error).replace(str(path), path.name).split()).rstrip(".;")
        raise SourceError(f"{errand.item} cannot be read: {said}. Fetch it again, or ask its publisher.") from None
    notes = tuple(dict.fromkeys(f"GDAL says: {warning.message}" for warning in caught))
    return Came(count=joined.features, crs=crs, notes=notes, whole=_whole(info))


def _table(errand: Errand, path: Path) -> Came:
    """Rows without geometry, for joins: as they are, in a CSV or a Parquet file."""
    if path.suffix.lower() != ".csv":
        raise SourceError(
            f"{errand.item} has no geometry: it is a plain table. Write x: and y: of its service with the columns of "
            "its coordinates."
        )
    import pyarrow.csv
    import pyarrow.parquet as pq

    texts = dict.fromkeys(_header(errand, path), pa.string())  # ids keep their zeros
    try:
        table = pyarrow.csv.read_csv(path, convert_options=pyarrow.csv.ConvertOptions(column_types=texts))
    except pa.ArrowInvalid as error:
        raise SourceError(
            f"{errand.item} is no table: {str(error).splitlines()[0].rstrip('.')}. Ask its publisher for another."
        ) from None
    if not table.num_rows:
        raise SourceError(
            f"{errand.item} is a table without a row; its first line is {', '.join(table.column_names)[:100]!r}. "
            "It may be a message of the server; try again later, or look at the address in a browser."
        )
    pq.write_table(table, errand.target, compression="zstd")
    return Came(count=table.num_rows, crs="")


def _header(errand: Errand, path: Path) -> list[str]:
    """The columns of a CSV file. Raises SourceError where it is not UTF-8."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{errand.item} is not UTF-8: byte {error.start + 1:,} cannot be read. Save it as UTF-8 (it may be "
            "Latin-1), and name the file by its path."
        ) from None
    return next(csv.reader(text.splitlines()[:1]), [])


def _options(errand: Errand, path: Path) -> dict[str, Any]:
    service = errand.service
    if path.suffix.lower() != ".csv":
        return {}
    names = _header(errand, path)
    lacking = [name for name in (service.x, service.y) if name is not None and name not in names]
    if lacking:
        raise SourceError(
            f"{errand.item} has no column {named(lacking)}, in which its service says the coordinates are. Its first "
            f"line is {', '.join(names)[:100]!r}."
        )
    if service.x is None:
        return {}
    return {"X_POSSIBLE_NAMES": service.x, "Y_POSSIBLE_NAMES": service.y, "KEEP_GEOM_COLUMNS": "YES"}


def _layer(errand: Errand, path: Path) -> str | None:
    import pyogrio

    if path.suffix.lower() == ".csv":
        return None
    known = [str(name) for name, _ in pyogrio.list_layers(path)]
    wanted = errand.service.layer
    if (wanted is None and len(known) != 1) or (wanted is not None and wanted not in known):
        raise SourceError(f"{errand.item} holds the layers {named(known)}. Write layer: of its service with one.")
    return wanted or known[0]


def _box(area: Area, crs: str, item: str) -> tuple[float, float, float, float]:
    if not crs:
        raise CrsError(f"{item} does not say which CRS its coordinates are in. Write srs: of its service.")
    known_crs(crs, item=item, fix="as srs: of its service.")
    return area.within(crs)


def _schema(schema: pa.Schema, name: str) -> pa.Schema:
    plain = [pa.field(f.name, f.type) for f in schema if f.name != name and not pa.types.is_nested(f.type)]
    return pa.schema([*plain, pa.field("geometry", pa.binary())])


def _plain(batch: pa.RecordBatch, schema: pa.Schema, name: str, item: str) -> pa.Table:
    geometry = batch.column(name).cast(pa.binary())
    check_linear(geometry, item)
    columns = [batch.column(f.name) if f.name != "geometry" else geometry for f in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def _whole(info: Mapping[str, Any]) -> dict[str, Any]:
    bounds = info["total_bounds"]
    listed = [] if bounds is None else [float(value) for value in bounds]
    return {"features": int(info["features"]), "bounds": listed, "measured": True}


def _raster(errand: Errand, path: Path) -> Came:
    """A GeoTIFF, cut to the area on its own grid."""
    from siting.sources.cog import cut

    return cut(errand, [{"fp": str(path)}])
