"""The rules of the door, on drawings with answers by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
import shapely.affinity
from hypothesis import given
from hypothesis import strategies as st
from shapely import Polygon, box

from siting.errors import StudyError
from siting.parcels.cleaning import (
    Log,
    area_flags,
    check_ids,
    coarse_outlines,
    happened,
    outline_groups,
    outline_hashes,
    slivers,
    unique_ids,
)
from siting.shapes import Shapes


def shapes(*polygons: object) -> Shapes:
    return Shapes.from_geometries(list(polygons), "polygon")


@pytest.mark.parametrize(
    ("width", "length", "thin"),
    [(0.9, 1.0, True), (1.0, 1.1, False), (0.05, 1000.0, True), (0.12, 1000.0, False), (30.0, 30.0, False)],
)
def test_slivers(width: float, length: float, thin: bool) -> None:
    """2 x area / perimeter of a long strip is its width."""
    assert slivers(shapes(box(0, 0, length, width))).tolist() == [thin]


def test_a_ring_counts_with_its_holes() -> None:
    """A frame 5 cm wide around a square of 100 m: 20 m2, and 800 m of rings."""
    frame = Polygon(
        [(0, 0), (100, 0), (100, 100), (0, 100)], [[(0.05, 0.05), (0.05, 99.95), (99.95, 99.95), (99.95, 0.05)]]
    )
    assert slivers(shapes(frame, Polygon(), box(0, 0, 100, 100))).tolist() == [True, True, False]


def test_one_outline_whatever_its_first_vertex_direction_and_grain() -> None:
    ring = [(0, 0), (10, 0), (10, 5), (0, 5)]
    group = outline_groups(
        shapes(
            Polygon(ring),
            Polygon([*ring[2:], *ring[:2]]),
            Polygon(ring[::-1]),
            Polygon([(x + 0.0001, y) for x, y in ring]),
            Polygon([(0, 0), (10, 0), (10, 5), (1, 5)]),
            Polygon([(0, 0), (10, 0), (9, 5), (0, 5)]),
            box(0, 0, 10, 5.01),
        )
    )
    assert len(set(group[:4])) == 1
    assert len(set(group[3:])) == 4


def test_the_same_box_and_area_is_not_yet_the_same_outline() -> None:
    """Two triangles of one box: equal in box, area and number of vertices."""
    group = outline_groups(shapes(Polygon([(0, 0), (4, 0), (0, 4)]), Polygon([(4, 4), (0, 4), (4, 0)])))
    assert group[0] != group[1]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3)), min_size=1, max_size=12))
def test_groups_are_those_of_shapely(cells: list[tuple[int, int]]) -> None:
    squares = [box(x, 0, x + size, size) for x, size in cells]
    group = outline_groups(shapes(*squares))
    equal = shapely.equals(np.array(squares)[:, None], np.array(squares)[None, :])
    np.testing.assert_array_equal(group[:, None] == group[None, :], equal)


@pytest.mark.parametrize("far", [0.0, 1e7])
def test_equal_outlines_have_equal_hashes(far: float) -> None:
    squares = shapes(box(far, 0, far + 9, 9), box(far, 0, far + 9.0001, 9), box(far, 0, far + 9.01, 9))
    one, near, other = outline_hashes(coarse_outlines(squares))
    assert one == near != other


def test_the_largest_outline_keeps_the_id() -> None:
    ids = np.array(["A", "A", "B", "A", "A/2"], dtype=object)
    out, renamed = unique_ids(
        ids, shapes(box(0, 0, 1, 1), box(5, 0, 9, 4), box(0, 9, 1, 10), box(9, 9, 11, 11), box(20, 0, 21, 1))
    )
    assert out.tolist() == ["A/4", "A", "B", "A/3", "A/2"], "A/2 was taken"
    assert renamed.tolist() == [True, False, False, True, False]


@given(st.lists(st.sampled_from(["A", "B", "A/2", "A/2/2", "C"]), min_size=1, max_size=10), st.randoms())
def test_ids_become_unique_whatever_the_order(names: list[str], random: object) -> None:
    squares = [box(10 * i, 0, 10 * i + 1 + i % 3, 1) for i in range(len(names))]
    out, _ = unique_ids(np.array(names, dtype=object), shapes(*squares))
    assert len(set(out)) == len(names)
    assert set(names) <= set(out), "every id stays with one of its records"
    turn = list(range(len(names)))
    random.shuffle(turn)  # type: ignore[attr-defined]
    turned, _ = unique_ids(np.array([names[i] for i in turn], dtype=object), shapes(*[squares[i] for i in turn]))
    assert [turned[turn.index(i)] for i in range(len(names))] == out.tolist()


def test_an_area_is_flagged_when_it_is_over_a_tenth_off() -> None:
    declared = np.array([100.0, 111.0, 109.0, 89.0, np.nan, 0.0])
    assert area_flags(declared, np.full(6, 100.0)).tolist() == [False, True, False, True, False, False]


def test_the_log_is_ordered_by_row() -> None:
    log = Log()
    log.add(np.array(["b", "a"], dtype=object), np.array([7, 2]), "dropped", "it has no polygon")
    log.add(np.array(["a"], dtype=object), np.array([2]), "repaired", ["a reason"])
    table = log.table()
    assert table.columns.tolist() == ["id", "row", "what", "detail"]
    assert table["row"].tolist() == [2, 2, 7]
    assert table["what"].tolist() == ["dropped", "repaired", "dropped"]
    assert Log().table().empty


@pytest.mark.parametrize(("table", "fix"), [({"N": [1.5] * 400, "APN": range(400)}, "Did you mean 'APN'?"), ({}, "")])
def test_a_field_that_is_no_id_is_refused(table: dict[str, object], fix: str) -> None:
    """21 of 400 are more than 5 %, 20 are not."""
    frame = pd.DataFrame({"PUC": ["7"] * 400, **table})
    check_ids("PUC", 20, 400, frame.items())
    check_ids(None, 21, 400, frame.items())
    with pytest.raises(StudyError) as e:
        check_ids("PUC", 21, 400, frame.items())
    assert str(e.value) == (
        "parcels: 'PUC' is the same for many parcels (21 of 400 would be renamed); it is not an id. "
        + (fix or "Name a field that is different for every parcel.")
    )


def test_a_few_repeats_are_no_refusal_however_few_the_parcels() -> None:
    check_ids("APN", 10, 11, pd.DataFrame({"APN": ["7"] * 11}).items())


def test_what_happened_in_words() -> None:
    log = Log()
    assert happened(log.table()) == ""
    ids = np.array(["a", "b", "c"], dtype=object)
    log.add(ids[:2], np.array([0, 1]), "merged", ["the same id and outline as row 5", "stacked on the outline of 'z'"])
    log.add(ids[:1], np.array([7]), "renamed", ["'a' has several outlines"])
    log.add(ids[2:], np.array([8]), "repaired", ["invalid: Self-intersection"])
    assert happened(log.table()) == (
        "Of the records of the parcels 2 were merged (1 stacked on one outline, 1 twice the same), 1 was renamed "
        "(1 repeated id); cleaning.csv lists them."
    )


@given(st.lists(st.tuples(st.floats(0.01, 3), st.floats(0.1, 500), st.integers(0, 40), st.floats(0, 90)), max_size=6))
def test_slivers_are_those_of_area_and_perimeter(given_: list[tuple[float, float, int, float]]) -> None:
    drawn = [
        shapely.affinity.rotate(shapely.segmentize(box(0, 0, length, width), length / (1 + cuts)), angle)
        for width, length, cuts, angle in given_
    ]
    found = slivers(Shapes.from_geometries(drawn, "polygon"))
    for shape, sliver in zip(drawn, found, strict=True):
        width = 2 * shape.area / shape.length
        if abs(shape.area - 1) > 1e-6 and abs(width - 0.1) > 1e-6:
            assert sliver == (shape.area < 1 or width < 0.1)
