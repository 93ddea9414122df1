"""ArcGIS ImageServer: the window of the study, exported piece by piece on the service's own grid.

Source: ArcGIS REST API, "Image Service" and "Export Image".
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from pyproj import CRS

from siting.errors import SourceError
from siting.sources.arcgis_layer import check_json, parsed, spatial_reference
from siting.sources.cog import as_cog
from siting.sources.errand import Came, Errand
from siting.sources.http import Answer, UnfitError

__all__ = ["fetch_image"]

_SIDE = 2_048  #: cells along the side of a piece, at most
_TYPES = {
    "U8": "uint8", "S8": "int8", "U16": "uint16", "S16": "int16", "U32": "uint32", "S32": "int32", "F32": "float32",
    "F64": "float64",
}  # fmt: skip


def fetch_image(errand: Errand) -> Came:
    """The cells that the area needs, nearest neighbour on the service's own grid, as a Cloud Optimized GeoTIFF.

    Raises SourceError where a piece has another size, place or type than was asked for.
    """
    import rasterio

    service = errand.service
    said = parsed(
        errand.client.get(service.url, query={**service.query, "f": "json"}, credential=service.credential,
                          check=check_json)
    )  # fmt: skip
    grid = _Grid(errand, said)
    left, top, width, height = grid.window(errand)
    part = errand.target.with_suffix(".part.tif")
    with rasterio.open(part, "w", **grid.profile(left, top, width, height)) as target:
        for row in range(0, height, grid.side):
            for column in range(0, width, grid.side):
                columns, rows = min(grid.side, width - column), min(grid.side, height - row)
                cells = grid.piece(errand, left + column, top + row, columns, rows)
                target.write(cells, window=((row, row + rows), (column, column + columns)))
                errand.heard(row * width + (column + columns) * rows, width * height)
    as_cog(part, errand.target.with_suffix(".tif"))
    return Came(count=width * height, crs=grid.crs, pages=math.ceil(width / grid.side) * math.ceil(height / grid.side))


class _Grid:
    """The grid of an image service."""

    def __init__(self, errand: Errand, said: dict[str, Any]) -> None:
        item = errand.item
        try:
            extent = said["extent"]
            self._x, self._y = float(said["pixelSizeX"]), float(said["pixelSizeY"])
            self._west, self._north = float(extent["xmin"]), float(extent["ymax"])
            self._columns = round((float(extent["xmax"]) - self._west) / self._x)
            self._rows = round((self._north - float(extent["ymin"])) / self._y)
            self._dtype = _TYPES[str(said["pixelType"])]
            self._bands = int(said.get("bandCount", 1))
        except (KeyError, TypeError, ValueError) as error:
            raise SourceError(f"{item} does not describe its grid as an ImageServer does ({error}).") from None
        self.crs = spatial_reference(extent.get("spatialReference") or said.get("spatialReference"))
        nodata = said.get("noDataValue", (said.get("noDataValues") or [None])[0])
        self._nodata = None if nodata is None else float(nodata)
        self.side = min(_SIDE, int(said.get("maxImageWidth") or _SIDE), int(said.get("maxImageHeight") or _SIDE))
        self._code = self.crs.partition(":")[2]
        if not self._code.isdigit():
            raise SourceError(f"{item} does not say its CRS by a number, so that no window of it can be asked for.")

    def window(self, errand: Errand) -> tuple[int, int, int, int]:
        """First column and row, width and height."""
        if errand.area is None:
            return 0, 0, self._columns, self._rows
        west, south, east, north = errand.area.within(self.crs)
        left, right = math.floor((west - self._west) / self._x) - 4, math.ceil((east - self._west) / self._x) + 4
        top, bottom = math.floor((self._north - north) / self._y) - 4, math.ceil((self._north - south) / self._y) + 4
        left, top, right, bottom = max(0, left), max(0, top), min(self._columns, right), min(self._rows, bottom)
        if left >= right or top >= bottom:
            raise SourceError(f"{errand.item} has no cell in the area. Name another layer for this land.")
        return left, top, right - left, bottom - top

    def _box(self, left: int, top: int, width: int, height: int) -> tuple[float, float, float, float]:
        west, north = self._west + left * self._x, self._north - top * self._y
        return west, north - height * self._y, west + width * self._x, north

    def profile(self, left: int, top: int, width: int, height: int) -> dict[str, Any]:
        """How the window is written."""
        from rasterio.transform import from_origin

        west, _, _, north = self._box(left, top, width, height)
        return {
            "driver": "GTiff", "width": width, "height": height, "count": self._bands, "dtype": self._dtype,
            "crs": CRS.from_user_input(self.crs).to_wkt(), "transform": from_origin(west, north, self._x, self._y),
            "nodata": self._nodata, "tiled": True, "blockxsize": 512, "blockysize": 512, "compress": "deflate",
            "BIGTIFF": "IF_SAFER",
        }  # fmt: skip

    def piece(self, errand: Errand, left: int, top: int, width: int, height: int) -> Any:
        """(bands, height, width) cells of one piece."""
        from rasterio.io import MemoryFile

        box = self._box(left, top, width, height)
        query = {
            **errand.service.query, "bbox": ",".join(f"{value!r}" for value in box), "bboxSR": self._code,
            "imageSR": self._code, "size": f"{width},{height}", "format": "tiff", "f": "image",
            "interpolation": "RSP_NearestNeighbor", "adjustAspectRatio": "false",
        }  # fmt: skip
        url = f"{errand.service.url.rstrip('/')}/exportImage"
        answer = errand.client.get(url, query=query, credential=errand.service.credential, check=_check_tiff)
        with MemoryFile(answer.data) as memory, memory.open(driver="GTiff") as raster:
            off = np.abs(np.array(raster.bounds) - np.array(box)).max() / self._x
            if (raster.width, raster.height) != (width, height) or off > 0.01 or raster.dtypes[0] != self._dtype:
                raise SourceError(
                    f"{errand.item} gave {raster.width:,} x {raster.height:,} cells of {raster.dtypes[0]} where "
                    f"{width:,} x {height:,} of {self._dtype} were asked for, or in another place. Its server is out "
                    "of order; try again later."
                )
            return raster.read()


def _check_tiff(answer: Answer) -> None:
    if answer.data[:2] in (b"II", b"MM"):
        return
    check_json(answer)
    raise UnfitError("it answers with something that is no GeoTIFF")
