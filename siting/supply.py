"""What a study needs from elsewhere: the layers whose files are not here, for which land, and who brings them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from siting.catalogue import Finder, LayerSpec
from siting.catalogue.use import LayerUse
from siting.layer import wider_m
from siting.parcels import Parcels
from siting.plan import Plan
from siting.sources.access import Access
from siting.sources.area import Area
from siting.sources.cache import Cache, cache_folder
from siting.sources.fetch import Brought, Haul, Need, fetch_layers, shown_size
from siting.study import Study

__all__ = ["Supply", "Telling", "land_of", "layer_needs", "parcel_needs", "sources_of"]

_AROUND_M = 5_000.0  #: layers are brought at least this far around the parcels


class Steps(Protocol):
    """Hears how far the work is."""

    def begin(self, text: str, total: int | None = None) -> None:
        """A step begins."""

    def advance(self) -> None:
        """A part of the step is done."""


@dataclass(frozen=True, kw_only=True)
class Supply:
    """Who brings layers: which hosts may be asked, and where the layers are kept.

    offline : nothing is asked for, the cache serves; None: what SITING_OFFLINE says
    refresh : layers that the cache holds are asked for anew
    cache : the folder; None: that of SITING_CACHE, or the user's
    """

    offline: bool | None = None
    refresh: bool = False
    cache: Path | None = None

    def parcels(self, study: Study, finder: Finder, steps: Steps | None = None) -> Finder:
        """The finder with the layers that the parcels of a study come from."""
        return self._brought(study, finder, parcel_needs(study, finder), steps, any_area=True)

    def layers(self, study: Study, plan: Plan, parcels: Parcels, finder: Finder, steps: Steps | None = None) -> Finder:
        """The finder with the layers of a study, for the land that its measures can see."""
        return self._brought(study, finder, layer_needs(study, plan, parcels, finder), steps)

    def at_hand(self, study: Study, finder: Finder) -> Finder:
        """The finder with what was fetched before, for whatever land; nothing is asked for."""
        cache = Cache(self.cache or cache_folder())
        specs = [need.spec for need in parcel_needs(study, finder)]
        named = (source for use in study.layers.values() for source in sources_of(use, finder))
        specs += [spec for source in named if (spec := _absent(source, finder)) is not None]
        held = {spec.id: cache.fetched(spec, entry) for spec in specs if (entry := cache.newest(spec)) is not None}
        return replace(finder, fetched={**finder.fetched, **held})

    def haul(self, study: Study, needs: Iterable[Need], *, go_on: bool = False, steps: Steps | None = None) -> Haul:
        """Bring layers, and tell what came."""
        return fetch_layers(
            needs, cache=Cache(self.cache or cache_folder()), access=self.access(study), refresh=self.refresh,
            go_on=go_on, hearing=Telling(steps),
        )  # fmt: skip

    def access(self, study: Study) -> Access:
        """What a study allows to be reached."""
        access = Access.of_environment(study.access.allow if study.access else ())
        return access if self.offline is None else replace(access, offline=self.offline)

    def _brought(
        self, study: Study, finder: Finder, needs: list[Need], steps: Steps | None, *, any_area: bool = False
    ) -> Finder:
        cache, access = Cache(self.cache or cache_folder()), self.access(study)
        if any_area and not self.refresh:
            held = {need.spec.id: entry for need in needs if (entry := cache.newest(need.spec)) is not None}
            found = {n.spec.id: cache.fetched(n.spec, held[n.spec.id]) for n in needs if n.spec.id in held}
            finder = replace(finder, fetched={**finder.fetched, **found})
            needs = [need for need in needs if need.spec.id not in held]
        if access.offline:  # the finder refuses what is not here, and says which file it wants
            needs = [need for need in needs if cache.find(need.spec, need.area, whole=need.whole) is not None]
        if not needs:
            return finder
        if steps is not None and not access.offline:
            steps.begin(f"Fetching {', '.join(need.spec.id for need in needs)}", len(needs))
        haul = fetch_layers(
            needs, cache=cache, access=access, refresh=self.refresh, hearing=Telling(steps),
            beside={name: path.parent for name, path in finder.catalogue.files.items()},
        )  # fmt: skip
        return replace(finder, fetched={**finder.fetched, **haul.files()})


class Telling:
    """Passes on how far the fetching is: features and bytes of a layer as they come, and that it is here."""

    def __init__(self, steps: Steps | None) -> None:
        self._steps = steps

    def layer(self, layer_id: str) -> None:
        """Nothing: the step names all layers."""

    def progress(self, layer_id: str, *, features: int, of: int | None, size: int) -> None:
        """Told in words to steps that can ``tell``."""
        tell = getattr(self._steps, "tell", None)
        if tell is not None:
            came = f"{features:,}{f' of {of:,}' if of else ''} features, " if features else ""
            tell(f"Fetching {layer_id}: {came}{shown_size(size)}")

    def brought(self, item: Brought) -> None:  # noqa: ARG002
        """A layer is here."""
        if self._steps is not None:
            self._steps.advance()


def parcel_needs(study: Study, finder: Finder) -> list[Need]:
    """The layers that the parcels come from and that have no file here; whole, because no land is known yet."""
    use = study.parcels
    grid = use.grid.area if use.grid is not None and isinstance(use.grid.area, str) else None
    sources = [use.source, use.points.source if use.points is not None else None, grid]
    wanted = dict.fromkeys(source for source in sources if source)
    return [Need(spec=spec) for source in wanted if (spec := _absent(source, finder)) is not None]


def layer_needs(study: Study, plan: Plan, parcels: Parcels, finder: Finder) -> list[Need]:
    """The layers of a study, and those that are their coverage, that have no file here, each once."""
    needs: dict[str, Need] = {}
    for name in study.layers:
        if name not in plan.reach_m and name not in study.context:
            continue
        reach_m = max(plan.reach_m.get(name, 0.0), _AROUND_M)
        for source, beyond_m, hull, whole in _sources(study.layers[name], finder):
            spec = _absent(source, finder)
            if spec is None:
                continue
            area = None if hull else land_of(parcels, study.crs, reach_m + beyond_m)
            known = needs.get(spec.id)
            needs[spec.id] = _joined(known, Need(spec=spec, area=area, whole=whole)) if known else Need(
                spec=spec, area=area, whole=whole
            )  # fmt: skip
    return list(needs.values())


def land_of(parcels: Parcels, crs: str, reach_m: float) -> Area | None:
    """The area that a layer with a reach is needed for; None where the reach is endless."""
    if not math.isfinite(reach_m):
        return None
    return Area.around(_outermost(parcels.shapes.bounds), crs, reach_m)


def _outermost(bounds: NDArray[np.float64]) -> NDArray[np.float64]:
    """The corners of boxes that lie farthest out, seen from 64 sides: nearly the same land in whatever CRS."""
    corners = np.concatenate([bounds[:, pair] for pair in ([0, 1], [0, 3], [2, 1], [2, 3])])
    corners = corners[np.isfinite(corners).all(axis=1)]
    around = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    farthest = [np.argmax(corners @ [np.cos(angle), np.sin(angle)]) for angle in around]
    return np.asarray(corners[np.unique(farthest)])


def _joined(one: Need, other: Need) -> Need:
    """One need for both."""
    if one.area is None or other.area is None:
        return Need(spec=one.spec, area=None, whole=one.whole or other.whole)
    a, b = one.area, other.area
    area = Area(min(a.west, b.west), min(a.south, b.south), max(a.east, b.east), max(a.north, b.north))
    return Need(spec=one.spec, area=area, whole=one.whole or other.whole)


def sources_of(use: LayerUse, finder: Finder) -> Iterator[str]:
    """Every source that a layer is read from: its own or those of its parts, recipes, coverages and joins."""
    yield from dict.fromkeys(source for source, *_ in _sources(use, finder))


def _sources(
    use: LayerUse, finder: Finder, beyond_m: float = 0.0, seen: tuple[str, ...] = ()
) -> Iterator[tuple[str, float, bool, bool]]:
    """(source, metres beyond the reach, whether all of it is wanted, whether its extent is), part by part.

    What a recipe of the catalogue is made from counts, not the layer itself.
    """
    if use.source is not None:
        spec = finder.spec(use.source)
        coverage = use.coverage or (spec.coverage.layer if spec is not None else None)
        if spec is not None and spec.recipe is not None:
            if use.source not in seen:  # a recipe that leads to itself is refused where it is opened
                yield from _sources(spec.recipe, finder, beyond_m, (*seen, use.source))
        else:
            yield use.source, beyond_m, coverage == "hull", coverage == "extent"
    else:
        coverage = use.coverage
    if coverage not in (None, "extent", "hull"):
        yield str(coverage), beyond_m, False, False
    for part, wider in zip(use.made_of, wider_m(use), strict=True):
        yield from _sources(part, finder, beyond_m + wider, seen)
    for join in use.join:
        yield join.table, beyond_m, True, False


def _absent(source: str, finder: Finder) -> LayerSpec | None:
    """What is known about a source that can be fetched and has no file here; None where there is nothing to fetch."""
    spec = finder.spec(source)
    if spec is None or spec.id in finder.fetched or not any(service.connected for service in spec.services):
        return None
    if finder.data is not None and spec.id in finder.data.entries:
        return None
    return None if spec.service is not None and spec.service.local is not None else spec
