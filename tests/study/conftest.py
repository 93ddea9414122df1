"""A small study that uses every section, as text and as a mapping."""

from __future__ import annotations

from typing import Any

import pytest

from siting.study_file import parse_text

TEXT = """\
siting: 1
title: "Two plants beside the dry lake (SYNTHETIC)"
crs: EPSG:26912
pad: 500 m x 400 m
parcels: {source: sample/parcels, id: APN, area: {field: LAND_SIZE, unit: sqft}, publish: [APN]}
overrides:
  - {id: 001-07, item: status, value: excluded, who: A. Surveyor, when: 2026-10-01, why: sold}
  - {id: 001-08, item: station, value: 0.5, who: A. Surveyor, when: 2026-10-02, why: planned line}
layers:
  stations: {source: sample/substations, where: "MAX_VOLT >= 230", units: {MAX_VOLT: kV}}
  flood: {source: sample/flood, coverage: sample/flood_mapped}
  providers: {source: sample/water_providers}
  rail: {source: sample/rail}
  roads: {source: sample/roads}
  dem: {source: sample/dem, unit: cm}
usable:
  - {name: floodway, layer: flood, where: "ZONE_SUBTY == 'FLOODWAY'"}
  - {name: steep, layer: dem, slope_above: 12 % slope}
exclusions:
  - {name: flooded, applies_to: parcel, share: flood, above: 60 %, why: judgement}
  - {name: too small, applies_to: site, usable: largest_piece, below: 60 acre, why: judgement}
blocks:
  land:
    weight: 3
    criteria:
      room: {weight: 2, measure: {usable: largest_piece}, value: [[60 acre, 0], [300 acre, 1]]}
      flat: {weight: 1, measure: {slope: dem, of: usable}, value: [[2 % slope, 1], [8 % slope, 0]]}
  supply:
    weight: 5
    criteria:
      station:
        {weight: 4, measure: {distance: stations, of: pad}, value: [[1 km, 1], [9 km, 0.4], [20 km, 0]]}
      provider: {weight: 1, measure: {class: providers, field: STATUS}, value: {designated: 1, none: 0}}
    blocks:
      quiet:
        weight: 3
        combine: worst
        criteria:
          from_rail: {measure: {distance: rail, of: pad}, value: [[200 m, 0], [1 km, 1]], source: judgement}
          from_roads: {measure: {distance: roads, of: pad}, value: [[50 m, 0], [400 m, 1]]}
aggregate: {across: geometric, floor: 0.1}
missing: interval
tiers: {good: 75, fair: 40}
robustness: {weights: {dirichlet: 40}, errors: {station: {normal: 300 m, shared_by: feature}}, draws: 1000}
assemble: {usable: [300 acre, 800 acre], gap: 40 m, barriers: [roads, rail], owners: 3, compactness: 0.4, apart: 1 km}
programme:
  modules: {logic_fab: 1, bulk_gas: 1, wet_chemicals: 1, housing_1000: 2}
  budgets: {water: tables/water.csv}
  together: [{modules: [logic_fab, bulk_gas], within: 4 km}, {modules: [logic_fab, wet_chemicals], within: 45 min}]
  apart: [{modules: [wet_chemicals, housing_1000], at_least: 700 m}]
scenarios:
  loud: {blocks.supply.blocks.quiet.weight: 0}
  reuse: {programme.module.logic_fab.reuse_rate: 90 %, programme.budget.water.river: -40 %}
  strict: {exclusions.too small.below: 100 acre, aggregate.floor: 0.2}
seed: 7
outputs: {write: [parquet, map], up_to: 5000}
context: [rail, roads]
card: [score, land]
marking: SYNTHETIC
"""


@pytest.fixture
def text() -> str:
    return TEXT


@pytest.fixture
def mapping() -> dict[str, Any]:
    return dict(parse_text(TEXT).mapping)
