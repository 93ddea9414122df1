"""One criterion drawn: its value function, and under it the measured quantities of the parcels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from siting.mcda.value import Classes, Piecewise, Step
from siting.report.drawing import number, svg, tag, ticks
from siting.report.histogram import Counts, Histogram, histogram, span_of
from siting.units import Unit

__all__ = ["Drawn", "class_figure", "curve_figure", "curve_points"]

WIDTH, LEFT, RIGHT = 520.0, 46.0, 12.0
TOP, CURVE, GAP, BARS = 12.0, 112.0, 14.0, 58.0
_SAMPLES = 241
_Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A drawing, and in words what lies beside it."""

    figure: Markup
    notes: tuple[str, ...]


def curve_points(function: Any, unit: Unit, low: float, high: float) -> tuple[_Floats, _Floats]:
    """Quantities (in the unit) and values between which straight lines draw a value function from low to high.

    Every anchor in between is one of the points; a step has two points at its edge.
    """
    anchors = np.array([a.value for a, _ in function.anchors if np.isfinite(a.value)])
    ends = np.array([unit.to_si(low), unit.to_si(high)])
    parts = [ends, anchors]
    if isinstance(function, Step):
        parts.append(np.nextafter(anchors, -np.inf))
    elif not isinstance(function, Piecewise):
        parts.append(np.array([unit.to_si(float(x)) for x in np.linspace(low, high, _SAMPLES)]))
    si = np.unique(np.concatenate(parts))
    si = si[(si >= ends[0]) & (si <= ends[1])]
    return np.array([unit.from_si(float(q)) for q in si]), function.value(si)


def curve_figure(
    function: Any, quantity: _Floats, admitted: NDArray[np.bool_], *, unit: Unit, title: str, within: str = ""
) -> Drawn:
    """A value function of quantities over the histogram of what was measured.

    quantity : (n,) in ``unit``; NaN without one, infinite beyond the search
    """
    anchors = [(unit.from_si(a.value), value) for a, value in function.anchors if np.isfinite(a.value)]
    chosen = quantity[admitted] if admitted.any() else quantity
    low, high = span_of([at for at, _ in anchors], chosen)
    counted = histogram(quantity, admitted, low, high)

    def x(at: float) -> float:
        return LEFT + (at - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    parts = [*_frame(), *_bars(counted, x), *_axis(ticks(low, high), x, str(unit))]
    at, values = curve_points(function, unit, low, high)
    line = " ".join(f"{number(x(float(q)))},{number(_y(float(v)))}" for q, v in zip(at, values, strict=True))
    parts.append(tag("polyline", points=line, class_="curve"))
    for place, value in anchors:
        if low <= place <= high:
            parts.append(tag("line", x1=x(place), x2=x(place), y1=_y(value), y2=_bottom(), class_="anchor"))
            parts.append(tag("circle", cx=x(place), cy=_y(value), r=3.4, class_="point"))
    label = f"Value function of {title} over the histogram of the measured quantities"
    return Drawn(figure=svg(parts, WIDTH, _bottom() + 32, label), notes=_beside(counted, high, low, str(unit), within))


def class_figure(function: Classes, given: NDArray[Any], admitted: NDArray[np.bool_], *, title: str) -> Drawn:
    """The value of every class, and how many parcels have it."""
    words = np.array(["" if c is None or c != c else str(c) for c in given], dtype=object)
    parts: list[Markup] = []
    names, at_value, at_share, row = list(function.values), 150.0, 320.0, 22.0
    shares = {name: (_part(words, name, admitted), _part(words, name, np.ones(len(words), bool))) for name in names}
    most = max([share for pair in shares.values() for share in pair] + [1e-9])
    heads = ((0.0, "class"), (at_value, "value"), (at_share, "share of parcels"))
    parts += [tag("text", text, x=x, y=11, class_="axis") for x, text in heads]
    for place, (name, value) in enumerate(function.values.items()):
        y = 20 + place * row
        short = name if len(name) <= 22 else f"{name[:21]}…"
        parts.append(tag("text", short, x=0, y=y + 12, class_="name"))
        parts.append(tag("rect", x=at_value, y=y + 3, width=110, height=10, class_="track"))
        parts.append(tag("rect", x=at_value, y=y + 3, width=110 * value, height=10, class_="value"))
        parts.append(tag("text", f"{value:g}", x=at_value + 116, y=y + 12, class_="axis"))
        some, everyone = shares[name]
        room = 130.0
        parts.append(tag("rect", x=at_share, y=y + 1, width=room * everyone / most, height=14, class_="everyone"))
        parts.append(tag("rect", x=at_share, y=y + 4, width=room * some / most, height=8, class_="admitted"))
        parts.append(tag("text", f"{some:.0%}", x=at_share + 6 + room * max(some, everyone) / most, y=y + 12,
                         class_="axis"))  # fmt: skip
    none = int((words[admitted] == "").sum())
    other = int((~np.isin(words[admitted].astype(str), ["", *names])).sum())
    notes = tuple(
        f"{count:,} admitted {what}" for count, what in ((none, "without a class"), (other, "with an unlisted class"))
        if count
    )  # fmt: skip
    label = f"Values of the classes of {title}, and the share of parcels in each"
    return Drawn(figure=svg(parts, WIDTH, 26 + row * len(names), label), notes=notes)


def _part(words: NDArray[Any], name: str, group: NDArray[np.bool_]) -> float:
    return float((words[group] == name).sum()) / max(int(group.sum()), 1)


def _y(value: float) -> float:
    return TOP + (1 - value) * CURVE


def _bottom() -> float:
    return TOP + CURVE + GAP + BARS


def _upright(text: str, middle: float) -> Markup:
    return tag("text", text, x=0, y=0, transform=f"translate(10 {number(middle)}) rotate(-90)", class_="axis middle")


def _frame() -> list[Markup]:
    parts = []
    for value in (0.0, 0.5, 1.0):
        parts.append(tag("line", x1=LEFT, x2=WIDTH - RIGHT, y1=_y(value), y2=_y(value), class_="grid"))
        parts.append(tag("text", f"{value:g}", x=LEFT - 6, y=_y(value) + 4, class_="axis end"))
    parts.append(_upright("value", _y(0.5)))
    return parts


def _bars(counted: Histogram, x: Any) -> list[Markup]:
    """The shares of all parcels, and narrower before them those of the admitted, on one scale."""
    most = max(float(counted.admitted.shares.max()), float(counted.everyone.shares.max()), 1e-9)
    parts = []
    for counts, class_, inset in ((counted.everyone, "everyone", 0.02), (counted.admitted, "admitted", 0.22)):
        for place, share in enumerate(counts.shares):
            left, right = x(counted.edges[place]), x(counted.edges[place + 1])
            height, width = BARS * float(share) / most, right - left
            if height > 0:
                parts.append(
                    tag("rect", x=left + inset * width, y=_bottom() - height, width=width * (1 - 2 * inset),
                        height=max(height, 0.6), class_=class_)
                )  # fmt: skip
    parts.append(
        tag(
            "text",
            f"{most:.0%}" if most >= 0.1 else f"{most:.1%}",
            x=LEFT - 6,
            y=_bottom() - BARS + 8,
            class_="axis end",
        )
    )
    parts.append(_upright("parcels", _bottom() - BARS / 2))
    return parts


def _axis(at: list[float], x: Any, unit: str) -> list[Markup]:
    parts = [tag("line", x1=LEFT, x2=WIDTH - RIGHT, y1=_bottom(), y2=_bottom(), class_="base")]
    for place in at:
        parts.append(tag("line", x1=x(place), x2=x(place), y1=_bottom(), y2=_bottom() + 4, class_="base"))
        parts.append(tag("text", f"{place:,.10g}", x=x(place), y=_bottom() + 16, class_="axis middle"))
    parts.append(tag("text", unit or "number", x=WIDTH - RIGHT, y=_bottom() + 29, class_="axis end unit"))
    return parts


def _beside(counted: Histogram, high: float, low: float, unit: str, within: str) -> tuple[str, ...]:
    """What the bars do not show, of the admitted."""
    counts: Counts = counted.admitted
    said = (
        (counts.below, f"under {low:,.4g} {unit}".strip()),
        (counts.above, f"over {high:,.4g} {unit}".strip()),
        (counts.beyond, f"farther than {within}" if within else "beyond the reach"),
        (counts.missing, "without an exact quantity"),
    )
    notes = tuple(f"{count:,} admitted {what}" for count, what in said if count)
    everyone = counted.everyone
    if 2 * everyone.missing > everyone.total:
        notes = (*notes, f"{everyone.missing:,} of all {everyone.total:,} parcels without an exact quantity")
    return notes
