"""Starts the installer, or says why this Python cannot.

Every Python can read this file, Python 2 too, so that an old one answers with a sentence.
"""

import importlib
import os
import subprocess
import sys

OLDEST = (3, 11)
OLDEST_OF_THE_BRIDGE = (3, 8)
TOO_OLD = "import sys; sys.exit(sys.version_info < {0})".format(OLDEST)
NEWER_PYTHONS = (
    ["python3.14"],
    ["python3.13"],
    ["python3.12"],
    ["python3.11"],
    ["py", "-3"],
    ["uv", "run", "--no-project", "--python", "3.12", "python"],
)
FOLDER = os.path.dirname(os.path.abspath(__file__))


def main():
    # type: () -> int
    """Run the installer with this Python, or else with a newer one."""
    if sys.version_info < OLDEST:
        return _with_a_newer_python()
    # A checkout may be read-only, and it is to stay as it was.
    sys.dont_write_bytecode = True
    sys.path.insert(0, os.path.dirname(FOLDER))
    cli = importlib.import_module(os.path.basename(FOLDER) + ".cli")
    return int(cli.main(sys.argv[1:]))


def _with_a_newer_python():
    # type: () -> int
    for python in NEWER_PYTHONS:
        if _answers(python + ["-c", TOO_OLD]):
            return subprocess.call(python + [FOLDER] + sys.argv[1:])
    if sys.version_info >= OLDEST_OF_THE_BRIDGE:
        brought = _brought()
        if brought:
            return subprocess.call([brought, FOLDER] + sys.argv[1:])
    sys.stderr.write(
        "localmatte requires Python 3.11 or newer; this is Python {0}.{1}.\n"
        "Install a newer Python, or uv, which includes one, then run this again.\n".format(
            *sys.version_info[:2]
        )
    )
    return 1


def _brought():
    # type: () -> str
    """The Python that uv brings, as it does for a set-up from inside an editor; empty for none."""
    root = os.path.dirname(FOLDER)
    sys.path.insert(0, os.path.join(root, "core"))
    task = importlib.import_module("localmatte_bridge.setup.task")
    errors = importlib.import_module("localmatte_bridge.errors")
    told = []  # type: list[str]
    try:
        return str(task.bring_python(root, lambda progress: _say(progress.stage, told)))
    except errors.BridgeError as error:
        sys.stderr.write("{0}\n".format(error))
        return ""


def _say(stage, told):
    # type: (str, list[str]) -> None
    if stage not in told:
        told.append(stage)
        sys.stderr.write("\u2022 {0}\n".format(stage))


def _answers(command):
    # type: (list[str]) -> bool
    with open(os.devnull, "w") as nowhere:
        try:
            return subprocess.call(command, stdout=nowhere, stderr=nowhere) == 0
        except OSError:
            return False


if __name__ == "__main__":
    sys.exit(main())
