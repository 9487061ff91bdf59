"""The command line: `localmatte`, also `python -m localmatte`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

import localmatte
from localmatte.cli import (
    cluster,
    completion,
    cut,
    doctor,
    finish,
    install,
    models,
    relay,
    terminal,
    worker,
)
from localmatte.errors import LocalmatteError
from localmatte.system.boundary import explained

COMMANDS = (cut, cluster, finish, models, doctor, worker, relay, install)
"""The modules that bring the commands; each has add_parser(subparsers)."""

INTERRUPTED = 130
"""The exit status of a program that Ctrl+C ended, as shells expect it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0, 1 for a failure, 2 for wrong use.

    Args:
        arguments: The command line without the program's name; None takes the process's own.
    """
    terminal.print_anything()
    options = program().parse_args(arguments)
    # Threads of localmatte's own share the work among the cores. OpenBLAS's would wait in loops
    # between numpy's small products: a fifth of a refinement's processor time.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        return int(options.run(options))
    except LocalmatteError as error:
        if options.debug:
            raise
        print(f"localmatte: {error}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        if options.debug:
            raise
        print("localmatte: interrupted.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has gone; a second complaint at exit would help nobody.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if options.debug:
            raise
        print(f"localmatte: {explained(error)}", file=sys.stderr)
        return 1


def program() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="localmatte",
        description="Remove the background from photos, on this computer.",
    )
    parser.add_argument(
        "--version", action="version", version=f"localmatte {localmatte.__version__}"
    )
    parser.add_argument("--debug", action="store_true", help="show a traceback on errors")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_parser(subparsers)
    completion.add_parser(subparsers, parser)
    return parser
