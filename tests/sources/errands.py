"""Errands of the tests: a service, a folder, and what came."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from siting.catalogue import Service
from siting.sources.errand import Came, Errand
from tests.sources.conftest import Served


def send(
    connector: Callable[[Errand], Came],
    served: Served,
    folder: Path,
    service: Service,
    name: str = "wells",
    **more: Any,
) -> Came:
    """Send a connector on an errand; the file is ``out.parquet`` (or ``out.tif``) of the folder."""
    client = more.pop("client", None) or served.client()
    return connector(
        Errand(id=name, service=service, client=client, target=folder / "out.parquet", parts=folder / "parts", **more)
    )
