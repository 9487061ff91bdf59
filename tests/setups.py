"""A user's account with nothing but a plug-in's zip, as an editor unpacked it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from install import source, zips
from localmatte_bridge import BridgeError, Client, Progress
from localmatte_bridge.installation import Installation, beside
from localmatte_bridge.setup import Offer, offered
from localmatte_bridge.setup.task import SetUp
from tests.workers import until

IN_AN_EDITOR = """
import sys
sys.path.insert(0, sys.argv[1])
from localmatte_bridge.setup.task import SetUp
def show(progress):
    print(f"{progress.fraction} {progress.stage}", flush=True)
SetUp(sys.argv[1]).run(show)
"""


@dataclass
class ZipAccount:
    """The account.

    Attributes:
        folder: Where the home folder and the plug-in's lie.
        variables: Set on top of the account's own.
    """

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.home.mkdir(parents=True)
        (self.folder / "no programs").mkdir()
        [archive] = [p for p in zips.build(self.folder / "zips", source.find()) if "gimp" in p.name]
        with zipfile.ZipFile(archive) as zipped:
            zipped.extractall(self.folder / "plug-ins")

    @property
    def home(self) -> Path:
        """The home folder, whose name is not plain."""
        return self.folder / "Zuhause von Jürgen"

    @property
    def data(self) -> Path:
        """localmatte's own folder."""
        return self.home / ".local" / "share" / "localmatte"

    @property
    def plugin(self) -> Path:
        """The plug-in's folder."""
        return self.folder / "plug-ins" / "localmatte"

    @property
    def environment(self) -> dict[str, str]:
        """The editor's variables: there is no program in its PATH."""
        own = {"HOME": str(self.home), "PATH": str(self.folder / "no programs")}
        return {**own, **self.variables}

    def engine(self) -> Installation:
        """The engine that the plug-in finds."""
        return beside(str(self.plugin), self.environment)

    def offer(self) -> Offer | None:
        """What the plug-in offers, as it finds no engine."""
        try:
            self.engine()
        except BridgeError as error:
            return offered(str(self.plugin), error, self.environment)
        raise AssertionError("there is an engine")

    def set_up(self) -> SetUp:
        """A set-up that has not begun."""
        return SetUp(str(self.plugin), self.environment)

    def run(self) -> list[Progress]:
        """Set up to the end; returns what was told meanwhile."""
        told: list[Progress] = []
        self.set_up().run(told.append)
        return told

    def refused(self) -> BridgeError:
        """Set up, which must fail; returns why."""
        try:
            self.run()
        except BridgeError as error:
            return error
        raise AssertionError("it did not fail")

    @contextmanager
    def connected(self) -> Iterator[Client]:
        """The engine's worker, as an editor of this account has it; it is stopped at the end."""
        with mock.patch.dict(os.environ, self.environment):
            for name in ("LOCALMATTE_HOME", "XDG_DATA_HOME"):
                os.environ.pop(name, None)
            engine = self.engine()
            with Client.connect(engine) as client:
                yield client
                client.ask("stop")
            until(lambda: Client.connect_running(engine) is None)

    def start(self) -> subprocess.Popen[str]:
        """Start a set-up in a process of its own, as an editor's Python is."""
        command = [sys.executable, "-c", IN_AN_EDITOR, str(self.plugin)]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=self.environment, stdout=pipe, text=True)


def processes_of(folder: Path) -> list[str]:
    """The command lines of this machine's processes that name a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ")
        except OSError:  # it ended meanwhile
            continue
        if os.fsencode(folder) in command and int(process.name) != os.getpid():
            found.append(command.decode(errors="replace"))
    return found
