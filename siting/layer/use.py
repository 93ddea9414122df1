"""How a study uses a layer: the entries under ``layers:``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from siting.errors import StudyError
from siting.units import parse_unit
from siting.where import Where

__all__ = ["LayerUse", "Sentinels"]


def _listed(given: Any) -> Any:
    """One sentinel is a list of one."""
    return (given,) if isinstance(given, str | int | float) else tuple(given) if isinstance(given, list) else given


Sentinels = Annotated[tuple[str | int | float, ...], BeforeValidator(_listed)]
Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class LayerUse(BaseModel):
    """A layer of a study: ``stations: {source: sample/substations, where: "MAX_VOLT >= 230"}``.

    source : id of the catalogue, or path of a file relative to the study
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

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    source: str = Field(min_length=1)
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
    def _crosswalk_has_its_key(self) -> LayerUse:
        if (self.crosswalk is None) != (not self.key):
            lacking = "key: but no crosswalk:" if self.key else "crosswalk: but no key:"
            raise StudyError(
                f"The layer of source {self.source!r} has {lacking}. "
                "A crosswalk is a table, and key names the fields that it maps to classes: "
                "crosswalk: zoning/sample.csv, key: [JURISDICTION, ZONE]."
            )
        return self
