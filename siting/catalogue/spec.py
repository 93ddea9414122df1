"""What is known about one public layer: the strict model of a catalogue file."""

from __future__ import annotations

import datetime
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from siting.catalogue.service import Service
from siting.catalogue.use import LayerUse
from siting.errors import CatalogueError, did_you_mean

__all__ = ["STATES", "THEMES", "Coverage", "LayerField", "LayerSpec", "Theme"]

Theme = Literal["air", "hazard", "industry", "land", "people", "power", "terrain", "transport", "water", "zoning"]
THEMES: tuple[str, ...] = get_args(Theme)  #: the theme folders

#: where a layer lies: the states of the US by their postal codes, "US" for all of them, "world"
STATES = frozenset(
    (
        "US", "world", "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "DC", "FL", "GA", "HI", "ID", "IL", "IN",
        "IA", "KS", "KY", "LA", "ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY",
        "NC", "ND", "OH", "OK", "OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV", "WI", "WY",
        "PR",
    )
)  # fmt: skip

Texts = Annotated[tuple[str, ...], Field(strict=False)]
Nulls = Annotated[tuple[str | int | float, ...], Field(strict=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class LayerField(_Strict):
    """One attribute of a layer.

    unit : unit of the numbers ("kV", "ft", "acre"); empty for codes and text
    null : sentinels that stand for "no value" (-999999, "NOT AVAILABLE")
    """

    name: str
    type: Literal["text", "integer", "number", "date", "boolean"]
    unit: str = ""
    meaning: str = ""
    null: Nulls = ()


class Coverage(_Strict):
    """Where the absence of a feature means that there is none.

    words : for people
    layer : id of the polygon layer that is the coverage; "extent" is the bounding box of the layer
        itself, "hull" its convex hull; None: everywhere that a study may lie
    """

    words: str
    layer: str | None = None


class LayerSpec(_Strict):
    """What is known about a public layer.

    kind : what its features are; "raster" for a grid, "table" for rows without geometry
    feature : what one feature (or the value of a cell) is
    recipe : how it is made from other layers, instead of a service: as an entry under ``layers:`` of a study; paths
        in it are relative to the study that uses it
    service : where it is published; alternatives : what serves when that is down, best first: the same layer at
        another address (a service), or another layer (its id)
    fields : those that matter; the layer may have more
    key : the field that identifies a feature from one edition to the next
    crs : as published, or as corrected where the label is known to be wrong (see ``traps``)
    count : features when it was last looked at; size : of the whole, for people
    redistribute : whether a map or report that carries the layer may be passed on
    vintage, update : the date of the content, and how often it changes
    states : where it lies: postal codes, "US", "world"; empty: elsewhere
    grain : the finest thing that it can tell apart (parcel, block group, county, 30 m cell)
    criteria : what it is good for
    source : where this description comes from
    confidence : in this description; verified : date of the last look at the service, or "never"
    """

    id: str
    title: str
    publisher: str
    kind: Literal["point", "line", "polygon", "raster", "table"]
    theme: Theme
    feature: str
    service: Service | None = None
    recipe: LayerUse | None = None
    alternatives: Annotated[tuple[str | Service, ...], Field(strict=False)] = ()
    fields: Annotated[tuple[LayerField, ...], Field(strict=False)] = ()
    key: str | None = None
    crs: str | None = None
    count: int | None = Field(default=None, ge=0)
    size: str = "not known"
    licence: str
    attribution: str
    redistribute: Literal["yes", "attribution", "share-alike", "no"]
    vintage: str
    update: str = "unknown"
    states: Texts = ()
    coverage: Coverage
    grain: str
    traps: Texts = ()
    criteria: Texts = ()
    source: str = ""
    confidence: Literal["high", "medium", "low"]
    verified: str = "never"
    synthetic: bool = False

    @field_validator("states")
    @classmethod
    def _states_are_known(cls, states: tuple[str, ...]) -> tuple[str, ...]:
        for state in states:
            if state not in STATES:
                raise CatalogueError(
                    f"{state!r} is no state.{did_you_mean(state, STATES)} "
                    "Write postal codes such as 'AZ', or 'US', or 'world'."
                )
        return states

    @model_validator(mode="after")
    def _verified_is_a_day(self) -> LayerSpec:
        if self.verified == "never" or (self.synthetic and self.verified == "made here"):
            return self
        try:
            datetime.date.fromisoformat(self.verified)
        except ValueError:
            raise CatalogueError(
                f"The layer {self.id!r} has verified: {self.verified!r}. Write 'never', or the day of the last look at "
                "the service, such as 2026-11-23."
            ) from None
        return self

    @model_validator(mode="after")
    def _published_or_made(self) -> LayerSpec:
        if self.recipe is not None and self.service is not None:
            raise CatalogueError(
                f"The layer {self.id!r} has service: and recipe:. It is published, or made from others: "
                "keep one of them."
            )
        if self.recipe is not None and (self.recipe.slope is not None) != (self.kind == "raster"):
            raise CatalogueError(
                f"The layer {self.id!r} is of kind {self.kind!r}, and its recipe: ({self.recipe.what}) makes "
                f"{'a raster' if self.recipe.slope is not None else 'features'}. Correct kind: or recipe:."
            )
        return self

    def field(self, name: str) -> LayerField | None:
        """What is known about a field, or None."""
        return next((item for item in self.fields if item.name == name), None)

    @property
    def nulls(self) -> dict[str, tuple[str | int | float, ...]]:
        """The sentinels of the fields that have some."""
        return {item.name: item.null for item in self.fields if item.null}

    @property
    def units(self) -> dict[str, str]:
        """The units of the fields that have one."""
        return {item.name: item.unit for item in self.fields if item.unit}

    @property
    def redistributable(self) -> bool:
        """Whether the layer may be passed on at all; one that may not never enters a map, a report or a pack."""
        return self.redistribute != "no"

    @property
    def services(self) -> tuple[Service, ...]:
        """The addresses of this very layer, best first."""
        return tuple(item for item in (self.service, *self.alternatives) if isinstance(item, Service))

    @property
    def instead(self) -> tuple[str, ...]:
        """The ids of other layers that may serve instead."""
        return tuple(item for item in self.alternatives if isinstance(item, str))

    def lies_in(self, state: str) -> bool:
        """Whether the layer says anything about a state."""
        return bool({state, "US", "world"}.intersection(self.states))
