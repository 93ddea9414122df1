"""The results of a run at an address: made in a folder of this machine, then put there whole, the manifest last."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from siting.errors import RunError, SourceError
from siting.out_folder import held
from siting.outputs import FILES
from siting.sources.access import shown_url
from siting.sources.cache import CACHE_VARIABLE, cache_folder
from siting.sources.remote import delete, listed, write

__all__ = ["published", "result_urls"]

_LAST = "manifest.json"  #: whoever reads a run looks for it first


@contextmanager
def published(url: str) -> Iterator[Path]:
    """A folder without files; what is in it at the end is put at the address, each object whole, the manifest last.

    The manifest of a run before goes first, so that nobody takes a mixture for a finished run; other files of it that
    this run does not have go too, but run.json. Nothing is put if the run fails. The folder lies in the cache of
    layers, one for each address, and stays with what is in it, so that a run that was stopped goes on there and its
    result can be looked at here. It keeps two runs of this machine apart; nothing keeps apart two machines.

    Raises RunError where the store refuses, or where another run of this machine writes to the address.
    """
    folder = _home(url)
    with held(folder):
        for left in folder.iterdir():
            if left.is_file() and not left.name.startswith("."):
                left.unlink()
        yield folder
        try:
            _put(folder, url)
        except (RunError, SourceError) as error:
            raise RunError(
                f"The results cannot be put at '{shown_url(url)}': {error} "
                "Start again when it can be written: what is measured is kept."
            ) from None


def result_urls(url: str) -> tuple[str, ...]:
    """The addresses of the files of a finished run, in their usual order."""
    there = listed(url)
    return tuple(f"{url}/{name}" for name in FILES if name in there)


def _home(url: str) -> Path:
    folder = cache_folder() / "runs" / hashlib.sha256(url.encode()).hexdigest()[:16]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(
            f"The folder '{folder}', in which the results for '{shown_url(url)}' are made, cannot be made: "
            f"{error.strerror}. Name another folder in {CACHE_VARIABLE}."
        ) from error
    return folder


def _put(folder: Path, url: str) -> None:
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    names = [name for name in files if not any(part.startswith(".") for part in name.split("/"))]
    delete(f"{url}/{_LAST}")
    for name in sorted(names, key=lambda name: name == _LAST):
        if name == _LAST:
            _take_away(url, [old for old in FILES if old not in names and old != "run.json"])
        write(f"{url}/{name}", files[name])


def _take_away(url: str, names: list[str]) -> None:
    there = listed(url)
    for name in names:
        if name in there:
            delete(f"{url}/{name}")
