"""Where the parcels lie, as the header of their file says: enough to see that a CRS is that of another zone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet
from pyproj import CRS

from siting.catalogue import Finder
from siting.check.finding import Finding
from siting.crs import Bounds, check_fit, study_crs, transform_bounds
from siting.errors import SitingError
from siting.layer.file import crs_text
from siting.study import Study

__all__ = ["check_place"]


def check_place(study: Study, finder: Finder) -> Iterator[Finding]:
    """An error where the study's CRS does not fit the box of its parcels; nothing where the box is not known."""
    try:
        crs = study_crs(study.crs)
        bounds = _bounds(study, finder, str(crs))
    except (SitingError, OSError, ValueError, RuntimeError, KeyError):
        return  # told of by another check, or when the file is opened
    if bounds is None:
        return
    try:
        check_fit(crs, bounds)
    except SitingError as error:
        yield Finding("error", "crs", str(error))


def _bounds(study: Study, finder: Finder, crs: str) -> Bounds | None:
    """The box of the parcels in the study's CRS."""
    use = study.parcels
    source = use.source or (use.points.source if use.points else None)
    if source is None:
        area = use.grid.area if use.grid else None
        return area if isinstance(area, tuple) else None
    found = finder.find(source)
    box, words = _header(found.path, use.layer or found.layer)
    declared = use.crs or found.crs or words
    return transform_bounds(box, declared, crs, margin=0) if box and declared else None


def _header(path: Path, layer: str | None) -> tuple[Bounds | None, str]:
    """The box that a file states, and its CRS; None where it would have to be read whole."""
    if path.suffix == ".parquet":
        geo = json.loads((pyarrow.parquet.read_metadata(path).metadata or {})[b"geo"])
        column = geo["columns"][geo["primary_column"]]
        box, crs = column.get("bbox"), column.get("crs", "OGC:CRS84")
        flat = (box[0], box[1], box[len(box) // 2], box[len(box) // 2 + 1]) if box else None
        return flat, "" if crs is None else crs_text(CRS.from_user_input(crs))
    import pyogrio

    info = pyogrio.read_info(path, layer=layer)
    box, crs = info["total_bounds"], info["crs"]
    return (tuple(box) if box is not None else None), "" if crs is None else crs_text(CRS.from_user_input(crs))
