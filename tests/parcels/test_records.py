"""Rules for records, whether they come at once or a few at a time (more in test_read.py and test_stream.py)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from shapely import Polygon, box

from siting.parcels import AreaField
from siting.parcels.cleaning import Log
from siting.parcels.records import Records, flag_areas, stacks, without_dropped
from siting.shapes import Shapes


def records() -> Records:
    shapes = Shapes.from_geometries([box(0, 0, 10, 10), Polygon(), box(0, 0, 10, 10), box(0, 0, 0.5, 0.5)], "polygon")
    table = pd.DataFrame({"SIZE": [150.0, 1.0, 100.0, 1.0]})
    ids = np.array(["b", "x", "a", "y"], dtype=object)
    return Records(shapes=shapes, ids=ids, row=np.array([3, 4, 5, 6]), table=table)


def test_what_is_no_land_is_listed_and_left_out() -> None:
    log = Log()
    assert without_dropped(records(), log).row.tolist() == [3, 5]
    assert log.detail == ["it has no polygon", "a sliver of 0.250 m2"]


def test_the_lowest_id_of_an_outline_stays() -> None:
    found = stacks(without_dropped(records(), Log()), Log(), None)
    assert found.kept.tolist() == [1]
    assert found.members == {5: ["a", "b"]}
    assert found.differ == {1: ["SIZE"]}


def test_areas_are_flagged_and_the_first_value_is_given() -> None:
    log = Log()
    land = without_dropped(records(), Log())
    assert flag_areas(AreaField(field="SIZE", unit="m2"), land, (), log) == (True, (3, "150.0"))
    assert log.ids == ["b"]
    assert log.detail == ["declared 150 m2, computed 100 m2 (+50%)"]
