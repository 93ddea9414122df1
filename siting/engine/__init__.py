"""The engine: it cuts work into spatial partitions, maps a pure function over them and keeps what is done."""

from __future__ import annotations

from siting.engine.partitions import partitions, spread_sample
from siting.engine.store import Store
from siting.engine.work import map_parts

__all__ = ["Store", "map_parts", "partitions", "spread_sample"]
