"""Objects by URL: S3, Google Cloud Storage, Azure, and files, through fsspec.

An object is known by its address, its ETag and its size; what is read of it is a copy on this machine, whole, whose
sha256 is recorded. An object is written whole: readers see the one before or the new one. Credentials come from the
environment of the stores' own libraries, and are never part of an address, a record or a message.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from siting.errors import RunError, SourceError, did_you_mean, named
from siting.sources.access import Access, shown_url
from siting.sources.hashes import file_sha256

__all__ = ["SCHEMES", "LocalCopy", "RemoteObject", "delete", "listed", "local_copy", "look", "read", "url_of", "write"]

#: beginning of an address -> the package that reaches it
SCHEMES = {"s3": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "abfs": "adlfs", "abfss": "adlfs", "az": "adlfs", "file": ""}
_URL = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]+):/+(.*)$", re.DOTALL)
_SECRET_NAME = re.compile(r"KEY|SECRET|TOKEN|PASSWORD|SAS|CONNECTION_STRING|CREDENTIAL", re.IGNORECASE)
_IN_PARTS = (".shp", ".vrt")  #: formats of several files, of which only one would come


@dataclass(frozen=True, kw_only=True)
class RemoteObject:
    """What identifies an object.

    etag : the store's name for this content; for a plain file the time of its last change
    """

    url: str
    etag: str
    size: int


@dataclass(frozen=True, kw_only=True)
class LocalCopy:
    """An object as it was read, on this machine."""

    path: Path
    object: RemoteObject
    sha256: str

    @property
    def record(self) -> dict[str, Any]:
        """For the manifest."""
        return {"url": self.object.url, "etag": self.object.etag, "size": self.object.size, "sha256": self.sha256}


def url_of(text: str | os.PathLike[str]) -> str | None:
    """The address that a text is, or None for a path; a path that was made of an address counts as the address.

    >>> url_of("s3://bucket/a.parquet"), url_of(Path("s3://bucket/a.parquet")), url_of("plants.gpkg")
    ('s3://bucket/a.parquet', 's3://bucket/a.parquet', None)

    Raises SourceError for an address of another kind, and for one with a user, a password or a query.
    """
    found = _URL.match(os.fspath(text).replace("\\", "/"))
    if found is None:
        return None
    scheme, rest = found[1].lower(), found[2]
    url = f"{scheme}://{'/' if scheme == 'file' else ''}{rest.rstrip('/')}"
    if scheme in ("http", "https"):
        raise SourceError(
            f"The address '{shown_url(url)}' is that of a service or a download, which a catalogue file describes. "
            f"Addresses that stand for files begin with {named(SCHEMES)}."
        )
    if scheme not in SCHEMES:
        raise SourceError(
            f"The address '{shown_url(url)}' begins with {scheme!r}, which siting does not read."
            f"{did_you_mean(scheme, SCHEMES)} Addresses that stand for files begin with {named(SCHEMES)}."
        )
    if ("@" in urlsplit(url).netloc and not scheme.startswith("abfs")) or ":" in urlsplit(url).netloc or "?" in url:
        raise SourceError(
            f"The address '{shown_url(url)}' carries a user, a password or a query. Credentials come from the "
            "environment only; write the address alone."
        )
    return url


def look(url: str) -> RemoteObject | None:
    """What an object is now; None where there is none. Raises SourceError where it cannot be asked."""
    with _asking(url) as (store, place):
        store.invalidate_cache()
        try:
            info = store.info(place)
        except FileNotFoundError:
            return None
        if info.get("type") == "directory":
            return None
        etag = next((str(info[key]) for key in ("ETag", "etag", "generation", "md5Hash") if info.get(key)), "")
        return RemoteObject(url=url, etag=etag.strip('"') or _changed(info), size=int(info["size"]))


def local_copy(url: str, folder: Path | None = None) -> LocalCopy:
    """The object as a file here, with the name it has there; one that is unchanged does not come again.

    folder : where copies are kept; by default in the cache of layers
    Raises SourceError where there is no such object, or where it changes while it comes.
    """
    if Path(url).suffix.lower() in _IN_PARTS:
        raise SourceError(
            f"The object '{shown_url(url)}' is one of the files of a layer that has several. Store the layer as one "
            "file (GeoParquet, GeoPackage, GeoTIFF, or a zipped shapefile), and name that."
        )
    for _ in range(2):
        there = look(url)
        if there is None:
            raise SourceError(
                f"There is no object '{shown_url(url)}'. Check the address, and that these credentials may read it."
            )
        home = (folder or _objects()) / hashlib.sha256(f"{url}\n{there.etag}\n{there.size}".encode()).hexdigest()[:32]
        copy = _kept(home, there) or _fetched(home, there)
        if copy is not None:
            return copy
    raise SourceError(f"The object '{shown_url(url)}' changes while it is read. Start again when nobody writes to it.")


def read(url: str) -> bytes | None:
    """The content of a small object; None where there is none. Raises SourceError where it cannot be asked."""
    with _asking(url) as (store, place):
        try:
            return bytes(store.cat_file(place))
        except FileNotFoundError:
            return None


def write(url: str, content: bytes | Path) -> None:
    """Put an object, whole: bytes, or a file of this machine. Raises RunError where the store refuses."""
    try:
        with _asking(url) as (store, place):
            if urlsplit(url).scheme == "file":
                _write_file(Path(place), content)
            elif isinstance(content, Path):
                store.put_file(str(content), place)
            else:
                store.pipe_file(place, content)
    except SourceError as error:
        raise RunError(f"'{shown_url(url)}' could not be written. {error}") from None
    except FileNotFoundError:
        raise RunError(
            f"'{shown_url(url)}' could not be written. There is no such place. Check the address, and that these "
            "credentials may write there."
        ) from None


def delete(url: str) -> None:
    """Take an object away, if it is there."""
    with _asking(url) as (store, place), suppress(FileNotFoundError):
        store.rm_file(place)


def listed(url: str) -> frozenset[str]:
    """The names, below an address, of all objects there."""
    with _asking(url) as (store, place):
        store.invalidate_cache()
        try:
            found = store.find(place)
        except FileNotFoundError:
            return frozenset()
        root = str(place).rstrip("/") + "/"
        return frozenset(name.removeprefix(root) for name in found)


def _changed(info: dict[str, Any]) -> str:
    when = info.get("mtime") or info.get("LastModified") or info.get("last_modified") or ""
    return f"changed {when}" if when else ""


def _objects() -> Path:
    from siting.sources.cache import cache_folder

    return cache_folder() / "objects"


def _kept(home: Path, there: RemoteObject) -> LocalCopy | None:
    """The copy of before, if it is whole."""
    try:
        known = json.loads((home / "object.json").read_text(encoding="utf-8"))
        path = home / str(known["file"])
        if path.stat().st_size == there.size and _remembered(path) == known["sha256"]:
            return LocalCopy(path=path, object=there, sha256=known["sha256"])
    except (OSError, ValueError, KeyError):
        pass
    return None


def _fetched(home: Path, there: RemoteObject) -> LocalCopy | None:
    """A new copy; None where the object was another when it had come."""
    path = home / there.url.rpartition("/")[2]
    part = home / f".{path.name}.{os.getpid()}.part"
    try:
        home.mkdir(parents=True, exist_ok=True)
        with _asking(there.url) as (store, place):
            store.get_file(place, str(part))
        if part.stat().st_size != there.size or look(there.url) != there:
            return None
        digest = file_sha256(part)
        os.replace(part, path)
        note = home / f".object.{os.getpid()}.part"
        note.write_text(json.dumps({"file": path.name, "sha256": digest, "url": there.url}), encoding="utf-8")
        os.replace(note, home / "object.json")
    except OSError as error:
        raise RunError(
            f"The copy of '{shown_url(there.url)}' cannot be kept in '{home.parent}': {error.strerror or error}. "
            "Free some space, or name another folder in SITING_CACHE."
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return LocalCopy(path=path, object=there, sha256=digest)


def _remembered(path: Path) -> str:
    """sha256 of a file, worked out once in a process while its size and time stay."""
    info = path.stat()
    return _sha256_of(path, info.st_size, info.st_mtime_ns)


@lru_cache(maxsize=1024)
def _sha256_of(path: Path, size: int, changed_ns: int) -> str:
    del size, changed_ns
    return file_sha256(path)


def _write_file(path: Path, content: bytes | Path) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        part.write_bytes(content if isinstance(content, bytes) else content.read_bytes())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _asking(url: str) -> Iterator[tuple[Any, str]]:
    """The store of an address and the place in it; whatever goes wrong there becomes one refusal without secrets."""
    scheme = urlsplit(url).scheme
    if scheme != "file" and Access.of_environment().offline:
        Access.of_environment().check(url)
    try:
        from fsspec.core import url_to_fs

        store, place = url_to_fs(url)
    except ImportError:
        package = SCHEMES.get(scheme) or "fsspec"
        raise SourceError(
            f"The address '{shown_url(url)}' needs the package '{package}', which is not installed. "
            "Install it with: pip install 'siting[cloud]'."
        ) from None
    except ValueError as error:
        raise SourceError(f"The address '{shown_url(url)}' cannot be used: {_scrubbed(error)}.") from None
    try:
        yield store, str(place)
    except (SourceError, RunError, FileNotFoundError):
        raise
    except Exception as error:  # every store has its own kinds, and their texts may hold what is secret
        local = isinstance(error, OSError) and scheme == "file"
        fix = "" if local else " Check the address, the network, and the credentials in the environment."
        raise SourceError(f"'{shown_url(url)}' cannot be reached: {_scrubbed(error)}.{fix}") from None


def _scrubbed(error: Exception) -> str:
    """What an error says, without any secret of the environment and without queries of addresses."""
    text = " ".join(str(error).split()).rstrip(".") or type(error).__name__
    for name, value in os.environ.items():
        if _SECRET_NAME.search(name) and len(value) >= 4:
            text = text.replace(value, "***")
    text = re.sub(r"(?<=//)[^\s\"'?]*@", "", text)  # the last "@": a password may hold others, and slashes
    return re.sub(r"\?[^\s\"']*", "", text)
