"""A pack: everything that the run of a study reads, so that a colleague without a network repeats it byte for byte."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from glob import escape
from pathlib import Path
from typing import Any

from siting import __version__
from siting.catalogue import DataFolder, Finder, Found, catalogue_folder
from siting.catalogue.use import LayerUse
from siting.crs import study_crs
from siting.errors import StudyError
from siting.evaluate import finder_of
from siting.layer.file import belonging
from siting.parcels import read_parcels
from siting.plan import plan_of
from siting.sources.pack import CATALOGUE, FETCHED, Bundle, write_pack
from siting.sources.remote import url_of
from siting.study import Study, read_study
from siting.study_file import study_file
from siting.supply import Supply

__all__ = ["pack_study"]


def pack_study(
    path: str | Path, out: Path, *, data: DataFolder | None = None, supply: Supply | None = None
) -> dict[str, Any]:
    """Write everything that a study, and its scenarios, read into one zip; what ``pack.json`` in it says is returned.

    Layers that are not here are fetched first. A layer that may not be redistributed never enters; it is listed under
    "left_out", and whoever opens the pack brings it himself. The same inputs give the same bytes.
    """
    study, file = read_study(path), study_file(path)
    finder = _supplied(study, data, supply or Supply())
    bundle = Bundle(study=file.name)
    bundle.files[f"study/{file.name}"] = file
    rows: dict[str, tuple[str, str, str]] = {}
    fetched: dict[str, Any] = {}
    for source in dict.fromkeys(_sources(study, finder)):
        spec = finder.spec(source)
        if spec is not None and spec.recipe is not None:  # it has no file; what it is made from follows
            _add_recipe(bundle, source, finder, study)
            continue
        if spec is None and url_of(source) is not None:
            bundle.left_out[source] = f"{source}: lies at an address, where the run reads it"
            continue
        found = finder.find(source)
        if found.spec is not None and source not in finder.catalogue:  # a catalogue file of the study's own
            bundle.files[_beside(source, study)] = finder.base / source
        if found.spec is not None and not found.spec.redistributable:
            bundle.left_out[found.spec.id] = f"{found.spec.title}: may not be redistributed ({found.spec.licence})"
            continue
        _add(bundle, found, finder, rows, fetched)
    for name in _tables(study):
        if name in finder.catalogue:  # a table of the catalogue, which lies with the layers
            continue
        table = finder.table(name)
        if not table.is_relative_to(catalogue_folder()):
            bundle.files[_beside(name, study)] = table
    bundle.texts["data/layers.csv"] = _csv(rows)
    bundle.texts[f"data/{FETCHED}"] = json.dumps(fetched, indent=1, sort_keys=True) + "\n"
    return write_pack(bundle, out, {"siting": __version__, "title": study.title})


def _supplied(study: Study, data: DataFolder | None, supply: Supply) -> Finder:
    """The finder with every layer of the study and its scenarios."""
    finder = supply.parcels(study, finder_of(study, data))
    for chosen in (study, *(study.scenario(name) for name in study.scenarios)):
        crs = study_crs(chosen.crs)
        finder = supply.parcels(chosen, finder)
        parcels = read_parcels(chosen.parcels, finder=finder, crs=crs).parcels
        finder = supply.layers(chosen, plan_of(chosen), parcels, finder)
    return finder


def _sources(study: Study, finder: Finder) -> Iterator[str]:
    """Every source that the study or one of its scenarios reads."""
    for chosen in (study, *(study.scenario(name) for name in study.scenarios)):
        use, plan = chosen.parcels, plan_of(chosen)
        yield from filter(None, [use.source, use.points.source if use.points else None])
        if use.grid is not None and isinstance(use.grid.area, str):
            yield use.grid.area
        for name, layer in chosen.layers.items():
            if name in plan.reach_m or name in chosen.context:
                yield from _of_use(layer, finder)


def _of_use(use: LayerUse, finder: Finder) -> Iterator[str]:
    """The sources of a layer: its own, those of its parts, its coverage and its joins."""
    coverage = use.coverage
    if use.source is not None:
        spec = finder.spec(use.source)
        coverage = coverage or (spec.coverage.layer if spec is not None else None)
        yield use.source
        if spec is not None and spec.recipe is not None:
            yield from _of_use(spec.recipe, finder)
    if coverage not in (None, "extent", "hull"):
        yield str(coverage)
    yield from (join.table for join in use.join if join.table in finder.catalogue)
    for part in use.made_of:
        yield from _of_use(part, finder)


def _tables(study: Study) -> list[str]:
    """Small tables: crosswalks, joins, overrides, candidates."""
    names: list[str] = []
    for chosen in (study, *(study.scenario(name) for name in study.scenarios)):
        for layer in chosen.layers.values():
            names += [name for use in _parts(layer) for name in (use.crosswalk, *(j.table for j in use.join)) if name]
        names += [chosen.overrides] if isinstance(chosen.overrides, str) else []
        names += [chosen.parcels.candidates] if isinstance(chosen.parcels.candidates, str) else []
    return list(dict.fromkeys(names))


def _parts(use: LayerUse) -> Iterator[LayerUse]:
    yield use
    for part in use.made_of:
        yield from _parts(part)


def _add_recipe(bundle: Bundle, source: str, finder: Finder, study: Study) -> None:
    """The description of a layer that is made from others, where the package does not have it."""
    own = finder.catalogue.files.get(source)
    if own is None:
        bundle.files[_beside(source, study)] = finder.base / source
    elif not own.is_relative_to(catalogue_folder()):
        bundle.files[f"data/{CATALOGUE}/{own.name}"] = own


def _add(
    bundle: Bundle, found: Found, finder: Finder, rows: dict[str, tuple[str, str, str]], fetched: dict[str, Any]
) -> None:
    """Put the file of a source where it will be found again, under the same name."""
    if found.spec is None:
        for file in _all_files(found.path):
            bundle.files[_named(f"study/{found.name}", found.path, file)] = file
        return
    layer_id = found.spec.id
    own = finder.catalogue.files.get(found.source)
    if own is not None and not own.is_relative_to(catalogue_folder()):
        bundle.files[f"data/{CATALOGUE}/{own.name}"] = own
    if found.fetched is not None:
        place = f"fetched/{layer_id.replace('/', '_')}/{found.path.name}"
        bundle.files[f"data/{place}"] = found.path
        fetched[layer_id] = {"file": place, "name": found.name, "record": dict(found.fetched)}
        return
    rows[layer_id] = (found.name, found.layer or "", found.crs or "")
    for file in _all_files(found.path):
        bundle.files[_named(f"data/{found.name}", found.path, file)] = file


def _all_files(path: Path) -> list[Path]:
    """A file, and those that belong to it: parts of a shapefile, masks and statistics of a raster."""
    beside = [item for item in path.parent.glob(f"{escape(path.name)}.*") if item.is_file()]
    return sorted({*belonging(path), *beside})


def _named(name: str, path: Path, file: Path) -> str:
    return name if file == path else f"{name.rpartition('/')[0]}/{file.name}"


def _beside(name: str, study: Study) -> str:
    """Where a file beside the study lies in the pack; one outside its folder has no place there."""
    base = (study.base or Path()).resolve()
    path = (base / name).resolve()
    if not path.is_relative_to(base):
        raise StudyError(
            f"The study reads {name!r}, which lies outside its own folder and has no place in a pack. "
            "Put it beside the study."
        )
    return f"study/{path.relative_to(base).as_posix()}"


def _csv(rows: dict[str, tuple[str, str, str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["id", "file", "layer", "crs"])
    writer.writerows([layer_id, *row] for layer_id, row in sorted(rows.items()))
    return text.getvalue()
