"""Ranking: what a study found, frozen."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.check import Finding
from siting.judgement import STATUSES, Judgement, judge
from siting.layer import RasterLayer, VectorLayer
from siting.mcda.aggregate import strongest_weakest
from siting.parcels import ParcelQuality, Parcels
from siting.plan import Plan, plan_of
from siting.quantities import Quantities, measure_all
from siting.ranking.columns import ColumnUnit, excluded_table, ranked_table, result_columns
from siting.ranking.checked import findings_of
from siting.ranking.explain import Explanation, explain
from siting.study import Study

if TYPE_CHECKING:
    import folium

__all__ = ["Ranking"]

_TOP_COLUMNS = ("rank", "id", "score", "score_low", "score_high", "tier", "acres", "strongest", "weakest")


@dataclass(frozen=True, eq=False, kw_only=True)
class Ranking:
    """The result of a study. New questions make new objects; nothing is changed.

    notes : sentences that belong beside the result: themes that are missing, repairs, fallbacks
    """

    study: Study
    plan: Plan
    parcels: Parcels
    quality: ParcelQuality
    layers: Mapping[str, VectorLayer | RasterLayer]
    quantities: Quantities
    judgement: Judgement
    overrides: pd.DataFrame | None = None
    notes: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.parcels)

    @property
    def published(self) -> tuple[str, ...]:
        """The parcel's fields that may be shown."""
        return tuple(name for name in self.study.parcels.publish if name in self.parcels.table.columns)

    @property
    def synthetic(self) -> bool:
        """Whether anything in it is invented."""
        records = [self.quality.provenance, *(layer.provenance for layer in self.layers.values())]
        return any(bool(record.get("synthetic")) for record in records)

    def plan_name(self, key: str) -> str:
        """What uses the measure of this key: the criterion or exclusion, for people; "" for the waterfall."""
        names = [name for name, measure in self.plan.criteria.items() if measure.key == key]
        names += [rule.name for rule in self.plan.rules if any(measure.key == key for measure in rule.measures)]
        return ", ".join(dict.fromkeys(names))

    @cached_property
    def columns(self) -> dict[str, ColumnUnit]:
        """Every column of the result with its unit."""
        return result_columns(self)

    @property
    def table(self) -> gpd.GeoDataFrame:
        """All parcels with every column, in the study's CRS; a copy."""
        data = {name: column.values for name, column in self.columns.items()}
        return gpd.GeoDataFrame(data, geometry=self.parcels.shapes.geometries.copy(), crs=self.parcels.crs)

    def top(self, count: int = 20) -> pd.DataFrame:
        """The best parcels: rank, id, score, tier, acres, what is strongest and weakest."""
        ranked, _ = ranked_table(self, {name: self.columns[name] for name in _TOP_COLUMNS})
        return ranked[list(_TOP_COLUMNS)].head(count)

    def excluded(self) -> pd.DataFrame:
        """Who is excluded and why."""
        return excluded_table(self)

    def hits(self) -> pd.DataFrame:
        """Each exclusion with its hits, and its hits alone."""
        return self.judgement.hits()

    def findings(self) -> list[Finding]:
        """What is legal but silly, as the measured quantities show it (see ``siting check``)."""
        return findings_of(self)

    def explain(self, parcel_id: str) -> Explanation:
        """Where one parcel stands and why."""
        return explain(self, parcel_id)

    def reweight(self, patch: Mapping[str, Any]) -> Ranking:
        """The ranking of a changed study. Layers and parcels stay; only what is new is measured.

        patch : dotted or nested keys of the study, such as {"blocks.power.weight": 30}
        """
        study = self.study.with_(patch)
        plan = plan_of(study)
        quantities = measure_all(plan, self.parcels, self.layers, study.usable, known=self.quantities)
        judged = judge(study, plan, quantities, self.parcels.ids, self.overrides)
        return replace(self, study=study, plan=plan, quantities=quantities, judgement=judged)

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many records came in, and what became of them; they add up."""
        status = {name: int((self.judgement.status == name).sum()) for name in STATUSES}
        return {"read": self.quality.read, **status, "dropped": self.quality.dropped, "merged": self.quality.merged}

    @cached_property
    def strongest_weakest(self) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
        """(n,) the two criteria that add most, and the two that take most, against the median parcel."""
        strong, weak = strongest_weakest(self.judgement.contributions.values)
        names = np.array([*self.judgement.contributions.names, ""], dtype=object)

        def worded(chosen: NDArray[np.int64]) -> NDArray[np.object_]:
            first, second = names[chosen[:, 0]], names[chosen[:, 1]] if chosen.shape[1] > 1 else names[chosen[:, 0] * 0 - 1]
            return np.where(second == "", first, first + ", " + second)

        return worded(strong), worded(weak)

    def override_texts(self, parcel_id: str) -> tuple[str, ...]:
        """The analyst's words about a parcel."""
        if self.overrides is None:
            return ()
        rows = self.overrides[self.overrides["id"].astype(str) == parcel_id]
        return tuple(f"{r.item} = {r.said} ({r.who}, {r.when}: {r.why})" for r in rows.itertuples())

    def map(self) -> folium.Map:
        """The ranking as an interactive map that works offline; displays in a notebook, ``save`` writes it."""
        from siting.maps.ranking_view import map_of

        return map_of(self)

    def _repr_html_(self) -> str:
        counts = self.counts
        said = (
            f"{counts['admitted']:,} of {len(self):,} parcels admitted, {counts['site only']:,} only in a site, "
            f"{counts['excluded']:,} excluded"
        )
        notes = "".join(f"<li>{html.escape(note)}</li>" for note in self.notes)
        return f"<h4>{html.escape(self.study.title)}</h4><p>{said}</p><ul>{notes}</ul>{self.top(10).to_html(index=False)}"
