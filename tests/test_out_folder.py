"""One run at a time in a folder: two processes, two threads, and runs that were killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import siting
from siting.errors import RunError
from siting.out_folder import LOCK, held
from siting.outputs import FILES

HOLD = """
import sys, time
from pathlib import Path
from siting.out_folder import held
with held(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def _holding(folder: Path) -> subprocess.Popen[str]:
    """A process that holds a folder."""
    started = subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    assert started.stdout.readline() == "held\n"
    return started


def _killed(process: subprocess.Popen[str]) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def test_a_second_process_is_refused_and_a_dead_one_is_not_in_the_way(world: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    study = siting.read_study(world)
    other = _holding(out)
    try:
        with pytest.raises(RunError) as e:
            siting.rank(study, out=out, progress=None)
    finally:
        _killed(other)
    assert str(e.value) == (
        f"Another run (process {other.pid}) writes to the folder '{out}'. "
        "Wait until it has ended, or name another folder for this one."
    )
    assert (out / LOCK).exists(), "a killed process leaves its file"
    (out / ".new-1").mkdir()
    (out / ".new-1" / "map.html").write_text("half a map")
    siting.rank(study, out=out, progress=None)
    assert sorted(path.name for path in out.iterdir()) == sorted([*FILES, ".quantities"])


def test_two_runs_at_once_leave_whole_results(world: Path, finished: Path, tmp_path: Path) -> None:
    run = [sys.executable, "-m", "siting", "run", str(world), "--out", str(tmp_path), "-q"]
    both = [subprocess.Popen(run, cwd=Path(__file__).parents[1], stderr=subprocess.PIPE, text=True) for _ in range(2)]
    ends = [(process.communicate()[1], process.returncode) for process in both]
    codes = sorted(code for _, code in ends)
    assert codes in ([0, 2], [0, 0]), ends
    assert all("Another run" in said for said, code in ends if code == 2), ends
    repeat = [name for name in FILES if name != "run.json"]
    assert [name for name in repeat if (tmp_path / name).read_bytes() != (finished / name).read_bytes()] == []


def test_another_thread_is_refused_and_the_same_is_not(tmp_path: Path) -> None:
    said: list[str] = []

    def other() -> None:
        try:
            with held(tmp_path):
                said.append("held")
        except RunError as error:
            said.append(str(error))

    with held(tmp_path), held(tmp_path):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert said == [
        f"Another run (process {os.getpid()}) writes to the folder '{tmp_path}'. "
        "Wait until it has ended, or name another folder for this one."
    ]
    assert not (tmp_path / LOCK).exists()


def test_the_folder_is_free_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), held(tmp_path):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []
    with held(tmp_path):
        assert (tmp_path / LOCK).read_text() == f"{os.getpid()}\n"


def test_a_lock_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / LOCK).mkdir()
    with pytest.raises(RunError) as e, held(tmp_path):
        pass
    assert str(e.value) == f"The folder '{tmp_path}' cannot be written: Is a directory. Name another folder."
