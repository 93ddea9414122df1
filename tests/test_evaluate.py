"""The pipeline: what it opens, samples, says, and keeps quantities by."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from siting.crs import study_crs
from siting.evaluate import Silence, evaluate, finder_of, open_layers
from siting.layer import RasterLayer, VectorLayer
from siting.plan import plan_of
from siting.ranking import Ranking
from siting.study import Study, read_study
from tests.world import RECORDS


class Heard:
    """Writes down every step."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, int | None]] = []
        self.advanced = 0

    def begin(self, text: str, total: int | None = None) -> None:
        self.steps.append((text, total))

    def advance(self) -> None:
        self.advanced += 1


def test_the_steps_are_told_with_their_parts(world: Path) -> None:
    heard = Heard()
    evaluate(read_study(world), steps=heard, part_size=10)
    assert heard.steps == [
        ("Reading the study", None),
        ("Preparing (compiles once)", None),
        ("Reading parcels", None),
        ("Opening layers", 7),
        ("Indexing layers", None),
        ("Measuring", 4),
        ("Scoring and ranking", None),
    ]
    assert heard.advanced == 7 + 4


def test_silence_hears_everything_and_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    silence = Silence()
    silence.begin("anything", 3)
    silence.advance()
    assert capsys.readouterr() == ("", "")


def test_notes_name_what_is_missing(ranked: Ranking) -> None:
    assert ranked.notes == (
        "Partial (water): no layer of water is drawn.",
        "The layer 'rail' has no feature within reach of the parcels.",
        "Of the records of the parcels 2 were merged (2 stacked on one outline), 2 were dropped (1 no polygon, "
        "1 sliver); cleaning.csv lists them.",
    )


def test_a_sample_is_seeded_spread_and_says_so(world: Path) -> None:
    study = read_study(world)
    one, two = (evaluate(study, sample=10) for _ in range(2))
    assert one.parcels.ids.tolist() == two.parcels.ids.tolist()
    assert len(one) == 10
    assert one.notes[0] == "A sample: 10 of 40 parcels, spread over the land, drawn by seed 3."
    assert one.counts["not in the sample"] == one.left_out == 30
    assert one.counts["read"] == RECORDS
    other = evaluate(study.with_(seed=4), sample=10)
    assert other.parcels.ids.tolist() != one.parcels.ids.tolist()
    corners = one.parcels.shapes.total_bounds
    assert corners[2] - corners[0] >= 6000
    assert corners[3] - corners[1] >= 4000


@pytest.mark.parametrize("sample", [None, 40, 1000])
def test_a_sample_of_everything_is_everything(world: Path, sample: int | None) -> None:
    whole = evaluate(read_study(world), sample=sample)
    assert (len(whole), whole.left_out) == (40, 0)
    assert whole.overrides is not None


def test_only_layers_that_something_needs_are_opened(world: Path) -> None:
    study = read_study(world).with_({"blocks.permits": None})
    assert "zoning" not in evaluate(study).layers
    shown = evaluate(study.with_({"context": ["zoning"]}))
    assert "zoning" in shown.layers


def test_rasters_are_told_by_their_ending(world: Path) -> None:
    layers = _opened(read_study(world))
    assert {name for name, layer in layers.items() if isinstance(layer, RasterLayer)} == {"dem"}


def test_the_identity_of_a_layer_is_that_of_all_it_was_made_from(world: Path, tmp_path: Path) -> None:
    here = tmp_path / "world"
    shutil.copytree(world.parent, here)
    before = _identities(read_study(here / "study.yaml"))
    assert before == _identities(read_study(world))
    (here / "classes.csv").write_text("ZONE,class\nIND,by_right\nRES,by_right\n", encoding="utf-8")
    after = _identities(read_study(here / "study.yaml"))
    assert {name for name in before if before[name] != after[name]} == {"zoning"}
    used = _identities(read_study(here / "study.yaml").with_({"layers.fissures.coverage": None}))
    assert {name for name in after if after[name] != used[name]} == {"fissures"}


def test_the_crosswalk_is_on_record(world: Path) -> None:
    record = _opened(read_study(world))["zoning"].provenance["crosswalk"]
    assert record["file"] == "classes.csv"
    assert len(record["sha256"]) == 64


def _opened(study: Study) -> dict[str, VectorLayer | RasterLayer]:
    finder, crs = finder_of(study, None), study_crs(study.crs)
    from siting.parcels import read_parcels

    parcels = read_parcels(study.parcels, finder=finder, crs=crs).parcels
    return open_layers(study, plan_of(study), parcels.shapes.total_bounds, finder=finder, crs=crs)


def _identities(study: Study) -> dict[str, str]:
    return {name: str(layer.provenance["identity"]) for name, layer in _opened(study).items()}
