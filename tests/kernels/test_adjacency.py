from __future__ import annotations

from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.errors import DataError
from siting.kernels.adjacency import neighbours, shared_borders
from siting.shapes import Shapes
from tests.kernels.drawing import FRAMES, areas, framed, shapes_of

#: a street corner: 0 and 1 meet edge to edge, 2 lies half along 0's east side, 3 touches 2 at a corner, 4 is apart
BLOCK = [
    shapely.box(0, 0, 4, 4),
    shapely.box(0, 4, 4, 8),
    shapely.box(4, 1, 6, 3),
    shapely.box(6, 3, 8, 5),
    shapely.box(20, 0, 21, 1),
]


def pairs(offsets: Any, neighbour: Any) -> set[tuple[int, int]]:
    rows = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    return set(zip(rows.tolist(), neighbour.tolist(), strict=True))


def one_way(found: Any) -> list[tuple[int, int]]:
    """The pairs i < j, after a check that all hold both ways and stand in order."""
    offsets, neighbour = found[:2]
    both = pairs(offsets, neighbour)
    assert both == {(j, i) for i, j in both}
    assert all((np.diff(neighbour[a:b]) > 0).all() for a, b in pairwise(offsets))
    assert neighbour.dtype == offsets.dtype == np.int64
    return sorted((i, j) for i, j in both if i < j)


def test_a_block_by_each_rule() -> None:
    block = shapes_of(*BLOCK)
    assert one_way(neighbours(block, rule="edge")) == [(0, 1), (0, 2)]
    assert one_way(neighbours(block, rule="edge", tolerance_m=None)) == [(0, 1)]
    assert one_way(neighbours(block, rule="corner")) == [(0, 1), (0, 2), (2, 3)]
    assert one_way(neighbours(block, rule="corner", tolerance_m=None)) == [(0, 1), (2, 3)]
    assert one_way(neighbours(block, rule="gap", gap_m=2)) == [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    assert one_way(neighbours(block, rule="gap", gap_m=14.9)) == [*combinations(range(4), 2), (2, 4), (3, 4)]
    assert one_way(neighbours(block, rule="gap")) == one_way(neighbours(block, rule="corner"))


def test_the_shared_border_is_as_long_as_drawn() -> None:
    offsets, neighbour, length = shared_borders(shapes_of(*BLOCK))
    assert offsets.tolist() == [0, 2, 3, 4, 4, 4]
    assert neighbour.tolist() == [1, 2, 0, 0]
    assert length.tolist() == [4.0, 2.0, 4.0, 2.0]


def test_a_border_of_several_edges_adds_up() -> None:
    west = shapely.Polygon([(0, 0), (5, 0), (5, 2), (6, 3), (5, 4), (0, 4)])
    east = shapely.Polygon([(5, 0), (9, 0), (9, 4), (5, 4), (6, 3), (5, 2)])
    for tolerance in (None, 0.0, 0.01):
        assert shared_borders(shapes_of(west, east), tolerance_m=tolerance)[2].tolist() == pytest.approx(
            2 * [2 + 2 * 2**0.5], rel=1e-12
        )


def test_digitising_noise_is_forgiven_up_to_the_tolerance() -> None:
    left, right = shapely.box(0, 0, 10, 10), shapely.Polygon([(10.004, 2), (20, 2), (20, 8), (9.996, 8)])
    assert shared_borders(shapes_of(left, right))[2] == pytest.approx([6.0, 6.0], abs=1e-5)
    assert shared_borders(shapes_of(left, right), tolerance_m=0.0)[1].tolist() == []
    # of a border that opens like scissors, 1 in 1,000, only the part within the tolerance
    opening = shapely.Polygon([(10, 0), (20, 0), (20, 100), (10.1, 100)])
    assert shared_borders(shapes_of(shapely.box(0, 0, 10, 100), opening))[2] == pytest.approx([10.0, 10.0], rel=1e-9)
    closing = shapely.Polygon([(10.1, 0), (20, 0), (20, 100), (10, 100)])
    assert shared_borders(shapes_of(shapely.box(0, 0, 10, 100), closing))[2] == pytest.approx([10.0, 10.0], rel=1e-9)
    crossing = shapely.Polygon([(9.95, 0), (20, 0), (20, 100), (10.05, 100)])
    assert shared_borders(shapes_of(shapely.box(0, 0, 10, 100), crossing))[2] == pytest.approx([20.0, 20.0], rel=1e-9)


def test_a_border_that_doubles_back_counts_once() -> None:
    spike = shapely.Polygon([(10, 0), (20, 0), (20, 10), (10, 10), (10, 9), (10.001, 1), (10.001, 9.5)])
    assert shared_borders(shapes_of(shapely.box(0, 0, 10, 10), spike))[2] == pytest.approx([10.0, 10.0], abs=1e-3)


def test_corners_and_short_stretches_are_no_shared_border() -> None:
    sharp = shapely.Polygon([(10, 5), (20, 4), (20, 6)])
    assert shared_borders(shapes_of(shapely.box(0, 0, 10, 10), sharp))[1].tolist() == []
    short = shapely.Polygon([(10, 5), (20, 5), (20, 6), (10, 5.1)])  # ten tolerances
    assert shared_borders(shapes_of(shapely.box(0, 0, 10, 10), short))[1].tolist() == []
    identical = [shapely.Polygon([(0, 0), (5, 0), (5, 0.05), (0, 5)]), shapely.Polygon([(5, 0), (9, 0), (5, 0.05)])]
    assert shared_borders(shapes_of(*identical))[2].tolist() == [0.05, 0.05]


def test_stacked_parcels_are_neighbours_of_each_other() -> None:
    stack = shapes_of(*[shapely.box(0, 0, 1, 1)] * 4, shapely.box(1, 0, 2, 1))
    everyone = list(combinations(range(5), 2))
    assert one_way(shared_borders(stack, tolerance_m=None)) == everyone
    assert one_way(shared_borders(stack)) == everyone
    for tolerance in (None, 0.01):
        assert one_way(neighbours(stack, rule="corner", tolerance_m=tolerance)) == everyone
    assert shared_borders(stack)[2].tolist() == shared_borders(stack, tolerance_m=None)[2].tolist()
    assert shared_borders(stack)[2][:4].tolist() == [4.0, 4.0, 4.0, 1.0]


def test_a_parcel_in_a_hole_shares_the_border_of_the_hole() -> None:
    frame = shapely.Polygon(shapely.box(0, 0, 9, 9).exterior, [shapely.box(3, 3, 6, 6).exterior])
    assert shared_borders(shapes_of(frame, shapely.box(3, 3, 6, 6)))[2].tolist() == [12.0, 12.0]
    assert neighbours(shapes_of(frame, shapely.box(4, 4, 5, 5)), rule="gap", gap_m=0.5)[1].tolist() == []
    assert neighbours(shapes_of(frame, shapely.box(4, 4, 5, 5)), rule="gap", gap_m=1.0)[1].tolist() == [1, 0]


def test_the_sign_of_zero_and_edges_of_no_length_do_not_matter() -> None:
    above = shapely.Polygon([(-0.0, -0.0), (1, -0.0), (1, 1), (1, 1), (0, 1)])
    below = shapely.Polygon([(0, 0), (0, -1), (1, -1), (1, 0)])
    apart = shapely.Polygon([(1, 1), (1, 1), (2, 2), (1, 3)])
    assert shared_borders(shapes_of(above, below, apart), tolerance_m=None)[1].tolist() == [1, 0]
    assert shared_borders(shapes_of(above, below, apart))[1].tolist() == [1, 0]


@pytest.mark.parametrize("rule", ["edge", "corner", "gap"])
@pytest.mark.parametrize("tolerance", [None, 0.01])
def test_empty_parcels_and_none_at_all(rule: Any, tolerance: float | None) -> None:
    offsets, neighbour = neighbours(
        shapes_of(shapely.Polygon(), shapely.box(0, 0, 1, 1), None), rule=rule, tolerance_m=tolerance
    )
    assert offsets.tolist() == [0, 0, 0, 0]
    assert neighbour.tolist() == []
    offsets, neighbour = neighbours(shapes_of(kind="polygon"), rule=rule, tolerance_m=tolerance)
    assert offsets.tolist() == [0]
    assert neighbour.tolist() == []


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(DataError) as error:
        neighbours(shapes_of(*BLOCK), rule="bishop")  # type: ignore[arg-type]
    assert str(error.value) == "There is no rule of adjacency 'bishop'; the rules are 'edge', 'corner' and 'gap'."


def test_cells_of_a_plane_agree_with_libpysal() -> None:
    libpysal = pytest.importorskip("libpysal")
    random = np.random.default_rng(7)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(random.uniform(0, 1000, (400, 2)))))
    table, shapes = gpd.GeoDataFrame(geometry=cells), Shapes.from_geometries(cells)
    for name, rule in (("Rook", "edge"), ("Queen", "corner")):
        weights = getattr(libpysal.weights, name).from_dataframe(table, use_index=False, silence_warnings=True)
        expected = {(i, j) for i, others in weights.neighbors.items() for j in others}
        for tolerance in (None, 1e-6):
            assert pairs(*neighbours(shapes, rule=rule, tolerance_m=tolerance)) == expected  # type: ignore[arg-type]


def edges_of(polygon: Any) -> set[frozenset[tuple[float, float]]]:
    rings = shapely.get_rings(shapely.get_parts(polygon))
    ends = [frozenset(map(tuple, two)) for ring in rings for two in pairwise(shapely.get_coordinates(ring).tolist())]
    return {edge for edge in ends if len(edge) == 2}


def length_of(edges: set[frozenset[tuple[float, float]]]) -> float:
    return float(sum(np.hypot(*np.subtract(*edge)) for edge in edges))


@given(st.lists(areas(), min_size=2, max_size=5))
@settings(max_examples=60)
def test_identical_edges_and_vertices_are_those_of_sets(parcels: list[Any]) -> None:
    edges, vertices = (
        [edges_of(p) for p in parcels],
        [set(map(tuple, shapely.get_coordinates(p).tolist())) for p in parcels],
    )
    both = list(combinations(range(len(parcels)), 2))
    found = shared_borders(shapes_of(*parcels, kind="polygon"), tolerance_m=None)
    assert one_way(found) == [(i, j) for i, j in both if edges[i] & edges[j]]
    rows = np.repeat(np.arange(len(parcels)), np.diff(found[0]))
    expected = [length_of(edges[i] & edges[j]) for i, j in zip(rows, found[1], strict=True)]
    np.testing.assert_allclose(found[2], expected, rtol=1e-12)
    corner = neighbours(shapes_of(*parcels, kind="polygon"), rule="corner", tolerance_m=None)
    assert one_way(corner) == [(i, j) for i, j in both if vertices[i] & vertices[j]]


@given(st.lists(areas(), min_size=2, max_size=5), st.sampled_from(FRAMES))
@settings(max_examples=60)
def test_shared_borders_are_those_within_a_thin_buffer(parcels: list[Any], frame: tuple[float, float, float]) -> None:
    unit, corner, _ = frame
    # where borders cross at the sharpest angle of the lattice, 1/100, each is within the tolerance over 200 of it
    tolerance, noise = (1e-5, 2e-2) if corner else (1e-7, 2e-4)
    placed = framed(parcels, unit, corner)
    offsets, neighbour, length = shared_borders(shapes_of(*placed, kind="polygon"), tolerance_m=tolerance)
    found = np.zeros((len(parcels), len(parcels)))
    found[np.repeat(np.arange(len(parcels)), np.diff(offsets)), neighbour] = length
    for i, j in combinations(range(len(parcels)), 2):
        edges = shapely.linestrings([list(edge) for edge in edges_of(parcels[i])] or np.empty((0, 2, 2)))
        border = shapely.intersection(edges, shapely.buffer(shapely.boundary(parcels[j]), tolerance / unit))
        assert found[i, j] == found[j, i]
        assert found[i, j] == pytest.approx(unit * shapely.length(border).sum(), abs=noise)


@given(st.lists(areas(), min_size=2, max_size=5), st.sampled_from(FRAMES), st.sampled_from([0.0, 0.777, 1.234, 3.21]))
@settings(max_examples=60)
def test_gaps_are_distances(parcels: list[Any], frame: tuple[float, float, float], gap: float) -> None:
    unit, corner, error = frame
    shapes = shapes_of(*framed(parcels, unit, corner), kind="polygon")
    gap_m = gap * unit + error  # no two corners of the lattice are that far apart
    expected = [(i, j) for i, j in combinations(range(len(parcels)), 2) if parcels[i].distance(parcels[j]) <= gap]
    assert one_way(neighbours(shapes, rule="gap", gap_m=gap_m)) == expected
    if gap == 0.0:
        assert one_way(neighbours(shapes, rule="corner", tolerance_m=gap_m)) == expected


@pytest.mark.data
@pytest.mark.parametrize("file", ["parcels_pima.parquet", "parcels_phx_metro.parquet"])
def test_real_parcels_have_the_neighbours_of_libpysal(data_folder: Path, file: str) -> None:
    libpysal = pytest.importorskip("libpysal")
    table = gpd.read_parquet(data_folder / "arizona" / file, columns=["geometry"]).to_crs(26912)
    table = table[table.geometry.notna() & table.geometry.is_valid & (table.geom_type == "Polygon")].iloc[:4000]
    table = table.drop_duplicates("geometry").reset_index(drop=True)
    weights = libpysal.weights.Rook.from_dataframe(table, use_index=False, silence_warnings=True)
    theirs = {(i, j) for i, others in weights.neighbors.items() for j in others}
    lots = Shapes.from_geometries(table.geometry.to_numpy())
    offsets, other = neighbours(lots, rule="edge", tolerance_m=None)[:2]
    ours = set(zip(np.repeat(np.arange(len(lots)), np.diff(offsets)).tolist(), other.tolist(), strict=True))
    outlines = shapely.boundary(np.asarray(table.geometry.values))
    # a vertex that stands twice is an edge of no length, which libpysal takes for a shared one
    for i, j in ours ^ theirs:
        assert (i, j) in theirs
        assert shapely.length(shapely.intersection(outlines[i], outlines[j])) == 0.0
    assert len(ours) > 1000
