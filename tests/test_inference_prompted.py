"""Networks that answer clicks, on small ones with the same inputs and outputs."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

import localmatte
from localmatte import library, providers, store
from localmatte.engine import Engine
from localmatte.errors import ModelError, ModelMissingError, UsageError
from localmatte.imaging.geometry import Box
from localmatte.imaging.pixels import Raster
from localmatte.inference import prompted, sessions, trial
from localmatte.inference.network import stoppable
from localmatte.inference.prompted import PromptNetwork, rounds
from localmatte.inference.recent import Recent
from localmatte.models import catalogue
from localmatte.models.spec import ModelFile, ModelSpec
from localmatte.onnx.optimise import Light
from localmatte.options import Options, Prompts
from localmatte.progress import CancelToken, no_progress
from localmatte.providers import CPU
from localmatte.providers.cpu import Cpu
from localmatte.store import cache
from localmatte.worker.service import Service
from tests import prompted_graphs
from tests.prompted_graphs import RADIUS, SIDE
from tests.servers import files

WIDE = 200, 100
"""The picture's width and height: other proportions than the network's."""

EFFICIENT, SAM_2 = (
    replace(catalogue.get(name), input_size=SIDE) for name in ("efficientsam-ti", "sam2.1-tiny")
)
BOTH = pytest.mark.parametrize("spec", [EFFICIENT, SAM_2], ids=lambda spec: spec.id)


class Counting:
    """A session that counts its runs."""

    def __init__(self, path: Path) -> None:
        self._session = onnxruntime.InferenceSession(str(path))
        self.runs = 0

    def run(self, *arguments: Any) -> Any:
        """Run it."""
        self.runs += 1
        return self._session.run(*arguments)

    def get_inputs(self) -> Any:
        """Its inputs."""
        return self._session.get_inputs()


def saved(spec: ModelSpec, folder: Path, answers: int = 0) -> tuple[Path, Path]:
    """The files of both small networks."""
    assert spec.prompting
    first = prompted_graphs.encoder(folder / "encoder.onnx", len(spec.prompting.features))
    second = folder / "decoder.onnx"
    if spec.prompting.earlier:
        return first, prompted_graphs.sam_2(second, answers)
    return first, prompted_graphs.efficient_sam(second)


def opened(spec: ModelSpec, folder: Path, answers: int = 0) -> tuple[PromptNetwork, Counting]:
    """A network, and its encoder."""
    first, second = saved(spec, folder, answers)
    encoder = Counting(first)
    return PromptNetwork(encoder, Counting(second), spec, CPU), encoder


def picture(value: int = 255) -> NDArray[np.uint8]:
    """One that is bright, unless another value is given."""
    return np.full((WIDE[1], WIDE[0], 3), value, np.uint8)


def found(network: PromptNetwork, prompts: Prompts, value: int = 255) -> NDArray[np.bool_]:
    """What it finds in the picture, h×w."""
    matte = network.matte(picture(value), prompts, CancelToken())
    assert matte.shape == (SIDE, SIDE)
    assert matte.dtype == np.float32
    return matte > 0.5


def within(x: float, y: float) -> NDArray[np.bool_]:
    """The disc around a pixel of the picture, in the network's own pixels."""
    rows, columns = np.mgrid[:SIDE, :SIDE] + 0.5
    across, down = x * SIDE / WIDE[0], y * SIDE / WIDE[1]
    return np.asarray(np.hypot(columns - across, rows - down) < RADIUS)


@BOTH
def test_a_click_means_the_same_place_in_the_network(spec: ModelSpec, tmp_path: Path) -> None:
    network, _ = opened(spec, tmp_path)
    for x, y in ((150, 20), (0, 99), (63, 50)):
        seen = found(network, Prompts(keep=((x, y),)))
        assert (seen == within(x + 0.5, y + 0.5)).all()


@BOTH
def test_a_box_is_its_two_corners(spec: ModelSpec, tmp_path: Path) -> None:
    network, _ = opened(spec, tmp_path)
    seen = found(network, Prompts(box=Box(50, 25, 150, 75)))
    rows, columns = np.nonzero(seen)
    assert (columns.min(), columns.max() + 1) == (50 * SIDE // WIDE[0], 150 * SIDE // WIDE[0])
    assert (rows.min(), rows.max() + 1) == (25 * SIDE // WIDE[1], 75 * SIDE // WIDE[1])


@BOTH
def test_what_the_encoder_saw_counts(spec: ModelSpec, tmp_path: Path) -> None:
    network, _ = opened(spec, tmp_path)
    assert not found(network, Prompts(keep=((100, 50),)), value=20).any()
    assert not network.matte(picture(20), Prompts(keep=((100, 50),)), CancelToken()).any()


@BOTH
def test_the_encoder_runs_once_for_a_picture(spec: ModelSpec, tmp_path: Path) -> None:
    network, encoder = opened(spec, tmp_path)
    for x in range(20, 180, 40):
        found(network, Prompts(keep=((x, 50),)))
    assert encoder.runs == 1
    found(network, Prompts(keep=((20, 50),)), value=200)
    found(network, Prompts(keep=((20, 50),)))
    assert encoder.runs == 2
    for value in (210, 220):
        found(network, Prompts(keep=((20, 50),)), value=value)
    found(network, Prompts(keep=((20, 50),)))
    assert encoder.runs == 5
    network.forget()
    found(network, Prompts(keep=((20, 50),)))
    assert encoder.runs == 6


def test_a_click_beside_is_told_to_those_that_know_it(tmp_path: Path) -> None:
    prompts = Prompts(keep=((80, 50),), remove=((120, 50),))
    network, _ = opened(SAM_2, tmp_path)
    assert (found(network, prompts) == within(80.5, 50.5) & ~within(120.5, 50.5)).all()
    network, _ = opened(EFFICIENT, tmp_path)
    assert (found(network, prompts) == within(80.5, 50.5)).all()


def test_each_click_gets_the_mask_of_those_before_it(tmp_path: Path) -> None:
    clicks = ((40, 50), (100, 50), (160, 50))
    # One point, then two and the mask of one, then three and that of both.
    for answers, enough in ((1 + 2 + 3, True), (1 + 2 + 3 + 1, False)):
        network, _ = opened(SAM_2, tmp_path, answers)
        assert found(network, Prompts(keep=clicks)).any() == enough


@BOTH
def test_points_are_given_as_the_network_takes_them(spec: ModelSpec) -> None:
    prompts = Prompts(tuple((x, 10) for x in range(10)), ((150, 10),), Box(0, 0, 20, 20))
    asked = rounds(prompts, spec, *WIDE)
    labels = [[label for _x, _y, label in points] for points in asked]
    assert labels[-1][:2] == [2, 3]
    if spec is EFFICIENT:
        assert labels == [[2, 3, 1, 1, 1, 1]]
        assert asked[0][-1][0] == pytest.approx(9.5 * SIDE / WIDE[0] - 0.5)
    else:
        assert labels[-1] == [2, 3, *[1] * 10, 0]
        assert [len(each) for each in labels] == list(range(6, 14))
        assert all(asked[-1][: len(points)] == points for points in asked)


@pytest.fixture
def known(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> ModelSpec:
    """A model of two small networks that the catalogue knows, and that is downloaded."""
    spec: ModelSpec = getattr(request, "param", EFFICIENT)
    row = _row(spec, tmp_path)
    monkeypatch.setattr(catalogue, "MODELS", (row, *catalogue.MODELS))
    for file, path in zip(row.files, saved(spec, tmp_path), strict=True):
        cache.path_of(file).write_bytes(path.read_bytes())
    return row


def _row(spec: ModelSpec, folder: Path) -> ModelSpec:
    first, second = (
        ModelFile(path.name, len(content), hashlib.sha256(content).hexdigest())
        for path in saved(spec, folder)
        for content in [path.read_bytes()]
    )
    return replace(spec, id="small", title="Small", file=first, decoder=second)


def two_squares() -> NDArray[np.uint8]:
    """Two bright squares before black, one of them near enough to the other for one disc."""
    rgb = np.zeros((100, 200, 3), np.uint8)
    rgb[40:60, 60:80] = rgb[40:60, 95:115] = 255
    return rgb


@pytest.mark.parametrize("known", [EFFICIENT, SAM_2], ids=lambda spec: spec.id, indirect=True)
@pytest.mark.parametrize("refine", [False, True])
def test_the_clicked_part_of_its_answer_is_the_subject(known: ModelSpec, refine: bool) -> None:
    options = Options(known.id, "auto", refine, prompts=Prompts(keep=((70, 50),)))
    stages: list[str] = []
    answer = Engine().matte(
        Raster(two_squares()), options, lambda _fraction, stage: stages.append(stage)
    )
    assert (answer.model, answer.provider, answer.notice) == (known.id, "cpu", "")
    assert "Finding what was clicked" in stages
    assert (answer.alpha[43:57, 63:77] > 0.9).all()
    assert (answer.alpha[40:60, 90:115] < 0.1).all()


def test_what_was_seen_is_forgotten_when_nobody_is_connected(
    known: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []
    real = stoppable

    def counted(session: Any, outputs: Any, feed: Any, cancel: CancelToken) -> Any:
        seen.append(len(feed) == 1)
        return real(session, outputs, feed, cancel)

    monkeypatch.setattr(prompted, "stoppable", counted)
    service, options = Service(lambda: None), Options(known.id, prompts=Prompts(keep=((70, 50),)))

    def encoded() -> bool:
        """Whether the first network has to see the picture."""
        seen.clear()
        service.matte(Raster(two_squares()), options, no_progress, CancelToken(), Recent())
        return any(seen)

    with service.client():
        assert encoded()
        service.forget()
        service.forget()
        assert not encoded()
    service.forget()
    with service.client():
        assert not encoded()
    service.forget()
    service.forget()
    assert encoded()


def test_without_a_click_another_model_finds_the_subject_and_says_so(known: ModelSpec) -> None:
    for prompts in (Prompts(), Prompts(remove=((70, 50),))):
        answer = Engine().matte(Raster(two_squares()), Options(known.id, prompts=prompts))
        assert answer.model == catalogue.DEFAULT
        assert "Small finds what you click." in answer.notice


def test_a_click_beside_takes_away_what_the_network_cannot_be_told(known: ModelSpec) -> None:
    prompts = Prompts(keep=((70, 50), (105, 50)))
    both = localmatte.matte(two_squares(), known.id, prompts=prompts)
    assert (both[43:57, 63:77] > 0.9).all()
    assert (both[43:57, 98:112] > 0.9).all()
    taken = replace(prompts, keep=((70, 50),), remove=((105, 50),))
    one = localmatte.matte(two_squares(), known.id, prompts=taken)
    assert (one[43:57, 63:77] > 0.9).all()
    assert (one[43:57, 98:112] < 0.1).all()


@pytest.mark.parametrize("number", [0, 1])
def test_both_files_are_verified_at_each_load(known: ModelSpec, number: int) -> None:
    path = cache.path_of(known.files[number])
    content = path.read_bytes()
    options = Options(known.id, prompts=Prompts(keep=((70, 50),)))
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(ModelError, match="was damaged"):
        Engine().matte(Raster(two_squares()), options)
    assert not store.present(known)
    for prompts in (options.prompts, Prompts()):
        with pytest.raises(ModelMissingError):
            Engine().matte(Raster(two_squares()), replace(options, prompts=prompts))


class Device(Cpu):
    """A provider with a device of its own, which may fail; the CPU does its arithmetic."""

    name, title = "pretend", "Pretend"

    def __init__(self, lost: bool) -> None:
        super().__init__()
        self._lost = lost

    def session(self, model: Light) -> Any:
        """Load a model."""
        session = super().session(model)
        return Lost(session) if self._lost else session


class Lost:
    """A session whose device is lost."""

    def __init__(self, session: Any) -> None:
        self.get_inputs, self.get_outputs = session.get_inputs, session.get_outputs

    def run(self, *arguments: Any) -> Any:
        """Fail."""
        raise RuntimeError("device lost")


def test_a_device_that_is_lost_leaves_the_answer_to_the_cpu(
    known: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(providers.PROVIDERS, "pretend", Device(lost=True))
    options = Options(known.id, "pretend", prompts=Prompts(keep=((70, 50),)))
    answer = Engine().matte(Raster(two_squares()), options)
    assert (answer.provider, answer.model) == ("cpu", known.id)
    assert answer.notice == "Pretend failed (device lost). Using the CPU instead."
    assert (answer.alpha[43:57, 63:77] > 0.9).all()


@pytest.mark.parametrize(("lost", "expected"), [(False, "pretend"), (True, "cpu")])
def test_auto_tries_the_network_that_sees_the_picture(
    known: ModelSpec, monkeypatch: pytest.MonkeyPatch, lost: bool, expected: str
) -> None:
    times = {"pretend": 0.1, "cpu": 0.5}
    real = trial._timed
    monkeypatch.setattr(trial, "_timed", lambda p, *rest: (real(p, *rest)[0], 0.0, times[p.name]))
    monkeypatch.setattr(sessions, "ACCELERATED", (Device(lost),))
    options = Options(known.id, "auto", prompts=Prompts(keep=((70, 50),)))
    answer = Engine().matte(Raster(two_squares()), options)
    assert answer.provider == expected
    assert bool(answer.notice) == lost


def test_both_files_go_together(known: ModelSpec) -> None:
    assert store.present(known)
    assert library.describe(known)["bytes"] == sum(file.bytes for file in known.files)
    cache.path_of(known.files[1]).unlink()
    assert not store.present(known)
    assert library.remove(known)
    assert not any(cache.path_of(file).exists() for file in known.files)
    assert not library.remove(known)


def test_a_download_brings_what_is_missing_of_both_files(
    empty_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    row = _row(EFFICIENT, tmp_path)
    lying = {f"/{path.name}": path.read_bytes() for path in saved(EFFICIENT, tmp_path)}
    with files.serving(lying, files.honest) as server:
        first, second = (
            replace(file, addresses=(f"{server.address}/{file.name}",)) for file in row.files
        )
        row = replace(row, file=first, decoder=second)
        fractions: list[float] = []
        path = store.pull(row, lambda fraction, _stage: fractions.append(fraction))
        assert path == store.path_of(row)
        assert store.present(row)
        assert fractions == sorted(fractions)
        assert fractions[-1] == 1
        cache.path_of(second).unlink()
        (cache.path_of(second).parent / f"{second.sha256}.part").write_bytes(
            lying[f"/{second.name}"][:1000]
        )
        store.pull(row)
        assert [(asked.path, asked.start) for asked in server.requests[2:]] == [
            (f"/{second.name}", 1000)
        ]


def test_one_of_two_files_is_imported_and_does_not_run_alone(
    known: ModelSpec, tmp_path: Path
) -> None:
    library.remove(known)
    for name, complete in (("encoder.onnx", False), ("decoder.onnx", True)):
        path = tmp_path / name
        with pytest.raises(UsageError, match="is one of two files of the model small"):
            localmatte.matte(two_squares(), str(path), prompts=Prompts(keep=((70, 50),)))
        assert library.import_file(path).id == known.id
        assert store.present(known) == complete
