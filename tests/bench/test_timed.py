from __future__ import annotations

from siting.bench.timed import Clock


def test_steps_are_timed() -> None:
    clock = Clock()
    for text in ("Reading", "Measuring", "Measuring more", ""):
        clock.begin(text, 3)
        clock.advance()
    assert list(clock.seconds) == ["Reading", "Measuring", "Measuring more"]
    assert clock.of("Measuring") == clock.seconds["Measuring"] + clock.seconds["Measuring more"]
    assert clock.of("Writing") == 0
    assert list(clock.cpu_s) == list(clock.seconds)
    assert min(clock.cpu_s.values()) >= 0
