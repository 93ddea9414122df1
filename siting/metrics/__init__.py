"""Measures: what can be measured of a parcel, one noun per file.

A study writes a measure with its verb as a key: ``{distance: stations, of: pad, within: 25 km}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from siting.errors import StudyError, did_you_mean, named
from siting.measure import Measure
from siting.metrics.attribute import AreaMean, Attribute, ParcelField
from siting.metrics.coverage import CoveredArea, CoveredShare, Crossing, DominantClass, ShareOfClasses
from siting.metrics.density import AreaSum, Count, CountDistinct, Decay, LengthWithin
from siting.metrics.distance import Distance
from siting.metrics.shape import Fits, ShapeOf, Usable
from siting.metrics.zonal import RasterStatistic, SlopeStatistic

__all__ = ["MEASURES", "measure_keys", "measure_of", "parse_measure"]

#: every measure, in the order of the documentation
MEASURES: tuple[type[Measure], ...] = (
    Distance,
    Count,
    CountDistinct,
    LengthWithin,
    CoveredShare,
    CoveredArea,
    Crossing,
    DominantClass,
    ShareOfClasses,
    Attribute,
    ParcelField,
    AreaMean,
    AreaSum,
    Decay,
    RasterStatistic,
    SlopeStatistic,
    ShapeOf,
    Fits,
    Usable,
)
_BY_VERB = {measure.verb: measure for measure in MEASURES}


def measure_of(mapping: Mapping[str, Any], item: str) -> type[Measure]:
    """The measure whose verb is a key of this mapping; ``field`` is a verb only where no other verb is there.

    >>> measure_of({"class": "providers", "field": "STATUS"}, "criterion 'provider'").verb
    'class'
    """
    verbs = [key for key in mapping if key in _BY_VERB]
    if len(verbs) > 1:
        verbs = [verb for verb in verbs if verb != "field"]
    if len(verbs) == 1:
        return _BY_VERB[verbs[0]]
    if verbs:
        raise StudyError(
            f"{item}: one measure has one verb, found {named(verbs)}. Keep one; write another criterion for the other."
        )
    meant = next((hint for key in mapping if (hint := did_you_mean(str(key), _BY_VERB))), "")
    raise StudyError(
        f"{item}: no verb of a measure among the keys {named(mapping)}. The verbs are {named(_BY_VERB)}.{meant}"
    )


def measure_keys(measure: type[Measure]) -> tuple[str, ...]:
    """The keys that a measure takes in a study, its verb first.

    >>> measure_keys(Distance)
    ('distance', 'where', 'unknown', 'of', 'within', 'placement', 'show')
    """
    keys = [field.alias or name for name, field in measure.model_fields.items()]
    return (measure.verb, *(key for key in keys if key != measure.verb))


def parse_measure(mapping: Mapping[str, Any], item: str) -> Measure:
    """The measure that a mapping of the study describes.

    item : what the mapping belongs to, for errors ("criterion 'station'")
    Raises StudyError naming the item, the key, the value and what is allowed.
    """
    kind = measure_of(mapping, item)
    keys = measure_keys(kind)
    for key in mapping:
        if key not in keys:
            raise StudyError(
                f"{item}: {str(key)!r} is not a key of the measure {kind.verb!r}. Its keys are {named(keys)}."
                f"{did_you_mean(str(key), keys)}"
            )
    try:
        return kind.model_validate(dict(mapping))
    except ValidationError as error:
        raise _refusal(error, kind, mapping, item) from None


def _refusal(error: ValidationError, kind: type[Measure], mapping: Mapping[str, Any], item: str) -> StudyError:
    """The first complaint of pydantic as one sentence."""
    first = error.errors(include_url=False)[0]
    key = str(first["loc"][0]) if first["loc"] else kind.verb
    if first["type"] == "missing":
        keys = named(measure_keys(kind))
        return StudyError(f"{item}: the measure {kind.verb!r} needs the key {key!r}. Its keys are {keys}.")
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, StudyError):
        return type(cause)(f"{item}: {key!r}: {cause}" if first["loc"] else f"{item}: {cause}")
    said = {
        "tuple_type": f"a list is wanted, such as [a, b], not {mapping.get(key)!r}.",
        "too_short": "the list is empty; name one at least.",
    }.get(first["type"], f"{first['msg']}, not {mapping.get(key)!r}.")
    return StudyError(f"{item}: {key!r} of the measure {kind.verb!r}: {said}")
