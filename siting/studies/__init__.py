"""The studies that come with the package, found by name."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from siting.errors import CatalogueError, did_you_mean, named

__all__ = ["study_names", "study_path"]


def study_names() -> tuple[str, ...]:
    """The names of the studies that come with the package.

    >>> "sample" in study_names()
    True
    """
    return tuple(sorted(path.stem for path in _folder().glob("*.yaml")))


def study_path(name: str) -> Path:
    """The file of a study that comes with the package. Raises CatalogueError naming the nearest one.

    >>> study_path("sample").name
    'sample.yaml'
    """
    if name not in study_names():
        near = did_you_mean(name, study_names())
        raise CatalogueError(f"There is no study {name!r} in the package.{near} Studies: {named(study_names())}.")
    return _folder() / f"{name}.yaml"


def _folder() -> Path:
    return Path(str(files("siting.studies")))
