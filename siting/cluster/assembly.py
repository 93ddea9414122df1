"""Assembly: neighbouring parcels joined to sites of a wanted size, best first.

A site is a connected set of parcels whose usable area lies within the limits, with few enough owners and a compact
outline. Its worth is the mean of the scores of its parcels, weighted by usable area, or the lowest of them. From every
seed a site grows by the neighbour that leaves it worth most, and is then improved by leaving out, adding and swapping
single parcels until nothing helps. What is found is good, not proven best; beside it stands a bound that no connected
set can exceed, and where few enough parcels hang together all sets are tried, and the answer is exact.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import Any, Literal

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from siting.errors import StudyError
from siting.shapes import Shapes

__all__ = [
    "EXACT_UP_TO",
    "IMPROVED",
    "MOST_MEMBERS",
    "SEEDS",
    "SIMPLER_M",
    "Site",
    "assemble",
    "closed",
    "compactness_of",
    "grown",
]

EXACT_UP_TO = 12  #: parcels that hang together; their 4,095 sets are all tried
MOST_MEMBERS = 60  #: parcels of a site (judgement: nobody negotiates with more)
SEEDS = 250  #: parcels from which sites grow, the best by score
SIMPLER_M = 0.5  #: outlines may lie this far off
IMPROVED = 40  #: grown sites that are improved, those worth most
_ROUNDS = 40  #: of improvement

Worth = Literal["mean_score", "lowest_score"]
_Ints = NDArray[np.int64]
_Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Site:
    """Parcels joined to a site.

    members : rows of the parcels, ascending
    usable_m2 : sum of their usable areas; worth : in points
    bound : no site of the parcels that hang together with these, and were left when it was chosen, can be worth more
    exact : whether all sets of those were tried, so that none of them is worth more
    owners : how many; -1 where owners are not known
    compactness : 4 pi area / perimeter squared of the outline, gaps between the parcels filled
    """

    members: _Ints
    usable_m2: float
    worth: float
    bound: float
    exact: bool
    owners: int
    compactness: float


@dataclass(frozen=True, eq=False, kw_only=True)
class _Task:
    """What is to be assembled, and the limits of a site.

    rows : (n,) of the parcels among all; known : compactness of sets of them, worked out once
    """

    geometries: NDArray[np.object_]
    usable: _Floats
    score: _Floats
    owner: _Ints | None
    offsets: _Ints
    neighbour: _Ints
    least: float
    most: float
    gap: float
    owners: int | None
    compactness: float
    worth_is: Worth
    rows: _Ints
    known: dict[tuple[int, ...], float]

    def near(self, row: int) -> _Ints:
        return self.neighbour[self.offsets[row] : self.offsets[row + 1]]

    def owners_of(self, members: list[int]) -> int:
        return -1 if self.owner is None else len(np.unique(self.owner[members]))

    def fits(self, members: list[int]) -> bool:
        """Whether neither area nor owners nor parcels are too many."""
        if self.usable[members].sum() > self.most or len(members) > MOST_MEMBERS:
            return False
        return self.owners is None or self.owner is None or self.owners_of(members) <= self.owners

    def worth(self, members: list[int]) -> float:
        if self.worth_is == "lowest_score":
            return float(self.score[members].min())
        usable = self.usable[members]
        return round(float((self.score[members] * usable).sum() / usable.sum()), 9)

    def connected(self, members: list[int]) -> bool:
        inside, todo = set(members), [members[0]]
        inside.discard(members[0])
        while todo:
            for other in self.near(todo.pop()):
                if int(other) in inside:
                    inside.discard(int(other))
                    todo.append(int(other))
        return not inside

    def compact(self, members: list[int]) -> float:
        if not self.compactness:
            return 1.0
        key = tuple(self.rows[members].tolist())
        if key not in self.known:
            self.known[key] = compactness_of(closed(self.grown[members], self.gap))
        return self.known[key]

    @cached_property
    def grown(self) -> NDArray[np.object_]:
        return grown(self.geometries, self.gap)

    @property
    def _graph(self) -> Any:
        """Which parcels are neighbours, as a sparse matrix."""
        from scipy.sparse import csr_array

        filled = np.ones(len(self.neighbour), np.int8)
        return csr_array((filled, self.neighbour, self.offsets), shape=(self.n, self.n))

    def only(self, rows: _Ints) -> _Task:
        """The task with these parcels alone."""
        part = self._graph[rows][:, rows].sorted_indices()
        return replace(
            self, geometries=self.geometries[rows], usable=self.usable[rows], score=self.score[rows],
            owner=None if self.owner is None else self.owner[rows],
            offsets=part.indptr.astype(np.int64), neighbour=part.indices.astype(np.int64), rows=self.rows[rows],
        )  # fmt: skip

    @property
    def n(self) -> int:
        return len(self.usable)

    @cached_property
    def island(self) -> _Ints:
        """(n,) the number of the connected component of each parcel."""
        from scipy.sparse.csgraph import connected_components

        return np.asarray(connected_components(self._graph, directed=False)[1], np.int64)


def assemble(
    parcels: Shapes,
    usable_m2: _Floats,
    score: _Floats,
    graph: tuple[_Ints, _Ints],
    *,
    least_m2: float,
    most_m2: float,
    gap_m: float,
    owner: NDArray[np.object_] | None = None,
    owners: int | None = None,
    compactness: float = 0.0,
    sites: int = 5,
    apart_m: float = 0.0,
    maximise: Worth = "mean_score",
) -> list[Site]:
    """Up to ``sites`` sites that share no parcel and lie ``apart_m`` from each other, the one worth most first.

    Parameters
    ----------
    parcels : n polygons; usable_m2 : (n,) of each; score : (n,) points
    graph : which can be joined, as :func:`siting.cluster.connections` gives it
    least_m2, most_m2 : usable area of a site
    gap_m : how far apart joined parcels may be; the outline, of which compactness is told, bridges such gaps
    owner : (n,) names, one owner where they agree but for case, spaces and punctuation; None: not known
    owners : at most so many; compactness : at least, of the outline
    maximise : the mean of the scores by usable area, or the lowest score

    Parcels without a score or without usable land are in no site. The parcels must be in an order that does not
    depend on chance (by id): it decides between equals. Sites are
    chosen one after the other, each the best found among what is left; together they need not be the best set.
    Raises StudyError where owners are limited but not known.
    """
    if owners is not None and owner is None:
        raise StudyError(
            f"Sites shall have at most {owners} owners, but the study does not say which field names the owner. "
            "Write owner: under parcels:, or leave owners: out under assemble:."
        )
    task = _Task(
        geometries=parcels.geometries, usable=np.asarray(usable_m2, np.float64), score=np.asarray(score, np.float64),
        owner=None if owner is None else _owner_numbers(owner), offsets=graph[0], neighbour=graph[1], least=least_m2,
        most=most_m2, gap=gap_m, owners=owners, compactness=compactness, worth_is=maximise,
        rows=np.arange(len(parcels)), known={},
    )  # fmt: skip
    out: list[Site] = []
    open_ = (task.usable > 0) & (task.usable <= most_m2) & ~np.isnan(task.score)
    while len(out) < sites:
        left = task.only(np.flatnonzero(open_))
        best = min(_candidates(left), key=lambda some: (-left.worth(some), len(some), some), default=None)
        if best is None:
            break
        out.append(_site(left, best, np.flatnonzero(open_)))
        shape = shapely.geometrycollections(left.geometries[best])
        open_[out[-1].members] = False
        if apart_m > 0:
            open_ &= ~shapely.dwithin(task.geometries, shape, apart_m)
    return out


def grown(geometries: NDArray[np.object_], gap_m: float) -> NDArray[np.object_]:
    """The parcels with a margin of half the gap, corners sharp, simplified within 0.5 m: what an outline is made of."""
    plain = shapely.simplify(geometries, SIMPLER_M)
    return np.asarray(shapely.buffer(plain, gap_m / 2 + 0.01, join_style="mitre"), object)


def closed(grown_: NDArray[np.object_], gap_m: float) -> Any:
    """The outline of a site from its grown parcels: gaps up to ``gap_m`` between them are filled."""
    return shapely.buffer(shapely.union_all(grown_), -(gap_m / 2 + 0.01), join_style="mitre")


def compactness_of(shape: Any) -> float:
    """4 pi area / perimeter squared: 1 for a circle, 0.785 for a square (Polsby and Popper 1991).

    >>> round(compactness_of(shapely.box(0, 0, 7, 7)), 3)
    0.785
    """
    around = float(shapely.length(shape))
    return 4 * np.pi * float(shapely.area(shape)) / around**2 if around else 0.0


def _owner_numbers(owner: NDArray[np.object_]) -> _Ints:
    """(n,) a number for each owner; a parcel without a name is an owner of its own."""
    plain = ["" if pd.isna(name) else "".join(filter(str.isalnum, str(name).casefold())) for name in owner]
    alone = [name or f"row {row}" for row, name in enumerate(plain)]
    return np.unique(np.array(alone, dtype=object).astype(str), return_inverse=True)[1].astype(np.int64)


def _candidates(task: _Task) -> Iterator[list[int]]:
    """Sites that keep every limit: the best of a component of few parcels, those found in one of many."""
    sizes = np.bincount(task.island, minlength=1) if len(task.usable) else np.empty(0, np.int64)
    land = np.bincount(task.island, task.usable, minlength=len(sizes))
    for number in np.flatnonzero((land >= task.least) & (sizes <= EXACT_UP_TO)):
        yield from islice(_all_sets(task, np.flatnonzero(task.island == number)), 1)
    seeds = np.flatnonzero((land >= task.least)[task.island] & (sizes > EXACT_UP_TO)[task.island])
    best = seeds[np.argsort(-task.score[seeds], kind="stable")][:SEEDS]
    sprouts: dict[tuple[int, ...], float] = {}
    for by_distance in (False, True):  # those that follow the scores are worth more, those that stay near more compact
        grown_ = (_grown(task, int(seed), by_distance) for seed in best)
        found = {tuple(members): task.worth(members) for members in grown_ if members is not None}
        sprouts |= dict(sorted(found.items(), key=lambda item: (-item[1], item[0]))[: IMPROVED // 2])
    settled: set[int] = set()  # components in which a site reaches the bound: no other can be worth more
    for key in sorted(sprouts, key=lambda members: (-sprouts[members], members)):
        island = int(task.island[key[0]])
        if island in settled:
            continue
        members = _improved(task, list(key))
        if task.compact(members) >= task.compactness:
            yield members
            if task.worth(members) >= _bound(task, np.flatnonzero(task.island == island)) - 1e-9:
                settled.add(island)


def _all_sets(task: _Task, rows: _Ints) -> Iterator[list[int]]:
    """The sites of a small component, the best first: all its sets are tried."""
    found = []
    for bits in range(1, 1 << len(rows)):
        members = [int(row) for place, row in enumerate(rows) if bits >> place & 1]
        if task.usable[members].sum() >= task.least and task.fits(members) and task.connected(members):
            found.append((-task.worth(members), len(members), members))
    yield from (members for _, _, members in sorted(found) if task.compact(members) >= task.compactness)


def _grown(task: _Task, seed: int, by_distance: bool) -> list[int] | None:
    """A site around a seed: by the neighbour that leaves it worth most, or by the nearest one; None: too small."""
    members, edge = [seed], set(map(int, task.near(seed)))
    middle = shapely.centroid(task.geometries[seed])
    while task.usable[members].sum() < task.least:
        fitting = [row for row in sorted(edge) if task.fits([*members, row])]
        if not fitting:
            return None
        if by_distance:
            far = shapely.distance(task.geometries[fitting], middle)
            best = fitting[int(np.argmin(far))]
        else:
            best = max(fitting, key=lambda row: (task.worth([*members, row]), -row))
        members.append(best)
        edge |= set(map(int, task.near(best)))
        edge -= set(members)
    return sorted(members)


def _improved(task: _Task, members: list[int]) -> list[int]:
    """The site after leaving out, adding and swapping single parcels as long as its worth rises.

    A site that is not compact enough may also change to become so.
    """
    for _ in range(_ROUNDS):
        worth, loose = task.worth(members), task.compact(members) < task.compactness
        changes = [(task.worth(other), other) for other in _changes(task, members)]
        better = [(gain, other) for gain, other in changes if loose or gain > worth + 1e-9]
        for _, other in sorted(better, key=lambda item: (-item[0], item[1])):
            enough = task.usable[other].sum() >= task.least and task.fits(other) and task.connected(other)
            if enough and task.compact(other) >= task.compactness:
                members = other
                break
        else:
            break
    return members


def _changes(task: _Task, members: list[int]) -> Iterator[list[int]]:
    """Sites that differ by one parcel."""
    near = {int(row) for member in members for row in task.near(member)} - set(members)
    edge = sorted(near)
    for out in members if len(members) > 1 else ():
        left = [row for row in members if row != out]
        yield left
        yield from (sorted([*left, row]) for row in edge)
    yield from (sorted([*members, row]) for row in edge)


def _site(task: _Task, members: list[int], rows: _Ints) -> Site:
    """The site of these members; ``rows`` are the rows of the task's parcels among all."""
    island = np.flatnonzero(task.island == task.island[members[0]])
    return Site(
        members=rows[members], usable_m2=float(task.usable[members].sum()), worth=task.worth(members),
        bound=_bound(task, island), exact=len(island) <= EXACT_UP_TO, owners=task.owners_of(members),
        compactness=compactness_of(closed(task.grown[members], task.gap)),
    )  # fmt: skip


def _bound(task: _Task, rows: _Ints) -> float:
    """The worth of the best parcels of a component, cut to the least area, whether connected or not."""
    rows = rows[np.argsort(-task.score[rows], kind="stable")]
    total = np.cumsum(task.usable[rows])
    last = int(np.searchsorted(total, task.least * (1 - 1e-12)))
    if task.worth_is == "lowest_score":
        return float(task.score[rows[last]])
    taken = np.diff(np.minimum(total[: last + 1], task.least), prepend=0.0)
    return round(float((taken * task.score[rows[: last + 1]]).sum() / taken.sum()), 9)
