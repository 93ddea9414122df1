"""The studies that come with the package, found by name."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from siting.errors import CatalogueError, did_you_mean, named

__all__ = ["study_names", "study_path"]


def study_names() -> tuple[str, ...]:
    """The names of the studies that come with the package."""
    return tuple(sorted(path.stem for path in _folder().glob("*.yaml")))


def study_path(name: str) -> Path:
    """The file of a study that comes with the package.

    >>> study_path("sample").name
    'sample.yaml'
    """
    path = _folder() / f"{name}.yaml"
    if not path.is_file():
        raise CatalogueError(f"There is no study {name!r} in the package.{did_you_mean(name, study_names())} Studies: {named(study_names())}.")
    return path


def _folder() -> Path:
    return Path(str(files("siting.studies")))
