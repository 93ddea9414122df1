"""Weights from an order of importance, against Barron and Barrett's tables."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.mcda.weights import rank_order_centroid, rank_reciprocal, rank_sum


def test_rank_weights_barron_barrett_1996() -> None:
    """Barron and Barrett 1996, Management Science 42: ROC(3), ROC(4); rank-sum(4), reciprocal(4)."""
    assert rank_order_centroid(3) == pytest.approx([0.6111, 0.2778, 0.1111], abs=5e-5)
    assert rank_order_centroid(4) == pytest.approx([0.5208, 0.2708, 0.1458, 0.0625], abs=5e-5)
    assert rank_sum(4) == pytest.approx([0.4, 0.3, 0.2, 0.1], abs=1e-12)
    assert rank_reciprocal(4) == pytest.approx([0.48, 0.24, 0.16, 0.12], abs=1e-12)


@given(st.integers(1, 40))
def test_they_fall_and_sum_to_one(n: int) -> None:
    for weights in (rank_order_centroid(n), rank_sum(n), rank_reciprocal(n)):
        assert math.fsum(weights) == pytest.approx(1, abs=1e-12)
        assert list(weights) == sorted(weights, reverse=True)
        assert len(set(weights)) == n
