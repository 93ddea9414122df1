"""Mapping a pure function over parts on a Dask cluster, with the results that threads would give.

What all parts share comes once to every worker, a part travels with its task; so nothing is lost with a worker, and
the scheduler gives its parts to others. Few parts are on their way at a time, whatever their number.
"""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from siting.engine.carried import Carried
from siting.engine.sealed import sealed
from siting.engine.versions import difference, installed, other_versions
from siting.errors import RunError

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["DaskPool", "connected", "counting", "pool_of"]

T = TypeVar("T")
R = TypeVar("R")

_START = "Start some with: dask worker ADDRESS --nthreads 1."


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
            raise other_versions(differing, len(hows))

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
