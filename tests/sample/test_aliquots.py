from __future__ import annotations

import numpy as np
import pytest

from siting.sample.aliquots import aliquot_parts
from siting.sample.grid import FORTIES
from tests.sample.counties import grid


def parts(section_mode: int, quarter_mode: int = 0, group: np.ndarray | None = None):
    cells = grid(1_000).forties
    groups = np.full(len(cells), -1)
    groups[:FORTIES] = 0 if group is None else group
    sections = len(cells) // FORTIES
    return cells, aliquot_parts(cells, groups, np.full(sections, section_mode), np.full((sections, 4), quarter_mode))


def areas(outlines) -> list[float]:
    """Shoelace areas in units of the first forty."""
    out = []
    for a, b in zip(outlines.offsets[:-1], outlines.offsets[1:], strict=True):
        u, v = outlines.u[a:b].astype(float), outlines.v[a:b].astype(float)
        out.append(float((u * np.roll(v, -1) - np.roll(u, -1) * v).sum() / 2))
    return out


@pytest.mark.parametrize(
    ("section", "quarter", "expected"),
    [
        (1, 0, [16]),
        (2, 0, [8, 8]),
        (3, 0, [8, 8]),
        (4, 1, [4, 12]),
        (7, 0, [1, 1, 1, 1, 12]),
        (0, 1, [4, 4, 4, 4]),
        (0, 2, [2] * 8),
        (0, 5, [1, 1, 1, 1, 3, 3, 3, 3]),
        (0, 0, [1] * 16),
    ],
)
def test_a_section_is_divided_as_its_mode_says(section: int, quarter: int, expected: list[int]):
    cells, outlines = parts(section, quarter)
    forty = float((cells.u1[:16] - cells.u0[:16]) @ (cells.v1[:16] - cells.v0[:16])) / 16
    assert sorted(round(a / forty) for a in areas(outlines)) == expected
    assert sum(areas(outlines)) == pytest.approx(16 * forty)


def test_land_of_two_groups_is_never_one_part_but_as_few_as_can_be():
    group = np.zeros(FORTIES, int)
    group[0] = 1
    _, outlines = parts(1, 1, group)
    # an L of three quarters, and in the mixed quarter an L of three forties and the odd one
    assert sorted(np.diff(outlines.offsets).tolist()) == [4, 6, 6]


def test_divided_land_has_no_parts():
    _, outlines = parts(1, 1, np.full(FORTIES, -1))
    assert len(outlines) == 0
