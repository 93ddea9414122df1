"""Checks of a study: what is wrong, or legal but silly. Before measuring (``static``) and after it (``measured``)."""

from __future__ import annotations

from siting.check.finding import Finding, Level
from siting.check.matched import check_matched
from siting.check.measured import FEW, Seen, check_measured, seen_findings, sources_of
from siting.check.static import check_study

__all__ = [
    "FEW", "Finding", "Level", "Seen", "check_matched", "check_measured", "check_study", "seen_findings", "sources_of",
]  # fmt: skip
