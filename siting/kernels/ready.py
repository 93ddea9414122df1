"""Kernels compiled before they are needed, so that a run can say so: which kernels each public function calls."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

__all__ = ["KERNELS", "compile_kernels"]

_GRID = ("segments._register",)
_PAIRS = ("boxes._enter", "boxes._meet", "edges._bin_edges", "edges._chain_boxes", "overlap._pair_areas")
_COVERAGE = ("coverage._under", "coverage._to_cells", "coverage._boxes", "coverage._fill", "coverage._inside")

#: public function -> its kernels; those that a kernel itself calls come with it
KERNELS: dict[str, tuple[str, ...]] = {
    "shapes": ("rings._boxes", "rings._areas", "rings._take", "curve.places"),
    "read_wkb": ("wkb._survey", "wkb._fill", "wkb._turn"),
    "write_wkb": ("wkb._write",),
    "surely_simple": ("simple._simple",),
    "surely_valid": ("simple._simple", "simple._parts_apart"),
    "nearest": (*_GRID, "nearest._nearest"),
    "within": (*_GRID, "nearest._within"),
    "pair_areas": _PAIRS,
    "covered_area": (*_PAIRS, "overlap._mark", "union._union_areas"),
    "length": (*_GRID, "length._lengths"),
    "zonal_numeric": (*_COVERAGE, "zonal._numeric"),
    "zonal_classes": (*_COVERAGE, "zonal._classes"),
    "zonal_quantile": (*_COVERAGE, "coverage._entries", "zonal._reach"),
    "horn_slope": ("slope._horn",),
    "placements": ("rectangle._place",),
}


def compile_kernels(functions: Iterable[str]) -> None:
    """Compile the kernels of these functions, or read them from the cache on disk."""
    for kernel in dict.fromkeys(kernel for name in functions for kernel in KERNELS[name]):
        module, name = kernel.split(".")
        getattr(import_module(f"siting.kernels.{module}"), name).dispatcher  # noqa: B018 - compiled when asked for
