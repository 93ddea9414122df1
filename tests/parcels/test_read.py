"""The door: rows in = parcels + dropped + merged, and every row that is not a parcel is listed with a reason."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import GeometryCollection, LineString, Point, Polygon, box

from siting.catalogue import catalogue
from siting.catalogue import data_folder as find_data_folder
from siting.crs import study_crs
from siting.errors import CrsError, DataError, StudyError
from siting.parcels import ParcelsRead, ParcelsUse, read_parcels
from tests.layer.drawing import UTM, X, Y, finder, write


def read(folder: Path, **entry: Any) -> ParcelsRead:
    given_entry = entry if {"grid", "points"} & set(entry) else {"source": "lots.parquet", "id": "APN"} | entry
    found = read_parcels(ParcelsUse.model_validate(given_entry), finder=finder(folder), crs=UTM)
    quality = found.quality
    assert quality.read == quality.parcels + quality.dropped + quality.merged
    assert len(found.parcels) == quality.parcels
    assert len(set(found.parcels.ids)) == len(found.parcels), "ids are unique"
    gone = quality.table[quality.table["what"].isin(["dropped", "merged"])]
    assert len(gone) == quality.dropped + quality.merged
    return found


def square(i: int, size: float = 100.0) -> Polygon:
    return box(X + 1000 * i, Y, X + 1000 * i + size, Y + size)


def lots(folder: Path, geometry: list[Any], ids: list[Any], **columns: list[Any]) -> Path:
    return write(folder / "lots.parquet", geometry, {"APN": ids, **columns})


def said(found: ParcelsRead) -> list[tuple[str, str, str]]:
    table = found.quality.table
    return list(zip(table["id"], table["what"], table["detail"], strict=True))


def test_clean_parcels_stay_as_they_are(tmp_path: Path) -> None:
    path = lots(tmp_path, [square(1), square(0), square(2)], ["0014", "0003", "14"], PUC=["0014", "", None])
    found = read(tmp_path)
    assert found.parcels.ids.tolist() == ["0003", "0014", "14"], "by id, whatever the order of the file"
    assert found.parcels.table["PUC"].tolist()[:2] == ["", "0014"]
    assert found.parcels.crs == "EPSG:26912"
    np.testing.assert_allclose(found.parcels.shapes.area_m2, 10_000.0)
    assert found.quality.table.empty
    assert set(found.quality.provenance["sha256"]) == {path.name}
    assert found.quality.provenance["operation"] == "none"


def test_every_oddity_is_listed(tmp_path: Path) -> None:
    bow = Polygon([(X, Y + 500), (X + 20, Y + 520), (X + 20, Y + 500), (X, Y + 520)])
    mixed = GeometryCollection([square(3), LineString([(X, Y), (X + 1, Y)])])
    lots(
        tmp_path,
        [square(0), square(0), square(1), square(1), square(2), square(2, 50), bow, mixed, None, Point(X, Y),
         box(X, Y + 900, X + 900, Y + 900.05), Polygon(), square(4)],
        ["A", "A", "C2", "C1", "D", "D", "E", "F", "G", "H", "I", "J", None],
    )  # fmt: skip
    found = read(tmp_path)
    assert found.parcels.ids.tolist() == ["A", "C1", "D", "D/2", "E", "F", "row 12"]
    assert said(found) == [
        ("A", "merged", "the same id and outline as row 0"),
        ("C2", "merged", "stacked on the outline of 'C1'"),
        ("D/2", "renamed", "'D' has several outlines"),
        ("E", "repaired", f"invalid: Self-intersection[{X + 10:.0f} {Y + 510:.0f}]"),
        ("F", "repaired", "parts that are no polygon were left out"),
        ("G", "dropped", "it has no polygon"),
        ("H", "dropped", "it has no polygon"),
        ("I", "dropped", "a sliver of 45.000 m2"),
        ("J", "dropped", "it has no polygon"),
        ("row 12", "renamed", "the record has no APN"),
    ]
    quality = found.quality
    assert (quality.read, quality.parcels, quality.dropped, quality.merged) == (13, 7, 4, 2)
    assert (quality.repaired, quality.renamed, quality.flagged) == (2, 2, 0)
    assert quality.members == {"C1": ("C1", "C2")}
    assert shapely.is_valid(found.parcels.shapes.geometries).all()


@settings(max_examples=25)
@given(
    rings=st.lists(
        st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=4, max_size=7), min_size=1, max_size=4
    )
)
def test_no_crossed_outline_gets_through_unrepaired(
    tmp_path_factory: pytest.TempPathFactory, rings: list[list[tuple[int, int]]]
) -> None:
    """Every parcel is valid; it has the area that GEOS gives its repaired outline; repaired ones are listed."""
    drawn = [Polygon([(X + 1000 * i + 50 * x, Y + 50 * y) for x, y in ring]) for i, ring in enumerate(rings)]
    lots(folder := tmp_path_factory.mktemp("lots"), drawn, [str(i) for i in range(len(drawn))])
    mended = shapely.make_valid(np.array(drawn), method="structure", keep_collapsed=False)
    expected = {str(i): area for i, area in enumerate(shapely.area(mended)) if area > 0}
    if not expected:
        return
    found = read(folder)
    shapes = found.parcels.shapes
    assert shapely.is_valid(shapes.geometries).all()
    np.testing.assert_allclose(shapes.area_m2, [expected[item] for item in found.parcels.ids], rtol=1e-9)
    listed = {item for item, what, _ in said(found) if what == "repaired"}
    assert listed == {item for item in expected if not shapely.is_valid(drawn[int(item)])}


def test_condominiums_are_one_group_counted_once(tmp_path: Path) -> None:
    lots(
        tmp_path,
        [square(0)] * 4 + [square(1)],
        ["103", "101", "102", "101", "200"],
        SQFT=[900.0, 900.0, 900.0, 900.0, 107639.1],
    )
    found = read(tmp_path, area={"field": "SQFT", "unit": "sqft"})
    assert found.parcels.ids.tolist() == ["101", "200"]
    assert found.quality.members == {"101": ("101", "102", "103")}
    assert found.quality.merged == 3
    assert found.quality.flagged == 0, "the area of a flat is not the area of the lot"


def test_a_declared_area_that_is_far_off_is_flagged(tmp_path: Path) -> None:
    lots(tmp_path, [square(i) for i in range(4)], ["A", "B", "C", "D"], ACRES=[" 2.4711", "2.9", "0", None])
    found = read(tmp_path, area={"field": "ACRES", "unit": "acre"})
    assert said(found) == [("B", "flagged", "declared 2.9 acre, computed 2.471 acre (+17%)")]
    assert found.quality.flagged == 1


@settings(max_examples=25)
@given(st.permutations(range(9)))
def test_the_order_of_the_file_does_not_matter(tmp_path_factory: pytest.TempPathFactory, order: list[int]) -> None:
    folder = tmp_path_factory.mktemp("order")
    geometry = [square(0), square(0), square(1), square(1, 60), square(2), square(2), square(2), square(3), square(4)]
    ids = ["A", "B", "C", "C", "E", "F", "E", "G", "H"]
    lots(folder, [geometry[i] for i in order], [ids[i] for i in order])
    found = read(folder)
    assert found.parcels.ids.tolist() == ["A", "C", "C/2", "E", "G", "H"]
    np.testing.assert_allclose(found.parcels.shapes.area_m2, [1e4, 1e4, 3600, 1e4, 1e4, 1e4])
    assert found.quality.members == {"A": ("A", "B"), "E": ("E", "F")}


def test_records_that_the_study_does_not_ask_for_are_not_counted(tmp_path: Path) -> None:
    lots(tmp_path, [square(i) for i in range(3)], ["A", "B", "C"], USE=["vacant", None, "built"])
    found = read(tmp_path, where="USE == 'vacant'")
    assert found.parcels.ids.tolist() == ["A", "B"]
    assert found.quality.notes == (
        "2 of 3 records are asked for by \"USE == 'vacant'\".",
        "1 of them does not say whether it holds; it stays.",
    )


def test_a_list_of_candidates(tmp_path: Path) -> None:
    lots(tmp_path, [square(i) for i in range(3)], ["001", "002", "003"])
    assert read(tmp_path, candidates=["003", "001"]).parcels.ids.tolist() == ["001", "003"]
    (tmp_path / "wish.csv").write_text("APN,why\n002,large\n002,again\n", encoding="utf-8")
    found = read(tmp_path, candidates="wish.csv")
    assert found.parcels.ids.tolist() == ["002"]
    assert found.quality.notes == ("1 of 3 records is a candidate.",)


def test_a_candidate_that_is_not_there_is_refused(tmp_path: Path) -> None:
    lots(tmp_path, [square(i) for i in range(3)], ["10-001", "10-002", "10-003"])
    with pytest.raises(StudyError) as error:
        read(tmp_path, candidates=["10-003", "10001"])
    assert str(error.value) == (
        "1 of the 2 candidates are not among the parcels: '10001'. Did you mean '10-001'? "
        "Ids are text and compare as they are written."
    )


@pytest.mark.parametrize(
    ("entry", "word", "field", "meant"),
    [
        ({"id": "PARCEL"}, "id", "PARCEL", ""),
        ({"owner": "OWNR"}, "owner", "OWNR", " Did you mean 'OWNER'?"),
        ({"publish": ["APM"]}, "publish", "APM", " Did you mean 'APN'?"),
        ({"area": {"field": "ACRE", "unit": "acre"}}, "area", "ACRE", ""),
        ({"where": "OWNERS == 'x'"}, "where", "OWNERS", " Did you mean 'OWNER'?"),
        ({"null": {"X": -1}}, "null", "X", ""),
    ],
)
def test_an_unknown_field_is_refused(tmp_path: Path, entry: dict[str, Any], word: str, field: str, meant: str) -> None:
    lots(tmp_path, [square(0)], ["A"], OWNER=["x"])
    with pytest.raises(StudyError) as error:
        read(tmp_path, **entry)
    assert str(error.value) == (
        f"The parcel file 'lots.parquet' has no field '{field}', which {word}: names.{meant} "
        "Its fields are 'APN', 'OWNER'."
    )


def test_no_parcel_at_all_is_refused(tmp_path: Path) -> None:
    lots(tmp_path, [Point(X, Y), None], ["A", "B"])
    with pytest.raises(DataError) as error:
        read(tmp_path)
    assert str(error.value) == (
        "None of the 2 records of the parcels is a parcel: all were dropped or none was chosen. "
        "Check where:, candidates: and crs: under parcels:."
    )


def test_parcels_without_an_id_have_their_row(tmp_path: Path) -> None:
    lots(tmp_path, [square(0), square(1)], ["A", "B"])
    found = read(tmp_path, id=None)
    assert found.parcels.ids.tolist() == ["0", "1"]
    assert found.quality.notes == (
        "The parcels have no id field: the number of the row in the file stands in, which may change.",
    )


def test_a_missing_crs_is_declared_and_recorded(tmp_path: Path) -> None:
    write(tmp_path / "lots.shp", [square(0)], {"APN": ["A"]})
    (tmp_path / "lots.prj").unlink()
    with pytest.raises(CrsError) as error:
        read(tmp_path, source="lots.shp")
    assert str(error.value) == (
        "The parcel file 'lots.shp' does not say which CRS its coordinates are in. "
        "Write crs: with its code under parcels:."
    )
    found = read(tmp_path, source="lots.shp", crs="EPSG:26912")
    assert found.quality.provenance["crs_of_file"] is None
    assert found.parcels.shapes.total_bounds == (X, Y, X + 100, Y + 100)


def test_parcels_in_feet_keep_their_area(tmp_path: Path) -> None:
    frame = geopandas.GeoDataFrame({"APN": ["A"]}, geometry=[box(0, 0, 1000, 1000)], crs="EPSG:2223")
    frame.geometry = frame.translate(650_000, 900_000)
    frame.to_parquet(tmp_path / "lots.parquet")
    found = read(tmp_path)
    assert found.parcels.shapes.area_m2[0] == pytest.approx((1000 * 0.3048) ** 2, rel=1e-3)


def test_cells_of_a_grid(tmp_path: Path) -> None:
    write(tmp_path / "county.gpkg", [box(X, Y, X + 1000, Y + 500), box(X + 1000, Y, X + 1500, Y + 500)])
    found = read(tmp_path, grid={"size": "250 m", "area": "county.gpkg"})
    assert len(found.parcels) == 12
    assert found.parcels.shapes.area_m2.sum() == 750_000.0
    assert found.parcels.table.columns.tolist() == ["column", "row"]
    assert found.quality.provenance["area"]["file"] == "county.gpkg"
    in_bounds = read(tmp_path, grid={"size": "250 m", "area": [X, Y, X + 500, Y + 250]})
    assert in_bounds.parcels.ids.tolist() == ["x1600y14800", "x1601y14800"]


def test_squares_and_circles_around_points(tmp_path: Path) -> None:
    write(tmp_path / "plants.gpkg", [Point(X, Y), Point(X + 5000, Y)], {"NAME": ["b", "a"]})
    found = read(tmp_path, points={"source": "plants.gpkg", "size": "600 m"}, id="NAME")
    assert found.parcels.ids.tolist() == ["a", "b"]
    assert found.parcels.shapes.area_m2.tolist() == [360_000.0, 360_000.0]
    assert found.parcels.table["NAME"].tolist() == ["a", "b"]
    circles = read(tmp_path, points={"source": "plants.gpkg", "buffer": "100 m"})
    np.testing.assert_allclose(circles.parcels.shapes.area_m2, np.pi * 1e4)


def test_points_that_are_none_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "plants.gpkg", [square(0)])
    with pytest.raises(DataError) as error:
        read(tmp_path, points={"source": "plants.gpkg", "size": "600 m"})
    assert str(error.value) == (
        "The points of the parcels (file 'plants.gpkg') are not all points. "
        "Name a layer of points under parcels: points:."
    )


@pytest.mark.data
@pytest.mark.parametrize(
    ("source", "key", "crs", "counts"),
    [
        ("parcels_maricopa_rural", "APN", "EPSG:26912", (412, 412, 0, 0)),
        ("parcels_phoenix", "APN", "EPSG:26912", (20_794, 20_132, 98, 564)),
        ("parcels_pima", "PARCEL", "EPSG:26912", (49_742, 49_613, 0, 129)),
        ("ri_parcels", None, "EPSG:32130", (3_514, 3_506, 1, 7)),
    ],
)
def test_real_parcels_add_up(
    data_folder: Path, source: str, key: str | None, crs: str, counts: tuple[int, int, int, int]
) -> None:
    place = finder(data_folder, catalogue(), find_data_folder(data_folder))
    found = read_parcels(ParcelsUse(source=source, id=key), finder=place, crs=study_crs(crs))
    quality = found.quality
    assert (quality.read, quality.parcels, quality.dropped, quality.merged) == counts
    assert quality.read == quality.provenance["in_file"]
    assert len(set(found.parcels.ids)) == len(found.parcels)
    assert shapely.is_valid(found.parcels.shapes.geometries).all()
    stacked = quality.table["what"].eq("merged").sum()
    assert stacked == counts[3]


@pytest.mark.data
def test_the_traps_as_they_were_found(data_folder: Path) -> None:
    place = finder(data_folder)
    odd = ParcelsUse(source="traps/trap_pima_parcels_odd_geometries.gpkg", id="PARCEL")
    found = read_parcels(odd, finder=place, crs=UTM).quality
    assert (found.read, found.parcels, found.dropped, found.merged) == (199, 168, 17, 14)
    twice = ParcelsUse(source="traps/trap_phx_station_parcels_customcrs.gpkg", id="APN")
    read_twice = read_parcels(twice, finder=place, crs=UTM)
    assert read_twice.quality.read == 1530
    assert read_twice.quality.renamed > 0
    assert len(set(read_twice.parcels.ids)) == len(read_twice.parcels)
    with pytest.raises(CrsError) as error:
        read_parcels(ParcelsUse(source="rhode-island/parcels.gpkg"), finder=place, crs=study_crs("EPSG:32130"))
    assert str(error.value) == (
        "The parcel file 'rhode-island/parcels.gpkg' has a CRS without a known name or datum: "
        "'Undefined geographic SRS'. Write crs: with the code of the right one, such as EPSG:4326, under parcels:."
    )


def test_a_field_that_is_no_id_is_refused(tmp_path: Path) -> None:
    lots(tmp_path, [square(i) for i in range(30)], ["037"] * 30, LOT=[f"L{i}" for i in range(30)])
    with pytest.raises(StudyError) as e:
        read(tmp_path)
    assert str(e.value) == (
        "parcels: 'APN' is the same for many parcels (29 of 30 would be renamed); it is not an id. Did you mean 'LOT'?"
    )


def test_a_parcel_with_a_vertex_that_is_no_finite_number_is_dropped(tmp_path: Path) -> None:
    lots(tmp_path, [square(0), Polygon([(X, Y), (math.inf, Y), (X + 100, Y + 100)])], ["a", "b"])
    found = read(tmp_path)
    assert said(found) == [("b", "dropped", "it has no polygon")]
    assert found.quality.notes == ("1 geometry has coordinates that are no finite numbers and counts as none: row 1.",)


def test_a_declared_area_without_a_number_is_refused(tmp_path: Path) -> None:
    lots(tmp_path, [square(0), square(1)], ["a", "b"], SIZE=["n/a", "big"])
    with pytest.raises(StudyError) as error:
        read(tmp_path, area={"field": "SIZE", "unit": "acre"})
    assert str(error.value) == (
        "The declared area of the parcels, 'SIZE', holds no number, but values such as 'n/a'. "
        "Name the field with the area, or leave out area: under parcels:."
    )


def test_an_infinite_declared_area_says_nothing(tmp_path: Path) -> None:
    lots(tmp_path, [square(0), square(1)], ["a", "b"], SIZE=[math.inf, 10_000.0])
    assert said(read(tmp_path, area={"field": "SIZE", "unit": "m2"})) == []


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"id\n\xff\n", " are not UTF-8: byte 4 cannot be read. Save them as UTF-8."),
        (b"", " name no parcel. Write a line with the column's name, then an id a line."),
        (b"id\n", " name no parcel. Write a line with the column's name, then an id a line."),
        (b'id\n"x\n', " are no CSV: unexpected end of data. Close every quote."),
    ],
)
def test_a_damaged_list_of_candidates_is_refused(tmp_path: Path, content: bytes, problem: str) -> None:
    lots(tmp_path, [square(0)], ["a"])
    (tmp_path / "wanted.csv").write_bytes(content)
    with pytest.raises(DataError) as error:
        read(tmp_path, candidates="wanted.csv")
    assert str(error.value) == f"The candidates 'wanted.csv'{problem}"


def test_ids_that_are_infinite_or_bytes(tmp_path: Path) -> None:
    """An infinite id is none; bytes are text where they are UTF-8, else their hexadecimal digits."""
    lots(tmp_path, [square(0), square(1), square(2)], [math.nan, math.inf, 5.0])
    assert read(tmp_path).parcels.ids.tolist() == ["5", "row 0", "row 1"]
    lots(tmp_path, [square(0), square(1)], [b"a\xff", b"b"])
    found = read(tmp_path)
    assert found.parcels.ids.tolist() == ["61ff", "b"]
    assert found.quality.notes == ("1 value of APN is no text and is written in hexadecimal digits.",)


def test_a_grid_over_points_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "points.gpkg", [Point(X, Y)])
    with pytest.raises(DataError) as error:
        read(tmp_path, grid={"size": "50 m", "area": "points.gpkg"})
    assert str(error.value) == (
        "The area of the grid, 'points.gpkg', holds no polygon. Name a layer of polygons, or write west, south, east, "
        "north in metres, under parcels: grid: area:."
    )
