"""The sites that were assembled, as a section of the report."""

from __future__ import annotations

from siting.ranking import Ranking
from siting.ranking.sites import Sites
from siting.report.drawing import bar
from siting.report.table import Column, Section, Table, each, percent
from siting.robustness import SHARE_MEANS

__all__ = ["sites_section"]

_NUMBER, _BAR = "number", "bar"
_NAMED = 12  #: parcels of a site that are named


def sites_section(ranking: Ranking) -> Section | None:
    """Where the study assembles parcels: the sites by rank, how good the assembly is, and how sure their order is."""
    if ranking.study.assemble is None:
        return None
    sites = ranking.assemble()
    said = [
        "Neighbouring parcels were joined and measured anew as one piece of land each. Worth is the mean (or, if the "
        "study says so, the lowest) of the scores of a site's parcels; no site of the parcels that hung together when "
        "it was chosen can be worth more than the bound. Exact: all such sites were tried."
    ]
    said += [sites.note] if sites.note else []
    tables = () if sites.ranking is None else (_sites(sites), *_sure(ranking, sites))
    return Section(anchor="sites", title="Sites of several parcels", said=tuple(said), tables=tables)


def _sites(sites: Sites) -> Table:
    rows = []
    for r in each(sites.table):
        names = r.members.split("; ")
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        half = (r.score_high - r.score_low) / 2
        rows.append((
            f"{r.rank:,}" if r.rank else r.excluded_by, r.site,
            f"{r.score:.1f}" + (f" ± {half:.1f}" if half >= 0.05 else ""), bar(r.score / 100, f"{r.score:.1f} of 100"),
            f"{r.usable_acres:,.0f}", f"{r.parcels}", "" if r.owners < 0 else f"{r.owners}", f"{r.compactness:.2f}",
            f"{r.worth:.1f}", "exact" if r.exact else f"{r.bound:.1f}", "; ".join(names[:_NAMED]) + more,
        ))  # fmt: skip
    columns = (
        Column("rank", _NUMBER), Column("site"), Column("score", _NUMBER), Column("", _BAR),
        Column("usable acres", _NUMBER), Column("parcels", _NUMBER), Column("owners", _NUMBER),
        Column("compactness", _NUMBER), Column("worth", _NUMBER), Column("bound", _NUMBER), Column("made of"),
    )  # fmt: skip
    note = "Compactness: 4 pi area / perimeter squared of the outline, 0.79 for a square."
    return Table(caption="The sites by rank", columns=columns, rows=tuple(rows), note=note)


def _sure(ranking: Ranking, sites: Sites) -> tuple[Table, ...]:
    """How often each site is the best, where the study asks how sure the ranking is."""
    if ranking.study.robustness is None or sites.ranking is None or sites.ranking.judgement.admitted.sum() < 2:
        return ()
    result = sites.robustness()
    rows = tuple(
        (str(r.id), f"{r.rank:,}", percent(r.p_top_k), bar(r.p_top_k, f"{r.p_top_k:.1%}"),
         f"{r.rank_p05:,.0f} to {r.rank_p95:,.0f}")
        for r in each(result.shortlist())
    )  # fmt: skip
    columns = (
        Column("site"), Column("rank as stated", _NUMBER), Column("share as the best", _NUMBER), Column("", _BAR),
        Column("ranks in 90 % of the draws", _NUMBER),
    )  # fmt: skip
    note = f"Share: {SHARE_MEANS}, here of one site. {result.draws:,} draws of {result.law}."
    return (Table(caption="How sure the best site is", columns=columns, rows=rows, note=note),)
