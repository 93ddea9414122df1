"""Units against their legal definitions and against EPSG as pyproj has it."""

from __future__ import annotations

import math

import pyproj.database
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from siting.errors import UnitError
from siting.units import (
    DIMENSIONS,
    Area,
    Count,
    Length,
    Number,
    Quantity,
    Sides,
    Slope,
    dimension_phrase,
    format_si,
    parse_quantity,
    parse_sides,
    parse_unit,
    same_year,
    si_unit,
)

LENGTHS = "'m', 'km', 'cm', 'mm', 'ft', 'ft_us', 'ft_ind', 'yd', 'in', 'mi', 'mi_us', 'nmi'"
GALLON = 231 * 0.0254**3


@pytest.mark.parametrize(
    ("text", "dimension", "si"),
    [
        ("5 km", "length", 5000),
        ("5km", "length", 5000),
        (" 5  km ", "length", 5000),
        ("-1.5e3 m", "length", -1500),
        ("20_000 m", "length", 20_000),
        ("1 mi", "length", 1609.344),
        ("100 ft", "length", 30.48),
        ("3937 ft_us", "length", 1200),
        ("80 acre", "area", 80 * 43560 * 0.3048**2),
        ("1 acres", "area", 4046.8564224),
        ("1 acre_us", "area", 4046.8726098742522),
        ("640 acre", "area", 1609.344**2),
        ("1 sq ft", "area", 0.09290304),
        ("8 %", "share", 0.08),
        ("15 % slope", "slope", 0.15),
        ("45 degrees", "slope", 1.0),
        ("0.2 rise/run", "slope", 0.2),
        ("30 min", "duration", 1800),
        ("30 minutes", "duration", 1800),
        ("12 months", "duration", 365.25 * 86400),
        ("1 month", "duration", 30.4375 * 86400),
        ("230 kV", "voltage", 230_000),
        ("200 MW", "power", 2e8),
        ("200 MW average", "power", 2e8),
        ("5 MWp", "peak_power", 5e6),
        ("1 MGD", "flow", 1e6 * GALLON / 86400),
        ("694.4444444444445 gpm", "flow", 1e6 * GALLON / 86400),
        ("86400 m3/d", "flow", 1.0),
        ("365.25 AFY", "flow", 43560 * 0.3048**3 / 86400),
        ("1 gal", "volume", GALLON),
        ("5 Mgal", "volume", 5e6 * GALLON),
        ("1 acre-foot", "volume", 1233.48183754752),
        ("0.3 g", "acceleration", 0.3),
        ("30 %g", "acceleration", 0.3),
        ("2 MUSD(2025)", "money", 2e6),
        ("20000 USD/acre", "money_per_area", 20000 / 4046.8564224),
        ("2 cm/yr", "rate", 0.02 / (365.25 * 86400)),
        ("36 km/h", "rate", 10),
        ("3", "count", 3),
        (3, "count", 3),
        (0.5, "number", 0.5),
    ],
)
def test_parse_quantity_agrees_with_the_definitions(text: str | float, dimension: str, si: float) -> None:
    quantity = parse_quantity(text, dimension)
    assert quantity.value == pytest.approx(si, rel=1e-12)
    assert quantity.dimension == dimension


def test_the_three_feet_are_those_of_epsg() -> None:
    epsg = {unit.code: unit.conv_factor for unit in pyproj.database.get_units_map(category="linear").values()}
    assert parse_unit("ft").factor == pytest.approx(epsg["9002"], rel=1e-13)
    assert parse_unit("ft_us").factor == pytest.approx(epsg["9003"], rel=1e-13)
    assert parse_unit("ft_ind").factor == pytest.approx(epsg["9080"], rel=1e-13)
    assert len({parse_unit(name).factor for name in ("ft", "ft_us", "ft_ind")}) == 3


@pytest.mark.parametrize(
    ("text", "dimension", "message"),
    [
        ("5 kms", None, None),
        (
            "5 kms",
            "length",
            f"The quantity '5 kms' has the unknown unit 'kms'. Did you mean 'km'? Units of length: {LENGTHS}.",
        ),
        ("5", "length", "The quantity '5' has no unit: a length, such as '5 km', is wanted."),
        (5, "length", "The quantity '5' has no unit: a length, such as '5 km', is wanted."),
        ("5", None, "The quantity '5' has no unit: write one behind it, such as '5 km' or '80 acre'."),
        ("8 acre", "length", "The quantity '8 acre' is an area, but a length, such as '5 km', is wanted."),
        ("15 %", "slope", "The quantity '15 %' is a share, but a slope, such as '15 % slope', is wanted."),
        ("5 MWp", "power", "The quantity '5 MWp' is a peak power, but a mean power, such as '200 MW', is wanted."),
        ("5 km", "count", "The quantity '5 km' is a length, but a count, such as '3', is wanted."),
        ("5 foo", "count", "The quantity '5 foo' has a unit, but a count, such as '3', is wanted, without a unit."),
        ("far", "length", "'far' is not a quantity; write a number with a unit, such as '5 km'."),
        ("far", None, "'far' is not a quantity; write a number with a unit, such as '5 km'."),
        (True, "count", "True is not a quantity; write a number with a unit, such as '5 km'."),
        (None, "length", "None is not a quantity; write a number with a unit, such as '5 km'."),
        (math.inf, "number", "The quantity 'inf' is not a finite number."),
        ("1e999 m", "length", "The quantity '1e999 m' is not a finite number."),
        (
            "20,000 m2",
            "area",
            "The number of '20,000 m2' has a comma; write it without separators, or with '_' ('20_000 m2').",
        ),
    ],
)
def test_parse_quantity_refuses(text: str, dimension: str | None, message: str | None) -> None:
    with pytest.raises(UnitError) as error:
        parse_quantity(text, dimension)
    if message is None:
        message = str(error.value)
        assert message.startswith(
            "The quantity '5 kms' has the unknown unit 'kms'. Did you mean 'km'? Known units: 'm', "
        )
    assert str(error.value) == message


def test_an_unknown_unit_is_matched_with_units_of_other_dimensions_too() -> None:
    with pytest.raises(UnitError) as error:
        parse_quantity("8 acress", "length")
    assert str(error.value) == (
        f"The quantity '8 acress' has the unknown unit 'acress'. Did you mean 'acre'? Units of length: {LENGTHS}."
    )


def test_parse_unit_refuses() -> None:
    with pytest.raises(UnitError) as error:
        parse_unit("kilovolt", "voltage")
    assert str(error.value) == "The unit 'kilovolt' is not known. Units of voltage: 'V', 'kV'."
    with pytest.raises(UnitError) as error:
        parse_unit("kv", "voltage")
    assert str(error.value) == "The unit 'kv' is not known. Did you mean 'kV'? Units of voltage: 'V', 'kV'."
    with pytest.raises(UnitError) as error:
        parse_unit("m", "voltage")
    assert str(error.value) == "The unit 'm' is of a length, but a voltage, such as '230 kV', is wanted."
    with pytest.raises(UnitError):
        parse_unit("USD/km", None)


def test_si_unit_refuses_an_unknown_dimension() -> None:
    with pytest.raises(UnitError) as error:
        si_unit("lenght")
    known = ", ".join(repr(name) for name in DIMENSIONS)
    assert str(error.value) == f"The dimension 'lenght' is not known. Did you mean 'length'? Known: {known}."


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_every_dimension_has_an_si_unit_and_an_example_of_itself(dimension: str) -> None:
    assert si_unit(dimension).factor == 1
    assert si_unit(dimension).dimension == dimension
    example = dimension_phrase(dimension).split("'")[1]
    assert parse_quantity(example, dimension).dimension == dimension


def test_a_year_of_money_is_kept_and_years_do_not_mix() -> None:
    dated, undated = parse_quantity("5 USD(2025)/acre"), parse_quantity("5 USD/acre")
    assert (dated.unit.year, undated.unit.year, dated.unit.name) == (2025, None, "USD(2025)/acre")
    same_year([dated, dated, parse_quantity("3 km")], "the value function of 'price'")
    with pytest.raises(UnitError) as error:
        same_year([dated, undated], "the value function of 'price'")
    assert str(error.value) == (
        "The value function of 'price' mixes amounts of money of different years: '5 USD(2025)/acre', '5 USD/acre'. "
        "Write all in one year's dollars."
    )


def test_sides_of_a_rectangle() -> None:
    assert [side.value for side in parse_sides("600 m x 0.7 km")] == [600, 700]
    for text in ("600 m", "600 m x 700 m x 5 m", 600):
        with pytest.raises(UnitError) as error:
            parse_sides(text)  # type: ignore[arg-type]
        assert str(error.value) == f"A rectangle is written as two lengths, such as '600 m x 700 m', not {text!r}."
    with pytest.raises(UnitError) as error:
        parse_sides("0 m x 5 m")
    assert str(error.value) == "The sides of the rectangle '0 m x 5 m' must be longer than 0."


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0, "km", "0 km"),
        (-0.0, "m", "0 m"),
        (1234.5678, "m", "1,235 m"),
        (1234567.0, "m", "1,234,567 m"),
        (0.00012345, "m", "0.0001234 m"),
        (0.08, "%", "8 %"),
        (3.0, "", "3"),
        (math.tan(math.radians(8)), "degrees", "8 degrees"),
        (math.nan, "km", "no data"),
    ],
)
def test_format_si(value: float, unit: str, text: str) -> None:
    assert format_si(value, unit) == text


class Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    radius: Length
    pad: Sides | None = None
    minimum: Area | None = None
    steep: Slope | None = None
    at_least: Count | None = None
    factor: Number | None = None
    price: Quantity | None = None


def test_quantities_are_fields_of_strict_models() -> None:
    given_ = {
        "radius": "5 km",
        "pad": "600 m x 700 m",
        "minimum": "80 acre",
        "steep": "8 degrees",
        "at_least": 3,
        "factor": 0.5,
        "price": "20000 USD(2025)/acre",
    }
    spec = Spec.model_validate(given_)
    assert spec.radius.value == 5000
    assert spec.model_dump(mode="json") == given_
    assert Spec.model_validate(spec.model_dump()) == spec
    with pytest.raises(ValidationError) as error:
        Spec.model_validate({"radius": "5"})
    assert error.value.errors()[0]["msg"] == (
        "Value error, The quantity '5' has no unit: a length, such as '5 km', is wanted."
    )


def test_json_schema_of_a_length_is_a_pattern() -> None:
    schema = TypeAdapter(Length).json_schema()
    assert schema["type"] == "string"
    import re

    pattern = re.compile(schema["pattern"])
    assert pattern.match("5 km")
    assert pattern.match("5 ft_us")
    assert not pattern.match("5 kms")
    assert not pattern.match("5")
    assert TypeAdapter(Count).json_schema() == {"type": "number"}
    assert "USD(2025)/acre" not in TypeAdapter(Quantity).json_schema()["pattern"]
    assert TypeAdapter(Sides).json_schema() == {"type": "string", "examples": ["600 m x 700 m"]}


@given(
    st.sampled_from(["km", "ft", "acre", "%", "% slope", "min", "kV", "MW", "MGD", "gal", "g", "USD(2025)", "cm/yr"]),
    st.floats(0, 1e9).map(lambda x: float(f"{x:.9g}")),
)
def test_text_survives_the_way_there_and_back(unit: str, number: float) -> None:
    quantity = parse_quantity(f"{number!r} {unit}")
    again = parse_quantity(str(quantity))
    assert again == quantity
    assert Quantity(quantity.value, quantity.unit).shown == pytest.approx(number, rel=1e-11)
