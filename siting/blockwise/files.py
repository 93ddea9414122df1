"""The files of a run in blocks: one pass over the rows of the result in the order of their ids.

They have the bytes that a run in memory gives. What looks at many parcels at once and does not fit into the budget is
left out, and the manifest says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from siting.blockwise.assembly import assembled
from siting.blockwise.budget import memory_text
from siting.blockwise.standing import Best, ByRank
from siting.blockwise.together import WHY, Together
from siting.engine.scattered import Scattered
from siting.export import GEOMETRY, ROWS_PER_GROUP, arrow_table, csv_file, write_csv, write_json, write_parquet_groups
from siting.judgement import ADMITTED, EXCLUDED, SITE_ONLY
from siting.manifest import manifest
from siting.outputs import (
    about_parquet,
    chosen_outputs,
    kept_back_outputs,
    names_of,
    ranked_schema,
    staged,
    write_ranked,
)
from siting.ranking import Ranking
from siting.ranking.sites import Sites
from siting.ranking.tables import ranked_columns, records_table
from siting.report.content import TOP
from siting.site_files import marked, write_sites

__all__ = ["write_files"]

_ROW_OF_SITES = 3_000  #: bytes that a parcel takes while sites are assembled
_ROW_OF_REPORT = 2_500  #: bytes that a parcel takes in the report
_GROUP_BYTES = 2_000_000_000  #: of the budget for each group of rows that is cut out at once


def write_files(
    together: Together,
    rows: Scattered,
    out: Path,
    asked: Sequence[str] | None,
    record: Callable[[bool], Mapping[str, Any]],
) -> None:
    """Write the files of a run into its folder, whole or not at all; arguments as in ``siting.outputs``.

    record : told whether anything is invented
    """
    about = together.ranking(0)
    wanted, notes = _affordable(together, chosen_outputs(about, asked))
    notes += kept_back_outputs(about, asked)
    by_rank = _by_rank(together, about, wanted) if {"csv", "gpkg"} & set(wanted) else None
    best = _best() if "map" in wanted else None
    eligible, sites, said = _sites(together, about)
    notes += said
    names = names_of(wanted, recorded=True, sites=eligible is not None)
    with staged(out, names) as new:
        _write_rows(together, about, rows, by_rank, best, new)
        if by_rank is not None:
            notes += _write_admitted(together, about, rows.schema, by_rank, new, wanted)
        frame = about.quality.table
        write_csv(new / "cleaning.csv", marked(about, arrow_table({str(n): frame[n].to_numpy() for n in frame})))
        if eligible is not None and sites is not None:
            write_sites(eligible, sites, new)
        if best is not None:
            _write_map(together, best, sites, new / "map.html")
        if "report" in wanted:
            replace(_reported(together), known_sites=sites).report().save(new / "report.html")
        write_json(new / "manifest.json", manifest(about) | ({"file_notes": notes} if notes else {}))
        write_json(new / "run.json", record(about.synthetic))


def _affordable(together: Together, wanted: tuple[str, ...]) -> tuple[tuple[str, ...], list[str]]:
    """The outputs without those that the budget does not hold, and what to say of these."""
    count, budget = together.whole.facts.parcels, together.setting.budget.bytes
    if "report" in wanted and _ROW_OF_REPORT * count > budget:
        note = _left_out("report.html", count, "all", 2 * _ROW_OF_REPORT * count)
        return tuple(name for name in wanted if name != "report"), [note]
    return wanted, []


def _sites(together: Together, about: Ranking) -> tuple[Ranking | None, Sites | None, list[str]]:
    """The parcels that may be in a site, the sites, and what to say where they do not fit into the budget."""
    if about.study.assemble is None:
        return None, None, []
    count = about.counts[ADMITTED] + about.counts[SITE_ONLY]
    if _ROW_OF_SITES * count > together.setting.budget.bytes:
        note = _left_out("sites.csv", count, "the not excluded", _ROW_OF_SITES * count)
        return None, Sites(ranking=None, note=note, crs=about.parcels.crs, found=(), members=()), [note]
    eligible = assembled(together, lambda ranking: np.asarray(ranking.judgement.status != EXCLUDED, bool))
    return eligible, eligible.assemble(), []


def _left_out(name: str, count: int, which: str, memory: int) -> str:
    """Why a file is not written, and what to do."""
    return (
        f"{name} is left out: it looks at {which} {count:,} parcels at once, more than the memory of the run holds. "
        f"All of them are in ranking.parquet; with memory={memory_text(memory)!r} or more it is written."
    )


def _by_rank(together: Together, about: Ranking, wanted: Sequence[str]) -> ByRank:
    """The admitted of a run, by rank; with their outlines where these are wanted."""
    whole, names = together.whole, ranked_columns(about.columns)
    names += [GEOMETRY] if "gpkg" in wanted else []
    return ByRank(together.setting.folder, whole.facts.became[ADMITTED], whole.score.count, names)


def _best() -> Best:
    """The parcels of the map."""
    from siting.maps.ranking_view import MOST_PARCELS

    return Best(MOST_PARCELS)


def _write_rows(
    together: Together, about: Ranking, rows: Scattered, by_rank: ByRank | None, best: Best | None, new: Path
) -> None:
    """ranking.parquet and excluded.csv, in one pass."""
    names = list(about.columns)
    schema = pa.schema([rows.schema.field(name) for name in names])
    whole = together.whole.facts
    with csv_file(new / "excluded.csv") as write_excluded:

        def groups() -> Iterator[tuple[pa.Table, pa.Array]]:
            for group in rows.groups(ROWS_PER_GROUP, _at_once(together)):
                inside = pc.equal(group.column("status"), ADMITTED).to_numpy()
                if by_rank is not None:
                    by_rank.add(group, np.flatnonzero(inside))
                if best is not None:
                    best.add(group)
                write_excluded(marked(about, _excluded(about, group, np.flatnonzero(~inside))))
                yield group.select(names), group.column(GEOMETRY).combine_chunks()

        write_parquet_groups(
            new / "ranking.parquet", schema, groups(), rows=whole.parcels, kind="polygon", bounds=whole.bounds,
            **about_parquet(about),
        )  # fmt: skip
        write_excluded(marked(about, _gone(about, schema)))


def _at_once(together: Together) -> int:
    """Groups of rows that are cut out at once."""
    return max(1, together.setting.budget.bytes // _GROUP_BYTES)


def _excluded(about: Ranking, rows: pa.Table, out: NDArray[np.int64]) -> pa.Table:
    """Who is not in the ranking, and why."""
    columns = {"id": "id", "status": "status", "excluded_by": "excluded_by", "why": WHY}
    columns |= {name: name for name in ("score_if_admitted", "acres", *about.layout.published.values())}
    return rows.select(list(columns.values())).take(pa.array(out)).rename_columns(list(columns))


def _gone(about: Ranking, schema: pa.Schema) -> pa.Table:
    """Records that never became a parcel, as rows of the same table."""
    records = {name: pa.array(values.tolist(), pa.string()) for name, values in records_table(about).items()}
    count = len(records["id"])
    names = ("id", "status", "excluded_by", "why", "score_if_admitted", "acres", *about.layout.published.values())
    return pa.table(
        {name: records[name] if name in records else pa.nulls(count, schema.field(name).type) for name in names}
    )


def _write_admitted(
    together: Together, about: Ranking, schema: pa.Schema, by_rank: ByRank, new: Path, wanted: Sequence[str]
) -> list[str]:
    """The admitted by rank, and what to say about the files."""
    said = ranked_schema(about, schema, by_rank.is_empty)
    full = pa.schema([said.field(name) if name in said.names else schema.field(name) for name in by_rank.names])

    def groups() -> Iterator[pa.Table]:
        for group in by_rank.groups(_at_once(together)):
            yield group if group.schema.equals(full) else group.cast(full)

    return write_ranked(about, new, wanted, said, groups)


def _write_map(together: Together, best: Best, sites: Sites | None, path: Path) -> None:
    """The map of the best, with cells for the others."""
    from siting.maps.ranking_view import map_of
    from siting.maps.rest import Others

    places, others = best.places(), list[Others]()

    def drawn(ranking: Ranking) -> NDArray[np.bool_]:
        inside = np.isin(np.asarray(ranking.rows), places)
        others.append(Others.of(ranking.parcels.shapes.bounds[~inside], ranking.judgement.admitted[~inside]))
        return inside

    ranking = assembled(together, drawn)
    map_of(replace(ranking, known_sites=sites), elsewhere=Others.joined(others)).save(str(path))


def _reported(together: Together) -> Ranking:
    """All parcels, with the outlines of those that the report tells the area of: the best."""

    def best(ranking: Ranking) -> NDArray[np.bool_]:
        return (ranking.judgement.rank > 0) & (ranking.judgement.rank <= TOP)

    return assembled(together, lambda ranking: np.ones(len(ranking), bool), outlined=best)
