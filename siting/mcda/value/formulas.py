"""The curves themselves: quantities in, raw function values out, a few lines each beside their sources.

They are the transformation functions of ArcGIS Pro's "Rescale by Function" (Esri, "Formulas for the transformation
functions"), of which Gaussian, near, small, large and the mean-std pair go back to fuzzy membership functions
(Tsoukalas and Uhrig 1997, Fuzzy and Neural Approaches in Engineering, ch. 2), and a logistic through two points.
NaN stays NaN; infinite quantities give the limit.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "exponential",
    "gaussian",
    "large",
    "linear",
    "logarithm",
    "logistic",
    "logistic_decay",
    "logistic_growth",
    "ms_large",
    "ms_small",
    "near",
    "power",
    "small",
    "symmetric_linear",
]

_Array: TypeAlias = NDArray[np.float64]


def linear(q: _Array, minimum: float, maximum: float) -> _Array:
    """(q - minimum) / (maximum - minimum), held within 0 and 1.

    >>> linear(np.array([0.0, 3.0, 9.0]), 2, 6).tolist()
    [0.0, 0.25, 1.0]
    """
    return np.clip((q - minimum) / (maximum - minimum), 0, 1)


def symmetric_linear(q: _Array, minimum: float, maximum: float) -> _Array:
    """1 in the middle of minimum and maximum, falling in straight lines to 0 at both.

    >>> symmetric_linear(np.array([2.0, 3.0, 4.0, 6.0, 7.0]), 2, 6).tolist()
    [0.0, 0.5, 1.0, 0.0, 0.0]
    """
    middle = (minimum + maximum) / 2
    return np.clip(1 - np.abs(q - middle) / (maximum - middle), 0, 1)


def exponential(q: _Array, base_factor: float, shift: float) -> _Array:
    """exp((q - shift) base_factor)."""
    return np.exp((q - shift) * base_factor)


def logarithm(q: _Array, shift: float) -> _Array:
    """ln(q - shift); Esri's factor before it cancels when the curve is stretched to a scale."""
    return np.log(q - shift)


def power(q: _Array, shift: float, exponent: float) -> _Array:
    """(q - shift)^exponent."""
    return np.power(q - shift, exponent)


def gaussian(q: _Array, midpoint: float, spread: float) -> _Array:
    """exp(-spread (q - midpoint)^2)."""
    return np.exp(-spread * (q - midpoint) ** 2)


def near(q: _Array, midpoint: float, spread: float) -> _Array:
    """1 / (1 + spread (q - midpoint)^2)."""
    return 1 / (1 + spread * (q - midpoint) ** 2)


def large(q: _Array, midpoint: float, spread: float) -> _Array:
    """1 / (1 + (q / midpoint)^-spread); quantities below 0 count as 0.

    >>> large(np.array([-1.0, 0.0, 5.0, 10.0, np.inf]), 5, 1).round(3).tolist()
    [0.0, 0.0, 0.5, 0.667, 1.0]
    """
    from scipy.special import expit

    with np.errstate(divide="ignore"):
        return np.asarray(expit(spread * np.log(np.maximum(q, 0.0) / midpoint)), np.float64)


def small(q: _Array, midpoint: float, spread: float) -> _Array:
    """1 / (1 + (q / midpoint)^spread); quantities below 0 count as 0."""
    return large(q, midpoint, -spread)


def logistic(q: _Array, slope: float, middle: float) -> _Array:
    """1 / (1 + exp(-slope (q - middle)))."""
    from scipy.special import expit

    return np.asarray(expit(slope * (q - middle)), np.float64)


def logistic_growth(q: _Array, minimum: float, maximum: float, percent: float) -> _Array:
    """1 / (1 + a exp(b (q - minimum))), a = 100 / percent - 1, b = -ln(a) / ((maximum - minimum) / 2).

    ``percent`` is what it gives at the minimum; it gives 50 % in the middle and 100 - percent at the maximum.

    >>> logistic_growth(np.array([0.0, 5.0, 10.0]), 0, 10, 1).round(9).tolist()
    [0.01, 0.5, 0.99]
    """
    return logistic(q, np.log(100 / percent - 1) / ((maximum - minimum) / 2), (minimum + maximum) / 2)


def logistic_decay(q: _Array, minimum: float, maximum: float, percent: float) -> _Array:
    """As ``logistic_growth``, with a percent above 50 at the minimum.

    >>> logistic_decay(np.array([0.0, 5.0, 10.0]), 0, 10, 99).round(9).tolist()
    [0.99, 0.5, 0.01]
    """
    return logistic_growth(q, minimum, maximum, percent)


def ms_large(q: _Array, mean: float, std: float) -> _Array:
    """0 up to m, above it 1 - s / (q - m + s); m and s are multiples of the data's mean and standard deviation.

    >>> ms_large(np.array([4.0, 10.0, 12.0, np.inf]), 10, 2).tolist()
    [0.0, 0.0, 0.5, 1.0]
    """
    above = np.maximum(q - mean, 0.0)
    return 1 - std / (above + std)


def ms_small(q: _Array, mean: float, std: float) -> _Array:
    """1 up to m, above it s / (q - m + s).

    >>> ms_small(np.array([4.0, 10.0, 12.0, np.inf]), 10, 2).tolist()
    [1.0, 1.0, 0.5, 0.0]
    """
    above = np.maximum(q - mean, 0.0)
    return std / (above + std)
