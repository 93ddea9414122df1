"""How sure the ranking is, as sections of the report: draws, weights, methods, weight sets."""

from __future__ import annotations

import math

import pandas as pd

from siting.mcda.robustness.stability import weight_intervals
from siting.ranking import Ranking
from siting.ranking.agreement import disagreement_table, methods_table, shortlist_length, survivors_table
from siting.ranking.data_weights import DATA_WEIGHTS_MEAN
from siting.report.drawing import bar, range_bar
from siting.report.table import Cell, Column, Section, Table, each, percent, rounded
from siting.robustness import SHARE_MEANS, RobustnessResult

__all__ = ["MOST_THROUGH_METHODS", "agreement_section", "sure_section"]

MOST_THROUGH_METHODS = 20_000  #: with more admitted parcels, the other methods are not run for the report
_TEXT, _NUMBER, _BAR = "", "number", "bar"


def sure_section(ranking: Ranking) -> Section:
    """What draws of weights and data say; without a section ``robustness`` in the study, how to ask for it."""
    if not ranking.judgement.admitted.any() or ranking.study.robustness is None:
        why = "The study does not ask for it. With robustness: {draws: 10000, shortlist: 10} in the study, this page "
        why += "says how often each parcel makes the shortlist when weights and data are drawn, and how far every "
        why += "weight may move."
        why = why if ranking.judgement.admitted.any() else "No parcel is admitted, so there is nothing to be sure of."
        return Section(anchor="sure", title="How sure is the ranking?", said=(why,))
    result = ranking.robustness()
    error = 0.98 / math.sqrt(result.draws)
    said = (
        f"{result.draws:,} draws of {result.law}, over {len(result.rows):,} admitted parcels, for a shortlist of "
        f"{result.k}. A share is a {SHARE_MEANS}. It says how the ranking holds under what this study calls "
        f"plausible, and is no probability of success. Monte-Carlo error of a share: at most ±{percent(error)} (95 %).",
        *result.notes,
    )
    tables = (_shares(result), _plus_minus(ranking, result), _stability(ranking, result))
    return Section(anchor="sure", title="How sure is the ranking?", said=said, tables=tables)


def _shares(result: RobustnessResult) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for r in each(result.shortlist()):
        ranks = (_rank(r.rank_p05, result), _rank(r.rank_p50, result), _rank(r.rank_p95, result))
        interval = f"{percent(r.p_top_k_low)} to {percent(r.p_top_k_high)}"
        drawn = bar(r.p_top_k, f"{r.p_top_k:.1%}")
        rows.append(
            (str(r.id), f"{r.rank:,}", percent(r.p_top_k), drawn, interval, *ranks, rounded(r.confidence))
        )  # fmt: skip
    columns = (
        Column("parcel"), Column("rank as stated", _NUMBER), Column(f"share in best {result.k}", _NUMBER),
        Column("", _BAR), Column("95 % interval of the share", _NUMBER), Column("rank, 5 %", _NUMBER),
        Column("median", _NUMBER), Column("95 %", _NUMBER), Column("confidence", _NUMBER),
    )  # fmt: skip
    note = (
        f"Share: {SHARE_MEANS} of {result.k}. Ranks: 5 %, 50 % and 95 % of the draws do not exceed them. Confidence: "
        "SMAA's confidence factor, the share of the data draws in which the weights most in favour of a parcel make it "
        "the first; empty where no draw does."
    )
    strong = frozenset(i for i, row in enumerate(result.shortlist()["rank"]) if row <= result.k)
    caption = "Who makes the shortlist, and how often"
    return Table(caption=caption, columns=columns, rows=tuple(rows), note=note, strong=strong)


def _rank(rank: float, result: RobustnessResult) -> str:
    return f"over {result.counted.depth:,}" if math.isinf(rank) else f"{rank:,.0f}"


def _plus_minus(ranking: Ranking, result: RobustnessResult) -> Table:
    table = result.weights()
    most = max(float(table["p95"].max()), 1e-9)
    titles = _titles(ranking)
    rows = [
        (titles.get(r.criterion, r.criterion), percent(r.weight), f"± {percent(r.plus_minus)}",
         range_bar(r.p05 / most, r.weight / most, r.p95 / most, f"{r.p05:.1%} to {r.p95:.1%}"),
         f"{percent(r.p05)} to {percent(r.p95)}")
        for r in each(table)
    ]  # fmt: skip
    columns = (
        Column("criterion"), Column("weight", _NUMBER), Column("implied ±", _NUMBER), Column("", _BAR),
        Column("90 % of the draws", _NUMBER),
    )  # fmt: skip
    note = "The ± is the standard deviation of the drawn weights: what calling them plausible comes to."
    return Table(caption="How far the weights were drawn", columns=columns, rows=tuple(rows), note=note)


def _stability(ranking: Ranking, result: RobustnessResult) -> Table:
    """How far each weight may move before the first loses its place, and what a swing of it does to the shortlist."""
    first, passed_by = str(result.ids[result.best[0]]), [*result.ids.astype(str), ""]
    values = {criterion.name: criterion.middle() for criterion in result.given.criteria}
    held = weight_intervals(result.given.root, values, result.best[:1], floor=result.given.floor)
    kept = result.swings().drop_duplicates(["weight", "factor"]).set_index(["weight", "factor"])["shortlist_kept"]
    titles, length, rows = _titles(ranking), min(result.k, len(result.rows)), []
    for r in held:
        span = range_bar(r.low, r.share, r.high, f"{r.low:.1%} to {r.high:.1%}")
        moves = [_kept(kept, r.member, factor, length) for factor in (0.5, 1.5, 0.0)]
        passed = " / ".join(dict.fromkeys(name for name in (passed_by[r.passed_low], passed_by[r.passed_high]) if name))
        between = "any" if r.low <= 0 and r.high >= 1 else f"{percent(r.low)} to {percent(r.high)}"
        between = between if r.exact else f"{between} (by search)"
        rows.append((_weight_name(str(r.member), titles), percent(r.share), between, span, passed or "nobody", *moves))
    columns = (
        Column("weight of"), Column("share of its block", _NUMBER), Column(f"{first} keeps rank 1 at", _NUMBER),
        Column("", _BAR), Column("else passed by"), Column("halved", _NUMBER), Column("+50 %", _NUMBER),
        Column("left out", _NUMBER),
    )  # fmt: skip
    note = (
        "One weight moves at a time, its neighbours keep their proportions. The last three columns count how many of "
        f"the shortlist of {length} stay on it when the weight is halved, raised by half, or its member left out."
    )
    return Table(caption="How far one weight may move", columns=columns, rows=tuple(rows), note=note)


def _kept(kept: pd.Series, weight: str, factor: float, length: int) -> str:
    return f"{int(kept[(weight, factor)])} of {length}" if (weight, factor) in kept.index else "-"


def _weight_name(path: str, titles: dict[str, str]) -> str:
    *blocks, last = path.split(".")
    return " / ".join([*(name.replace("_", " ") for name in blocks), titles.get(last, last.replace("_", " "))])


def _titles(ranking: Ranking) -> dict[str, str]:
    return {criterion.name: criterion.title for criterion in ranking.study.criteria()}


def agreement_section(ranking: Ranking) -> Section:
    """Whether other methods, and other people's weights, would have chosen the same parcels."""
    admitted, k = int(ranking.judgement.admitted.sum()), shortlist_length(ranking)
    if not admitted:
        return Section(anchor="agreement", title="Would others choose the same?", said=("No parcel is admitted.",))
    said, tables = [], []
    if admitted <= MOST_THROUGH_METHODS:
        table = disagreement_table(ranking, k)
        methods = methods_table(ranking, k)
        both = int((table["survives"] & (table["rank"] <= k)).sum())
        said.append(
            f"The same values and weights went through {len(methods)} methods of decision analysis: {both} of the "
            f"study's {min(k, admitted)} best are among the best {k} under every one of them."
        )
        tables += [_surviving(table, k, len(methods)), _methods(methods, min(k, admitted))]
    else:
        said.append(f"{admitted:,} parcels are admitted; above {MOST_THROUGH_METHODS:,} the other methods are not run.")
    if ranking.study.weight_sets:
        found = survivors_table(ranking, k)
        said.append(
            f"Under all weight sets ({', '.join(['study', *ranking.study.weight_sets])}), "
            f"{int(found['survives'].sum())} parcels are among the best {k}."
        )
        tables.append(_weight_sets(ranking, found, k))
    tables.append(_data_weights(ranking))
    return Section(anchor="agreement", title="Would others choose the same?", said=tuple(said), tables=tuple(tables))


def _surviving(table: pd.DataFrame, k: int, methods: int) -> Table:
    shown = table[table["survives"] | (table["rank"] <= k)].head(max(2 * k, 20))
    rows = [
        (str(r.id), f"{r.rank:,}", f"{r.methods_in} of {methods}", bar(r.methods_in / methods, f"{r.methods_in}"),
         f"{r.best_rank:,} to {r.worst_rank:,}")
        for r in each(shown)
    ]  # fmt: skip
    columns = (
        Column("parcel"), Column("rank in the study", _NUMBER), Column(f"methods with it in the best {k}", _NUMBER),
        Column("", _BAR), Column("ranks", _NUMBER),
    )  # fmt: skip
    strong = frozenset(i for i, flag in enumerate(shown["survives"]) if flag)
    caption = "The shortlist under every method"
    note = "Bold: among the best under all methods."
    return Table(caption=caption, columns=columns, rows=tuple(rows), strong=strong, note=note)


def _methods(methods: pd.DataFrame, length: int) -> Table:
    rows = [
        (str(r.method).replace("_", " "), f"{r.kept} of {length}", bar(r.kept / max(length, 1), f"{r.kept}"),
         f"{r.best:,}", rounded(r.kendall), rounded(r.weighted_spearman))
        for r in each(methods)
    ]  # fmt: skip
    columns = (
        Column("method"), Column("shortlist kept", _NUMBER), Column("", _BAR),
        Column("its own shortlist, with ties", _NUMBER),
        Column("Kendall's tau", _NUMBER),
        Column("weighted Spearman", _NUMBER),
    )  # fmt: skip
    note = (
        "Against the ranking of the study, over all admitted parcels: 1 the same order, 0 unrelated. The methods see "
        "the criteria side by side, without the study's blocks, and the middle of uncertain values. A method that puts "
        "many parcels level (a single value of 0 is enough for the product and the worst) keeps a shortlist easily."
    )
    return Table(caption="Rank correlation of each method", columns=columns, rows=tuple(rows), note=note)


def _data_weights(ranking: Ranking) -> Table:
    """The stated weights beside those of the data."""
    table, titles = ranking.data_weights(), _titles(ranking)
    ways = list(table)[2:]
    rows = [
        (titles[str(row["criterion"])], percent(row["stated"]), *(percent(row[way]) for way in ways))
        for row in table.to_dict("records")
    ]  # fmt: skip
    columns = (
        Column("criterion"), Column("stated", _NUMBER), Column("standard deviation", _NUMBER),
        Column("entropy", _NUMBER), Column("CRITIC", _NUMBER), Column("MEREC", _NUMBER),
    )  # fmt: skip
    caption = "What the data alone would say of the weights"
    return Table(caption=caption, columns=columns, rows=tuple(rows), note=DATA_WEIGHTS_MEAN)


def _weight_sets(ranking: Ranking, found: pd.DataFrame, k: int) -> Table:
    sets = list(ranking.study.weight_sets)
    rows = [
        (str(row["id"]), *(f"{row[name]:,}" for name in ("rank", *(f"rank_{one}" for one in sets))),
         f"{row['sets_in']} of {len(sets) + 1}")
        for row in found.head(max(2 * k, 20)).to_dict("records")
    ]  # fmt: skip
    columns = (
        Column("parcel"), Column("study", _NUMBER), *(Column(name, _NUMBER) for name in sets),
        Column(f"sets with it in the best {k}", _NUMBER),
    )  # fmt: skip
    strong = frozenset(i for i, flag in enumerate(found.head(max(2 * k, 20))["survives"]) if flag)
    note = "Ranks under each set of weights. Bold: among the best under all of them."
    return Table(
        caption="The shortlist of every weight set", columns=columns, rows=tuple(rows), strong=strong, note=note
    )
