"""What is true of all parcels: ranks and medians by exact counting over the judged blocks, counts by adding up."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from siting.blockwise.alone import Judged, central_column, merged_names, summed
from siting.blockwise.columns import Column, forget, ranked, tallied
from siting.blockwise.setting import Setting
from siting.check import FEW, Seen, check_matched, seen_findings
from siting.engine.tally import Tally, spilling
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

    medians : of the admitted, by criterion
    score, low, high : how often the admitted have each; one and the same where no score is an interval
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
        if self.low is self.score and self.high is self.score:
            return rank, rank, rank
        both = admitted & ~np.isnan(scores.low) & ~np.isnan(scores.high)
        low, high = scores.low[both], scores.high[both]
        best[both] = self.low.count - self.low.upto(high) + 1
        worst[both] = self.high.count - self.high.upto(low) - (high > low) + 1
        return rank, best, worst


def _column(blocks: Sequence[Judged], name: str, *, admitted: bool = True, beside: str = "") -> Column:
    """A column of the judged blocks, of the admitted or of all."""
    return Column([block.path for block in blocks], name, admitted=admitted, beside=beside)


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
    score = tallied(setting, _column(blocks, "score"))
    spread = _spread(setting, blocks, became[ADMITTED])
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
        score=score,
        low=tallied(setting, _column(blocks, "low", beside="high"), like=score),
        high=tallied(setting, _column(blocks, "high", beside="low"), like=score),
        bounded=merged_names(about, "bounded"),
        notes=_notes(about),
    )


@dataclass(frozen=True, eq=False)
class _Spread:
    """Medians and effective weights by criterion, and how alike two criteria are."""

    medians: Mapping[str, float]
    effective: Mapping[str, float]
    alike: Mapping[tuple[str, str], float]


def _spread(setting: Setting, blocks: Sequence[Judged], admitted: int) -> _Spread:
    """How the values of the criteria are spread among the admitted; counted, or as they were counted before."""
    path = setting.folder / f"spread-{hashed(*(block.path.name for block in blocks))[:32]}.json"
    with suppress(OSError, ValueError, KeyError, TypeError):
        said = json.loads(path.read_text(encoding="utf-8"))
        return _Spread(said["medians"], said["effective"], {(one, two): much for one, two, much in said["alike"]})
    names = [criterion.name for criterion in setting.study.criteria()]
    columns = {name: _column(blocks, central_column(at), admitted=admitted > 0) for at, name in enumerate(names)}
    medians, effective, weights = {}, {}, setting.study.weights
    ranks: dict[str, Path] = {}
    for number, (name, column) in enumerate(columns.items()):
        counts, places = ranked(setting, column)
        medians[name] = counts.median() if counts.count else 0.0
        if admitted:
            spread = counts.quantile(0.95) - counts.quantile(0.05)
            effective[name] = float(weights[name] * spread) if counts.count else 0.0
        if admitted > 2 and not any(block.about["gaps"][number] for block in blocks):
            ranks[name] = setting.folder / f"ranks-{number}.numbers"
            _write_ranks(ranks[name], counts.count, places)
    alike = _alike(columns, ranks) if admitted > 2 else {}
    told = {"medians": medians, "effective": effective, "alike": [[*pair, much] for pair, much in alike.items()]}
    new = path.with_name(f".{path.name}")
    with spilling(path):
        new.write_text(json.dumps(told), encoding="utf-8")
        new.replace(path)
    for column in columns.values():
        forget(setting, column)
    return _Spread(medians, effective, alike)


def _notes(about: Sequence[Mapping[str, Mapping[str, Sequence[str]]]]) -> dict[str, tuple[str, ...]]:
    keys = dict.fromkeys(key for one in about for key in one["notes"])
    return {key: tuple(dict.fromkeys(note for one in about for note in one["notes"].get(key, ()))) for key in keys}


def _alike(columns: Mapping[str, Column], ranks: Mapping[str, Path]) -> dict[tuple[str, str], float]:
    """Spearman's correlation of every pair of criteria.

    ranks : their files, of criteria without gaps; sums of their products are added up piece by piece. Criteria with
        gaps are compared whole.
    """
    sums = _products(list(ranks.values()))
    for path in ranks.values():
        path.unlink()
    at, out = {name: place for place, name in enumerate(ranks)}, {}
    for one, two in combinations(columns, 2):
        if one in at and two in at:
            i, j = at[one], at[two]
            out[one, two] = correlation_of(sums[i, i], sums[j, j], sums[i, j])
        else:
            out[one, two] = spearman(*(np.concatenate([*columns[name]]) for name in (one, two)))
    return out


def _write_ranks(path: Path, count: int, places: Iterable[NDArray[np.int64]]) -> None:
    """Average ranks less their mean, of all rows one after the other; ``places`` as ``ranked`` gives them."""
    with spilling(path), path.open("wb") as file:
        for twice in places:
            file.write(((twice + 1) / 2 - (count + 1) / 2).data)


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
