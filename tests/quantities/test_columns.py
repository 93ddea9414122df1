from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from siting.engine import Store
from siting.measure import Measured, State
from siting.quantities.columns import joined, packed, placed, rounded, rows_of, unpacked, waterfall
from siting.usable import Cut, usable_land
from tests.metrics.drawing import layer_of, parcels_of, spec, usable_of

NAN, INF = np.nan, np.inf
DISTANCE = spec(distance="rail")


def drawn(**more: Any) -> Measured:
    columns = {"distance": np.array([1.5, NAN, INF]), "nearest_id": np.array(["a", None, "b\x00;"], dtype=object)}
    return Measured(columns=columns, state=np.array([0, 4, 2], np.uint8), **more)


def same(one: Measured, other: Measured) -> None:
    assert list(one.columns) == list(other.columns)
    for name, values in one.columns.items():
        assert values.dtype == other.columns[name].dtype
        assert values.tolist() == other.columns[name].tolist() or np.array_equal(
            values, other.columns[name], equal_nan=True
        )
    np.testing.assert_array_equal(one.state, other.state)
    assert one.state.dtype == other.state.dtype
    for mine, theirs in ((one.low, other.low), (one.high, other.high)):
        assert (mine is None) == (theirs is None)
        if mine is not None:
            np.testing.assert_array_equal(mine, theirs)
    assert one.notes == other.notes


def test_quantities_are_rounded_to_the_step_of_their_column() -> None:
    exact = Measured(
        columns={"distance": np.array([1.23449, 1.2346, -0.0001, NAN, INF]), "nearest_id": np.array(["a"] * 5, object)},
        state=np.zeros(5, np.uint8), low=np.array([1.00051, 0, 0, 0, 0.0]), high=np.array([2.00049, 0, 0, 0, 0.0]),
    )  # fmt: skip
    found = rounded(DISTANCE, exact)
    np.testing.assert_array_equal(found.columns["distance"], [1.234, 1.235, 0.0, NAN, INF])
    assert not np.signbit(found.columns["distance"][2])
    assert found.low is not None
    assert found.high is not None
    assert (found.low[0], found.high[0]) == (1.001, 2.0)
    assert found.columns["nearest_id"].tolist() == ["a"] * 5


def test_a_step_that_is_no_power_of_ten() -> None:
    per_acre = spec(field="IMPROVEMENT", unit="USD", per="acre")
    step = per_acre.columns[0].step
    assert step is not None
    values = np.array([0.0, 3.4, 1234.5]) * step
    found = rounded(per_acre, Measured(columns={"field": values}, state=np.zeros(3, np.uint8)))
    np.testing.assert_allclose(found.columns["field"], np.round(values / step) * step, atol=step / 1e6)


def test_a_placement_becomes_its_outline() -> None:
    gross = [box(0, 0, 100, 100)] * 3
    usable = usable_of(gross, gross, pads=[[box(0, 0, 10, 20), box(50, 50, 60, 70)], [], [box(1, 1, 11, 21)]])
    number = Measured(
        columns={"distance": np.array([5.0, NAN, INF]), "placement": np.array([1.0, NAN, 0.0])},
        state=np.array([0, 3, 2], np.uint8),
    )
    parcels = parcels_of(gross, usable=usable)
    texts = placed(number, parcels).columns["placement"]
    assert texts[1] is None
    assert shapely.from_wkt(texts[0]).equals(box(50, 50, 60, 70))
    assert shapely.from_wkt(texts[2]).equals(box(1, 1, 11, 21))
    assert placed(drawn(), parcels_of(gross)).columns.keys() == drawn().columns.keys()


def test_the_waterfall_as_columns() -> None:
    parcels = parcels_of([box(0, 0, 100, 100), box(300, 0, 400, 100)])
    layers = {"pond": layer_of([box(0, 0, 50, 100)], coverage=box(0, 0, 200, 200))}
    found = waterfall(usable_land(parcels, layers, [Cut(name="pond", layer="pond")], eligible=np.array([True, False])))
    assert {name: values.tolist()[0] for name, values in found.columns.items()} == {
        "gross": 10_000.0, "cut:pond": 5000.0, "usable": 5000.0, "largest_piece": 5000.0, "pieces": 1.0,
    }  # fmt: skip
    second = [values[1] for values in found.columns.values()]
    np.testing.assert_array_equal(second, [10_000.0, NAN, 10_000.0, NAN, NAN])
    assert found.state.tolist() == [State.KNOWN, State.NOT_COMPUTED]
    assert found.notes == ()


def test_parts_are_joined_in_the_order_of_the_parcels() -> None:
    """Rows 2 and 0, then 1; only the second part has intervals."""
    one = Measured(columns={"q": np.array([2.0, 0.0])}, state=np.array([2, 0], np.uint8), notes=("said",))
    other = Measured(
        columns={"q": np.array([NAN])}, state=np.array([4], np.uint8), low=np.array([0.5]), high=np.array([1.5]),
        notes=("said", "more"),
    )  # fmt: skip
    found = joined([one, other], np.argsort([2, 0, 1]))
    expected = Measured(
        columns={"q": np.array([0.0, NAN, 2.0])}, state=np.array([0, 4, 2], np.uint8),
        low=np.array([0.0, 0.5, 2.0]), high=np.array([0.0, 1.5, 2.0]), notes=("said", "more"),
    )  # fmt: skip
    same(found, expected)
    assert joined([one, one], np.arange(4)).low is None


def test_rows() -> None:
    bounds = {"low": np.array([1.5, 1.0, INF]), "high": np.array([1.5, 2.0, INF])}
    part = rows_of(drawn(**bounds), np.array([2, 0]))
    expected = Measured(
        columns={"distance": np.array([INF, 1.5]), "nearest_id": np.array(["b\x00;", "a"], dtype=object)},
        state=np.array([2, 0], np.uint8), low=np.array([INF, 1.5]), high=np.array([INF, 1.5]),
    )  # fmt: skip
    same(part, expected)
    assert rows_of(drawn(), np.array([1])).low is None


@given(bounds=st.booleans(), notes=st.lists(st.text(max_size=5), max_size=3))
def test_what_is_packed_is_unpacked(bounds: bool, notes: list[str]) -> None:
    more = {"low": np.array([1.5, 1.0, INF]), "high": np.array([1.5, 2.0, INF])} if bounds else {}
    measured = drawn(notes=tuple(notes), **more)
    found = unpacked(packed(measured), ["distance", "nearest_id"], 3)
    assert found is not None
    same(found, measured)


def test_what_is_kept_is_found_again(tmp_path: Path) -> None:
    store, measured = Store(tmp_path), drawn(notes=("a note",))
    store.put("ab12", packed(measured))
    found = unpacked(store.get("ab12"), ["distance", "nearest_id"], 3)
    assert found is not None
    same(found, measured)


def test_a_text_is_packed_once_however_many_parcels_have_it() -> None:
    texts = np.array([*"abba", None, "a"], dtype=object)
    table = packed(Measured(columns={"class": texts}, state=np.zeros(6, np.uint8)))
    assert table.column("column class").chunk(0).dictionary.to_pylist() == ["a", "b"]
    assert table.column("column class").to_pylist() == texts.tolist()


def test_a_column_of_nothing_but_nothing_stays_text() -> None:
    nothing = Measured(columns={"id": np.array([None, None], dtype=object)}, state=np.zeros(2, np.uint8))
    found = unpacked(packed(nothing), ["id"], 2)
    assert found is not None
    same(found, nothing)


def test_a_part_of_other_columns_or_parcels_is_not_taken() -> None:
    table = packed(drawn())
    assert unpacked(None, ["distance", "nearest_id"], 3) is None
    assert unpacked(table, ["distance", "nearest_id"], 4) is None
    assert unpacked(table, ["distance"], 3) is None
    assert unpacked(table, ["distance", "nearest_id", "placement"], 3) is None
    assert unpacked(table.drop_columns(["state"]), ["distance", "nearest_id"], 3) is None
    assert unpacked(pa.table({}), [], 0) is None
