"""A finished run, read back from its folder: the table, the best parcels, and why one stands where it stands."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq

from siting.errors import DataError, did_you_mean
from siting.ranking.explain import CriterionLine, Explanation
from siting.units import format_si, parse_unit

__all__ = ["StoredRanking", "open_ranking"]

_TOP = ("rank", "id", "score", "score_low", "score_high", "tier", "acres", "strongest", "weakest")


@dataclass(frozen=True)
class StoredRanking:
    """The result in the folder of a finished run; nothing is read before it is asked for."""

    folder: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The manifest of the run."""
        return dict(json.loads((self.folder / "manifest.json").read_text(encoding="utf-8")))

    @property
    def table(self) -> gpd.GeoDataFrame:
        """All parcels with every column, in the study's CRS."""
        return gpd.read_parquet(self.folder / "ranking.parquet")

    @cached_property
    def units(self) -> dict[str, str]:
        """Column -> unit, of the columns that have one."""
        schema = pq.read_schema(self.folder / "ranking.parquet")  # type: ignore[no-untyped-call]
        return {field.name: field.metadata[b"unit"].decode() for field in schema if field.metadata and b"unit" in field.metadata}

    def top(self, count: int = 20) -> pd.DataFrame:
        """The best parcels."""
        ranked = pd.read_parquet(self.folder / "ranking.parquet", columns=list(_TOP), filters=[("rank", ">", 0)])
        return ranked.sort_values(["rank", "id"], kind="stable").head(count).reset_index(drop=True)

    def explain(self, parcel_id: str) -> Explanation:
        """Where one parcel stands and why."""
        found = pd.read_parquet(self.folder / "ranking.parquet", filters=[("id", "==", str(parcel_id))])
        if not len(found):
            ids = pd.read_parquet(self.folder / "ranking.parquet", columns=["id"])["id"]
            near = did_you_mean(str(parcel_id), ids.head(200_000))
            raise DataError(f"There is no parcel {str(parcel_id)!r} among the {len(ids):,} of this ranking.{near}")
        row = found.iloc[0]
        return Explanation(
            id=str(row["id"]),
            status=str(row["status"]),
            reasons=_texts(row["excluded_by"]),
            unclear=_texts(row["unclear"]),
            rank=_whole(row["rank"]),
            rank_range=(_whole(row["rank_best"]), _whole(row["rank_worst"])),
            of=int(self.manifest["counts"]["admitted"]),
            score=float(row["score_if_admitted"]),
            score_range=(float(row["score_low"]), float(row["score_high"])),
            tier=str(row["tier"] or ""),
            criteria=tuple(self._line(row, criterion) for criterion in self._criteria),
            waterfall=self._waterfall(row),
            fields=(),
            contribution_unit=str(self.manifest["contribution_unit"]),
        )

    @cached_property
    def _criteria(self) -> list[dict[str, Any]]:
        return list(self.manifest["criteria"])

    def _line(self, row: pd.Series[Any], criterion: dict[str, Any]) -> CriterionLine:
        name = criterion["name"]
        value, low, high = row[f"v_{name}"], row.get(f"v_{name}_low"), row.get(f"v_{name}_high")
        spread = low is not None and low != high
        return CriterionLine(
            name=name,
            block=criterion["block"],
            quantity=self._quantity(row, criterion),
            value=f"{low:.2f} to {high:.2f}" if spread else f"{value:.2f}",
            weight=criterion["weight"],
            contribution=float(row[f"c_{name}"]),
            source=criterion["source"],
        )

    def _quantity(self, row: pd.Series[Any], criterion: dict[str, Any]) -> str:
        column, state = criterion["column"], row.get(f"s_{criterion['name']}")
        quantity, low = row[column], row.get(f"{column}_low")
        if isinstance(quantity, str):
            return quantity
        if quantity is None or quantity != quantity:
            if low is not None and low == low:
                return f"{_shown(low, self.units.get(column, ''))} to {_shown(row[f'{column}_high'], self.units.get(column, ''))}"
            return str(state or "no data")
        if quantity == float("inf"):
            return str(state)
        return _shown(float(quantity), self.units.get(column, ""))

    def _waterfall(self, row: pd.Series[Any]) -> tuple[tuple[str, str], ...]:
        out = []
        for name in row.index:
            if name in ("gross_acre", "usable_acre", "largest_piece_acre") or (name.startswith("cut_") and name.endswith("_acre")):
                label = name.removesuffix("_acre")
                label = f"- {label.removeprefix('cut_').replace('_', ' ')}" if label.startswith("cut_") else label.replace("_", " ")
                missing = "not computed" if label == "largest piece" else "not mapped here"
                out.append((label, missing if row[name] != row[name] else f"{row[name]:,.2f} acre"))
        return tuple(out)


def open_ranking(folder: str | Path) -> StoredRanking:
    """The finished run in a folder. Raises DataError where there is none."""
    path = Path(folder)
    for name in ("manifest.json", "ranking.parquet"):
        if not (path / name).is_file():
            raise DataError(f"The folder {path.name!r} holds no finished run: {name} is not there. Name the folder that was given to --out.")
    return StoredRanking(path)


def _shown(value: float, unit: str) -> str:
    return format_si(parse_unit(unit).to_si(value), unit) if unit else format_si(value, "")


def _texts(joined: object) -> tuple[str, ...]:
    return tuple(str(joined).split("; ")) if joined else ()


def _whole(value: object) -> int:
    return 0 if value is None or value != value else int(value)  # type: ignore[call-overload,no-any-return]
