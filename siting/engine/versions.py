"""The versions that decide the bytes of a result, so that machines that work together can be compared."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache

from siting import __version__
from siting.errors import RunError
from siting.versions import code_hash, libraries

__all__ = ["difference", "installed", "other_versions"]


@cache
def installed() -> Mapping[str, str]:
    """Package -> version on this machine: siting with a hash of its modules, and the libraries that make numbers.

    >>> list(installed())[:2]
    ['python', 'siting']
    """
    return {
        "python": ".".join(map(str, sys.version_info[:2])),
        "siting": f"{__version__} (modules {code_hash()[:12]})",
        **libraries(),
    }


def difference(there: Mapping[str, str], here: Mapping[str, str]) -> str:
    """How the versions of one machine differ from those of another, in words; nothing where they do not.

    >>> difference({"numpy": "2.1", "GEOS": "3.14"}, {"numpy": "2.4", "GEOS": "3.14"})
    'numpy 2.1 (here 2.4)'
    """
    return ", ".join(
        f"{name} {there.get(name, 'not installed')} (here {version})"
        for name, version in here.items()
        if there.get(name) != version
    )


def other_versions(differing: Mapping[str, str], count: int | None) -> RunError:
    """The refusal of machines of a cluster that differ, by their address.

    count : how many were asked; None: one that joined later
    """
    said = "; ".join(f"{name!r} has {how}" for name, how in sorted(differing.items())[:3])
    others = f"; and {len(differing) - 3} more" if len(differing) > 3 else ""
    who = "A worker that joined the Dask cluster has"
    if count is not None:
        have = "has" if count == 1 else "have"
        who = f"{len(differing)} of {count} machines of the Dask cluster {have}"
    return RunError(
        f"{who} other versions than this machine, and would give other bytes: {said}{others}. Install the same "
        "versions on all of them (one lock file, or one container image) and start them again, then start this run "
        "again: finished parts are kept."
    )
