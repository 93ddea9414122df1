"""Layers around the parcels: simplified, drawn by our own script, listed with vintage and licence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from folium.map import Layer
from folium.template import Template

from siting.maps.colours import TINTS
from siting.maps.grid import GridShapes, grid_shapes, put_shapes
from siting.maps.offline import put_web
from siting.maps.segment import Segment
from siting.maps.view import ContextData
from siting.shapes import Kind, Shapes

__all__ = ["ContextLayer", "credit", "simplified"]

_STYLES = ("solid", "dashed", "dotted")
_DASHES = ((), (9, 5), (2, 4))  #: of each style
_INK = 0.05  #: of the ground, that the points of a layer may cover (judgement)
_FAR = 1e9  #: in steps of a grid; as good as no limit
_METRES_PER_DEGREE = 111_320.0


class ContextLayer(Layer):
    """One context layer of a map; it lists itself in the page's own list of layers.

    Parameters
    ----------
    data : what to draw
    place : its place among the context layers, which decides its colour where ``data`` does not
    """

    _template = Template("""
        {% macro html(this, kwargs) %}
        <script type="text/plain" id="{{ this.get_name() }}_data">{{ this.data }}</script>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = siting.addContext({{ this._parent.get_name() }}, "{{ this.get_name() }}_data");
        {% endmacro %}
        """)

    def __init__(self, data: ContextData, place: int = 0) -> None:
        super().__init__(name="context", overlay=True, control=False, show=False)
        self._name = "ContextLayer"
        self.data = _packed(data, place)

    def render(self, **kwargs: Any) -> str:
        """Put the scripts, the styles and the data into the page."""
        put_web(self)
        super().render(**kwargs)
        return ""


def simplified(shapes: Shapes, tolerance_m: float) -> Shapes:
    """Shapes in EPSG:4326 whose lines lie within about ``tolerance_m`` of the true ones; points as they are.

    Lengths in degrees of longitude are taken at the middle of the shapes. Polygons smaller than
    the tolerance become empty.
    """
    if shapes.kind == "point" or not len(shapes.coords):
        return shapes
    _, south, _, north = shapes.total_bounds
    squeeze = np.array([np.cos(np.radians((south + north) / 2)), 1.0])
    flat = shapes.with_coords(shapes.coords * squeeze).geometries
    simpler = shapely.simplify(flat, tolerance_m / _METRES_PER_DEGREE, preserve_topology=False)
    if shapes.kind == "polygon":
        simpler = np.array([_polygonal(item) for item in shapely.make_valid(simpler)], dtype=object)
    out = Shapes.from_geometries(simpler, shapes.kind)
    return out.with_coords(out.coords / squeeze)


def _polygonal(geometry: Any) -> Any:
    """The polygons of a geometry, as one."""
    parts = shapely.get_parts(geometry)
    return shapely.MultiPolygon([p for q in parts for p in shapely.get_parts(q) if p.geom_type == "Polygon"])


def credit(title: str, attribution: str, vintage: str, licence: str) -> str:
    """Where something drawn comes from, in the words of the catalogue.

    >>> credit("Active faults", "Arizona Geological Survey", "", "CC BY 3.0")
    'Active faults · Arizona Geological Survey · Licence: CC BY 3.0'
    """
    vintage, licence = f"Vintage: {vintage}" * bool(vintage), f"Licence: {licence}" * bool(licence)
    return " · ".join(text for text in (title, attribution, vintage, licence) if text)


def _told(data: ContextData) -> str:
    """What the list of layers says below the name."""
    title = data.title if data.title.casefold() != data.name.casefold() else ""
    return credit(title, data.attribution, data.vintage, data.licence)


def _packed(data: ContextData, place: int) -> str:
    """What the page needs of a context layer: a segment with its outlines and what is said of it."""
    segment, kind = Segment(), data.shapes.kind
    tint = TINTS[data.tint or list(TINTS)[place % len(TINTS)]]
    stroke = (place + place // len(TINTS)) % len(_DASHES)
    grid = grid_shapes(simplified(data.shapes, data.tolerance_m))
    about = {
        "name": data.name,
        "key": f"layer:{place}:{data.name}",
        "told": _told(data),
        "tint": tint,
        "stroke": _STYLES[stroke],
        "show": data.show,
        "kind": kind,
        "canvas": "areas" if data.below else "lines",
        "style": {
            "closed": kind == "polygon",
            "fillStyle": f"{tint}12" if data.below else "",
            "room": _room(grid) if kind == "point" else _FAR,
            "strokes": _strokes(kind, tint, stroke),
        },
        "grid": put_shapes(segment, "s", grid),
    }
    segment.json("about", about)
    return segment.text()


def _strokes(kind: Kind, tint: str, stroke: int) -> list[dict[str, Any]]:
    """One upon the other, as properties of a canvas: lines with a light edge, dots with a ring."""

    def drawn(colour: str, width: float, dash: Sequence[int] = (), cap: str = "butt") -> dict[str, Any]:
        return {"strokeStyle": colour, "lineWidth": width, "dash": dash, "lineCap": cap, "lineJoin": "round"}

    if kind == "polygon":
        return [drawn(tint, 1.4, _DASHES[stroke])]
    if kind == "line":
        return [drawn("#ffffffbf", 3.6), drawn(tint, 2, _DASHES[stroke])]
    ring, inside, width = (("#ffffff", tint, 5.9), ("#111111", tint, 5.9), (tint, "#ffffff", 4.4))[stroke]
    return [drawn(ring, 8.5, cap="round"), drawn(inside, width, cap="round")]


def _room(grid: GridShapes) -> float:
    """The radius of dots, in steps, at which the points of a layer cover a small share of their ground."""
    sides = [max(1.0, float(np.ptp(axis))) if len(axis) else 1.0 for axis in (grid.x, grid.y)]
    return min(_FAR, float(np.sqrt(_INK * sides[0] * sides[1] / (np.pi * max(1, len(grid.x))))))
