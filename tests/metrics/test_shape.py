from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, Polygon, box

from siting.errors import StudyError
from tests.metrics.drawing import measured, parcels_of, spec, states, usable_of, values

NAN = float("nan")


def test_area_and_compactness() -> None:
    parcels = parcels_of([box(0, 0, 10, 10), box(0, 0, 100, 1), Point(0, 0).buffer(100, quad_segs=256), Polygon()])
    area = measured(spec(shape="area"), parcels)
    np.testing.assert_allclose(values(area), [100.0, 100.0, np.pi * 1e4, 0.0], rtol=1e-4)
    assert states(area) == ["KNOWN"] * 4
    compact = measured(spec(shape="compactness"), parcels)
    assert states(compact) == ["KNOWN", "KNOWN", "KNOWN", "NO_PLACE"]
    np.testing.assert_allclose(values(compact), [np.pi / 4, 4 * np.pi * 100 / 202**2, 1.0, NAN], rtol=1e-4)


def test_the_inscribed_circle_is_within_one_metre() -> None:
    triangle = Polygon([(0, 0), (300, 0), (0, 400)])  # 3-4-5: the radius is 100
    ell = box(0, 0, 400, 400) - box(200, 200, 400, 400)  # touches the inner corner and two sides: 200 (2 - sqrt 2)
    apart = shapely.MultiPolygon([box(0, 0, 10, 10), box(100, 0, 200, 100)])
    got = values(measured(spec(shape="inscribed_circle"), parcels_of([triangle, ell, apart, Polygon()])))
    expected = np.array([100.0, 200 * (2 - np.sqrt(2)), 50.0])
    assert np.all(got[:3] <= expected + 1e-6)
    assert np.all(got[:3] >= expected - 1.0)
    assert np.isnan(got[3])


def test_of_usable_land() -> None:
    gross = [box(0, 0, 10, 10)] * 3
    usable = usable_of(gross, [box(0, 0, 5, 10), Polygon(), Polygon()], state=[0, 0, 3])
    result = measured(spec(shape="area", of="usable"), parcels_of(gross, usable=usable))
    np.testing.assert_array_equal(values(result), [50.0, 0.0, NAN])
    assert states(result) == ["KNOWN", "KNOWN", "NOT_COMPUTED"]


def test_a_rectangle_fits_with_a_witness() -> None:
    turned = shapely.affinity.rotate(box(0, 0, 305, 205), 27.3, origin=(0, 0))
    parcels = parcels_of([box(0, 0, 200, 300), box(0, 0, 199, 900), turned, Polygon()])
    result = measured(spec(fits="300 m x 200 m"), parcels)
    np.testing.assert_array_equal(values(result), [1.0, 0.0, 1.0, 0.0])  # nothing fits where there is no land
    assert states(result) == ["KNOWN"] * 4
    witness = [None if text is None else shapely.from_wkt(text) for text in values(result, "rectangle")]
    assert witness[1] is None
    assert witness[3] is None
    for rectangle, parcel in ((witness[0], box(0, 0, 200, 300)), (witness[2], turned)):
        assert rectangle is not None
        assert parcel.buffer(0.002).covers(rectangle)
        assert rectangle.area == pytest.approx(60_000, rel=1e-4)


def test_usable_land() -> None:
    gross = [box(0, 0, 10, 10), box(0, 0, 10, 10), box(0, 0, 10, 10)]
    left = [shapely.MultiPolygon([box(0, 0, 4, 10), box(5, 0, 7, 10)]), Polygon(), box(0, 0, 10, 10)]
    parcels = parcels_of(gross, usable=usable_of(gross, left, state=[0, 0, 3], area_state=[0, 0, 1]))
    area, share, largest = (measured(spec(usable=what), parcels) for what in ("area", "share", "largest_piece"))
    np.testing.assert_array_equal(values(area), [60.0, 0.0, NAN])
    assert states(area) == ["KNOWN", "KNOWN", "NO_DATA"]
    np.testing.assert_array_equal(values(share), [0.6, 0.0, NAN])
    np.testing.assert_array_equal(values(largest), [40.0, 0.0, NAN])
    assert states(largest) == ["KNOWN", "KNOWN", "NOT_COMPUTED"]
    assert largest.low is None  # the usable area of the third is not known either
    assert spec(usable="share").land == "usable"
    assert states(measured(spec(usable="area"), parcels_of(gross))) == ["NOT_COMPUTED"] * 3


def test_a_largest_piece_that_was_not_worked_out_is_bounded_by_the_usable_area() -> None:
    gross = [box(0, 0, 10, 10), box(0, 0, 10, 10)]
    left = [box(0, 0, 4, 10), shapely.MultiPolygon([box(0, 0, 1, 10), box(2, 0, 4, 10)])]
    result = measured(spec(usable="largest_piece"), parcels_of(gross, usable=usable_of(gross, left, state=[0, 3])))
    np.testing.assert_array_equal(values(result), [40.0, NAN])
    assert states(result) == ["KNOWN", "NOT_COMPUTED"]
    assert result.low is not None
    assert result.high is not None
    assert result.low.tolist() == [40.0, 0.0]
    assert result.high.tolist() == [40.0, 30.0]


@given(
    corners=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), min_size=3, max_size=7, unique=True),
    k=st.sampled_from([2.0, 4.0]), dx=st.integers(-1000, 1000),
)  # fmt: skip
@settings(max_examples=40)
def test_scaling_and_translation(corners: Any, k: float, dx: int) -> None:
    parcel = shapely.convex_hull(shapely.MultiPoint(corners))
    if parcel.area < 100:
        return
    moved = shapely.transform(parcel, lambda xy: xy * k + [dx, 3])
    for what, power in (("area", 2), ("compactness", 0)):
        one, other = values(measured(spec(shape=what), parcels_of([parcel, moved])))
        assert other == pytest.approx(one * k**power)


def test_refusals() -> None:
    with pytest.raises(StudyError) as what:
        spec(shape="round")
    assert str(what.value) == (
        "criterion 'c': 'shape' of the measure 'shape': Input should be 'area', 'compactness' or 'inscribed_circle', "
        "not 'round'."
    )
    with pytest.raises(StudyError) as size:
        spec(fits="600 m")
    assert str(size.value) == (
        "criterion 'c': 'fits': A rectangle is written as two lengths, such as '600 m x 700 m', not '600 m'."
    )


def test_where_a_cut_is_not_mapped_usable_land_is_an_interval() -> None:
    """100 m2 known; at most 50 m2; nothing at all, which no further cut can lessen; and a piece not worked out."""
    gross = [box(20 * n, 0, 20 * n + 10, 10) for n in range(4)]
    left = [gross[0], box(20, 0, 25, 10), Polygon(), gross[3]]
    drawn = usable_of(gross, left, state=[0, 4, 4, 3], area_state=[0, 4, 4, 4])
    usable = replace(drawn, largest_m2=np.array([100.0, 50.0, 0.0, NAN]))
    for what, most in (("area", 50.0), ("share", 0.5), ("largest_piece", 50.0)):
        result = measured(spec(usable=what), parcels_of(gross, usable=usable))
        last = "NOT_COMPUTED" if what == "largest_piece" else "UNKNOWN"
        assert states(result) == ["KNOWN", "UNKNOWN", "KNOWN", last]
        np.testing.assert_array_equal(values(result), [2 * most, np.nan, 0.0, np.nan])
        assert result.low is not None
        assert result.high is not None
        assert result.low.tolist() == [2 * most, 0.0, 0.0, 0.0]
        assert result.high.tolist() == [2 * most, most, 0.0, 2 * most]
