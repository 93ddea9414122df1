"""The ``parcels:`` entry of a study."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from siting.parcels import ParcelsUse


def test_an_entry_as_people_write_it() -> None:
    use = ParcelsUse.model_validate(
        {
            "source": "sample/parcels",
            "id": "APN",
            "area": {"field": "LAND_SIZE", "unit": "sqft"},
            "owner": "OWNER_NAME",
            "publish": ["APN", "PUC"],
            "candidates": ["101-01-001"],
        }
    )
    assert use.publish == ("APN", "PUC")
    assert use.candidates == ("101-01-001",)


def test_a_grid_and_points() -> None:
    grid = ParcelsUse.model_validate({"grid": {"shape": "hexagon", "size": "500 m", "area": [0, 0, 10_000, 5_000.5]}})
    assert grid.grid is not None
    assert grid.grid.size.value == 500.0
    assert grid.grid.area == (0.0, 0.0, 10_000.0, 5_000.5)
    points = ParcelsUse.model_validate({"points": {"source": "plants.csv", "buffer": "0.5 km"}})
    assert points.points is not None
    assert points.points.buffer is not None
    assert points.points.buffer.value == 500.0


def refusal(entry: dict[str, object]) -> str:
    with pytest.raises(ValidationError) as error:
        ParcelsUse.model_validate(entry)
    (only,) = error.value.errors(include_url=False)
    return only["msg"].removeprefix("Value error, ")


def test_parcels_have_one_origin() -> None:
    grid = {"size": "500 m", "area": "county.gpkg"}
    assert refusal({"source": "lots.gpkg", "id": "APN", "grid": grid}) == (
        "The parcels of a study come from exactly one of source, grid and points; given: source, grid. "
        "Write parcels: {source: ..., id: ...}."
    )
    assert refusal({"id": "APN"}) == (
        "The parcels of a study come from exactly one of source, grid and points; given: none. "
        "Write parcels: {source: ..., id: ...}."
    )


def test_points_become_squares_or_circles() -> None:
    for entry in ({}, {"size": "1 km", "buffer": "1 km"}):
        assert refusal({"points": {"source": "p.gpkg", **entry}}) == (
            "The points of 'p.gpkg' become parcels by size: (side of a square) or buffer: (radius of a circle); "
            "write exactly one of them, such as size: 600 m."
        )


def test_a_declared_area_has_a_unit_of_area() -> None:
    assert refusal({"source": "l.gpkg", "area": {"field": "A", "unit": "ft"}}) == (
        "The unit of a parcel's declared area is 'ft', which is no area. Write acre, sqft or m2."
    )


@pytest.mark.parametrize("size", ["0 m", "-5 m", "1 mm"])
def test_candidates_smaller_than_any_parcel_are_refused(size: str) -> None:
    for entry, what in (
        ({"grid": {"size": size, "area": [0, 0, 100, 100]}}, "The cells of the grid have size"),
        ({"points": {"source": "p.gpkg", "size": size}}, "The points of 'p.gpkg' have size"),
        ({"points": {"source": "p.gpkg", "buffer": size}}, "The points of 'p.gpkg' have buffer"),
    ):
        with pytest.raises(ValidationError) as error:
            ParcelsUse.model_validate(entry)
        assert (
            error.value.errors()[0]["msg"]
            == f"Value error, {what}: '{size}', smaller than any parcel. Write at least 1 m."
        )


@pytest.mark.parametrize("area", [[100, 100, 0, 0], [0, 5, 10, 5]])
def test_bounds_that_hold_nothing_are_refused(area: list[float]) -> None:
    with pytest.raises(ValidationError) as error:
        ParcelsUse.model_validate({"grid": {"size": "10 m", "area": area}})
    assert error.value.errors()[0]["msg"] == (
        f"Value error, The grid has area: {[float(side) for side in area]}, which holds nothing. Write west, south, "
        "east, north in metres, with west less than east and south less than north."
    )
