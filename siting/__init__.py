"""siting: find the best land for a semiconductor-fab cluster, and show why.

::

    import siting

    study = siting.read_study("study.yaml")
    ranking = siting.rank(study, data="data")
    ranking.top(20)
    ranking.explain("114-18-001")
    ranking.map().save("map.html")

Importing is fast and changes nothing: a name is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from siting.errors import CatalogueError, CrsError, DataError, RunError, SitingError, StudyError, UnitError
    from siting.ranking import Ranking
    from siting.run import rank
    from siting.sample import sample_county
    from siting.stored import open_ranking
    from siting.studies import study_names, study_path
    from siting.study import Study, parse_study, read_study, study_schema

__version__ = "0.1.0"

__all__ = [
    "CatalogueError",
    "CrsError",
    "DataError",
    "Ranking",
    "RunError",
    "SitingError",
    "Study",
    "StudyError",
    "UnitError",
    "__version__",
    "open_ranking",
    "parse_study",
    "rank",
    "read_study",
    "sample_county",
    "study_names",
    "study_path",
    "study_schema",
]

_HOME = {
    "errors": ("CatalogueError", "CrsError", "DataError", "RunError", "SitingError", "StudyError", "UnitError"),
    "ranking": ("Ranking",),
    "run": ("rank",),
    "sample": ("sample_county",),
    "stored": ("open_ranking",),
    "studies": ("study_names", "study_path"),
    "study": ("Study", "parse_study", "read_study", "study_schema"),
}


def __getattr__(name: str) -> Any:
    for module, names in _HOME.items():
        if name in names:
            return getattr(import_module(f"siting.{module}"), name)
    raise AttributeError(f"module 'siting' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
