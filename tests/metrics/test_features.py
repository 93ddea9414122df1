from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from shapely import Point, box

from siting.errors import StudyError
from siting.measure import State
from siting.metrics.features import Coverage, Features, column_step, numbers_in, quantity, state_of, texts_in
from siting.shapes import Shapes
from siting.units import parse_unit
from tests.metrics.drawing import layer_of, parcels_of, spec, usable_of

INF, NAN = float("inf"), float("nan")


def test_features_of_a_measure() -> None:
    layer = layer_of(
        [Point(0, 0), Point(1, 0), Point(2, 0), Point(3, 0)],
        KV=[69.0, 230.0, None, 345.0],
        certain=[True, True, True, False],
    )
    chosen = Features.of(spec(distance="s", where="KV >= 230"), {"s": layer})  # type: ignore[arg-type]
    assert chosen.ids.tolist() == ["f1", "f2", "f3"]
    assert chosen.sure.tolist() == [True, False, False]
    assert len(chosen) == 3
    assert chosen.only(chosen.sure).coords.tolist() == [[1.0, 0.0]]
    include = Features.of(spec(distance="s", where="KV >= 230", unknown="include"), {"s": layer})  # type: ignore[arg-type]
    assert include.sure.tolist() == [True, True, False]  # the layer's own doubt stays


def test_depth_inside_a_coverage() -> None:
    coverage = Coverage.of(layer_of([Point(0, 0)], coverage=box(0, 0, 100, 100)))
    assert coverage is not None
    shapes = Shapes.from_geometries(
        [box(40, 40, 60, 60), box(0, 0, 10, 10), box(90, 0, 110, 10), box(200, 0, 210, 10), box(-10, -10, 110, 110)]
    )
    np.testing.assert_array_equal(coverage.depth_m(shapes), [40.0, 0.0, 0.0, 0.0, 0.0])
    np.testing.assert_array_equal(coverage.depth_m(shapes, 30.0), [INF, 0.0, 0.0, 0.0, 0.0])
    assert coverage.holds(shapes).tolist() == [True, True, False, False, False]
    assert Coverage.of(layer_of([Point(0, 0)])) is None


def test_quantity_from_bounds() -> None:
    state = np.array([State.KNOWN, State.KNOWN, State.NO_DATA, State.BEYOND], np.uint8)
    result = quantity("q", np.array([1.0, 2.0, 3.0, INF]), np.array([1.0004, 5.0, 3.0, INF]), state, step=0.001)
    np.testing.assert_array_equal(result.columns["q"], [1.0, NAN, NAN, INF])
    assert result.low is not None
    assert result.high is not None
    np.testing.assert_array_equal(result.low, [1.0, 2.0, NAN, INF])
    np.testing.assert_array_equal(result.high, [1.0, 5.0, NAN, INF])
    assert result.state.tolist() == [State.KNOWN, State.UNKNOWN, State.NO_DATA, State.BEYOND]


def test_state_of_land() -> None:
    gross = [box(0, 0, 1, 1)] * 3
    parcels = parcels_of(
        gross, usable=usable_of(gross, [gross[0], gross[0] - gross[0], gross[0] - gross[0]], state=[0, 0, 3])
    )
    assert state_of(parcels.land("usable")).tolist() == [State.KNOWN, State.NO_PLACE, State.NOT_COMPUTED]
    assert state_of(parcels.land("pad")).tolist() == [State.NOT_COMPUTED] * 3


@pytest.mark.parametrize(
    ("unit", "step"),
    [("ft", 0.001), ("acre", 1.0), ("% slope", 1e-6), ("%", 1e-8), ("kV", 0.001), ("USD/acre", 1e-6 / 4046.8564224)],
)
def test_rounding_steps(unit: str, step: float) -> None:
    assert column_step(parse_unit(unit)) == pytest.approx(step)


def test_fields_as_numbers_and_text() -> None:
    table = pd.DataFrame(
        {
            "FCV": ["     118,650", "", None],
            "CODE": [21.0, 3.5, None],
            "NAME": [" Ajo ", "", None],
            "DEG": [45.0, 0.0, None],
        }
    )
    np.testing.assert_array_equal(numbers_in(table, "FCV", None, "the parcels"), [118650.0, NAN, NAN])
    np.testing.assert_allclose(numbers_in(table, "DEG", parse_unit("degrees"), "the parcels"), [1.0, 0.0, NAN])
    assert texts_in(table, "CODE", "the parcels").tolist() == ["21", "3.5", None]
    assert texts_in(table, "NAME", "the parcels").tolist() == ["Ajo", None, None]
    with pytest.raises(StudyError) as text:
        numbers_in(table, "NAME", None, "the parcels")
    assert str(text.value) == (
        "The field 'NAME' of the parcels holds no numbers, but text such as ' Ajo '. Name a numeric field, "
        "or ask for a text (values: text, or the measure 'class')."
    )
    with pytest.raises(StudyError) as absent:
        texts_in(table, "NAM", "the parcels")
    assert str(absent.value) == (
        "There is no field 'NAM' in the parcels. Did you mean 'NAME'? Its fields are 'FCV', 'CODE', 'NAME', 'DEG'."
    )


def test_a_unit_that_contradicts_the_stated_one_is_refused() -> None:
    layer = replace(layer_of([Point(0, 0)], KV=[230.0]), name="lines", units={"KV": "kV"})
    features = Features.of(spec(attribute="lines", field="KV", relation="nearest"), {"lines": layer})  # type: ignore[arg-type]
    assert features.numbers("KV", parse_unit("kV")).tolist() == [230_000.0]
    demand = replace(layer, units={"KV": "MW"})
    peak = Features.of(spec(attribute="lines", field="KV", relation="nearest"), {"lines": demand})  # type: ignore[arg-type]
    assert peak.numbers("KV", parse_unit("MWp")).tolist() == [230e6]
    with pytest.raises(StudyError) as caught:
        features.numbers("KV", parse_unit("V"))
    assert str(caught.value) == (
        "A measure reads the field 'KV' of the layer 'lines' in 'V', but its numbers are in 'kV', as the study or the "
        "catalogue says. Write unit: kV, or mend units: under layers:."
    )
