"""The streaming door: whatever the file holds, it gives what reading it at once gives, in pieces of any size."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import GeometryCollection, LineString, MultiPolygon, Point, Polygon, box

from siting.errors import DataError, RunError, SitingError, StudyError
from siting.parcels import ParcelsUse, StoredBlocks, read_parcels, stream_parcels
from tests.layer.drawing import UTM, X, Y, finder, write
from tests.parcels.agreement import agree


def square(i: int, size: float = 100.0) -> Polygon:
    return box(X + 1000 * i, Y, X + 1000 * i + size, Y + size)


BOW = Polygon([(X, Y + 500), (X + 20, Y + 520), (X + 20, Y + 500), (X, Y + 520)])
HOLED = Polygon(box(X, Y + 2000, X + 90, Y + 2090).exterior, [box(X + 10, Y + 2010, X + 20, Y + 2020).exterior])
CLOCKWISE = Polygon([(X, Y + 3000), (X, Y + 3100), (X + 70, Y + 3100), (X + 90, Y + 3000)])
DENTED = Polygon([(X, Y + 4000), (X + 90, Y + 4000), (X + 50, Y + 4020), (X + 90, Y + 4090), (X, Y + 4090)])

#: every oddity that the cleaning knows, stacks and duplicates far apart
ODD: list[tuple[Any, Any]] = [
    (square(0), "A"), (square(1), "C2"), (square(2), "D"), (BOW, "E"),
    (GeometryCollection([square(3), LineString([(X, Y), (X + 1, Y)])]), "F"), (None, "G"), (Point(X, Y), "H"),
    (box(X, Y + 900, X + 900, Y + 900.05), "I"), (Polygon(), "J"), (square(4), None), (square(0), "A"),
    (square(1), "C1"), (square(2, 50), "D"), (square(5), "D/2"), (HOLED, "K"), (CLOCKWISE, "L"), (DENTED, "M"),
    (MultiPolygon([square(6)]), " N "), (MultiPolygon([square(7), square(8)]), "O"), (square(9), ""),
    (Polygon([(X, Y), (np.inf, Y), (X + 9, Y + 9)]), "P"), (square(1), "C3"), (square(1), "C1"),
    (Polygon([(X, Y + 5000, 3.0), (X + 90, Y + 5000, 3.0), (X + 50, Y + 5080, 4.0)]), "Z"),
    (Polygon([(X + 9, Y + 6000), (X, Y + 6000), (X + 9, Y + 6000), (X + 4, Y + 6000)]), "Q"),
]  # fmt: skip


def columns(count: int) -> dict[str, Any]:
    """Fields of every type; nulls, infinities, bytes and dates in few records, so that many chunks have none."""
    at = np.arange(count)
    return {
        "WHOLE": at, "GAPS": pd.array([None if i == 11 else i for i in at], dtype="Int64"),
        "FLOAT": np.where(at == 12, np.inf, at / 7), "FLAG": at % 3 == 0,
        "MAYBE": np.array([None if i == 13 else bool(i % 2) for i in at], dtype=object),
        "TEXT": [None if i % 5 == 4 else f"w{i % 4}" for i in at], "SIZE": [f" {10_000 + 700 * i:,}" for i in at],
        "RAW": [b"\xff" if i == 2 else b"plain" for i in at], "ZONE": pd.Categorical([f"Z{i % 3}" for i in at]),
        "DAY": pd.date_range("2024-01-01", periods=count, tz="UTC"), "CODE": np.where(at == 14, -9999, at),
    }  # fmt: skip


def odd_lots(folder: Path, name: str = "lots.parquet", **options: Any) -> Path:
    data = columns(len(ODD))
    if not name.endswith(".parquet"):
        data = {key: values for key, values in data.items() if key not in ("RAW", "ZONE", "GAPS")}
    if name.endswith(".fgb"):
        options |= {"SPATIAL_INDEX": "NO"}
    geometry = [shape for shape, _ in ODD]
    if name.endswith(".fgb"):  # which holds no mixture of dimensions
        geometry = [None if shape is None else shapely.force_2d(shape) for shape in geometry]
    with np.errstate(invalid="ignore"):
        return write(folder / name, geometry, {"APN": [name for _, name in ODD], **data}, **options)


def use(**entry: Any) -> ParcelsUse:
    return ParcelsUse.model_validate(
        entry if {"grid", "points"} & set(entry) else {"source": "lots.parquet", "id": "APN"} | entry
    )


ENTRIES: list[dict[str, Any]] = [
    {},
    {"id": None},
    {"area": {"field": "SIZE", "unit": "sqft"}, "null": {"CODE": -9999}},
    {"where": "TEXT == 'w1' or WHOLE > 18"},
    {"where": "SIZE > 12000 and MAYBE == true"},
    {"where": "GAPS >= 3 and not CODE is null and DAY > '2024-01-04'", "null": {"CODE": [-9999], "TEXT": "w2"}},
    {"candidates": ["C1", "A", "M", "D"]},
    {"where": "FLOAT < 9", "candidates": ["C1", "A", "M", "D"], "null": {"SIZE": "10,000"}},
]


@pytest.mark.parametrize("entry", ENTRIES, ids=str)
@pytest.mark.parametrize("chunk", [1, 4, 7, 100])
def test_every_oddity_comes_out_the_same_in_chunks_of_any_size(
    tmp_path: Path, entry: dict[str, Any], chunk: int
) -> None:
    odd_lots(tmp_path)
    agree(
        use(**entry),
        finder(tmp_path),
        UTM,
        tmp_path / "run",
        chunk=chunk,
        block=5,
        memory=1 << (10 if chunk == 4 else 30),
    )


@pytest.mark.parametrize("name", ["lots.gpkg", "lots.fgb", "lots.geojson"])
@pytest.mark.parametrize("chunk", [7, 100])
def test_files_of_gdal_come_out_the_same(tmp_path: Path, name: str, chunk: int) -> None:
    if name == "lots.geojson":
        lots = [(shape, apn) for shape, apn in ODD if apn not in ("P", "F")]
        write(tmp_path / name, [shape for shape, _ in lots], {"APN": [apn for _, apn in lots], "N": range(len(lots))})
    else:
        odd_lots(tmp_path, name)
    agree(use(source=name), finder(tmp_path), UTM, tmp_path / "run", chunk=chunk, block=6)


def test_the_same_parcels_in_other_formats_are_the_same(tmp_path: Path) -> None:
    """Ids and polygons of a GeoPackage, a FlatGeobuf, a shapefile and a GeoParquet file of the same records."""
    geometry, names = [square(i) for i in (3, 1, 1, 0, 2)], ["d", "b", "bb", "a", "c"]
    blocks = []
    for suffix in (".parquet", ".gpkg", ".fgb", ".shp"):
        write(tmp_path / f"lots{suffix}", geometry, {"APN": names})
        asked = use(source=f"lots{suffix}")
        blocks.append(agree(asked, finder(tmp_path), UTM, tmp_path / suffix[1:], chunk=2, block=3))
    first = blocks[0]
    for other in blocks[1:]:
        for number in range(len(first)):
            assert other.block(number).ids.tolist() == first.block(number).ids.tolist()
            assert other.block(number).shapes.coords.tobytes() == first.block(number).shapes.coords.tobytes()


@pytest.mark.parametrize("crs", ["EPSG:2223", "EPSG:4326"])
def test_parcels_that_are_carried_to_the_studys_crs(tmp_path: Path, crs: str) -> None:
    frame = geopandas.GeoDataFrame(
        {"APN": [apn for _, apn in ODD]}, geometry=[shape for shape, _ in ODD], crs="EPSG:26912"
    )
    frame = frame[~frame["APN"].isin(["P"])]
    frame.to_crs(crs).to_parquet(tmp_path / "lots.parquet")
    streamed = agree(use(), finder(tmp_path), UTM, tmp_path / "run", chunk=4, block=100)
    assert streamed.quality.added_vertices >= 0


def test_cells_of_a_grid(tmp_path: Path) -> None:
    write(tmp_path / "county.gpkg", [Polygon([(X, Y), (X + 3000, Y), (X + 1500, Y + 2500)])])
    for shape in ("square", "hexagon"):
        asked = use(grid={"size": "250 m", "area": "county.gpkg", "shape": shape})
        agree(asked, finder(tmp_path), UTM, tmp_path / shape, chunk=30, block=20)
    asked = use(grid={"size": "250 m", "area": [X, Y, X + 2000, Y + 1000]})
    assert agree(asked, finder(tmp_path), UTM, tmp_path / "bounds", chunk=7, block=8).count == 32


@pytest.mark.parametrize("how", [{"size": "600 m"}, {"buffer": "100 m"}])
def test_squares_and_circles_around_points(tmp_path: Path, how: dict[str, str]) -> None:
    points = [Point(X + 700 * i, Y + 13 * i) for i in range(12)] + [None]
    write(tmp_path / "plants.gpkg", points, {"NAME": [*"lkjihgfedcba", "m"]})
    asked = use(points={"source": "plants.gpkg", **how}, id="NAME")
    agree(asked, finder(tmp_path), UTM, tmp_path / "run", chunk=5, block=4)


@settings(max_examples=30)
@given(data=st.data())
def test_any_mixture_of_outlines_and_ids(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Few outlines, few ids, names that a renamed record might want, any chunk, block and budget."""
    outlines = [square(0), square(1), square(2, 50), box(X, Y, X + 100.0004, Y + 100), BOW, HOLED, None]
    count = data.draw(st.integers(1, 24))
    drawn = [data.draw(st.sampled_from(outlines)) for _ in range(count)]
    names = [data.draw(st.sampled_from(["a", "b", "a/2", "a/3", "ä", "Z", ""])) for _ in range(count)]
    uses = [data.draw(st.sampled_from(["lot", None])) for _ in range(count)]
    folder = tmp_path_factory.mktemp("any")
    write(
        folder / "lots.parquet",
        [*drawn, square(9)],
        {"APN": [*names, "last"], "USE": [*uses, "x"], "N": range(count + 1)},
    )
    agree(
        use(), finder(folder), UTM, folder / "run", chunk=data.draw(st.sampled_from([1, 3, 50])),
        block=data.draw(st.sampled_from([1, 4, 50])), memory=data.draw(st.sampled_from([1, 4000, 1 << 30])),
    )  # fmt: skip


def test_the_blocks_do_not_depend_on_the_chunks_or_the_budget(tmp_path: Path) -> None:
    """The same bytes, file by file."""
    odd_lots(tmp_path)
    contents = []
    for chunk, memory in ((1, 1), (4, 1 << 12), (100, 1 << 30)):
        run = tmp_path / f"run{chunk}"
        blocks = stream_parcels(
            use(), finder=finder(tmp_path), crs=UTM, folder=run, block_size=4, chunk_size=chunk, memory_bytes=memory
        )
        contents.append({path.name: path.read_bytes() for path in blocks.folder.iterdir()})
    assert contents[0] == contents[1] == contents[2]
    assert len(contents[0]) == len(blocks) + 3


def stream(folder: Path, run: str = "run", **entry: Any) -> StoredBlocks:
    return stream_parcels(use(**entry), finder=finder(folder), crs=UTM, folder=folder / run, block_size=5, chunk_size=4)


def lots(folder: Path, geometry: list[Any], ids: list[Any], **fields: list[Any]) -> Path:
    return write(folder / "lots.parquet", geometry, {"APN": ids, **fields})


@pytest.mark.parametrize(
    "entry",
    [
        {"id": "PARCEL"},
        {"owner": "FLOTA"},
        {"where": "TEXTS == 'x'"},
        {"where": "TEXT > 3"},
        {"where": "TEXT == true"},
        {"where": "FLOAT == 'much'"},
        {"where": "WHOLE > 1000", "id": None},
        {"candidates": ["C1", "X1"]},
        {"area": {"field": "TEXT", "unit": "acre"}},
        {"area": {"field": "DAY", "unit": "acre"}},
        {"crs": "EPSG:4326"},
        {"crs": "EPSG:2056"},
        {"source": "lots.gpkg", "layer": "other"},
        {"source": "none.parquet"},
        {"points": {"source": "lots.parquet", "size": "600 m"}},
        {"grid": {"size": "10 km", "area": [X, Y, X + 1, Y + 1]}},
        {"grid": {"size": "1 m", "area": [X, Y, X + 1e6, Y + 1e6]}},
    ],
    ids=str,
)
def test_what_is_refused_is_refused_in_the_same_words(tmp_path: Path, entry: dict[str, Any]) -> None:
    odd_lots(tmp_path)
    odd_lots(tmp_path, "lots.gpkg")
    with pytest.raises(SitingError) as at_once:
        read_parcels(use(**entry), finder=finder(tmp_path), crs=UTM)
    with pytest.raises(SitingError) as streamed:
        stream(tmp_path, **entry)
    assert type(streamed.value) is type(at_once.value)
    assert str(streamed.value) == str(at_once.value)
    assert not list(tmp_path.glob("run/.*")), "nothing half-done is left"


@pytest.mark.parametrize("fields", [{"LOT": [f"L{i}" for i in range(30)]}, {"N": [1.5] * 30}])
def test_a_field_that_is_no_id_is_refused_in_the_same_words(tmp_path: Path, fields: dict[str, list[Any]]) -> None:
    lots(tmp_path, [square(i) for i in range(30)], ["037"] * 30, **fields)
    with pytest.raises(StudyError) as error:
        stream(tmp_path)
    meant = "Did you mean 'LOT'?" if "LOT" in fields else "Name a field that is different for every parcel."
    assert str(error.value) == (
        f"parcels: 'APN' is the same for many parcels (29 of 30 would be renamed); it is not an id. {meant}"
    )


def test_a_file_that_is_no_county_is_refused(tmp_path: Path) -> None:
    lots(tmp_path, [Point(X, Y), None], ["A", "B"])
    with pytest.raises(DataError) as error:
        stream(tmp_path)
    assert str(error.value) == (
        "None of the 2 records of the parcels is a parcel: all were dropped or none was chosen. "
        "Check where:, candidates: and crs: under parcels:."
    )


def test_a_second_run_finds_the_blocks_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd_lots(tmp_path)
    first = stream(tmp_path)
    written = {path: path.stat().st_mtime_ns for path in first.folder.iterdir()}
    monkeypatch.setattr("siting.parcels.stream.take_in", None)  # nothing is read again
    second = stream(tmp_path)
    assert second.key == first.key
    assert {path: path.stat().st_mtime_ns for path in second.folder.iterdir()} == written
    pd.testing.assert_frame_equal(second.block(0).table, first.block(0).table)


def test_other_parcels_are_read_again(tmp_path: Path) -> None:
    """Another content of the file, another use or another size of blocks is another folder."""
    path = odd_lots(tmp_path)
    keys = {stream(tmp_path).key, stream(tmp_path, id=None).key}
    keys.add(stream_parcels(use(), finder=finder(tmp_path), crs=UTM, folder=tmp_path / "run", block_size=6).key)
    lots(tmp_path, [square(i) for i in range(3)], ["a", "b", "c"])
    third = stream(tmp_path)
    assert third.count == 3
    assert len(keys | {third.key}) == 4
    odd_lots(tmp_path)
    assert path.is_file()
    assert stream(tmp_path).key in keys, "the content counts, not the time"


@pytest.mark.parametrize("harm", ["block", "about", "list", "none"])
def test_a_folder_that_is_not_whole_is_made_again(tmp_path: Path, harm: str) -> None:
    odd_lots(tmp_path)
    first = stream(tmp_path)
    whole = {path.name: path.read_bytes() for path in first.folder.iterdir()}
    if harm == "block":
        (first.folder / "block-000001.arrow").write_bytes(whole["block-000001.arrow"][:-9])
    elif harm == "about":
        (first.folder / "parcels.json").write_bytes(whole["parcels.json"][:100])
    elif harm == "list":
        (first.folder / "cleaning.arrow").unlink()
    second = stream(tmp_path)
    assert {path.name: path.read_bytes() for path in second.folder.iterdir()} == whole


_KILLED = """
import sys, time
from pathlib import Path
from siting.parcels import intake, stream_parcels
from siting.parcels.spool import Spool
from tests.parcels.test_stream import UTM, finder, use
add = Spool.add
def slowly(self, *args):
    add(self, *args)
    print("taken", flush=True)
    time.sleep(0.2)
Spool.add = slowly
folder = Path(sys.argv[1])
stream_parcels(use(), finder=finder(folder), crs=UTM, folder=folder / "run", block_size=5, chunk_size=4)
"""


def test_a_run_that_was_killed_is_begun_again(tmp_path: Path) -> None:
    odd_lots(tmp_path)
    root = Path(__file__).parents[2]
    child = subprocess.Popen(
        [sys.executable, "-c", _KILLED, str(tmp_path)], stdout=subprocess.PIPE, cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip
    assert child.stdout is not None
    for _ in range(3):
        assert child.stdout.readline() == b"taken\n"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    left = [path.name for path in (tmp_path / "run").iterdir() if path.is_dir()]
    assert left == [".parcels.part"], "what is half-written does not have the name of what is finished"
    after = stream(tmp_path)
    alone = stream(tmp_path, "other")
    assert {path.name: path.read_bytes() for path in after.folder.iterdir()} == {
        path.name: path.read_bytes() for path in alone.folder.iterdir()
    }
    assert [path.name for path in (tmp_path / "run").iterdir() if path.is_dir()] == [after.folder.name]


_FULL = """
import resource, signal, sys
from pathlib import Path
from siting.errors import RunError
from siting.parcels import stream_parcels
from tests.parcels.test_stream import UTM, finder, use
folder = Path(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    stream_parcels(use(), finder=finder(folder), crs=UTM, folder=folder / "run", block_size=5, chunk_size=9)
except RunError as error:
    print(error)
"""


def test_a_disk_that_refuses_is_told_and_nothing_half_done_is_left(tmp_path: Path) -> None:
    """A limit on the size of files stands for a disk that is full."""
    odd_lots(tmp_path)
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", _FULL, str(tmp_path)], capture_output=True, text=True, check=False, cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip
    assert done.stdout == (
        "The parcels cannot be written to the folder 'run': File too large. Free some space or name another folder, "
        "then start again: only the reading of the parcels is done again.\n"
    ), done.stderr
    assert [path for path in (tmp_path / "run").iterdir() if path.is_dir()] == []


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    odd_lots(tmp_path)
    (tmp_path / "run").write_text("a file", encoding="utf-8")
    with pytest.raises(RunError) as error:
        stream(tmp_path)
    assert str(error.value) == (
        "The parcels cannot be written to the folder 'run': Not a directory. Free some space or name another folder, "
        "then start again: only the reading of the parcels is done again."
    )


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from siting.parcels import stream as module

    path, take_in = odd_lots(tmp_path), module.take_in

    def changing(*args: Any, **options: Any) -> Any:
        found = take_in(*args, **options)
        os.utime(path, ns=(1, 1))
        return found

    monkeypatch.setattr(module, "take_in", changing)
    with pytest.raises(DataError) as error:
        stream(tmp_path)
    assert str(error.value) == (
        "The file 'lots.parquet' changed while the parcels were read: its size or its time is another now. "
        "Start again when nothing writes to it."
    )
    assert not list((tmp_path / "run").glob(".parcels*"))


def test_a_row_group_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = lots(tmp_path, [square(i) for i in range(9)], [f"lot {i}" for i in range(9)])
    pq.write_table(pq.read_table(path), path, row_group_size=3, compression="snappy", write_page_checksum=True)
    column = pq.read_metadata(path).row_group(1).column(0)
    at = (column.dictionary_page_offset or column.data_page_offset) + 2
    data = bytearray(path.read_bytes())
    data[at : at + 12] = b"\xff" * 12
    path.write_bytes(bytes(data))
    with pytest.raises(DataError) as error:
        stream(tmp_path)
    said = str(error.value)
    assert said.startswith("The parcel file 'lots.parquet' cannot be read as Parquet: ")
    assert said.endswith(". It is row group 2 of 3 that is damaged, at record 3. Download it again.")


def test_a_stored_block_that_is_gone_is_told(tmp_path: Path) -> None:
    odd_lots(tmp_path)
    blocks = stream(tmp_path)
    shutil.move(blocks.folder / "block-000000.arrow", tmp_path / "elsewhere")
    with pytest.raises(RunError) as error:
        blocks.block(0)
    assert str(error.value) == (
        f"Block 0 of the parcels in '{blocks.folder.name}' cannot be read: No such file or directory. Remove that "
        "folder and start again: only the reading of the parcels is done again."
    )
