"""The code that results are made by: the modules of siting, and the libraries whose numbers it passes on."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from siting import __version__

__all__ = ["code_hash", "libraries", "module_bytes"]


@cache
def libraries() -> Mapping[str, str]:
    """Library -> version on this machine, of those that decide the bytes of a result."""
    import numba
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    import pyogrio
    import pyproj
    import rasterio
    import scipy
    import shapely

    return {
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "shapely": shapely.__version__,
        "GEOS": shapely.geos_version_string,
        "pyproj": pyproj.__version__,
        "PROJ": pyproj.proj_version_str,
        "numba": numba.__version__,
        "pyarrow": pa.__version__,
        "pandas": pd.__version__,
        "pyogrio": pyogrio.__version__,
        "GDAL of pyogrio": pyogrio.__gdal_version_string__,
        "rasterio": rasterio.__version__,
        "GDAL": rasterio.__gdal_version__,
    }


@cache
def code_hash(rooms: frozenset[str] | None = None) -> str:
    """A hash of the version of siting, of the libraries, and of every module of some rooms; None: of all.

    >>> code_hash() == code_hash(frozenset({"kernels"}))
    False
    """
    digest = hashlib.sha256(repr((__version__, sorted(libraries().items()))).encode())
    for path, text in sorted(module_bytes(files("siting"), rooms).items()):
        digest.update(path.encode() + b"\x1e" + hashlib.sha256(text).digest())
    return digest.hexdigest()


def module_bytes(package: Traversable, rooms: Collection[str] | None = None, at: str = "") -> dict[str, bytes]:
    """Path below a package -> the bytes of every module of some rooms; None: of all."""
    out: dict[str, bytes] = {}
    for item in package.iterdir():
        if rooms is not None and item.name.removesuffix(".py") not in rooms:
            continue
        if item.is_dir():
            out |= module_bytes(item, None, f"{at}{item.name}/")
        elif item.name.endswith(".py"):
            out[at + item.name] = item.read_bytes()
    return out
