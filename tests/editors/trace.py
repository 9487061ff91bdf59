"""What an editor, its plug-in and the engine ask of the network, as the system sees it."""

from __future__ import annotations

import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

ATTACH_SECONDS = 60.0
REACHES_OUT = re.compile(r"\b(?:connect|sendto|sendmsg|sendmmsg)\(.*\bAF_INET6?\b")
CONNECTS = re.compile(r'\bconnect\(.*sun_path=@?"(?P<path>[^"]+)"')


@dataclass
class Trace:
    """What was seen once the block has ended.

    Attributes:
        calls: Every system call that has to do with sockets, a line each.
        interfaces: The network interfaces that the processes had, a loopback without a use
            included.
    """

    calls: list[str] = field(default_factory=list)
    interfaces: set[str] = field(default_factory=set)

    def reaching_out(self) -> list[str]:
        """The calls to another computer, or to this one by way of the network."""
        return [call for call in self.calls if REACHES_OUT.search(call)]

    def connected_to(self) -> set[str]:
        """The names of the local sockets that were connected to."""
        found = (CONNECTS.search(call) for call in self.calls)
        return {Path(match["path"]).name for match in found if match}


@contextmanager
def traced(user: Path) -> Iterator[Trace]:
    """Watch what a user's processes do, and those that they start.

    Args:
        user: The user's home folder.
    """
    seen = Trace()
    pids = processes_of(user)
    assert pids, f"nothing runs for {user}"
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "calls"
        watched = [word for pid in pids for word in ("-p", str(pid))]
        command = ["strace", "-f", "-qq", "-s", "256", "-e", "trace=%network", "-o", str(log)]
        strace = subprocess.Popen([*command, *watched], stderr=subprocess.DEVNULL)
        try:
            _wait_until_watched(pids, strace)
            yield seen
            for pid in processes_of(user):
                seen.interfaces |= _interfaces(pid)
        finally:
            strace.terminate()
            strace.wait()
        seen.calls = log.read_text(errors="replace").splitlines()


def processes_of(user: Path) -> list[int]:
    """The ids, on this machine, of the processes whose home folder it is."""
    mark = f"HOME={user}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended meanwhile
            if mark in (process / "environ").read_bytes().split(b"\0"):
                found.append(int(process.name))
    return found


def _wait_until_watched(pids: list[int], strace: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + ATTACH_SECONDS
    mark = f"TracerPid:\t{strace.pid}\n"
    for pid in pids:
        for thread in Path(f"/proc/{pid}/task").glob("*"):
            with suppress(FileNotFoundError, ProcessLookupError):  # it ended meanwhile
                while mark not in (thread / "status").read_text():
                    assert strace.poll() is None, "strace ended"
                    assert time.monotonic() < deadline, "strace did not attach"
                    time.sleep(0.02)


def _interfaces(pid: int) -> set[str]:
    with suppress(OSError):  # it ended meanwhile
        lines = Path(f"/proc/{pid}/net/dev").read_text().splitlines()[2:]
        return {line.split(":")[0].strip() for line in lines}
    return set()
