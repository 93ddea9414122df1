"""Curves at points that can be reckoned by hand; the formulas are Esri's, and fuzzy membership's."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.mcda.value import formulas


def test_esri_rescale_by_function_closed_forms() -> None:
    """Esri, "Formulas for the transformation functions" (ArcGIS Pro), at points with simple answers."""
    q = np.array([2.0, 4.0, 8.0])
    np.testing.assert_allclose(formulas.exponential(q, math.log(2), 2.0), [1, 4, 64])
    np.testing.assert_allclose(formulas.logarithm(q, 1.0), np.log([1, 3, 7]))
    np.testing.assert_allclose(formulas.power(q, 2.0, 2.0), [0, 4, 36])
    np.testing.assert_allclose(formulas.gaussian(q, 4.0, 0.25), np.exp([-1, 0, -4]))
    np.testing.assert_allclose(formulas.near(q, 4.0, 0.25), [1 / 2, 1, 1 / 5])
    np.testing.assert_allclose(formulas.large(q, 4.0, 2.0), [1 / 5, 1 / 2, 4 / 5])
    np.testing.assert_allclose(formulas.small(q, 4.0, 2.0), [4 / 5, 1 / 2, 1 / 5])
    np.testing.assert_allclose(formulas.linear(q, 2.0, 10.0), [0, 0.25, 0.75])
    np.testing.assert_allclose(formulas.symmetric_linear(q, 0.0, 8.0), [0.5, 1, 0])


def test_esri_mean_standard_deviation() -> None:
    """Esri MSLarge, x > a m: 1 - b s / (x - a m + b s), else 0. m = 10, s = 2: 1/2 at 12, 3/4 at 16."""
    np.testing.assert_allclose(formulas.ms_large(np.array([9.0, 10.0, 12.0, 16.0]), 10, 2), [0, 0, 0.5, 0.75])
    np.testing.assert_allclose(formulas.ms_small(np.array([9.0, 10.0, 12.0, 16.0]), 10, 2), [1, 1, 0.5, 0.25])


@given(st.floats(0.01, 49), st.floats(-100, 100), st.floats(0.1, 100))
def test_the_logistic_gives_its_percent_at_the_minimum(percent: float, minimum: float, width: float) -> None:
    """c / (1 + a exp(b x)), a = c / y0 - 1: y0 at the minimum, half in the middle, 100 - y0 at the maximum."""
    at = np.array([minimum, minimum + width / 2, minimum + width])
    growth = formulas.logistic_growth(at, minimum, minimum + width, percent)
    np.testing.assert_allclose(growth, [percent / 100, 0.5, 1 - percent / 100], atol=1e-9)
    decay = formulas.logistic_decay(at, minimum, minimum + width, 100 - percent)
    np.testing.assert_allclose(decay, 1 - growth, atol=1e-9)


def test_a_logistic_as_written_in_the_formula() -> None:
    """a = 99, b = -ln(99) / 5 for 0 to 10 and 1 %: at 2.5 it is 1 / (1 + 99 exp(-ln(99) / 2)) = 1 / (1 + sqrt(99))."""
    found = formulas.logistic_growth(np.array([2.5]), 0, 10, 1)[0]
    assert found == pytest.approx(1 / (1 + math.sqrt(99)), abs=1e-12)


def test_negative_and_infinite_quantities() -> None:
    """Esri: negative inputs of Large and Small take the value assigned to zero."""
    q = np.array([-5.0, 0.0, np.inf, np.nan])
    np.testing.assert_array_equal(formulas.large(q, 5, 3), [0, 0, 1, np.nan])
    np.testing.assert_array_equal(formulas.small(q, 5, 3), [1, 1, 0, np.nan])
    np.testing.assert_array_equal(formulas.gaussian(q[2:], 5, 3), [0, np.nan])
    np.testing.assert_array_equal(formulas.near(q[2:], 5, 3), [0, np.nan])


def test_a_steep_logistic_does_not_overflow() -> None:
    np.testing.assert_array_equal(formulas.logistic(np.array([-1e6, 0, 1e6]), 1e3, 0), [0, 0.5, 1])
