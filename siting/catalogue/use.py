"""How a layer is used: the entries under ``layers:`` of a study, and the ``recipe:`` of a catalogue file.

A layer is read from a source, or made from others: a union of registers, a buffer, a dissolved or reduced layer, the
slope of an elevation model. What it is made from is an entry of the same form, so that recipes nest.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from siting.errors import StudyError, named
from siting.units import Length, Quantity, Share, parse_quantity, parse_unit
from siting.where import Where

__all__ = [
    "VERBS", "Buffer", "Difference", "Dissolve", "Join", "LayerUse", "Same", "Sentinels", "SlopeOf", "UnionOf",
]  # fmt: skip

VERBS = ("union", "buffer", "dissolve", "difference", "slope")  #: the ways to make a layer from others

_OF_A_FILE = ("layer", "kind", "crs")  #: keys that speak of a file


def _listed(given: Any) -> Any:
    """One sentinel is a list of one."""
    return (given,) if isinstance(given, str | int | float) else tuple(given) if isinstance(given, list) else given


def _sourced(given: Any) -> Any:
    """A text stands for the source of that name."""
    return {"source": given} if isinstance(given, str) else given


def _of(given: Any) -> Any:
    """A text or a list stands for what the layer is made of."""
    return {"of": given} if isinstance(given, str | list | tuple) else given


def _renamed(given: Any) -> Any:
    """A list of fields stands for the same names."""
    return {name: name for name in given} if isinstance(given, list | tuple) else given


Sentinels = Annotated[tuple[str | int | float, ...], BeforeValidator(_listed)]
Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Made = Annotated["LayerUse", BeforeValidator(_sourced)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Same(_Strict):
    """When features of two sources are one: near each other, and of similar names.

    within : the distance from shape to shape, at most
    name : the field that holds the name in every source; without it, being near is enough
    similar : how alike two names must be: 1 less the share of edits between their words in order of the alphabet,
        in small letters and without punctuation (rapidfuzz token_sort_ratio); 85 % is judgement
    ignore : words that say nothing in a name: [substation, station]
    no_name : names that are keys and stand for none, where "*" stands for anything: ["UNKNOWN*", "TAP*"]
    unnamed : what near features are where one has no name: "different" or the "same"
    fill : whether the feature that stays takes the values that it lacks from those that are left out for it
    """

    within: Length
    name: str | None = None
    similar: Share = Field(default_factory=lambda: parse_quantity("85 %"))
    ignore: Names = ()
    no_name: Names = ()
    unnamed: Literal["different", "same"] = "different"
    fill: bool = False

    @field_validator("within")
    @classmethod
    def _within_is_a_distance(cls, within: Quantity) -> Quantity:
        if not within.value > 0:
            raise StudyError(f"A union has same: within: {str(within)!r}; write a distance above 0, such as 150 m.")
        return within

    @field_validator("similar")
    @classmethod
    def _similar_is_a_share(cls, similar: Quantity) -> Quantity:
        if not 0 < similar.value <= 1:
            raise StudyError(
                f"A union has same: similar: {str(similar)!r}; write a share above 0 % and up to 100 %, such as 85 %."
            )
        return similar

    @model_validator(mode="after")
    def _names_have_a_field(self) -> Same:
        said = [key for key in ("similar", "ignore", "no_name", "unnamed") if key in self.model_fields_set]
        if self.name is None and said:
            raise StudyError(
                f"A union has same: {said[0]}: but no name:, the field of the names to compare. "
                "Write name: with that field, or leave it out."
            )
        return self


class UnionOf(_Strict):
    """The features of several sources, in order of preference: ``{union: [register, {source: osm.gpkg}]}``.

    same : the rule by which a feature of a later source is left out for one of an earlier source
    """

    of: Annotated[tuple[Made, ...], Field(strict=False)]
    same: Same | None = None

    @field_validator("of")
    @classmethod
    def _several(cls, of: tuple[LayerUse, ...]) -> tuple[LayerUse, ...]:
        if len(of) < 2:
            raise StudyError(f"A union is of two sources or more, and {len(of)} is named. Name them under of:.")
        return of


class Buffer(_Strict):
    """The land within a distance of each feature: ``{buffer: {of: canal, by: 30 m}}``."""

    of: Made
    by: Length

    @field_validator("by")
    @classmethod
    def _by_is_a_distance(cls, by: Quantity) -> Quantity:
        if not by.value > 0:
            raise StudyError(f"A buffer has by: {str(by)!r}; write a distance above 0, such as 30 m.")
        return by


class Dissolve(_Strict):
    """Features joined into one for each combination of the values of some fields, or all into one without ``by``."""

    of: Made
    by: Names = ()


class Difference(_Strict):
    """Polygons or lines without the parts that lie in the polygons of another layer."""

    of: Made
    minus: Made


class SlopeOf(_Strict):
    """The slope of an elevation model (Horn 1981), in % slope, a raster on the same grid: ``{slope: dem}``."""

    of: Made


class Join(_Strict):
    """Attributes from a table, by id: ``{table: jobs.csv, on: GEOID, key: w_geocode, fields: [C000]}``.

    table : a CSV or Parquet file, relative to the study, or a catalogue id; one row a key
    on : the fields of the layer; key : those of the table that hold the same, the same names without it
    fields : the fields to take, also renamed ({jobs: C000}); all others of the table without it
    lacking : what happens where the table does not hold the key of a feature: its values are "null", or "refuse"
    """

    table: str = Field(min_length=1)
    on: Names
    key: Names = ()
    fields: Annotated[dict[str, str] | None, BeforeValidator(_renamed)] = None
    lacking: Literal["null", "refuse"] = "null"

    @model_validator(mode="after")
    def _keys_pair(self) -> Join:
        if not self.on or (self.key and len(self.key) != len(self.on)):
            raise StudyError(
                f"The join with {self.table!r} has on: {named(self.on)} and key: {named(self.key)}. "
                "Name as many fields of the layer (on:) as of the table (key:), in the same order."
            )
        return self


class LayerUse(_Strict):
    """A layer of a study: ``stations: {source: sample/substations, where: "MAX_VOLT >= 230"}``.

    source : id of the catalogue, or path of a file relative to the study; or else one of
    union, buffer, dissolve, difference, slope : how the layer is made from others
    join : attributes from tables, by id, before ``where``
    rename : fields and their new names, before everything else: {voltage: MAX_VOLT}
    layer : the layer inside a file that has several
    where : which features; a condition on the fields, before anything else
    unknown : what a feature does whose ``where`` cannot be told: "interval" (best and worst case),
        "exclude" (it goes) or "include" (it counts)
    units : units of numeric fields, {VOLTAGE: kV}; those of the catalogue hold without it
    id : the field that identifies a feature; without it, the number of its row in the file
    kind : point, line or polygon, where a file holds several
    coverage : where absence means absence: a polygon layer (id or path), "extent" (the bounding box of the
        file) or "hull" (its convex hull); without it, what the catalogue says
    crosswalk, key : table that maps the values of the fields ``key`` to classes, given in the column "class"
    unit : unit of the cells of a raster ("m", "cm", "% slope")
    crs : the CRS that the file should have named; the correction is recorded
    null : values that stand for "no value", {MAX_VOLT: -999999}, beside those of the catalogue
    keep : the fields to keep; all of them without it
    breaks_contiguity : false: a cut by this layer does not divide land
    """

    source: str | None = Field(default=None, min_length=1)
    union: Annotated[UnionOf | None, BeforeValidator(_of)] = None
    buffer: Buffer | None = None
    dissolve: Annotated[Dissolve | None, BeforeValidator(_of)] = None
    difference: Difference | None = None
    slope: Annotated[SlopeOf | None, BeforeValidator(_of)] = None
    join: Annotated[tuple[Join, ...], Field(strict=False)] = ()
    rename: dict[str, str] = Field(default_factory=dict)
    layer: str | None = None
    where: Where | None = None
    unknown: Literal["interval", "exclude", "include"] = "interval"
    units: dict[str, str] = Field(default_factory=dict)
    id: str | None = None
    kind: Literal["point", "line", "polygon"] | None = None
    coverage: str | None = None
    crosswalk: str | None = None
    key: Names = ()
    unit: str | None = None
    crs: str | None = None
    null: dict[str, Sentinels] = Field(default_factory=dict)
    keep: Names | None = None
    breaks_contiguity: bool = True

    @property
    def verb(self) -> str | None:
        """How the layer is made from others; None where it is read from a source."""
        return next((verb for verb in VERBS if getattr(self, verb) is not None), None)

    @property
    def made_of(self) -> tuple[LayerUse, ...]:
        """What the layer is made from, in order of preference; nothing where it is read from a source."""
        if self.verb is None:
            return ()
        recipe: Any = getattr(self, self.verb)
        if self.difference is not None:
            return (self.difference.of, self.difference.minus)
        return tuple(recipe.of) if self.union is not None else (recipe.of,)

    @property
    def what(self) -> str:
        """The layer in a few words: its source, or how it is made and from what."""
        if self.source is not None:
            return self.source
        return f"{self.verb} of {', '.join(part.what for part in self.made_of)}"

    def sources(self) -> Iterator[str]:
        """Every source that the layer is read from, parts and all, once each, in order."""
        seen = dict.fromkeys(self._named())
        yield from seen

    def _named(self) -> Iterator[str]:
        if self.source is not None:
            yield self.source
        for part in self.made_of:
            yield from part.sources()

    @field_validator("units")
    @classmethod
    def _units_are_known(cls, units: dict[str, str]) -> dict[str, str]:
        for unit in units.values():
            parse_unit(unit)
        return units

    @field_validator("unit")
    @classmethod
    def _unit_is_known(cls, unit: str | None) -> str | None:
        if unit is not None:
            parse_unit(unit)
        return unit

    @model_validator(mode="after")
    def _made_in_one_way(self) -> LayerUse:
        ways = [key for key in ("source", *VERBS) if getattr(self, key) is not None]
        if len(ways) != 1:
            said = "none of them" if not ways else " and ".join(f"{way}:" for way in ways)
            raise StudyError(
                f"A layer has one of source:, {', '.join(f'{verb}:' for verb in VERBS)}, and this one has {said}. "
                "Write source: with a catalogue id or a path, or one way to make the layer from others."
            )
        return self

    @model_validator(mode="after")
    def _keys_of_a_file_have_one(self) -> LayerUse:
        said = [key for key in _OF_A_FILE if getattr(self, key) is not None]
        if self.verb is not None and said:
            raise StudyError(
                f"The layer made by {self.verb}: has {said[0]}:, which speaks of a file. "
                f"Write it at the part that reads the file, under {self.verb}: of:."
            )
        return self

    @model_validator(mode="after")
    def _new_names_are_new(self) -> LayerUse:
        twice = sorted({new for new in self.rename.values() if list(self.rename.values()).count(new) > 1})
        if twice:
            raise StudyError(
                f"The layer of {self.what!r} has rename: with two fields that become {twice[0]!r}. Keep one of them."
            )
        return self

    @model_validator(mode="after")
    def _crosswalk_has_its_key(self) -> LayerUse:
        if (self.crosswalk is None) != (not self.key):
            lacking = "key: but no crosswalk:" if self.key else "crosswalk: but no key:"
            raise StudyError(
                f"The layer of source {self.what!r} has {lacking}. "
                "A crosswalk is a table, and key names the fields that it maps to classes: "
                "crosswalk: zoning/sample.csv, key: [JURISDICTION, ZONE]."
            )
        return self


for _model in (UnionOf, Buffer, Dissolve, Difference, SlopeOf, LayerUse):
    _model.model_rebuild()
