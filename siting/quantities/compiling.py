"""The kernels that a plan needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from siting.catalogue import Finder
    from siting.catalogue.use import LayerUse
    from siting.plan import Plan
    from siting.study import Study

__all__ = ["BY_VERB", "kernels_of"]

_COVERED = ("covered_area",)
_AROUND = ("within",)
_CELLS = ("zonal_numeric", "zonal_quantile")

#: verb of a measure -> the functions of siting.kernels that it may call
BY_VERB: dict[str, tuple[str, ...]] = {
    "distance": ("nearest",),
    "count": _AROUND,
    "count_distinct": _AROUND,
    "length": ("length",),
    "share": _COVERED,
    "area": _COVERED,
    "crossing": ("length",),
    "class": _COVERED,
    "class_share": _COVERED,
    "attribute": ("nearest", "pair_areas"),
    "field": (),
    "area_mean": ("pair_areas",),
    "area_sum": ("within", "pair_areas"),
    "decay": _AROUND,
    "raster": _CELLS,
    "slope": (*_CELLS, "horn_slope"),
    "shape": (),
    "fits": ("placements",),
    "usable": (),
}


def kernels_of(study: Study, plan: Plan, finder: Finder) -> tuple[str, ...]:
    """Names of the functions of siting.kernels that measuring a plan may call; outlines are always read and looked at.

    finder : knows the layers of the catalogue, which may have a coverage
    """
    wanted = ["shapes", "read_wkb", "write_wkb", "surely_valid"]
    wanted += [name for measure in plan.measures for name in _of(measure.verb, measure)]
    if plan.wants_usable:
        wanted += _COVERED
    if plan.pad_m is not None:
        wanted.append("placements")
    if any(_covers(study.layers[name], finder) for name in plan.reach_m):
        wanted += ["nearest", "covered_area"]
    return tuple(dict.fromkeys(wanted))


def _covers(use: LayerUse, finder: Finder) -> bool:
    """Whether a layer says where it is complete."""
    spec = finder.spec(use.source) if use.source is not None else None
    return bool(use.coverage or use.source is None or (spec and spec.coverage.layer))


def _of(verb: str, measure: object) -> tuple[str, ...]:
    """The functions of one measure; quantiles only where one is asked for."""
    names = BY_VERB[verb]
    return names if getattr(measure, "quantile", None) is not None else tuple(n for n in names if n != "zonal_quantile")
