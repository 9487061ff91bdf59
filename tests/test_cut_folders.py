"""Trees of folders: what is taken, what is not, and where each result goes."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from localmatte.cli.sources import Listing, find
from localmatte.errors import StorageError
from tests.test_pictures import PICTURE, Ran, cut

__all__ = ["cut"]

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)


def put(*names: str) -> None:
    """Put pictures at these paths, from the current folder."""
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        PICTURE.save(name)


def files(folder: str) -> list[str]:
    """The paths of all files within a folder."""
    within = Path(folder)
    return sorted(
        path.relative_to(within).as_posix() for path in within.rglob("*") if path.is_file()
    )


def places(found: Listing) -> list[str]:
    return [source.place.as_posix() for source in found.sources]


def test_a_tree_is_mirrored_below_the_output(cut: Any) -> None:
    put("in/a.png", "in/über uns/b.jpg", "in/über uns/深/🌲 c.webp", "in/empty/.hidden/d.png")
    Path("in/über uns/note.txt").write_text("no picture")
    done: Ran = cut("in", "-o", "out", "--recursive", "--no-refine", "--json")
    assert done.status == 0, done.said
    assert files("out") == ["a.png", "über uns/b.png", "über uns/深/🌲 c.png"]
    assert not Path("out/empty").exists()
    assert "not an image: in/über uns/note.txt" in done.said
    for name in files("out"):
        assert Image.open(Path("out") / name).mode == "RGBA"


def test_without_an_output_each_result_lies_beside_its_image(cut: Any) -> None:
    put("in/a.png", "in/sub/b.jpg")
    for _ in range(2):
        assert cut("in", "-r", "--no-refine", "--overwrite").status == 0
        assert files("in") == ["a-cutout.png", "a.png", "sub/b-cutout.png", "sub/b.jpg"]
    assert cut("in", "-r", "-o", "in", "--mask", "--no-refine").status == 0
    assert {"a-mask.png", "sub/b-mask.png"} < set(files("in"))
    assert len(files("in")) == 6


def test_results_within_the_tree_are_not_taken_for_images(cut: Any) -> None:
    put("in/a.png", "in/sub/b.jpg")
    for _ in range(2):
        done = cut("in", "-r", "-o", "in/sub/out", "--no-refine", "--resume", "--json")
        assert done.status == 0, done.said
        assert len([line for line in done.lines if "output" in line]) == 2
        assert files("in/sub/out") == ["a.png", "sub/b.png"]
    Path("linked").symlink_to("in/sub/out")
    for output in (str(Path("in/sub/out").resolve()), "in/../linked/"):
        found = find(["in"], output, recursive=True)
        assert places(found) == ["a.png", "sub/b.jpg"]
        assert (Path("in/sub/out"), "the folder of the results") in found.passed_over
    assert places(find(["in/sub/out"], "in/sub/out", recursive=True)) == ["a.png", "sub/b.png"]


def test_links_lead_to_each_folder_once_and_never_in_circles(here: None) -> None:
    put("in/sub/a.png", "elsewhere/b.png")
    for link, target in {
        "in/again": "sub",
        "in/sub/up": "..",
        "in/sub/self": "self",
        "in/there": "../elsewhere",
        "in/there too": "../elsewhere",
        "elsewhere/back": "../in",
    }.items():
        Path(link).symlink_to(target)
    found = find(["in"], None, recursive=True)
    assert places(found) == ["sub/a.png", "there/b.png"]
    assert sorted(str(path) for path, why in found.passed_over if "link" in why) == [
        "in/again",
        "in/sub/up",
        "in/there too",
        "in/there/back",
    ]


def test_of_many_files_that_are_skipped_the_first_are_named_and_all_in_json(cut: Any) -> None:
    put("in/a.png")
    for number in range(25):
        Path(f"in/{number:02}.txt").write_text("no picture")
    done = cut("in", "-o", "out", "--no-refine", "--json")
    (line,) = (line for line in done.said.splitlines() if "not an image" in line)
    assert line.endswith("in/08.txt, in/09.txt and 15 more")
    assert len([line for line in done.lines if line.get("reason") == "not an image"]) == 25


def test_hidden_folders_and_those_of_systems_are_passed_over(here: None) -> None:
    put(*(f"in/{name}/a.png" for name in (".git", "@eaDir", "$RECYCLE.BIN", "__MACOSX", "kept")))
    found = find(["in"], None, recursive=True)
    assert (places(found), found.passed_over) == (["kept/a.png"], [])


def test_a_folder_that_cannot_be_read_is_a_failure_and_the_rest_is_cut(
    cut: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("in/a.png", "in/locked/b.png")
    # Root may read everything: what the system says to others is raised here.
    listed = Path.iterdir

    def iterdir(folder: Path) -> Any:
        if folder.name == "locked":
            raise PermissionError(13, "Permission denied")
        return listed(folder)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    done = cut("in", "-r", "-o", "out", "--no-refine", "--json")
    assert done.status == 1
    assert "Cannot read the folder in/locked: Permission denied." in done.said
    assert [line["input"] for line in done.lines if "error" in line] == ["in/locked"]
    assert files("out") == ["a.png"]
    with pytest.raises(StorageError, match="Cannot read the folder in/locked"):
        find(["in/locked"], None, recursive=False)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["in/s/a.jpg", "in/s/a.png"], "in/s/a.jpg and in/s/a.png would both be written to out/s/"),
        (["in/a.png", "other/a.jpg"], "in/a.png and other/a.jpg would both be written to out/a"),
    ],
)
def test_names_that_collide_are_refused_before_anything_is_done(
    cut: Any, names: list[str], words: str
) -> None:
    put("other/z.png", *names)
    done = cut("in", "other", "-r", "-o", "out", "--overwrite")
    assert (done.status, done.said.count("\n")) == (2, 1)
    assert words in done.said
    assert not Path("out").exists()


def test_the_result_of_one_image_never_replaces_another(cut: Any) -> None:
    put("in/a.png", "other/a.jpg")
    before = Path("in/a.png").read_bytes()
    done = cut("in", "other", "-o", "in", "--overwrite")
    assert (done.status, done.said.count("\n")) == (2, 1)
    assert "The result of other/a.jpg would overwrite the image in/a.png." in done.said
    assert Path("in/a.png").read_bytes() == before


def test_a_file_in_a_mirrored_folders_place_stays(cut: Any) -> None:
    put("in/a.png", "in/sub/b.png")
    Path("out").mkdir()
    Path("out/sub").write_text("mine")
    done = cut("in", "-r", "-o", "out", "--no-refine")
    assert done.status == 1
    assert "Cannot create the folder out/sub" in done.said
    assert Path("out/sub").read_text() == "mine"
    assert Path("out/a.png").exists()


def test_a_batch_that_was_killed_is_resumed(here: None) -> None:
    names = [f"{folder}/{number}.png" for folder in ("", "b", "b/c") for number in range(5)]
    put(*(f"in/{name.strip('/')}" for name in names))
    command = [sys.executable, "-m", "localmatte", "cut", "in", "-r", "-o", "out"]
    command += ["--provider", "cpu", "--no-refine"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    while len(list(Path("out").rglob("*.png"))) < 3:
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    first = {path: path.stat().st_mtime_ns for path in Path("out").rglob("*.png")}
    assert len(first) < len(names)
    done = subprocess.run([*command, "--resume"], capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert files("out") == sorted(name.strip("/") for name in names)
    for path in Path("out").rglob("*.png"):
        Image.open(path).load()
    assert all(path.stat().st_mtime_ns == time for path, time in first.items())
