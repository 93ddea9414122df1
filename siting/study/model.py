"""Study: the strict model of a study file, composed from the specs of the rooms below."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    ModelWrapValidatorHandler,
    PlainSerializer,
    PlainValidator,
    PrivateAttr,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from siting.errors import StudyError, did_you_mean, named
from siting.exclusions import Rule, parse_rule
from siting.layer import LayerUse
from siting.mcda.aggregate import Aggregate, Missing
from siting.mcda.value import FUNCTIONS, dump_value
from siting.mcda.weights import Block, global_weights, reweighted
from siting.metrics import MEASURES
from siting.parcels import ParcelsUse
from siting.study.consistency import cross_faults
from siting.study.criteria import CriteriaBlock, CriterionAt, criteria_of, tree_of
from siting.study.patch import patched
from siting.study.refusal import Faults, Strict, faults_of, refusal
from siting.study.sections import (
    Assemble,
    Names,
    NetworkAccess,
    Outputs,
    Overrides,
    Programme,
    Robustness,
    Weight,
    listed,
)
from siting.study_file import At, read_file, study_file
from siting.units import Quantity, Sides
from siting.usable import Cut
from siting.where import Where

__all__ = ["Study", "parse_study", "read_study", "study_schema"]


def _rules(given: Any) -> tuple[Rule, ...]:
    if not isinstance(given, list | tuple):
        raise StudyError(
            f"exclusions are a list of rules, such as [{{name: steep, slope: dem, above: 15 % slope}}], not {given!r}."
        )
    rules: list[Rule] = []
    faults: list[tuple[At, str]] = []
    for number, item in enumerate(given):
        if isinstance(item, Rule):
            rules.append(item)
            continue
        try:
            if not isinstance(item, Mapping):
                raise StudyError(
                    f"a rule is a mapping, such as {{name: steep, slope: dem, above: 15 % slope}}, not {item!r}."
                )
            rules.append(parse_rule(item, number + 1))
        except StudyError as error:
            said = (
                re.sub(rf"^Exclusion {re.escape(repr(item.get('name')))}: ", "", str(error))
                if isinstance(item, Mapping)
                else str(error)
            )
            faults.append(((number,), said))
    if faults:
        raise Faults(faults)
    return tuple(rules)


def _rule_schema() -> dict[str, Any]:
    """The keys of rules, tests and measures; which of them fit together is said by the error."""
    keys: dict[str, Any] = {}
    for measure in MEASURES:
        keys |= measure.model_json_schema(by_alias=True).get("properties", {})
    tests = ("above", "below", "in", "below_by", "inside", "outside", "lifts", "only_where")
    keys = {key: {} for key in (*keys, *tests)} | {"name": {"type": "string"}, "why": {"type": "string"}}
    keys |= {"applies_to": {"enum": ["parcel", "site"]}, "unknown": {"enum": ["keep", "exclude"]}}
    return {
        "type": "array",
        "items": {"type": "object", "properties": keys, "required": ["name"], "additionalProperties": False},
    }


Rules = Annotated[tuple[Rule, ...], PlainValidator(_rules), PlainSerializer(list), WithJsonSchema(_rule_schema())]


class Study(Strict):
    """A study: which parcels, which layers, what rules land out, what makes it good.

    crs : a projected CRS in metres
    pad : width x length of the rectangle that ``of: pad`` measures from
    blocks : the criteria; blocks are compared by weight, and ``aggregate`` joins them to the score
    missing : what missing data does: "interval" (best and worst case), "exclude" (with the reason "no data") or "worst"
    tiers : name -> points from which a parcel belongs to it, highest first; "low" is the rest (defaults: judgement)
    overrides : an analyst's judgements: a table (path), or a list of {id, item, value, who, when, why}
    weight_sets : name ("board") -> path of a block or criterion ("power", "power.station") -> weight relative to its
        neighbours; a set weighs a whole group of neighbours or leaves it alone
    scenarios : name -> keys that are replaced, by path ("blocks.quiet.weight": 20)
    access : hosts of the own network that layers may be fetched from
    partial : theme -> why it is not in the study; the ranking is then called partial wherever it is shown
    context : layers that the map shows around the parcels
    card : sections of the card of a clicked parcel; all of them without it
    marking : a line on the map and the report, such as "SYNTHETIC" or "confidential draft"
    """

    siting: Literal[1] = 1
    title: str = ""
    crs: str
    parcels: ParcelsUse
    pad: Sides | None = None
    layers: dict[str, LayerUse] = Field(default_factory=dict)
    usable: Annotated[tuple[Cut, ...], BeforeValidator(listed)] = ()
    exclusions: Rules = ()
    blocks: dict[str, CriteriaBlock]
    aggregate: Aggregate = Aggregate()
    missing: Missing = "interval"
    tiers: dict[str, float] = Field(default_factory=lambda: {"high": 70.0, "medium": 50.0})
    overrides: Overrides | None = None
    robustness: Robustness | None = None
    assemble: Assemble | None = None
    programme: Programme | None = None
    weight_sets: dict[str, dict[str, Weight]] = Field(default_factory=dict)
    scenarios: dict[str, dict[str, Any]] = Field(default_factory=dict)
    seed: int = Field(default=0, ge=0)
    outputs: Outputs = Outputs()
    access: NetworkAccess | None = None
    partial: dict[str, str] = Field(default_factory=dict)
    context: Names = ()
    card: Names = ()
    marking: str = ""

    _plain: dict[str, Any] = PrivateAttr(default_factory=dict)
    _base: Path | None = PrivateAttr(default=None)
    _lines: dict[At, int] = PrivateAttr(default_factory=dict)
    _name: str = PrivateAttr(default="the study")
    _scenario: str | None = PrivateAttr(default=None)

    @model_validator(mode="wrap")
    @classmethod
    def _remember(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        study = handler(data)
        if isinstance(data, Mapping):
            study._plain = _plain(data)
        return study

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        faults = list(cross_faults(self))
        if faults:
            raise Faults(faults)
        return self

    @property
    def root(self) -> Block:
        """The tree of blocks and criteria that ``siting.mcda`` reckons with."""
        return tree_of(self.blocks, self.aggregate.across)

    def criteria(self) -> tuple[CriterionAt, ...]:
        """All criteria in study order, with their blocks and their global weights, which sum to 1."""
        return criteria_of(self.blocks, self.aggregate.across)

    @property
    def weights(self) -> dict[str, float]:
        """Criterion -> global weight; they sum to 1."""
        return global_weights(self.root)

    def roots(self) -> dict[str, Block]:
        """Weight set -> its tree, in study order; the study's own weights come first, under "study"."""
        return {"study": self.root} | {
            name: reweighted(self.root, weights, name) for name, weights in self.weight_sets.items()
        }

    @property
    def base(self) -> Path | None:
        """The folder that paths in the study are relative to; None for the current one."""
        return self._base

    @property
    def lines(self) -> Mapping[At, int]:
        """Where the keys stand in the file; empty for a study without one."""
        return self._lines

    @property
    def scenario_name(self) -> str | None:
        """The scenario that this study is; None for the study itself."""
        return self._scenario

    def with_(self, patch: Mapping[str, Any] | None = None, /, **changes: Any) -> Study:
        """A new study with some keys replaced, validated as a whole.

        ``study.with_({"blocks.quiet.weight": 20})`` names a key by its path, ``study.with_(missing="worst")`` a
        section. Mappings are merged, None takes a key away (``siting.study.patch``).
        """
        plain = patched(self._plain, {**(patch or {}), **_plain(changes)}, "The patch")
        return self._parsed(plain, self._name, self._name, self._scenario)

    def scenario(self, name: str) -> Study:
        """The study of a scenario: this one with the scenario's keys replaced."""
        if name not in self.scenarios:
            near = did_you_mean(name, self.scenarios)
            raise StudyError(f"The study has no scenario {name!r}. Its scenarios are {named(self.scenarios)}.{near}")
        plain = {key: value for key, value in self._plain.items() if key != "scenarios"}
        plain = patched(plain, self.scenarios[name], f"The scenario {name!r}")
        line = self._lines.get(("scenarios", name))
        where = f"{self._name}{f', line {line}' if line else ''}, scenario {name!r}"
        return self._parsed(plain, where, self._name, name)

    def resolved(self) -> dict[str, Any]:
        """The whole study as plain values with every default, weights normalised among neighbours.

        It can be parsed again, and gives the same scores.
        """
        out = self.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"exclusions", "blocks"})
        blocks = {
            name: block.model_dump(mode="json", by_alias=True, exclude_none=True) for name, block in self.blocks.items()
        }
        _normalise(self.root, {"blocks": blocks})
        rules = [item if isinstance(item, Mapping) else _rule_plain(item) for item in self._plain.get("exclusions", ())]
        ordered = {**out, "exclusions": rules, "blocks": blocks}
        return {key: ordered[key] for key in type(self).model_fields if key in ordered}

    def _parsed(self, plain: Mapping[str, Any], where: str, name: str, scenario: str | None) -> Study:
        study = _validated(plain, {}, where)
        study._base, study._lines, study._name, study._scenario = self._base, self._lines, name, scenario
        return study


def parse_study(
    mapping: Mapping[str, Any],
    *,
    base: Path | None = None,
    lines: Mapping[At, int] | None = None,
    name: str = "the study",
) -> Study:
    """The study that a mapping describes, with its scenarios validated; touches no file.

    base : the folder that paths in it are relative to
    lines, name : where keys stand and what to call the study, for errors
    Raises StudyError (UnitError where only units are wrong) naming every fault, its path and line.
    """
    study = _validated(mapping, lines or {}, name)
    study._base, study._lines, study._name = base, dict(lines or {}), name
    for scenario in study.scenarios:
        study.scenario(scenario)
    return study


def read_study(path: str | Path) -> Study:
    """The study of a YAML file, or of a shipped one by its name; paths are relative to the file. Raises StudyError."""
    file = read_file(path)
    return parse_study(file.mapping, base=study_file(path).parent, lines=file.lines, name=file.name)


def study_schema() -> dict[str, Any]:
    """JSON Schema of a study file, for editors.

    >>> study_schema()["properties"]["missing"]["enum"]
    ['interval', 'exclude', 'worst']
    """
    schema = Study.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "A study of siting"}


def _validated(mapping: Mapping[str, Any], lines: Mapping[At, int], name: str) -> Study:
    try:
        return Study.model_validate(dict(mapping))
    except ValidationError as error:
        raise refusal(faults_of(error, Study, mapping), given=mapping, lines=lines, name=name) from None


def _normalise(block: Block, plain: dict[str, Any]) -> None:
    """Put the normalised weights of a tree into its plain form."""
    for member, share in zip(block.members, block.shares, strict=True):
        group = "blocks" if isinstance(member, Block) else "criteria"
        own = plain[group][member.name]
        own["weight"] = share
        if isinstance(member, Block):
            _normalise(member, own)


def _plain(given: Any) -> Any:
    """Mappings, lists and scalars as a study file has them; rules that were built in Python stay rules."""
    if isinstance(given, Mapping):
        return {str(key): _plain(value) for key, value in given.items()}
    if isinstance(given, list | tuple) and not isinstance(given, str):
        return [_plain(item) for item in given]
    if isinstance(given, Rule):
        return given
    if isinstance(given, FUNCTIONS):
        return dump_value(given)
    if isinstance(given, BaseModel):
        return given.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return str(given) if isinstance(given, Quantity | Where | Path) else given


def _rule_plain(rule: Rule) -> dict[str, Any]:
    return rule.model_dump(mode="json", exclude_none=True)
