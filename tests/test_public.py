"""What ``import siting`` gives: the public names, quickly, and nothing changed."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

import siting

LOOK = """
import sys, json, warnings, locale, os
before = (list(warnings.filters), dict(os.environ), locale.getlocale(), os.getcwd())
import siting
after = (list(warnings.filters), dict(os.environ), locale.getlocale(), os.getcwd())
print(json.dumps([before == after, sorted({name.split(".")[0] for name in sys.modules})]))
"""
SPARED = ("OPENBLAS_NUM_THREADS", "ARROW_DEFAULT_MEMORY_POOL")
END = f"""
import atexit, gc, os
SPARED = {SPARED}
atexit.register(lambda: print(gc.get_freeze_count() > 0, *map(os.environ.get, SPARED)))
from siting.cli import main
main()
"""
HEAVY = {"geopandas", "pandas", "numpy", "folium", "numba", "shapely", "pyarrow", "rasterio", "pydantic", "matplotlib"}


def test_importing_changes_nothing_and_loads_nothing_heavy() -> None:
    said = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True)
    same, modules = json.loads(said.stdout)
    assert same
    assert not HEAVY & set(modules)
    assert said.stderr == ""


def test_public_names_are_listed_sorted_and_there() -> None:
    assert siting.__all__ == sorted(siting.__all__)
    assert {"rank", "read_study", "open_ranking", "Study", "Ranking"} < set(siting.__all__)
    assert dir(siting) == siting.__all__
    assert all(getattr(siting, name) is not None for name in siting.__all__)


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(AttributeError) as e:
        _ = siting.rnak
    assert str(e.value) == "module 'siting' has no attribute 'rnak'"


def test_the_module_runs_as_a_program() -> None:
    said = subprocess.run([sys.executable, "-m", "siting", "version"], capture_output=True, text=True, check=True)
    assert said.stdout == f"{siting.__version__}\n"


@pytest.mark.parametrize(("given", "told"), [(["", ""], "1 system"), (["3", "mimalloc"], "3 mimalloc")])
def test_the_program_leaves_out_what_only_costs(given: list[str], told: str) -> None:
    """What the user's environment says about threads and memory stays."""
    others = {name: text for name, text in os.environ.items() if name not in SPARED}
    ours = {name: text for name, text in zip(SPARED, given, strict=True) if text}
    said = subprocess.run(
        [sys.executable, "-c", END, "version"], capture_output=True, text=True, check=True, env={**others, **ours}
    )
    assert said.stdout == f"{siting.__version__}\nTrue {told}\n"


def test_the_program_starts_without_what_only_some_commands_need() -> None:
    look = "import sys, siting.run, siting.cli; print(*sorted(name.split('.')[0] for name in sys.modules))"
    said = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert not {"rich", "jinja2", "folium", "branca", "matplotlib", "geopandas", "dask"} & set(said.stdout.split())
