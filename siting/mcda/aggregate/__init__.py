"""Aggregation: values become a score, inside blocks and across them, and other ways to do it.

``score`` holds what a study uses: ``weighted_sum``, ``worst`` or ``product`` inside a block, ``arithmetic`` or
``geometric`` across blocks, contributions and missing data. ``ordered``, ``distance`` and ``outranking`` hold the
methods of the literature; ``methods`` lists them in one table, scores by name, and says where they disagree.
"""

from __future__ import annotations

from siting.mcda.aggregate.distance import Vikor, ideal_point, spotis, topsis, vikor
from siting.mcda.aggregate.methods import METHODS, Disagreement, Method, disagreement, methods_table, score, veto
from siting.mcda.aggregate.normaliser import NORMALISERS, normalised
from siting.mcda.aggregate.ordered import orness, owa, owa_of_quantifier, quantifier_weights, weighted_product
from siting.mcda.aggregate.outranking import PREFERENCES, Preference, promethee_ii
from siting.mcda.aggregate.score import (
    Aggregate,
    Contributions,
    Missing,
    Scores,
    aggregate,
    contributions,
    fill_missing,
    geometric,
    product,
    strongest_weakest,
    weighted_sum,
    worst,
)

__all__ = [
    "METHODS",
    "NORMALISERS",
    "PREFERENCES",
    "Aggregate",
    "Contributions",
    "Disagreement",
    "Method",
    "Missing",
    "Preference",
    "Scores",
    "Vikor",
    "aggregate",
    "contributions",
    "disagreement",
    "fill_missing",
    "geometric",
    "ideal_point",
    "methods_table",
    "normalised",
    "orness",
    "owa",
    "owa_of_quantifier",
    "product",
    "promethee_ii",
    "quantifier_weights",
    "score",
    "spotis",
    "strongest_weakest",
    "topsis",
    "veto",
    "vikor",
    "weighted_product",
    "weighted_sum",
    "worst",
]
