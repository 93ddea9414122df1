"""A small view whose answers are known, and a page opened in a browser that is watched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from siting.maps import CardSection, ContextData, MapCriterion, MapView, Waterfall, ranking_map
from siting.shapes import Shapes

#: six squares of 0.01 degree in two rows; the fifth has a hole, the sixth no outline
WEST, SOUTH, SIDE = -111.0, 32.0, 0.01


def squares() -> Shapes:
    corners = [(WEST + SIDE * (i % 3), SOUTH + SIDE * (i // 3)) for i in range(6)]
    boxes: list[Any] = [shapely.box(x, y, x + SIDE, y + SIDE) for x, y in corners]
    x, y = corners[4]
    boxes[4] = boxes[4] - shapely.box(x + SIDE / 4, y + SIDE / 4, x + 3 * SIDE / 4, y + 3 * SIDE / 4)
    boxes[5] = shapely.Polygon()
    return Shapes.from_geometries(boxes)


def centre(i: int) -> tuple[float, float]:
    """Latitude and longitude of the middle of square i."""
    return SOUTH + SIDE * (i // 3 + 0.5), WEST + SIDE * (i % 3 + 0.5)


@pytest.fixture
def view() -> Callable[..., MapView]:
    """Three admitted parcels (80, 60 and 60 points), one too small, one excluded, one without an outline."""

    def made(**changes: Any) -> MapView:
        nan = np.nan
        given: dict[str, Any] = {
            "title": "A study",
            "ids": ["A-1", "A-2", "A-3", "S-4", "X-5", "N-6"],
            "shapes": squares(),
            "status": ["admitted", "admitted", "admitted", "site", "excluded", "excluded"],
            "score": np.array([60.0, 80.0, 60.0, 40.0, nan, nan]),
            "rank": np.array([2, 1, 2, 0, 0, 0]),
            "tier": ["medium", "high", "medium", "", "", ""],
            "reasons": [[], [], [], ["too small: 12 acre is below 80 acre"], ["tribal land", "flood"], ["no outline"]],
            "criteria": [
                MapCriterion(
                    label="Substation",
                    block="Power",
                    weight=0.75,
                    source="judgement",
                    quantity=["4 km", "1 km", "4 km", "9 km", "> 25 km", "no data"],
                    value=np.array([0.5, 1.0, 0.5, 0.2, 0.0, nan]),
                    contribution=np.array([0.0, 37.5, 0.0, -22.5, nan, nan]),
                ),
                MapCriterion(
                    label="Usable land",
                    block="Land",
                    weight=0.25,
                    quantity=["200 acre", "90 acre", "200 acre", "12 acre", "0 acre", "no data"],
                    value=np.array([0.9, 0.2, 0.9, 0.1, 0.0, nan]),
                    contribution=np.array([0.0, -17.5, 0.0, -20.0, nan, nan]),
                ),
            ],
            "waterfall": Waterfall(
                gross_m2=np.full(6, 4046.8564224 * 100),
                cut_m2={"floodway": np.array([0.0, 4046.8564224 * 10, 0.0, 0.0, 0.0, nan])},
                usable_m2=np.array([100, 90, 100, 100, 100, nan]) * 4046.8564224,
            ),
            "published": {"Use code": ["0037", "0012", "", "", "", ""]},
            "sections": [CardSection(title="Overrides", lines=[[], ["score set by an analyst"], [], [], [], []])],
            "context": [
                ContextData(
                    name="A road",
                    shapes=Shapes.from_geometries([shapely.LineString([(WEST, SOUTH), (WEST + 0.03, SOUTH + 0.02)])]),
                    vintage="2024",
                    licence="CC BY 4.0",
                ),
                ContextData(name="A town", shapes=squares().take(np.array([0])), show=False),
                ContextData(name="A station", shapes=Shapes.from_geometries([shapely.Point(WEST, SOUTH)])),
            ],
        }
        return MapView(**(given | changes))

    return made


@dataclass
class Opened:
    """A page, what it asked for, and what went wrong in it."""

    page: Any
    asked: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def click(self, latitude: float, longitude: float) -> None:
        """Click on the map at a place."""
        self.page.mouse.click(*self.pixel(latitude, longitude))

    def pixel(self, latitude: float, longitude: float) -> tuple[float, float]:
        at = self.page.evaluate(
            """([latitude, longitude]) => {
                const map = Object.values(window).find((it) => it instanceof L.Map);
                const point = map.latLngToContainerPoint([latitude, longitude]);
                const box = map.getContainer().getBoundingClientRect();
                return [box.left + point.x, box.top + point.y];
            }""",
            [latitude, longitude],
        )
        return at[0], at[1]

    @property
    def card(self) -> str:
        return str(self.page.locator(".siting-card").inner_text())


@pytest.fixture
def opened(chromium: Any, tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    """Write a view's map, open it from disk and wait until it is drawn."""
    contexts = []

    def go(view: MapView, **options: Any) -> Opened:
        path = tmp_path / "map.html"
        ranking_map(view).save(path)
        context = chromium.new_context(**({"viewport": {"width": 1280, "height": 720}} | options))
        contexts.append(context)
        found = Opened(context.new_page())
        found.page.set_default_timeout(60_000)
        found.page.on("request", lambda request: found.asked.append(request.url))
        found.page.on("pageerror", lambda error: found.wrong.append(str(error)))
        found.page.on(
            "console", lambda said: found.wrong.append(said.text) if said.type in {"error", "warning"} else None
        )
        found.page.goto(path.as_uri())
        found.page.wait_for_selector("[data-ready]", state="attached")
        return found

    yield go
    for context in contexts:
        context.close()
