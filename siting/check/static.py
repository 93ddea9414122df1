"""Checks of a study that measure nothing: missing files, unknown fields, and what is legal but silly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import combinations
from pathlib import Path

import numpy as np

from siting.catalogue import Finder
from siting.check.fields import check_fields, exists
from siting.check.finding import Finding
from siting.check.place import check_place
from siting.crs import study_crs
from siting.errors import SitingError, StudyError
from siting.exclusions import Rule
from siting.layer import LayerUse
from siting.layer.credits import OPENED, described, own_use_only
from siting.mcda.value import Classes
from siting.measure import Measure
from siting.study import CriteriaBlock, CriterionAt, Study
from siting.usable import Cut

__all__ = ["check_study"]

DOMINANT, NEGLIGIBLE = 0.5, 0.01  #: judgement: a global weight above, or under, which a criterion is pointed out
_COVERING = ("share", "area", "class", "class_share", "raster", "slope")
_LEVELS = ("error", "warning", "note")


def check_study(study: Study, *, finder: Finder | None = None) -> list[Finding]:
    """What is wrong with a study, or legal but silly; errors first, then warnings, then notes.

    finder : finds the files of the study's sources; without it neither files nor fields are looked at
    Nothing is measured, and of files only the headers are read.
    """
    findings = list(_crs(study))
    if finder is not None:
        findings += [
            *check_place(study, finder),
            *_files(study, finder),
            *check_fields(study, finder),
            *_closed_parcels(study, finder),
            *_closed_context(study, finder),
        ]
    for check in (_cut_and_scored, _alike, _weights, _values, _out_of_play, _unused, _scenarios, _sources, _reserved):
        findings += check(study)
    return sorted(dict.fromkeys(findings), key=lambda finding: _LEVELS.index(finding.level))


def _crs(study: Study) -> Iterator[Finding]:
    try:
        study_crs(study.crs)
    except SitingError as error:
        yield Finding("error", "crs", str(error))


def _files(study: Study, finder: Finder) -> Iterator[Finding]:
    """Sources, coverages and tables that are not there."""
    sources = [("parcels", study.parcels.source)]
    sources += [("parcels.points", study.parcels.points.source)] if study.parcels.points else []
    if study.parcels.grid and isinstance(study.parcels.grid.area, str):
        sources.append(("parcels.grid", study.parcels.grid.area))
    for name, use in study.layers.items():
        sources += [(f"layers.{name}", source) for source in _read_from(use, finder)]
        if use.coverage not in (None, "extent", "hull"):
            sources.append((f"layers.{name}.coverage", use.coverage))
    for at, source in sources:
        if source is None:
            continue
        try:
            path = finder.find(source).path
        except SitingError as error:
            yield Finding("error", at, str(error))
            continue
        if not path.exists():
            yield Finding("error", at, f"The file of {source!r}, '{path.name}', is not in the data folder.")
    for name, use in study.layers.items():
        if use.crosswalk is not None:
            try:
                finder.table(use.crosswalk)
            except SitingError as error:
                yield Finding("error", f"layers.{name}.crosswalk", str(error))
    yield from _tables(study, finder.base)


def _read_from(use: LayerUse, finder: Finder, seen: tuple[str, ...] = ()) -> list[str]:
    """The sources that a layer is read from; those of a recipe of the catalogue instead of its own name."""
    out: list[str] = []
    for source in use.sources():
        spec = finder.spec(source)
        if spec is None or spec.recipe is None:
            out.append(source)
        elif source not in seen:  # a recipe that leads to itself is refused where it is opened
            out += _read_from(spec.recipe, finder, (*seen, source))
    return out


def _tables(study: Study, base: Path) -> Iterator[Finding]:
    tables = [("overrides", study.overrides), ("parcels.candidates", study.parcels.candidates)]
    if study.programme:
        tables += [(f"programme.budgets.{name}", path) for name, path in study.programme.budgets.items()]
    for at, path in tables:
        if isinstance(path, str) and not exists(base, path):
            level = "note" if at.startswith("programme") else "error"
            yield Finding(level, at, f"There is no table {path!r} in the folder of the study.")  # type: ignore[arg-type]


def _closed_parcels(study: Study, finder: Finder) -> Iterator[Finding]:
    """Parcels that may not be passed on; where they cannot be found, that is said elsewhere."""
    use = study.parcels
    for source in filter(None, (use.source, use.points.source if use.points else None)):
        with suppress(SitingError):
            spec = finder.spec(source)
            if spec is not None and not spec.redistributable:
                yield Finding("warning", "parcels", f"{own_use_only({**described(spec), 'source': source})} {OPENED}")


def _closed_context(study: Study, finder: Finder) -> Iterator[Finding]:
    for name in study.context:
        sources = _read_from(study.layers[name], finder)
        specs = [finder.spec(source) for source in sources]
        if any(spec is not None and not spec.redistributable for spec in specs):
            yield Finding("warning", "context", f"The layer {name!r} may not be passed on, so the map leaves it out.")


def _cut_and_scored(study: Study) -> Iterator[Finding]:
    """Land that is cut from the parcel and judged by a criterion too."""
    for cut in study.usable:
        for criterion in study.criteria():
            measure = criterion.measure
            if cut.layer is None or cut.layer not in measure.layer_names or measure.verb not in _COVERING:
                continue
            if measure.verb == "raster" and not _same_cells(cut, measure):
                continue
            same = getattr(measure, "where", None) == cut.where
            if measure.land == "parcel" and (same or measure.verb == "slope"):
                message = (
                    f"The cut {cut.name!r} takes this land away, and the criterion scores it again: twice counted."
                )
                advice = " Measure the criterion 'of: usable', or leave one of them out."
                yield Finding("warning", f"criterion {criterion.name}", message + advice)
            elif same and _all_cut(cut, measure):
                message = (
                    f"The cut {cut.name!r} has taken all such land from the usable land: the quantity is always 0."
                )
                yield Finding("warning", f"criterion {criterion.name}", message)


def _same_cells(cut: Cut, measure: Measure) -> bool:
    """Whether a cut and a measure of a raster may speak of the same cells: of common classes, or of values."""
    wanted = getattr(measure, "classes", None)
    return not (wanted and cut.classes) or bool(set(wanted) & set(cut.classes))


def _all_cut(cut: Cut, measure: Measure) -> bool:
    """Whether nothing of what the measure looks for is left after the cut."""
    plain = cut.slope_above is None and cut.above is None and cut.below is None and cut.classes is None
    return plain and measure.verb in ("share", "area")


def _alike(study: Study) -> Iterator[Finding]:
    """Criteria that measure the same, or nearly."""
    for one, two in combinations(study.criteria(), 2):
        at = f"criterion {two.name}"
        if one.measure.key == two.measure.key:
            yield Finding("warning", at, f"It measures the same as {one.name!r}: the quantity counts twice.")
        elif one.measure.verb == two.measure.verb and (shared := _sources_of(study, one) & _sources_of(study, two)):
            what = ", ".join(sorted(shared))
            yield Finding(
                "note",
                at,
                f"It takes the same measure ({one.measure.verb}) of the same source ({what}) as {one.name!r}.",
            )


def _sources_of(study: Study, criterion: CriterionAt) -> set[str]:
    return {f"{(use := study.layers[name]).what} {use.where or ''}".strip() for name in criterion.measure.layer_names}


def _weights(study: Study) -> Iterator[Finding]:
    weights = study.weights
    for name, weight in weights.items():
        at = f"criterion {name}"
        if weight == 0:
            yield Finding("warning", at, "Its weight is 0: it is measured and decides nothing.")
        elif weight < NEGLIGIBLE:
            yield Finding("note", at, f"Its global weight is {weight:.1%}: it can hardly change a rank.")
        elif weight > DOMINANT and len(weights) > 1:
            yield Finding("warning", at, f"Its global weight is {weight:.0%}: it outweighs all others together.")
    for path, block in _blocks(study.blocks, "blocks"):
        stated = [name for name, criterion in block.criteria.items() if criterion.weight is not None]
        stated += [name for name, inner in block.blocks.items() if inner.weight is not None]
        if block.combine != "weighted_sum" and stated:
            ignored = ", ".join(stated)
            message = f"It combines by {block.combine!r}, where weights say nothing; those of {ignored} are ignored."
            yield Finding("note", path, message)


def _blocks(blocks: dict[str, CriteriaBlock], at: str) -> Iterator[tuple[str, CriteriaBlock]]:
    for name, block in blocks.items():
        yield f"{at}.{name}", block
        yield from _blocks(block.blocks, f"{at}.{name}.blocks")


def _values(study: Study) -> Iterator[Finding]:
    for criterion in study.criteria():
        low, high = criterion.value.bounds
        at = f"criterion {criterion.name}"
        if criterion.value.needs_summary:
            message = (
                f"Its value function {criterion.value.kind!r} is fitted to the candidates: values, and the order of "
                "two parcels, change when others are added or removed. Fixed anchors never do that."
            )
            yield Finding("warning", at, message)
        if low == high:
            yield Finding("warning", at, f"Its value function is flat at {low:g}: it tells no parcel from another.")
        elif (low, high) != (0.0, 1.0):
            message = (
                f"Its values run from {low:g} to {high:g}, so that only {high - low:.0%} of its weight can be used."
            )
            yield Finding("note", at, message)


def _out_of_play(study: Study) -> Iterator[Finding]:
    """Criteria that an exclusion leaves nothing to tell apart."""
    for criterion in study.criteria():
        if isinstance(criterion.value, Classes):
            continue
        for rule in study.exclusions:
            limits = _limits(rule, criterion.measure)
            if limits is None:
                continue
            low, high = criterion.value.value_interval(np.array([limits[0]]), np.array([limits[1]]))
            if low[0] == high[0] and criterion.value.bounds[0] < criterion.value.bounds[1]:
                left = f"The exclusion {rule.name!r} leaves only parcels of value {low[0]:g}"
                message = f"{left}: the criterion decides nothing."
                yield Finding("warning", f"criterion {criterion.name}", message)


def _limits(rule: Rule, measure: Measure) -> tuple[float, float] | None:
    """The range of the quantity that a rule on the same measure admits."""
    if rule.only_where is not None or rule.lifts or rule.condition.given or len(rule.condition.parts) != 1:
        return None
    ruled, test = rule.condition.parts[0]
    if ruled.key != measure.key or (test.above is None) == (test.below is None):
        return None
    return (-np.inf, test.above) if test.above is not None else (float(test.below or 0.0), np.inf)


def _unused(study: Study) -> Iterator[Finding]:
    used = {name for criterion in study.criteria() for name in criterion.measure.layer_names}
    used |= {name for rule in study.exclusions for measure in rule.measures for name in measure.layer_names}
    used |= {cut.layer for cut in study.usable if cut.layer} | set(study.context)
    used |= set(study.assemble.barriers) if study.assemble else set()
    for name in study.layers:
        if name not in used:
            yield Finding("warning", f"layers.{name}", "Nothing uses this layer; it is not opened.")


def _scenarios(study: Study) -> Iterator[Finding]:
    whole = {key: value for key, value in study.resolved().items() if key != "scenarios"}
    for name in study.scenarios:
        try:
            changed = study.scenario(name).resolved()
        except StudyError as error:  # a study built in Python, whose scenarios nobody has looked at yet
            yield Finding("error", f"scenarios.{name}", str(error))
            continue
        if {key: value for key, value in changed.items() if key != "scenarios"} == whole:
            yield Finding("note", f"scenarios.{name}", "It changes nothing.")


def _sources(study: Study) -> Iterator[Finding]:
    without = [criterion.name for criterion in study.criteria() if not criterion.source]
    if without:
        message = f"The anchors of {', '.join(without)} name no source; write 'source: judgement' or a citation."
        yield Finding("note", "blocks", message)


def _reserved(study: Study) -> Iterator[Finding]:
    if study.programme is not None:
        yield Finding("note", "programme", "This section is understood and validated, and not carried out yet.")
