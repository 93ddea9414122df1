"""Mapping a pure function over parts on a Dask cluster, with the results that threads would give.

What all parts share comes once to every worker, a part travels with its task; so nothing is lost with a worker, and
the scheduler gives its parts to others. Few parts are on their way at a time, whatever their number.
"""

from __future__ import annotations

import os
import pickle
import queue
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from siting.engine.sealed import Sealed, sealed
from siting.engine.versions import difference, installed
from siting.errors import RunError

if TYPE_CHECKING:
    from distributed import Client, Future

__all__ = ["Carried", "DaskPool", "Known", "connected", "counting", "pool_of"]

T = TypeVar("T")
R = TypeVar("R")

_A_WORKER = 3  #: parts on their way for each thread of the cluster
_TRIES = 5  #: how often a part is sent to a worker that the context has not reached
_SOON_S = 0.2  #: how long a worker that has just joined may take until the context has reached it
_LONG_S = 600.0  #: the longest that one result may be on its way until the cluster is looked at
_LOOK_S = 1.0  #: how often the cluster is looked at while nothing arrives
_START = "Start some with: dask worker ADDRESS --nthreads 1."


@dataclass(frozen=True)
class Known(Generic[R]):
    """A part whose result is known already."""

    result: R


@contextmanager
def connected(address: str, timeout_s: float = 5.0) -> Iterator[Client]:
    """A client of the scheduler at an address; closed at the end. Raises RunError where none answers in time."""
    try:
        from distributed import Client
    except ImportError:
        raise RunError(
            "A Dask cluster is asked for, and the package 'distributed' is not installed. "
            "Install it with: pip install 'siting[dask]'."
        ) from None
    try:
        _call(address, timeout_s)
        client = Client(address, timeout=timeout_s, set_as_default=False)
    except (OSError, TimeoutError, ValueError, ImportError) as error:
        raise RunError(
            f"No Dask scheduler answers at {address!r} within {timeout_s:g} s. Start one with: dask scheduler, and "
            "name the address that it prints, such as tcp://10.0.0.5:8786."
        ) from error
    try:
        yield client
    finally:
        with suppress(OSError, TimeoutError):
            client.close(timeout=timeout_s)


@contextmanager
def pool_of(client: Client | str | None) -> Iterator[DaskPool | None]:
    """The workers of a client, or of the scheduler at an address; None without either.

    Raises RunError where no scheduler answers, or where versions differ.
    """
    if client is None:
        yield None
    elif isinstance(client, str):
        with connected(client) as found:
            yield _checked(found)
    else:
        yield _checked(client)


@contextmanager
def counting(pool: DaskPool | None) -> Iterator[Callable[..., Iterator[tuple[int, Any]]] | None]:
    """``Carried.each`` of a pool that carries nothing, for counting parts where they lie; None without a pool."""
    if pool is None:
        yield None
    else:
        with pool.carrying(None) as carried:
            yield carried.each


def _checked(client: Client) -> DaskPool:
    if not hasattr(client, "register_plugin") or client.asynchronous:
        raise RunError(
            f"A client of dask.distributed is asked for, connected and not asynchronous; given: {client!r}. "
            "Write Client('tcp://10.0.0.5:8786') with the address of the scheduler, or the address alone."
        )
    pool = DaskPool(client)
    pool.check()
    return pool


def _call(address: str, timeout_s: float) -> None:
    """Raise OSError or ValueError where nobody answers; a client that cannot connect would leave threads behind."""
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    from distributed.comm.core import connect
    from distributed.security import Security

    async def call() -> None:
        comm = await connect(address, timeout=timeout_s, **Security().get_connection_args("client"))
        await comm.close()

    with ThreadPoolExecutor(1) as thread:  # this thread may have a loop of its own, as in a notebook
        thread.submit(asyncio.run, call()).result()


class DaskPool:
    """The workers of a Dask cluster.

    Parameters
    ----------
    client : of ``dask.distributed``, connected
    patience_s : how long the cluster may be without any worker before that is said
    """

    def __init__(self, client: Client, *, patience_s: float = 30.0) -> None:
        self.client = client
        self.patience_s = patience_s
        self.versions: Mapping[str, str] = installed()

    def check(self) -> None:
        """Refuse a cluster whose machines have other versions than this one, or that has no workers."""
        self._wait_for_workers()
        said = dict(self.client.run(installed, on_error="return"))
        try:
            said["scheduler"] = self.client.run_on_scheduler(installed)
        except (ImportError, AttributeError) as error:
            said["scheduler"] = error
        lost = {name for name, answer in said.items() if isinstance(answer, OSError)}
        hows = {name: self._how(answer) for name, answer in said.items() if name not in lost}
        differing = {name: how for name, how in hows.items() if how}
        if differing:
            raise _refusal(differing, len(hows))

    def _how(self, answer: Any) -> str:
        """How the machine that answered differs."""
        if isinstance(answer, BaseException):
            return f"no siting of this version: {answer}"
        return difference(answer, self.versions)

    @contextmanager
    def carrying(
        self, context: Any, begin: Callable[[Any], None] | None = None, *, place: str | Path | None = None
    ) -> Iterator[Carried]:
        """Send to every worker, now and whenever one joins, what all parts share; taken back at the end.

        begin : called with it once in every worker, before the first part
        place : folder or address that the workers see too, where a large context is left for them to read; to workers
            that do not see it, it is sent, which takes longer and more memory
        Opening it there imports, and so compiles, what its parts were made with. Raises RunError as ``check``.
        """
        self.check()
        carried = Carried(self, sealed(pickle.dumps((begin, context), protocol=5), place))
        carried.send()
        try:
            carried.make_ready()
            yield carried
        finally:
            carried.take_back()

    def map(self, function: Callable[[Any, T], R], context: Any, parts: Iterable[T]) -> list[R]:
        """``[function(context, part) for part in parts]``."""
        with self.carrying(context) as carried:
            found = dict(carried.each(function, parts))
        return [found[index] for index in range(len(found))]

    def threads(self) -> int:
        """The threads of all workers that are there now. Raises RunError where the scheduler is gone."""
        if self.client.status != "running":
            raise RunError(
                "The Dask scheduler is gone. Start it and its workers again, then start this run again: finished "
                "parts are kept."
            )
        return sum(self.client.nthreads().values())

    def _wait_for_workers(self) -> None:
        until = time.monotonic() + self.patience_s
        while not self.threads():
            if time.monotonic() > until:
                raise RunError(f"The Dask cluster has no workers, and none came within {self.patience_s:g} s. {_START}")
            time.sleep(min(0.2, self.patience_s))


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
            raise _refusal({result.worker: result.how}, None)
        return result


class _Sent:
    """A part on its way."""

    def __init__(self, number: int, packed: bytes, tries: int = 1) -> None:
        self.number, self.packed, self.tries = number, packed, tries


def _is_absent(result: Any) -> bool:
    from siting.engine.dask_worker import Absent

    return isinstance(result, Absent)


def _refusal(differing: Mapping[str, str], count: int | None) -> RunError:
    """What to say of machines with other versions."""
    said = "; ".join(f"{name!r} has {how}" for name, how in sorted(differing.items())[:3])
    others = f"; and {len(differing) - 3} more" if len(differing) > 3 else ""
    who = "A worker that joined the Dask cluster has"
    if count is not None:
        have = "has" if count == 1 else "have"
        who = f"{len(differing)} of {count} machines of the Dask cluster {have}"
    return RunError(
        f"{who} other versions than this machine, and would give other bytes: {said}{others}. Install the same "
        "versions on all of them (one lock file, or one container image) and start them again, then start this run "
        "again: finished parts are kept."
    )
