"""Invented names for the places and companies of a sample county."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

import numpy as np

__all__ = ["FAMILY", "FREEWAYS", "PLACES", "ROADS", "drawn", "ordinal"]

PLACES = (
    "Marlow Wells", "Quail Bend", "Saltbush", "Ashdown", "Cobble Ford", "Larkmoor", "Ironwood Flat", "Verano",
    "Tessaly", "Juniper Gate", "Amberlea", "Cinder Mill", "Palo Hondo", "Windrow", "Bellmesa",
    "Orchard Crossing", "Lodestar", "Redbank", "Sandhope", "Cactus Wren", "Silverbit", "Dry Harbor",
    "Stonecrop", "Halcyon", "Mirador Springs", "Kestrel", "Sotol", "Harrowgate", "Owlcreek", "Yarrow",
    "Fallow Hill", "Goldenrod", "Pilot Butte", "Canyon Lea", "Merrin", "Twosprings",
)  # fmt: skip
ROADS = (
    "Tamarisk", "Ocotillo", "Larkspur", "Sundial", "Meadowlark", "Cottonwood", "Agave", "Coppermine",
    "Bluebell", "Adobe", "Mariposa", "Roadrunner", "Chaparral", "Sagebrush", "Windmill", "Harvest", "Lantern",
    "Foothill", "Primrose", "Oleander", "Hackberry", "Lookout", "Mulberry", "Palomino", "Catclaw",
    "Homestead", "Bajada", "Yucca", "Pecan", "Starlight", "Greasewood", "Thistle", "Arroyo", "Jackrabbit",
    "Desert Willow", "Lupine", "Citrus", "Quarry Hill", "Velvet Ash", "Globe Mallow",
)  # fmt: skip
FAMILY = (
    "Alder", "Brightwater", "Calloway", "Denholm", "Everly", "Fairburn", "Garrick", "Hollis", "Ingram",
    "Jessamy", "Kittredge", "Lorimer", "Maddox", "Norcross", "Oakes", "Penrose", "Quillon", "Ravenel",
    "Sterling", "Thorne", "Upshaw", "Vance", "Whitlock", "Yardley", "Ambrose", "Birch", "Corwin", "Dunmore",
    "Ellery", "Forsythe", "Granger", "Hadley", "Ives", "Kerrigan", "Lowell",
)  # fmt: skip
FREEWAYS = ("Sunrise Freeway", "Copper Basin Freeway", "Pioneer Freeway", "Mesa Rim Freeway")


def drawn(rng: np.random.Generator, names: Sequence[str]) -> Iterator[str]:
    """The names in a random order without end; a second round adds ``2`` and so on."""
    order = rng.permutation(len(names))
    for turn in count(1):
        for i in order:
            yield names[i] if turn == 1 else f"{names[i]} {turn}"


def ordinal(n: int) -> str:
    """A number as streets are numbered.

    >>> [ordinal(n) for n in (1, 12, 23, 112)]
    ['1st', '12th', '23rd', '112th']
    """
    ending = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"
