"""What the colours of a map mean: the ways to colour its parcels, each with its classes and their names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.maps.view import MapReason, MapView, Tint

__all__ = ["TINTS", "block_tints", "equal_cuts", "steps", "ways_of"]

#: twelve that differ in lightness as well as in hue
TINTS: Mapping[Tint, str] = {
    "blue": "#0072b2", "orange": "#e08a00", "purple": "#8e4fb0", "green": "#009e73", "red": "#d03a1c",
    "sky": "#56b4e9", "brown": "#7a4a1e", "pink": "#e377c2", "ink": "#4a5160", "lime": "#7f9a0b", "navy": "#2b3a9c",
    "grey": "#9aa3ad",
}  # fmt: skip
_REASONS: Sequence[Tint] = ("blue", "orange", "green", "red", "sky", "purple", "brown")
_RANKED = "#f4f4f2"  #: the ranked where the others have colours
#: viridis of matplotlib at ten equal steps
_VIRIDIS = ["440154", "482878", "3e4a89", "31688e", "26828e", "1f9e89", "35b779", "6ece58", "b5de2b", "fde725"]
#: rank change: down is orange, up is blue, then those without a rank in the study
_CHANGE = ["#7f3b08", "#d9822b", "#fdcf95", "#e9e9e6", "#a9d0e8", "#3d8dc4", "#08407e", "#8e4fb0"]
_MOVES = {
    -100: "down 101 or more", -10: "down 11 to 100", 0: "down 1 to 10", 1: "as in the study", 11: "up 1 to 10",
    101: "up 11 to 100", 1e9: "up 101 or more",
}  # fmt: skip
_FIFTHS = (0.2, 0.4, 0.6, 0.8)
_CLASSES = 7
_Way = dict[str, Any]


def ways_of(view: MapView, reasons: Sequence[MapReason], hits: Sequence[int]) -> list[_Way]:
    """The ways to colour: ``key``, ``label``, ``colours`` with their ``names``, lowest first, ``cuts`` between classes.

    A number belongs to the class of as many cuts as it reaches: a value that is not known is -1, the change of a parcel
    that the study does not rank is infinite. A criterion has its name behind a colon as ``key``.

    hits : how many parcels each of ``reasons`` takes
    """
    ways = [_by_score(view), _by_change()]
    if view.p_top_k is not None and view.shortlist:
        label = f"chance to be among the best {view.shortlist}"
        ways.append(_fifths("p_top_k", label, "never", 1e-9, lambda share: f"{100 * share:.0f} %"))
    if reasons:
        ways.append(_by_reason(reasons, hits))
    for criterion in view.criteria:
        key, note = f":{criterion.name or criterion.label}", f"Value: 0 is worst, 1 is best. {criterion.note}".strip()
        ways.append(_fifths(key, criterion.label, "no data", 0, str) | {"note": note})
    return ways


def block_tints(blocks: Sequence[str]) -> list[str]:
    """A colour for each entry, by its outermost block.

    >>> block_tints(["land", "land / ground", "water"])
    ['#0072b2', '#0072b2', '#e08a00']
    """
    outer = [block.split(" / ")[0] for block in blocks]
    place = {name: k for k, name in enumerate(dict.fromkeys(outer))}
    hues = list(TINTS.values())
    return [hues[place[name] % len(hues)] for name in outer]


def steps(number: int) -> list[str]:
    """Colours at equal steps of viridis, from low to high.

    >>> steps(2)
    ['#440154', '#fde725']
    """
    table = np.array([[int(colour[k : k + 2], 16) for k in (0, 2, 4)] for colour in _VIRIDIS])
    at = np.linspace(0, 9, number) if number > 1 else np.array([5.4])
    mixed = np.stack([np.interp(at, np.arange(10), channel) for channel in table.T], axis=1)
    return ["#{:02x}{:02x}{:02x}".format(*colour) for colour in np.floor(mixed + 0.5).astype(int).tolist()]


def equal_cuts(score: NDArray[np.float64], classes: int = _CLASSES) -> list[float]:
    """Scores that part the parcels into classes of equal numbers, rounded to 0.1 points; fewer where scores repeat.

    >>> equal_cuts(np.arange(101.0), 4)
    [25.0, 50.0, 75.0]
    """
    known = score[np.isfinite(score)]
    if not len(known):
        return []
    cuts = np.unique(np.round(np.quantile(known, np.arange(1, classes) / classes), 1))
    return [float(cut) for cut in cuts if known.min() < cut]


def _by_score(view: MapView) -> _Way:
    admitted = np.array([status == "admitted" for status in view.status], dtype=bool)
    cuts = list(view.cuts) or equal_cuts(np.asarray(view.score)[admitted])
    tiers = ", ".join(f"{name} from {cut:g}" for name, cut in view.tier_cuts.items())
    return {
        "key": "score", "label": "score", "cuts": cuts, "colours": steps(len(cuts) + 1),
        "names": _between(cuts, lambda cut: f"{cut:.1f}"), "note": f"Tiers: {tiers}; low below." if tiers else "",
    }  # fmt: skip


def _by_change() -> _Way:
    names = [*_MOVES.values(), "not ranked by the study"]
    return {
        "key": "rank", "label": "rank change against the study", "cuts": list(_MOVES), "colours": _CHANGE,
        "names": names, "note": "",
    }  # fmt: skip


def _by_reason(reasons: Sequence[MapReason], hits: Sequence[int]) -> _Way:
    """The reasons that take most have colours of their own; ``classes`` has the place of every reason."""
    most = sorted((r for r, number in enumerate(hits) if number), key=lambda r: -hits[r])[: len(_REASONS)]
    place = {r: k for k, r in enumerate(most)}
    return {
        "key": "reason", "label": "reason of exclusion",
        "colours": [*(TINTS[tint] for tint in _REASONS[: len(most)]), TINTS["grey"], _RANKED],
        "names": [*(reasons[r].name for r in most), "another reason", "ranked"],
        "note": "A parcel out for several reasons has the colour of the first.",
        "classes": [place.get(r, len(most)) for r in range(len(reasons))],
    }  # fmt: skip


def _fifths(key: str, label: str, none: str, least: float, said: Callable[[float], str]) -> _Way:
    """Grey for what is under ``least``, then fifths."""
    return {
        "key": key, "label": label, "cuts": [least, *_FIFTHS], "colours": [TINTS["grey"], *steps(5)],
        "names": [none, *_between(_FIFTHS, said)], "note": "",
    }  # fmt: skip


def _between(cuts: Sequence[float], said: Callable[[float], str]) -> list[str]:
    if not cuts:
        return ["ranked"]
    inner = [f"{said(low)} – {said(high)}" for low, high in pairwise(cuts)]
    return [f"under {said(cuts[0])}", *inner, f"{said(cuts[-1])} or more"]
