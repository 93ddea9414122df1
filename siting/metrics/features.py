"""Features: which features of a layer a measure counts, and where their absence means absence.

A ``where`` on an unknown attribute splits the features into the sure ones and the possible ones, so
that a substation of unknown voltage makes an interval instead of vanishing.
"""

from __future__ import annotations

from typing import Literal

from siting.measure import Measure
from siting.where import Where

__all__ = ["FeatureMeasure"]

Unknown = Literal["interval", "exclude", "include"]


class FeatureMeasure(Measure):
    """A measure of some features of one vector layer.

    where : which features count; None: all of them
    unknown : what a feature does whose ``where`` cannot be told: "interval" (best and worst case),
        "exclude" (it does not count) or "include" (it counts)
    """

    where: Where | None = None
    unknown: Unknown = "interval"

    @property
    def layer_names(self) -> tuple[str, ...]:
        """The one layer."""
        return (str(getattr(self, "layer")),)  # noqa: B009 - declared by every child, under its own verb
