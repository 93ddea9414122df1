"""The versions that decide the bytes of a result, so that machines that work together can be compared."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from siting import __version__
from siting.errors import RunError

__all__ = ["difference", "installed", "other_versions"]


@cache
def installed() -> Mapping[str, str]:
    """Package -> version on this machine: siting with a hash of its modules, and the libraries that make numbers.

    >>> list(installed())[:2]
    ['python', 'siting']
    """
    import numba
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    import pyproj
    import rasterio
    import shapely

    return {
        "python": ".".join(map(str, sys.version_info[:2])),
        "siting": f"{__version__} (modules {_modules(files('siting'))})",
        "numpy": np.__version__,
        "shapely": shapely.__version__,
        "GEOS": shapely.geos_version_string,
        "pyproj": pyproj.__version__,
        "PROJ": pyproj.proj_version_str,
        "numba": numba.__version__,
        "pyarrow": pa.__version__,
        "pandas": pd.__version__,
        "rasterio": rasterio.__version__,
        "GDAL": rasterio.__gdal_version__,
    }


def difference(there: Mapping[str, str], here: Mapping[str, str]) -> str:
    """How the versions of one machine differ from those of another, in words; nothing where they do not.

    >>> difference({"numpy": "2.1", "GEOS": "3.14"}, {"numpy": "2.4", "GEOS": "3.14"})
    'numpy 2.1 (here 2.4)'
    """
    return ", ".join(
        f"{name} {there.get(name, 'not installed')} (here {version})"
        for name, version in here.items()
        if there.get(name) != version
    )


def other_versions(differing: Mapping[str, str], count: int | None) -> RunError:
    """The refusal of machines of a cluster that differ, by their address.

    count : how many were asked; None: one that joined later
    """
    said = "; ".join(f"{name!r} has {how}" for name, how in sorted(differing.items())[:3])
    others = f"; and {len(differing) - 3} more" if len(differing) > 3 else ""
    who = "A worker that joined the Dask cluster has"
    if count is not None:
        have = "has" if count == 1 else "have"
        who = f"{len(differing)} of {count} machines of the Dask cluster {have}"
    return RunError(
        f"{who} other versions than this machine, and would give other bytes: {said}{others}. Install the same "
        "versions on all of them (one lock file, or one container image) and start them again, then start this run "
        "again: finished parts are kept."
    )


def _modules(package: Traversable) -> str:
    """A short hash of every module of a package."""
    digest = hashlib.sha256()
    for path, text in sorted(_texts(package, "")):
        digest.update(path.encode() + b"\x1e" + hashlib.sha256(text).digest())
    return digest.hexdigest()[:12]


def _texts(folder: Traversable, at: str) -> list[tuple[str, bytes]]:
    """Path below the package and bytes of every module."""
    out: list[tuple[str, bytes]] = []
    for item in folder.iterdir():
        if item.is_dir():
            out += _texts(item, f"{at}{item.name}/")
        elif item.name.endswith(".py"):
            out.append((at + item.name, item.read_bytes()))
    return out
