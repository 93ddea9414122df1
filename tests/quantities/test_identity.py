from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from shapely import box

from siting.exclusions import parse_rule
from siting.measure import Measure
from siting.plan import Plan
from siting.quantities import WATERFALL
from siting.quantities.identity import _ROOMS, code_identity, fingerprint, hashed, identities
from siting.usable import Cut
from siting.versions import module_bytes
from tests.imported import imported
from tests.metrics.drawing import layer_of, parcels_of, spec

AREA, PAD, DISTANCE = spec(usable="area"), spec(distance="rail", of="pad"), spec(distance="rail")
GATE = {"name": "tribal", "inside": "tribal"}


def plan(*gates: dict[str, Any], pad: tuple[float, float] | None = (3.0, 4.0), minimum_m2: float = 0.0) -> Plan:
    later: tuple[Measure, ...] = (AREA, PAD)
    rules = tuple(parse_rule(gate) for gate in gates or (GATE,))
    return Plan(
        criteria={"a": AREA, "p": PAD, "d": DISTANCE}, rules=rules, first=(DISTANCE,), later=later, reach_m={},
        wants_usable=True, pad_m=pad, minimum_m2=minimum_m2,
    )  # fmt: skip


def layers(**identity: str) -> dict[str, Any]:
    names = ("rail", "tribal", "flood", "other")
    return {
        name: replace(layer_of([box(0, 0, 1, 1)]), name=name, provenance={"identity": identity.get(name, name)})
        for name in names
    }


CUTS = [Cut(name="flood", layer="flood")]
BASE = identities(plan(), layers(), CUTS)


def changed(other: dict[str, str]) -> set[str]:
    """Which of usable land, its area, the pad and the plain distance would be measured again."""
    names = {WATERFALL: "waterfall", AREA.key: "area", PAD.key: "pad", DISTANCE.key: "distance"}
    assert set(other) == set(names)
    return {names[key] for key in names if other[key] != BASE[key]}


ON_USABLE = {"waterfall", "area", "pad"}


def test_only_what_depends_on_a_change_is_measured_again() -> None:
    assert changed(identities(plan(), layers(), CUTS)) == set()
    assert changed(identities(plan(), layers(other="new"), CUTS)) == set()
    assert changed(identities(plan(), layers(), CUTS, ["a"])) == ON_USABLE
    assert identities(plan(), layers(), CUTS, ["a", "b"]) == identities(plan(), layers(), CUTS, ("b", "a"))
    assert changed(identities(plan(), layers(rail="new"), CUTS)) == {"pad", "distance"}
    assert changed(identities(plan(), layers(flood="new"), CUTS)) == ON_USABLE
    assert changed(identities(plan(), layers(tribal="new"), CUTS)) == ON_USABLE
    assert (
        changed(identities(plan(), layers(), [Cut(name="flood", layer="flood", breaks_contiguity=False)])) == ON_USABLE
    )
    assert changed(identities(plan(pad=(3.0, 5.0)), layers(), CUTS)) == {"pad"}
    assert changed(identities(plan(minimum_m2=5.0), layers(), CUTS)) == ON_USABLE


def test_what_a_gate_decides_by_counts_and_not_what_it_is_called() -> None:
    assert changed(identities(plan({**GATE, "name": "nation", "why": "because"}), layers(), CUTS)) == set()
    for rule in (
        {"name": "tribal", "share": "tribal", "above": "40 %"},
        {"name": "tribal", "outside": "tribal"},
        {"name": "tribal", "share": "tribal", "where": "NAME == 'x'", "above": "50 %"},
        {**GATE, "only_where": {"inside": "other"}},
    ):
        assert changed(identities(plan(rule), layers(), CUTS)) == ON_USABLE
    assert (
        changed(identities(plan(GATE, {"name": "s", "applies_to": "site", "inside": "other"}), layers(), CUTS)) == set()
    )


def test_the_code_that_measures_is_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("siting.quantities.identity.code_identity", lambda: "another version")
    assert changed(identities(plan(), layers(), CUTS)) == {*ON_USABLE, "distance"}


def test_which_code_that_is() -> None:
    seen = module_bytes(files("siting"), _ROOMS)
    assert {"kernels/nearest.py", "metrics/distance.py", "usable.py", "masks.py", "quantities/columns.py"} <= set(seen)
    assert not [path for path in seen if path.startswith(("maps", "cli", "mcda", "sample"))]
    assert len(code_identity()) == 64


def test_parcels_are_told_apart_by_ids_shapes_fields_and_crs() -> None:
    base = parcels_of([box(0, 0, 1, 1), box(2, 0, 3, 1)], USE=["a", "b"])
    others = [
        parcels_of([box(0, 0, 1, 1), box(2, 0, 3, 1.5)], USE=["a", "b"]),
        parcels_of([box(0, 0, 1, 1), box(2, 0, 3, 1)], USE=["a", "c"]),
        parcels_of([box(0, 0, 1, 1), box(2, 0, 3, 1)], USE=["a", "b"], crs="EPSG:26911"),
        replace(base, ids=np.array(["p0", "q1"], dtype=object)),
        base.take(np.array([1, 0])),
        base.take(np.array([0])),
    ]
    prints = [fingerprint(item) for item in (base, *others)]
    assert len(set(prints)) == len(prints)
    assert fingerprint(base.take(np.array([0, 1]))) == prints[0]


def _print_of(texts: Any) -> str:
    """The fingerprint of parcels that differ in a field of texts alone."""
    parcels = parcels_of([box(i, 0, i + 0.5, 1) for i in range(3)])
    return fingerprint(replace(parcels, table=pd.DataFrame({"USE": texts})))


def test_texts_are_told_by_what_they_say_wherever_they_lie() -> None:
    """Chunks, slices and Python's texts give what a plain column of Arrow gives."""
    said = ["a", None, "bc"]
    longer = pd.Series(["zz", *said, "y"], dtype="str")
    hidden = pa.LargeStringArray.from_buffers(  # a null over letters, which nobody sees
        3, pa.py_buffer(np.array([0, 1, 6, 8])), pa.py_buffer(b"ahiddebc"), pa.py_buffer(b"\x05"), 1
    )
    kind = pd.StringDtype("pyarrow", na_value=np.nan)
    alike = [
        pd.Series(said, dtype=kind), longer.iloc[1:4].reset_index(drop=True), pd.Series(said, dtype=object),
        pd.Series(said, dtype=pd.StringDtype("python")), pd.concat([longer.iloc[1:2], longer.iloc[2:4]]),
        pd.Series(pd.array(hidden, dtype=kind)),
    ]  # fmt: skip
    assert len({_print_of(texts.reset_index(drop=True)) for texts in alike}) == 1
    others = [["a", "", "bc"], [None, "a", "bc"], ["ab", None, "c"], ["a", None, "bd"], ["a", "None", "bc"]]
    prints = [_print_of(pd.Series(texts, dtype=kind)) for texts in (said, *others)]
    assert len(set(prints)) == len(prints)
    nobody = parcels_of([box(0, 0, 1, 1)], USE=["a"]).take(np.empty(0, np.int64))
    assert fingerprint(nobody) != fingerprint(replace(nobody, crs="EPSG:26911"))


def test_texts_are_not_run_together() -> None:
    assert hashed("a", "b") != hashed("ab") != hashed("a\x1fb")


def test_all_code_that_makes_numbers_is_in_the_key() -> None:
    """Rooms and packages that are not in it say why."""
    rooms, packages = imported(_ROOMS)
    assert rooms - {
        "__version__", "errors", "versions",
        "engine", "hilbert",  # cut the work into parts, which changes no number
        "plan", "study",  # what is asked for, which is in the key itself
        "sources",  # bytes of files, whose hash is in the key
    } == set()  # fmt: skip
    assert packages - {
        "affine", "geopandas", "pydantic", "pydantic_core", "ruamel",  # hold and check what others work out
        "rapidfuzz",  # names that are near, in refusals
    } == {"numba", "numpy", "pandas", "pyarrow", "pyogrio", "pyproj", "rasterio", "shapely"}  # fmt: skip
