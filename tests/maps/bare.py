"""A page with the model and the layer alone, without panel, list and card: for tests of what lies below these."""

from __future__ import annotations

import html
from importlib.resources import files
from pathlib import Path

from siting.maps.offline import leaflet_css, leaflet_js
from siting.maps.segments import segments_of
from siting.maps.view import MapView

MODULES = ("gunzip.js", "unpack.js", "dom.js", "raster.js", "model.js", "context.js", "layer.js")

_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>bare</title><style>{css}
html, body, #map {{ height: 100%; margin: 0 }}
:root {{ --siting-excluded: #d6d9dd; --siting-hatch: #aeb4bc; --siting-site: #c9c2b4 }}</style></head>
<body><div id="map"></div>{segments}<script>{leaflet}</script>
<script>
  {web}
  const map = L.map("map", {{ center: [0, 0], zoom: 3, zoomSnap: 0, maxZoom: 24, fadeAnimation: false }});
  const began = performance.now();
  modelOf("view").then(async (model) => {{
    const layer = parcelLayer(map, model);
    layer.addTo(map);
    layer.refresh();
    Object.assign(window, {{ map, model, layer, drawn: performance.now() - began }});
    await model.details();
    document.body.dataset.ready = "yes";
  }});
</script></body></html>
"""


def bare_page(view: MapView, path: Path) -> Path:
    """Write the page; in it, ``model``, ``layer`` and ``map`` are globals once ``data-ready`` is set."""
    segments = "".join(
        f'<script type="text/plain" id="view_{html.escape(part)}">{text}</script>'
        for part, text in segments_of(view).items()
    )
    web = "".join((files("siting.maps") / "web" / name).read_text(encoding="utf-8") for name in MODULES)
    path.write_text(
        _PAGE.format(css=leaflet_css(), leaflet=leaflet_js(), web=web, segments=segments),
        encoding="utf-8",
    )
    return path
