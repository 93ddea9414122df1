"""Values of draws: inside their bounds, as the error says, and refusals."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from siting.errors import DataError
from siting.mcda.robustness.chance import keys_of
from siting.mcda.robustness.data import CriterionData, QuantityError
from siting.mcda.value import parse_value

VALUE = parse_value([["0 km", 0], ["2 km", 1], ["5 km", 0.3]])


@given(st.sampled_from(["uniform", "normal", "lognormal"]), st.floats(0, 3000), st.integers(0, 2**31))
def test_values_stay_within_their_bounds(law: str, size: float, seed: int) -> None:
    size = size / 3000 if law == "lognormal" else size
    quantity = np.array([0.0, 1000.0, 2500.0, np.nan, np.inf])
    low = np.array([0.0, 0.5, 0.5, 0.1, 0.3])
    error = QuantityError(law, size, keys_of("ABABA"))  # type: ignore[arg-type]
    criterion = CriterionData(name="x", low=low, high=low + 0.2, quantity=quantity, function=VALUE, error=error)
    rows, draw = (grid.ravel() for grid in np.meshgrid(np.arange(5), np.arange(40)))
    values = criterion.values(keys_of(range(5)), seed, rows, draw)
    least, most = criterion.bounds
    assert (values >= least[rows]).all()
    assert (values <= most[rows]).all()
    assert (values[rows == 4] == 0.3).all()  # beyond the reach stays beyond
    assert values[rows == 3].std() > 0  # missing: anywhere in its interval


@pytest.mark.parametrize(
    ("law", "size", "cdf"),
    [
        ("uniform", 300.0, scipy.stats.uniform(700, 600).cdf),
        ("normal", 100.0, scipy.stats.truncnorm(-3, 3, loc=1000, scale=100).cdf),
        ("lognormal", 0.2, lambda q: scipy.stats.truncnorm(-3, 3).cdf(np.log(q / 1000) / 0.2)),
    ],
)
def test_errors_have_the_distribution_that_they_name(law: str, size: float, cdf: object) -> None:
    error = QuantityError(law, size, keys_of(["one"]))  # type: ignore[arg-type]
    drawn = error.drawn(np.full(20_000, 1000.0), 3, "x", np.zeros(20_000, np.int64), np.arange(20_000))
    assert scipy.stats.kstest(drawn, cdf).pvalue > 0.001


def test_parcels_of_one_group_share_their_error() -> None:
    error = QuantityError("normal", 100.0, keys_of("ABA"))
    drawn = error.drawn(np.zeros(3), 3, "x", np.arange(3), np.full(3, 7))
    assert drawn[0] == drawn[2] != drawn[1]


def test_a_missing_value_without_an_interval_is_refused() -> None:
    with pytest.raises(DataError) as e:
        CriterionData(name="station", low=np.array([np.nan, 1.0]), high=np.array([np.nan, 1.0]))
    assert str(e.value) == (
        "The criterion 'station' has no value for 1 parcels. Leave them out, or give the interval that they can have."
    )


def test_an_error_without_quantities_is_refused() -> None:
    with pytest.raises(DataError) as e:
        CriterionData(name="x", low=np.ones(1), high=np.ones(1), error=QuantityError("normal", 1.0, keys_of("A")))
    assert str(e.value) == "The error of 'x' needs its quantities and its value function."


def test_another_law_and_a_negative_size_are_refused() -> None:
    with pytest.raises(DataError) as e:
        QuantityError("cauchy", 1.0, keys_of("A"))  # type: ignore[arg-type]
    assert str(e.value) == "An error is 'uniform', 'normal', 'lognormal', not 'cauchy'."
    with pytest.raises(DataError) as e:
        QuantityError("normal", -1.0, keys_of("A"))
    assert str(e.value) == "The size of a normal error is a number of 0 or more, not -1."
