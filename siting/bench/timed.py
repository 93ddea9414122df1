"""A run with the time of its steps: ``python -m siting.bench.timed STUDY OUT WORKERS``; the last line is JSON."""

from __future__ import annotations

import json
import sys
import time

__all__ = ["Clock"]


class Clock:
    """Hears the steps of a run and keeps how long each took: ``seconds`` by the clock, and ``cpu_s`` of all threads."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.cpu_s: dict[str, float] = {}
        self._text, self._since = "", _now()

    def begin(self, text: str, total: int | None = None) -> None:  # noqa: ARG002 - the protocol
        """The step before is done, this one begins."""
        now = _now()
        if self._text:
            for seconds, end, start in zip((self.seconds, self.cpu_s), now, self._since, strict=True):
                seconds[self._text] = seconds.get(self._text, 0.0) + end - start
        self._text, self._since = text, now

    def advance(self) -> None:
        """A part of the step is done."""

    def of(self, start: str) -> float:
        """Seconds of the steps whose text starts so."""
        return sum(seconds for text, seconds in self.seconds.items() if text.startswith(start))


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


if __name__ == "__main__":
    from siting.run import rank
    from siting.study import read_study

    clock = Clock()
    rank(read_study(sys.argv[1]), out=sys.argv[2], workers=int(sys.argv[3]), outputs=["parquet"], progress=clock)
    clock.begin("")
    print(json.dumps({"measure_s": clock.of("Measuring"), "steps": clock.seconds, "cpu": clock.cpu_s}))
