"""Firefox over WebDriver BiDi, as little of it as the map's tests need."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import subprocess
import time
from pathlib import Path
from typing import Any

import websocket

SECONDS = 60


class Firefox:
    """A headless Firefox with one page; what the page asks for and what goes wrong in it is kept."""

    def __init__(self, program: str, profile: Path) -> None:
        log = profile / "firefox.log"
        command = [program, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"]
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [*command, "about:blank"], stdout=out, stderr=out, env=_environment(profile)
            )
        self.asked: list[str] = []
        self.wrong: list[str] = []
        self._number = itertools.count(1)
        try:
            self.socket = websocket.create_connection(f"{_address(log)}/session", timeout=SECONDS, suppress_origin=True)
            self.ask("session.new", capabilities={})
            self.ask("session.subscribe", events=["log.entryAdded", "network.beforeRequestSent"])
            self.context = self.ask("browsingContext.getTree")["contexts"][0]["context"]
        except BaseException:
            self.process.kill()
            raise

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and wait for its answer; events on the way are kept."""
        number = next(self._number)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            said = json.loads(self.socket.recv())
            if said.get("id") == number:
                if said["type"] == "error":
                    raise RuntimeError(f"{method}: {said['message']}")
                answer: dict[str, Any] = said["result"]
                return answer
            self._keep(said)

    def _keep(self, event: dict[str, Any]) -> None:
        params = event.get("params", {})
        if event.get("method") == "network.beforeRequestSent":
            self.asked.append(params["request"]["url"])
        elif event.get("method") == "log.entryAdded" and params["level"] in {"error", "warn"}:
            self.wrong.append(str(params["text"]))

    def open(self, path: Path) -> None:
        """Open a file and wait until the map in it is drawn."""
        self.ask("browsingContext.navigate", context=self.context, url=path.as_uri(), wait="complete")
        end = time.monotonic() + SECONDS
        while not self.evaluate("document.querySelector('[data-ready]') !== null"):
            if time.monotonic() > end:
                raise TimeoutError("The map was not drawn in time.")
            time.sleep(0.1)

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page, as JSON carries it."""
        answer = self.ask(
            "script.evaluate",
            expression=f"JSON.stringify({expression})",
            target={"context": self.context},
            awaitPromise=False,
        )
        if answer["type"] == "exception":
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"]) if "value" in answer["result"] else None

    def close(self) -> None:
        """End the session and the process."""
        try:
            self.ask("browser.close")
            self.socket.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=20)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()


def _environment(profile: Path) -> dict[str, str]:
    return {**os.environ, "HOME": str(profile), "MOZ_CRASHREPORTER_DISABLE": "1"}


def _address(log: Path) -> str:
    """Where Firefox listens; it says so in its log."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if found := re.search(r"WebDriver BiDi listening on (ws://\S+)", log.read_text(errors="replace")):
            return found[1]
        time.sleep(0.1)
    raise TimeoutError(f"Firefox did not start: {log.read_text(errors='replace')[-500:]}")
