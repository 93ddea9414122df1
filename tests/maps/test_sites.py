"""Assembled sites on the map."""

from __future__ import annotations

import numpy as np
import pytest

from siting.crs import reproject_shapes
from siting.maps.sites import site_layer, site_section
from siting.ranking import Ranking


@pytest.fixture(scope="module")
def joined(ranked: Ranking) -> Ranking:
    return ranked.reweight({"assemble": {"usable": ["150 ha", "200 ha"], "gap": "40 m", "sites": 3}})


def test_the_outlines_lie_above_the_parcels(joined: Ranking) -> None:
    layer = site_layer(joined)
    assert layer is not None
    assert (layer.title, layer.shapes.kind) == ("Assembled sites (S1 to S3)", "line")
    back, _ = reproject_shapes(layer.shapes, "EPSG:4326", joined.parcels.crs)
    np.testing.assert_allclose(back.bounds, joined.assemble().table.geometry.bounds, atol=0.01)


def test_a_card_names_the_site(joined: Ranking) -> None:
    section = site_section(joined, np.arange(len(joined)))
    assert section is not None
    sites = joined.assemble()
    lines = dict(zip(joined.parcels.ids, section.lines, strict=True))
    for site in sites.table.itertuples():
        for name in site.members.split("; "):
            assert lines[name][0].startswith(f"{site.site}: rank {site.rank} of 3 sites, {site.score:.1f} points, ")
            assert lines[name][0].endswith(" usable acres, 2 parcels")
    assert sum(bool(line) for line in section.lines) == 6


def test_a_study_that_does_not_assemble_has_neither(ranked: Ranking) -> None:
    alone = ranked.reweight({"assemble": None})
    assert site_layer(alone) is None
    assert site_section(alone, np.arange(3)) is None


def test_no_site_is_no_layer(ranked: Ranking) -> None:
    none = ranked.reweight({"assemble": {"usable": ["90000 ha", "99000 ha"], "gap": "40 m"}})
    assert site_layer(none) is None
    assert site_section(none, np.arange(3)) is None
