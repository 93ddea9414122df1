"""The code that results are made by, in one hash."""

from __future__ import annotations

from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import pytest

from siting import versions
from siting.versions import code_hash, libraries, module_bytes


def test_libraries_have_the_versions_that_are_installed() -> None:
    known = {
        name: said for name, said in libraries().items() if name not in ("GEOS", "PROJ", "GDAL", "GDAL of pyogrio")
    }
    assert known == {name: version(name) for name in known}
    assert len(known) == 9


def test_modules_of_rooms(tmp_path: Path) -> None:
    (tmp_path / "kernels" / "deep").mkdir(parents=True)
    (tmp_path / "kernels" / "nearest.py").write_text("a = 1")
    (tmp_path / "kernels" / "nearest.nbi").write_text("cache")
    (tmp_path / "kernels" / "deep" / "cli.py").write_text("c = 3")
    (tmp_path / "cli.py").write_text("b = 2")
    some = {"kernels/nearest.py": b"a = 1", "kernels/deep/cli.py": b"c = 3"}
    assert module_bytes(tmp_path, {"kernels"}) == some
    assert module_bytes(tmp_path) == {**some, "cli.py": b"b = 2"}
    assert {"kernels/nearest.py", "versions.py"} <= set(module_bytes(files("siting")))


def test_any_change_is_another_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = {code_hash(), code_hash(frozenset({"kernels"}))}
    for name, other in (
        ("__version__", "0"),
        ("libraries", lambda: {**libraries(), "numpy": "0"}),
        ("module_bytes", lambda *args: {"new.py": b"", "kernels/nearest.py": b"a = 1"}),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(versions, name, other)
            seen.add(code_hash.__wrapped__())
    assert len(seen) == 5
    assert code_hash.__wrapped__() in seen
