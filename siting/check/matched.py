"""Conditions of a study that hold for nothing in the layers as they were read, and codes without a class."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from siting.check.finding import Finding
from siting.layer import RasterLayer, VectorLayer
from siting.layer.unmatched import unmatched
from siting.measure import Measure
from siting.study import Study
from siting.where import Where

__all__ = ["check_matched"]

_Layers = Mapping[str, VectorLayer | RasterLayer]


def check_matched(study: Study, layers: _Layers) -> Iterator[Finding]:
    """A warning for each ``where`` that no feature meets, and for each crosswalk that does not know a code.

    Steps of a rule (``below_by``) are one condition: it is enough that one of them is met.
    """
    for name, layer in layers.items():
        if layer.quality.unmatched:
            yield Finding("warning", f"layers.{name}", layer.quality.unmatched)
        if layer.quality.unmapped:
            yield Finding("warning", f"layers.{name}.crosswalk", layer.quality.unmapped)
    for cut in study.usable:
        yield from _found(f"usable.{cut.name}", [(cut.where, cut.layer or "")], layers)
    for rule in study.exclusions:
        for condition in filter(None, (rule.condition, rule.only_where)):
            yield from _found(f"exclusions.{rule.name}", _asked(condition.measures), layers)
    for criterion in study.criteria():
        yield from _found(f"criterion {criterion.name}", _asked([criterion.measure]), layers)


def _asked(measures: Iterable[Measure]) -> list[tuple[Where | None, str]]:
    """The condition and the layer of each measure."""
    return [(getattr(measure, "where", None), name) for measure in measures for name in measure.layer_names]


def _found(at: str, asked: Iterable[tuple[Where | None, str]], layers: _Layers) -> Iterator[Finding]:
    """The finding on the last of several conditions when none of them is met."""
    said = []
    for where, name in asked:
        layer = layers.get(name)
        if isinstance(where, Where) and isinstance(layer, VectorLayer):
            said.append(unmatched(where, layer.table, name))
    if said and all(said):
        yield Finding("warning", at, said[-1])
