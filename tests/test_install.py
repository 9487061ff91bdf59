"""The installer for real: a real environment, a real pip, the real model, a real cut-out."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from install.packages import locked
from localmatte_bridge.presets import Presets
from tests import weights
from tests.installer import Account, copy_of_checkout, sentence, with_editors

GIMP_PLUGIN = ".config/GIMP/{}/plug-ins/localmatte"
GIMP_2_PLUGIN = ".config/GIMP-AppImage/2.10/plug-ins/localmatte"
KRITA = ".local/share/krita"
OLDER = "platformdirs==4.3.8"
GERMAN = "locale/de/LC_MESSAGES/localmatte.mo"


@pytest.fixture(scope="module")
def bare_account(tmp_path_factory: pytest.TempPathFactory) -> Account:
    """An account with editors where anyone may write anything, and an oddly named checkout."""
    folder = tmp_path_factory.mktemp("installed")
    (folder / "home").mkdir()
    checkout = copy_of_checkout(folder / "my copy, schön [1]")
    return with_editors(Account(folder / "home", checkout, umask=0))


@pytest.fixture(scope="module")
def first_run(bare_account: Account) -> subprocess.CompletedProcess[str]:
    done = bare_account.install()
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def account(bare_account: Account, first_run: subprocess.CompletedProcess[str]) -> Account:
    """The account after the installer has run once."""
    return bare_account


def modified_times(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_the_engine_runs_in_an_environment_of_its_own(account: Account) -> None:
    command = [str(account.python), "-I", "-c", "import localmatte; print(localmatte.__file__)"]
    where = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert Path(where).is_relative_to(account.data / "environment")


def test_the_default_model_is_there_under_its_hash(account: Account) -> None:
    sha256 = "309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8"
    assert (account.data / "models" / f"{sha256}.onnx").stat().st_size == 4_574_861


@pytest.mark.parametrize("version", ["3.0", "3.2"])
def test_gimp_finds_a_runnable_plugin_named_as_its_folder(account: Account, version: str) -> None:
    plugin = account.home / GIMP_PLUGIN.format(version)
    assert os.access(plugin / "localmatte.py", os.X_OK)
    assert (plugin / "localmatte_bridge" / "client.py").is_file()
    assert (plugin / "localmatte_bridge" / GERMAN).is_file()


def writable_by_others(*folders: Path) -> list[Path]:
    paths = [path for folder in folders for path in (folder, *folder.rglob("*"))]
    return [path for path in paths if not path.is_symlink() and path.stat().st_mode & 0o022]


def test_nobody_else_may_change_what_was_installed(account: Account) -> None:
    plugins = [account.home / GIMP_PLUGIN.format(version) for version in ("3.0", "3.2")]
    assert writable_by_others(account.data, account.home / KRITA / "pykrita", *plugins) == []
    assert writable_by_others(account.home / KRITA / "actions") == []


def test_a_plugins_folder_that_others_could_change_is_closed(account: Account) -> None:
    plugin = account.home / GIMP_PLUGIN.format("3.0")
    for path in (plugin, plugin / "localmatte_bridge", plugin / "localmatte.py"):
        path.chmod(0o777)
    done = account.command("install", "--editor", str(account.home / ".config/GIMP/3.0"))
    assert done.returncode == 0, done.stderr
    assert writable_by_others(plugin) == []


def test_a_gimp_2_10_without_python_is_left_alone(account: Account) -> None:
    assert list((account.home / ".config/GIMP/2.10/plug-ins").iterdir()) == []


def test_a_gimp_2_10_with_python_gets_the_adapter_for_it(account: Account) -> None:
    plugin = account.home / GIMP_2_PLUGIN
    assert (plugin / "localmatte.py").read_text().startswith("#!/usr/bin/env python2\n")
    assert os.access(plugin / "localmatte.py", os.X_OK)
    assert {path.name for path in plugin.iterdir()} == {
        "installation.json",
        "locale",
        "localmatte.py",
        "localmatte_gimp2",
    }
    assert (plugin / GERMAN).is_file()
    doctor = json.loads(account.command("doctor", "--json").stdout)
    assert doctor["editors"]["GIMP 2.10 (AppImage or other)"]["placed"]


def test_what_python_2_compiled_is_uninstalled_as_well(account: Account) -> None:
    plugin = account.home / GIMP_2_PLUGIN
    (plugin / "localmatte_gimp2/words.pyc").write_bytes(b"compiled")
    folder = str(plugin.parent)
    assert account.command("uninstall", "--editor", folder).returncode == 0
    assert not plugin.exists()
    assert account.command("install", "--editor", folder).returncode == 0
    assert (plugin / "localmatte.py").is_file()


def test_krita_finds_the_plugin_and_its_action(account: Account) -> None:
    resources = account.home / KRITA
    assert (resources / "pykrita/localmatte.desktop").is_file()
    assert (resources / "pykrita/localmatte/__init__.py").is_file()
    assert (resources / "pykrita/localmatte/localmatte_bridge/client.py").is_file()
    assert (resources / "pykrita/localmatte/localmatte_bridge" / GERMAN).is_file()
    assert (resources / "actions/localmatte.action").is_file()


def test_krita_has_the_plugin_switched_on_and_nothing_else_changed(account: Account) -> None:
    settings = (account.home / ".config/kritarc").read_bytes()
    before = settings.replace(b"enable_localmatte=true\n", b"")
    assert before != settings
    assert before == (
        b"[General]\nname=caf\xe9\n\n[python]\nenable_tenbrushes=true\n\n[theme]\nTheme=Dark\n"
    )


def test_the_plugins_know_where_the_engine_lies(account: Account) -> None:
    for plugin in (GIMP_PLUGIN.format("3.2"), f"{KRITA}/pykrita/localmatte"):
        described = json.loads((account.home / plugin / "installation.json").read_text())
        assert described == {
            "format": 1,
            "python": str(account.python),
            "run": str(account.data / "run"),
            "home": None,
            "version": "0.1.0",
        }


def test_the_summary_says_where_the_menu_entries_are(
    account: Account, first_run: subprocess.CompletedProcess[str]
) -> None:
    summary = first_run.stdout
    assert "Filters ▸ Remove Background" in summary
    assert "Tools ▸ Remove Background" in summary
    assert str(account.data / "proof" / "ball-cutout.png") in summary


def test_the_proof_keeps_the_ball_and_drops_the_table(account: Account) -> None:
    alpha = Image.open(account.data / "proof" / "ball-cutout.png").getchannel("A")
    assert alpha.getpixel((240, 190)) == 255
    assert alpha.getpixel((10, 10)) == 0
    assert alpha.getpixel((470, 350)) == 0


def test_a_second_run_touches_neither_environment_nor_plugins(account: Account) -> None:
    folders = (account.data / "environment", account.home / ".config", account.home / KRITA)
    before = [modified_times(folder) for folder in folders]
    done = account.install()
    assert done.returncode == 0, done.stderr
    assert [modified_times(folder) for folder in folders] == before


def test_the_wheel_carries_the_installer(account: Account) -> None:
    before = modified_times(account.home / ".config")
    done = account.command("install", "--editor", "gimp")
    assert done.returncode == 0, done.stderr
    # It places the very files that lie there already.
    assert "GIMP 3.2" in done.stdout
    assert modified_times(account.home / ".config") == before


def test_a_photos_cut_out_lies_beside_it_once(account: Account) -> None:
    photo = account.home / "une photo é.png"
    shutil.copy(account.data / "proof" / "ball.png", photo)
    for _ in range(2):
        done = account.install(photo)
        assert done.returncode == 0, done.stderr
        assert str(account.home / "une photo é-cutout.png") in done.stdout
    assert len(list(account.home.glob("*-cutout*.png"))) == 1


def test_a_file_that_has_the_cut_outs_name_is_not_replaced(account: Account) -> None:
    photo = account.home / "other.png"
    shutil.copy(account.data / "proof" / "ball.png", photo)
    mine = account.home / "other-cutout.png"
    mine.write_bytes(b"mine")
    assert account.install(photo).returncode == 0
    assert mine.read_bytes() == b"mine"
    assert (account.home / "other-cutout-2.png").is_file()


def test_a_text_file_named_as_a_photo_gets_a_sentence(account: Account) -> None:
    photo = account.home / "text.jpg"
    photo.write_text("not a photo")
    done = account.install(photo)
    assert done.returncode == 1
    assert "text.jpg is not a readable image" in sentence(done)
    assert not list(account.home.glob("text-cutout*"))


def test_changed_sources_reach_the_environment(account: Account) -> None:
    changed = account.checkout / "core" / "localmatte" / "errors.py"
    changed.write_text(changed.read_text() + "\nCHANGED = True\n")
    assert account.install().returncode == 0
    command = [str(account.python), "-I", "-c", "import localmatte.errors as e; print(e.CHANGED)"]
    assert subprocess.run(command, capture_output=True, text=True).stdout == "True\n"


@pytest.fixture
def older(account: Account, tmp_path: Path) -> Iterator[Path]:
    """The wheel of another version than is installed, which the checkout's lock now names."""
    download = [str(account.python), "-I", "-m", "pip", "download", "--no-deps"]
    for wanted in ([OLDER], locked("build")):
        command = [*download, "-d", str(tmp_path), *wanted]
        subprocess.run(command, env=account.environment, check=True)
    (wheel,) = tmp_path.glob("platformdirs-*.whl")
    lock = account.checkout / "install" / "requirements" / "engine.txt"
    before = lock.read_text()
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    pin = f"{OLDER} --hash=sha256:{digest}"
    lock.write_text(re.sub(r"^platformdirs==(.*\\\n)+.*", pin, before, flags=re.MULTILINE))
    yield wheel
    lock.write_text(before)


def test_a_wheel_with_another_byte_is_refused_and_the_former_engine_stays(
    account: Account, older: Path
) -> None:
    content = bytearray(older.read_bytes())
    content[len(content) // 2] ^= 1
    older.write_bytes(content)
    account.variables |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(older.parent)}
    done = account.install()
    for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS"):
        del account.variables[name]
    assert done.returncode == 1
    assert "is not the one that localmatte expects" in sentence(done)
    code = "from importlib.metadata import version; print(version('platformdirs'))"
    command = [str(account.python), "-I", "-c", code]
    kept = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert f"platformdirs=={kept}" != OLDER
    assert account.command("--version").returncode == 0


def test_an_update_that_pip_cannot_make_keeps_the_former_engine(account: Account) -> None:
    lock = account.checkout / "install" / "requirements" / "engine.txt"
    before = lock.read_text()
    lock.write_text(f"pillow-of-the-future==99 --hash=sha256:{0:064}\n{before}")
    done = account.install()
    lock.write_text(before)
    assert done.returncode == 1
    assert "pillow-of-the-future" in sentence(done)
    assert account.command("--version").returncode == 0
    assert account.install().returncode == 0


def test_uninstall_leaves_what_was_there_before_and_the_users_own_files(tmp_path: Path) -> None:
    account = with_editors(Account(tmp_path))
    before = account.tree()
    done = account.install()
    assert done.returncode == 0, done.stderr
    # As after a day's use: compiled modules, and a worker that runs.
    plugin = account.home / GIMP_PLUGIN.format("3.0")
    compile_all = [sys.executable, "-m", "compileall", "-q", str(plugin)]
    subprocess.run(compile_all, check=True)
    worker = subprocess.Popen(
        [account.python, "-I", "-m", "localmatte", "worker"], env=account.environment
    )
    key = account.data / "run" / "key"
    while worker.poll() is None and not key.exists():
        pass
    # As after a set-up from inside an editor, and one that was interrupted.
    presets = Presets(str(account.data / "presets.json"))
    presets.save("my hair", {"feather": 2.0})
    for left in ("python/cpython-3.13-linux/bin/python", "python/.lock", "setup/uv", "setup.lock"):
        (account.data / left).parent.mkdir(parents=True, exist_ok=True)
        (account.data / left).touch()
    mine = (plugin / "mine.txt", account.data / "models" / "mine.onnx")
    for path in mine:
        path.write_bytes(b"mine")

    done = account.install("--uninstall")

    assert done.returncode == 0, done.stderr
    worker.wait(timeout=30)
    after = account.tree()
    for path in mine:
        assert after.pop(str(path.relative_to(tmp_path))) == b"mine"
        assert f"{path.parent} was not deleted: " in done.stdout
        for folder in path.relative_to(tmp_path).parents:
            if str(folder) not in before:
                after.pop(str(folder), None)
    after = {path: content for path, content in after.items() if not path.startswith(".rustup")}
    assert after == before
    named = [
        line.split(" was not deleted: ")[0]
        for line in done.stdout.splitlines()
        if " was not deleted: " in line
    ]
    for place in named:
        assert any(Path(place) in path.parents for path in mine), f"{place} is gone"


def test_uninstall_where_nothing_is_installed_says_so(tmp_path: Path) -> None:
    account = with_editors(Account(tmp_path))
    before = account.tree()
    done = account.install("--uninstall")
    assert done.returncode == 0
    assert "is not installed" in done.stdout
    assert account.tree() == before


def test_all_lies_under_localmatte_home_and_the_engine_can_take_it_away(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    account = Account(home, variables={"LOCALMATTE_HOME": str(tmp_path / "elsewhere")})
    weights.place("u2netp", account.data)
    done = account.install()
    assert done.returncode == 0, done.stderr
    assert [path for path in account.tree() if not path.startswith(".rustup")] == []
    done = account.command("uninstall")
    assert done.returncode == 0, done.stderr
    assert not account.data.exists()
