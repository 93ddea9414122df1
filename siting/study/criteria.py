"""Criteria: a measure, a value function and a weight each, in blocks that may hold blocks."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import Field, GetJsonSchemaHandler, PlainSerializer, PlainValidator, model_validator
from pydantic_core import CoreSchema

from siting.errors import StudyError, named
from siting.mcda.value import ValueFunction
from siting.mcda.weights import Across, Block, Combine, Leaf, global_weights
from siting.measure import Measure
from siting.metrics import MEASURES, parse_measure
from siting.study.refusal import Faults, Strict
from siting.study_file import At

__all__ = [
    "CriteriaBlock",
    "Criterion",
    "CriterionAt",
    "MeasureOf",
    "check_name",
    "criteria_of",
    "tree_of",
    "weight_faults",
]

_NAME = re.compile(r"[^\W\d][\w-]*")


def _measure(given: Any) -> Measure:
    if isinstance(given, Measure):
        return given
    if not isinstance(given, Mapping):
        raise StudyError(f"a measure is a mapping with a verb, such as {{distance: stations}}, not {given!r}.")
    try:
        return parse_measure(given, "measure")
    except StudyError as error:
        raise type(error)(str(error).removeprefix("measure: ")) from None


def _dump_measure(measure: Measure) -> dict[str, Any]:
    return measure.model_dump(mode="json", by_alias=True, exclude_none=True)


class _AnyMeasure:
    """The JSON Schema of a measure: one of all verbs."""

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [measure.model_json_schema(by_alias=True) for measure in MEASURES]}


#: a field of a model: a measure, from the study's form and back to it
MeasureOf = Annotated[Measure, PlainValidator(_measure), PlainSerializer(_dump_measure), _AnyMeasure]


class Criterion(Strict):
    """One criterion: ``{weight: 10, measure: {distance: stations}, value: [[2 km, 1], [25 km, 0]]}``.

    weight : relative to the other members of its block
    source : where the anchors come from, shown beside them ("judgement", a citation)
    title : what to call it before people; its name, if empty
    changeable : whether its quantity can be changed (a line built, land rezoned, a neighbour joined) for what-if
        questions; without it, the measure says (``siting.whatif``)
    """

    weight: float | None = Field(default=None, allow_inf_nan=False)
    measure: MeasureOf
    value: ValueFunction
    source: str = ""
    title: str = ""
    changeable: bool | None = None

    @model_validator(mode="after")
    def _value_fits_the_measure(self) -> Self:
        try:
            fitted = self.value.of_dimension(self.measure.columns[0].dimension)
        except StudyError as error:
            raise Faults([(("value",), str(error))]) from None
        object.__setattr__(self, "value", fitted)
        return self


class CriteriaBlock(Strict):
    """Criteria, and blocks of criteria, that make one value.

    weight : relative to the neighbouring blocks and criteria
    combine : weighted_sum, worst (the lowest member is the block) or product
    """

    weight: float | None = Field(default=None, allow_inf_nan=False)
    combine: Combine = "weighted_sum"
    criteria: dict[str, Criterion] = Field(default_factory=dict)
    blocks: dict[str, CriteriaBlock] = Field(default_factory=dict)
    title: str = ""

    @model_validator(mode="after")
    def _members_are_there_and_weighted(self) -> Self:
        if not self.criteria and not self.blocks:
            raise StudyError("a block needs 'criteria' or 'blocks' inside it; this one has none.")
        faults: list[tuple[At, str]] = [((group, name), message) for group, name, message in _name_faults(self)]
        members: list[tuple[At, float | None]] = [(("criteria", k), item.weight) for k, item in self.criteria.items()]
        members += [(("blocks", name), item.weight) for name, item in self.blocks.items()]
        faults += weight_faults(members, needed=self.combine == "weighted_sum")
        if faults:
            raise Faults(faults)
        return self


@dataclass(frozen=True, kw_only=True)
class CriterionAt:
    """A criterion where it stands in a study.

    block : names of the blocks around it, the outermost first
    weight : its global weight; those of a study sum to 1
    """

    name: str
    block: tuple[str, ...]
    weight: float
    spec: Criterion

    @property
    def measure(self) -> Measure:
        """What is measured."""
        return self.spec.measure

    @property
    def value(self) -> Any:
        """The value function (Piecewise, Classes or Step)."""
        return self.spec.value

    @property
    def source(self) -> str:
        """Where the anchors come from."""
        return self.spec.source

    @property
    def title(self) -> str:
        """What to call it before people."""
        return self.spec.title or self.name.replace("_", " ")


def tree_of(blocks: Mapping[str, CriteriaBlock], across: Across) -> Block:
    """The tree that ``siting.mcda`` reckons with."""
    return Block("", tuple(_block(name, block) for name, block in blocks.items()), combine=across)


def criteria_of(blocks: Mapping[str, CriteriaBlock], across: Across) -> tuple[CriterionAt, ...]:
    """All criteria in study order, with their blocks and global weights."""
    weights = global_weights(tree_of(blocks, across))
    return tuple(
        CriterionAt(name=name, block=path, weight=weights[name], spec=spec) for path, name, spec in _walk(blocks, ())
    )


def weight_faults(members: list[tuple[At, float | None]], *, needed: bool) -> list[tuple[At, str]]:
    """What is wrong with the weights of neighbours; one member alone needs none, nor do ``worst`` and ``product``."""
    faults = [
        ((*at, "weight"), f"a weight is a number of 0 or more, not {weight:g}.")
        for at, weight in members
        if weight is not None and weight < 0
    ]
    if needed and len(members) > 1:
        faults += [
            (at, f"{str(at[-1])!r} has no weight beside {named(o[-1] for o, _ in members if o != at)}. Give each one.")
            for at, weight in members
            if weight is None
        ]
    if needed and members and not faults and math.fsum(1.0 if w is None else w for _, w in members) == 0:
        names = named(at[-1] for at, _ in members)
        faults.append((members[0][0], f"the weights of {names} are all 0; at least one must be more."))
    return faults


def check_name(name: str) -> str | None:
    """Why a name of a block, criterion or layer cannot serve; None where it can."""
    if _NAME.fullmatch(name):
        return None
    return f"the name {name!r} must begin with a letter and hold only letters, digits, '_' and '-'."


def _name_faults(block: CriteriaBlock) -> Iterator[tuple[str, str, str]]:
    for group, names in (("criteria", block.criteria), ("blocks", block.blocks)):
        for name in names:
            fault = check_name(name)
            if fault:
                yield group, name, fault


def _block(name: str, spec: CriteriaBlock) -> Block:
    leaves = [Leaf(key, 1.0 if item.weight is None else item.weight) for key, item in spec.criteria.items()]
    inner = [_block(key, item) for key, item in spec.blocks.items()]
    return Block(name, (*leaves, *inner), 1.0 if spec.weight is None else spec.weight, spec.combine)


def _walk(
    blocks: Mapping[str, CriteriaBlock], path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], str, Criterion]]:
    for name, block in blocks.items():
        here = (*path, name)
        for key, spec in block.criteria.items():
            yield here, key, spec
        yield from _walk(block.blocks, here)
