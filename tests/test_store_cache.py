"""A file is used only under its verified hash; what is damaged is set aside."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from localmatte import store
from localmatte.errors import ModelError, ModelMissingError, OfflineError
from localmatte.models.spec import PackageSource, Registry
from localmatte.store import cache
from tests.servers import files, specs

DATA = specs.content(3_000_000, seed=4)
PART = 1_000_000
PACKAGE = PackageSource(Registry.PYPI, "localmatte-nothing", "1", 1000, "folder")


@pytest.fixture(autouse=True)
def nobody(empty_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No caches of other programs."""
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    for name in ("U2NET_HOME", "XDG_DATA_HOME", "HF_HOME", "HF_HUB_CACHE"):
        monkeypatch.delenv(name, raising=False)


def place(data: bytes, name: str) -> Path:
    """Write a file of the model folder as a damaged disk or an older process left it."""
    path = cache.path_of(specs.spec(DATA).file).parent / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def flipped(data: bytes, position: int) -> bytes:
    """The data with one bit turned."""
    return data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]


def test_a_model_that_is_not_here_is_missing_with_the_command_that_fetches_it() -> None:
    spec = specs.spec(DATA, "https://models.example.invalid/")
    assert not store.present(spec)
    with pytest.raises(ModelMissingError) as caught:
        store.verified(spec)
    assert "localmatte models pull sample" in caught.value.hint


@pytest.mark.parametrize("damaged", [flipped(DATA, 17), DATA[:-1], b""])
def test_a_damaged_file_is_set_aside_and_never_given_out(damaged: bytes) -> None:
    spec = specs.spec(DATA)
    path = place(damaged, f"{spec.file.sha256}.onnx")
    with pytest.raises(ModelError, match="was damaged and was moved to"):
        store.verified(spec)
    assert not path.exists()
    (aside,) = (path.parent / "damaged").iterdir()
    assert aside.read_bytes() == damaged


def test_a_damaged_file_is_set_aside_and_fetched_again_by_pull() -> None:
    with files.serving({"/sample.onnx": DATA}) as server:
        spec = specs.spec(DATA, f"{server.address}/sample.onnx")
        path = place(flipped(DATA, 17), f"{spec.file.sha256}.onnx")
        assert store.pull(spec) == path
    assert store.verified(spec).read_bytes() == DATA
    assert len(list((path.parent / "damaged").iterdir())) == 1


def test_a_file_that_is_here_is_not_fetched_again() -> None:
    with files.serving({"/sample.onnx": DATA}) as server:
        spec = specs.spec(DATA, f"{server.address}/sample.onnx")
        assert store.pull(spec) == store.pull(spec)
        assert len(server.requests) == 1


def test_verify_all_tells_the_damaged_from_the_whole_and_skips_the_missing() -> None:
    other = specs.content(1000, seed=5)
    whole, damaged, missing = specs.spec(DATA), specs.spec(other), specs.spec(b"not here")
    place(DATA, f"{whole.file.sha256}.onnx")
    place(flipped(other, 3), f"{damaged.file.sha256}.onnx")
    report = list(store.verify_all([whole, damaged, missing]))
    assert [(spec, problem is None) for spec, problem in report] == [
        (whole, True),
        (damaged, False),
    ]


def test_remove_deletes_the_file_and_the_rest_of_a_download() -> None:
    spec = specs.spec(DATA)
    kept = place(DATA, f"{spec.file.sha256}.onnx")
    begun = place(DATA[:10], f"{spec.file.sha256}.part")
    assert store.remove(spec)
    assert not kept.exists()
    assert not begun.exists()
    assert not store.remove(spec)


# What an earlier try left


@pytest.mark.parametrize(
    ("left", "resumed_at"),
    [
        (DATA[: 2 * PART + 1000], 2 * PART + 1000),
        (flipped(DATA[: 2 * PART + 1000], PART + 5), PART),
        (flipped(DATA[: PART + 1000], 5), 0),
        (DATA + b"more", None),
    ],
)
def test_an_unfinished_file_is_kept_as_far_as_its_hashes_agree(
    left: bytes, resumed_at: int | None
) -> None:
    lying = specs.parts(DATA, PART)
    with files.serving(lying) as server:
        spec = specs.spec(DATA, server.address, part_bytes=PART)
        place(left, f"{spec.file.sha256}.part")
        assert store.pull(spec).read_bytes() == DATA
        fetched = 0 if resumed_at is None else len(DATA) - resumed_at
        assert server.sent == fetched


def test_parts_that_are_right_but_make_another_file_are_refused() -> None:
    swapped = specs.spec(DATA[PART : 2 * PART] + DATA[:PART] + DATA[2 * PART :], part_bytes=PART)
    with files.serving(specs.parts(DATA, PART)) as server:
        listed = specs.spec(DATA, server.address, part_bytes=PART)
        mixed = replace(listed, file=replace(listed.file, parts=swapped.file.parts))
        with pytest.raises(ModelError, match="parts do not add up to the published file"):
            store.pull(mixed)
    assert not store.present(listed)


# The caches of other programs


@pytest.mark.parametrize(
    ("variable", "place_in"),
    [
        (None, "nobody/.u2net/any-name.onnx"),
        (None, "nobody/.rembg/models/u2netp/u2netp.onnx"),
        ("XDG_DATA_HOME", "rembg/models/u2netp/u2netp.onnx"),
        (None, "nobody/.cache/huggingface/hub/models--a--b/blobs/0123"),
        ("U2NET_HOME", "models.onnx"),
        ("HF_HOME", "hub/models--a--b/blobs/0123"),
        ("HF_HUB_CACHE", "models--a--b/blobs/0123"),
    ],
)
def test_a_file_of_another_program_is_recognised_by_its_hash(
    variable: str | None, place_in: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = tmp_path
    if variable:
        base = tmp_path / "elsewhere"
        monkeypatch.setenv(variable, str(base))
    found = base / place_in
    found.parent.mkdir(parents=True, exist_ok=True)
    found.write_bytes(DATA)
    path = store.pull(specs.spec(DATA))
    assert path.read_bytes() == DATA
    assert found.read_bytes() == DATA


def test_a_file_of_the_right_size_with_other_bytes_is_passed_over(tmp_path: Path) -> None:
    beside = tmp_path / "nobody" / ".u2net"
    beside.mkdir(parents=True)
    (beside / "sample.onnx").write_bytes(flipped(DATA, 100))
    with files.serving({"/sample.onnx": DATA}) as server:
        spec = specs.spec(DATA, f"{server.address}/sample.onnx")
        place(DATA[:1000], f"{spec.file.sha256}.part")
        assert store.pull(spec).read_bytes() == DATA
        # What was there of the file already is not lost to the wrong one.
        assert server.requests[0].start == 1000


@pytest.mark.parametrize("trap", ["a loop of links", "a folder"])
def test_what_cannot_be_read_in_another_cache_is_passed_over(trap: str, tmp_path: Path) -> None:
    beside = tmp_path / "nobody" / ".u2net"
    beside.mkdir(parents=True)
    path = beside / "sample.onnx"
    path.symlink_to(path) if trap == "a loop of links" else path.mkdir()
    with files.serving({"/sample.onnx": DATA}) as server:
        spec = specs.spec(DATA, f"{server.address}/sample.onnx")
        assert store.pull(spec).read_bytes() == DATA


# Offline


@pytest.mark.parametrize("value", ["1", "yes"])
def test_offline_makes_no_call_of_any_kind(
    value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCALMATTE_OFFLINE", value)
    monkeypatch.setattr("subprocess.Popen", _must_not_start)
    with files.serving({"/sample.onnx": DATA}) as server:
        monkeypatch.setenv("LOCALMATTE_MIRROR", server.address)
        spec = specs.spec(DATA, f"{server.address}/sample.onnx", packages=(PACKAGE,))
        with pytest.raises(OfflineError, match="LOCALMATTE_OFFLINE forbids"):
            store.pull(spec)
        assert server.requests == []


def test_offline_still_takes_what_lies_on_this_computer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCALMATTE_OFFLINE", "1")
    beside = tmp_path / "nobody" / ".u2net"
    beside.mkdir(parents=True)
    (beside / "sample.onnx").write_bytes(DATA)
    assert store.pull(specs.spec(DATA)).read_bytes() == DATA


def _must_not_start(*command: object, **options: object) -> None:
    raise AssertionError(f"{command} was started")
