from __future__ import annotations

import numpy as np
import shapely

from tests.sample.networks import columns, land, rail, same


def test_the_fields_are_as_promised() -> None:
    assert columns(rail().rail) == ["NET", "RROWNER1", "TRACKS"]
    assert columns(rail().rail_yards) == ["YARDNAME"]
    assert columns(rail().light_rail) == ["NAME"]
    assert isinstance(rail().corridor, shapely.MultiPolygon)


def test_all_tracks_hang_together() -> None:
    lines = rail().rail.geometry.to_numpy()
    ends = {tuple(p) for line in lines for p in shapely.get_coordinates(line)[[0, -1]]}
    joined = shapely.union_all(shapely.buffer(lines, 0.05))
    assert joined.geom_type == "Polygon"
    assert len(ends) > 2


def test_the_main_line_runs_from_border_to_border() -> None:
    main = rail().rail[rail().rail["NET"] == "M"]
    border = shapely.box(*land().frame.bounds).exterior
    at_border = [
        p
        for line in main.geometry
        for p in shapely.get_coordinates(line)[[0, -1]]
        if border.distance(shapely.Point(p)) < 0.01
    ]
    assert len(at_border) == 2


def test_the_corridor_is_30_m_wide() -> None:
    main = rail().rail[rail().rail["NET"] == "M"]
    wide = shapely.union_all(shapely.buffer(main.geometry.to_numpy(), 14.5, cap_style="flat"))
    assert shapely.difference(wide, rail().corridor).area < 1.0
    assert rail().corridor.is_valid


def test_yards_lie_beside_the_main_line() -> None:
    main = shapely.union_all(rail().rail[rail().rail["NET"] == "M"].geometry.to_numpy())
    assert rail().rail_yards.distance(main).between(20, 30).all()


def test_light_rail_runs_through_the_middle_of_the_city() -> None:
    city = land().towns.geometry.iloc[0]
    assert rail().light_rail.distance(city).max() < 7


def test_the_same_seed_gives_the_same_rail() -> None:
    again = rail.__wrapped__()
    assert same(rail().rail, again.rail)
    assert same(rail().light_rail, again.light_rail)
    xy = shapely.get_coordinates(rail().rail.geometry.to_numpy())
    assert (np.round(xy, 2) == xy).all()
