from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import shapely

import siting.kernels
from siting.hilbert import along
from siting.kernels.compiled import Compiled
from siting.kernels.length import length_inside, length_within
from siting.kernels.nearest import SegmentGrid, nearest, within
from siting.kernels.overlap import covered_area, pair_areas
from siting.kernels.ready import KERNELS, compile_kernels
from siting.kernels.rectangle import placements
from siting.kernels.simple import surely_simple, surely_valid
from siting.kernels.slope import horn_slope
from siting.kernels.wkb import read_wkb, write_wkb
from siting.kernels.zonal import zonal_classes, zonal_numeric, zonal_quantile
from tests.kernels.drawing import shapes_of

LOTS = shapes_of(shapely.box(0, 0, 4, 4), shapely.box(1, 0, 3, 4), shapely.Polygon([(0, 0), (9, 1), (5, 7)]))
LINES = shapes_of(shapely.LineString([(0, 0), (5, 5), (7, 1)]))
GRID = (1.0, 0.0, 0.0, 0.0, -1.0, 8.0)
WKB = np.frombuffer(shapely.to_wkb(shapely.box(0, 0, 4, 4)), np.uint8)
CELLS = np.arange(64.0).reshape(8, 8)
THERE = np.ones((8, 8), bool)

USED: dict[str, Callable[[], Any]] = {
    "shapes": lambda: (shapes_of(shapely.box(0, 0, 4, 4)).take(np.array([0, 0])).area_m2, along(LOTS.bounds)),
    "write_wkb": lambda: write_wkb(LOTS.coords, LOTS.ring_offsets, LOTS.shape_offsets, LOTS.part_starts),
    "read_wkb": lambda: read_wkb(WKB, np.array([0]), np.array([len(WKB)])),
    "surely_simple": lambda: surely_simple(LOTS),
    "surely_valid": lambda: surely_valid(LOTS),
    "nearest": lambda: nearest(LOTS, SegmentGrid.build(LINES)),
    "within": lambda: within(LOTS, SegmentGrid.build(LOTS), 3.0),
    "pair_areas": lambda: pair_areas(LOTS, LOTS),
    "covered_area": lambda: covered_area(LOTS, LOTS),
    "length": lambda: (length_inside(LOTS, LINES), length_within(LOTS, LINES, 2.0)),
    "zonal_numeric": lambda: zonal_numeric(LOTS, CELLS, THERE, GRID),
    "zonal_classes": lambda: zonal_classes(LOTS, CELLS.astype(int), THERE, GRID, None, 64),
    "zonal_quantile": lambda: zonal_quantile(LOTS, CELLS, THERE, GRID, None, 0.5),
    "horn_slope": lambda: horn_slope(CELLS, THERE, np.ones(8), 1.0),
    "placements": lambda: placements(LOTS, 1.0, 2.0),
}


def _all() -> set[Compiled]:
    names = [item.name for item in pkgutil.iter_modules(siting.kernels.__path__)]
    modules = [importlib.import_module(f"siting.kernels.{name}") for name in names]
    return {value for module in modules for value in vars(module).values() if isinstance(value, Compiled)}


@pytest.mark.parametrize("name", KERNELS)
def test_a_function_compiles_nothing_after_its_kernels_are_ready(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for kernel in _all():
        monkeypatch.setattr(kernel, "_dispatcher", None)
    compile_kernels(["shapes", name])  # shapes are at hand in every run
    ready = {kernel for kernel in _all() if kernel._dispatcher is not None}
    assert ready
    USED[name]()
    assert {kernel.__name__ for kernel in _all() - ready if kernel._dispatcher is not None} == set()
