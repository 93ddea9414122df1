"""What stands around the map: the two panels, the card, the comparison, as markup.

Scripts fill in what changes (``siting/maps/web/dom.js``); all texts are escaped here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from jinja2 import Environment, StrictUndefined, Template

from siting.maps.choices import weights_by_path
from siting.maps.colours import ways_of
from siting.maps.live import LiveTree, hundredths_of, why_not_live
from siting.maps.segments import reasons_of, sources_of, tree_of
from siting.maps.view import MapCriterion, MapReason, MapView, Scenario
from siting.mcda.weights import Block
from siting.ranking.words import quantity_text

__all__ = ["panel_html"]

_SHARES = (("copy", "Copy link"), ("csv", "Ranking (CSV)"), ("yaml", "Weights (YAML)"), ("png", "Picture (PNG)"),
           ("print", "Print"))  # fmt: skip


def panel_html(view: MapView) -> str:
    """The frame of the page, with everything in it that the view alone decides."""
    why_not = why_not_live(view)
    rules, weighed = _rules(view), None if why_not else view.tree
    text = _template().render(
        view=view,
        criteria=view.criteria,
        tree=None if weighed is None else tree_of(weighed, view.criteria),
        studied=_choices(weighed, [Scenario(name="")]),
        weight_sets=_choices(weighed, view.weight_sets),
        scenarios=_choices(weighed, view.scenarios),
        why_not=why_not,
        rules=rules,
        limits=[limit for criterion in view.criteria if (limit := _limit(criterion))],
        tiers=[*view.tier_cuts, "low"] if view.tier_cuts else [],
        ways=ways_of(view, reasons_of(view), [rule["hits"] for rule in rules]),
        sources=sources_of(view),
        sign="+/− %" if "%" in view.contribution_label else "+/−",
        shares=[share for share in _SHARES if weighed is not None or share[0] != "yaml"],
    )
    return text.replace("\0", "\ufffd")  # as a browser reads it


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    environment.filters["plain"] = lambda name: name.replace("_", " ")
    return environment.from_string((files("siting.maps") / "panel.html.jinja").read_text(encoding="utf-8"))


def _rules(view: MapView) -> list[dict[str, Any]]:
    """The reasons with the parcels that each takes, and alone takes, and the thresholds that can be moved."""
    hits = Counter(name for names in view.reasons for name in set(names))
    alone = Counter(names[0] for names in view.reasons if len(set(names)) == 1)
    units = {criterion.name: criterion.unit for criterion in view.criteria if criterion.name}
    return [
        {
            "name": rule.name, "why": view.why.get(rule.name, ""), "hits": hits[rule.name],
            "alone": alone[rule.name], "unit": units.get(rule.criterion, ""),
            "sides": _sides(rule) if rule.criterion in units else [],
        }
        for rule in reasons_of(view)
    ]  # fmt: skip


def _choices(tree: Block | None, some: Sequence[Scenario]) -> list[dict[str, Any]]:
    """Named weights, with all of them in hundredths of their group."""
    if tree is None:
        return []
    own, live = weights_by_path(tree), LiveTree.of(tree)
    return [
        {"name": one.name, "why_not": one.why_not, "weights": hundredths_of(live, {**own, **one.weights})}
        for one in some
    ]


def _sides(rule: MapReason) -> list[tuple[str, str]]:
    """The thresholds of a rule as a page writes them."""
    given = {"above": rule.above, "below": rule.below}
    return [(side, f"{x:.9g}") for side, x in given.items() if x is not None and np.isfinite(x)]


def _limit(criterion: MapCriterion) -> dict[str, Any] | None:
    """What one may limit: a criterion whose quantity is a number somewhere."""
    number = criterion.number
    if number is None or not np.isfinite(number).any():
        return None
    known = number[np.isfinite(number)]
    least, most = (
        quantity_text(float(x), None, None, "", unit=criterion.unit, within="") for x in (known.min(), known.max())
    )
    name = criterion.name or criterion.label
    return {"name": name, "label": criterion.label, "unit": criterion.unit, "measured": f"{least} to {most}"}
