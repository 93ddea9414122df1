"""Layers in memory to put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from siting.layer import VectorLayer
from siting.shapes import Kind, Shapes


def part(
    geometry: Sequence[Any],
    columns: Mapping[str, Sequence[Any]] | None = None,
    *,
    certain: Sequence[bool] | None = None,
    kind: Kind | None = None,
    **more: Any,
) -> VectorLayer:
    """A layer of these shapes, with ids "0", "1" ..."""
    count = len(geometry)
    return VectorLayer(
        name="part",
        shapes=Shapes.from_geometries(np.array([*geometry, None], dtype=object)[:-1], kind),
        table=pd.DataFrame(dict(columns or {}), index=pd.RangeIndex(count)),
        ids=np.array([str(row) for row in range(count)], dtype=object),
        certain=np.ones(count, bool) if certain is None else np.array(certain, bool),
        **more,
    )
