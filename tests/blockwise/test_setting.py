"""The setting: identities, and quantities completed by what other blocks have."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from siting.blockwise.setting import Setting, completed
from siting.measure import Measured
from siting.quantities import Quantities


def test_another_weight_is_another_identity(setting: Setting) -> None:
    other = replace(setting, study=setting.study.with_({"blocks.power.weight": 9}))
    assert other.identity != setting.identity
    assert other.context.made_from == setting.context.made_from


def test_intervals_and_notes_of_other_blocks_are_completed() -> None:
    measured = Measured(columns={"q": np.array([1.0, np.nan])}, state=np.zeros(2, np.uint8))
    found = completed(Quantities(measured={"k": measured}), frozenset({"low k", "high k"}), {"k": ("said",)})["k"]
    assert found.notes == ("said",)
    assert found.low is not None
    assert np.array_equal(found.low, [1.0, np.nan], equal_nan=True)
    assert completed(Quantities(measured={"k": measured}), frozenset(), {})["k"].low is None
