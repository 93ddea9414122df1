"""The run in blocks: every parcel is measured, judged, ranked and written, and never all of them are in memory."""

from __future__ import annotations

from siting.blockwise.budget import DEFAULT_MEMORY, Budget, budget_of, memory_text, needed_bytes, parcel_count
from siting.blockwise.run import rank_blocks

__all__ = ["DEFAULT_MEMORY", "Budget", "budget_of", "memory_text", "needed_bytes", "parcel_count", "rank_blocks"]
