"""What the tests of Set Up need on a machine: a release's zips, and what is downloaded."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from install import source, zips
from tests import weights
from tests.editors.engine import CHECKOUT, InstalledEngine
from tests.editors.machine import Machine, network_environment, run
from tests.servers import files, packages, python_build
from tests.setups import processes_of

WITHOUT_PYTHON = ("forky", "sid")
"""The suites whose editor has no Python in its PATH; elsewhere it has the system's."""

ONE_WITHOUT_PYTHON = """
mkdir "$0"
IFS=:
for folder in $PATH; do ln -s "$folder"/* "$0" 2> /dev/null; done
rm "$0"/python*
"""

NOBODY = "http://127.0.0.1:9"
"""A proxy that does not answer."""

PATIENCE_SECONDS = 300.0
"""How long a set-up may take on a busy machine."""


def built(editor: str, folder: Path) -> Path:
    """A release's zip of an editor ("gimp" or "krita"), made in a folder."""
    [archive] = [path for path in zips.build(folder, source.find()) if editor in path.name]
    return archive


def unpack(archive: Path, target: Path) -> None:
    """Unpack a zip as a file manager does."""
    with zipfile.ZipFile(archive) as zipped:
        for info in zipped.infolist():
            path = Path(zipped.extract(info, target))
            path.chmod(info.external_attr >> 16 & 0o777)


def locked_wheels(engine: InstalledEngine, workspace: Path) -> Path:
    """A folder with the wheels that the locks name; they are fetched into it once.

    Args:
        engine: Whose Python the wheels must fit.
        workspace: What the machine sees.
    """
    locks = [CHECKOUT / "install" / "requirements" / f"{name}.txt" for name in packages.LOCKED]
    key = hashlib.sha256(b"".join(lock.read_bytes() for lock in locks)).hexdigest()[:12]
    folder = workspace / f"wheels-{key}"
    if not folder.exists():
        unfinished = workspace / "wheels.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        fetch = [str(engine.python), "-I", "-m", "pip", "download", "-q", "--no-deps"]
        fetch += ["--only-binary", ":all:", "--require-hashes", "-d", str(unfinished)]
        for lock in locks:
            fetch += ["-r", str(lock)]
        env = {**engine.env, **network_environment(), "PIP_CACHE_DIR": str(workspace / "pip")}
        done = run(engine.machine, fetch, env, network=True, timeout=600)
        assert done.returncode == 0, done.stderr
        unfinished.rename(folder)
    return folder


def with_the_model(home: Path) -> Path:
    """Localmatte's own folder in an account, with the default model and nothing else."""
    data = home / ".local" / "share" / "localmatte"
    shutil.rmtree(data, ignore_errors=True)
    weights.place("u2netp", data)
    return data


@dataclass(frozen=True)
class Supply:
    """Where an account's set-up gets what it downloads.

    Attributes:
        machine: Where the editor is started.
        variables: What it is started with.
        has_python: Whether its PATH leads to a Python.
        bring: From now on the engine's packages can be had.
    """

    machine: Machine
    variables: dict[str, str]
    has_python: bool
    bring: Callable[[], None]


@contextmanager
def supply(engine: InstalledEngine, suite: str, workspace: Path, account: Path) -> Iterator[Supply]:
    """What a set-up downloads, less the engine's packages at first.

    Args:
        engine: Whose Python the wheels must fit.
        suite: Which editors the machine has.
        workspace: What the machine sees.
        account: The home folder of the account.
    """
    wheels = locked_wheels(engine, workspace)
    if suite in WITHOUT_PYTHON:
        with _by_an_index(engine.machine, wheels, account) as supplied:
            yield supplied
    else:
        yield _in_a_folder(engine.machine, wheels, account)


def _in_a_folder(machine: Machine, wheels: Path, account: Path) -> Supply:
    """Pip takes the wheels from a folder, and the editor has no network."""
    link = account / "wheels"
    variables = {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(link),
        "PIP_CONFIG_FILE": "/dev/null",
    }
    return Supply(machine, variables, True, lambda: link.symlink_to(wheels))


@contextmanager
def _by_an_index(machine: Machine, wheels: Path, account: Path) -> Iterator[Supply]:
    """An index on this computer has the wheels and a Python, and nothing else answers."""
    programs, build = account / "programs", account / "python"
    for command in (
        ["sh", "-c", ONE_WITHOUT_PYTHON, str(programs)],
        ["python3", str(CHECKOUT / "tests/servers/python_build.py"), str(build)],
    ):
        done = run(machine, command, {})
        assert done.returncode == 0, done.stderr
    with packages.serving(account, wheels, python_build.read(build)) as server:
        server.behaviour = _uv_and_python
        variables = {
            **packages.variables(server, account),
            "PATH": str(programs),
            "HTTPS_PROXY": NOBODY,
            "HTTP_PROXY": NOBODY,
            "NO_PROXY": "127.0.0.1",
        }

        def bring() -> None:
            server.behaviour = packages.as_an_index

        yield Supply(_OnTheNetwork(machine), variables, False, bring)


def _uv_and_python(handler: files.Handler, content: bytes, start: int) -> None:
    """Answer as an index that has nothing but uv, and a Python."""
    if handler.path.startswith(("/simple/uv/", "/files/uv-", "/python/")):
        packages.as_an_index(handler, content, start)
    else:
        handler.send_error(404)


@dataclass(frozen=True)
class _OnTheNetwork:
    """A machine on which everything that is started has this computer's network.

    Attributes:
        machine: The machine.
    """

    machine: Machine

    def popen(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        *,
        network: bool = True,
        cwd: Path | None = None,
        stdout: int | IO[bytes] | None = None,
        stderr: int | IO[bytes] | None = None,
    ) -> subprocess.Popen[bytes]:
        return self.machine.popen(command, env, network=True, cwd=cwd, stdout=stdout, stderr=stderr)

    def close(self) -> None:
        self.machine.close()


def stop(engine: InstalledEngine, data: Path, home: Path) -> None:
    """End the worker of an engine that was set up.

    Args:
        engine: Whose machine.
        data: Localmatte's own folder.
        home: The account's.
    """
    command = [str(data / "environment/bin/python"), "-I", "-m", "localmatte", "stop"]
    env = {"HOME": str(home), "XDG_DATA_HOME": str(data.parent)}
    assert run(engine.machine, command, env).returncode == 0


def wait_until_packages_come(data: Path) -> None:
    """Wait until a set-up has got as far as the engine's environment."""
    _wait(lambda: any((data / "environment").glob("build-*")))


def wait_for_the_engine(data: Path) -> None:
    """Wait until a set-up has come to its end."""
    stamp, meanwhile = data / "environment/localmatte.json", data / "setup"
    _wait(lambda: stamp.exists() and not meanwhile.exists())


def wait_until_it_failed(data: Path) -> None:
    """Wait until a set-up has ended without the packages."""
    _wait(lambda: (data / "install.log").is_file() and not processes_of(data))


def has_begun(data: Path, seconds: float) -> bool:
    """Whether a set-up is under way within some time."""
    deadline = time.monotonic() + seconds
    while not processes_of(data) and time.monotonic() < deadline:
        time.sleep(0.05)
    return bool(processes_of(data))


def _wait(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "the set-up did not come to that"
        time.sleep(0.1)
