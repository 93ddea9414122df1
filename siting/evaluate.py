"""The pipeline: a study names parcels, layers, exclusions and criteria; out comes a ranking."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import shapely

from siting.catalogue import DataFolder, Finder, catalogue
from siting.crs import StudyCrs, check_fit, study_crs
from siting.engine import Store, spread_sample
from siting.judgement import admitted_by_hand, judge
from siting.kernels.ready import compile_kernels
from siting.layer import LayerUse, RasterLayer, VectorLayer, open_layer
from siting.layer.credits import own_use_only
from siting.overrides import read_overrides
from siting.parcels import ParcelQuality, Parcels, read_parcels
from siting.parcels.cleaning import happened
from siting.plan import Plan, plan_of
from siting.quantities import PART_SIZE, measure_all
from siting.quantities.compiling import kernels_of
from siting.ranking import Ranking
from siting.sources.pack import packed_catalogue, packed_layers
from siting.study import Study
from siting.supply import Supply

if TYPE_CHECKING:
    from siting.engine.dask_pool import DaskPool

__all__ = ["Silence", "Steps", "evaluate", "finder_of", "needed_layers", "notes_of", "open_layers"]

_AROUND_M = 5_000.0  #: context layers are read at least this far around the parcels, for the map


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
    pool: DaskPool | None = None,
    supply: Supply | None = None,
) -> Ranking:
    """The ranking of a study.

    data : where the files of catalogue ids lie
    store : finished quantities on disk, to go on from
    steps : hears how far the work is
    sample : measure only this many parcels, spread over the land and drawn by the study's seed; without overrides
    pool : the workers of a cluster, to measure there
    supply : brings the layers of the catalogue whose files are not here; by default the network, where it is allowed
    The result does not depend on ``workers``, ``part_size`` or ``pool``.
    """
    steps = steps or Silence()
    steps.begin("Reading the study")
    plan, crs, finder = plan_of(study), study_crs(study.crs), finder_of(study, data)
    supply = supply or Supply()
    finder = supply.parcels(study, finder, steps)
    steps.begin("Preparing (compiles once)")
    compile_kernels(kernels_of(study, plan, finder))
    steps.begin("Reading parcels")
    read = read_parcels(study.parcels, finder=finder, crs=crs)
    check_fit(crs, read.parcels.shapes.total_bounds)
    parcels, left_out = _sampled(read.parcels, sample, study.seed)
    overrides = None if left_out else read_overrides(study, parcels.ids, read.quality.members)
    finder = supply.layers(study, plan, read.parcels, finder, steps)
    steps.begin("Opening layers", len(needed_layers(study, plan)))
    layers = open_layers(study, plan, parcels.shapes.total_bounds, finder=finder, crs=crs, steps=steps)
    steps.begin("Indexing layers")
    quantities = measure_all(
        plan, parcels, layers, study.usable, store=store, part_size=part_size, workers=workers,
        admitted=admitted_by_hand(overrides), pool=pool,
        begin=lambda parts: steps.begin("Measuring", parts), done=steps.advance,
    )  # fmt: skip
    steps.begin("Scoring and ranking")
    judgement = judge(study, plan, quantities, parcels.ids, overrides)
    notes = notes_of(study, layers, read.quality, len(parcels), left_out)
    return Ranking(
        study=study, plan=plan, parcels=parcels, quality=read.quality, layers=layers, quantities=quantities,
        judgement=judgement, overrides=overrides, notes=notes, left_out=left_out, store=store,
    )  # fmt: skip


def finder_of(study: Study, data: DataFolder | None) -> Finder:
    """Finds what the study names: catalogue ids in the data folder, paths beside the study."""
    known = catalogue(packed_catalogue(data))
    return Finder(catalogue=known, base=study.base or Path(), data=data, fetched=packed_layers(data))


def open_layers(
    study: Study,
    plan: Plan,
    bounds: tuple[float, float, float, float],
    *,
    finder: Finder,
    crs: StudyCrs,
    steps: Steps | None = None,
) -> dict[str, VectorLayer | RasterLayer]:
    """The layers that the plan needs, clipped no tighter than their reach, and those of the map's context.

    bounds : west, south, east, north of all parcels, in the study's CRS
    """
    area = shapely.box(*bounds)
    out: dict[str, VectorLayer | RasterLayer] = {}
    for name in needed_layers(study, plan):
        use = study.layers[name]
        reach_m = max(plan.reach_m.get(name, 0.0), _AROUND_M if name in study.context else 0.0)
        layer = open_layer(name, use, finder=finder, crs=crs, area=area, reach_m=reach_m)
        out[name] = replace(layer, provenance=_known(layer, use, finder))
        if steps:
            steps.advance()
    return out


def _sampled(parcels: Parcels, count: int | None, seed: int) -> tuple[Parcels, int]:
    """The parcels to measure, and how many are left out."""
    if count is None or count >= len(parcels):
        return parcels, 0
    rows: np.ndarray[Any, np.dtype[np.int64]] = spread_sample(parcels.shapes.bounds, count, seed)
    return parcels.take(rows), len(parcels) - len(rows)


def needed_layers(study: Study, plan: Plan) -> list[str]:
    """The layers to open, in study order."""
    return [name for name in study.layers if name in plan.reach_m or name in study.context]


def _known(layer: VectorLayer | RasterLayer, use: LayerUse, finder: Finder) -> dict[str, Any]:
    """What is known about a layer, with its crosswalk, and with the identity that quantities are kept by.

    The identity is a hash of everything that the layer was made from: the content of its files (of all its parts),
    how the study uses it, what the catalogue says, the content of crosswalks and joined tables, the coverage.
    """
    record = dict(layer.provenance)
    if use.crosswalk is not None:
        table = finder.table(use.crosswalk).read_bytes()
        record["crosswalk"] = {"file": use.crosswalk, "sha256": hashlib.sha256(table).hexdigest()}
    spec = finder.spec(use.source) if use.source is not None else None
    files = (record.get("sha256"), record.get("grid"), *(record[key] for key in ("parts", "joined") if key in record))
    basis = (files, record.get("crosswalk"), use.model_dump_json(), spec and spec.model_dump_json())
    coverage = b"" if layer.coverage is None else shapely.to_wkb(layer.coverage)
    return {**record, "identity": hashlib.sha256(repr(basis).encode() + coverage).hexdigest()}


def notes_of(
    study: Study,
    layers: Mapping[str, VectorLayer | RasterLayer],
    parcels: ParcelQuality,
    measured: int,
    left_out: int = 0,
) -> tuple[str, ...]:
    """Sentences that belong beside the result."""
    said = [f"Partial ({theme}): {why.rstrip('.')}." for theme, why in study.partial.items()]
    if left_out:
        all_ = measured + left_out
        said.insert(0, f"A sample: {measured:,} of {all_:,} parcels, spread over the land, drawn by seed {study.seed}.")
    for name, layer in layers.items():
        if isinstance(layer, VectorLayer) and not len(layer):
            said.append(f"The layer {name!r} has no feature within reach of the parcels.")
    return tuple(filter(None, [*said, happened(parcels.table), own_use_only(parcels.provenance)]))
