"""Opening the layers of a study, also those that are made from others.

What a layer is made from is read as far beyond the land as it can matter: a buffer's features its width further, the
parts of a union a little more than its rule looks, so that clipping changes no answer.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon

from siting.catalogue import Finder, LayerSpec
from siting.catalogue.use import LayerUse, Same, UnionOf
from siting.crs import StudyCrs
from siting.errors import StudyError
from siting.layer.attributes import refine, unknown_note
from siting.layer.credits import credits_of, described, strictest
from siting.layer.data import Quality, RasterLayer, VectorLayer, select
from siting.layer.derive import buffered, difference, dissolved
from siting.layer.file import Box
from siting.layer.raster import open_raster
from siting.layer.slope import slope_raster
from siting.layer.union import PART, united
from siting.layer.unmatched import unmatched
from siting.layer.vector import classed, ids_of, in_order, open_vector, within_box

__all__ = ["is_raster", "item_of", "open_layer", "wider_m"]

Area = Polygon | MultiPolygon
_RASTERS = (".tif", ".tiff", ".vrt")
_LISTED = 100  #: features that a record names one by one


def open_layer(
    name: str, use: LayerUse, *, finder: Finder, crs: StudyCrs, area: Area | None = None, reach_m: float = math.inf
) -> VectorLayer | RasterLayer:
    """A layer of a study: features within the reach of an area, or a raster; read from a source or made from others.

    The arguments are those of ``open_vector``. A recipe of the catalogue and one of the study are opened alike.

    Raises
    ------
    CatalogueError, DataError, CrsError, StudyError
        for what cannot be found, read or put together; a recipe that leads to itself.
    """
    return _Kitchen(finder=finder, crs=crs).open(name, use, area, reach_m)


def is_raster(use: LayerUse, finder: Finder) -> bool:
    """Whether a layer is a raster; touches no more than names."""
    if use.source is None:
        return use.slope is not None
    spec = finder.spec(use.source)
    return spec.kind == "raster" if spec else finder.find(use.source).path.suffix.lower() in _RASTERS


def wider_m(use: LayerUse) -> tuple[float, ...]:
    """How much further than the layer each of its parts is read, in the order of ``use.made_of``.

    >>> wider_m(LayerUse.model_validate({"buffer": {"of": "canal.gpkg", "by": "30 m"}}))
    (30.0,)
    """
    if use.union is not None and use.union.same is not None:
        return (3 * use.union.same.within.value,) * len(use.union.of)
    return (use.buffer.by.value if use.buffer is not None else 0.0,) * len(use.made_of)


def _check_circle(source: str, seen: tuple[str, ...]) -> None:
    if source in seen:
        way = " -> ".join((*seen, source))
        raise StudyError(f"The recipe of the layer {source!r} leads to itself: {way}. Make one of them from a source.")


@dataclass(frozen=True, kw_only=True)
class _Kitchen:
    """What the steps of making a layer share.

    seen : the catalogue recipes on the way here
    """

    finder: Finder
    crs: StudyCrs
    seen: tuple[str, ...] = ()

    def open(self, name: str, use: LayerUse, area: Area | None, reach_m: float) -> VectorLayer | RasterLayer:
        """A layer, whatever it is made from."""
        spec = self.finder.spec(use.source) if use.source is not None else None
        if spec is not None and spec.recipe is not None:
            _check_circle(str(use.source), self.seen)
            inner = replace(self, seen=(*self.seen, str(use.source)))
            made = inner.open(name, spec.recipe, area, reach_m)
            return self._finished(name, use, made, spec, area, reach_m)
        if use.slope is not None:
            return self._finished(name, use, self._slope(name, use), None, area, reach_m)
        if use.verb is not None:
            return self._finished(name, use, self._made(name, use, area, reach_m), None, area, reach_m)
        if is_raster(use, self.finder):
            return open_raster(name, use, finder=self.finder, crs=self.crs)
        return open_vector(name, use, finder=self.finder, crs=self.crs, area=area, reach_m=reach_m)

    def features(self, name: str, use: LayerUse, area: Area | None, reach_m: float) -> VectorLayer:
        """A layer that must have features."""
        layer = self.open(name, use, area, reach_m)
        if isinstance(layer, RasterLayer):
            raise StudyError(
                f"The layer {name!r} is made of {use.what!r}, which is a raster; features are asked of it. "
                "Name a vector layer."
            )
        return layer

    def _slope(self, name: str, use: LayerUse) -> RasterLayer:
        (part,) = use.made_of
        dem = self.open(part.what, part, None, math.inf)
        if not isinstance(dem, RasterLayer):
            raise StudyError(f"The layer {name!r} is the slope of {part.what!r}, which is no raster. Name a raster.")
        made = slope_raster(name, dem)
        record = {"source": use.what, "parts": [{"part": part.what, "hashes": self._hashes(part)}]}
        return replace(made, provenance={**made.provenance, **record})

    def _made(self, name: str, use: LayerUse, area: Area | None, reach_m: float) -> VectorLayer:
        """Parts, opened and put together; with the record of each."""
        labels, box = _labels(use.made_of), _box(area, reach_m)
        parts = self._parts(use, labels, area, reach_m)
        layer, record, notes = _put_together(name, use, parts, labels, box)
        rows = np.flatnonzero(within_box(layer.shapes, box) & (np.diff(layer.shapes.shape_offsets) > 0))
        layer = layer.take(rows)
        layer = layer.take(in_order(layer.shapes, layer.table))
        records = [
            _part_record(label, part, self._hashes(of))
            for label, part, of in zip(labels, parts, use.made_of, strict=True)
        ]
        quality = _quality(parts, labels, notes)
        return replace(
            layer, name=name, quality=quality,
            provenance={"source": use.what, "made_by": use.verb, **record, **credits_of(records), "parts": records,
                        "crs": str(self.crs)},
        )  # fmt: skip

    def _parts(self, use: LayerUse, labels: Sequence[str], area: Area | None, reach_m: float) -> list[VectorLayer]:
        """What the layer is made from, as far as it matters."""

        def opened(land: Area | None, reach: float) -> list[VectorLayer]:
            return [
                self.features(label, part, land, reach + more)
                for label, part, more in zip(labels, use.made_of, wider_m(use), strict=True)
            ]

        parts = opened(area, reach_m)
        box = _box(area, reach_m)
        if use.union is None or use.union.same is None or box is None:
            return parts
        if all(part.shapes.kind == "point" for part in parts):
            return parts
        long = [part.shapes.bounds[within_box(part.shapes, box)] for part in parts]  # they reach beyond the box
        bounds = np.concatenate([np.array([box]), *long])
        return opened(shapely.box(*bounds[:, :2].min(axis=0), *bounds[:, 2:].max(axis=0)), 0.0)

    def _finished(
        self,
        name: str,
        use: LayerUse,
        layer: VectorLayer | RasterLayer,
        spec: LayerSpec | None,
        area: Area | None,
        reach_m: float,
    ) -> VectorLayer | RasterLayer:
        """What the study (and the catalogue, for a recipe of its own) says about a layer that was made."""
        said = _said_of(use, spec, layer) if spec is not None else {}
        if isinstance(layer, RasterLayer):
            _check_raster(name, use)
            return replace(layer, name=name, provenance={**layer.provenance, **said})
        item = item_of(name, use)
        refined = refine(
            layer.table, use, nulls=spec.nulls if spec else {}, units={**layer.units, **(spec.units if spec else {})},
            finder=self.finder, item=item,
        )  # fmt: skip
        layer = replace(layer, table=refined.table, units=refined.units)
        notes = list(refined.notes)
        nothing = unmatched(use.where, layer.table, name) if use.where else ""
        chosen = select(layer, use.where, unknown=use.unknown)
        if use.where is not None:
            notes += unknown_note(use.where, use.where.evaluate(layer.table)[1], use.unknown)
        key = use.id or (spec.key if spec else None)
        ids = ids_of(chosen.table, key, np.arange(len(chosen), dtype=np.int64)) if key else chosen.ids
        kept = chosen.table if use.keep is None else chosen.table[list(use.keep)]
        out = replace(chosen, name=name, ids=ids, table=kept, breaks_contiguity=use.breaks_contiguity)
        out, unmapped_codes = classed(use, out, chosen.table, self.finder, item=item)
        coverage, record = self._coverage(name, use, spec, out, area, reach_m)
        said_notes = (*layer.quality.notes, *notes, *unmapped_codes)
        quality = replace(layer.quality, notes=said_notes, unmatched=nothing, unmapped=" ".join(unmapped_codes))
        provenance = {**layer.provenance, **said, "features": len(out), "coverage": record}
        if refined.joins:
            provenance["joined"] = list(refined.joins)
        return replace(out, quality=quality, coverage=coverage, provenance=provenance)

    def _coverage(
        self, name: str, use: LayerUse, spec: LayerSpec | None, layer: VectorLayer, area: Area | None, reach_m: float
    ) -> tuple[Any, dict[str, Any]]:
        """Where absence means absence: as the study says, as the catalogue says, or as the parts know."""
        source = use.coverage or (spec.coverage.layer if spec else None)
        words = {"words": spec.coverage.words} if spec and not use.coverage else {}
        if source is None:
            told = layer.provenance.get("coverage") or {"source": "that of its parts"}
            return layer.coverage, {**dict(told), **words}
        if source in ("extent", "hull"):
            raise StudyError(
                f"The layer {name!r} is made from others, of which only what lies near the land is read; its coverage: "
                f"{source} cannot be told. Name a layer of polygons, or write coverage: at the parts."
            )
        found = self.features(f"{name}: coverage", LayerUse(source=source, kind="polygon"), area, reach_m)
        return shapely.union_all(found.shapes.geometries), {**dict(found.provenance), **words}

    def _hashes(self, part: LayerUse) -> dict[str, str]:
        """Hashes of what the catalogue says about a part, and of its crosswalk."""
        out: dict[str, str] = {}
        spec = self.finder.spec(part.source) if part.source is not None else None
        if spec is not None:
            out["description"] = hashlib.sha256(spec.model_dump_json().encode()).hexdigest()
        if part.crosswalk is not None:
            out["crosswalk"] = hashlib.sha256(self.finder.table(part.crosswalk).read_bytes()).hexdigest()
        return out


def _put_together(
    name: str, use: LayerUse, parts: Sequence[VectorLayer], labels: Sequence[str], box: Box | None
) -> tuple[VectorLayer, dict[str, Any], list[str]]:
    """A layer of its parts, what the record says about how, and notes."""
    item = item_of(name, use)
    if use.union is not None:
        return _union(name, use.union, parts, labels, box, item)
    if use.buffer is not None:
        made = buffered(parts[0], use.buffer.by.value)
        return made, {"by": str(use.buffer.by), "tolerance": "0.05 m"}, []
    if use.dissolve is not None:
        return dissolved(parts[0], use.dissolve.by, item=item), {"by": list(use.dissolve.by)}, []
    return difference(parts[0], parts[1], item=item), {}, []


def _union(
    name: str, union: UnionOf, parts: Sequence[VectorLayer], labels: Sequence[str], box: Box | None, item: str
) -> tuple[VectorLayer, dict[str, Any], list[str]]:
    """The union of the parts; the field "part" of a part that is a union itself gives way."""
    plain = [
        replace(part, table=part.table.drop(columns=PART)) if of.union is not None else part
        for part, of in zip(parts, union.of, strict=True)
    ]
    made = united(name, plain, labels, union.same, item=item)
    layer, notes = replace(made.layer, coverage=_any(plain)), list(made.notes)
    if union.same is None:
        return layer, {}, notes
    near = within_box(made.shapes, box)
    pairs = sorted((str(made.ids[one]), str(made.ids[two])) for one, two in made.left_out if near[one])
    rule = union.same.model_dump(mode="json")
    listed = [list(pair) for pair in pairs[:_LISTED]]
    notes += _said_same(len(pairs), union.same, made.unnamed)
    return layer, {"same": {"rule": rule, "left_out": len(pairs), "pairs": listed}}, notes


def _said_of(use: LayerUse, spec: LayerSpec, layer: VectorLayer | RasterLayer) -> dict[str, Any]:
    """What the catalogue says about a layer of its own recipe; its licence is never wider than those of its parts."""
    passed_on = strictest([spec.redistribute, layer.provenance.get("redistribute")])
    synthetic = bool(spec.synthetic or layer.provenance.get("synthetic"))
    return {"source": use.source, **described(spec), "redistribute": passed_on, "synthetic": synthetic}


def _said_same(count: int, same: Same, unnamed: int) -> list[str]:
    features = "1 feature is" if count == 1 else f"{count:,} features are"
    said = [f"{features} left out, the same as one of an earlier source within {same.within}."] if count else []
    if unnamed:
        pairs = "1 pair lies" if unnamed == 1 else f"{unnamed:,} pairs lie"
        said.append(f"{pairs} within {same.within} of each other, and one of the two has no name to compare.")
    return said


def _any(parts: Sequence[VectorLayer]) -> Any:
    """Where one part or another knows; everywhere (None) where one of them knows everywhere."""
    known = [part.coverage for part in parts]
    return None if any(area is None for area in known) else shapely.union_all(known)


def item_of(name: str, use: LayerUse) -> str:
    """How a refusal begins."""
    return f"The layer {name!r} ({use.what})"


def _labels(parts: Sequence[LayerUse]) -> list[str]:
    """What the parts are called: their source or recipe, with a number where two are alike."""
    words = [part.what for part in parts]
    return [
        f"{word} #{words[: at + 1].count(word)}" if words.count(word) > 1 else word for at, word in enumerate(words)
    ]


def _box(area: Area | None, reach_m: float) -> Box | None:
    if area is None or math.isinf(reach_m):
        return None
    west, south, east, north = area.bounds
    return west - reach_m, south - reach_m, east + reach_m, north + reach_m


def _part_record(label: str, part: VectorLayer, hashes: dict[str, str]) -> dict[str, Any]:
    """What the record of a layer says about one of its parts."""
    return {"part": label, **dict(part.provenance), "read": part.quality.read, "hashes": hashes}


def _quality(parts: Sequence[VectorLayer], labels: Sequence[str], notes: Sequence[str]) -> Quality:
    """What happened to all parts, with the part named in each sentence."""
    said = [f"{label}: {note}" for label, part in zip(labels, parts, strict=True) for note in part.quality.notes]
    unmatched_parts = [part.quality.unmatched for part in parts if part.quality.unmatched]
    return Quality(
        read=sum(part.quality.read for part in parts),
        repaired=sum(part.quality.repaired for part in parts),
        dropped=sum(part.quality.dropped for part in parts),
        added_vertices=sum(part.quality.added_vertices for part in parts),
        notes=(*said, *unmatched_parts, *notes),
    )


def _check_raster(name: str, use: LayerUse) -> None:
    """Refuse what a study says of a raster that was made that means nothing for its cells."""
    said = [key for key in sorted(use.model_fields_set) if key not in ("source", "slope")]
    if said:
        raise StudyError(
            f"{item_of(name, use)} is a raster that is made, in % slope, for which {said[0]}: means nothing here. "
            "Leave it out, or write it at what the raster is made from."
        )
