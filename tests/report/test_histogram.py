"""Histograms against numpy and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.report.histogram import BINS, histogram, span_of

numbers = st.lists(
    st.one_of(st.floats(-100, 100), st.just(float("nan")), st.just(float("inf"))), min_size=1, max_size=60
)


@settings(max_examples=60)
@given(numbers, st.integers(0, 2**60))
def test_counts_are_numpys_and_add_up(given_: list[float], marks: int) -> None:
    quantity = np.array(given_)
    admitted = np.array([(marks >> place) & 1 for place in range(len(quantity))], bool)
    found = histogram(quantity, admitted, -10, 20)
    for counts, group in ((found.admitted, quantity[admitted]), (found.everyone, quantity)):
        expected, edges = np.histogram(group[np.isfinite(group)], BINS, (-10, 20))
        assert counts.inside.tolist() == expected.tolist()
        assert found.edges.tolist() == edges.tolist()
        assert (counts.below, counts.above) == ((group < -10).sum(), (np.isfinite(group) & (group > 20)).sum())
        assert (counts.beyond, counts.missing) == (np.isinf(group).sum(), np.isnan(group).sum())
        assert counts.total == len(group)


def test_shares_are_of_the_whole_group() -> None:
    found = histogram(np.array([0.5, 1.5, np.inf, np.nan]), np.array([True, False, True, False]), 0, 2, 2)
    assert found.everyone.shares.tolist() == [0.25, 0.25]
    assert found.admitted.shares.tolist() == [0.5, 0]


@pytest.mark.parametrize(
    ("anchors", "data", "expected"),
    [
        ([2, 10], [3.0, 4.0], (1.68, 10.32)),  # the anchors, and 4 % on both sides
        ([0, 10], [], (0, 10.4)),  # never below 0 without a reason
        ([0, 10], [900.0, 901.0], (0, 20.8)),  # at most one stretch beyond the anchors
        ([-5, 5], [0.0], (-5.4, 5.4)),
        ([1, 10], [], (0, 10.4)),  # so near to 0 that it begins there
        ([float("inf")], [], (0, 1.04)),
        ([float("inf")], [3.0, np.inf], (1.38, 4.62)),  # a single value still has a stretch
    ],
)
def test_the_stretch_of_the_axis(anchors: list[float], data: list[float], expected: tuple[float, float]) -> None:
    assert span_of(anchors, np.array(data)) == pytest.approx(expected)
