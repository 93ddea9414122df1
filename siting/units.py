"""Quantities with units: "5 km", "80 acre", "8 %", "230 kV" -> SI numbers, and back for people.

No unit is guessed. A bare number is refused except where a count or a plain number is wanted. A unit
belongs to one dimension, and a quantity of another dimension is refused: a share ("8 %") is not a
slope ("8 % slope"), mean power ("MW") is not peak power ("MWp"), and money knows its year ("USD(2025)").

Sources: international foot, yard and pound agreement of 1959 (0.3048 m); US survey foot 1200/3937 m (EPSG 9003);
Indian foot (EPSG 9080); acre = 43,560 square feet; US gallon = 231 cubic inches; acre-foot = 43,560 cubic feet. A
year is 365.25 days and a month a twelfth of it, 30.4375 days.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import CoreSchema, core_schema

from siting.errors import UnitError, did_you_mean, named

__all__ = [
    "DIMENSIONS", "Acceleration", "Area", "Count", "Duration", "Flow", "Length", "Money", "MoneyPerArea", "Number",
    "PeakPower", "Power", "Quantity", "Rate", "Share", "Sides", "Slope", "Unit", "Voltage", "Volume",
    "dimension_phrase", "format_si", "parse_quantity", "parse_sides", "parse_unit", "same_year", "si_unit",
]  # fmt: skip

_FOOT, _FOOT_US, _FOOT_INDIAN = 0.3048, 1200 / 3937, 0.3047995102481469
_DAY = 86_400.0
_YEAR = 365.25 * _DAY
_GALLON = 0.003785411784
_ACRE = 43_560 * _FOOT**2
_ACRE_FOOT = 43_560 * _FOOT**3

#: dimension -> unit -> factor to SI; the first unit of a dimension is its SI unit
_UNITS: dict[str, dict[str, float]] = {
    "length": {
        "m": 1.0, "km": 1000.0, "cm": 0.01, "mm": 0.001, "ft": _FOOT, "ft_us": _FOOT_US, "ft_ind": _FOOT_INDIAN,
        "yd": 3 * _FOOT, "in": _FOOT / 12, "mi": 5280 * _FOOT, "mi_us": 5280 * _FOOT_US, "nmi": 1852.0,
    },
    "area": {
        "m2": 1.0, "km2": 1e6, "ha": 1e4, "acre": _ACRE, "acre_us": 43_560 * _FOOT_US**2, "sqft": _FOOT**2,
        "sqft_us": _FOOT_US**2, "sqmi": (5280 * _FOOT) ** 2,
    },
    "share": {"share": 1.0, "%": 0.01},
    "slope": {"rise/run": 1.0, "% slope": 0.01, "degrees": math.nan},
    "duration": {"s": 1.0, "min": 60.0, "h": 3600.0, "d": _DAY, "month": _YEAR / 12, "yr": _YEAR},
    "voltage": {"V": 1.0, "kV": 1000.0},
    "power": {"W": 1.0, "kW": 1e3, "MW": 1e6, "GW": 1e9},
    "peak_power": {"Wp": 1.0, "kWp": 1e3, "MWp": 1e6, "GWp": 1e9},
    "flow": {
        "m3/s": 1.0, "m3/d": 1 / _DAY, "L/s": 0.001, "MGD": 1e6 * _GALLON / _DAY, "gal/d": _GALLON / _DAY,
        "gpm": _GALLON / 60, "AFY": _ACRE_FOOT / _YEAR, "cfs": _FOOT**3,
    },
    "volume": {"m3": 1.0, "L": 0.001, "gal": _GALLON, "Mgal": 1e6 * _GALLON, "acre-foot": _ACRE_FOOT},
    "acceleration": {"g": 1.0, "%g": 0.01},
    "money": {"USD": 1.0, "kUSD": 1e3, "MUSD": 1e6},
    "money_per_area": {},
    "rate": {
        "m/s": 1.0, "cm/yr": 0.01 / _YEAR, "mm/yr": 0.001 / _YEAR, "m/yr": 1 / _YEAR, "in/yr": _FOOT / 12 / _YEAR,
        "ft/yr": _FOOT / _YEAR, "km/h": 1 / 3.6, "mph": 5280 * _FOOT / 3600, "um/s": 1e-6,
    },
    "count": {"": 1.0},
    "number": {"": 1.0},
}  # fmt: skip

DIMENSIONS: tuple[str, ...] = tuple(_UNITS)

_UNITLESS = ("count", "number")
_ALIASES = {
    "metre": "m", "metres": "m", "meter": "m", "meters": "m", "kilometre": "km", "kilometres": "km", "kilometer": "km",
    "kilometers": "km",
    "foot": "ft", "feet": "ft", "us-ft": "ft_us", "ind-ft": "ft_ind", "yard": "yd", "yards": "yd",
    "inch": "in", "inches": "in", "mile": "mi", "miles": "mi", "m²": "m2", "km²": "km2",
    "hectare": "ha", "hectares": "ha",
    "acres": "acre", "ft2": "sqft", "sq ft": "sqft", "ft²": "sqft", "mi2": "sqmi", "percent": "%", "% rise": "% slope",
    "%slope": "% slope", "percent slope": "% slope", "degree": "degrees", "deg": "degrees", "°": "degrees",
    "second": "s",
    "seconds": "s", "minute": "min", "minutes": "min", "hour": "h", "hours": "h", "day": "d", "days": "d",
    "months": "month", "year": "yr", "years": "yr", "MW average": "MW", "MW avg": "MW", "MW peak": "MWp", "m³": "m3",
    "m³/s": "m3/s", "m³/d": "m3/d", "gallon": "gal", "gallons": "gal", "AF": "acre-foot", "acre-feet": "acre-foot",
    "AF/yr": "AFY", "acre-foot/yr": "AFY", "Mgal/d": "MGD", "$": "USD", "cm/year": "cm/yr",
    "mm/year": "mm/yr", "km/hr": "km/h",
}  # fmt: skip
_PHRASES: dict[str, tuple[str, str]] = {
    "length": ("a length", "5 km"), "area": ("an area", "80 acre"), "share": ("a share", "8 %"),
    "slope": ("a slope", "15 % slope"), "duration": ("a duration", "30 min"), "voltage": ("a voltage", "230 kV"),
    "power": ("a mean power", "200 MW"), "peak_power": ("a peak power", "200 MWp"), "flow": ("a flow", "10 MGD"),
    "volume": ("a volume", "5 Mgal"), "acceleration": ("an acceleration", "0.2 g"),
    "money": ("an amount of money", "2000000 USD(2025)"),
    "money_per_area": ("an amount of money per area", "20000 USD/acre"), "rate": ("a rate", "2 cm/yr"),
    "count": ("a count", "3"), "number": ("a plain number", "0.5"),
}  # fmt: skip
_NUMBER = r"[+-]?(?:\d+(?:_\d{3})*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_QUANTITY = re.compile(rf"\s*({_NUMBER})\s*(.*?)\s*", re.ASCII | re.DOTALL)
_MONEY = re.compile(r"([kM]?USD|\$)(?:\((\d{4})\))?(?:\s*/\s*(.+))?")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of one dimension.

    factor : SI value of one unit; NaN for degrees of slope, which convert by the tangent
    year : the year of a price level ("USD(2025)"); None where the amount is undated or not money
    """

    name: str
    dimension: str
    factor: float = field(compare=False)
    year: int | None = None

    def to_si(self, number: float) -> float:
        """The SI value of ``number`` of this unit.

        >>> parse_unit("ft").to_si(10)
        3.048
        """
        return math.tan(math.radians(number)) if math.isnan(self.factor) else number * self.factor

    def from_si(self, value: float) -> float:
        """The number of this unit that an SI value is."""
        return math.degrees(math.atan(value)) if math.isnan(self.factor) else value / self.factor

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with a unit: ``value`` in SI, ``shown`` in its own unit.

    >>> q = parse_quantity("5 km")
    >>> q.value, q.shown, str(q), q.unit.dimension
    (5000.0, 5.0, '5 km', 'length')
    """

    value: float
    unit: Unit
    shown: float = field(default=math.nan, compare=False)

    def __post_init__(self) -> None:
        if math.isnan(self.shown):
            object.__setattr__(self, "shown", float(f"{self.unit.from_si(self.value):.12g}"))

    @property
    def dimension(self) -> str:
        """The dimension of the unit."""
        return self.unit.dimension

    def __str__(self) -> str:
        number = f"{self.shown:.12g}" if abs(self.shown) < 1e15 else repr(self.shown)
        if "e" in number and 1 <= abs(self.shown) < 1e15:
            number = f"{self.shown:.0f}"
        return f"{number} {self.unit.name}".rstrip()

    def __float__(self) -> float:
        return self.value

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _schema(None)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return _json_schema(None)


def dimension_phrase(dimension: str) -> str:
    """A dimension with an example, for an error message.

    >>> dimension_phrase("length")
    "a length, such as '5 km'"
    """
    name, example = _PHRASES[dimension]
    return f"{name}, such as '{example}'"


def si_unit(dimension: str) -> Unit:
    """The SI unit of a dimension (money: undated USD; acceleration: standard gravity).

    >>> si_unit("flow").name
    'm3/s'
    """
    if dimension == "money_per_area":
        return Unit("USD/m2", dimension, 1.0)
    if dimension not in _UNITS:
        near = did_you_mean(dimension, DIMENSIONS)
        raise UnitError(f"The dimension {dimension!r} is not known.{near} Known: {named(DIMENSIONS)}.")
    name, factor = next(iter(_UNITS[dimension].items()))
    return Unit(name, dimension, factor)


def parse_unit(text: str, dimension: str | None = None) -> Unit:
    """The unit that a text names; of this dimension, where one is given.

    Raises UnitError, naming the nearest known unit.

    >>> parse_unit("acre").factor, parse_unit("USD(2025)/acre").year
    (4046.8564224, 2025)
    """
    name = " ".join(text.split())
    unit = _find_unit(_ALIASES.get(name, name))
    if unit is None:
        raise UnitError(f"The unit {text!r} is not known.{_known(name, dimension)}")
    if dimension is not None and unit.dimension != dimension:
        raise UnitError(
            f"The unit {text!r} is of {_PHRASES[unit.dimension][0]}, but {dimension_phrase(dimension)}, is wanted."
        )
    return unit


def parse_quantity(text: str | float | Quantity, dimension: str | None = None) -> Quantity:
    """The quantity that a text like "5 km" says; of this dimension, where one is given.

    A number without a unit is taken only where ``dimension`` is "count" or "number". Raises UnitError.

    >>> parse_quantity("15 % slope", "slope").value
    0.15
    >>> parse_quantity(3, "count").value
    3.0
    """
    if isinstance(text, Quantity):
        return _of_dimension(text, str(text), dimension)
    number, name = _split(text, dimension)
    if not name:
        if dimension in _UNITLESS:
            return Quantity(number, si_unit(str(dimension)), number)
        wanted = (
            f"{dimension_phrase(dimension)}, is wanted"
            if dimension
            else "write one behind it, such as '5 km' or '80 acre'"
        )
        raise UnitError(f"The quantity '{text}' has no unit: {wanted}.")
    unit = _unit_of(name, str(text), dimension)
    return _of_dimension(Quantity(unit.to_si(number), unit, number), str(text), dimension)


def parse_sides(text: str) -> tuple[Quantity, Quantity]:
    """The two sides of a rectangle, "600 m x 700 m".

    >>> [side.value for side in parse_sides("600 m x 700 m")]
    [600.0, 700.0]
    """
    sides = re.split(r"\s+[x\u00d7]\s+", text.strip()) if isinstance(text, str) else []
    if len(sides) != 2:
        raise UnitError(f"A rectangle is written as two lengths, such as '600 m x 700 m', not {text!r}.")
    width, length = (parse_quantity(side, "length") for side in sides)
    if width.value <= 0 or length.value <= 0:
        raise UnitError(f"The sides of the rectangle {text!r} must be longer than 0.")
    return width, length


def format_si(value: float, unit_name: str, digits: int = 4) -> str:
    """An SI value in this unit for people, to ``digits`` significant digits (whole parts are kept).

    >>> format_si(12345.678, "km"), format_si(4046.8564224 * 12345, "acre"), format_si(0.15, "% slope")
    ('12.35 km', '12,345 acre', '15 % slope')
    >>> format_si(float("nan"), "km"), format_si(float("inf"), "km")
    ('no data', 'beyond the reach')
    """
    if math.isnan(value):
        return "no data"
    if math.isinf(value):
        return "beyond the reach"
    number = parse_unit(unit_name).from_si(value) if unit_name else value
    whole = len(f"{abs(number):.0f}") if abs(number) >= 1 else 0
    places = (
        max(digits - whole, 0) if abs(number) >= 1 or number == 0 else digits - 1 - math.floor(math.log10(abs(number)))
    )
    shown = f"{number:,.{min(places, 12)}f}"
    if "." in shown:
        shown = shown.rstrip("0").rstrip(".")
    return f"{'0' if shown == '-0' else shown} {unit_name}".rstrip()


def same_year(quantities: Iterable[Quantity], what: str) -> None:
    """Refuse amounts of money of different years in one place.

    >>> same_year([parse_quantity("5 USD(2025)"), parse_quantity("6 USD(2025)")], "the value function")
    """
    seen: dict[int | None, str] = {}
    for quantity in quantities:
        if quantity.dimension in ("money", "money_per_area"):
            seen.setdefault(quantity.unit.year, str(quantity))
    if len(seen) > 1:
        raise UnitError(
            f"{what[:1].upper()}{what[1:]} mixes amounts of money of different years: {named(seen.values())}. "
            "Write all in one year's dollars."
        )


def _find_unit(name: str) -> Unit | None:
    for dimension, units in _UNITS.items():
        if name and name in units:
            return Unit(name, dimension, units[name])
    money = _MONEY.fullmatch(name)
    if not money:
        return None
    base, year, area_name = money.groups()
    base = _ALIASES.get(base, base)
    dated = f"{base}({year})" if year else base
    if area_name is None:
        return Unit(dated, "money", _UNITS["money"][base], int(year) if year else None)
    area = _find_unit(_ALIASES.get(area_name.strip(), area_name.strip()))
    if area is None or area.dimension != "area":
        return None
    return Unit(
        f"{dated}/{area.name}", "money_per_area", _UNITS["money"][base] / area.factor, int(year) if year else None
    )


def _names_of(dimension: str | None) -> list[str]:
    """The unit names of one dimension, or of all."""
    if dimension == "money_per_area":
        return [f"USD/{area}" for area in _UNITS["area"]]
    return [name for key, units in _UNITS.items() if dimension in (None, key) for name in units if name]


def _known_aliases(known: list[str]) -> list[str]:
    return [alias for alias, name in _ALIASES.items() if name in known and len(alias) > 2]


def _known(name: str, dimension: str | None) -> str:
    """The nearest unit and those of the dimension, for an error."""
    known = _names_of(dimension)
    of = f"Units of {_PHRASES[dimension][0].split(' ', 1)[1]}" if dimension else "Known units"
    near = did_you_mean(name, [*known, *_known_aliases(known)]) or did_you_mean(name, _names_of(None))
    return f"{near} {of}: {named(known)}."


def _split(text: str | float, dimension: str | None) -> tuple[float, str]:
    """The number and the unit's name."""
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        raise UnitError(f"{text!r} is not a quantity; write a number with a unit, such as '5 km'.")
    if not isinstance(text, str):
        number, name = float(text), ""
    else:
        match = _QUANTITY.fullmatch(text)
        if not match:
            example = _PHRASES[dimension][1] if dimension else "5 km"
            raise UnitError(f"{text!r} is not a quantity; write a number with a unit, such as '{example}'.")
        number, name = float(match[1]), match[2]
        if name.startswith(",") and name[1:2].isdigit():
            raise UnitError(
                f"The number of {text!r} has a comma; write it without separators, or with '_' ('20_000 m2')."
            )
    if not math.isfinite(number):
        raise UnitError(f"The quantity '{text}' is not a finite number.")
    return number, name


def _unit_of(name: str, text: str, dimension: str | None) -> Unit:
    """The unit of a quantity; an unknown one is refused with the whole quantity."""
    try:
        return parse_unit(name)
    except UnitError:
        if not _names_of(dimension):
            wanted = dimension_phrase(str(dimension))
            raise UnitError(f"The quantity {text!r} has a unit, but {wanted}, is wanted, without a unit.") from None
        raise UnitError(f"The quantity {text!r} has the unknown unit {name!r}.{_known(name, dimension)}") from None


def _of_dimension(quantity: Quantity, text: str, dimension: str | None) -> Quantity:
    """The quantity, if it is of this dimension."""
    if dimension is None or quantity.dimension == dimension:
        return quantity
    if dimension in _UNITLESS and quantity.dimension in _UNITLESS:
        return Quantity(quantity.value, si_unit(dimension), quantity.shown)
    raise UnitError(
        f"The quantity '{text}' is {_PHRASES[quantity.dimension][0]}, but {dimension_phrase(dimension)}, is wanted."
    )


def _schema(dimension: str | None) -> CoreSchema:
    """The pydantic schema: from text (or a Quantity), dumped as text; counts and numbers from and to numbers."""

    def load(given: Any) -> Quantity:
        return parse_quantity(given, dimension)

    def dump(quantity: Quantity) -> str | float:
        if quantity.dimension in _UNITLESS:
            return int(quantity.shown) if quantity.shown.is_integer() else quantity.shown
        return str(quantity)

    return core_schema.no_info_plain_validator_function(
        load, serialization=core_schema.plain_serializer_function_ser_schema(dump)
    )


def _json_schema(dimension: str | None) -> dict[str, Any]:
    if dimension in _UNITLESS:
        return {"type": "number"}
    known = _names_of(dimension)
    names = "|".join(sorted([*known, *_known_aliases(known)], key=lambda name: (-len(name), name)))
    if dimension in (None, "money", "money_per_area"):
        names = r"\S.*"
    example = _PHRASES[dimension][1] if dimension else "5 km"
    return {"type": "string", "pattern": rf"^\s*{_NUMBER}\s*({names})\s*$", "examples": [example]}


@dataclass(frozen=True, slots=True)
class _Dimension:
    """Annotation that makes a Quantity field take one dimension only."""

    dimension: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _schema(self.dimension)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return _json_schema(self.dimension)


def _load_sides(given: Any) -> tuple[Quantity, Quantity]:
    pair = isinstance(given, tuple | list) and len(given) == 2
    return parse_sides(f"{given[0]} x {given[1]}" if pair else given)


Length = Annotated[Quantity, _Dimension("length")]
Area = Annotated[Quantity, _Dimension("area")]
Share = Annotated[Quantity, _Dimension("share")]
Slope = Annotated[Quantity, _Dimension("slope")]
Duration = Annotated[Quantity, _Dimension("duration")]
Voltage = Annotated[Quantity, _Dimension("voltage")]
Power = Annotated[Quantity, _Dimension("power")]
PeakPower = Annotated[Quantity, _Dimension("peak_power")]
Flow = Annotated[Quantity, _Dimension("flow")]
Volume = Annotated[Quantity, _Dimension("volume")]
Acceleration = Annotated[Quantity, _Dimension("acceleration")]
Money = Annotated[Quantity, _Dimension("money")]
MoneyPerArea = Annotated[Quantity, _Dimension("money_per_area")]
Rate = Annotated[Quantity, _Dimension("rate")]
Count = Annotated[Quantity, _Dimension("count")]
Number = Annotated[Quantity, _Dimension("number")]
Sides = Annotated[
    tuple[Quantity, Quantity],
    PlainValidator(_load_sides),
    PlainSerializer(lambda sides: f"{sides[0]} x {sides[1]}"),
    WithJsonSchema({"type": "string", "examples": ["600 m x 700 m"]}),
]
