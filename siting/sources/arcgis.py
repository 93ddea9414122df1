"""ArcGIS FeatureServer and MapServer layers, brought whole or refused.

The object ids of all features in the area are asked for first; pages are ranges of those ids, so that a page is never
deep, and what comes is compared with what must come, id by id. A page that is repeated, short or cut is asked for
again; a range that the server does not keep to is asked for by its list of ids; a server that lists no ids is paged by
offset and counted. At the end the ids are asked for once more: what was deleted meanwhile goes, what was added comes.

Pages are read by Arrow where they are plain (``siting.sources.esri``), else by GDAL's ESRIJSON driver, whose own paging
(by offsets) is not used: see ``siting.sources.pages``.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from siting.errors import SourceError
from siting.sources.arcgis_layer import ArcgisLayer, Questions, arcgis_layer
from siting.sources.errand import Came, Errand
from siting.sources.esri import read_esri
from siting.sources.pages import Page, Parts, read_page

__all__ = ["fetch_arcgis"]

Ids = NDArray[np.int64]
_LARGEST = 2_000  #: features a page, even where a server gives more: a page is held in memory
_READING = 2  #: pages that are read while others are asked for
_TRIES = 6  #: how often the features of a page are asked for, before their server is called out of order
_ROUNDS = 3  #: how often a layer that changes while it is brought is asked for its changes
_SUSPECT = (1_000, 2_000)  #: limits of servers; exactly so many features may be all that a server tells of


def fetch_arcgis(errand: Errand) -> Came:
    """The features of an ArcGIS layer that meet the area, as one GeoParquet file in the layer's own CRS.

    Memory holds a few pages and eight bytes a feature. Raises SourceError with the reason where it is not whole.
    """
    layer = arcgis_layer(errand.client, errand.service, errand.item)
    if errand.etag and layer.edition == errand.etag:
        return Came(count=0, crs=layer.crs, edition=layer.edition, unchanged=True)
    asked = Questions(errand.client, errand.service, layer, errand.area, errand.item)
    count = asked.count()
    by = errand.service.page.by
    ids = asked.ids() if layer.oid and by != "offset" else None
    if ids is None:
        return _by_offset(errand, asked, count)
    return _by_ids(errand, asked, ids, count)


def _size(errand: Errand, layer: ArcgisLayer) -> int:
    return max(1, min(errand.service.page.size or _LARGEST, layer.most, _LARGEST))


def _by_ids(errand: Errand, asked: Questions, ids: Ids, count: int) -> Came:
    """Page by page of the listed ids, each compared with what was listed."""
    layer = asked.layer
    _check_listed(errand, asked, ids, count)
    size = _size(errand, layer)
    parts = Parts(errand.parts, _plan(errand, layer, size, ids))
    kept = parts.kept
    taker = _Taker(errand, asked, parts)
    taker.take([ids[start : start + size] for start in range(0, len(ids), size)], 0, len(ids))
    number, now = -(-len(ids) // size), ids
    gone: Ids = np.empty(0, np.int64)
    for _ in range(_ROUNDS):
        before, now = now, _listed_again(errand, asked)
        added = np.setdiff1d(now, before)
        gone = np.setdiff1d(np.union1d(gone, np.setdiff1d(before, now)), now)
        if not len(added):
            break
        chunks = [added[start : start + size] for start in range(0, len(added), size)]
        taker.take(chunks, number, len(now))
        number += len(chunks)
    else:
        raise SourceError(
            f"{errand.item} changes while it is brought: {_ROUNDS} times in a row features were added to it. "
            "Try again when nobody edits it."
        )
    if number == 0:
        parts.add(0, _read(errand, asked, asked.page(f"{layer.oid} < 0")))
        number = 1
    whole = asked.whole() if errand.whole else None
    crs = _crs(errand, layer, parts)
    joined = parts.join(errand.target, keep=_only(layer.oid, now), whole=whole, crs=crs)
    if joined.features != len(now):
        raise SourceError(_short(errand, len(now), joined.features))
    notes = [*taker.notes, *([f"{len(gone):,} features were deleted while it was brought."] if len(gone) else [])]
    return Came(
        count=joined.features, crs=crs, pages=number, kept=kept, edition=layer.edition,
        notes=tuple(dict.fromkeys(notes)), whole=whole,
    )  # fmt: skip


def _check_listed(errand: Errand, asked: Questions, ids: Ids, count: int) -> None:
    """The list of ids is as long as the count, and not merely as long as the server's limit."""
    layer = asked.layer
    if len(ids) != count:
        again = asked.count()
        listed = asked.ids()
        if listed is None or len(listed) != again:
            raise SourceError(
                f"{errand.item} counts {again:,} features, but lists the ids of "
                f"{0 if listed is None else len(listed):,}. It cannot be brought whole; try again later, or write "
                "page: {by: offset} of its service."
            )
    if len(ids) and len(ids) in (layer.most, *_SUSPECT):
        beyond = asked.count(f"({layer.oid} < {ids[0]} OR {layer.oid} > {ids[-1]})")
        if beyond:
            raise SourceError(
                f"{errand.item} says that it has {len(ids):,} features, which is the most that its server gives at a "
                f"time, and has {beyond:,} beyond them. It cannot be brought whole; name a smaller area."
            )


def _listed_again(errand: Errand, asked: Questions) -> Ids:
    now = asked.ids()
    if now is None or len(now) != asked.count():
        now = asked.ids()
        count = asked.count()
        if now is None or len(now) != count:
            raise SourceError(
                f"{errand.item} counts {count:,} features at the end, but lists the ids of "
                f"{0 if now is None else len(now):,}. Try again when nobody edits it."
            )
    return now


class _Taker:
    """Takes pages, a few at a time, and keeps them when they hold what they must."""

    def __init__(self, errand: Errand, asked: Questions, parts: Parts) -> None:
        self._errand, self._asked, self._parts = errand, asked, parts
        self._by_list = errand.service.page.by == "ids"
        self._done, self._lock = 0, threading.Lock()
        self.notes: list[str] = []

    def take(self, chunks: Iterable[Ids], first: int, of: int) -> None:
        """Bring the features of chunks of ids; pages that are here already are left alone."""
        self._done = 0
        at_once = self._errand.client.manners.at_once + _READING  # the client lets no more of them ask at a time

        def one(number: int, chunk: Ids) -> None:
            if not self._parts.has(number):
                self._parts.add(number, self._whole(chunk))
            with self._lock:
                self._done += len(chunk)
                self._errand.heard(self._done, of)

        _few_at_a_time(at_once, ((one, first + number, chunk) for number, chunk in enumerate(chunks)))

    def _whole(self, chunk: Ids) -> Page:
        """The page of exactly these ids, but for those that were deleted."""
        pages, missing, strange = list[Page](), chunk, 0
        for _ in range(_TRIES):
            by_list = self._by_list or len(missing) < len(chunk) or strange > 1
            page, got = self._some(missing, by_list=by_list)
            if len(np.setdiff1d(got, missing)) or len(np.unique(got)) != len(got):
                strange += 1  # a page that was repeated, or a server that does not keep to ranges
                continue
            pages.append(page)
            missing = np.setdiff1d(missing, got)
            if len(missing) and not len(got) and not self._asked.count(ids=missing):
                missing = missing[:0]  # they were deleted
            if not len(missing):
                self._by_list |= strange > 1
                return _one_page(pages, self._asked.layer.oid)
        raise SourceError(
            f"{self._errand.item} gave {len(chunk) - len(missing):,} of the {len(chunk):,} features with the ids "
            f"{chunk[0]} to {chunk[-1]}, however often it was asked. Its server is out of order; try again later."
        )

    def _some(self, ids: Ids, *, by_list: bool) -> tuple[Page, Ids]:
        """The features that come for some ids, with their ids."""
        oid = self._asked.layer.oid
        within = f"{oid} >= {ids[0]} AND {oid} <= {ids[-1]}"
        page = _read(self._errand, self._asked, self._asked.page(ids=ids) if by_list else self._asked.page(within))
        self.notes += page.notes
        return page, _ids_of(page, oid, self._errand)


def _few_at_a_time(at_once: int, jobs: Iterable[tuple[Callable[..., None], int, Ids]]) -> None:
    """Do jobs in threads, few at a time; the first that fails ends them all."""
    with ThreadPoolExecutor(max(1, at_once)) as pool:
        running: set[Future[None]] = set()
        try:
            for job, number, chunk in jobs:
                if len(running) >= at_once:
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    for item in done:
                        item.result()
                running.add(pool.submit(job, number, chunk))
            for item in running:
                item.result()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _by_offset(errand: Errand, asked: Questions, count: int) -> Came:
    """Page by page at ever deeper offsets, for servers that list no ids; counted before and after."""
    layer = asked.layer
    size = _size(errand, layer)
    if count > size and not (layer.offsets and layer.oid):
        raise SourceError(
            f"{errand.item} has {count:,} features, gives {size:,} at a time, and lists no object ids to ask for the "
            "rest by. It cannot be brought whole; name a smaller area, or an alternative of the layer."
        )
    parts = Parts(errand.parts, _plan(errand, layer, size, np.array([count])))
    kept, seen, number = parts.kept, list[Ids](), 0
    while True:
        if parts.has(number):
            ids = parts.column(number, layer.oid) if layer.oid else np.empty(0, np.int64)
        else:
            paging = {"resultOffset": str(number * size), "resultRecordCount": str(size), "orderByFields": layer.oid}
            page = _read(errand, asked, asked.page(paging=paging if layer.oid and layer.offsets else {}))
            ids = _ids_of(page, layer.oid, errand) if layer.oid else np.arange(page.table.num_rows)
            parts.add(number, page)
        seen.append(ids)
        done = sum(map(len, seen))
        errand.heard(done, count)
        if len(ids) < size or done >= count:
            break
        number += 1
    if layer.oid:
        _check_unique(errand, np.concatenate(seen))
    after = asked.count()
    if done != after:
        raise SourceError(_short(errand, after, done))
    whole = asked.whole() if errand.whole else None
    crs = _crs(errand, layer, parts)
    joined = parts.join(errand.target, whole=whole, crs=crs)
    return Came(count=joined.features, crs=crs, pages=number + 1, kept=kept, edition=layer.edition, whole=whole)


def _check_unique(errand: Errand, ids: Ids) -> None:
    twice = len(ids) - len(np.unique(ids))
    if twice:
        raise SourceError(
            f"{errand.item} gave {twice:,} features twice while it was paged by offset: its server repeats pages, or "
            "it is edited. Try again later."
        )


def _read(errand: Errand, asked: Questions, data: bytes) -> Page:
    """The features of a page: by Arrow where they are plain, else by GDAL."""
    return read_esri(data, asked.layer, asked.fields) or read_page(data, errand.item)


def _ids_of(page: Page, oid: str, errand: Errand) -> Ids:
    """The object ids of a page, in its order."""
    name = next((name for name in page.table.column_names if name.casefold() == oid.casefold()), None)
    if name is None or page.table[name].null_count:
        raise SourceError(
            f"{errand.item} gives features without their object id ({oid!r}). It cannot be checked to be whole; write "
            "page: {oid: ...} of its service with the field that numbers its features."
        )
    return np.asarray(page.table[name], np.int64)


def _one_page(pages: list[Page], oid: str) -> Page:
    """Pieces of a page as one, in the order of ids."""
    table = pa.concat_tables([page.table for page in pages], promote_options="permissive")
    name = next(name for name in table.column_names if name.casefold() == oid.casefold())
    notes = tuple(note for page in pages for note in page.notes)
    return Page(table=table.sort_by(name), crs=pages[0].crs, notes=notes)


def _only(oid: str, ids: Ids) -> Callable[[pa.Table], pa.Table]:
    """Keeps the features that are still there; ``ids`` ascend."""

    def keep(table: pa.Table) -> pa.Table:
        name = next(name for name in table.column_names if name.casefold() == oid.casefold())
        own = np.asarray(table[name], np.int64)
        there = (
            ids[np.minimum(np.searchsorted(ids, own), len(ids) - 1)] == own if len(ids) else np.zeros(len(own), bool)
        )
        return table if there.all() else table.filter(pa.array(there))

    return keep


def _plan(errand: Errand, layer: ArcgisLayer, size: int, ids: Ids) -> str:
    """What a page is a page of."""
    listed = hashlib.sha256(np.ascontiguousarray(ids).tobytes()).hexdigest()
    area: Any = errand.area.bounds if errand.area else None
    return repr((errand.service.model_dump_json(), area, layer.edition, size, listed))


def _crs(errand: Errand, layer: ArcgisLayer, parts: Parts) -> str:
    """The CRS that the pages say; where they say none, the one that was asked for or that the layer says."""
    said = parts.crs()
    return said or errand.service.srs or layer.crs


def _short(errand: Errand, expected: int, got: int) -> str:
    return (
        f"{errand.item} has {expected:,} features, and {got:,} came. It is edited, or its server is out of order; "
        "try again later."
    )
