from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
import shapely.ops
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Polygon, box

from siting.errors import StudyError
from tests.metrics.drawing import layer_of, measured, parcels_of, raster_of, spec, states, usable_of, values

NAN = float("nan")
SQUARES = (box(0, 0, 100, 100), box(200, 0, 300, 100))


def test_share_and_area_count_overlaps_once() -> None:
    flood = layer_of([box(-10, 0, 40, 100), box(20, 0, 50, 100), box(45, 200, 60, 300)])
    parcels = parcels_of(SQUARES)
    assert values(measured(spec(share="f"), parcels, f=flood)) == [pytest.approx(0.5), 0.0]
    assert values(measured(spec(area="f"), parcels, f=flood)) == [pytest.approx(5000.0), 0.0]


def test_share_of_a_parcel_with_a_hole_and_of_one_wholly_covered() -> None:
    ring = box(0, 0, 100, 100) - box(25, 25, 75, 75)
    parcels = parcels_of([ring, box(10, 10, 20, 20)])
    share = values(measured(spec(share="f"), parcels, f=layer_of([box(0, 0, 100, 50)])))
    assert share == [pytest.approx(0.5), 1.0]


def test_share_of_usable_land() -> None:
    usable = usable_of([*SQUARES, box(400, 0, 500, 100)], [box(0, 0, 50, 100), Polygon(), Polygon()], state=[0, 0, 3])
    parcels = parcels_of([*SQUARES, box(400, 0, 500, 100)], usable=usable)
    result = measured(spec(share="f", of="usable"), parcels, f=layer_of([box(0, 0, 20, 100)]))
    np.testing.assert_allclose(values(result), [0.4, NAN, NAN])
    assert states(result) == ["KNOWN", "NO_PLACE", "NOT_COMPUTED"]


def test_where_of_unknown_attribute_makes_an_interval() -> None:
    flood = layer_of([box(0, 0, 20, 100), box(20, 0, 50, 100)], SFHA_TF=["T", None])
    result = measured(spec(share="f", where="SFHA_TF == 'T'"), parcels_of(SQUARES), f=flood)
    np.testing.assert_array_equal(values(result), [NAN, 0.0])
    assert result.low is not None
    assert result.high is not None
    np.testing.assert_allclose(result.low, [0.2, 0.0])
    np.testing.assert_allclose(result.high, [0.5, 0.0])
    assert states(result) == ["UNKNOWN", "KNOWN"]
    area = measured(spec(area="f", where="SFHA_TF == 'T'"), parcels_of(SQUARES), f=flood)
    assert area.low is not None
    np.testing.assert_allclose(area.low, [2000.0, 0.0])


def test_an_uncertain_feature_under_a_sure_one_changes_nothing() -> None:
    flood = layer_of([box(0, 0, 50, 100), box(20, 0, 50, 100)], certain=[True, False])
    result = measured(spec(share="f"), parcels_of(SQUARES), f=flood)
    assert states(result) == ["KNOWN", "KNOWN"]
    assert result.low is None


def test_outside_the_mapped_panels_is_no_data_and_not_dry() -> None:
    parcels = parcels_of(
        [box(0, 0, 100, 100), box(250, 0, 350, 100), box(400, 0, 500, 100), box(200.05, 0, 300.05, 100)]
    )
    flood = layer_of([box(0, 0, 50, 100)], coverage=box(-10, -10, 300, 110))
    result = measured(spec(share="f"), parcels, f=flood)
    np.testing.assert_allclose(values(result), [0.5, NAN, NAN, 0.0], atol=1e-12)
    assert states(result) == ["KNOWN", "NO_DATA", "NO_DATA", "KNOWN"]  # 0.05 % outside is digitising noise


def test_crossing_length() -> None:
    lines = layer_of([LineString([(-50, 50), (150, 50)]), LineString([(0, 0), (30, 40)])], V=[None, 230.0])
    result = measured(spec(crossing="l"), parcels_of(SQUARES), l=lines)
    np.testing.assert_allclose(values(result), [150.0, 0.0])
    sure = measured(spec(crossing="l", where="V >= 230"), parcels_of(SQUARES), l=lines)
    assert sure.low is not None
    assert sure.high is not None
    np.testing.assert_allclose(sure.low, [50.0, 0.0])
    np.testing.assert_allclose(sure.high, [150.0, 0.0])


def zones(**more: Any) -> Any:
    """In the first square: 30 % industrial (in two pieces that overlap), 25 % farm, the rest uncovered."""
    drawn = [box(0, 0, 20, 100), box(10, 0, 30, 100), box(30, 0, 55, 100), box(200, 0, 300, 60)]
    return layer_of(
        drawn, ZONE=["I-2", "I-2", "A", "R"], **{"class": ["by_right", "by_right", "rezone", "prohibited"]}, **more
    )


def test_dominant_class() -> None:
    result = measured(spec(class_="z"), parcels_of(SQUARES), z=zones())
    assert values(result) == ["none", "prohibited"]
    np.testing.assert_allclose(values(result, "class_share"), [0.45, 0.6])
    assert states(result) == ["KNOWN", "KNOWN"]
    narrow = parcels_of([box(0, 0, 60, 100)])
    assert values(measured(spec(class_="z", field="ZONE"), narrow, z=zones())) == ["I-2"]


def test_a_tie_goes_to_the_first_class_in_the_alphabet() -> None:
    halves = layer_of([box(0, 0, 50, 100), box(50, 0, 100, 100)], **{"class": ["rezone", "by_right"]})
    result = measured(spec(class_="z"), parcels_of([SQUARES[0]]), z=halves)
    assert values(result) == ["by_right"]
    third = layer_of([box(0, 0, 50, 100)], **{"class": ["rezone"]})
    assert values(measured(spec(class_="z"), parcels_of([SQUARES[0]]), z=third)) == ["rezone"]  # "none" has no more


def test_an_unmapped_code_is_unknown() -> None:
    layer = layer_of(
        [box(0, 0, 90, 100), box(200, 0, 240, 100), box(240, 0, 300, 100)], **{"class": [None, "", "by_right"]}
    )
    result = measured(spec(class_="z"), parcels_of(SQUARES), z=layer)
    assert values(result) == ["unknown", "by_right"]
    np.testing.assert_allclose(values(result, "class_share"), [0.9, 0.6])
    assert states(result) == ["UNKNOWN", "KNOWN"]


def test_features_that_count_only_perhaps_make_a_class_unknown_where_it_matters() -> None:
    layer = layer_of(
        [box(0, 0, 60, 100), box(200, 0, 290, 100), box(200, 0, 220, 100)],
        certain=[False, True, False], **{"class": ["by_right", "rezone", "by_right"]},
    )  # fmt: skip
    result = measured(spec(class_="z"), parcels_of(SQUARES), z=layer)
    assert values(result) == ["unknown", "rezone"]
    np.testing.assert_allclose(values(result, "class_share"), [NAN, 0.9])
    assert states(result) == ["UNKNOWN", "KNOWN"]


def test_class_outside_the_city_extract() -> None:
    result = measured(spec(class_="z"), parcels_of(SQUARES), z=zones(coverage=box(0, 0, 250, 100)))
    assert values(result) == ["none", None]
    assert states(result) == ["KNOWN", "NO_DATA"]
    np.testing.assert_allclose(values(result, "class_share"), [0.45, NAN])


def test_class_codes_that_are_numbers_become_text() -> None:
    layer = layer_of([box(0, 0, 100, 100), box(200, 0, 300, 100)], CODE=[21.0, 3.5])
    assert values(measured(spec(class_="z", field="CODE"), parcels_of(SQUARES), z=layer)) == ["21", "3.5"]


def test_share_of_classes() -> None:
    def share(*classes: str) -> Any:
        return values(measured(spec(class_share="z", classes=list(classes)), parcels_of(SQUARES), z=zones()))

    np.testing.assert_allclose(share("by_right"), [0.3, 0.0])
    np.testing.assert_allclose(share("by_right", "rezone"), [0.55, 0.0])
    np.testing.assert_allclose(share("none"), [0.45, 0.4])
    np.testing.assert_allclose(share("none", "prohibited"), [0.45, 1.0])


def test_share_of_classes_with_land_of_unknown_class() -> None:
    layer = layer_of([box(0, 0, 20, 100), box(10, 0, 50, 100)], **{"class": ["prohibited", None]})
    result = measured(spec(class_share="z", classes=["prohibited"]), parcels_of(SQUARES), z=layer)
    np.testing.assert_array_equal(values(result), [NAN, 0.0])
    assert result.low is not None
    assert result.high is not None
    np.testing.assert_allclose(result.low, [0.2, 0.0])
    np.testing.assert_allclose(result.high, [0.5, 0.0])
    both = measured(spec(class_share="z", classes=["prohibited", "unknown"]), parcels_of(SQUARES), z=layer)
    np.testing.assert_allclose(values(both), [0.5, 0.0])


def test_share_of_none_with_features_that_count_only_perhaps() -> None:
    layer = layer_of([box(0, 0, 20, 100), box(20, 0, 50, 100)], certain=[True, False], **{"class": ["a", "b"]})
    of_none = measured(spec(class_share="z", classes=["none"]), parcels_of([SQUARES[0]]), z=layer)
    assert of_none.low is not None
    assert of_none.high is not None
    np.testing.assert_allclose([of_none.low, of_none.high], [[0.5], [0.8]])
    with_b = measured(spec(class_share="z", classes=["none", "b"]), parcels_of([SQUARES[0]]), z=layer)
    np.testing.assert_allclose(values(with_b), [0.8])


def test_many_classes_are_measured_in_pieces_with_the_same_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    parcels = parcels_of([box(x, 0, x + 100, 100) for x in range(0, 1000, 100)])
    layer = layer_of([box(x, 0, x + 70, 100) for x in range(0, 1000, 90)], CODE=[str(i) for i in range(12)])
    whole = values(measured(spec(class_="z", field="CODE"), parcels, z=layer))
    monkeypatch.setattr("siting.metrics.coverage.MOST_CELLS", 30)
    assert values(measured(spec(class_="z", field="CODE"), parcels, z=layer)) == whole


def quadrilateral(values: Any) -> Any:
    return shapely.convex_hull(shapely.MultiPoint(values))


shapes = st.lists(
    st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), min_size=3, max_size=6, unique=True)
    .map(quadrilateral).filter(lambda shape: shape.area > 1),
    min_size=1, max_size=5,
)  # fmt: skip


@given(features=shapes, parcels=shapes)
@settings(max_examples=40)
def test_shapely_agrees(features: Any, parcels: Any) -> None:
    union = shapely.union_all(features)
    got = values(measured(spec(share="f"), parcels_of(parcels), f=layer_of(features)))
    np.testing.assert_allclose(got, [parcel.intersection(union).area / parcel.area for parcel in parcels], atol=1e-9)


@given(
    features=shapes, parcel=shapes.map(lambda some: some[0]), cut=st.integers(1, 199), k=st.sampled_from([2.0, 0.25])
)
@settings(max_examples=40)
def test_splitting_conserves_and_scaling_squares_the_covered_area(
    features: Any, parcel: Any, cut: int, k: float
) -> None:
    measure = spec(area="f")
    whole = values(measured(measure, parcels_of([parcel]), f=layer_of(features)))[0]
    parts = [
        part for part in shapely.get_parts(shapely.ops.split(parcel, LineString([(0, cut), (cut, 0)]))) if part.area > 0
    ]
    assert sum(values(measured(measure, parcels_of(parts), f=layer_of(features)))) == pytest.approx(whole, abs=1e-6)

    def scaled(shape: Any) -> Any:
        return shapely.transform(shape, lambda xy: xy * k + [1000, -500])

    other = measured(measure, parcels_of([scaled(parcel)]), f=layer_of([scaled(f) for f in features]))
    assert values(other)[0] == pytest.approx(whole * k**2, abs=1e-6)


@given(features=shapes, parcel=shapes.map(lambda some: some[0]))
@settings(max_examples=30)
def test_clipping_the_layer_to_the_parcel_changes_nothing(features: Any, parcel: Any) -> None:
    clipped = [feature for feature in features if feature.intersects(parcel)]
    whole = measured(spec(share="f"), parcels_of([parcel]), f=layer_of(features))
    part = measured(spec(share="f"), parcels_of([parcel]), f=layer_of(clipped, kind="polygon"))
    np.testing.assert_allclose(values(part), values(whole), atol=1e-12)


def test_refusals() -> None:
    parcels = parcels_of(SQUARES)
    with pytest.raises(StudyError) as lines:
        measured(spec(share="rail"), parcels, rail=layer_of([LineString([(0, 0), (1, 1)])]))
    assert str(lines.value) == (
        "The measure 'share' needs polygons, but the layer 'rail' holds lines. Name another layer or another measure."
    )
    with pytest.raises(StudyError) as areas:
        measured(spec(crossing="flood"), parcels, flood=layer_of(SQUARES))
    assert str(areas.value) == (
        "The measure 'crossing' needs lines, but the layer 'flood' holds polygons. "
        "Name another layer or another measure."
    )
    with pytest.raises(StudyError) as field:
        measured(spec(class_="z", field="ZON"), parcels, z=zones())
    assert str(field.value) == (
        "There is no field 'ZON' in the layer 'things'. Did you mean 'ZONE'? Its fields are 'ZONE', 'class'."
    )
    with pytest.raises(StudyError) as raster:
        measured(spec(class_share="z", classes=["a"]), parcels, z=raster_of([[1.0]], name="z"))
    assert str(raster.value) == (
        "The measure 'class_share' needs features, but the layer 'z' is a raster. Use 'raster' or 'slope'."
    )


@pytest.mark.data
def test_tribal_land_of_real_parcels(data_folder: Path) -> None:
    """Share of 500 Pima parcels on reservations, against shapely."""
    import geopandas as gpd

    parcels = gpd.read_parquet(data_folder / "arizona" / "parcels_pima.parquet").iloc[::100].to_crs("EPSG:26912")
    parcels.geometry = shapely.make_valid(parcels.geometry.to_numpy(), method="structure", keep_collapsed=False)
    tribal = gpd.read_file(data_folder / "arizona" / "tribal_reservations.gpkg").to_crs("EPSG:26912")
    tribal = tribal[tribal.intersects(box(*parcels.total_bounds))]
    geometries = parcels.geometry.to_numpy()[parcels.geometry.area.to_numpy() > 1]
    got = values(measured(spec(share="t"), parcels_of(geometries), t=layer_of(tribal.geometry.to_numpy())))
    union = shapely.union_all(tribal.geometry.to_numpy())
    expected = shapely.area(shapely.intersection(geometries, union)) / shapely.area(geometries)
    np.testing.assert_allclose(got, expected, atol=1e-7)
