"""Ranking: what a study found, frozen."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.check import Finding
from siting.engine import Store
from siting.errors import DataError, RunError, did_you_mean
from siting.judgement import STATUSES, Judgement, admitted_by_hand, judge
from siting.layer import RasterLayer, VectorLayer
from siting.mcda.aggregate import strongest_weakest
from siting.overrides import read_overrides
from siting.parcels import ParcelQuality, Parcels
from siting.plan import Plan, plan_of
from siting.quantities import Quantities, measure_all
from siting.ranking.agreement import disagreement_table, methods_table, survivors_table
from siting.ranking.anew import check_reweighting
from siting.ranking.cells import Coded
from siting.ranking.checked import findings_of
from siting.ranking.columns import ResultColumn, ResultColumns, result_columns
from siting.ranking.data_weights import data_weights_table
from siting.ranking.explain import About, Explanation, explanation
from siting.ranking.facts import Facts, present_of
from siting.ranking.sites import Sites, sites_of
from siting.ranking.tables import TOP_COLUMNS, excluded_table, ranked_rows, synthetic_note
from siting.ranking.words import plain
from siting.robustness import RobustnessResult, robustness_of
from siting.study import Study
from siting.study.sections import Assemble, Robustness

if TYPE_CHECKING:
    import folium
    import geopandas as gpd

    from siting.comparison import Comparison
    from siting.report import Report
    from siting.whatif import WhyNot

__all__ = ["Ranking"]

SMALL_POINTS, SMALL_SHARE = 0.1, 0.001  #: judgement: contributions that are too small to be named


@dataclass(frozen=True, eq=False, kw_only=True)
class Ranking:
    """The result of a study. New questions make new objects; nothing is changed.

    notes : sentences that belong beside the result: themes that are missing, layers without a feature
    left_out : parcels that were not measured, because only a sample was asked for
    facts, rows : what is true of all parcels, and which of them these are (in the order of their ids), where only some
        are at hand; None where all are
    store : finished quantities on disk, where those of sites are kept as well
    known_sites : the sites of all parcels, where they are known already
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
    left_out: int = 0
    facts: Facts | None = None
    rows: NDArray[np.int64] | None = None
    store: Store | None = None
    known_sites: Sites | None = None

    def __len__(self) -> int:
        return len(self.parcels)

    def __repr__(self) -> str:
        marks = " (SYNTHETIC)" if self.synthetic and "SYNTHETIC" not in self.study.title else ""
        return f"<Ranking {self.study.title!r}{marks}: {self.counts['admitted']:,} of {len(self):,} parcels admitted>"

    @property
    def published(self) -> tuple[str, ...]:
        """The parcel's fields that may be shown."""
        return tuple(name for name in self.study.parcels.publish if name in self.parcels.table.columns)

    @property
    def synthetic(self) -> bool:
        """Whether anything in it is invented, as its sources, its title or its marking say."""
        return bool(self.synthetic_note)

    @cached_property
    def present(self) -> frozenset[str]:
        """The optional columns that any parcel needs, as ``present_of`` names them."""
        return present_of(self) if self.facts is None else self.facts.present

    @property
    def total(self) -> int:
        """How many parcels there are, at hand or not."""
        return len(self) if self.facts is None else self.facts.parcels

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of all parcels, in the study's CRS."""
        return self.parcels.shapes.total_bounds if self.facts is None else self.facts.bounds

    @cached_property
    def synthetic_note(self) -> str:
        """What is invented, in a sentence; "" where nothing is."""
        return synthetic_note(self)

    @cached_property
    def layout(self) -> ResultColumns:
        """Every column of the result, and which of them belong to what."""
        return result_columns(self)

    @property
    def columns(self) -> Mapping[str, ResultColumn]:
        """Every column of the result, in order, with its unit and its meaning."""
        return self.layout.columns

    @cached_property
    def about(self) -> About:
        """What the columns mean, for explanations."""
        return About(
            admitted=self.counts["admitted"],
            contribution_unit=self.judgement.contributions.unit,
            criteria=self.layout.criteria,
            waterfall=self.layout.waterfall,
            published=self.layout.published,
            rules=self.layout.rules,
            reference=plain(self.judgement.contributions.reference),
            marking=self.synthetic_note,
        )

    @property
    def table(self) -> gpd.GeoDataFrame:
        """All parcels with every column, in the study's CRS; a copy."""
        import geopandas as gpd

        data = {name: column.values.copy() for name, column in self.columns.items()}
        return gpd.GeoDataFrame(data, geometry=self.parcels.shapes.geometries.copy(), crs=self.parcels.crs)

    def top(self, count: int = 20) -> pd.DataFrame:
        """The best parcels: rank, id, score, tier, acres, what is strongest and weakest."""
        rows = ranked_rows(self)[: max(count, 0)]
        table = pd.DataFrame({name: self.columns[name].values[rows] for name in TOP_COLUMNS})
        return table.astype(dict.fromkeys(("rank", "rank_best", "rank_worst"), np.int64))

    def excluded(self) -> pd.DataFrame:
        """Who is not in the ranking, and why; records that were dropped or merged come last."""
        return excluded_table(self)

    def hits(self) -> pd.DataFrame:
        """Each exclusion with its hits, and its hits alone."""
        if self.facts is not None:
            return pd.DataFrame(list(self.facts.hits), columns=["reason", "hits", "alone"])
        return self.judgement.hits()

    def findings(self) -> list[Finding]:
        """What is legal but silly, as the measured quantities show it (see ``siting check``)."""
        return list(self._findings)

    @cached_property
    def _findings(self) -> list[Finding]:
        return findings_of(self) if self.facts is None else list(self.facts.findings)

    def explain(self, parcel_id: str) -> Explanation:
        """Where one parcel stands and why. Raises DataError for an id that the ranking does not have."""
        rows = np.flatnonzero(self.parcels.ids.astype(str) == str(parcel_id))
        if not len(rows):
            near = did_you_mean(str(parcel_id), self.parcels.ids[:200_000])
            near = f" {self.quality.stacked_on(str(parcel_id))}".rstrip() or near
            raise DataError(f"There is no parcel {str(parcel_id)!r} among the {len(self):,} of this ranking.{near}")
        row = int(rows[0])
        return explanation({name: column.values[row] for name, column in self.columns.items()}, self.about)

    def reweight(self, patch: Mapping[str, Any]) -> Ranking:
        """The ranking of a changed study. Layers and parcels stay; only what is new is measured.

        patch : dotted or nested keys of the study, such as {"blocks.power.weight": 30}
        Raises StudyError where the patch needs other parcels or layers, or a layer farther out than it was read.
        """
        study = self.study.with_(patch)
        plan = plan_of(study, wider=self.plan)
        check_reweighting(self.study, self.plan, study, plan)
        overrides = None if self.left_out else read_overrides(study, self.parcels.ids, self.quality.members)
        by_hand = admitted_by_hand(overrides)
        quantities = measure_all(plan, self.parcels, self.layers, study.usable, known=self.quantities, admitted=by_hand)
        judged = judge(study, plan, quantities, self.parcels.ids, overrides)
        return replace(
            self, study=study, plan=plan, quantities=quantities, judgement=judged, overrides=overrides, known_sites=None
        )  # fmt: skip

    def robustness(self, spec: Robustness | None = None) -> RobustnessResult:
        """How sure the ranking is, as ``spec`` or else the study's section ``robustness`` says."""
        return self._robustness if spec is None else robustness_of(self, spec)

    @cached_property
    def _robustness(self) -> RobustnessResult:
        if self.facts is not None and self.facts.robustness is not None:
            return self.facts.robustness
        return robustness_of(self)

    def why_not(self, parcel_id: str, k: int | None = None) -> WhyNot:
        """What keeps a parcel off the shortlist of k, and which changes would put it there."""
        from siting.whatif import why_not

        return why_not(self, parcel_id, k)

    def compare(self, other: Ranking, k: int | None = None) -> Comparison:
        """The change from this ranking to another of the same parcels, each parcel's split among its causes."""
        from siting.comparison import compare

        return compare(self, other, k)

    def survivors(self, k: int | None = None) -> pd.DataFrame:
        """The parcels among the best k under the study's weights or any weight set; the survivors of all come first."""
        return survivors_table(self, k)

    def disagreement(self, k: int | None = None) -> pd.DataFrame:
        """The parcels among the best k under any method of aggregation; those under all methods come first."""
        return disagreement_table(self, k)

    def methods(self, k: int | None = None) -> pd.DataFrame:
        """Every method beside the study's own: how much of its shortlist it keeps, and how alike the rankings are."""
        return methods_table(self, k)

    def assemble(self, spec: Assemble | None = None) -> Sites:
        """Neighbouring parcels joined to sites, as ``spec`` or else the study's section ``assemble`` says."""
        return self._sites if spec is None else sites_of(self, spec)

    @cached_property
    def _sites(self) -> Sites:
        return sites_of(self) if self.known_sites is None else self.known_sites

    def data_weights(self) -> pd.DataFrame:
        """The stated weights beside those that the data alone would give: a diagnosis, used nowhere."""
        return data_weights_table(self)

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many records came in, and what became of them: read is the sum of the rest.

        Raises RunError where they do not add up, which would be a fault of siting.
        """
        became = {name: int((self.judgement.status == name).sum()) for name in STATUSES}
        if self.facts is not None:
            became = dict(self.facts.became)
        became |= {"dropped": self.quality.dropped, "merged": self.quality.merged}
        if self.left_out:
            became["not in the sample"] = self.left_out
        if sum(became.values()) != self.quality.read:
            raise RunError(
                f"{self.quality.read:,} records came in, but {sum(became.values()):,} are accounted for: {became}. "
                "This is a fault of siting, not of the study; please report it with the manifest."
            )
        return {"read": self.quality.read, **became}

    @cached_property
    def strongest_weakest(self) -> tuple[Coded, Coded]:
        """(n,) the two criteria that add most, and the two that take most, against the median parcel.

        One that moves the score by less than 0.1 points (or 0.1 %) is not named.
        """
        given = self.judgement.contributions
        small = np.abs(given.values) < (SMALL_POINTS if given.unit == "points" else SMALL_SHARE)
        strong, weak = strongest_weakest(np.where(small, 0.0, given.values))
        names = ["", *(name.replace("_", " ") for name in given.names)]
        pairs = [", ".join(filter(None, pair)) for pair in product(names, names)]

        def worded(chosen: NDArray[np.int64]) -> Coded:
            return Coded((chosen[:, 0] + 1) * len(names) + chosen[:, 1] + 1, pairs)

        return worded(strong), worded(weak)

    @cached_property
    def overridden(self) -> Coded:
        """(n,) the analyst's words about each parcel, "" where there are none."""
        said: dict[str, list[str]] = {}
        for r in () if self.overrides is None else self.overrides.itertuples():
            said.setdefault(str(r.id), []).append(f"{r.item} = {r.said} ({r.who}, {r.when}: {r.why})")
        return _worded(self.parcels.ids, said)

    @property
    def stacked(self) -> Coded:
        """(n,) the ids of all records on a parcel's outline where there are several, else ""."""
        return _worded(self.parcels.ids, self.quality.members)

    def map(self, *, basemap: str | None = None) -> folium.Map:
        """The ranking as an interactive map that works offline; displays in a notebook, ``save`` writes it.

        basemap : "usgs_topo", "usgs_imagery" or "openstreetmap" below the parcels; it needs the network
        """
        from siting.maps.ranking_view import map_of

        return map_of(self, basemap)

    def report(self) -> Report:
        """The ranking as one page to read and to print; displays in a notebook, ``save`` writes it."""
        from siting.report import report_of

        return report_of(self)

    def _repr_html_(self) -> str:
        counts = self.counts
        said = (
            f"{counts['admitted']:,} of {len(self):,} parcels admitted, {counts['site only']:,} only in a site, "
            f"{counts['excluded']:,} excluded"
        )
        marks = ["SYNTHETIC"] if self.synthetic else []
        marks += [self.study.marking] if self.study.marking not in ("", *marks) else []
        notes = "".join(f"<li>{html.escape(note)}</li>" for note in (*marks, *self.notes))
        top = self.top(10).to_html(index=False, border=0, justify="left", float_format="{:,.1f}".format)
        return f"<h4>{html.escape(self.study.title)}</h4><p>{said}</p><ul>{notes}</ul>{top}"


def _worded(ids: NDArray[np.object_], said: Mapping[str, Sequence[str]]) -> Coded:
    """(n,) what is said of each id, joined; "" where nothing is."""
    if not said:
        return Coded.same(len(ids), "")
    rows = np.flatnonzero(pd.Index(ids.astype(str)).isin(list(said)))
    code = np.zeros(len(ids), np.int64)
    code[rows] = 1 + np.arange(len(rows))
    return Coded(code, ["", *("; ".join(said[str(ids[row])]) for row in rows)])
