"""The ranked parcels as a folium layer of our own: packed columns, drawn on a canvas, explained on a card."""

from __future__ import annotations

from typing import Any

from folium.map import Layer
from folium.template import Template

from siting.maps.offline import put_body, put_web
from siting.maps.panel import panel_html
from siting.maps.segments import segments_of
from siting.maps.view import MapView

__all__ = ["ParcelLayer"]


class ParcelLayer(Layer):
    """The parcels of a view, with the panel and the card beside the map.

    It draws up to about 50,000 parcels well. It may be added to any folium map that is alone in
    its page; the map of ``ranking_map`` is one.
    """

    _template = Template("""
        {% macro html(this, kwargs) %}
        {% for part, text in this.segments.items() %}
        <script type="text/plain" id="{{ this.get_name() }}_{{ part }}">{{ text }}</script>
        {% endfor %}
        {% endmacro %}
        {% macro script(this, kwargs) %}
        siting.show({{ this._parent.get_name() }}, "{{ this.get_name() }}");
        {% endmacro %}
        """)

    def __init__(self, view: MapView) -> None:
        super().__init__(name="parcels", overlay=True, control=False, show=False)
        self._name = "ParcelLayer"
        self.segments = segments_of(view)
        self.panel = panel_html(view)

    def render(self, **kwargs: Any) -> str:
        """Put the scripts, the styles, the panels and the data into the page."""
        put_web(self)
        put_body(self, self.panel)
        super().render(**kwargs)
        return ""
