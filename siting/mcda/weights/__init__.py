"""Weights: relative numbers within a block and between blocks, normalised to a sum of 1.

A weight says what it is worth to go from value 0 to value 1 (a swing weight), so it is asked on the range of the
anchors; the local effective weight stands beside it in the checks. ``tree`` holds blocks and their normalised weights;
``stated`` (direct, points, swing), ``ranked`` (rank-sum, rank-order centroid, reciprocal), ``ahp`` and ``best_worst``
ask people; ``from_data`` (entropy, CRITIC, MEREC, standard deviation) asks the data, and is a diagnostic only;
``stakeholders`` compares named weight sets.
"""

from __future__ import annotations

from siting.mcda.weights.ahp import (
    RANDOM_INDEX,
    Derivation,
    Priorities,
    ahp,
    combine_judgements,
    combine_priorities,
    judgement_matrix,
    worst_triple,
)
from siting.mcda.weights.best_worst import BestWorst, best_worst
from siting.mcda.weights.from_data import critic, entropy, merec, standard_deviation
from siting.mcda.weights.ranked import rank_order_centroid, rank_reciprocal, rank_sum
from siting.mcda.weights.stakeholders import Survivors, paths, reweighted, survivors
from siting.mcda.weights.stated import direct, points, swing
from siting.mcda.weights.tree import Across, Block, Combine, Leaf, global_weights, leaves, normalise

__all__ = [
    "RANDOM_INDEX",
    "Across",
    "BestWorst",
    "Block",
    "Combine",
    "Derivation",
    "Leaf",
    "Priorities",
    "Survivors",
    "ahp",
    "best_worst",
    "combine_judgements",
    "combine_priorities",
    "critic",
    "direct",
    "entropy",
    "global_weights",
    "judgement_matrix",
    "leaves",
    "merec",
    "normalise",
    "paths",
    "points",
    "rank_order_centroid",
    "rank_reciprocal",
    "rank_sum",
    "reweighted",
    "standard_deviation",
    "survivors",
    "swing",
    "worst_triple",
]
