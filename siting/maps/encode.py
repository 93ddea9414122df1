"""Packing for the page: shapes as integer deltas, columns as tables, all of it as gzip in base64.

Nothing in the packed text can end a script element or be taken for a template, whatever the data says.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.shapes import Shapes

__all__ = ["DEGREE_STEPS", "number_column", "packed", "shape_columns", "shown_column", "text_column"]

DEGREE_STEPS = 1_000_000  #: steps in a degree: 0.11 m


def packed(content: Any) -> str:
    """Compact JSON, gzip without a time, base64; the page's ``siting.unpack`` reads it.

    >>> packed({"id": "</script>"}) == packed({"id": "</script>"})
    True
    """
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode("utf-8", "replace"), 6, mtime=0)).decode()


def shape_columns(shapes: Shapes) -> dict[str, Any]:
    """Shapes in EPSG:4326 as integers: rings of each shape, vertices of each ring, chained deltas of x and y.

    Rings of polygons come without their closing vertex.

    >>> import shapely
    >>> shape_columns(Shapes.from_geometries([shapely.box(0, 0, 1, 2)]))["y"]
    [0, 2000000, 0, -2000000]
    """
    counts, keep = np.diff(shapes.ring_offsets), np.ones(len(shapes.coords), bool)
    if shapes.kind == "polygon" and len(counts):
        keep[shapes.ring_offsets[1:] - 1] = False
        counts = counts - 1
    steps = np.round(shapes.coords[keep] * DEGREE_STEPS).astype(np.int64)
    deltas = np.diff(steps, axis=0, prepend=np.zeros((1, 2), np.int64))
    return {
        "kind": shapes.kind,
        "steps": DEGREE_STEPS,
        "rings": np.diff(shapes.shape_offsets).tolist(),
        "counts": counts.tolist(),
        "x": deltas[:, 0].tolist(),
        "y": deltas[:, 1].tolist(),
    }


def text_column(texts: Sequence[str]) -> dict[str, Any]:
    """Texts as a table of the different ones and an index a row.

    >>> text_column(["a", "b", "a"])
    {'table': ['a', 'b'], 'index': [0, 1, 0]}
    """
    place: dict[str, int] = {}
    index = [place.setdefault(str(text), len(place)) for text in texts]
    return {"table": list(place), "index": index}


def number_column(numbers: NDArray[np.float64], decimals: int) -> list[float | None]:
    """Rounded numbers; None for NaN and infinity, integers where no decimals are asked for.

    >>> number_column(np.array([1.26, np.nan]), 1)
    [1.3, None]
    """
    rounded = np.round(np.asarray(numbers, np.float64), decimals) + 0.0
    listed: list[float | None] = rounded.tolist()
    if decimals == 0:
        listed = [int(x) if x is not None and np.isfinite(x) else x for x in listed]
    return [x if x is not None and np.isfinite(x) else None for x in listed]


def shown_column(numbers: NDArray[np.float64], decimals: int) -> list[int | None]:
    """Numbers as people read them, as whole hundredths (or tenths, ...): rounded once, as Python's format does.

    >>> shown_column(np.array([79.948648, 0.25, np.nan]), 1)
    [799, 2, None]
    """
    given = np.asarray(numbers, np.float64)
    different, at = np.unique(given, return_inverse=True)
    shown = [int(f"{x:.{decimals}f}".replace(".", "")) if np.isfinite(x) else None for x in different.tolist()]
    return [shown[i] for i in at.ravel().tolist()]
