"""`localmatte cut`, run as a process on real photos with real weights."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests import weights
from tests.commands import localmatte, sentence

pytestmark = pytest.mark.usefixtures("home")


def _mask(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path))


def test_the_cutout_shows_only_the_subject_and_cleans_colours_only_at_soft_edges(
    photos: dict[str, Path], tmp_path: Path
) -> None:
    out, kept = tmp_path / "cut.png", tmp_path / "kept.png"
    done = localmatte("cut", photos["astronaut"], "-o", out)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    cut = np.asarray(Image.open(out))
    changed = (cut[..., :3] != np.asarray(Image.open(photos["astronaut"]))).any(2)
    assert changed[(cut[..., 3] > 0) & (cut[..., 3] < 255)].any()
    assert not changed[cut[..., 3] == 255].any()
    localmatte("cut", photos["astronaut"], "-o", kept, "--keep-colours", "--keep-hidden-colours")
    assert (np.asarray(Image.open(kept))[..., :3] == Image.open(photos["astronaut"])).all()
    assert cut[200, 220, 3] == 255  # the face
    assert cut[20, 20, 3] == 0  # the backdrop's corner


def test_the_mask_is_the_cutouts_alpha_but_for_haze(
    photos: dict[str, Path], tmp_path: Path
) -> None:
    mask, cut = tmp_path / "mask.png", tmp_path / "cut.png"
    localmatte("cut", photos["chelsea"], "-o", mask, "--mask")
    localmatte("cut", photos["chelsea"], "-o", cut)
    assert Image.open(mask).mode == "L"
    seen = np.where(_mask(mask) <= 3, 0, _mask(mask))
    assert (seen == np.asarray(Image.open(cut))[..., 3]).all()


def test_a_deep_mask_holds_more_than_256_levels(photos: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "mask.png"
    assert (
        localmatte("cut", photos["chelsea"], "-o", out, "--mask", "--depth", "16").returncode == 0
    )
    assert len(np.unique(_mask(out))) > 256


def test_stdin_to_stdout(photos: dict[str, Path], tmp_path: Path) -> None:
    done = localmatte("cut", "-", stdin=photos["astronaut"].read_bytes())
    localmatte("cut", photos["astronaut"], "-o", tmp_path / "cut.png")
    piped = Image.open(io.BytesIO(done.stdout))
    assert (np.asarray(piped) == np.asarray(Image.open(tmp_path / "cut.png"))).all()


def test_the_orientation_in_exif_is_applied_and_the_location_is_not_copied(
    photos: dict[str, Path], tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise
    exif.get_ifd(0x8825)[1] = "N"
    turned = tmp_path / "turned.jpg"
    Image.open(photos["astronaut"]).rotate(90, expand=True).save(turned, exif=exif, quality=95)
    plain, kept = tmp_path / "plain.png", tmp_path / "kept.png"
    localmatte("cut", turned, "-o", plain)
    localmatte("cut", turned, "-o", kept, "--keep-metadata")
    upright = np.asarray(Image.open(photos["astronaut"])).astype(int)
    cut = np.asarray(Image.open(plain))
    assert np.abs(cut[..., :3] - upright)[cut[..., 3] == 255].mean() < 5
    assert len(Image.open(plain).getexif()) == 0
    assert Image.open(kept).getexif().get_ifd(0x8825)[1] == "N"
    assert 0x0112 not in Image.open(kept).getexif()


def test_a_background_is_blended_under_soft_edges(photos: dict[str, Path], tmp_path: Path) -> None:
    cut, out = tmp_path / "cut.png", tmp_path / "white.jpg"
    localmatte("cut", photos["chelsea"], "-o", cut)
    assert localmatte("cut", photos["chelsea"], "-o", out, "--background", "white").returncode == 0
    rgba = np.asarray(Image.open(cut)).astype(float)
    alpha = rgba[..., 3:] / 255
    expected = rgba[..., :3] * alpha + 255 * (1 - alpha)
    assert np.abs(np.asarray(Image.open(out)) - expected).mean() < 3
    picture = tmp_path / "both.png"
    localmatte("cut", photos["chelsea"], "-o", picture, "--background", photos["astronaut"])
    assert Image.open(picture).mode == "RGB"


def test_a_selection_is_refined_into_an_existing_mask(
    photos: dict[str, Path], tmp_path: Path
) -> None:
    before, after = tmp_path / "before.png", tmp_path / "after.png"
    Image.new("I;16", (512, 512), 30000).save(before)
    asked: list[str | Path] = ["cut", photos["astronaut"], "--mask", "--depth", "16"]
    refused = localmatte(*asked, "--onto", before, "-o", after)
    assert refused.returncode == 2
    assert b"Without a selection, nothing of the existing mask would remain." in refused.stderr
    done = localmatte(*asked, "--onto", before, "--selection", "100,0,300,300", "-o", after)
    assert done.returncode == 0, done.stderr
    found = _mask(after)
    assert (found[300:] == 30000).all()
    assert (found[:, :100] == 30000).all()
    assert found[200, 220] == 65535  # the face
    small = tmp_path / "small.png"
    Image.new("L", (5, 5)).save(small)
    wrong = localmatte(*asked, "--onto", small, "--selection", "100,0,300,300", "-o", before)
    assert b"The mask and the image have different sizes." in wrong.stderr


def test_hints_keep_and_take_away(photos: dict[str, Path], tmp_path: Path) -> None:
    strokes = np.full((512, 512), 128, np.uint8)
    strokes[20:60, 400:440], strokes[180:220, 200:240] = 255, 0
    hints, out = tmp_path / "hints.png", tmp_path / "mask.png"
    Image.fromarray(strokes).save(hints)
    done = localmatte("cut", photos["astronaut"], "--mask", "--hints", hints, "-o", out)
    assert done.returncode == 0, done.stderr
    assert (_mask(out)[strokes == 255] == 255).all()
    assert (_mask(out)[strokes == 0] == 0).all()
    Image.fromarray(strokes[1:]).save(hints)
    wrong = localmatte("cut", photos["astronaut"], "--mask", "--hints", hints, "-o", out)
    assert b"The hints and the image have different sizes." in wrong.stderr


def test_edges_are_finished_and_a_selection_is_no_edge(
    photos: dict[str, Path], tmp_path: Path
) -> None:
    whole, shrunk, wrong = (tmp_path / f"{name}.png" for name in ("whole", "shrunk", "wrong"))
    arguments: list[str | Path] = [
        "cut",
        photos["astronaut"],
        "--mask",
        "--selection",
        "150,100,150,300",
    ]
    assert localmatte(*arguments, "-o", whole).returncode == 0
    done = localmatte(*arguments, "--shift", "-4", "--specks", "50", "-o", shrunk)
    assert done.returncode == 0, done.stderr
    before, after = _mask(whole), _mask(shrunk)
    assert 0 < after.sum() < before.sum()
    middle = slice(250, 350)
    assert (after[middle, 150:153] == before[middle, 150:153]).mean() > 0.9
    refused = localmatte(*arguments, "--feather", "101", "-o", wrong)
    assert refused.returncode == 2
    assert b"The edge control feather cannot be 101." in refused.stderr
    assert not wrong.exists()


def test_nothing_is_shown_outside_a_selection(photos: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "mask.png"
    localmatte("cut", photos["astronaut"], "-o", out, "--mask", "--selection", "120,40,200,250")
    mask = _mask(out)
    inside = np.zeros(mask.shape, bool)
    inside[40:290, 120:320] = True
    assert mask[~inside].max() == 0
    assert mask[inside].max() == 255


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tiff", ".avif"])
def test_formats_with_alpha(photos: dict[str, Path], tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"cut{suffix}"
    assert localmatte("cut", photos["chelsea"], "-o", out).returncode == 0
    assert Image.open(out).mode == "RGBA"


def test_a_folder_becomes_a_folder_and_a_bad_file_one_line(
    photos: dict[str, Path], tmp_path: Path
) -> None:
    batch, out = tmp_path / "in", tmp_path / "out"
    batch.mkdir()
    for name in ("astronaut", "chelsea"):
        shutil.copy(photos[name], batch)
    (batch / "broken.jpg").write_text("no picture")
    done = localmatte("cut", batch, "-o", out, "--json")
    assert done.returncode == 1
    assert sorted(path.name for path in out.iterdir()) == ["astronaut.png", "chelsea.png"]
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [("error" in line) for line in lines] == [False, True, False]
    assert b"broken.jpg" in done.stderr
    before = {path: path.stat().st_mtime_ns for path in out.iterdir()}
    again = localmatte("cut", batch, "-o", out, "--resume", "--json")
    assert [json.loads(line).get("skipped") for line in again.stdout.splitlines()] == [
        True,
        None,
        True,
    ]
    assert before == {path: path.stat().st_mtime_ns for path in out.iterdir()}


def test_many_pictures_side_by_side_give_what_each_gives_alone(
    photos: dict[str, Path], tmp_path: Path
) -> None:
    batch = tmp_path / "in"
    batch.mkdir()
    names = [f"{number}.png" for number in range((os.cpu_count() or 1) + 1)]
    sources = [photos["astronaut"], photos["chelsea"]]
    for number, name in enumerate(names):
        shutil.copy(sources[number % 2], batch / name)
    assert localmatte("cut", batch, "-o", tmp_path / "many", "--provider", "cpu").returncode == 0
    for number, source in enumerate(sources):
        out = tmp_path / f"alone{number}.png"
        localmatte("cut", source, "-o", out, "--provider", "cpu")
        alone = np.asarray(Image.open(out)).astype(int)
        for name in names[number::2]:
            found = np.asarray(Image.open(tmp_path / "many" / name)).astype(int)
            assert np.abs(found - alone).max() <= 1


def test_results_that_exist_are_not_replaced_unasked(
    photos: dict[str, Path], tmp_path: Path
) -> None:
    photo = shutil.copy(photos["chelsea"], tmp_path)
    earlier = tmp_path / "chelsea-cutout.png"
    earlier.write_text("earlier work")
    done = localmatte("cut", photo)
    assert done.returncode == 1
    assert "already exists" in sentence(done)
    assert earlier.read_text() == "earlier work"
    assert localmatte("cut", photo, "--overwrite").returncode == 0
    assert Image.open(earlier).mode == "RGBA"


def _text_file(folder: Path) -> list[str]:
    (folder / "text.jpg").write_text("not a readable image")
    return [str(folder / "text.jpg")]


def _truncated(folder: Path) -> list[str]:
    Image.effect_noise((300, 300), 60).convert("RGB").save(folder / "whole.png")
    (folder / "half.png").write_bytes((folder / "whole.png").read_bytes()[:20000])
    return [str(folder / "half.png")]


def _no_pixels(folder: Path) -> list[str]:
    header = b"P6 0 0 255\n"
    (folder / "empty.ppm").write_bytes(header)
    return [str(folder / "empty.ppm")]


def _transparent(folder: Path) -> list[str]:
    Image.new("RGBA", (40, 30), (200, 10, 10, 0)).save(folder / "clear.png")
    return [str(folder / "clear.png")]


def _gigantic(folder: Path) -> list[str]:
    Image.new("1", (20000, 15000)).save(folder / "300mp.png")
    return [str(folder / "300mp.png")]


def _ordinary(folder: Path) -> str:
    Image.new("RGB", (64, 48), "teal").save(folder / "photo.png")
    return str(folder / "photo.png")


@pytest.mark.parametrize(
    ("make", "status", "words"),
    [
        (lambda folder: [str(folder / "gone.png")], 1, "no file"),
        (lambda folder: [str(folder)], 2, "no images"),
        (_text_file, 1, "not a readable image"),
        (_truncated, 1, "damaged"),
        (_no_pixels, 1, "not a readable image"),
        (_transparent, 1, "transparent"),
        (_gigantic, 1, "300 megapixels"),
        (lambda folder: [_ordinary(folder), "--model", "u2netq"], 2, "u2netp"),
        (lambda folder: [_ordinary(folder), "--model", "u2net"], 1, "models pull u2net"),
        (lambda folder: [_ordinary(folder), "--provider", "npu"], 2, "webgpu"),
        (lambda folder: [_ordinary(folder), "--background", "blurple"], 2, "neither a colour"),
        (lambda folder: [_ordinary(folder), "--selection", "900,900,5,5"], 1, "outside"),
        (lambda folder: [_ordinary(folder), "--depth", "16"], 2, "--mask"),
    ],
)
def test_wrong_input_is_one_sentence_and_no_file(
    tmp_path: Path, make: object, status: int, words: str
) -> None:
    assert callable(make)
    folder = tmp_path / "pictures"
    folder.mkdir()
    arguments = make(folder)
    before = sorted(folder.iterdir())
    done = localmatte("cut", *arguments, "-o", tmp_path / "out.png")
    assert done.returncode == status
    assert words in sentence(done)
    assert not (tmp_path / "out.png").exists()
    assert sorted(folder.iterdir()) == before


def test_a_jpeg_cannot_be_transparent(photos: dict[str, Path], tmp_path: Path) -> None:
    done = localmatte("cut", photos["chelsea"], "-o", tmp_path / "cut.jpg")
    assert done.returncode == 2
    assert "--background" in sentence(done)
    assert not (tmp_path / "cut.jpg").exists()


def test_the_picture_itself_is_never_replaced(photos: dict[str, Path], tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    shutil.copy(photos["chelsea"], photo)
    before = photo.read_bytes()
    assert localmatte("cut", photo, "-o", photo, "--overwrite").returncode == 2
    assert photo.read_bytes() == before


def test_a_folder_that_cannot_be_written_gets_a_sentence(photos: dict[str, Path]) -> None:
    done = localmatte("cut", photos["chelsea"], "-o", "/proc/cut.png")
    assert done.returncode == 1
    assert "Cannot write" in sentence(done)


def test_a_full_disk_leaves_no_half_file(photos: dict[str, Path], tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    disk = tmp_path / "disk"
    disk.mkdir()
    script = (
        'mount -t tmpfs -o size=40k tmpfs "$1" && "$2" -m localmatte cut "$3" -o "$1/cut.png";'
        ' status=$?; ls -A "$1"; exit $status'
    )
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, "sh", disk, sys.executable, photos["chelsea"]],
        capture_output=True,
    )
    assert done.returncode == 1
    assert b"No space left" in done.stderr
    assert done.stdout == b""


def test_no_model_and_no_network_says_how_to_get_it(
    photos: dict[str, Path], tmp_path: Path
) -> None:
    done = localmatte(
        "cut", photos["chelsea"], "-o", tmp_path / "x.png", LOCALMATTE_HOME=str(tmp_path / "none")
    )
    assert done.returncode == 1
    assert "models pull u2netp" in sentence(done)
    pulled = localmatte(
        "models", "pull", "u2netp", LOCALMATTE_HOME=str(tmp_path / "none"), LOCALMATTE_OFFLINE="1"
    )
    assert pulled.returncode == 1
    assert "LOCALMATTE_OFFLINE" in sentence(pulled)


def test_ctrl_c_ends_a_batch_at_once_and_leaves_only_whole_files(
    photos: dict[str, Path], home: Path, tmp_path: Path
) -> None:
    weights.place("isnet-fp16", home)
    pictures = [tmp_path / f"{number}.png" for number in range(30)]
    for picture in pictures:
        picture.write_bytes(photos["chelsea"].read_bytes())
    command = [sys.executable, "-m", "localmatte", "cut", *map(str, pictures)]
    process = subprocess.Popen(
        [*command, "--model", "isnet-fp16", "-o", str(tmp_path / "out")], stderr=subprocess.PIPE
    )
    results = tmp_path / "out"
    while not list(results.glob("[0-9]*.png")):
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in told
    assert 0 < len(list(results.iterdir())) < 30
    for result in results.iterdir():
        Image.open(result).load()


def test_ctrl_c_does_not_wait_for_a_network_that_is_being_loaded(
    photos: dict[str, Path], home: Path, tmp_path: Path
) -> None:
    code = (
        "import sys, time; from localmatte.__main__ import run; from localmatte.providers import "
        "CPU\nCPU.session = lambda model: (print('loading', flush=True), time.sleep(60))\nrun()"
    )
    command = [sys.executable, "-c", code, "cut", str(photos["chelsea"]), "--provider", "cpu"]
    with subprocess.Popen(
        [*command, "-o", str(tmp_path / "out.png")], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"loading\n"
        process.send_signal(signal.SIGINT)
        _out, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (130, b"localmatte: interrupted.\n")
    assert list(tmp_path.glob("*.png")) == []
