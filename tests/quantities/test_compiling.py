from __future__ import annotations

from pathlib import Path

import pytest

from siting.evaluate import Silence, evaluate, finder_of
from siting.kernels import compiled
from siting.kernels.ready import KERNELS
from siting.metrics import MEASURES
from siting.plan import plan_of
from siting.quantities.compiling import BY_VERB, kernels_of
from siting.study import read_study


def test_every_measure_says_which_kernels_it_calls() -> None:
    assert set(BY_VERB) == {measure.verb for measure in MEASURES}
    assert {name for names in BY_VERB.values() for name in names} <= set(KERNELS)


class _Compiling(Silence):
    """Writes down the step in which each kernel is asked for the first time."""

    step = ""

    def begin(self, text: str, total: int | None = None) -> None:  # noqa: ARG002 - the protocol
        self.step = text


def test_all_kernels_of_a_run_are_compiled_in_the_step_that_says_so(
    world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = _Compiling()
    asked: dict[str, str] = {}
    kept = compiled.Compiled.dispatcher.fget  # type: ignore[attr-defined]

    def dispatcher(kernel: compiled.Compiled) -> object:
        asked.setdefault(kernel.__module__ + "." + kernel.__name__, steps.step)
        return kept(kernel)

    monkeypatch.setattr(compiled.Compiled, "dispatcher", property(dispatcher))
    evaluate(read_study(world), steps=steps, part_size=10)
    late = {name: step for name, step in asked.items() if step != "Preparing (compiles once)"}
    assert late == {}


def test_quantiles_are_compiled_only_where_they_are_asked_for(world: Path) -> None:
    study = read_study(world)
    names = kernels_of(study, plan_of(study), finder_of(study, None))
    assert "surely_valid" in names
    assert len(set(names)) == len(names)
    assert ("zonal_quantile" in names) == any(getattr(m, "quantile", None) for m in plan_of(study).measures)
