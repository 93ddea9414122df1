"""Every error that siting raises on purpose, as one small tree.

::

    SitingError
    ├── StudyError (ValueError)      the study asks for something that cannot be done
    │   └── UnitError                a quantity has no unit, or one of another dimension
    ├── DataError (ValueError)       a file does not hold what the study needs
    │   ├── CrsError                 a coordinate reference system is missing or cannot serve
    │   └── SourceError              a layer did not come, or not whole, from where it is published
    ├── CatalogueError (LookupError) a layer id is not in the catalogue, or has no file here
    └── RunError (RuntimeError)      the run could not go on: disk, memory, an interrupted part

A message says what was asked, which item, the offending value, what is allowed and what to do.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from difflib import get_close_matches

__all__ = [
    "CatalogueError",
    "CrsError",
    "DataError",
    "RunError",
    "SitingError",
    "SourceError",
    "StudyError",
    "UnitError",
    "did_you_mean",
    "named",
    "said_by_system",
]


class SitingError(Exception):
    """The base of all errors that siting raises on purpose."""


class StudyError(SitingError, ValueError):
    """The study asks for something that cannot be done."""


class UnitError(StudyError):
    """A quantity has no unit, or a unit of another dimension."""


class DataError(SitingError, ValueError):
    """A file does not hold what the study needs."""


class CrsError(DataError):
    """A coordinate reference system is missing or cannot serve."""


class SourceError(DataError):
    """A layer did not come, or not whole, from where it is published."""


class CatalogueError(SitingError, LookupError):
    """A layer id is not in the catalogue, or has no file here."""


class RunError(SitingError, RuntimeError):
    """The run could not go on."""


def named(names: Iterable[object]) -> str:
    """The names in quotes, separated by commas, for an error message.

    >>> named(["km", "m"])
    "'km', 'm'"
    >>> named([])
    'none'
    """
    return ", ".join(repr(str(name)) for name in names) or "none"


def did_you_mean(name: str, known: Iterable[object]) -> str:
    """A sentence that names the nearest known name, with a leading space, or nothing.

    >>> did_you_mean("wieght", ["weight", "value"])
    " Did you mean 'weight'?"
    >>> did_you_mean("zzz", ["weight", "value"])
    ''
    """
    folded = {str(item).casefold(): str(item) for item in known}
    close = get_close_matches(name.casefold(), list(folded), n=1, cutoff=0.6)
    return f" Did you mean {folded[close[0]]!r}?" if close else ""


def said_by_system(error: Exception) -> str:
    """What the system says of a file, in its own words: libraries put their own around them.

    >>> said_by_system(OSError("Error writing bytes to file. Detail: [errno 28] No space left on device"))
    'No space left on device'
    >>> said_by_system(RuntimeError("sqlite3_exec(CREATE TABLE t (n INTEGER);) failed: disk I/O error"))
    'disk I/O error'
    """
    text = " ".join(str(error).split()).rstrip(".")
    number = re.search(r"\[errno (\d+)\]", text, re.IGNORECASE)
    code = int(number[1]) if number else getattr(error, "errno", None)
    return os.strerror(code) if code else re.sub(r"^sqlite3_exec\(.*\) failed: ", "", text)
