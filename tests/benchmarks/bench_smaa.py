"""SMAA-2 against the plain numpy loop that one would write: equal counts are asserted, ratios are reported.

``pytest tests/benchmarks/bench_smaa.py``; SITING_BENCH_PARCELS sets the number of parcels (default 2000) and
SITING_BENCH_DRAWS that of draws (default 200). Sixteen criteria in four blocks; each pair of benchmarks, ours and the
loop, is a group of its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from siting.mcda.robustness.acceptability import Alternatives, smaa
from siting.mcda.robustness.chance import keys_of
from siting.mcda.robustness.data import CriterionData, QuantityError
from siting.mcda.robustness.weighting import DrawnWeights, WeightLaw, draw_weights
from siting.mcda.value import parse_value
from siting.mcda.weights import Block, Leaf

N = int(os.environ.get("SITING_BENCH_PARCELS", "2000"))
DRAWS = int(os.environ.get("SITING_BENCH_DRAWS", "200"))
DEPTH, TOP, FLOOR = 200, 10, 0.05
NAMES = [f"c{number}" for number in range(16)]
LAWS = {"around": WeightLaw("around", 50), "nothing": WeightLaw()}


def tree(across: str) -> Block:
    blocks = tuple(
        Block(f"b{b}", tuple(Leaf(name, 1 + j) for j, name in enumerate(NAMES[4 * b : 4 * b + 4])), 1 + b)
        for b in range(4)
    )
    return Block("", blocks, combine=across)  # type: ignore[arg-type]


def alternatives(across: str, errors: int = 0) -> Alternatives:
    """Parcels with independent values; some criteria err by 300 m of their 10 km, shared by 50 features."""
    random, value = np.random.default_rng(20_240_601), parse_value([["0 km", 1], ["10 km", 0]])
    criteria = []
    for number, name in enumerate(NAMES):
        quantity = (random.random(N) * 10_000).round(3)
        exact = value.value(quantity)
        if number < errors:
            error = QuantityError("normal", 300.0, keys_of(random.integers(0, 50, N)))
            criteria.append(
                CriterionData(name=name, low=exact, high=exact, quantity=quantity, function=value, error=error)
            )
        else:
            criteria.append(CriterionData(name=name, low=exact, high=exact))
    return Alternatives(root=tree(across), criteria=criteria, keys=keys_of(range(N)), seed=1, floor=FLOOR)


def plain(given: Alternatives, weights: DrawnWeights) -> Any:
    """How often each parcel has which rank: all scores of every draw, sorted."""
    counts = np.zeros((N, DEPTH + 1), np.int64)
    rows = np.arange(N)
    fixed = {c.name: c.low for c in given.criteria if c.sure}
    for draw in range(len(weights)):
        when = np.full(N, draw)
        values = {
            c.name: fixed[c.name] if c.sure else c.values(given.keys, given.seed, rows, when) for c in given.criteria
        }
        total = np.zeros(N)
        for b, top in enumerate(weights.shares[""][draw]):
            block = np.zeros(N)
            for share, name in zip(weights.shares[f"b{b}"][draw], NAMES[4 * b : 4 * b + 4], strict=True):
                block = block + share * values[name]
            total = total + top * (np.log(np.maximum(block, FLOOR)) if given.root.combine == "geometric" else block)
        score = np.round(100 * (np.exp(total) if given.root.combine == "geometric" else total), 6)
        order = np.sort(score)
        rank = N - np.searchsorted(order, score, side="right") + 1
        counts[rows, np.minimum(rank, DEPTH + 1) - 1] += 1
    return counts[:, : min(DEPTH, N)]


def ours(given: Alternatives, weights: DrawnWeights) -> Any:
    found = smaa(given, weights, depth=DEPTH)
    counts = np.zeros((N, found.depth), np.int64)
    counts[found.rows] = found.counts
    return counts


CASES = {
    "weighted sum, weights around": ("arithmetic", "around", 0),
    "weighted sum, nothing known": ("arithmetic", "nothing", 0),
    "geometric mean, weights around": ("geometric", "around", 0),
    "weighted sum, three quantities err": ("arithmetic", "around", 3),
}


@pytest.mark.parametrize("how", [ours, plain], ids=["siting", "plain loop"])
@pytest.mark.parametrize("case", CASES)
def test_smaa(benchmark: Any, case: str, how: Callable[[Alternatives, DrawnWeights], Any]) -> None:
    across, law, errors = CASES[case]
    benchmark.group = f"{case}: {N:,} parcels, {DRAWS:,} draws"
    given = alternatives(across, errors)
    weights = draw_weights(given.root, LAWS[law], DRAWS, 1)
    counts = benchmark.pedantic(how, args=(given, weights), rounds=1, warmup_rounds=0)
    few = DrawnWeights({path: drawn[:20] for path, drawn in weights.shares.items()}, weights.overall[:20])
    np.testing.assert_array_equal(ours(given, few), plain(given, few))
    assert counts.sum() >= min(DEPTH, N) * DRAWS * 0.999
    assert (counts[:, :TOP].sum(axis=1) <= DRAWS).all()
