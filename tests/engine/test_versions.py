from __future__ import annotations

from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import pytest

import siting
from siting.engine import versions
from siting.engine.versions import difference, installed

LIBRARIES = ("numpy", "shapely", "pyproj", "numba", "pyarrow", "pandas", "rasterio")


def test_what_is_installed() -> None:
    found = installed()
    assert {name: found[name] for name in LIBRARIES} == {name: version(name) for name in LIBRARIES}
    assert found["siting"].startswith(f"{siting.__version__} (modules ")
    assert {"python", "GEOS", "PROJ", "GDAL"} < found.keys()
    assert difference(found, dict(found)) == ""


def test_a_difference_names_what_is_missing() -> None:
    here = {"numpy": "2.4", "GEOS": "3.14", "numba": "0.68"}
    assert (
        difference({"numpy": "2.4", "GEOS": "3.12"}, here) == "GEOS 3.12 (here 3.14), numba not installed (here 0.68)"
    )


def test_any_change_of_any_module_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "siting"
    (package / "inner").mkdir(parents=True)
    (package / "a.py").write_text("A = 1\n", encoding="utf-8")
    (package / "inner" / "b.py").write_text("B = 1\n", encoding="utf-8")
    monkeypatch.setattr(versions, "files", lambda name: files(siting) if name != "siting" else package)

    def now() -> str:
        installed.cache_clear()
        return installed()["siting"]

    try:
        before = now()
        (package / "note.txt").write_text("no module", encoding="utf-8")
        assert now() == before
        (package / "inner" / "b.py").write_text("B = 2\n", encoding="utf-8")
        changed = now()
        assert changed != before
        (package / "inner" / "b.py").rename(package / "b.py")
        assert now() not in (before, changed)
    finally:
        monkeypatch.undo()
        installed.cache_clear()
