"""Rasters under a parcel: exact cell fractions on the raster's own grid, and slope from an elevation model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from siting.measure import Column, Measure, Measured
from siting.units import Share, Slope

if TYPE_CHECKING:
    from siting.measure import Layers
    from siting.parcels import Parcels

__all__ = ["RasterStatistic", "SlopeStatistic"]


class _Zonal(Measure):
    """A statistic of cells under the land.

    min_coverage : for "max" and "min" a cell counts when at least this share of it is land (default 50 %; for a
        parcel without such a cell, the cells with the largest share count)
    min_valid : share of the land that must lie on cells with data (default 99 %); below it there is no data
    """

    of: Literal["parcel", "usable"] = "parcel"
    quantile: Share | None = None
    min_coverage: Share | None = None
    min_valid: Share | None = None

    @property
    def layer_names(self) -> tuple[str, ...]:
        """The one raster."""
        return (str(getattr(self, "layer")),)  # noqa: B009 - declared by every child, under its own verb

    def measure(self, parcels: Parcels, layers: Layers, resource: Any) -> Measured:
        """The statistic."""
        raise NotImplementedError


class RasterStatistic(_Zonal):
    """Statistic of a raster: ``{raster: landcover, statistic: share, classes: [21, 22]}``.

    statistic : mean, max, min, sum (values x covered fractions of cells), quantile (with ``quantile``), share
        (of the land on cells with one of ``classes``)
    unit : unit of the cell values; None: plain numbers
    """

    verb: ClassVar[str] = "raster"
    doc: ClassVar[str] = "statistic of raster cells under the land, with exact cell fractions"

    layer: str = Field(alias="raster")
    statistic: Literal["mean", "max", "min", "sum", "quantile", "share"] = "mean"
    classes: tuple[int, ...] | None = Field(default=None, strict=False)
    unit: str | None = None

    @property
    def reach_m(self) -> float:
        """Nothing beyond the land matters."""
        return 0.0

    @property
    def columns(self) -> tuple[Column, ...]:
        """The statistic."""
        return (Column(name="raster", dimension="number"),)


class SlopeStatistic(_Zonal):
    """Statistic of the slope of an elevation model: ``{slope: dem, statistic: mean, of: usable}``.

    statistic : mean, max, quantile (with ``quantile``), share (of the land steeper than ``above``)
    """

    verb: ClassVar[str] = "slope"
    doc: ClassVar[str] = "statistic of the slope (Horn) of an elevation model under the land"

    layer: str = Field(alias="slope")
    statistic: Literal["mean", "max", "quantile", "share"] = "mean"
    above: Slope | None = None

    @property
    def reach_m(self) -> float:
        """Nothing beyond the land and one cell around it matters."""
        return 0.0

    @property
    def columns(self) -> tuple[Column, ...]:
        """The statistic."""
        return (Column(name="slope", dimension="share" if self.statistic == "share" else "slope", step=1e-6),)
