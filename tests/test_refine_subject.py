"""Which subject is meant: clicks and a box, on real photographs with the real network."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from skimage import data
from skimage.graph import MCP

import localmatte
from localmatte.errors import UsageError
from localmatte.imaging.geometry import Box
from localmatte.options import MOST_POINTS, Prompts
from localmatte.refine.geodesic import FAR, distances
from localmatte_bridge import BridgeError, Client, Installation, Result
from tests.commands import localmatte as command
from tests.two_subjects import PLACES, Mask, Scene, before, cut_out, middle, pasted

RIGHT = 0.9
"""The intersection over union from which on the right subject was found."""


@pytest.fixture(scope="module")
def home_of_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A LOCALMATTE_HOME with the default model, for all tests."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCALMATTE_HOME", str(home))
        yield home


@pytest.fixture(scope="module")
def subjects(home_of_all: Path) -> dict[str, Image.Image]:
    return cut_out(home_of_all)


@pytest.fixture(scope="module")
def scene(subjects: dict[str, Image.Image]) -> Scene:
    """Both subjects before grass."""
    return before(Image.fromarray(data.grass()), subjects)


def shared(alpha: NDArray[np.floating[Any]], truth: Mask) -> float:
    found = alpha > 0.5
    return float((found & truth).sum() / (found | truth).sum())


def around(mask: Mask) -> Box:
    """A box that a user draws around a mask."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    box = Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    return box.grown(12, *mask.shape[::-1])


def test_without_prompts_all_subjects_are_found(scene: Scene) -> None:
    rgb, masks = scene
    assert shared(localmatte.matte(rgb), masks["astronaut"] | masks["coffee"]) > RIGHT


@pytest.mark.parametrize("wanted", PLACES)
@pytest.mark.parametrize(
    "prompts",
    [
        lambda wanted, other: Prompts(keep=(middle(wanted),)),
        lambda wanted, other: Prompts(remove=(middle(other),)),
        lambda wanted, other: Prompts(keep=(middle(wanted),), remove=(middle(other),)),
        lambda wanted, other: Prompts(box=around(wanted)),
    ],
    ids=["keep", "remove", "both", "box"],
)
def test_what_is_meant_stays_and_nothing_else(
    scene: Scene, wanted: str, prompts: Callable[[Mask, Mask], Prompts]
) -> None:
    rgb, masks = scene
    (other,) = masks.keys() - {wanted}
    found = localmatte.matte(rgb, prompts=prompts(masks[wanted], masks[other]))
    assert shared(found, masks[wanted]) > RIGHT


def test_soft_edges_stay_as_they_were_found(scene: Scene) -> None:
    rgb, masks = scene
    whole = localmatte.matte(rgb)
    soft = masks["astronaut"] & (whole > 0.1) & (whole < 0.9)
    found = localmatte.matte(rgb, prompts=Prompts(keep=(middle(masks["astronaut"]),)))
    assert abs(found - whole)[soft].mean() < 0.05


def test_a_second_click_adds_the_other_subject(scene: Scene) -> None:
    rgb, masks = scene
    found = localmatte.matte(rgb, prompts=Prompts(keep=tuple(map(middle, masks.values()))))
    assert shared(found, masks["astronaut"] | masks["coffee"]) > RIGHT


def test_a_click_finds_what_the_first_look_left_out(subjects: dict[str, Image.Image]) -> None:
    picture = Image.fromarray(data.grass()).convert("RGB").resize((1600, 1000))
    pasted(picture, subjects["astronaut"].resize((900, 936)), (0, 64))
    cup = pasted(picture, subjects["coffee"].resize((80, 58)), (1300, 120))
    rgb = np.asarray(picture)
    assert (localmatte.matte(rgb)[cup] > 0.5).mean() < 0.5
    assert shared(localmatte.matte(rgb, prompts=Prompts(keep=(middle(cup),))), cup) > RIGHT


def test_the_command_line_takes_points_and_boxes(scene: Scene, home: Path, tmp_path: Path) -> None:
    rgb, masks = scene
    photo = tmp_path / "two.png"
    Image.fromarray(rgb).save(photo)
    x, y = middle(masks["coffee"])
    box = around(masks["astronaut"])
    written = f"{box.left},{box.top},{box.right - box.left},{box.bottom - box.top}"
    for flags, wanted in ((["--keep", f"{x},{y}"], "coffee"), (["--box", written], "astronaut")):
        done = command("cut", photo, "--mask", "-o", tmp_path / f"{wanted}.png", *flags)
        assert done.returncode == 0, done.stderr
        found = np.asarray(Image.open(tmp_path / f"{wanted}.png"), np.float32) / 255
        assert shared(found, masks[wanted]) > RIGHT


def test_several_subjects_are_said_until_one_is_meant(
    scene: Scene, home: Path, place: Installation, tmp_path: Path
) -> None:
    rgb, masks = scene
    photo = tmp_path / "two.png"
    Image.fromarray(rgb).save(photo)
    x, y = middle(masks["coffee"])
    for flags, said in (([], True), (["--keep", f"{x},{y}"], False)):
        done = command("cut", photo, "--json", "--overwrite", *flags)
        notice = json.loads(done.stdout)["notice"]
        assert ("Several subjects were found. Use --keep" in notice) == said
        assert notice in done.stderr.decode()
    height, width = rgb.shape[:2]
    unsure = "Several subjects were found. In the preview, click the one to keep."
    cases: list[tuple[dict[str, Any], str]] = [({}, unsure), ({"keep": [[x, y]]}, "")]
    with Client.connect(place) as client:
        for options, words in cases:
            result = list(client.matte([rgb.tobytes()], width, height, "rgb8", **options))[-1]
            assert isinstance(result, Result)
            meta = result.header["meta"]
            assert (meta["doubt"], meta["notice"]) == (words, "")


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--keep", "5000,3"], "The point 5000,3 is outside the image."),
        (["--remove", "-1,3"], "The point -1,3 is outside the image."),
        (["--box", "2000,0,9,9"], "The box is outside the image."),
        (["--keep", "3"], '"3" is not X,Y in whole pixels'),
    ],
)
def test_what_is_outside_is_said(
    scene: Scene, home: Path, tmp_path: Path, flags: list[str], sentence: str
) -> None:
    photo = tmp_path / "two.png"
    Image.fromarray(scene[0]).save(photo)
    done = command("cut", photo, f"{flags[0]}={flags[1]}")
    assert done.returncode == 2
    assert sentence in done.stderr.decode()
    assert [path.name for path in tmp_path.iterdir()].count("two-cutout.png") == 0


def test_points_belong_to_one_image(home: Path, tmp_path: Path) -> None:
    for name in "ab":
        Image.new("RGB", (40, 40)).save(tmp_path / f"{name}.png")
    done = command("cut", tmp_path, "--keep", "3,3")
    assert done.returncode == 2
    assert "one image" in done.stderr.decode()


def test_no_user_clicks_a_thousand_times() -> None:
    with pytest.raises(UsageError):
        Prompts(keep=((0, 0),) * (MOST_POINTS + 1))


def test_the_worker_takes_points(scene: Scene, place: Installation) -> None:
    rgb, masks = scene
    height, width = rgb.shape[:2]
    with Client.connect(place) as client:
        asked = client.matte(
            [rgb.tobytes()], width, height, "rgb8", keep=[list(middle(masks["coffee"]))]
        )
        result = list(asked)[-1]
        assert isinstance(result, Result)
        found = np.frombuffer(result.payload, np.uint8).reshape(height, width) / np.float32(255)
        assert shared(found, masks["coffee"]) > RIGHT
        for wrong in ({"keep": [[1]]}, {"remove": "x"}, {"keep": [[1, True]]}, {"box": [1, 2]}):
            with pytest.raises(BridgeError):
                list(client.matte([rgb.tobytes()], width, height, "rgb8", **wrong))


def test_distances_go_the_cheapest_way() -> None:
    random = np.random.default_rng(3)
    cost = random.uniform(0.01, 1, (23, 31)).astype(np.float32)
    seeds = np.zeros(cost.shape, bool)
    seeds[4, 5] = seeds[20, 28] = True
    found = distances(cost, seeds)
    paths = MCP(cost, fully_connected=False)
    expected = np.min(
        [paths.find_costs([start])[0] - cost[start] for start in ((4, 5), (20, 28))], axis=0
    )
    np.testing.assert_allclose(found, expected, atol=1e-3)
    assert (distances(cost, np.zeros_like(seeds)) >= FAR).all()
