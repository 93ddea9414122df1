"""Taking parcels, and the land that a measure may start from."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from siting.measure import State
from siting.parcels import Parcels
from siting.shapes import Shapes


def three() -> Parcels:
    squares = [shapely.box(10 * i, 0, 10 * i + i + 1, 1) for i in range(3)]
    return Parcels(
        ids=np.array(["a", "b", "c"], dtype=object),
        shapes=Shapes.from_geometries(squares),
        table=pd.DataFrame({"PUC": ["0014", "14", ""]}),
        crs="EPSG:26912",
    )


def test_taking_keeps_rows_together() -> None:
    taken = three().take(np.array([2, 0]))
    assert len(taken) == 2
    assert taken.ids.tolist() == ["c", "a"]
    assert taken.table["PUC"].tolist() == ["", "0014"]
    assert taken.shapes.area_m2.tolist() == [3.0, 1.0]


def test_the_parcel_itself_is_always_known_land() -> None:
    land = three().land("parcel")
    assert land.offsets.tolist() == [0, 1, 2, 3]
    assert set(land.state) == {State.KNOWN}


def test_usable_land_that_nobody_worked_out_is_not_computed() -> None:
    for of in ("usable", "pad"):
        land = three().land(of)
        assert len(land.shapes) == 0
        assert set(land.state) == {State.NOT_COMPUTED}
