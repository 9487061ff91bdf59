"""The parts of a matte, between which a user chooses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import distance_transform_edt  # type: ignore[import-untyped]
from skimage import data

from localmatte.imaging.geometry import Box
from localmatte.refine.parts import MOST, SIDE, Look, Parts, reduced
from localmatte_bridge import BridgeError, Client, Installation, Result
from localmatte_bridge.subjects import Subjects
from tests.two_subjects import SIZE, Scene, before, cut_out

WIDTH, HEIGHT = 800, 600
WHOLE = Box(0, 0, WIDTH, HEIGHT)


def matte_of(*boxes: Box) -> NDArray[np.float32]:
    """A network's matte of the whole picture, at a quarter of its size."""
    whole = np.zeros((HEIGHT, WIDTH), np.float32)
    for box in boxes:
        whole[box.rows_and_columns] = 1
    return whole[2::4, 2::4].copy()


def parts_of(matte: NDArray[np.float32], seen: Box = WHOLE, inside: Box | None = None) -> Parts:
    return Look(matte, seen, inside or seen).parts(WIDTH, HEIGHT)


SMALLER, LARGER = Box(80, 80, 240, 200), Box(400, 200, 720, 520)


def test_parts_are_told_apart_the_largest_first() -> None:
    parts = parts_of(matte_of(SMALLER, LARGER))
    assert parts.labels.shape == tuple(reversed(reduced(WIDTH, HEIGHT)))
    assert max(parts.labels.shape) == SIDE
    for part, box in zip(parts.found, (LARGER, SMALLER), strict=True):
        edges = [getattr(part.box, edge) for edge in ("left", "top", "right", "bottom")]
        wanted = [getattr(box, edge) for edge in ("left", "top", "right", "bottom")]
        np.testing.assert_allclose(edges, wanted, atol=5)
        area = (box.right - box.left) * (box.bottom - box.top) / (WIDTH * HEIGHT)
        assert part.share == pytest.approx(area, rel=0.1)
    assert _label_at(parts, 560, 360) == 1
    assert _label_at(parts, 160, 140) == 2
    assert _label_at(parts, 320, 360) == 0


def _label_at(parts: Parts, x: float, y: float) -> int:
    height, width = parts.labels.shape
    return int(parts.labels[int(y * height / HEIGHT), int(x * width / WIDTH)])


def test_specks_are_no_parts_and_more_than_a_few_are_not_told() -> None:
    parts = parts_of(matte_of(LARGER, Box(8, 8, 24, 24)))
    assert len(parts.found) == 1
    assert set(np.unique(parts.labels)) == {0, 1}
    many = [Box(x, y, x + 60, y + 60) for y in range(0, 500, 100) for x in range(0, 700, 100)]
    assert len(parts_of(matte_of(*many)).found) == MOST


def test_a_picture_without_a_subject_has_no_parts() -> None:
    parts = parts_of(matte_of())
    assert parts.found == ()
    assert not parts.labels.any()


def test_the_point_lies_deep_inside_also_of_a_ring() -> None:
    rows, columns = np.ogrid[:HEIGHT, :WIDTH]
    far = np.hypot(rows - 300, columns - 400)
    ring = (far < 280) & (far > 200)
    (part,) = parts_of(ring[2::4, 2::4].astype(np.float32)).found
    x, y = part.point
    assert distance_transform_edt(ring)[y, x] > 30


def test_only_what_is_selected_counts_and_is_in_the_whole_picture_s_pixels() -> None:
    seen, inside = Box(300, 100, 800, 600), Box(350, 150, 500, 550)
    matte = matte_of(SMALLER, LARGER)[25:, 75:]
    (part,) = parts_of(matte, seen, inside).found
    assert abs(part.box.left - 400) <= 5
    assert part.box.right == 500
    assert part.point[0] < 500
    assert _label_at(parts_of(matte, seen, inside), 450, 360) == 1
    assert _label_at(parts_of(matte, seen, inside), 600, 360) == 0
    assert parts_of(matte, seen, Box(300, 100, 350, 150)).found == ()


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (5000, 2), (2, 5000)])
def test_a_picture_of_any_size_has_parts(size: tuple[int, int]) -> None:
    width, height = size
    whole = Box(0, 0, width, height)
    (part,) = Look(np.ones((320, 320), np.float32), whole, whole).parts(width, height).found
    assert part.box == whole
    assert part.share == 1
    x, y = part.point
    assert 0 <= x < width
    assert 0 <= y < height


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCALMATTE_HOME", str(home))
        yield before(Image.fromarray(data.grass()), cut_out(home))


def asked(client: Client, rgb: NDArray[np.uint8], **options: Any) -> Result:
    height, width = rgb.shape[:2]
    *_, result = client.matte([rgb.tobytes()], width, height, "rgb8", **options)
    assert isinstance(result, Result)
    return result


def named(subjects: Subjects, scene: Scene) -> list[str]:
    """Which subject each one is, by its point."""
    return [
        next(name for name, mask in scene[1].items() if mask[found.point[1], found.point[0]])
        for found in subjects.found
    ]


def test_a_click_at_a_part_s_point_keeps_that_part(place: Installation, scene: Scene) -> None:
    rgb, masks = scene
    with Client.connect(place) as client:
        asked(client, rgb)
        subjects = client.subjects()
        assert sorted(named(subjects, scene)) == sorted(masks)
        for number, (found, name) in enumerate(
            zip(subjects.found, named(subjects, scene), strict=True), 1
        ):
            x, y = found.point
            assert subjects.at(x / SIZE[0], y / SIZE[1]) == number
            answer = asked(client, rgb, keep=[[x, y]])
            kept = np.frombuffer(answer.payload, np.uint8).reshape(rgb.shape[:2]) > 127
            assert (kept & masks[name]).sum() / (kept | masks[name]).sum() > 0.9
            # What was clicked does not take the others from the choice.
            assert client.subjects() == subjects


def test_before_a_matte_there_are_no_parts(place: Installation) -> None:
    with Client.connect(place) as client:
        with pytest.raises(BridgeError, match="no matte"):
            client.subjects()
        assert client.ask("status").header["pid"]
