from __future__ import annotations

import gc
import threading
import time

import pytest

from siting.engine.work import long_lived, map_parts, worker_count


@pytest.mark.parametrize("workers", [None, 1, 2, 7])
def test_results_come_in_the_order_of_the_parts(workers: int | None) -> None:
    heard: list[str] = []

    def slow_first(part: int) -> int:
        time.sleep(0.02 if part == 0 else 0)
        return part * part

    found = map_parts(slow_first, range(9), workers=workers, done=lambda: heard.append(threading.current_thread().name))
    assert found == [part * part for part in range(9)]
    assert heard == [threading.current_thread().name] * 9


def test_no_parts() -> None:
    assert map_parts(str, [], workers=2) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_the_first_error_is_raised_as_it_is_and_stops_the_rest(workers: int) -> None:
    begun: list[int] = []

    def fails(part: int) -> int:
        begun.append(part)
        time.sleep(0.005)
        if part == 1:
            raise ZeroDivisionError("part 1")
        return part

    with pytest.raises(ZeroDivisionError, match=r"^part 1$"):
        map_parts(fails, range(200), workers=workers)
    assert len(begun) < 100


def test_an_interrupt_stops_the_parts_that_have_not_begun() -> None:
    begun: list[int] = []

    def work(part: int) -> None:
        begun.append(part)
        time.sleep(0.005)

    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        map_parts(work, range(200), workers=2, done=interrupted)
    assert len(begun) < 100


def test_how_many_threads() -> None:
    assert worker_count(3) == 3
    assert worker_count(0) == 1
    assert worker_count(None) >= 1


def test_what_was_there_before_is_no_garbage_meanwhile() -> None:
    """As after ``gc.freeze``, which is taken back, also after an error; one of somebody else's stays."""
    with long_lived():
        assert gc.get_freeze_count() > 0
    assert gc.get_freeze_count() == 0
    with pytest.raises(ZeroDivisionError), long_lived():
        1 // 0  # noqa: B018 - fails
    assert gc.get_freeze_count() == 0
    gc.freeze()
    try:
        with long_lived():
            pass
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
