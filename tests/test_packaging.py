"""What a release is made of besides the plug-ins' zips: packages, and descriptions for others."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from install import source, zips
from tests import weights
from tests.environment import have_checkers
from tests.installer import CHECKOUT
from tests.servers import packages

UV = Path(sys.executable).with_name("uv")
TWINE = "twine==7.0.0"
PIPX = ("--from", "pipx==1.18.4", "pipx")
VERSION = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
FLATHUB = CHECKOUT / "docs" / "flathub"
ID = "org.gimp.GIMP.Plugin.localmatte"
AIRPLANE = ("unshare", "--net", "--map-root-user")


def uv(*arguments: str | Path, prefix: tuple[str, ...] = (), **variables: str) -> str:
    """Run uv, which must succeed; returns what it printed."""
    command = [*prefix, str(UV), *map(str, arguments)]
    environment = {**os.environ, **variables}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def build(folder: Path) -> None:
    """Build the wheel and the sdist without a network."""
    offline = ("--offline", "--no-index", "--find-links", packages.wheels())
    uv("build", "-q", *offline, "-o", folder, CHECKOUT)


def folder_with(wheel: Path, parent: Path) -> Path:
    """A folder with a wheel and those of its dependencies."""
    folder = shutil.copytree(packages.wheels(), parent / "wheels")
    shutil.copy(wheel, folder)
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist, built without a network."""
    folder = tmp_path_factory.mktemp("dist")
    build(folder)
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    [path] = built.glob("*.whl")
    return path


def test_the_index_takes_the_packages(built: Path) -> None:
    checked = [str(path) for path in built.glob("localmatte-*")]
    assert len(checked) == 2
    said = uv("tool", "run", "--from", TWINE, "twine", "--no-color", "check", "--strict", *checked)
    assert said.count("PASSED") == 2


def test_the_packages_hold_the_icon_the_manual_page_and_the_licence(built: Path) -> None:
    [sdist] = built.glob("*.tar.gz")
    [wheel] = built.glob("*.whl")
    with tarfile.open(sdist) as tar, zipfile.ZipFile(wheel) as zipped:
        for place, file in {
            f"localmatte-{VERSION}.dist-info/licenses/LICENSE": "LICENSE",
            f"localmatte-{VERSION}.data/data/share/man/man1/localmatte.1": (
                "core/share/man/man1/localmatte.1"
            ),
            "localmatte_bridge/icon.svg": "core/localmatte_bridge/icon.svg",
        }.items():
            content = (CHECKOUT / file).read_bytes()
            assert zipped.read(place) == content
            inside = tar.extractfile(f"localmatte-{VERSION}/{file}")
            assert inside is not None
            assert inside.read() == content


def test_the_same_sources_give_the_same_packages(built: Path, tmp_path: Path) -> None:
    build(tmp_path)
    for path in built.glob("localmatte-*"):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()


def test_uv_installs_it_as_a_tool_from_a_folder_without_a_network(
    wheel: Path, photos: dict[str, Path], tmp_path: Path
) -> None:
    own = {
        "UV_TOOL_DIR": str(tmp_path / "tools"),
        "UV_TOOL_BIN_DIR": str(tmp_path / "bin"),
        "UV_CACHE_DIR": str(tmp_path / "cache"),
        "LOCALMATTE_HOME": str(tmp_path / "home"),
    }
    offline = ("--offline", "--no-index", "--find-links", folder_with(wheel, tmp_path))
    python = ("--python", sys.executable, "--no-python-downloads")
    uv("tool", "install", *offline, *python, "localmatte[webgpu]", prefix=AIRPLANE, **own)
    weights.place("u2netp", tmp_path / "home")
    program, photo = tmp_path / "bin" / "localmatte", photos["chelsea"]
    cut = [*AIRPLANE, str(program), "cut", str(photo), "-o", str(tmp_path / "cut.png")]
    subprocess.run(cut, env={**os.environ, **own}, check=True)
    assert (tmp_path / "cut.png").is_file()
    assert (tmp_path / "tools/localmatte/share/man/man1/localmatte.1").is_file()


def test_pipx_installs_it_from_a_folder_without_a_network(wheel: Path, tmp_path: Path) -> None:
    own = {f"PIPX_{name}": str(tmp_path / name) for name in ("HOME", "BIN_DIR", "MAN_DIR")}
    folder = folder_with(wheel, tmp_path)
    download = ("-m", "pip", "download", "-q", "--no-deps", "-d", str(folder), "pip")
    subprocess.run([sys.executable, *download], check=True)
    uv("tool", "run", *PIPX, "--version", prefix=(), **own)
    install = ("install", "--backend", "pip", "--python", sys.executable)
    offline = ("--pip-args", f"--no-index --find-links {folder}", "localmatte")
    uv("tool", "run", "--offline", *PIPX, *install, *offline, prefix=AIRPLANE, **own)
    program = tmp_path / "BIN_DIR" / "localmatte"
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    assert VERSION in said.stdout
    assert (tmp_path / "MAN_DIR/man1/localmatte.1").is_file()


def test_the_stores_description_is_valid_and_of_this_version() -> None:
    have_checkers()
    path = FLATHUB / f"{ID}.metainfo.xml"
    command = ["appstreamcli", "validate", "--no-net", str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    described = ElementTree.parse(path)
    assert described.findtext("id") == ID
    newest = described.find("releases/release")
    assert newest is not None
    assert newest.get("version") == VERSION


def test_flathubs_manifest_puts_the_plugin_where_gimp_looks(tmp_path: Path) -> None:
    have_checkers()
    folder = shutil.copytree(FLATHUB, tmp_path / "flathub")
    show = ["flatpak-builder", "--show-manifest", f"{ID}.json"]
    shown = subprocess.run(show, cwd=folder, capture_output=True, text=True)
    assert shown.returncode == 0, shown.stderr
    manifest = json.loads(shown.stdout)
    assert (manifest["id"], manifest["runtime"]) == (ID, "org.gimp.GIMP")
    [module] = manifest["modules"]
    build, app = tmp_path / "build", tmp_path / "app"
    build.mkdir()
    released = {path.name: path for path in zips.build(tmp_path / "zips", source.find())}
    archive, description = module["sources"]
    subprocess.run(["unzip", "-q", str(released[archive["path"]])], cwd=build, check=True)
    shutil.copy(folder / description["path"], build)
    own = {**os.environ, "FLATPAK_DEST": str(app), "FLATPAK_ID": ID}
    # The last command makes the catalogue of a store, with what only Flathub's runtime has.
    *commands, compose = module["build-commands"]
    assert compose.startswith("appstreamcli compose ")
    for command in commands:
        subprocess.run(["sh", "-ec", command], cwd=build, env=own, check=True)
    assert os.access(app / "plug-ins/localmatte/localmatte.py", os.X_OK)
    assert (app / "plug-ins/localmatte/engine.zip").is_file()
    assert (app / f"share/metainfo/{ID}.metainfo.xml").is_file()
    assert (app / f"share/icons/hicolor/scalable/apps/{ID}.svg").is_file()
