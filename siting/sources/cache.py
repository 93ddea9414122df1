"""What was fetched, kept as received: one folder a layer, a file and a record for each area.

A layer's folder is named by its id and by a hash of what was asked (address, collection, condition, fields, vintage).
In it, ``<area>.json`` records one fetch and names its file, which is called by the hash of its content. Files are put
in place whole; the record comes last. The CRS of a study is no part of anything here: layers are carried to it when
they are read.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from siting.catalogue import Fetched, LayerSpec, Service
from siting.errors import RunError, SourceError
from siting.sources.access import shown_url
from siting.sources.area import Area
from siting.sources.hashes import file_sha256

__all__ = ["CACHE_VARIABLE", "Cache", "Entry", "blank", "cache_folder"]

CACHE_VARIABLE = "SITING_CACHE"  #: environment variable that names the folder of fetched layers and of hashes
_ASKED = ("type", "url", "collection", "member", "layer", "where", "query", "fields", "srs", "x", "y", "tiles")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One fetched layer.

    id : of the layer; url : where it came from, without its query; kind : type of the service
    file : name of its file; sha256, size : of it
    area : what it was fetched for, west, south, east, north in degrees; None for the whole layer
    count : features, or cells of a raster; crs : as received
    fetched : when (UTC); checked : when it was last seen to be the server's edition
    edition : the server's name for it (ETag, date of the last edit), "" without
    notes : what was mended, or is worth knowing; whole : what is known of the whole layer
    """

    id: str
    url: str
    kind: str
    vintage: str
    file: str
    sha256: str
    size: int
    count: int
    crs: str
    fetched: str
    checked: str
    area: Area | None = None
    edition: str = ""
    notes: tuple[str, ...] = ()
    whole: Mapping[str, Any] | None = None

    @property
    def age(self) -> timedelta:
        """How long ago it was seen to be the server's edition."""
        return datetime.now(UTC) - datetime.fromisoformat(self.checked)

    def serves(self, area: Area | None, *, whole: bool = False) -> bool:
        """Whether it holds what is needed of an area (None: of everything)."""
        if whole and self.area is not None and self.whole is None:
            return False
        return self.area is None or (area is not None and self.area.holds(area))

    def record(self) -> dict[str, Any]:
        """What the manifest says of it."""
        return {
            "url": self.url,
            "service": self.kind,
            "fetched": self.fetched,
            "area": None if self.area is None else list(self.area.bounds),
            "features": self.count,
            "edition": self.edition or None,
            "notes": list(self.notes),
        }

    def plain(self) -> dict[str, Any]:
        """As its file holds it."""
        out = {name: getattr(self, name) for name in self.__dataclass_fields__}
        area = None if self.area is None else list(self.area.bounds)
        return {**out, "area": area, "notes": list(self.notes)}

    @classmethod
    def parsed(cls, plain: Mapping[str, Any]) -> Entry:
        """The entry that a file holds; raises KeyError, TypeError or ValueError where it holds none."""
        area = plain["area"]
        values = {name: plain[name] for name in cls.__dataclass_fields__ if name in plain}
        if any(datetime.fromisoformat(plain[name]).tzinfo is None for name in ("fetched", "checked")):
            raise ValueError("a time without its zone")
        if any(type(plain[name]) is not int for name in ("size", "count")) or Path(plain["file"]).name != plain["file"]:
            raise ValueError("no whole number, or no name of a file")
        return cls(**{**values, "area": None if area is None else Area(*area), "notes": tuple(plain["notes"])})


@dataclass(frozen=True)
class Cache:
    """A folder of fetched layers."""

    folder: Path

    def find(self, spec: LayerSpec, area: Area | None, *, whole: bool = False) -> Entry | None:
        """The newest fetch, from any address of the layer, that holds the area; None without one."""
        held = [
            entry
            for service in spec.services
            for entry in self.entries(spec, service)
            if entry.serves(area, whole=whole)
        ]
        return max(held, key=lambda entry: (entry.fetched, entry.file), default=None)

    def newest(self, spec: LayerSpec) -> Entry | None:
        """The newest fetch, of any area."""
        held = [entry for service in spec.services for entry in self.entries(spec, service)]
        return max(held, key=lambda entry: (entry.fetched, entry.file), default=None)

    def entries(self, spec: LayerSpec, service: Service) -> list[Entry]:
        """Every fetch of a layer from one address whose file is here."""
        return [entry for _, entry in self._records(self.home(spec, service))]

    def drop_damaged(self, spec: LayerSpec, area: Area | None, *, whole: bool = False) -> None:
        """Forget the fetches that would serve an area and whose file is not what was fetched, whatever the address."""
        for home in (self.home(spec, service) for service in spec.services):
            for path, entry in self._records(home):
                try:
                    if entry.serves(area, whole=whole) and file_sha256(home / entry.file) != entry.sha256:
                        path.unlink(missing_ok=True)
                except OSError as error:
                    raise _unwritten(self.folder, error) from error

    def _records(self, home: Path) -> list[tuple[Path, Entry]]:
        """The records in a layer's folder that hold an entry whose file is here."""
        found = []
        for path in sorted(home.glob("*.json")):
            with suppress(OSError, ValueError, KeyError, TypeError):
                entry = Entry.parsed(json.loads(path.read_text(encoding="utf-8")))
                if (home / entry.file).is_file() and (home / entry.file).stat().st_size == entry.size:
                    found.append((path, entry))
        return found

    def home(self, spec: LayerSpec, service: Service) -> Path:
        """The folder of a layer, as one address gives it."""
        asked = {name: value for name in _ASKED if (value := service.model_dump(mode="json").get(name))}
        text = json.dumps([asked, spec.vintage], sort_keys=True)
        name = re.sub(r"[^\w.-]+", "_", spec.id)
        return self.folder / "layers" / f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"

    def fetched(self, spec: LayerSpec, entry: Entry) -> Fetched:
        """The file of an entry as the finder takes it; raises SourceError where it is damaged."""
        path = self.path(spec, entry)
        if file_sha256(path) != entry.sha256:
            raise SourceError(
                f"The file of the layer {entry.id!r} in the cache is not what was fetched: it is damaged. "
                "Fetch it again with --refresh."
            )
        name = f"{re.sub(r'[^A-Za-z0-9_.-]+', '_', entry.id)}{path.suffix}"
        return Fetched(path=path, name=name, record=entry.record())

    def path(self, spec: LayerSpec, entry: Entry) -> Path:
        """The file of an entry."""
        for service in spec.services:
            path = self.home(spec, service) / entry.file
            if path.is_file():
                return path
        raise SourceError(f"The file of the layer {entry.id!r} went away from the cache. Fetch it again.")

    @contextmanager
    def hold(self, home: Path) -> Iterator[None]:
        """Hold a layer's folder: another run that wants the same layer waits, and then finds it."""
        try:
            home.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(home / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise _unwritten(self.folder, error) from error
        try:
            _wait_for(descriptor)
            yield
        finally:
            os.close(descriptor)

    def put(self, home: Path, part: Path, entry: Entry) -> Entry:
        """Put a fetched file in place, then its record; both whole."""
        digest = file_sha256(part)
        file = f"{digest[:16]}{part.suffix}"
        try:
            size = part.stat().st_size
            os.replace(part, home / file)
        except OSError as error:
            raise _unwritten(self.folder, error) from error
        full = replace(entry, file=file, sha256=digest, size=size)
        self.note(home, full)
        return full

    def note(self, home: Path, entry: Entry) -> None:
        """Write the record of an entry."""
        area = "all" if entry.area is None else hashlib.sha256(repr(entry.area.bounds).encode()).hexdigest()[:12]
        path = home / f"{area}.json"
        part = home / f".{area}.{os.getpid()}.part"
        try:
            part.write_text(json.dumps(entry.plain(), indent=1, sort_keys=True) + "\n", encoding="utf-8")
            os.replace(part, path)
        except OSError as error:
            raise _unwritten(self.folder, error) from error


def cache_folder() -> Path:
    """The folder that SITING_CACHE names, else the user's cache folder of this system."""
    named = os.environ.get(CACHE_VARIABLE, "")
    if named:
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "siting" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "siting"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "siting"


def blank(spec: LayerSpec, service: Service, area: Area | None) -> Entry:
    """An entry before its file is there."""
    now = datetime.now(UTC).replace(microsecond=0).isoformat()
    return Entry(
        id=spec.id, url=shown_url(service.url), kind=service.type, vintage=spec.vintage, file="", sha256="", size=0,
        count=0, crs="", fetched=now, checked=now, area=area,
    )  # fmt: skip


def _wait_for(descriptor: int) -> None:
    """Lock an open file; wait where another process holds it."""
    with suppress(OSError):  # a file system without locks
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX)


def _unwritten(folder: Path, error: OSError) -> RunError:
    return RunError(
        f"The cache of layers '{folder}' cannot be written: {error.strerror or error}. "
        f"Free some space, or name another folder in {CACHE_VARIABLE}."
    )
