"""`localmatte relay`: one request to the worker over stdin and stdout.

For programs that cannot speak to the worker themselves, as GIMP 2.10's plug-ins, whose Python is
2.7. docs/wire.md says what goes in and what comes out.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
from collections.abc import Iterator
from typing import Any, BinaryIO

import localmatte
from localmatte.cli.worker import place
from localmatte.system.boundary import explained
from localmatte_bridge import BridgeError, Client, Progress, wire, words

LARGEST_ANSWER = max(wire.BYTES_PER_PIXEL.values())
"""Bytes for each byte that is sent; the smallest pixel has one."""

GONE = 1
"""The exit status where whoever asked has gone."""


def add_parser(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "relay",
        help="pass one request on to the worker (for plug-ins that cannot reach it themselves)",
        description="Pass a request from standard input on to the worker, and what it answers to "
        "standard output.",
    )
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    answers = sys.stdout.buffer
    words.speak(_languages())
    try:
        return _relay(sys.stdin.buffer, answers)
    except BrokenPipeError:
        raise
    except Exception as error:
        known = error if isinstance(error, BridgeError) else explained(error)
        message, hint = words._(known.message), words._(known.hint)
        _answer(answers, {"kind": "error", "code": known.code, "message": message, "hint": hint})
        return 1


def _languages() -> list[str]:
    """The user's languages, as gettext finds them: a plug-in starts it with its editor's."""
    names = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    return next((os.environ[name].split(":") for name in names if os.environ.get(name)), [])


def _relay(requests: BinaryIO, answers: BinaryIO) -> int:
    header = _header(requests.readline(wire.HEADER_LIMIT))
    size = wire.payload_size(header, sys.maxsize)
    engine = place()._replace(version=localmatte.__version__)
    with Client.connect(engine) as client:
        limit = LARGEST_ANSWER * max(size, wire.CHUNK)
        for event in client.request(header, _pixels(requests, size), limit=limit):
            if isinstance(event, Progress):
                _answer(answers, {"kind": "progress", **event._asdict()})
            else:
                fields = {"kind": "result", "bytes": len(event.payload)}
                _answer(answers, {**event.header, **fields}, event.payload)
    return 0


def _header(line: bytes) -> wire.Header:
    try:
        header = json.loads(line)
    except (ValueError, RecursionError):
        header = None
    if not isinstance(header, dict) or not isinstance(header.get("kind"), str):
        raise BridgeError("protocol", "The request is not a JSON object with a kind.")
    return header


def _pixels(requests: BinaryIO, size: int) -> Iterator[bytes]:
    """What follows the header; afterwards, the end of the input ends this process."""
    while size:
        piece = requests.read(min(size, wire.CHUNK))
        if not piece:
            _leave()
        size -= len(piece)
        yield piece
    threading.Thread(target=_leave_at_the_end_of, args=(requests,), daemon=True).start()


def _leave_at_the_end_of(requests: BinaryIO) -> None:
    # Not by its own read(), whose lock an orderly end of this process would wait for.
    while os.read(requests.fileno(), wire.CHUNK):
        pass
    _leave()


def _leave() -> None:
    # The worker gives up what it does for a client that is gone.
    os._exit(GONE)


def _answer(answers: BinaryIO, header: dict[str, Any], payload: wire.Payload = b"") -> None:
    answers.write(json.dumps(header).encode("ascii") + b"\n")
    answers.write(payload)
    answers.flush()
