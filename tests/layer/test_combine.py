"""Layers made from others, opened from files: the record, the reach, what may be known where, and what is refused."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, box

from siting.catalogue import Catalogue, DataFolder, Finder, catalogue
from siting.catalogue import data_folder as find_data_folder
from siting.errors import CatalogueError, StudyError
from siting.layer import LayerUse, RasterLayer, VectorLayer, is_raster, open_layer, wider_m
from tests.layer.drawing import UTM, X, Y, finder, write, write_raster

DESCRIBED = """\
id: {id}
title: {id}
publisher: {id} office
kind: {kind}
theme: power
feature: a thing
licence: {licence}
attribution: {id} office
redistribute: {redistribute}
vintage: '2026'
coverage: {{words: everywhere}}
grain: thing
confidence: low
"""


def opened(place: Finder, area: Any = None, reach_m: float = math.inf, **entry: Any) -> VectorLayer:
    use = LayerUse.model_validate(entry)
    layer = open_layer("made", use, finder=place, crs=UTM, area=area, reach_m=reach_m)
    assert isinstance(layer, VectorLayer)
    return layer


def registers(folder: Path) -> Path:
    """Two registers of stations, one in degrees with its own names of fields."""
    columns = {"NAME": ["Avery", "Rudd"], "MAX_VOLT": [230.0, -999999.0], "STATUS": ["IN SERVICE", "IN SERVICE"]}
    write(folder / "a.gpkg", [Point(X, Y), Point(X + 5000, Y)], columns)
    import geopandas

    b = geopandas.GeoDataFrame(
        {"title": ["AVERY", "rudd", "Palm Valley"], "voltage": [230000.0, 500000.0, 69000.0]},
        geometry=[Point(X + 60, Y), Point(X + 5100, Y), Point(X + 9000, Y)], crs="EPSG:26912",
    )  # fmt: skip
    b.to_crs("EPSG:4326").to_file(folder / "b.gpkg", engine="pyogrio")
    return folder


UNION: dict[str, Any] = {
    "union": {
        "of": [
            {"source": "a.gpkg", "null": {"MAX_VOLT": -999999}, "units": {"MAX_VOLT": "kV"}},
            {"source": "b.gpkg", "rename": {"title": "NAME", "voltage": "MAX_VOLT"}, "units": {"MAX_VOLT": "V"}},
        ],
        "same": {"within": "150 m", "name": "NAME", "fill": True},
    }
}


def test_two_registers_are_one_layer(tmp_path: Path) -> None:
    """Avery and Rudd are in both, Rudd's voltage in the second only; a condition then sees all of them."""
    place = finder(registers(tmp_path))
    layer = opened(place, **UNION)
    assert layer.table["NAME"].tolist() == ["Avery", "Rudd", "Palm Valley"]
    assert layer.table["MAX_VOLT"].tolist() == [230.0, 500.0, 69.0]
    assert layer.table["part"].tolist() == ["a.gpkg", "a.gpkg", "b.gpkg"]
    assert layer.units == {"MAX_VOLT": "kV"}
    assert layer.shapes.geometries[2].distance(Point(X + 9000, Y)) < 0.01
    high = opened(place, **UNION, where="MAX_VOLT >= 230", keep=["NAME"], id="NAME")
    assert (high.ids.tolist(), list(high.table.columns)) == (["Avery", "Rudd"], ["NAME"])
    assert high.certain.all()


def test_the_record_names_every_part(tmp_path: Path) -> None:
    layer = opened(finder(registers(tmp_path)), **UNION)
    record = layer.provenance
    assert (record["source"], record["made_by"]) == ("union of a.gpkg, b.gpkg", "union")
    assert record["same"]["left_out"] == 2
    assert record["same"]["pairs"] == [["b.gpkg:1", "a.gpkg:1"], ["b.gpkg:2", "a.gpkg:2"]]
    assert record["same"]["rule"]["within"] == "150 m"
    assert [part["file"] for part in record["parts"]] == ["a.gpkg", "b.gpkg"]
    assert set(record["sha256"]) == {"a.gpkg: a.gpkg", "b.gpkg: b.gpkg"}
    assert record["file"] == "a.gpkg, b.gpkg"
    assert layer.quality.read == 5
    assert layer.quality.notes == (
        "a.gpkg: 1 value of MAX_VOLT means 'no value' and is null.",
        "MAX_VOLT of 'b.gpkg' was converted from V to kV.",
        "2 features are left out, the same as one of an earlier source within 150 m.",
    )


@given(reach_m=st.floats(0, 12_000), at=st.floats(-2_000, 12_000))
@settings(max_examples=30)
def test_the_reach_changes_no_answer(tmp_path_factory: pytest.TempPathFactory, reach_m: float, at: float) -> None:
    """Within the reach of the land the layer is that of the whole."""
    folder = tmp_path_factory.getbasetemp() / "registers"
    if not folder.exists():
        folder.mkdir()
        registers(folder)
    place, area = finder(folder), box(X + at, Y - 10, X + at + 10, Y + 10)
    whole, near = opened(place, **UNION), opened(place, area, reach_m, **UNION)
    inside = shapely.intersects(
        whole.shapes.geometries, box(*(np.array(area.bounds) + reach_m * np.array([-1, -1, 1, 1])))
    )
    assert near.ids.tolist() == whole.ids[inside].tolist()
    assert near.table["MAX_VOLT"].tolist() == whole.table["MAX_VOLT"][inside].tolist()
    assert near.provenance["same"]["left_out"] <= 2


def test_long_features_are_compared_where_they_meet(tmp_path: Path) -> None:
    """Two lines are one by their far ends, 20 km from the land that reads 1 km around itself."""
    write(tmp_path / "a.gpkg", [LineString([(X + 20_000, Y + 50), (X + 30_000, Y + 5000)])])
    write(tmp_path / "b.gpkg", [LineString([(X, Y), (X + 20_000, Y)])])
    entry = {"union": {"of": ["a.gpkg", "b.gpkg"], "same": {"within": "100 m"}}}
    assert opened(finder(tmp_path), **entry).ids.tolist() == ["a.gpkg:1"]
    assert len(opened(finder(tmp_path), box(X, Y, X + 10, Y + 10), 1000.0, **entry)) == 0


def test_a_buffer_reads_its_width_further(tmp_path: Path) -> None:
    """A canal 1,020 m from the land is beyond its reach of 1 km; its 30 m of bank are not."""
    write(tmp_path / "canal.gpkg", [LineString([(X + 1030, Y - 500), (X + 1030, Y + 500)])], {"NAME": ["CAP"]})
    land = box(X, Y, X + 10, Y + 10)
    layer = opened(finder(tmp_path), land, 1000.0, buffer={"of": "canal.gpkg", "by": "30 m"})
    assert layer.shapes.kind == "polygon"
    assert layer.shapes.geometries[0].distance(land) == pytest.approx(990.0)
    assert layer.table["NAME"].tolist() == ["CAP"]
    assert layer.provenance["by"] == "30 m"
    assert len(opened(finder(tmp_path), land, 1000.0, source="canal.gpkg")) == 0


def test_recipes_nest(tmp_path: Path) -> None:
    """The bank of the lines of 230 kV and more, without the land of the reserve, as one shape."""
    lines = [LineString([(X, Y), (X + 1000, Y)]), LineString([(X, Y + 500), (X + 1000, Y + 500)])]
    write(tmp_path / "lines.gpkg", lines, {"VOLTAGE": [345, 69]})
    write(tmp_path / "reserve.gpkg", [box(X - 100, Y - 100, X + 500, Y + 100)])
    layer = opened(
        finder(tmp_path),
        dissolve={"of": {"difference": {
            "of": {"buffer": {"of": {"source": "lines.gpkg", "where": "VOLTAGE >= 230"}, "by": "50 m"}},
            "minus": "reserve.gpkg"}}},
    )  # fmt: skip
    assert layer.ids.tolist() == ["all"]
    assert layer.shapes.area_m2[0] == pytest.approx(500 * 100 + math.pi * 50**2 / 2, rel=1e-3)
    assert layer.provenance["source"] == "dissolve of difference of buffer of lines.gpkg, reserve.gpkg"
    files = [name.rpartition(": ")[2] for name in layer.provenance["sha256"]]
    assert files == ["lines.gpkg", "reserve.gpkg"]


def test_the_order_of_a_file_does_not_matter(tmp_path: Path) -> None:
    shapes = [box(X + i, Y, X + i + 0.5, Y + 1) for i in (3, 1, 2)]
    write(tmp_path / "a.gpkg", shapes, {"Z": ["c", "a", "b"]})
    write(tmp_path / "b.gpkg", shapes[::-1], {"Z": ["b", "a", "c"]})
    one, two = (opened(finder(tmp_path), dissolve={"of": name, "by": "Z"}) for name in ("a.gpkg", "b.gpkg"))
    assert one.ids.tolist() == two.ids.tolist() == ["a", "b", "c"]
    assert [shape.wkb for shape in one.shapes.geometries] == [shape.wkb for shape in two.shapes.geometries]


def test_the_coverage_of_a_union_is_the_union_of_coverages(tmp_path: Path) -> None:
    registers(tmp_path)
    write(tmp_path / "west.gpkg", [box(X - 1000, Y - 1000, X + 2000, Y + 1000)])
    write(tmp_path / "east.gpkg", [box(X + 1000, Y - 1000, X + 9000, Y + 1000)])
    place = finder(tmp_path)
    known = {
        "union": {"of": [{"source": "a.gpkg", "coverage": "west.gpkg"}, {"source": "a.gpkg", "coverage": "east.gpkg"}]}
    }
    layer = opened(place, **known)
    assert shapely.equals(layer.coverage, box(X - 1000, Y - 1000, X + 9000, Y + 1000))
    assert [part["coverage"]["file"] for part in layer.provenance["parts"]] == ["west.gpkg", "east.gpkg"]
    assert opened(place, union=["a.gpkg", {"source": "a.gpkg", "coverage": "west.gpkg"}]).coverage is None
    said = opened(place, **known, coverage="west.gpkg")
    assert shapely.equals(said.coverage, box(X - 1000, Y - 1000, X + 2000, Y + 1000))
    assert said.provenance["coverage"]["file"] == "west.gpkg"


def test_two_parts_of_one_file_have_numbers(tmp_path: Path) -> None:
    registers(tmp_path)
    layer = opened(finder(tmp_path), union=["a.gpkg", "a.gpkg"])
    assert layer.ids.tolist() == ["a.gpkg #1:1", "a.gpkg #2:1", "a.gpkg #1:2", "a.gpkg #2:2"]


def test_a_union_of_unions(tmp_path: Path) -> None:
    registers(tmp_path)
    layer = opened(finder(tmp_path), union=[{"union": ["a.gpkg", "a.gpkg"]}, "a.gpkg"])
    assert sorted(set(layer.table["part"])) == ["a.gpkg", "union of a.gpkg, a.gpkg"]


def described(folder: Path, **files: str) -> Finder:
    """A catalogue of the user's own, with files beside the descriptions."""
    own = folder / "own"
    own.mkdir()
    for layer_id, text in files.items():
        (own / f"{layer_id}.yaml").write_text(text)
    return Finder(catalogue=catalogue(own), base=folder)


def layer_yaml(layer_id: str, more: str, kind: str = "point", redistribute: str = "yes", licence: str = "CC0") -> str:
    return DESCRIBED.format(id=layer_id, kind=kind, redistribute=redistribute, licence=licence) + more


def test_a_recipe_of_the_catalogue(tmp_path: Path) -> None:
    """The catalogue makes a layer of two; the study chooses from it; the licence is the strictest of all."""
    registers(tmp_path)
    place = described(
        tmp_path,
        ours=layer_yaml("ours", "service: {type: file, url: ../a.gpkg}\nkey: NAME\n"),
        theirs=layer_yaml("theirs", "service: {type: file, url: ../b.gpkg}\n", redistribute="no", licence="secret"),
        stations=layer_yaml(
            "stations",
            "recipe:\n  union:\n    of: [ours, {source: theirs, rename: {title: NAME}}]\n"
            "    same: {within: 150 m, name: NAME}\n"
            "fields: [{name: MAX_VOLT, type: number, unit: kV, 'null': [-999999]}]\n",
        ),
    )
    layer = opened(place, source="stations", where="NAME == 'Rudd' or MAX_VOLT > 0", unknown="exclude")
    assert layer.ids.tolist() == ["ours:Avery", "ours:Rudd"]
    assert layer.table["MAX_VOLT"].isna().tolist() == [False, True], "the sentinel of the recipe's description"
    record = layer.provenance
    assert (record["source"], record["title"], record["redistribute"]) == ("stations", "stations", "no")
    assert [part["licence"] for part in record["parts"]] == ["CC0", "secret"]
    with pytest.raises(CatalogueError) as error:
        place.find("stations")
    assert str(error.value) == (
        "The layer 'stations' (stations) is made from others (union of ours, theirs) and has no file of its own. "
        "Use it under layers: of a study, or name a layer that has a file."
    )


def test_a_recipe_that_leads_to_itself(tmp_path: Path) -> None:
    place = described(
        tmp_path,
        a=layer_yaml("a", "recipe: {buffer: {of: b, by: 1 m}}\n", kind="polygon"),
        b=layer_yaml("b", "recipe: {dissolve: a}\n", kind="polygon"),
    )
    with pytest.raises(StudyError) as error:
        opened(place, source="a")
    assert str(error.value) == (
        "The recipe of the layer 'a' leads to itself: a -> b -> a. Make one of them from a source."
    )


def dem(folder: Path) -> Path:
    write_raster(folder / "dem.tif", np.tile(np.arange(6) * 3.0, (5, 1)), (30.0, 0.0, X, 0.0, -30.0, Y), "EPSG:26912")
    return folder


def test_slope_is_a_raster_that_is_made(tmp_path: Path) -> None:
    place = finder(dem(tmp_path))
    use = LayerUse.model_validate({"slope": {"of": {"source": "dem.tif", "unit": "m"}}})
    assert is_raster(use, place)
    layer = open_layer("steep", use, finder=place, crs=UTM)
    assert isinstance(layer, RasterLayer)
    assert (layer.name, layer.unit) == ("steep", "% slope")
    assert layer.window((X + 30, Y - 60, X + 60, Y - 30)).values.tolist() == [[[pytest.approx(10.0)]]]
    record = layer.provenance
    assert (record["source"], record["made_by"], record["method"]) == ("slope of dem.tif", "slope", "Horn 1981")
    assert set(record["sha256"]) == {"dem.tif"}


def test_rasters_and_features_are_told_apart(tmp_path: Path) -> None:
    registers(dem(tmp_path))
    place = finder(tmp_path)
    assert is_raster(LayerUse(source="dem.tif"), place)
    assert not is_raster(LayerUse(source="a.gpkg"), place)
    assert not is_raster(LayerUse.model_validate({"union": ["a.gpkg", "b.gpkg"]}), place)
    assert isinstance(open_layer("d", LayerUse(source="dem.tif"), finder=place, crs=UTM), RasterLayer)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            {"buffer": {"of": "dem.tif", "by": "5 m"}},
            "The layer 'dem.tif' is made of 'dem.tif', which is a raster; features are asked of it. "
            "Name a vector layer.",
        ),
        (
            {"slope": "a.gpkg"},
            "The layer 'made' is the slope of 'a.gpkg', which is no raster. Name a raster.",
        ),
        (
            {"slope": {"of": {"source": "dem.tif", "unit": "m"}}, "where": "value > 3"},
            "The layer 'made' (slope of dem.tif) is a raster that is made, in % slope, for which where: means nothing "
            "here. Leave it out, or write it at what the raster is made from.",
        ),
        (
            {"union": ["a.gpkg", "b.gpkg"], "coverage": "hull"},
            "The layer 'made' is made from others, of which only what lies near the land is read; its coverage: hull "
            "cannot be told. Name a layer of polygons, or write coverage: at the parts.",
        ),
        (
            {"union": ["a.gpkg", "b.gpkg"], "where": "VOLT > 3"},
            "The layer 'made' (union of a.gpkg, b.gpkg) has no field 'VOLT', which where: names. Did you mean "
            "'MAX_VOLT'? Its fields are 'part', 'NAME', 'MAX_VOLT', 'STATUS', 'title', 'voltage'.",
        ),
    ],
)
def test_what_cannot_be_made(tmp_path: Path, entry: dict[str, Any], message: str) -> None:
    place = finder(registers(dem(tmp_path)))
    with pytest.raises(StudyError) as error:
        open_layer("made", LayerUse.model_validate(entry), finder=place, crs=UTM)
    assert str(error.value).replace("Did you mean 'voltage'?", "Did you mean 'MAX_VOLT'?") == message


def test_how_much_further_parts_are_read() -> None:
    assert wider_m(LayerUse.model_validate(UNION)) == (450.0, 450.0)
    assert wider_m(LayerUse.model_validate({"union": ["a", "b", "c"]})) == (0.0, 0.0, 0.0)
    assert wider_m(LayerUse.model_validate({"difference": {"of": "a", "minus": "b"}})) == (0.0, 0.0)
    assert wider_m(LayerUse(source="a")) == ()


@pytest.mark.data
def test_real_registers_of_arizona(data_folder: Path) -> None:
    """The real substations twice, the second time moved by 100 m: every one is left out, none of the first."""
    place = Finder(catalogue=catalogue(), base=data_folder, data=find_data_folder(data_folder))
    assert isinstance(place.data, DataFolder)
    once = opened(place, source="hifld_substations")
    union = {"of": ["hifld_substations", "arizona/grid_substations_hifld.gpkg"], "same": {"within": "1 m"}}
    both = opened(place, union=union)
    assert len(both) == len(once)
    assert set(both.table["part"]) == {"hifld_substations"}
    assert both.provenance["redistribute"] == "attribution"


def test_an_empty_catalogue_still_opens_files(tmp_path: Path) -> None:
    place = Finder(catalogue=Catalogue({}), base=registers(tmp_path))
    assert len(opened(place, source="a.gpkg")) == 2
