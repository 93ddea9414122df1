"""The first pass: each block is measured and judged by itself; what it adds to the whole is counted with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from siting.blockwise.columns import Column, tallied
from siting.blockwise.setting import Setting
from siting.check import sources_of
from siting.engine import map_parts
from siting.engine.scattered import PLACE, read_part, write_part
from siting.judgement import STATUSES, Verdicts, judge_alone
from siting.mcda.value import Summary
from siting.measure import State
from siting.parcels import Parcels
from siting.quantities import Quantities
from siting.quantities.identity import hashed
from siting.ranking.checked import source_column
from siting.ranking.facts import present_in

__all__ = ["Judged", "central_column", "judged_blocks", "measured_blocks", "merged_names", "summed"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Judged:
    """A block that is judged.

    prefix : a hash of its parcels; path : its file; about : what it adds to the whole
    measured : quantities that were measured for it just now; judged : whether it was judged just now
    """

    number: int
    prefix: str
    path: Path
    about: Mapping[str, Any]
    measured: int
    judged: bool


def measured_blocks(setting: Setting) -> tuple[list[str], dict[str, Summary]]:
    """The hash of every block, and what value functions that are fitted to the candidates need to know of all."""
    fitted = {c.name: setting.plan.criteria[c.name].key for c in setting.study.criteria() if c.value.needs_summary}

    def one(number: int) -> tuple[str, Path]:
        parcels = setting.blocks.block(number)
        prefix = setting.prefix(parcels)
        made_from = [f"{name} {setting.context.made_from[key]}" for name, key in fitted.items()]
        path = setting.folder / f"fitted-{hashed(prefix, *made_from)}.arrow"
        if read_part(path) is None:
            quantities, _ = setting.quantities(parcels, prefix)
            known = {name: next(iter(quantities[key].columns.values())) for name, key in fitted.items()}
            write_part(path, pa.table({n: np.where(np.isfinite(q), q, np.nan) for n, q in known.items()}))
        return prefix, path

    setting.steps.begin("Measuring", len(setting.blocks))
    found = map_parts(one, range(len(setting.blocks)), workers=setting.workers, done=setting.steps.advance)
    paths = [path for _, path in found]
    counted = {name: tallied(setting, Column(paths, name)) for name in fitted}
    return [prefix for prefix, _ in found], {n: Summary(t.distinct, t.upto_each) for n, t in counted.items()}


def judged_blocks(setting: Setting, summaries: Mapping[str, Summary], basis: str) -> list[Judged]:
    """Every block, measured and judged; what is in the folder already is taken as it is.

    basis : what the summaries are made from, in a text
    """
    identity = setting.identity  # before the workers begin: the first would keep the others waiting

    def one(number: int) -> Judged:
        parcels = setting.blocks.block(number)
        prefix = setting.prefix(parcels)
        path = setting.folder / f"judged-{hashed(identity, basis, prefix)}.arrow"
        kept = read_part(path)
        if kept is not None:
            return Judged(number=number, prefix=prefix, path=path, about=kept[1], measured=0, judged=False)
        quantities, fresh = setting.quantities(parcels, prefix)
        alone = judge_alone(
            setting.study, setting.plan, quantities, parcels.ids, setting.overrides, summaries=summaries
        )
        about = _about(setting, parcels, quantities, alone)
        write_part(path, _table(alone, setting.blocks.places(number)), about)
        return Judged(number=number, prefix=prefix, path=path, about=about, measured=fresh, judged=True)

    setting.steps.begin("Measuring and judging", len(setting.blocks))
    return map_parts(one, range(len(setting.blocks)), workers=setting.workers, done=setting.steps.advance)


def central_column(number: int) -> str:
    """The name of the column that holds the middle of the values of a criterion."""
    return f"value {number}"


def _table(alone: Verdicts, places: NDArray[np.int64]) -> pa.Table:
    """What ranks and medians need."""
    columns = {PLACE: places, "status": alone.standing}
    columns |= {"score": alone.scores.score, "low": alone.scores.low, "high": alone.scores.high}
    columns |= {central_column(i): alone.central(name) for i, name in enumerate(alone.values)}
    return pa.table({name: pa.array(values) for name, values in columns.items()})


def _about(setting: Setting, parcels: Parcels, quantities: Quantities, alone: Verdicts) -> dict[str, Any]:
    """What a block adds to the whole: counts, features, notes, and which optional columns it needs."""
    admitted, marks = alone.admitted, alone.excluded_by
    others = marks.sum(axis=1)
    sources, no_data = {}, {}
    for criterion in setting.study.criteria():
        measured = quantities[setting.plan.criteria[criterion.name].key]
        no_data[criterion.name] = int((measured.state[admitted] == State.NO_DATA).sum())
        source = source_column(measured)
        if source is not None:
            codes, texts = measured.coded(source)
            seen = np.bincount(codes[admitted] + 1, minlength=len(texts) + 1)[1:] > 0
            sources[criterion.name] = sorted(sources_of(texts[seen]))
    published = frozenset(setting.study.parcels.publish) & frozenset(parcels.table.columns)
    sides = [
        f"{side} {key}"
        for key, measured in quantities.measured.items()
        for side in ("low", "high")
        if getattr(measured, side) is not None
    ]
    return {
        "parcels": len(parcels),
        "became": dict(zip(STATUSES, np.bincount(alone.standing, minlength=len(STATUSES)).tolist(), strict=True)),
        "reasons": list(alone.reasons),
        "hits": marks.sum(axis=0).tolist(),
        "alone": (marks & (others == 1)[:, None]).sum(axis=0).tolist(),
        "rules": {rule.name: int(alone.verdicts[rule.name].met.sum()) for rule in setting.plan.rules if not rule.lifts},
        "sources": sources,
        "no_data": no_data,
        "notes": {key: list(measured.notes) for key, measured in quantities.measured.items() if measured.notes},
        "bounded": sides,
        "present": sorted(present_in(alone.values, setting.plan, quantities, published)),
        "gaps": [bool(np.isnan(alone.central(name)[admitted]).any()) for name in alone.values],
    }


def _names(about: Iterable[Mapping[str, Any]], key: str) -> Iterator[str]:
    for one in about:
        yield from one[key]


def merged_names(about: Sequence[Mapping[str, Any]], key: str) -> frozenset[str]:
    """The names that any block has under a key."""
    return frozenset(_names(about, key))


def summed(about: Sequence[Mapping[str, Any]], key: str) -> dict[str, int]:
    """Counts by name, added up."""
    out: dict[str, int] = {}
    for one in about:
        for name, count in one[key].items():
            out[name] = out.get(name, 0) + count
    return out
