"""A real worker, told nonsense by clients that know its key."""

from __future__ import annotations

import contextlib
import json
import sys
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
"""How many messages are sent before their answers are read."""

KINDS = ("hello", "status", "models", "matte", "edges", "pull", "remove", "cancel", "exec", "")
WORDS = ("u2netp", "y8", "rgba8", "yf", "../../etc/passwd", "auto", "cpu", "\0", "é" * 50, "💥")
FIELDS = (
    "kind", "v", "id", "width", "height", "layout", "bytes", "mask_layout", "model", "provider",
    "refine", "selection", "existing", "hints", "selected", "edges", "zoom", "colours",
    "accept_licence",
)  # fmt: skip
NUMBERS = (0, 1, -1, 2, 7, 16, 255, 1 << 16, 1 << 31, 1 << 40, 10**17, -(10**17), 0.5, 1e300)

MEMORY_MB = 60.0
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
    for _field in range(random.randrange(8)):
        made[random.choice(FIELDS[3:])] = value(random)
    if random.random() < 0.1:
        made[random.choice(FIELDS)] = value(random)
    if made["kind"] == "matte" and random.random() < 0.7:
        # As far as the pixels: a small picture, announced more or less rightly.
        width, height = random.randrange(-1, 9), random.randrange(-1, 9)
        size = width * height * 4 + random.choice((0, 0, 0, 1, -1))
        made |= {"width": width, "height": height, "layout": "rgba8", "bytes": size}
        made.setdefault("model", "none-such")
    if made["kind"] == "pull":
        # A model that there is would be fetched, or wait for its lock.
        made["model"] = random.choice(("none-such", 5, None))
    if made["kind"] == "remove":
        made["model"] = random.choice(("none-such", [], "../u2netp"))
    if made["kind"] == "hello":
        # Naming a model loads it, which is no message but work.
        made.pop("model", None)
    return made


def message(random: Random) -> bytes:
    """The bytes of one message."""
    text = json.dumps(header(random)).encode()
    chance = random.random()
    if chance < 0.02:
        return mutated(random, text)
    if chance < 0.025:
        return random.randbytes(random.randrange(200))
    if chance < 0.027:
        return b"[" * random.randrange(60_000)
    return text


def barrage(place: Range) -> Outcome:
    """Send messages until it is enough; the worker must live, answer, and stay small."""
    outcome = Outcome("hostile messages")
    engine = Installation(sys.executable, str(place.home / "run"), str(place.home))
    with Client.connect(engine) as bystander:
        pid = pid_of(bystander)
        connection = _connected(engine)
        for _number in place.rounds(outcome):
            batch = [message(place.random) for _ in range(AT_ONCE)]
            if not _exchanged(connection, batch, outcome):
                connection.close()
                connection = _connected(engine)
            if outcome.cases > 2000 and not outcome.figures:
                outcome.figures.append(f"{memory_mb(pid):.0f} MB and {handles(pid)} handles before")
                before = memory_mb(pid), handles(pid)
        connection.close()
        if pid_of(bystander) != pid:
            outcome.faults.append("the worker died")
        if outcome.figures:
            after = memory_mb(pid), handles(pid)
            outcome.figures.append(f"{after[0]:.0f} MB and {after[1]} handles after")
            if after[0] - before[0] > MEMORY_MB or after[1] - before[1] > 5:
                outcome.faults.append("memory or handles were not given back")
    if (log := Path(place.home / "logs" / "errors.log")).exists():
        outcome.faults.append("unexpected errors were written down: " + log.read_text()[-600:])
    return outcome


def _exchanged(connection: Connection, batch: list[bytes], outcome: Outcome) -> bool:
    """Send messages and read what is answered; False once the worker has hung up."""
    with contextlib.suppress(OSError):
        for sent in batch:
            connection.send_bytes(sent)
            outcome.count("sent")
    # The answer to this one is the last, where the worker has followed so far.
    with contextlib.suppress(OSError):
        connection.send_bytes(b'{"v": 1, "kind": "status"}')
    try:
        while connection.poll(20):
            answer = json.loads(connection.recv_bytes())
            if answer["kind"] == "error":
                if answer["code"] == "internal" or not answer["message"]:
                    outcome.faults.append(f"{answer}")
            elif answer["kind"] == "status" and "pid" in answer:
                return True
            if answer.get("bytes"):
                connection.recv_bytes()
    except (EOFError, OSError):
        return False
    outcome.faults.append("no answer within 20 s")
    return False


def _connected(engine: Installation) -> Connection:
    for _again in range(50):
        with contextlib.suppress(AuthenticationError, OSError, EOFError):
            key = Path(engine.key_file).read_bytes()
            return Socket(engine.address, engine.family, authkey=key)
    raise AssertionError("the worker takes no client any more")
