"""The set-up itself: a Python, the engine's sources, and their installer, one after the other.

What a former set-up has brought is used again, however that one ended; whatever is left half-made
is made again. The sources and all that was downloaded go once the engine stands.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import zipfile
from typing import Any, Callable, Dict, Iterator, Mapping

from .. import installation
from ..client import Progress
from ..errors import BridgeError
from ..installation import ENGINE_ZIP, Installation
from ..launch import clean_environment
from ..words import N_, _
from . import lock, pythons, uv
from .child import GRACE_SECONDS, CancelledError, follow
from .storage import check_room, remove, replace, writing

FOLDER = "setup"
"""Under localmatte's own: what lasts only as long as the set-up."""

UV_LOCK = os.path.join("install", "requirements", "uv.txt")
PYTHON_SHARE = 0.4
"""Of the progress, where a Python is fetched."""

UV_SHARE = 0.5
"""Of that, for uv."""

NEEDED_BYTES = 700 * 1000 * 1000
PYTHON_NEEDS_BYTES = 300 * 1000 * 1000

STAGES = {
    "environment": N_("Preparing the engine's folder"),
    "packages": N_("Downloading the engine"),
    "files": N_("Installing the engine"),
    "model": N_("Downloading the model"),
    "test": N_("Testing the engine"),
    "wait": N_("Waiting for another installer to finish"),
}
"""What the installer is at, by the names that it has for it."""

INSTALLERS_SENTENCES = (
    N_("Cannot reach the package index."),
    N_("The disk is full."),
    N_(
        "Run this again. If that does not help, check your network and your package index "
        "(PIP_INDEX_URL)."
    ),
    N_("Free some space on that disk, then run this again."),
)
"""What the installer may say last, to be translated; the rest is of the set-up as well."""

OnProgress = Callable[[Progress], None]


def bring_python(
    checkout: str, on_progress: OnProgress, environment: Mapping[str, str] = os.environ
) -> str:
    """Find a Python for the installer, or have uv bring one.

    Args:
        checkout: The installer's, with the lock that names uv.
        on_progress: Told how far it is.
        environment: The user's variables.

    Returns:
        Its program.

    Raises:
        BridgeError: There is none, and none can be had.
    """
    task = SetUp("", environment)
    with task._at_work():
        return task._python(checkout, on_progress)


class SetUp:
    """One set-up; `run` belongs to a thread of its own, `cancel` to any.

    Args:
        adapter: The plug-in's folder, with the engine's sources in it.
        environment: The editor's variables.

    Attributes:
        engine: Where the engine goes.
    """

    def __init__(self, adapter: str, environment: Mapping[str, str] = os.environ) -> None:
        self._adapter = adapter
        self._environment = dict(environment)
        self.engine = installation.own(environment)
        self._folder = os.path.join(self.engine.folder, FOLDER)
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """End it soon; what has been downloaded is kept for the next one."""
        self._cancelled.set()

    def run(self, on_progress: OnProgress) -> Installation:
        """Set the engine up.

        Args:
            on_progress: Told how far it is, in this thread.

        Returns:
            The engine.

        Raises:
            BridgeError: It was cancelled ("cancelled"), or failed; the next one goes on from
                there.
        """
        with self._at_work():
            source = self._source()
            python = self._python(source, on_progress)
            self._install(python, source, on_progress)
        return installation.beside(self._adapter, self._environment)

    @contextlib.contextmanager
    def _at_work(self) -> Iterator[None]:
        """Hold the folder of what is needed meanwhile, which goes once the block has succeeded."""
        if self._environment.get("LOCALMATTE_OFFLINE", "0") not in ("", "0"):
            raise BridgeError(
                "offline",
                _("LOCALMATTE_OFFLINE forbids downloading the engine."),
                _("Unset it, then try again."),
            )
        with writing(self.engine.folder):
            os.makedirs(self.engine.folder, mode=0o700, exist_ok=True)
        with lock.held(self._folder):
            with writing(self._folder):
                os.makedirs(self._folder, mode=0o700, exist_ok=True)
            yield
            # What a virus scanner still holds goes with the next set-up.
            with contextlib.suppress(OSError):
                remove(self._folder)

    def _source(self) -> str:
        """Unpack the sources, whole or not at all."""
        source = os.path.join(self._folder, "source")
        half = source + ".part"
        check_room(self._folder, NEEDED_BYTES)
        with writing(self._folder):
            for folder in (half, source):
                remove(folder)
            with zipfile.ZipFile(os.path.join(self._adapter, ENGINE_ZIP)) as archive:
                archive.extractall(half)
            replace(half, source)
        return source

    def _python(self, source: str, on_progress: OnProgress) -> str:
        folder = os.path.join(self.engine.folder, pythons.FOLDER)
        on_progress(Progress(0.0, _("Looking for Python")))
        found = pythons.find(clean_environment(self._environment)) or pythons.managed(
            folder, self._environment
        )
        if found:
            return found
        check_room(self._folder, NEEDED_BYTES + PYTHON_NEEDS_BYTES)

        def on_bytes(here: int, total: int) -> None:
            share = here / total if total else 0.0
            on_progress(Progress(PYTHON_SHARE * UV_SHARE * share, _("Downloading uv")))

        def on_line(_line: str) -> None:
            on_progress(Progress(PYTHON_SHARE * UV_SHARE, _("Downloading Python")))

        with open(os.path.join(source, UV_LOCK), encoding="utf-8") as file:
            pin = uv.pinned(file.read())
        program = uv.bring(pin, self._folder, self._environment, on_bytes, self._cancelled)
        on_line("")
        cache = os.path.join(self._folder, "uv-cache")
        return uv.install_python(
            program, folder, cache, self._environment, on_line, self._cancelled
        )

    def _install(self, python: str, source: str, on_progress: OnProgress) -> None:
        begun = PYTHON_SHARE if python.startswith(self.engine.folder) else 0.0
        said: Dict[str, Any] = {}

        def on_line(line: str) -> None:
            told = _told(line)
            said.update(told)
            if "fraction" in told:
                stage = _(STAGES[told["stage"]])
                if told["detail"]:
                    stage = "{} ({})".format(stage, told["detail"])
                on_progress(Progress(begun + (1 - begun) * told["fraction"], stage))

        command = [python, "-I", "-X", "utf8", "-B", os.path.join(source, "install")]
        status = follow(
            [*command, "--for-editor"],
            self._variables(),
            self._folder,
            on_line,
            self._cancelled,
            GRACE_SECONDS,
        )
        if self._cancelled.is_set():
            raise CancelledError
        if status != 0:
            broke = said.get("error") or said.get("line") or "{}: {}".format(python, status)
            raise BridgeError("set-up", _(broke), _(said.get("hint", "")))

    def _variables(self) -> Dict[str, str]:
        """What the installer is started with: its downloads lie in localmatte's own folder."""
        own = {"PIP_CACHE_DIR": os.path.join(self._folder, "pip-cache")}
        if self.engine.home:
            own["LOCALMATTE_HOME"] = self.engine.home
        return dict(clean_environment(self._environment), **own)


def _told(line: str) -> Dict[str, Any]:
    """What a line of the installer's says; one that is none of its own is what broke it."""
    try:
        found = json.loads(line)
    except ValueError:
        return {"line": line} if line.strip() else {}
    return found if isinstance(found, dict) else {}
