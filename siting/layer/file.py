"""Reading a vector file: its features near an area, as they stand, in the file's own CRS.

GeoPackage, shapefile (also zipped), FlatGeobuf and GeoJSON come through GDAL; Parquet through Arrow.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from siting.crs import known_crs, transform_bounds
from siting.errors import CrsError, DataError, did_you_mean, named
from siting.layer.arrow import Conversion, attribute_names, geometries_of
from siting.layer.values import plain_values
from siting.layer.wkb import Box, Geometries
from siting.sources.hashes import remembered_sha256

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

__all__ = [
    "LISTED",
    "Box",
    "Features",
    "arrow_options",
    "belonging",
    "box_of",
    "checked_crs",
    "crs_text",
    "file_hashes",
    "finite_note",
    "geometries_in",
    "invented",
    "is_parquet",
    "one_layer",
    "parquet_invented",
    "parquet_metadata",
    "read_features",
    "sentence",
    "unreadable",
]

LISTED = 20  #: rows that a note names
_BUFFER = 1 << 20  #: bytes of a column that are read at once: one that is large is not held twice
_PIECE = 1 << 20  #: bytes of geometries that are turned into coordinates at once

_SIDECARS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_LONG_METADATA = (b"geo", b"ARROW:schema", b"pandas")  #: of the format, not words about the data
_BROKEN_JSON = re.compile(r"At line (\d+), character (\d+): (.*?)\.?$")


@dataclass(frozen=True, eq=False, kw_only=True)
class Features:
    """Features of a file, before anything is done to them.

    table : attributes, RangeIndex; geometry : (m,), some may be missing; row : (m,) number in the file
    crs : of the coordinates, as the file says or as it was corrected; crs_of_file : the file's own words
    bounds : of the whole file; total : features in the whole file; kind : as the file declares, or ""
    synthetic : whether the file itself says that its features are invented
    """

    table: pd.DataFrame
    geometry: Geometries
    row: NDArray[np.int64]
    crs: str
    crs_of_file: str
    bounds: Box
    total: int
    notes: tuple[str, ...] = ()
    synthetic: bool = False

    def take(self, rows: NDArray[np.int64]) -> Features:
        """These features, in this order."""
        table = self.table.iloc[rows].reset_index(drop=True)
        return replace(self, table=table, geometry=self.geometry.take(rows), row=self.row[rows])


def read_features(
    path: Path, *, item: str, fix: str, layer: str | None, crs: str | None, box_in: Callable[[str], Box | None]
) -> Features:
    """The features of a file whose box meets a box.

    Parameters
    ----------
    path:
        the file
    item:
        what a refusal calls it ("The layer 'x' (file 'y.gpkg')")
    fix:
        where a study says more about it ("under layers: x:")
    layer:
        the layer inside a file that has several
    crs:
        the CRS that the file should have named; None: what it says
    box_in:
        gives the box to read in a CRS; None: everything
    """
    if is_parquet(path):
        features = _read_parquet(path, item, fix, crs, box_in)
    else:
        features = _read_gdal(path, item, fix, layer, crs, box_in)
    table, notes = plain_values(features.table)
    return replace(features, table=table, notes=(*features.notes, *notes))


def is_parquet(path: Path) -> bool:
    """Whether a file is GeoParquet, by its name."""
    return path.suffix.lower() in (".parquet", ".geoparquet")


def crs_text(crs: CRS) -> str:
    """The authority code of a CRS where it has one, else its WKT."""
    authority = crs.to_authority(min_confidence=70)
    return ":".join(authority) if authority else crs.to_wkt()


def invented(*said: Mapping[Any, Any] | str | None) -> bool:
    """Whether a file's metadata, or its name for a layer, says SYNTHETIC.

    >>> invented({b"note": b"SYNTHETIC: nothing here is real."}), invented({"note": "as surveyed"}, None, "roads")
    (True, False)
    """
    words = [word for item in said if item for word in ([item] if isinstance(item, str) else item.values())]
    return any(
        "SYNTHETIC" in (word.decode("utf-8", "replace") if isinstance(word, bytes) else str(word)) for word in words
    )


def file_hashes(path: Path) -> dict[str, str]:
    """sha256 of a file, and of the files that belong to a shapefile, by name."""
    return {item.name: remembered_sha256(item) for item in belonging(path)}


def belonging(path: Path) -> list[Path]:
    """The file, or all files of a shapefile, by name."""
    if path.suffix.lower() != ".shp":
        return [path]
    beside = (item for item in path.parent.iterdir() if item.stem == path.stem and item.is_file())
    return sorted((item for item in beside if item.suffix.lower() in _SIDECARS), key=lambda item: item.name)


def parquet_metadata(path: Path, item: str) -> tuple[pq.FileMetaData, dict[str, Any], str]:
    """What a GeoParquet file says about itself, its words on geometry, and its CRS ("" where it names none)."""
    import pyarrow.parquet as pq

    try:
        metadata = pq.read_metadata(path)
    except (OSError, ValueError) as error:
        raise DataError(f"{item} cannot be read as Parquet: {sentence(error)} Download it again.") from error
    if b"geo" not in (metadata.metadata or {}):
        raise DataError(f"{item} is a Parquet file without geometry (no 'geo' metadata). Name a GeoParquet file.")
    geo = json.loads(metadata.metadata[b"geo"])
    labelled = geo["columns"][geo["primary_column"]].get("crs", "OGC:CRS84")
    return metadata, geo, "" if labelled is None else crs_text(CRS.from_user_input(labelled))


def parquet_invented(metadata: pq.FileMetaData) -> bool:
    """Whether the metadata of a Parquet file says SYNTHETIC."""
    return invented({key: text for key, text in metadata.metadata.items() if key not in _LONG_METADATA})


def _read_parquet(path: Path, item: str, fix: str, crs: str | None, box_in: Callable[[str], Box | None]) -> Features:
    import pyarrow as pa
    import pyarrow.parquet as pq

    metadata, geo, words = parquet_metadata(path, item)
    primary = geo["primary_column"]
    try:
        names = attribute_names(metadata.schema.to_arrow_schema(), geo["columns"])
        with pq.ParquetFile(path, buffer_size=_BUFFER) as file:
            table = file.read(columns=names, use_threads=False)
            pieces, vertices = _pieces(file, primary)
            geometry = geometries_in(pieces, geo["columns"][primary]["encoding"], vertices)
    except (OSError, pa.ArrowException, shapely.errors.GEOSException) as error:
        raise DataError(f"{item} cannot be read as Parquet: {sentence(error)} Download it again.") from error
    row = np.arange(len(geometry), dtype=np.int64)
    geometry, notes = _finite(geometry, row)
    bounds = geometry.total_bounds
    used = checked_crs(words, crs, bounds, item, fix)
    features = Features(
        table=Conversion().frame(table),
        geometry=geometry,
        row=row,
        crs=used,
        crs_of_file=words,
        bounds=bounds,
        total=len(geometry),
        notes=notes,
        synthetic=parquet_invented(metadata),
    )
    features = _of_the_whole(features, metadata)
    box = box_in(used)
    return features if box is None else features.take(geometry.meets(box))


def _of_the_whole(features: Features, metadata: pq.FileMetaData) -> Features:
    """Features with the bounds and the number of the whole layer, where a connector brought a part of it."""
    whole = json.loads(metadata.metadata.get(b"siting:whole", b"null"))
    if not whole or not whole["bounds"]:
        return features
    return replace(features, bounds=box_of(np.array(whole["bounds"])), total=int(whole["features"]))


def _pieces(file: pq.ParquetFile, column: str) -> tuple[Iterator[pa.Array], int]:
    """The column of geometries of a file in pieces, and how many vertices it has at most if it is WKB."""
    metadata = file.metadata
    leaves = [at for at in range(metadata.num_columns) if metadata.schema.column(at).path.partition(".")[0] == column]
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    size = sum(group.column(at).total_uncompressed_size for group in groups for at in leaves)
    rows = max(1, _PIECE * metadata.num_rows // max(size, 1))
    batches = file.iter_batches(rows, columns=[column], use_threads=False)
    return (batch.column(0) for batch in batches), size // 16


def geometries_in(arrays: Iterable[pa.Array], encoding: str, vertices: int = 0) -> Geometries:
    """The geometries of arrays, as objects only where it has to be. Raises what shapely and Arrow raise.

    vertices : how many there may be at most, where that is known
    """
    with np.errstate(invalid="ignore"):  # coordinates that are no numbers are seen to by whoever asks
        if encoding != "WKB":
            objects = [geometries_of(array, encoding) for array in arrays]
            return Geometries.of_objects(np.concatenate([np.empty(0, object), *objects]))
        return Geometries.of_arrays(arrays, geometries_of, vertices)


def _finite(geometry: Geometries, row: NDArray[np.int64]) -> tuple[Geometries, tuple[str, ...]]:
    """The geometries without those that have a coordinate that is no finite number, and what to say about those."""
    geometry, broken = geometry.finite()
    return geometry, (finite_note(row[broken[:LISTED]].tolist(), len(broken)),) if len(broken) else ()


def finite_note(rows: Sequence[int], count: int) -> str:
    """What to say about so many geometries that are not finite, of which the first ``LISTED`` rows are named."""
    listed = ", ".join(str(number) for number in rows) + (" ..." if count > LISTED else "")
    have = "1 geometry has" if count == 1 else f"{count:,} geometries have"
    return f"{have} coordinates that are no finite numbers and count{'s' * (count == 1)} as none: row {listed}."


def box_of(bounds: NDArray[np.float64]) -> Box:
    """West, south, east and north as plain numbers."""
    west, south, east, north = (float(value) for value in bounds)
    return west, south, east, north


def _read_gdal(
    path: Path, item: str, fix: str, layer: str | None, crs: str | None, box_in: Callable[[str], Box | None]
) -> Features:
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError

    try:
        layer = one_layer(path, item, fix, layer)
        with warnings.catch_warnings(record=True) as caught, np.errstate(invalid="ignore"):
            warnings.simplefilter("always")
            info = pyogrio.read_info(path, layer=layer, force_feature_count=True, force_total_bounds=True)
            words = "" if info["crs"] is None else crs_text(CRS.from_user_input(info["crs"]))
            bounds = box_of(info["total_bounds"] if info["total_bounds"] is not None else np.full(4, np.nan))
            used = checked_crs(words, crs, bounds, item, fix)
            chosen = arrow_options(path, layer, info)
            frame = pyogrio.read_dataframe(path, **chosen, bbox=box_in(used), use_arrow=True, fid_as_index=True)
            frame = frame[~frame.index.duplicated()]  # GDAL 3.12 may give a record twice where others were deleted
    except (DataSourceError, DataLayerError) as error:
        raise DataError(unreadable(item, str(error))) from error
    if "geometry" not in frame.columns:
        raise DataError(f"{item} has no geometry: it is a plain table. Name a layer with points, lines or polygons.")
    row = frame.index.to_numpy(dtype=np.int64)
    geometry, notes = _finite(Geometries.of_objects(np.asarray(frame.geometry.array, dtype=object)), row)
    return Features(
        table=pd.DataFrame(frame.drop(columns="geometry")).reset_index(drop=True),
        geometry=geometry,
        row=row,
        crs=used,
        crs_of_file=words,
        bounds=bounds,
        total=int(info["features"]),
        notes=(*dict.fromkeys(f"GDAL says: {warning.message}" for warning in caught), *notes),
        synthetic=invented(info.get("dataset_metadata"), info.get("layer_metadata"), layer),
    )


def arrow_options(path: Path, layer: str, info: Mapping[str, Any]) -> dict[str, Any]:
    """How GDAL is asked for a layer as Arrow.

    A FlatGeobuf file without a spatial index goes through SQL: only there it may hold records without a geometry, and
    the driver's own stream (GDAL 3.12) ends the interpreter at the first of them.
    """
    if path.suffix.lower() != ".fgb" or info["capabilities"]["fast_spatial_filter"]:
        return {"layer": layer}
    table = layer.replace('"', '""')
    return {"sql": f'SELECT * FROM "{table}"', "sql_dialect": "SQLITE"}


def one_layer(path: Path, item: str, fix: str, layer: str | None) -> str:
    """The layer that is asked for, or the only one."""
    import pyogrio

    known = [str(name) for name, _ in pyogrio.list_layers(path)]
    if layer is None and len(known) == 1:
        return known[0]
    if layer is None:
        raise DataError(f"{item} holds several layers: {named(known)}. Write layer: with one of them {fix}")
    if layer not in known:
        raise DataError(f"{item} has no layer {layer!r}.{did_you_mean(layer, known)} It holds {named(known)}.")
    return layer


def unreadable(item: str, error: str) -> str:
    """What to say about a file that GDAL cannot read."""
    broken = _BROKEN_JSON.search(error)
    if broken:
        line, character, what = broken.groups()
        return (
            f"{item} is damaged or was cut off: at line {line}, character {character}: {what.lower()}. "
            "Download it again."
        )
    return f"{item} cannot be read: {sentence(error)} Check that it is a vector file, or download it again."


def sentence(error: object) -> str:
    """What a library says, as one sentence."""
    return " ".join(str(error).split()).rstrip(".;") + "."


def checked_crs(words: str, declared: str | None, bounds: Box, item: str, fix: str) -> str:
    """The CRS that the coordinates are in: known, and possible for such coordinates."""
    if declared is None and not words:
        raise CrsError(f"{item} does not say which CRS its coordinates are in. Write crs: with its code {fix}")
    crs = known_crs(declared or words, item=item, fix=fix)
    used = crs_text(crs)
    if not np.isfinite(bounds).all():
        return used
    west, south, east, north = (float(value) for value in bounds)
    shown = f"{west:.6g} to {east:.6g} and {south:.6g} to {north:.6g}"
    if crs.is_geographic and (west < -180.001 or east > 180.001 or south < -90.001 or north > 90.001):
        raise CrsError(
            f"{item} is labelled {used} ({crs.name}), which is in degrees, but its coordinates run from {shown}: "
            f"they look like metres or feet. Write crs: with the CRS that they are really in {fix}"
        )
    if _lies_elsewhere(crs, bounds):
        raise CrsError(
            f"{item} is labelled {used} ({crs.name}), but its coordinates lie outside the area where that CRS is used. "
            f"Write crs: with the CRS that they are really in {fix}"
        )
    return used


def _lies_elsewhere(crs: CRS, bounds: Box) -> bool:
    """Whether a box lies more than a degree away from the area of use of its CRS."""
    area = crs.area_of_use
    if area is None or area.west >= area.east:
        return False
    try:
        west, south, east, north = transform_bounds(bounds, crs_text(crs), "EPSG:4326", margin=0)
    except CrsError:
        return True
    return west > area.east + 1 or east < area.west - 1 or south > area.north + 1 or north < area.south - 1
