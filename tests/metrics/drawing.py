"""Small drawings of parcels and layers, in metres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely

from siting.land import Land, UsableLand
from siting.layer import RasterLayer, VectorLayer
from siting.measure import Measure, Measured, State
from siting.metrics import parse_measure
from siting.parcels import Parcels
from siting.shapes import Kind, Shapes

CRS = "EPSG:26912"
EVERYWHERE = shapely.box(-1e7, -1e7, 1e7, 1e7)


def parcels_of(
    geometries: Sequence[Any], *, usable: UsableLand | None = None, crs: str = CRS, **fields: Any
) -> Parcels:
    n = len(geometries)
    return Parcels(
        ids=np.array([f"p{i}" for i in range(n)], dtype=object),
        shapes=Shapes.from_geometries(geometries, "polygon"),
        table=pd.DataFrame(fields, index=pd.RangeIndex(n)),
        crs=crs,
        usable=usable,
    )


def layer_of(
    geometries: Sequence[Any], *, kind: Kind | None = None, coverage: Any = None, certain: Any = None, **fields: Any
) -> VectorLayer:
    n = len(geometries)
    return VectorLayer(
        name="things",
        shapes=Shapes.from_geometries(geometries, kind),
        table=pd.DataFrame(fields, index=pd.RangeIndex(n)),
        ids=np.array([f"f{i}" for i in range(n)], dtype=object),
        certain=np.ones(n, bool) if certain is None else np.asarray(certain, bool),
        coverage=coverage,
    )


def raster_of(cells: Any, *, transform: Any = (10, 0, 0, 0, -10, 40), crs: str = CRS, **more: Any) -> RasterLayer:
    array = np.asarray(cells)
    height, width = array.shape[-2:]
    return RasterLayer(
        **{"name": "cells", "unit": "", **more},
        crs=crs, transform=tuple(float(v) for v in transform), width=width, height=height, array=array,
    )  # fmt: skip


def usable_of(
    gross: Sequence[Any], usable: Sequence[Any], pads: Sequence[Sequence[Any]] | None = None, **states: Any
) -> UsableLand:
    """Usable land as drawn; ``state`` (n,) of the largest piece and the land, ``area_state`` of the area."""
    n = len(gross)
    state = np.asarray(states.get("state", np.zeros(n)), np.uint8)
    shapes = Shapes.from_geometries(usable, "polygon")
    pad = None
    if pads is not None:
        counts = [len(group) for group in pads]
        flat = Shapes.from_geometries([pad for group in pads for pad in group], "polygon")
        pad = Land(shapes=flat, offsets=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), state=state)
    largest = [max((part.area for part in shapely.get_parts(piece)), default=0.0) for piece in usable]
    return UsableLand(
        gross_m2=np.array([piece.area for piece in gross]),
        usable_m2=np.array([piece.area for piece in usable]),
        cut_m2={},
        largest_m2=np.where(state == State.KNOWN, largest, np.nan),
        pieces=np.array([len(shapely.get_parts(piece)) for piece in usable]),
        state=state,
        area_state=np.asarray(states.get("area_state", np.zeros(n)), np.uint8),
        usable=Land(shapes=shapes, offsets=np.arange(n + 1), state=state),
        pad=pad,
    )


def spec(**keys: Any) -> Measure:
    return parse_measure({"class" if key == "class_" else key: value for key, value in keys.items()}, "criterion 'c'")


def measured(measure: Measure, parcels: Parcels, **layers: Any) -> Measured:
    """The measure, checked against its declaration and measured again in two parts, which must give the same bits."""
    resource = measure.prepare(layers, EVERYWHERE)
    whole = measure.measure(parcels, layers, resource)
    check_declared(measure, whole, len(parcels))
    if parcels.usable is None and len(parcels) > 1:
        rows = np.arange(len(parcels))
        middle = len(rows) // 2
        for part in (rows[:middle], rows[middle:], rows[::-1]):
            check_same(measure.measure(parcels.take(part), layers, resource), whole, part)
    return whole


def check_declared(measure: Measure, result: Measured, n: int) -> None:
    assert list(result.columns) == [column.name for column in measure.columns]
    for column in measure.columns:
        assert result.columns[column.name].shape == (n,)
        assert result.columns[column.name].dtype == (object if column.dimension == "text" else np.float64)
    assert result.state.dtype == np.uint8
    assert result.state.shape == (n,)


def check_same(part: Measured, whole: Measured, rows: Any) -> None:
    np.testing.assert_array_equal(part.state, whole.state[rows])
    for name, values in part.columns.items():
        np.testing.assert_array_equal(values, whole.columns[name][rows])
    for mine, all_of_them in ((part.low, whole.low), (part.high, whole.high)):
        if mine is not None and all_of_them is not None:
            np.testing.assert_array_equal(mine, all_of_them[rows])


def states(result: Measured) -> list[str]:
    return [State(code).name for code in result.state]


def values(result: Measured, name: str | None = None) -> list[Any]:
    columns: Mapping[str, Any] = result.columns
    return list(columns[name or next(iter(columns))].tolist())
