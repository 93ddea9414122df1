"""Opening vector layers: what is kept, what is repaired, what is said about it."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import GeometryCollection, LineString, Point, Polygon, box

from siting.catalogue import catalogue
from siting.catalogue import data_folder as find_data_folder
from siting.crs import study_crs
from siting.errors import CatalogueError, CrsError, DataError, StudyError
from siting.layer import LayerUse, open_vector
from siting.layer.file import read_features
from siting.layer.vector import ids_of, in_order
from siting.shapes import Shapes
from tests.layer.drawing import UTM, X, Y, finder, opened, stations, write


def test_features_come_with_their_record(tmp_path: Path) -> None:
    path = stations(tmp_path)
    layer = opened(tmp_path, id="ID")
    assert layer.ids.tolist() == ["S1", "S2", "S3", "S4", "S5"]
    assert layer.certain.all()
    assert layer.coverage is None
    assert layer.quality.read == 5
    record = layer.provenance
    assert record["file"] == "lots.gpkg"
    assert set(record["sha256"]) == {path.name}
    assert record["crs"] == "EPSG:26912"
    assert record["operation"] == "none"
    assert (record["in_file"], record["features"]) == (5, 5)
    json.dumps(record, allow_nan=False)


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = stations(tmp_path)

    def meanwhile(*args: Any, **kwargs: Any) -> Any:
        features = read_features(*args, **kwargs)
        os.utime(path, ns=(1, 1))
        return features

    monkeypatch.setattr("siting.layer.vector.read_features", meanwhile)
    with pytest.raises(DataError) as e:
        opened(tmp_path)
    assert str(e.value) == (
        "The layer 'lots' (file 'lots.gpkg') was changed while it was read: its size or its time is another now. Start "
        "again when nothing writes to it."
    )


def test_sentinels_are_null_and_counted(tmp_path: Path) -> None:
    stations(tmp_path)
    layer = opened(tmp_path, null={"KV": -999999}, units={"KV": "kV"})
    assert layer.table["KV"].isna().tolist() == [False, True, False, False, False]
    assert layer.quality.notes == ("1 value of KV means 'no value' and is null.",)
    assert layer.units == {"KV": "kV"}


def test_sentinels_in_text_are_null_too(tmp_path: Path) -> None:
    write(tmp_path / "lots.gpkg", [Point(X + i, Y) for i in range(4)], {"T": ["A", " NOT AVAILABLE ", "", "-999"]})
    layer = opened(tmp_path, null={"T": ["NOT AVAILABLE", -999]})
    assert layer.table["T"].isna().tolist() == [False, True, False, True], "empty text stays text"


@pytest.mark.parametrize(
    ("unknown", "ids", "certain", "fate"),
    [
        ("interval", ["S1", "S2", "S4", "S5"], [True, False, True, True], "it is kept as possible"),
        ("exclude", ["S1", "S4", "S5"], [True, True, True], "it is left out"),
        ("include", ["S1", "S2", "S4", "S5"], [True, True, True, True], "it is kept as if it were true"),
    ],
)
def test_a_station_of_unknown_voltage_does_not_silently_vanish(
    tmp_path: Path, unknown: str, ids: list[str], certain: list[bool], fate: str
) -> None:
    stations(tmp_path)
    layer = opened(tmp_path, null={"KV": -999999}, where="KV >= 230", unknown=unknown, id="ID")
    assert layer.ids.tolist() == ids
    assert layer.certain.tolist() == certain
    assert layer.quality.notes[-1] == f"1 of 5 features (20.0%) does not say whether 'KV >= 230' holds; {fate}."


def test_the_order_of_the_file_does_not_matter(tmp_path: Path) -> None:
    """Also among features on one spot, and features of one box."""
    shapes = [
        box(X, Y, X + 10, Y + 10),
        box(X, Y, X + 10, Y + 10),
        Polygon([(X, Y), (X + 10, Y), (X + 10, Y + 10), (X, Y + 10), (X, Y + 5)]),
        Polygon([(X, Y), (X + 10, Y), (X + 10, Y + 10)]),
        box(X + 50, Y, X + 60, Y + 10),
        box(X + 20, Y, X + 30, Y + 10),
    ]
    names = ["b", "a", "c", "d", "e", "f"]
    write(tmp_path / "lots.gpkg", shapes, {"N": names})
    turn = [4, 2, 5, 0, 3, 1]
    write(tmp_path / "turned.gpkg", [shapes[i] for i in turn], {"N": [names[i] for i in turn]})
    one, other = opened(tmp_path, id="N"), opened(tmp_path, id="N", source="turned.gpkg")
    assert one.ids.tolist() == other.ids.tolist()
    assert one.table.equals(other.table)
    assert shapely.equals_exact(one.shapes.geometries, other.shapes.geometries).all()


def test_repairs_and_drops_are_listed(tmp_path: Path) -> None:
    bow = Polygon([(X, Y), (X + 20, Y + 20), (X + 20, Y), (X, Y + 20)])
    mixed = GeometryCollection([box(X + 50, Y, X + 60, Y + 10), LineString([(X, Y), (X + 1, Y)])])
    write(
        tmp_path / "lots.parquet",
        [bow, mixed, LineString([(X, Y), (X + 5, Y)]), None, box(X + 100, Y, X + 110, Y + 10)],
        {"N": ["bow", "mixed", "line", "none", "square"]},
    )
    layer = opened(tmp_path, source="lots.parquet", id="N", kind="polygon")
    assert layer.ids.tolist() == ["bow", "mixed", "square"]
    np.testing.assert_allclose(layer.shapes.area_m2, [200.0, 100.0, 100.0])
    assert (layer.quality.read, layer.quality.repaired, layer.quality.dropped) == (5, 1, 2)
    assert layer.quality.notes == (
        "1 feature had parts that are no polygon and lost them: mixed.",
        "1 feature had invalid rings and was repaired (GEOS structure method): bow.",
        "2 features have no polygon and were dropped: line, none.",
    )
    assert layer.provenance["repaired"] == ["bow"]
    assert sorted(layer.provenance["dropped"]) == ["line", "none"]


@settings(max_examples=25)
@given(
    rings=st.lists(
        st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=4, max_size=7), min_size=1, max_size=4
    )
)
def test_no_crossed_polygon_gets_through_unrepaired(
    tmp_path_factory: pytest.TempPathFactory, rings: list[list[tuple[int, int]]]
) -> None:
    """Every feature is valid; it has the area that GEOS gives its repaired shape; repaired ones are recorded."""
    drawn = [Polygon([(X + 50 * x, Y + 50 * y) for x, y in ring]) for ring in rings]
    write((folder := tmp_path_factory.mktemp("f")) / "lots.parquet", drawn, {"N": [f"f{i}" for i in range(len(drawn))]})
    mended = shapely.make_valid(np.array(drawn), method="structure", keep_collapsed=False)
    expected = {f"f{i}": area for i, area in enumerate(shapely.area(mended)) if area > 0}
    layer = opened(folder, source="lots.parquet", id="N", kind="polygon")
    assert shapely.is_valid(layer.shapes.geometries).all()
    assert set(layer.ids) == set(expected)
    np.testing.assert_allclose(layer.shapes.area_m2, [expected[item] for item in layer.ids], rtol=1e-9)
    wrong = {f"f{i}" for i, polygon in enumerate(drawn) if not shapely.is_valid(polygon)}
    assert set(layer.provenance["repaired"]) == wrong
    assert layer.quality.repaired == len(wrong)


def test_features_without_an_id_have_their_row(tmp_path: Path) -> None:
    write(tmp_path / "lots.parquet", [Point(X + i, Y) for i in range(3)], {"ID": [7.0, None, 8.5]})
    assert opened(tmp_path, source="lots.parquet").ids.tolist() == ["0", "1", "2"]
    assert opened(tmp_path, source="lots.parquet", id="ID").ids.tolist() == ["7", "row 1", "8.5"]


def test_kept_fields_only(tmp_path: Path) -> None:
    stations(tmp_path)
    layer = opened(tmp_path, keep=["KV"], id="ID", where="ID != 'S1'")
    assert list(layer.table.columns) == ["KV"]
    assert layer.ids.tolist() == ["S2", "S3", "S4", "S5"]


@pytest.mark.parametrize(
    ("entry", "word", "field", "meant"),
    [
        ({"where": "KVV >= 230"}, "where", "KVV", " Did you mean 'KV'?"),
        ({"units": {"VOLT": "kV"}}, "units", "VOLT", ""),
        ({"null": {"KVS": -1}}, "null", "KVS", " Did you mean 'KV'?"),
        ({"id": "IDD"}, "id", "IDD", " Did you mean 'ID'?"),
        ({"keep": ["kv"]}, "keep", "kv", " Did you mean 'KV'?"),
        ({"crosswalk": "c.csv", "key": ["ZONE"]}, "key", "ZONE", ""),
    ],
)
def test_an_unknown_field_is_refused(tmp_path: Path, entry: dict[str, Any], word: str, field: str, meant: str) -> None:
    stations(tmp_path)
    with pytest.raises(StudyError) as error:
        opened(tmp_path, **entry)
    assert str(error.value) == (
        f"The layer 'lots' (file 'lots.gpkg') has no field '{field}', which {word}: names.{meant} "
        "Its fields are 'ID', 'KV'."
    )


def test_zoning_gets_its_classes(tmp_path: Path) -> None:
    squares = [box(X + 1000 * i, Y, X + 1000 * i + 1000, Y + 1000) for i in range(3)]
    write(tmp_path / "lots.gpkg", squares, {"CITY": ["MESA", "MESA", "MESA"], "ZONE": ["LI", "AG", "PAD"]})
    (tmp_path / "zones.csv").write_text("CITY,ZONE,class\nMESA,LI,by_right\nMESA,AG,rezone\n", encoding="utf-8")
    layer = opened(tmp_path, crosswalk="zones.csv", key=["CITY", "ZONE"])
    assert layer.table["class"].tolist() == ["by_right", "rezone", "unknown"]
    assert layer.quality.notes == (
        "1 code of CITY and ZONE is not in the crosswalk, 247 acres of class 'unknown': MESA, PAD: 247 acres.",
    )


def test_a_declared_crs_is_a_recorded_correction(tmp_path: Path) -> None:
    write(tmp_path / "lots.gpkg", [Point(X, Y)], crs="EPSG:3653")
    layer = opened(tmp_path, crs="EPSG:26912")
    assert layer.shapes.coords.tolist() == [[X, Y]]
    assert layer.provenance["crs"] == "EPSG:26912"
    assert layer.provenance["crs_of_file"] == "EPSG:3653"


def test_coordinates_outside_the_area_of_their_crs_are_refused(tmp_path: Path) -> None:
    """Metres of Arizona, labelled with a CRS of Rhode Island."""
    write(tmp_path / "lots.gpkg", [Point(X, Y)], crs="EPSG:32130")
    with pytest.raises(CrsError) as error:
        opened(tmp_path)
    assert str(error.value) == (
        "The layer 'lots' (file 'lots.gpkg') is labelled EPSG:32130 (NAD83 / Rhode Island), but its coordinates lie "
        "outside the area where that CRS is used. Write crs: with the CRS that they are really in under layers: lots:."
    )


def test_long_edges_are_bent_on_the_way_in(tmp_path: Path) -> None:
    write(tmp_path / "lots.gpkg", [box(-113, 32, -111, 34)], crs="EPSG:4326")
    layer = opened(tmp_path)
    assert layer.quality.added_vertices == len(layer.shapes.coords) - 5 > 50
    assert layer.provenance["accuracy_m"] == 4.0


def test_a_raster_has_no_features(tmp_path: Path) -> None:
    (tmp_path / "dem.tif").touch()
    (tmp_path / "layers.csv").write_text("id,file\nsample/dem,dem.tif\n", encoding="utf-8")
    place = finder(tmp_path, catalogue(), find_data_folder(tmp_path))
    with pytest.raises(StudyError) as error:
        open_vector("dem", LayerUse(source="sample/dem"), finder=place, crs=UTM)
    assert str(error.value) == (
        "The layer 'dem' has the source 'sample/dem', which is a raster; features are asked of it. Name a vector layer."
    )


def test_the_catalogue_knows_units_nulls_and_coverage(tmp_path: Path) -> None:
    write(
        tmp_path / "s.gpkg",
        [Point(X, Y), Point(X + 1, Y)],
        {"ID": ["1", "2"], "MAX_VOLT": [-999999, 230]},
    )
    (tmp_path / "layers.csv").write_text("id,file\nsample/substations,s.gpkg\nsample/flood,s.gpkg\n", encoding="utf-8")
    place = finder(tmp_path, catalogue(), find_data_folder(tmp_path))
    layer = open_vector("s", LayerUse(source="sample/substations"), finder=place, crs=UTM)
    assert layer.units["MAX_VOLT"] == "kV"
    assert layer.table["MAX_VOLT"].isna().tolist() == [True, False]
    assert layer.ids.tolist() == ["1", "2"]
    assert layer.provenance["synthetic"] is True
    with pytest.raises(CatalogueError) as error:
        open_vector("f", LayerUse(source="sample/flood", kind="point"), finder=place, crs=UTM)
    assert str(error.value) == (
        f"The data folder {tmp_path.name!r} has no file for the layer 'sample/flood_mapped': its table 'layers.csv' "
        "does not name it. Did you mean 'sample/flood'? "
        "Add a row with its id and file, or name the file by its path in the study."
    )


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "crs"),
    [
        ("adwr_subbasin", "EPSG:26912"),
        ("fissures", "EPSG:26912"),
        ("highways_phoenix", "EPSG:26912"),
        ("hifld_substations", "EPSG:26912"),
        ("major_aquifers", "EPSG:26912"),
        ("aiannh", "EPSG:26912"),
        ("ri_transmission", "EPSG:32130"),
        ("ri_water", "EPSG:32130"),
        ("aachen_roads", "EPSG:25832"),
        ("aachen_natura2000", "EPSG:25832"),
    ],
)
def test_real_layers_open(data_folder: Path, name: str, crs: str) -> None:
    place = finder(data_folder, catalogue(), find_data_folder(data_folder))
    layer = open_vector(name, LayerUse(source=name), finder=place, crs=study_crs(crs))
    assert len(layer) > 0
    assert layer.quality.read == layer.provenance["in_file"]
    assert len(layer) + layer.quality.dropped == layer.quality.read
    assert shapely.is_valid(layer.shapes.geometries).all()
    json.dumps(layer.provenance, allow_nan=False)


@pytest.mark.data
def test_the_subbasin_without_a_shape_is_dropped_and_listed(data_folder: Path) -> None:
    place = finder(data_folder, catalogue(), find_data_folder(data_folder))
    layer = open_vector("basins", LayerUse(source="adwr_subbasin"), finder=place, crs=UTM)
    assert (len(layer), layer.quality.read, layer.quality.dropped) == (84, 85, 1)


@pytest.mark.data
def test_the_odd_geometries_as_they_were_found(data_folder: Path) -> None:
    use = LayerUse(source="traps/trap_pima_parcels_odd_geometries.gpkg", kind="polygon", id="PARCEL")
    layer = open_vector("odd", use, finder=finder(data_folder), crs=UTM)
    assert layer.quality.dropped == 17
    assert len(layer) == 199 - 17
    assert shapely.is_valid(layer.shapes.geometries).all()


@pytest.mark.parametrize("name", ["lots.parquet", "lots.gpkg"])
def test_a_vertex_that_is_no_finite_number_makes_no_geometry(tmp_path: Path, name: str) -> None:
    """The line with a NaN vertex and the one with an infinite one are dropped, counted and noted."""
    with np.errstate(invalid="ignore"):
        bad = [LineString([(X, Y), (at, at), (X + 9, Y)]) for at in (math.nan, math.inf)]
    write(tmp_path / name, [*bad, LineString([(X, Y + 50), (X + 9, Y + 50)])], {"ID": ["a", "b", "c"]})
    layer = opened(tmp_path, source=name, id="ID", area=box(X, Y, X + 10, Y + 10), reach_m=1000.0)
    assert layer.ids.tolist() == ["c"]
    assert (layer.quality.read, layer.quality.dropped) == (3, 2)
    rows = "0, 1" if name.endswith("parquet") else "1, 2"
    assert layer.quality.notes == (
        f"2 geometries have coordinates that are no finite numbers and count as none: row {rows}.",
        "2 features have no line and were dropped: a, b.",
    )


def test_features_on_one_spot_are_in_the_order_of_their_key_whatever_a_server_adds(tmp_path: Path) -> None:
    spot = [Point(X, Y), Point(X, Y)]
    write(tmp_path / "lots.parquet", spot, {"KEY": ["a", "b"]})
    write(tmp_path / "served.parquet", spot, {"OBJECTID": [1, 2], "KEY": ["b", "a"]})
    for source in ("lots.parquet", "served.parquet"):
        assert opened(tmp_path, source=source, id="KEY").ids.tolist() == ["a", "b"]


def test_some_features_are_put_in_order_among_the_others() -> None:
    places = [(5, 0), (0, 0), (5, 0), (3, 1), (0, 0), (5, 0)]
    shapes = Shapes.from_geometries([box(x, y, x + 1, y + 1) for x, y in places])
    table, ids = pd.DataFrame({"n": [2, 9, 1, 4, 7, 0]}), np.array(list("fedcba"), object)
    some = np.array([0, 1, 2, 4, 5])
    assert in_order(shapes, table).tolist() == [4, 1, 3, 5, 2, 0]  # by place, then by attribute
    assert in_order(shapes, table, of=some).tolist() == [4, 1, 5, 2, 0]
    assert in_order(shapes, table, ids, some).tolist() == [4, 1, 5, 2, 0]
    assert in_order(shapes, table, ids[::-1], some).tolist() == [1, 4, 0, 2, 5]  # by place, then by key


@pytest.mark.parametrize("kind", ["str", "string", object])
def test_ids_of_text_are_stripped_as_python_does_it(kind: Any) -> None:
    given = [" a", "b\u00a0", "\x1cc\x85", "1.0", "", None, "d e\t"]
    found = ids_of(pd.DataFrame({"id": pd.Series(given, dtype=kind)}), "id", np.arange(7))
    assert found.tolist() == ["a", "b", "c", "1.0", "", "row 5", "d e"]
    assert {type(item) for item in found} == {str}
