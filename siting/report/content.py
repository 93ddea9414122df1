"""What the report says of a ranking: counts, the best, exclusions, weights, findings, layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from siting.mcda.rank import effective_weight
from siting.mcda.weights import Block
from siting.ranking import Ranking, ranked_rows
from siting.report.drawing import bar
from siting.report.table import Column, Section, Table, each, percent

__all__ = [
    "METHOD", "TOP", "best_section", "counts_of", "effective_weights", "exclusions_section", "findings_section",
    "layers_section", "summary", "weights_section",
]  # fmt: skip

TOP = 20
_TEXT, _NUMBER, _BAR = "", "number", "bar"
_SHOWN_DIGITS = 12
_KEEPS_OUT = {"parcel": "always", "site": "unless in a site"}

#: how to read the page, in short
METHOD = (
    "Every parcel of the source is in the counts: it is admitted, excluded with its reasons, admitted only as part of "
    "a larger site, or its record was dropped or merged. The counts add up to the records that came in.",
    "An exclusion is a measured quantity with a limit. Its hits are all parcels it holds for; hits alone are those "
    "that it keeps out and nothing else does.",
    "A criterion measures a quantity and turns it into a value from 0 (worst) to 1 (best) by a value function with "
    "fixed anchors, so a parcel's value does not depend on which others are there. Where the anchors come from is "
    "said as source; 'judgement' means that someone decided.",
    "A weight says what it is worth to bring a parcel from value 0 to value 1. Stated weights are relative among "
    "neighbours; the share of the whole is what they come to. The effective weight is that share times the spread of "
    "the values of the admitted (5th to 95th percentile): how much the criterion can move ranks here.",
    "The score, from 0 to 100 points, joins the values by the weights. Missing data makes an interval (±), never a "
    "silent zero. Equal scores share a rank.",
)


def counts_of(ranking: Ranking) -> tuple[list[tuple[str, int]], str]:
    """The parts of the records that came in, and the sum in words."""
    counts = dict(ranking.counts)
    read = counts.pop("read")
    parts = [(name, count) for name, count in counts.items() if count or name in ("admitted", "excluded")]
    words = {"site only": "admitted only as part of a larger site"}
    return [(words.get(name, name), count) for name, count in parts], f"{read:,}"


def summary(ranking: Ranking) -> tuple[str, ...]:
    """The page in a few sentences."""
    rows = ranked_rows(ranking)
    if not len(rows):
        return ()
    first = int(rows[0])
    score = ranking.judgement.scores.score[first]
    said = [f"{ranking.parcels.ids[first]} is first of {len(rows):,} admitted parcels, with {score:.1f} of 100 points."]
    if ranking.study.robustness is not None:
        result = ranking.robustness()
        shares = result.shortlist_share[result.best]
        said.append(
            f"{int((shares >= 0.9).sum())} of the {len(shares)} on the shortlist make it in at least 90 % of the draws "
            f"of plausible weights and data, {int((shares < 0.5).sum())} in less than half."
        )
    warnings = sum(found.level == "warning" for found in ranking.findings())
    if warnings:
        said.append(f"The checks have {warnings} warning{'s' * (warnings > 1)} about the study; see Findings.")
    return tuple(said)


def best_section(ranking: Ranking) -> Section:
    """The best parcels, with how often they make the shortlist where the study asks for it."""
    rows = ranked_rows(ranking)[:TOP]
    if not len(rows):
        return Section(anchor="best", title="The best parcels", said=("No parcel is admitted.",))
    sure = ranking.study.robustness is not None
    table = Table(
        caption=f"The best {len(rows)} of {int(ranking.judgement.admitted.sum()):,} admitted parcels",
        columns=(
            Column("rank", _NUMBER), Column("parcel"), Column("score", _NUMBER), Column("", _BAR), Column("tier"),
            Column("acres", _NUMBER), Column("adds most"), Column("takes most"),
            *((Column(f"in best {ranking.robustness().k}", _NUMBER), Column("rank in 90 %", _NUMBER)) if sure else ()),
        ),
        rows=tuple(_best(ranking, int(row), sure) for row in rows),
        note="Adds and takes: against the parcel with the median value in every criterion. ±: data is missing.",
    )  # fmt: skip
    return Section(anchor="best", title="The best parcels", tables=(table,))


def _best(ranking: Ranking, row: int, sure: bool) -> tuple[Any, ...]:
    columns, scores = ranking.columns, ranking.judgement.scores
    score, half = float(scores.score[row]), float(scores.high[row] - scores.low[row]) / 2
    cells: list[Any] = [
        f"{int(ranking.judgement.rank[row]):,}", str(ranking.parcels.ids[row]),
        f"{score:.1f}" + (f" ± {half:.1f}" if half >= 0.05 else ""), bar(score / 100, f"{score:.1f} of 100 points"),
        str(ranking.judgement.tier[row] or ""), f"{columns['acres'].values[row]:,.0f}",
        str(columns["strongest"].values[row]), str(columns["weakest"].values[row]),
    ]  # fmt: skip
    if sure:
        share, low, high = (columns[name].values[row] for name in ("p_top_k", "rank_p05", "rank_p95"))
        spread = "" if low is None else f"{low:,} to {'beyond' if high is None else format(high, ',')}"
        cells += [percent(float(share)), spread]
    return tuple(cells)


def exclusions_section(ranking: Ranking) -> Section:
    """Each reason with its hits, and its hits alone."""
    why = {rule.name: rule.why for rule in ranking.plan.rules}
    applies = {rule.name: rule.applies_to for rule in ranking.plan.rules}
    n = max(len(ranking), 1)
    rows = [
        (str(r.reason), _KEEPS_OUT.get(applies.get(str(r.reason), ""), ""),
         f"{r.hits:,}", percent(r.hits / n), bar(r.hits / n, f"{r.hits:,}"), f"{r.alone:,}", why.get(str(r.reason), ""))
        for r in each(ranking.hits())
    ]  # fmt: skip
    columns = (
        Column("exclusion"), Column("keeps out"), Column("hits", _NUMBER), Column("of all", _NUMBER), Column("", _BAR),
        Column("hits alone", _NUMBER), Column("why"),
    )  # fmt: skip
    note = "Unless in a site: too little alone, still there to be part of a larger site. Several may hit one parcel."
    said = () if rows else ("The study excludes nothing.",)
    table = Table(caption="What rules land out", columns=columns, rows=tuple(rows), note=note)
    return Section(anchor="exclusions", title="Exclusions", said=said, tables=(table,) if rows else ())


def effective_weights(ranking: Ranking) -> dict[str, float]:
    """Criterion -> its weight times the spread of its values among the admitted."""
    admitted, out = ranking.judgement.admitted, {}
    for name, weight in ranking.study.weights.items():
        low, high = ranking.judgement.values[name]
        out[name] = effective_weight(weight, ((low + high) / 2)[admitted])
    return out


def weights_section(ranking: Ranking) -> Section:
    """The tree of weights: stated, share among neighbours, share of the whole, effective."""
    effective, titles = effective_weights(ranking), {c.name: c.title for c in ranking.study.criteria()}
    most = max([*ranking.study.weights.values(), 1e-9])
    rows: list[tuple[Any, ...]] = []
    strong: set[int] = set()

    def walk(block: Block, whole: float, depth: int) -> None:
        says = block.combine not in ("worst", "product")
        for member, share in zip(block.members, block.shares, strict=True):
            stated = f"{member.weight:g}" if says else "-"
            among = percent(share) if says else block.combine
            inner = isinstance(member, Block)
            name = member.name.replace("_", " ") if inner else titles[member.name]
            title = "\u2003" * depth + (_block_title(ranking, member.name) or name if inner else name)
            total = whole * share
            drawn: Any = "" if inner else bar(total / most, f"{total:.1%}")
            acts = "" if isinstance(member, Block) else percent(effective[member.name])
            if isinstance(member, Block):
                strong.add(len(rows))
            rows.append((title, stated, among, percent(total), drawn, acts))
            if isinstance(member, Block):
                walk(member, total, depth + 1)

    walk(ranking.study.root, 1.0, 0)
    columns = (
        Column("block or criterion"), Column("stated", _NUMBER), Column("share among neighbours", _NUMBER),
        Column("share of the whole", _NUMBER), Column("", _BAR), Column("effective here", _NUMBER),
    )  # fmt: skip
    across = ranking.study.aggregate.across
    said = (
        "Blocks join by a geometric mean, so that a block with a very low value cannot be made up for elsewhere."
        if across == "geometric"
        else "Blocks join by a weighted sum."
    )
    table = Table(
        caption="As stated, and as they act here", columns=columns, rows=tuple(rows), strong=frozenset(strong)
    )
    return Section(anchor="weights", title="Weights", said=(said,), tables=(table,))


def _block_title(ranking: Ranking, name: str) -> str:
    found = ranking.study.blocks.get(name)
    return "" if found is None else found.title


def findings_section(ranking: Ranking) -> Section:
    """What is legal but silly."""
    rows = tuple((f.level, f.item, f.message) for f in ranking.findings())
    columns = (Column("level"), Column("about"), Column("finding"))
    said = () if rows else ("Nothing was found.",)
    table = Table(caption="What the checks found", columns=columns, rows=rows)
    return Section(anchor="findings", title="Findings", said=said, tables=(table,) if rows else ())


def layers_section(ranking: Ranking) -> Section:
    """Every source with whom it is from, vintage, licence and hash."""
    rows = [_layer("parcels", ranking.quality.provenance)]
    rows += [_layer(name, layer.provenance) for name, layer in ranking.layers.items()]
    columns = (
        Column("layer"), Column("title"), Column("from"), Column("vintage"), Column("licence"), Column("SHA-256"),
    )  # fmt: skip
    note = f"The first {_SHOWN_DIGITS} digits of the hash of each file; all of them are in manifest.json."
    table = Table(caption="What the ranking was made from", columns=columns, rows=tuple(rows), note=note)
    return Section(anchor="layers", title="Layers", tables=(table,))


def _layer(name: str, record: Mapping[str, Any]) -> tuple[str, ...]:
    hashes = record.get("sha256")
    listed = list(hashes.values()) if isinstance(hashes, Mapping) else [hashes] if hashes else []
    digits = ", ".join(str(digest)[:_SHOWN_DIGITS] for digest in listed[:3]) + (" ..." if len(listed) > 3 else "")
    whose = record.get("attribution") or record.get("publisher")
    said = (record.get("title"), whose, record.get("vintage"), record.get("licence"))
    return (name, *("" if text is None else str(text) for text in said), digits)
