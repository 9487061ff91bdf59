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
  LOCALMATTE_MIRROR   address of a folder that is tried before a model's own addresses; the
                      files lie in it under their SHA-256 or their name, those published in
                      parts also part by part under the parts' SHA-256; https, or http on
                      this computer itself
  LOCALMATTE_OFFLINE  1 forbids every network call
  LOCALMATTE_HOME     folder for everything that localmatte writes
"""

Run = Callable[[argparse.Namespace], int]


def add_parser(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "models",
        help="list, fetch and check the models",
        description="Without an action: list the models.",
        epilog=ENVIRONMENT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="write JSON to stdout")
    parser.set_defaults(run=_list)
    actions = parser.add_subparsers(metavar="ACTION")

    _action(actions, "list", _list, "list the models, and which of them are here")
    pull = _action(actions, "pull", _pull, "fetch a model; prints where it lies")
    pull.add_argument(
        "id",
        nargs="?",
        default=catalogue.DEFAULT,
        metavar="ID",
        help=f"default: {catalogue.DEFAULT}",
    )
    pull.add_argument(
        "--accept-licence",
        metavar="ID",
        help="accept the terms of a model that asks for it; recorded with the date",
    )
    bring = _action(actions, "import", _import, "take over a model file of yours; prints its id")
    bring.add_argument("file", type=Path, metavar="FILE")
    bring.add_argument("--like", metavar="ID", help="the model whose normalisation it shares")
    _action(actions, "verify", _verify, "hash all models that are here; mend damaged ones")
    remove = _action(actions, "remove", _remove, "delete a model from this computer")
    remove.add_argument("id", metavar="ID")
    path = _action(actions, "path", _path, "print where the models, or one of them, lie")
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
            f"You accept the licence of {accepted}, but pull {spec.id}.", "Name the same model."
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
    lines = [f"{entry['id']}: {entry['problem'] or 'whole'}" for entry in report]
    _answer(arguments, report, "\n".join(lines) or "No model is on this computer.")
    return 0 if all(entry["whole"] for entry in report) else 1


def _mended(spec: ModelSpec) -> dict[str, Any]:
    """Fetch a damaged model again, and say how that went."""
    try:
        with ProgressLine(spec.id) as line:
            store.pull(spec, line)
    except LocalmatteError as error:
        return {"problem": f"damaged and set aside; {error}"}
    return {"whole": True, "problem": "damaged and set aside; fetched again, whole now"}


def _remove(arguments: argparse.Namespace) -> int:
    spec = library.known(arguments.id)
    removed = library.remove(spec)
    text = f"{spec.id} is removed." if removed else f"{spec.id} was not on this computer."
    _answer(arguments, {"id": spec.id, "removed": removed}, text)
    return 0


def _path(arguments: argparse.Namespace) -> int:
    path = paths.models()
    if arguments.id:
        spec = library.known(arguments.id)
        path = store.path_of(spec)
        if not store.present(spec):
            raise ModelMissingError(
                f"The model {spec.id} is not on this computer; it would lie at {path}.",
                "Run `localmatte models list`.",
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
        f"{spec.title}: input {size}, output rule {spec.output_rule.value}. If its cut-outs look "
        "wrong, import it again with --like ID, or with a .toml of its name beside it."
    )
