"""Where the installer finds GIMP and Krita, for each operating system and packaging."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from install import adapters, editor_setup, editors, source
from install.console import Console
from install.editors import Editor, Host, Machine, flatpak
from install.errors import InstallError
from install.manifest import Manifest

GIMP_ANSWERS = "GNU Image Manipulation Program version {}\n"


@pytest.fixture
def machine(tmp_path: Path) -> Callable[..., Machine]:
    """A machine with nothing on it but the programs named, which answer as told."""
    home = tmp_path / "Zoë Müller und 木村 🎨"
    home.mkdir()

    def make(
        platform: str = "linux",
        programs: dict[str, str] | None = None,
        **variables: str,
    ) -> Machine:
        answers = programs or {}

        def ask(command: list[str]) -> str:
            return next((answers[word] for word in command if word in answers), "")

        def which(name: str) -> str | None:
            return f"/usr/bin/{name}" if f"/usr/bin/{name}" in answers else None

        return Machine(platform, home, variables, tmp_path / "root", which, ask)

    return make


def folders(*paths: Path) -> None:
    for path in paths:
        path.mkdir(parents=True)


def summary(found: list[Editor]) -> set[tuple[str, str, str]]:
    return {(editor.host.value, editor.version, editor.packaging) for editor in found}


def test_nothing_is_found_on_an_empty_machine(machine: Callable[..., Machine]) -> None:
    for platform in ("linux", "darwin", "win32"):
        assert editors.find(machine(platform)) == []


def test_a_gimp_from_the_distribution(machine: Callable[..., Machine]) -> None:
    here = machine(programs={"/usr/bin/gimp-console": GIMP_ANSWERS.format("3.2.6")})
    folders(here.home / ".config/GIMP/3.2")
    (found,) = editors.find(here)
    assert found.name == "GIMP 3.2 (system package)"
    assert found.folder == here.home / ".config/GIMP/3.2/plug-ins"
    assert found.first_start == ()


def test_a_gimp_that_never_ran_makes_its_own_folder(machine: Callable[..., Machine]) -> None:
    here = machine(programs={"/usr/bin/gimp-console": GIMP_ANSWERS.format("3.0.4")})
    (found,) = editors.find(here)
    assert found.first_start[0] == "/usr/bin/gimp-console"
    assert "--quit" in found.first_start


@pytest.mark.parametrize("listed", ["", "script-fu-eval"])
def test_a_gimp_2_10_without_python_is_passed_over(
    machine: Callable[..., Machine], listed: str
) -> None:
    here = machine(programs={"/usr/bin/gimp-console": GIMP_ANSWERS.format("2.10.38")})
    gimp_2(here.home / ".config/GIMP", listed)
    assert editors.find(here) == []


def test_a_gimp_2_10_that_never_ran_is_passed_over(machine: Callable[..., Machine]) -> None:
    here = machine(programs={"/usr/bin/gimp-console": GIMP_ANSWERS.format("2.10.38")})
    assert editors.find(here) == []


def test_a_gimp_2_10_with_python_has_an_adapter_of_its_own(
    machine: Callable[..., Machine], tmp_path: Path
) -> None:
    here = machine(programs={"/usr/bin/gimp-console": GIMP_ANSWERS.format("2.10.38")})
    gimp_2(here.home / ".config/GIMP")
    folders(here.home / ".config/GIMP/3.0")
    second, third = editors.find(here)
    assert second.name == "GIMP 2.10 (system package)"
    assert second.folder == here.home / ".config/GIMP/2.10/plug-ins"
    assert second.first_start == ()
    assert (second.is_gimp_2, third.is_gimp_2) == (True, False)


def test_a_gimp_2_10_is_found_in_every_packaging(
    machine: Callable[..., Machine], tmp_path: Path
) -> None:
    windows, mac, linux = machine("win32"), machine("darwin"), machine()
    for configuration in (
        windows.home / "AppData/Roaming/GIMP",
        mac.home / "Library/Application Support/GIMP",
        linux.home / ".config/GIMP",
        linux.home / ".config/GIMP-AppImage",
        linux.home / ".var/app/org.gimp.GIMP/config/GIMP",
    ):
        gimp_2(configuration)
    folders(linux.home / ".local/share/flatpak/app/org.gimp.GIMP")
    assert summary(editors.find(windows)) == {("gimp", "2.10", "Windows installer")}
    assert summary(editors.find(mac)) == {("gimp", "2.10", "application")}
    found = {str(e.folder.relative_to(linux.home)): e.version for e in editors.find(linux)}
    assert found == {
        ".config/GIMP/2.10/plug-ins": "2.10",
        ".config/GIMP-AppImage/2.10/plug-ins": "2.10",
        ".var/app/org.gimp.GIMP/config/GIMP/2.10/plug-ins": "2.10",
    }


def test_gimp2_directory_moves_the_folder_of_gimp_2_10(
    machine: Callable[..., Machine], tmp_path: Path
) -> None:
    here = machine(GIMP2_DIRECTORY=str(tmp_path / "mine"))
    gimp_2(tmp_path, name="mine")
    (found,) = editors.find(here)
    assert (found.version, found.folder) == ("2.10", tmp_path / "mine/plug-ins")


def gimp_2(configuration: Path, listed: str = "python-fu-eval", name: str = "2.10") -> None:
    """What a GIMP 2.10 leaves behind that has run."""
    folders(configuration / name / "plug-ins")
    (configuration / name / "pluginrc").write_text(f'(plug-in-def "x" 1 (proc-def "{listed}" 1))')


def test_an_appimage_is_known_by_the_folders_that_it_left(machine: Callable[..., Machine]) -> None:
    here = machine()
    folders(here.home / ".config/GIMP/3.0", here.home / ".local/share/krita")
    packaging = "AppImage or other"
    assert summary(editors.find(here)) == {("gimp", "3.0", packaging), ("krita", "", packaging)}


def test_the_xdg_variables_move_the_folders(
    machine: Callable[..., Machine], tmp_path: Path
) -> None:
    here = machine(XDG_CONFIG_HOME=str(tmp_path / "c"), XDG_DATA_HOME=str(tmp_path / "d"))
    folders(tmp_path / "c/GIMP/3.0", tmp_path / "d/krita", here.home / ".config/GIMP/3.2")
    found = {editor.host: editor for editor in editors.find(here)}
    assert found[Host.GIMP].folder == tmp_path / "c/GIMP/3.0/plug-ins"
    assert found[Host.KRITA].folder == tmp_path / "d/krita"
    assert found[Host.KRITA].settings == tmp_path / "c/kritarc"


def test_gimp3_directory_moves_gimps_folder(
    machine: Callable[..., Machine], tmp_path: Path
) -> None:
    programs = {"/usr/bin/gimp-console": GIMP_ANSWERS.format("3.0.4")}
    here = machine(programs=programs, GIMP3_DIRECTORY=str(tmp_path / "mine"))
    folders(tmp_path / "mine")
    (found,) = editors.find(here)
    assert found.folder == tmp_path / "mine" / "plug-ins"


def test_krita_uses_the_resource_folder_that_its_settings_choose(
    machine: Callable[..., Machine], tmp_path: Path
) -> None:
    here = machine(programs={"/usr/bin/krita": "", "krita_version": "5.2.9\n"})
    settings = here.home / ".config/kritarc"
    folders(tmp_path / "resources", settings.parent)
    settings.write_text(f"ResourceDirectory={tmp_path}/resources\n\n[General]\nx=1\n")
    (found,) = editors.find(here)
    assert found.name == "Krita 5.2.9 (system package)"
    assert found.folder == tmp_path / "resources"
    assert found.plugin == tmp_path / "resources/pykrita/localmatte"


def test_flatpaks_have_folders_of_their_own(machine: Callable[..., Machine]) -> None:
    here = machine()
    app = here.home / ".var/app"
    folders(
        here.home / ".local/share/flatpak/app/org.gimp.GIMP", app / "org.gimp.GIMP/config/GIMP/3.0"
    )
    folders(here.system("/var/lib/flatpak/app/org.kde.krita"))
    found = {editor.host: editor for editor in editors.find(here)}
    assert found[Host.GIMP].folder == app / "org.gimp.GIMP/config/GIMP/3.0/plug-ins"
    assert found[Host.KRITA].settings == app / "org.kde.krita/config/kritarc"


@pytest.mark.parametrize(
    ("python", "reachable"),
    [("/usr", False), ("/usr/local", False), ("/home/u/.local/share/uv/python/3.12", True)],
)
def test_a_flatpak_reaches_only_a_python_outside_of_the_system(
    python: str, reachable: bool
) -> None:
    assert (flatpak.obstacle_for(Path(python)) == "") is reachable


def test_a_snap_is_named_with_what_keeps_it_from_serving(machine: Callable[..., Machine]) -> None:
    here = machine()
    folders(here.system("/snap/gimp"), here.system("/snap/krita"))
    found = editors.find(here)
    assert {editor.packaging for editor in found} == {"Snap"}
    assert all(editor.obstacle for editor in found)


def test_windows_installers_and_store(machine: Callable[..., Machine], tmp_path: Path) -> None:
    roaming, local = tmp_path / "Roaming", tmp_path / "Local"
    console = tmp_path / "Programs/GIMP 3/bin/gimp-console-3.0.exe"
    folders(console.parent, roaming / "GIMP/3.2", roaming / "krita")
    console.touch()
    store = local / "Packages/49800Krita_abc/LocalCache"
    folders(store / "Roaming/krita", local / "Packages/GIMP.GIMP_xyz/LocalCache/Roaming/GIMP/3.0")
    here = machine(
        "win32",
        {str(console): GIMP_ANSWERS.format("3.0.8")},
        APPDATA=str(roaming),
        LOCALAPPDATA=str(local),
        ProgramFiles=str(tmp_path / "Programs"),
    )
    found = editors.find(here)
    assert summary(found) == {
        ("gimp", "3.0", "Windows installer"),
        ("gimp", "3.2", "Windows installer"),
        ("krita", "", "Windows installer"),
        ("gimp", "3.0", "Microsoft Store"),
        ("krita", "", "Microsoft Store"),
    }
    by_packaging = {editor.packaging: editor for editor in found if editor.host is Host.KRITA}
    assert by_packaging["Windows installer"].settings == local / "kritarc"
    assert by_packaging["Microsoft Store"].settings == store / "Local/kritarc"


def test_macos_applications(machine: Callable[..., Machine]) -> None:
    here = machine("darwin")
    support = here.home / "Library/Application Support"
    folders(support / "GIMP/3.0", here.system("/Applications/krita.app"))
    found = {editor.host: editor for editor in editors.find(here)}
    assert found[Host.GIMP].folder == support / "GIMP/3.0/plug-ins"
    assert found[Host.KRITA].folder == support / "krita"
    assert found[Host.KRITA].settings == here.home / "Library/Preferences/kritarc"


def trees(here: Machine) -> None:
    """Everything that editors leave behind, of all systems and packagings."""
    local = here.home / "AppData/Local"
    folders(
        here.home / ".config/GIMP/3.2/plug-ins",
        here.home / ".local/share/krita",
        here.home / ".var/app/org.gimp.GIMP/config/GIMP/3.0",
        here.home / ".var/app/org.kde.krita/data/krita",
        here.home / "AppData/Roaming/GIMP/3.0/plug-ins",
        here.home / "AppData/Roaming/krita",
        local / "Packages/GIMP.GIMP_xyz/LocalCache/Roaming/GIMP/3.2",
        local / "Packages/49800Krita_abc/LocalCache/Roaming/krita",
        here.home / "Library/Application Support/GIMP/3.2",
        here.home / "Library/Application Support/krita",
        here.system("/var/lib/flatpak/app/org.gimp.GIMP"),
        here.system("/var/lib/flatpak/app/org.kde.krita"),
    )


def content(folder: Path) -> dict[str, bytes | None]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


@pytest.mark.parametrize(
    ("platform", "count"), [("linux", 4), ("win32", 4), ("darwin", 2)], ids=lambda value: str(value)
)
def test_every_packaging_gets_its_plug_in_and_is_left_as_it_was(
    machine: Callable[..., Machine],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    platform: str,
    count: int,
) -> None:
    # A Python that Flatpak does not hide.
    monkeypatch.setattr(sys, "base_prefix", "/home/python")
    here = machine(platform)
    trees(here)
    before = content(here.home)
    manifest = Manifest(tmp_path / "manifest.json")
    found = editors.find(here)
    assert (len(found), [editor.obstacle for editor in found]) == (count, [""] * count)
    python = here.home / "python"
    engine = adapters.Installation(python, here.home / "run", None, "0.1.0")
    for editor in found:
        editor_setup.place(editor, source.find(), engine, manifest, Console())
        told = json.loads((editor.plugin / "installation.json").read_text(encoding="utf-8"))
        assert told["python"] == str(python)
        program = "localmatte.py" if editor.host is Host.GIMP else "__init__.py"
        assert (editor.plugin / program).is_file()
    assert all(editor.placed_version == "0.1.0" for editor in editors.find(here))
    for record in list(Manifest.load(manifest.path).placed.values()):
        assert editor_setup.take_away(record, manifest) == []
    assert content(here.home) == before


@pytest.mark.parametrize("host", ["org.kde.krita", "org.gimp.GIMP"])
def test_an_editor_of_apples_store_is_named_with_what_keeps_it_from_serving(
    machine: Callable[..., Machine], host: str
) -> None:
    here = machine("darwin")
    folders(here.home / "Library/Containers" / host / "Data")
    [found] = editors.find(here)
    assert found.packaging == "App Store"
    assert "cannot start other programs" in found.obstacle


def test_a_placed_plugin_tells_its_version(machine: Callable[..., Machine]) -> None:
    here = machine()
    folders(here.home / ".config/GIMP/3.0/plug-ins/localmatte")
    (found,) = editors.find(here)
    assert not found.placed
    (found.plugin / "installation.json").write_text(json.dumps({"version": "1.2.3"}))
    assert found.placed_version == "1.2.3"


def test_the_user_may_name_folders(tmp_path: Path) -> None:
    folders(tmp_path / "gimp/plug-ins", tmp_path / "art/pykrita")
    chosen = editors.choose([], [str(tmp_path / "gimp"), str(tmp_path / "art")])
    assert [editor.folder for editor in chosen] == [tmp_path / "gimp/plug-ins", tmp_path / "art"]
    assert [editor.host for editor in chosen] == [Host.GIMP, Host.KRITA]


def test_a_folder_that_is_named_twice_is_one_editor(
    machine: Callable[..., Machine],
) -> None:
    here = machine()
    folder = here.home / ".config/GIMP/3.0/plug-ins"
    folders(folder)
    found = editors.find(here)
    assert editors.choose(found, ["gimp", str(folder)]) == found


def test_a_folder_that_is_neither_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(InstallError, match="neither") as caught:
        editors.choose([], [str(tmp_path)])
    assert caught.value.exit_status == 2
