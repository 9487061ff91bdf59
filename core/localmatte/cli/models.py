"""`localmatte models`: what there is, what is here, and how it comes and goes."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from localmatte import library, store
from localmatte.cli import tables
from localmatte.cli.terminal import ProgressLine
from localmatte.errors import LocalmatteError, ModelMissingError, UsageError
from localmatte.models import catalogue
from localmatte.models.spec import ModelSpec, Tier
from localmatte.system import paths

ENVIRONMENT = """\
environment:
  LOCALMATTE_MIRROR   URL of a folder to try before a model's own addresses; its files are
                      named by SHA-256 or file name, files published in parts also by the
                      SHA-256 of each part; https, or http on this computer
  LOCALMATTE_OFFLINE  set to 1 to forbid all network access
  LOCALMATTE_HOME     folder for everything that localmatte writes
"""

Run = Callable[[argparse.Namespace], int]


def add_parser(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "models",
        help="list, download and verify models",
        description="Without an action, list the models.",
        epilog=ENVIRONMENT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="write JSON to stdout")
    parser.set_defaults(run=_list)
    actions = parser.add_subparsers(metavar="ACTION")

    _action(actions, "list", _list, "list the models, and which ones are downloaded")
    pull = _action(actions, "pull", _pull, "download a model and print its path")
    pull.add_argument(
        "id",
        nargs="?",
        default=catalogue.DEFAULT,
        metavar="ID",
        help=f"id of the model (default: {catalogue.DEFAULT})",
    )
    pull.add_argument(
        "--accept-licence",
        metavar="ID",
        help="accept the licence of a model that requires it; recorded with the date",
    )
    bring = _action(actions, "import", _import, "import a model file and print its id")
    bring.add_argument("file", type=Path, metavar="FILE")
    bring.add_argument("--like", metavar="ID", help="use the same normalisation as this model")
    _action(
        actions, "verify", _verify, "verify all downloaded models, and download damaged ones again"
    )
    remove = _action(actions, "remove", _remove, "delete a model from this computer")
    remove.add_argument("id", metavar="ID")
    path = _action(actions, "path", _path, "print the path of the models, or of one model")
    path.add_argument("id", nargs="?", metavar="ID")


def _action(actions: Any, name: str, run: Run, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=text, description=text)
    # Without a default of its own, so that `models --json list` keeps what stood before.
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
    parser.set_defaults(run=run)
    return parser


def _list(arguments: argparse.Namespace) -> int:
    specs = library.models()
    for fault in library.unreadable():
        print(f"localmatte: {fault}", file=sys.stderr)
    _answer(arguments, [library.describe(spec) for spec in specs], tables.text_table(specs))
    return 0


def _pull(arguments: argparse.Namespace) -> int:
    spec = library.known(arguments.id)
    accepted = arguments.accept_licence
    if accepted not in (None, spec.id):
        raise UsageError(
            f"You accepted the licence of {accepted}, but the model to download is {spec.id}.",
            "Use the same model id twice.",
        )
    with ProgressLine(spec.id) as line:
        path = store.pull(spec, line, accept_licence=accepted == spec.id)
    _answer(arguments, {"id": spec.id, "path": str(path)}, str(path))
    return 0


def _import(arguments: argparse.Namespace) -> int:
    like = library.known(arguments.like) if arguments.like else None
    with ProgressLine(arguments.file.name) as line:
        spec = library.import_file(arguments.file, like, line)
    if spec.tier is Tier.OWN and not arguments.json:
        print(_description(spec), file=sys.stderr)
    _answer(arguments, library.describe(spec), spec.id)
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    report = []
    for spec, problem in store.verify_all(library.models()):
        entry = {"id": spec.id, "whole": problem is None, "problem": str(problem or "")}
        if problem and spec.file.fetchable:
            entry |= _mended(spec)
        report.append(entry)
    lines = [f"{entry['id']}: {entry['problem'] or 'OK'}" for entry in report]
    _answer(arguments, report, "\n".join(lines) or "No models are downloaded.")
    return 0 if all(entry["whole"] for entry in report) else 1


def _mended(spec: ModelSpec) -> dict[str, Any]:
    """Fetch a damaged model again, and say how that went."""
    try:
        with ProgressLine(spec.id) as line:
            store.pull(spec, line)
    except LocalmatteError as error:
        return {"problem": f"damaged, moved aside; {error}"}
    return {"whole": True, "problem": "damaged, moved aside; downloaded again"}


def _remove(arguments: argparse.Namespace) -> int:
    spec = library.known(arguments.id)
    removed = library.remove(spec)
    text = f"{spec.id} was deleted." if removed else f"{spec.id} was not downloaded."
    _answer(arguments, {"id": spec.id, "removed": removed}, text)
    return 0


def _path(arguments: argparse.Namespace) -> int:
    path = paths.models()
    if arguments.id:
        spec = library.known(arguments.id)
        path = store.path_of(spec)
        if not store.present(spec):
            raise ModelMissingError(
                f"The model {spec.id} is not downloaded; its path would be {path}.",
                "Run 'localmatte models list' to see the models.",
            )
    _answer(arguments, {"path": str(path)}, str(path))
    return 0


def _answer(arguments: argparse.Namespace, machine: Any, text: str) -> None:
    """Write one answer to stdout: JSON where it was asked for, else text."""
    print(json.dumps(machine, ensure_ascii=False, indent=2) if arguments.json else text)


def _description(spec: ModelSpec) -> str:
    """What was found out about an imported model, and how to say otherwise."""
    size = f"multiples of {spec.input_step}" if spec.input_step else f"{spec.input_size} pixels"
    return (
        f"{spec.title}: input {size}, output rule {spec.output_rule.value}. If its results look "
        "wrong, import it again with --like ID, or with a .toml file of the same name next to it."
    )
