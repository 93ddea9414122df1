"""What runs inside a Dask worker: the context arrives once, the versions are compared, then parts are worked on."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

from distributed import WorkerPlugin, get_worker

from siting.engine.sealed import Sealed
from siting.engine.versions import difference, installed

__all__ = ["Absent", "Carrier", "Differs", "pin_threads", "ready", "work_on"]


@dataclass(frozen=True)
class Differs:
    """The answer of a worker that has other versions: it has worked on nothing."""

    worker: str
    how: str


@dataclass(frozen=True)
class Absent:
    """The answer of a worker that the context has not reached."""

    worker: str


class Carrier(WorkerPlugin):
    """Carries what all parts share to every worker, also to those that join later.

    It travels as bytes, or as the place where they lie, and is opened by the first part (or by ``ready``), after the
    versions are compared: a worker with another siting could not even read it.
    """

    def __init__(self, name: str, packed: Sealed) -> None:
        self.name = name
        self._packed = packed
        self._opened: list[Any] = []
        self._opening = Lock()

    def __getstate__(self) -> dict[str, Any]:
        return {"name": self.name, "packed": self._packed}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["name"], state["packed"])  # type: ignore[misc]

    def open(self) -> bool:
        """Open what was carried, once a worker; whether this worker sees it."""
        with self._opening:
            if not self._opened:
                content = self._packed.open()
                if content is None:
                    return False
                pin_threads()
                begin, context = pickle.loads(content)
                if begin is not None:
                    begin(context)
                self._opened.append(context)
                self._packed = replace(self._packed, content=b"")
        return True

    @property
    def context(self) -> Any:
        """What was carried, as it was opened."""
        return self._opened[0]


def pin_threads() -> None:
    """One thread a part: libraries with threads of their own would only fight over the cores of the worker."""
    import pyarrow as pa

    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "GDAL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    pa.set_cpu_count(1)


def ready(name: str, versions: Mapping[str, str]) -> Differs | Absent | None:
    """Make a worker ready before its first part: versions compared, kernels compiled, context opened."""
    found = _carried(name, versions)
    return found if isinstance(found, Differs | Absent) else None


def work_on(name: str, versions: Mapping[str, str], function: Callable[[Any, Any], Any], packed: bytes) -> Any:
    """``function(context, part)`` in a worker; or why it cannot be done there."""
    found = _carried(name, versions)
    if isinstance(found, Differs | Absent):
        return found
    return function(found.context, pickle.loads(packed))


def _carried(name: str, versions: Mapping[str, str]) -> Carrier | Differs | Absent:
    worker = get_worker()
    how = difference(installed(), versions)
    if how:
        return Differs(worker.address, how)
    carrier = worker.plugins.get(name)
    if not isinstance(carrier, Carrier) or not carrier.open():
        return Absent(worker.address)
    return carrier
