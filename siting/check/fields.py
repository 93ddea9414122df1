"""The fields that a study names, against those that its layers have."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet

from siting.catalogue import Finder, Found
from siting.check.finding import Finding
from siting.errors import SitingError, did_you_mean, named
from siting.measure import Measure
from siting.study import Study
from siting.where import Where

__all__ = ["check_fields", "fields_of", "named_fields"]

_RASTERS = (".tif", ".tiff", ".vrt", ".img")
_LONG = 50_000_000  #: bytes of a GeoJSON file above which its fields are not read: that would read all of it


def fields_of(found: Found, layer: str | None = None) -> tuple[str, ...] | None:
    """The fields of a source, from its header, else from the catalogue; None where they cannot be told fast.

    layer : the layer inside a file that has several
    """
    path = found.path
    if path.suffix.lower() in _RASTERS:
        return None
    try:
        if path.suffix == ".parquet":
            return tuple(pyarrow.parquet.read_schema(path).names)
        import pyogrio

        if path.is_file() and not (path.suffix.lower() in (".geojson", ".json") and path.stat().st_size > _LONG):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # several layers and odd files are told of when they are opened
                return tuple(str(name) for name in pyogrio.read_info(path, layer=layer or found.layer)["fields"])
    except (OSError, ValueError, RuntimeError):
        pass  # a broken file is told of when it is opened, with what is wrong
    return tuple(field.name for field in found.spec.fields) if found.spec and found.spec.fields else None


def check_fields(study: Study, finder: Finder) -> Iterator[Finding]:
    """An error for each field that a layer, or the parcels, do not have; only where the fields are known."""
    known: dict[str, tuple[str, ...] | None] = {}
    for layer, at, name in named_fields(study):
        if layer not in known:
            known[layer] = _known(study, finder, layer)
        fields = known[layer]
        if fields is None or name in fields:
            continue
        whose = "the parcels do" if layer == "" else f"the layer {layer!r} does"
        yield Finding(
            "error",
            at,
            f"It names the field {name!r}, which {whose} not have.{did_you_mean(name, fields)} "
            f"Fields: {named(fields)}.",
        )


def named_fields(study: Study) -> Iterator[tuple[str, str, str]]:
    """(layer, place, field) for every field that a study names; the layer "" is the parcels."""
    parcels = study.parcels
    own = [parcels.id, parcels.owner, parcels.area.field if parcels.area else None, *parcels.publish, *parcels.null]
    yield from (("", "parcels", name) for name in (*filter(None, own), *_where(parcels.where)))
    for layer, use in study.layers.items():
        at = f"layers.{layer}"
        given = [*_where(use.where), *use.units, *use.key, *use.null, *(use.keep or ())]
        yield from ((layer, at, name) for name in (*given, *([use.id] if use.id else [])))
    for cut in study.usable:
        if cut.layer is not None:
            steps = cut.steps
            names = [*_where(cut.where), *([steps[0]] if steps else [])]
            yield from ((cut.layer, f"usable.{cut.name}", name) for name in names)
    for criterion in study.criteria():
        yield from _of_measure(criterion.measure, f"criterion {criterion.name}")
    for rule in study.exclusions:
        for measure in rule.measures:
            yield from _of_measure(measure, f"exclusions.{rule.name}")


def _of_measure(measure: Measure, at: str) -> Iterator[tuple[str, str, str]]:
    if measure.verb == "field":
        yield "", at, str(getattr(measure, "name", ""))
        return
    names: list[str] = [*_where(getattr(measure, "where", None))]
    if isinstance(field := getattr(measure, "field", None), str):
        names.append(field)
    for layer in measure.layer_names:
        yield from ((layer, at, name) for name in names)


def _where(where: Where | None) -> Iterable[str]:
    return where.fields if where is not None else ()


def _known(study: Study, finder: Finder, layer: str) -> tuple[str, ...] | None:
    """The fields of a layer, with "class" where a crosswalk adds it; None where the source is not there."""
    use: Any = study.parcels if layer == "" else study.layers[layer]
    if use.source is None:
        return None
    try:
        fields = fields_of(finder.find(use.source), use.layer)
    except SitingError:
        return None  # told of by the check of files
    if fields is None:
        return None
    joins = getattr(use, "join", ())
    if any(join.fields is None for join in joins):
        return None  # all fields of a table that only reading it tells
    renamed = getattr(use, "rename", {})
    added = [name for join in joins for name in join.fields]
    extra = ("class",) if getattr(use, "crosswalk", None) is not None else ()
    return tuple(
        name for name in (*(renamed.get(field, field) for field in fields), *added, *extra) if name != "geometry"
    )


def exists(folder: Path, name: str) -> bool:
    """Whether a path, relative to the folder of the study, is a file."""
    return (folder / name).is_file()
