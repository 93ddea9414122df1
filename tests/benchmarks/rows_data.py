"""Any number of invented parcels whose quantities are known already (SYNTHETIC): what a run does after measuring.

``python -m tests.benchmarks.rows_data prepare FOLDER PARCELS MEMORY`` writes parcels and study, reads them at the door
and fills the store of quantities with numbers made from the place of each parcel; nothing is measured. Then
``blocks FOLDER MEMORY OUTPUTS`` ranks in blocks, ``whole FOLDER OUTPUTS`` in memory, and ``bare FOLDER`` reads and
writes ranking.parquet again. What each took is printed as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import rasterio
import shapely
from numpy.typing import NDArray

from siting.bench.timed import Clock
from siting.bench.workload import CLASSES, ZONE
from siting.blockwise import budget_of, rank_blocks
from siting.blockwise.run import _setting
from siting.engine import Store, map_parts
from siting.evaluate import Silence
from siting.export import ROWS_PER_GROUP, wkb_of, write_parquet_groups
from siting.measure import Column, Measure, Measured, State
from siting.parcels import Parcels
from siting.quantities import BlockContext, measuring
from siting.quantities.columns import rounded
from siting.run import rank
from siting.shapes import Shapes
from siting.study import read_study
from siting.supply import Supply

__all__ = ["CpuClock", "made_up"]

X, Y, SIDE = 400_000.0, 3_600_000.0, 20.0
ACROSS = 8_192
CRS = "EPSG:26912"
BLOCK = 300  #: parcels a block where there are few of them
FEW = 100_000
STEP = 387_420_489  #: ids do not follow the places; prime to any count of parcels that is not a multiple of 3

STUDY = (
    """\
siting: 1
title: Rows without an end (SYNTHETIC)
marking: SYNTHETIC
crs: EPSG:26912
parcels: {source: parcels.parquet, id: APN, publish: [USE, VALUE]}
layers:
  lines: {source: lines.parquet, id: NAME}
  roads: {source: lines.parquet, id: NAME}
  flood: {source: flood.parquet}
  habitat: {source: flood.parquet}
  zoning: {source: zoning.parquet, crosswalk: classes.csv, key: [ZONE]}
  ground: {source: ground.tif, unit: m}
exclusions:
  - {name: flood, share: flood, above: 20 %, why: "water comes; judgement"}
  - {name: habitat, share: habitat, above: 30 %, why: "final critical habitat"}
  - {name: zoning, class: zoning, in: [prohibited], above: 50 %, why: "the crosswalk's prohibited classes"}
  - {name: road, distance: roads, below: 300 m, applies_to: site, why: judgement}
blocks:
  near:
    weight: 3
    criteria:
      line: {weight: 2, measure: {distance: lines}, value: [[0 km, 1], [25 km, 0]], source: judgement}
      road: {weight: 1, measure: {distance: roads}, value: {percentile: {direction: falling}}, source: judgement}
  land:
    weight: 2
    criteria:
      flood: {weight: 1, measure: {share: flood}, value: [[0 %, 1], [20 %, 0]], source: judgement}
"""
    + ZONE
    + """\
      ground:
        weight: 1
        measure: {raster: ground, statistic: mean, unit: m}
        value: {min_max: {direction: falling}}
        source: judgement
missing: interval
outputs: {up_to: 1000000000}
"""
)


class CpuClock(Clock):
    """A clock that keeps besides how much memory there was at most by the end of each step."""

    def __init__(self) -> None:
        super().__init__()
        self.peak_mb: dict[str, int] = {}

    def begin(self, text: str, total: int | None = None) -> None:
        """The step before is done, this one begins."""
        from resource import RUSAGE_SELF, getrusage

        if self._text:
            self.peak_mb[self._text] = getrusage(RUSAGE_SELF).ru_maxrss >> (20 if sys.platform == "darwin" else 10)
        super().begin(text, total)


def made_up(
    context: BlockContext, parcels: Parcels, there: Mapping[str, Measured] | None = None
) -> dict[str, Measured]:
    """The quantities of these parcels in place of ``measure_block``: numbers that follow from the place alone."""
    corner = np.round((parcels.shapes.bounds[:, :2] - (X, Y)) / SIDE).astype(np.uint64)
    cell = corner[:, 1] * np.uint64(ACROSS) + corner[:, 0]
    return {m.key: rounded(m, _quantity(m, cell)) for m in context.plan.measures if m.key not in (there or {})}


def _quantity(measure: Measure, cell: NDArray[np.uint64]) -> Measured:
    """Columns as their dimensions ask for; lengths beyond 25 km are infinite, some heights are not known."""
    columns = {c.name: _column(c, i == 0, _chance(cell, measure.key, i)) for i, c in enumerate(measure.columns)}
    first = next(iter(columns.values()))
    state = np.zeros(len(cell), np.uint8)
    low = high = None
    if first.dtype.kind == "f":
        if measure.columns[0].dimension == "elevation":
            first[_chance(cell, measure.key, 9) < 0.02] = np.nan
        state[np.isnan(first)], state[np.isinf(first)] = State.NO_DATA, State.BEYOND
    return Measured(columns=columns, state=state, low=low, high=high)


def _column(column: Column, first: bool, chance: NDArray[np.float64]) -> NDArray[Any]:
    if column.dimension == "text":
        names = np.array(CLASSES if first else [f"F{i}" for i in range(3_000)], object)
        return np.asarray(names[(chance * len(names)).astype(np.int64)])
    if column.dimension == "share":
        return np.where(chance < 0.7, 0.0, (chance - 0.7) / 0.3)
    lengths = np.round(-6_000 * np.log1p(-chance), 2)
    return np.where(lengths > 25_000, np.inf, lengths)


def _chance(cell: NDArray[np.uint64], key: str, number: int) -> NDArray[np.float64]:
    """(n,) in [0, 1), the same for a cell and a key whenever they are asked for (splitmix64)."""
    mixed = (cell + np.uint64(crc32(f"{key} {number}".encode()) << 24)) * np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return ((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53


def _write_parcels(path: Path, count: int) -> None:
    """Squares side by side, in groups."""
    schema = pa.schema([("APN", pa.string()), ("USE", pa.string()), ("VALUE", pa.float64())])

    def group(first: int) -> tuple[pa.Table, pa.Array]:
        n = np.arange(first, min(first + ROWS_PER_GROUP, count))
        corner = np.stack([X + SIDE * (n % ACROSS), Y + SIDE * (n // ACROSS)], axis=1)
        ring = corner[:, None] + SIDE * np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]])
        ends = np.arange(len(n) + 1)
        shapes = Shapes("polygon", ring.reshape(-1, 2), 5 * ends, ends, np.ones(len(n), bool))
        names = pa.array(np.char.zfill((n * STEP % count).astype(str), 9).astype(object), pa.string())
        use = pa.array(np.array([f"{i:04}" for i in range(40)], object)[n % 37], pa.string())
        return pa.table([names, use, pa.array((n % 1_009) * 1_000.0)], schema=schema), wkb_of(shapes)

    bounds = (X, Y, X + SIDE * min(count, ACROSS), Y + SIDE * -(-count // ACROSS))
    starts = range(0, count, ROWS_PER_GROUP)
    write_parquet_groups(path, schema, map(group, starts), rows=count, kind="polygon", bounds=bounds, crs=CRS)


def _write_layers(folder: Path) -> None:
    """A feature of each kind: layers only have to be there."""
    box = shapely.box(X, Y, X + 500, Y + 500)
    for name, shape in (("lines", box.exterior), ("flood", box), ("zoning", box)):
        gpd.GeoDataFrame({"NAME": ["F1"], "ZONE": ["IND"]}, geometry=[shape], crs=CRS).to_parquet(
            folder / f"{name}.parquet"
        )
    (folder / "classes.csv").write_text("ZONE,class\nIND,by_right\n", encoding="utf-8")
    profile = {"driver": "GTiff", "height": 9, "width": 9, "count": 1, "dtype": "float32", "nodata": -1}
    place = rasterio.transform.from_origin(X, Y + 9_000, 1_000, 1_000)
    with rasterio.open(folder / "ground.tif", "w", crs=CRS, transform=place, **profile) as target:
        target.write(np.full((9, 9), 300, np.float32), 1)


def prepare(folder: Path, count: int, memory: str) -> None:
    """Parcels, layers and study; blocks and quantities of a run in blocks."""
    folder.mkdir(parents=True, exist_ok=True)
    _write_parcels(folder / "parcels.parquet", count)
    _write_layers(folder)
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    out, budget = folder / "blocks", budget_of(memory)
    (out / ".blocks").mkdir(parents=True, exist_ok=True)
    measuring.measure_block = made_up
    setting = _setting(
        read_study(folder / "study.yaml"), data=None, folder=out / ".blocks", store=Store(out / ".quantities"),
        budget=budget, steps=Silence(), workers=1, size=BLOCK if count < FEW else budget.block_size(1),
        supply=Supply(offline=True),
    )  # fmt: skip

    def one(number: int) -> None:
        parcels = setting.blocks.block(number)
        setting.quantities(parcels, setting.prefix(parcels))

    map_parts(one, range(len(setting.blocks)), workers=1)


def blocks(folder: Path, memory: str, outputs: Sequence[str], clock: CpuClock) -> None:
    """The phases of a run after measuring, in blocks."""
    out, study = folder / "blocks", read_study(folder / "study.yaml")
    count = pq.read_metadata(folder / "parcels.parquet").num_rows
    rank_blocks(
        study, data=None, out=out, store=Store(out / ".quantities"), budget=budget_of(memory), steps=clock, workers=1,
        outputs=outputs, block_size=BLOCK if count < FEW else None, supply=Supply(offline=True), record=lambda _: {},
    )  # fmt: skip
    measured = json.loads((out / "run.json").read_text(encoding="utf-8"))["blocks"]["measured"]
    if measured:
        raise SystemExit(f"{measured:,} blocks were measured; their quantities were to be known already")


def whole(folder: Path, outputs: Sequence[str]) -> None:
    """The same in memory."""
    measuring.measure_block = made_up
    rank(
        read_study(folder / "study.yaml"), out=folder / "whole", outputs=outputs, workers=1, memory="1TB",
        progress=None, offline=True,
    )  # fmt: skip


def bare(folder: Path) -> None:
    """Read ranking.parquet and write it again, group by group, and nothing else."""
    with (
        pq.ParquetFile(folder / "blocks" / "ranking.parquet") as source,
        pq.ParquetWriter(folder / "bare.parquet", source.schema_arrow, compression="zstd") as target,
    ):
        for group in range(source.num_row_groups):
            target.write_table(source.read_row_group(group, use_threads=False))


def _main(job: str, folder: Path, *said: str) -> dict[str, Any]:
    clock = CpuClock()
    if job == "prepare":
        prepare(folder, int(said[0]), said[1])
    elif job == "blocks":
        blocks(folder, said[0], said[1].split(","), clock)
    elif job == "whole":
        whole(folder, said[0].split(","))
    else:
        begin = time.process_time()
        bare(folder)
        return {"cpu_s": round(time.process_time() - begin, 2)}
    clock.begin("")
    return {"steps": {step: round(seconds, 2) for step, seconds in clock.cpu_s.items()}, "peak_mb": clock.peak_mb}


if __name__ == "__main__":
    print(json.dumps(_main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])))
