"""The columns of a result: names, units, meanings, what is there and what is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import siting
from siting.ranking import Ranking
from siting.ranking.columns import ACRE_M2, ResultColumns, reason_texts
from siting.study import parse_study
from tests.world import HOSTILE, SECRET

Cell = Callable[[str, str], Any]


@pytest.fixture
def cell(ranked: Ranking) -> Cell:
    rows = {str(name): row for row, name in enumerate(ranked.parcels.ids)}
    return lambda name, column: ranked.columns[column].values[rows[name]]


def test_the_columns_of_the_drawn_world(ranked: Ranking) -> None:
    assert list(ranked.columns) == [
        "id", "status", "excluded_by", "unclear", "rank", "rank_best", "rank_worst", "score", "score_low", "score_high",
        "score_if_admitted", "tier", "strongest", "weakest", "missing", "overrides", "stacked", "acres",
        "p_top_k", "rank_p05", "rank_p95", "confidence", "USE",
        "gross_acre", "cut_flood_acre", "cut_steep_acre", "usable_acre", "largest_piece_acre", "usable_pieces",
        "q_usable_land_ha", "q_usable_land_ha_low", "q_usable_land_ha_high",
        "v_usable_land", "v_usable_land_low", "v_usable_land_high", "c_usable_land", "s_usable_land",
        "q_flat_pct_slope", "v_flat", "c_flat",
        "q_station_km", "q_station_km_low", "q_station_km_high",
        "v_station", "v_station_low", "v_station_high", "c_station", "s_station", "station_nearest_id",
        "q_hazard_m", "v_hazard", "v_hazard_low", "v_hazard_high", "c_hazard", "s_hazard", "hazard_nearest_id",
        "q_quiet_m", "v_quiet", "v_quiet_low", "v_quiet_high", "c_quiet", "s_quiet", "quiet_nearest_id",
        "quiet_placement",
        "q_zone", "v_zone", "v_zone_low", "v_zone_high", "c_zone", "s_zone", "zone_class_share",
        "x_tribal_land_pct", "x_public_owner",
    ]  # fmt: skip


def test_units_stand_beside_the_columns(ranked: Ranking) -> None:
    units = {name: column.unit for name, column in ranked.columns.items() if column.unit}
    assert units["q_station_km"] == units["q_station_km_low"] == "km"
    assert units["q_usable_land_ha"] == "ha"
    assert units["q_flat_pct_slope"] == "% slope"
    assert units["cut_flood_acre"] == units["acres"] == "acre"
    assert units["c_station"] == units["score"] == "points"
    assert units["x_tribal_land_pct"] == "%"
    assert units["zone_class_share"] == "share"
    assert "v_station" not in units


def test_every_column_has_its_own_meaning(ranked: Ranking) -> None:
    meanings = [column.meaning for column in ranked.columns.values()]
    assert all(meanings)
    assert len(set(meanings)) == len(meanings)


def test_quantities_of_single_parcels(cell: Cell) -> None:
    assert cell("B3", "q_station_km") == 2.0
    assert cell("B3", "station_nearest_id") == "west"
    assert np.isnan(cell("G3", "q_station_km"))
    assert (cell("G3", "q_station_km_low"), cell("G3", "q_station_km_high")) == (2.0, np.inf)
    assert (cell("E3", "q_station_km_low"), cell("E3", "q_station_km_high")) == (4.0, 5.0)
    assert cell("C3", "q_hazard_m") == np.inf
    assert cell("C3", "s_hazard") == "> 1 km"
    assert np.isnan(cell("F3", "q_hazard_m"))
    assert cell("F3", "s_hazard") == "no data"
    assert cell("G5", "x_tribal_land_pct") == pytest.approx(40, abs=1e-4)
    assert cell("H1", "missing") == "hazard; quiet; zone"
    assert cell("B2", "stacked") == "B2; B2-U1; B2-U2"
    assert cell("A3", "rank") == cell("C3", "rank") == 1
    assert cell("H5", "rank") is None
    assert np.isnan(cell("H5", "score"))
    assert cell("H5", "score_if_admitted") > 0


def test_the_waterfall_adds_up(ranked: Ranking, cell: Cell) -> None:
    columns = ranked.columns
    cuts = columns["cut_flood_acre"].values + columns["cut_steep_acre"].values
    left = columns["gross_acre"].values - cuts
    np.testing.assert_allclose(left, columns["usable_acre"].values, atol=1e-6)
    assert cell("A4", "cut_flood_acre") == pytest.approx(50e4 / ACRE_M2, abs=1e-6)
    assert cell("H1", "usable_acre") == 0
    assert cell("A3", "usable_acre") == pytest.approx(100e4 / ACRE_M2, abs=1e-6)


def test_contributions_add_up_to_the_distance_from_the_median_parcel(ranked: Ranking) -> None:
    names = [criterion.name for criterion in ranked.layout.criteria]
    total = sum(ranked.columns[f"c_{name}"].values for name in names)
    np.testing.assert_allclose(total, ranked.judgement.contributions.total, atol=1e-6)
    exact = ranked.columns["score_low"].values == ranked.columns["score_high"].values
    score = ranked.columns["score_if_admitted"].values
    np.testing.assert_allclose(total[exact], (score - ranked.judgement.contributions.reference)[exact], atol=1e-5)


def test_an_owner_is_no_column_and_in_no_cell(ranked: Ranking) -> None:
    assert "OWNER" not in ranked.columns
    for column in ranked.columns.values():
        if column.values.dtype.kind == "O":
            assert not [text for text in column.values if text in (SECRET, "STATE")]
    assert set(ranked.columns["x_public_owner"].values) == {None}


def test_hostile_text_stays_as_it_is(cell: Cell) -> None:
    assert cell(HOSTILE, "id") == HOSTILE
    assert cell("A1", "USE") == "<script>alert(1)</script>"


def test_a_name_that_is_taken_gets_a_number_whatever_its_case() -> None:
    columns, values = ResultColumns(), np.zeros(1)
    names = [columns.add(name, values, "a column") for name in ("id", "ID", "geom", "Id", "id_2")]
    assert names == ["id", "ID_2", "geom_2", "Id_3", "id_2_2"]


def test_reasons_without_a_rule_and_without_a_parcel() -> None:
    assert reason_texts(np.zeros((2, 0), bool), ()).values.tolist() == ["", ""]
    assert reason_texts(np.zeros((0, 2), bool), ("a", "b")).values.tolist() == []


def test_two_criteria_whose_names_begin_alike_keep_their_own_columns(ranked: Ranking) -> None:
    blocks = {
        "all": {
            "criteria": {
                name: {"weight": 1, "measure": {"distance": "rail"}, "value": [[f"{far} km", 1], [f"{far + 5} km", 0]]}
                for name, far in (("rail_far", 2), ("rail", 1))
            }
        }
    }
    plain = {key: ranked.study.resolved()[key] for key in ("crs", "parcels", "layers", "seed")}
    study = parse_study({**plain, "blocks": blocks}, base=ranked.study.base)
    layout = siting.rank(study, progress=None).layout
    assert [criterion.quantity for criterion in layout.criteria] == ["q_rail_far_km", "q_rail_km"]
