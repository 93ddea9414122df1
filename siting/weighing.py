"""A questionnaire that ends in weights: group by group, on the range of the anchors, as YAML for the study file.

Every question is about a swing: what it is worth to bring a parcel from the worst end of a value function to its best
end. Asking and saying are passed in, so that the command line, a test or a form can do them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any, TypeAlias

from siting.errors import StudyError, did_you_mean, named
from siting.mcda.value import Classes
from siting.mcda.weights import (
    Block,
    Leaf,
    ahp,
    best_worst,
    judgement_matrix,
    normalise,
    points,
    rank_order_centroid,
    swing,
)
from siting.study import Study

__all__ = ["METHODS", "Group", "Swing", "groups_of", "weigh", "weights_yaml"]

Ask: TypeAlias = Callable[[str], str]
Say: TypeAlias = Callable[[str], None]


@dataclass(frozen=True)
class Swing:
    """One thing that is weighed; path as weight sets name it, ends in words."""

    path: str
    ends: str

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition(".")[2]


@dataclass(frozen=True)
class Group:
    """Neighbours that are weighed against each other; path of the block around them, "" for the study itself."""

    path: str
    members: tuple[Swing, ...]


def groups_of(study: Study) -> tuple[Group, ...]:
    """The groups of neighbours of a study whose weights say something, the blocks first."""
    values = {criterion.name: criterion.value for criterion in study.criteria()}
    out: list[Group] = []

    def walk(block: Block, path: str) -> None:
        members = tuple(Swing(f"{path}.{m.name}".lstrip("."), _ends(m, values)) for m in block.members)
        if len(members) > 1 and block.combine not in ("worst", "product"):
            out.append(Group(path, members))
        for member in block.members:
            if isinstance(member, Block):
                walk(member, f"{path}.{member.name}".lstrip("."))

    walk(study.root, "")
    return tuple(out)


def weigh(groups: Sequence[Group], method: str, *, ask: Ask, say: Say) -> dict[str, float]:
    """Path -> weight, asked for group by group; those of a group sum to 1.

    ask : puts a question and returns the answer; it is put again after an answer that cannot serve
    say : tells something
    """
    if method not in METHODS:
        near = did_you_mean(method, METHODS)
        raise StudyError(f"There is no way of weighing called {method!r}. They are {named(METHODS)}.{near}")
    out: dict[str, float] = {}
    for group in groups:
        say(f"\n{group.path or 'The blocks'}: {len(group.members)} to weigh")
        for number, member in enumerate(group.members, 1):
            say(f"  {number}. {member.name}: {member.ends}")
        found = METHODS[method](group, ask, say)
        out |= {member.path: found[member.name] for member in group.members}
    return out


def weights_yaml(weights: Mapping[str, float], *, name: str, method: str) -> str:
    """The section of a study file that holds the weights as a named set.

    >>> print(weights_yaml({"power": 0.625, "power.lines": 1.0}, name="board", method="swing"))
    weight_sets:
      board:  # swing, on the range of the anchors
        power: 0.625
        power.lines: 1
    """
    lines = ["weight_sets:", f"  {name}:  # {method}, on the range of the anchors"]
    return "\n".join([*lines, *(f"    {path}: {float(f'{weight:.4g}'):g}" for path, weight in weights.items())])


def _ends(member: Leaf | Block, values: Mapping[str, Any]) -> str:
    """From what to what a swing goes."""
    if isinstance(member, Block):
        return f"all of it from worst to best ({', '.join(inner.name for inner in member.members)})"
    function = values[member.name]
    if isinstance(function, Classes):
        pairs = list(function.values.items())
    else:
        pairs = [(str(quantity), value) for quantity, value in function.anchors]
    if not pairs:
        return "from the worst candidate to the best"
    worst, best = min(pairs, key=lambda pair: pair[1]), max(pairs, key=lambda pair: pair[1])
    return f"from {worst[0]} (value {worst[1]:g}) to {best[0]} (value {best[1]:g})"


def _swing(group: Group, ask: Ask, say: Say) -> dict[str, float]:
    first = _chosen(
        group, "All are at their worst. Which one would you bring to its best first? Its number: ", ask, say
    )
    given = {first.name: 100.0}
    for member in group.members:
        if member is not first:
            question = f"If that is worth 100, what is {member.name} worth ({member.ends})? 0 to 100: "
            given[member.name] = _number(question, 0, 100, ask, say)
    return swing(given)


def _points(group: Group, ask: Ask, say: Say) -> dict[str, float]:
    while True:
        given = {m.name: _number(f"Of 100 points, how many for {m.name}? ", 0, 100, ask, say) for m in group.members}
        try:
            return points(given)
        except StudyError as error:
            say(str(error))


def _rank(group: Group, ask: Ask, say: Say) -> dict[str, float]:
    count = len(group.members)
    while True:
        said = ask("Their numbers, the most important first, such as 2 1 3: ").replace(",", " ").split()
        if sorted(said) == sorted(str(number) for number in range(1, count + 1)):
            names = [group.members[int(number) - 1].name for number in said]
            return dict(zip(names, rank_order_centroid(count), strict=True))
        say(f"Name each of the numbers 1 to {count} once.")


def _ahp(group: Group, ask: Ask, say: Say) -> dict[str, float]:
    names = [member.name for member in group.members]
    judged = {}
    for one, two in combinations(names, 2):
        question = f"How many times as much as {two} is {one} worth? 1/9 to 9: "
        judged[one, two] = _number(question, 1 / 9, 9, ask, say)
    found = ahp(judgement_matrix(names, judged), names)
    say(f"Consistency ratio {found.consistency_ratio:.3f} (random index of Saaty); under 0.1 is held to be consistent.")
    if not found.consistent and found.worst_triple:
        say(f"The judgements of {', '.join(found.worst_triple)} contradict each other most; think them over.")
    return dict(found.weights)


def _best_worst(group: Group, ask: Ask, say: Say) -> dict[str, float]:
    best = _chosen(group, "Which one is worth most? Its number: ", ask, say)
    worst = _chosen(group, "Which one is worth least? Its number: ", ask, say)
    while worst is best:
        say("The best and the worst must differ.")
        worst = _chosen(group, "Which one is worth least? Its number: ", ask, say)
    over, under = {}, {}
    for member in group.members:
        question = f"How many times as much as {member.name} is {best.name} worth? 1 to 9: "
        over[member.name] = 1.0 if member is best else _number(question, 1, 9, ask, say)
    for member in group.members:
        question = f"How many times as much as {worst.name} is {member.name} worth? 1 to 9: "
        asked = member not in (best, worst)
        known = over[worst.name] if member is best else 1.0
        under[member.name] = _number(question, 1, 9, ask, say) if asked else known
    found = best_worst(over, under)
    say(f"Inconsistency xi {found.xi:.3f}, consistency ratio {found.consistency_ratio:.3f}; 0 is fully consistent.")
    return dict(found.weights)


def _direct(group: Group, ask: Ask, say: Say) -> dict[str, float]:
    while True:
        given = [_number(f"The relative weight of {m.name}: ", 0, 1e9, ask, say) for m in group.members]
        if any(given):
            return dict(zip([member.name for member in group.members], normalise(given), strict=True))
        say("At least one must be more than 0.")


#: way of weighing -> how a group is asked for
METHODS: Mapping[str, Callable[[Group, Ask, Say], dict[str, float]]] = {
    "swing": _swing,
    "points": _points,
    "rank": _rank,
    "ahp": _ahp,
    "best_worst": _best_worst,
    "direct": _direct,
}


def _chosen(group: Group, question: str, ask: Ask, say: Say) -> Swing:
    while True:
        said = ask(question).strip()
        if said.isdecimal() and 1 <= int(said) <= len(group.members):
            return group.members[int(said) - 1]
        say(f"Answer with a number from 1 to {len(group.members)}.")


def _number(question: str, least: float, most: float, ask: Ask, say: Say) -> float:
    """A number, or a fraction such as 1/3."""
    while True:
        try:
            given = float(Fraction(ask(question).strip().replace(" ", "")))
            if least <= given <= most:
                return given
        except (ValueError, ZeroDivisionError):
            pass
        say(f"Answer with a number from {Fraction(least).limit_denominator(9)} to {most:g}, such as 3 or 1/3.")
