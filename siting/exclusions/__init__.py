"""Exclusions: rules that rule land out and say why. A rule is a measure and a test of its quantity.

::

    - {name: tribal land, applies_to: parcel, share: tribal, above: 1 %, why: "needs consent"}
    - {name: zoning,      applies_to: parcel, class: zoning, in: [prohibited], above: 50 %}
    - {name: fault,       applies_to: parcel, distance: faults, below: 100 m}
    - {name: lines,       applies_to: parcel, distance: lines, below_by: {field: VOLTAGE, 345 kV: 150 m, 230 kV: 100 m}}
    - {name: rail,        distance: rail, below_by: {layer: cities, field: NAME, Phoenix: 100 m, other: 30 m}}
    - {name: school,      distance: schools, below_by: {parcel: JURISDICTION, Mesa: 300 m, other: 150 m}}
    - {name: too small,   applies_to: site, usable: largest_piece, below: 80 acre}
    - {name: city limit,  applies_to: parcel, outside: city_limits}
    - {name: opted in,    lifts: [tribal land], inside: opted_in}

``applies_to: parcel`` means never, in no site; ``site`` means too little alone, still there to be assembled.
"""

from __future__ import annotations

from siting.exclusions.parse import parse_rule
from siting.exclusions.rule import Condition, Rule, Test, Verdict

__all__ = ["Condition", "Rule", "Test", "Verdict", "parse_rule"]
