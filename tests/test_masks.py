"""Masks of cuts, against drawings, shapely on whole layers, and closed cells counted by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, box

from siting.crs import reproject_shapely
from siting.errors import StudyError
from siting.masks import LocalMask, mask_of, polygons_of
from siting.usable import Cut
from tests.metrics.drawing import CRS, layer_of, parcels_of, raster_of

SQUARE = box(0, 0, 40, 40)


def cut_of(**keys: Any) -> Cut:
    return Cut.model_validate({"name": "cut", "layer": "things", **keys})


def near(geometries: list[Any], layer: Any, **keys: Any) -> LocalMask:
    return mask_of(cut_of(**keys), {"things": layer}).near(parcels_of(geometries))


def closed(mask: LocalMask, row: int = 0) -> Any:
    """The union of the pieces that touch a parcel."""
    rows, items = mask.pairs
    return shapely.union_all(mask.pieces.geometries[items[rows == row]])


def test_a_large_outline_is_divided_without_seams() -> None:
    """A disc of 4,000 vertices comes in small pieces whose union is the disc."""
    disc = Point(0, 0).buffer(1000, quad_segs=1000) - Point(100, 0).buffer(300, quad_segs=200)
    mask = near([box(-2000, -2000, 2000, 2000)], layer_of([disc]))
    assert len(mask.pieces) > 30
    assert shapely.get_num_coordinates(mask.pieces.geometries).max() <= 130
    assert closed(mask).symmetric_difference(disc).area < 1e-6 * disc.area
    assert closed(mask).geom_type == "Polygon"


def test_buffers() -> None:
    line = LineString([(0, 0), (100, 0)])
    mask = near([box(-50, -50, 150, 50)], layer_of([line]), buffer="20 m")
    exact = 100 * 40 + np.pi * 400
    assert closed(mask).area == pytest.approx(exact, rel=1e-3)
    assert closed(mask).area <= exact


def test_buffers_grow_with_an_attribute() -> None:
    """Each feature takes the distance of the highest level it reaches; below the lowest none; unknown the largest."""
    points = [Point(0, 0), Point(1000, 0), Point(2000, 0), Point(3000, 0), Point(4000, 0)]
    layer = layer_of(points, KV=[69.0, 230.0, 500.0, 12.0, None])
    steps = {"field": "KV", "69 kV": "10 m", "230 kV": "30 m", "345 kV": "50 m"}
    mask = near([point.buffer(100) for point in points], layer, buffer_by=steps)
    radius = [np.sqrt(closed(mask, row).area / np.pi) for row in range(5)]
    np.testing.assert_allclose(radius, [10, 30, 50, 0, 50], rtol=1e-3)


def test_levels_are_converted_to_the_unit_that_the_layer_states() -> None:
    """Volts in the field, kilovolts in the study; without a stated unit the numbers are taken as written."""
    points = [Point(0, 0), Point(1000, 0)]
    volts = layer_of(points, V=[69_000.0, 230_000.0])
    steps = {"field": "V", "100 kV": "10 m", "200000 V": "30 m"}
    for layer, radii in ((replace(volts, units={"V": "V"}), [0, 30]), (volts, [10, 30])):
        mask = near([point.buffer(100) for point in points], layer, buffer_by=steps)
        np.testing.assert_allclose([np.sqrt(closed(mask, row).area / np.pi) for row in (0, 1)], radii, rtol=1e-3)


def test_where_keeps_the_unknown() -> None:
    """Land is not called usable because an attribute is missing."""
    layer = layer_of([box(0, 0, 10, 10), box(10, 0, 20, 10), box(20, 0, 30, 10)], ZONE=["A", None, "X"])
    assert closed(near([SQUARE], layer, where="ZONE == 'A'")).area == pytest.approx(200)


def test_closed_classes_are_whole_cells() -> None:
    cells = raster_of([[1, 2, 3, 4], [5, 6, 7, 8], [1, 2, 3, 4], [5, 6, 7, 8]])  # 10 m, upper left at (0, 40)
    drawn = closed(near([SQUARE], cells, classes=[1, 6]))
    assert drawn.equals(
        shapely.union_all([box(0, 30, 10, 40), box(0, 10, 10, 20), box(10, 20, 20, 30), box(10, 0, 20, 10)])
    )
    assert closed(near([SQUARE], cells, above=6)).area == 400.0
    assert closed(near([SQUARE], cells, above=2, below=6)).area == 600.0


def test_cells_without_data_are_open_and_say_not_mapped() -> None:
    values = np.full((4, 4), 9.0)
    values[:, 2:] = np.nan
    mask = near([box(0, 0, 20, 40), SQUARE, box(100, 100, 110, 110)], raster_of(values), above=5)
    assert [closed(mask, row).area for row in range(3)] == [800.0, 800.0, 0.0]
    assert mask.covers.tolist() == [True, False, False]


def test_steep_cells_in_metres() -> None:
    """A plane that rises 2 m every 10 m cell is steep at 15 %, and is not at 25 %; the DEM is in centimetres."""
    plane = raster_of(np.arange(20.0)[None, :] * 200 + np.zeros((20, 1)), transform=(10, 0, 0, 0, -10, 200), unit="cm")
    inner = box(40, 40, 160, 160)
    assert closed(near([inner], plane, slope_above="15 % slope")).intersection(inner).area == inner.area
    assert closed(near([inner], plane, slope_above="25 % slope")).is_empty


@pytest.mark.parametrize("seed", [1, 2])
def test_blocks_have_no_seam_and_do_not_depend_on_the_parcels(seed: int) -> None:
    """600 x 600 cells are read in nine blocks; the union is that of the closed cells, for any parcels."""
    values = np.random.default_rng(seed).random((30, 30)).repeat(20, axis=0).repeat(20, axis=1)
    cells = raster_of(values, transform=(1, 0, 0, 0, -1, 600))
    lots = [box(100, 100, 500, 500), box(250, 250, 262, 350), box(0, 0, 600, 600)]
    together = near(lots, cells, above=0.5)
    corners = [(20 * j, 600 - 20 * i) for i, j in zip(*np.nonzero(values[::20, ::20] > 0.5), strict=True)]
    whole = shapely.union_all([box(x, y - 20, x + 20, y) for x, y in corners])
    for row, lot in enumerate(lots):
        assert closed(together, row).intersection(lot).symmetric_difference(whole.intersection(lot)).area < 1e-9
        alone = near([lot], cells, above=0.5)
        rows, items = together.pairs
        mine = together.pieces.geometries[items[rows == row]]
        assert shapely.to_wkb(mine).tolist() == shapely.to_wkb(alone.pieces.geometries[alone.pairs[1]]).tolist()


def test_a_raster_in_another_crs_is_not_warped() -> None:
    """Cells in degrees: the closed land is the image of the closed cells, within the 5 cm of reprojected edges."""
    step = 0.001
    values = np.zeros((40, 40))
    values[10:30, 10:20] = 1.0
    cells = raster_of(values, transform=(step, 0, -112.0, 0, -step, 33.5), crs="EPSG:4326")
    (image,), _ = reproject_shapely(
        np.array([box(-112 + 10 * step, 33.5 - 30 * step, -112 + 20 * step, 33.5 - 10 * step)], object),
        "EPSG:4326",
        CRS,
    )
    lot = image.envelope.buffer(500)
    mask = near([lot], cells, above=0.5)
    assert mask.covers.tolist() == [True]
    assert closed(mask).symmetric_difference(image).area < 0.1 * image.length


def test_a_line_that_rounding_leaves_is_no_land() -> None:
    line, both = LineString([(0, 0), (1, 1)]), shapely.GeometryCollection([SQUARE, LineString([(0, 0), (1, 1)])])
    kept = polygons_of(np.array([SQUARE, line, both], dtype=object))
    assert shapely.area(kept).tolist() == [1600.0, 0.0, 1600.0]
    assert set(shapely.get_type_id(kept)) <= {3, 6}


def test_a_setback_is_a_strip_along_the_own_border() -> None:
    mask = mask_of(Cut.model_validate({"name": "lot line", "setback": "5 m"}), {}).near(parcels_of([SQUARE]))
    assert closed(mask).area == pytest.approx(1600 - 900)
    assert mask.covers.tolist() == [True]


@given(x=st.integers(0, 30), y=st.integers(0, 30), size=st.integers(1, 40))
@settings(max_examples=40)
def test_raster_cuts_cover_exactly_the_cells_under_the_parcel(x: int, y: int, size: int) -> None:
    values = np.add.outer(np.arange(8), np.arange(8)) % 3
    cells = raster_of(values, transform=(5, 0, 0, 0, -5, 40))
    lot = box(x, y, x + size, y + size)
    expected = sum(
        box(5 * j, 35 - 5 * i, 5 * j + 5, 40 - 5 * i).intersection(lot).area
        for i, j in zip(*np.nonzero(values == 0), strict=True)
    )
    assert closed(near([lot], cells, classes=[0])).intersection(lot).area == pytest.approx(expected)


REFUSALS: list[tuple[dict[str, Any], Any, str]] = [
    (
        {"layer": "thing"}, layer_of([SQUARE]),
        "The cut 'cut' names the layer 'thing', which the study does not have. Did you mean 'things'? Its layers are "
        "'things'.",
    ),
    (
        {}, raster_of([[1]]),
        "The cut 'cut' does not say which cells of the raster 'cells' are closed. Add slope_above, above, below or "
        "classes.",
    ),
    (
        {"buffer": "3 m", "above": 1.0}, raster_of([[1]]),
        "The cut 'cut' says 'buffer', which is for features, but the layer 'cells' is a raster. Use slope_above, "
        "above, below or classes.",
    ),
    (
        {"classes": [1]}, layer_of([SQUARE]),
        "The cut 'cut' says 'classes', which is for cells, but the layer 'things' is one of features. Use where, "
        "buffer or buffer_by.",
    ),
    (
        {}, layer_of([Point(0, 0)]),
        "The cut 'cut': the layer 'things' holds points, which have no area. Add a buffer, such as buffer: 30 m.",
    ),
    (
        {"buffer_by": {"field": "VOLTS", "69 kV": "3 m"}}, layer_of([Point(0, 0)], VOLT=[1.0]),
        "The cut 'cut': the layer 'things' has no field 'VOLTS'. Did you mean 'VOLT'? Its fields are 'VOLT'.",
    ),
    (
        {"buffer_by": {"field": "V", "69 kV": "3 m"}}, replace(layer_of([Point(0, 0)], V=[1.0]), units={"V": "ft"}),
        "The cut 'cut': 'buffer_by': The unit 'ft' is of a length, but a voltage, such as '230 kV', is wanted.",
    ),
    (
        {"buffer_by": {"field": "V", "69 kV": "3 m"}}, layer_of([Point(0, 0)], V=["high"]),
        "The cut 'cut': the field 'V' of the layer 'things' holds no number, so 'buffer_by' cannot go by it. Name "
        "another field, or write buffer: 30 m.",
    ),
    (
        {"slope_above": "15 % slope"}, raster_of(np.zeros((4, 4))),
        "The layer 'cells' has no unit, and a cut by slope needs one: the file does not say what its numbers are in. "
        "Write unit: m (or cm, ft, % slope ...) under layers: cells:.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("keys", "layer", "said"), REFUSALS, ids=[said[:70] for *_, said in REFUSALS])
def test_cuts_that_the_layer_cannot_serve(keys: dict[str, Any], layer: Any, said: str) -> None:
    with pytest.raises(StudyError) as caught:
        mask_of(cut_of(**keys), {"things": layer}).near(parcels_of([SQUARE]))
    assert str(caught.value) == said
