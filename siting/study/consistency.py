"""What only the whole study shows: names that are used and not there, that stand twice, weights of blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from siting.errors import StudyError, did_you_mean, named
from siting.mcda.rank import check_tiers
from siting.mcda.weights import reweighted
from siting.measure import Measure
from siting.study.criteria import CriteriaBlock, Criterion, check_name, weight_faults
from siting.study_file import At

if TYPE_CHECKING:
    from siting.study.model import Study

__all__ = ["cross_faults", "measures_of"]


def cross_faults(study: Study) -> Iterator[tuple[At, str]]:
    """Faults that only the whole study shows."""
    if not study.blocks:
        yield ("blocks",), "a study needs at least one block of criteria."
    for group in ("blocks", "layers", "scenarios"):
        for name in getattr(study, group):
            fault = check_name(name)
            if fault:
                yield (group, name), fault
    yield from weight_faults([(("blocks", name), block.weight) for name, block in study.blocks.items()], needed=True)
    yield from _repeated(study)
    yield from _unknown_layers(study)
    try:
        check_tiers(study.tiers)
    except StudyError as error:
        yield ("tiers",), str(error)
    yield from _unknown_criteria(study)
    yield from _weight_sets(study)
    if study.pad is None and any(measure.land == "pad" for _, measure in measures_of(study)):
        at = next(at for at, measure in measures_of(study) if measure.land == "pad")
        yield at, "'of: pad' needs the size of the pad; write it at the top: 'pad: 600 m x 700 m'."


def _repeated(study: Study) -> Iterator[tuple[At, str]]:
    """Names that stand twice: criteria of different blocks, cuts, rules."""
    first: dict[str, At] = {}
    for at, name in _criterion_places(study.blocks, ("blocks",)):
        if name in first:
            yield (
                at,
                f"the criterion {name!r} stands in {'.'.join(map(str, first[name][:-2]))!r} too; names must differ.",
            )
        first.setdefault(name, at)
    for group in ("usable", "exclusions"):
        names = [item.name for item in getattr(study, group)]
        for number, name in enumerate(names):
            if name in names[:number]:
                yield (group, number), f"the name {name!r} stands twice in {group!r}; names must differ."
    known = [rule.name for rule in study.exclusions]
    for number, rule in enumerate(study.exclusions):
        for name in rule.lifts:
            if name not in known:
                near = did_you_mean(name, known)
                yield (
                    ("exclusions", number, "lifts"),
                    f"there is no exclusion {name!r} to lift. Known: {named(known)}.{near}",
                )


def _unknown_layers(study: Study) -> Iterator[tuple[At, str]]:
    used: list[tuple[At, str]] = [(at, name) for at, measure in measures_of(study) for name in measure.layer_names]
    used += [(("usable", number, "layer"), cut.layer) for number, cut in enumerate(study.usable) if cut.layer]
    used += [(("context",), name) for name in study.context]
    used += [(("assemble", "barriers"), name) for name in (study.assemble.barriers if study.assemble else ())]
    for at, name in used:
        if name not in study.layers:
            near = did_you_mean(name, study.layers)
            yield at, f"the study has no layer {name!r}. Its layers are {named(study.layers)}.{near}"


def _weight_sets(study: Study) -> Iterator[tuple[At, str]]:
    """Weight sets that name what is not there, or half a group."""
    for name, weights in study.weight_sets.items():
        fault = check_name(name)
        if fault is None and name == "study":
            fault = "the name 'study' is taken: it stands for the study's own weights."
        try:
            if fault is None:
                reweighted(study.root, weights, name)
        except StudyError as error:
            fault = str(error)
        if fault:
            yield ("weight_sets", name), fault


def _unknown_criteria(study: Study) -> Iterator[tuple[At, str]]:
    """Errors and overrides of criteria that are not there, or of another dimension."""
    dimensions = {name: spec.measure.columns[0].dimension for name, spec in _specs(study.blocks)}
    places: list[tuple[At, str]] = []
    if study.robustness:
        for name, model in study.robustness.errors.items():
            at: At = ("robustness", "errors", name)
            places.append((at, name))
            wanted = dimensions.get(name)
            size = model.size
            if wanted is not None and size is not None and wanted not in (size.dimension, "count", "number"):
                yield (
                    at,
                    f"the error '{size}' of {name!r} is not {_article(wanted)}, as the criterion's quantity is.",
                )
    places += [(("aggregate", "veto", name), name) for name in study.aggregate.veto]
    if isinstance(study.overrides, tuple):
        places += [(("overrides", n, "item"), o.item) for n, o in enumerate(study.overrides) if o.item != "status"]
    for at, name in places:
        if name not in dimensions:
            near = did_you_mean(name, dimensions)
            yield at, f"the study has no criterion {name!r}. Its criteria are {named(dimensions)}.{near}"


def _article(dimension: str) -> str:
    return f"{'an' if dimension[0] in 'aeiou' else 'a'} {dimension.replace('_', ' ')}"


def measures_of(study: Study) -> Iterator[tuple[At, Measure]]:
    """Every measure of criteria and exclusions, with its place."""
    for at, spec in _spec_places(study.blocks, ("blocks",)):
        yield (*at, "measure"), spec.measure
    for number, rule in enumerate(study.exclusions):
        for measure in rule.measures:
            yield ("exclusions", number), measure


def _spec_places(blocks: Mapping[str, CriteriaBlock], at: At) -> Iterator[tuple[At, Criterion]]:
    for name, block in blocks.items():
        for key, spec in block.criteria.items():
            yield (*at, name, "criteria", key), spec
        yield from _spec_places(block.blocks, (*at, name, "blocks"))


def _criterion_places(blocks: Mapping[str, CriteriaBlock], at: At) -> Iterator[tuple[At, str]]:
    return ((place, str(place[-1])) for place, _ in _spec_places(blocks, at))


def _specs(blocks: Mapping[str, CriteriaBlock]) -> Iterator[tuple[str, Criterion]]:
    return ((str(place[-1]), spec) for place, spec in _spec_places(blocks, ()))
