"""A table of documents in a real GIMP; every two of their properties meet in one row.

One share of the rows is run; all of them where LOCALMATTE_TEST_DOCUMENTS is "all".
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.editors.gimp_host import Gimp
from tests.editors.gimp_window import OpenImage, eventually
from tests.editors.pairs import all_pairs, pairs
from tests.editors.ramp_worker import RampWorker

pytestmark = pytest.mark.gimp

COLUMNS = {
    "kind": ("paint", "group", "pass-through group", "text", "link", "vector"),
    "effect": ("none", "growing", "same size", "on a child"),
    "state": (
        "plain",
        "locked pixels",
        "locked position",
        "locked alpha",
        "locked visibility",
        "hidden",
        "masked",
        "mask disabled",
        "mask shown",
        "mask edited",
    ),
    "place": (
        "inside",
        "partly outside",
        "wholly outside",
        "larger than the canvas",
        "far away",
    ),
    "selection": ("none", "inside", "outside", "feathered"),
    "mode": ("RGB", "gray", "indexed", "16 bits", "linear"),
    "result": ("mask", "layer", "colours", "selection", "refined"),
}
SEED = 20_261_128
ROWS = all_pairs(COLUMNS, SEED)
SHARE = 12
"""How many rows are run where not all are wanted; the first ones hold the most pairs."""

WANTED = ROWS if os.environ.get("LOCALMATTE_TEST_DOCUMENTS") == "all" else ROWS[:SHARE]
NEWER = {"link": "LinkLayer", "vector": "VectorLayer"}
REFUSALS = ("The selection doesn't overlap the layer.", "There is no selection.")
"""The only reasons for which one of these documents may be refused."""


def test_every_two_properties_meet_in_a_row() -> None:
    held = set().union(*map(pairs, ROWS))
    values = [len(column) for column in COLUMNS.values()]
    wanted = (sum(values) ** 2 - sum(count**2 for count in values)) // 2
    assert len(held) == wanted
    assert len(ROWS) < wanted / 5


@pytest.mark.parametrize("row", WANTED, ids=lambda row: ",".join(row.values()))
def test_one_undo_step_brings_the_whole_document_back(
    gimp: Gimp, ramp_worker: RampWorker, editor_workspace: Path, row: dict[str, str]
) -> None:
    kind = row["kind"]
    if kind in NEWER and not gimp.call("gimp_layers.knows", kind=NEWER[kind]):
        row = {**row, "kind": "paint"}
    made = gimp.call("gimp_table.make", row=row)
    opened = OpenImage(gimp, made["image"], made["layer"])
    before = look(opened)
    answer = run(opened, row)
    after = look(opened)
    for layer, pixels in before["pixels"].items():
        assert after["pixels"][layer] == pixels
    if answer["status"] == "success":
        check_result(opened, row, before, after)
        check_saved(opened, editor_workspace / "document.xcf")
        gimp.screen.focus(opened.window)
        gimp.screen.keys("ctrl+z")
        eventually(lambda: look(opened)["state"] == before["state"], seconds=10)
    else:
        assert any(reason in answer["error"] for reason in REFUSALS), answer["error"]
        assert after == before
    assert gimp.call("gimp_layers.paths", image=opened.image) == before["paths"]
    opened.close()


def look(opened: OpenImage) -> dict[str, Any]:
    seen: dict[str, Any] = opened.gimp.call("gimp_walk.look", image=opened.image)
    return {**seen, "paths": opened.gimp.call("gimp_layers.paths", image=opened.image)}


def run(opened: OpenImage, row: dict[str, str]) -> dict[str, str]:
    name, arguments = "localmatte-refine-inside-selection", {}
    if row["result"] != "refined":
        name, arguments = "localmatte-remove-background", {"output": row["result"]}
    answer: dict[str, str] = opened.gimp.call(
        "gimp_commands.run", name=name, layer=opened.layer, **arguments
    )
    return answer


def check_result(
    opened: OpenImage, row: dict[str, str], before: dict[str, Any], after: dict[str, Any]
) -> None:
    """Something was made, and nothing else has changed."""
    (selection, layers), (old_selection, old_layers) = after["state"], before["state"]
    if row["result"] == "selection":
        assert selection != old_selection or row["place"] in ("wholly outside", "far away")
        assert layers == old_layers
        return
    assert selection == old_selection
    new = after["layers"][: len(after["layers"]) - len(before["layers"])]
    assert len(new) > 0 or row["result"] in ("mask", "refined")
    masked = new[0] if new else opened.layer
    size = opened.gimp.call("gimp_layers.mask_size", layer=masked)
    values = opened.gimp.call("gimp_documents.mask_bytes", layer=masked, babl_format="Y u8")
    assert len(bytes.fromhex(values)) == size[0] * size[1]
    if not new:
        others = [layer for layer in layers if not layer["mask"]]
        assert others == [layer for layer in old_layers if layer in others]


def check_saved(opened: OpenImage, path: Path) -> None:
    """The masks are there when the document is opened again."""
    gimp = opened.gimp
    masks = [layer["mask"] for layer in opened.state()["layers"]]
    reloaded = gimp.call("gimp_documents.reload", image=opened.image, path=str(path))
    again = gimp.call("gimp_documents.state", image=reloaded)
    gimp.call("gimp_documents.delete", image=reloaded)
    assert [layer["mask"] for layer in again["layers"]] == masks
