"""A zip with everything that a run reads: written with repeatable bytes, opened with care.

In it: ``pack.json`` (what is inside, with hashes, and what was left out), ``study/`` (the study and the files beside
it), ``data/`` (a data folder: ``layers.csv`` and its files, ``fetched.json`` and the fetched layers, ``catalogue/``).
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from siting.catalogue import DataFolder, Fetched
from siting.errors import DataError, RunError
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

    Raises DataError where it is no pack, or is damaged; SourceError where it would leave the folder.
    """
    if folder.exists() and any(folder.iterdir()):
        raise RunError(f"The folder '{folder}' is not empty. Name a new one for the pack.")
    if folder.exists():
        folder.rmdir()
    unpack(path, folder, f"The pack {path.name!r}")
    try:
        said = json.loads((folder / "pack.json").read_text(encoding="utf-8"))
        study, files = folder / str(said["study"]), dict(said["files"])
    except (OSError, ValueError, KeyError, TypeError):
        raise DataError(f"The file {path.name!r} is no pack of siting: it has no pack.json. Name another.") from None
    for name, digest in files.items():
        inner = folder / PurePosixPath(name)
        if not inner.is_file() or _sha256(inner.read_bytes()) != digest:
            raise DataError(
                f"The pack {path.name!r} is damaged: its file {name!r} is not what was packed. Copy it anew."
            )
    return study


def packed_layers(data: DataFolder | None) -> dict[str, Fetched]:
    """The layers of a data folder that connectors brought, by id."""
    path = None if data is None else data.path / FETCHED
    if path is None or not path.is_file():
        return {}
    said = json.loads(path.read_text(encoding="utf-8"))
    return {
        layer_id: Fetched(path=path.parent / item["file"], name=item["name"], record=item["record"])
        for layer_id, item in said.items()
    }


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
