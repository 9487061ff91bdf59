"""What goes wrong around a worker ends in a sentence, and the next request succeeds."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from multiprocessing import Pipe
from multiprocessing.connection import Client as Socket
from multiprocessing.connection import Listener
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from localmatte import library
from localmatte.onnx.optimise import Light
from localmatte.providers import CPU
from localmatte.system import error_log
from localmatte.worker import server
from localmatte.worker.conversation import Conversation
from localmatte.worker.service import Service
from localmatte_bridge import BridgeError, Client, Installation, Progress, client, wire
from tests import weights
from tests.commands import localmatte as command
from tests.workers import (
    alive,
    cpu_seconds_during,
    matte,
    pid_of,
    reserved,
    rgba,
    until,
)

SIDE = 6000
"""Of a picture that is too large for a worker with little memory, in pixels."""


# Memory and handles


def test_pixels_that_find_no_memory_are_a_sentence_and_the_conversation_goes_on(
    place: Installation, photos: dict[str, Path]
) -> None:
    with Client.connect(place) as asked:
        matte(asked, photos["chelsea"])
        pid = pid_of(asked)
        little = reserved(pid) + (64 << 20)
        resource.prlimit(pid, resource.RLIMIT_AS, (little, resource.RLIM_INFINITY))
        strips = (bytes(SIDE * 4) for _row in range(SIDE))
        with pytest.raises(BridgeError) as caught:
            list(asked.matte(strips, SIDE, SIDE, "rgba8"))
        assert caught.value.code == "memory"
        assert "not enough memory" in caught.value.message
        assert matte(asked, photos["chelsea"])[1].payload
        assert pid_of(asked) == pid


def test_a_model_that_finds_no_memory_is_a_sentence_and_the_next_request_succeeds(
    place: Installation, home: Path, photos: dict[str, Path]
) -> None:
    weights.place("isnet-quint8", home)
    with Client.connect(place) as asked:
        matte(asked, photos["chelsea"])
        pid = pid_of(asked)
        before = reserved(pid)
        for room in (4, 16, 40):
            little = before + (room << 20)
            resource.prlimit(pid, resource.RLIMIT_AS, (little, resource.RLIM_INFINITY))
            with pytest.raises(BridgeError, match="not enough memory"):
                matte(asked, photos["chelsea"], model="isnet-quint8")
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(pid, resource.RLIMIT_AS, unlimited)
        assert matte(asked, photos["chelsea"], model="isnet-quint8")[1].payload
        assert pid_of(asked) == pid


def test_a_model_that_finds_no_handle_is_a_sentence_and_the_next_request_succeeds(
    place: Installation, photos: dict[str, Path]
) -> None:
    with Client.connect(place) as asked:
        matte(asked, photos["chelsea"])
        pid = pid_of(asked)
        # The first three are always open, and no number above them is given out any more.
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, 4096))
        with pytest.raises(BridgeError, match="Too many files are open"):
            matte(asked, photos["chelsea"], provider="cpu")
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (1024, 4096))
        assert matte(asked, photos["chelsea"], provider="cpu")[1].payload


def test_two_editors_and_a_batch_at_once_get_the_mattes_that_each_gets_alone(
    place: Installation, photos: dict[str, Path], tmp_path: Path
) -> None:
    names = ("chelsea", "astronaut")
    with Client.connect(place) as asked:
        alone = {name: matte(asked, photos[name])[1].payload for name in names}
    found: list[bool] = []

    def edit(name: str) -> None:
        with Client.connect(place) as asked:
            for _click in range(3):
                found.append(matte(asked, photos[name])[1].payload == alone[name])

    editors = [threading.Thread(target=edit, args=(name,)) for name in names]
    for editor in editors:
        editor.start()
    done = command("cut", *(photos[name] for name in names), "--mask", "-o", tmp_path)
    for editor in editors:
        editor.join()
    assert done.returncode == 0, done.stderr
    assert found == [True] * 6
    for name in names:
        (mask,) = tmp_path.glob(f"{name}*")
        assert Image.open(mask).tobytes() == bytes(alone[name])


def test_a_home_whose_path_no_socket_could_have_serves_all_the_same(
    tmp_path: Path, photos: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / ("d" * 120) / ("é" * 60)
    monkeypatch.setenv("LOCALMATTE_HOME", str(home))
    weights.place("u2netp", home)
    place = Installation(sys.executable, str(home / "run"), str(home))
    with Client.connect(place) as asked:
        assert matte(asked, photos["chelsea"])[1].payload
        assert len(os.fsencode(place.address)) < 108
        assert Path(place.address).parent.stat().st_mode & 0o077 == 0
        asked.ask("stop")
    until(lambda: not Path(place.address).exists())


def test_a_worker_without_handles_waits_instead_of_spinning(place: Installation) -> None:
    with Client.connect(place) as asked:
        pid = pid_of(asked)
        until(lambda: cpu_seconds_during(pid, 0.3) == 0)
        # The first three are always open, and no number above them is given out any more.
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, 4096))
        waiting = [Socket(place.address, place.family) for _ in range(3)]
        assert cpu_seconds_during(pid, 2) < 0.5
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (1024, 4096))
        with Client.connect(place) as another:
            assert pid_of(another) == pid
        for connection in waiting:
            connection.close()


# Errors that nobody expected


class Talk:
    """One conversation in this process, asked by hand."""

    def __init__(self) -> None:
        self.here, there = Pipe()
        talk = Conversation(there, Service(lambda: None))
        self.thread = threading.Thread(target=talk.hold, daemon=True)
        self.thread.start()

    def ask(self, **header: Any) -> dict[str, Any]:
        wire.send(self.here, header)
        assert self.here.poll(10), "no answer"
        return wire.receive_header(self.here)


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), ZeroDivisionError("by zero")])
def test_an_error_in_a_handler_is_a_sentence_and_not_a_client_that_left(
    home: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fails(spec: object) -> None:
        raise error

    monkeypatch.setattr(library, "remove", fails)
    talk = Talk()
    answer = talk.ask(kind="remove", model="u2netp")
    assert (answer["kind"], answer["code"]) == ("error", "internal")
    assert "doctor --report" in answer["hint"]
    assert talk.ask(kind="status")["kind"] == "status"


def test_the_log_says_where_and_nothing_of_the_users(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = str(home / "My Holiday.png")

    def fails(spec: object) -> None:
        try:
            Path(secret).read_bytes()
        except OSError as error:
            raise ValueError(f"cannot use {secret}") from error

    monkeypatch.setattr(library, "remove", fails)
    Talk().ask(kind="remove", model="u2netp")
    written = error_log.text()
    assert "builtins.ValueError" in written
    assert "builtins.FileNotFoundError ENOENT" in written
    assert "localmatte.worker.conversation:" in written
    for word in ("Holiday", str(home), os.sep + "home", Path.home().name + os.sep):
        assert word not in written
    assert error_log.path().stat().st_mode & 0o077 == 0


def test_the_log_stays_small(home: Path) -> None:
    error = ValueError("x")
    for _ in range(3000):
        error_log.record(error)
    sizes = [path.stat().st_size for path in error_log.path().parent.iterdir()]
    assert len(sizes) == 2
    assert sum(sizes) < 3 * error_log.LARGEST_BYTES


def test_a_log_that_cannot_be_written_costs_nothing(home: Path) -> None:
    (home / "logs").write_text("a file in the folder's place")
    error_log.record(ValueError("x"))
    assert error_log.text() == ""


# A worker that stands still


def test_a_stopped_worker_can_be_cancelled_and_ended(
    place: Installation, photos: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Client.connect(place) as asked:
        matte(asked, photos["chelsea"])
        pid = pid_of(asked)
        os.kill(pid, signal.SIGSTOP)
        threading.Timer(0.5, asked.cancel).start()
        strips = (bytes(SIDE * 4) for _row in range(SIDE))
        before = time.monotonic()
        with pytest.raises(BridgeError) as caught:
            list(asked.matte(strips, SIDE, SIDE, "rgba8"))
        assert caught.value.code == "cancelled"
        assert time.monotonic() - before < 5
    queue = [socket.socket(socket.AF_UNIX) for _ in range(2 * server.BACKLOG)]
    for end in queue:
        end.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            end.connect(place.address)
    # Its queue is full: not even a connection comes about.
    with monkeypatch.context() as patched:
        patched.setattr(client, "ANSWER_SECONDS", 0.5)
        with pytest.raises(BridgeError) as caught:
            Client.connect(place)
    assert caught.value.code == "engine-silent"
    assert "localmatte stop" in caught.value.hint
    for end in queue:
        end.close()
    assert command("stop").returncode == 0
    until(lambda: not alive(pid))
    with Client.connect(place) as asked:
        assert pid_of(asked) != pid


def test_a_cancel_amid_the_pixels_leaves_the_connection_good(
    place: Installation, photos: dict[str, Path]
) -> None:
    with Client.connect(place) as asked:
        for _again in range(3):

            def strips() -> Iterator[bytes]:
                yield bytes(4 * 1000)
                asked.cancel()
                yield from (bytes(4 * 1000) for _row in range(999))

            with pytest.raises(BridgeError) as caught:
                list(asked.matte(strips(), 1000, 1000, "rgba8"))
            assert caught.value.code == "cancelled"
            assert matte(asked, photos["chelsea"])[1].payload


def test_a_cancel_while_a_network_is_loaded_is_answered_at_once(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loading, go_on = threading.Event(), threading.Event()
    load = CPU.session

    def slowly(model: Light) -> Any:
        loading.set()
        assert go_on.wait(30)
        return load(model)

    monkeypatch.setattr(CPU, "session", slowly)
    talk = Talk()
    request = {"kind": "matte", "width": 8, "height": 8, "layout": "rgb8", "provider": "cpu"}
    wire.send(talk.here, {**request, "bytes": 8 * 8 * 3}, [bytes(8 * 8 * 3)])
    assert loading.wait(30)
    answer = talk.ask(kind="cancel")
    while answer["kind"] == "progress":
        answer = wire.receive_header(talk.here)
    assert (answer["kind"], answer["code"]) == ("error", "cancelled")
    assert talk.ask(kind="status")["loaded"] == []
    go_on.set()
    until(lambda: talk.ask(kind="status")["loaded"] == ["u2netp"])


def test_a_cancel_of_a_request_that_is_done_does_not_reach_the_next(
    place: Installation, photos: dict[str, Path]
) -> None:
    with Client.connect(place) as asked:
        pixels, width, height = rgba(photos["chelsea"])
        for event in asked.matte([pixels], width, height, "rgba8"):
            if event == Progress(1.0, "Done"):
                asked.cancel()
        assert matte(asked, photos["chelsea"])[1].payload


# Many


def test_a_list_of_a_thousand_models_arrives(place: Installation, home: Path) -> None:
    row = (
        'name = "m.onnx"\nbytes = 9\ngood_at = "cats"\ninput_size = 64\n'
        'normalisation = "imagenet"\noutput_rule = "sigmoid"\n'
    )
    for number in range(1000):
        path = home / "models" / f"{number:064x}.toml"
        path.write_text(f'id = "mine-{number}"\ntitle = "Mine {number}"\n{row}')
    with Client.connect(place) as asked:
        rows = asked.ask("models").header["models"]
    assert sum(row["id"].startswith("mine-") for row in rows) == 1000
    assert len(json.dumps(rows)) > wire.HEADER_LIMIT


def test_fifty_clients_at_once_are_all_answered(
    place: Installation, photos: dict[str, Path]
) -> None:
    found: list[int] = []

    def ask(number: int) -> None:
        with Client.connect(place) as asked:
            # Each has its answer; every tenth has a picture, since each of those takes a while.
            found.append(pid_of(asked))
            if number % 10 == 0:
                matte(asked, photos["chelsea"], refine=False)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 50
    assert len(set(found)) == 1


# The way to the worker


def _in_anothers_name(place: Installation) -> subprocess.CompletedProcess[str]:
    """What a client says that the system keeps away from the socket."""
    code = (
        "import os, sys\n"
        "from localmatte_bridge import BridgeError, Client, Installation\n"
        "if os.geteuid() == 0: os.setuid(65534)\n"
        "try: Client.connect(Installation(sys.executable, sys.argv[1]))\n"
        "except BridgeError as error: print(error.code, error)\n"
    )
    return subprocess.run(
        [sys.executable, "-c", code, place.run], capture_output=True, text=True, timeout=60
    )


def test_a_socket_that_may_not_be_used_is_a_sentence(short: Path) -> None:
    place = Installation(sys.executable, str(short))
    short.chmod(0o755)
    with Listener(place.address, place.family):
        Path(place.address).chmod(0)
        done = _in_anothers_name(place)
    assert done.stdout.startswith("storage Cannot connect to localmatte's engine: "), done
    assert str(short) in done.stdout


@pytest.fixture
def short(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder whose path leaves room for a socket, and which any user may enter."""
    with tempfile.TemporaryDirectory(prefix="lm") as folder:
        yield Path(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")
def test_a_socket_that_another_user_planted_is_refused(short: Path) -> None:
    place = Installation(sys.executable, str(short))
    short.chmod(0o777)
    code = (
        "import os, sys, socket; os.setuid(65534); s = socket.socket(socket.AF_UNIX);"
        "s.bind(sys.argv[1]); os.chmod(sys.argv[1], 0o777); s.listen(); print(flush=True);"
        "s.accept()[0].recv(9)"
    )
    planted = subprocess.Popen([sys.executable, "-c", code, place.address], stdout=subprocess.PIPE)
    assert planted.stdout
    planted.stdout.readline()
    with pytest.raises(BridgeError, match="Another user's program") as caught:
        Client.connect(place)
    assert caught.value.code == "storage"
    planted.wait(10)
    planted.stdout.close()


@pytest.mark.parametrize("word", [b"hello", b"", b"#CHALLENGE#", b"#CHALLENGE#{md99}x" * 20])
def test_a_peer_that_knows_no_challenge_is_a_sentence(
    short: Path, word: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "ANSWER_SECONDS", 1.0)
    place = Installation("/bin/false", str(short))
    Path(place.key_file).write_bytes(b"k" * 32)
    with Listener(place.address, place.family) as listener:

        def answer() -> None:
            with listener.accept() as connection:
                connection.send_bytes(word)
                connection.poll(2)

        threading.Thread(target=answer, daemon=True).start()
        with pytest.raises(BridgeError) as caught:
            Client.connect(place)
    assert caught.value.code in ("engine-silent", "engine-missing")


def test_links_and_folders_in_the_place_of_the_workers_files_harm_nothing(
    place: Installation, tmp_path: Path
) -> None:
    mine = tmp_path / "mine"
    mine.write_text("precious")
    run = Path(place.run)
    run.mkdir()
    Path(place.key_file).symlink_to(mine)
    Path(place.address).symlink_to(mine)
    with Client.connect(place) as asked:
        assert pid_of(asked)
    assert mine.read_text() == "precious"
    assert not Path(place.key_file).is_symlink()


def test_a_folder_that_can_have_no_socket_gets_one_elsewhere(
    place: Installation, monkeypatch: pytest.MonkeyPatch, short: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(short))
    # A folder in the socket's place stands for a file system that has none.
    Path(place.address).mkdir(parents=True)
    code = f"import tempfile; tempfile.tempdir = {str(short)!r}; import runpy, sys; " + (
        "sys.argv = ['localmatte', 'worker']; runpy.run_module('localmatte', run_name='__main__')"
    )
    process = subprocess.Popen([sys.executable, "-c", code])
    until(lambda: Path(place.elsewhere_file).exists())
    assert Path(place.address).is_relative_to(short)
    with Client.connect(place) as asked:
        assert pid_of(asked) == process.pid
        assert Path(place.address).parent.stat().st_mode & 0o077 == 0
        asked.ask("stop")
    assert process.wait(30) == 0


def test_a_worker_whose_handshake_is_garbage_stays(place: Installation) -> None:
    with Client.connect(place) as bystander:
        for word in (b"", b"hello", b"#CHALLENGE#" * 30, b"#WELCOME#"):
            with Socket(place.address, place.family) as connection:
                connection.recv_bytes()
                connection.send_bytes(word)
        assert pid_of(bystander)


# What vanishes under a running worker


def test_a_model_that_vanishes_or_changes_under_a_worker_is_a_sentence(
    place: Installation, home: Path, photos: dict[str, Path]
) -> None:
    with Client.connect(place) as asked:
        matte(asked, photos["chelsea"])
        (file,) = (home / "models").glob("*.onnx")
        content = file.read_bytes()
        file.unlink()
        # What is loaded stays loaded.
        assert matte(asked, photos["chelsea"])[1].payload
        with pytest.raises(BridgeError) as caught:
            matte(asked, photos["chelsea"], provider="cpu")
        assert caught.value.code == "model-missing"
        file.write_bytes(content[:-1] + b"?")
        with pytest.raises(BridgeError, match="was damaged") as caught:
            matte(asked, photos["chelsea"], provider="cpu")
        assert caught.value.code == "model"
        file.write_bytes(content)
        assert matte(asked, photos["chelsea"], provider="cpu")[1].payload


def test_a_folder_that_vanishes_under_a_worker_ends_it_and_the_next_one_stays(
    place: Installation, photos: dict[str, Path]
) -> None:
    with Client.connect(place) as asked:
        first = pid_of(asked)
        shutil.rmtree(place.run)
        # A request that is under way, or comes on an open connection, is still answered.
        assert matte(asked, photos["chelsea"])[1].payload
        with Client.connect(place) as another:
            second = pid_of(another)
            assert second != first
            until(lambda: not alive(first))
            assert matte(another, photos["chelsea"])[1].payload
    with Client.connect(place) as asked:
        assert pid_of(asked) == second


def test_no_clock_that_can_jump_decides_anything() -> None:
    sources = Path(wire.__file__).parents[1]
    users = [path.name for path in sources.rglob("*.py") if "time.time(" in path.read_text()]
    assert users == []


# What is kept out of files


def test_a_crash_leaves_no_pixels_on_the_disk(place: Installation) -> None:
    with Client.connect(place) as asked:
        pid = pid_of(asked)
    limits = Path(f"/proc/{pid}/limits").read_text()
    (line,) = (line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert line.split()[4:6] == ["0", "0"]
    assert int(Path(f"/proc/{pid}/coredump_filter").read_text(), 16) == 0
