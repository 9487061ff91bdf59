"""The first answer does not wait for the trials, which are made between requests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import localmatte
from localmatte import library
from localmatte.engine import Engine
from localmatte.errors import CancelledError
from localmatte.imaging.pixels import from_array
from localmatte.inference import sessions, trial, trial_process
from localmatte.inference.idle import Idle
from localmatte.inference.recent import Recent
from localmatte.inference.sessions import MANY, Sessions
from localmatte.models import catalogue
from localmatte.models.spec import Memory
from localmatte.options import Options
from localmatte.progress import CancelToken
from localmatte.providers import CPU
from localmatte.system import pace
from localmatte_bridge import Client, Installation
from tests import trials
from tests.workers import alive, matte, memory_mb, until

pytestmark = pytest.mark.usefixtures("home")

PROBE = trial.test_image(320, 3)


@pytest.fixture
def idle() -> Idle:
    return Idle(calm_seconds=0)


@pytest.fixture
def late(idle: Idle) -> Sessions:
    """Sessions of a process that stays, whose CPU is slow."""
    return Sessions(trials.Late(), idle)


def _have(monkeypatch: pytest.MonkeyPatch, *cards: Any) -> None:
    monkeypatch.setattr(sessions, "ACCELERATED", cards)


def _answer(several: Sessions, idle: Idle, recent: Recent | None = None) -> Any:
    with idle.request():
        loaded = several.get("u2netp", "auto")
        return loaded, (recent or Recent()).matte(loaded, PROBE, CancelToken())


def _settled(several: Sessions) -> bool:
    return not several.get("u2netp", "auto").trying


def test_the_cpu_answers_first_and_the_faster_card_from_then_on(
    late: Sessions, idle: Idle, monkeypatch: pytest.MonkeyPatch
) -> None:
    _have(monkeypatch, trials.Card())
    recent = Recent()
    first, before = _answer(late, idle, recent)
    assert (first.provider.name, first.trying, first.notice) == ("cpu", ("Card",), "")
    until(lambda: _settled(late))
    second, after = _answer(late, idle, recent)
    assert (second.provider.name, second.trying, second.notice) == ("card", (), "")
    # What a preview showed is what the result is.
    assert after is before
    known = trial.remembered(trials.Card(), second.spec)
    assert known is not None
    assert known.usable
    assert min(known.seconds, known.start_seconds) > 0
    # Each holds a run at least, and the slow processor waits in each.
    assert min(known.cpu_seconds, known.cpu_start_seconds) > trials.LATE_SECONDS


def test_nothing_is_tried_before_the_first_answer(
    late: Sessions, idle: Idle, monkeypatch: pytest.MonkeyPatch
) -> None:
    _have(monkeypatch, trials.Card())
    tried = threading.Event()
    monkeypatch.setattr(trial_process, "attempt", lambda *_: tried.set())
    with idle.request(answers=False):
        late.get("u2netp", "auto")
    assert not tried.wait(0.5)
    with idle.request():
        assert not tried.wait(0.5)
    assert tried.wait(10)


@pytest.mark.parametrize(
    ("sooner", "name"), [({"start_seconds": 9.0}, "cpu"), ({"start_seconds": 0.1}, "card")]
)
def test_a_card_that_is_known_serves_first_where_it_is_ready_first(
    late: Sessions, idle: Idle, monkeypatch: pytest.MonkeyPatch, sooner: Any, name: str
) -> None:
    _have(monkeypatch, trials.Card())
    found = trial.Verdict(True, seconds=0.01, cpu_seconds=0.5, cpu_start_seconds=0.6, **sooner)
    trial.remember(trials.Card(), library.known("u2netp"), found)
    with idle.request(answers=False):
        assert late.get("u2netp", "auto").provider.name == name
    # What is only loaded need not wait for an answer.
    until(lambda: late.get("u2netp", "auto").provider.name == "card")


@pytest.mark.parametrize(
    ("images", "seconds", "name"), [(1, 0.5, "cpu"), (30, 0.5, "card"), (1, 12.0, "card")]
)
def test_a_command_with_few_images_tries_nothing(
    monkeypatch: pytest.MonkeyPatch, images: int, seconds: float, name: str
) -> None:
    _have(monkeypatch, trials.Card())
    monkeypatch.setattr(pace, "last", lambda _sha256: seconds)
    usable = trial.Verdict(True, seconds=0.01, cpu_seconds=seconds)
    monkeypatch.setattr(trial, "attempt", lambda *_: usable)
    loaded = Sessions(images=images).get("u2netp", "auto")
    assert (loaded.provider.name, loaded.trying, loaded.notice) == (name, (), "")


@pytest.mark.parametrize(
    ("ends_with", "reason"),
    [(signal.SIGSEGV, "Card failed: its process crashed with signal 11."), (signal.SIGKILL, None)],
)
def test_a_driver_that_crashes_is_left_alone_and_a_trial_that_was_killed_says_nothing(
    late: Sessions,
    idle: Idle,
    monkeypatch: pytest.MonkeyPatch,
    ends_with: signal.Signals,
    reason: str | None,
) -> None:
    card = trials.Dying(ends_with)
    _have(monkeypatch, card)
    _answer(late, idle)
    until(lambda: _settled(late))
    after, _ = _answer(late, idle)
    assert after.provider.name == "cpu"
    known = trial.remembered(card, after.spec)
    assert (known.reason if known else None) == reason
    assert (after.notice != "") == (reason is not None)


def test_a_driver_that_hangs_is_given_up(tmp_path: Path) -> None:
    card: Any = trials.Hanging(tmp_path / "pid")
    found = trial_process.attempt(card, library.known("u2netp"), seconds=4)
    assert found == trial.Verdict(False, "Card failed: no answer within 4 seconds.")
    assert not alive(int((tmp_path / "pid").read_text()))


def test_a_card_that_is_full_now_is_not_tried_and_may_be_later(
    late: Sessions, idle: Idle, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    spec = replace(catalogue.get("u2netp"), memory=Memory(cpu=1, cuda=2000))
    monkeypatch.setattr(library, "find", lambda _model: spec)
    card = trials.Card(free=1_000_000_000)
    card.name = "cuda"
    _have(monkeypatch, card)
    loaded, _ = _answer(late, idle)
    assert loaded.provider.name == "cpu"
    assert "graphics card" in loaded.notice
    assert not (home / "cache" / "providers.json").exists()


def test_where_the_cpu_cannot_hold_the_model_the_card_is_tried_at_once(
    late: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = replace(catalogue.get("u2netp"), memory=Memory(cpu=1000))
    monkeypatch.setattr(library, "find", lambda _model: spec)
    monkeypatch.setattr(CPU, "free_memory", lambda: 1)
    monkeypatch.setattr(trials.Late, "free_memory", lambda _self: 1)
    _have(monkeypatch, trials.Card())
    assert late.get("u2netp", "auto").provider.name == "card"


def test_a_trial_beside_a_request_that_seems_slow_is_made_again(
    late: Sessions, idle: Idle, monkeypatch: pytest.MonkeyPatch
) -> None:
    _have(monkeypatch, trials.Card())
    trying, again = threading.Event(), threading.Event()
    slow = trial.Verdict(False, "slower", seconds=2, cpu_seconds=1)

    def attempt(*_given: Any) -> trial.Verdict:
        if trying.is_set():
            again.set()
            return replace(slow, usable=True, reason="", seconds=0.5)
        trying.set()
        until(lambda: idle._cancel.cancelled)
        return slow

    monkeypatch.setattr(trial_process, "attempt", attempt)
    _answer(late, idle)
    assert trying.wait(10)
    _answer(late, idle)
    assert again.wait(10)
    until(lambda: _settled(late))
    assert late.get("u2netp", "auto").provider.name == "card"


def test_a_card_that_cannot_load_the_model_later_leaves_the_cpu_which_says_so(
    late: Sessions, idle: Idle, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = trials.Card()

    def lost(_self: Any, _model: Any) -> Any:
        raise RuntimeError("device lost")

    _have(monkeypatch, card)
    trial.remember(card, library.known("u2netp"), trial.Verdict(True, "", 0.1, 1, 0, 9, 1))
    monkeypatch.setattr(trials.Card, "session", lost)
    _answer(late, idle)
    until(lambda: _settled(late))
    after, _ = _answer(late, idle)
    assert after.provider.name == "cpu"
    assert "device lost" in after.notice


def test_work_for_the_time_between_requests_is_told_of_one_and_done_again() -> None:
    idle = Idle(calm_seconds=0)
    began, done, times = threading.Event(), threading.Event(), []

    def work(cancel: CancelToken) -> None:
        times.append(1)
        began.set()
        until(lambda: cancel.cancelled or len(times) > 1)
        if cancel.cancelled:
            raise CancelledError
        done.set()

    with idle.request():
        idle.do(work, after_answer=False)
        assert not began.wait(0.2)
    assert began.wait(10)
    with idle.request():
        assert not done.wait(0.2)
    assert done.wait(10)
    assert len(times) == 2


def test_an_engine_that_stays_answers_as_one_that_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _have(monkeypatch, trials.Card())
    picture = from_array((PROBE[0].transpose(1, 2, 0) * 60 + 128).astype(np.uint8))
    staying = Engine(stays=True).matte(picture, Options())
    assert staying.trying == ("Card",)
    other = Engine().matte(picture, Options(provider="cpu"))
    assert other.trying == ()
    assert (staying.alpha == other.alpha).all()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
@pytest.mark.parametrize("stop", [True, False])
def test_a_trial_ends_with_its_worker_and_takes_none_of_its_memory(
    home: Path, photos: dict[str, Path], tmp_path: Path, stop: bool
) -> None:
    waiting = tmp_path / "pid"
    command = [sys.executable, "-m", "tests.trials", str(waiting)]
    place = Installation(sys.executable, str(home / "run"), str(home), localmatte.__version__)
    with subprocess.Popen(command, cwd=Path(__file__).parents[1]) as worker:
        until(lambda: (home / "run").is_dir() and _running(place))
        with Client.connect(place) as client:
            meta = matte(client, photos["chelsea"])[1].header["meta"]
            assert (meta["provider"], meta["trying"]) == ("cpu", ["Card"])
            before = memory_mb(worker.pid)
            until(waiting.is_file)
            until(lambda: waiting.read_text() != "")
            trying = int(waiting.read_text())
            assert alive(trying)
            # Clicks go on meanwhile.
            meta = matte(client, photos["chelsea"])[1].header["meta"]
            assert (meta["provider"], meta["trying"]) == ("cpu", ["Card"])
            assert memory_mb(worker.pid) < before + 60
            if stop:
                client.ask("stop")
        if not stop:
            os.kill(worker.pid, signal.SIGKILL)
        worker.wait(30)
    until(lambda: not alive(trying))


def _running(place: Installation) -> bool:
    client = Client.connect_running(place)
    if client:
        client.close()
    return client is not None


def test_only_the_pace_counts_for_many_images() -> None:
    found = trial.Verdict(True, "", 0.5, 1.0, 0.0, start_seconds=4, cpu_start_seconds=1.1)
    assert [found.later_than_cpu(images) for images in (1, 6, 8, MANY)] == [
        True,
        True,
        False,
        False,
    ]
    assert not trial.Verdict(True, "", 0.5, 1.0).later_than_cpu(1)
