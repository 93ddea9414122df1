"""How refusals are told: one in a line, several as a list, with lines, of one type."""

from __future__ import annotations

import pytest

from siting.errors import StudyError, UnitError
from siting.study import Study, parse_study
from siting.study.refusal import keys_of, refusal
from siting.study.sections import Override
from siting.study_file import parse_text

TEXT = """\
crs: EPSG:26912
parcels: {source: p, id: ID}
colour: red
blocks:
  all:
    criteria:
      size: {measure: {shape: area}, value: [[0 km, 0], [9 km, 1]]}
    combine: best
    weight: heavy
"""


def test_several_faults_are_told_together_in_the_order_of_the_model() -> None:
    file = parse_text(TEXT, name="s.yaml")
    with pytest.raises(StudyError) as error:
        parse_study(file.mapping, lines=file.lines, name=file.name)
    keys = ", ".join(repr(name) for name in Study.model_fields)
    assert str(error.value).splitlines() == [
        "s.yaml has 4 faults:",
        "- line 9, 'blocks.all.weight': this must be a number, not 'heavy'.",
        "- line 8, 'blocks.all.combine': this can be 'weighted_sum', 'worst' or 'product', not 'best'.",
        "- line 7, 'blocks.all.criteria.size.value': "
        "The quantity '0 km' is a length, but an area, such as '80 acre', is wanted.",
        f"- line 3, 'colour': 'colour' is not a key here. The keys are {keys}.",
    ]


def test_a_long_list_is_cut() -> None:
    faults = [((f"k{i}",), "wrong.", False) for i in range(23)]
    lines = str(refusal(faults, given={}, lines={}, name="s.yaml")).splitlines()
    assert (lines[0], lines[1], len(lines), lines[-1]) == (
        "s.yaml has 23 faults:",
        "- 'k0': wrong.",
        22,
        "- and 3 more",
    )


def test_the_type_says_whether_only_units_are_wrong() -> None:
    unit, other = (("a",), "x.", True), (("b",), "y.", False)
    assert type(refusal([unit], given={}, lines={}, name="s")) is UnitError
    assert type(refusal([unit, other], given={}, lines={}, name="s")) is StudyError


def test_a_place_without_a_path_names_only_the_study() -> None:
    assert str(refusal([((), "wrong.", False)], given={}, lines={}, name="the study")) == "the study: wrong."


def test_keys_are_those_of_the_study_file() -> None:
    assert keys_of(Override) == ["id", "item", "value", "who", "when", "why"]
