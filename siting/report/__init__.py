"""The report: a ranking as one page to read and to print, without a script and without a request."""

from __future__ import annotations

from siting.report.page import Report, report_of

__all__ = ["Report", "report_of"]
