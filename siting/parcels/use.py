"""How a study names its parcels: a layer, a list of candidates, points, or a grid."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from siting.catalogue.use import Sentinels
from siting.errors import StudyError, UnitError
from siting.units import Length, parse_unit
from siting.where import Where

__all__ = ["AreaField", "Grid", "ParcelsUse", "Points"]


def _listed(given: Any) -> Any:
    return tuple(given) if isinstance(given, list) else given


Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Bounds = Annotated[tuple[float, float, float, float], BeforeValidator(_listed), Field(strict=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class AreaField(_Strict):
    """The field that declares a parcel's area, to be compared with the computed one."""

    field: str
    unit: str

    @field_validator("unit")
    @classmethod
    def _an_area(cls, unit: str) -> str:
        if parse_unit(unit).dimension != "area":
            raise UnitError(
                f"The unit of a parcel's declared area is {unit!r}, which is no area. Write acre, sqft or m2."
            )
        return unit


class Grid(_Strict):
    """Cells of a regular grid as candidates.

    size : the side of a square, or the distance between opposite sides of a hexagon
    area : a polygon layer (id or path) that the cells must touch with their centre, or bounds west, south,
        east, north in metres of the study's CRS; lines of the grid lie on whole multiples of the size
    """

    shape: Literal["square", "hexagon"] = "square"
    size: Length
    area: str | Bounds

    @model_validator(mode="after")
    def _cells_are_land(self) -> Grid:
        _check_size("The cells of the grid have size", self.size)
        if not isinstance(self.area, str):
            west, south, east, north = self.area
            if not (west < east and south < north):
                raise StudyError(
                    f"The grid has area: {list(self.area)}, which holds nothing. Write west, south, east, north in "
                    "metres, with west less than east and south less than north."
                )
        return self


def _check_size(what: str, size: Length) -> None:
    """Refuse what is smaller than any parcel."""
    if not size.value >= 1:
        raise StudyError(f"{what}: {str(size)!r}, smaller than any parcel. Write at least 1 m.")


class Points(_Strict):
    """Points as candidates: squares (``size``) or circles (``buffer``) around them.

    size : side of a square centred on the point; buffer : radius of a circle, as a polygon of 64 sides of equal area
    """

    source: str
    size: Length | None = None
    buffer: Length | None = None

    @model_validator(mode="after")
    def _one_shape(self) -> Points:
        if (self.size is None) == (self.buffer is None):
            raise StudyError(
                f"The points of {self.source!r} become parcels by size: (side of a square) or buffer: (radius of a "
                "circle); write exactly one of them, such as size: 600 m."
            )
        key = "size" if self.size is not None else "buffer"
        size = self.size or self.buffer
        if size is not None:
            _check_size(f"The points of {self.source!r} have {key}", size)
        return self


class ParcelsUse(_Strict):
    """The parcels of a study: ``{source: sample/parcels, id: APN, area: {field: LAND_SIZE, unit: sqft}}``.

    source : id of the catalogue, or path relative to the study; or ``grid``, or ``points``
    id : the field that identifies a parcel; it stays text. Without it the number of the row in the file
        stands in, which may change with the next edition of the file
    area : the declared area, flagged where it is over 10 % from the computed one
    owner : the field with the owner's name; it is never published unless ``publish`` names it
    publish : the fields that outputs may show
    where : which records; records for which it is unknown stay
    candidates : only these ids: a list, or a table (path) with the id in its first column
    layer, crs, null : as under ``layers:``
    """

    source: str | None = None
    id: str | None = None
    area: AreaField | None = None
    owner: str | None = None
    publish: Names = ()
    where: Where | None = None
    layer: str | None = None
    crs: str | None = None
    null: dict[str, Sentinels] = Field(default_factory=dict)
    candidates: str | Names | None = None
    grid: Grid | None = None
    points: Points | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> ParcelsUse:
        given = [name for name in ("source", "grid", "points") if getattr(self, name) is not None]
        if len(given) != 1:
            raise StudyError(
                f"The parcels of a study come from exactly one of source, grid and points; given: "
                f"{', '.join(given) or 'none'}. Write parcels: {{source: ..., id: ...}}."
            )
        return self
