"""The text of a study: YAML 1.2 read strictly, with the line of every key.

Only ``true`` and ``false`` are booleans; ``no``, ``on`` and ``yes`` are text. A number has no leading zero: ``0123``
stays text, as do dates, and keys are always text, so that ids and codes keep every character. A key that stands
twice is refused with both lines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from siting.errors import StudyError, did_you_mean
from siting.studies import study_names, study_path

__all__ = ["StudyFile", "parse_text", "read_file", "study_file"]

#: keys and positions from the top: ("blocks", "power", "weight") or ("exclusions", 0, "name")
At: TypeAlias = tuple[str | int, ...]

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
NODES, DEPTH, DIGITS = 100_000, 100, 300  #: the most that a study may hold
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
_TEXT = "tag:yaml.org,2002:str"
_TAGS = {
    f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null", "timestamp", "value", "map", "seq")
}


@dataclass(frozen=True)
class StudyFile:
    """A study as plain mappings, lists, text, numbers, booleans and None.

    lines : where a key or list item stands, counted from 1
    name : what to call the file in messages
    """

    mapping: Mapping[str, Any]
    lines: Mapping[At, int] = field(default_factory=dict)
    name: str = "the study"


def read_file(path: str | Path) -> StudyFile:
    """The mapping of a YAML file. Raises StudyError naming the file and the line."""
    path = study_file(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        near = did_you_mean(path.as_posix(), study_names())
        raise StudyError(f"There is no study file '{path.as_posix()}'.{near}") from None
    except IsADirectoryError:
        raise StudyError(f"'{path.as_posix()}' is a folder; name the study file in it.") from None
    except OSError as error:
        raise StudyError(f"The study file '{path.as_posix()}' cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise StudyError(
            f"The study file '{path.as_posix()}' is not UTF-8: byte {error.start + 1} cannot be read. Save it as UTF-8."
        ) from None
    return parse_text(text, name=path.name)


def study_file(path: str | Path) -> Path:
    """The file that a path names; where it is not there, the shipped study of that name.

    >>> study_file("sample").name
    'sample.yaml'
    """
    path = Path(path)
    if not path.exists() and path.as_posix() in study_names():
        return study_path(path.as_posix())
    return path


def parse_text(text: str, *, name: str = "the study") -> StudyFile:
    r"""The mapping that a YAML text holds. Raises StudyError naming the line.

    >>> parse_text("id: 0123\nopen: no\nblocks: {land: {weight: 22}}").mapping
    {'id': '0123', 'open': 'no', 'blocks': {'land': {'weight': 22}}}
    """
    reader = YAML(typ="safe", pure=True)
    try:
        documents = list(reader.compose_all(text))
    except RecursionError:
        raise StudyError(_too_deep(name)) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise StudyError(f"{name}{line}: {_fault(text, mark.line if mark else 0, error)}") from None
    except YAMLError as error:
        raise StudyError(f"{name}: this is not YAML: {' '.join(str(error).split())}.") from None
    if len(documents) > 1:
        second = documents[1].start_mark.line + 1
        raise StudyError(
            f"{name}, line {second}: a second document begins here; a study is one document, without '---'."
        )
    if not documents or not isinstance(documents[0], MappingNode):
        raise StudyError(f"{name}: a study is a mapping of keys, such as 'title: ...' and 'parcels: ...'.")
    builder = _Builder(name)
    mapping = builder.build(documents[0], ())
    return StudyFile(mapping, builder.lines, name)


def _fault(text: str, line: int, error: MarkedYAMLError) -> str:
    """What is wrong with a line that is not YAML, and what to do where that is plain."""
    problem = str(error.problem or error.context)
    there = text.splitlines()[line] if line < len(text.splitlines()) else ""
    if "\t" in there and "'\\t'" in problem:
        return "there is a tab; YAML wants spaces."
    colon = "mapping values are not allowed" in problem
    return f"this is not YAML: {problem}." + (" Put text that holds ': ' in quotes." if colon else "")


class _Builder:
    """Plain values from the nodes of one document."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[At, int] = {}
        self.open: set[int] = set()
        self.nodes = 0

    def build(self, node: Node, at: At) -> Any:
        self.lines.setdefault(at, _line(node))
        self.nodes += 1
        if self.nodes > NODES:
            raise StudyError(
                f"{self.name}, line {_line(node)}: the study holds more than {NODES:,} values, aliases written out. "
                "Put long tables into files of their own."
            )
        if len(at) > DEPTH:
            raise StudyError(_too_deep(f"{self.name}, line {_line(node)}"))
        if isinstance(node, ScalarNode):
            return self._scalar(node)
        if id(node) in self.open:
            raise StudyError(f"{self.name}, line {_line(node)}: this holds itself by an alias.")
        if str(node.tag) not in _TAGS:
            self._refuse_tag(node)
        self.open.add(id(node))
        out: Any = None
        if isinstance(node, MappingNode):
            out = self._mapping(node, at)
        elif isinstance(node, SequenceNode):
            out = [self.build(item, (*at, number)) for number, item in enumerate(node.value)]
        self.open.discard(id(node))
        return out

    def _mapping(self, node: MappingNode, at: At) -> dict[str, Any]:
        out: dict[str, Any] = {}
        first: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = _line(key_node)
            if not isinstance(key_node, ScalarNode):
                raise StudyError(f"{self.name}, line {line}: a key is text, not a list or mapping.")
            key = str(key_node.value)
            if key == "<<" and key_node.style is None:
                raise StudyError(
                    f"{self.name}, line {line}: merge keys ('<<') are not in YAML 1.2; write the keys out."
                )
            if key in first:
                raise StudyError(
                    f"{self.name}: the key {key!r} stands twice in one mapping, in lines {first[key]} and {line}. "
                    "Keep one."
                )
            first[key] = self.lines[(*at, key)] = line
            out[key] = self.build(value_node, (*at, key))
        return out

    def _scalar(self, node: ScalarNode) -> Any:
        text = str(node.value)
        if node.style is not None or node.tag == _TEXT:
            return text
        if str(node.tag) not in _TAGS:
            self._refuse_tag(node)
        if text in _WORDS:
            return _WORDS[text]
        if len(text) > DIGITS and _DECIMAL.fullmatch(text):
            raise StudyError(
                f"{self.name}, line {_line(node)}: a number has {len(text):,} digits; at most {DIGITS} are read. "
                "Write it in quotes if it is text."
            )
        if _INTEGER.fullmatch(text):
            return int(text)
        return float(text) if _DECIMAL.fullmatch(text) else text

    def _refuse_tag(self, node: Node) -> None:
        raise StudyError(
            f"{self.name}, line {_line(node)}: the tag '{node.tag}' is not taken; write the value plainly."
        )


def _too_deep(where: str) -> str:
    return f"{where}: the study is nested more than {DEPTH} levels deep. Write it flatter."


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1
