"""The manifest: everything a reader needs to trust, or repeat, a run. Its bytes repeat; timings go elsewhere."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from siting import __version__
from siting.crs import distortion, study_crs
from siting.layer import RasterLayer, VectorLayer
from siting.ranking import Ranking
from siting.study import CriterionAt

__all__ = ["manifest"]

_PACKAGES = (
    "geopandas", "shapely", "pyogrio", "pyproj", "pandas", "numpy", "pyarrow", "scipy", "rasterio", "numba", "folium",
    "branca", "pydantic", "xstatic-leaflet",
)  # fmt: skip


def manifest(ranking: Ranking) -> dict[str, Any]:
    """Versions, the resolved study, every layer with its hash and licence, and what happened to the records."""
    crs, quality = study_crs(ranking.study.crs), ranking.quality
    warp = distortion(crs, ranking.parcels.shapes.total_bounds)
    notes = {ranking.plan_name(key): list(found.notes) for key, found in ranking.quantities.measured.items() if found.notes}
    return {
        "siting": __version__,
        "python": ".".join(map(str, sys.version_info[:3])),
        "machine": platform.machine(),
        "packages": {name: _version(name) for name in _PACKAGES},
        "synthetic": ranking.synthetic,
        "study": ranking.study.resolved(),
        "crs": {
            "text": crs.text,
            "name": crs.name,
            "length_scale": [round(warp.length_min, 6), round(warp.length_max, 6)],
            "area_scale": [round(warp.area_min, 6), round(warp.area_max, 6)],
        },
        "counts": ranking.counts,
        "exclusions": [
            {"reason": row.reason, "hits": int(row.hits), "hits_alone": int(row.alone)} for row in ranking.hits().itertuples()
        ],
        "parcels": {
            **_plain(quality.provenance),
            "read": quality.read,
            "kept": quality.parcels,
            "repaired": quality.repaired,
            "dropped": quality.dropped,
            "merged": quality.merged,
            "flagged": quality.flagged,
            "added_vertices": quality.added_vertices,
            "notes": list(quality.notes),
        },
        "layers": {name: _layer(layer) for name, layer in ranking.layers.items()},
        "criteria": [_criterion(ranking, criterion) for criterion in ranking.study.criteria()],
        "contribution_unit": ranking.judgement.contributions.unit,
        "findings": [{"level": f.level, "item": f.item, "message": f.message} for f in ranking.findings()],
        "notes": list(ranking.notes),
        "measure_notes": {name: said for name, said in notes.items() if name},
    }


def _criterion(ranking: Ranking, criterion: CriterionAt) -> dict[str, Any]:
    """One criterion: its measure as it was settled, its global weight, and the column of its quantity."""
    measure = ranking.plan.criteria[criterion.name]
    column = next(name for name in ranking.columns if name == f"q_{criterion.name}" or name.startswith(f"q_{criterion.name}_"))
    return {
        "name": criterion.name,
        "block": ".".join(criterion.block),
        "weight": criterion.weight,
        "source": criterion.source or "",
        "column": column,
        "measure": json.loads(measure.key),
    }


def _layer(layer: VectorLayer | RasterLayer) -> dict[str, Any]:
    """One layer: where it came from and what was done to it."""
    quality = layer.quality
    return {
        **_plain(layer.provenance),
        "read": quality.read,
        "used": len(layer) if isinstance(layer, VectorLayer) else None,
        "repaired": quality.repaired,
        "dropped": quality.dropped,
        "added_vertices": quality.added_vertices,
        "notes": list(quality.notes),
    }


def _plain(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """Provenance as JSON takes it; NaN becomes null."""

    def plain(value: Any) -> Any:
        if isinstance(value, Mapping):
            return _plain(value)
        if isinstance(value, list | tuple):
            return [plain(item) for item in value]
        if isinstance(value, float) and np.isnan(value):
            return None
        return value if value is None or isinstance(value, str | int | float | bool) else str(value)

    return {str(key): plain(value) for key, value in mapping.items() if key != "identity"}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
