"""What the command line says about layers: tables on a terminal, one plain line a layer where it is piped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from siting.catalogue import LayerSpec
    from siting.catalogue.verify import Checked

__all__ = ["found_in", "say_checked", "say_layer", "say_layers"]

_COLUMNS = ("id", "theme", "kind", "title", "passed on", "confidence", "verified")


def say_layers(specs: Iterable[LayerSpec], console: Console) -> None:
    """Layers, one a line."""
    rows = [
        (spec.id, spec.theme, spec.kind, spec.title, spec.redistribute, spec.confidence, spec.verified)
        for spec in specs
    ]  # fmt: skip
    _say_table(_COLUMNS, rows, console)


def say_layer(spec: LayerSpec, console: Console) -> None:
    """Everything about one layer, in the order in which it is asked."""
    for line in _lines(spec):
        console.print(line, markup=False, soft_wrap=True)


def say_checked(rows: Sequence[Checked], console: Console) -> None:
    """What services said, and how a description becomes verified."""
    _say_table(("layer", "result", "differs"), [(row.layer, row.result, row.differs) for row in rows], console)
    for row in rows:
        if row.result == "as described":
            line = f"{row.layer} is as described: write verified: {row.day} in its file."
            console.print(line, markup=False, soft_wrap=True)


def found_in(specs: Iterable[LayerSpec], words: Sequence[str]) -> list[LayerSpec]:
    """The layers in whose description every word is found; those whose id or title has them first."""
    wanted = [word.casefold() for word in words]

    def place(spec: LayerSpec) -> int:
        named = f"{spec.id} {spec.title}".casefold()
        whole = " ".join(_searched(spec)).casefold()
        return 0 if all(word in named for word in wanted) else 1 if all(word in whole for word in wanted) else 2

    placed = sorted(((place(spec), spec.id, spec) for spec in specs), key=lambda item: item[:2])
    return [spec for at, _, spec in placed if at < 2]


def _searched(spec: LayerSpec) -> Iterator[str]:
    yield from (spec.id, spec.title, spec.publisher, spec.theme, spec.feature, spec.grain, *spec.criteria)
    yield from (f"{field.name} {field.meaning}" for field in spec.fields)
    yield from (*spec.traps, *spec.states, spec.coverage.words)


def _say_table(columns: Sequence[str], rows: Sequence[Sequence[str]], console: Console) -> None:
    if not console.is_terminal:
        for row in rows:
            typer.echo("\t".join(row))
        return
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for head in columns:
        table.add_column(head, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _lines(spec: LayerSpec) -> Iterator[str]:
    yield f"{spec.id}: {spec.title}"
    yield f"  publisher: {spec.publisher}"
    yield f"  a feature is {spec.feature} ({spec.kind}); it tells apart: {spec.grain}"
    yield f"  known where: {spec.coverage.words}" + (f" ({spec.coverage.layer})" if spec.coverage.layer else "")
    yield f"  content of: {spec.vintage}; changes: {spec.update}; size: {spec.size}"
    yield f"  licence: {spec.licence}"
    yield f"  attribution: {spec.attribution}"
    yield f"  may be passed on: {spec.redistribute}"
    for at, service in enumerate(spec.services):
        yield f"  {'service' if at == 0 else 'or'}: {service.type} {service.url}" + (
            f" ({service.note})" * bool(service.note)
        )
    if spec.recipe is not None:
        yield f"  made from others: {spec.recipe.what}"
    if spec.instead:
        yield f"  when it is down: {', '.join(spec.instead)}"
    yield f"  CRS: {spec.crs or 'not known'}; key: {spec.key or 'none'}"
    for field in spec.fields:
        null = f"; no value: {', '.join(map(str, field.null))}" if field.null else ""
        unit = f", {field.unit}" if field.unit else ""
        meaning = f": {field.meaning}" if field.meaning else ""
        yield f"  field {field.name} ({field.type}{unit}){meaning}{null}"
    for trap in spec.traps:
        yield f"  trap: {trap}"
    yield f"  used for: {', '.join(spec.criteria) or 'nothing yet'}"
    yield f"  confidence in this description: {spec.confidence}; verified: {spec.verified}"
    if spec.source:
        yield f"  from: {spec.source}"
