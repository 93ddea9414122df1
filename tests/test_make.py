"""What `make` says on a machine that cannot make the environment: the one command that helps."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SH = shutil.which("sh")
pytestmark = pytest.mark.skipif(SH is None, reason="needs a POSIX shell")

OLD = "exit 1"  # "is it 3.11 or newer?" - no
NO_VENV = 'case "$2" in *ensurepip*) exit 1;; *print*) echo 3.12;; esac'
TRIED = (
    "siting: no Python 3.11 or newer was found (tried python3.13, python3.12, python3.11, python3, python). "
    "This helps:\n"
)


@pytest.mark.parametrize(
    ("programs", "message"),
    [
        ({"apt-get": ""}, TRIED + "    sudo apt install python3 python3-venv\n"),
        ({"dnf": "", "python3": OLD}, TRIED + "    sudo dnf install python3.12\n"),
        ({"brew": ""}, TRIED + "    brew install python@3.13\n"),
        ({}, TRIED + "    install Python 3.11 or newer from https://www.python.org/downloads/\n"),
        (
            {"apt-get": "", "python3": NO_VENV},
            "siting: Python 3.12 is here, but it cannot make virtual environments. This helps:\n"
            "    sudo apt install python3.12-venv\n",
        ),
    ],
)
def test_one_command_helps(programs: dict[str, str], message: str, tmp_path: Path) -> None:
    for name, body in programs.items():
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!{SH}\n{body}\n")
        program.chmod(0o755)
    said = subprocess.run(
        [str(SH), str(ROOT / ".ci" / "make-venv"), str(tmp_path / "venv")],
        env={"PATH": str(tmp_path / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (said.returncode, said.stdout, said.stderr) == (1, "", message)
