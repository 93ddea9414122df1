"""The pipeline: a study names parcels, layers, exclusions and criteria; out comes a ranking."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import shapely

from siting.catalogue import DataFolder, Finder, catalogue
from siting.crs import StudyCrs, study_crs
from siting.engine import Store, spread_sample
from siting.judgement import judge
from siting.layer import RasterLayer, VectorLayer, open_raster, open_vector
from siting.overrides import read_overrides
from siting.parcels import Parcels, read_parcels
from siting.plan import Plan, plan_of
from siting.quantities import PART_SIZE, measure_all
from siting.ranking import Ranking
from siting.study import Study

__all__ = ["Silence", "Steps", "evaluate", "finder_of", "open_layers"]


class Steps(Protocol):
    """Hears how far the work is."""

    def begin(self, text: str, total: int | None = None) -> None:
        """A step begins; ``total`` parts, if that is known."""

    def advance(self) -> None:
        """A part of the step is done."""


class Silence:
    """Hears and says nothing."""

    def begin(self, text: str, total: int | None = None) -> None:
        """Nothing."""

    def advance(self) -> None:
        """Nothing."""


def evaluate(
    study: Study,
    *,
    data: DataFolder | None = None,
    workers: int | None = None,
    store: Store | None = None,
    steps: Steps | None = None,
    part_size: int = PART_SIZE,
    sample: int | None = None,
) -> Ranking:
    """The ranking of a study.

    data : where the files of catalogue ids lie
    store : finished quantities on disk, to go on from
    sample : measure only this many parcels, spread over the land and drawn by the study's seed
    The result does not depend on ``workers`` or ``part_size``.
    """
    steps = steps or Silence()
    steps.begin("Reading the study")
    plan, crs, finder = plan_of(study), study_crs(study.crs), finder_of(study, data)
    steps.begin("Reading parcels")
    read = read_parcels(study.parcels, finder=finder, crs=crs)
    overrides = read_overrides(study, read.parcels.ids)
    if sample is not None and sample < len(read.parcels):
        rows = spread_sample(read.parcels.shapes.bounds, sample, study.seed)
        read = replace(read, parcels=read.parcels.take(rows))
        overrides = None
    steps.begin("Opening layers", len(plan.reach_m))
    layers = open_layers(study, plan, read.parcels, finder=finder, crs=crs, steps=steps)
    steps.begin("Preparing (compiles once)")
    quantities = measure_all(
        plan, read.parcels, layers, study.usable, store=store, part_size=part_size, workers=workers,
        begin=lambda parts: steps.begin("Measuring", parts), done=steps.advance,
    )  # fmt: skip
    steps.begin("Scoring and ranking")
    judgement = judge(study, plan, quantities, read.parcels.ids, overrides)
    return Ranking(
        study=study, plan=plan, parcels=read.parcels, quality=read.quality, layers=layers, quantities=quantities,
        judgement=judgement, overrides=overrides, notes=_notes(study, layers),
    )  # fmt: skip


def finder_of(study: Study, data: DataFolder | None) -> Finder:
    """Finds what the study names: catalogue ids in the data folder, paths beside the study."""
    return Finder(catalogue=catalogue(), base=study.base or Path(), data=data)


def open_layers(
    study: Study, plan: Plan, parcels: Parcels, *, finder: Finder, crs: StudyCrs, steps: Steps | None = None
) -> dict[str, VectorLayer | RasterLayer]:
    """The layers that the plan needs, clipped no tighter than their reach, and those of the map's context."""
    area = shapely.box(*parcels.shapes.total_bounds)
    wanted = {name: plan.reach_m.get(name, 0.0) for name in study.layers if name in plan.reach_m or name in study.context}
    out: dict[str, VectorLayer | RasterLayer] = {}
    for name, reach_m in wanted.items():
        use = study.layers[name]
        found = finder.find(use.source)
        raster = found.spec.kind == "raster" if found.spec else found.path.suffix.lower() in (".tif", ".tiff", ".vrt")
        layer: VectorLayer | RasterLayer
        if raster:
            layer = open_raster(name, use, finder=finder, crs=crs)
        else:
            layer = open_vector(name, use, finder=finder, crs=crs, area=area, reach_m=reach_m)
        out[name] = replace(layer, provenance={**layer.provenance, "identity": _identity(layer, use.model_dump_json())})
        if steps:
            steps.advance()
    return out


def _identity(layer: VectorLayer | RasterLayer, use: str) -> str:
    """A hash of what a layer was made from: the file's content, how it is used, its coverage."""
    coverage = b"" if layer.coverage is None else shapely.to_wkb(layer.coverage)
    return hashlib.sha256(f"{layer.provenance.get('sha256')}{use}".encode() + coverage).hexdigest()


def _notes(study: Study, layers: Mapping[str, VectorLayer | RasterLayer]) -> tuple[str, ...]:
    """Sentences that belong beside the result."""
    missing = [f"Partial ({theme}): {why}." for theme, why in study.partial.items()]
    empty = [f"The layer {name!r} has no feature within reach of the parcels." for name, layer in layers.items() if isinstance(layer, VectorLayer) and not len(layer)]
    return (*missing, *empty)
