from __future__ import annotations

from importlib.metadata import version

import siting
from siting.engine.versions import difference, installed

LIBRARIES = ("numpy", "shapely", "pyproj", "numba", "pyarrow", "pandas", "rasterio")


def test_what_is_installed() -> None:
    found = installed()
    assert {name: found[name] for name in LIBRARIES} == {name: version(name) for name in LIBRARIES}
    assert found["siting"].startswith(f"{siting.__version__} (modules ")
    assert {"python", "GEOS", "PROJ", "GDAL"} < found.keys()
    assert difference(found, dict(found)) == ""


def test_a_difference_names_what_is_missing() -> None:
    here = {"numpy": "2.4", "GEOS": "3.14", "numba": "0.68"}
    assert (
        difference({"numpy": "2.4", "GEOS": "3.12"}, here) == "GEOS 3.12 (here 3.14), numba not installed (here 0.68)"
    )
