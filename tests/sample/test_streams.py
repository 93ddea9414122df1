"""Streams run downhill, hang together and are ordered after Strahler."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import shapely

from siting.sample.hydrology import Hydrology
from siting.sample.streams import build_streams
from siting.sample.terrain import RIVER_M2, STREAM_M2, Terrain

End = tuple[float, float]


def ends(hydrology: Hydrology) -> tuple[list[End], list[End]]:
    """The upper and the lower end of every reach."""
    lines = hydrology.streams.geometry.to_numpy()
    upper, lower = (shapely.get_coordinates(shapely.get_point(lines, at)) for at in (0, -1))
    return [tuple(p) for p in upper.tolist()], [tuple(p) for p in lower.tolist()]


def test_every_vertex_is_lower_than_the_one_before(small_terrain: Terrain, small_hydrology: Hydrology) -> None:
    for line in small_hydrology.streams.geometry:
        x, y = shapely.get_coordinates(line).T
        heights = small_terrain.dem_cm[small_terrain.at(x, y)]
        assert (np.diff(heights) < 0).all()


def test_streams_hang_together_down_to_the_county_line(small_terrain: Terrain, small_hydrology: Hydrology) -> None:
    upper, lower = ends(small_hydrology)
    begins = set(upper)
    west, south, east, north = small_terrain.frame.bounds
    for x, y in lower:
        assert (x, y) in begins or min(x - west, y - south, east - x, north - y) <= 30.0
    assert len(begins) == len(upper)  # one way down from every junction


def test_orders_obey_strahler(small_terrain: Terrain, small_hydrology: Hydrology) -> None:
    upper, lower = ends(small_hydrology)
    order = small_hydrology.streams["streamorde"].tolist()
    area, receiver = small_terrain.accumulation.ravel(), small_terrain.receiver.ravel()
    beyond = area - 900.0
    np.subtract.at(beyond, receiver[receiver >= 0], area[receiver >= 0])
    beyond = beyond.reshape(small_terrain.dem_cm.shape)
    assert beyond.max() >= RIVER_M2
    incoming: dict[End, list[int]] = defaultdict(list)
    for at, rank in zip(lower, order, strict=True):
        incoming[at].append(rank)
    for (x, y), rank in zip(upper, order, strict=True):
        cell = small_terrain.at(np.array([x]), np.array([y]))
        land = beyond[cell][0]
        if land > 0:  # water from beyond the county line is a stream that joins
            incoming[(x, y)].append(1 + sum(land >= 4.5**k * 1e6 for k in range(1, 9)))
        above = sorted(incoming[(x, y)])
        if len(above) > 1:
            assert rank == above[-1] + (above[-2] == above[-1])
        else:
            assert above in ([], [rank])
            assert above == [rank] or rank == 1
            assert small_terrain.accumulation[cell][0] >= STREAM_M2


def test_most_streams_are_small_and_one_is_the_river(small_hydrology: Hydrology) -> None:
    streams = small_hydrology.streams
    count = streams["streamorde"].value_counts()
    assert count[1] > count[2] > count[3]
    assert 0.4 < count[1] / len(streams) < 0.6
    river = streams[streams["gnis_name"] == "Vado River"]
    assert len(river)
    assert river["streamorde"].min() == streams["streamorde"].max()
    assert (river["fcode"] == 46006).all()


def test_fields_and_nulls(small_terrain: Terrain, small_hydrology: Hydrology) -> None:
    streams = small_hydrology.streams
    assert list(streams.columns) == ["gnis_name", "ftype", "fcode", "streamorde", "geometry"]
    assert streams.crs.to_epsg() == 26912
    assert (streams["ftype"] == 460).all()
    assert set(streams["fcode"]) <= {46003, 46006, 46007}
    assert streams.loc[streams["streamorde"] < 3, "gnis_name"].isna().all()
    assert streams.loc[streams["streamorde"] >= 3, "gnis_name"].notna().all()
    assert (streams.geom_type == "LineString").all()
    places = streams.get_coordinates().to_numpy()
    assert (np.round(places, 2) == places).all()


def test_the_drainage_is_as_dense_as_in_a_desert(small_terrain: Terrain, small_hydrology: Hydrology) -> None:
    km2 = small_terrain.frame.size_m**2 / 1e6
    assert 0.5 < small_hydrology.streams.length.sum() / 1_000 / km2 < 2.0


def test_streams_repeat(small_terrain: Terrain, small_hydrology: Hydrology) -> None:
    assert build_streams(small_terrain).equals(small_hydrology.streams)
