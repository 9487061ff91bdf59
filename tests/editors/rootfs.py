"""Debian root file systems that carry the real editors, built once and kept.

A root file system is made by mmdebstrap and kept outside the checkout under a key of its
recipe, so a change of the recipe makes a new one and nothing else ever does.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

EDITOR_PACKAGES = (
    "gimp",
    "krita",
    "python3",
    "python3-gi",
    "python3-pyqt5",
    "python3-venv",
    "ca-certificates",
    "libvulkan1",
)
# procps comes with GIMP elsewhere. Krita only recommends python3-pyqt6, without which it loads no
# Python plug-in, and does not ask for qt6-svg-plugins, without which it has no icons.
KRITA_6_PACKAGES = (
    "krita",
    "python3",
    "python3-pyqt6",
    "python3-venv",
    "ca-certificates",
    "libvulkan1",
    "procps",
    "qt6-svg-plugins",
)
# The last GIMP 2.10, and what its Python-Fu is built with: see pygimp.py.
GIMP_2_PACKAGES = (
    "ca-certificates",
    "gcc",
    "gimp",
    "libc6-dev",
    "libgimp2.0-dev",
    "libgirepository1.0-dev",
    "libvulkan1",
    "pkg-config",
    "procps",
    "python-setuptools",
    "python2.7-dev",
    "python3",
    "python3-venv",
)
DISPLAY_PACKAGES = (
    "adwaita-icon-theme",
    "dbus-x11",
    "fonts-dejavu-core",
    "imagemagick",
    "openbox",
    "x11-utils",
    "xauth",
    "xdotool",
    "xvfb",
)


BESIDE = """\
sed 's/ {suite} / {beside.suite} /' "$1/etc/apt/sources.list" \\
  > "$1/etc/apt/sources.list.d/{beside.suite}.list"
cat > "$1/etc/apt/preferences.d/{beside.suite}" <<END
Package: {packages}
Pin: release a={beside.suite}
Pin-Priority: 990
END
"""
"""What makes apt take some packages from another suite of the same mirror, where it has them."""


@dataclass(frozen=True)
class Beside:
    """Another Debian release, and the packages that are taken from it."""

    suite: str
    packages: tuple[str, ...]


@dataclass(frozen=True)
class Recipe:
    """What one root file system is made from.

    Attributes:
        suite: The Debian release.
        gimp: GIMP's version in it, empty where there is none.
        krita: Krita's.
        gimp2: GIMP's where that is 2.10, which has an adapter of its own.
        packages: What is installed, with all that these depend on.
        dpkg_options: Lines for dpkg's configuration.
        apt_options: Lines for apt's.
        beside: What comes from elsewhere.
    """

    suite: str
    gimp: str
    krita: str
    packages: tuple[str, ...] = EDITOR_PACKAGES + DISPLAY_PACKAGES
    # Documentation is left out to halve the unpacking; translations stay, the tests need them.
    dpkg_options: tuple[str, ...] = (
        "force-unsafe-io",
        "path-exclude=/usr/share/doc/*",
        "path-exclude=/usr/share/man/*",
        "path-exclude=/usr/share/info/*",
    )
    # A testing suite's Release file is often past its Valid-Until; signatures are still checked.
    apt_options: tuple[str, ...] = ('Acquire::Check-Valid-Until "false"',)
    beside: Beside | None = None
    gimp2: str = ""

    @property
    def key(self) -> str:
        """Twelve hex digits that change when, and only when, the recipe changes."""
        said = {name: value for name, value in asdict(self).items() if value}
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:12]


RECIPES = {
    "trixie": Recipe("trixie", gimp="3.0", krita="5.2"),
    "forky": Recipe("forky", gimp="3.2", krita="5.3"),
    "sid": Recipe(
        "sid",
        gimp="",
        krita="6.0",
        packages=KRITA_6_PACKAGES + DISPLAY_PACKAGES,
        beside=Beside("experimental", ("krita", "krita-data")),
    ),
    "bookworm": Recipe(
        "bookworm",
        gimp="",
        krita="",
        gimp2="2.10",
        packages=GIMP_2_PACKAGES + DISPLAY_PACKAGES,
        beside=Beside("bullseye", ("python-setuptools", "python2.7-dev")),
    ),
}


def suites_with(editor: str) -> list[str]:
    """The suites whose root file system has an editor: "gimp", "gimp2" or "krita"."""
    return [suite for suite, recipe in RECIPES.items() if getattr(recipe, editor)]


def cache_folder() -> Path:
    """Where root file systems, models and warmed-up homes are kept between runs."""
    chosen = os.environ.get("LOCALMATTE_TEST_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(chosen) if chosen else Path(base) / "localmatte-tests"


def why_unavailable() -> str | None:
    """The reason why no root file system can be made here, or None when it can."""
    if os.name != "posix" or os.geteuid() != 0:
        return "root rights are needed to make a root file system"
    missing = [tool for tool in ("mmdebstrap", "unshare", "chroot") if not shutil.which(tool)]
    return f"missing on this machine: {', '.join(missing)}" if missing else None


def root(suite: str) -> Path:
    """The folder of the suite's root file system, built first where it is not there yet."""
    recipe = RECIPES[suite]
    folder = cache_folder() / "rootfs" / f"{suite}-{recipe.key}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with folder.with_name(f"{folder.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.exists():  # nobody made it meanwhile
                _build(recipe, folder)
    return folder


def _build(recipe: Recipe, folder: Path) -> None:
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    command = ["mmdebstrap", "--variant=apt", f"--include={','.join(recipe.packages)}"]
    command += [f"--dpkgopt={option}" for option in recipe.dpkg_options]
    command += [f"--aptopt={option}" for option in recipe.apt_options]
    if recipe.beside:
        packages = " ".join(recipe.beside.packages)
        hook = BESIDE.format(suite=recipe.suite, beside=recipe.beside, packages=packages)
        command.append(f"--setup-hook={hook}")
    log = folder.with_name(f"{folder.name}.log")
    with log.open("wb") as output:
        done = subprocess.run(
            [*command, recipe.suite, str(unfinished)], stdout=output, stderr=subprocess.STDOUT
        )
    if done.returncode:
        shutil.rmtree(unfinished, ignore_errors=True)
        tail = log.read_text(errors="replace").splitlines()[-15:]
        raise RuntimeError(f"mmdebstrap could not make {recipe.suite}:\n" + "\n".join(tail))
    unfinished.rename(folder)


if __name__ == "__main__":
    import sys

    for name in sys.argv[1:] or RECIPES:
        print(root(name))
