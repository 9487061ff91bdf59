"""Asks the engine through `localmatte relay`: this Python can neither load nor reach it itself."""

from __future__ import unicode_literals

import io
import json
import os
import subprocess
import sys

from .words import RemovalError, _

PLUG_IN_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WINDOWS = sys.platform == "win32"
NO_WINDOW = 0x08000000
"""Windows' flag for a program that gets no console; this Python has no name for it."""

PIECE = 1024 * 1024
"""How much of a strip is written at once, in bytes."""


def ask(header, pixels, on_progress):
    """Send a request and wait for its result.

    Args:
        header: As docs/wire.md has it, with "bytes" where pixels follow.
        pixels: They, in strings.
        on_progress: Called with a fraction of 1 and what the engine does then.

    Returns:
        The result's header, and the bytes that follow it.

    Raises:
        RemovalError: There is no engine, it answered with an error, or it ended.
    """
    relay = _start()
    try:
        _send(relay.stdin, header, pixels)
        return _answer(relay.stdout, on_progress)
    finally:
        # At the end of its input, the relay gives up what is still under way.
        for stream in (relay.stdin, relay.stdout):
            try:
                stream.close()
            except EnvironmentError:
                # It has gone, with some of a strip still to be written.
                continue
        relay.wait()


def _start():
    python, home = _installed()
    variables = _clean(os.environ)
    if home:
        variables[b"LOCALMATTE_HOME"] = _encoded(home)
    command = [_encoded(python), "-I", "-X", "utf8", "-m", "localmatte", "relay"]
    # Without a console, this Python cannot start a program that shares only some of its streams.
    with io.open(os.devnull, "wb") as nowhere:
        try:
            return subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=nowhere,
                env=variables,
                creationflags=NO_WINDOW if WINDOWS else 0,
            )
        except EnvironmentError as error:
            raise RemovalError(
                _("Cannot start localmatte's engine: {reason}.").format(reason=error.strerror),
                _("Run localmatte's installer again ('python3 install' in its folder)."),
            )


def _installed():
    """The engine's Python, and its LOCALMATTE_HOME or None; that of the environment wins."""
    home = os.environ.get(b"LOCALMATTE_HOME")
    program = (b"Scripts", b"python.exe") if WINDOWS else (b"bin", b"python")
    try:
        if home:
            home = os.path.abspath(os.path.expanduser(home))
            python = os.path.join(home, b"environment", *program)
        else:
            with io.open(os.path.join(PLUG_IN_FOLDER, b"installation.json"), "rb") as file:
                found = json.loads(file.read().decode("utf-8"))
            python, home = found["python"], found["home"]
    except (EnvironmentError, ValueError, KeyError):
        raise _missing(_("localmatte's engine is not installed."))
    if not os.path.exists(python):
        raise _missing(_("localmatte's engine was moved or deleted."))
    return python, home


def _missing(message):
    return RemovalError(
        message,
        _("Run localmatte's installer ('python3 install' in its folder), then restart the editor."),
    )


def _clean(environment):
    """The environment without what belongs to GIMP's own Python and its package's libraries."""
    kept = {name: environment[name] for name in environment if not _is_pythons(name)}
    packages = filter(None, map(environment.get, (b"APPDIR", b"SNAP")))
    for name in (b"LD_LIBRARY_PATH", b"LD_PRELOAD"):
        paths = kept.pop(name, b"").split(b":")
        rest = [path for path in paths if path and not path.startswith(tuple(packages))]
        if rest:
            kept[name] = b":".join(rest)
    return kept


def _is_pythons(name):
    return name.startswith(b"PYTHON")


def _encoded(path):
    """A path as this Python hands it to the system."""
    return path if isinstance(path, bytes) else path.encode(sys.getfilesystemencoding() or "utf-8")


def _send(stream, header, pixels):
    try:
        stream.write(json.dumps(header).encode("ascii") + b"\n")
        for strip in pixels:
            for start in range(0, len(strip), PIECE):
                stream.write(strip[start : start + PIECE])
        stream.flush()
    except EnvironmentError:
        # A relay that refuses a request ends before it has read all of it; why it does so waits
        # to be read.
        return


def _answer(stream, on_progress):
    while True:
        try:
            answer = json.loads(stream.readline().decode("utf-8"))
            kind = answer["kind"]
        except (EnvironmentError, ValueError, KeyError, TypeError):
            raise _died()
        if kind == "error":
            raise RemovalError(answer["message"], answer["hint"])
        if kind != "progress":
            return answer, _payload(stream, answer)
        on_progress(answer["fraction"], answer["stage"])


def _payload(stream, answer):
    payload = stream.read(answer["bytes"])
    if len(payload) != answer["bytes"]:
        raise _died()
    return payload


def _died():
    return RemovalError(
        _("localmatte's engine stopped unexpectedly. Nothing was changed."),
        _(
            "Try again. If it happens again, please report it with the output of "
            "'localmatte doctor'."
        ),
    )
