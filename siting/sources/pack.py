"""A zip with everything that a run reads: written with repeatable bytes, opened with care.

In it: ``pack.json`` (what is inside, with hashes, and what was left out), ``study/`` (the study and the files beside
it), ``data/`` (a data folder: ``layers.csv`` and its files, ``fetched.json`` and the fetched layers, ``catalogue/``).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath
from typing import Any

from siting.catalogue import DataFolder, Fetched
from siting.errors import DataError, RunError, named
from siting.sources.archive import unpack

__all__ = ["CATALOGUE", "FETCHED", "Bundle", "open_pack", "packed_catalogue", "packed_layers", "write_pack"]

CATALOGUE = "catalogue"  #: folder of a data folder with catalogue files of its own
FETCHED = "fetched.json"  #: file of a data folder: layers that connectors brought
_DATE = (1980, 1, 1, 0, 0, 0)  #: the first that a zip can hold: one date, the same bytes


@dataclass
class Bundle:
    """What goes into a pack.

    study : name of the study's file in ``study/``
    files : name in the zip -> file here; texts : name in the zip -> content
    left_out : layer -> why it is not inside
    """

    study: str
    files: dict[str, Path] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


def write_pack(bundle: Bundle, out: Path, about: Mapping[str, Any]) -> dict[str, Any]:
    """Write a pack; the same content gives the same bytes. What ``pack.json`` says is returned."""
    hashes = {name: _sha256(path.read_bytes()) for name, path in sorted(bundle.files.items())}
    hashes |= {name: _sha256(text.encode()) for name, text in sorted(bundle.texts.items())}
    said = {
        **about,
        "study": f"study/{bundle.study}",
        "run": f"siting run study/{bundle.study} --data data --offline --out OUT",
        "files": dict(sorted(hashes.items())),
        "left_out": dict(sorted(bundle.left_out.items())),
    }
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            _add(archive, "pack.json", (json.dumps(said, indent=1, sort_keys=True) + "\n").encode())
            for name in sorted({*bundle.files, *bundle.texts}):
                data = bundle.texts[name].encode() if name in bundle.texts else bundle.files[name].read_bytes()
                _add(archive, name, data)
        os.replace(part, out)
    except OSError as error:
        raise RunError(
            f"The pack '{out.name}' could not be written to '{out.parent}': {error.strerror or error}. "
            "Free some space, or name another file."
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return said


def open_pack(path: Path, folder: Path) -> Path:
    """Unpack a pack into a new folder, compare every file with its hash; the path of the study.

    What is in the zip is what its list says, neither more nor less, and every path that it names lies inside; of a
    pack that is refused nothing stays. Raises DataError where it is no pack, or another one than was packed;
    SourceError where it would leave the folder.
    """
    if not path.is_file():
        raise DataError(f"There is no pack '{path}'. Name the file that siting layers pack wrote.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RunError(f"The folder '{folder}' is not empty. Name a new one for the pack.")
    if folder.exists():
        folder.rmdir()
    try:
        unpack(path, folder, f"The pack {path.name!r}")
        return _checked(path.name, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _checked(pack: str, folder: Path) -> Path:
    """The study of an unpacked pack, when everything in it has been looked at."""
    try:
        said = json.loads((folder / "pack.json").read_text(encoding="utf-8"))
        study, files = str(said["study"]), dict(said["files"])
    except (OSError, ValueError, KeyError, TypeError):
        raise DataError(f"The file {pack!r} is no pack of siting: it has no pack.json. Name another.") from None
    for name in (study, *files):
        if not _inside(name):
            raise DataError(
                f"The pack {pack!r} names the file {name!r}, which would lie outside its folder. It is not opened; ask "
                "for another."
            )
    there = {inner.relative_to(folder).as_posix() for inner in folder.rglob("*") if inner.is_file()} - {"pack.json"}
    more = sorted(there - set(files))
    if more:
        raise DataError(
            f"The pack {pack!r} holds {named(more[:5])}, which its list does not name: somebody put it there after it "
            "was packed. It is not opened; ask for another."
        )
    for name, digest in files.items():
        if name not in there or _sha256((folder / name).read_bytes()) != digest:
            raise DataError(f"The pack {pack!r} is damaged: its file {name!r} is not what was packed. Copy it anew.")
    if study not in files:
        raise DataError(f"The pack {pack!r} does not hold its study {study!r}. Ask for another.")
    _check_data(pack, folder / "data")
    return folder / study


def _check_data(pack: str, folder: Path) -> None:
    """Refuse a pack whose data folder leads out of it."""
    data = DataFolder(folder, folder / "layers.csv")
    rows = data.entries if data.table.is_file() else {}
    packed_layers(data)
    for layer_id, row in rows.items():
        if not _inside(row.file):
            raise DataError(
                f"The pack {pack!r} has the file of the layer {layer_id!r} at {row.file!r}, which would lie outside "
                "its folder. It is not opened; ask for another."
            )


def packed_layers(data: DataFolder | None) -> dict[str, Fetched]:
    """The layers of a data folder that connectors brought, by id.

    Raises DataError where the list of them cannot be read, or names a file outside of the folder.
    """
    path = None if data is None else data.path / FETCHED
    if path is None or not path.is_file():
        return {}
    whose = f"The file {FETCHED!r} of the data folder {path.parent.name!r}"
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        found = {str(key): (str(item["file"]), str(item["name"]), dict(item["record"])) for key, item in said.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise DataError(
            f"{whose} is damaged: it does not name a file, a name and a record for each layer. Open the pack anew, "
            "or take the file away and fetch the layers."
        ) from None
    for layer_id, (file, _, _) in found.items():
        if not _inside(file):
            raise DataError(
                f"{whose} has the layer {layer_id!r} at {file!r}, which lies outside the folder. Put the file into it, "
                "and name it by its path there."
            )
        if not (path.parent / file).exists():
            raise DataError(
                f"{whose} has the layer {layer_id!r} at {file!r}, where it is not. Open the pack anew, or take its "
                "entry away and fetch the layer."
            )
    return {
        layer_id: Fetched(path=path.parent / file, name=name, record=record)
        for layer_id, (file, name, record) in found.items()
    }


def _inside(name: str) -> bool:
    r"""Whether a name stays in the folder that it is looked for in, on every system.

    >>> [_inside(name) for name in ("study/a.yaml", "../a", "/etc/a", "C:/a", "a\\\\..\\\\b", "")]
    [True, False, False, False, False, False]
    """
    path = PureWindowsPath(name)  # knows both kinds of slash, and drives
    return bool(path.parts) and not path.anchor and ".." not in path.parts and "\0" not in name


def packed_catalogue(data: DataFolder | None) -> Path | None:
    """The folder of catalogue files in a data folder; None without one."""
    folder = None if data is None else data.path / CATALOGUE
    return folder if folder is not None and folder.is_dir() else None


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    info = zipfile.ZipInfo(name, _DATE)
    info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
    archive.writestr(info, data)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
