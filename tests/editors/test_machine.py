"""What is started on a machine ends when it is told to, and with the run that started it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.editors.engine import CHECKOUT
from tests.editors.machine import Machine, RootFs

pytestmark = pytest.mark.gimp

HOLDS = """
import sys, time
from tests.editors.machine import RootFs
machine = RootFs(sys.argv[1])
machine.popen(sys.argv[2:], {})
time.sleep(600)
"""


def _command(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:  # it ended meanwhile
        return b""


def _wait(nap: list[str], there: bool) -> None:
    """Wait until a process of that command line is there, inside or not, or is not."""
    mark = "\0".join([*nap, ""]).encode()
    deadline = time.monotonic() + 30
    while any(mark == _command(process) for process in Path("/proc").glob("[0-9]*")) != there:
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


@pytest.mark.parametrize("end", ["kill", "terminate"])
def test_who_ends_a_process_ends_it_inside(editor_machine: Machine, end: str) -> None:
    nap = ["sleep", f"9000.{os.getpid()}"]
    process = editor_machine.popen(nap, {})
    _wait(nap, there=True)
    getattr(process, end)()
    _wait(nap, there=False)


def test_nothing_inside_outlives_a_run_that_is_killed(editor_machine: Machine) -> None:
    if not isinstance(editor_machine, RootFs):
        return  # this machine itself has no inside
    nap = ["sleep", f"9001.{os.getpid()}"]
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDS, editor_machine.suite, *nap], cwd=CHECKOUT
    )
    _wait(nap, there=True)
    holder.kill()
    holder.wait()
    _wait(nap, there=False)
