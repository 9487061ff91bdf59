"""The environment is made by whatever this Python has: ensurepip, else uv, else pip."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import weights
from tests.installer import Account, sentence

HIDE = "import sys\nfor name in {names}: sys.modules[name] = None\n"


@pytest.fixture
def account(tmp_path: Path) -> Account:
    home = tmp_path / "home"
    programs = tmp_path / "programs"
    for folder in (home, programs):
        folder.mkdir()
    account = Account(home, variables={"PATH": str(programs)})
    weights.place("u2netp", account.data)
    return account


def hide(account: Account, *names: str) -> None:
    """Let the installer's own Python lack these modules, as Debian's may."""
    folder = account.home.parent / "hidden"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(HIDE.format(names=names))
    account.variables["PYTHONPATH"] = str(folder)


def test_uv_makes_it_where_ensurepip_is_missing(account: Account, tmp_path: Path) -> None:
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    assert uv, "uv is part of the extra `test`"
    (tmp_path / "programs/uv").symlink_to(uv)
    account.variables["UV_CACHE_DIR"] = str(tmp_path / "uv-cache")
    hide(account, "ensurepip", "pip")
    done = account.install()
    assert done.returncode == 0, done.stderr
    assert "uv" in (account.data / "environment/pyvenv.cfg").read_text()


def test_pip_makes_it_where_ensurepip_and_uv_are_missing(account: Account) -> None:
    hide(account, "ensurepip")
    done = account.install()
    assert done.returncode == 0, done.stderr
    subprocess.run([str(account.python), "-I", "-m", "pip", "--version"], check=True)


def test_with_none_of_them_it_says_what_to_install(account: Account) -> None:
    hide(account, "ensurepip", "pip")
    done = account.install()
    assert done.returncode == 1
    assert "ensurepip" in sentence(done)
    assert f"python{sys.version_info[0]}.{sys.version_info[1]}-venv" in sentence(done)
