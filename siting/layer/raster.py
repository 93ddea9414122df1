"""Raster layers: opened on their own grid, never warped, read window by window."""

from __future__ import annotations

import json
import math
import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from siting.catalogue import Finder, Found
from siting.catalogue.use import LayerUse
from siting.crs import StudyCrs, known_crs, operation, reproject_shapes
from siting.errors import CrsError, DataError, StudyError, named
from siting.layer.data import Quality, RasterLayer, Window
from siting.layer.file import crs_text, invented
from siting.layer.open_files import OpenFiles
from siting.layer.slope import slope_cells
from siting.layer.tiles import TileCache
from siting.layer.vector import cited
from siting.shapes import Shapes
from siting.sources.hashes import remembered_sha256, still_has

__all__ = ["open_raster", "read_window"]

_HUGE = 3.4e38  #: the lowest "no data" in use among floating-point rasters that do not say so
_Transform = tuple[float, float, float, float, float, float]
_TILES = TileCache()
_FILES = OpenFiles()
_CACHED = 32 << 20  #: bytes of blocks that GDAL keeps, for values and mask of a tile; else a twentieth of the memory
_BLOCKS: dict[Path | None, tuple[int, int]] = {}  #: of files that have been opened


def open_raster(name: str, use: LayerUse, *, finder: Finder, crs: StudyCrs) -> RasterLayer:
    """A raster on its own grid; its cells are read later, window by window.

    The unit of the cells is the study's, else the catalogue's (its field "value"); measures of numbers refuse a
    raster without one. The coverage is the extent of the grid; "no data" inside it is left to the measures.
    """
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioIOError

    if use.source is None:
        raise StudyError(f"The layer {name!r} is made by {use.verb}:, and a source with cells is asked for here.")
    found = finder.find(use.source)
    item, fix = f"The layer {name!r} (file {found.name!r})", f"under layers: {name}:."
    if found.spec is not None and found.spec.kind != "raster":
        raise StudyError(
            f"The layer {name!r} has the source {use.source!r}, whose features are no cells; a raster is asked of it. "
            "Name a raster layer."
        )
    _check_keys(use, item)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)  # refused below
            hashes, elsewhere = _hashes(found.path)
            source = rasterio.open(found.path)
        with source:
            words = _crs_of_file(source.crs)
            transform, width, height = _six(source.transform), int(source.width), int(source.height)
            synthetic = invented(source.tags())
            nodata = None if source.nodata is None else float(source.nodata)
    except RasterioIOError as error:
        problem = " ".join(str(error).replace(str(found.path), found.name).split()).rstrip(".")
        raise DataError(
            f"{item} cannot be read as a raster: {problem}. Check the file, or download it again."
        ) from error
    declared = use.crs or found.crs
    if declared is None and not words:
        raise CrsError(f"{item} does not say which CRS it is in. Write crs: with its code {fix}")
    used = crs_text(known_crs(declared or words, item=item, fix=fix))
    _check_transform(transform, CRS.from_user_input(used), width, height, item, fix)
    extent = _extent(transform, width, height)
    coverage, added = reproject_shapes(extent, used, str(crs))
    return RasterLayer(
        name=name,
        crs=used,
        transform=transform,
        width=width,
        height=height,
        unit=use.unit or (found.spec.units.get("value", "") if found.spec else ""),
        nodata=_sentinel(use, nodata),
        path=found.path,
        coverage=coverage.geometries[0],
        quality=Quality(
            read=width * height,
            added_vertices=added,
            notes=tuple(filter(None, [operation(str(crs), used).warning, elsewhere])),
        ),
        provenance=_record(found, used, words, declared, crs, synthetic)
        | {"sha256": hashes, "grid": {"transform": list(transform), "size": [width, height], "nodata": str(nodata)}},
    )


def _check_keys(use: LayerUse, item: str) -> None:
    """Refuse what a study says of a layer that means nothing for cells, rather than pass over it."""
    vector_only = [key for key in ("where", "crosswalk", "id", "kind", "keep", "join", "rename") if getattr(use, key)]
    if vector_only:
        raise StudyError(f"{item} is a raster, which has no features to take {vector_only[0]}: from. Leave it out.")
    if use.coverage not in (None, "extent"):
        raise StudyError(
            f"{item} is a raster, which covers its own extent but for its cells without data; it has coverage: "
            f"{use.coverage!r}. Leave it out."
        )
    for key, said, fix in (
        ("units", use.units, "Write unit: with the unit of its cells."),
        ("layer", use.layer, "Save the layer that is meant as a file of its own."),
        ("unknown", use.unknown != "interval", "Leave it out."),
        ("breaks_contiguity", not use.breaks_contiguity, "Write it at the cut, under usable:."),
    ):
        if said:
            raise StudyError(f"{item} is a raster, for which {key}: means nothing. {fix}")
    for key, values in use.null.items():
        if key != "value" or len(values) != 1 or isinstance(values[0], str):
            raise StudyError(
                f"{item} is a raster, whose cells have one value that means 'no data', a number; it has null: "
                f"{{{key}: {', '.join(map(str, values))}}}. Write null: {{value: -9999}} with that number."
            )


def read_window(layer: RasterLayer, bounds: tuple[float, float, float, float], pad_cells: int = 0) -> Window:
    """The cells of a raster that touch a box in its CRS; safe in threads."""
    top, left, rows, columns = _cells(layer, bounds, pad_cells)
    a, b, c, d, e, f = layer.transform
    transform = (a, b, c + a * left + b * top, d, e, f + d * left + e * top)
    if layer.slope_of is not None:
        values, valid = _sloping(layer.slope_of, top, left, rows, columns)
    else:
        values, valid = _cell_values(layer, top, left, rows, columns)
    return Window(values=values, valid=valid, transform=transform)


def _cell_values(
    layer: RasterLayer, top: int, left: int, rows: int, columns: int
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """(bands, rows, columns) values of the cells, and where they are data."""
    if layer.array is not None:
        array = layer.array if layer.array.ndim == 3 else layer.array[None]
        values = array[:, top : top + rows, left : left + columns]
        return values, _has_data(values, layer.nodata)
    return _read(layer, top, left, rows, columns)


def _sloping(dem: RasterLayer, top: int, left: int, rows: int, columns: int) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Slope of the cells of an elevation model, from the cells and those around them."""
    first_row, first_column = max(0, top - 1), max(0, left - 1)
    last_row, last_column = min(dem.height, top + rows + 1), min(dem.width, left + columns + 1)
    values, valid = _cell_values(dem, first_row, first_column, last_row - first_row, last_column - first_column)
    slope, known = slope_cells(dem, values, valid, first_row)
    part = (slice(top - first_row, top - first_row + rows), slice(left - first_column, left - first_column + columns))
    return slope[part][None], known[part]


def _read(layer: RasterLayer, top: int, left: int, rows: int, columns: int) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Cell values, scaled as the file says, and where they are data."""
    from rasterio.errors import RasterioIOError

    try:
        with _File(layer) as file:
            if not rows or not columns:
                source = file.source
                return np.empty((source.count, rows, columns), source.dtypes[0]), np.ones((rows, columns), bool)
            key = layer.path, _version(layer), layer.nodata, layer.transform
            return _TILES.read(key, (layer.height, layer.width), file.block, (top, left, rows, columns), file.decode)
    except RasterioIOError as error:
        raise DataError(
            f"The layer {layer.name!r} cannot be read any more: its file '{_name(layer)}' went away, or was cut off, "
            "since it was opened. Put it back, and start again."
        ) from error


class _File:
    """The file of a raster, opened where a window needs cells that are not at hand."""

    def __init__(self, layer: RasterLayer) -> None:
        self._layer = layer
        self._taken: Any = None

    def __enter__(self) -> _File:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if self._taken is not None and kind is None:
            _FILES.give_back(*self._taken)
        elif self._taken is not None:
            self._taken[1].close()

    @property
    def source(self) -> Any:
        """The open file; refused where its grid is another than when it was opened first."""
        import rasterio

        if self._taken is None and self._layer.path is not None:
            self._taken = _FILES.take(self._layer.path, rasterio.open, _version(self._layer))
            _check_unchanged(self._layer, self._taken[1])
        return self._taken[1]

    @property
    def block(self) -> tuple[int, int]:
        """Rows and columns of the file's blocks, remembered for each file."""
        if self._layer.path not in _BLOCKS:
            _BLOCKS[self._layer.path] = self.source.block_shapes[0]
        return _BLOCKS[self._layer.path]

    def decode(self, top: int, left: int, rows: int, columns: int) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """Cell values, and where they are data: by the file's own mask and by their value."""
        import rasterio
        from rasterio.windows import Window as FileWindow

        source = self.source
        window = FileWindow(left, top, columns, rows)
        masked = np.ones((rows, columns), bool)
        with rasterio.Env(GDAL_CACHEMAX=_CACHED):
            values = source.read(window=window)
            if any("all_valid" not in {flag.name for flag in flags} for flags in source.mask_flag_enums):
                masked = _in_every_band(source.read_masks(window=window) > 0)
        scales, offsets = np.array(source.scales), np.array(source.offsets)
        if np.any(scales != 1) or np.any(offsets != 0):
            masked &= _has_data(values, self._layer.nodata)
            values = values * scales[:, None, None] + offsets[:, None, None]
        _check_content(self._layer)
        return values, masked & _has_data(values, self._layer.nodata)


def _version(layer: RasterLayer) -> str:
    """What tells the files of a raster, its parts and its mask too, from what they were before or will be."""
    return json.dumps(layer.provenance.get("sha256"), sort_keys=True)


def _check_unchanged(layer: RasterLayer, source: Any) -> None:
    """Refuse a file whose grid is another than when it was opened."""
    if (source.width, source.height, _six(source.transform)) != (layer.width, layer.height, layer.transform):
        raise DataError(
            f"The layer {layer.name!r} has changed since it was opened: its file '{_name(layer)}' had "
            f"{layer.width:,} x {layer.height:,} cells and has {source.width:,} x {source.height:,} now, or lies "
            "elsewhere. Start again when nobody writes to it."
        )


def _check_content(layer: RasterLayer) -> None:
    """Refuse cells just read from a file that is not the one whose hash is kept, though its grid is the same."""
    for name, known in layer.provenance.get("sha256", {}).items():
        path = layer.path if layer.path is None or name == layer.path.name else layer.path.resolve().parent / name
        if path is not None and not still_has(path, known):
            raise DataError(
                f"The layer {layer.name!r} has changed since it was opened: its file {name!r} was written again, and "
                "has other content now. Start again when nobody writes to it."
            )


def _name(layer: RasterLayer) -> str:
    return layer.path.name if layer.path else layer.name


def _hashes(path: Path) -> tuple[dict[str, str], str]:
    """sha256 of every file that a raster is read from, by name, and a note on those that are not on this machine.

    A mosaic (VRT) has its parts, any raster may have its mask, its georeference and its statistics beside it.
    """
    import rasterio

    found, elsewhere, waiting = {path.resolve(): path.name}, list[str](), [path]
    while waiting:
        with rasterio.open(waiting.pop()) as source:
            files = [Path(name) for name in source.files]
        for file in files:
            known = file.resolve()
            if known in found:
                continue
            if not file.is_file():
                elsewhere.append(file.name)
                continue
            found[known] = Path(os.path.relpath(known, path.resolve().parent)).as_posix()
            if file.suffix.lower() == ".vrt":
                waiting.append(file)
    note = ""
    if elsewhere:
        note = f"{named(elsewhere)} of the raster cannot be compared between runs: only files on this machine are."
    return {name: remembered_sha256(file) for file, name in sorted(found.items(), key=lambda item: item[1])}, note


def _has_data(values: NDArray[Any], nodata: float | None) -> NDArray[np.bool_]:
    """(rows, columns) where every band has data: not "no data", not NaN, not beyond 3.4e38."""
    if np.issubdtype(values.dtype, np.floating):
        with np.errstate(invalid="ignore"):
            good = np.abs(values) < _HUGE
    else:
        good = np.ones(values.shape, bool)
    if nodata is not None and not math.isnan(nodata) and abs(nodata) < _HUGE:
        good &= values != values.dtype.type(nodata) if _fits(nodata, values.dtype) else good
    return _in_every_band(good)


def _in_every_band(good: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(rows, columns) where all bands are good."""
    return good[0] if len(good) == 1 else np.asarray(good.all(axis=0))


def _fits(value: float, dtype: np.dtype[Any]) -> bool:
    """Whether a cell of this type can hold the value at all."""
    if np.issubdtype(dtype, np.integer):
        return value == int(value) and np.iinfo(dtype).min <= value <= np.iinfo(dtype).max
    return True


def _cells(layer: RasterLayer, bounds: tuple[float, float, float, float], pad: int) -> tuple[int, int, int, int]:
    """Top row, left column, rows and columns of the cells that touch a box, inside the raster."""
    a, b, c, d, e, f = layer.transform
    west, south, east, north = bounds
    x, y = np.array([west, east, east, west]) - c, np.array([south, south, north, north]) - f
    det = a * e - b * d
    column, row = (e * x - b * y) / det, (a * y - d * x) / det
    left, top = int(max(0, math.floor(column.min()) - pad)), int(max(0, math.floor(row.min()) - pad))
    right = int(min(layer.width, math.ceil(column.max()) + pad))
    bottom = int(min(layer.height, math.ceil(row.max()) + pad))
    return min(top, layer.height), min(left, layer.width), max(0, bottom - top), max(0, right - left)


def _six(transform: Any) -> _Transform:
    a, b, c, d, e, f = (float(value) for value in tuple(transform)[:6])
    return a, b, c, d, e, f


def _crs_of_file(crs: Any) -> str:
    """What the file says, as an authority code where it is one."""
    return "" if crs is None else crs_text(CRS.from_user_input(crs.to_wkt()))


def _check_transform(transform: _Transform, crs: CRS, width: int, height: int, item: str, fix: str) -> None:
    """Refuse a raster that lies nowhere, or in degrees that are none."""
    a, b, c, d, e, f = transform
    if (a, b, c, d, e, f) == (1, 0, 0, 0, 1, 0) or a * e - b * d == 0:
        raise CrsError(f"{item} does not say where its cells lie (it has no geotransform). Georeference it first.")
    x, y = [c, c + a * width + b * height], [f, f + d * width + e * height]
    if crs.is_geographic and (min(x) < -180.001 or max(x) > 180.001 or min(y) < -90.001 or max(y) > 90.001):
        raise CrsError(
            f"{item} is in {crs_text(crs)} ({crs.name}), which is in degrees, but its cells run from "
            f"{min(x):.6g} to {max(x):.6g} and {min(y):.6g} to {max(y):.6g}: they look like metres or feet. "
            f"Write crs: with the CRS that they are really in {fix}"
        )


def _extent(transform: _Transform, width: int, height: int) -> Shapes:
    a, b, c, d, e, f = transform
    corners = [(c + a * j + b * i, f + d * j + e * i) for j, i in ((0, 0), (0, height), (width, height), (width, 0))]
    return Shapes.from_geometries([shapely.Polygon(corners)], "polygon")


def _sentinel(use: LayerUse, nodata: float | None) -> float | None:
    """The study's "no data" value (null: {value: ...}) before the file's."""
    values = use.null.get("value", ())
    return float(values[0]) if values else nodata


def _record(
    found: Found, used: str, words: str, declared: str | None, crs: StudyCrs, synthetic: bool
) -> dict[str, Any]:
    """Where the raster comes from; parcels are carried to its CRS by the operation."""
    record = cited(found, synthetic=synthetic) | {
        "crs": used,
        **operation(str(crs), used).record,
        "coverage": {"source": "extent"} | ({"words": found.spec.coverage.words} if found.spec else {}),
    }
    if declared and used != words:
        record["crs_of_file"] = words or None
    return record
