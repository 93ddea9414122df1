"""The files of ``siting robustness``: a CSV a table, and what they were drawn from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from siting.export import arrow_table, write_csv, write_json
from siting.ranking import Ranking
from siting.ranking.data_weights import DATA_WEIGHTS_MEAN
from siting.robustness import SHARE_MEANS, RobustnessResult

__all__ = ["write_robustness"]


def write_robustness(ranking: Ranking, out: Path) -> dict[str, Path]:
    """Write the tables of how sure a ranking is into a folder; their paths by name.

    robustness_<table>.csv : shortlist, weights, acceptability, central_weights, pairwise, stability, overtaking,
        swings, pareto, data_weights; in ``overtaking``, an empty ``moved`` means never; sites, where the study
        assembles parcels: how sure the best site is
    robustness.json : draws, seed, shortlist, what is known of the weights, the Monte-Carlo error, the notes
    """
    result = ranking.robustness()
    out.mkdir(parents=True, exist_ok=True)
    written = {}
    tables = {**result.tables(), "data_weights": ranking.data_weights()}
    if ranking.study.assemble is not None and len(ranking.assemble()):
        tables["sites"] = ranking.assemble().robustness().shortlist()
    for name, table in tables.items():
        columns: dict[str, Any] = {str(column): table[column].to_numpy() for column in table}
        if name == "overtaking":
            columns["moved"] = np.where(np.isinf(columns["moved"]), np.nan, columns["moved"])
        if ranking.synthetic:
            columns["marking"] = np.full(len(table), "SYNTHETIC", object)
        written[name] = out / f"robustness_{name}.csv"
        write_csv(written[name], arrow_table(columns))
    written["about"] = out / "robustness.json"
    write_json(written["about"], _about(ranking, result))
    return written


def _about(ranking: Ranking, result: RobustnessResult) -> dict[str, Any]:
    share = result.pareto().attrs["share"]
    return {
        "draws": result.draws,
        "seed": result.given.seed,
        "shortlist": result.k,
        "of": result.law,
        "parcels": len(result.rows),
        "ranks_counted_to": result.counted.depth,
        "p_top_k": SHARE_MEANS,
        "monte_carlo_error": round(0.98 / result.draws**0.5, 6),
        "non_dominated_share": None if share != share else round(share, 6),
        "notes": [*result.notes, DATA_WEIGHTS_MEAN],
        **({"marking": "SYNTHETIC"} if ranking.synthetic else {}),
    }
