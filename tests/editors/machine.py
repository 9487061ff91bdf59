"""Machines that carry real editors: a root file system, or this machine itself.

`RootFs` keeps one set of namespaces open (mounts, processes), so that an X server, an editor
and the tool that presses its keys can meet in one place although each is started by a call
of its own. The root file system is mounted read-only: what a test writes lies in its
workspace, which is mounted at the same path inside.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Protocol

from tests.editors import rootfs

# A network namespace of its own has no interface but a loopback that is down.
NO_NETWORK = ("unshare", "--net")

# nsenter only waits for what it started: whoever kills it means that.
WITH_ITS_PARENT = ("setpriv", "--pdeathsig", "KILL")

# The package clients inside work as they do outside: same names, certificates and settings.
NETWORK_FILES = (
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/ssl/certs",
    "/etc/pip.conf",
    "/etc/xdg/pip",
)
NETWORK_VARIABLES = ("PIP_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy")


class Machine(Protocol):
    """Somewhere to run an editor."""

    def popen(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        *,
        network: bool = False,
        cwd: Path | None = None,
        stdout: int | IO[bytes] | None = None,
        stderr: int | IO[bytes] | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start a command with exactly the environment `env` (PATH is added)."""
        ...

    def close(self) -> None:
        """End everything that was started."""
        ...


def run(
    machine: Machine,
    command: Sequence[str],
    env: Mapping[str, str],
    *,
    timeout: float = 300,
    network: bool = False,
    cwd: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end on a machine; stdout and stderr come back as text."""
    process = machine.popen(
        command, env, network=network, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        err += f"\n[killed after {timeout} s]".encode()
    return subprocess.CompletedProcess(
        list(command),
        process.returncode,
        out.decode(errors="replace"),
        err.decode(errors="replace"),
    )


def network_environment() -> dict[str, str]:
    """The variables that a package client needs to reach its registry here."""
    return {k: v for k, v in os.environ.items() if k.startswith(NETWORK_VARIABLES)}


class RootFs:
    """A Debian root file system in namespaces of its own.

    Args:
        suite: A key of rootfs.RECIPES.
        shared: Folders that are visible inside at their own paths, writable.
        read_only: Folders that are visible inside at their own paths, not writable.
    """

    def __init__(
        self, suite: str, shared: Sequence[Path] = (), read_only: Sequence[Path] = ()
    ) -> None:
        self.suite = suite
        self.recipe = rootfs.RECIPES[suite]
        self.root = rootfs.root(suite)
        script = "\n".join(self._mounts(shared, read_only))
        self._init = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._init.stdout is not None
        if self._init.stdout.readline() != b"ready\n":
            raise RuntimeError(f"the root file system of {suite} could not be mounted")
        self._pid = self._inner_pid()

    def popen(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        *,
        network: bool = False,
        cwd: Path | None = None,
        stdout: int | IO[bytes] | None = None,
        stderr: int | IO[bytes] | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start a command inside; without `network` it has no interface at all."""
        environment = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", **env}
        inside = ["env", "-i", *(f"{k}={v}" for k, v in environment.items()), *command]
        if cwd is not None:
            inside = ["sh", "-c", f"cd {shlex.quote(str(cwd))} && exec {shlex.join(inside)}"]
        enter = ["nsenter", f"--target={self._pid}", "--mount", "--pid", *WITH_ITS_PARENT]
        unshare = [] if network else list(NO_NETWORK)
        full = [*enter, *unshare, "chroot", str(self.root), *inside]
        return subprocess.Popen(full, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr)

    def close(self) -> None:
        """Kill every process inside; the mounts go with their namespace."""
        self._init.kill()
        self._init.wait()

    def _mounts(self, shared: Sequence[Path], read_only: Sequence[Path]) -> list[str]:
        root = shlex.quote(str(self.root))
        lines = [
            "mount --make-rprivate /",
            f"mount --bind {root} {root}",
            *(f"mount -t tmpfs tmpfs {root}/{folder}" for folder in ("tmp", "run", "var/tmp")),
            f"mkdir -m 1777 {root}/tmp/.X11-unix",
            *(self._bind(Path(path)) for path in NETWORK_FILES if Path(path).exists()),
            *(self._bind(path) for path in [*shared, *read_only]),
            f"mount -t proc proc {root}/proc",
            f"mount --rbind /dev {root}/dev",
            f"mount --rbind /sys {root}/sys",
        ]
        lines += [f"mount -o remount,bind,ro {self._inside(path)}" for path in read_only]
        lines += [f"mount -o remount,bind,ro {root}", "echo ready"]
        # It ends, and all inside with it, when whoever holds the other end of its input does,
        # killed or not.
        lines.append("exec cat")
        return lines

    def _inside(self, path: Path) -> str:
        return shlex.quote(f"{self.root}{path}")

    def _bind(self, path: Path) -> str:
        inside = self._inside(path)
        make = f"mkdir -p {inside}" if path.is_dir() else f"touch {inside}"
        return (
            f"mkdir -p $(dirname {inside}); {make}; mount --bind {shlex.quote(str(path))} {inside}"
        )

    def _inner_pid(self) -> int:
        children = Path(f"/proc/{self._init.pid}/task/{self._init.pid}/children")
        return int(children.read_text().split()[0])


class Host:
    """This machine, with the editors that are installed on it."""

    def popen(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        *,
        network: bool = False,
        cwd: Path | None = None,
        stdout: int | IO[bytes] | None = None,
        stderr: int | IO[bytes] | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start a command; without `network` it has no interface where unshare can do that."""
        rootless = ["unshare", "--net", "--map-current-user"]
        isolate = [] if network or not self.can_isolate() else rootless
        return subprocess.Popen(
            [*isolate, *command],
            env={"PATH": os.environ["PATH"], **env},
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
        )

    def close(self) -> None:
        """Nothing is kept open."""

    @staticmethod
    def can_isolate() -> bool:
        """Whether this machine lets its user cut a process off the network."""
        if not shutil.which("unshare"):
            return False
        probe: Any = subprocess.run(
            ["unshare", "--net", "--map-current-user", "true"], capture_output=True
        )
        return bool(probe.returncode == 0)
