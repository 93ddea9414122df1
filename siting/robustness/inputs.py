"""From a ranking to the question how sure it is: which weights and data are plausible, and what shares an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from siting.errors import StudyError, did_you_mean, named
from siting.mcda.robustness.acceptability import Alternatives
from siting.mcda.robustness.chance import keys_of
from siting.mcda.robustness.data import CriterionData, QuantityError
from siting.mcda.robustness.weighting import DrawnWeights, WeightLaw, draw_weights, fixed_weights
from siting.mcda.value import Summary
from siting.robustness.kept import kept_smaa
from siting.robustness.result import RobustnessResult
from siting.study import CriterionAt
from siting.study.sections import ErrorModel, Robustness

if TYPE_CHECKING:
    from siting.ranking.result import Ranking

__all__ = ["DEFAULT_CONCENTRATION", "announced_cost", "cost_of", "fitted_function", "robustness_of"]

#: the concentration of weights where a study says nothing (judgement)
DEFAULT_CONCENTRATION = 50.0
_FEATURES = ("nearest_id", "feature_id")
_Ints = NDArray[np.int64]


def robustness_of(ranking: Ranking, spec: Robustness | None = None) -> RobustnessResult:
    """How sure a ranking is, as ``spec`` or else its study's ``robustness`` says.

    Without a word on weights or errors, the weights are drawn around the given ones with a concentration of 50
    (judgement). Raises StudyError for an error that its quantity cannot have.
    """
    spec = spec or ranking.study.robustness or Robustness()
    given, rows = _alternatives(ranking, spec)
    judged = ranking.judgement
    drawn, law, notes = _weights(ranking, spec, given.seed)
    counted = kept_smaa(given, drawn, depth=max(200, 10 * spec.shortlist), store=ranking.store)
    if spec.errors:
        notes = (*notes, cost_of(given, spec.draws))
    if len(rows) < judged.admitted.sum():
        notes = (*notes, f"{int(judged.admitted.sum()) - len(rows):,} admitted parcels without a score are not in it.")
    return RobustnessResult(
        n=len(ranking), rows=rows, ids=ranking.parcels.ids[rows], k=spec.shortlist, law=law, given=given, drawn=drawn,
        counted=counted, score=judged.scores.score[rows], rank=judged.rank[rows], notes=notes,
    )  # fmt: skip


def announced_cost(ranking: Ranking, spec: Robustness | None = None) -> str:
    """What drawing the errors of data will cost, told before anything is drawn; "" where no quantity errs."""
    spec = spec or ranking.study.robustness or Robustness()
    return cost_of(_alternatives(ranking, spec)[0], spec.draws) if spec.errors else ""


def cost_of(given: Alternatives, draws: int) -> str:
    """What the errors of data cost, before they are drawn."""
    erring = [c for c in given.criteria if c.error is not None]
    values = sum(int(c.erring.sum()) for c in erring) * draws
    return (
        f"Errors of {named(c.name for c in erring)} over {draws:,} draws of {len(given):,} parcels: at most "
        f"{values:,} values are drawn (about {max(1, round(values * 1e-7)):,} s); screening leaves out most of them."
    )


def fitted_function(criterion: CriterionAt, quantity: NDArray[Any]) -> Any:
    """The value function of a criterion; one that is fitted to the candidates is fitted to these quantities."""
    function = criterion.value
    return function.fitted(Summary.of(quantity)) if function.needs_summary else function


def _alternatives(ranking: Ranking, spec: Robustness) -> tuple[Alternatives, _Ints]:
    """The admitted that have a score, and their rows."""
    judged, study = ranking.judgement, ranking.study
    known = ~np.isnan(judged.scores.low) & ~np.isnan(judged.scores.high)
    rows = np.flatnonzero(judged.admitted & known)
    criteria = [_criterion(ranking, criterion, spec.errors.get(criterion.name), rows) for criterion in study.criteria()]
    given = Alternatives(
        root=study.root, criteria=criteria, keys=keys_of(ranking.parcels.ids[rows]),
        seed=study.seed if spec.seed is None else spec.seed, floor=study.aggregate.floor_value,
    )  # fmt: skip
    return given, rows


def _weights(ranking: Ranking, spec: Robustness, seed: int) -> tuple[DrawnWeights, str, tuple[str, ...]]:
    """The drawn weights, what is known of them in words, and sentences about it."""
    root = ranking.study.root
    if spec.weights is None and spec.errors:
        return fixed_weights(root, spec.draws), "the data, with the weights as stated", ()
    if spec.weights is None or spec.weights.dirichlet is not None:
        said = None if spec.weights is None else spec.weights.dirichlet
        concentration = DEFAULT_CONCENTRATION if said is None else said
        law, words = (
            WeightLaw("around", concentration),
            f"weights around the stated ones (Dirichlet, concentration {concentration:g})",
        )
        notes = (
            ()
            if said is not None
            else ("The study does not say how sure its weights are; the concentration is judgement.",)
        )
    else:
        known = spec.weights.known or "nothing"
        law, notes = WeightLaw(known), ()
        words = "weights in the stated order" if known == "order" else "any weights, nothing known of them"
    return draw_weights(root, law, spec.draws, seed), words, notes


def _criterion(ranking: Ranking, criterion: CriterionAt, model: ErrorModel | None, rows: _Ints) -> CriterionData:
    """Values and errors of one criterion for some rows."""
    low, high = (values[rows] for values in ranking.judgement.values[criterion.name])
    if model is None:
        return CriterionData(name=criterion.name, low=low, high=high)
    measured = ranking.quantities[ranking.plan.criteria[criterion.name].key]
    quantity = next(iter(measured.columns.values()))
    if quantity.dtype.kind != "f":
        raise StudyError(
            f"The error of {criterion.name!r} is of a quantity, but its measure gives classes. Leave it out."
        )
    function = fitted_function(criterion, quantity)
    kept = quantity.astype(np.float64).copy()
    if ranking.overrides is not None:
        set_by_hand = ranking.overrides.loc[ranking.overrides["item"] == criterion.name, "id"].astype(str)
        kept[np.isin(ranking.parcels.ids.astype(str), list(set_by_hand))] = np.nan
    law: Literal["normal", "uniform", "lognormal"] = "lognormal"
    if model.size is not None:
        law = "normal" if model.normal is not None else "uniform"
    size = model.size.value if model.size is not None else float(model.lognormal or 0)
    error = QuantityError(law, size, _groups(ranking, criterion, model)[rows])
    return CriterionData(name=criterion.name, low=low, high=high, quantity=kept[rows], function=function, error=error)


def _groups(ranking: Ranking, criterion: CriterionAt, model: ErrorModel) -> NDArray[np.uint64]:
    """(n,) keys of what shares an error."""
    if model.shared_by == "layer":
        return np.repeat(keys_of(["layer"]), len(ranking))
    if model.shared_by == "field":
        table = ranking.parcels.table
        if model.field not in table.columns:
            raise StudyError(
                f"The error of {criterion.name!r} is shared by the field {model.field!r}, which the parcels do not "
                f"have. Their fields are {named(table.columns)}.{did_you_mean(str(model.field), table.columns)}"
            )
        return keys_of(table[model.field])
    if model.shared_by == "parcel":
        return keys_of(ranking.parcels.ids)
    measure = ranking.plan.criteria[criterion.name]
    columns = ranking.quantities[measure.key].columns
    for name in _FEATURES:
        if name in columns:
            return keys_of(columns[name])
    raise StudyError(
        f"The error of {criterion.name!r} is shared by feature, but the measure {measure.verb!r} does not say which "
        "feature it comes from. Write 'shared_by: parcel', 'layer' or 'field'."
    )
