"""Errors: one tree, and sentences that help."""

from __future__ import annotations

import pytest

from siting import errors
from siting.errors import did_you_mean, named, said_by_system

CHILDREN = ["CatalogueError", "CrsError", "DataError", "RunError", "SourceError", "StudyError", "UnitError"]


@pytest.mark.parametrize("name", CHILDREN)
def test_every_error_is_a_siting_error(name: str) -> None:
    assert issubclass(getattr(errors, name), errors.SitingError)


def test_errors_are_what_python_would_raise() -> None:
    assert issubclass(errors.StudyError, ValueError)
    assert issubclass(errors.DataError, ValueError)
    assert issubclass(errors.CatalogueError, LookupError)
    assert issubclass(errors.RunError, RuntimeError)
    assert issubclass(errors.UnitError, errors.StudyError)
    assert issubclass(errors.CrsError, errors.DataError)


def test_the_tree_in_the_docstring_names_every_error() -> None:
    assert [name for name in CHILDREN if name not in str(errors.__doc__)] == []


def test_names_are_listed_in_quotes() -> None:
    assert named(["a", 2]) == "'a', '2'"
    assert named([]) == "none"


@pytest.mark.parametrize(
    ("given", "said"),
    [("Weight", " Did you mean 'weight'?"), ("valeu", " Did you mean 'value'?"), ("qqqq", "")],
)
def test_the_nearest_name_is_suggested_without_regard_to_case(given: str, said: str) -> None:
    assert did_you_mean(given, ["weight", "value"]) == said


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(28, "full"), "No space left on device"),
        (OSError("Error writing. Detail: [errno 27] File too large"), "File too large"),
        (ValueError("Tried to read\nnothing."), "Tried to read nothing"),
        (RuntimeError("sqlite3_exec(A (B) C;) failed: disk I/O error"), "disk I/O error"),
    ],
)
def test_what_the_system_says_is_told_in_its_own_words(error: Exception, said: str) -> None:
    assert said_by_system(error) == said
