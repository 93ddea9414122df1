"""How sure a ranking is: shares of plausible weightings and data, stability of weights, swings, non-dominated sets.

Only the admitted are looked at, as the measured quantities admit them: exclusions are not drawn anew. What a share
tells is in ``SHARE_MEANS``; it is no probability, because nobody knows how likely a weighting is.
"""

from __future__ import annotations

from siting.robustness.inputs import announced_cost, cost_of, fitted_function, robustness_of
from siting.robustness.result import SHARE_MEANS, RobustnessResult

__all__ = ["SHARE_MEANS", "RobustnessResult", "announced_cost", "cost_of", "fitted_function", "robustness_of"]
