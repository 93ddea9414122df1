"""Assembly of sites: by hand on a small board, against all connected sets, and its limits."""

from __future__ import annotations

from itertools import combinations

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

import siting.cluster.assembly
from siting.cluster.assembly import Site, assemble, closed, grown
from siting.cluster.graph import connections
from siting.errors import StudyError
from siting.shapes import Shapes


def board(rows: int, columns: int) -> Shapes:
    """Squares of 100 m, 10 m apart, row by row."""
    cells = [shapely.box(110 * x, 110 * y, 110 * x + 100, 110 * y + 100) for y in range(rows) for x in range(columns)]
    return Shapes.from_geometries(cells, "polygon")


def assembled(shapes: Shapes, score: list[float], least: int, most: int, **limits: object) -> list[Site]:
    """Sites of ``least`` to ``most`` squares of 1 ha."""
    usable = np.full(len(shapes), 10_000.0)
    graph = connections(shapes, gap_m=20)
    return assemble(
        shapes, usable, np.array(score, float), graph, least_m2=least * 1e4, most_m2=most * 1e4, gap_m=20,
        **limits,  # type: ignore[arg-type]
    )  # fmt: skip


def test_the_best_two_of_a_row() -> None:
    """50 90 | 20 80 70: the pair 80, 70 beats 50, 90; then the pair 50, 90 is left."""
    found = assembled(board(1, 5), [50, 90, 20, 80, 70], 2, 2)
    assert [site.members.tolist() for site in found] == [[3, 4], [0, 1]]
    assert [(site.worth, site.usable_m2, site.exact) for site in found] == [(75, 20_000, True), (70, 20_000, True)]
    assert found[0].bound == 85  # 90 and 80, if they were neighbours
    assert found[0].owners == -1


def test_the_lowest_score_decides_where_it_shall() -> None:
    found = assembled(board(1, 5), [60, 62, 10, 95, 30], 2, 2, maximise="lowest_score", sites=1)
    assert (found[0].members.tolist(), found[0].worth, found[0].bound) == ([0, 1], 60, 62)


def test_sites_keep_their_distance() -> None:
    """Two pairs of six in a row; 100 m apart leaves out the pair beside the first, which is 10 m away."""
    score = [90, 90, 70, 70, 50, 50]
    assert [site.members.tolist() for site in assembled(board(1, 6), score, 2, 2, sites=2)] == [[0, 1], [2, 3]]
    apart = assembled(board(1, 6), score, 2, 2, sites=2, apart_m=100)
    assert [site.members.tolist() for site in apart] == [[0, 1], [3, 4]]


def test_few_owners_and_their_names() -> None:
    owner = np.array(["Mesa Land, LLC", "mesa land llc", "Other", None, None], object)
    found = assembled(board(1, 5), [10, 10, 90, 90, 90], 2, 2, owner=owner, owners=1, sites=9)
    assert [(site.members.tolist(), site.owners) for site in found] == [([0, 1], 1)]
    anybody = assembled(board(1, 5), [10, 10, 90, 90, 90], 2, 2, owner=owner, sites=1)
    assert (anybody[0].members.tolist(), anybody[0].owners) == ([2, 3], 2)


@pytest.mark.parametrize("nothing", [None, np.nan, pd.NA, "", "  "])
def test_parcels_without_an_owner_have_each_their_own(nothing: object) -> None:
    owner = np.array([nothing, nothing, "A"], object)
    assert assembled(board(1, 3), [9, 9, 1], 2, 2, owner=owner, owners=1) == []
    assert assembled(board(1, 3), [9, 9, 1], 2, 2, owner=owner)[0].owners == 2


def test_parcels_without_a_score_are_in_no_site() -> None:
    found = assembled(board(1, 4), [float("nan"), 9, 5, 1], 2, 2)
    assert [site.members.tolist() for site in found] == [[1, 2]]


def test_owners_that_are_not_known_are_refused() -> None:
    with pytest.raises(StudyError) as refused:
        assembled(board(1, 2), [1, 1], 1, 2, owners=4)
    assert str(refused.value) == (
        "Sites shall have at most 4 owners, but the study does not say which field names the owner. "
        "Write owner: under parcels:, or leave owners: out under assemble:."
    )


def test_a_compact_site_is_a_block_and_not_a_strip() -> None:
    """Four in the best row are a strip of 4 pi 4.3 / (4.3 + 1)^2 / 4 = .48; a block of two by two is pi / 4."""
    score = [90, 90, 90, 90, 80, 80, 10, 10]
    strip = assembled(board(2, 4), score, 4, 4, sites=1)[0]
    block = assembled(board(2, 4), score, 4, 4, sites=1, compactness=0.7)[0]
    assert strip.members.tolist() == [0, 1, 2, 3]
    assert strip.compactness == pytest.approx(4 * np.pi * 430 * 100 / (2 * 530) ** 2, rel=1e-3)
    assert (block.members.tolist(), block.worth) == ([0, 1, 4, 5], 85)
    assert block.compactness == pytest.approx(np.pi / 4, rel=1e-3)


def test_an_outline_fills_the_gap_and_nothing_else() -> None:
    shapes = board(1, 3).geometries
    assert closed(grown(shapes[[0, 1]], 20), 20).area == pytest.approx(210 * 100, rel=1e-6)
    assert closed(grown(shapes[[0, 2]], 20), 20).area == pytest.approx(2 * 100 * 100, rel=1e-6)


def test_nothing_is_large_enough_or_there_is_nothing() -> None:
    assert assembled(board(1, 3), [1, 2, 3], 4, 9) == []
    assert assembled(board(0, 0), [], 1, 2) == []


def test_a_parcel_that_is_too_large_alone_is_in_no_site() -> None:
    found = assembled(board(1, 3), [1, 2, 3], 1, 1, sites=9)
    assert [site.members.tolist() for site in found] == [[2], [1], [0]]
    shapes, usable = board(1, 3), np.array([1e4, 5e4, 1e4])
    for exact_up_to in (0, 14):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(siting.cluster.assembly, "EXACT_UP_TO", exact_up_to)
            kept = assemble(
                shapes, usable, np.array([1.0, 9.0, 3.0]), connections(shapes, gap_m=20), least_m2=1e4, most_m2=2e4,
                gap_m=20,
            )  # fmt: skip
        assert [site.members.tolist() for site in kept] == [[2], [0]]


Boards = st.tuples(st.integers(1, 3), st.integers(1, 4)).flatmap(
    lambda size: st.tuples(
        st.just(size),
        st.lists(st.integers(0, 9), min_size=size[0] * size[1], max_size=size[0] * size[1]),
        st.integers(1, 4),
        st.integers(0, 3),
    )
)


@given(Boards, st.sampled_from(["mean_score", "lowest_score"]))
def test_small_boards_against_every_connected_set(
    given_: tuple[tuple[int, int], list[int], int, int], maximise: str
) -> None:
    """networkx says what hangs together; nothing is worth more than the first site, and the bound holds."""
    (rows, columns), score, least, more = given_
    shapes = board(rows, columns)
    graph = nx.from_edgelist(zip(*_pairs(shapes), strict=True)) if len(shapes) > 1 else nx.Graph()
    graph.add_nodes_from(range(len(shapes)))
    worths = [
        np.mean([score[row] for row in some]) if maximise == "mean_score" else min(score[row] for row in some)
        for size in range(least, min(least + more, len(shapes)) + 1)
        for some in combinations(range(len(shapes)), size)
        if nx.is_connected(graph.subgraph(some))
    ]
    found = assembled(shapes, [float(s) for s in score], least, least + more, maximise=maximise)
    assert bool(found) == bool(worths)
    if found:
        assert found[0].worth == pytest.approx(max(worths))
        assert found[0].bound >= found[0].worth - 1e-9
        assert all(site.exact for site in found)


@given(Boards)
def test_search_on_boards_keeps_the_limits_and_stays_under_the_bound(
    given_: tuple[tuple[int, int], list[int], int, int],
) -> None:
    (rows, columns), score, least, more = given_
    shapes = board(rows, columns)
    exact = assembled(shapes, [float(s) for s in score], least, least + more, compactness=0.3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(siting.cluster.assembly, "EXACT_UP_TO", 0)
        found = assembled(shapes, [float(s) for s in score], least, least + more, compactness=0.3)
    graph = nx.from_edgelist(zip(*_pairs(shapes), strict=True)) if len(shapes) > 1 else nx.Graph()
    graph.add_nodes_from(range(len(shapes)))
    assert len({row for site in found for row in site.members}) == sum(len(site.members) for site in found)
    for site in found:
        assert nx.is_connected(graph.subgraph(site.members.tolist()))
        assert least <= len(site.members) <= least + more
        assert site.compactness >= 0.3
        assert not site.exact
        assert site.worth <= min(site.bound, exact[0].worth) + 1e-9


def _pairs(shapes: Shapes) -> tuple[list[int], list[int]]:
    offsets, neighbour = connections(shapes, gap_m=20)
    return np.repeat(np.arange(len(shapes)), np.diff(offsets)).tolist(), neighbour.tolist()


def test_a_large_board_is_searched_and_close_to_the_bound() -> None:
    """240 squares, smooth scores: the site found reaches 95 % of the bound, which no connected set need reach."""
    y, x = np.divmod(np.arange(240), 20)
    score = 100 - 3 * np.hypot(x - 13, y - 6)
    found = assembled(board(12, 20), score.tolist(), 9, 12, sites=3, compactness=0.35, apart_m=300)
    assert len(found) == 3
    assert found[0].worth > 0.95 * found[0].bound
    assert 6 * 20 + 13 in found[0].members
    shapes = [shapely.union_all(board(12, 20).geometries[site.members]) for site in found]
    assert min(one.distance(other) for one, other in combinations(shapes, 2)) > 300
