"""Runs pip and says in a sentence what it could not do."""

from __future__ import annotations

import errno
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from .console import Console
from .errors import HINTS, InstallError, writing
from .process import Command, Finished, answer, follow

VARIABLES = {
    # A user's configuration may say "user = true", which a virtual environment refuses.
    "PIP_USER": "0",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_INPUT": "1",
    "PIP_PROGRESS_BAR": "off",
    "PYTHONIOENCODING": "utf-8",
}

FIRST_TO_COUNT_BYTES = (24, 1)

NO_SPACE = re.compile(r"No space left on device|Disk quota exceeded|There is not enough space")
NO_WHEEL = re.compile(r"No matching distribution found for (?P<name>[\w.-]+)")
# In the order they are looked for: without a network pip finds "no matching distribution".
SENTENCES = (
    (
        re.compile(r"DO NOT MATCH THE HASHES"),
        "A downloaded package is not the one that localmatte expects, so it was not installed.",
        "Run this again. If that does not help, check your network and your package index "
        "(PIP_INDEX_URL).",
    ),
    (
        NO_SPACE,
        "The disk is full.",
        HINTS[errno.ENOSPC],
    ),
    (
        re.compile(r"CERTIFICATE_VERIFY_FAILED|SSLError|certificate verify failed"),
        "The package index's certificate is not trusted.",
        "If your network has its own certificate, set PIP_CERT to its file.",
    ),
    (
        re.compile(
            r"Failed to establish a new connection|name resolution|ProxyError|Read timed out"
            r"|ConnectTimeout|NameResolutionError|Network is unreachable|Connection refused"
            r"|RemoteDisconnected|Connection reset"
        ),
        "Cannot reach the package index.",
        "Check the network connection, or set PIP_INDEX_URL or HTTPS_PROXY as your network "
        "requires.",
    ),
)


def install(python: Command, arguments: Sequence[str], console: Console, log: Path) -> Finished:
    """Run `pip install`.

    Args:
        python: The command that starts pip's Python, and options that come before "install".
        arguments: What to install.
        console: Shows pip's latest line.
        log: Where all that pip says is kept.

    Returns:
        How pip ended; a failure is in its status, and failure() explains it.

    Raises:
        InstallError: The log cannot be written.
        OSError: The Python cannot be started.
    """
    command = [*python, "install", *arguments]
    return _logged(follow(command, console, _variables(python, console)), log)


def wheel(
    python: Command, checkout: Path, folder: Path, backend: Path, console: Console, log: Path
) -> Finished:
    """Build a wheel without a network.

    Args:
        python: The command that starts pip's Python.
        checkout: What is built.
        folder: Where the wheel is written.
        backend: The folder that has the build backend.
        console: Shows pip's latest line.
        log: Where all that pip says is kept.

    Returns:
        How pip ended, and what it said.

    Raises:
        InstallError: The log cannot be written.
    """
    alone = ["--no-index", "--no-deps", "--no-build-isolation"]
    command = [*python, "wheel", *alone, "--wheel-dir", folder, own(checkout)]
    return _logged(follow(command, console, {**VARIABLES, "PYTHONPATH": str(backend)}), log)


def _variables(python: Command, console: Console) -> dict[str, str]:
    """What pip is started with; a console that counts bytes hears of them from pip 24.1 on."""
    if console.counts_bytes:
        version = re.match(r"pip (\d+)\.(\d+)", answer([*python, "--version"]))
        if version and (int(version[1]), int(version[2])) >= FIRST_TO_COUNT_BYTES:
            return {**VARIABLES, "PIP_PROGRESS_BAR": "raw"}
    return VARIABLES


def own(path: Path) -> str:
    """The requirement that is localmatte's checkout or wheel, whatever its path has in it."""
    return f"localmatte @ {path.absolute().as_uri()}"


def _logged(done: Finished, log: Path) -> Finished:
    with writing(log):
        log.write_text(done.output, encoding="utf-8")
    return done


def missing_wheel(done: Finished) -> str:
    """The project that pip found no file of for this computer, or ""."""
    reached = not any(pattern.search(done.output) for pattern, *_ in SENTENCES)
    found = NO_WHEEL.search(done.output)
    return found["name"] if found and reached else ""


def failure(done: Finished, log: Path) -> InstallError:
    """Make an error of what pip said: a known cause in plain words, or else pip's last error.

    Args:
        done: A run of pip that failed.
        log: Where its output was kept; the error may name it.

    Returns:
        The error, to be raised.
    """
    for pattern, message, hint in SENTENCES:
        if pattern.search(done.output):
            return InstallError(message, hint)
    name = missing_wheel(done)
    if name:
        return InstallError(
            f"The package index has no {name} for Python "
            f"{sys.version_info[0]}.{sys.version_info[1]} on this computer, or did not respond.",
            "Check the network connection, or use Python 3.11 to 3.14 on a 64-bit system.",
        )
    errors = [line for line in done.output.splitlines() if line.startswith("ERROR:")]
    # After "ERROR: Exception:" comes a traceback, whose last line says what it was.
    told = errors and errors[-1].strip() != "ERROR: Exception:"
    said = errors[-1].removeprefix("ERROR:").strip() if told else done.last_line
    return InstallError(f"pip failed: {said.rstrip('.')}.", f"Its full output is in {log}.")
