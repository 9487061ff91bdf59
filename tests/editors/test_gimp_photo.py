"""A real photo through the real engine in a real GIMP."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from tests.editors.conftest import LARGE_BYTES
from tests.editors.engine import InstalledEngine
from tests.editors.gimp_host import INSIDE, Gimp
from tests.editors.machine import Host, run
from tests.editors.pictures import read_alpha, read_png
from tests.editors.trace import traced

pytestmark = pytest.mark.gimp


@pytest.fixture
def folder(editor_workspace: Path) -> Path:
    made = editor_workspace / "gimp-photo"
    made.mkdir(exist_ok=True)
    return made


def cut(gimp: Gimp, layer: int) -> dict[str, str]:
    answer: dict[str, str] = gimp.call("gimp_commands.remove_background", layer=layer)
    return answer


def command_line_mask(
    engine: InstalledEngine, picture: Path, folder: Path, depth: int
) -> npt.NDArray[Any]:
    target = folder / "command-line.png"
    engine.localmatte("cut", picture, "--mask", "--depth", str(depth), "--overwrite", "-o", target)
    return read_png(target)[..., 0]


@pytest.mark.parametrize("mode", ["RGB", "L", "P"])
def test_the_exported_alpha_is_what_the_command_line_writes(
    gimp: Gimp, engine: InstalledEngine, photo: Path, folder: Path, mode: str
) -> None:
    picture = folder / f"{mode}.png"
    Image.open(photo).convert(mode).save(picture)
    image, layer = gimp.call("gimp_documents.open_file", path=str(picture))
    before = gimp.call("gimp_documents.state", image=image)
    answer = cut(gimp, layer)
    assert answer["status"] == "success", answer["error"]
    after = gimp.call("gimp_documents.state", image=image)
    assert after["layers"][0]["pixels"] == before["layers"][0]["pixels"]
    gimp.call("gimp_documents.export_composite", image=image, path=str(folder / "cut.png"))
    wanted = command_line_mask(engine, picture, folder, depth=8)
    assert wanted.min() == 0
    assert wanted.max() == 255
    np.testing.assert_array_equal(read_alpha(folder / "cut.png"), wanted)


@pytest.mark.parametrize("precision", ["u16-non-linear", "float-linear"])
def test_a_deeper_document_gets_sixteen_bits_of_the_same_matte(
    gimp: Gimp, engine: InstalledEngine, photo: Path, folder: Path, precision: str
) -> None:
    image, layer = gimp.call("gimp_documents.open_file", path=str(photo))
    gimp.call("gimp_kinds.convert", image=image, precision=precision)
    answer = cut(gimp, layer)
    assert answer["status"] == "success", answer["error"]
    gimp.call("gimp_documents.export_composite", image=image, path=str(folder / "deep.png"))
    alpha = read_alpha(folder / "deep.png")
    wanted = command_line_mask(engine, photo, folder, depth=16)
    assert alpha.dtype == np.uint16
    assert len(np.unique(alpha)) > 256
    # A float lands beside the middle of a sixteen-bit level now and then.
    allowed = 1 if precision.startswith("float") else 0
    assert np.abs(alpha.astype(int) - wanted).max() <= allowed


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_is_transparent_stays_so_in_proportion(
    gimp: Gimp, engine: InstalledEngine, photo: Path, folder: Path, mode: str
) -> None:
    picture = folder / f"{mode}.png"
    opaque = Image.open(photo)
    alpha = np.tile(np.arange(512) // 2, (512, 1)).astype(np.uint8)
    transparent = opaque.convert("RGB")
    transparent.putalpha(Image.fromarray(alpha))
    transparent.convert(mode).save(picture)
    image, layer = gimp.call("gimp_documents.open_file", path=str(picture))
    answer = cut(gimp, layer)
    assert answer["status"] == "success", answer["error"]
    gimp.call("gimp_documents.export_composite", image=image, path=str(folder / "cut.png"))
    exported = read_alpha(folder / "cut.png")
    wanted = command_line_mask(engine, picture, folder, depth=8)
    # The command line rounds once; GIMP multiplies a mask that was rounded already.
    np.testing.assert_allclose(exported.astype(int), wanted, atol=1)
    assert (exported <= alpha).all()


def test_a_removal_connects_to_the_engine_and_to_no_other_computer(
    gimp: Gimp, engine: InstalledEngine, photo: Path, suite: str
) -> None:
    if suite == "host" and not Host.can_isolate():
        pytest.skip("this machine lets its user cut no process off the network")
    engine.end_worker()
    _, layer = gimp.call("gimp_documents.open_file", path=str(photo))
    with traced(engine.user) as seen:
        answer = cut(gimp, layer)
        assert answer["status"] == "success", answer["error"]
    assert seen.reaching_out() == []
    assert "worker.sock" in seen.connected_to()
    assert seen.interfaces == {"lo"}
    (worker,) = engine.worker_pids()
    assert Path(f"/proc/{worker}/net/route").read_text().splitlines()[1:] == []


def test_a_killed_worker_is_reported_and_leaves_the_document_as_it_was(
    gimp: Gimp, engine: InstalledEngine, large_photo: Path
) -> None:
    image, layer = gimp.call("gimp_documents.open_file", path=str(large_photo))
    gimp.call("gimp_kinds.add_mask", layer=layer)
    before = gimp.call("gimp_documents.state", image=image)
    engine.end_worker()
    answers: list[dict[str, str]] = []
    command = threading.Thread(target=lambda: answers.append(cut(gimp, layer)))
    command.start()
    os.kill(engine.wait_for_pixels(LARGE_BYTES), signal.SIGKILL)
    command.join(60)
    assert answers[0]["status"] == "execution-error"
    assert "engine stopped unexpectedly" in answers[0]["error"]
    assert "Try again" in answers[0]["error"]
    assert gimp.call("gimp_documents.state", image=image) == before
    again = cut(gimp, layer)
    assert again["status"] == "success", again["error"]
    gimp.call("gimp_documents.delete", image=image)


def test_a_missing_engine_is_explained(gimp: Gimp, engine: InstalledEngine, photo: Path) -> None:
    image, layer = gimp.call("gimp_documents.open_file", path=str(photo))
    before = gimp.call("gimp_documents.state", image=image)
    engine.end_worker()
    away = engine.python.rename(engine.python.with_name("away"))
    try:
        answer = cut(gimp, layer)
    finally:
        away.rename(engine.python)
    assert answer["status"] == "execution-error"
    assert "localmatte's engine was moved or deleted." in answer["error"]
    assert "Run localmatte's installer" in answer["error"]
    assert gimp.call("gimp_documents.state", image=image) == before


def test_a_script_cuts_out_in_a_gimp_without_a_display(
    engine: InstalledEngine, photo: Path, folder: Path
) -> None:
    target = folder / "batch.png"
    target.unlink(missing_ok=True)
    script = f"import sys; sys.path.insert(0, {str(INSIDE)!r})\n"
    script += "import gimp_documents, gimp_commands\n"
    script += f"image, layer = gimp_documents.open_file({str(photo)!r})\n"
    script += "assert gimp_commands.remove_background(layer)['status'] == 'success'\n"
    script += f"gimp_documents.export(image, {str(target)!r})\n"
    done = run(
        engine.machine,
        ["gimp-console", "-i", "-d", "--batch-interpreter=python-fu-eval", "-b", script, "--quit"],
        engine.user_env,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    wanted = command_line_mask(engine, photo, folder, depth=8)
    np.testing.assert_array_equal(read_alpha(target), wanted)
