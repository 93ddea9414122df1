"""What is true of all parcels: ranks and medians by exact counting over the judged blocks, counts by adding up."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from siting.blockwise.alone import Judged, central_column, merged_names, summed
from siting.blockwise.setting import Setting
from siting.check import FEW, Seen, check_matched, seen_findings
from siting.engine.scattered import read_part
from siting.engine.selection import Each, here, tally, where_seen
from siting.engine.tally import Tally, spilling
from siting.errors import RunError
from siting.judgement import ADMITTED, Verdicts
from siting.mcda.rank import correlation_of, spearman
from siting.quantities.identity import hashed
from siting.ranking import Facts
from siting.ranking.checked import known_of_layers
from siting.ranking.withheld import withheld

__all__ = ["Whole", "whole_of"]

_CHUNK = 100_000  #: rows of all criteria that are multiplied at once
_Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Whole:
    """What is true of all parcels.

    medians : of the admitted, by criterion; score, low, high : how often the admitted have each
    bounded : sides of intervals that any block has ("low KEY"); notes : key -> what measures said
    """

    facts: Facts
    medians: Mapping[str, float]
    score: Tally
    low: Tally
    high: Tally
    bounded: frozenset[str]
    notes: Mapping[str, tuple[str, ...]]

    def ranks(self, alone: Verdicts) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """(n,) rank, best and worst rank of some parcels among all; 0 where not admitted."""
        scores, admitted = alone.scores, alone.admitted
        rank, best, worst = (np.zeros(len(admitted), np.int64) for _ in range(3))
        own = admitted & ~np.isnan(scores.score)
        rank[own] = self.score.count - self.score.upto(scores.score[own]) + 1
        both = admitted & ~np.isnan(scores.low) & ~np.isnan(scores.high)
        low, high = scores.low[both], scores.high[both]
        best[both] = self.low.count - self.low.upto(high) + 1
        worst[both] = self.high.count - self.high.upto(low) - (high > low) + 1
        return rank, best, worst


@dataclass(frozen=True)
class _Column:
    """A column of the judged blocks, of the admitted or of all; rows where ``beside`` is not known are left out."""

    blocks: Sequence[Judged]
    name: str
    admitted: bool = True
    beside: str = ""

    def __iter__(self) -> Iterator[_Floats]:
        for _, values in _told(here)(lambda _, part: part.read(), self.parts):
            yield values

    @property
    def parts(self) -> list[_Part]:
        """Where the blocks of the column lie."""
        return [_Part(block.path, self.name, self.admitted, self.beside) for block in self.blocks]


@dataclass(frozen=True)
class _Part:
    """A block's part of a column; whoever sees the block's file may read it."""

    path: Path
    name: str
    admitted: bool
    beside: str

    def read(self) -> _Floats:
        """Its numbers. Raises FileNotFoundError where the file is not seen, or cannot be read."""
        found = read_part(self.path, list(dict.fromkeys([self.name, "status", *filter(None, [self.beside])])))
        if found is None:
            raise FileNotFoundError(self.path)
        values, kept = _numbers(found[0], self.name), np.ones(found[0].num_rows, bool)
        if self.admitted:
            kept &= _numbers(found[0], "status") == 0
        if self.beside:
            kept &= ~np.isnan(_numbers(found[0], self.beside))
        return np.asarray(values[kept], np.float64)


def _told(each: Each) -> Each:
    """The same map, which says what to do where the file of a block cannot be read."""

    def told(function: Callable[[Any, Any], Any], parts: Iterable[Any]) -> Iterator[tuple[int, Any]]:
        try:
            yield from each(function, parts)
        except FileNotFoundError as error:
            raise RunError(
                f"The judged block {Path(error.args[0]).name!r} cannot be read. Start again: only that block is judged "
                "anew."
            ) from error

    return told


def _numbers(table: pa.Table, name: str) -> NDArray[Any]:
    column = table.column(name)
    return np.array(column.to_numpy()) if column.num_chunks else np.empty(0)


def _named_sources(setting: Setting, criterion: str, ids: set[str]) -> frozenset[str]:
    """Some of the features behind a criterion, by numbers where their layer may not be passed on."""
    few = sorted(ids)[:FEW]
    closed = withheld(setting.plan.criteria[criterion], setting.layers)
    return frozenset(f"feature {number}" for number, _ in enumerate(few, start=1)) if closed else frozenset(few)


def whole_of(setting: Setting, blocks: Sequence[Judged]) -> Whole:
    """Everything that is true of all parcels; what was counted before a run stopped is taken as it is."""
    about = [block.about for block in blocks]
    became = summed(about, "became")
    quality = setting.blocks.quality
    became |= {"dropped": quality.dropped, "merged": quality.merged}
    reasons = about[0]["reasons"]
    hits, alone = (np.array([one[key] for one in about], np.int64).sum(axis=0) for key in ("hits", "alone"))
    counting = _Counting(setting, blocks)
    spread = _spread(counting, became[ADMITTED])
    seen = Seen(
        parcels=setting.blocks.count,
        admitted=became[ADMITTED],
        hits=summed(about, "rules"),
        effective=spread.effective,
        alike=spread.alike,
        sources={
            name: _named_sources(setting, name, {item for one in about for item in one["sources"][name]})
            for name in about[0]["sources"]
        },
        no_data=summed(about, "no_data"),
    )
    grains, covers = known_of_layers(setting.study, setting.plan, setting.layers)
    findings = [
        *check_matched(setting.study, setting.layers),
        *seen_findings(seen, weights=setting.study.weights, grains=grains, covers=covers),
    ]
    facts = Facts(
        parcels=setting.blocks.count, bounds=setting.blocks.bounds, became=became,
        hits=tuple(zip(reasons, hits.tolist(), alone.tolist(), strict=True)), findings=tuple(findings),
        present=merged_names(about, "present"),
    )  # fmt: skip
    return Whole(
        facts=facts,
        medians=spread.medians,
        score=counting.tally("score", "score"),
        low=counting.tally("low", "low", beside="high"),
        high=counting.tally("high", "high", beside="low"),
        bounded=merged_names(about, "bounded"),
        notes=_notes(about),
    )


@dataclass(frozen=True, eq=False)
class _Counting:
    """Counts over the judged blocks, kept in files that are named by the blocks."""

    setting: Setting
    blocks: Sequence[Judged]

    @cached_property
    def key(self) -> str:
        """A hash of all blocks, which says all that the counts are made from."""
        return hashed(*(block.path.name for block in self.blocks))[:16]

    @cached_property
    def names(self) -> list[str]:
        """The criteria."""
        return [criterion.name for criterion in self.setting.study.criteria()]

    def path(self, name: str) -> Path:
        """A file of these counts."""
        return self.setting.folder / f"{name}-{self.key}"

    def column(self, number: int, *, admitted: bool = True) -> _Column:
        """The middle of the values of a criterion."""
        return _Column(self.blocks, central_column(number), admitted)

    def value(self, number: int, *, admitted: bool = True) -> Tally:
        """How often a criterion has each value."""
        return self.tally(f"value{number}", central_column(number), admitted=admitted)

    def tally(self, name: str, column: str, *, beside: str = "", admitted: bool = True) -> Tally:
        """How often a column has each number."""
        setting, name = self.setting, self.path(name).name
        kept = Tally.kept(setting.folder, name)
        if kept is not None:
            return kept
        each = here if setting.each is None else where_seen(setting.each)
        parts = _Column(self.blocks, column, admitted, beside).parts
        return tally(parts, _told(each), most=setting.budget.values, folder=setting.folder, name=name)


@dataclass(frozen=True, eq=False)
class _Spread:
    """Medians and effective weights by criterion, and how alike two criteria are."""

    medians: Mapping[str, float]
    effective: Mapping[str, float]
    alike: Mapping[tuple[str, str], float]


def _spread(counting: _Counting, admitted: int) -> _Spread:
    """How the values of the criteria are spread among the admitted; counted, or as they were counted before."""
    path = counting.path("spread").with_suffix(".json")
    with suppress(OSError, ValueError, KeyError, TypeError):
        said = json.loads(path.read_text(encoding="utf-8"))
        return _Spread(said["medians"], said["effective"], {(one, two): much for one, two, much in said["alike"]})
    spread = _counted_spread(counting, admitted)
    alike = [[*pair, much] for pair, much in spread.alike.items()]
    new = path.with_name(f".{path.name}")
    with spilling(path):
        new.write_text(json.dumps({"medians": spread.medians, "effective": spread.effective, "alike": alike}), "utf-8")
        new.replace(path)
    for left in path.parent.glob(f"value*-{counting.key}.*"):
        with suppress(OSError):  # some systems keep files that are mapped; they go with the folder
            left.unlink()
    return spread


def _notes(about: Sequence[Mapping[str, Mapping[str, Sequence[str]]]]) -> dict[str, tuple[str, ...]]:
    keys = dict.fromkeys(key for one in about for key in one["notes"])
    return {key: tuple(dict.fromkeys(note for one in about for note in one["notes"].get(key, ()))) for key in keys}


def _counted_spread(counting: _Counting, admitted: int) -> _Spread:
    """Medians (of all where none is admitted), effective weights, and correlations."""
    medians, effective, weights = {}, {}, counting.setting.study.weights
    for number, name in enumerate(counting.names):
        counts = counting.value(number, admitted=admitted > 0)
        medians[name] = counts.median() if counts.count else 0.0
        if admitted:
            spread = counts.quantile(0.95) - counts.quantile(0.05)
            effective[name] = float(weights[name] * spread) if counts.count else 0.0
    return _Spread(medians, effective, _alike(counting) if admitted > 2 else {})


def _alike(counting: _Counting) -> dict[tuple[str, str], float]:
    """Spearman's correlation of every pair of criteria among the admitted.

    The ranks of each criterion go to a file; sums of their products are added up piece by piece. Criteria with gaps
    are compared whole.
    """
    names = counting.names
    gaps = [any(block.about["gaps"][number] for block in counting.blocks) for number in range(len(names))]
    whole = [number for number, gap in enumerate(gaps) if not gap]
    paths = {number: counting.setting.folder / f"ranks-{number}.numbers" for number in whole}
    for number, path in paths.items():
        _write_ranks(counting, number, path)
    sums = _products([paths[number] for number in whole])
    for path in paths.values():
        path.unlink()
    at = {number: place for place, number in enumerate(whole)}
    out = {}
    for one, two in combinations(range(len(names)), 2):
        if one in at and two in at:
            i, j = at[one], at[two]
            out[names[one], names[two]] = correlation_of(sums[i, i], sums[j, j], sums[i, j])
        else:
            columns = (np.concatenate([*counting.column(number)]) for number in (one, two))
            out[names[one], names[two]] = spearman(*columns)
    return out


def _write_ranks(counting: _Counting, number: int, path: Path) -> None:
    """Average ranks less their mean, of all rows one after the other."""
    counts = counting.value(number)
    with spilling(path), path.open("wb") as file:
        for values in counting.column(number):
            file.write(((counts.mean_rank(values) + 1) / 2 - (counts.count + 1) / 2).data)


def _products(paths: Sequence[Path]) -> _Floats:
    """(c, c) sums of products of columns in files."""
    sums = np.zeros((len(paths), len(paths)))
    if not paths:
        return sums
    rows = paths[0].stat().st_size // 8
    for start in range(0, rows, _CHUNK):
        count = min(_CHUNK, rows - start)
        piece = np.stack([np.fromfile(path, np.float64, count, offset=8 * start) for path in paths])
        sums += piece @ piece.T
    return sums
