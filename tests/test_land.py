"""Land: what parcels are measured from."""

from __future__ import annotations

import numpy as np
import shapely

from siting.land import Land
from siting.measure import State
from siting.shapes import Shapes


def test_take_keeps_the_placements_of_each_parcel() -> None:
    boxes = [shapely.box(i, 0, i + 1, 1) for i in range(5)]
    state = np.array([State.KNOWN, State.NOT_COMPUTED, State.KNOWN], np.uint8)
    land = Land(shapes=Shapes.from_geometries(boxes), offsets=np.array([0, 2, 2, 5]), state=state)
    taken = land.take(np.array([2, 0]))
    assert taken.offsets.tolist() == [0, 3, 5]
    assert [g.bounds[0] for g in taken.shapes.geometries] == [2.0, 3.0, 4.0, 0.0, 1.0]
    assert taken.state.tolist() == [State.KNOWN, State.KNOWN]
    none = land.take(np.array([1]))
    assert none.offsets.tolist() == [0, 0]
    assert none.state.tolist() == [State.NOT_COMPUTED]
