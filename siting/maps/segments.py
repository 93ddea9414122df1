"""A view as the four segments of its page: what is drawn first, how the parcels stand, their criteria, their cards.

The parcels lie along a Hilbert curve, in every column of every segment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.crs import reproject_shapes
from siting.maps.choices import weights_by_path
from siting.maps.codes import FULL, Codes, codes_of
from siting.maps.colours import block_tints, ways_of
from siting.maps.encode import shown_column, text_column
from siting.maps.files import files_of
from siting.maps.grid import grid_shapes, put_shapes
from siting.maps.live import LiveTree, hundredths_of, made_of, planes_of, why_not_live
from siting.maps.segment import Segment
from siting.maps.spots import spots_of
from siting.maps.view import MapCriterion, MapReason, MapView
from siting.mcda.weights import Block, Leaf
from siting.ranking.words import peak_words
from siting.shapes import Shapes

__all__ = ["MICRO", "reasons_of", "segments_of", "sources_of", "study_order", "tree_of"]

ACRE_M2 = 4046.8564224
MICRO = 1_000_000  #: scores are whole millionths of a point
NOTHING = -10_000_000  #: in a column of numbers
_EQUAL_AREA = "EPSG:6933"
WORD = 31  #: reasons in a column of bits
_WORLD = [[-60.0, -150.0], [60.0, 150.0]]
_STATUS = {"admitted": 0, "site": 1, "excluded": 2}
_Ints = NDArray[np.int64]


def segments_of(view: MapView) -> dict[str, str]:
    """Segment -> its text: base (outlines, ids, exclusions), standing (scores, ranks), criteria, card."""
    grid = grid_shapes(view.shapes)
    order = grid.hilbert_order()
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    base, criteria = Segment(), Segment()
    corner = put_shapes(base, "p", grid.in_order(order))
    codes = [_take(codes_of(criterion), order) for criterion in view.criteria]
    status = np.array([_STATUS[status] for status in view.status], np.int64)[order]
    for j, one in enumerate(codes):
        one.put(criteria, f"c{j}")
    live = _put_live(criteria, view, codes, status)
    base.texts("ids", [str(view.ids[i]) for i in order])
    hits = _put_exclusions(base, view, order)
    base.json("about", {**_about(view, hits), **live, "grid": corner, "bounds": _bounds(view)})
    standing = _standing(view, order, place)
    for name, steps in zip(("right", "down"), spots_of(view.shapes, grid), strict=True):
        standing.ints(f"spot.{name}", steps[order])
    made = {"base": base, "standing": standing, "criteria": criteria, "card": _card(view, order)}
    return {name: segment.text() for name, segment in made.items()}


def study_order(view: MapView) -> _Ints:
    """All rows as the study lists them: the admitted by rank and id, then the others by score and id."""
    rank = np.where(view.rank > 0, view.rank, np.iinfo(np.int64).max)
    out = np.array([_STATUS[status] for status in view.status], np.int64)
    score = np.nan_to_num(np.asarray(view.score, np.float64), nan=-1.0)
    score[out == 0] = 0.0
    ids = np.array([str(name) for name in view.ids], dtype=object)
    return np.asarray(np.lexsort((_places(ids), -score, rank, out > 0)), np.int64)


def reasons_of(view: MapView) -> tuple[MapReason, ...]:
    """The reasons that the view names, else those that occur, in order of appearance."""
    if view.rules:
        return tuple(view.rules)
    seen: dict[str, bool] = {}
    for status, names in zip(view.status, view.reasons, strict=True):
        for name in names:
            seen[name] = seen.get(name, False) or status == "site"
    return tuple(MapReason(name=name, site=site) for name, site in seen.items())


def sources_of(view: MapView) -> list[str]:
    """Where the anchors of the criteria come from, each once; the page counts them from 1."""
    return list(dict.fromkeys(criterion.source for criterion in view.criteria if criterion.source))


def tree_of(block: Block, criteria: Sequence[MapCriterion], path: str = "") -> dict[str, Any]:
    """The tree for the page; leaves carry the number of their criterion."""
    place = {criterion.name: j for j, criterion in enumerate(criteria)}

    def node(member: Leaf | Block, above: str) -> dict[str, Any]:
        own = f"{above}.{member.name}".lstrip(".")
        said: dict[str, Any] = {"name": member.name, "path": own, "weight": float(member.weight)}
        if isinstance(member, Leaf):
            return {**said, "criterion": place[member.name]}
        return {**said, "combine": member.combine, "members": [node(inner, own) for inner in member.members]}

    return node(block, path)


def _bounds(view: MapView) -> list[list[float]]:
    """South-west and north-east corner around the admitted, or all where none is; the world without outlines."""
    boxes = view.shapes.bounds
    there = np.isfinite(boxes).all(axis=1)
    admitted = there & (np.array(view.status, dtype=object) == "admitted")
    some = boxes[admitted if admitted.any() else there]
    if not len(some):
        return _WORLD
    west, south = some[:, :2].min(axis=0).tolist()
    east, north = some[:, 2:].max(axis=0).tolist()
    return [[south, west], [north, east]]


def _take(codes: Codes, order: _Ints) -> Codes:
    return Codes(
        code=codes.code[order], number=codes.number, value=codes.value, shown=codes.shown, others=codes.others,
    )  # fmt: skip


def _places(ids: NDArray[np.object_]) -> _Ints:
    """The place of each id among all, equal ones alike."""
    return np.asarray(np.unique(ids, return_inverse=True)[1], np.int64).ravel()


def _put_live(out: Segment, view: MapView, codes: Sequence[Codes], status: _Ints) -> dict[str, Any]:
    """What the page scores anew from: values of blocks that are no sums; and the tree for the head, with medians."""
    if view.tree is None or why_not_live(view):
        return {"tree": {"geometric": False, "groups": [], "blocks": []}, "own": {}}
    tree, names = LiveTree.of(view.tree), [criterion.name for criterion in view.criteria]
    planes, medians = planes_of(tree, names, codes), _medians(names, codes, status)
    out.ints("scored", planes.known)

    def leaf(path: str, node: Leaf | Block, criteria: Sequence[str]) -> dict[str, Any]:
        if len(criteria) > 1:
            for side, values in zip(("low", "high"), planes.ends[path], strict=True):
                out.ints(f"{path}.{side}", values)
        median = float(made_of(node, medians)[0]) / FULL
        return {"path": path, "criteria": [names.index(name) for name in criteria], "median": median}

    blocks = [
        {"path": path, "leaves": [leaf(one.path, one.node, one.criteria) for one in some]} for path, some in tree.blocks
    ]
    groups = [{"path": path, "members": members} for path, members in tree.groups]
    own = hundredths_of(tree, weights_by_path(view.tree))
    return {"tree": {"geometric": tree.geometric, "groups": groups, "blocks": blocks}, "own": own}


def _medians(names: Sequence[str], codes: Sequence[Codes], status: _Ints) -> dict[str, NDArray[np.float64]]:
    """Criterion -> (1,) the median of the admitted: of the middles of low and high values, in 65535ths."""
    out = {}
    for name, one in zip(names, codes, strict=True):
        middle = (np.maximum(one.values("low"), 0) + np.maximum(one.values("high"), 0)) / 2
        out[name] = np.array([np.median(middle[status == 0])]) if (status == 0).any() else np.zeros(1)
    return out


def _put_exclusions(base: Segment, view: MapView, order: _Ints) -> list[dict[str, int]]:
    """The reasons of each parcel as bits, 31 in a column; how many parcels each takes, and how many it takes alone."""
    bit = {reason.name: r for r, reason in enumerate(reasons_of(view))}
    words = np.zeros((-(-len(bit) // WORD), len(view.ids)), np.int64)
    out = [{"hits": 0, "alone": 0} for _ in bit]
    for i, names in enumerate(view.reasons):
        for name in dict.fromkeys(names):
            words[bit[name] // WORD, i] |= 1 << (bit[name] % WORD)
            out[bit[name]]["hits"] += 1
        if len(names) == 1:
            out[bit[names[0]]]["alone"] += 1
    for w, word in enumerate(words):
        base.ints(f"x{w}", word[order], delta=False)
    return out


def _about(view: MapView, hits: Sequence[Mapping[str, int]]) -> dict[str, Any]:
    """All that is not a column."""
    marks = {source: k for k, source in enumerate(sources_of(view), 1)}
    tints = block_tints([criterion.block for criterion in view.criteria])
    paths = _paths(view)
    criteria = [
        {**_criterion(c), "path": paths.get(c.name, ""), "mark": marks.get(c.source, ""), "tint": tint, "head": head}
        for c, tint, head in zip(view.criteria, tints, _heads(view.criteria), strict=True)
    ]
    place = {criterion.name: j for j, criterion in enumerate(view.criteria) if criterion.name}
    return {
        "n": len(view.ids),
        **files_of(view),
        "criteria": criteria,
        "reasons": [
            {**_reason(reason, place, view.why), **n, "measured": f"measured{r}"}
            for r, (reason, n) in enumerate(zip(reasons_of(view), hits, strict=True))
        ],
        "floor": view.floor,
        "decimals": _decimals(view),
        "tiers": [[name, round(cut * MICRO)] for name, cut in {**view.tier_cuts, "low": 0}.items() if view.tier_cuts],
        "ways": ways_of(view, reasons_of(view), [n["hits"] for n in hits]),
    }


def _heads(criteria: Sequence[MapCriterion]) -> list[str]:
    """The block of each criterion, "" where the one before has the same."""
    blocks = [criterion.block for criterion in criteria]
    return [block if block != before else "" for before, block in zip([None, *blocks], blocks, strict=False)]


def _paths(view: MapView) -> dict[str, str]:
    """Criterion -> its path, where it has a weight of its own."""
    if view.tree is None:
        return {}
    return {leaf.node.name: leaf.path for leaf in LiveTree.of(view.tree).leaves if isinstance(leaf.node, Leaf)}


def _criterion(criterion: MapCriterion) -> dict[str, Any]:
    weight = None if np.isnan(criterion.weight) else round(criterion.weight, 6)
    return {
        "name": criterion.name or criterion.label, "label": criterion.label, "block": criterion.block,
        "unit": peak_words(criterion.unit), "weight": weight,
        "note": criterion.note,
    }  # fmt: skip


def _reason(reason: MapReason, place: Mapping[str, int], why: Mapping[str, str]) -> dict[str, Any]:
    limits = {side: x for side, x in (("above", reason.above), ("below", reason.below)) if x is not None}
    return {
        "name": reason.name, "site": reason.site, "criterion": place.get(reason.criterion, -1), **limits,
        "why": why.get(reason.name, ""),
    }  # fmt: skip


def _standing(view: MapView, order: _Ints, place: _Ints) -> Segment:
    """Scores in millionths of a point (-1: none), the order of the study, tiers, ranges."""
    out = Segment()
    out.ints("order", place[study_order(view)])
    out.ints("status", np.array([_STATUS[status] for status in view.status])[order], delta=False)
    out.ints("score", _micro(view.score)[order], delta=False)
    for name, end in (("low", view.score_low), ("high", view.score_high)):
        if end is not None:
            out.ints(name, _micro(end)[order])
    for name, rank in (("best", view.rank_best), ("worst", view.rank_worst)):
        if rank is not None:
            out.ints(name, np.asarray(rank)[order])
    tier = text_column(view.tier)
    out.json("tiers", tier["table"])
    out.ints("tier", np.array(tier["index"], np.int64)[order], delta=False)
    if view.p_top_k is not None:
        share = np.asarray(view.p_top_k, np.float64)
        out.ints("p_top_k", np.where(np.isnan(share), -1, np.round(np.nan_to_num(share) * 10_000)).astype(int)[order])
    return out


def _micro(score: NDArray[np.float64]) -> _Ints:
    score = np.asarray(score, np.float64)
    return np.where(np.isnan(score), -1, np.round(np.nan_to_num(score) * MICRO)).astype(np.int64)


def _card(view: MapView, order: _Ints) -> Segment:
    """What a card says beyond quantities and scores: contributions, texts, waterfall, pads."""
    out = Segment()
    decimals = _decimals(view)
    for j, criterion in enumerate(view.criteria):
        out.ints(f"by{j}", _whole(criterion.contribution, decimals)[order], decimals=decimals)
        if criterion.nearest is not None:
            _put_texts(out, f"nearest{j}", [text and f"nearest: {text}" for text in criterion.nearest], order)
    place = {reason.name: r for r, reason in enumerate(reasons_of(view))}
    columns: dict[str, Sequence[str]] = {
        f"measured{place[name]}": [text and f"Measured: {text}." for text in texts]
        for name, texts in view.measured.items() if name in place
    }  # fmt: skip
    columns |= {f"published{k}": texts for k, texts in enumerate(view.published.values())}
    columns |= {
        f"sections{k}": ["\n".join(lines) for lines in section.lines] for k, section in enumerate(view.sections)
    }
    if view.missing is not None:
        columns["missing"] = [", ".join(some) for some in view.missing]
    if view.central_score is not None:
        columns["together"] = _together(view)
    for name, texts in columns.items():
        _put_texts(out, name, list(texts), order)
    pads = None if view.pads is None else put_shapes(out, "pads", grid_shapes(view.pads).in_order(order))
    out.json("head", {
        "published": list(view.published), "sections": [section.title for section in view.sections],
        "falls": _put_waterfall(out, view, order), "pads": pads,
    })  # fmt: skip
    return out


def _put_texts(out: Segment, name: str, texts: Sequence[str], order: _Ints) -> None:
    """Texts as a table of the different ones, and a number a row."""
    given = text_column([texts[i] for i in order])
    out.json(f"{name}.table", given["table"])
    out.ints(f"{name}.index", np.array(given["index"], np.int64))


def _decimals(view: MapView) -> int:
    """Places of a contribution: one for percent, two for points, as in an explanation."""
    return 1 if "%" in view.contribution_label else 2


def _whole(numbers: NDArray[np.float64], decimals: int) -> _Ints:
    """Whole numbers of the last place; ``NOTHING`` where there is no number."""
    shown = shown_column(numbers, decimals)
    return np.array([NOTHING * 10**decimals if number is None else number for number in shown], np.int64)


def _together(view: MapView) -> list[str]:
    """What all contributions make of the median parcel: "60.0 (+10.00)", or with a factor "60.0 (× 1.20)"."""
    central = np.asarray(view.central_score, np.float64)
    ratio = "%" in view.contribution_label
    with np.errstate(divide="ignore", invalid="ignore"):
        change = central / view.median_score if ratio else central - view.median_score
    scores, changes = shown_column(central, 1), shown_column(change, 2)
    return [
        "" if score is None or by is None else f"{score / 10:.1f} ({_change(by, ratio)})"
        for score, by in zip(scores, changes, strict=True)
    ]


def _change(hundredths: int, ratio: bool) -> str:
    """A factor, or a difference with its sign, as the page writes it."""
    if ratio or not hundredths:
        return f"× {hundredths / 100:.2f}" if ratio else "0"
    return f"{'+' if hundredths > 0 else '−'}{abs(hundredths) / 100:.2f}"


def _outlined_m2(shapes: Shapes) -> NDArray[np.float64]:
    """(n,) areas of outlines in EPSG:4326."""
    return reproject_shapes(shapes, "EPSG:4326", _EQUAL_AREA)[0].area_m2


def _put_waterfall(out: Segment, view: MapView, order: _Ints) -> list[tuple[str, str, str]]:
    """Areas in tenths of an acre, and the steps of usable land: what each is called, its column, "cut" or "rest".

    Cuts are negative, the differences of what is left, so that they add up as shown. Cuts that take nothing anywhere
    stay, in order. Without a waterfall there is the gross area of the outlines only.
    """
    waterfall = view.waterfall
    left = _outlined_m2(view.shapes) if waterfall is None else np.asarray(waterfall.gross_m2, np.float64)
    before = _tenths(left)
    if waterfall is None:
        out.ints("gross", before[order], decimals=1)
        return []
    steps, columns = [("Gross", "gross", "")], {"gross": before}
    for k, (name, area) in enumerate(waterfall.cut_m2.items()):
        left = left - np.nan_to_num(area)
        after = _tenths(left)
        unknown = np.isnan(area) | (before == 10 * NOTHING) | (after == 10 * NOTHING)
        columns[f"cut{k}"] = np.where(unknown, 10 * NOTHING, after - before)
        steps.append((f"minus {name}", f"cut{k}", "cut"))
        before = after
    columns["usable"] = _tenths(waterfall.usable_m2)
    steps.append(("Usable", "usable", "rest"))
    if waterfall.largest_m2 is not None:
        columns["largest"] = _tenths(waterfall.largest_m2)
        steps.append(("Largest piece", "largest", "rest"))
    for name, column in columns.items():
        out.ints(name, column[order], decimals=1)
    return steps


def _tenths(area_m2: NDArray[np.float64]) -> _Ints:
    """Tenths of an acre, ten times ``NOTHING`` where the area is not known."""
    return _whole(np.asarray(area_m2, np.float64) / ACRE_M2, 1)
