"""The manifest: everything a reader needs to trust, or repeat, a run. Its bytes repeat; timings go elsewhere."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from siting import __version__
from siting.crs import distortion, study_crs
from siting.layer import RasterLayer, VectorLayer
from siting.ranking import CriterionColumns, Ranking
from siting.ranking.words import plain

__all__ = ["manifest"]

_PACKAGES = (
    "geopandas", "shapely", "pyogrio", "pyproj", "pandas", "numpy", "pyarrow", "scipy", "rasterio", "numba", "folium",
    "branca", "pydantic", "xstatic-leaflet",
)  # fmt: skip


def manifest(ranking: Ranking) -> dict[str, Any]:
    """Versions, the resolved study, every layer with its hash and licence, and what happened to the records.

    Paths are relative to the study; nothing in it depends on the machine but its processor's name.
    """
    content = {
        **_versions(),
        "synthetic": ranking.synthetic,
        **({"marking": "SYNTHETIC", "synthetic_note": ranking.synthetic_note} if ranking.synthetic else {}),
        "scenario": ranking.study.scenario_name,
        "seed": ranking.study.seed,
        "study": ranking.study.resolved(),
        "crs": _crs(ranking),
        "counts": ranking.counts,
        **_results(ranking),
        "parcels": _parcels(ranking),
        "layers": {name: _layer(layer) for name, layer in ranking.layers.items()},
        "findings": [{"level": f.level, "item": f.item, "message": f.message} for f in ranking.findings()],
        "notes": list(ranking.notes),
        "measure_notes": _measure_notes(ranking),
    }
    return dict(_portable(content, ranking.study.base or Path()))


def _versions() -> dict[str, Any]:
    return {
        "siting": __version__,
        "python": ".".join(map(str, sys.version_info[:3])),
        "machine": platform.machine(),
        "packages": {name: _version(name) for name in _PACKAGES},
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _crs(ranking: Ranking) -> dict[str, Any]:
    """The study's CRS, and how far it stretches lengths and areas here."""
    crs = study_crs(ranking.study.crs)
    warp = distortion(crs, ranking.bounds)
    return {
        "text": crs.text,
        "name": crs.name,
        "length_scale": [round(warp.length_min, 6), round(warp.length_max, 6)],
        "area_scale": [round(warp.area_min, 6), round(warp.area_max, 6)],
    }


def _results(ranking: Ranking) -> dict[str, Any]:
    """What the tables hold: exclusions with their hits, criteria with their columns, every column's meaning."""
    hits = zip(*(ranking.hits()[name].tolist() for name in ("reason", "hits", "alone")), strict=True)
    return {
        "exclusions": [{"reason": reason, "hits": count, "hits_alone": alone} for reason, count, alone in hits],
        "criteria": [_criterion(ranking, criterion) for criterion in ranking.about.criteria],
        "contribution_unit": ranking.about.contribution_unit,
        "reference_score": ranking.about.reference,
        "waterfall": [[label, column] for label, column in ranking.about.waterfall.items()],
        "rules": [asdict(rule) for rule in ranking.about.rules.values()],
        "published": [[name, column] for name, column in ranking.about.published.items()],
        "columns": {name: {"unit": c.unit, "meaning": c.meaning} for name, c in ranking.columns.items()},
        "conventions": {
            "null": "there is no value; s_<criterion> says why",
            "infinite": "nothing within the search: the quantity lies beyond it, a real answer",
        },
    }


def _criterion(ranking: Ranking, criterion: CriterionColumns) -> dict[str, Any]:
    """One criterion: its columns, its global weight, and its measure as it was settled."""
    return {**asdict(criterion), "measure": json.loads(ranking.plan.criteria[criterion.name].key)}


def _parcels(ranking: Ranking) -> dict[str, Any]:
    """Where the parcels come from, and how many records were kept, repaired, dropped, merged."""
    quality = ranking.quality
    return {
        **_record(quality.provenance),
        "read": quality.read,
        "kept": quality.parcels,
        "repaired": quality.repaired,
        "renamed": quality.renamed,
        "dropped": quality.dropped,
        "merged": quality.merged,
        "flagged": quality.flagged,
        "added_vertices": quality.added_vertices,
        "notes": list(quality.notes),
    }


def _layer(layer: VectorLayer | RasterLayer) -> dict[str, Any]:
    """One layer: where it came from and what was done to it."""
    quality, record = layer.quality, _record(layer.provenance)
    listed = {f"{what}_ids": record.pop(what) for what in ("repaired", "dropped") if what in record}
    return {
        **record,
        **listed,
        "read": quality.read,
        "used": len(layer) if isinstance(layer, VectorLayer) else None,
        "repaired": quality.repaired,
        "dropped": quality.dropped,
        "added_vertices": quality.added_vertices,
        "notes": list(quality.notes),
    }


def _measure_notes(ranking: Ranking) -> dict[str, list[str]]:
    """What measures said about themselves, by the criteria and exclusions that use them."""
    out: dict[str, list[str]] = {}
    users = [(name, measure.key) for name, measure in ranking.plan.criteria.items()]
    users += [(rule.name, measure.key) for rule in ranking.plan.rules for measure in rule.measures]
    for name, key in users:
        for note in ranking.quantities[key].notes:
            said = out.setdefault(name, [])
            if note not in said:
                said.append(note)
    return out


def _record(provenance: Mapping[str, Any]) -> dict[str, Any]:
    """Provenance as JSON takes it; NaN becomes null."""
    return {str(key): _json(value) for key, value in provenance.items() if key != "identity"}


def _json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _record(value)
    if isinstance(value, list | tuple):
        return [_json(item) for item in value]
    value = plain(value)
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _portable(value: Any, base: Path) -> Any:
    """The same content with absolute paths made relative to the study's folder."""
    if isinstance(value, Mapping):
        return {key: _portable(item, base) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_portable(item, base) for item in value]
    if not isinstance(value, str) or not (PurePosixPath(value).is_absolute() or PureWindowsPath(value).is_absolute()):
        return value
    try:
        return Path(os.path.relpath(value, base.resolve())).as_posix()
    except ValueError:  # another drive
        return Path(value).name
