"""What all steps of a run in blocks share: the study, its blocks, layers, and where finished parts are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from siting.blockwise.budget import Budget
from siting.engine import Store
from siting.engine.selection import Each
from siting.evaluate import Steps
from siting.layer import RasterLayer, VectorLayer
from siting.measure import Measured
from siting.parcels import Parcels
from siting.parcels.blocks import ParcelBlocks
from siting.plan import Plan
from siting.quantities import BlockContext, Quantities, kept_block
from siting.quantities.identity import code_identity, fingerprint, hashed
from siting.study import Study

__all__ = ["Setting", "completed"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Setting:
    """The setting of a run; shared by all threads and never changed.

    store : finished quantities; folder : what is judged and the rows of the result, block by block
    each : maps over the parts of a column on the workers of a cluster, to count them there
    """

    study: Study
    plan: Plan
    blocks: ParcelBlocks
    layers: Mapping[str, VectorLayer | RasterLayer]
    context: BlockContext
    overrides: pd.DataFrame | None
    notes: tuple[str, ...]
    store: Store
    folder: Path
    workers: int | None
    budget: Budget
    steps: Steps
    each: Each | None = None

    @cached_property
    def identity(self) -> str:
        """A hash of all that the judgement of a block is made from, beside its parcels and what is true of all."""
        said = "" if self.overrides is None else self.overrides.to_csv(index=False)
        made = repr(sorted(self.context.made_from.items()))
        known = [(name, dict(layer.provenance)) for name, layer in self.layers.items()]
        quality = self.blocks.quality
        record = repr((quality.provenance, sorted(quality.members.items())))
        return hashed(code_identity(whole=True), repr(self.study.resolved()), said, made, repr(known), record)

    def prefix(self, parcels: Parcels) -> str:
        """A hash of the parcels of a block."""
        return hashed(fingerprint(parcels))

    def quantities(self, parcels: Parcels, prefix: str) -> tuple[Quantities, int]:
        """The quantities of a block, and how many were measured for it just now."""
        measured, fresh = kept_block(self.context, parcels, self.store, prefix=prefix)
        return Quantities(measured=measured, made_from=self.context.made_from), fresh


def completed(quantities: Quantities, bounded: frozenset[str], notes: Mapping[str, tuple[str, ...]]) -> Quantities:
    """Quantities of a block as they stand among all: with intervals and notes where any block has them."""

    def one(key: str, measured: Measured) -> Measured:
        changed: dict[str, Any] = {"notes": notes.get(key, ())}
        exact = next(iter(measured.columns.values()))
        for side in ("low", "high"):
            if f"{side} {key}" in bounded and getattr(measured, side) is None:
                changed[side] = np.asarray(exact)
        return replace(measured, **changed)

    return replace(quantities, measured={key: one(key, item) for key, item in quantities.measured.items()})
