"""Archives from elsewhere, unpacked without leaving the folder and within limits."""

from __future__ import annotations

import errno
import gzip
import lzma
import re
import stat
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from siting.errors import RunError, SourceError, named

__all__ = ["Limits", "chosen", "is_archive", "unpack"]

_CHUNK = 1 << 20
_SHOWN = 60  #: characters of a name that is too long
_DAMAGES = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, gzip.BadGzipFile, NotImplementedError,
    RuntimeError,
)  # fmt: skip
_SMALL = 1 << 24  #: below this size a ratio says nothing
#: what a name does that no file here can have, and how that is said
_UNNAMEABLE = {
    errno.ENAMETOOLONG: "whose name is too long for this machine",
    errno.EINVAL: "whose name this machine does not allow",
    errno.EILSEQ: "whose name this machine does not allow",
    **dict.fromkeys((errno.EEXIST, errno.ENOTDIR, errno.EISDIR), "which is a file and a folder in it"),
}


class Limits:
    """What an archive may grow to.

    size : bytes, unpacked; ratio : unpacked to packed, beyond the first 16 MB; files : how many
    """

    def __init__(self, *, size: int = 20 << 30, ratio: float = 200.0, files: int = 10_000) -> None:
        self.size, self.ratio, self.files = size, ratio, files


def is_archive(path: Path) -> bool:
    """Whether a file is a zip or gzip archive, by its first bytes."""
    with path.open("rb") as stream:
        head = stream.read(4)
    return head[:4] in (b"PK\x03\x04", b"PK\x05\x06") or head[:2] == b"\x1f\x8b"


def unpack(path: Path, folder: Path, item: str, limits: Limits | None = None) -> None:
    """Unpack a zip or gzip archive into a new folder.

    Raises SourceError where it is damaged, hostile or too large; RunError where this machine cannot hold it.
    """
    limits = limits or Limits()
    folder.mkdir(parents=True)
    try:
        with path.open("rb") as stream:
            zipped = stream.read(2) == b"PK"
        if zipped:
            _unzip(path, folder, item, limits)
        else:
            name = path.stem if path.suffix == ".gz" else "data"
            with gzip.open(path) as packed:
                _copy(packed, folder / name, item, limits, path.stat().st_size, 0)
    except _DAMAGES as error:
        raise _damaged(item, error) from None
    except OSError as error:
        if error.errno is None:  # bzip2 says so of what it cannot read
            raise _damaged(item, error) from None
        raise RunError(
            f"{item} could not be unpacked into '{folder}': {error.strerror or error}. Free some space, or let siting "
            "write there."
        ) from error


def _damaged(item: str, error: Exception) -> SourceError:
    said = " ".join(str(error).split()).rstrip(".")
    return SourceError(f"{item} came in an archive that is damaged or locked: {said}. Fetch it again.")


def _unzip(path: Path, folder: Path, item: str, limits: Limits) -> None:
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        if len(members) > limits.files:
            raise SourceError(
                f"{item} came in an archive of {len(members):,} files, more than the {limits.files:,} that are allowed."
            )
        done = 0
        for member in members:
            target = _made(folder, member, item)
            with archive.open(member) as packed:
                done += _copy(packed, target, item, limits, max(1, path.stat().st_size), done)


def _made(folder: Path, member: zipfile.ZipInfo, item: str) -> Path:
    """An empty file for a member, with the folders above it."""
    try:
        target = _inside(folder, member, item)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch(exist_ok=False)
    except OSError as error:
        if error.errno not in _UNNAMEABLE:
            raise
        shown = member.filename if len(member.filename) <= _SHOWN else f"{member.filename[:_SHOWN]}..."
        raise SourceError(
            f"{item} came in an archive with the file {shown!r}, {_UNNAMEABLE[error.errno]}. It is not opened; ask its "
            "publisher for another."
        ) from None
    return target


def _inside(folder: Path, member: zipfile.ZipInfo, item: str) -> Path:
    """Where a member goes; nothing leaves the folder, and nothing is a link."""
    name = member.filename.replace("\\", "/")
    parts = PurePosixPath(name).parts
    bad = name.startswith("/") or ".." in parts or re.match(r"^[A-Za-z]:", name) or "\0" in name
    if bad or stat.S_ISLNK(member.external_attr >> 16):
        raise SourceError(
            f"{item} came in an archive with the file {member.filename!r}, which would lie outside its folder. "
            "It is not opened; ask its publisher for another."
        )
    target = folder.joinpath(*parts)
    if not target.resolve().is_relative_to(folder.resolve()) or target.is_file():
        raise SourceError(f"{item} came in an archive with the file {member.filename!r} twice. It is not opened.")
    return target


def _copy(packed: object, target: Path, item: str, limits: Limits, size: int, before: int) -> int:
    """Write one member, and stop where it grows beyond the limits; its declared size is not believed."""
    done = 0
    with target.open("wb") as out:
        while chunk := packed.read(_CHUNK):  # type: ignore[attr-defined]
            done += len(chunk)
            total = before + done
            if total > limits.size or (total > _SMALL and total > size * limits.ratio):
                raise SourceError(
                    f"{item} came in an archive that grows to more than {total:,} bytes from {size:,}: the limits are "
                    f"{limits.size:,} bytes and {limits.ratio:g} times. It is not opened."
                )
            out.write(chunk)
    return done


def chosen(folder: Path, member: str | None, endings: tuple[str, ...], item: str) -> Path:
    """The file of an unpacked archive that is meant: the named one, or the only one that siting reads."""
    if member is not None:
        path = folder / member
        if ".." in PurePosixPath(member).parts or not path.exists():
            known = [found.relative_to(folder).as_posix() for found in sorted(folder.rglob("*")) if found.is_file()]
            raise SourceError(
                f"{item} has no {member!r} in its archive. It holds {named(known[:20])}; write member: of its service."
            )
        return path
    found = sorted(path for path in folder.rglob("*") if path.name.lower().endswith(endings) and _top(path, folder))
    if len(found) != 1:
        known = [path.relative_to(folder).as_posix() for path in found[:20]]
        what = "several files that siting reads" if found else "no file that siting reads"
        raise SourceError(f"{item} holds {what} in its archive ({named(known)}). Write member: of its service.")
    return found[0]


def _top(path: Path, folder: Path) -> bool:
    """Not what lies inside a file geodatabase, nor what a Mac leaves behind."""
    inner = path.relative_to(folder).parts[:-1]
    return not any(part.lower().endswith(".gdb") for part in inner) and "__MACOSX" not in inner
