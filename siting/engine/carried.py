"""What all parts of a run share, with the workers of a Dask cluster, and the parts on their way to them."""

from __future__ import annotations

import os
import pickle
import queue
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from siting.engine.sealed import Sealed
from siting.engine.versions import other_versions
from siting.errors import RunError

if TYPE_CHECKING:
    from distributed import Future

    from siting.engine.dask_pool import DaskPool

__all__ = ["Carried", "Known"]

T = TypeVar("T")
R = TypeVar("R")

_A_WORKER = 3  #: parts on their way for each thread of the cluster
_TRIES = 5  #: how often a part is sent to a worker that the context has not reached
_SOON_S = 0.2  #: how long a worker that has just joined may take until the context has reached it
_LONG_S = 600.0  #: the longest that one result may be on its way until the cluster is looked at
_LOOK_S = 1.0  #: how often the cluster is looked at while nothing arrives


@dataclass(frozen=True)
class Known(Generic[R]):
    """A part whose result is known already."""

    result: R


class Carried:
    """What all parts share, with the workers of a pool."""

    def __init__(self, pool: DaskPool, packed: Sealed) -> None:
        self._pool = pool
        self._packed = packed
        self._name = f"siting-{os.urandom(8).hex()}"
        self._alone_since: float | None = None

    def send(self) -> None:
        """To every worker that is there or comes."""
        from siting.engine.dask_worker import Carrier

        self._pool.client.register_plugin(Carrier(self._name, self._packed), name=self._name)

    def send_whole(self) -> None:
        """To every worker, in spite of its size: one of them does not see where it lies."""
        kept = self._packed
        self._packed = kept.whole()
        kept.remove()
        self.send()

    def make_ready(self) -> None:
        """Every worker that is there compiles and opens what it needs before the first part, all at the same time."""
        from siting.engine.dask_worker import ready

        client, arrived = self._pool.client, queue.SimpleQueue[Any]()
        asked = [
            client.submit(
                ready, self._name, self._pool.versions, workers=[worker], allow_other_workers=True, pure=False
            )
            for worker in client.nthreads()
        ]
        for future in asked:
            future.add_done_callback(arrived.put)
        try:
            absent = [_is_absent(self._answer(self._next(arrived))) for _ in asked]
        finally:
            client.cancel(asked, force=True)
        if any(absent) and self._packed.place:
            self.send_whole()
            self.make_ready()

    def take_back(self) -> None:
        """Nothing is left with the workers."""
        with suppress(Exception):  # the cluster may be gone, and nothing was promised to it
            self._pool.client.unregister_worker_plugin(self._name)
        self._packed.remove()

    def each(self, function: Callable[[Any, T], R], parts: Iterable[T | Known[R]]) -> Iterator[tuple[int, R]]:
        """(number of the part, ``function(context, part)``), as they are finished.

        Parts are asked for one by one, a few for each thread ahead; one that is ``Known`` is not sent. The first error
        is raised as it is.
        """
        running, arrived = dict[Any, _Sent](), queue.SimpleQueue[Any]()
        waiting: Iterator[tuple[int, T | Known[R]]] = enumerate(parts)
        try:
            more = True
            while more or running:
                while more and len(running) < _A_WORKER * max(self._pool.threads(), 1):
                    number, part = next(waiting, (-1, None))
                    if number < 0:
                        more = False
                    elif isinstance(part, Known):
                        yield number, part.result
                    else:
                        self._submit(function, _Sent(number, pickle.dumps(part, protocol=5)), running, arrived)
                if running:
                    future = self._next(arrived)
                    sent = running.pop(future)
                    result = self._answer(future)
                    if _is_absent(result):
                        self._again(function, sent, running, arrived)
                    else:
                        yield sent.number, result
        finally:
            if running:
                with suppress(Exception):
                    self._pool.client.cancel(list(running), force=True)

    def _submit(self, function: Any, sent: _Sent, running: dict[Any, _Sent], arrived: queue.SimpleQueue[Any]) -> None:
        import dask

        from siting.engine.dask_worker import work_on

        # a part travels with its task, so that it is not lost with a worker; Dask would warn of each large one
        with dask.config.set({"distributed.admin.large-graph-warning-threshold": "2 GiB"}):
            future = self._pool.client.submit(
                work_on, self._name, self._pool.versions, function, sent.packed, pure=False
            )
        running[future] = sent
        future.add_done_callback(arrived.put)

    def _again(self, function: Any, sent: _Sent, running: dict[Any, _Sent], arrived: queue.SimpleQueue[Any]) -> None:
        """Send a part once more: its worker joined while the context was on its way."""
        if sent.tries >= _TRIES:
            raise RunError(
                f"A Dask worker does not take what the run sends to it, after {_TRIES} tries. Start the workers again, "
                "then start this run again: finished parts are kept."
            )
        if sent.tries == 1:
            time.sleep(_SOON_S)  # it is probably on its way
        elif self._packed.place:
            self.send_whole()
        else:
            self.send()
        self._submit(function, _Sent(sent.number, sent.packed, sent.tries + 1), running, arrived)

    def _next(self, arrived: queue.SimpleQueue[Any]) -> Future[Any]:
        """The next finished task; while there is none, a look at the cluster."""
        while True:
            try:
                found = cast("Future[Any]", arrived.get(timeout=_LOOK_S))
                self._alone_since = None
                return found
            except queue.Empty:
                self._look()

    def _look(self) -> None:
        """Refuse to wait for workers that do not come back."""
        if self._pool.threads():
            self._alone_since = None
            return
        now = time.monotonic()
        self._alone_since = self._alone_since or now
        if now - self._alone_since > self._pool.patience_s:
            raise RunError(
                f"All workers of the Dask cluster are lost, and none came back within {self._pool.patience_s:g} s. "
                "Start some, then start this run again: finished parts are kept."
            )

    def _answer(self, future: Future[Any]) -> Any:
        """What a task gave, or a refusal of what went wrong with it."""
        from concurrent.futures import CancelledError

        from distributed.client import FutureCancelledError
        from distributed.scheduler import KilledWorker

        from siting.engine.dask_worker import Differs

        patience = _LOOK_S
        while True:
            try:
                result = future.result(timeout=patience)
                break
            except KilledWorker as error:
                raise RunError(
                    "One part of the run was lost with every worker that tried it, so that it is not tried again: "
                    "perhaps the workers have too little memory for it. Give them more, or make the parts smaller, "
                    "then start this run again: finished parts are kept."
                ) from error
            except (CancelledError, FutureCancelledError) as error:
                self._pool.threads()
                raise RunError(
                    "The Dask cluster has cancelled a part of the run. Start this run again: finished parts are kept."
                ) from error
            except (ImportError, AttributeError):
                self._pool.check()  # a worker without this siting cannot even read what is asked
                raise
            except TimeoutError:
                if future.status == "error":
                    raise
                self._look()  # a large result takes its time; one that was lost with its worker is worked out again
                patience = min(2 * patience, _LONG_S)
        if isinstance(result, Differs):
            raise other_versions({result.worker: result.how}, None)
        return result


class _Sent:
    """A part on its way."""

    def __init__(self, number: int, packed: bytes, tries: int = 1) -> None:
        self.number, self.packed, self.tries = number, packed, tries


def _is_absent(result: Any) -> bool:
    from siting.engine.dask_worker import Absent

    return isinstance(result, Absent)
