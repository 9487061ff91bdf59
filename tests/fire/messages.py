"""A real worker, told nonsense by clients that know its key."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client as Socket
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Any

from localmatte_bridge import Client, Installation
from tests.fire.outcome import Outcome, Range, mutated
from tests.workers import handles, memory_mb, pid_of

AT_ONCE = 40
"""How many messages a client sends, at most, before it reads their answers."""

KINDS = ("hello", "status", "models", "matte", "edges", "pull", "remove", "cancel")
NO_KINDS = ("exec", "", "MATTE", "matte\0", "__init__", "é", "stop it")
WORDS = ("u2netp", "y8", "rgba8", "yf", "../../etc/passwd", "auto", "cpu", "\0", "é" * 50, "💥")
FIELDS = (
    "kind", "v", "id", "width", "height", "layout", "bytes", "mask_layout", "model", "provider",
    "refine", "selection", "existing", "hints", "selected", "edges", "zoom", "colours",
    "accept_licence",
)  # fmt: skip
NUMBERS = (0, 1, -1, 2, 7, 16, 255, 1 << 16, 1 << 31, 1 << 40, 10**17, -(10**17), 0.5, 1e300)

CLIENTS = 4
"""How many there are at a time."""

WARM = 20
"""How many times as many come before memory counts."""

MEMORY_MB = 30.0
"""How far a worker's memory may have grown when it is all over."""


def value(random: Random, depth: int = 0) -> Any:
    """A value of JSON of any kind."""
    kind = random.randrange(9 if depth < 3 else 6)
    if kind < 2:
        return random.choice(NUMBERS)
    if kind < 4:
        return random.choice(WORDS)
    if kind == 4:
        return random.choice((None, True, False))
    if kind == 5:
        return random.randrange(-100, 100)
    if kind < 8:
        return [value(random, depth + 1) for _ in range(random.randrange(6))]
    return {random.choice(FIELDS): value(random, depth + 1) for _ in range(random.randrange(5))}


def header(random: Random) -> dict[str, Any]:
    """A request in which some fields are right and others are not."""
    made: dict[str, Any] = {"v": 1, "kind": random.choice(KINDS)}
    if random.random() < 0.02:
        made["kind"] = random.choice(NO_KINDS)
    for _field in range(random.randrange(8)):
        made[random.choice(FIELDS[3:])] = value(random)
    if random.random() < 0.02:
        made[random.choice(FIELDS)] = value(random)
    if made["kind"] == "matte" and random.random() < 0.95:
        # As far as the pixels: a small picture, announced more or less rightly.
        width, height = random.randrange(1, 9), random.randrange(1, 9)
        if random.random() < 0.05:
            width = random.choice((0, -1, 10**9))
        size = width * height * 4 + random.choice((1, -1, *[0] * 30))
        made |= {"width": width, "height": height, "layout": "rgba8", "bytes": size}
        made.setdefault("model", "none-such")
    if made["kind"] == "pull":
        # A model that there is would be fetched, or wait for its lock.
        made["model"] = random.choice((5, None, *["none-such"] * 30))
    if made["kind"] == "remove":
        made["model"] = random.choice(([], *["none-such", "../u2netp"] * 15))
    if made["kind"] == "hello":
        # Naming a model loads it, which is no message but work.
        made.pop("model", None)
    return made


@dataclass(frozen=True)
class Message:
    """What is sent at once.

    Attributes:
        pieces: The header's bytes, and those of its payload.
        silent: Whether there is no answer to it.
        last: Whether nobody can say how it is understood, so that nothing may follow.
    """

    pieces: tuple[bytes, ...]
    silent: bool = False
    last: bool = False


def message(random: Random) -> Message:
    """One message, with its payload where it rightly announces one."""
    chance = random.random()
    if chance < 0.005:
        return Message((random.randbytes(random.randrange(200)),), last=True)
    if chance < 0.006:
        return Message((b"[" * random.randrange(60_000),), last=True)
    made = header(random)
    text = json.dumps(made).encode()
    if chance < 0.02:
        return Message((mutated(random, text),), last=True)
    return Message((text, *_payload(random, made)), silent=made["kind"] == "cancel")


def _payload(random: Random, made: dict[str, Any]) -> tuple[bytes, ...]:
    size = made.get("bytes")
    if made["kind"] != "matte" or type(size) is not int or not 0 < size < 1000:
        return ()
    pixels = random.randbytes(size)
    cut = random.randrange(size)
    whole = (pixels,), (pixels[:cut], pixels[cut:]) if cut else (pixels,)
    return random.choice((*whole, *whole, (pixels[: cut + 1], b"")))


def barrage(place: Range) -> Outcome:
    """Send messages until it is enough; the worker must live, answer, and stay small."""
    outcome = Outcome("hostile messages")
    engine = Installation(sys.executable, str(place.home / "run"), str(place.home))
    with Client.connect(engine) as bystander, ThreadPoolExecutor(CLIENTS) as pool:
        pid = pid_of(bystander)
        # What it loads for its first requests is not what messages leave behind.
        for provider in ("auto", "cpu"):
            list(bystander.matte([b"\x80" * 64], 4, 4, "rgba8", provider=provider))
        for number in place.rounds(outcome):
            seeds = [place.random.getrandbits(64) for _client in range(CLIENTS)]
            for found in pool.map(lambda seed: _exchange(engine, Random(seed)), seeds):
                outcome.add(found)
            if number == WARM:
                before = memory_mb(pid), handles(pid)
        if pid_of(bystander) != pid:
            outcome.faults.append("the worker died")
        outcome.totals["fuzz cases"] = outcome.cases
        outcome.figures.append(f"{(number + 1) * CLIENTS} clients")
        if number > WARM:
            after = memory_mb(pid), handles(pid)
            outcome.figures.append(
                f"{before[0]:.0f} MB and {before[1]} handles early, "
                f"{after[0]:.0f} MB and {after[1]} late"
            )
            if after[0] - before[0] > MEMORY_MB or after[1] - before[1] > 2 * CLIENTS:
                outcome.faults.append("memory or handles were not given back")
    if (log := Path(place.home / "logs" / "errors.log")).exists():
        outcome.faults.append("unexpected errors were written down: " + log.read_text()[-600:])
    return outcome


def _exchange(engine: Installation, random: Random) -> Outcome:
    """Be one client: send messages, then read until the worker hangs up.

    What counts is what the worker has dealt with, and not what was sent: it hangs up after the
    first message that it cannot understand.
    """
    found = Outcome("")
    batch: list[Message] = []
    while len(batch) < AT_ONCE and not (batch and batch[-1].last):
        batch.append(message(random))
    with _connected(engine) as connection:
        with contextlib.suppress(OSError):
            for piece in (piece for each in batch for piece in each.pieces):
                connection.send_bytes(piece)
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as end:
            end.shutdown(socket.SHUT_WR)
        waiting = iter(batch)
        for answer in _answers(connection, found):
            for each in waiting:
                if not each.silent:
                    break
                found.count("heard")
            refused = answer["kind"] == "error"
            found.count("refused" if refused else "answered")
            if refused and (answer["code"] == "internal" or not answer["message"]):
                found.faults.append(f"{answer}")
    return found


def _answers(connection: Connection, found: Outcome) -> Iterator[dict[str, Any]]:
    """The answers, less progress and payloads, until the worker hangs up."""
    try:
        while connection.poll(20):
            answer = json.loads(connection.recv_bytes())
            left = answer.get("bytes") or 0
            while left > 0:
                left -= len(connection.recv_bytes())
            if answer["kind"] != "progress":
                yield answer
    except (EOFError, OSError):
        return
    found.faults.append("no answer within 20 s")


def _connected(engine: Installation) -> Connection:
    for _again in range(50):
        with contextlib.suppress(AuthenticationError, OSError, EOFError):
            key = Path(engine.key_file).read_bytes()
            return Socket(engine.address, engine.family, authkey=key)
    raise AssertionError("the worker takes no client any more")
