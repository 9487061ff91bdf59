"""What the tests of Set Up need on a machine: a release's zips, and the locked wheels."""

from __future__ import annotations

import hashlib
import shutil
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from install import source, zips
from tests import weights
from tests.editors.engine import CHECKOUT, InstalledEngine
from tests.editors.machine import network_environment, run
from tests.setups import processes_of

LOCKED = ("build", "engine", "webgpu")
PATIENCE_SECONDS = 300.0
"""How long a set-up may take on a busy machine."""


def unpack(editor: str, target: Path, scratch: Path) -> None:
    """Unpack a release's zip of an editor as a file manager does.

    Args:
        editor: "gimp" or "krita".
        target: Where to.
        scratch: A folder for the zip.
    """
    [archive] = [path for path in zips.build(scratch, source.find()) if editor in path.name]
    with zipfile.ZipFile(archive) as zipped:
        for info in zipped.infolist():
            path = Path(zipped.extract(info, target))
            path.chmod(info.external_attr >> 16 & 0o777)


def offline_variables(engine: InstalledEngine, workspace: Path) -> dict[str, str]:
    """What has pip take the locked wheels from a folder; they are fetched into it once.

    Args:
        engine: Whose Python the wheels must fit.
        workspace: What the machine sees.
    """
    locks = [CHECKOUT / "install" / "requirements" / f"{name}.txt" for name in LOCKED]
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
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder), "PIP_CONFIG_FILE": "/dev/null"}


def with_the_model(home: Path) -> Path:
    """Localmatte's own folder in an account, with the default model and nothing else."""
    data = home / ".local" / "share" / "localmatte"
    shutil.rmtree(data, ignore_errors=True)
    weights.place("u2netp", data)
    return data


class Wheels:
    """The folder that pip takes the locked wheels from; they can be away for a while.

    Args:
        engine: Whose Python the wheels must fit.
        workspace: What the machine sees.
        account: The home folder of the account.
    """

    def __init__(self, engine: InstalledEngine, workspace: Path, account: Path) -> None:
        variables = offline_variables(engine, workspace)
        self._folder = Path(variables["PIP_FIND_LINKS"])
        self._link = account / "wheels"
        self._link.unlink(missing_ok=True)
        self.variables = {**variables, "PIP_FIND_LINKS": str(self._link)}

    def bring(self) -> None:
        """From now on pip finds them."""
        self._link.symlink_to(self._folder)


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
