"""What layers hold: known arrays, tables and outlines; a large layer leaves smaller blocks, and the budget is kept."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from siting.blockwise import budget as budget_module
from siting.blockwise import budget_of, run
from siting.blockwise.held import held_bytes
from siting.blockwise.setting import Setting
from siting.errors import RunError
from siting.export import arrow_table, write_parquet
from siting.outputs import FILES
from siting.shapes import Shapes
from siting.study import read_study
from tests.blockwise.test_run import in_blocks

#: starts Python from a small process: memory that the starter has counts in the peak of what it starts
SMALL = "import subprocess, sys; sys.exit(subprocess.run([sys.executable, *sys.argv[1:]]).returncode)"
LARGE = """
import json, resource, sys
from pathlib import Path
from siting.blockwise import budget_of, rank_blocks
from siting.engine import Store
from siting.evaluate import Silence
from siting.study import parse_study

folder = Path(sys.argv[1])
study = parse_study({
    "siting": 1, "title": "Many vertices", "marking": "SYNTHETIC", "crs": "EPSG:26912",
    "parcels": {"grid": {"size": "100 m", "area": [400_000, 3_700_000, 416_000, 3_716_000]}},
    "layers": {"lines": {"source": "lines.parquet"}},
    "blocks": {"a": {"criteria": {"near": {
        "measure": {"distance": "lines"}, "value": [["0 m", 1], ["100 m", 0]], "source": "judgement"}}}},
}, base=folder)
out = folder / "out"
out.mkdir()
rank_blocks(study, data=None, out=out, store=Store(None), budget=budget_of("1.2GB"), steps=Silence(), workers=2,
            outputs=["parquet"], record=lambda _: {})
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
blocks = json.loads((out / "run.json").read_text())["blocks"]["count"]
print(json.dumps([peak * (1 if sys.platform == "darwin" else 1024), blocks]))
"""


def many_vertices(path: Path) -> None:
    """4,000 waving lines of 1,000 vertices."""
    count, corners = 4_000, 1_000
    along = np.linspace(0, 20_000, corners)
    coords = np.empty((count, corners, 2))
    coords[:, :, 0] = 400_000 + along
    coords[:, :, 1] = 3_700_000 + 4 * np.arange(count)[:, None] + 3 * np.sin(along / 10)
    ends = np.arange(count + 1)
    shapes = Shapes("line", coords.reshape(-1, 2), ends * corners, ends, np.ones(count, bool))
    write_parquet(path, arrow_table({"NAME": np.arange(count)}), shapes, crs="EPSG:26912")


def test_arrays_tables_and_outlines_count_once() -> None:
    numbers, box = np.arange(1000.0), shapely.box(0, 0, 1, 1)
    assert held_bytes(numbers) == held_bytes([numbers, {"again": numbers[5:]}]) == 8_000
    assert held_bytes(box, [box]) == 250 + 16 * 5
    assert held_bytes(np.array([box, None], object)) == 16 + 250 + 16 * 5
    text = "a text of some length"
    assert held_bytes(np.array([text, text, None], object)) == 24 + sys.getsizeof(text)
    table = pd.DataFrame({"a": numbers})
    assert held_bytes(table) == table.memory_usage(deep=True).sum()
    assert held_bytes(None, "text", 7) == 0


def test_fields_of_objects_are_followed() -> None:
    class Slotted:
        __slots__ = ("array", "unset")

        def __init__(self) -> None:
            self.array = np.zeros(10)

    shapes = Shapes.from_geometries([shapely.box(0, 0, 1, 1)])
    arrays = (shapes.coords, shapes.ring_offsets, shapes.shape_offsets, shapes.part_starts)
    assert held_bytes(Slotted()) == 80
    assert held_bytes(shapes) >= sum(array.nbytes for array in arrays)


def test_the_layers_and_indexes_of_a_run_are_counted(setting: Setting) -> None:
    layers = held_bytes(setting.layers)
    assert sum(layer.shapes.coords.nbytes for layer in setting.layers.values() if hasattr(layer, "shapes")) < layers
    assert layers < held_bytes(setting.layers, setting.context) < 10_000_000


def test_blocks_cut_into_pieces_give_the_same_bytes(
    world: Path, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget_module, "_SMALLEST", 4)
    monkeypatch.setattr(run, "held_bytes", lambda *_: 10**9 - 370_000_000 - 2 * 2 * 14_000 * 7)  # 7 parcels fit
    in_blocks(read_study(world), tmp_path / "out", 20)
    assert json.loads((tmp_path / "out" / "run.json").read_text())["blocks"]["count"] == 6, "40 parcels: 2 x 3"
    for name in FILES:
        if name != "run.json" and (finished / name).exists():
            assert (tmp_path / "out" / name).read_bytes() == (finished / name).read_bytes(), name


def test_layers_without_room_are_refused_before_anything_is_measured(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "held_bytes", lambda *_: 2 * 10**9)
    with pytest.raises(RunError) as e:
        in_blocks(read_study(world), tmp_path / "out", 20)
    assert str(e.value) == (
        "The layers of the study take 2 GB of memory once they are opened and indexed; the run may take 1 GB, "
        "libraries and parcels in hand included. Write at least memory='2.4 GB', or clip the layers to the land and "
        "keep fewer of their features."
    )
    assert not (tmp_path / "out" / ".quantities").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not say how much memory a process held")
def test_a_layer_of_many_vertices_keeps_the_budget(tmp_path: Path) -> None:
    """4 million vertices; the process says its own peak. 25,600 parcels would be 3 blocks beside small layers."""
    many_vertices(tmp_path / "lines.parquet")
    done = subprocess.run(
        [sys.executable, "-c", SMALL, "-c", LARGE, str(tmp_path)], capture_output=True, text=True, check=False,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    peak, blocks = json.loads(done.stdout.splitlines()[-1])
    assert 0 < peak <= 1_200_000_000
    assert blocks > budget_of("1.2GB").pieces(0, 12_500, 2) * 3 == 3
