"""Ranking anew: what a changed study may ask of layers that are open already."""

from __future__ import annotations

import math

from siting.errors import StudyError, named
from siting.plan import Plan
from siting.study import Study

__all__ = ["check_reweighting"]

_SOURCES = ("crs", "parcels", "layers")
_FIX = "Rank the changed study instead: siting.rank(study.with_(...))."


def check_reweighting(before: Study, plan_before: Plan, after: Study, plan: Plan) -> None:
    """Refuse a change that needs other parcels or layers, or a layer farther out than it was read."""
    changed = [name for name in _SOURCES if getattr(before, name) != getattr(after, name)]
    if changed:
        raise StudyError(
            f"Reweighting keeps parcels and layers as they were read, but the patch changes {named(changed)}. {_FIX}"
        )
    for name, reach_m in plan.reach_m.items():
        known_m = plan_before.reach_m.get(name)
        if known_m is None:
            raise StudyError(f"The patch needs the layer {name!r}, which this ranking has not read. {_FIX}")
        if reach_m > known_m + 1e-9:
            wanted = "all of the layer" if math.isinf(reach_m) else f"{reach_m:,.0f} m around the parcels of the layer"
            raise StudyError(
                f"The patch needs {wanted} {name!r}, which was read for {known_m:,.0f} m around them. {_FIX}"
            )
