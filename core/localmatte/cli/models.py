"""`localmatte models`: what is here, and what can be fetched."""

from __future__ import annotations

import argparse
from typing import Any

from localmatte import catalogue, store
from localmatte.cli.terminal import ProgressLine


def add_parser(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser: argparse.ArgumentParser = subparsers.add_parser("models", help="list and fetch models")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    pull = actions.add_parser("pull", help="fetch a model")
    pull.add_argument("id", nargs="?", default=catalogue.DEFAULT)
    pull.set_defaults(run=_pull)


def _pull(arguments: argparse.Namespace) -> int:
    with ProgressLine(arguments.id) as line:
        print(store.pull(catalogue.get(arguments.id), line))
    return 0
