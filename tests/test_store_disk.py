"""A disk that is full, or becomes full, costs a sentence and nothing else."""

from __future__ import annotations

import errno
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from localmatte import store
from localmatte.errors import StorageError
from localmatte.store.part import SPARE_BYTES
from localmatte_bridge import BridgeError, Client, Installation
from tests import weights
from tests.commands import localmatte, sentence
from tests.servers import files, specs

DATA = specs.content(16 << 20, seed=3)


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A LOCALMATTE_HOME on a file system of its own that holds DATA and little more."""
    home = tmp_path / "disk"
    home.mkdir()
    size = len(DATA) + SPARE_BYTES + (4 << 20)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", home], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("only root may mount a small disk")
    monkeypatch.setenv("LOCALMATTE_HOME", str(home))
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    yield home
    subprocess.run(["umount", home], check=True)


def debris(home: Path) -> list[Path]:
    """What lies in the model folder beside locks."""
    return [path for path in (home / "models").iterdir() if path.suffix != ".lock"]


def test_a_file_that_does_not_fit_is_not_even_begun(small_disk: Path) -> None:
    (small_disk / "other").write_bytes(bytes(8 << 20))
    with files.serving({"/sample.onnx": DATA}) as server:
        with pytest.raises(StorageError, match=r"needs \d+ MB in .*, but only \d+ MB are free"):
            store.pull(specs.spec(DATA, f"{server.address}/sample.onnx"))
        assert server.requests == []
    assert debris(small_disk) == []


def test_a_disk_that_fills_up_amid_a_download_gets_its_room_back(small_disk: Path) -> None:
    def behave(handler: files.Handler, content: bytes, start: int) -> None:
        handler.ranged_head(content, start)
        handler.body(content[: 4 << 20])
        _fill(small_disk / "other")
        handler.body(content[4 << 20 :])

    with (
        files.serving({"/sample.onnx": DATA}, behave) as server,
        pytest.raises(StorageError, match="is full") as caught,
    ):
        store.pull(specs.spec(DATA, f"{server.address}/sample.onnx"))
    assert "LOCALMATTE_HOME" in caught.value.hint
    assert debris(small_disk) == []


def test_a_disk_that_is_full_at_the_first_or_the_last_write_is_a_sentence(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: object, **named: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with files.serving({"/sample.onnx": DATA}) as server:
        spec = specs.spec(DATA, f"{server.address}/sample.onnx")
        for what in ("pathlib.Path.open", "os.fsync", "localmatte.store.cache.publish"):
            with monkeypatch.context() as patched:
                patched.setattr(what, full)
                with pytest.raises(StorageError, match="is full"):
                    store.pull(spec)
            assert debris(small_disk) == []


def test_a_disk_that_cannot_be_written_serves_what_is_on_it_and_says_the_rest(
    small_disk: Path, photos: dict[str, Path], tmp_path: Path
) -> None:
    weights.place("u2netp", small_disk)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    result = tmp_path / "mask.png"
    done = localmatte("cut", photos["chelsea"], "--mask", "-o", result)
    assert (done.returncode, done.stderr) == (0, b"")
    assert result.exists()
    refused = localmatte("models", "pull", "isnet-fp16", LOCALMATTE_OFFLINE="1")
    assert refused.returncode == 1
    assert "Read-only file system" in sentence(refused)
    place = Installation(sys.executable, str(small_disk / "run"), str(small_disk))
    with pytest.raises(BridgeError, match="Read-only file system") as caught:
        Client.connect(place)
    assert caught.value.code == "storage"


def _fill(path: Path) -> None:
    """Write until nothing more fits."""
    with path.open("wb", buffering=0) as stream:
        try:
            while True:
                stream.write(bytes(1 << 20))
        except OSError:
            return


def test_a_folder_that_is_a_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "models").write_text("not a folder")
    monkeypatch.setenv("LOCALMATTE_HOME", str(tmp_path))
    with pytest.raises(StorageError, match="Cannot use the folder"):
        store.pull(specs.spec(DATA))
