"""`localmatte doctor`: what is here, what works, and why something does not."""

from __future__ import annotations

import argparse
import getpass
import json
import platform
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import localmatte
from localmatte import library, store
from localmatte.cli import private
from localmatte.cli.install import installer
from localmatte.cli.worker import place
from localmatte.errors import LocalmatteError, StorageError
from localmatte.models import catalogue
from localmatte.system import error_log, paths
from localmatte.system.boundary import explained
from localmatte.system.files import replacing

PACKAGES = ("onnxruntime-ep-webgpu", "numpy", "pillow")

REPORT = "localmatte-report.txt"

Report = dict[str, Any]


def add_parser(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "doctor",
        help="check the installation, and say what does not work and why",
        description="Check versions, editors, models and the worker, and test each provider.",
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument(
        "--report",
        nargs="?",
        type=Path,
        const=Path(REPORT),
        metavar="FILE",
        help=f"write a report to send with a question (default: {REPORT}); read it before you send "
        "it",
    )
    parser.add_argument(
        "--prove-private",
        type=Path,
        metavar="PHOTO",
        help="cut out a photo with the network blocked, and say how that was ensured",
    )
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    if arguments.prove_private:
        print("\n".join(private.prove(arguments.prove_private)))
        return 0
    report = {title: _checked(check) for title, check in CHECKS.items()}
    if arguments.report:
        _write(arguments.report, report)
        print(f"Wrote {arguments.report}. Read it, then send it with your question.")
    elif arguments.json:
        print(json.dumps(report, indent=1))
    else:
        print(_text(report))
    return 0


def _checked(check: Callable[[], Report]) -> Report:
    """What a check found; one that fails tells of that, and leaves the others alone."""
    try:
        return check()
    except Exception as error:
        return {"failed": str(explained(error))}


def _text(report: dict[str, Report]) -> str:
    lines = []
    for title, entries in report.items():
        lines.append(title.capitalize())
        for name, value in entries.items():
            shown = value["text"] if isinstance(value, dict) else value
            lines.append(f"  {name:<26} {shown}")
    return "\n".join(lines)


def _write(path: Path, report: dict[str, Report]) -> None:
    """Write the report and the log of errors, without the user's name.

    Raises:
        StorageError: The file cannot be written.
    """
    errors = error_log.text() or "None were recorded.\n"
    text = f"{_text(report)}\nUnexpected errors\n{errors}"
    try:
        with replacing(path.absolute()) as stream:
            stream.write(anonymous(text).encode("utf-8", "replace"))
    except OSError as error:
        raise StorageError(
            f"Cannot write {path}: {error.strerror}.", "Specify another file with --report FILE."
        ) from error


def anonymous(text: str) -> str:
    """A text without the user's home folder and name.

    Args:
        text: Any lines.
    """
    home = str(Path.home())
    text = text.replace(home, "~") if len(home) > 1 else text
    name = getpass.getuser()
    return (
        re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", "USER", text) if name != "root" else text
    )


def _versions() -> Report:
    from importlib.metadata import PackageNotFoundError, packages_distributions, version

    found = {
        "localmatte": localmatte.__version__,
        "Python": platform.python_version(),
        "system": platform.platform(),
    }
    # Wheels for CUDA, DirectML and others bring the same module, and overwrite each other.
    runtimes = sorted(set(packages_distributions().get("onnxruntime", ())))
    for package in (*runtimes, *PACKAGES):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    if len(runtimes) > 1:
        found["conflict"] = (
            f"{' and '.join(runtimes)} overwrite each other: uninstall all of them, then install "
            "the one you want."
        )
    return found


def _folders() -> Report:
    return {
        "models": str(paths.models()),
        "settings": str(paths.config()),
        "cache": str(paths.cache()),
        "worker": str(paths.run()),
        "errors": str(error_log.path()),
    }


def _models() -> Report:
    found: Report = {}
    for spec in catalogue.MODELS:
        if not store.present(spec):
            continue
        try:
            store.verified(spec)
        except LocalmatteError as error:
            found[spec.id] = str(error)
        else:
            found[spec.id] = f"OK, {spec.bytes / 1e6:.1f} MB, {spec.licence.name}"
    unreadable = library.unreadable()
    if unreadable:
        found["unreadable"] = " ".join(str(fault) for fault in unreadable)
    return found or {catalogue.DEFAULT: "not downloaded; run 'localmatte models pull'"}


def _providers() -> Report:
    from localmatte import providers
    from localmatte.inference import trial

    spec = catalogue.get(catalogue.DEFAULT)
    found: Report = {}
    for name, provider in providers.PROVIDERS.items():
        try:
            device = provider.devices()[0]
            tried = trial.attempt(provider, spec, store.contents(spec))
        except LocalmatteError as error:
            found[name] = {"usable": False, "reason": str(error), "text": f"not used: {error}"}
            continue
        works = f"{device}: {tried.seconds * 1000:.0f} ms per run of {spec.id}"
        text = works if tried.usable else f"not used: {tried.reason}"
        found[name] = {
            "usable": tried.usable,
            "device": device,
            "seconds": round(tried.seconds, 4),
            "difference": tried.difference,
            "reason": tried.reason,
            "text": text,
        }
    return found


def _editors() -> Report:
    found: Report = {}
    editors = installer("editors").find()
    for editor in editors:
        reason = installer("menu").absent_because(editor, editors)
        state = f"plug-in {editor.placed_version}" if editor.placed else "no plug-in"
        found[editor.name] = {
            "folder": str(editor.folder),
            "placed": editor.placed,
            "version": editor.placed_version,
            "obstacle": editor.obstacle,
            "absent_because": reason,
            "text": f"{state} in {editor.plugin}"
            + (f"; not in the menu: {reason}" if reason else ""),
        }
    return found or {"none": "neither GIMP nor Krita was found"}


def _worker() -> Report:
    from localmatte_bridge import BridgeError, Client

    try:
        client = Client.connect_running(place())
        if client is None:
            return {"state": "not running; the editors start it when needed"}
        with client:
            status = client.ask("status", timeout=10).header
    except BridgeError as error:
        return {"state": str(error)}
    return {key: status[key] for key in ("version", "pid", "up_seconds", "loaded")}


CHECKS: dict[str, Callable[[], Report]] = {
    "versions": _versions,
    "folders": _folders,
    "models": _models,
    "providers": _providers,
    "editors": _editors,
    "worker": _worker,
}
