"""Remove Background in a real GIMP 2.10: exact masks, one step of undo, and clear sentences.

gimpfu's dialog needs PyGTK, which nobody has built here: everything but it is tested.
"""

from __future__ import annotations

import base64
import itertools
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from localmatte_bridge import BridgeError
from tests.editors import engine as engines
from tests.editors import gimp_2_host, pygimp, workspace
from tests.editors.engine import InstalledEngine
from tests.editors.gimp_host import Gimp
from tests.editors.machine import RootFs, run
from tests.editors.pictures import read_alpha
from tests.editors.ramp_worker import DTYPES, RampWorker, ramp
from tests.editors.screen import Screen

pytestmark = pytest.mark.gimp2

SIZE = (64, 48)
PRECISIONS = {
    100: "y8",
    150: "y8",
    200: "y16",
    250: "y16",
    300: "y32",
    350: "y32",
    500: "yh",
    550: "yh",
    600: "yf",
    650: "yf",
    700: "yd",
    750: "yd",
}
"""GIMP's numbers for an image's precisions, and the layouts of its masks."""

KINDS = list(itertools.product(("RGB", "GRAY", "INDEXED"), (False, True)))
LAYOUTS = {
    ("RGB", False): "rgb8",
    ("RGB", True): "rgba8",
    ("GRAY", False): "y8",
    ("GRAY", True): "ya8",
    ("INDEXED", False): "rgb8",
    ("INDEXED", True): "rgba8",
}
LARGE = (4000, 3000)


@pytest.fixture(scope="module")
def engine() -> Iterator[InstalledEngine]:
    """The engine and the adapter, as the installer leaves them where there is a GIMP 2.10."""
    python_fu = pygimp.built()
    with workspace.claim("gimp-2") as folder:
        machine = RootFs(pygimp.SUITE, [folder], [engines.CHECKOUT, python_fu])
        gimp_2_host.first_start(machine, folder / "user", python_fu)
        installed = engines.install(machine, folder)
        yield installed
        installed.end_worker()
        machine.close()


@pytest.fixture(scope="module")
def gimp(engine: InstalledEngine) -> Iterator[Gimp]:
    """A GIMP 2.10 on a screen."""
    screen = Screen(engine.machine)
    host = Gimp(engine, screen, gimp_2_host.version(pygimp.built()))
    yield host
    host.close()
    screen.close()


@pytest.fixture
def worker(engine: InstalledEngine) -> Iterator[RampWorker]:
    """A worker whose mattes are ramps."""
    engine.end_worker()
    ramps = RampWorker(engine.home)
    yield ramps
    ramps.close()


def make(gimp: Gimp, **how: Any) -> tuple[int, int]:
    image, layer = gimp.call("layers.make", **how)
    return image, layer


def look(gimp: Gimp, image: int) -> Any:
    return gimp.call("layers.look", image=image)


def mask(seen: Any, layout: str, size: tuple[int, int] = SIZE, layer: int = 0) -> npt.NDArray[Any]:
    values = base64.b64decode(seen["layers"][layer]["mask"])
    return np.frombuffer(values, DTYPES[layout]).reshape(size[1], size[0])


def packed(values: npt.NDArray[Any]) -> str:
    return base64.b64encode(values.tobytes()).decode()


@pytest.mark.parametrize(("precision", "layout"), PRECISIONS.items())
def test_the_mask_is_exact_in_every_precision(
    gimp: Gimp, worker: RampWorker, precision: int, layout: str
) -> None:
    image, layer = make(gimp, precision=precision)
    before = look(gimp, image)
    assert gimp.call("layers.remove", image=image, drawable=layer) == ""
    after = look(gimp, image)
    assert after["layers"][0]["pixels"] == before["layers"][0]["pixels"]
    assert after["layers"][0]["edits_mask"]
    np.testing.assert_array_equal(mask(after, layout), ramp(*SIZE, layout))


@pytest.mark.parametrize(("kind", "alpha"), KINDS)
def test_a_layer_of_any_kind_is_sent_as_it_looks(
    gimp: Gimp, worker: RampWorker, kind: str, alpha: bool, tmp_path: Path
) -> None:
    """Offset, and larger than the canvas; what was sent is compared with what GIMP exports."""
    image, layer = make(gimp, kind=kind, alpha=alpha, offset=(-7, 5), canvas=(40, 40))
    before = look(gimp, image)
    assert gimp.call("layers.remove", image=image, drawable=layer) == ""
    after = look(gimp, image)
    assert after["layers"][0]["pixels"] == before["layers"][0]["pixels"]
    np.testing.assert_array_equal(mask(after, "y8"), ramp(*SIZE))
    [(header, payload)] = worker.requests
    assert (header["width"], header["height"]) == SIZE
    assert header["layout"] == LAYOUTS[kind, alpha]
    expected = base64.b64decode(gimp.call("layers.as_rgba", drawable=layer))
    sent = np.frombuffer(payload, np.uint8).reshape(*SIZE[::-1], -1)
    np.testing.assert_array_equal(as_rgba(sent), np.frombuffer(expected, np.uint8).reshape(-1, 4))


def as_rgba(sent: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    channels = sent.shape[2]
    colour = sent[..., : channels - (channels + 1) % 2]
    alpha = sent[..., -1:] if channels % 2 == 0 else np.full_like(sent[..., :1], 255)
    rgb = colour if colour.shape[2] == 3 else np.repeat(colour, 3, axis=2)
    return np.concatenate([rgb, alpha], axis=2).reshape(-1, 4)


def test_an_exported_picture_has_the_ramp_as_its_alpha(
    gimp: Gimp, worker: RampWorker, engine: InstalledEngine
) -> None:
    image, layer = make(gimp)
    assert gimp.call("layers.remove", image=image, drawable=layer) == ""
    path = engine.user / "exported.png"
    gimp.call("layers.export", image=image, path=str(path))
    np.testing.assert_array_equal(read_alpha(path), ramp(*SIZE))


@pytest.mark.parametrize("precision", [150, 250, 600])
@pytest.mark.parametrize("existing", ["replace", "intersect", "add"])
def test_an_existing_mask_is_replaced_or_combined(
    gimp: Gimp, worker: RampWorker, precision: int, existing: str
) -> None:
    layout = PRECISIONS[precision]
    old = ramp(*SIZE, layout)[::-1].copy()
    new = ramp(*SIZE, layout)
    image, layer = make(gimp, precision=precision)
    gimp.call("layers.add_mask", drawable=layer, values=packed(old))
    told = gimp.call("layers.remove", image=image, drawable=layer, existing_mask=existing)
    assert told == ""
    top = 1.0 if new.dtype.kind == "f" else np.iinfo(new.dtype).max
    both = new.astype(np.float64) + old
    expected = {"replace": new, "intersect": np.minimum(new, old), "add": np.minimum(both, top)}
    got = mask(look(gimp, image), layout)
    np.testing.assert_allclose(got, expected[existing].astype(new.dtype), rtol=1e-6)


def test_the_mask_as_what_is_active_means_its_layer(gimp: Gimp, worker: RampWorker) -> None:
    image, layer = make(gimp)
    gimp.call("layers.add_mask", drawable=layer, values=packed(np.zeros(SIZE, np.uint8)))
    drawable = gimp.call("layers.mask_id", drawable=layer)
    assert gimp.call("layers.remove", image=image, drawable=drawable) == ""
    np.testing.assert_array_equal(mask(look(gimp, image), "y8"), ramp(*SIZE))


def test_a_selection_limits_what_is_shown(gimp: Gimp, worker: RampWorker) -> None:
    image, layer = make(gimp, offset=(4, 6))
    gimp.call("layers.select", image=image, x=20, y=16, width=30, height=20)
    selected = np.frombuffer(base64.b64decode(look(gimp, image)["selection"]), np.uint8)
    over = np.zeros(SIZE[::-1], np.uint8)
    over[: 48 - 6, : 64 - 4] = selected.reshape(48, 64)[6:, 4:]
    assert gimp.call("layers.remove", image=image, drawable=layer) == ""
    assert worker.requests[0][0]["selection"] == [16, 10, 30, 20]
    seen = look(gimp, image)
    np.testing.assert_array_equal(mask(seen, "y8"), np.minimum(ramp(*SIZE), over))
    assert mask(seen, "y8").max() > 0


def test_without_the_selection_the_whole_layer_is_shown(gimp: Gimp, worker: RampWorker) -> None:
    image, layer = make(gimp)
    gimp.call("layers.select", image=image, x=20, y=16, width=30, height=20)
    told = gimp.call("layers.remove", image=image, drawable=layer, inside_selection=False)
    assert told == ""
    assert worker.requests[0][0]["selection"] is None
    np.testing.assert_array_equal(mask(look(gimp, image), "y8"), ramp(*SIZE))


def test_a_new_layer_gets_the_mask_and_the_old_one_stays(gimp: Gimp, worker: RampWorker) -> None:
    image, layer = make(gimp, alpha=True, offset=(3, 2))
    [before] = look(gimp, image)["layers"]
    assert gimp.call("layers.remove", image=image, drawable=layer, output="layer") == ""
    seen = look(gimp, image)
    copy, old = seen["layers"]
    assert old == before
    assert copy["pixels"] == before["pixels"]
    assert copy["offsets"] == before["offsets"]
    assert copy["name"] == "subject cut out"
    np.testing.assert_array_equal(mask(seen, "y8"), ramp(*SIZE))


@pytest.mark.parametrize("precision", [150, 250])
def test_the_selection_is_what_the_mask_would_show(
    gimp: Gimp, worker: RampWorker, precision: int
) -> None:
    layout = PRECISIONS[precision]
    image, layer = make(gimp, precision=precision)
    [before] = look(gimp, image)["layers"]
    assert gimp.call("layers.remove", image=image, drawable=layer, output="selection") == ""
    seen = look(gimp, image)
    assert seen["layers"] == [before]
    selected = np.frombuffer(base64.b64decode(seen["selection"]), DTYPES[layout])
    np.testing.assert_array_equal(selected, ramp(*SIZE, layout).ravel())


@pytest.mark.parametrize("output", ["mask", "layer", "selection"])
def test_one_step_of_undo_takes_all_back(gimp: Gimp, worker: RampWorker, output: str) -> None:
    image, layer = make(gimp)
    old = ramp(*SIZE)[::-1].copy()
    gimp.call("layers.add_mask", drawable=layer, values=packed(old))
    before = look(gimp, image)
    display = gimp.call("layers.show", image=image)
    window = gimp.screen.wait_for("– GIMP")
    assert gimp.call("layers.remove", image=image, drawable=layer, output=output) == ""
    after = look(gimp, image)
    assert unlike(after) != unlike(before)
    gimp.screen.focus(window)
    gimp.screen.keys("ctrl+z")
    until(lambda: unlike(look(gimp, image)) == unlike(before))
    gimp.screen.keys("ctrl+y")
    until(lambda: unlike(look(gimp, image)) == unlike(after))
    gimp.call("layers.close", display=display)
    gimp.screen.wait_gone("– GIMP")


def unlike(seen: Any) -> Any:
    """What undo takes back; which of a layer and its mask is painted on is none of it."""
    layers = [{**layer, "edits_mask": None} for layer in seen["layers"]]
    return {**seen, "layers": layers}


def until(holds: Any) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


REFUSED = {
    "channel": "A channel is selected, not a layer.\nSelect a layer",
    "empty_group": "The layer group is empty.\nAdd layers to it",
    "floating_selection": "A floating selection cannot have a layer mask.\nAnchor it",
}


@pytest.mark.parametrize(("kind", "sentence"), REFUSED.items())
def test_what_can_have_no_mask_is_refused(
    gimp: Gimp, worker: RampWorker, kind: str, sentence: str
) -> None:
    image, drawable = gimp.call(f"layers.{kind}")
    refused(gimp, image, drawable, sentence)
    assert worker.requests == []


@pytest.mark.parametrize(
    ("argument", "sentence"),
    [
        ({"output": "poem"}, 'The argument "output" cannot be "poem".'),
        ({"existing_mask": "burn"}, 'The argument "existing-mask" cannot be "burn".'),
    ],
)
def test_a_wrong_argument_is_named(
    gimp: Gimp, worker: RampWorker, argument: dict[str, str], sentence: str
) -> None:
    image, layer = make(gimp)
    refused(gimp, image, layer, sentence, **argument)


def test_a_selection_beside_the_layer_is_refused(gimp: Gimp, worker: RampWorker) -> None:
    image, layer = make(gimp, size=(10, 10))
    gimp.call("layers.select", image=image, x=30, y=30, width=10, height=10)
    refused(gimp, image, layer, "The selection doesn't overlap the layer.")


def test_an_error_of_the_engine_is_told_in_full(gimp: Gimp, worker: RampWorker) -> None:
    image, layer = make(gimp)
    worker.failure = BridgeError("memory", "There is too little memory.", "Close something.")
    refused(gimp, image, layer, "There is too little memory.\nClose something.")


def test_a_worker_that_dies_leaves_the_layer_as_it_was(gimp: Gimp, engine: InstalledEngine) -> None:
    image, layer = make(gimp, size=LARGE, canvas=LARGE)
    before = look(gimp, image)
    with gimp.messages_in_the_log() as told, ThreadPoolExecutor(1) as pool:
        running = pool.submit(gimp.call, "layers.remove", image=image, drawable=layer)
        os.kill(engine.wait_for_pixels(LARGE[0] * LARGE[1] * 3), signal.SIGKILL)
        assert running.result()
        until(lambda: "localmatte's engine stopped unexpectedly. Nothing was changed." in told())
    assert look(gimp, image) == before


def test_without_an_engine_the_user_is_told_how_to_get_one(
    gimp: Gimp, engine: InstalledEngine
) -> None:
    image, layer = make(gimp)
    away = engine.home / "environment.away"
    (engine.home / "environment").rename(away)
    try:
        refused(gimp, image, layer, "localmatte's engine was moved or deleted.\nRun localmatte's")
    finally:
        away.rename(engine.home / "environment")


def test_a_layer_that_is_changed_meanwhile_gets_no_mask(gimp: Gimp, worker: RampWorker) -> None:
    """GIMP's own undo cannot be used here: the server that answers us waits for the command."""
    image, layer = make(gimp)
    display = gimp.call("layers.show", image=image)
    gimp.screen.focus(gimp.screen.wait_for("– GIMP"))
    worker.gate.clear()
    with gimp.messages_in_the_log() as told, ThreadPoolExecutor(1) as pool:
        running = pool.submit(gimp.call, "layers.remove", image=image, drawable=layer)
        until(lambda: worker.requests)
        gimp.screen.keys("ctrl+comma")
        time.sleep(1)
        worker.gate.set()
        assert running.result()
        until(lambda: "was changed or deleted in the meantime" in told())
    assert look(gimp, image)["layers"][0]["mask"] is None
    gimp.call("layers.close", display=display)
    gimp.screen.wait_gone("– GIMP")


def test_a_large_picture_takes_no_longer_than_elsewhere(gimp: Gimp, worker: RampWorker) -> None:
    image, layer = make(gimp, size=LARGE, canvas=LARGE)
    start = time.monotonic()
    assert gimp.call("layers.remove", image=image, drawable=layer) == ""
    seconds = time.monotonic() - start
    assert seconds < 15, seconds


def test_the_real_engine_cuts_a_photo_out(
    gimp: Gimp, engine: InstalledEngine, tmp_path: Path
) -> None:
    from skimage import data

    photo = data.astronaut()
    path = engine.user / "photo.png"
    from PIL import Image

    Image.fromarray(photo).save(path)
    image, layer = gimp.call("layers.load", path=str(path))
    assert gimp.call("layers.remove", image=image, drawable=layer) == ""
    got = mask(look(gimp, image), "y8", (512, 512))
    cut = engine.user / "cut.png"
    engine.localmatte("cut", "--mask", path, "-o", cut)
    np.testing.assert_array_equal(got, np.asarray(Image.open(cut)))


def test_what_is_told_is_in_the_language_of_gimp(engine: InstalledEngine) -> None:
    command = "print __import__('localmatte_gimp2.words', fromlist=['_'])._('Replace')"
    plugin = engine.user / ".config/GIMP/2.10/plug-ins/localmatte"
    env = {"HOME": str(engine.user), "LANGUAGE": "de", "PYTHONPATH": str(plugin)}
    done = run(engine.machine, ["python2.7", "-B", "-c", command], env)
    assert done.stdout == "Ersetzen\n", done.stderr


def test_every_file_is_python_2_7(engine: InstalledEngine) -> None:
    plugin = engine.user / ".config/GIMP/2.10/plug-ins/localmatte"
    files = sorted(map(str, plugin.rglob("*.py")))
    assert len(files) > 5
    check = "import sys\nfor name in sys.argv[1:]: compile(open(name).read(), name, 'exec')"
    done = run(engine.machine, ["python2.7", "-c", check, *files], {})
    assert done.returncode == 0, done.stderr


def refused(gimp: Gimp, image: int, drawable: int, sentence: str, **chosen: str) -> None:
    """A sentence is told, a script's call fails, and nothing was changed."""
    before = look(gimp, image)
    with gimp.messages_in_the_log() as told:
        failed = gimp.call("layers.remove", image=image, drawable=drawable, **chosen)
        assert failed
        until(lambda: sentence.split("\n")[0] in told())
        assert all(line in told() for line in sentence.split("\n")), told()
    assert look(gimp, image) == before
