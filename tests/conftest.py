"""What tests need and may not do: markers, fixtures, profiles, and no network."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

hypothesis.settings.register_profile("dev", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True, database=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))

MARKERS = ("browser", "data", "firefox", "node", "servers")
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_skipped: Counter[str] = Counter()


def program(variable: str, *names: str) -> str | None:
    """The path of a program: from the environment variable, or on the path."""
    return os.environ.get(variable) or next(filter(None, map(shutil.which, names)), None)


def missing(marker: str) -> str | None:
    """Why tests with this marker cannot run here; None where they can."""
    if marker == "data":
        folder = os.environ.get("SITING_DATA")
        if not folder:
            return "SITING_DATA does not name a folder of real layers"
        return None if Path(folder).is_dir() else f"SITING_DATA names '{folder}', which is not a folder"
    if marker == "browser":
        if importlib.util.find_spec("playwright") is None:
            return "playwright is not installed"
        return None if program("SITING_CHROMIUM", "chromium", "chromium-browser", "google-chrome") else "no Chromium"
    if marker == "firefox":
        return None if program("SITING_FIREFOX", "firefox-esr", "firefox") else "no Firefox"
    if marker == "node":
        return None if program("SITING_NODE", "node", "nodejs") else "no node"
    return None if _can_listen() else "no port is free on the loopback interface"


def _can_listen() -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", 0))
        except OSError:
            return False
    return True


def required() -> set[str]:
    """The markers that SITING_REQUIRE names: their tests fail rather than skip."""
    asked = {name.strip() for name in os.environ.get("SITING_REQUIRE", "").split(",")} - {""}
    if unknown := asked - set(MARKERS):
        raise pytest.UsageError(f"SITING_REQUIRE names {sorted(unknown)}; it may name {list(MARKERS)}.")
    return asked


def pytest_configure(config: pytest.Config) -> None:
    required()


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in MARKERS:
        if item.get_closest_marker(marker) and (reason := missing(marker)):
            if marker in required():
                pytest.fail(f"SITING_REQUIRE asks for '{marker}' tests, but: {reason}.", pytrace=False)
            _skipped[f"{marker}: {reason}"] += 1
            pytest.skip(reason)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for reason, count in sorted(_skipped.items()):
        terminalreporter.write_line(f"not run here: {count} test{'s' * (count > 1)} ({reason})", yellow=True)


@pytest.fixture(autouse=True, scope="session")
def only_the_loopback() -> Iterator[None]:
    """Nothing that runs in a test may open a connection to another machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(str(address[0])):
            raise RuntimeError(f"A test tried to reach '{address[0]}'; tests reach the loopback interface only.")
        connect(self, address)

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", guarded)
    yield
    patch.undo()


def _is_loopback(host: str) -> bool:
    return host in {"localhost", "::1", ""} or host.startswith("127.")


@pytest.fixture(autouse=True, scope="session")
def no_layer_is_fetched() -> Iterator[None]:
    """A layer whose file is not here is refused; tests of connectors allow it again, with servers of their own."""
    patch = pytest.MonkeyPatch()
    patch.setenv("SITING_OFFLINE", "1")
    yield
    patch.undo()


@pytest.fixture(autouse=True, scope="session")
def a_cache_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing is written to the user's own cache, and nothing that was fetched before is found."""
    patch = pytest.MonkeyPatch()
    patch.setenv("SITING_CACHE", str(tmp_path_factory.mktemp("cache")))
    yield
    patch.undo()


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real public layers; only for tests marked ``data``."""
    return Path(os.environ["SITING_DATA"]).resolve()


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study file of a small drawn world (tests/world.py); its folder is not to be changed."""
    from tests.world import draw

    return draw(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="session")
def ranked(world: Path) -> Any:
    """The ranking of the drawn world."""
    import siting

    return siting.rank(siting.read_study(world), progress=None)


@pytest.fixture(scope="session")
def finished(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run of the drawn world; it is not to be changed."""
    import siting

    out = tmp_path_factory.mktemp("runs") / "finished"
    siting.rank(siting.read_study(world), out=out, progress=None)
    return out


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A headless Chromium, driven by playwright; only for tests marked ``browser``."""
    from playwright.sync_api import sync_playwright

    path = program("SITING_CHROMIUM", "chromium", "chromium-browser", "google-chrome")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()
