"""Rasters: the window of the study read by ranges, cell by cell on the raster's own grid; tiles put side by side."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from pyproj import CRS

from siting.errors import SourceError
from siting.sources.area import Area
from siting.sources.errand import Came, Errand
from siting.sources.ranges import RangeFile
from siting.sources.stores import web_address

__all__ = ["as_cog", "cut", "fetch_cog", "opening", "tile_names"]

_PAD = 4  #: cells around the window, for slopes and for cells that a parcel's edge cuts
_LINES = 512  #: lines in memory at a time
Source = Mapping[str, Any]


def fetch_cog(errand: Errand) -> Came:
    """The window of a raster that the area needs, as a Cloud Optimized GeoTIFF on the same grid."""
    service = errand.service
    urls = [web_address(service.url)]
    if service.tiles is not None:
        if errand.area is None:
            raise SourceError(f"{errand.item} comes in tiles, and no area is named. Name one.")
        urls = [web_address(service.url.replace("{tile}", name)) for name in tile_names(errand.area)]
    files = [RangeFile(errand.client, url, credential=service.credential) for url in urls]
    edition = " ".join(file.etag for file in files if file.etag)
    if errand.etag and edition == errand.etag:
        return Came(count=0, crs="", edition=edition, unchanged=True)
    came = cut(errand, [opening(file) for file in files])
    return Came(count=came.count, crs=came.crs, pages=len(urls), edition=edition, notes=came.notes)


def tile_names(area: Area) -> list[str]:
    """Tiles of one degree by their north-west corners.

    >>> tile_names(Area(-112.3, 33.2, -111.9, 33.4))
    ['n34w112', 'n34w113']
    """
    names = []
    for north in range(math.floor(area.south) + 1, math.ceil(area.north) + 1):
        for west in range(math.floor(area.west), math.ceil(area.east)):
            names.append(f"{'n' if north >= 0 else 's'}{abs(north):02d}{'w' if west < 0 else 'e'}{abs(west):03d}")
    return sorted(names)


def opening(file: RangeFile) -> dict[str, Any]:
    """How rasterio opens a file on a server; it sees this one file and nothing beside it."""

    def opener(name: str, mode: str = "rb", **_options: Any) -> RangeFile:
        if "r" not in mode or not str(name).endswith("layer.tif"):
            raise FileNotFoundError(name)
        file.seek(0)
        return _Kept(file)  # type: ignore[return-value]

    return {"fp": f"{id(file)}/layer.tif", "opener": opener}


class _Kept:
    """A view of a file that can be closed without closing it."""

    def __init__(self, file: RangeFile) -> None:
        self._file = file
        self.read, self.seek, self.tell = file.read, file.seek, file.tell
        self.closed = False

    def close(self) -> None:
        """Nothing: the file is read on."""

    def __enter__(self) -> _Kept:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def cut(errand: Errand, sources: Sequence[Source]) -> Came:
    """The cells of rasters that the area needs, on their own grid; several are put side by side."""
    import rasterio
    from rasterio.errors import RasterioIOError

    try:
        with ExitStack() as stack:
            opened = [stack.enter_context(_open(source)) for source in sources]
            grid = _Grid(opened, errand)
            left, top, width, height = grid.window(errand.area)
            if not width or not height:
                raise SourceError(f"{errand.item} has no cell in the area. Name another layer for this land.")
            part = errand.target.with_suffix(".part.tif")
            with rasterio.open(part, "w", **grid.profile(left, top, width, height)) as target:
                grid.describe(target)
                for line in range(0, height, _LINES):
                    lines = min(_LINES, height - line)
                    target.write(grid.read(left, top + line, width, lines), window=((line, line + lines), (0, width)))
                    errand.heard((line + lines) * width, width * height)
            crs = grid.crs
    except RasterioIOError as error:
        said = " ".join(str(error).split()).rstrip(".")
        raise SourceError(f"{errand.item} cannot be read as a raster: {said}. Fetch it again.") from None
    as_cog(part, errand.target.with_suffix(".tif"))
    return Came(count=width * height, crs=crs)


def as_cog(part: Path, target: Path) -> None:
    """Write a finished GeoTIFF as a Cloud Optimized GeoTIFF, and forget it."""
    from rasterio.shutil import copy

    copy(part, target, driver="COG", COMPRESS="DEFLATE", OVERVIEWS="NONE", BLOCKSIZE=512, BIGTIFF="IF_SAFER")
    part.unlink()


@contextmanager
def _open(source: Source) -> Iterator[Any]:
    """An opened GeoTIFF, and nothing but a GeoTIFF: other formats may name other files and hosts."""
    import rasterio

    with rasterio.open(driver="GTiff", **source) as raster:
        yield raster


class _Grid:
    """The common grid of rasters: the same CRS, cells and type, and whole cells between their corners."""

    def __init__(self, rasters: list[Any], errand: Errand) -> None:
        first = rasters[0]
        if first.crs is None and not errand.service.srs:
            raise SourceError(f"{errand.item} does not say which CRS it is in. Write srs: of its service.")
        self._rasters, self._item = rasters, errand.item
        self._crs = CRS.from_user_input(errand.service.srs or first.crs.to_wkt())
        authority = self._crs.to_authority(min_confidence=70)
        self.crs = ":".join(authority) if authority else str(self._crs.to_wkt())
        self._transform = first.transform
        self._places = [self._place(raster, first) for raster in rasters]
        if len(rasters) > 1 and first.nodata is None:
            raise SourceError(f"{errand.item} comes in tiles that do not say which value means 'no data'.")

    def _place(self, raster: Any, first: Any) -> tuple[int, int]:
        """Column and row of a raster's corner on the grid of the first."""
        column, row = ~first.transform * (raster.transform.c, raster.transform.f)
        same = raster.dtypes == first.dtypes and raster.crs == first.crs and raster.nodata == first.nodata
        cells = np.allclose(list(raster.transform)[:2], list(first.transform)[:2], rtol=1e-6, atol=0)
        off = max(abs(column - round(column)), abs(row - round(row)))
        if not same or not cells or off > 0.05:
            raise SourceError(f"The tiles of {self._item[0].lower()}{self._item[1:]} do not share one grid.")
        return round(column), round(row)

    def window(self, area: Area | None) -> tuple[int, int, int, int]:
        """First column and row, width and height of the cells that the area needs."""
        left = min(column for column, _ in self._places)
        top = min(row for _, row in self._places)
        sized = zip(self._rasters, self._places, strict=True)
        ends = [(column + raster.width, row + raster.height) for raster, (column, row) in sized]
        right, bottom = max(column for column, _ in ends), max(row for _, row in ends)
        if area is not None:
            west, south, east, north = area.within(self.crs)
            corners = [~self._transform * xy for xy in ((west, north), (east, north), (west, south), (east, south))]
            left = max(left, math.floor(min(x for x, _ in corners)) - _PAD)
            top = max(top, math.floor(min(y for _, y in corners)) - _PAD)
            right = min(right, math.ceil(max(x for x, _ in corners)) + _PAD)
            bottom = min(bottom, math.ceil(max(y for _, y in corners)) + _PAD)
        return left, top, max(0, right - left), max(0, bottom - top)

    def profile(self, left: int, top: int, width: int, height: int) -> dict[str, Any]:
        """How the cut raster is written."""
        first = self._rasters[0]
        return {
            "driver": "GTiff", "width": width, "height": height, "count": first.count, "dtype": first.dtypes[0],
            "crs": self._crs.to_wkt(), "transform": self._transform * self._transform.translation(left, top),
            "nodata": first.nodata, "tiled": True, "blockxsize": 512, "blockysize": 512, "compress": "deflate",
            "BIGTIFF": "IF_SAFER",
        }  # fmt: skip

    def describe(self, target: Any) -> None:
        """Units, scales, names and tags, as they were."""
        first = self._rasters[0]
        target.scales, target.offsets = first.scales, first.offsets
        for band in range(1, first.count + 1):
            if first.units[band - 1]:
                target.set_band_unit(band, first.units[band - 1])
            if first.descriptions[band - 1]:
                target.set_band_description(band, first.descriptions[band - 1])
        tags = {key: text for key, text in first.tags().items() if key not in ("AREA_OR_POINT",)}
        target.update_tags(**tags)

    def read(self, left: int, top: int, width: int, height: int) -> Any:
        """(bands, height, width) cells, "no data" where there is no raster."""
        first = self._rasters[0]
        fill = 0 if first.nodata is None else first.nodata
        out = np.full((first.count, height, width), fill, dtype=first.dtypes[0])
        for raster, (column, row) in zip(self._rasters, self._places, strict=True):
            x0, x1 = max(left, column), min(left + width, column + raster.width)
            y0, y1 = max(top, row), min(top + height, row + raster.height)
            if x0 >= x1 or y0 >= y1:
                continue
            cells = raster.read(window=((y0 - row, y1 - row), (x0 - column, x1 - column)))
            there = out[:, y0 - top : y1 - top, x0 - left : x1 - left]
            there[...] = cells if first.nodata is None else np.where(cells != fill, cells, there)
        return out
