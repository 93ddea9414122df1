"""Assembled sites on the map: their outlines as a layer of their own, and a section on the cards of their parcels."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from siting.crs import reproject_shapes
from siting.maps.view import CardSection, ContextData
from siting.ranking import Ranking
from siting.shapes import Shapes

__all__ = ["site_layer", "site_section"]

_DEGREES = "EPSG:4326"


def site_layer(ranking: Ranking) -> ContextData | None:
    """The outlines of the sites, to lie above the parcels; None where the study has none."""
    if ranking.study.assemble is None or not len(ranking.assemble()):
        return None
    sites = ranking.assemble()
    lines = shapely.boundary(sites.table.geometry.to_numpy())
    shapes, _ = reproject_shapes(Shapes.from_geometries(lines, "line"), ranking.parcels.crs, _DEGREES)
    count = len(sites)
    title = f"Assembled site{'s' * (count > 1)} (S1{f' to S{count}' if count > 1 else ''})"
    return ContextData(name="assembled sites", title=title, shapes=shapes, tint="pink", tolerance_m=1.0)


def site_section(ranking: Ranking, rows: NDArray[np.int64]) -> CardSection | None:
    """What the card of a parcel says of the site that it is part of; None where the study has none."""
    if ranking.study.assemble is None or not len(ranking.assemble()):
        return None
    sites = ranking.assemble()
    said: dict[str, str] = {}
    for site in sites.table.to_dict("records"):
        place = f"rank {site['rank']} of {len(sites)} sites" if site["rank"] else f"not admitted: {site['excluded_by']}"
        size = f"{site['usable_acres']:,.0f} usable acres, {site['parcels']} parcel{'s' * (site['parcels'] > 1)}"
        line = f"{site['site']}: {place}, {site['score']:.1f} points, {size}"
        said |= dict.fromkeys(str(site["members"]).split("; "), line)
    ids = ranking.parcels.ids[rows]
    return CardSection(
        title="Assembled site", lines=[[said[str(name)]] if str(name) in said else [] for name in ids]
    )  # fmt: skip
