"""Value functions: a measured quantity becomes a value in [0, 1], with fixed anchors.

Direction and scale live here and nowhere else, so that a parcel's value never depends on which others are present. In
a study::

    value: [[2 km, 1], [8 km, 0.5], [25 km, 0]]                 # piecewise linear, flat outside
    value: {step: [[0 km, 1], [2 km, 0.5], [8 km, 0]]}          # from this quantity on
    value: {table: [[0 km, 2 km, 1], [2 km, 8 km, 0.5]]}        # ranges: the same, written as a table
    value: {designated: 1, none: 0}                             # classes
    value: {gaussian: {midpoint: 5 km, half_width: 3 km}}       # a curve; half its height at 3 km from the midpoint
    value: {small: {midpoint: 5 km, spread: 5}, above: [20 km, 0]}   # beyond 20 km: 0
    value: {exponential: {base_factor: 0.2}, below: 0 km, above: 20 km, scale: [1, 0]}
    value: {sigmoid: {points: [[2 km, 0.9], [8 km, 0.1]]}}
    value: {min_max: {direction: falling}}                      # fitted to the candidates; a check warns

``below`` and ``above`` are thresholds, alone or as [threshold, value beyond it]; alone, the value of the threshold
holds beyond it. ``scale: [1, 0]`` turns a curve over. ``stretch: true`` stretches the piece between both thresholds to
the whole scale, as ArcGIS does; exponential, logarithm and power always are. A ``spread`` of gaussian and near, and a
``base_factor``, are per (squared) unit of the midpoint and of ``below``, as ArcGIS has them per map unit.

Fitted to the candidates, by name: min_max, percentile, z_score, ms_small, ms_large (``needs_summary``). Every monotone
function answers ``inverse(v)``: what quantity gives value v.
"""

from __future__ import annotations

from siting.mcda.value.anchors import Direction, Piecewise, Step, round_values
from siting.mcda.value.classes import UNKNOWN, Classes
from siting.mcda.value.curve import CURVES, Curve
from siting.mcda.value.fitted import FITTED, DataDriven, Fitted, Summary
from siting.mcda.value.form import FUNCTIONS, Function, ValueFunction, dump_value, parse_value

__all__ = [
    "CURVES",
    "FITTED",
    "FUNCTIONS",
    "UNKNOWN",
    "Classes",
    "Curve",
    "DataDriven",
    "Direction",
    "Fitted",
    "Function",
    "Piecewise",
    "Step",
    "Summary",
    "ValueFunction",
    "dump_value",
    "parse_value",
    "round_values",
]
