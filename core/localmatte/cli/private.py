"""`localmatte doctor --prove-private`: a picture is cut out where there is no network."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
from pathlib import Path

from localmatte.errors import LocalmatteError, PictureError, UsageError

CODE = """\
import json, sys
from dataclasses import asdict
from localmatte.cli.private import watched
from localmatte.system.seclusion import seclude
attempts = watched()
print(json.dumps(asdict(seclude())), file=sys.stderr, flush=True)
from localmatte.cli import main
status = main(["cut", sys.argv[1], "-o", "-"])
sys.exit(max(attempts, default=status))
"""

STARTED = 76
"""The exit status of a process that started another one: nobody would see how that one ended."""

ATTEMPTED = 77
"""The exit status of a process that tried to reach another computer."""

EVENTS = {
    **dict.fromkeys(
        ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.sendmsg"), ATTEMPTED
    ),
    **dict.fromkeys(
        ("subprocess.Popen", "os.system", "os.fork", "os.forkpty", "os.exec", "os.posix_spawn"),
        STARTED,
    ),
}
"""What Python tells of a connection, or of another program, that any of its code makes."""


def prove(photo: Path) -> list[str]:
    """Cut a picture out in a process that has no network, and say how that was made sure of.

    The cut-out is thrown away; no file is written.

    Args:
        photo: The picture.

    Raises:
        UsageError: There is no such picture.
        PictureError: It cannot be cut out.
        LocalmatteError: The process tried to reach the network, started another one, or did not
            come to its end.
    """
    if not photo.is_file():
        raise UsageError(f"There is no file {photo}.", "Specify an image.")
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(photo)], stdin=subprocess.DEVNULL, capture_output=True
    )
    caught_by_system = hasattr(signal, "SIGSYS") and done.returncode == -signal.SIGSYS
    if caught_by_system or done.returncode == ATTEMPTED:
        raise LocalmatteError(
            "localmatte tried to open a connection to another computer.",
            "Please report this: it must never happen.",
        )
    if done.returncode == STARTED:
        raise LocalmatteError(
            "localmatte started another program, which could not be checked, so nothing was "
            "proved.",
            "Please report this: cutting out a picture needs no other program.",
        )
    if done.returncode < 0:
        raise LocalmatteError(
            f"The process that was checked was killed by signal {-done.returncode}, so nothing "
            "was proved.",
            "Close other programs to free memory, then run this again.",
        )
    said = done.stderr.decode(errors="replace").strip().splitlines()
    if done.returncode:
        last = said[-1] if said else f"it exited with status {done.returncode}"
        raise PictureError(f"{photo} was not cut out: {last.removeprefix('localmatte: ')}")
    if not said or not _is_whole(done.stdout):
        raise LocalmatteError(
            "The process that was checked stopped early, so nothing was proved.",
            "Run this again; if that does not help, please report it.",
        )
    return [f"{photo} was cut out.", *_measures(json.loads(said[0]))]


def _is_whole(picture: bytes) -> bool:
    """Whether a process has written all of a cut-out."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(picture)) as found:
            found.load()
    except OSError:
        return False
    return True


def watched() -> list[int]:
    """What Python's code in this process does from now on that it must not, as exit statuses."""
    attempts: list[int] = []

    def look(event: str, details: tuple[object, ...]) -> None:
        status = EVENTS.get(event, 0)
        # A Unix socket's address is a path; those of other computers are tuples.
        if status == STARTED or (status and not isinstance(details[-1], (str, bytes))):
            attempts.append(status)

    sys.addaudithook(look)
    return attempts


def _measures(seclusion: dict[str, bool]) -> list[str]:
    lines = []
    if seclusion["no_interfaces"]:
        lines.append("Its process had no network interface.")
    if seclusion["no_sockets"]:
        lines.append(
            "The system would have stopped it at its first attempt to connect to another "
            "computer; there was none."
        )
    lines.append("Python saw no attempt to open a connection either.")
    if not any(seclusion.values()):
        lines.append("This system has no way to watch what other libraries do.")
    return lines
