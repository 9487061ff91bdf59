"""`localmatte doctor`: what it writes for support, and how it proves that nothing is sent."""

from __future__ import annotations

import getpass
import subprocess
import sys
from pathlib import Path

import pytest

from localmatte.cli import doctor, private
from localmatte.errors import LocalmatteError
from localmatte.system import error_log
from tests.commands import localmatte, sentence


def test_a_report_holds_what_is_asked_for_and_not_who_the_user_is(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = tmp_path / "maria.mustermann"
    person.mkdir()
    monkeypatch.setenv("HOME", str(person))
    monkeypatch.setenv("LOGNAME", "maria.mustermann")
    monkeypatch.setenv("LOCALMATTE_HOME", str(person / "own"))
    error_log.record(ZeroDivisionError("in /home/maria/Wedding.jpg"))
    report = tmp_path / "report.txt"
    done = localmatte("doctor", "--report", report)
    assert done.returncode == 0, done.stderr
    text = report.read_text()
    for word in ("localmatte", "onnxruntime", "cpu", "~/own", "builtins.ZeroDivisionError"):
        assert word in text
    assert "maria" not in text
    assert "Wedding" not in text
    assert doctor.anonymous(f"by {getpass.getuser()}") == "by USER"


def test_a_report_that_cannot_be_written_is_a_sentence(home: Path, tmp_path: Path) -> None:
    done = localmatte("doctor", "--report", tmp_path / "none" / "report.txt")
    assert done.returncode == 1
    assert "--report FILE" in sentence(done)


def test_a_check_that_fails_leaves_the_others_alone(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails() -> doctor.Report:
        raise RuntimeError("broken")

    monkeypatch.setitem(doctor.CHECKS, "editors", fails)
    parser = __import__("argparse").ArgumentParser()
    doctor.add_parser(parser.add_subparsers())
    arguments = parser.parse_args(["doctor"])
    assert arguments.run(arguments) == 0
    shown = capsys.readouterr().out
    assert "RuntimeError: broken" in shown
    assert "Folders" in shown


# The proof


def test_a_photo_is_proved_to_be_cut_out_without_the_network(
    home: Path, photos: dict[str, Path]
) -> None:
    before = set(photos["chelsea"].parent.iterdir())
    done = localmatte("doctor", "--prove-private", photos["chelsea"])
    assert done.returncode == 0, done.stderr
    shown = done.stdout.decode()
    assert "was cut out" in shown
    assert "would have stopped it at its first attempt" in shown
    assert set(photos["chelsea"].parent.iterdir()) == before


@pytest.mark.parametrize(
    "attempt",
    [
        "import socket; socket.socket(socket.AF_INET)",
        "import socket; socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)",
        "import socket; socket.getaddrinfo('localhost', 80)",
        "import ctypes; ctypes.CDLL(None).syscall(425, 1, 0)",
        "import subprocess; sys.exit(subprocess.call([sys.executable, '-c', "
        "'import socket; socket.socket(socket.AF_INET)']))",
        "import subprocess; subprocess.call([sys.executable, '-c', "
        "'import socket; socket.socket(socket.AF_INET)'])",
        "import os; os.system('true')",
        "import os; os.waitpid(os.fork() or os._exit(0), 0)",
    ],
)
def test_the_proof_notices_whoever_tries(
    attempt: str, home: Path, photos: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(private, "CODE", private.CODE.replace("status = ", f"{attempt}; status = "))
    with pytest.raises(LocalmatteError):
        private.prove(photos["chelsea"])


@pytest.mark.parametrize(
    ("place", "end", "said"),
    [
        ("status = ", "import os; os.kill(os.getpid(), 9)", "was killed by signal 9"),
        ("attempts = ", "import os; os.kill(os.getpid(), 15)", "was killed by signal 15"),
        ("attempts = ", "sys.exit(0)", "stopped early"),
        ("status = ", "import os; os._exit(0)", "stopped early"),
        ("status = ", "import os; print('a picture', flush=True); os._exit(0)", "stopped early"),
    ],
)
def test_a_child_that_does_not_come_to_its_end_proves_nothing(
    place: str,
    end: str,
    said: str,
    home: Path,
    photos: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(private, "CODE", private.CODE.replace(place, f"{end}; {place}"))
    with pytest.raises(LocalmatteError, match=said) as caught:
        private.prove(photos["chelsea"])
    assert caught.value.hint


def test_sockets_of_this_computer_are_let_through() -> None:
    code = (
        "from localmatte.system.seclusion import seclude; import socket\n"
        "found = seclude(); assert found.no_sockets, found\n"
        "socket.socketpair(); socket.socket(socket.AF_UNIX).close()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", ["nowhere.png", "text.png"])
def test_a_photo_that_cannot_be_cut_out_proves_nothing(
    name: str, home: Path, tmp_path: Path
) -> None:
    (tmp_path / "text.png").write_text("no picture")
    done = localmatte("doctor", "--prove-private", tmp_path / name)
    assert done.returncode != 0
    assert name in sentence(done)
