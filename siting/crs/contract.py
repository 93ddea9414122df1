"""The CRS contract: a study's CRS is projected, in metres and has a known name; its distortion is told."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from pyproj import CRS, Proj
from pyproj.exceptions import CRSError as ProjCrsError

from siting.errors import CrsError

__all__ = [
    "Bounds",
    "Distortion",
    "StudyCrs",
    "distortion",
    "known_crs",
    "metre_crs",
    "parsed_crs",
    "short_crs",
    "study_crs",
]

Bounds = tuple[float, float, float, float]
_FEET = {"foot": "international feet", "US survey foot": "US survey feet"}
_NAMELESS = {
    "",
    "unknown",
    "unnamed",
    "undefined",
    "undefined geographic srs",
    "undefined cartesian srs",
    "engineering crs",
}


@dataclass(frozen=True)
class StudyCrs:
    """The CRS of a study: projected, in metres, with a known name.

    text : as the study writes it ("EPSG:26912")
    name : as the register writes it ("NAD83 / UTM zone 12N")
    """

    text: str
    name: str

    @property
    def crs(self) -> CRS:
        """The pyproj object."""
        return parsed_crs(self.text)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Distortion:
    """How far a CRS departs from the ground over an area: 1.0004 is 40 cm in a kilometre.

    length_min, length_max : ratio of a length on the map to the length on the ellipsoid
    area_min, area_max : ratio of an area on the map to the area on the ellipsoid
    """

    length_min: float
    length_max: float
    area_min: float
    area_max: float


def study_crs(text: str, *, around: Bounds | None = None) -> StudyCrs:
    """The CRS of a study, or a refusal that names one that would do.

    Parameters
    ----------
    text:
        what the study writes: an authority code ("EPSG:26912"), WKT or a PROJ string
    around:
        west, south, east, north of the study in degrees, if known, for the advice of a refusal

    Raises
    ------
    CrsError
        if it cannot be read, is not projected, is not in metres, is nameless, or is Web Mercator.

    >>> study_crs("EPSG:26912").name
    'NAD83 / UTM zone 12N'
    """
    try:
        crs = parsed_crs(text)
    except ProjCrsError as error:
        raise CrsError(
            f"The study's CRS {text!r} cannot be read: it is neither an authority code, WKT nor a PROJ string. "
            "Write the code of a projected CRS in metres, such as crs: EPSG:26912."
        ) from error
    fault = _study_fault(crs)
    if fault:
        raise CrsError(f"The study's CRS {text!r} ({crs.name}) {fault}. Write crs: {metre_crs(crs, around)}.")
    return StudyCrs(text, crs.name)


def known_crs(text: str, *, item: str, fix: str = "in the study.") -> CRS:
    """The CRS of a source; refuses one without a datum, because nobody knows where it lies.

    ``item`` names the file or layer in the refusal, ``fix`` where the study corrects it.
    """
    try:
        crs = parsed_crs(text)
    except ProjCrsError as error:
        raise CrsError(
            f"{item} has a CRS that cannot be read: {short_crs(text)}. "
            f"Write crs: with its code, such as EPSG:4326, {fix}"
        ) from error
    if _nameless(crs):
        raise CrsError(
            f"{item} has a CRS without a known name or datum: {crs.name!r}. "
            f"Write crs: with the code of the right one, such as EPSG:4326, {fix}"
        )
    return crs


def metre_crs(crs: CRS, around: Bounds | None = None) -> str:
    """A projected CRS in metres that fits the area of ``crs``: a UTM zone on the same datum.

    >>> metre_crs(CRS("EPSG:2223"))
    'EPSG:26912'
    """
    if around is None and crs.area_of_use is not None:
        west, south, east, north = crs.area_of_use.bounds
        around = (west, south, east, north) if 0 < east - west < 30 else None
    if around is None:
        return "a UTM zone of your area, such as EPSG:26912 for most of Arizona"
    lon, lat = (around[0] + around[2]) / 2, (around[1] + around[3]) / 2
    zone = min(60, int((lon + 180) // 6) + 1)
    datum = crs.datum.name if crs.datum is not None else ""
    if "North American Datum 1983" in datum or "NAD83" in datum:
        if lat > 0 and zone <= 23:
            return f"EPSG:{26900 + zone}"
    elif "European Terrestrial" in datum and 28 <= zone <= 38:
        return f"EPSG:{25800 + zone}"
    return f"EPSG:{(32600 if lat >= 0 else 32700) + zone}"


def distortion(crs: StudyCrs, bounds: Bounds) -> Distortion:
    """Distortion of length and area over a box in the study's CRS, on a grid of 9 by 9 points.

    >>> d = distortion(study_crs("EPSG:26912"), (400_000, 3_600_000, 450_000, 3_650_000))
    >>> round(d.length_min, 5), round(d.area_max, 4)
    (0.99963, 0.9994)
    """
    x, y = (a.ravel() for a in np.meshgrid(np.linspace(bounds[0], bounds[2], 9), np.linspace(bounds[1], bounds[3], 9)))
    proj = Proj(crs.crs)
    lon, lat = proj(x, y, inverse=True)
    factors = proj.get_factors(lon, lat)
    return Distortion(
        length_min=float(np.min(factors.tissot_semiminor)),
        length_max=float(np.max(factors.tissot_semimajor)),
        area_min=float(np.min(factors.areal_scale)),
        area_max=float(np.max(factors.areal_scale)),
    )


@lru_cache(maxsize=256)
def parsed_crs(text: str) -> CRS:
    """The CRS that a text names; what pyproj cannot read it refuses itself."""
    return CRS.from_user_input(text)


def short_crs(text: str) -> str:
    """A CRS in quotes for an error message, cut where it is long WKT."""
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _nameless(crs: CRS) -> bool:
    """Whether nothing says which place on Earth its coordinates mean."""
    if crs.to_authority(min_confidence=70) is not None:
        return False
    datum = crs.datum.name if crs.datum is not None else ""
    return datum.casefold() in _NAMELESS or datum.casefold().startswith("unknown")


def _study_fault(crs: CRS) -> str:
    """Why this CRS cannot serve a study, or nothing."""
    if crs.is_compound:
        return "is compound (it has heights)"
    if crs.is_geographic:
        return "is in degrees, and lengths and areas in degrees mean nothing"
    if not crs.is_projected:
        return "is not projected"
    if crs.name.casefold() in _NAMELESS or _nameless(crs):
        return "has no known name"
    units = {_FEET.get(axis.unit_name, axis.unit_name) for axis in crs.axis_info}
    if any(axis.unit_conversion_factor != 1.0 for axis in crs.axis_info):
        return f"is in {', '.join(sorted(units))}, not in metres"
    if crs.coordinate_operation is not None and "Pseudo Mercator" in crs.coordinate_operation.method_name:
        return "is Web Mercator, which stretches lengths by 1 / cos(latitude)"
    return ""
