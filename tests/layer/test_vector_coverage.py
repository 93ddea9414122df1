"""Which features of a vector layer a study sees: those within its reach; and where their absence means absence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, Polygon, box

from siting.catalogue import catalogue
from siting.catalogue import data_folder as find_data_folder
from siting.errors import DataError
from siting.layer import LayerUse, open_vector
from tests.layer.drawing import UTM, X, Y, finder, opened, stations, write


def test_only_what_is_within_reach_is_kept_and_it_stays_whole(tmp_path: Path) -> None:
    lines = [LineString([(X + 900, Y), (X + 9_000, Y)]), LineString([(X + 1101, Y), (X + 2000, Y)])]
    write(tmp_path / "lots.gpkg", lines, {"N": ["near", "far"]})
    layer = opened(tmp_path, box(X, Y, X + 600, Y + 100), 500.0, id="N")
    assert layer.ids.tolist() == ["near"]
    assert shapely.length(layer.shapes.geometries).tolist() == [8100.0]


@settings(max_examples=15)
@given(st.floats(0, 5000), st.sampled_from(["EPSG:4326", "EPSG:2223", "EPSG:26912", "ESRI:102003", "EPSG:3857"]))
def test_clipping_with_the_reach_keeps_every_feature_within_it(
    tmp_path_factory: pytest.TempPathFactory, reach: float, crs: str
) -> None:
    folder = tmp_path_factory.mktemp("reach")
    rng = np.random.default_rng(3)
    points = shapely.points(X + rng.uniform(-8000, 8000, 200), Y + rng.uniform(-8000, 8000, 200))
    frame = gpd.GeoDataFrame({"N": np.arange(200)}, geometry=points, crs="EPSG:26912").to_crs(crs)
    frame.to_parquet(folder / "lots.parquet")
    area = box(X - 500, Y - 500, X + 500, Y + 500)
    whole = opened(folder, source="lots.parquet")
    clipped = opened(folder, area, reach, source="lots.parquet")
    near = shapely.distance(whole.shapes.geometries, area) <= reach
    assert set(whole.ids[near]) <= set(clipped.ids)


def test_nothing_within_reach_is_a_note(tmp_path: Path) -> None:
    stations(tmp_path)
    layer = opened(tmp_path, box(X, Y + 90_000, X + 10, Y + 90_010), 100.0)
    assert len(layer) == 0
    assert layer.quality.notes == ("None of the 5 features lies within the reach of the land.",)


def test_a_box_is_met_by_shapes_and_not_by_their_boxes_alone_in_any_format(tmp_path: Path) -> None:
    """A diagonal line whose box meets the land, and which does not, is not read from either file."""
    diagonal = LineString([(X - 5_000, Y + 900), (X + 900, Y - 5_000)])
    near = LineString([(X, Y), (X + 10, Y)])
    for name in ("lots.gpkg", "lots.parquet"):
        write(tmp_path / name, [diagonal, near], {"ID": ["far", "near"]})
        layer = opened(tmp_path, source=name, id="ID", area=box(X, Y, X + 10, Y + 10), reach_m=100.0)
        assert (layer.ids.tolist(), layer.quality.read) == (["near"], 1)


def test_coverage_is_a_layer(tmp_path: Path) -> None:
    stations(tmp_path)
    panels = [box(X - 10, Y - 10, X + 1500, Y + 10), box(X + 1400, Y - 10, X + 2500, Y + 10)]
    write(tmp_path / "panels.gpkg", panels)
    layer = opened(tmp_path, coverage="panels.gpkg")
    assert layer.coverage is not None
    assert layer.coverage.equals(box(X - 10, Y - 10, X + 2500, Y + 10))
    assert layer.provenance["coverage"]["file"] == "panels.gpkg"


def test_coverage_is_the_extent_of_the_whole_file(tmp_path: Path) -> None:
    """Not of the part within reach, and not of the features that the study chooses."""
    write(tmp_path / "lots.gpkg", [Point(X, Y), Point(X + 4000, Y + 100), Point(X + 2000, Y + 300)], {"N": [1, 2, 3]})
    area = box(X, Y, X + 10, Y + 10)
    extent = opened(tmp_path, area, 50.0, coverage="extent", where="N == 1")
    assert extent.coverage is not None
    assert extent.coverage.equals(box(X, Y, X + 4000, Y + 300))
    hull = opened(tmp_path, area, 50.0, coverage="hull", where="N == 1")
    assert hull.coverage is not None
    assert hull.coverage.equals(Polygon([(X, Y), (X + 4000, Y + 100), (X + 2000, Y + 300)]))


def test_land_that_no_panel_covers_is_not_covered(tmp_path: Path) -> None:
    stations(tmp_path)
    write(tmp_path / "panels.gpkg", [box(X + 90_000, Y, X + 90_100, Y + 100)])
    layer = opened(tmp_path, box(X, Y, X + 10, Y + 10), 100.0, coverage="panels.gpkg")
    assert layer.coverage is not None
    assert layer.coverage.is_empty


def test_a_coverage_that_lies_elsewhere_covers_nothing_here(tmp_path: Path) -> None:
    stations(tmp_path)
    write(tmp_path / "mapped.parquet", [box(X + 50_000, Y, X + 60_000, Y + 10)])
    layer = opened(tmp_path, coverage="mapped.parquet", area=box(X, Y, X + 10, Y + 10), reach_m=100.0)
    assert layer.coverage is not None
    assert layer.coverage.is_empty


@pytest.mark.parametrize("shapes", [[], [Point(X, Y)], [Polygon()]])
def test_a_coverage_without_polygons_is_refused(tmp_path: Path, shapes: list[Any]) -> None:
    stations(tmp_path)
    write(tmp_path / "mapped.parquet", shapes)
    with pytest.raises(DataError) as error:
        opened(tmp_path, coverage="mapped.parquet", area=box(X, Y, X + 10, Y + 10), reach_m=100.0)
    assert str(error.value) == (
        "The layer 'lots' (file 'lots.gpkg') has the coverage 'mapped.parquet', which holds no polygon: nothing would "
        "be known anywhere. Name a layer of polygons, or leave coverage: out, under layers: lots:."
    )


@pytest.mark.parametrize("word", ["extent", "hull"])
@pytest.mark.parametrize("shapes", [[], [Point(X, Y)], [Point(X, Y), Point(X + 9, Y)]])
def test_a_span_without_area_covers_nothing_and_is_refused(tmp_path: Path, shapes: list[Any], word: str) -> None:
    write(tmp_path / "lots.parquet", shapes)
    with pytest.raises(DataError) as error:
        opened(tmp_path, source="lots.parquet", coverage=word)
    assert str(error.value) == (
        f"The layer 'lots' (file 'lots.parquet') has coverage: {word}, but its features span no area. "
        "Name a layer of polygons, or leave coverage: out, under layers: lots:."
    )


@pytest.mark.data
def test_fissures_are_known_in_their_study_areas_only(data_folder: Path) -> None:
    place = finder(data_folder, catalogue(), find_data_folder(data_folder))
    layer = open_vector("fissures", LayerUse(source="fissures"), finder=place, crs=UTM)
    assert layer.coverage is not None
    assert 0 < layer.coverage.area < 20_000e6
    inside = shapely.intersects(layer.coverage, layer.shapes.geometries)
    assert inside.mean() > 0.9
    assert layer.provenance["coverage"]["source"] == "fissure_study_areas"
    assert layer.provenance["licence"] == "CC BY 3.0"
