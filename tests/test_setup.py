"""The set-up from inside an editor: from a plug-in's zip alone, without a Python, to a matte."""

from __future__ import annotations

import runpy
import shutil
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from localmatte_bridge import BridgeError, Progress, Result
from tests import weights
from tests.installer import CHECKOUT
from tests.servers import files, packages
from tests.setups import ZipAccount, processes_of
from tests.workers import until

UV = "/files/uv-"
SIZE = 32
PIXELS = bytes(SIZE * SIZE * 3)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the certificate that a company gives to its own."""
    return tmp_path_factory.mktemp("network")


@pytest.fixture(scope="module")
def index(network: Path) -> Iterator[files.Server]:
    """A network with the wheels and a Python, and nothing else."""
    with packages.serving(network) as server:
        yield server


@pytest.fixture
def account(tmp_path: Path, network: Path, index: files.Server) -> ZipAccount:
    index.behaviour = packages.as_an_index
    index.requests.clear()
    return with_the_model(ZipAccount(tmp_path, packages.variables(index, network)))


def with_the_model(account: ZipAccount) -> ZipAccount:
    weights.place("u2netp", account.data)
    return account


def asked(server: files.Server, beginning: str) -> list[files.Request]:
    return [request for request in server.requests if request.path.startswith(beginning)]


@dataclass
class Chain:
    """One set-up in three tries.

    Attributes:
        account: Whose.
        cancelled: What was requested until the user cancelled.
        killed: The same from then on until the editor was killed.
        finished: The same of the last try.
        told: Its progress.
    """

    account: ZipAccount
    cancelled: list[files.Request]
    killed: list[files.Request]
    finished: list[files.Request]
    told: list[Progress]


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory, network: Path, index: files.Server) -> Chain:
    folder = tmp_path_factory.mktemp("set-up")
    account = with_the_model(ZipAccount(folder, packages.variables(index, network)))
    cancelled = _cancelled_in_a_download(account, index)
    killed = _killed_while_packages_come(account, index)
    told = account.run()
    return Chain(account, cancelled, killed, _taken(index), told)


def _taken(index: files.Server) -> list[files.Request]:
    requests = list(index.requests)
    index.requests.clear()
    return requests


def _cancelled_in_a_download(account: ZipAccount, index: files.Server) -> list[files.Request]:
    """Cancel while uv's wheel comes, of which the server sends one mebibyte at a time."""
    index.behaviour = _uv_in_pieces
    task = account.set_up()

    def cancel_soon(progress: Progress) -> None:
        if progress.fraction > 0.05:
            task.cancel()

    with pytest.raises(BridgeError) as caught:
        task.run(cancel_soon)
    assert caught.value.code == "cancelled"
    index.behaviour = packages.as_an_index
    return _taken(index)


def _uv_in_pieces(handler: files.Handler, content: bytes, start: int) -> None:
    if UV in handler.path:
        return files.drops_each_mebibyte(handler, content, start)
    return packages.as_an_index(handler, content, start)


def _killed_while_packages_come(account: ZipAccount, index: files.Server) -> list[files.Request]:
    """Kill the editor as soon as the largest package was asked for, which never comes."""
    stuck, on = threading.Event(), threading.Event()

    def behave(handler: files.Handler, content: bytes, start: int) -> None:
        if "/files/onnxruntime-" in handler.path:
            stuck.set()
            on.wait(60)
        packages.as_an_index(handler, content, start)

    index.behaviour = behave
    editor = account.start()
    assert stuck.wait(60)
    editor.kill()
    editor.communicate()
    # The installer and its pip notice that nobody waits for them any more.
    until(lambda: not processes_of(account.data))
    on.set()
    index.behaviour = packages.as_an_index
    return _taken(index)


def test_a_download_goes_on_where_a_cancel_stopped_it(chain: Chain) -> None:
    whole = max(packages.wheels().glob("uv-*"), key=lambda path: path.stat().st_size).stat()
    [resumed] = [request for request in chain.killed if UV in request.path]
    assert 0 < resumed.start < whole.st_size


def test_what_a_killed_editor_had_downloaded_is_used(chain: Chain) -> None:
    names = {request.path for request in chain.killed}
    again = {request.path for request in chain.finished} & names
    assert any("/files/numpy-" in name for name in names)
    assert {name for name in again if "/simple/" not in name and "onnxruntime" not in name} == set()


def test_without_a_python_uv_brings_one_into_localmattes_folder(chain: Chain) -> None:
    assert any(request.path == packages.ARCHIVE for request in chain.killed)
    base = Path((chain.account.data / "environment/pyvenv.cfg").read_text().split("\n")[0][7:])
    assert base.is_relative_to(chain.account.data / "python")
    # What was only needed meanwhile is gone, and nothing lies anywhere else.
    assert not (chain.account.data / "setup").exists()
    home = chain.account.home
    engines_cache = home / ".cache/localmatte"
    outside = {
        path
        for path in home.rglob("*")
        if path.is_file() and not path.is_relative_to(chain.account.data)
    }
    assert all(path.parent == engines_cache for path in outside), outside


def test_progress_only_grows_and_says_what_comes(chain: Chain) -> None:
    fractions = [progress.fraction for progress in chain.told]
    assert fractions == sorted(fractions)
    assert 0.9 < fractions[-1] <= 1
    assert any("onnxruntime, 27." in progress.stage for progress in chain.told)


def test_the_engine_that_was_set_up_makes_a_matte(chain: Chain) -> None:
    assert chain.account.engine().version == "0.1.0"
    with chain.account.connected() as client:
        *_, last = client.matte([PIXELS], SIZE, SIZE, "rgb8", provider="cpu")
    assert isinstance(last, Result)
    assert len(last.payload) == SIZE * SIZE


def test_a_damaged_engine_is_noticed_and_made_again(chain: Chain, index: files.Server) -> None:
    [numpy] = (chain.account.data / "environment").glob("lib/python3*/site-packages/numpy")
    shutil.rmtree(numpy)
    task, told = chain.account.set_up(), list[str]()

    def cancel_soon(progress: Progress) -> None:
        told.append(progress.stage)
        if progress.stage == "Downloading the engine":
            task.cancel()

    with pytest.raises(BridgeError, match="Cancelled"):
        task.run(cancel_soon)
    # The Python that uv had brought is used again.
    assert told[:2] == ["Looking for Python", "Preparing the engine's folder"]
    assert asked(index, UV) == asked(index, packages.ARCHIVE) == []


def test_the_offer_says_what_from_where_and_where_to(account: ZipAccount) -> None:
    offer = account.offer()
    assert offer is not None
    assert offer.message == "localmatte's engine is not installed."
    assert "about 115 MB from 127.0.0.1, github.com" in offer.details
    assert "includes Python" in offer.details
    assert str(account.data) in offer.details


def test_nothing_is_requested_before_the_user_agrees(
    account: ZipAccount, index: files.Server
) -> None:
    account.offer()
    account.set_up()
    assert index.requests == []


def test_an_engine_that_is_half_made_or_too_old_is_offered_anew(account: ZipAccount) -> None:
    environment = account.data / "environment"
    python = environment / "bin/python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    (environment / "localmatte.json").write_text('{"version": "0.0.9"}')
    offer = account.offer()
    assert offer is not None
    assert offer.message == "localmatte's engine is older than this plug-in."
    (environment / "localmatte.json").write_text('{"version": "99.0"}')
    assert account.engine().version == "99.0"
    (environment / "localmatte.unfinished").touch()
    offer = account.offer()
    assert offer is not None
    assert offer.message == "localmatte's engine is not completely installed."


def test_a_plug_in_that_the_installer_placed_offers_nothing(account: ZipAccount) -> None:
    with pytest.raises(BridgeError, match=r"Run Remove Background to set it up\.$"):
        account.engine()
    (account.plugin / "engine.zip").unlink()
    assert account.offer() is None
    with pytest.raises(BridgeError, match="python3 install"):
        account.engine()


def test_offline_makes_no_request(account: ZipAccount, index: files.Server) -> None:
    account.variables["LOCALMATTE_OFFLINE"] = "1"
    assert account.refused().code == "offline"
    assert index.requests == []


def test_a_certificate_that_nobody_knows_is_named(account: ZipAccount) -> None:
    del account.variables["PIP_CERT"], account.variables["SSL_CERT_FILE"]
    error = account.refused()
    assert error.message == "The package index's certificate is not trusted."
    assert "PIP_CERT" in error.hint


def test_without_a_network_it_says_so(account: ZipAccount) -> None:
    account.variables["PIP_INDEX_URL"] = "http://127.0.0.1:9/simple"
    error = account.refused()
    assert error.code == "network"
    assert str(error).startswith("Cannot download from 127.0.0.1. Check the network connection")


def test_a_uv_with_another_byte_is_not_run(account: ZipAccount, index: files.Server) -> None:
    def damaged(handler: files.Handler, content: bytes, start: int) -> None:
        behave = files.wrong_bytes if UV in handler.path else packages.as_an_index
        behave(handler, content, start)

    index.behaviour = damaged
    error = account.refused()
    assert error.code == "download"
    assert "is not the one that localmatte expects" in error.message
    assert not list((account.data / "setup").glob("*uv*"))


def test_a_package_with_another_byte_is_not_installed(
    account: ZipAccount, index: files.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(handler: files.Handler, content: bytes, start: int) -> None:
        behave = files.wrong_bytes if "/files/pathspec" in handler.path else packages.as_an_index
        behave(handler, content, start)

    index.behaviour = damaged
    link = Path(account.environment["PATH"]) / "python3"
    link.symlink_to(Path(sys._base_executable).resolve())  # type: ignore[attr-defined]
    error = account.refused()
    assert (error.code, "is not the one that localmatte expects" in error.message) == (
        "set-up",
        True,
    )
    # A Python that was there was taken, and none fetched.
    assert asked(index, UV) == []
    offer = account.offer()
    assert offer is not None
    assert offer.message == "localmatte's engine is not completely installed."


def test_the_installer_gets_a_python_where_its_own_is_too_old(
    account: ZipAccount, index: files.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in account.environment.items():
        monkeypatch.setenv(name, value)
    for name in ("LOCALMATTE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    started = runpy.run_path(str(CHECKOUT / "install" / "__main__.py"))
    old = SimpleNamespace(
        version_info=(3, 8, 10), stderr=sys.stderr, argv=["install", "gone.jpg"], path=[]
    )
    monkeypatch.setitem(started["main"].__globals__, "sys", old)
    # 2: the installer ran, which says that there is no such photo.
    assert started["main"]() == 2
    assert asked(index, packages.ARCHIVE)
    assert {path.name for path in account.data.iterdir()} == {"models", "python", "setup.lock"}


def test_two_windows_do_not_set_up_at_once(account: ZipAccount, index: files.Server) -> None:
    others: list[str] = []

    def look(handler: files.Handler, content: bytes, start: int) -> None:
        others.append(account.refused().code)
        handler.send_error(404)

    index.behaviour = look
    assert account.refused().code == "network"
    assert others == ["busy"]
