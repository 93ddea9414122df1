"""A run: a study is ranked, its files are written, and what was used is kept beside them."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from siting.blockwise import Budget, budget_of, memory_text, needed_bytes, parcel_count, rank_blocks
from siting.catalogue import DataFolder, data_folder
from siting.engine import Store
from siting.engine.dask_pool import pool_of
from siting.engine.url_store import UrlStore
from siting.engine.work import worker_count
from siting.errors import RunError, StudyError
from siting.evaluate import evaluate, finder_of
from siting.out_folder import BLOCKS, held
from siting.out_url import published
from siting.outputs import check_outputs, write_outputs
from siting.plan import plan_of
from siting.progress import Asked, steps_of
from siting.quantities import PART_SIZE
from siting.ranking import Ranking
from siting.robustness import announced_cost
from siting.sources.remote import url_of
from siting.stored import LargeRanking
from siting.study import Study
from siting.supply import Supply

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["rank"]


def rank(
    study: Study,
    *,
    scenario: str | None = None,
    data: str | Path | DataFolder | None = None,
    out: str | Path | None = None,
    outputs: Sequence[str] | None = None,
    workers: int | None = None,
    memory: str | int | None = None,
    part_size: int = PART_SIZE,
    client: Client | str | None = None,
    progress: Asked = "auto",
    offline: bool | None = None,
    refresh: bool = False,
) -> Ranking | LargeRanking:
    """Rank the parcels of a study.

    Parameters
    ----------
    study : what to rank, and how
    scenario : name of one of the study's scenarios, instead of the study as it stands
    data : folder that holds the files of catalogue ids, or its address; by default what SITING_DATA names
    out : folder to write to, or its address (s3://bucket/folder); what is finished (quantities, counts,
        draws) is kept in it, so that a run that was stopped goes on there
    outputs : "parquet", "gpkg", "csv", "map", "report"; by default what the study says
    workers : threads; by default one a core
    memory : how much the run may take, such as "2GB"; 4 GB without a word, at least 1 GB. Where all parcels do not
        fit into it they are ranked in blocks, which needs ``out``; the files are the same, and a LargeRanking is
        returned, on disk. A budget that was passed is said in run.json
    part_size : parcels that are measured (and kept) together where all fit into the memory
    client : of ``dask.distributed``, or the address of its scheduler: its workers measure, instead of threads
    offline : True fetches no layer, what was fetched before serves; by default as SITING_OFFLINE says
    refresh : True asks servers for the layers that were fetched before, too
    progress : "auto" shows a bar on a terminal and in a notebook; None shows nothing; an object hears each step

    The ranking, and every file but run.json, depends neither on ``workers``, ``memory`` and ``part_size`` nor on
    ``client``.

    Raises
    ------
    SitingError
        for a study, a file or a disk that does not serve, and where all parcels do not fit into the memory and there is
        no ``out``; files from before are then still whole.
    """
    _check_study(study)
    for name, number in (("workers", 1 if workers is None else workers), ("part_size", part_size)):
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise RunError(f"rank has {name}={number!r}; write a whole number of at least 1, or leave it out.")
    started = time.time(), time.process_time()
    chosen = study if scenario is None else study.scenario(scenario)
    check_outputs(outputs)
    folder = data if isinstance(data, DataFolder) else data_folder(None if data is None else Path(data))
    budget = budget_of(memory)
    large = _too_large(chosen, folder, budget)
    if large and out is None:
        raise RunError(
            f"Ranking {large:,} parcels in memory takes about {memory_text(_needed(chosen, large))}, and the run may "
            f"take {budget}. Write rank(study, out='DIR'), which ranks them in blocks in that folder, or allow more, "
            f"such as memory={memory_text(2 * _needed(chosen, large))!r}."
        )
    with _target(out) as (target, store), steps_of(progress) as steps, pool_of(client) as pool:
        if large and target is not None:
            return rank_blocks(
                chosen, data=folder, out=target, store=store, budget=budget, steps=steps, outputs=outputs,
                workers=workers, pool=pool,
                record=lambda synthetic: _run_record(started, workers, synthetic, budget),
                supply=Supply(offline=offline, refresh=refresh),
            )  # fmt: skip
        ranking = evaluate(
            chosen, data=folder, workers=workers, store=store, steps=steps, part_size=part_size, pool=pool,
            supply=Supply(offline=offline, refresh=refresh),
        )  # fmt: skip
        if chosen.robustness is not None:
            steps.begin(f"Drawing weights and data. {announced_cost(ranking)}".strip())
            ranking.robustness()
        if target is not None:
            steps.begin("Writing")
            write_outputs(
                ranking, target, outputs, record=lambda: _run_record(started, workers, ranking.synthetic, budget)
            )
            shutil.rmtree(target / BLOCKS, ignore_errors=True)  # of a run in blocks that was stopped
    return ranking


def _too_large(study: Study, data: DataFolder | None, budget: Budget) -> int:
    """How many parcels there are, where they do not fit into the budget together; else 0."""
    count = parcel_count(study, finder_of(study, data))
    return count if _needed(study, count) > budget.bytes else 0


def _needed(study: Study, count: int) -> int:
    return needed_bytes(study, plan_of(study), count)


def _check_study(study: object) -> None:
    """Refuse a path, or anything else, in place of a study."""
    if isinstance(study, str | Path):
        raise StudyError(f"rank takes a study, not the name of its file. Write rank(read_study({str(study)!r})).")
    if not isinstance(study, Study):
        raise StudyError(
            f"rank takes a study, as read_study and parse_study give one, not an object of type {type(study).__name__}."
        )


@contextmanager
def _target(out: str | Path | None) -> Iterator[tuple[Path | None, Store]]:
    """The folder to write to, and where finished parts are kept; nowhere without ``out``."""
    url = None if out is None else url_of(out)
    if url is not None:
        with published(url) as folder:
            yield folder, UrlStore(f"{url}/.quantities")
    elif out is not None:
        folder = _folder(Path(out))
        with held(folder):
            store = Store(folder / ".quantities")
            store.take_away_halves()
            yield folder, store
    else:
        yield None, Store(None)


def _folder(path: Path) -> Path:
    """The folder to write to, made if need be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise RunError(f"'{path}' is a file, and a run writes a folder. Name another folder.") from None
    except OSError as error:
        raise RunError(f"The folder '{path}' cannot be made: {error.strerror}. Name another folder.") from error
    return path


def _peak_bytes() -> int:
    """The most memory that this process held at once; 0 where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _run_record(started: tuple[float, float], workers: int | None, synthetic: bool, budget: Budget) -> dict[str, Any]:
    """What differs from run to run: time, host, workers, memory."""
    clock, cpu = started
    peak = _peak_bytes()
    passed = budget.passed(peak)
    return {
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(clock)),
        "seconds": round(time.time() - clock, 3),
        "cpu_seconds": round(time.process_time() - cpu, 3),
        "host": platform.node(),
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "workers": worker_count(workers),
        "memory": str(budget),
        "peak_mb": round(peak / 1e6),
        **({"memory_note": passed} if passed else {}),
        **({"marking": "SYNTHETIC"} if synthetic else {}),
    }
