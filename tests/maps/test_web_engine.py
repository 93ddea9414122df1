"""What the page reads, words and draws, in node's test runner: the cases are what Python says of the same."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from siting.maps.live import LiveTree, exponential, live_scores, logarithms
from siting.maps.live_parts import live_contributions
from siting.maps.segment import Segment
from siting.maps.segments import segments_of
from siting.ranking.words import peak_words, quantity_text

from ..benchmarks.map_data import drawn_view
from ..conftest import program
from .test_live import TREES, planes_in, weightings
from .test_live_parts import both_of

HERE = Path(__file__).parent / "web"


def segment() -> dict[str, Any]:
    random = np.random.default_rng(7)
    ints = {
        "bytes": random.integers(0, 256, 50),
        "two": random.integers(0, 65_536, 50),
        "three": random.integers(0, 2**24, 50),
        "four": random.integers(0, 2**32, 50),
        "wide": random.integers(0, 2**52, 50),
        "signed": random.integers(-(2**20), 2**20, 50),
        "far": random.integers(-(2**50), 2**50, 50),
        "far decimals": 2**40 + np.cumsum(random.integers(0, 2**20, 500)),
        "short steps": np.cumsum(random.integers(-300, 300, 500)) % 2**16,
        "steps": np.cumsum(random.integers(-300, 300, 500)),
        "empty": np.zeros(0, np.int64),
    }
    floats, made = random.normal(size=40), Segment()
    for name, numbers in ints.items():
        made.ints(name, numbers)
        made.ints(f"{name} by differences", numbers, delta=True)
    made.floats("floats", floats)
    decimal = {"tenths": [2.5, 5.0], "mixed": [-0.125, 3.5, 7.0], "no decimals": [1 / 3, 2.0]}
    for name, given in decimal.items():
        made.numbers(name, np.array(given))
    said = {"texts": ["</script>", "\u2028", "Ω"], "nothing": None}
    for name, content in said.items():
        made.json(name, content)
    texts = {"ids": ["", "A-1", "\n", "</script>", "ü€", "", "\u2028"], "none": []}
    for name, all_ in texts.items():
        made.texts(name, all_)
    expected = {name: numbers.tolist() for name, numbers in ints.items()}
    expected |= {f"{name} by differences": numbers for name, numbers in expected.items()}
    return {
        "text": made.text(),
        "ints": expected | {"floats": floats.tolist(), **decimal},
        "json": said,
        "texts": texts,
    }


def quantities() -> list[tuple[float, str, str]]:
    """Numbers of all sizes in several units, among them ties between two decimals."""
    random = np.random.default_rng(8)
    sizes = np.concatenate(
        [10.0 ** random.uniform(-6, 9, 1500), random.integers(-4000, 4000, 800) / 8, [0.0, 9.95, 999.5]]
    )
    return [
        (float(x), peak_words(unit), quantity_text(float(x), None, None, "", unit=unit, within=""))
        for x in sizes.round(6)
        for unit in ("m", "km", "acre", "%", "", "MWp")
    ]


def live() -> list[dict[str, Any]]:
    """What each criterion does, and the score, of some parcels under some weights, also where a group has none."""
    out = []
    for given in TREES.values():
        view = drawn_view(150, **given)
        assert view.tree is not None
        tree, planes = LiveTree.of(view.tree), planes_in(view)
        both = both_of(view, planes)
        some = weightings(view, 5)
        for members in (tree.groups[0][1], tree.groups[-1][1]):
            some.append({**some[0], **dict.fromkeys(members, 0.0)})
        for weights in some:
            score = live_scores(tree, planes, weights, view.floor)
            parcels = [
                (view.ids[i], list(live_contributions(tree, both(i), weights, view.floor).values()),
                 int(score[i]))
                for i in range(0, len(view.ids), 7)
            ]  # fmt: skip
            out.append({"weights": weights, "parcels": parcels})
        out[-len(some)]["segments"] = segments_of(view)
    return out


@pytest.mark.node
def test_in_node(tmp_path: Path) -> None:
    x = np.linspace(-11.9, 0, 500)
    cases = {
        "segment": segment(),
        "quantities": quantities(),
        "rounded": [
            (x, places, f"{x:.{places}f}")
            for x in (62.25, 62.75, 0.25, 2.675, 1e-9, 79.948648, 100.0, 0.05)
            for places in (0, 1, 2)
        ],
        "logarithms": logarithms(0.05).tolist(),
        "live": live(),
        "exponentials": np.stack([x, exponential(x)], axis=1).tolist(),
    }
    (tmp_path / "cases.json").write_text(json.dumps(cases), encoding="utf-8")
    done = subprocess.run(
        [str(program("SITING_NODE", "node", "nodejs")), "--test", str(HERE / "engine.test.mjs")],
        env={**os.environ, "SITING_CASES": str(tmp_path / "cases.json")},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
