"""Sites: neighbouring parcels assembled, measured anew as one piece of land, and ranked as alternatives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from siting.cluster import Site, assemble, connections
from siting.errors import DataError, StudyError
from siting.judgement import EXCLUDED, judge
from siting.layer import VectorLayer
from siting.metrics.attribute import ParcelField
from siting.parcels import ParcelQuality, Parcels
from siting.plan import Plan, plan_of
from siting.quantities import WATERFALL, measure_all
from siting.ranking.columns import ACRE_M2
from siting.robustness import RobustnessResult, robustness_of
from siting.shapes import Shapes
from siting.study import Study
from siting.study.sections import Assemble, Robustness
from siting.where import numbers_of

if TYPE_CHECKING:
    import geopandas as gpd

    from siting.ranking.result import Ranking

__all__ = ["Sites", "sites_of"]

#: column of the sites -> column of their ranking
_STANDING = {
    "rank": "rank", "score": "score_if_admitted", "score_low": "score_low", "score_high": "score_high",
    "status": "status", "excluded_by": "excluded_by", "acres": "acres",
}  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class Sites:
    """Sites that were assembled from the parcels of a ranking; none where no parcels keep the limits together.

    ranking : of the sites, measured anew on their joined land; ids S1, S2, ... in the order in which they were chosen;
        None where there is no site
    note : why there are none, or fewer than asked for
    found : (sites,) what the assembly says of each; members : (sites,) the ids of its parcels
    """

    ranking: Ranking | None
    note: str
    crs: str
    found: tuple[Site, ...]
    members: tuple[tuple[str, ...], ...]

    def __len__(self) -> int:
        return len(self.found)

    @property
    def table(self) -> gpd.GeoDataFrame:
        """The sites, the admitted by rank first: standing, size, parcels, and how good the assembly is.

        Columns: site, rank (0: not admitted), score, score_low, score_high, status, excluded_by, acres, usable_acres,
        parcels, owners (-1: not known), compactness; worth (of the assembly: the mean, or the lowest, of the parcels'
        scores), bound (no site of what hung together then can be worth more), exact (all were tried), members.
        """
        columns: dict[str, Any] = dict.fromkeys(("site", *_STANDING), ())
        if self.ranking is not None:
            standing = self.ranking.columns
            columns = {"site": self.ranking.parcels.ids}
            columns |= {name: standing[shown].values for name, shown in _STANDING.items()}
            columns["rank"] = self.ranking.judgement.rank
        columns |= {
            "usable_acres": np.round([site.usable_m2 / ACRE_M2 for site in self.found], 3),
            "parcels": [len(site.members) for site in self.found],
            "owners": [site.owners for site in self.found],
            "compactness": np.round([site.compactness for site in self.found], 3),
            "worth": np.round([site.worth for site in self.found], 3),
            "bound": np.round([site.bound for site in self.found], 3),
            "exact": [site.exact for site in self.found],
            "members": ["; ".join(names) for names in self.members],
        }
        shapes: Any = [] if self.ranking is None else self.ranking.parcels.shapes.geometries.copy()
        import geopandas as gpd

        table = gpd.GeoDataFrame(columns, geometry=shapes, crs=self.crs)
        last = np.where(table["rank"] > 0, table["rank"], len(table) + 1)
        return table.iloc[np.lexsort((np.arange(len(table)), last))].reset_index(drop=True)

    def robustness(self, spec: Robustness | None = None) -> RobustnessResult:
        """How sure the order of the sites is; without ``spec``, as the study says, for a shortlist of one: the best.

        Raises DataError where there is no site.
        """
        if self.ranking is None:
            raise DataError(f"There is no site to be sure of. {self.note}")
        said = self.ranking.study.robustness or Robustness()
        return robustness_of(self.ranking, spec or said.model_copy(update={"shortlist": 1}))

    def _repr_html_(self) -> str:
        shown = pd.DataFrame(self.table.drop(columns="geometry"))
        return str(shown.to_html(index=False, border=0, justify="left", float_format="{:,.1f}".format))


def sites_of(ranking: Ranking, spec: Assemble | None = None) -> Sites:
    """Sites from the parcels that are admitted, alone or in a site, as ``spec`` or the study's ``assemble`` says.

    A site is measured as one piece of land, gaps between its parcels left out: its border is the outer one, its usable
    land and its pads may cross inner borders. Exclusions for single parcels hold of none of its parcels and are not
    asked again; those for sites are. A field of the parcels is their mean by area, or their sum where the study
    divides it by area; a text that of the parcel with most area.

    Raises StudyError where the study does not say how to assemble.
    """
    spec = spec or ranking.study.assemble
    if spec is None:
        raise StudyError(
            "The study does not say how parcels become sites. Add, for instance, "
            "assemble: {usable: [400 acre, 900 acre], gap: 60 m}."
        )
    rows = np.flatnonzero(ranking.judgement.status != EXCLUDED)
    parcels, owner = ranking.parcels, ranking.study.parcels.owner
    usable = ranking.quantities[WATERFALL].columns["usable"] if WATERFALL in ranking.quantities else None
    some = parcels.shapes.take(rows)
    barriers = [layer.shapes for name in spec.barriers if isinstance(layer := ranking.layers[name], VectorLayer)]
    least, most = spec.usable
    found = assemble(
        some, some.area_m2 if usable is None else usable[rows], ranking.judgement.scores.score[rows],
        connections(some, gap_m=spec.gap.value, barriers=barriers), least_m2=least.value, most_m2=most.value,
        gap_m=spec.gap.value, owner=None if owner is None else parcels.table[owner].to_numpy(object)[rows],
        owners=spec.owners, compactness=spec.compactness or 0.0, sites=spec.sites,
        apart_m=0.0 if spec.apart is None else spec.apart.value, maximise=spec.maximise,
    )  # fmt: skip
    found = [replace(site, members=rows[site.members]) for site in found]
    members = tuple(tuple(str(name) for name in parcels.ids[site.members]) for site in found)
    return Sites(
        ranking=_ranked(ranking, found) if found else None, found=tuple(found), members=members,
        note=_note(spec, found), crs=parcels.crs,
    )  # fmt: skip


def _note(spec: Assemble, found: Sequence[Site]) -> str:
    """Why there are fewer sites than asked for."""
    if len(found) == spec.sites:
        return ""
    limits = [f"{spec.usable[0]} to {spec.usable[1]} of usable land", f"gaps of at most {spec.gap}"]
    limits += [f"at most {spec.owners} owners"] if spec.owners is not None else []
    limits += [f"a compactness of {spec.compactness:g}"] if spec.compactness else []
    limits += [f"{spec.apart} between sites"] if spec.apart is not None else []
    some = f"Only {len(found)} of {spec.sites} sites were" if found else "No site was"
    return f"{some} found with {', '.join(limits[:-1])} and {limits[-1]}."


def _ranked(ranking: Ranking, found: Sequence[Site]) -> Ranking:
    """The sites as a ranking of their own."""
    study = ranking.study.model_copy(
        update={
            "exclusions": tuple(rule for rule in ranking.study.exclusions if rule.applies_to == "site"),
            "overrides": None,
            "assemble": None,
        }
    )
    plan = plan_of(study, wider=ranking.plan)
    parcels = _joined(ranking, study, plan, found)
    quantities = measure_all(plan, parcels, ranking.layers, study.usable, store=ranking.store)
    quality = ParcelQuality(
        read=len(parcels), parcels=len(parcels), dropped=0, merged=0, repaired=0, renamed=0, flagged=0,
        added_vertices=0, table=ranking.quality.table.iloc[:0], provenance=ranking.quality.provenance,
    )  # fmt: skip
    return replace(
        ranking, study=study, plan=plan, parcels=parcels, quality=quality, quantities=quantities, overrides=None,
        judgement=judge(study, plan, quantities, parcels.ids, None), left_out=0, facts=None, rows=None,
        known_sites=None,
        notes=("Sites are measured as one piece of land each; scores of sites and of parcels stand side by side.",),
    )  # fmt: skip


def _joined(ranking: Ranking, study: Study, plan: Plan, found: Sequence[Site]) -> Parcels:
    """The land and the fields of the sites."""
    shapes = [shapely.union_all(ranking.parcels.shapes.geometries[site.members]) for site in found]
    ids = np.array([f"S{number}" for number in range(1, len(found) + 1)], dtype=object)
    divided = {m.name for m in plan.measures if isinstance(m, ParcelField) and m.per is not None}
    errors = study.robustness.errors.values() if study.robustness else ()
    wanted = {m.name for m in plan.measures if isinstance(m, ParcelField)}
    wanted |= {error.field for error in errors if error.field is not None}
    text = {m.name for m in plan.measures if isinstance(m, ParcelField) and m.values == "text"}
    table = {name: _field(ranking, name, found, name in divided, name in text) for name in sorted(wanted)}
    return Parcels(
        ids=ids, shapes=Shapes.from_geometries(shapes, "polygon"), crs=ranking.parcels.crs,
        table=pd.DataFrame(table, index=pd.RangeIndex(len(found))),
    )  # fmt: skip


def _field(ranking: Ranking, name: str, found: Sequence[Site], summed: bool, text: bool) -> NDArray[Any]:
    """(sites,) one field of the sites; ``summed``: divided by area; ``text``: read as text."""
    column, area = ranking.parcels.table[name], ranking.parcels.shapes.area_m2
    numbers = np.full(len(column), np.nan) if text else numbers_of(column)
    if np.isnan(numbers).all():
        texts = column.to_numpy(object)
        return np.array([texts[site.members[np.argmax(area[site.members])]] for site in found], dtype=object)
    if summed:
        return np.array([numbers[site.members].sum() for site in found])
    return np.array([np.average(numbers[site.members], weights=area[site.members]) for site in found])
