"""The files of assembled sites: where they stand, their outlines, and which parcels they are made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from siting.export import arrow_table, write_csv, write_gpkg
from siting.ranking import Ranking
from siting.ranking.sites import Sites
from siting.shapes import Shapes

__all__ = ["SITE_FILES", "marked", "write_sites"]

SITE_FILES = ("sites.csv", "sites.gpkg", "site_parcels.csv")


def write_sites(ranking: Ranking, sites: Sites, out: Path) -> dict[str, Path]:
    """Write the sites of a ranking into a folder; their paths by name.

    sites.csv, sites.gpkg : the sites by rank, as ``Sites.table`` has them
    site_parcels.csv : a row for each parcel of each site: site, parcel, its rank and score, acres
    """
    table = sites.table
    flat = arrow_table({str(name): table[name].to_numpy() for name in table if name != "geometry"})
    shapes = Shapes.from_geometries(table.geometry.to_numpy(), "polygon")
    layer = "sites_SYNTHETIC" if ranking.synthetic else "sites"
    write_csv(out / "sites.csv", marked(ranking, flat))
    write_gpkg(out / "sites.gpkg", flat, shapes, crs=ranking.parcels.crs, layer=layer)
    write_csv(out / "site_parcels.csv", marked(ranking, arrow_table(_members(ranking, sites))))
    return {name: out / name for name in SITE_FILES}


def _members(ranking: Ranking, sites: Sites) -> dict[str, Any]:
    """The parcels of the sites, in the order in which the sites were chosen."""
    rows = np.concatenate([np.empty(0, np.int64), *(site.members for site in sites.found)]).astype(np.int64)
    counts = [len(site.members) for site in sites.found]
    standing = {name: ranking.columns[name].values[rows] for name in ("rank", "score_if_admitted", "acres", "status")}
    names = [f"S{number}" for number in range(1, len(sites) + 1)]
    return {"site": np.repeat(np.array(names, dtype=object), counts), "parcel": ranking.parcels.ids[rows], **standing}


def marked(ranking: Ranking, table: pa.Table) -> pa.Table:
    """A table for CSV; one with invented data says so in a last column, as CSV has no place beside its rows."""
    if ranking.synthetic:
        return table.append_column("marking", pa.repeat("SYNTHETIC", table.num_rows))
    return table
