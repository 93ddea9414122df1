"""The index of the catalogue: ``layers/README.md``, written from the YAML files."""

from __future__ import annotations

from collections.abc import Iterable

from siting.catalogue.folder import Catalogue
from siting.catalogue.spec import THEMES, LayerSpec

__all__ = ["REGENERATE", "index_text"]

REGENERATE = "siting layers index --out layers/README.md"  #: the command that writes the index

_HEAD = f"""# Layers

Every public layer that siting knows, one YAML file each: where it is published, what its fields mean, where absence
means absence, what may be passed on, and which traps it holds. `siting layers info ID` shows one file for people,
`siting layers check ID` asks its service whether all of it is still true.

A layer of your own is a file of the same form: in a folder that `SITING_LAYERS` names, or beside a study that names it
by its path (`source: my/wells.yaml`). `siting layers add URL --out FOLDER` drafts one by asking the service.
`zoning/crosswalk/*.csv` map jurisdiction and code to by_right, conditional, rezone or prohibited, with height limit,
source and date.

This page is written by `{REGENERATE}`; a test compares it with the files. Do not edit it.

`verified` is the day on which somebody looked at the service; "never" is meant as it stands. "confidence" is in the
description. A layer that may not be passed on never enters a map, a report or a pack.
"""
_MARK = {"yes": "yes", "attribution": "with attribution", "share-alike": "share-alike", "no": "no"}


def index_text(catalogue: Catalogue) -> str:
    """The index as Markdown: a table a theme, layers by id; the layers of the sample county at the end."""
    specs = catalogue.specs()
    real = [spec for spec in specs if not spec.synthetic]
    made = [spec for spec in specs if spec.synthetic]
    parts = [_HEAD, f"{len(real)} public layers and {len(made)} layers of the sample county (SYNTHETIC).\n"]
    for theme in THEMES:
        members = [spec for spec in real if spec.theme == theme]
        if members:
            parts += [f"## {theme}\n", _table(members)]
    if made:
        parts += [
            "## sample county (SYNTHETIC)\n",
            "Made by `siting sample`; it stands for no real place.\n",
            _made(made),
        ]
    return "\n".join(parts)


def _table(specs: Iterable[LayerSpec]) -> str:
    lines = [
        "| id | what | kind | publisher | service | passed on | confidence | verified |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for spec in specs:
        link = f"[`{spec.id}`]({spec.theme}/{spec.id}.yaml)"
        service = spec.service.type if spec.service else "made from others" if spec.recipe else "file only"
        cells = (
            spec.title,
            spec.kind,
            spec.publisher,
            service,
            _MARK[spec.redistribute],
            spec.confidence,
            spec.verified,
        )
        lines.append(f"| {link} | " + " | ".join(_cell(cell) for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _made(specs: Iterable[LayerSpec]) -> str:
    lines = ["| id | kind | theme | a feature is |", "|---|---|---|---|"]
    for spec in specs:
        link = f"[`{spec.id}`]({spec.id}.yaml)"
        lines.append(f"| {link} | {spec.kind} | {spec.theme} | {_cell(spec.feature)} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
