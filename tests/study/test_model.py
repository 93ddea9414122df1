"""A whole study: read from text, built in Python, patched, resolved; every refusal with its line."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import siting
from siting.errors import StudyError, UnitError, named
from siting.exclusions import parse_rule
from siting.layer import LayerUse
from siting.mcda.aggregate import aggregate
from siting.mcda.value import Piecewise
from siting.metrics import measure_keys, measure_of, parse_measure
from siting.parcels import ParcelsUse
from siting.study import CriteriaBlock, Criterion, Study, parse_study, read_study, study_schema
from siting.study_file import parse_text, read_file


def read(text: str) -> Study:
    file = parse_text(text, name="s.yaml")
    return parse_study(file.mapping, lines=file.lines, name=file.name)


def test_the_criteria_come_in_study_order_with_global_weights(mapping: dict[str, Any]) -> None:
    """By hand: land 3 of 8, supply 5 of 8; in supply 4 + 1 + 3; a worst block shares its weight equally."""
    study = parse_study(mapping)
    assert [(c.name, c.block) for c in study.criteria()] == [
        ("room", ("land",)),
        ("flat", ("land",)),
        ("station", ("supply",)),
        ("provider", ("supply",)),
        ("from_rail", ("supply", "quiet")),
        ("from_roads", ("supply", "quiet")),
    ]
    by_hand = [3 / 8 * 2 / 3, 3 / 8 / 3, 5 / 8 * 4 / 8, 5 / 8 / 8, 5 / 8 * 3 / 8 / 2, 5 / 8 * 3 / 8 / 2]
    assert [c.weight for c in study.criteria()] == pytest.approx(by_hand, abs=1e-15)
    assert math.fsum(study.weights.values()) == pytest.approx(1, abs=1e-12)


def test_a_criterion_tells_what_a_plan_needs(mapping: dict[str, Any]) -> None:
    criteria = {c.name: c for c in parse_study(mapping).criteria()}
    station, rail = criteria["station"], criteria["from_rail"]
    assert (station.value.last_si, station.value.direction, station.measure.land) == (20_000, "falling", "pad")
    assert (rail.value.direction, rail.source, station.source, rail.title) == ("rising", "judgement", "", "from rail")


def test_the_sections_hold_what_was_written(mapping: dict[str, Any]) -> None:
    study = parse_study(mapping)
    assert study.pad is not None
    assert [side.value for side in study.pad] == [500, 400]
    assert [cut.name for cut in study.usable] == ["floodway", "steep"]
    assert [(rule.name, rule.applies_to) for rule in study.exclusions] == [("flooded", "parcel"), ("too small", "site")]
    assert (study.aggregate.across, study.aggregate.floor_value, study.missing) == ("geometric", 0.1, "interval")
    assert (study.tiers, study.seed, study.marking, study.context) == (
        {"good": 75, "fair": 40}, 7, "SYNTHETIC", ("rail", "roads"),
    )  # fmt: skip
    assert not isinstance(study.overrides, str)
    assert study.overrides is not None
    assert [o.id for o in study.overrides] == ["001-07", "001-08"]
    assert study.assemble is not None
    assert study.assemble.usable[0].unit.name == "acre"
    assert (study.outputs.write, study.outputs.up_to) == (("parquet", "map"), 5000)


def test_the_least_study_has_stated_defaults() -> None:
    study = read(
        "crs: EPSG:26912\nparcels: {source: p, id: ID}\n"
        "blocks: {all: {criteria: {size: {measure: {shape: area}, value: [[0 acre, 0], [9 acre, 1]]}}}}\n"
    )
    assert study.weights == {"size": 1}
    assert (study.aggregate.across, study.missing, study.tiers) == (
        "arithmetic",
        "interval",
        {"high": 70, "medium": 50},
    )
    assert (study.outputs.up_to, study.seed, study.layers, study.exclusions) == (200_000, 0, {}, ())


def test_reading_keeps_the_folder_of_the_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "study.yaml").write_text(text, encoding="utf-8")
    study = read_study(tmp_path / "study.yaml")
    assert study.base == tmp_path
    assert study.lines["title",] == 2
    assert study.with_({"seed": 8}).base == tmp_path
    assert study.scenario("strict").base == tmp_path


def test_parsing_touches_no_file(mapping: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr("builtins.open", refuse)
    monkeypatch.setattr(Path, "open", refuse)
    parse_study(mapping)


def built() -> Study:
    return Study(
        crs="EPSG:26912",
        parcels=ParcelsUse(source="p.parquet", id="ID"),
        layers={"rail": LayerUse(source="rail.parquet")},
        exclusions=(parse_rule({"name": "close", "distance": "rail", "below": "100 m"}),),
        blocks={
            "all": CriteriaBlock(
                criteria={
                    "rail": Criterion(
                        measure=parse_measure({"distance": "rail"}, "rail"),
                        value=Piecewise((("1 km", 1), ("9 km", 0))),  # type: ignore[arg-type]
                    )
                }
            )
        },
    )


def test_a_study_can_be_built_in_python_and_patched() -> None:
    study = built()
    assert study.weights == {"rail": 1}
    more = study.with_({"blocks.all.criteria.rail.value": [["2 km", 1], ["5 km", 0]], "missing": "worst"})
    assert (more.criteria()[0].value.last_si, more.missing) == (5000, "worst")
    assert (study.criteria()[0].value.last_si, study.missing) == (9000, "interval")
    assert more.exclusions == study.exclusions
    assert json.loads(json.dumps(study.resolved()))["layers"]["rail"]["source"] == "rail.parquet"


def test_a_patch_takes_paths_and_nested_mappings_alike(mapping: dict[str, Any]) -> None:
    study = parse_study(mapping)
    dotted = study.with_({"blocks.supply.blocks.quiet.weight": 0, "aggregate.floor": 0.3})
    nested = study.with_(blocks={"supply": {"blocks": {"quiet": {"weight": 0}}}}, aggregate={"floor": 0.3})
    assert dotted == nested
    assert dotted.weights["from_rail"] == 0
    assert study.weights["from_rail"] > 0


def test_a_scenario_is_the_study_with_its_keys_replaced(mapping: dict[str, Any]) -> None:
    study = parse_study(mapping)
    loud, strict, reuse = (study.scenario(name) for name in ("loud", "strict", "reuse"))
    assert loud.weights["station"] == pytest.approx(5 / 8 * 4 / 5)
    assert strict.exclusions[1].condition.parts[0][1].below == pytest.approx(100 * 4046.8564224)
    assert (strict.aggregate.floor_value, strict.scenario_name, study.scenario_name) == (0.2, "strict", None)
    assert reuse.programme is not None
    assert float(reuse.programme.module["logic_fab"]["reuse_rate"]) == 0.9
    assert reuse.programme.budget["water"]["river"].value == -0.4
    with pytest.raises(StudyError) as error:
        study.scenario("lowd")
    assert str(error.value) == (
        "The study has no scenario 'lowd'. Its scenarios are 'loud', 'reuse', 'strict'. Did you mean 'loud'?"
    )


def test_scenarios_are_validated_as_whole_studies(text: str) -> None:
    with pytest.raises(StudyError) as error:
        read(text.replace("blocks.supply.blocks.quiet.weight: 0", "blocks.supply.blocks.quite.weight: 0"))
    assert str(error.value) == (
        "The scenario 'loud': 'blocks.supply.blocks.quite.weight' names 'quite', which 'blocks.supply.blocks' does not "
        "have. It has 'quiet'. Did you mean 'quiet'?"
    )
    line = text[: text.index("  strict:")].count("\n") + 1
    with pytest.raises(StudyError) as error:
        read(text.replace("aggregate.floor: 0.2", "aggregate.floor: 2"))
    assert str(error.value) == (
        f"s.yaml, line {line}, scenario 'strict', 'aggregate': 'floor' must lie between 0 and 1, such as 0.05, not 2."
    )


def test_the_resolved_study_is_plain_normalised_and_parses_again(mapping: dict[str, Any]) -> None:
    study = parse_study(mapping)
    resolved = study.resolved()
    assert json.loads(json.dumps(resolved)) == resolved
    assert resolved["blocks"]["land"]["weight"] == 3 / 8
    assert resolved["blocks"]["supply"]["blocks"]["quiet"]["weight"] == 3 / 8
    assert resolved["exclusions"] == mapping["exclusions"]
    assert resolved["outputs"]["up_to"] == 5000
    again = parse_study(resolved)
    assert again.weights == pytest.approx(study.weights, abs=1e-15)
    values = {c.name: np.array([0.3]) for c in study.criteria()}
    assert aggregate(again.root, values).score == aggregate(study.root, values).score
    assert again.resolved() == resolved


def test_the_schema_knows_every_key_and_the_verbs() -> None:
    schema = study_schema()
    assert set(schema["properties"]) == set(Study.model_fields)
    assert schema["additionalProperties"] is False
    measure = schema["$defs"]["Criterion"]["properties"]["measure"]["anyOf"]
    assert any("distance" in one["properties"] for one in measure)
    assert "above" in schema["properties"]["exclusions"]["items"]["properties"]
    json.dumps(schema)


LAYERS = "'stations', 'flood', 'providers', 'rail', 'roads', 'dem'"
CRITERION = "'weight', 'measure', 'value', 'source', 'title', 'changeable'"
DISTANCE = named(measure_keys(measure_of({"distance": "rail"}, "")))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "weight: 2, measure",
            "wieght: 2, measure",
            "s.yaml, line {line}, 'blocks.land.criteria.room.wieght': 'wieght' is not a key here. "
            f"The keys are {CRITERION}. Did you mean 'weight'?",
        ),
        (
            "missing: interval",
            "missing: intervall",
            "s.yaml, line {line}, 'missing': this can be 'interval', 'exclude' or 'worst', not 'intervall'. "
            "Did you mean 'interval'?",
        ),
        (
            "[[1 km, 1], [9 km, 0.4], [20 km, 0]]",
            "[[1, 1], [9, 0.4], [20, 0]]",
            "s.yaml, line {line}, 'blocks.supply.criteria.station.value': "
            "The quantity '1' has no unit: a length, such as '5 km', is wanted.",
        ),
        (
            "[[1 km, 1], [9 km, 0.4], [20 km, 0]]",
            "[[1 kms, 1], [9 km, 0.4], [20 km, 0]]",
            None,
        ),
        (
            "distance: stations, of: pad",
            "distance: stations, off: pad",
            "s.yaml, line {line}, 'blocks.supply.criteria.station.measure': 'off' is not a key of "
            "the measure 'distance'. "
            f"Its keys are {DISTANCE}. Did you mean 'of'?",
        ),
        (
            "distance: stations, of: pad",
            "distance: station, of: pad",
            "s.yaml, line {line}, 'blocks.supply.criteria.station.measure': the study has no layer 'station'. "
            f"Its layers are {LAYERS}. Did you mean 'stations'?",
        ),
        (
            "measure: {distance: stations, of: pad}",
            "measure: stations",
            "s.yaml, line {line}, 'blocks.supply.criteria.station.measure': "
            "a measure is a mapping with a verb, such as {distance: stations}, not 'stations'.",
        ),
        (
            "crs: EPSG:26912\n",
            "",
            "s.yaml, 'crs': the key 'crs' is missing. The keys here are "
            + ", ".join(repr(name) for name in Study.model_fields)
            + ".",
        ),
        (
            "siting: 1\n",
            "siting: 2\n",
            "s.yaml, line {line}, 'siting': this can be 1, not 2.",
        ),
        (
            "tiers: {good: 75, fair: 40}",
            "tiers: {fair: 40, good: 75}",
            "s.yaml, line {line}, 'tiers': The cuts of tiers must fall: 'good' (75) follows 'fair' "
            "(40). Put the highest first.",
        ),
        (
            "pad: 500 m x 400 m\n",
            "",
            "s.yaml, line 31, 'blocks.supply.criteria.station.measure': "
            "'of: pad' needs the size of the pad; write it at the top: 'pad: 600 m x 700 m'.",
        ),
        (
            "above: 60 %, why",
            "above: 60, why",
            "s.yaml, line {line}, 'exclusions.flooded': 'above': The quantity '60' has no unit: a "
            "share, such as '8 %', is wanted.",
        ),
        (
            "  - {name: flooded, applies_to: parcel, share: flood, above: 60 %, why: judgement}",
            "  - flooded",
            "s.yaml, line {line}, 'exclusions.1': "
            "a rule is a mapping, such as {name: steep, slope: dem, above: 15 % slope}, not 'flooded'.",
        ),
        (
            "seed: 7",
            "seed: '7'",
            "s.yaml, line {line}, 'seed': this must be a whole number, not '7'.",
        ),
        (
            'title: "Two plants beside the dry lake (SYNTHETIC)"',
            "title: 5",
            "s.yaml, line {line}, 'title': this must be text, not 5.",
        ),
    ],
)
def test_refusals(text: str, old: str, new: str, message: str | None) -> None:
    line = text[: text.index(old)].count("\n") + 1
    message = message and message.replace("{line}", str(line))
    with pytest.raises(StudyError) as error:
        read(text.replace(old, new))
    if message is None:
        assert isinstance(error.value, UnitError)
        message = (
            f"s.yaml, line {line}, 'blocks.supply.criteria.station.value': "
            "The quantity '1 kms' has the unknown unit 'kms'."
        )
        assert str(error.value).startswith(message)
        return
    assert str(error.value) == message


def test_exclusions_must_be_a_list(mapping: dict[str, Any]) -> None:
    with pytest.raises(StudyError) as error:
        parse_study(mapping | {"exclusions": {"name": "a"}})
    assert str(error.value) == (
        "the study, 'exclusions': exclusions are a list of rules, such as "
        "[{name: steep, slope: dem, above: 15 % slope}], not {'name': 'a'}."
    )


def test_shipped_studies_fit_the_schema_and_parse(text: str) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = jsonschema.Draft202012Validator(study_schema())
    shipped = sorted((Path(siting.__file__).parent / "studies").glob("*.yaml"))
    assert shipped
    for mapping in [parse_text(text).mapping, *(read_file(path).mapping for path in shipped)]:
        assert [f"{list(fault.absolute_path)}: {fault.message}" for fault in schema.iter_errors(mapping)] == []
    for path in shipped:
        study = read_study(path)
        assert math.fsum(study.weights.values()) == pytest.approx(1, abs=1e-12)
        assert parse_study(study.resolved()).weights == pytest.approx(study.weights, abs=1e-15)


@pytest.mark.parametrize("path", ["seed", "robustness.seed"])
def test_a_seed_below_zero_is_refused(mapping: dict[str, Any], path: str) -> None:
    with pytest.raises(StudyError) as error:
        parse_study(mapping).with_({path: -1})
    assert str(error.value) == f"the study, '{path}': input should be greater than or equal to 0, not -1."
