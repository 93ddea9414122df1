"""Judgement: from quantities to values, verdicts, scores, ranks. Cheap, and done anew for every change of mind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.errors import RunError
from siting.exclusions import Rule, Verdict
from siting.mcda.aggregate import (
    Contributions,
    Disagreement,
    Scores,
    aggregate,
    contributions,
    disagreement,
    fill_missing,
)
from siting.mcda.rank import competition_ranks, interval_ranks, tiers
from siting.mcda.value import Classes, Summary
from siting.mcda.weights import Survivors, survivors
from siting.measure import Measured, State
from siting.plan import Plan
from siting.quantities import Quantities
from siting.study import Study

__all__ = [
    "ADMITTED", "EXCLUDED", "NO_DATA", "SITE_ONLY", "STATUSES", "Judgement", "Verdicts", "admitted_by_hand",
    "disagreement_of", "judge", "judge_alone", "judge_together", "survivors_of",
]  # fmt: skip

ADMITTED, SITE_ONLY, EXCLUDED = "admitted", "site only", "excluded"
STATUSES = (ADMITTED, SITE_ONLY, EXCLUDED)
NO_DATA = "no data"
VETO = "veto"


@dataclass(frozen=True, eq=False, kw_only=True)
class Judgement:
    """What a study says of n parcels.

    values : criterion -> (lowest, highest) value of each parcel; missing : criterion -> (n,) bool
    verdicts : name of a rule -> where it certainly, and where it perhaps holds (after lifting)
    excluded_by : (n, rules) bool in study order, with further columns named in ``reasons``
    reasons : the names of the columns of ``excluded_by``: the rules, then "veto: criterion", "no data: criterion",
        and "override"
    status : (n,) one of ``STATUSES``
    scores : of every parcel, whether admitted or not
    rank, rank_best, rank_worst : (n,) 0 where not admitted
    tier : (n,) None where not admitted
    contributions : relative to the median of the admitted
    """

    values: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]]
    missing: Mapping[str, NDArray[np.bool_]]
    verdicts: Mapping[str, Verdict]
    excluded_by: NDArray[np.bool_]
    reasons: tuple[str, ...]
    status: NDArray[np.object_]
    scores: Scores
    rank: NDArray[np.int64]
    rank_best: NDArray[np.int64]
    rank_worst: NDArray[np.int64]
    tier: NDArray[np.object_]
    contributions: Contributions

    @property
    def admitted(self) -> NDArray[np.bool_]:
        """(n,) whether a parcel is in the ranking."""
        return np.asarray(self.status == ADMITTED, bool)

    def hits(self) -> pd.DataFrame:
        """Each reason with its hits, and its hits alone: parcels that would be admitted without it.

        Columns: reason, hits, alone.
        """
        others = self.excluded_by.sum(axis=1)
        rows = [
            (reason, int(column.sum()), int((column & (others == 1)).sum()))
            for reason, column in zip(self.reasons, self.excluded_by.T, strict=True)
        ]
        return pd.DataFrame(rows, columns=["reason", "hits", "alone"])


@dataclass(frozen=True, eq=False, kw_only=True)
class Verdicts:
    """What a study says of each of n parcels by itself; fields as in ``Judgement``.

    standing : (n,) the place of the parcel's status in ``STATUSES``
    """

    values: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]]
    missing: Mapping[str, NDArray[np.bool_]]
    verdicts: Mapping[str, Verdict]
    excluded_by: NDArray[np.bool_]
    reasons: tuple[str, ...]
    standing: NDArray[np.uint8]
    scores: Scores

    @cached_property
    def status(self) -> NDArray[np.object_]:
        """(n,) one of ``STATUSES``."""
        return np.array(STATUSES, dtype=object)[self.standing]

    @cached_property
    def admitted(self) -> NDArray[np.bool_]:
        """(n,) whether a parcel is in the ranking."""
        return np.asarray(self.standing == STATUSES.index(ADMITTED), bool)

    def central(self, name: str) -> NDArray[np.float64]:
        """(n,) the middle of the values of a criterion."""
        low, high = self.values[name]
        return (low + high) / 2


def judge(
    study: Study, plan: Plan, quantities: Quantities, ids: NDArray[np.object_], overrides: pd.DataFrame | None = None
) -> Judgement:
    """Values, verdicts, scores and ranks of all parcels.

    overrides : columns id, item (status or a criterion), value; the analyst's word against the measurement
    Raises RunError where a parcel is neither admitted nor excluded with a reason, which would be a fault of siting.
    """
    alone = judge_alone(study, plan, quantities, ids, overrides)
    admitted, scores = alone.admitted, alone.scores
    best, worst = interval_ranks(scores.low, scores.high, admitted)
    ranks = competition_ranks(scores.score, admitted), best, worst
    return judge_together(study, alone, ranks, {name: _median(alone.central(name), admitted) for name in alone.values})


def judge_alone(
    study: Study,
    plan: Plan,
    quantities: Quantities,
    ids: NDArray[np.object_],
    overrides: pd.DataFrame | None = None,
    *,
    summaries: Mapping[str, Summary] | None = None,
) -> Verdicts:
    """Values, verdicts and scores: what may be said of a parcel without looking at the others.

    overrides : also of parcels that are not among these
    summaries : criterion -> what is known of all candidates, where its value function is fitted to them; without it
        these parcels are all there are
    """
    values, missing = _values(study, plan, quantities, summaries or {})
    values, missing = _overridden(values, missing, ids, overrides)
    verdicts = _verdicts(plan.rules, quantities)
    excluded_by, reasons, site = _reasons(study, plan.rules, verdicts, values, missing, ids, overrides)
    standing = _standing(excluded_by, site)
    _check_reasons(standing, excluded_by, ids)
    low = {name: value[0] for name, value in values.items()}
    high = {name: value[1] for name, value in values.items()}
    return Verdicts(
        values=values, missing=missing, verdicts=verdicts, excluded_by=excluded_by, reasons=reasons, standing=standing,
        scores=aggregate(study.root, low, high, floor=study.aggregate.floor_value),
    )  # fmt: skip


def judge_together(
    study: Study,
    alone: Verdicts,
    ranks: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    medians: Mapping[str, float],
) -> Judgement:
    """The judgement of parcels with what depends on all of them.

    ranks : rank, best and worst rank, 0 where not admitted; medians : of the admitted, by criterion
    """
    low = {name: value[0] for name, value in alone.values.items()}
    high = {name: value[1] for name, value in alone.values.items()}
    tier = tiers(alone.scores.score, study.tiers)
    tier[~alone.admitted] = None
    return Judgement(
        values=alone.values, missing=alone.missing, verdicts=alone.verdicts, excluded_by=alone.excluded_by,
        reasons=alone.reasons, status=alone.status, scores=alone.scores,
        rank=ranks[0], rank_best=ranks[1], rank_worst=ranks[2], tier=tier,
        contributions=contributions(study.root, low, high, medians, floor=study.aggregate.floor_value),
    )  # fmt: skip


def admitted_by_hand(overrides: pd.DataFrame | None) -> tuple[str, ...]:
    """The ids of the parcels that an analyst admits against the rules, in order; their usable land is wanted too.

    >>> admitted_by_hand(pd.DataFrame({"id": ["b", "a"], "item": ["status"] * 2, "value": ["admitted", "excluded"]}))
    ('b',)
    """
    if overrides is None:
        return ()
    return tuple(sorted(overrides.loc[(overrides["item"] == "status") & (overrides["value"] == ADMITTED), "id"]))


def survivors_of(study: Study, judgement: Judgement, k: int) -> Survivors:
    """The admitted parcels that are among the best k under the study's own weights and every weight set of it."""
    low = {name: value[0] for name, value in judgement.values.items()}
    high = {name: value[1] for name, value in judgement.values.items()}
    floor = study.aggregate.floor_value
    scores = {name: aggregate(root, low, high, floor=floor).score for name, root in study.roots().items()}
    return survivors(scores, k, judgement.admitted)


def disagreement_of(study: Study, judgement: Judgement, k: int) -> Disagreement:
    """The values of all parcels, with the global weights, through every method; only the admitted are ranked.

    Values are the midpoints of their intervals. The methods see criteria side by side, without the study's blocks.
    """
    rows = [(low + high) / 2 for low, high in judgement.values.values()]
    values = np.where(judgement.admitted[:, None], np.stack(rows, axis=1), np.nan)
    return disagreement(values, list(study.weights.values()), k)


_Pair = tuple[NDArray[np.float64], NDArray[np.float64]]


def _values(
    study: Study, plan: Plan, quantities: Quantities, summaries: Mapping[str, Summary]
) -> tuple[dict[str, _Pair], dict[str, NDArray[np.bool_]]]:
    """Lowest and highest value of every criterion, gaps closed as the study says, and where the gaps were."""
    values: dict[str, _Pair] = {}
    missing: dict[str, NDArray[np.bool_]] = {}
    for criterion in study.criteria():
        measured = quantities[plan.criteria[criterion.name].key]
        low, high = _value(_fitted(criterion.value, measured, summaries.get(criterion.name)), measured)
        low, high, gaps = fill_missing(low, high, criterion.value.bounds, study.missing)
        values[criterion.name], missing[criterion.name] = (low, high), gaps
    return values, missing


def _fitted(function: object, measured: Measured, summary: Summary | None) -> object:
    """The value function; one that is fitted to the candidates is fitted to all that were measured, excluded or not."""
    if not function.needs_summary:  # type: ignore[attr-defined]
        return function
    known = Summary.of(next(iter(measured.columns.values()))) if summary is None else summary
    return function.fitted(known)  # type: ignore[attr-defined]


def _value(function: object, measured: Measured) -> _Pair:
    """The value of the first column, as an interval where the quantity is one; the worst where there is no place."""
    name, quantity = next(iter(measured.columns.items()))
    nowhere = measured.state == State.NO_PLACE
    given: NDArray[np.float64]
    if isinstance(function, Classes):
        given = function.value_of_codes(*measured.coded(name))
    else:
        given = function.value(quantity)  # type: ignore[attr-defined]
    worst = float(function.bounds[0])  # type: ignore[attr-defined]
    exact = np.where(nowhere, worst, given)
    if measured.low is None or measured.high is None or isinstance(function, Classes):
        return exact, exact
    low, high = function.value_interval(measured.low, measured.high)  # type: ignore[attr-defined]
    open_ = np.isnan(exact)
    return np.where(open_, low, exact), np.where(open_, high, exact)


def _overridden(
    values: Mapping[str, _Pair],
    missing: Mapping[str, NDArray[np.bool_]],
    ids: NDArray[np.object_],
    overrides: pd.DataFrame | None,
) -> tuple[dict[str, _Pair], dict[str, NDArray[np.bool_]]]:
    """Values that an analyst has set by hand, and where a value is still missing."""
    out, gaps = dict(values), dict(missing)
    if overrides is None:
        return out, gaps
    at = {str(name): row for row, name in enumerate(ids)}
    here = overrides[overrides["id"].astype(str).isin(at)]
    for item in here.loc[here["item"] != "status", "item"].unique():
        said = here[here["item"] == item]
        where = np.array([at[str(name)] for name in said["id"]], np.int64)
        low, high, gap = out[item][0].copy(), out[item][1].copy(), gaps[item].copy()
        low[where] = high[where] = said["value"].to_numpy(np.float64)
        gap[where] = False
        out[item], gaps[item] = (low, high), gap
    return out, gaps


def _verdicts(rules: Sequence[Rule], quantities: Quantities) -> dict[str, Verdict]:
    """Verdicts after lifting: where a lifting rule certainly holds, the lifted ones do not."""
    raw = {rule.name: rule.verdict(quantities.measured) for rule in rules}
    out = {}
    for rule in rules:
        verdict = raw[rule.name]
        for lifter in rules:
            if rule.name in lifter.lifts:
                free = raw[lifter.name].met
                verdict = Verdict(verdict.met & ~free, verdict.perhaps & ~free)
        out[rule.name] = verdict
    return out


def _reasons(
    study: Study,
    rules: Sequence[Rule],
    verdicts: Mapping[str, Verdict],
    values: Mapping[str, _Pair],
    missing: Mapping[str, NDArray[np.bool_]],
    ids: NDArray[np.object_],
    overrides: pd.DataFrame | None,
) -> tuple[NDArray[np.bool_], tuple[str, ...], NDArray[np.bool_]]:
    """(n, reasons) who is excluded by what, the reasons' names, and which of them still leave a place in a site."""
    columns, names, site = [], [], []
    for rule in rules:
        if rule.lifts:
            continue
        verdict = verdicts[rule.name]
        columns.append(verdict.met)
        names.append(rule.name)
        site.append(rule.applies_to == "site")
        if rule.unknown == "exclude":
            columns.append(verdict.perhaps)
            names.append(f"{NO_DATA}: {rule.name}")
            site.append(rule.applies_to == "site")
    for name, least in study.aggregate.veto.items():
        columns.append(values[name][1] < least)
        names.append(f"{VETO}: {name}")
        site.append(False)
    if study.missing == "exclude":
        for name, gaps in missing.items():
            columns.append(gaps)
            names.append(f"{NO_DATA}: {name}")
            site.append(True)
    said = None if overrides is None else overrides[overrides["item"] == "status"]
    out = np.stack(columns, axis=1) if columns else np.zeros((len(ids), 0), bool)
    if said is not None and len(said):
        by_id = dict(zip(said["id"].astype(str), said["value"], strict=True))
        word = np.array([by_id.get(str(name)) for name in ids], dtype=object)
        out = np.where((word == ADMITTED)[:, None], False, out)
        out = np.column_stack([out, word == EXCLUDED])
        names.append("override")
        site.append(False)
    return out, tuple(names), np.array(site, bool)


def _standing(excluded_by: NDArray[np.bool_], site: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Admitted, only in a site, or excluded: the place of each parcel's status in ``STATUSES``."""
    out = np.zeros(len(excluded_by), np.uint8)
    out[excluded_by[:, site].any(axis=1)] = STATUSES.index(SITE_ONLY)
    out[excluded_by[:, ~site].any(axis=1)] = STATUSES.index(EXCLUDED)
    return out


def _check_reasons(standing: NDArray[np.uint8], excluded_by: NDArray[np.bool_], ids: NDArray[np.object_]) -> None:
    """Rows in = admitted + admitted only in a site + excluded with a reason; else siting is at fault (RunError)."""
    wrong = (standing >= len(STATUSES)) | ((standing == STATUSES.index(ADMITTED)) == excluded_by.any(axis=1))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        said = dict(enumerate(STATUSES)).get(int(standing[row]))
        raise RunError(
            f"{int(wrong.sum()):,} parcels are neither admitted nor excluded with a reason; the first is "
            f"{str(ids[row])!r} ({said!r}). This is a fault of siting, not of the study; please report it."
        )


def _median(values: NDArray[np.float64], admitted: NDArray[np.bool_]) -> float:
    """The median of the admitted; of all parcels where none is admitted."""
    chosen = values[admitted] if admitted.any() else values
    return float(np.nanmedian(chosen)) if len(chosen) and not np.isnan(chosen).all() else 0.0
