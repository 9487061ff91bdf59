"""Animations and pages: all frames are cut out, and nothing about them is lost."""

from __future__ import annotations

import io
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageSequence

from localmatte.imaging import animation, writer
from localmatte.imaging.photo import Photo
from localmatte.imaging.reader import opened
from tests import profiles
from tests.commands import localmatte as process
from tests.test_pictures import Ran, cut, scene

__all__ = ["cut"]

pytestmark = pytest.mark.usefixtures("home")

MIDDLES = (0.3, 0.5, 0.7)
DURATIONS = [70, 250, 1000]
SCENES = [scene(middle=middle) for middle in MIDDLES]
NAMES = {"GIF": "film.gif", "PNG": "film.png", "WEBP": "film.webp", "TIFF": "pages.tif"}


def _save(name: str, kind: str, loop: int | None = 0, **more: Any) -> None:
    images = [Image.fromarray(pixels) for pixels in SCENES]
    options: dict[str, Any] = {"save_all": True, "append_images": images[1:], **more}
    if kind != "TIFF":
        options |= {"duration": DURATIONS}
        if loop is not None:
            options["loop"] = loop
    if kind == "WEBP":
        options["lossless"] = True
    images[0].save(name, kind, **options)


def _frames(path: str | Path) -> list[tuple[np.ndarray, float]]:
    """Each frame as a viewer shows it, RGBA, and its milliseconds."""
    found = []
    with Image.open(path) as image:
        for frame in ImageSequence.Iterator(image):
            frame.load()
            found.append((np.asarray(frame.convert("RGBA")), frame.info.get("duration", 0)))
    return found


def _middle(alpha: np.ndarray) -> float:
    columns = alpha.astype(float).mean(0)
    return float(np.average(np.arange(alpha.shape[1]), weights=columns) / alpha.shape[1])


@pytest.mark.parametrize(
    ("kind", "loop"),
    [("GIF", 0), ("GIF", 4), ("GIF", None), ("PNG", 4), ("WEBP", 1), ("WEBP", 0), ("TIFF", None)],
)
def test_all_frames_are_cut_out_in_the_same_format(cut: Any, kind: str, loop: int | None) -> None:
    _save(NAMES[kind], kind, loop)
    done: Ran = cut(NAMES[kind], "--frames", "--json", "--no-refine", "--keep-colours")
    assert done.status == 0, done.said
    result = done.lines[0]["output"]
    assert result == NAMES[kind].replace(".", "-cutout.")
    assert done.lines[0]["frames"] == 3
    assert ("GIF files have no soft edges" in done.said) == (kind == "GIF")
    assert bool(done.lines[0]["left_out"]) == (kind == "GIF")
    with Image.open(result) as image:
        assert image.format == kind
        if kind in ("PNG", "WEBP"):
            assert image.info.get("loop", 0) == loop
        elif kind == "GIF":
            assert image.info.get("loop") == loop
    frames = _frames(result)
    assert [_middle(pixels[..., 3]) for pixels, _ in frames] == pytest.approx(MIDDLES, abs=0.02)
    if kind != "TIFF":
        assert [shown for _, shown in frames] == DURATIONS
    for (pixels, _), original in zip(frames, SCENES, strict=True):
        shown = pixels[..., 3]
        assert not pixels[shown == 0].any()
        solid = shown == 255
        off = np.abs(pixels[..., :3].astype(int) - original)[solid]
        assert off.mean() < 4 if kind == "GIF" else off.max() == 0
        if kind == "GIF":
            assert set(np.unique(shown)) == {0, 255}


@pytest.mark.parametrize("kind", NAMES)
def test_no_frame_is_seen_through_another(tmp_path: Path, kind: str) -> None:
    """Squares that do not overlap, on nothing: the earlier ones must be gone."""

    def frames() -> Any:
        for at in range(4):
            pixels = np.zeros((40, 40, 4), np.uint8)
            pixels[10 * at : 10 * at + 10, :10] = (200, 10 * at, 7, 255)
            yield writer.Frame(pixels, Photo(pixels[..., :3]), 40)

    path = tmp_path / NAMES[kind]
    with path.open("wb") as stream:
        writer.encode_all(frames(), stream, kind, 4, 0)
    for at, (pixels, _) in enumerate(_frames(path)):
        alpha = pixels[..., 3]
        assert (alpha[10 * at : 10 * at + 10, :10] == 255).all()
        assert alpha.astype(int).sum() == 255 * 100
        assert pixels[10 * at, 0, :3].tolist() == [200, 10 * at, 7]


def test_pages_keep_their_own_sizes_depths_and_profiles(cut: Any) -> None:
    deep = SCENES[1].astype(np.uint16) * 257
    with tifffile.TiffWriter("pages.tif") as file:
        file.write(SCENES[0], photometric="rgb", iccprofile=profiles.WIDE)
        file.write(deep[:, :200], photometric="rgb", resolution=(300, 300))
        file.write(SCENES[2][..., 0], photometric="minisblack")
    assert cut("pages.tif", "--frames", "-o", "out.tiff").status == 0
    pages = [tifffile.imread("out.tiff", key=number) for number in range(3)]
    with tifffile.TiffFile("out.tiff") as file:
        found = [page.aspage().tags.valueof(34675) for page in file.pages]
    assert [page.shape for page in pages] == [(180, 240, 4), (180, 200, 4), (180, 240, 4)]
    assert [page.dtype.itemsize for page in pages] == [1, 2, 1]
    assert found == [profiles.WIDE, None, None]
    solid = pages[1][..., 3] == 65535
    assert (pages[1][..., :3] == deep[:, :200])[solid].all()
    done = cut("pages.tif", "--frames", "-o", "out.webp")
    assert done.status == 1
    assert "The pages have different sizes. Use .tiff." in done.said
    assert not Path("out.webp").exists()


@pytest.mark.parametrize(
    ("out", "flags"),
    [
        ("out.gif", ()),
        ("out.gif", ("--background", "#20c040")),
        ("out.apng", ("--mask", "--depth", "16")),
        ("out.webp", ("--mask",)),
        ("out.tif", ("--background", "#20c040")),
    ],
    ids=str,
)
def test_frames_go_into_any_format_that_holds_them(
    cut: Any, out: str, flags: tuple[str, ...]
) -> None:
    _save("film.webp", "WEBP")
    done = cut("film.webp", "--frames", "-o", out, "--no-refine", *flags)
    assert done.status == 0, done.said
    frames = _frames(out)
    assert len(frames) == 3
    for middle, (pixels, _) in zip(MIDDLES, frames, strict=True):
        if flags == ("--background", "#20c040"):
            assert np.abs(pixels[3, 3].astype(int) - (32, 192, 64, 255)).max() <= 4
        else:
            plane = pixels[..., 0] if "--mask" in flags else pixels[..., 3]
            assert _middle(plane) == pytest.approx(middle, abs=0.02)


@pytest.mark.parametrize("suffix", ["jpg", "bmp", "avif", "tga", "ico"])
def test_a_format_without_frames_is_said_before_the_work(cut: Any, suffix: str) -> None:
    _save("film.gif", "GIF")
    done = cut("film.gif", "--frames", "-o", f"out.{suffix}", "--background", "white")
    assert done.status == 2
    assert "files with several frames are not supported." in done.said
    assert "leave out --frames" in done.said
    assert not Path(f"out.{suffix}").exists()


def test_a_folder_with_frames_and_stills_can_be_cut_twice(cut: Any) -> None:
    Path("all").mkdir()
    _save("all/film.gif", "GIF")
    _save("all/pages.tif", "TIFF")
    Image.fromarray(SCENES[1]).save("all/photo.jpg")
    assert cut("all", "--frames", "--no-refine").status == 0
    before = {path.name: path.read_bytes() for path in Path("all").iterdir()}
    names = {"film-cutout.gif", "pages-cutout.tif", "photo-cutout.png"}
    assert set(before) == names | {"film.gif", "pages.tif", "photo.jpg"}
    done = cut("all", "--frames", "--resume", "--no-refine")
    assert done.status == 0
    assert "film-cutout.gif" in done.said
    assert {path.name: path.read_bytes() for path in Path("all").iterdir()} == before


@pytest.mark.parametrize("kind", ["GIF", "TIFF"])
def test_frames_come_through_a_pipe(kind: str, tmp_path: Path) -> None:
    path = tmp_path / NAMES[kind]
    _save(str(path), kind)
    done = process(
        "cut", "-", "--frames", "--no-refine", "--provider", "cpu", stdin=path.read_bytes()
    )
    assert done.returncode == 0, done.stderr
    with Image.open(io.BytesIO(done.stdout)) as image:
        assert (image.format, image.n_frames) == (kind, 3)  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", NAMES)
def test_half_an_animation_is_refused_and_leaves_what_was_there(cut: Any, kind: str) -> None:
    name = NAMES[kind]
    # Their directories are at a TIFF file's end; the one of the last page goes.
    _save(name, kind)
    data = Path(name).read_bytes()
    Path(name).write_bytes(data[: len(data) * 2 // 3])
    out = Path(f"out{Path(name).suffix}")
    out.write_text("earlier")
    done = cut(name, "--frames", "-o", out)
    assert done.status == 1
    assert out.read_text() == "earlier"
    assert done.said.count("\n") == 1
    assert sorted(path.name for path in Path().iterdir() if path.name != "home") == sorted(
        [name, out.name]
    )


def test_a_still_image_that_is_not_part_of_the_animation_is_no_frame(cut: Any) -> None:
    images = [Image.fromarray(pixels) for pixels in SCENES]
    images[0].save(
        "film.png", save_all=True, append_images=images[1:], default_image=True, duration=90
    )
    done = cut("film.png", "--frames", "--json", "-o", "out.png")
    assert (done.status, done.lines[0]["frames"]) == (0, 2)
    frames = _frames("out.png")
    assert [_middle(pixels[..., 3]) for pixels, _ in frames] == pytest.approx([0.5, 0.7], abs=0.02)


def test_sixteen_bits_of_an_animations_frames_become_eight_and_that_is_said(
    tmp_path: Path,
) -> None:
    stills = []
    for pixels in SCENES:
        stream = io.BytesIO()
        photo = Photo(pixels.astype(np.uint16) * 257)
        writer.encode(photo.colours, stream, "PNG", photo)
        stills.append(stream.getvalue())
    path = tmp_path / "film.png"
    with path.open("wb") as file:
        film = animation.Png(file, 3, 0)
        for still in stills:
            film.add(still, 40)
        film.close()
    found = [photo for photo, _ in opened(path).photos()]
    assert [photo.colours.tolist() for photo in found] == [pixels.tolist() for pixels in SCENES]
    assert found[0].losses == ("Its 16-bit colours were converted to 8 bits.",)


def test_metadata_and_profile_stay_with_an_animation(cut: Any) -> None:
    exif = Image.Exif()
    exif[0x013B] = "Somebody"
    for kind in ("PNG", "WEBP"):
        name = NAMES[kind]
        _save(name, kind, icc_profile=profiles.P3, exif=exif.tobytes())
        assert cut(name, "--frames", "--keep-metadata", "-o", f"out-{name}").status == 0
        with Image.open(f"out-{name}") as image:
            assert image.info["icc_profile"] == profiles.P3
            assert image.getexif()[0x013B] == "Somebody"


@pytest.mark.parametrize("kind", NAMES)
def test_memory_does_not_grow_with_the_frames(tmp_path: Path, kind: str) -> None:
    """Read and written frame by frame: forty frames take what ten take, and not four times it."""
    path = tmp_path / NAMES[kind]
    side = 400

    def frames(count: int) -> Any:
        for at in range(count):
            pixels = np.full((side, side, 4), 255, np.uint8)
            pixels[:, at * 5 : at * 5 + 9, :3] = (7, at, 9)
            yield writer.Frame(pixels, Photo(pixels[..., :3]), 40)

    def peak(count: int) -> int:
        tracemalloc.start()
        with path.open("wb") as stream:
            writer.encode_all(frames(count), stream, kind, count, 0)
        for photo, _ in opened(path).photos():
            assert photo.size == (side, side)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    few = peak(10)
    assert peak(40) < few + 8 * side * side


def test_a_frame_of_a_minute_and_more_is_shown_as_long(tmp_path: Path) -> None:
    pixels = np.full((8, 8, 4), 255, np.uint8)
    for kind, name in (("PNG", "film.png"), ("WEBP", "film.webp"), ("GIF", "film.gif")):
        frames = [writer.Frame(pixels, Photo(pixels[..., :3]), ms) for ms in (90_000, 10)]
        with (tmp_path / name).open("wb") as stream:
            writer.encode_all(frames, stream, kind, 2, 0)
        assert [shown for _, shown in _frames(tmp_path / name)] == [90_000, 10]


def test_a_gifs_delays_are_as_its_format_has_them(tmp_path: Path) -> None:
    pixels = np.full((8, 8, 4), 255, np.uint8)
    frames = [writer.Frame(pixels, Photo(pixels[..., :3]), ms) for ms in (40, 30)]
    stream = io.BytesIO()
    writer.encode_all(frames, stream, "GIF", 2, 3)
    data = stream.getvalue()
    assert data.count(b"!\xf9\x04") == 2
    at = data.index(b"NETSCAPE2.0") + 11
    assert struct.unpack("<H", data[at + 2 : at + 4]) == (2,)
