"""A finished run, read back from its folder: the table, the best parcels, and why one stands where it stands."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from siting.check import Finding
from siting.errors import DataError, RunError, did_you_mean
from siting.export import as_written
from siting.judgement import STATUSES
from siting.parcels.stacks import stacked_on
from siting.ranking import TOP_COLUMNS, About, CriterionColumns, Explanation, explanation
from siting.ranking.reasons import RuleColumns
from siting.study import Study

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["LargeRanking", "StoredRanking", "open_ranking"]

#: what is read of a manifest
_MANIFEST: dict[str, type] = {
    "columns": dict, "counts": dict, "criteria": list, "exclusions": list, "findings": list,
    "published": list, "study": dict, "waterfall": list,
}  # fmt: skip
#: methods of a ranking that need all parcels in memory, and those that are files of a run
_IN_MEMORY = (
    "assemble", "compare", "data_weights", "disagreement", "methods", "reweight", "robustness", "survivors", "why_not",
)  # fmt: skip
_FILES_OF = {"map": "map.html", "report": "report.html"}
_COUNTS = ("read", *STATUSES, "dropped", "merged")  #: in the order in which they are told
_KNOWN = {field.name for field in fields(CriterionColumns)}


@dataclass(frozen=True)
class StoredRanking:
    """The result in the folder of a finished run; nothing is read before it is asked for."""

    folder: Path

    def __len__(self) -> int:
        return int(pq.read_metadata(self._parquet).num_rows)

    @property
    def _parquet(self) -> Path:
        return self.folder / "ranking.parquet"

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The manifest of the run."""
        path = self.folder / "manifest.json"
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            said = None
        if not isinstance(said, dict) or any(not isinstance(said.get(key), kind) for key, kind in _MANIFEST.items()):
            raise DataError(f"The manifest of the run {self.folder.name!r} cannot be read. Rank the study again.")
        return said

    @property
    def table(self) -> gpd.GeoDataFrame:
        """All parcels with every column, in the study's CRS."""
        import geopandas as gpd

        return gpd.read_parquet(self._parquet)

    @property
    def counts(self) -> dict[str, int]:
        """How many records came in, and what became of them."""
        counts = dict(self.manifest["counts"])
        known = [name for name in _COUNTS if name in counts]
        return {name: counts[name] for name in (*known, *(name for name in counts if name not in known))}

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences that belong beside the result, on files that were left out, and on memory that was passed."""
        return (*self.manifest.get("notes", ()), *self.manifest.get("file_notes", ()), *self._memory_note)

    @property
    def _memory_note(self) -> tuple[str, ...]:
        try:
            said = json.loads((self.folder / "run.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return ()
        note = said.get("memory_note") if isinstance(said, dict) else None
        return (note,) if isinstance(note, str) else ()

    @property
    def synthetic(self) -> bool:
        """Whether anything in it is invented."""
        return bool(self.manifest.get("synthetic"))

    @property
    def synthetic_note(self) -> str:
        """What is invented, in a sentence; "" where nothing is."""
        return str(self.manifest.get("synthetic_note", ""))

    @property
    def units(self) -> dict[str, str]:
        """Column -> unit, of the columns that have one."""
        return {name: column["unit"] for name, column in self.manifest["columns"].items() if column["unit"]}

    @property
    def map_path(self) -> Path:
        """The file of the map. Raises DataError where the run wrote none."""
        path = self.folder / "map.html"
        if not path.is_file():
            said = [str(note) for note in self.manifest.get("file_notes", ())]
            why = next(
                (note for note in said if note.startswith(path.name)), "Rank the study again with --outputs map."
            )
            raise DataError(f"The run {self.folder.name!r} wrote no map. {why}")
        return path

    def top(self, count: int = 20) -> pd.DataFrame:
        """The best parcels."""
        ranked = pd.read_parquet(
            self._parquet, columns=list(TOP_COLUMNS), filters=[("rank", ">", 0), ("rank", "<=", count)]
        )
        ranked = ranked.sort_values(["rank", "id"], kind="stable").head(max(count, 0)).reset_index(drop=True)
        return ranked.astype(dict.fromkeys(("rank", "rank_best", "rank_worst"), "int64"))

    def excluded(self) -> pd.DataFrame:
        """Who is not in the ranking, and why."""
        table = pd.read_csv(
            self.folder / "excluded.csv", dtype={"id": str}, keep_default_na=False, na_values={"acres": ""}
        )
        texts = {str(name): table[name].map(as_written) for name in table if table[name].dtype == object}
        return table.assign(**texts)

    def hits(self) -> pd.DataFrame:
        """Each exclusion with its hits, and its hits alone."""
        rows = [(row["reason"], row["hits"], row["hits_alone"]) for row in self.manifest["exclusions"]]
        return pd.DataFrame(rows, columns=["reason", "hits", "alone"])

    def findings(self) -> list[Finding]:
        """What is legal but silly, as the measured quantities showed it."""
        return [Finding(**found) for found in self.manifest["findings"]]

    def explain(self, parcel_id: str) -> Explanation:
        """Where one parcel stands and why. Raises DataError for an id that the ranking does not have."""
        names = [name for name in pq.read_schema(self._parquet).names if name != "geometry"]
        found = self._rows(names, [("id", "==", str(parcel_id))]).to_pylist()
        if not found:
            rows = self._rows(["id", "stacked"])
            ids = rows.column("id").to_pylist()
            stacks = zip(ids, rows.column("stacked").to_pylist(), strict=True)
            members = {name: tuple(said.split("; ")) for name, said in stacks if said}
            near = did_you_mean(str(parcel_id), ids[:200_000])
            near = f" {stacked_on(members, str(parcel_id))}".rstrip() or near
            raise DataError(f"There is no parcel {str(parcel_id)!r} among the {len(ids):,} of this ranking.{near}")
        return explanation(found[0], self._about)

    def _rows(self, columns: list[str], filters: list[tuple[str, str, str]] | None = None) -> pa.Table:
        try:
            return pq.read_table(self._parquet, columns=columns, filters=filters)
        except (pa.ArrowException, OSError):
            raise _damaged(self.folder) from None

    @cached_property
    def _about(self) -> About:
        said = self.manifest
        criteria = [{key: value for key, value in item.items() if key in _KNOWN} for item in said["criteria"]]
        return About(
            admitted=said["counts"]["admitted"],
            contribution_unit=said["contribution_unit"],
            criteria=tuple(CriterionColumns(**item) for item in criteria),
            waterfall=dict(said["waterfall"]),
            published=dict(said["published"]),
            rules={rule["name"]: RuleColumns(**rule) for rule in said.get("rules", ())},
            reference=said.get("reference_score"),
            marking=str(said.get("synthetic_note", "")),
        )

    def _repr_html_(self) -> str:
        counts = self.manifest["counts"]
        top = self.top(10).to_html(index=False, border=0, justify="left", float_format="{:,.1f}".format)
        title = html.escape(self.manifest["study"].get("title", ""))
        return f"<h4>{title}</h4><p>{counts['admitted']:,} of {len(self):,} parcels admitted</p>{top}"


@dataclass(frozen=True)
class LargeRanking(StoredRanking):
    """The result of a run in blocks: it lies in its folder, and is read as far as it is asked for.

    ``top``, ``excluded``, ``hits``, ``findings``, ``explain``, ``counts``, ``notes`` and ``manifest`` read what they
    need. ``table`` refuses what the memory of the run does not hold. What needs all parcels in memory (``reweight``,
    ``robustness``, ``why_not``, ``compare``, ``survivors``, ``disagreement``, ``methods``, ``assemble``) refuses and
    says what to do; ``map`` and ``report`` refuse likewise: they are files of the run.

    study : as it was ranked; memory : of the run
    """

    study: Study
    memory: str
    memory_bytes: int

    def __repr__(self) -> str:
        marks = " (SYNTHETIC)" if self.synthetic and "SYNTHETIC" not in self.study.title else ""
        admitted = self.counts["admitted"]
        return f"<LargeRanking {self.study.title!r}{marks}: {admitted:,} of {len(self):,} parcels admitted>"

    @property
    def table(self) -> gpd.GeoDataFrame:
        """All parcels with every column. Raises RunError where they are more than the memory of the run holds."""
        metadata = pq.read_metadata(self._parquet)
        size = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups)) * 3
        if size > self.memory_bytes:
            raise RunError(
                f"The table of {len(self):,} parcels takes about {size / 1e9:.1f} GB of memory, and the run had "
                f"{self.memory}. Read the columns that you need from '{self._parquet}', or rank with more memory."
            )
        return super().table

    def __getattr__(self, name: str) -> Any:
        if name in _IN_MEMORY:
            raise RunError(
                f"'{name}' looks at all parcels at once, and this ranking was made in blocks because {self.memory} of "
                "memory do not hold them. Rank with more memory, such as "
                f"rank(study, out=..., memory='{2 * _whole_gigabytes(self.memory_bytes)}GB'): what is measured is kept."
            )
        if name in _FILES_OF:
            raise RunError(
                f"'{name}' is a file of a run in blocks: {_FILES_OF[name]} in '{self.folder.name}', where the study, "
                f"or outputs=, asks for it. Rank with outputs=['{name}']: what is measured is kept."
            )
        raise AttributeError(name)


def _whole_gigabytes(size: int) -> int:
    return max(1, -(-size // 10**9))


def open_ranking(folder: str | Path) -> StoredRanking:
    """The finished run in a folder. Raises DataError where there is none."""
    path = Path(folder)
    for name in ("manifest.json", "ranking.parquet"):
        if not (path / name).is_file():
            raise DataError(
                f"The folder '{path.as_posix()}' holds no finished run: {name} is not there. "
                "Name the folder that was given to --out."
            )
    try:
        pq.read_metadata(path / "ranking.parquet")
    except (pa.ArrowException, OSError):
        raise _damaged(path) from None
    return StoredRanking(path)


def _damaged(folder: Path) -> DataError:
    return DataError(f"The ranking of the run {folder.name!r} is damaged or was cut off. Rank the study again.")
