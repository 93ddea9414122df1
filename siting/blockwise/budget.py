"""The memory that a run may take, and what it would take with everything in memory."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from siting.catalogue import Finder
from siting.errors import RunError, SitingError
from siting.parcels.blocks import BLOCK_SIZE
from siting.plan import Plan
from siting.study import Study

__all__ = ["DEFAULT_MEMORY", "Budget", "budget_of", "memory_text", "needed_bytes", "parcel_count"]

DEFAULT_MEMORY = "4GB"  #: judgement: what an ordinary laptop can spare
_UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
_LEAST = 1_000_000_000  #: what a run keeps with ordinary layers: the base, and blocks of a few thousand parcels
#: bytes: of a run at all (libraries 280 MB, kernels 90 MB, ordinary layers 130 MB), of a parcel, of a column of it
_BASE, _PARCEL, _COLUMN = 500_000_000, 6_000, 60
_LAYERS = 130_000_000  #: of the base: what it counts with before layers are opened
_WORKING = 14_000  #: bytes that a parcel takes while its block is worked on: 10 kB with usable land and a pad, else 3
_SMALLEST = 1_024


@dataclass(frozen=True)
class Budget:
    """A budget of memory in bytes."""

    bytes: int

    def __str__(self) -> str:
        return memory_text(self.bytes)

    def block_size(self, workers: int, parcels: int = 0) -> int:
        """Parcels a block: as many as half of what the base leaves holds while each worker has one in hand.

        Blocks are made before layers are opened; where these turn out large, blocks are cut into ``pieces``.

        Nothing that differs from run to run counts, so that a run that was stopped finds its blocks.

        parcels : how many there are, where that is known: each worker then has as many blocks as the others
        """
        fit = max(0, self.bytes - _BASE) // 2 // (_WORKING * workers)
        size = int(min(BLOCK_SIZE, max(_SMALLEST, fit)))
        blocks = workers * -(-parcels // (size * workers))
        return min(size, max(_SMALLEST, -(-parcels // blocks))) if blocks else size

    def pieces(self, held: int, size: int, workers: int) -> int:
        """Into how many pieces blocks of ``size`` parcels are cut, so that they fit beside the layers.

        A block is read anew for each piece: blocks that take up to two thirds of what the layers leave stay whole.

        held : bytes of the opened layers with their indexes
        Raises RunError, naming the least budget, where layers leave no room for the smallest pieces.
        """
        base, least = _BASE - _LAYERS + held, 2 * _WORKING * workers * min(_SMALLEST, size)
        if base + least > self.bytes:
            needed = -(-(base + least) // 10**8) * 10**8
            raise RunError(
                f"The layers of the study take {memory_text(held)} of memory once they are opened and indexed; the "
                f"run may take {self}, libraries and parcels in hand included. Write at least memory="
                f"{memory_text(needed)!r}, or clip the layers to the land and keep fewer of their features."
            )
        fit = (self.bytes - base) // 2 // (_WORKING * workers)
        return -(-size // fit) if 3 * size > 4 * fit else 1

    def passed(self, peak: int) -> str:
        """What to say of the most bytes that a process held at once; "" where the budget was kept.

        >>> Budget(10**9).passed(10**9)
        ''
        """
        if peak <= self.bytes:
            return ""
        return (
            f"The process held {memory_text(peak)} of memory at its peak, more than the {self} that the run was "
            "given: large layers, or work before the run, are held beside the parcels. Fewer workers take less."
        )

    @property
    def values(self) -> int:
        """Numbers that may be sorted at once."""
        return self.bytes // 200


def budget_of(memory: str | int | None) -> Budget:
    """The budget as asked for: "4GB", "800 MB", "2GiB", or bytes; 4 GB without a word.

    Raises RunError for what is no size, or under 1 GB, which a run cannot keep.

    >>> budget_of("2GB").bytes, str(budget_of(None))
    (2000000000, '4 GB')
    """
    said = DEFAULT_MEMORY if memory is None else memory
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]i?b)\s*", said, re.IGNORECASE) if isinstance(said, str) else None
    if found is None and (isinstance(said, bool) or not isinstance(said, int)):
        raise RunError(f"The memory {said!r} is no size. Write a number with KB, MB, GB or TB, such as memory='4GB'.")
    size = int(float(found[1]) * _UNITS[found[2].upper()]) if found else int(said)
    if size < _LEAST:
        raise RunError(
            f"The memory {said!r} is too little: libraries, kernels and ordinary layers take about "
            f"{memory_text(_BASE)} before the first parcel. Write at least {memory_text(_LEAST)}, such as memory='2GB'."
        )
    return Budget(size)


def needed_bytes(study: Study, plan: Plan, parcels: int) -> int:
    """About what a run takes with everything in memory."""
    columns = 4 * len(plan.measures) + 4 * len(plan.criteria) + len(study.parcels.publish) + 25
    return _BASE + parcels * (_PARCEL + _COLUMN * columns)


def parcel_count(study: Study, finder: Finder) -> int:
    """How many records the parcels of a study come from, as far as that is known before they are read; else 0."""
    use = study.parcels
    if use.grid is not None:
        if isinstance(use.grid.area, str):
            return 0
        west, south, east, north = use.grid.area
        return int((east - west) * (north - south) / use.grid.size.value**2)
    if isinstance(use.candidates, tuple):
        return len(use.candidates)
    try:
        found = finder.find(use.source or (use.points.source if use.points else ""))
        if found.path.suffix.lower() in (".parquet", ".geoparquet"):
            return int(pq.read_metadata(found.path).num_rows)
        import pyogrio

        return max(0, int(pyogrio.read_info(found.path, layer=use.layer or found.layer)["features"]))
    except (SitingError, OSError, ValueError, RuntimeError, pa.ArrowException):  # those of GDAL are RuntimeErrors
        return 0  # whoever reads the file says what is wrong with it


def memory_text(size: int) -> str:
    """A size for people.

    >>> memory_text(4_000_000_000), memory_text(350_000_000)
    ('4 GB', '350 MB')
    """
    return f"{size / 1e9:.3g} GB" if size >= 1e9 else f"{size / 1e6:.3g} MB"
