"""A table of documents in a real GIMP; every two of their properties meet in one row.

A share of the rows is run; `python3 tests --only documents` runs all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.editors.gimp_host import Gimp
from tests.editors.gimp_window import OpenImage, eventually
from tests.editors.pairs import Row, all_pairs, share
from tests.editors.ramp_worker import RampWorker

pytestmark = [pytest.mark.gimp, pytest.mark.documents]

COLUMNS = {
    "kind": ("paint", "group", "pass-through group", "text", "link", "vector"),
    "effect": ("none", "same size", "shadow", "long shadow", "blur", "emboss", "on a child"),
    "parent": (
        "none",
        "group",
        "pass-through group",
        "group that multiplies",
        "group with a shadow",
    ),
    "state": (
        "plain",
        "locked",
        "locked alpha",
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
    "mode": ("RGB", "gray", "indexed", "16 bits", "linear", "no numbers"),
    "meanwhile": (
        "nothing",
        "undo group",
        "two views",
        "a namesake",
        "path active",
        "quick mask",
        "floating selection",
        "saved",
        "painted",
        "mask painted",
        "flipped",
        "moved",
        "deleted",
        "closed",
    ),
    "result": ("mask", "layer", "colours", "selection", "refined"),
}
DURING = ("saved", "painted", "mask painted", "flipped", "moved", "deleted", "closed")
"""What happens while the engine works; the command is run from its menu then."""

KEYS = {"mask": "l", "refined": "i"}
"""The results that a menu entry gives without a dialog, and its mnemonic."""

MASKED = ("masked", "mask disabled", "mask shown", "mask edited")
PAINTABLE = ("paint", "group", "pass-through group", "text")


def can_be(row: Row) -> bool:
    """Whether there is such a document, and a way to try it."""
    meanwhile = row.get("meanwhile", "nothing")
    return not (
        (meanwhile in DURING and row.get("result", "mask") not in KEYS)
        or (meanwhile == "painted" and row.get("kind", "paint") not in PAINTABLE)
        or (meanwhile == "mask painted" and row.get("state", "masked") not in MASKED)
        or (meanwhile == "floating selection" and row.get("selection", "none") != "none")
    )


ROWS = share(all_pairs(COLUMNS, 20_261_128, can_be), 12)
NEWER = {"link": "LinkLayer", "vector": "VectorLayer"}
REFUSALS = ("The selection doesn't overlap the layer.", "There is no selection.")
"""The only reasons for which one of these documents may be refused, but for a change meanwhile."""

CHANGED = "was changed or deleted in the meantime, so it got no mask."
GONE = "The layer or its image no longer exists."
QUESTION = "Nothing Left"
MASK_FIELDS = {"mask", "shows_mask", "applies_mask"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: ",".join(row.values()))
def test_one_undo_step_brings_the_whole_document_back(
    gimp: Gimp, ramp_worker: RampWorker, editor_workspace: Path, row: Row
) -> None:
    kind = row["kind"]
    if kind in NEWER and not gimp.call("gimp_layers.knows", kind=NEWER[kind]):
        row = {**row, "kind": "paint"}
    made = gimp.call("gimp_table.make", row=row)
    opened = OpenImage(gimp, made["image"], made["layer"])
    folder = editor_workspace
    if row["meanwhile"] not in DURING:
        check(opened, row, folder, look(opened), run(opened, row))
    elif row["meanwhile"] == "closed":
        close_meanwhile(opened, row, ramp_worker)
    else:
        check(opened, row, folder, *change_meanwhile(opened, row, ramp_worker, folder))
    opened.close()


def begin(opened: OpenImage, row: Row, worker: RampWorker, log: Callable[[], str]) -> None:
    """Run the command from its menu entry, until it waits for the engine or is refused."""
    worker.gate.clear()
    opened.choose(KEYS[row["result"]])
    eventually(lambda: bool(worker.requests) or said(log(), REFUSALS))


def close_meanwhile(opened: OpenImage, row: Row, worker: RampWorker) -> None:
    """Close the document while the engine works; one sentence says so."""
    gimp = opened.gimp
    other = gimp.call("gimp_kinds.make", layer_type="rgb-image")[0]
    with gimp.messages_in_the_log() as log:
        begin(opened, row, worker, log)
        display = gimp.call("gimp_documents.show", image=other)
        gimp.call("gimp_documents.close", display=opened.display)
        opened.display = display
        worker.gate.set()
        opened.wait_for_the_end()
        eventually(lambda: said(log(), (GONE, *REFUSALS)))


def change_meanwhile(
    opened: OpenImage, row: Row, worker: RampWorker, folder: Path
) -> tuple[dict[str, Any], dict[str, str]]:
    """Do something to the layer while the engine works.

    Returns:
        How the document was then, and what the command came to.
    """
    gimp = opened.gimp
    with gimp.messages_in_the_log() as log:
        begin(opened, row, worker, log)
        first = look(opened)
        if row["meanwhile"] == "saved":
            gimp.call("gimp_documents.export", image=opened.image, path=str(folder / "saved.xcf"))
        else:
            gimp.call("gimp_table.change", layer=opened.layer, how=row["meanwhile"])
        before = look(opened)
        worker.gate.set()
        if declined(opened):
            return before, {"status": "cancel", "error": REFUSALS[0]}
        if before != first:
            eventually(lambda: said(log(), (CHANGED, *REFUSALS)))
        assert before != first or CHANGED not in log()
        failed = said(log(), (CHANGED, *REFUSALS))
        return before, {"status": "execution-error" if failed else "success", "error": log()}


def declined(opened: OpenImage) -> bool:
    """Wait for the end of a command; whether it asked about an empty result, and was told no."""
    asked = False

    def over() -> bool:
        nonlocal asked
        for window, title in opened.gimp.screen.windows().items():
            if title == QUESTION:
                asked = True
                opened.gimp.screen.focus(window)
                opened.gimp.screen.keys("Escape")
        return not opened.gimp.plug_in_runs()

    eventually(over)
    return asked


def said(log: str, sentences: tuple[str, ...]) -> bool:
    """Whether one of some sentences is in what GIMP wrote."""
    return any(sentence in log for sentence in sentences)


def check(
    opened: OpenImage, row: Row, folder: Path, before: dict[str, Any], answer: dict[str, str]
) -> None:
    """The rule, which holds for every document."""
    after = look(opened)
    for layer, pixels in before["pixels"].items():
        assert after["pixels"][layer] == pixels
    if answer["status"] == "success":
        check_result(opened, row, before, after)
        check_saved(opened, folder / "document.xcf")
        if row["meanwhile"] == "undo group":
            opened.gimp.call("gimp_table.end_undo_group", image=opened.image)
        opened.gimp.screen.focus(opened.window)
        opened.gimp.screen.keys("ctrl+z")
        eventually(lambda: look(opened)["state"] == before["state"], seconds=10)
    else:
        assert said(answer["error"], (CHANGED, *REFUSALS)), answer["error"]
        assert after == before
    assert look(opened)["paths"] == before["paths"]


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
    opened: OpenImage, row: Row, before: dict[str, Any], after: dict[str, Any]
) -> None:
    """Something was made, and nothing else has changed."""
    selection, old_selection = after["state"][0], before["state"][0]
    layers, old_layers = each_layer(after), each_layer(before)
    if row["result"] == "selection":
        assert selection != old_selection or row["place"] in ("wholly outside", "far away")
        assert layers == old_layers
        return
    assert selection == old_selection
    new = [layer for layer in layers if layer not in old_layers]
    assert bool(new) == (row["result"] in ("layer", "colours"))
    # A new group comes before the layers in it.
    masked = new[0] if new else opened.layer
    size = opened.gimp.call("gimp_layers.mask_size", layer=masked)
    values = opened.gimp.call("gimp_documents.mask_bytes", layer=masked, babl_format="Y u8")
    assert len(bytes.fromhex(values)) == size[0] * size[1]
    for layer, old in old_layers.items():
        fields = set(old) - (MASK_FIELDS if layer == masked else set())
        assert {name: layers[layer][name] for name in fields} == {
            name: old[name] for name in fields
        }


def each_layer(seen: dict[str, Any]) -> dict[int, dict[str, Any]]:
    """The state of each layer, by its id, without the layers in it."""
    return dict(zip(seen["layers"], flat(seen["state"][1]), strict=True))


def flat(layers: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Layers and all that are in them."""
    for layer in layers:
        yield {name: value for name, value in layer.items() if name != "children"}
        yield from flat(layer["children"])


def check_saved(opened: OpenImage, path: Path) -> None:
    """The masks are there when the document is opened again."""
    gimp = opened.gimp
    masks = [layer["mask"] for layer in opened.state()["layers"]]
    reloaded = gimp.call("gimp_documents.reload", image=opened.image, path=str(path))
    again = gimp.call("gimp_documents.state", image=reloaded)
    gimp.call("gimp_documents.delete", image=reloaded)
    assert [layer["mask"] for layer in again["layers"]] == masks
