"""A SYNTHETIC county that behaves like a real one, at any size, with planted truth."""

from __future__ import annotations

from siting.sample.county import SampleCounty, SampleRaster, sample_county
from siting.sample.write import write_sample

__all__ = ["SampleCounty", "SampleRaster", "sample_county", "write_sample"]
