from __future__ import annotations

import numpy as np
import pytest
import shapely

from siting.sample.blockgroups import LARGEST_PEOPLE, SMALLEST_PEOPLE, Cells, block_groups, populate
from siting.sample.frame import Frame
from siting.sample.grid import build_grid
from siting.sample.lattice import build_lattice
from siting.sample.towns import people_in
from tests.sample.networks import land


def test_people_and_jobs_add_up() -> None:
    here = land()
    cells = populate(here.terrain, build_lattice(here.frame), here.towns)
    everybody, _ = people_in(here.frame)
    assert cells.people.sum() == everybody
    assert cells.jobs.sum() == everybody * 46 // 100
    assert cells.making.sum() == (everybody * 46 // 100) * 9 // 100
    assert (cells.making <= cells.jobs).all()
    assert (cells.people >= 0).all()


@pytest.mark.parametrize("seed", range(8))
def test_block_groups_tile_the_county_whatever_its_correction_lines(seed: int) -> None:
    frame = Frame(parcels=20_000, seed=seed)
    lattice = build_lattice(frame)
    rng = np.random.default_rng(seed)
    people = rng.integers(0, 60, (lattice.side - 1,) * 2)
    groups = block_groups(lattice, Cells(people, people, people // 9))
    shapes = groups.geometry.to_numpy()
    assert groups.is_valid.all()
    assert shapely.coverage_is_valid(shapes)
    side = build_grid(frame).rows_v[-1] / 100
    assert shapely.area(shapes).sum() == pytest.approx(side**2, abs=0.5)
    assert groups["POP"].sum() == people.sum()
    assert groups["GEOID"].is_unique
    assert groups["GEOID"].str.fullmatch(r"04990\d{7}").all()


def test_block_groups_hold_600_to_3000_people() -> None:
    lattice = build_lattice(Frame(parcels=20_000, seed=2))
    people = np.random.default_rng(1).integers(0, 200, (lattice.side - 1,) * 2)
    pop = block_groups(lattice, Cells(people, people, people))["POP"]
    assert pop.between(SMALLEST_PEOPLE, LARGEST_PEOPLE).all()
