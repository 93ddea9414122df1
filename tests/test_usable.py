"""Usable land, against drawings by hand and plain shapely on whole masks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from shapely import LineString, MultiPolygon, Point, Polygon, box

from siting.land import UsableLand
from siting.measure import State
from siting.usable import Cut, usable_land
from tests.kernels.drawing import areas
from tests.metrics.drawing import layer_of, parcels_of, raster_of

SQUARE = box(0, 0, 100, 100)


def cut_of(**keys: Any) -> Cut:
    return Cut.model_validate({"name": "cut", **keys})


def land_of(parcels: Sequence[Any], layers: Mapping[str, Any], *cuts: Cut, **options: Any) -> UsableLand:
    """Usable land, checked: the waterfall sums up, and every parcel alone gives the same rounded numbers."""
    drawn = parcels_of(parcels)
    found = usable_land(drawn, layers, cuts, **options)
    taken = np.nansum([found.cut_m2[cut.name] for cut in cuts], axis=0) if cuts else 0.0
    np.testing.assert_allclose(found.gross_m2 - taken, found.usable_m2, rtol=1e-6, atol=1e-6)
    for row in range(len(drawn)) if "eligible" not in options else ():
        alone = usable_land(drawn.take(np.array([row])), layers, cuts, **options)
        for name, values in _numbers(alone).items():
            np.testing.assert_array_equal(np.round(values, 3), np.round(_numbers(found)[name][[row]], 3), name)
    return found


def parts_of(land: Any) -> list[Any]:
    """The parts of land that are no slivers: 1 m2 and more, and 0.1 m wide."""
    return [part for part in shapely.get_parts(land) if part.area >= 1 and 2 * part.area / part.length >= 0.1]


def _numbers(land: UsableLand) -> dict[str, Any]:
    return {"usable": land.usable_m2, "largest": land.largest_m2, "pieces": land.pieces, **land.cut_m2}


def test_the_waterfall_in_the_order_of_the_study() -> None:
    """West half, then the south half of what is left, then nothing more of the same."""
    layers = {
        "west": layer_of([box(0, 0, 50, 100)]), "south": layer_of([box(0, 0, 100, 50)]),
        "again": layer_of([box(0, 0, 30, 30), box(20, 20, 40, 40)]),
    }  # fmt: skip
    cuts = [cut_of(name=name, layer=name) for name in layers]
    found = land_of([SQUARE], layers, *cuts)
    assert found.gross_m2.tolist() == [10_000.0]
    assert {name: values.tolist() for name, values in found.cut_m2.items()} == {
        "west": [5000.0], "south": [2500.0], "again": [0.0],
    }  # fmt: skip
    assert found.usable_m2.tolist() == [2500.0]
    turned = land_of([SQUARE], layers, *reversed(cuts))
    assert turned.cut_m2["again"].tolist() == [900.0 + 400.0 - 100.0]
    assert turned.cut_m2["south"].tolist() == [5000.0 - 1200.0]
    assert turned.usable_m2.tolist() == [2500.0]


def test_pieces_holes_and_parts() -> None:
    """A river leaves two pieces; a hole is no land; two parts are two pieces; corners do not join."""
    river = layer_of([box(40, -10, 60, 110)])
    holed = SQUARE - box(80, 80, 90, 90)
    parts = MultiPolygon([box(0, 0, 30, 100), box(70, 0, 100, 50)])
    chessboard = layer_of([box(0, 0, 50, 50), box(50, 50, 100, 100)])
    found = land_of([SQUARE, holed, parts], {"river": river}, cut_of(layer="river"))
    assert found.usable_m2.tolist() == [8000.0, 7900.0, 4500.0]
    assert found.largest_m2.tolist() == [4000.0, 4000.0, 3000.0]
    assert found.pieces.tolist() == [2, 2, 2]
    joined = land_of([SQUARE], {"board": chessboard}, cut_of(layer="board"))
    assert (joined.pieces.tolist(), joined.largest_m2.tolist()) == ([2], [2500.0])


def test_a_small_dirt_road_takes_land_but_does_not_divide_it() -> None:
    layers = {"tracks": layer_of([box(45, -10, 55, 110)]), "river": layer_of([box(-10, 20, 110, 30)])}
    tracks = cut_of(name="tracks", layer="tracks", breaks_contiguity=False)
    alone = land_of([SQUARE], layers, tracks)
    assert (alone.largest_m2.tolist(), alone.pieces.tolist(), alone.usable_m2.tolist()) == ([9000.0], [1], [9000.0])
    for cuts in ((tracks, cut_of(name="river", layer="river")), (cut_of(name="river", layer="river"), tracks)):
        both = land_of([SQUARE], layers, *cuts)
        assert both.pieces.tolist() == [2]
        assert both.largest_m2.tolist() == [70 * 90.0]
        assert both.usable_m2.tolist() == [90 * 90.0]


def test_a_layer_may_be_declared_not_to_divide() -> None:
    from dataclasses import replace

    tracks = replace(layer_of([box(45, -10, 55, 110)]), breaks_contiguity=False)
    found = land_of([SQUARE], {"tracks": tracks}, cut_of(layer="tracks"))
    assert (found.largest_m2.tolist(), found.pieces.tolist()) == ([9000.0], [1])


def test_a_setback_from_the_own_border() -> None:
    """10 m inside a square leave 80 x 80; a strip narrower than two setbacks vanishes."""
    found = land_of([SQUARE, box(0, 0, 200, 15)], {}, cut_of(setback="10 m"))
    np.testing.assert_allclose(found.usable_m2, [6400.0, 0.0], atol=1e-9)
    np.testing.assert_allclose(found.cut_m2["cut"], [3600.0, 3000.0])
    assert found.pieces.tolist() == [1, 0]
    np.testing.assert_allclose(found.largest_m2, [6400.0, 0.0], atol=1e-9)


def test_what_is_not_mapped_is_not_zero_but_what_is_cut_counts() -> None:
    """A study area covers the first parcel, half of the second (where a fissure was found), and not the third."""
    fissures = layer_of([box(0, 0, 10, 10), box(200, 0, 210, 10)], coverage=box(0, 0, 250, 100))
    parcels = [SQUARE, box(200, 0, 300, 100), box(300, 0, 400, 100)]
    found = land_of(parcels, {"fissures": fissures}, cut_of(layer="fissures"))
    np.testing.assert_array_equal(found.cut_m2["cut"], [100.0, 100.0, np.nan])
    assert found.usable_m2.tolist() == [9900.0, 9900.0, 10_000.0]


def test_a_buffer_needs_coverage_as_far_as_it_reaches() -> None:
    fissures = layer_of([LineString([(500, 0), (500, 100)])], coverage=box(-1000, -1000, 1000, 1000))
    near, far = box(880, 0, 900, 100), box(930, 0, 950, 100)  # 60 m from what nobody has mapped, and 10 m
    found = land_of([near, far], {"fissures": fissures}, cut_of(layer="fissures", buffer="50 m"))
    np.testing.assert_array_equal(found.cut_m2["cut"], [0.0, 0.0])
    found = land_of([near, box(960, 0, 980, 100)], {"fissures": fissures}, cut_of(layer="fissures", buffer="50 m"))
    np.testing.assert_array_equal(found.cut_m2["cut"], [0.0, np.nan])


def test_only_who_matters_gets_pieces() -> None:
    """Not eligible: areas only. Below the minimum: no largest piece. Neither is a zero."""
    layers = {"west": layer_of([box(0, 0, 50, 100)]), "south": layer_of([box(0, 0, 100, 10)])}
    cuts = (cut_of(name="west", layer="west"), cut_of(name="south", layer="south"))
    parcels = [SQUARE, SQUARE, box(0, 0, 60, 100)]
    found = land_of(parcels, layers, *cuts, minimum_m2=1000.0, eligible=np.array([True, False, True]), pad=(40.0, 50.0))
    np.testing.assert_allclose(found.usable_m2, [4500.0, 4500.0, 900.0])
    np.testing.assert_array_equal(found.largest_m2, [4500.0, np.nan, np.nan])
    assert found.pieces.tolist() == [1, -1, -1]
    assert found.state.tolist() == [State.KNOWN, State.NOT_COMPUTED, State.NOT_COMPUTED]
    assert found.area_state.tolist() == [State.KNOWN] * 3
    assert found.usable.state.tolist() == [State.KNOWN, State.NOT_COMPUTED, State.KNOWN]
    assert shapely.is_empty(found.usable.shapes.geometries).tolist() == [False, True, False]
    assert found.pad is not None
    assert found.pad.offsets[1] == found.pad.offsets[-1] > 0
    assert found.pad.state.tolist() == found.state.tolist()


def test_pads_lie_in_the_usable_land() -> None:
    layers = {"river": layer_of([box(40, -10, 60, 110)])}
    found = land_of([SQUARE, box(0, 0, 50, 100)], layers, cut_of(layer="river"), pad=(30.0, 80.0))
    assert found.pad is not None
    owner = np.repeat([0, 1], np.diff(found.pad.offsets))
    assert set(owner) == {0, 1}
    outside = shapely.difference(found.pad.shapes.geometries, found.usable.shapes.geometries[owner])
    assert shapely.area(outside).max() < 1e-3
    np.testing.assert_allclose(found.pad.shapes.area_m2, 2400.0)


def test_the_kernel_and_geos_agree() -> None:
    """One cut on a parcel that is not eligible goes the kernel's way, on one that is, GEOS's."""
    rng = np.random.default_rng(3)
    blobs = [Point(*rng.uniform(0, 100, 2)).buffer(rng.uniform(5, 30)) for _ in range(8)]
    lots = [box(x, y, x + 9.0, y + 11.0) for x in range(0, 90, 10) for y in range(0, 88, 12)]
    layers = {"wetlands": layer_of(blobs)}
    geos = land_of(lots, layers, cut_of(layer="wetlands"))
    kernel = land_of(lots, layers, cut_of(layer="wetlands"), eligible=np.zeros(len(lots), bool))
    left = [lot.difference(shapely.union_all(blobs)) for lot in lots]
    plain = np.array([land.area for land in left])
    np.testing.assert_allclose(kernel.usable_m2, np.where(plain < 1, 0.0, plain), atol=1e-6)
    np.testing.assert_allclose(geos.usable_m2, [sum(p.area for p in parts_of(land)) for land in left], atol=1e-6)
    assert np.abs(kernel.usable_m2 - geos.usable_m2).max() < 2
    assert 0 < np.mean(geos.usable_m2 < 98.9) < 1


@example(
    parcel=MultiPolygon([Polygon([(0, 3), (7, 2), (0, 0)])]),
    first=[],
    second=[
        Polygon(
            np.array([(0, 3), (0.724137931, 2.896551724), (1, 4), (1, 20 / 7), (7, 2), (1, 2 / 7), (1, 0), (0, 0)])
        ),
        Polygon([(0, 5), (1, 1), (0, 0)]),
    ],
    k=False,
)
@given(parcel=areas(), first=st.lists(areas(), max_size=3), second=st.lists(areas(), max_size=2), k=st.booleans())
@settings(max_examples=50)
def test_against_whole_masks_in_shapely(parcel: Any, first: list[Any], second: list[Any], k: bool) -> None:
    """Overlapping, touching and empty cuts: what is left is the parcel without the union of all, and no slivers."""
    scale = 100.0 if k else 22 / 3
    move = [400_000.0, 3_700_000.0] if k else [0.0, 0.0]

    def placed(shapes: list[Any]) -> list[Any]:
        return list(shapely.transform(np.array(shapes, dtype=object), lambda xy: xy * scale + move)) if shapes else []

    (land,), one, two = placed([parcel]), placed(first), placed(second)
    if not shapely.is_valid(np.array([land, *one, *two], dtype=object)).all():
        return
    layers = {"one": layer_of(one, kind="polygon"), "two": layer_of(two, kind="polygon")}
    cuts = (cut_of(name="one", layer="one"), cut_of(name="two", layer="two"))
    found = land_of([land], layers, *cuts)
    after_one = shapely.difference(land, shapely.union_all(one))
    left = shapely.difference(after_one, shapely.union_all(two))
    noise = 1e-4 * scale
    parts = parts_of(left)
    usable = sum(part.area for part in parts)
    by_one = land.area - after_one.area
    assert by_one - noise <= found.cut_m2["one"][0] <= by_one + left.area - usable + noise
    assert found.usable_m2[0] == pytest.approx(usable, abs=noise)
    assert found.usable.shapes.area_m2[0] == pytest.approx(usable, abs=noise)
    assert found.largest_m2[0] == pytest.approx(max([part.area for part in parts], default=0), abs=noise)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("first", ["road", "border"])
def test_slivers_are_no_land(turned: bool, first: str) -> None:
    """Rectangles with a road across and a setback: the distance is that of the land that plain shapely leaves."""
    rng = np.random.default_rng(0)
    lots, roads, points = [], [], []
    for number in range(60):
        x, y = 400_000.0 + 3000 * number, 3_700_000.0
        angle = rng.uniform(0, 90) if turned else 0.0
        lots.append(shapely.affinity.rotate(box(x, y, x + 400, y + 300), angle, origin=(x, y)))
        roads.append(LineString(np.array([x, y]) + rng.uniform(-100, 500, (2, 2))))
        points.append(Point(x + 700, y + rng.uniform(-300, 600)))
    cuts = [cut_of(name="road", layer="road", buffer="40 m"), cut_of(name="border", setback="15 m")]
    found = land_of(lots, {"road": layer_of(roads)}, *(cuts if first == "road" else reversed(cuts)))
    left = [
        lot.buffer(-15, quad_segs=32).difference(road.buffer(40, quad_segs=32))
        for lot, road in zip(lots, roads, strict=True)
    ]
    parts = [parts_of(land) for land in left]
    assert found.pieces.tolist() == [len(each) for each in parts]
    np.testing.assert_allclose(found.usable_m2, [sum(part.area for part in each) for each in parts], atol=0.01)
    np.testing.assert_allclose(found.largest_m2, [max(part.area for part in each) for each in parts], atol=0.01)
    distance = shapely.distance(found.usable.shapes.geometries, points)
    expected = [min(part.distance(p) for part in each) for each, p in zip(parts, points, strict=True)]
    np.testing.assert_allclose(distance, expected, atol=0.01)


def test_where_cuts_leave_slivers_alone_there_is_no_land() -> None:
    """A pond up to 5 cm from the border, and one up to 5 cm from the border and 3 m from another."""
    ponds = layer_of([box(0, 0, 99.95, 100), box(203, 0, 299.95, 100)])
    found = land_of([SQUARE, box(200, 0, 300, 100)], {"ponds": ponds}, cut_of(layer="ponds"))
    assert found.usable_m2.tolist() == [0.0, 300.0]
    assert found.cut_m2["cut"].tolist() == [10_000.0, 9_700.0]
    assert (found.pieces.tolist(), found.largest_m2.tolist()) == ([0, 1], [0.0, 300.0])
    assert found.usable.shapes.area_m2.tolist() == [0.0, 300.0]


def test_what_a_cut_has_not_mapped_is_an_upper_bound_unless_the_study_says_nothing() -> None:
    fissures = layer_of([box(0, 0, 10, 10), box(200, 0, 210, 10)], coverage=box(0, 0, 250, 100))
    parcels = [SQUARE, box(200, 0, 300, 100), box(300, 0, 400, 100)]
    found = land_of(parcels, {"fissures": fissures}, cut_of(layer="fissures"))
    assert found.area_state.tolist() == found.state.tolist() == [State.KNOWN, State.UNKNOWN, State.UNKNOWN]
    judged = land_of(parcels, {"fissures": fissures}, cut_of(layer="fissures", unmapped="nothing"))
    assert judged.area_state.tolist() == judged.state.tolist() == [State.KNOWN] * 3
    np.testing.assert_array_equal(judged.cut_m2["cut"], [100.0, 100.0, np.nan])
    assert judged.usable_m2.tolist() == found.usable_m2.tolist() == [9900.0, 9900.0, 10_000.0]


def test_the_minimum_does_not_hold_for_the_exempt() -> None:
    found = land_of([SQUARE] * 2, {}, minimum_m2=20_000.0, exempt=np.array([True, False]), eligible=np.ones(2, bool))
    assert found.state.tolist() == [State.KNOWN, State.NOT_COMPUTED]
    np.testing.assert_array_equal(found.largest_m2, [10_000.0, np.nan])


def test_land_without_any_cut_is_the_parcel() -> None:
    found = land_of([SQUARE, Polygon()], {})
    assert found.usable_m2.tolist() == [10_000.0, 0.0]
    assert found.largest_m2.tolist() == [10_000.0, 0.0]
    assert found.pieces.tolist() == [1, 0]


def test_raster_and_vector_cuts_make_one_union() -> None:
    """The eastern column of 10 m cells is closed; half of it lies in the pond."""
    cells = raster_of([[1, 1, 1, 9]] * 4)  # 40 x 40 m
    layers = {"cover": cells, "pond": layer_of([box(20, 0, 40, 20)])}
    cuts = (cut_of(name="pond", layer="pond"), cut_of(name="cover", layer="cover", classes=[9]))
    found = land_of([box(0, 0, 40, 40)], layers, *cuts)
    np.testing.assert_allclose([found.cut_m2["pond"][0], found.cut_m2["cover"][0]], [400.0, 200.0])
    np.testing.assert_allclose(found.usable_m2, 1000.0)


REFUSALS = [
    ({}, "The cut 'cut' needs a layer, or a setback from the parcel's own border; give one of the two."),
    (
        {"layer": "a", "setback": "5 m"},
        "The cut 'cut' needs a layer, or a setback from the parcel's own border; give one of the two.",
    ),
    (
        {"setback": "5 m", "buffer": "3 m"},
        "The cut 'cut' is a setback from the parcel's own border, which takes no 'buffer'. Leave it out, or write "
        "another cut with a layer.",
    ),
    (
        {"setback": "5 m", "band": 1},
        "The cut 'cut' is a setback from the parcel's own border, which takes no 'band'. Leave it out, or write "
        "another cut with a layer.",
    ),
    (
        {"name": " ", "layer": "a"},
        "A cut of usable land has no name. Give it one: {name: wetland, layer: wetlands}.",
    ),
    ({"setback": "0 m"}, "The cut 'cut': 'setback' must be more than 0, not '0 m'."),
    ({"layer": "a", "buffer": "-3 m"}, "The cut 'cut': 'buffer' must be more than 0, not '-3 m'."),
    (
        {"layer": "a", "buffer": "3 m", "buffer_by": {"field": "KV", "69 kV": "3 m"}},
        "The cut 'cut' has 'buffer' and 'buffer_by'; give one of the two.",
    ),
    (
        {"layer": "a", "slope_above": "15 % slope", "classes": [1]},
        "The cut 'cut' closes cells by their slope and by their value; write two cuts.",
    ),
    (
        {"layer": "a", "buffer_by": {"field": "KV"}},
        "The cut 'cut': 'buffer_by' takes a field and steps, such as {field: VOLTAGE, 230 kV: 30 m}, not "
        "{'field': 'KV'}.",
    ),
]


@pytest.mark.parametrize(("keys", "said"), REFUSALS, ids=[said[:60] for _, said in REFUSALS])
def test_cuts_that_are_refused(keys: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        cut_of(**keys)
    assert str(caught.value.errors()[0]["ctx"]["error"]) == said


def test_a_step_with_a_negative_distance_is_refused() -> None:
    with pytest.raises(ValidationError) as caught:
        cut_of(layer="a", buffer_by={"field": "KV", "69 kV": "-3 m"})
    assert str(caught.value.errors()[0]["ctx"]["error"]) == (
        "The cut 'cut': 'buffer_by': the distance '-3 m' must not be negative."
    )


def test_how_far_a_cut_reaches() -> None:
    assert cut_of(layer="a").reach_m == 0.0
    assert cut_of(layer="a", buffer="150 m").reach_m == 150.0
    assert cut_of(layer="a", buffer_by={"field": "KV", "69 kV": "15 m", "500 kV": "60 m"}).reach_m == 60.0
    assert cut_of(layer="a", buffer_by={"field": "KV", "69 kV": "15 m", "500": "60 m"}).steps == (
        "KV", ((500.0, 60.0), (69.0, 15.0)),
    )  # fmt: skip
