"""Bringing layers home: from the cache where it holds them, else from the first address that gives them whole."""

from __future__ import annotations

import importlib
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from siting.catalogue import Fetched, LayerSpec, Service
from siting.errors import SourceError
from siting.sources.access import Access
from siting.sources.area import Area
from siting.sources.cache import Cache, Entry, blank, cache_folder
from siting.sources.errand import Came, Errand
from siting.sources.http import Client, Manners

__all__ = ["Brought", "Haul", "Hearing", "Need", "fetch_layers", "shown_age", "shown_size"]

#: the connector of each type of service, loaded when it is needed
_CONNECTORS = {
    "arcgis_feature": ("siting.sources.arcgis", "fetch_arcgis"),
    "arcgis_map": ("siting.sources.arcgis", "fetch_arcgis"),
    "arcgis_image": ("siting.sources.image", "fetch_image"),
    "ogc_features": ("siting.sources.ogc", "fetch_ogc"),
    "wfs": ("siting.sources.wfs", "fetch_wfs"),
    "file": ("siting.sources.files", "fetch_file"),
    "csv": ("siting.sources.files", "fetch_file"),
    "geoparquet": ("siting.sources.cloud", "fetch_geoparquet"),
    "cog": ("siting.sources.cog", "fetch_cog"),
}


class Hearing(Protocol):
    """Hears how far the fetching is."""

    def layer(self, layer_id: str) -> None:
        """A layer is asked for."""

    def progress(self, layer_id: str, *, features: int, of: int | None, size: int) -> None:
        """Features that came, of how many where that is known, and bytes over the line."""

    def brought(self, item: Brought) -> None:
        """A layer is here."""


class _Silence:
    def layer(self, layer_id: str) -> None:
        """Nothing."""

    def progress(self, layer_id: str, *, features: int, of: int | None, size: int) -> None:
        """Nothing."""

    def brought(self, item: Brought) -> None:
        """Nothing."""


@dataclass(frozen=True, kw_only=True)
class Need:
    """A layer that is needed, for which land.

    area : None for the whole layer
    whole : the bounds of the whole layer are needed too, because its coverage is its extent
    """

    spec: LayerSpec
    area: Area | None = None
    whole: bool = False


@dataclass(frozen=True, kw_only=True)
class Brought:
    """One row of the summary.

    source : "cache", "server", or "unchanged" (the server still has the edition of the cache)
    size : bytes of the file; line : bytes that came over the line
    notes : what was mended, or is worth knowing
    """

    entry: Entry
    fetched: Fetched = field(repr=False)
    source: str
    line: int = 0
    seconds: float = 0.0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Haul:
    """What came, in the order of the needs; ``str`` of it is a table for people.

    failed : layer -> why it did not come, where the caller asked to go on
    """

    items: tuple[Brought, ...]
    failed: Mapping[str, str] = field(default_factory=dict)

    def files(self) -> dict[str, Fetched]:
        """What the finder takes: layer -> its file."""
        return {item.entry.id: item.fetched for item in self.items}

    def rows(self) -> list[tuple[str, ...]]:
        """Layer, features, size, age, where from, what was mended or is worth knowing."""
        return [
            (
                item.entry.id, f"{item.entry.count:,}", shown_size(item.entry.size), shown_age(item.entry.age),
                item.source, " ".join(item.notes),
            )
            for item in self.items
        ]  # fmt: skip

    def __str__(self) -> str:
        head = ("layer", "features", "size", "age", "from", "notes")
        rows = [head, *self.rows(), *((name, "", "", "", "nothing", why) for name, why in self.failed.items())]
        widths = [max(len(row[number]) for row in rows) for number in range(len(head) - 1)]
        return "\n".join(
            "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]).rstrip()
            for row in rows
        )


def fetch_layers(
    needs: Iterable[Need],
    *,
    cache: Cache | None = None,
    access: Access | None = None,
    manners: Manners | None = None,
    refresh: bool = False,
    go_on: bool = False,
    hearing: Hearing | None = None,
    beside: Mapping[str, Path] | None = None,
) -> Haul:
    """Bring layers home, each whole or not at all.

    Parameters
    ----------
    needs : which layers, for which land
    cache : where they are kept; by default the folder of SITING_CACHE, or the user's cache
    access : what may be reached; by default everything public, nothing where SITING_OFFLINE is set
    refresh : ask for layers that the cache holds already; an edition that has not changed is not sent again, unless its
        file here is damaged
    go_on : tell of layers that do not come, rather than refuse with the first
    hearing : hears how far it is
    beside : layer -> folder of its catalogue file, for files that lie beside it

    Raises
    ------
    SourceError
        with the reason, where a layer does not come whole from any of its addresses.
    """
    cache = cache or Cache(cache_folder())
    hearing = hearing or _Silence()
    access = access or Access.of_environment()
    items, failed = [], {}
    for need in needs:
        try:
            item = _one(need, cache, access, manners, refresh, hearing, (beside or {}).get(need.spec.id))
        except SourceError as error:
            if not go_on:
                raise
            failed[need.spec.id] = str(error)
            continue
        hearing.brought(item)
        items.append(item)
    return Haul(tuple(items), failed)


def _one(
    need: Need, cache: Cache, access: Access, manners: Manners | None, refresh: bool, hearing: Hearing,
    base: Path | None,
) -> Brought:  # fmt: skip
    """One layer: from the cache, else from its addresses, best first."""
    spec = need.spec
    held = cache.find(spec, need.area, whole=need.whole)
    if held is not None and (not refresh or access.offline):
        return Brought(entry=held, fetched=cache.fetched(spec, held), source="cache", notes=held.notes)
    services = [service for service in spec.services if service.connected]
    if not services:
        raise SourceError(_no_address(spec))
    if access.offline:
        raise SourceError(
            f"The layer {spec.id!r} ({spec.title}) is not in the cache for this area, and this run is offline. "
            f"Fetch it where there is a network: siting layers fetch {spec.id}."
        )
    hearing.layer(spec.id)
    reasons: list[str] = []
    for service in services:
        try:
            item = _from(service, need, cache, access, manners, refresh, hearing, base)
        except SourceError as error:
            reasons.append(str(error))
            continue
        if reasons:
            note = f"From an alternative address, because the first did not serve: {reasons[0]}"
            item = replace(item, notes=(*item.notes, note))
        return item
    instead = f" Other layers that may serve instead: {', '.join(spec.instead)}." if spec.instead else ""
    raise SourceError(f"The layer {spec.id!r} did not come. {' '.join(reasons)}{instead}")


def _from(
    service: Service, need: Need, cache: Cache, access: Access, manners: Manners | None, refresh: bool,
    hearing: Hearing, base: Path | None,
) -> Brought:  # fmt: skip
    """One layer from one address."""
    spec, home = need.spec, cache.home(need.spec, service)
    with cache.hold(home):
        if refresh:  # a server is not asked whether it still has the edition of a damaged file
            cache.drop_damaged(spec, need.area, whole=need.whole)
        else:
            held = cache.find(spec, need.area, whole=need.whole)
            if held is not None:  # another run brought it while this one waited
                return Brought(entry=held, fetched=cache.fetched(spec, held), source="cache", notes=held.notes)
        old = next((e for e in cache.entries(spec, service) if e.serves(need.area, whole=need.whole)), None)
        area = old.area if old is not None else need.area.widened() if need.area is not None else None
        entry, started, line = blank(spec, service, area), time.monotonic(), [0, 0, 0]

        def tell(features: int, of: int | None) -> None:
            line[1], line[2] = features, of or 0
            hearing.progress(spec.id, features=features, of=of, size=line[0])

        def heard(size: int) -> None:
            line[0] += size

        errand = Errand(
            id=spec.id, service=service, client=Client(access, _manners(service, manners), heard=heard), area=area,
            target=home / ".coming.parquet", parts=home / f"parts-{_name(area)}", whole=need.whole, base=base,
            heard=tell, etag=old.edition if old is not None else "",
        )  # fmt: skip
        came = _sent(errand)
        entry = _kept(cache, home, errand, entry, old, came)
    return Brought(
        entry=entry, fetched=cache.fetched(spec, entry), source="unchanged" if came.unchanged else "server",
        line=line[0], seconds=time.monotonic() - started, notes=entry.notes,
    )  # fmt: skip


def _sent(errand: Errand) -> Came:
    """Send the connector of the service on its errand."""
    module, name = _CONNECTORS[errand.service.type]
    try:
        came: Came = getattr(importlib.import_module(module), name)(errand)
        return came
    finally:
        errand.client.close()


def _kept(cache: Cache, home: Path, errand: Errand, entry: Entry, old: Entry | None, came: Came) -> Entry:
    """Put what came into the cache."""
    if came.unchanged and old is not None:
        entry = replace(old, checked=entry.checked)
        cache.note(home, entry)
        return entry
    notes = came.notes
    if came.kept:
        notes = (*notes, f"Went on after {came.kept:,} pages that an earlier fetch had kept.")
    full = replace(
        entry, count=came.count, crs=came.crs, edition=came.edition, notes=notes, whole=came.whole, kind=entry.kind
    )
    part = next(path for path in (errand.target, errand.target.with_suffix(".tif")) if path.is_file())
    return cache.put(home, part, full)


def _manners(service: Service, manners: Manners | None) -> Manners:
    """As many requests at a time as the server bears, where that is known."""
    manners = manners or Manners()
    return manners if service.page.workers is None else replace(manners, at_once=service.page.workers)


def _name(area: Area | None) -> str:
    return "all" if area is None else "_".join(f"{value:g}" for value in area.bounds)


def _no_address(spec: LayerSpec) -> str:
    where = f"{spec.service.url} ({spec.service.type})" if spec.service else "no address is known"
    return (
        f"The layer {spec.id!r} ({spec.title}) cannot be fetched by siting: {where}. "
        "Bring its file by hand and add it to the table of the data folder."
    )


def shown_age(age: timedelta) -> str:
    """How old something is, for people.

    >>> shown_age(timedelta(days=40)), shown_age(timedelta(hours=5)), shown_age(timedelta(seconds=3))
    ('40 days', '5 hours', 'new')
    """
    for unit, seconds in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        count = int(age.total_seconds() // seconds)
        if count:
            return f"{count:,} {unit}{'s' * (count > 1)}"
    return "new"


def shown_size(size: int) -> str:
    """Bytes, for people.

    >>> shown_size(500), shown_size(2_500_000)
    ('500 B', '2.5 MB')
    """
    for unit, step in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= step:
            return f"{size / step:.1f} {unit}"
    return f"{size} B"
