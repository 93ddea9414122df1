"""A run in blocks: its body reads as a table of contents."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.blockwise.alone import judged_blocks, measured_blocks
from siting.blockwise.assembly import assembled
from siting.blockwise.budget import Budget, memory_text, parcel_count
from siting.blockwise.files import write_files
from siting.blockwise.held import held_bytes
from siting.blockwise.setting import Setting
from siting.blockwise.together import Together, rows_of_blocks
from siting.blockwise.whole import whole_of
from siting.catalogue import DataFolder
from siting.crs import check_fit, study_crs
from siting.engine import Store
from siting.engine.dask_pool import counting
from siting.engine.scattered import Scattered
from siting.engine.work import long_lived, worker_count
from siting.errors import RunError
from siting.evaluate import Steps, finder_of, notes_of, open_layers
from siting.judgement import ADMITTED, admitted_by_hand
from siting.kernels.ready import compile_kernels
from siting.measure import Measured
from siting.out_folder import BLOCKS
from siting.overrides import read_overrides
from siting.parcels import Parcels
from siting.parcels.blocks import CutBlocks, ParcelBlocks
from siting.parcels.stream import stream_parcels
from siting.plan import plan_of
from siting.quantities import BlockContext
from siting.quantities.compiling import kernels_of
from siting.quantities.elsewhere import measured_elsewhere
from siting.quantities.identity import hashed
from siting.robustness import announced_cost
from siting.shapes import Shapes
from siting.stored import LargeRanking
from siting.study import Study
from siting.supply import Supply

if TYPE_CHECKING:
    from siting.engine.dask_pool import DaskPool

__all__ = ["rank_blocks"]

_SURE_BYTES = 3_000  #: bytes that an admitted parcel takes while weights and data are drawn
_NEAR = 200_000  #: ids that a wrong one is compared with


def rank_blocks(
    study: Study,
    *,
    data: DataFolder | None,
    out: Path,
    store: Store,
    budget: Budget,
    steps: Steps,
    record: Callable[[bool], Mapping[str, Any]],
    outputs: Sequence[str] | None = None,
    workers: int | None = None,
    block_size: int | None = None,
    pool: DaskPool | None = None,
    supply: Supply | None = None,
) -> LargeRanking:
    """Rank the parcels of a study block by block, and write the files of the run.

    out : folder to write to, held by this run; what is finished is kept in it until all files are there
    block_size : parcels a block; by default as many as the budget holds
    record : gives what differs from run to run, told whether anything is invented
    The files have the bytes of a run in memory, whatever ``budget``, ``block_size`` and ``workers``.

    Raises
    ------
    SitingError
        as ``siting.rank`` does; finished blocks are kept.
    """
    folder = out / BLOCKS
    folder.mkdir(parents=True, exist_ok=True)
    setting = _setting(
        study, data=data, folder=folder, store=store, budget=budget, steps=steps, workers=workers, size=block_size,
        supply=supply or Supply(),
    )  # fmt: skip
    with long_lived():
        return _ranked(setting, out=out, record=record, outputs=outputs, pool=pool)


def _ranked(
    setting: Setting,
    *,
    out: Path,
    record: Callable[[bool], Mapping[str, Any]],
    outputs: Sequence[str] | None,
    pool: DaskPool | None,
) -> LargeRanking:
    """Measure, judge, rank and write."""
    study, steps, budget = setting.study, setting.steps, setting.budget
    if pool is not None:
        _measured_on(pool, setting)
    fitted = any(criterion.value.needs_summary for criterion in study.criteria())
    with counting(pool) as each:
        prefixes, summaries = measured_blocks(replace(setting, each=each)) if fitted else ([], {})
    judged = judged_blocks(setting, summaries, hashed(*prefixes))
    steps.begin("Counting ranks")
    with counting(pool) as each:
        whole = whole_of(replace(setting, each=each), judged)
    together = Together(setting=setting, blocks=judged, whole=whole, summaries=summaries)
    together = _sure(together)
    paths, made = rows_of_blocks(together)
    steps.begin("Writing")
    counts = {
        "count": len(judged), "measured": sum(block.measured > 0 for block in judged),
        "judged": sum(block.judged for block in judged), "ranked": made,
    }  # fmt: skip
    rows = Scattered(paths, setting.blocks.count)
    write_files(together, rows, out, outputs, lambda synthetic: {**record(synthetic), "blocks": counts})
    with suppress(OSError):
        shutil.rmtree(setting.folder)
    return LargeRanking(out, study=study, memory=str(budget), memory_bytes=budget.bytes)


def _setting(
    study: Study,
    *,
    data: DataFolder | None,
    folder: Path,
    store: Store,
    budget: Budget,
    steps: Steps,
    workers: int | None,
    size: int | None,
    supply: Supply,
) -> Setting:
    """Parcels as blocks on disk, layers opened once."""
    steps.begin("Reading the study")
    plan, crs, finder = plan_of(study), study_crs(study.crs), finder_of(study, data)
    finder = supply.parcels(study, finder, steps)
    steps.begin("Preparing (compiles once)")
    compile_kernels(kernels_of(study, plan, finder))
    steps.begin("Reading parcels")
    size = size or budget.block_size(worker_count(workers), parcel_count(study, finder))
    blocks = stream_parcels(
        study.parcels, finder=finder, crs=crs, folder=folder, block_size=size, memory_bytes=budget.bytes // 4
    )
    check_fit(crs, blocks.bounds)
    overrides = _overrides(study, blocks)
    finder = supply.layers(study, plan, _land(blocks), finder, steps)
    steps.begin("Opening layers")
    layers = open_layers(study, plan, blocks.bounds, finder=finder, crs=crs, steps=steps)
    steps.begin("Indexing layers")
    context = BlockContext.of(plan, layers, study.usable, bounds=blocks.bounds, admitted=admitted_by_hand(overrides))
    notes = notes_of(study, layers, blocks.quality, blocks.count)
    pieces = budget.pieces(held_bytes(layers, context), size, worker_count(workers))
    return Setting(
        study=study, plan=plan, blocks=blocks if pieces == 1 else CutBlocks(blocks, pieces), layers=layers,
        context=context, overrides=overrides, notes=notes, store=store, folder=folder, workers=workers, budget=budget,
        steps=steps,
    )  # fmt: skip


def _land(blocks: ParcelBlocks) -> Parcels:
    """The land of all parcels as one, to say which layers have to be brought."""
    west, south, east, north = blocks.bounds
    ring = np.array([[west, south], [east, south], [east, north], [west, north], [west, south]])
    whole = Shapes("polygon", ring, np.array([0, 5]), np.array([0, 1]), np.ones(1, bool))
    return Parcels(ids=np.array(["all"], object), shapes=whole, table=pd.DataFrame(index=[0]), crs=blocks.crs)


def _overrides(study: Study, blocks: ParcelBlocks) -> pd.DataFrame | None:
    """The overrides of a study; only ids that it names are kept in memory."""
    if study.overrides is None:
        return None
    if isinstance(study.overrides, str):
        wanted = _first_column((study.base or Path()) / study.overrides)
    else:
        wanted = {item.id for item in study.overrides}
    found: list[NDArray[np.object_]] = []
    near: list[NDArray[np.object_]] = []
    for number in range(len(blocks)):
        ids = blocks.block(number).ids
        found.append(ids[np.isin(ids.astype(str), list(wanted))])
        if sum(map(len, near)) < _NEAR:
            near.append(ids)
    known = np.concatenate(found)
    if wanted - set(known.astype(str)):
        known = np.concatenate([known, *near])
    return read_overrides(study, known, blocks.quality.members)


def _first_column(path: Path) -> set[str]:
    """The first cell of every line of a table; what is wrong with it is said by who reads it."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return {row[0] for row in csv.reader(file) if row}
    except (OSError, UnicodeDecodeError, csv.Error):
        return set()


def _measured_on(pool: DaskPool, setting: Setting) -> None:
    """Measure every block on the workers of a cluster; what they find lies in the store."""
    setting.steps.begin("Measuring", len(setting.blocks))
    nothing: Mapping[str, Measured] = {}
    blocks = ((setting.blocks.block(number), nothing) for number in range(len(setting.blocks)))
    for _ in measured_elsewhere(pool, setting.context, blocks, setting.store):
        setting.steps.advance()


def _sure(together: Together) -> Together:
    """How sure the ranking is, where the study asks for it. Raises RunError where the budget does not hold it."""
    setting, facts = together.setting, together.whole.facts
    if setting.study.robustness is None:
        return together
    admitted, budget = facts.became[ADMITTED], setting.budget
    if _SURE_BYTES * admitted > budget.bytes:
        raise RunError(
            f"Drawing weights and data for {admitted:,} admitted parcels takes about "
            f"{memory_text(_SURE_BYTES * admitted)} of memory; the run may take {budget}. Give it more, such as "
            f"memory={memory_text(2 * _SURE_BYTES * admitted)!r}, exclude more parcels, or leave out 'robustness': "
            "what is measured is kept."
        )
    setting.steps.begin("Gathering the admitted")
    ranking = assembled(
        together, lambda ranking: ranking.judgement.admitted, outlined=lambda ranking: np.zeros(len(ranking), bool)
    )
    setting.steps.begin(f"Drawing weights and data. {announced_cost(ranking)}".strip())
    return together.sure(ranking.robustness().among(facts.parcels, ranking.rows))
