"""Outlines that need cleaning come out of the streaming door as ``read_parcels`` cleans them, whatever the blocks."""

from __future__ import annotations

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon

from tests.layer.drawing import UTM, X, Y, finder, write
from tests.parcels.agreement import agree
from tests.parcels.test_stream import use

#: on a coarse lattice rings cross, touch and run back on themselves often
CORNERS = st.tuples(st.integers(0, 6), st.integers(0, 6))


def at(corners: list[tuple[int, int]], cell: int) -> list[tuple[float, float]]:
    """A closed ring in a cell of its own, or in a neighbour's, in metres."""
    return [(X + 90.0 * cell + 20.0 * x, Y + 20.0 * y) for x, y in [*corners, corners[0]]]


@st.composite
def crossing(draw: st.DrawFn) -> Polygon:
    """A ring of any corners: a bow tie, a spike, a line there and back."""
    return Polygon(at(draw(st.lists(CORNERS, min_size=3, max_size=7)), draw(st.integers(0, 3))))


@st.composite
def touched_by_holes(draw: st.DrawFn) -> Polygon:
    """A square with holes that may touch its border, each other, or reach out."""
    cell = draw(st.integers(0, 3))
    holes = []
    for _ in range(draw(st.integers(1, 2))):
        (x, y), side = draw(CORNERS), draw(st.integers(1, 4))
        holes.append(at([(x, y), (x, y + side), (x + side, y + side), (x + side, y)], cell))
    return Polygon(at([(0, 0), (6, 0), (6, 6), (0, 6)], cell), holes)


@st.composite
def repeated(draw: st.DrawFn) -> Polygon:
    """A square whose corners come several times, the ring begun anywhere and in either turn."""
    ring = [corner for corner in [(0, 0), (5, 0), (5, 4), (0, 4)] for _ in range(draw(st.integers(1, 3)))]
    start = draw(st.integers(0, len(ring) - 1))
    ring = ring[start:] + ring[:start]
    return Polygon(at(ring[:: draw(st.sampled_from([1, -1]))], draw(st.integers(0, 3))))


ONE = crossing() | touched_by_holes() | repeated()
MANY = st.lists(ONE, min_size=2, max_size=3).map(MultiPolygon)


@settings(max_examples=50)
@given(st.lists(ONE | MANY, min_size=1, max_size=12), st.data())
def test_outlines_are_cleaned_alike(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[Polygon | MultiPolygon], data: st.DataObject
) -> None:
    """Self-crossing, touched by holes, with vertices that repeat; alone and as parts of one parcel."""
    folder = tmp_path_factory.mktemp("outlines")
    names = [f"P{number}" for number in range(len(drawn))]
    write(folder / "lots.parquet", [*drawn, shapely.box(X, Y + 900, X + 50, Y + 950)], {"APN": [*names, "last"]})
    agree(
        use(), finder(folder), UTM, folder / "run", chunk=data.draw(st.sampled_from([1, 3, 50])),
        block=data.draw(st.sampled_from([1, 4, 50])), memory=data.draw(st.sampled_from([1, 1 << 30])),
    )  # fmt: skip
