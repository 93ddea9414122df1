"""Image services: pieces on the service's own grid, put together as the raster is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio

from siting.catalogue import Service
from siting.errors import SourceError
from siting.sources.area import Area
from siting.sources.image import fetch_image
from tests.sources.conftest import Served
from tests.sources.errands import send
from tests.sources.test_cog import raster

pytestmark = pytest.mark.servers


def service(served: Served, *, spoiled: bool = False) -> Service:
    return Service(type="arcgis_image", url=f"http://{served.proxy if spoiled else served.host}/image/ImageServer")


@pytest.fixture(scope="module")
def cells(stored: Served) -> np.ndarray:
    return raster(stored.folder / "image.tif", -113, 34, 120, cell=0.01)


def test_the_pieces_are_the_raster(stored: Served, tmp_path: Path, cells: np.ndarray) -> None:
    came = send(fetch_image, stored, tmp_path, service(stored), "dem")
    with rasterio.open(tmp_path / "out.tif") as got:
        assert np.array_equal(got.read(1), cells)
        assert (got.nodata, came.crs, came.pages) == (-9999, "EPSG:4269", 3 * 3)


def test_only_the_window_of_the_area_comes(stored: Served, tmp_path: Path, cells: np.ndarray) -> None:
    send(fetch_image, stored, tmp_path, service(stored), "dem", area=Area(-112.5, 33.0, -112.0, 33.3))
    with rasterio.open(tmp_path / "out.tif") as got:
        column, row = round((got.transform.c + 113) / 0.01), round((34 - got.transform.f) / 0.01)
        assert np.array_equal(got.read(1), cells[row : row + got.height, column : column + got.width])
        assert got.width < 65


@pytest.mark.parametrize("fault", ["cut", "html", "error json", "500"])
def test_after_a_passing_fault_the_raster_is_whole(
    stored: Served, tmp_path: Path, cells: np.ndarray, fault: str
) -> None:
    stored.fault(fault, match="exportImage", times=2)
    send(fetch_image, stored, tmp_path, service(stored, spoiled=True), "dem")
    with rasterio.open(tmp_path / "out.tif") as got:
        assert np.array_equal(got.read(1), cells)


def test_a_piece_of_another_place_is_refused(stored: Served, tmp_path: Path, cells: np.ndarray) -> None:
    """A server that gives the first piece for every other one."""
    stored.fault("")
    client = stored.client()
    first: list[bytes] = []
    get = client.get

    def repeated(url: str, **options: object) -> object:
        answer = get(url, **options)  # type: ignore[arg-type]
        if url.endswith("exportImage"):
            first.append(answer.data)
            return type(answer)(url=answer.url, status=200, headers=answer.headers, data=first[0])
        return answer

    client.get = repeated  # type: ignore[assignment, method-assign]
    with pytest.raises(SourceError) as error:
        send(fetch_image, stored, tmp_path, service(stored), "dem", client=client)
    assert str(error.value) == (
        "The layer 'dem' gave 48 x 48 cells of float32 where 48 x 48 of float32 were asked for, or in another place. "
        "Its server is out of order; try again later."
    )
