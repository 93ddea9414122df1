"""The further sections of a study: overrides, outputs, robustness, assembly and programme."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, Tag, field_validator, model_validator

from siting.errors import StudyError, did_you_mean, named
from siting.study.refusal import Faults, Strict
from siting.study_file import At
from siting.units import Area, Length, Quantity, Share, parse_quantity

__all__ = [
    "Assemble",
    "Distance",
    "ErrorModel",
    "Names",
    "NetworkAccess",
    "Outputs",
    "Override",
    "Overrides",
    "Programme",
    "Robustness",
    "Together",
    "Weight",
    "WeightModel",
    "listed",
]


def listed(given: Any) -> Any:
    """A list of YAML as the tuple of a frozen model."""
    return tuple(given) if isinstance(given, list) else given


Names = Annotated[tuple[str, ...], BeforeValidator(listed)]
Whole = Annotated[int, Field(ge=1)]
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Override(Strict):
    """An analyst's judgement about one parcel, against the measurement.

    item : "status" (value: admitted or excluded) or the name of a criterion (value: from 0 to 1, or as text a
        quantity with its unit or a class)
    who, when, why : shown wherever the parcel is shown
    """

    id: str
    item: str
    value: str | float
    who: str
    when: str
    why: str

    @model_validator(mode="after")
    def _value_fits_the_item(self) -> Self:
        if self.item == "status" and self.value not in ("admitted", "excluded"):
            near = did_you_mean(str(self.value), ("admitted", "excluded"))
            raise StudyError(f"the override of 'status' is 'admitted' or 'excluded', not {self.value!r}.{near}")
        if self.item != "status" and isinstance(self.value, float) and not 0 <= self.value <= 1:
            raise StudyError(
                f"the override of the criterion {self.item!r} is a value from 0 to 1, or a quantity with its unit or a "
                f"class as text, not {self.value:g}."
            )
        return self


def _kind(given: Any) -> str:
    return "path" if isinstance(given, str) else "list"


#: a table (path), or a list of overrides
Overrides = Annotated[
    Annotated[str, Tag("path")] | Annotated[tuple[Override, ...], BeforeValidator(listed), Tag("list")],
    Discriminator(_kind),
]

Format = Literal["parquet", "gpkg", "csv", "map", "report"]


class NetworkAccess(Strict):
    """Which hosts of the own network a study may ask for layers; public hosts need no entry.

    allow : "gis.county.internal" (a host), "127.0.0.1:8080" (one port of it), "10.1.0.0/16" (a network)
    """

    allow: Annotated[tuple[str, ...], BeforeValidator(listed)] = ()

    @field_validator("allow")
    @classmethod
    def _networks_are_networks(cls, allow: tuple[str, ...]) -> tuple[str, ...]:
        for entry in allow:
            if "/" not in entry:
                continue
            try:
                ipaddress.ip_network(entry, strict=False)
            except ValueError:
                raise StudyError(
                    f"access: allows {entry!r}, which is no network and no host. Write 'gis.county.internal', "
                    "'127.0.0.1:8080' or '10.1.0.0/16'."
                ) from None
        return allow


class Outputs(Strict):
    """What a run writes.

    write : the formats; ranking.parquet and manifest.json are always written
    up_to : spatial formats, CSV, map and report are written for at most this many admitted parcels
    """

    write: Annotated[tuple[Format, ...], BeforeValidator(listed)] = (
        "parquet", "gpkg", "csv", "map", "report",
    )  # fmt: skip
    up_to: Whole = 200_000


class WeightModel(Strict):
    """What is known of the weights: ``{dirichlet: 50}``, ``{known: order}`` or ``{known: nothing}``.

    dirichlet : they are drawn around the stated ones, with this concentration; the larger, the closer
    known : only the order of neighbours, or nothing at all
    """

    dirichlet: Positive | None = None
    known: Literal["order", "nothing"] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.dirichlet is None) == (self.known is None):
            raise StudyError(
                "weights are drawn around the stated ones ('dirichlet': a concentration), or only their order or "
                "nothing is known of them ('known': order or nothing); give one of both."
            )
        return self


class ErrorModel(Strict):
    """How a quantity errs; one of ``normal``, ``uniform`` and ``lognormal``.

    normal : standard deviation; the distribution is cut off at 3 of them
    uniform : half width of the interval
    lognormal : standard deviation of the logarithm (0.2: about 20 %), likewise cut off
    shared_by : what shares one error in a draw: each "parcel" has its own; a "feature" shares its own with all parcels
        that are measured to it; a "layer" has one for all; "field" goes by a field of the parcels
    field : that field of the parcels, such as the basin
    """

    normal: Quantity | None = None
    uniform: Quantity | None = None
    lognormal: Positive | None = None
    shared_by: Literal["feature", "parcel", "layer", "field"] = "parcel"
    field: str | None = None

    @model_validator(mode="after")
    def _one_distribution(self) -> Self:
        if sum(given is not None for given in (self.normal, self.uniform, self.lognormal)) != 1:
            raise StudyError(
                "an error is 'normal' (standard deviation), 'uniform' (half width) or 'lognormal' (standard deviation "
                "of the logarithm); give one of them."
            )
        if (self.shared_by == "field") != (self.field is not None):
            raise StudyError("'shared_by: field' and 'field' (of the parcels) belong together; give both or neither.")
        return self

    @property
    def size(self) -> Quantity | None:
        """The standard deviation or half width; None for a lognormal error, which has no unit."""
        return self.normal if self.normal is not None else self.uniform


class Robustness(Strict):
    """How sure the ranking is: draws of weights and of errors.

    weights : how they vary; without them, and with ``errors``, they are as stated
    errors : criterion -> how its quantity errs
    draws, shortlist : how many, and how many parcels make the shortlist
    seed : of the draws; the study's without it
    """

    weights: WeightModel | None = None
    errors: dict[str, ErrorModel] = Field(default_factory=dict)
    draws: Whole = 10_000
    shortlist: Whole = 10
    seed: int | None = Field(default=None, ge=0)


def _two_areas(given: Any) -> Any:
    """The least and the most, or a refusal that says so."""
    if not isinstance(given, list | tuple) or len(given) != 2:
        raise StudyError(f"write the least and the most usable area of a site, [400 acre, 900 acre], not {given!r}.")
    return listed(given)


class Assemble(Strict):
    """Neighbouring parcels joined to sites: ``{usable: [400 acre, 900 acre], gap: 60 m}``.

    usable : least and most usable area of a site
    gap : parcels at most this far apart are neighbours, unless a barrier layer lies between
    compactness : least 4 pi area / perimeter squared of a site
    apart : distance between the sites that are proposed together
    """

    usable: Annotated[tuple[Area, Area], BeforeValidator(_two_areas)]
    gap: Length
    barriers: Names = ()
    owners: Whole | None = None
    compactness: Annotated[float, Field(ge=0, le=1)] | None = None
    sites: Whole = 5
    apart: Length | None = None
    maximise: Literal["mean_score", "lowest_score"] = "mean_score"

    @model_validator(mode="after")
    def _least_before_most(self) -> Self:
        least, most = self.usable
        if not 0 < least.value < most.value:
            raise Faults(
                [(("usable",), f"the least usable area comes first and the most second, not '{least}', '{most}'.")]
            )
        return self


class Together(Strict):
    """Modules that must lie within a distance or a travel time of each other."""

    modules: Names
    within: Annotated[Quantity, Field(description="a length or a duration")]

    @model_validator(mode="after")
    def _length_or_duration(self) -> Self:
        if self.within.dimension not in ("length", "duration"):
            raise Faults(
                [
                    (
                        ("within",),
                        f"'{self.within}' is neither a length, such as '5 km', nor a duration, such as '60 min'.",
                    )
                ]
            )
        return self


class Distance(Strict):
    """Modules that must keep a distance from each other."""

    modules: Names
    at_least: Length


def _figure(given: Any) -> Any:
    """A parameter of a module: a number, or a quantity as text."""
    return given if isinstance(given, int | float) and not isinstance(given, bool) else parse_quantity(given)


class Programme(Strict):
    """What the sites host, within shared budgets (reserved, validated).

    modules : module -> how many
    budgets : "water", "power" or "land" -> table of id, amount, unit, class, source, date (a path)
    module : module -> its parameters, where they differ from the preset
    budget : budget -> id -> change of the amount ("-40 %")
    """

    modules: dict[str, Annotated[int, Field(ge=0)]]
    budgets: dict[Literal["water", "power", "land"], str] = Field(default_factory=dict)
    together: Annotated[tuple[Together, ...], BeforeValidator(listed)] = ()
    apart: Annotated[tuple[Distance, ...], BeforeValidator(listed)] = ()
    module: dict[str, dict[str, Annotated[Quantity | int | float, BeforeValidator(_figure)]]] = Field(
        default_factory=dict
    )
    budget: dict[Literal["water", "power", "land"], dict[str, Share]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _modules_are_known(self) -> Self:
        faults: list[tuple[At, str]] = []
        places: list[tuple[At, str]] = [(("module", name), name) for name in self.module]
        groups = [
            ("together", [item.modules for item in self.together]),
            ("apart", [item.modules for item in self.apart]),
        ]
        for key, group in groups:
            for number, names in enumerate(group):
                places += [((key, number, "modules"), name) for name in names]
                if len(names) < 2:
                    faults.append(((key, number, "modules"), "two or more modules are needed here."))
        for at, name in places:
            if name not in self.modules:
                near = did_you_mean(name, self.modules)
                faults.append(
                    (at, f"the programme has no module {name!r}. Its modules are {named(self.modules)}.{near}")
                )
        if faults:
            raise Faults(faults)
        return self
