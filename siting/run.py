"""A run: a study is ranked, its files are written, and what was used is kept beside them."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from siting.catalogue import DataFolder, data_folder
from siting.engine import Store
from siting.engine.work import worker_count
from siting.evaluate import Silence, Steps, evaluate
from siting.export import write_json
from siting.outputs import write_outputs
from siting.ranking import Ranking
from siting.study import Study

__all__ = ["rank"]


def rank(
    study: Study,
    *,
    scenario: str | None = None,
    data: str | Path | DataFolder | None = None,
    out: str | Path | None = None,
    outputs: Sequence[str] | None = None,
    workers: int | None = None,
    progress: Steps | None = None,
) -> Ranking:
    """Rank the parcels of a study.

    Parameters
    ----------
    study : what to rank, and how
    scenario : name of one of the study's scenarios, instead of the study as it stands
    data : folder that holds the files of catalogue ids; by default what SITING_DATA names
    out : folder to write to; finished quantities are kept in it, so that a run that was stopped goes on there
    outputs : "parquet", "gpkg", "csv", "map"; by default all, above 200,000 admitted parcels only Parquet
    workers : threads; by default one a core
    progress : hears how far the work is

    The ranking does not depend on ``workers``.
    """
    started = time.time()
    steps = progress or Silence()
    chosen = study if scenario is None else study.scenario(scenario)
    folder = data if isinstance(data, DataFolder) else data_folder(None if data is None else Path(data))
    target = None if out is None else Path(out)
    store = Store(None if target is None else target / ".quantities")
    ranking = evaluate(chosen, data=folder, workers=workers, store=store, steps=steps)
    if target is not None:
        steps.begin("Writing")
        write_outputs(ranking, target, outputs)
        write_json(target / "run.json", _run_record(started, workers))
    return ranking


def _run_record(started: float, workers: int | None) -> dict[str, Any]:
    """What differs from run to run: time, host, workers."""
    return {
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started)),
        "seconds": round(time.time() - started, 3),
        "cpu_seconds": round(time.process_time(), 3),
        "host": platform.node(),
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "workers": worker_count(workers),
    }
