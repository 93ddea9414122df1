"""Regions on a grid, against scikit-image."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from siting.sample.regions import connected, merged

labels = st.tuples(st.integers(1, 8), st.integers(1, 8), st.integers(0, 2**32 - 1), st.integers(1, 5)).map(
    lambda t: np.random.default_rng(t[2]).integers(0, t[3], t[:2]).astype(np.int32)
)


@given(labels)
def test_connected_parts_equal_those_of_scikit_image(label: NDArray[np.int32]) -> None:
    measure = pytest.importorskip("skimage.measure")
    expected = measure.label(label, connectivity=1, background=-1)
    pairs = set(zip(connected(label).ravel().tolist(), expected.ravel().tolist(), strict=True))
    assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})


@given(labels, st.integers(1, 12))
def test_merged_regions_hang_together_and_are_large(label: NDArray[np.int32], least: int) -> None:
    region, owner = merged(label, least)
    count = int(region.max()) + 1
    assert len(owner) == count
    assert len(np.unique(connected(region))) == count
    sizes = np.bincount(region.ravel())
    assert count == 1 or sizes.min() >= least
    assert (connected(label) == connected(label)).all()
    for k in range(count):
        assert owner[k] in label[region == k]


def test_a_small_region_joins_the_neighbour_it_touches_most() -> None:
    label = np.array([[1, 1, 1, 2], [1, 1, 3, 2], [1, 1, 1, 2]], np.int32)
    region, owner = merged(label, 2)
    assert region.tolist() == [[0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 1]]
    assert owner.tolist() == [1, 2]
