"""Measuring on other machines: the same function of one block, on the workers of a cluster.

What is kept already is read here, the rest is measured there, and kept here: a run goes on from whatever either way
has finished, and its results are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from siting.engine import Store
from siting.engine.carried import Known
from siting.errors import DataError
from siting.layer import RasterLayer
from siting.measure import Measured
from siting.parcels import Parcels
from siting.quantities.columns import packed, unpacked
from siting.quantities.identity import fingerprint, hashed
from siting.quantities.measuring import BlockContext, measure_block
from siting.sources.hashes import remembered_sha256
from siting.sources.remote import local_copy

if TYPE_CHECKING:
    from siting.engine.carried import Carried
    from siting.engine.dask_pool import DaskPool

__all__ = ["all_elsewhere", "files_are_seen", "measured_elsewhere"]

_Block = tuple[Parcels, Mapping[str, Measured]]


def measured_elsewhere(
    pool: DaskPool,
    context: BlockContext,
    blocks: Iterable[_Block],
    store: Store,
    *,
    keys: Sequence[str] | None = None,
) -> Iterator[tuple[int, dict[str, Measured], int]]:
    """(number of the block, its quantities, how many were measured) as they are finished, in no order.

    blocks : parcels, and what is known of them already; asked for as the cluster can take them
    keys : only these quantities; all without it
    """
    with pool.carrying(context, files_are_seen, place=store.place) as carried:
        yield from _Blocks(context, store, context.keys if keys is None else tuple(keys)).on(carried, blocks)


def all_elsewhere(
    pool: DaskPool,
    context: BlockContext,
    blocks: Iterable[_Block],
    store: Store,
    *,
    keys: Sequence[str],
    done: Callable[[], None] | None = None,
) -> list[dict[str, Measured]]:
    """``measured_elsewhere`` of all blocks, in their order; ``done`` is called after each."""
    found: dict[int, dict[str, Measured]] = {}
    for number, measured, _ in measured_elsewhere(pool, context, blocks, store, keys=keys):
        found[number] = measured
        if done:
            done()
    return [found[number] for number in range(len(found))]


class _Blocks:
    """Blocks on their way.

    sent : number -> the names under which what is measured is kept, and what was kept before
    """

    def __init__(self, context: BlockContext, store: Store, keys: Sequence[str]) -> None:
        self.context, self.store, self.keys = context, store, keys
        self.sent: dict[int, tuple[Mapping[str, str], dict[str, Measured]]] = {}

    def on(self, carried: Carried, blocks: Iterable[_Block]) -> Iterator[tuple[int, dict[str, Measured], int]]:
        """Everything, from the store or from the workers."""
        for number, fresh in carried.each(_measure, self._looked_up(blocks)):
            if number not in self.sent:
                yield number, fresh, 0
                continue
            names, kept = self.sent.pop(number)
            own = self.context.own_fields
            for key in fresh.keys() - own:
                self.store.put(names[key], packed(fresh[key]))
            yield number, {**kept, **fresh}, len(fresh.keys() - own)

    def _looked_up(self, blocks: Iterable[_Block]) -> Iterator[_Block | Known[dict[str, Measured]]]:
        """Every block: known where all of it is kept, else with what is known of it."""
        for number, (parcels, before) in enumerate(blocks):
            prefix = hashed(fingerprint(parcels))
            names = {key: hashed(prefix, self.context.made_from[key]) for key in self.keys}
            columns = self.context.columns
            read = {key: unpacked(self.store.get(names[key]), columns[key], len(parcels)) for key in self.keys}
            kept = {key: measured for key, measured in read.items() if measured is not None}
            lacking = set(self.keys) - kept.keys()
            if lacking <= self.context.own_fields:  # quicker read here than asked for
                fields = measure_block(self.context, parcels, {**before, **kept}) if lacking else {}
                yield Known({**kept, **fields})
            else:
                self.sent[number] = names, kept
                yield parcels, {**before, **kept}


def _measure(context: BlockContext, block: _Block) -> dict[str, Measured]:
    """What a worker does with one block."""
    return measure_block(context, *block)


def files_are_seen(context: BlockContext) -> None:
    """Refuse a machine that does not see the rasters as they were when they were opened, whose cells it is to read.

    A raster that is an object at an address is brought to this machine. Raises DataError naming the layer and its file.
    """
    for name, layer in context.layers.items():
        if not isinstance(layer, RasterLayer) or layer.path is None:
            continue
        stored = layer.provenance.get("object")
        if stored is not None and not layer.path.is_file():
            # whatever was prepared refers to this very layer, which no other thread has seen yet
            object.__setattr__(layer, "path", local_copy(stored["url"]).path)
        fix = "Put it where all machines see it under the same path, or name it by a URL."
        known: Mapping[str, str] = layer.provenance.get("sha256", {})
        if not layer.path.is_file():
            raise DataError(f"A Dask worker does not see the file {layer.path.name!r} of the layer {name!r}. {fix}")
        if known.get(layer.path.name, "") not in ("", remembered_sha256(layer.path)):
            raise DataError(
                f"A Dask worker sees another file {layer.path.name!r} of the layer {name!r} than this machine. {fix}"
            )
