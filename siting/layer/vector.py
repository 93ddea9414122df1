"""Vector layers: from a file to features in the study's CRS, near the land, with a record of what was done."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from siting.catalogue import Finder, Found, LayerSpec
from siting.catalogue.use import LayerUse
from siting.crs import StudyCrs, operation, reproject_shapes, transform_bounds
from siting.errors import DataError, StudyError
from siting.layer.attributes import nulled, refine, unknown_note
from siting.layer.credits import described
from siting.layer.crosswalk import LIMIT, class_of, height_limits, limit_of, read_crosswalk, unmapped
from siting.layer.data import Quality, VectorLayer
from siting.layer.file import Box, Features, belonging, file_hashes, read_features
from siting.layer.geometry import kind_of, repaired
from siting.layer.unmatched import unmatched
from siting.shapes import Kind, Shapes
from siting.sources.hashes import unchanged

__all__ = ["cited", "classed", "ids_of", "in_order", "nulled", "open_vector", "within_box"]

Area = Polygon | MultiPolygon
_LISTED = 20


@dataclass(frozen=True, kw_only=True)
class _Door:
    """What the steps of opening one layer share."""

    name: str
    use: LayerUse
    found: Found
    crs: StudyCrs
    box: Box | None

    @property
    def item(self) -> str:
        return f"The layer {self.name!r} (file {self.found.name!r})"

    @property
    def fix(self) -> str:
        return f"under layers: {self.name}:."

    def read(self, *, everything: bool = False) -> Features:
        """The features of the file, near the area."""
        return read_features(
            self.found.path,
            item=self.item,
            fix=self.fix,
            layer=self.use.layer or self.found.layer,
            crs=self.use.crs or self.found.crs,
            box_in=lambda source: None if everything or self.box is None else self.near(source),
        )

    def near(self, source: str) -> Box:
        """The box to read in the source's CRS: what the area and the reach cover, and a little more."""
        west, south, east, north = self.box or (0.0, 0.0, 0.0, 0.0)
        return transform_bounds((west - 100, south - 100, east + 100, north + 100), str(self.crs), source)


def open_vector(
    name: str,
    use: LayerUse,
    *,
    finder: Finder,
    crs: StudyCrs,
    area: Area | None = None,
    reach_m: float = math.inf,
) -> VectorLayer:
    """The features of a layer that lie within the reach of an area, in the study's CRS.

    Features are whole (never cut at the box), in an order that does not depend on the file's.

    Parameters
    ----------
    name:
        what the study calls the layer
    use:
        how the study uses it
    finder:
        finds its file, its coverage and its crosswalk
    crs:
        the study's CRS
    area:
        the land in the study's CRS; None: everywhere
    reach_m:
        how far beyond the land a feature can matter; inf: the whole layer

    Raises
    ------
    CatalogueError, DataError, CrsError, StudyError
        for a missing or broken file, a CRS that cannot be right, an unknown field.
    """
    if use.source is None:
        raise StudyError(f"The layer {name!r} is made by {use.verb}:, and a source with features is asked for here.")
    found = finder.find(use.source)
    if found.spec is not None and found.spec.kind == "raster":
        raise StudyError(
            f"The layer {name!r} has the source {use.source!r}, which is a raster; features are asked of it. "
            "Name a vector layer."
        )
    if found.spec is not None and found.spec.kind == "table":
        raise StudyError(
            f"The layer {name!r} has the source {use.source!r}, which is a table without geometry. "
            "Join it to a layer with one: join: [{table: " + use.source + ", on: ...}]."
        )
    door = _Door(name=name, use=use, found=found, crs=crs, box=_box(area, reach_m))
    with unchanged(belonging(found.path), door.item):
        features = door.read()
        layer = _features(door, features, finder)
    coverage, record = _coverage(door, features, finder, area, reach_m)
    return replace(layer, coverage=coverage, provenance={**layer.provenance, "coverage": record})


def _features(door: _Door, features: Features, finder: Finder) -> VectorLayer:
    """Everything but the coverage."""
    use, spec = door.use, door.found.spec
    notes = [*features.notes, operation(features.crs, str(door.crs)).warning]
    features, units, said, joins = _attributes(door, features, finder)
    notes += said
    read = len(features.row)
    nothing = unmatched(use.where, features.table, door.name) if use.where else ""
    features, certain, said = _where(door, features)
    notes += said
    kind = kind_of(features.geometry.types, use.kind or _kind_known(spec), door.item, door.fix)
    shapes, reduced = features.geometry.shapes(kind)
    shapes, added = reproject_shapes(shapes, features.crs, str(door.crs))
    shapes, mended = repaired(shapes)
    key = use.id or (use.rename.get(spec.key, spec.key) if spec and spec.key else None)
    ids = ids_of(features.table, key, features.row)
    empty = np.diff(shapes.shape_offsets) == 0
    notes += _geometry_notes(kind, ids, reduced, mended, empty)
    near = np.flatnonzero(within_box(shapes, door.box) & ~empty)
    rows = in_order(shapes, features.table, ids if key else None, near)
    layer = VectorLayer(
        name=door.name,
        shapes=shapes.take(rows),
        table=_kept(features.table.iloc[rows].reset_index(drop=True), use),
        ids=ids[rows],
        certain=certain[rows],
        units=units,
        breaks_contiguity=use.breaks_contiguity,
    )
    layer, without = classed(use, layer, features.table.iloc[rows].reset_index(drop=True), finder, item=door.item)
    notes += without
    if not len(rows):
        notes.append(f"None of the {features.total:,} features lies within the reach of the land.")
    quality = Quality(
        read=read,
        repaired=int(mended.sum()),
        dropped=int(empty.sum()),
        added_vertices=added,
        notes=tuple(filter(None, notes)),
        unmatched=nothing,
        unmapped=" ".join(without),
    )
    record = (
        _provenance(door, features)
        | {
            "features": len(rows),
            "repaired": list(ids[mended]),
            "dropped": list(ids[empty]),
        }
        | ({"joined": list(joins)} if joins else {})
    )
    return replace(layer, quality=quality, provenance=record)


def _kind_known(spec: LayerSpec | None) -> Kind | None:
    """The kind that the catalogue says, where it is one of features."""
    return spec.kind if spec and spec.kind != "raster" and spec.kind != "table" else None


def _attributes(
    door: _Door, features: Features, finder: Finder
) -> tuple[Features, dict[str, str], list[str], tuple[dict[str, Any], ...]]:
    """The features with their new names, without sentinels, with what is joined; units, notes and records of it."""
    spec, use = door.found.spec, door.use
    nulls, units = (spec.nulls, spec.units) if spec else ({}, {})
    refined = refine(features.table, use, nulls=nulls, units=units, finder=finder, item=door.item)
    return replace(features, table=refined.table), refined.units, list(refined.notes), refined.joins


def cited(found: Found, *, synthetic: bool = False, hashes: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What a record says about a source: the file, its hashes, and what the catalogue knows.

    synthetic : whether the file itself says that it is invented
    hashes : sha256 by file name, where they are known
    """
    sha256 = file_hashes(found.path) if hashes is None else dict(hashes)
    record: dict[str, Any] = {"source": found.source, "file": found.name, "sha256": sha256}
    if found.fetched is not None and "etag" in found.fetched and "sha256" in found.fetched:
        record["object"] = dict(found.fetched)  # a copy of an object at an address
    if found.spec is not None:
        record |= described(found.spec) | {"synthetic": found.spec.synthetic or synthetic}
    elif synthetic:
        record["synthetic"] = True
    if found.fetched is not None:
        record["fetched"] = dict(found.fetched)
    return record


def ids_of(table: pd.DataFrame, key: str | None, row: NDArray[np.int64]) -> NDArray[np.object_]:
    """(n,) the text of the key field, or the number of the row where there is no key or it is null."""
    if key is None or key not in table.columns:
        return np.array([str(number) for number in row.tolist()], dtype=object)
    column = table[key]
    known = column.notna().to_numpy(bool)
    if isinstance(column.dtype, pd.StringDtype):
        texts = list(map(str.strip, column[known].tolist()))
    elif pd.api.types.is_float_dtype(column.dtype):
        texts = [
            str(int(value)) if value == value and value == int(value) else str(value)
            for value in column[known].tolist()
        ]
    else:
        texts = [str(value).strip() for value in column[known].tolist()]
    out = np.empty(len(row), dtype=object)
    out[known] = texts
    out[~known] = [f"row {number}" for number in row[~known]]
    return out


def _box(area: Area | None, reach_m: float) -> Box | None:
    if area is None or math.isinf(reach_m):
        return None
    west, south, east, north = area.bounds
    return west - reach_m, south - reach_m, east + reach_m, north + reach_m


def _where(door: _Door, features: Features) -> tuple[Features, NDArray[np.bool_], list[str]]:
    """The features that the study chooses, whether each is certain, and what to say about it."""
    where, policy = door.use.where, door.use.unknown
    if where is None:
        return features, np.ones(len(features.row), bool), []
    true, unknown = where.evaluate(features.table)
    keep = true if policy == "exclude" else true | unknown
    certain = (true if policy == "interval" else keep)[keep]
    notes = unknown_note(where, unknown, policy)
    return features.take(np.flatnonzero(keep)), certain, notes


def _geometry_notes(
    kind: Kind,
    ids: NDArray[np.object_],
    reduced: NDArray[np.bool_],
    mended: NDArray[np.bool_],
    empty: NDArray[np.bool_],
) -> list[str]:
    said = {
        f"had parts that are no {kind} and lost them": reduced & ~empty,
        "had invalid rings and were repaired (GEOS structure method)": mended & ~empty,
        f"have no {kind} and were dropped": empty,
    }
    return [f"{_features_are(int(rows.sum()), what)}: {_some(ids[rows])}." for what, rows in said.items() if rows.any()]


def _features_are(count: int, what: str) -> str:
    """So many features, in good grammar."""
    if count > 1:
        return f"{count:,} features {what}"
    return "1 feature " + what.replace("have ", "has ").replace("were ", "was ")


def _some(ids: NDArray[np.object_]) -> str:
    """A few ids in order, and how many more there are."""
    listed = sorted(str(item) for item in ids)
    more = f" and {len(listed) - _LISTED:,} more" if len(listed) > _LISTED else ""
    return ", ".join(listed[:_LISTED]) + more


def within_box(shapes: Shapes, box: Box | None) -> NDArray[np.bool_]:
    """Whether a shape's box meets the box; empty shapes do not."""
    if box is None:
        return np.ones(len(shapes), bool)
    west, south, east, north = shapes.bounds.T
    with np.errstate(invalid="ignore"):
        return np.asarray((west <= box[2]) & (east >= box[0]) & (south <= box[3]) & (north >= box[1]))


def in_order(
    shapes: Shapes, table: pd.DataFrame, ids: NDArray[np.object_] | None = None, of: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    """Rows of the features in an order that does not depend on that of the file: by place, shape, key and attributes.

    ids : the features' keys, where they have one; then a field that a server adds changes nothing
    of : only these rows; None: all
    """
    of = np.arange(len(shapes)) if of is None else of
    bounds = shapes.bounds[of]
    keys = [*bounds.T[::-1]]
    order = np.lexsort(keys)
    places = bounds[order]
    same = np.zeros(len(order), bool)
    equal = (places[1:] == places[:-1]).all(axis=1)
    same[1:] |= equal
    same[:-1] |= equal
    tie = np.zeros(len(order), np.int64)
    rows = of[order[same]]
    if len(rows):
        wkb = shapely.to_wkb(shapely.normalize(shapes.take(rows).geometries))
        keyed = np.full(len(rows), "", dtype=object) if ids is None else ids[rows]
        texts = [
            repr((item, key, attributes))
            for item, key, attributes in zip(wkb, keyed, table.iloc[rows].itertuples(index=False), strict=True)
        ]
        tie[order[same]] = np.unique(texts, return_inverse=True)[1]
    return of[np.lexsort([tie, *keys])]


def _kept(table: pd.DataFrame, use: LayerUse) -> pd.DataFrame:
    return table if use.keep is None else table[list(use.keep)]


def classed(
    use: LayerUse, layer: VectorLayer, table: pd.DataFrame, finder: Finder, *, item: str
) -> tuple[VectorLayer, list[str]]:
    """The layer with the column "class" of its crosswalk, and what to say about codes without a class.

    Where the crosswalk knows height limits, they are the field "height_limit_ft".
    """
    if use.crosswalk is None:
        return layer, []
    path = finder.table(use.crosswalk)
    kinds = class_of(table, use.key, read_crosswalk(path, use.key, item=item), item)
    limits = height_limits(path, use.key, item=item)
    said = unmapped(table.assign(**{"class": kinds}), use.key, layer.shapes.area_m2)
    out = replace(layer, table=layer.table.assign(**{"class": kinds}))
    if limits and LIMIT not in table.columns:
        with_limit = out.table.assign(**{LIMIT: limit_of(table, use.key, limits)})
        out = replace(out, table=with_limit, units={**out.units, LIMIT: "ft"})
    return out, said


def _provenance(door: _Door, features: Features) -> dict[str, Any]:
    """Where the layer comes from, and how it got here."""
    record = cited(door.found, synthetic=features.synthetic) | {
        "layer": door.use.layer or door.found.layer,
        "crs": features.crs,
        **operation(features.crs, str(door.crs)).record,
        "in_file": features.total,
    }
    if (door.use.crs or door.found.crs) and features.crs != features.crs_of_file:
        record["crs_of_file"] = features.crs_of_file or None
    return record


def _coverage(
    door: _Door, features: Features, finder: Finder, area: Area | None, reach_m: float
) -> tuple[Area | None, dict[str, Any] | None]:
    """Where absence means absence, in the study's CRS, and its record."""
    spec = door.found.spec
    source = door.use.coverage or (spec.coverage.layer if spec else None)
    words = {"words": spec.coverage.words} if spec and not door.use.coverage else {}
    if source is None:
        return None, words or None
    if source in ("extent", "hull"):
        shape = np.array([_outline(door, features, hull=source == "hull")], dtype=object)
        moved, _ = reproject_shapes(Shapes.from_geometries(shape, "polygon"), features.crs, str(door.crs))
        return moved.geometries[0], {"source": source, **words}
    found = finder.find(source)
    use = LayerUse(source=source, kind="polygon")
    other = _Door(name=f"{door.name}: coverage", use=use, found=found, crs=door.crs, box=_box(area, reach_m))
    layer = _features(other, other.read(), finder)
    if not len(layer) and not _has_polygons(other):
        raise DataError(
            f"{door.item} has the coverage {source!r}, which holds no polygon: nothing would be known anywhere. "
            f"Name a layer of polygons, or leave coverage: out, {door.fix}"
        )
    covered: Any = shapely.union_all(layer.shapes.geometries)
    return covered, {**dict(layer.provenance), **words}


def _outline(door: _Door, features: Features, *, hull: bool) -> Any:
    """The bounding box, or the convex hull, of all features of a file, in its CRS."""
    word = "extent"
    shape: Any = None
    if np.isfinite(features.bounds).all():
        shape = shapely.box(*features.bounds)
    if hull:
        word = "hull"
        everything = door.read(everything=True).geometry.as_objects()
        shape = shapely.convex_hull(shapely.multipoints(shapely.get_coordinates(everything)))
    if shape is None or not shapely.area(shape) > 0:
        raise DataError(
            f"{door.item} has coverage: {word}, but its features span no area. "
            f"Name a layer of polygons, or leave coverage: out, {door.fix}"
        )
    return shape


def _has_polygons(door: _Door) -> bool:
    """Whether there is a polygon anywhere in a file."""
    shapes, _ = door.read(everything=True).geometry.shapes("polygon")
    return len(shapes.coords) > 0
