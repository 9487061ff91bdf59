"""`localmatte worker` and `localmatte stop`: the process behind the editors' plug-ins."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from typing import Any

from localmatte.system import paths
from localmatte_bridge import BridgeError, Client, Installation

# Windows has no SIGKILL; there any other signal ends a process at once.
FORCE = getattr(signal, "SIGKILL", signal.SIGTERM)


def add_parser(subparsers: Any) -> None:
    """Add both commands to the command line."""
    worker: argparse.ArgumentParser = subparsers.add_parser(
        "worker",
        help="serve the editors' plug-ins (which start it themselves)",
        description="Serve the editors' plug-ins; exit after ten minutes without work.",
    )
    worker.set_defaults(run=_serve)
    stop: argparse.ArgumentParser = subparsers.add_parser(
        "stop",
        help="stop the worker",
        description="Stop the worker when it has finished its work; succeeds if none is running.",
    )
    stop.set_defaults(run=_stop)


def _serve(arguments: argparse.Namespace) -> int:
    from localmatte.worker.server import Server

    if not Server(place()).serve():
        print("localmatte: a worker is already running.", file=sys.stderr)
        return 0
    # Everything is closed. A thread that is still inside ONNX Runtime, as when a model was
    # loading, would make an orderly end of the interpreter abort the process.
    sys.stderr.flush()
    os._exit(0)


def _stop(arguments: argparse.Namespace) -> int:
    try:
        client = Client.connect_running(place())
        if client:
            with client:
                client.ask("stop", timeout=10)
    except BridgeError as error:
        if error.code == "engine-silent" and _end_by_force(place()):
            return 0
        print(f"localmatte: {error}", file=sys.stderr)
        return 1
    return 0


def _end_by_force(engine: Installation) -> bool:
    """End a worker that does not answer; False where its process is not known."""
    from localmatte_bridge.file_lock import try_lock

    try:
        descriptor = os.open(engine.lock_file, os.O_RDWR)
    except OSError:
        return False
    try:
        # Only while it holds the lock is the number in it the worker's.
        if try_lock(descriptor):
            return False
        os.kill(int(os.read(descriptor, 20)), FORCE)
    except (OSError, ValueError):
        return False
    finally:
        os.close(descriptor)
    return True


def place() -> Installation:
    """The engine that this very program belongs to."""
    home = paths.home()
    return Installation(sys.executable, str(paths.run()), str(home) if home else None)
