"""The budget: sizes as people write them, refusals, and how many parcels there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from siting.blockwise.budget import Budget, budget_of, memory_text, needed_bytes, parcel_count
from siting.errors import RunError
from siting.evaluate import finder_of
from siting.parcels import ParcelsUse
from siting.plan import plan_of
from siting.study import read_study


@pytest.mark.parametrize(
    ("said", "size"),
    [("4GB", 4 * 10**9), ("1200 mb", 12 * 10**8), ("2GiB", 2**31), ("1.5 GB", 15 * 10**8), (10**9, 10**9)],
)
def test_sizes(said: str | int, size: int) -> None:
    assert budget_of(said).bytes == size


@pytest.mark.parametrize("said", ["4", "much", "4 XB", True, 1.5])
def test_what_is_no_size_is_refused(said: object) -> None:
    with pytest.raises(RunError) as e:
        budget_of(said)  # type: ignore[arg-type]
    assert str(e.value) == (
        f"The memory {said!r} is no size. Write a number with KB, MB, GB or TB, such as memory='4GB'."
    )


def test_too_little_is_refused() -> None:
    with pytest.raises(RunError) as e:
        budget_of("100MB")
    assert str(e.value) == (
        "The memory '100MB' is too little: libraries, kernels and ordinary layers take about 500 MB before the first "
        "parcel. Write at least 1 GB, such as memory='2GB'."
    )


def test_blocks_shrink_with_the_budget_and_the_workers() -> None:
    assert [Budget(size).block_size(2) for size in (10**12, 10**9, 8 * 10**8)] == [65_536, 8_928, 5_357]
    assert [Budget(10**9).block_size(workers) for workers in (1, 4, 64)] == [17_857, 4_464, 1_024]
    assert Budget(1).block_size(1) == 1_024


def test_each_worker_has_as_many_blocks() -> None:
    """16 blocks of 62,500 at most for two workers, and of 65,536 at most for one; never under the smallest."""
    budget = Budget(4 * 10**9)
    assert [budget.block_size(workers, 1_000_000) for workers in (1, 2, 3)] == [62_500, 62_500, 37_038]
    assert [budget.block_size(2, parcels) for parcels in (0, 1, 50_001)] == [62_500, 1_024, 25_001]


def test_blocks_are_cut_where_layers_are_large() -> None:
    """1 GB less 370 MB for libraries, kernels and the layers' 130 MB; half of the rest is for parcels of 14 kB."""
    budget = Budget(10**9)
    assert budget.pieces(130_000_000, 8_928, 2) == 1
    assert budget.pieces(0, 8_928, 2) == 1
    assert budget.pieces(254_000_000, 8_928, 2) == 1  # two thirds of the rest
    assert budget.pieces(256_000_000, 8_928, 2) == 2
    assert budget.pieces(380_000_000, 8_928, 2) == 2
    assert budget.pieces(380_000_000, 8_928, 1) == 1
    assert budget.pieces(500_000_000, 8_928, 2) == 4


def test_layers_that_leave_no_room_are_refused_with_the_least_budget() -> None:
    with pytest.raises(RunError) as e:
        Budget(10**9).pieces(1_200_000_000, 8_928, 2)
    assert str(e.value) == (
        "The layers of the study take 1.2 GB of memory once they are opened and indexed; the run may take 1 GB, "
        "libraries and parcels in hand included. Write at least memory='1.7 GB', or clip the layers to the land and "
        "keep fewer of their features."
    )
    assert Budget(1_700_000_000).pieces(1_200_000_000, 8_928, 2) > 1


def test_a_budget_that_was_passed_is_said() -> None:
    assert Budget(10**9).passed(10**9) == ""
    assert Budget(10**9).passed(1_250_000_000) == (
        "The process held 1.25 GB of memory at its peak, more than the 1 GB that the run was given: large layers, or "
        "work before the run, are held beside the parcels. Fewer workers take less."
    )


def test_more_parcels_need_more(world: Path) -> None:
    study = read_study(world)
    plan = plan_of(study)
    assert needed_bytes(study, plan, 10**6) > 2 * 10**9 > needed_bytes(study, plan, 10**4)
    assert parcel_count(study, finder_of(study, None)) >= 40
    cells = {"grid": {"size": "100 m", "area": [0.0, 0.0, 1000.0, 500.0]}}
    grid = study.model_copy(update={"parcels": ParcelsUse.model_validate(cells)})
    assert parcel_count(grid, finder_of(grid, None)) == 50
    assert memory_text(4 * 10**9) == "4 GB"
