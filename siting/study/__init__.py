"""A study: parcels, layers, exclusions, criteria and how they make a score; the strict model of a study file."""

from __future__ import annotations

from siting.study.criteria import CriteriaBlock, Criterion, CriterionAt
from siting.study.model import Study, parse_study, read_study, study_schema
from siting.study.sections import (
    Assemble,
    Distance,
    ErrorModel,
    Outputs,
    Override,
    Programme,
    Robustness,
    Together,
    WeightModel,
)

__all__ = [
    "Assemble",
    "CriteriaBlock",
    "Criterion",
    "CriterionAt",
    "Distance",
    "ErrorModel",
    "Outputs",
    "Override",
    "Programme",
    "Robustness",
    "Study",
    "Together",
    "WeightModel",
    "parse_study",
    "read_study",
    "study_schema",
]
