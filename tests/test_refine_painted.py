"""Masks on which somebody painted roughly: near the truth afterwards, and untouched elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter
from skimage import data

import localmatte
from localmatte.engine import Engine
from localmatte.errors import CancelledError, LocalmatteError, UsageError
from localmatte.imaging.pixels import Raster, quantised, unit
from localmatte.progress import CancelToken
from localmatte.refine import painted as module
from localmatte.refine.painted import finish_painted, finish_selected, reach_of
from localmatte.refine.trimap import grown
from tests.commands import localmatte as command
from tests.commands import sentence
from tests.quality.metrics import boundary
from tests.quality.pictures import Pair, spiky_disc
from tests.quality.strokes import Painting, finished, paintings, report

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

DTYPES = (np.uint8, np.uint16, np.float32)
KINDS = ("missing, within", "missing, beyond", "too much, within", "too much, beyond")


@pytest.fixture(scope="module")
def pair() -> Pair:
    rgb, truth = spiky_disc(data.coffee(), np.dstack([data.gravel()] * 3), 800, 600, spikes=8)
    return Pair("made", rgb, truth)


@pytest.fixture(scope="module")
def painted(pair: Pair) -> dict[str, Painting]:
    """The made-up picture's masks with strokes, by their kinds."""
    return {painting.kind: painting for painting in paintings([pair])}


def eight_bits(painting: Painting) -> tuple[Bytes, Bytes]:
    """A painted mask, and what it was before."""
    return quantised(painting.painted), quantised(painting.before)


@pytest.mark.parametrize("kind", KINDS)
def test_strokes_get_the_edges_that_they_mean(painted: dict[str, Painting], kind: str) -> None:
    found = finished(painted[kind])
    assert found.before > 0.02
    assert found.after <= found.painted / 2
    assert found.touched == 0


@pytest.mark.parametrize("dtype", DTYPES)
def test_beyond_the_reach_of_strokes_a_mask_of_any_depth_is_what_it_was(
    painted: dict[str, Painting], dtype: type[Any]
) -> None:
    one = painted["missing, within"]
    mask, before = (quantised(plane, dtype) for plane in (one.painted, one.before))
    given = mask.copy()
    after = finish_painted(one.rgb, mask, before)
    assert after.dtype == dtype
    assert (mask == given).all()
    beyond = ~grown(mask != before, reach_of(*mask.shape[::-1]))
    assert (after == mask)[beyond].all()
    assert boundary(unit(after), one.truth) <= boundary(unit(mask), one.truth) / 2


def test_near_white_strokes_a_mask_only_gains_and_near_black_ones_it_only_loses(
    painted: dict[str, Painting],
) -> None:
    for kind, sign in (("missing, within", 1), ("too much, beyond", -1)):
        mask, before = eight_bits(painted[kind])
        after = finish_painted(painted[kind].rgb, mask, before)
        assert (sign * (after.astype(int) - before) >= 0).all()


def test_strokes_far_apart_are_finished_as_each_alone(pair: Pair) -> None:
    before = quantised(pair.truth)
    height, width = before.shape
    y, x = np.ogrid[:height, :width]
    dabs = [np.hypot(y - height / 2, x - column) < 20 for column in (width // 5, 4 * width // 5)]
    alone = [finish_painted(pair.rgb, np.where(dab, 128, before), before) for dab in dabs]
    both = np.where(dabs[0] | dabs[1], np.uint8(128), before)
    together = finish_painted(pair.rgb, both, before)
    middle = width // 2
    assert (together[:, :middle] == alone[0][:, :middle]).all()
    assert (together[:, middle:] == alone[1][:, middle:]).all()


def test_what_was_painted_grey_is_solved(pair: Pair) -> None:
    before = quantised(pair.truth)
    band = grown(before > 127, 6) & grown(before <= 127, 6)
    mask = np.where(band, np.uint8(128), before)
    after = finish_painted(pair.rgb, mask, before)
    assert boundary(unit(after), pair.truth) < boundary(unit(mask), pair.truth) / 3
    assert (after == mask)[~band].all()


@pytest.mark.parametrize("half", [3, 12, 40])
def test_where_the_picture_has_no_edge_a_strokes_own_edge_stays(half: int) -> None:
    random = np.random.default_rng(0)
    sky = np.clip(random.normal((100, 150, 220), 2, (300, 400, 3)), 0, 255).astype(np.uint8)
    before = np.zeros((300, 400), np.uint8)
    mask = before.copy()
    mask[150 - half : 150 + half, 100:300] = 255
    after = finish_painted(sky, mask, before)
    assert (after[mask > 0] > 127).all()
    assert not (after[~grown(mask > 0, 4)] > 127).any()


def test_of_a_mask_of_any_origin_only_what_is_soft_is_solved(pair: Pair) -> None:
    soft = Image.fromarray(quantised(pair.truth)).resize((80, 60), Image.Resampling.BOX)
    mask = np.array(soft.resize((800, 600), Image.Resampling.BILINEAR))
    after = finish_painted(pair.rgb, mask)
    solid = (mask == 0) | (mask == 255)
    assert (after == mask)[solid].all()
    assert boundary(unit(after), pair.truth) < boundary(unit(mask), pair.truth) / 2


def test_a_mask_that_was_kept_in_few_levels_says_as_well_what_was_painted(
    painted: dict[str, Painting],
) -> None:
    mask, before = eight_bits(painted["missing, within"])
    kept = (np.rint(before / 17) * 17).astype(np.uint8)
    after = finish_painted(painted["missing, within"].rgb, mask, kept, levels=16)
    assert (after == finish_painted(painted["missing, within"].rgb, mask, before)).all()
    with pytest.raises(LocalmatteError, match=r"Nothing has been painted"):
        finish_painted(painted["missing, within"].rgb, before, kept, levels=16)


def test_a_large_part_is_solved_smaller_and_its_edges_are_the_pictures_own(
    painted: dict[str, Painting], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WORKING_SIDE", 120)
    assert (
        finished(painted["missing, within"]).after
        < 0.5 * finished(painted["missing, within"]).painted
    )


@pytest.mark.parametrize("keep", [True, False])
def test_a_selection_is_as_a_stroke(painted: dict[str, Painting], keep: bool) -> None:
    one = painted["missing, within" if keep else "too much, within"]
    mask, before = eight_bits(one)
    selected = np.where(mask != before, np.uint8(255), np.uint8(0))
    after = finish_selected(one.rgb, before, selected, keep)
    assert (after == finish_painted(one.rgb, mask, before)).all()


def test_a_selection_that_changes_nothing_is_refused(pair: Pair) -> None:
    mask = quantised(pair.truth)
    shown = np.where(mask == 255, np.uint8(255), np.uint8(0))
    with pytest.raises(LocalmatteError, match=r"already matches the selection"):
        finish_selected(pair.rgb, mask, shown, keep=True)
    with pytest.raises(LocalmatteError, match=r"already matches the selection"):
        finish_selected(pair.rgb, mask, 255 - grown(mask > 0, 1).astype(np.uint8) * 255, keep=False)


def test_a_mask_without_strokes_or_soft_edges_is_refused(pair: Pair) -> None:
    mask = quantised(pair.truth)
    with pytest.raises(LocalmatteError, match=r"Nothing has been painted"):
        finish_painted(pair.rgb, mask, mask)
    with pytest.raises(LocalmatteError, match=r"no soft edges"):
        finish_painted(pair.rgb, np.where(mask > 127, np.uint8(255), np.uint8(0)))


def test_masks_of_another_size_are_refused(pair: Pair) -> None:
    mask = quantised(pair.truth)
    for planes in ((mask[1:], None), (mask, mask[:, 1:])):
        with pytest.raises(UsageError, match=r"different sizes"):
            localmatte.finish_painted(pair.rgb, *planes)


@pytest.mark.parametrize("turn", [np.flipud, np.fliplr, np.rot90])
def test_a_mask_that_was_turned_since_is_recognised_and_said(pair: Pair, turn: Any) -> None:
    rgb, truth = pair.rgb[:, :700].copy(), quantised(pair.truth)[:, :700].copy()
    turn = (lambda plane: np.rot90(plane, 2)) if turn is np.rot90 else turn
    soft = np.array(Image.fromarray(truth).resize((70, 60)).resize((700, 600)))
    soft[:250] = 0
    mask = np.ascontiguousarray(turn(soft))
    raster = Raster(np.ascontiguousarray(turn(rgb)), existing=mask, before=soft)
    done = Engine().finish(raster)
    assert "rotated" in done.notice
    assert (done.mask == mask)[(mask == 0) | (mask == 255)].all()
    mask[280:320, 280:320] = 0
    straight = Engine().finish(Raster(raster.rgb, existing=mask, before=np.array(turn(soft))))
    assert straight.notice == ""


def test_a_cancelled_run_says_so(painted: dict[str, Painting]) -> None:
    cancel = CancelToken()
    cancel.cancel()
    mask, before = eight_bits(painted["missing, within"])
    with pytest.raises(CancelledError):
        localmatte.finish_painted(painted["missing, within"].rgb, mask, before, cancel=cancel)


def test_the_command_finishes_a_mask_in_its_own_depth(
    painted: dict[str, Painting], tmp_path: Path
) -> None:
    one = painted["missing, within"]
    Image.fromarray(one.rgb).save(tmp_path / "photo.png")
    for name, plane in (("painted", one.painted), ("before", one.before)):
        Image.fromarray(quantised(plane, np.uint16)).save(tmp_path / f"{name}.png")
    photo, mask, before, out = (
        tmp_path / f"{name}.png" for name in ("photo", "painted", "before", "out")
    )
    done = command("finish", photo, mask, "--before", before, "-o", out)
    assert done.returncode == 0, done.stderr
    expected = finish_painted(
        one.rgb, quantised(one.painted, np.uint16), quantised(one.before, np.uint16)
    )
    assert (np.asarray(Image.open(out)) == expected).all()
    refused = command("finish", photo, mask, "--before", before, "-o", mask)
    assert refused.returncode == 2
    assert sentence(refused) == f"The result would overwrite {mask}. Specify another file with -o."


def test_the_table_of_the_evaluation_counts_what_was_halved(
    painted: dict[str, Painting],
) -> None:
    table = report([finished(painting) for painting in painted.values()])
    assert [line.split(" | ")[0] for line in table.splitlines()[2:]] == [
        *(f"| {kind}" for kind in sorted(KINDS)),
        "| all",
    ]
    assert table.splitlines()[-1].endswith("| 100% | 0% | 0 |")


@pytest.mark.parametrize("keep", [True, False])
def test_a_soft_selection_only_adds_where_it_is_kept_and_only_takes_where_it_is_removed(
    pair: Pair, keep: bool
) -> None:
    truth = Image.fromarray(quantised(pair.truth))
    mask = np.asarray(truth.filter(ImageFilter.GaussianBlur(12)))
    disc = Image.new("L", truth.size)
    ImageDraw.Draw(disc).ellipse((250, 60, 560, 240), fill=255)
    selected = np.asarray(disc.filter(ImageFilter.GaussianBlur(12)))
    found = finish_selected(pair.rgb, mask, selected, keep)
    assert (found >= mask).all() if keep else (found <= mask).all()
    assert (found != mask).any()
