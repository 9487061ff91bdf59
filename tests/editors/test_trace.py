"""The trace that the editors' tests rely on sees whoever reaches out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.editors.trace import traced

pytestmark = pytest.mark.gimp

ATTEMPTS = {
    "AF_INET": "s = socket.socket(socket.AF_INET); s.connect_ex(('127.0.0.1', 9))",
    "AF_INET6": "s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); s.sendto(b'', ('::1', 9))",
}


@pytest.mark.parametrize("family", ATTEMPTS)
def test_a_child_that_reaches_out_is_seen(family: str, tmp_path: Path) -> None:
    attempt = f"import socket; {ATTEMPTS[family]}"
    code = (
        "import subprocess, sys; sys.stdin.readline()\n"
        f"subprocess.run([sys.executable, '-c', {attempt!r}], stderr=subprocess.DEVNULL)\n"
        "print(flush=True); sys.stdin.readline()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env={"HOME": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin
        assert process.stdout
        with traced(tmp_path) as seen:
            process.stdin.write(b"\n")
            process.stdin.flush()
            process.stdout.readline()
        process.stdin.close()
    assert [family for call in seen.reaching_out() if family in call]
