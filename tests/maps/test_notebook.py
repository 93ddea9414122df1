from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from siting.maps import MapView, notebook, ranking_map

View = Callable[..., MapView]


def test_the_best_come_first(view: View) -> None:
    assert notebook.best_of(view(), 2) == [(1, "A-2", 80.0, "high"), (2, "A-1", 60.0, "medium")]


def test_a_small_map_is_in_the_output(view: View, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shown = ranking_map(view())._repr_html_()
    assert "<iframe" in shown
    assert list(tmp_path.iterdir()) == []


def test_a_large_map_is_a_file_beside_the_notebook(view: View, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(notebook, "INLINE_UP_TO", 100_000)
    hostile = view(title="../<b>A</b> & study", ids=["<i>"] * 6)
    drawn = ranking_map(hostile)
    shown = drawn._repr_html_()
    path = tmp_path / "siting_maps" / "b-A-b-study.html"
    assert [file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("*.html")] == [
        "siting_maps/b-A-b-study.html"
    ]
    drawn.save(tmp_path / "map.html")
    assert path.read_bytes() == (tmp_path / "map.html").read_bytes()
    size = f"{path.stat().st_size / 1e6:,.1f} MB"
    assert shown == (
        '<p><a href="siting_maps/b-A-b-study.html" target="_blank" rel="noopener">../&lt;b&gt;A&lt;/b&gt; &amp; study: '
        f"open the map</a> ({size}; the output of a notebook carries maps of up to 0.1 MB).</p>"
        "<table><thead><tr><th>rank</th><th>id</th><th>score</th><th>tier</th></tr></thead><tbody>"
        "<tr><td>1</td><td>&lt;i&gt;</td><td>80.0</td><td>high</td></tr>"
        "<tr><td>2</td><td>&lt;i&gt;</td><td>60.0</td><td>medium</td></tr>"
        "<tr><td>2</td><td>&lt;i&gt;</td><td>60.0</td><td>medium</td></tr></tbody></table>"
    )
