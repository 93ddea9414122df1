"""What some rooms of siting import, wherever in their modules."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable
from pathlib import Path

__all__ = ["imported"]

PACKAGE = Path(__file__).resolve().parents[1] / "siting"


def imported(rooms: Iterable[str]) -> tuple[set[str], set[str]]:
    """Other rooms, and packages beside the standard library, that modules of these rooms import."""
    rooms, names = set(rooms), set[str]()
    for path in PACKAGE.rglob("*.py"):
        if path.relative_to(PACKAGE).with_suffix("").parts[0] in rooms:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    names |= {name.name for name in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module == "siting":
                    names |= {f"siting.{name.name}" for name in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    names.add(node.module)
    own = {name.split(".")[1] for name in names if name.startswith("siting.")}
    others = {name.partition(".")[0] for name in names} - {"siting"} - set(sys.stdlib_module_names)
    return own - rooms, others
