"""The cluster: which parcels can be joined, and the sites that are assembled from them."""

from siting.cluster.assembly import Site, assemble
from siting.cluster.graph import connections

__all__ = ["Site", "assemble", "connections"]
