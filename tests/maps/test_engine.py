"""The layer in a browser: pixels are parcels as shapely has them, colours come from the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from siting.maps.grid import grid_shapes
from siting.maps.view import MapView
from siting.shapes import Shapes

from ..benchmarks.map_data import drawn_view
from .bare import bare_page

PIXELS = 30_000
TWO = "{ colours: ['#112233', '#445566'], of: (i) => i % 2 }"


@pytest.fixture
def opened(chromium: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    contexts = []

    def go(view: MapView, **options: Any) -> Any:
        contexts.append(chromium.new_context(**({"viewport": {"width": 1000, "height": 700}} | options)))
        page = contexts[-1].new_page()
        page.goto(bare_page(view, tmp_path / "page.html").as_uri())
        page.wait_for_selector("[data-ready]", state="attached")
        return page

    yield go
    for context in contexts:
        context.close()


def on_the_grid(view: MapView) -> tuple[Shapes, Any]:
    """The outlines as they are in the file, in steps of the grid (y south)."""
    grid = grid_shapes(view.shapes)
    rings = np.split(np.stack([grid.x, grid.y], axis=1).astype(float), np.cumsum(grid.counts)[:-1])
    starts = np.concatenate([[0], np.cumsum(grid.rings)])
    out = []
    for i in range(len(view.ids)):
        shape = shapely.Polygon()
        for ring in rings[starts[i] : starts[i + 1]]:
            shape = shapely.symmetric_difference(shape, shapely.make_valid(shapely.Polygon(ring)))
        out.append(shape)
    return Shapes.from_geometries(out, "polygon"), grid


@pytest.mark.browser
def test_picking_equals_shapely_on_thirty_thousand_pixels(opened: Callable[..., Any]) -> None:
    """Holes, and parts within holes, at three zooms and with a device of two pixels to the point."""
    view = drawn_view(1200)
    shapes, grid = on_the_grid(view)
    tree = shapely.STRtree(shapes.geometries)
    random, wrong, seen = np.random.default_rng(2), 0, set()
    for zoom, ratio in ((14, 1), (15.25, 1), (17, 2)):
        page = opened(view, device_scale_factor=ratio)
        page.evaluate("(zoom) => { map.setZoom(zoom, { animate: false }); layer.pins.length = 0; }", zoom)
        spots = random.integers(0, [1000 * ratio, 700 * ratio], (PIXELS // 3, 2))
        found = page.evaluate(
            """([spots, ratio]) => {
                const { scale, left, top, dense, corner } = layer.view;
                const shift = map.layerPointToContainerPoint(corner);
                const middle = (p) => [(p[0] + 0.5) / ratio, (p[1] + 0.5) / ratio];
                return spots.map(middle).map(([x, y]) => {
                    const row = layer.at(L.point(x, y));
                    const px = Math.floor((x - shift.x) * dense) + 0.5, py = Math.floor((y - shift.y) * dense) + 0.5;
                    return [row < 0 ? "" : model.id(row), (px - left) / scale, (py - top) / scale];
                });
            }""",
            [spots.tolist(), ratio],
        )
        points = shapely.points([[x, y] for _, x, y in found])
        inside: dict[int, str] = {}
        for spot, parcel in tree.query(points, predicate="within").T.tolist():
            inside[spot] = str(view.ids[parcel])
        wrong += sum(name != inside.get(spot, "") for spot, (name, _, _) in enumerate(found))
        seen |= {name for name, _, _ in found}
        corner = page.evaluate("map.getZoom()")
        assert corner == zoom
    assert wrong == 0
    assert len(seen) > 500
    assert grid.step > 0


@pytest.mark.browser
def test_parcels_smaller_than_a_pixel_still_show(opened: Callable[..., Any]) -> None:
    view = drawn_view(400)
    page = opened(view)
    shown = page.evaluate(
        "() => { map.setZoom(map.getZoom() - 6, { animate: false }); return layer.view.ids.filter(Boolean).length; }"
    )
    assert 1 <= shown < 400
    page.evaluate("map.setZoom(map.getZoom() + 3, { animate: false })")
    assert page.evaluate("new Set(layer.view.ids).size") > 300


@pytest.mark.browser
def test_recolouring_hiding_and_fading_never_draw_outlines_anew(opened: Callable[..., Any]) -> None:
    page = opened(drawn_view(300))
    found = page.evaluate(
        f"""() => {{
            layer.view.ids[0] = 12345;  // as long as outlines are not drawn anew
            layer.colouring = {TWO};
            const counts = [...layer.refresh()];
            const row = model.order[0];
            const of = (i) => layer.table[i + 1].toString(16);
            const excluded = Array.from(model.status).findIndex((status) => status === EXCLUDED);
            const out = [of(row), of(excluded), layer.hatch[excluded + 1].toString(16)];
            layer.shown.excluded = false;
            layer.refresh();
            out.push(of(excluded));
            layer.mask = Uint8Array.from(model.status, () => 0);
            layer.refresh();
            out.push(of(row).length);
            layer.mask = null;
            layer.refresh();
            layer.mark({{ hover: row, selected: row, pinned: [row] }});
            return [layer.view.ids[0], counts[0] + counts[1] === model.counts.admitted, row % 2, ...out];
        }}"""
    )
    assert found[:2] == [12345, True]
    assert found[3] == ("ff665544" if found[2] else "ff332211")
    assert found[4:7] == ["ffddd9d6", "ffbcb4ae", "0"]
    assert found[7] == 8  # an alpha of two digits is left


@pytest.mark.browser
def test_a_point_in_a_parcel_lies_in_it(opened: Callable[..., Any]) -> None:
    view = drawn_view(300)
    page = opened(view)
    found = page.evaluate("model.ids.map((id, i) => [id, ...model.inside(i)])")
    place = {name: i for i, name in enumerate(view.ids)}
    for name, latitude, longitude in found:
        assert shapely.contains_xy(view.shapes.geometries[place[name]], longitude, latitude), name


@pytest.mark.browser
def test_the_first_pins_and_marks_answer_the_pointer(opened: Callable[..., Any]) -> None:
    page = opened(drawn_view(200))
    best, spot = page.evaluate("[model.order[0], layer.pins[0]]")
    assert spot["row"] == best
    page.evaluate(
        "map.on('click', (event) => (window.picked = layer.at(event.containerPoint)));"
        "map.on('mousemove', (event) => (window.under = layer.at(event.containerPoint)))"
    )
    page.mouse.move(spot["x"], spot["y"])
    page.mouse.click(spot["x"], spot["y"])
    assert page.evaluate("[picked, under]") == [best, best]
