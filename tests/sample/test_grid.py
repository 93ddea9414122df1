from __future__ import annotations

import numpy as np
import shapely

from siting.sample.frame import MILE_M, Frame
from siting.sample.grid import FORTIES, build_grid, smooth_noise
from tests.sample.counties import grid


def test_sections_are_numbered_to_and_fro_from_the_north_east():
    # the standard township plat
    numbers = grid().section_numbers.reshape(grid().side, -1)[:6, :6][::-1]
    assert numbers[0].tolist() == [6, 5, 4, 3, 2, 1]
    assert numbers[1].tolist() == [7, 8, 9, 10, 11, 12]
    assert numbers[5].tolist() == [31, 32, 33, 34, 35, 36]


def test_the_county_line_is_the_frame_to_the_centimetre():
    g = grid()
    last = int(g.rows_v[-1])
    along = np.linspace(0, last, 97).astype(np.int64)
    edge = np.zeros(97, np.int64)
    corners = np.array([[0, 0], [last, 0], [0, last], [last, last]])
    assert (g.ground(corners[:, 0], corners[:, 1]) == corners).all()
    assert (g.ground(edge, along)[:, 0] == 0).all()
    assert (g.ground(along, edge)[:, 1] == 0).all()
    assert last == round(g.frame.size_m * 100)


def test_lines_lie_off_true_but_within_their_rights_of_way():
    g = grid()
    c = g.forties
    first = np.arange(0, len(c), FORTIES)
    off = np.abs(g.ground(c.u0[first], c.v0[first]) - np.stack([c.u0[first], c.v0[first]], axis=1))
    assert np.median(off.max(axis=1)) > 50
    assert off.max() <= 1_850  # 4.5 m of error, 14 m at a lost corner
    assert (off.max(axis=1) > 450).mean() < 0.05


def test_townships_are_offset_by_half_a_mile():
    g = grid()
    shift = np.round((g.columns_u[:, 3] - 3 * MILE_M * 100) / (MILE_M * 50)).astype(int)
    assert set(shift.tolist()) <= {-1, 0, 1}
    assert len(set(shift.tolist())) > 1


def test_a_forty_is_found_again_from_its_centre_and_near_its_corners():
    g = grid()
    c = g.forties
    all_of_them = np.arange(len(c))
    assert (g.forty_at(c.x, c.y) == all_of_them).all()
    inner = g.metres(g.ground(c.u0 + 300, c.v0 + 300))
    assert (g.forty_at(inner[:, 0], inner[:, 1]) == all_of_them).all()


def test_sections_hold_about_a_square_mile_and_cover_the_county():
    g = grid()
    whole = g.section_acres
    assert abs(np.median(whole) - 640) < 3
    assert abs(whole.sum() * 4046.8564224 / g.frame.size_m**2 - 1) < 1e-3


def test_a_bend_moves_the_inside_of_a_forty_and_not_its_border():
    g = grid()
    c = g.forties
    bend = np.full((len(c), 4), 1_000.0)
    u = np.concatenate([c.u0, (c.u0 + c.u1) // 2, c.u1])
    v = np.concatenate([(c.v0 + c.v1) // 2, c.v0, c.v1])
    assert (g.ground(u, v, bend) == g.ground(u, v)).all()
    middle = g.ground((c.u0 + c.u1) // 2, (c.v0 + c.v1) // 2, bend) - g.ground((c.u0 + c.u1) // 2, (c.v0 + c.v1) // 2)
    assert (np.abs(middle - 1_000) < 40).all()


def test_the_same_seed_gives_the_same_grid_and_another_seed_another():
    a, b, c = (build_grid(Frame(parcels=1_000, seed=s)) for s in (1, 1, 2))
    assert (a.knots == b.knots).all()
    assert not (a.knots == c.knots).all()


def test_noise_lies_between_minus_one_and_one_and_is_smooth():
    frame = Frame(parcels=1_000, seed=1)
    x = np.linspace(frame.bounds[0], frame.bounds[2], 2_000)
    y = np.full(2_000, frame.bounds[1] + 5_000.0)
    noise = smooth_noise(frame, "test", x, y, 5_000)
    assert np.abs(noise).max() <= 1
    assert np.abs(np.diff(noise)).max() < 3 * (x[1] - x[0]) / 5_000 + 1e-9
    assert np.ptp(noise) > 0.3


def test_section_boxes_do_not_overlap():
    g = grid(1_000)
    c = g.forties
    ring = np.stack(
        [g.metres(g.ground(u, v)) for u, v in ((c.u0, c.v0), (c.u1, c.v0), (c.u1, c.v1), (c.u0, c.v1))], axis=1
    )
    assert shapely.is_valid(shapely.polygons(ring)).all()
