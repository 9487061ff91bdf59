"""Finish Painted Edges, Keep and Remove What Is Selected in a real GIMP, with the real engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from tests.editors.engine import InstalledEngine
from tests.editors.gimp_host import Gimp
from tests.editors.gimp_window import OpenPhoto, eventually
from tests.editors.pictures import read_png
from tests.editors.ramp_worker import RampWorker
from tests.editors.test_gimp_refine import mask_of

pytestmark = pytest.mark.gimp

FINISH = "localmatte-finish-painted-edges"
SELECTED = {"subject": "localmatte-keep-selected", "background": "localmatte-remove-selected"}
FLAG = (30, 250, 70, 120)
"""x, y, width and height of a part of the photo that the network leaves out: a flag's stripes."""

Bytes = npt.NDArray[np.uint8]


@pytest.fixture
def folder(editor_workspace: Path) -> Path:
    made = editor_workspace / "gimp-finish"
    made.mkdir(exist_ok=True)
    return made


def run(gimp: Gimp, name: str, layer: int) -> str:
    """Run a command; returns its error, which is empty where it succeeded."""
    answer = gimp.call("gimp_commands.run", name=name, layer=layer)
    return "" if answer["status"] == "success" else str(answer["error"])


def paint(gimp: Gimp, layer: int, value: int = 255) -> None:
    x, y, width, height = FLAG
    place = {"x": x, "y": y, "width": width, "height": height}
    gimp.call("gimp_kinds.paint_mask", layer=layer, value=value, **place)


def by_the_command_line(
    engine: InstalledEngine, folder: Path, photo: Path, painted: Bytes, before: Bytes
) -> Bytes:
    masks = {name: folder / f"{name}.png" for name in ("painted", "before", "finished")}
    Image.fromarray(painted).save(masks["painted"])
    Image.fromarray(before).save(masks["before"])
    known = "--before", masks["before"], "-o", masks["finished"]
    engine.localmatte("finish", photo, masks["painted"], *known)
    return np.asarray(read_png(masks["finished"])[..., 0], np.uint8)


def test_what_was_painted_gets_its_edges_in_one_undo_step(
    open_photo: OpenPhoto, engine: InstalledEngine, photo: Path, folder: Path
) -> None:
    gimp, layer = open_photo.gimp, open_photo.layer
    assert run(gimp, "localmatte-remove-background", layer) == ""
    made = mask_of(gimp, layer)
    paint(gimp, layer)
    painted, before = mask_of(gimp, layer), open_photo.state()
    open_photo.choose("f")
    eventually(lambda: open_photo.state() != before)
    open_photo.wait_for_the_end()
    after = open_photo.state()
    found = mask_of(gimp, layer)
    assert (found == by_the_command_line(engine, folder, photo, painted, made)).all()
    assert (found != painted).any()
    assert after["layers"][0]["pixels"] == before["layers"][0]["pixels"]
    assert after["layers"][0]["edits_mask"]
    gimp.screen.focus(open_photo.window)
    gimp.screen.keys("ctrl+z")
    eventually(lambda: open_photo.state() == before)
    gimp.screen.keys("ctrl+y")
    eventually(lambda: open_photo.state() == after)
    assert "Nothing has been painted on the mask" in run(gimp, FINISH, layer)
    assert open_photo.state() == after


def test_what_localmatte_made_is_known_in_a_document_of_gimps_and_in_no_other_file(
    gimp: Gimp, engine: InstalledEngine, photo: Path, folder: Path
) -> None:
    image, layer = gimp.call("gimp_documents.open_file", path=str(photo))
    assert run(gimp, "localmatte-remove-background", layer) == ""
    made = mask_of(gimp, layer)
    paint(gimp, layer, value=0)
    painted = mask_of(gimp, layer)
    for kind in ("png", "jpg", "tif", "psd"):
        file = folder / f"exported.{kind}"
        gimp.call("gimp_documents.export", image=image, path=str(file))
        assert b"localmatte-mask" not in file.read_bytes()
    again = gimp.call("gimp_documents.reload", image=image, path=str(folder / "saved.xcf"))
    (layer,) = gimp.call("gimp_documents.layer_ids", image=again)
    assert run(gimp, FINISH, layer) == ""
    found = mask_of(gimp, layer)
    assert (found == by_the_command_line(engine, folder, photo, painted, made)).all()


@pytest.mark.parametrize("known", [False, True])
def test_of_a_mask_that_is_not_known_only_soft_edges_change_and_a_resized_one_is_said(
    gimp: Gimp, engine: InstalledEngine, photo: Path, folder: Path, known: bool
) -> None:
    image, layer = gimp.call("gimp_documents.open_file", path=str(photo))
    if known:
        assert run(gimp, "localmatte-remove-background", layer) == ""
        gimp.call("gimp_kinds.flip", layer=layer)
    else:
        gimp.call("gimp_kinds.add_plain_mask", layer=layer)
        paint(gimp, layer, value=128)
    painted = mask_of(gimp, layer)
    with gimp.messages_in_the_log() as messages:
        assert run(gimp, FINISH, layer) == ""
        assert ("has been resized or rotated" in messages()) == known
    found = mask_of(gimp, layer)
    solid = (painted == 0) | (painted == 255)
    assert (found == painted)[solid].all()
    assert (found != painted).any()
    gimp.call("gimp_documents.delete", image=image)


@pytest.mark.parametrize("meaning", SELECTED)
def test_a_selection_is_kept_or_removed_with_the_photos_edges(
    gimp: Gimp, engine: InstalledEngine, photo: Path, folder: Path, meaning: str
) -> None:
    image, layer = gimp.call("gimp_documents.open_file", path=str(photo))
    assert run(gimp, "localmatte-remove-background", layer) == ""
    made = mask_of(gimp, layer)
    x, y, width, height = FLAG if meaning == "subject" else (200, 60, 60, 70)
    gimp.call("gimp_kinds.select_ellipse", image=image, x=x, y=y, width=width, height=height)
    gimp.call("gimp_kinds.feather", image=image, radius=4)
    values = gimp.call("gimp_documents.selection_bytes", image=image, babl_format="Y u8")
    selected = np.frombuffer(bytes.fromhex(values), np.uint8).reshape(made.shape)
    before = gimp.call("gimp_documents.state", image=image)
    assert run(gimp, SELECTED[meaning], layer) == ""
    after = gimp.call("gimp_documents.state", image=image)
    keep = meaning == "subject"
    painted = np.maximum(made, selected) if keep else np.minimum(made, 255 - selected)
    finished = by_the_command_line(engine, folder, photo, painted, made)
    wanted = np.maximum(finished, made) if keep else np.minimum(finished, made)
    assert (mask_of(gimp, layer) == wanted).all()
    assert after["layers"][0]["pixels"] == before["layers"][0]["pixels"]
    assert after["selection"] == before["selection"]
    gimp.call("gimp_documents.delete", image=image)


@pytest.mark.parametrize(("entry", "meaning"), [("k", "subject"), ("w", "background")])
def test_what_a_quick_mask_says_counts_when_it_is_off_again(
    open_photo: OpenPhoto,
    engine: InstalledEngine,
    photo: Path,
    folder: Path,
    entry: str,
    meaning: str,
) -> None:
    gimp, layer, image = open_photo.gimp, open_photo.layer, open_photo.image
    assert run(gimp, "localmatte-remove-background", layer) == ""
    made = mask_of(gimp, layer)
    gimp.screen.focus(open_photo.window)
    gimp.screen.keys("shift+q")
    eventually(lambda: gimp.call("gimp_kinds.has_quick_mask", image=image))
    before = open_photo.state()
    open_photo.choose(entry)
    gimp.screen.wait_for("GIMP Message")
    open_photo.wait_for_the_end()
    gimp.close_messages()
    assert open_photo.state() == before
    x, y, width, height = FLAG if meaning == "subject" else (200, 60, 60, 70)
    place = {"x": x, "y": y, "width": width, "height": height}
    gimp.call("gimp_kinds.paint_quick_mask", image=image, **place)
    gimp.screen.focus(open_photo.window)
    gimp.screen.keys("shift+q")
    eventually(lambda: not gimp.call("gimp_kinds.has_quick_mask", image=image))
    values = gimp.call("gimp_kinds.selected_bytes", layer=layer)
    selected = np.frombuffer(bytes.fromhex(values), np.uint8).reshape(made.shape)
    assert len(set(selected.ravel())) > 2, "it is not soft"
    (plug_in,) = map(str, engine.user.glob(".config/GIMP/3.*/plug-ins/localmatte"))
    for at in ("small", "whole"):
        seen = gimp.call("gimp_looks.selected_of", plug_in=plug_in, at=at, layer=layer)
        # GIMP 3.0 rounds where it copies the selection.
        shown = np.frombuffer(bytes.fromhex(seen), np.uint8).reshape(made.shape)
        np.testing.assert_allclose(shown.astype(int), selected, atol=1)
    assert run(gimp, SELECTED[meaning], layer) == ""
    keep = meaning == "subject"
    painted = np.maximum(made, selected) if keep else np.minimum(made, 255 - selected)
    finished = by_the_command_line(engine, folder, photo, painted, made)
    wanted = np.maximum(finished, made) if keep else np.minimum(finished, made)
    assert (mask_of(gimp, layer) == wanted).all()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (FINISH, "has no layer mask.\nRemove the background first"),
        (SELECTED["subject"], "There is no selection.\nSelect part of the layer"),
        (SELECTED["background"], "There is no selection.\nSelect part of the layer"),
    ],
)
def test_without_a_mask_or_a_selection_it_says_what_to_do(
    gimp: Gimp, ramp_worker: RampWorker, photo: Path, name: str, message: str
) -> None:
    image, layer = gimp.call("gimp_documents.open_file", path=str(photo))
    before = gimp.call("gimp_documents.state", image=image)
    assert message in run(gimp, name, layer)
    assert gimp.call("gimp_documents.state", image=image) == before
    assert ramp_worker.requests == []


@pytest.mark.parametrize(
    ("precision", "layout"),
    [("u8-non-linear", "y8"), ("u16-linear", "y16"), ("float-linear", "yf")],
)
def test_a_mask_travels_in_its_own_depth_with_what_it_was(
    gimp: Gimp, ramp_worker: RampWorker, precision: str, layout: str
) -> None:
    _image, layer = gimp.call("gimp_kinds.make", layer_type="rgba-image", precision=precision)
    assert run(gimp, "localmatte-remove-background", layer) == ""
    made = gimp.call("gimp_documents.mask_bytes", layer=layer, babl_format="Y u8")
    gimp.call("gimp_kinds.repaint_mask", layer=layer)
    assert run(gimp, FINISH, layer) == ""
    header, payload = ramp_worker.requests[-1]
    asked: dict[str, Any] = {"kind": "finish", "existing": layout, "before": "y8", "levels": 256}
    assert {name: header.get(name) for name in asked} == asked
    assert payload[-header["width"] * header["height"] :] == bytes.fromhex(made)
