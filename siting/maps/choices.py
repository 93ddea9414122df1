"""What a reader of the map may change: weights, named weight sets and scenarios, exclusions and their thresholds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.errors import named
from siting.exclusions import Rule
from siting.judgement import NO_DATA, admitted_by_hand
from siting.maps.view import MapReason, Scenario
from siting.mcda.weights import Block, Leaf
from siting.units import parse_unit

if TYPE_CHECKING:
    from siting.ranking import Ranking

__all__ = ["reasons_for", "scenarios_of", "weighing", "weight_sets_of", "weights_by_path"]


def weights_by_path(root: Block) -> dict[str, float]:
    """Path of every block and criterion -> its weight relative to its neighbours.

    >>> weights_by_path(Block("", (Block("power", (Leaf("station", 3),), 2), Leaf("land", 1))))
    {'power': 2, 'power.station': 3, 'land': 1}
    """
    out: dict[str, float] = {}

    def walk(block: Block, path: str) -> None:
        for member in block.members:
            own = f"{path}.{member.name}".lstrip(".")
            out[own] = member.weight
            if not isinstance(member, Leaf):
                walk(member, own)

    walk(root, "")
    return out


def weight_sets_of(ranking: Ranking) -> list[Scenario]:
    """The named weight sets of the study."""
    study = ranking.study
    return [weighing(study.root, name, weights) for name, weights in study.weight_sets.items()]


def scenarios_of(ranking: Ranking) -> list[Scenario]:
    """The scenarios of the study; the page can show those that change nothing but weights."""
    study, out = ranking.study, []
    for name, patch in study.scenarios.items():
        other = study.scenario(name)
        if _without_weights(other.resolved()) != _without_weights(study.resolved()):
            keys = named([key for key in _keys(patch) if not key.endswith("weight")] or list(patch))
            why = f"It changes {keys}, which needs a run: siting run --scenario {name}."
            out.append(Scenario(name=name, why_not=why))
            continue
        own, new = weights_by_path(study.root), weights_by_path(other.root)
        out.append(weighing(study.root, name, {path: w for path, w in new.items() if w != own[path]}))
    return out


def weighing(root: Block, name: str, weights: Mapping[str, float]) -> Scenario:
    """A set of weights; the page cannot show one of sums inside a block that it has as one value."""
    if held := [path for path in _held(root) if path in weights]:
        return Scenario(name=name, why_not=f"It weighs {named(held)} inside a block that is no sum, which needs a run.")
    return Scenario(name=name, weights=weights)


def _held(block: Block, path: str = "", held: bool = False) -> Iterator[str]:
    """The paths whose weights count inside a block that takes the worst of its members or their product."""
    for member in block.members:
        own = f"{path}.{member.name}".lstrip(".")
        if held and block.combine == "weighted_sum":
            yield own
        if isinstance(member, Block):
            yield from _held(member, own, held or member.combine != "weighted_sum")


def reasons_for(ranking: Ranking) -> list[MapReason]:
    """Every reason of the ranking, and the criterion whose quantity it tests, where the page can test it anew."""
    rules = {rule.name: rule for rule in ranking.plan.rules}
    out = []
    for name in ranking.judgement.reasons:
        rule = rules.get(name) or rules.get(name.removeprefix(f"{NO_DATA}: "))
        if rule is None:
            out.append(MapReason(name=name, site=name.startswith(NO_DATA)))
            continue
        tested = _tested(ranking, rule) if name == rule.name else {}
        out.append(MapReason(name=name, site=rule.applies_to == "site", **tested))
    return out


def _tested(ranking: Ranking, rule: Rule) -> dict[str, Any]:
    """The criterion and the threshold in its unit, for a rule that does nothing but test one number."""
    lifted = any(rule.name in other.lifts for other in ranking.plan.rules)
    by_hand = bool(admitted_by_hand(ranking.overrides))
    if lifted or by_hand or rule.only_where is not None or rule.condition.given or len(rule.condition.parts) != 1:
        return {}
    measure, test = rule.condition.parts[0]
    if test.values is not None or test.others is not None:
        return {}
    for columns in ranking.about.criteria:
        if ranking.plan.criteria[columns.name].key == measure.key and columns.unit:
            unit = parse_unit(columns.unit)
            limits = {"above": test.above, "below": test.below}
            said = {side: None if x is None else float(np.round(unit.from_si(x), 9)) for side, x in limits.items()}
            return {"criterion": columns.name, **said}
    return {}


def _without_weights(plain: Any) -> Any:
    if isinstance(plain, Mapping):
        return {k: _without_weights(v) for k, v in plain.items() if k not in ("weight", "scenarios", "title")}
    return [_without_weights(item) for item in plain] if isinstance(plain, list | tuple) else plain


def _keys(patch: Mapping[str, Any], above: str = "") -> list[str]:
    """Dotted keys of a patch, nested or not."""
    out: list[str] = []
    for key, value in patch.items():
        own = f"{above}.{key}".lstrip(".")
        out += _keys(value, own) if isinstance(value, Mapping) and value else [own]
    return out
