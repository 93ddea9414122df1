"""ArcGIS layers come whole, or are refused with the reason, whatever happens on the way: the fault matrix."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from siting.catalogue import Service
from siting.catalogue.service import Paging
from siting.errors import SourceError
from siting.sources.arcgis import fetch_arcgis
from siting.sources.area import Area
from siting.sources.errand import Came, Errand
from tests.sources.conftest import QUICK, Served

pytestmark = pytest.mark.servers
PAGE = "OBJECTID\\+%3E%3D|OBJECTID\\+IN|objectIds"  #: requests for a page of features, as they stand in an address
ALWAYS = 10_000


def fetch(served: Served, folder: Path, name: str = "wells", *, spoiled: bool = True, **options: Any) -> Came:
    errand = {key: options.pop(key) for key in ("area", "whole", "heard", "client") if key in options}
    service = Service(type="arcgis_feature", url=served.url(name, spoiled=spoiled), **options)
    client = errand.pop("client", None) or served.client()
    return fetch_arcgis(
        Errand(id=name, service=service, client=client, target=folder / "out.parquet", parts=folder / "parts", **errand)
    )


def assert_whole(served: Served, folder: Path, name: str = "wells", without: tuple[int, ...] = ()) -> None:
    """The file holds exactly the features of the server, values and places."""
    came, expected = gpd.read_parquet(folder / "out.parquet"), served.frame(name)
    expected = expected.drop(index=[oid - 1 for oid in without]).reset_index(drop=True)
    assert len(came) == len(expected)
    assert came.crs == expected.crs
    for field in expected.columns.drop("geometry"):
        assert came[field].tolist() == expected[field].tolist() or np.allclose(
            came[field].astype(float), expected[field].astype(float), equal_nan=True
        )
    assert shapely.equals(came.geometry.to_numpy(), expected.geometry.to_numpy()).all()


@pytest.fixture(autouse=True)
def _unspoiled(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "arcgis" in request.fixturenames:
        request.getfixturevalue("arcgis").fault("")


# fault -> (parameter, what a persistent fault makes the run say; {url} is the address of the query)
GAVE = "'{url}' gave no whole answer: {why}. It was asked 3 times. "
LATER = "Try again later, use an alternative of the layer, or work offline from the cache."
MATRIX = [
    ("slow", "2", GAVE.replace("{why}", "it did not go on in time") + LATER),
    ("cut", "", GAVE.replace("{why}", "it ends before it is whole") + LATER),
    ("wrong length", "", GAVE.replace("{why}", "it ends before it is whole") + LATER),
    ("short length", "", GAVE.replace("{why}", "its JSON is cut off") + LATER),
    ("gzip", "", GAVE.replace("{why}", "its gzip ends before it is whole") + LATER),
    ("429", "1", GAVE.replace("{why}", "status 429 (too many requests)") + LATER),
    ("500", "", GAVE.replace("{why}", "status 500 (an error of the server)") + LATER),
    ("503", "", GAVE.replace("{why}", "status 503 (the service is unavailable)") + LATER),
    (
        "html",
        "",
        GAVE.replace("{why}", "it answers with a web page instead of data ('Service unavailable')") + LATER,
    ),
    (
        "error json",
        "500",
        GAVE.replace("{why}", "it answers with error 500 (Error performing query operation)") + LATER,
    ),
    ("reset", "", None),
    (
        "repeated",
        "",
        "The layer 'wells' gave 0 of the 500 features with the ids {ids}, however often it was asked. "
        "Its server is out of order; try again later.",
    ),
]


@pytest.mark.parametrize(("fault", "param", "_said"), MATRIX, ids=[row[0] for row in MATRIX])
def test_after_a_passing_fault_the_layer_is_whole(
    arcgis: Served, tmp_path: Path, fault: str, param: str, _said: str | None
) -> None:
    arcgis.fault(fault, match=PAGE, times=2, param=param)
    came = fetch(arcgis, tmp_path)
    assert arcgis.seen()["spoiled"] == 2
    assert came.count == 1_750
    assert_whole(arcgis, tmp_path)


@pytest.mark.parametrize(
    ("fault", "param", "said"), [row for row in MATRIX if row[2]], ids=[row[0] for row in MATRIX if row[2]]
)
def test_a_fault_that_stays_is_refused_with_the_reason(
    arcgis: Served, tmp_path: Path, fault: str, param: str, said: str
) -> None:
    arcgis.fault(fault, match=PAGE, times=ALWAYS, param=param)
    with pytest.raises(SourceError) as error:
        fetch(arcgis, tmp_path)
    message = re.sub(
        r"of the \d+ features with the ids \d+ to \d+,", "of the 500 features with the ids {ids},", str(error.value)
    )
    assert message == said.replace("{url}", f"{arcgis.url('wells', spoiled=True)}/query")
    assert not (tmp_path / "out.parquet").exists()


@pytest.mark.parametrize("fault", ["cut", "html", "500", "error json", "gzip"])
@pytest.mark.parametrize("match", ["Server/0\\?f=json", "returnCountOnly", "returnIdsOnly"])
def test_questions_before_the_pages_may_fail_in_passing_too(
    arcgis: Served, tmp_path: Path, fault: str, match: str
) -> None:
    arcgis.fault(fault, match=match, times=1)
    fetch(arcgis, tmp_path)
    assert_whole(arcgis, tmp_path)


def test_a_fault_that_says_so_is_final(arcgis: Served, tmp_path: Path) -> None:
    arcgis.fault("error json", match=PAGE, times=1, param=400)
    with pytest.raises(SourceError) as error:
        fetch(arcgis, tmp_path)
    assert str(error.value) == (
        f"'{arcgis.url('wells', spoiled=True)}/query' refuses the question: error 400 (Error performing query "
        "operation). Check where:, fields: and query: of the service."
    )


def test_a_server_that_asks_for_more_patience_than_there_is_is_left_alone(arcgis: Served, tmp_path: Path) -> None:
    arcgis.fault("429", match=PAGE, times=1, param=3600)
    with pytest.raises(SourceError) as error:
        fetch(arcgis, tmp_path)
    assert str(error.value) == (
        f"'{arcgis.url('wells', spoiled=True)}/query' gave no whole answer: status 429 (too many requests), and asks "
        "to wait 3,600 s, more than the 5 s that a run waits. Try again later."
    )


def test_a_redirect_to_a_host_that_is_not_allowed_is_refused(arcgis: Served, tmp_path: Path) -> None:
    arcgis.fault("redirect", match=PAGE, times=ALWAYS, param="http://127.0.0.1:9")
    with pytest.raises(SourceError) as error:
        fetch(arcgis, tmp_path)
    assert str(error.value) == (
        "The host '127.0.0.1' lies at 127.0.0.1, which is no public address, and siting reaches into the own network "
        "only where a study allows it. Write access: {allow: ['127.0.0.1:9']} in the study if that is meant. "
        f"Allowed now: '{arcgis.host}', '{arcgis.proxy}'."
    )


def test_a_redirect_to_a_host_that_is_allowed_is_followed(arcgis: Served, tmp_path: Path) -> None:
    arcgis.fault("redirect", match=PAGE, times=ALWAYS, param=f"http://{arcgis.host}")
    fetch(arcgis, tmp_path)
    assert_whole(arcgis, tmp_path)


def test_a_feature_that_is_deleted_while_the_layer_comes_goes(arcgis: Served, tmp_path: Path) -> None:
    once = threading.Event()

    def heard(_done: int, _of: int | None) -> None:
        if not once.is_set():
            once.set()
            arcgis.admin(layer="changing", delete=3)
            arcgis.admin(layer="changing", delete=1700)

    came = fetch(arcgis, tmp_path, "changing", heard=heard)
    assert came.notes == ("2 features were deleted while it was brought.",)
    assert_whole(arcgis, tmp_path, "changing", without=(3, 1700))


def test_what_is_whole_is_asked_for_a_second_time_and_gives_the_same_bytes(arcgis: Served, tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        fetch(arcgis, tmp_path / name)
    assert (tmp_path / "one" / "out.parquet").read_bytes() == (tmp_path / "other" / "out.parquet").read_bytes()


def test_a_fetch_that_was_cut_goes_on(arcgis: Served, tmp_path: Path) -> None:
    arcgis.fault("500", match="%3E%3D\\+1501", times=ALWAYS)
    with pytest.raises(SourceError):
        fetch(arcgis, tmp_path)
    kept = len(list((tmp_path / "parts").glob("*.parquet")))
    assert kept >= 1
    arcgis.fault("")
    came = fetch(arcgis, tmp_path)
    assert came.kept == kept
    assert_whole(arcgis, tmp_path)


def test_only_the_area_comes_and_every_feature_whose_box_meets_it(arcgis: Served, tmp_path: Path) -> None:
    frame = arcgis.frame("wells")
    west, south, east, north = frame.total_bounds
    area = Area(west, south, (west + east) / 2, (south + north) / 2)
    came = fetch(arcgis, tmp_path, area=area, whole=True)
    inside = frame.cx[area.west : area.east, area.south : area.north]
    got = gpd.read_parquet(tmp_path / "out.parquet")
    assert set(inside["SITE_ID"]) <= set(got["SITE_ID"])
    assert len(got) == came.count < 1_750
    assert came.whole == {"features": 1_750, "bounds": [west, south, east, north], "measured": True}


def test_the_area_is_asked_for_in_the_layers_own_crs(arcgis: Served, tmp_path: Path) -> None:
    frame = arcgis.frame("squares")
    middle = frame.iloc[[30]].to_crs("EPSG:4326").total_bounds
    fetch(arcgis, tmp_path, "squares", area=Area(*middle.tolist()))
    got = gpd.read_parquet(tmp_path / "out.parquet")
    assert got.crs == frame.crs
    assert "00030" in set(got["APN"])
    assert len(got) <= 5


def test_holes_stay_holes(arcgis: Served, tmp_path: Path) -> None:
    fetch(arcgis, tmp_path, "squares")
    assert_whole(arcgis, tmp_path, "squares")


def test_only_the_fields_that_are_asked_for_come(arcgis: Served, tmp_path: Path) -> None:
    fetch(arcgis, tmp_path, fields=("wl_dtw",))
    assert list(gpd.read_parquet(tmp_path / "out.parquet").columns) == ["OBJECTID", "WL_DTW", "geometry"]


def test_a_field_that_is_not_there_is_refused(arcgis: Served, tmp_path: Path) -> None:
    with pytest.raises(SourceError) as error:
        fetch(arcgis, tmp_path, fields=("WL_DTV",))
    assert str(error.value) == (
        "The layer 'wells' has no field 'WL_DTV'. Did you mean 'WL_DTW'? Its fields are 'OBJECTID', 'SITE_ID', "
        "'WELL_TYPE', 'WELL_DEPTH', 'WL_DTW'; write fields: of the service anew."
    )


def test_a_condition_of_the_service_holds_on_every_page(arcgis: Served, tmp_path: Path) -> None:
    came = fetch(arcgis, tmp_path, where="OBJECTID % 2 = 0 OR OBJECTID = 1")
    assert came.count == 876
    assert gpd.read_parquet(tmp_path / "out.parquet")["OBJECTID"].tolist()[:3] == [1, 2, 4]


@pytest.mark.parametrize("by", ["id_ranges", "ids", "offset"])
def test_every_way_to_page_gives_the_same_layer(arcgis: Served, tmp_path: Path, by: Any) -> None:
    came = fetch(arcgis, tmp_path, page=Paging(by=by, size=300))
    assert (came.count, came.pages) == (1_750, 6)
    assert_whole(arcgis, tmp_path)


@pytest.fixture
def trait(arcgis: Served) -> Iterator[Any]:
    """Gives layers of the server a trait, for one test."""
    given: list[str] = []

    def give(layer: str, text: str) -> None:
        given.append(layer)
        arcgis.admin(layer=layer, trait=text)

    yield give
    for layer in given:
        arcgis.admin(layer=layer, reset=1)


def test_a_server_that_does_not_keep_to_ranges_is_asked_by_lists(arcgis: Served, tmp_path: Path, trait: Any) -> None:
    trait("wells", "ranges:ignored")
    fetch(arcgis, tmp_path)
    assert_whole(arcgis, tmp_path)


def test_a_server_that_lists_no_ids_is_paged_by_offset(arcgis: Served, tmp_path: Path, trait: Any) -> None:
    trait("wells", "ids:none")
    fetch(arcgis, tmp_path)
    assert_whole(arcgis, tmp_path)


def test_a_page_that_is_repeated_at_an_offset_is_refused(arcgis: Served, tmp_path: Path, trait: Any) -> None:
    trait("wells", "ids:none")
    arcgis.fault("repeated", match="resultOffset=1000", times=ALWAYS)
    with pytest.raises(SourceError) as error:
        fetch(arcgis, tmp_path)
    assert str(error.value) == (
        "The layer 'wells' gave 500 features twice while it was paged by offset: its server repeats pages, or it is "
        "edited. Try again later."
    )


def test_exactly_as_many_features_as_the_limit_are_a_truncation_until_proved_otherwise(
    arcgis: Served, tmp_path: Path, trait: Any
) -> None:
    fetch(arcgis, tmp_path, "full")  # exactly 1,000, and proved to be all
    assert_whole(arcgis, tmp_path, "full")
    trait("wells", "cap:yes")  # a server that counts and lists no more than it gives
    with pytest.raises(SourceError) as error:
        fetch(arcgis, tmp_path)
    assert str(error.value) == (
        "The layer 'wells' says that it has 500 features, which is the most that its server gives at a time, and has "
        "500 beyond them. It cannot be brought whole; name a smaller area."
    )


def test_true_curves_are_refused(arcgis: Served, tmp_path: Path, trait: Any) -> None:
    trait("squares", "curves:yes")
    with pytest.raises(SourceError) as error:
        fetch(arcgis, tmp_path, "squares")
    assert str(error.value) == (
        "The layer 'squares' holds true curves, and making them straight would guess their shape. Ask its publisher "
        "for straight edges, or convert it with a tolerance that you choose."
    )


def test_a_multipatch_is_refused(arcgis: Served, tmp_path: Path, trait: Any) -> None:
    trait("squares", "geometryType:esriGeometryMultiPatch")
    with pytest.raises(SourceError) as error:
        fetch(arcgis, tmp_path, "squares")
    assert str(error.value) == (
        "The layer 'squares' holds multipatches (solids), whose outline would be guessed. siting reads points, lines "
        "and polygons; ask its publisher for footprints."
    )


def test_no_more_requests_run_at_a_time_than_are_polite(arcgis: Served, tmp_path: Path) -> None:
    assert QUICK.at_once == 3
    fetch(arcgis, tmp_path, page=Paging(size=50))
    assert_whole(arcgis, tmp_path)


def test_an_area_without_features_gives_an_empty_layer(arcgis: Served, tmp_path: Path) -> None:
    came = fetch(arcgis, tmp_path, area=Area(10, 10, 11, 11))
    assert came.count == 0
    got = gpd.read_parquet(tmp_path / "out.parquet")
    assert len(got) == 0
    assert "WL_DTW" in got.columns
