"""The second pass: each block as a ranking of its own parcels among all, and its rows of the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from siting.blockwise.alone import Judged
from siting.blockwise.setting import Setting, completed
from siting.blockwise.whole import Whole
from siting.engine import map_parts
from siting.engine.scattered import PLACE, read_part, write_rows
from siting.export import GEOMETRY, arrow_table, wkb_of
from siting.judgement import judge_alone, judge_together
from siting.mcda.value import Summary
from siting.quantities.identity import hashed
from siting.ranking import Ranking
from siting.ranking.tables import why_texts
from siting.robustness import RobustnessResult

__all__ = ["WHY", "Together", "rows_of_blocks"]

WHY = "siting:why"  #: a column beside those of the result


@dataclass(frozen=True, eq=False, kw_only=True)
class Together:
    """Blocks as rankings among all: everything that is known of all is with them."""

    setting: Setting
    blocks: Sequence[Judged]
    whole: Whole
    summaries: Mapping[str, Summary]

    def ranking(self, number: int) -> Ranking:
        """The parcels of a block as a ranking that knows of the others."""
        setting, whole = self.setting, self.whole
        parcels, prefix = setting.blocks.block(number), self.blocks[number].prefix
        quantities = completed(setting.quantities(parcels, prefix)[0], whole.bounded, whole.notes)
        alone = judge_alone(
            setting.study, setting.plan, quantities, parcels.ids, setting.overrides, summaries=self.summaries
        )
        return Ranking(
            study=setting.study, plan=setting.plan, parcels=parcels, quality=setting.blocks.quality,
            layers=setting.layers, quantities=quantities, overrides=setting.overrides, notes=setting.notes,
            judgement=judge_together(setting.study, alone, whole.ranks(alone), whole.medians),
            facts=whole.facts, rows=setting.blocks.places(number), store=setting.store,
        )  # fmt: skip

    def sure(self, robustness: RobustnessResult) -> Together:
        """The same with how sure the ranking is."""
        facts = replace(self.whole.facts, robustness=robustness)
        return replace(self, whole=replace(self.whole, facts=facts))

    @property
    def identity(self) -> str:
        """A hash of all that the rows of a block are made from, beside the block."""
        return hashed(self.setting.identity, "".join(block.prefix for block in self.blocks))


def rows_of_blocks(together: Together) -> tuple[list[Path], int]:
    """The rows of the result in a file a block, by their place; and how many blocks were made just now."""
    setting = together.setting

    def one(number: int) -> tuple[Path, bool]:
        path = setting.folder / f"rows-{hashed(together.identity, str(number))}.arrow"
        if read_part(path) is not None:
            return path, False
        ranking = together.ranking(number)
        write_rows(path, _table(ranking))
        return path, True

    setting.steps.begin("Ranking", len(setting.blocks))
    found = map_parts(one, range(len(setting.blocks)), workers=setting.workers, done=setting.steps.advance)
    return [path for path, _ in found], sum(fresh for _, fresh in found)


def _table(ranking: Ranking) -> pa.Table:
    """The rows of some parcels with their places, in the order of these."""
    places: NDArray[np.int64] = np.asarray(ranking.rows, np.int64)
    table = arrow_table({name: column.cells for name, column in ranking.columns.items()})
    table = table.append_column(WHY, _why(ranking))
    table = table.append_column(GEOMETRY, wkb_of(ranking.parcels.shapes))
    table = table.append_column(PLACE, pa.array(places))
    if np.any(np.diff(places) < 0):
        table = table.take(pa.array(np.argsort(places, kind="stable")))
    return table


def _why(ranking: Ranking) -> pa.Array:
    """Why each parcel is not in the ranking; null for those that are."""
    out = np.flatnonzero(~ranking.judgement.admitted)
    if not len(out):
        return pa.nulls(len(ranking), pa.string())
    why = np.full(len(ranking), None, dtype=object)
    why[out] = why_texts(ranking, out)
    return pa.array(why, pa.string())
