"""The tests' own Python environment, models and tools, made where they are missing."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from install.environment import python_of
from tests.editors.rootfs import cache_folder

CHECKOUT = Path(__file__).resolve().parents[1]

# What is looked for, and the Debian package that brings it.
TOOLS = {
    "npm": "npm",
    "mmdebstrap": "mmdebstrap",
    "strace": "strace",
    "newuidmap": "uidmap",
    "unshare": "util-linux",
    "appstreamcli": "appstream",
    "fish": "fish",
    "flatpak-builder": "flatpak-builder",
    "mandoc": "mandoc",
    "unzip": "unzip",
    "zsh": "zsh",
}
CHECKERS = ("appstreamcli", "fish", "flatpak-builder", "mandoc", "unzip", "zsh")
"""What reads what is made for others: shells, distributions, Flathub."""


@contextmanager
def preparing() -> Iterator[None]:
    """Make things in the cache folder one process at a time: two would spoil each other's."""
    cache_folder().mkdir(parents=True, exist_ok=True)
    with (cache_folder() / "preparing.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def made(extras: str) -> Path:
    """The Python of the tests' own environment, with some of the project's extras.

    It is made anew when what pyproject.toml says of the project changes, its tools' settings aside.
    """
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    recipe = json.dumps([project, sys.version, extras]).encode()
    folder = cache_folder() / f"environment-{hashlib.sha256(recipe).hexdigest()[:12]}"
    python, made_for = python_of(folder), folder / "checkout"
    if not made_for.is_file():
        say(f"Making the tests' environment in {folder}")
        apt_install([] if importlib.util.find_spec("ensurepip") else ["python3-venv"])
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        _pip(python, "-e", f"{CHECKOUT}[{extras}]")
    elif made_for.read_text(encoding="utf-8") != str(CHECKOUT):
        _pip(python, "--no-deps", "-e", str(CHECKOUT))
    made_for.write_text(str(CHECKOUT), encoding="utf-8")
    return python


def _pip(python: Path, *arguments: str) -> None:
    quiet = ["-qq", "--disable-pip-version-check"]
    subprocess.run([str(python), "-m", "pip", "install", *quiet, *arguments], check=True)


def get_models(python: Path, models: Iterable[str]) -> None:
    """Pull models into the tests' own LOCALMATTE_HOME."""
    apt_install(missing("npm"))
    home = cache_folder() / "localmatte"
    for model in models:
        say(f"Downloading the model {model}")
        command = [str(python), "-m", "localmatte", "models", "pull", model]
        variables = {**os.environ, "LOCALMATTE_HOME": str(home)}
        subprocess.run(command, env=variables, check=True, stdout=subprocess.DEVNULL)


def missing(*tools: str) -> list[str]:
    """The Debian packages of those tools that are not in the PATH."""
    return [TOOLS[tool] for tool in tools if not shutil.which(tool)]


def apt_install(packages: list[str]) -> None:
    """Install packages, where this is Debian and we are root."""
    if not packages or not shutil.which("apt-get") or os.geteuid() != 0:
        return
    say(f"Installing {', '.join(packages)}")
    variables = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["install", "-y", "-q", "--no-install-recommends", *packages]
    for words in (["update", "-q"], install):
        command = ["apt-get", *words]
        subprocess.run(command, env=variables, check=True, stdout=subprocess.DEVNULL)


def have_checkers() -> None:
    """Install those programs that check what is made for others."""
    with preparing():
        apt_install(missing(*CHECKERS))


def unpacked(packages: Sequence[str]) -> Path:
    """A folder with what is in some Debian packages, which are fetched once and not installed."""
    folder = cache_folder() / "packages"
    for package in packages:
        done = folder / f"{package}.unpacked"
        if not done.exists():
            say(f"Getting the package {package}")
            folder.mkdir(parents=True, exist_ok=True)
            subprocess.run(["apt-get", "download", "-q", package], cwd=folder, check=True)
            (archive,) = folder.glob(f"{package}_*.deb")
            subprocess.run(["dpkg", "--extract", archive, folder], check=True)
            archive.rename(done)
    return folder


def say(text: str) -> None:
    """Tell what takes time."""
    print(f"• {text}", file=sys.stderr, flush=True)
