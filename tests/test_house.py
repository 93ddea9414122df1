"""The house: who may import whom, what is public, where tests live, what may not be written."""

from __future__ import annotations

import ast
import importlib
import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "siting"
MODULES = sorted(PACKAGE.rglob("*.py"))

#: from the bottom up; a room may import its own floor and the floors below
FLOORS = (
    {"errors", "units", "where", "studies", "versions"},
    {"crs", "hilbert", "shapes", "kernels", "mcda"},
    {"land", "measure", "catalogue", "sources", "layer", "parcels", "network"},
    {"metrics", "masks", "usable", "exclusions", "fab", "cluster"},
    {"study", "study_file"},
    {"check", "plan", "engine", "quantities", "judgement", "overrides", "weighing"}
    | {"ranking", "robustness", "whatif", "comparison"},
    {"supply"},
    {"evaluate"},
    {"manifest", "export", "site_files", "out_folder", "out_url", "outputs", "stored", "backtest"}
    | {"sample", "maps", "report"},
    {"blockwise", "robustness_files", "pack", "run", "progress", "say", "bench"},
    {"cli", "__init__", "__main__"},
)
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
#: packages that only one room may import
ROOM_OF = {
    "folium": "maps",
    "branca": "maps",
    "requests": "sources",
    "urllib": "sources",
    "urllib3": "sources",
    "http": "sources",
    "socket": "sources",
    "fsspec": "sources",
    "s3fs": "sources",
    "dask": "engine",
    "distributed": "engine",
}
#: methods that may import upwards, inside their bodies
UPWARDS = {("ranking", "Ranking.map"), ("ranking", "Ranking.report")}
LINES = 450


def room(path: Path) -> str:
    """The first name below siting: the floor plan speaks of rooms, not of their files."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imports(path: Path) -> Iterator[tuple[str, str, int]]:
    """(what is imported, in which function, line) for all imports but those for type checkers."""

    def walk(node: ast.AST, inside: str) -> Iterator[tuple[str, str, int]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
                for other in child.orelse:
                    yield from walk(other, inside)
            elif isinstance(child, ast.Import):
                for name in child.names:
                    yield name.name, inside, child.lineno
            elif isinstance(child, ast.ImportFrom):
                module = child.module or ""
                for name in child.names:
                    yield (f"siting.{name.name}" if module == "siting" else module), inside, child.lineno
            elif isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                yield from walk(child, f"{inside}.{child.name}".strip("."))
            else:
                yield from walk(child, inside)

    yield from walk(ast.parse(path.read_text(encoding="utf-8")), "")


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_imports_upwards(path: Path) -> None:
    assert room(path) in FLOOR_OF, f"'{room(path)}' is new: say in FLOORS of this test on which floor it lives"
    for name, inside, line in imports(path):
        top, _, rest = name.partition(".")
        at = f"{path.relative_to(ROOT)}:{line} imports {name}"
        if top in ROOM_OF:
            assert room(path) == ROOM_OF[top], f"{at}; only siting.{ROOM_OF[top]} may"
        if top != "siting" or (room(path), ".".join(inside.split(".")[:2])) in UPWARDS:
            continue
        target = rest.partition(".")[0]
        if target in FLOOR_OF:
            assert FLOOR_OF[target] <= FLOOR_OF[room(path)], f"{at}, which is on a higher floor"
        else:
            assert rest.startswith("__") or room(path) in {"__init__", "cli"}, f"{at}: no such room"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_has_its_public_names_sorted_and_stays_short(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= LINES, f"{path.relative_to(ROOT)} has {lines} lines; does a second noun live inside?"
    listed = _public_names(path)
    if listed is None:
        assert path.stem in {"__init__", "__main__"}, f"{path.relative_to(ROOT)} lists no public names (__all__)"
        return
    order = sorted(set(listed), key=lambda name: (0 if name.isupper() else 1 if name[0].isupper() else 2, name))
    assert listed == order, f"__all__ of {path.relative_to(ROOT)} is not sorted: CONSTANTS, Classes, functions"
    dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    module = importlib.import_module(dotted)
    assert not [name for name in listed if not hasattr(module, name)]


def _public_names(path: Path) -> list[str] | None:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            return [str(name) for name in ast.literal_eval(node.value)]
    return None


@pytest.mark.parametrize(
    "path", [p for p in MODULES if p.stem not in {"__init__", "__main__"}], ids=lambda p: str(p.relative_to(ROOT))
)
def test_a_module_has_its_mirror_test(path: Path) -> None:
    inner = path.relative_to(PACKAGE)
    mirror = ROOT / "tests" / inner.parent / f"test_{inner.name}"
    assert mirror.is_file(), f"{path.relative_to(ROOT)} has no {mirror.relative_to(ROOT)}"


def test_the_catalogue_and_the_shipped_studies_are_found() -> None:
    from siting.catalogue import catalogue_folder

    assert list(catalogue_folder().rglob("*.yaml"))
    assert list((PACKAGE / "studies").glob("*.yaml"))


def _written() -> list[Path]:
    """The text files of the repository, as git lists them."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name] or list(PACKAGE.rglob("*"))
    binary = {".png", ".parquet", ".gpkg", ".tif", ".gz", ".pyc"}
    return [path for path in paths if path.is_file() and path.suffix not in binary]


def test_no_machine_and_no_package_index_is_named() -> None:
    folders = "|".join(["home", "Users", "root", "opt", "mnt", "srv", "tmp", "work"])
    hosts = "|".join(["pypi" + r"\.org", "pythonhosted" + r"\.org", "registry" + r"\.npmjs", "conda" + r"\.anaconda"])
    forbidden = re.compile(rf"(?<![\w.}}/])/(?:{folders})/\w|{hosts}|shared" + "/|file:///[a-z]")
    own = os.environ.get("PIP_INDEX_URL", "")
    found = []
    for path in _written():
        if path == Path(__file__):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if forbidden.search(line) or (own and own in line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}")
    assert not found, "\n".join(found)


def test_the_oldest_versions_are_those_that_are_promised() -> None:
    promised = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    lines = (ROOT / ".ci" / "minimum.txt").read_text(encoding="utf-8").splitlines()
    tested = [line for line in lines if line and not line.startswith("#")]
    bounds = {name: version for name, _, version in (re.split(r"(>=|==)", item) for item in promised)}
    pins = {name: version for name, _, version in (re.split(r"(==)", item) for item in tested)}
    assert pins.keys() == bounds.keys()
    assert [name for name, version in pins.items() if not (version + ".").startswith(bounds[name] + ".")] == []
