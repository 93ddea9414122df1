"""Measuring: the same bytes for all partitions and workers, nothing twice, and errors that say where."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from shapely import LineString, Point, box

from siting.engine import Store
from siting.errors import RunError, StudyError
from siting.measure import Measure
from siting.metrics import MEASURES
from siting.parcels import Parcels
from siting.plan import Plan, plan_of
from siting.quantities import WATERFALL, Quantities, measure_all
from siting.study import Study, parse_study
from tests.metrics.drawing import layer_of, parcels_of, raster_of

STUDY: dict[str, Any] = {
    "crs": "EPSG:26912", "parcels": {"source": "p.gpkg", "id": "APN"}, "pad": "30 m x 20 m",
    "layers": {name: {"source": f"{name}.x"} for name in ("rail", "flood", "tribal", "dem")},
    "usable": [
        {"name": "flood", "layer": "flood"}, {"name": "steep", "layer": "dem", "slope_above": "12 % slope"},
        {"name": "edge", "setback": "2 m"},
    ],
    "exclusions": [
        {"name": "tribal", "share": "tribal", "above": "30 %"},
        {"name": "small", "applies_to": "site", "usable": "largest_piece", "below": "1500 m2"},
    ],
    "blocks": {"all": {"criteria": {
        "rail": {"weight": 2, "measure": {"distance": "rail", "of": "pad"}, "value": [["0 m", 0], ["900 m", 1]]},
        "near": {"weight": 2, "measure": {"distance": "rail", "show": ["NAME"]}, "value": [["0 m", 1], ["400 m", 0]]},
        "room": {"weight": 1, "measure": {"usable": "largest_piece"}, "value": [["0 m2", 0], ["1 ha", 1]]},
        "flat": {
            "weight": 1, "measure": {"slope": "dem", "of": "usable"}, "value": [["1 % slope", 1], ["9 % slope", 0]],
        },
    }}},
}  # fmt: skip


@dataclass(frozen=True)
class Setting:
    """A study with its parcels and layers, all drawn at random with a seed (SYNTHETIC)."""

    parcels: Parcels
    layers: dict[str, Any]

    def measured(self, study: Study | None = None, *, plan: Plan | None = None, **options: Any) -> Quantities:
        study = study or parse_study(STUDY)
        return measure_all(plan or plan_of(study), self.parcels, self.layers, study.usable, **options)


@pytest.fixture(scope="module")
def setting() -> Setting:
    """60 ragged lots in 1 km2 with rails, overlapping floods of many vertices, a hilly DEM, and a reservation."""
    rng = np.random.default_rng(11)
    corners = [(x, y) for x in range(0, 1000, 100) for y in range(0, 600, 100)]
    lots = [shapely.convex_hull(shapely.MultiPoint(np.array([x, y]) + rng.uniform(0, 95, (7, 2)))) for x, y in corners]
    floods = [Point(*rng.uniform(0, 1000, 2)).buffer(rng.uniform(10, 120), quad_segs=40) for _ in range(25)]
    rails = [LineString(rng.uniform(0, 1000, (4, 2))) for _ in range(3)]
    y, x = np.mgrid[0:90, 0:130]
    heights = 20 * np.sin(x / 9.0) + 15 * np.cos(y / 7.0)
    layers: dict[str, Any] = {
        "rail": layer_of(rails, NAME=["a", None, "c"], certain=[True, True, False]),
        "flood": layer_of(floods, coverage=box(-100, -100, 720, 900)),
        "tribal": layer_of([box(300, 0, 460, 250)]),
        "dem": raster_of(heights, transform=(10, 0, -150, 0, -10, 750), unit="m"),
    }
    layers = {
        name: replace(layer, name=name, provenance={"identity": f"sha of {name}"}) for name, layer in layers.items()
    }
    return Setting(parcels_of(lots, OWNER=[f"o{i % 3}" for i in range(len(lots))]), layers)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often anything was measured, by verb, and usable land worked out."""
    counted: Counter[str] = Counter()
    for kind in MEASURES:

        def measure(self: Any, *args: Any, _plain: Any = kind.measure) -> Any:
            counted[self.verb] += 1
            return _plain(self, *args)

        def measure_in_one(asked: Any, *args: Any, _plain: Any = kind.measure_in_one) -> Any:
            if _plain.__func__ is not Measure.measure_in_one.__func__:  # which calls the above  # type: ignore[attr-defined]
                counted.update(one.verb for one, _ in asked)
            return _plain(asked, *args)

        monkeypatch.setattr(kind, "measure", measure)
        monkeypatch.setattr(kind, "measure_in_one", staticmethod(measure_in_one))
    from siting import usable as usable_room
    from siting.quantities import measuring

    plain = usable_room.usable_land

    def usable_land(*args: Any, **options: Any) -> Any:
        counted[WATERFALL] += 1
        return plain(*args, **options)

    monkeypatch.setattr(measuring, "usable_land", usable_land)
    return counted


def bytes_of(quantities: Quantities) -> dict[str, list[bytes]]:
    """Every quantity, bit by bit."""
    out = {}
    for key, measured in quantities.measured.items():
        arrays = [*measured.columns.values(), measured.state, measured.low, measured.high]
        texts = [
            repr(array.tolist()).encode() if array is not None and array.dtype == object else b"" for array in arrays
        ]
        bits = [array.tobytes() for array in arrays if array is not None and array.dtype != object]
        out[key] = [*texts, *bits, repr(measured.notes).encode()]
    return out


@pytest.fixture(scope="module")
def whole(setting: Setting) -> Quantities:
    return setting.measured(part_size=1000, workers=1)


@pytest.mark.parametrize("part_size", [1, 7, 33])
@pytest.mark.parametrize("workers", [1, 2])
def test_the_same_bytes_whatever_the_parts_and_workers(
    setting: Setting, whole: Quantities, part_size: int, workers: int
) -> None:
    assert bytes_of(setting.measured(part_size=part_size, workers=workers)) == bytes_of(whole)


def test_everything_is_there_and_means_something(setting: Setting, whole: Quantities) -> None:
    plan = plan_of(parse_study(STUDY))
    assert set(whole.measured) == {*(measure.key for measure in plan.measures), WATERFALL} == set(whole.made_from)
    water = whole[WATERFALL].columns
    taken = np.nansum([water["cut:flood"], water["cut:steep"], water["cut:edge"]], axis=0)
    np.testing.assert_allclose(water["gross"] - taken, water["usable"], atol=0.003)
    np.testing.assert_allclose(water["gross"], setting.parcels.shapes.area_m2, atol=0.001)
    pads = whole[plan.criteria["rail"].key].columns["placement"]
    assert 0 < sum(text is not None for text in pads) < len(pads)
    assert (water["cut:steep"] > 0).any()
    assert np.isnan(water["cut:flood"]).any()


def test_kept_parts_are_not_measured_again_but_damaged_ones_are(
    setting: Setting, whole: Quantities, calls: Counter[str], tmp_path: Path
) -> None:
    store = Store(tmp_path)
    setting.measured(store=store, part_size=20)
    assert calls == {"share": 3, "distance": 6, "usable": 3, "slope": 3, WATERFALL: 3}
    calls.clear()
    again = setting.measured(store=store, part_size=20)
    assert not calls
    assert bytes_of(again) == bytes_of(whole)
    for path in sorted(tmp_path.rglob("*.parquet")):
        path.write_bytes(path.read_bytes()[:-9])
    assert bytes_of(setting.measured(store=store, part_size=20)) == bytes_of(whole)
    assert calls == {"share": 3, "distance": 6, "usable": 3, "slope": 3, WATERFALL: 3}


@pytest.mark.parametrize(
    "patch",
    [
        {"blocks.all.criteria.near.weight": 9},
        {"blocks.all.criteria.near.value": [["0 m", 1], ["300 m", 0]]},
        {"aggregate": {"across": "geometric"}, "missing": "worst", "tiers": {"good": 60}},
        {"exclusions.small.applies_to": "parcel"},
    ],
    ids=str,
)
def test_a_change_of_mind_measures_nothing(
    setting: Setting, whole: Quantities, calls: Counter[str], patch: dict[str, Any]
) -> None:
    study = parse_study(STUDY)
    changed = study.with_(patch)
    found = setting.measured(changed, plan=plan_of(changed, wider=plan_of(study)), known=whole)
    assert not calls
    assert bytes_of(found) == bytes_of(whole)


def test_a_changed_gate_measures_only_what_depends_on_it(
    setting: Setting, whole: Quantities, calls: Counter[str]
) -> None:
    changed = parse_study(STUDY).with_({"exclusions.tribal.above": "60 %"})
    found = setting.measured(changed, known=whole)
    assert calls == {WATERFALL: 1, "distance": 1, "usable": 1, "slope": 1}
    assert bytes_of(found) == bytes_of(setting.measured(changed))


def test_a_new_criterion_measures_itself(setting: Setting, whole: Quantities, calls: Counter[str]) -> None:
    new = {"weight": 1, "measure": {"count": "rail", "within": "100 m"}, "value": [[0, 0], [3, 1]]}
    changed = parse_study(STUDY).with_({"blocks.all.criteria.rails": new})
    found = setting.measured(changed, known=whole)
    assert calls == {"count": 1}
    assert len(found.measured) == len(whole.measured) + 1


def test_progress_is_told(setting: Setting) -> None:
    heard: list[int] = []
    setting.measured(part_size=25, begin=heard.append, done=lambda: heard.append(0))
    assert heard == [3, 0, 0, 0]
    nothing: list[int] = []
    setting.measured(known=setting.measured(), begin=nothing.append)
    assert nothing == [0]


def test_an_error_says_of_which_parcels(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    from siting.metrics.coverage import CoveredShare

    def fails(error: Exception) -> Any:
        def measure(*_: Any) -> Any:
            raise error

        return measure

    monkeypatch.setattr(CoveredShare, "measure", fails(ZeroDivisionError("a hole in a hole")))
    with pytest.raises(RunError) as unexpected:
        setting.measured()
    assert str(unexpected.value) == (
        "Working out the measure 'share' of the 60 parcels 'p0' to 'p59' failed: ZeroDivisionError: a hole in a hole. "
        "This is a fault of siting or of its input; finished parts are kept, so that a new start goes on here."
    )
    monkeypatch.setattr(CoveredShare, "measure", fails(StudyError("no such field.")))
    with pytest.raises(StudyError) as refused:
        setting.measured()
    assert str(refused.value) == "no such field."
    assert refused.value.__notes__ == ["While working out the measure 'share' of the 60 parcels 'p0' to 'p59'."]


def test_the_parcels_own_fields_are_not_kept_in_the_folder(setting: Setting, tmp_path: Path) -> None:
    study = parse_study(STUDY).with_({"exclusions": [{"name": "owner", "field": "OWNER", "in": ["o1"]}]})
    store = Store(tmp_path)
    measured = setting.measured(study, store=store)
    assert sum(key.startswith('["field"') for key in measured.made_from) == 1
    assert len(list(tmp_path.rglob("*.parquet"))) == len(measured.made_from) - 1
    assert bytes_of(setting.measured(study, store=store)) == bytes_of(measured)


def test_usable_land_of_parcels_that_an_analyst_admits_is_worked_out(setting: Setting) -> None:
    """Excluded parcels and small ones have no largest piece, unless they are admitted by hand; the others stay."""
    room, pad = (
        next(m for m in plan_of(parse_study(STUDY)).later if m.verb == verb) for verb in ("usable", "distance")
    )
    plain = setting.measured()
    lost = np.flatnonzero(plain[room.key].state == 3)
    assert len(lost) >= 3
    chosen = [str(name) for name in setting.parcels.ids[lost[:3]]]
    found = setting.measured(admitted=chosen, part_size=7)
    assert not (found[room.key].state[lost[:3]] == 3).any()
    assert not (found[pad.key].state[lost[:3]] == 3).any()
    rest = np.setdiff1d(np.arange(len(setting.parcels)), lost[:3])
    np.testing.assert_array_equal(found[room.key].state[rest], plain[room.key].state[rest])
    assert found.made_from[room.key] != plain.made_from[room.key]
    again = setting.measured(admitted=chosen, known=plain)
    np.testing.assert_array_equal(again[room.key].state, found[room.key].state)


def test_every_layer_is_indexed_once_whatever_the_parts(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    from siting.kernels.overlap import PolygonGrid
    from siting.kernels.segments import SegmentGrid

    built: Counter[str] = Counter()
    for kind in (PolygonGrid, SegmentGrid):

        def build(*args: Any, _plain: Any = kind.build, _name: str = kind.__name__, **options: Any) -> Any:
            built[_name] += 1
            return _plain(*args, **options)

        monkeypatch.setattr(kind, "build", build)
    study = parse_study({**STUDY, "usable": []})
    counts = []
    for part_size in (1000, 7):
        built.clear()
        setting.measured(study, part_size=part_size)
        counts.append(dict(built))
    assert counts[0] == counts[1]
    assert counts[0]["PolygonGrid"] > 0 < counts[0]["SegmentGrid"]
