"""The files of a run: what goes into the folder, written whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from siting.errors import StudyError, did_you_mean, named
from siting.export import write_csv, write_gpkg, write_json, write_parquet
from siting.manifest import manifest
from siting.ranking import ColumnUnit, Ranking, excluded_table, ranked_table

__all__ = ["OUTPUTS", "arrow_table", "chosen_outputs", "write_outputs"]

OUTPUTS = ("parquet", "gpkg", "csv", "map")  #: ranking.parquet, excluded.csv and manifest.json are always written


def chosen_outputs(ranking: Ranking, asked: Sequence[str] | None) -> tuple[str, ...]:
    """The outputs to write: those asked for here, else what the study says (above its limit, Parquet alone)."""
    for name in asked or ():
        if name not in OUTPUTS:
            raise StudyError(f"There is no output {name!r}.{did_you_mean(name, OUTPUTS)} Outputs are {named(OUTPUTS)}.")
    if asked:
        return tuple(name for name in OUTPUTS if name in ("parquet", *asked))
    said = ranking.study.outputs
    few = ranking.counts["admitted"] <= said.up_to
    return tuple(name for name in OUTPUTS if name == "parquet" or (few and name in said.write))


def write_outputs(ranking: Ranking, out: Path, asked: Sequence[str] | None = None) -> dict[str, Path]:
    """Write the outputs of a ranking into a folder; the paths by output.

    ranking.parquet : every parcel in, with every column, unit in the field metadata, units in SI nowhere but there
    ranking.gpkg, ranking.csv : the admitted by rank; excluded.csv : who and why; map.html; manifest.json
    """
    wanted = chosen_outputs(ranking, asked)
    paths: dict[str, Path] = {}
    columns = ranking.columns
    paths["parquet"] = out / "ranking.parquet"
    units = {name: column.unit for name, column in columns.items() if column.unit}
    metadata = {"siting": ranking.study.title, "synthetic": "SYNTHETIC" if ranking.synthetic else "no"}
    table = arrow_table({name: column.values for name, column in columns.items()})
    write_parquet(paths["parquet"], table, ranking.parcels.shapes, crs=ranking.parcels.crs, units=units, metadata=metadata)
    ranked, rows = ranked_table(ranking, columns)
    table = arrow_table({name: ranked[name].to_numpy() for name in ranked.columns})
    if "gpkg" in wanted:
        paths["gpkg"] = out / "ranking.gpkg"
        layer = "ranking_SYNTHETIC" if ranking.synthetic else "ranking"
        write_gpkg(paths["gpkg"], table, ranking.parcels.shapes.take(rows), crs=ranking.parcels.crs, layer=layer)
    if "csv" in wanted:
        paths["csv"] = out / "ranking.csv"
        write_csv(paths["csv"], table)
    paths["excluded"] = out / "excluded.csv"
    excluded = excluded_table(ranking)
    write_csv(paths["excluded"], arrow_table({name: excluded[name].to_numpy() for name in excluded.columns}))
    if "map" in wanted:
        paths["map"] = out / "map.html"
        ranking.map().save(str(paths["map"]))
    paths["manifest"] = out / "manifest.json"
    write_json(paths["manifest"], manifest(ranking))
    return paths


def arrow_table(columns: dict[str, Any] | dict[str, ColumnUnit]) -> pa.Table:
    """Columns as Arrow; NaN and None are null, infinite stays infinite ("beyond the reach").

    >>> arrow_table({"a": np.array([1.0, np.nan]), "b": np.array(["x", None], object)}).column("a").null_count
    1
    """
    return pa.table({name: _array(values) for name, values in columns.items()})


def _array(values: Any) -> pa.Array:
    array = np.asarray(values)
    if array.dtype.kind != "O":
        return pa.array(array, from_pandas=True)
    present = [value for value in array if value is not None and value == value]
    if all(isinstance(value, str) for value in present):
        return pa.array(array, type=pa.string(), from_pandas=True)
    if all(isinstance(value, int | np.integer) and not isinstance(value, bool) for value in present):
        return pa.array(array, type=pa.int64(), from_pandas=True)
    if all(isinstance(value, int | float | np.number) and not isinstance(value, bool) for value in present):
        return pa.array(array, type=pa.float64(), from_pandas=True)
    return pa.array([None if value is None or value != value else str(value) for value in array], type=pa.string())
