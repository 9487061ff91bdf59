"""The installer ended by force at any time: a second run mends what it left."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests import weights
from tests.installer import Account, with_editors

MOMENTS = {
    "the environment has begun": ".local/share/localmatte/environment/localmatte.unfinished",
    "pip puts files there": ".local/share/localmatte/environment/lib*/python*/site-packages/numpy",
    "the environment is whole": ".local/share/localmatte/environment/localmatte.json",
    "a plug-in is in place": ".config/GIMP/3.0/plug-ins/localmatte",
}
"""What is there by then, below the home folder."""


@pytest.fixture
def account(tmp_path: Path) -> Account:
    account = with_editors(Account(tmp_path))
    weights.place("u2netp", account.data)
    return account


def start_and_wait(account: Account, moment: str) -> subprocess.Popen[str]:
    """Start the installer; return when the moment has come."""
    process = account.start()
    end = time.monotonic() + 300
    while not any(account.home.glob(MOMENTS[moment])):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.005)
    return process


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_second_run_mends_what_a_killed_one_left(account: Account, moment: str) -> None:
    process = start_and_wait(account, moment)
    process.kill()
    process.communicate()

    done = account.install()

    assert done.returncode == 0, done.stderr
    assert not (account.data / "environment" / "localmatte.unfinished").exists()
    assert not list(account.data.glob(".environment-*"))
    assert not list(account.home.rglob("*.localmatte-new"))
    subprocess.run([account.python, "-I", "-m", "localmatte", "--version"], check=True)
    for plugin in (".config/GIMP/3.2/plug-ins/localmatte", ".local/share/krita/pykrita/localmatte"):
        assert (account.home / plugin / "installation.json").is_file()


def test_uninstall_clears_up_after_a_killed_run(account: Account) -> None:
    for path in (account.data / "models").iterdir():
        path.unlink()
    before = account.tree()
    process = start_and_wait(account, "pip puts files there")
    process.kill()
    process.communicate()
    done = account.install("--uninstall")
    assert done.returncode == 0, done.stderr
    after = {path for path in account.tree() if not path.startswith(".rustup")}
    own = {".local/share/localmatte", ".local/share/localmatte/models"}
    assert after == set(before) - own


def test_ctrl_c_ends_it_with_a_sentence(account: Account) -> None:
    process = start_and_wait(account, "the environment has begun")
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Traceback" not in err
    assert err.strip().splitlines()[-1] == (
        "Interrupted. Run it again to continue where it stopped."
    )


def test_two_at_once_take_turns(account: Account) -> None:
    processes = [account.start(), account.start()]
    ends = [process.communicate(timeout=600) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], ends
    assert sum("Creating the engine" in err for _, err in ends) == 1
