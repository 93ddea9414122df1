"""The files of a run: what goes into the folder, written whole or not at all.

All files are first made in a folder of their own inside the target, then put in place one after the other, the
manifest last. Whatever fails before leaves the files of the run before as they were.

In the tables a quantity that is not there is null (empty), and an infinite one ("inf") lies beyond the search, a
real answer; ``s_<criterion>`` says so in words. In CSV, text that a spreadsheet would take for a formula has an
apostrophe in front. The manifest lists every column with its unit and meaning.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from siting.errors import RunError, StudyError, did_you_mean, named, said_by_system
from siting.export import (
    GPKG_COLUMNS,
    arrow_table,
    csv_file,
    in_groups,
    write_csv,
    write_gpkg_groups,
    write_json,
    write_parquet,
)
from siting.layer.credits import OPENED, closed, own_use_only
from siting.manifest import manifest
from siting.out_folder import NEW, held
from siting.ranking import Ranking, excluded_table, ranked_rows
from siting.ranking.tables import ranked_columns
from siting.site_files import SITE_FILES, marked, write_sites

__all__ = [
    "FILES", "OUTPUTS", "about_parquet", "check_outputs", "chosen_outputs", "kept_back_outputs", "names_of",
    "ranked_schema", "staged", "write_outputs", "write_ranked",
]  # fmt: skip

OUTPUTS = ("parquet", "gpkg", "csv", "map", "report")  #: those that can be chosen; ranking.parquet is always written
_PAGES = {"map": "map.html", "report": "report.html"}  #: outputs that draw the parcels, and are meant to be shown
#: every file of a run, in the order in which they are put in place
FILES = (
    "ranking.parquet", "ranking.gpkg", "ranking.csv", "excluded.csv", "cleaning.csv", *SITE_FILES, "map.html",
    "report.html", "run.json", "manifest.json",
)  # fmt: skip


def check_outputs(asked: Sequence[str] | None) -> None:
    """Refuse the name of an output that there is not."""
    for name in asked or ():
        if name not in OUTPUTS:
            raise StudyError(f"There is no output {name!r}.{did_you_mean(name, OUTPUTS)} Outputs are {named(OUTPUTS)}.")


def chosen_outputs(ranking: Ranking, asked: Sequence[str] | None) -> tuple[str, ...]:
    """The outputs to write: those asked for here, else what the study says (above its limit, Parquet alone).

    Parcels that may not be passed on are in no map and in no report.
    """
    drawn = not closed(ranking.quality.provenance)
    return tuple(name for name in _wanted(ranking, asked) if drawn or name not in _PAGES)


def kept_back_outputs(ranking: Ranking, asked: Sequence[str] | None) -> list[str]:
    """What to say of outputs that are wanted, and are left out because the parcels may not be passed on."""
    if not closed(ranking.quality.provenance):
        return []
    why = f"{own_use_only(ranking.quality.provenance)} {OPENED}"
    return [f"{_PAGES[name]} is left out. {why}" for name in _wanted(ranking, asked) if name in _PAGES]


def _wanted(ranking: Ranking, asked: Sequence[str] | None) -> tuple[str, ...]:
    check_outputs(asked)
    said = ranking.study.outputs
    few = ranking.counts["admitted"] <= said.up_to
    wanted = asked if asked is not None else (said.write if few else ())
    return tuple(name for name in OUTPUTS if name == "parquet" or name in wanted)


def write_outputs(
    ranking: Ranking,
    out: Path,
    asked: Sequence[str] | None = None,
    *,
    record: Callable[[], Mapping[str, Any]] | None = None,
) -> dict[str, Path]:
    """Write the files of a ranking into a folder; their paths by name.

    ranking.parquet : every parcel with every column, units in the field metadata
    ranking.gpkg, ranking.csv : the admitted by rank; excluded.csv : everybody else, and why
    cleaning.csv : what was done to the records of the parcels; map.html; report.html; manifest.json
    sites.csv, sites.gpkg, site_parcels.csv : where the study assembles parcels
    record : gives what differs from run to run, for run.json; asked when all else is written

    Files of an earlier run that this one does not write are taken away. Raises RunError when the disk refuses.
    """
    wanted = chosen_outputs(ranking, asked)
    assembles = ranking.study.assemble is not None
    with staged(out, names_of(wanted, record is not None, sites=assembles)) as new:
        table = arrow_table({name: column.cells for name, column in ranking.columns.items()})
        write_parquet(new / "ranking.parquet", table, ranking.parcels.shapes, **about_parquet(ranking))
        notes = [*kept_back_outputs(ranking, asked), *_write_ranked(ranking, table, new, wanted)]
        write_csv(new / "excluded.csv", _marked(ranking, excluded_table(ranking)))
        write_csv(new / "cleaning.csv", _marked(ranking, ranking.quality.table))
        if assembles:
            write_sites(ranking, ranking.assemble(), new)
        if "map" in wanted:
            ranking.map().save(str(new / "map.html"))
        if "report" in wanted:
            ranking.report().save(new / "report.html")
        write_json(new / "manifest.json", manifest(ranking) | ({"file_notes": notes} if notes else {}))
        if record is not None:
            write_json(new / "run.json", record())
    return {name: out / name for name in FILES if (out / name).exists()}


def names_of(wanted: Sequence[str], recorded: bool, *, sites: bool = False) -> tuple[str, ...]:
    """The files that a run with these outputs writes."""
    chosen = {"ranking.gpkg": "gpkg", "ranking.csv": "csv", "map.html": "map", "report.html": "report"}
    others = (() if recorded else ("run.json",)) + (() if sites else SITE_FILES)
    return tuple(name for name in FILES if chosen.get(name, "parquet") in wanted and name not in others)


@contextmanager
def staged(out: Path, names: Sequence[str]) -> Iterator[Path]:
    """A new folder to write to; at the end its files take the places of those in ``out``.

    names : the files that must be there then; other files of a run go, but run.json
    """
    new = out / f"{NEW}-{os.getpid()}"
    try:
        out.mkdir(parents=True, exist_ok=True)
        with held(out):
            new.mkdir()
            yield new
            lacking = [name for name in names if not (new / name).is_file()]
            if lacking:
                raise RunError(
                    f"The results cannot be written to the folder '{out}': {named(lacking)} went away while they were "
                    "made. Start again: what is measured is kept."
                )
            for name in FILES:
                if name in names:
                    os.replace(new / name, out / name)
                elif name != "run.json":
                    (out / name).unlink(missing_ok=True)
    except RunError as error:  # whoever reads it has never heard of the new folder
        raise RunError(str(error).replace(str(new), str(out))) from error
    except OSError as error:
        raise RunError(
            f"The results cannot be written to the folder '{out}': {said_by_system(error)}. "
            "Free some space or name another folder, then start again: what is measured is kept."
        ) from error
    finally:
        shutil.rmtree(new, ignore_errors=True)


def about_parquet(ranking: Ranking) -> dict[str, Any]:
    """What ranking.parquet says beside its rows: CRS, units, title, whether anything is invented."""
    return {
        "crs": ranking.parcels.crs,
        "units": {name: column.unit for name, column in ranking.columns.items() if column.unit},
        "metadata": {"siting": ranking.study.title, "synthetic": "SYNTHETIC" if ranking.synthetic else "no"},
    }


def _write_ranked(ranking: Ranking, table: pa.Table, folder: Path, wanted: Sequence[str]) -> list[str]:
    """The admitted by rank, as GeoPackage and CSV, and what to say about the files; ``table`` holds all parcels."""
    if not {"gpkg", "csv"} & set(wanted):
        return []
    rows = ranked_rows(ranking)
    ranked = table.select(ranked_columns(table.column_names)).take(pa.array(rows))
    schema = ranked_schema(ranking, table.schema, lambda name: ranked.column(name).null_count == len(rows))
    ranked = ranked.cast(schema)
    shapes = ranking.parcels.shapes.take(rows) if "gpkg" in wanted else None
    return write_ranked(ranking, folder, wanted, schema, lambda: in_groups(ranked, shapes))


def ranked_schema(ranking: Ranking, schema: pa.Schema, is_empty: Callable[[str], bool]) -> pa.Schema:
    """The columns of the admitted by rank; what has no type of its own and is empty for all of them is text.

    schema : of the columns of all parcels; is_empty : whether a column holds nothing for any of the admitted
    """
    fields = []
    for name in ranked_columns(ranking.columns):
        text = not ranking.columns[name].typed and is_empty(name)
        fields.append(pa.field(name, pa.string()) if text else schema.field(name))
    return pa.schema(fields)


def write_ranked(
    ranking: Ranking,
    folder: Path,
    wanted: Sequence[str],
    schema: pa.Schema,
    groups: Callable[[], Iterable[pa.Table]],
) -> list[str]:
    """The table of the admitted by rank, as GeoPackage and CSV; what to say about the files.

    schema : of its columns; groups : gives it in groups of 65,536 rows, for GeoPackage with the column ``GEOMETRY``
    """
    if "csv" in wanted:
        with csv_file(folder / "ranking.csv") as write:
            for group in groups():
                write(marked(ranking, group.select(schema.names)))
    if "gpkg" in wanted:
        few = pa.schema(list(schema)[:GPKG_COLUMNS])
        layer = "ranking_SYNTHETIC" if ranking.synthetic else "ranking"
        write_gpkg_groups(folder / "ranking.gpkg", few, groups(), kind="polygon", crs=ranking.parcels.crs, layer=layer)
        if len(schema) > GPKG_COLUMNS:
            return [
                f"ranking.gpkg has the first {GPKG_COLUMNS:,} of {len(schema):,} columns, as many as the format "
                "takes; the others are in ranking.parquet."
            ]
    return []


def _marked(ranking: Ranking, frame: pd.DataFrame) -> pa.Table:
    return marked(ranking, arrow_table({str(name): frame[name].to_numpy() for name in frame}))
