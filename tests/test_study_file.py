"""The text of a study: scalars of YAML 1.2, lines, every refusal."""

from __future__ import annotations

from pathlib import Path

import pytest

from siting.errors import StudyError
from siting.study_file import parse_text, read_file


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ("-5", -5),
        ("0", 0),
        ("0.5", 0.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("-1.5e-3", -0.0015),
        ("0123", "0123"),
        ("00", "00"),
        ("-012", "-012"),
        ("01.5", "01.5"),
        ("0x1F", "0x1F"),
        ("0o17", "0o17"),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2026-10-01", "2026-10-01"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("true", True),
        ("false", False),
        ("True", "True"),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("NO", "NO"),
        ("null", None),
        ("~", None),
        ("", None),
        ("NULL", "NULL"),
        ("'5'", "5"),
        ('"true"', "true"),
        ("!!str 5", "5"),
        ("5 km", "5 km"),
        ("[0123, 5, no]", ["0123", 5, "no"]),
    ],
)
def test_scalars_of_yaml_12(text: str, value: object) -> None:
    read = parse_text(f"key: {text}").mapping["key"]
    assert read == value
    assert type(read) is type(value)


def test_keys_are_always_text() -> None:
    assert parse_text("{5: a, true: b, 69 kV: 15 m, null: c}").mapping == {
        "5": "a",
        "true": "b",
        "69 kV": "15 m",
        "null": "c",
    }


def test_every_key_and_item_has_its_line() -> None:
    text = "title: x\nblocks:\n  land:\n    weight: 2\nexclusions:\n  - {name: a}\n  - name: b\n    why: c\n"
    lines = parse_text(text).lines
    assert lines["title",] == 1
    assert lines["blocks", "land", "weight"] == 4
    assert lines["exclusions", 0, "name"] == 6
    assert lines["exclusions", 1] == 7
    assert lines["exclusions", 1, "why"] == 8


def test_an_alias_repeats_its_anchor() -> None:
    assert parse_text("a: &x {b: 1}\nc: *x").mapping == {"a": {"b": 1}, "c": {"b": 1}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "title: a\nblocks:\n  land: {}\n  water: {}\n  land: {}\n",
            "s.yaml: the key 'land' stands twice in one mapping, in lines 3 and 5. Keep one.",
        ),
        ("a: {b: 1, b: 2}", "s.yaml: the key 'b' stands twice in one mapping, in lines 1 and 1. Keep one."),
        ("5: a\n'5': b", "s.yaml: the key '5' stands twice in one mapping, in lines 1 and 2. Keep one."),
        ("a: 1\nb: [1, 2\n", "s.yaml, line 3: this is not YAML: expected ',' or ']', but got '<stream end>'."),
        (
            "a: b: c",
            "s.yaml, line 1: this is not YAML: mapping values are not allowed here. "
            "Put text that holds ': ' in quotes.",
        ),
        ("a:\n\t- c", "s.yaml, line 2: there is a tab; YAML wants spaces."),
        ("a: 1\n---\nb: 2\n", "s.yaml, line 3: a second document begins here; a study is one document, without '---'."),
        ("- a\n- b", "s.yaml: a study is a mapping of keys, such as 'title: ...' and 'parcels: ...'."),
        ("", "s.yaml: a study is a mapping of keys, such as 'title: ...' and 'parcels: ...'."),
        ("? [a, b]\n: c", "s.yaml, line 1: a key is text, not a list or mapping."),
        (
            "a: &x {b: 1}\nc:\n  <<: *x\n",
            "s.yaml, line 3: merge keys ('<<') are not in YAML 1.2; write the keys out.",
        ),
        ("a: &x [*x]", "s.yaml, line 1: this holds itself by an alias."),
        (
            "a: !!python/name:os.system x",
            "s.yaml, line 1: the tag 'tag:yaml.org,2002:python/name:os.system' is not taken; write the value plainly.",
        ),
        ("a: !mine 5", "s.yaml, line 1: the tag '!mine' is not taken; write the value plainly."),
        ("a: !mine {b: 5}", "s.yaml, line 1: the tag '!mine' is not taken; write the value plainly."),
    ],
)
def test_refusals(text: str, message: str) -> None:
    with pytest.raises(StudyError) as error:
        parse_text(text, name="s.yaml")
    assert str(error.value) == message


def test_a_file_is_read_as_utf8_with_or_without_its_mark(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_bytes(b"\xef\xbb\xbftitle: caf\xc3\xa9\n")
    file = read_file(tmp_path / "s.yaml")
    assert (file.mapping, file.name) == ({"title": "café"}, "s.yaml")


def test_file_refusals(tmp_path: Path) -> None:
    with pytest.raises(StudyError) as error:
        read_file(tmp_path / "none.yaml")
    assert str(error.value) == f"There is no study file '{(tmp_path / 'none.yaml').as_posix()}'."
    with pytest.raises(StudyError) as error:
        read_file(tmp_path)
    assert str(error.value) == f"'{tmp_path.as_posix()}' is a folder; name the study file in it."
    (tmp_path / "latin.yaml").write_bytes("title: café".encode("latin-1"))
    with pytest.raises(StudyError) as error:
        read_file(tmp_path / "latin.yaml")
    path = (tmp_path / "latin.yaml").as_posix()
    assert str(error.value) == f"The study file '{path}' is not UTF-8: byte 11 cannot be read. Save it as UTF-8."


def test_a_shipped_study_goes_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_file("sample").name == "sample.yaml"
    (tmp_path / "sample").write_text("title: mine", encoding="utf-8")
    assert read_file("sample").mapping == {"title": "mine"}
    with pytest.raises(StudyError) as e:
        read_file("samples")
    assert str(e.value) == "There is no study file 'samples'. Did you mean 'sample'?"


def test_aliases_that_multiply_are_refused() -> None:
    """Nine levels of nine aliases stand for 9^9 values; a hundred thousand are read at most."""
    text = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{new}: &{new} [{','.join(['*' + old] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    with pytest.raises(StudyError) as error:
        parse_text(text, name="bomb.yaml")
    assert str(error.value) == (
        "bomb.yaml, line 1: the study holds more than 100,000 values, aliases written out. "
        "Put long tables into files of their own."
    )


@pytest.mark.parametrize(("levels", "where"), [(101, ", line 1"), (3000, "")])
@pytest.mark.parametrize(("left", "right"), [("[", "]"), ("{a: ", "}")])
def test_deep_nesting_is_refused(levels: int, where: str, left: str, right: str) -> None:
    with pytest.raises(StudyError) as error:
        parse_text(f"x: {left * levels}1{right * levels}", name="deep.yaml")
    assert str(error.value) == f"deep.yaml{where}: the study is nested more than 100 levels deep. Write it flatter."
    parse_text(f"x: {left * 99}1{right * 99}")


def test_a_number_of_thousands_of_digits_is_refused() -> None:
    with pytest.raises(StudyError) as error:
        parse_text("title: x\nseed: " + "9" * 5000, name="long.yaml")
    assert str(error.value) == (
        "long.yaml, line 2: a number has 5,000 digits; at most 300 are read. Write it in quotes if it is text."
    )
    assert parse_text("id: '" + "9" * 5000 + "'").mapping == {"id": "9" * 5000}
