"""What is not said of layers that may not be passed on: of several layers of a measure, the strictest licence holds."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from siting.ranking.withheld import names_feature, withheld


def layer(redistribute: str | None) -> Any:
    return SimpleNamespace(provenance={"redistribute": redistribute} if redistribute else {})


@pytest.mark.parametrize(
    ("names", "closed"),
    [(("open",), False), (("plain",), False), (("closed",), True), (("open", "closed"), True), (("gone",), False),
     ((), False)],
)  # fmt: skip
def test_the_strictest_licence_holds(names: tuple[str, ...], closed: bool) -> None:
    layers = {"open": layer("yes"), "plain": layer(None), "closed": layer("no")}
    measure: Any = SimpleNamespace(layer_names=names)
    assert withheld(measure, layers) is closed


def test_which_columns_name_a_feature() -> None:
    columns = ("nearest_id", "nearest_OWNER", "feature_id", "placement", "class_share", "known_share")
    assert [name for name in columns if names_feature(name)] == ["nearest_id", "nearest_OWNER", "feature_id"]
