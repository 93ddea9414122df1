"""What the command line says about a result: short sentences and tables that fit 80 columns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from siting.check import Finding
from siting.outputs import FILES

if TYPE_CHECKING:
    from siting.ranking import Explanation, Ranking
    from siting.stored import LargeRanking
    from siting.study import Study

__all__ = ["say_explanation", "say_findings", "say_not_done", "say_ranking", "say_top"]

_SHOWN = 3
_WORD = 14  #: letters of the longest word that is not broken where there is little room
_LATER = ("programme",)


def say_ranking(ranking: Ranking | LargeRanking, out: Path, console: Console) -> None:
    """What became of the records, what is to be known, the ten best parcels, and where the files are."""
    _say(
        console,
        "",
        ranking.study.title or "Ranking",
        *([ranking.synthetic_note] if ranking.synthetic else []),
    )
    counts = ranking.counts
    became = ", ".join(f"{count:,} {_WORDS.get(name, name)}" for name, count in counts.items() if name != "read")
    _say(console, f"{counts['read']:,} records in = {became}.")
    _say(console, *(f"Note: {note}" for note in ranking.notes))
    warnings = [finding for finding in ranking.findings() if finding.level == "warning"]
    _say(console, *(f"Warning: {finding.item}: {finding.message}" for finding in warnings[:_SHOWN]))
    if len(warnings) > _SHOWN:
        more = len(warnings) - _SHOWN
        _say(console, f"{more} more warning{'s are' if more > 1 else ' is'} in manifest.json.")
    _say_hits(ranking.hits(), console)
    say_top(ranking.top(10), console)
    _say_sites(out / "sites.csv", console)
    for name in FILES:
        if (out / name).exists():
            console.print(str(out / name), markup=False, soft_wrap=True)
    if (out / "map.html").exists():
        console.print(f"Open {out / 'map.html'}", markup=False, soft_wrap=True)


def _say_sites(table: Path, console: Console) -> None:
    """The sites that were assembled, the best first."""
    if not table.is_file():
        return
    sites = pd.read_csv(table, keep_default_na=False)
    _say(console, "", "Sites assembled from neighbouring parcels:" if len(sites) else "No site was found.")
    for site in sites.head(5).to_dict("records"):
        place = f"rank {site['rank']}" if int(site["rank"]) else f"not admitted ({site['excluded_by']})"
        what = f"{site['usable_acres']:,.0f} usable acres of {site['parcels']} parcel{'s' * (int(site['parcels']) > 1)}"
        _say(console, f"  {site['site']}: {place}, {float(site['score']):.1f} points, {what}")


def _say_hits(hits: pd.DataFrame, console: Console) -> None:
    """How many parcels each exclusion hits, and how many of them nothing else excludes."""
    hits = hits[hits["hits"] > 0]
    if not len(hits):
        return
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column("excluded by", overflow="fold")
    for head in ("hits", "alone"):
        table.add_column(head, justify="right", no_wrap=True)
    for row in hits.itertuples(index=False):
        table.add_row(Text(str(row.reason)), f"{row.hits:,}", f"{row.alone:,}")
    console.print(table)
    _say(console, "")


_WORDS = {"site only": "admitted only in a site"}


def say_top(top: pd.DataFrame, console: Console, *, marking: str = "") -> None:
    """The best parcels as a table, below the words on what is invented."""
    _say(console, *filter(None, [marking]))
    if not len(top):
        _say(console, "No parcel is admitted; excluded.csv says why.")
        return
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    wide = bool((top["rank_best"] < top["rank_worst"]).any())
    for head in ("rank", *(["between"] if wide else []), "id", "score", "tier", "acres", "strongest", "weakest"):
        wraps = head in ("id", "strongest", "weakest")
        words = [word for text in top[head] for word in text.split()] if head in ("strongest", "weakest") else []
        table.add_column(
            head, justify="right" if head in ("rank", "acres") else "left", no_wrap=not wraps, overflow="fold",
            min_width=min(max(map(len, words), default=0), _WORD),
        )  # fmt: skip
    for row in top.itertuples(index=False):
        table.add_row(*_cells(row, wide))
    console.print(table)


def _cells(row: Any, wide: bool) -> list[Text]:
    """One parcel as text, the score with half its range, the rank with its own; nothing in an id is markup."""
    half = (row.score_high - row.score_low) / 2
    score = f"{row.score:.1f}" + (f" ± {half:.1f}" if half else "")
    between = f"{row.rank_best}-{row.rank_worst}" if row.rank_best < row.rank_worst else ""
    words = (
        row.rank,
        *([between] if wide else []),
        row.id,
        score,
        row.tier,
        f"{row.acres:,.1f}",
        row.strongest,
        row.weakest,
    )
    return [Text(str(word)) for word in words]


def say_explanation(explanation: Explanation, console: Console) -> None:
    """The explanation of a parcel, its lines as long as they are."""
    console.print(str(explanation), markup=False, soft_wrap=True)


def say_findings(findings: Sequence[Finding], console: Console) -> None:
    """Every finding, or that there is none."""
    _say(console, *(str(finding) for finding in findings))
    if not findings:
        _say(console, "Nothing to say against this study.")


def say_not_done(study: Study, console: Console) -> None:
    """Which sections of the study are not carried out by this version."""
    given = [name for name in _LATER if getattr(study, name) is not None]
    if given:
        which = " and ".join(", ".join(given).rsplit(", ", 1))
        _say(console, f"Not carried out yet: {which} (valid, but this version does not act on it).")
    if study.scenarios and study.scenario_name is None:
        names = ", ".join(study.scenarios)
        _say(console, f"Scenarios of the study: {names}; rank one of them with --scenario NAME.")


def _say(console: Console, *lines: str) -> None:
    for line in lines:
        console.print(line, markup=False)
