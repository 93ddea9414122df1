from __future__ import annotations

from collections import Counter

import pytest
import shapely

from siting.errors import StudyError
from siting.sample.county import sample_county
from siting.sample.dirt import FAULTS, OTHER_CRS, check_share, soiled
from tests.sample.counties import county

SHARE = 0.06


def dirty():
    clean = county()
    layers, records = soiled(clean.layers, clean.frame, SHARE)
    return clean.layers["parcels"], layers, records


def of(records: list[dict], fault: str) -> list[str]:
    return [r["APN"] for r in records if r["fault"] == fault]


def test_each_fault_gets_an_equal_share():
    _, _, records = dirty()
    counts = Counter(r["fault"] for r in records)
    assert set(counts) == {*FAULTS, "other CRS", "feet"}
    assert all(counts[f] == round(SHARE * 1_500 / len(FAULTS)) for f in set(FAULTS) - {"multi-part"})
    assert 0 < counts["multi-part"] <= round(SHARE * 1_500 / len(FAULTS))


def test_the_recorded_invalid_rings_are_the_invalid_ones():
    _, layers, records = dirty()
    parcels = layers["parcels"]
    assert sorted(parcels.loc[~parcels.geometry.is_valid, "APN"]) == sorted(of(records, "invalid ring"))


def test_the_recorded_multi_parts_are_the_multi_parts():
    _, layers, records = dirty()
    parcels = layers["parcels"]
    assert sorted(parcels.loc[parcels.geometry.geom_type == "MultiPolygon", "APN"]) == sorted(of(records, "multi-part"))


def test_the_recorded_duplicates_are_the_duplicates():
    _, layers, records = dirty()
    parcels = layers["parcels"]
    ids = parcels["APN"].dropna()
    assert sorted(ids[ids.duplicated()]) == sorted(of(records, "duplicate record"))
    same = parcels.geometry.to_wkb().duplicated(keep=False)
    outlines = of(records, "duplicate outline")
    assert same.sum() == 2 * (len(outlines) + len(of(records, "duplicate record")))
    assert set(outlines) <= set(parcels.loc[same, "APN"])


def test_the_recorded_slivers_are_the_parcels_thinner_than_20_cm():
    _, layers, records = dirty()
    parcels = layers["parcels"]
    thin = 2 * parcels.geometry.area / parcels.geometry.length < 0.2
    thin &= parcels.geometry.is_valid
    assert sorted(parcels.loc[thin, "APN"]) == sorted(of(records, "sliver"))


def test_the_recorded_wrong_sizes_are_the_ones_10_percent_off():
    _, layers, records = dirty()
    parcels = layers["parcels"]
    off = (parcels["LAND_SIZE"] * 0.3048**2 / parcels.geometry.area - 1).abs() > 0.1
    known = [*of(records, "invalid ring"), *of(records, "sliver")]
    assert sorted(parcels.loc[off & ~parcels["APN"].isin(known), "APN"].dropna()) == sorted(of(records, "wrong size"))


def test_the_recorded_gaps_in_the_table_are_the_gaps():
    clean, layers, records = dirty()
    parcels = layers["parcels"]
    assert sorted(parcels.loc[parcels["OWNER_NAME"].isna(), "APN"]) == sorted(of(records, "missing attributes"))
    lost = [r["was"] for r in records if r["fault"] == "missing id"]
    assert sorted(set(clean["APN"]) - set(parcels["APN"].dropna())) == sorted(lost)
    assert parcels["APN"].isna().sum() == len(lost)


def test_overlaps_are_where_they_are_recorded():
    _, layers, records = dirty()
    parcels = layers["parcels"]
    faulty = [of(records, f) for f in ("invalid ring", "sliver", "duplicate outline", "duplicate record")]
    rest = parcels[~parcels["APN"].isin([apn for apns in faulty for apn in apns])]
    shapes = rest.geometry.to_numpy()
    a, b = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    a, b = a[a < b], b[a < b]
    hit = shapely.area(shapely.intersection(shapes[a], shapes[b])) > 5  # cut parts have borders rounded to 1 cm
    moved = rest["APN"].isin(of(records, "overlap")).to_numpy()
    assert hit.any()
    assert (moved[a[hit]] | moved[b[hit]]).all()


def test_two_layers_come_in_another_crs_and_in_feet():
    clean, layers, _ = dirty()
    assert layers["rail"].crs == OTHER_CRS
    assert layers["canal"].crs.axis_info[0].unit_name == "foot"
    back = layers["canal"].to_crs(26912).geometry.iloc[0]
    assert back.hausdorff_distance(county().layers["canal"].geometry.iloc[0]) < 0.05
    assert clean.crs == "EPSG:26912"


def test_no_dirt_changes_nothing():
    clean = county()
    layers, records = soiled(clean.layers, clean.frame, 0.0)
    assert records == []
    assert layers["parcels"] is clean.layers["parcels"]


@pytest.mark.parametrize("share", [-0.1, 0.5])
def test_a_share_outside_0_to_a_fifth_is_refused(share: float):
    message = (
        f"The share of dirt is {share!r}, but must lie between 0 and 0.2. "
        "Ask for 0 for a clean county, or 0.02 for a real one."
    )
    with pytest.raises(StudyError) as e:
        check_share(share)
    assert str(e.value) == message
    with pytest.raises(StudyError) as e:
        sample_county(1_000, dirt=share)
    assert str(e.value) == message
