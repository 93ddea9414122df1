"""The studies of the package."""

from __future__ import annotations

import pytest

from siting.errors import CatalogueError
from siting.studies import study_names, study_path


def test_all_are_found_by_name() -> None:
    assert study_names() == ("aachen", "maricopa-rural", "phoenix", "pima", "rhode-island", "sample")
    assert all(study_path(name).is_file() for name in study_names())


@pytest.mark.parametrize("name", ["pyma", "../studies/pima"])
def test_a_study_that_is_not_there(name: str) -> None:
    with pytest.raises(CatalogueError) as e:
        study_path(name)
    near = " Did you mean 'pima'?" if name == "pyma" else str(e.value).split("package.")[1].split(" Studies")[0]
    assert str(e.value) == (
        f"There is no study {name!r} in the package.{near} "
        "Studies: 'aachen', 'maricopa-rural', 'phoenix', 'pima', 'rhode-island', 'sample'."
    )
