"""Mapping a pure function over parts with threads; results come in the order of the parts."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from typing import TypeVar

__all__ = ["long_lived", "map_parts", "worker_count"]

T = TypeVar("T")
R = TypeVar("R")


def worker_count(workers: int | None) -> int:
    """How many threads to use: as asked, else as many as there are cores for this process."""
    if workers is not None:
        return max(1, workers)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def long_lived() -> Iterator[None]:
    """Whatever is there outlives the work within: no garbage collector looks through it while all threads wait."""
    if gc.get_freeze_count():  # by another, who says when it ends
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def map_parts(
    function: Callable[[T], R],
    parts: Sequence[T],
    *,
    workers: int | None = None,
    done: Callable[[], None] | None = None,
) -> list[R]:
    """``[function(part) for part in parts]`` on threads; ``done`` is called in the main thread after each part.

    The first error, or an interrupt, stops the parts that have not begun and is raised as it is.
    """
    if worker_count(workers) == 1 or len(parts) <= 1:
        return [_told(function(part), done) for part in parts]
    with ThreadPoolExecutor(worker_count(workers)) as pool:
        futures = [pool.submit(function, part) for part in parts]
        try:
            for future in as_completed(futures):
                _told(future.result(), done)
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
        return [future.result() for future in futures]


def _told(result: R, done: Callable[[], None] | None) -> R:
    if done:
        done()
    return result
