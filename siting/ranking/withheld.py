"""What a result does not say of features whose layer may not be passed on."""

from __future__ import annotations

from collections.abc import Mapping

from siting.layer import RasterLayer, VectorLayer
from siting.measure import Measure

__all__ = ["WITHHELD", "names_feature", "withheld"]

WITHHELD = "withheld, because its layer may not be passed on"  #: why such a column is null


def withheld(measure: Measure, layers: Mapping[str, VectorLayer | RasterLayer]) -> bool:
    """Whether a measure looks at a layer that may not be passed on; of parts, the strictest licence holds."""
    found = (layers.get(name) for name in measure.layer_names)
    return any(layer is not None and layer.provenance.get("redistribute") == "no" for layer in found)


def names_feature(column: str) -> bool:
    """Whether a column of a measure holds what one feature is called.

    >>> [name for name in ("distance", "nearest_id", "nearest_NAME", "feature_id") if names_feature(name)]
    ['nearest_id', 'nearest_NAME', 'feature_id']
    """
    return column == "feature_id" or column.startswith("nearest_")
