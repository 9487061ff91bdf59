"""Edges Again in a real GIMP: other edges next week, without a network, over what was painted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from localmatte_bridge.kept_mask import LIMIT
from tests.editors.engine import InstalledEngine
from tests.editors.gimp_host import Gimp
from tests.editors.gimp_window import OpenPhoto, eventually
from tests.editors.mirrored_worker import without
from tests.editors.ramp_worker import RAW, RampWorker
from tests.editors.test_gimp_finish import FINISH, FLAG, paint, run
from tests.editors.test_gimp_refine import mask_of

pytestmark = pytest.mark.gimp

REMOVE = "localmatte-remove-background"
AGAIN = "localmatte-edges-again"
DIALOG = "Edges Again"
X, Y, WIDTH, HEIGHT = FLAG
PAINTED = np.index_exp[Y : Y + HEIGHT, X : X + WIDTH]
ELSEWHERE = np.ones((512, 512), bool)
ELSEWHERE[PAINTED] = False


def again(gimp: Gimp, layer: int, **edges: float) -> str:
    """Run the command; returns its error, which is empty where it succeeded."""
    answer = gimp.call("gimp_commands.run", name=AGAIN, layer=layer, **edges)
    return "" if answer["status"] == "success" else str(answer["error"])


def removed(gimp: Gimp, layer: int, **arguments: float) -> None:
    answer = gimp.call("gimp_commands.run", name=REMOVE, layer=layer, **arguments)
    assert answer["status"] == "success"


def near(one: object, other: object) -> bool:
    """Whether two masks are the same but for what the rounding of the raw matte does."""
    apart = abs(np.asarray(one, int) - np.asarray(other, int))
    return bool(apart.mean() < 0.5 and (apart > 8).mean() < 0.01)


def test_next_week_edges_are_set_again_without_the_model_and_what_was_painted_stays(
    gimp: Gimp, engine: InstalledEngine, photo: Path, editor_workspace: Path
) -> None:
    folder = editor_workspace / "gimp-edges-again"
    folder.mkdir(exist_ok=True)
    image, layer = gimp.call("gimp_documents.open_file", path=str(photo))
    removed(gimp, layer, shift=6)
    wanted = mask_of(gimp, layer)
    removed(gimp, layer, feather=2)
    # No pixel there has that value already.
    value = min(set(range(100, 255)) - set(mask_of(gimp, layer)[PAINTED].ravel()))
    paint(gimp, layer, value)
    kept = gimp.call("gimp_kinds.parasites", layer=layer)
    assert 0 < sum(kept.values()) <= LIMIT
    for kind in ("png", "jpg", "tif", "psd"):
        file = folder / f"exported.{kind}"
        gimp.call("gimp_documents.export", image=image, path=str(file))
        assert b"localmatte" not in file.read_bytes(), kind
    saved = gimp.call("gimp_documents.reload", image=image, path=str(folder / "saved.xcf"))
    (layer,) = gimp.call("gimp_documents.layer_ids", image=saved)
    before = gimp.call("gimp_documents.state", image=saved)
    with without(engine, "u2netp"):
        engine.end_worker()
        assert again(gimp, layer, shift=6) == ""
        found = mask_of(gimp, layer)
        assert (found[PAINTED] == value).all()
        assert near(found[ELSEWHERE], wanted[ELSEWHERE])
        # What was painted is known as that ever after.
        assert again(gimp, layer, shift=-6) == ""
        assert (mask_of(gimp, layer)[PAINTED] == value).all()
        assert mask_of(gimp, layer)[ELSEWHERE].sum() < found[ELSEWHERE].sum()
        assert again(gimp, layer, shift=6) == ""
        assert (mask_of(gimp, layer) == found).all()
    engine.end_worker()
    after = gimp.call("gimp_documents.state", image=saved)
    assert after["layers"][0]["pixels"] == before["layers"][0]["pixels"]


def test_the_dialog_opens_with_the_old_settings_and_one_undo_step_takes_all_back(
    open_photo: OpenPhoto, ramp_worker: RampWorker
) -> None:
    gimp, layer, screen = open_photo.gimp, open_photo.layer, open_photo.gimp.screen
    removed(gimp, layer, feather=2)
    paint(gimp, layer)
    before, painted = open_photo.state(), mask_of(gimp, layer)
    open_photo.choose("e")
    screen.focus(screen.wait_for(DIALOG))
    eventually(lambda: len(ramp_worker.requests) == 2)
    header, payload = ramp_worker.requests[-1]
    assert (header["kind"], header["edges"]) == ("refine", {"feather": 2})
    assert payload.endswith(RAW)
    held = np.frombuffer(payload[-len(RAW) - 512 * 512 : -len(RAW)], np.uint8).reshape(512, 512)
    assert (held[PAINTED] == 255)[painted[PAINTED] != held[PAINTED]].all()
    assert not held[ELSEWHERE].any()
    screen.keys("Tab", "Up", "Up", "Up")
    eventually(lambda: ramp_worker.edges[-1:] == [{"contrast": 0.03, "feather": 2}])
    screen.keys("alt+o")
    screen.wait_gone(DIALOG)
    open_photo.wait_for_the_end()
    header, _payload = ramp_worker.requests[-1]
    assert (header["kind"], header["edges"]) == ("refine", {"contrast": 0.03, "feather": 2})
    after = open_photo.state()
    assert after != before
    assert after["layers"][0]["pixels"] == before["layers"][0]["pixels"]
    assert after["layers"][0]["edits_mask"]
    screen.focus(open_photo.window)
    screen.keys("ctrl+z")
    eventually(lambda: open_photo.state() == before)
    screen.keys("ctrl+y")
    eventually(lambda: open_photo.state() == after)


def test_what_other_commands_made_of_the_mask_stays_too(
    gimp: Gimp, engine: InstalledEngine, photo: Path
) -> None:
    image, layer = gimp.call("gimp_documents.open_file", path=str(photo))
    x, y, width, height = 150, 20, 250, 250
    gimp.call("gimp_kinds.select_ellipse", image=image, x=x, y=y, width=width, height=height)
    removed(gimp, layer)
    made = mask_of(gimp, layer)
    gimp.call("gimp_kinds.select_nothing", image=image)
    paint(gimp, layer)
    assert run(gimp, FINISH, layer) == ""
    finished = mask_of(gimp, layer)
    changed = finished != made
    assert changed.any()
    assert again(gimp, layer, shift=30) == ""
    found = mask_of(gimp, layer)
    assert (found == finished)[changed].all()
    outside = np.ones((512, 512), bool)
    outside[y : y + height, x : x + width] = False
    assert (found == finished)[outside].all(), "it grew beyond what was selected"
    assert found.sum() > finished.sum()
    gimp.call("gimp_documents.delete", image=image)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("gimp_kinds.scale", {"width": 400, "height": 512}), "has been resized or rotated since"),
        (("gimp_kinds.flip", {}), "has been resized or rotated since"),
        (("gimp_kinds.remove_mask", {}), "has no layer mask.\nRemove the background first"),
        (("gimp_kinds.renew_mask", {}), "is not stored in the image.\nRemove the background again"),
    ],
)
def test_what_does_not_fit_any_more_is_said_and_nothing_changes(
    gimp: Gimp,
    engine: InstalledEngine,
    photo: Path,
    change: tuple[str, dict[str, int]],
    message: str,
) -> None:
    image, layer = gimp.call("gimp_documents.open_file", path=str(photo))
    removed(gimp, layer)
    gimp.call(change[0], layer=layer, **change[1])
    before = gimp.call("gimp_documents.state", image=image)
    assert message in again(gimp, layer, feather=2)
    assert gimp.call("gimp_documents.state", image=image) == before
    gimp.call("gimp_documents.delete", image=image)


def test_an_edited_layer_gets_its_edges_and_that_is_said(
    gimp: Gimp, engine: InstalledEngine, photo: Path
) -> None:
    image, layer = gimp.call("gimp_documents.open_file", path=str(photo))
    removed(gimp, layer)
    made = mask_of(gimp, layer)
    with gimp.messages_in_the_log() as messages:
        assert again(gimp, layer, feather=4) == ""
        assert "has been edited since" not in messages()
        gimp.call("gimp_kinds.repaint", layer=layer)
        assert again(gimp, layer) == ""
        assert "has been edited since its background was removed" in messages()
    assert near(mask_of(gimp, layer), made)
    gimp.call("gimp_documents.delete", image=image)
