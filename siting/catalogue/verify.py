"""Whether a service is still what the catalogue describes: what it says, beside what is written."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, fields
from typing import Literal, Protocol

from pyproj import CRS
from pyproj.exceptions import CRSError

from siting.catalogue.service import Service
from siting.catalogue.spec import LayerSpec

__all__ = ["COUNT_TOLERANCE", "Checked", "Said", "checked", "not_asked", "table_csv", "table_markdown"]

COUNT_TOLERANCE = 0.10  #: judgement: a living layer may grow or shrink by so much and still be the one described
_TOLD = (
    "text",
    "integer",
    "number",
    "date",
    "boolean",
)  #: types of the catalogue; a server's own word is no other type
_ALIKE = ({"integer", "number"}, {"date", "text"})  #: services write the one for the other


class Said(Protocol):
    """What a service says of a layer (``siting.sources.describe``)."""

    @property
    def alive(self) -> bool:
        """Whether it answered as such a service does."""

    @property
    def fields(self) -> Mapping[str, str]:
        """Names and types of its fields; empty where it did not say."""

    @property
    def geometry(self) -> str:
        """point, line, polygon, raster, or "" where it did not say."""

    @property
    def crs(self) -> str:
        """The code of its CRS, "" where it did not say."""

    @property
    def count(self) -> int | None:
        """How many features it has."""

    @property
    def message(self) -> str:
        """Why it is not alive, or what is worth knowing."""


@dataclass(frozen=True, kw_only=True)
class Checked:
    """One row of the table: an address of a layer, asked on a day.

    result : "as described", "differs", "down", or "not asked"
    differs : what is not as described, in sentences; said : what else the service told
    """

    layer: str
    day: str
    result: Literal["as described", "differs", "down", "not asked"]
    differs: str
    said: str
    address: str


def checked(spec: LayerSpec, service: Service, said: Said, day: str) -> Checked:
    """What a service says, compared with the description: fields and their types, geometry, CRS, count."""
    if not said.alive:
        return Checked(
            layer=spec.id, day=day, result="down", differs=said.message or "It did not answer.", said="",
            address=service.url,
        )  # fmt: skip
    differs = [*_fields(spec, said), *_geometry(spec, said), *_crs(spec, service, said), *_count(spec, said)]
    more = [] if said.count is None else [f"{said.count:,} features"]
    more += [said.crs] if said.crs else []
    more += [said.message] if said.message else []
    return Checked(
        layer=spec.id, day=day, result="differs" if differs else "as described", differs=" ".join(differs),
        said="; ".join(more), address=service.url,
    )  # fmt: skip


def not_asked(spec: LayerSpec, day: str) -> Checked:
    """The row of a layer without a service that can be asked."""
    what = "it has no service" if spec.service is None else f"a service of type {spec.service.type!r} is for people"
    if spec.recipe is not None:
        what = f"it is made from others ({spec.recipe.what})"
    if spec.service is not None and spec.service.type.startswith("arcgis"):
        what = "its address is the root of several layers"
    address = spec.service.url if spec.service else ""
    return Checked(layer=spec.id, day=day, result="not asked", differs=f"Not asked: {what}.", said="", address=address)


def table_csv(rows: Iterable[Checked]) -> str:
    """The table as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_columns())
    writer.writerows(astuple(row) for row in rows)
    return out.getvalue()


def table_markdown(rows: Iterable[Checked]) -> str:
    """The table as Markdown."""
    lines = ["| " + " | ".join(_columns()) + " |", "|" + "---|" * len(_columns())]
    lines += ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in astuple(row)) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _columns() -> list[str]:
    return [field.name for field in fields(Checked)]


def _fields(spec: LayerSpec, said: Said) -> Iterable[str]:
    if not said.fields or spec.kind == "raster":
        return
    for field in spec.fields:
        now = said.fields.get(field.name)
        if now is None:
            other = next((name for name in said.fields if name.casefold() == field.name.casefold()), None)
            yield f"It has no field {field.name!r}" + (f", but {other!r}." if other else ".")
        elif now in _TOLD and now != field.type and not any({now, field.type} <= pair for pair in _ALIKE):
            yield f"The field {field.name!r} is {now}, not {field.type}."


def _geometry(spec: LayerSpec, said: Said) -> Iterable[str]:
    if said.geometry and said.geometry != spec.kind and spec.kind != "table":
        yield f"Its features are of kind {said.geometry}, not {spec.kind}."


def _crs(spec: LayerSpec, service: Service, said: Said) -> Iterable[str]:
    wanted = service.srs or spec.crs
    if not said.crs or not wanted:
        return
    try:
        same = CRS.from_user_input(wanted) == CRS.from_user_input(said.crs)
    except CRSError:
        same = wanted == said.crs
    if not same:
        yield f"Its CRS is {said.crs}, not {wanted}."


def _count(spec: LayerSpec, said: Said) -> Iterable[str]:
    if spec.count is None or said.count is None:
        return
    if abs(said.count - spec.count) > COUNT_TOLERANCE * spec.count:
        yield f"It has {said.count:,} features, not about {spec.count:,}."
