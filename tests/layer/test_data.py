"""Selecting features, and what a layer without a unit may not do."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from siting.errors import StudyError
from siting.layer import RasterLayer, VectorLayer, select
from siting.shapes import Shapes
from siting.where import Where


def stations() -> VectorLayer:
    points = [shapely.Point(i, 0) for i in range(4)]
    return VectorLayer(
        name="stations",
        shapes=Shapes.from_geometries(points),
        table=pd.DataFrame({"KV": [345.0, 69.0, np.nan, 230.0]}),
        ids=np.array(["a", "b", "c", "d"], dtype=object),
        certain=np.array([True, True, True, False]),
        units={"KV": "kV"},
    )


def test_no_condition_is_the_layer_itself() -> None:
    layer = stations()
    assert select(layer, None) is layer


@pytest.mark.parametrize(
    ("unknown", "ids", "certain"),
    [
        ("interval", ["a", "c", "d"], [True, False, False]),
        ("exclude", ["a", "d"], [True, False]),
        ("include", ["a", "c", "d"], [True, True, False]),
    ],
)
def test_an_unknown_answer_has_three_fates(unknown: str, ids: list[str], certain: list[bool]) -> None:
    """c has no voltage; d was uncertain before and stays so."""
    chosen = select(stations(), Where("KV >= 230"), unknown=unknown)  # type: ignore[arg-type]
    assert chosen.ids.tolist() == ids
    assert chosen.certain.tolist() == certain
    assert chosen.table.index.tolist() == list(range(len(ids)))
    assert len(chosen) == len(chosen.shapes) == len(ids)
    assert chosen.units == {"KV": "kV"}


def test_taking_features_keeps_their_order() -> None:
    taken = stations().take(np.array([3, 0]))
    assert taken.ids.tolist() == ["d", "a"]
    assert taken.table["KV"].tolist() == [230.0, 345.0]
    assert taken.shapes.coords.tolist() == [[3.0, 0.0], [0.0, 0.0]]


def test_numbers_without_a_unit_are_refused() -> None:
    dem = RasterLayer(name="dem", crs="EPSG:26912", transform=(1, 0, 0, 0, -1, 0), width=1, height=1, unit="")
    with pytest.raises(StudyError) as error:
        dem.require_unit("slope")
    assert str(error.value) == (
        "The layer 'dem' has no unit, and slope needs one: the file does not say what its numbers are in. "
        "Write unit: m (or cm, ft, % slope ...) under layers: dem:."
    )
    with_unit = RasterLayer(name="dem", crs="EPSG:26912", transform=(1, 0, 0, 0, -1, 0), width=1, height=1, unit="cm")
    assert with_unit.require_unit("slope") == "cm"
