"""Which provider runs a model, and what happens when its device fails."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from onnx import helper

from localmatte import library, providers, store
from localmatte.errors import CancelledError, ProviderError, UsageError, reason
from localmatte.inference import sessions, trial
from localmatte.inference.network import Network
from localmatte.inference.sessions import Sessions
from localmatte.models import inspect
from localmatte.models.spec import ModelSpec, OutputRule
from localmatte.onnx.optimise import Light, as_published
from localmatte.progress import CancelToken
from localmatte.providers import CPU
from localmatte.providers.built_in import BuiltIn
from localmatte.providers.cpu import Cpu
from localmatte.providers.plugin import Plugin
from tests import graphs, weights

pytestmark = pytest.mark.usefixtures("home")

PROBE = np.zeros((1, 3, 320, 320), np.float32)


class Device:
    """A provider whose device behaves as told; the CPU does its arithmetic."""

    title = "Pretend"

    def __init__(self, spoil: Any = None, name: str = "pretend", free: int | None = None) -> None:
        self._spoil, self._free = spoil, free
        self.name = name

    def devices(self) -> list[str]:
        return ["a device"]

    def version(self) -> str:
        return "1"

    def free_memory(self) -> int | None:
        return self._free

    def session(self, model: Light) -> Any:
        return Spoilt(CPU.session(model), self._spoil)


class Spoilt:
    def __init__(self, session: Any, spoil: Any) -> None:
        self._session, self._spoil = session, spoil
        self.get_inputs, self.get_outputs = session.get_inputs, session.get_outputs

    def run(self, *arguments: Any) -> Any:
        return self._spoil(self._session.run(*arguments))


def _lost(outputs: Any) -> Any:
    raise RuntimeError("device lost")


def _inverted(outputs: Any) -> Any:
    return [1 - outputs[0]]


def test_auto_uses_a_device_that_is_right_and_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    device = Device(lambda outputs: outputs)
    times = {device.name: 0.1, "cpu": 0.5}
    real = trial._timed
    monkeypatch.setattr(trial, "_timed", lambda p, *rest: (real(p, *rest)[0], 0.0, times[p.name]))
    monkeypatch.setattr(sessions, "ACCELERATED", (device,))
    loaded = Sessions().get("u2netp", "auto")
    assert (loaded.provider.name, loaded.notice) == ("pretend", "")


def test_auto_uses_the_fastest_of_those_that_are_right(monkeypatch: pytest.MonkeyPatch) -> None:
    times = {"slow": 0.3, "fast": 0.1, "liar": 0.01, "cpu": 0.5}
    liar = Device(_inverted, "liar")
    devices = (liar, *(Device(lambda outputs: outputs, name) for name in ("slow", "fast")))
    real = trial._timed
    monkeypatch.setattr(trial, "_timed", lambda p, *rest: (real(p, *rest)[0], 0.0, times[p.name]))
    monkeypatch.setattr(sessions, "ACCELERATED", devices)
    loaded = Sessions().get("u2netp", "auto")
    assert (loaded.provider.name, loaded.notice) == ("fast", "")


@pytest.fixture
def sure(tmp_path: Path) -> tuple[ModelSpec, bytes]:
    """A model whose raw outputs are as far from zero as a sure network's before its sigmoid."""
    channels = helper.make_node("ReduceMean", ["picture"], ["grey"], axes=[1], keepdims=1)
    factor = helper.make_node("Constant", [], ["factor"], value_floats=[200.3])
    surely = helper.make_node("Mul", ["grey", "factor"], ["matte"])
    picture, plane = {"picture": [1, 3, 64, 64]}, {"matte": [1, 1, 64, 64]}
    path = graphs.save(tmp_path / "sure.onnx", [channels, factor, surely], picture, plane)
    spec = replace(inspect.spec_from_file(path), output_rule=OutputRule.SIGMOID)
    return spec, path.read_bytes()


def test_a_device_is_judged_by_its_matte_and_not_by_what_the_network_gives(
    sure: tuple[ModelSpec, bytes],
) -> None:
    in_half = Device(lambda outputs: [outputs[0].astype(np.float16)])
    spec, content = sure
    found = trial.attempt(in_half, spec, content)
    assert "wrong result" not in found.reason
    assert 0 < found.difference < 0.005


def test_a_device_is_used_where_the_cpu_cannot_run_the_model(
    sure: tuple[ModelSpec, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    device = Device(lambda outputs: outputs)
    plain = CPU.session

    def too_large(model: Light) -> Any:
        raise RuntimeError("Failed to allocate memory")

    monkeypatch.setattr(device, "session", plain)
    monkeypatch.setattr(CPU, "session", too_large)
    found = trial.attempt(device, *sure)
    assert (found.usable, found.reason, found.cpu_seconds) == (True, "", 0)


class Slow(Cpu):
    """The CPU, where loading a network lasts until it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.loading, self.go_on = threading.Event(), threading.Event()
        self.loaded = 0

    def cancel_while_loading(self, cancel: CancelToken) -> None:
        def wait() -> None:
            assert self.loading.wait(30)
            cancel.cancel()

        threading.Thread(target=wait).start()

    def session(self, model: Light) -> Any:
        self.loading.set()
        assert self.go_on.wait(30)
        self.loaded += 1
        return super().session(model)


def _cancelled_while_loading(slow: Slow, several: Sessions, provider: str) -> None:
    cancel = CancelToken()
    slow.cancel_while_loading(cancel)
    with pytest.raises(CancelledError):
        several.get("u2netp", provider, cancel)
    # ONNX Runtime is still at it.
    assert not slow.go_on.is_set()


def test_a_cancel_does_not_wait_for_a_load_whose_network_is_kept() -> None:
    slow = Slow()
    several = Sessions(slow)
    _cancelled_while_loading(slow, several, "cpu")
    # Whoever comes next waits for the same network, and can be cancelled as well.
    slow.loading.clear()
    again = CancelToken()
    threading.Timer(0.2, again.cancel).start()
    with pytest.raises(CancelledError):
        several.get("u2netp", "cpu", again)
    assert not slow.loading.is_set()
    slow.go_on.set()
    assert several.get("u2netp", "cpu").run(PROBE, CancelToken()).shape[-1] == 320
    assert (several.models, slow.loaded) == (["u2netp"], 1)


def test_a_cancel_does_not_wait_for_a_trial_which_then_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slow = Slow()
    slow.name = "slow"
    monkeypatch.setattr(sessions, "ACCELERATED", (slow,))
    several = Sessions()
    _cancelled_while_loading(slow, several, "auto")
    slow.go_on.set()
    with several._loading:
        # The trial has ended, without the second run, the CPU's, or a verdict.
        assert (several.models, slow.loaded) == ([], 1)
    assert trial._remembered() == {}


def test_a_cancel_does_not_wait_for_the_cpu_to_take_over() -> None:
    slow = Slow()
    spec = library.known("u2netp")
    network = Network.open(Device(_lost), spec, store.contents(spec))
    loaded = sessions.Loaded(spec, network, Device(), "a device", cpu=slow)
    cancel = CancelToken()
    slow.cancel_while_loading(cancel)
    with pytest.raises(CancelledError):
        loaded.run(PROBE, cancel)
    assert not slow.go_on.is_set()
    slow.go_on.set()
    assert loaded.run(PROBE, CancelToken()).shape[-1] == 320
    assert loaded.provider is slow


def test_a_cancel_ends_the_wait_the_hashing_and_the_trials(
    monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    cancelled = CancelToken()
    cancelled.cancel()
    with pytest.raises(CancelledError):
        store.contents(library.known("u2netp"), cancelled)
    several = Sessions()
    with several._loading, pytest.raises(CancelledError):
        several.get("u2netp", "cpu", cancelled)

    during = CancelToken()

    def cancels(outputs: Any) -> Any:
        during.cancel()
        return outputs

    monkeypatch.setattr(sessions, "ACCELERATED", (Device(cancels),))
    with pytest.raises(CancelledError):
        several.get("u2netp", "auto", during)
    assert not (home / "cache" / "providers.json").exists()
    assert several.models == []


def test_a_graph_that_cannot_be_loaded_lightened_is_loaded_as_published() -> None:
    content = weights.cached("u2netp").read_bytes()

    class Picky(Device):
        def session(self, model: Light) -> Any:
            if model.content != content:
                raise RuntimeError("an operator that this device does not know")
            return CPU.session(model)

    spec = library.known("u2netp")
    found = Network.open(Picky(), spec, content).run(PROBE)
    assert np.abs(found - Network.open(CPU, spec, content).run(PROBE)).max() < 1e-3


def test_the_oldest_network_is_let_go_before_another_is_loaded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    several = Sessions()
    paths = [graphs.mean_of_channels(tmp_path / f"{size}.onnx", size) for size in (32, 48, 64)]
    kept: list[int] = []
    real = Network.open

    def counted(*given: Any) -> Network:
        kept.append(len(several.models))
        return real(*given)

    monkeypatch.setattr(Network, "open", counted)
    for path in paths:
        several.get(str(path), "cpu")
    assert kept == [0, 1, 1]
    assert several.models == ["48", "64"]


def test_what_a_session_gets_is_what_was_hashed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = graphs.mean_of_channels(tmp_path / "mine.onnx")
    honest = path.read_bytes()
    loaded: list[bytes] = []
    real, hashed = Network.open, hashlib.sha256

    def noted(provider: Any, spec: ModelSpec, content: bytes) -> Network:
        loaded.append(content)
        return real(provider, spec, content)

    def swapped(*given: Any) -> Any:
        # Whoever hashes has read it; from here on another file lies there.
        path.write_bytes(honest + b"\0")
        return hashed(*given)

    library.find(str(path))
    monkeypatch.setattr(Network, "open", noted)
    monkeypatch.setattr("localmatte.store.cache.hashlib.sha256", swapped)
    Sessions().get(str(path), "cpu")
    assert loaded == [honest]


@pytest.mark.parametrize("name", [name for name in providers.PROVIDERS if name != "cpu"])
def test_a_provider_names_its_devices_or_says_what_it_needs(name: str) -> None:
    provider = providers.get(name)
    try:
        found = provider.devices()
    except ProviderError as error:
        found = [error.message] if provider.title in error.message and error.hint else []
    assert all(found)
    assert found


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_lost, "device lost"),
        (_inverted, "wrong result"),
        (lambda outputs: [outputs[0] * np.float32("nan")], "wrong result"),
    ],
)
def test_auto_leaves_a_device_that_fails_or_lies_and_says_so(
    monkeypatch: pytest.MonkeyPatch, spoil: Any, words: str
) -> None:
    monkeypatch.setattr(sessions, "ACCELERATED", (Device(spoil),))
    loaded = Sessions().get("u2netp", "auto")
    assert loaded.provider is CPU
    assert words in loaded.notice
    assert "CPU instead" in loaded.notice


def test_the_cpu_never_stands_in_for_a_plug_in_unseen(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    class Processor(Plugin):
        def _found(self) -> list[Any]:
            return list(onnxruntime.get_ep_devices()[:1])

    create = onnxruntime.InferenceSession._create_inference_session

    def lost(self: Any, named: Any, *rest: Any) -> None:
        if not named:
            raise RuntimeError("device lost")
        create(self, named, *rest)

    light = as_published(weights.cached("u2netp").read_bytes())
    assert Processor().session(light).get_providers() == ["CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime.InferenceSession, "_create_inference_session", lost)
    with pytest.raises(RuntimeError, match="device lost"):
        Processor().session(light)
    assert capfd.readouterr().out == ""


def test_tensorrt_without_its_libraries_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # As onnxruntime-gpu 1.31.1 said beside an H100.
    said = (
        "/onnxruntime_src/onnxruntime/python/onnxruntime_pybind_state.cc:729 void onnxruntime::"
        "python::RegisterTensorRTPluginsAsCustomOps(PySessionOptions&, const onnxruntime::"
        "ProviderOptions&) Please install TensorRT libraries as mentioned in the GPU requirements "
        "page, make sure they're in the PATH or LD_LIBRARY_PATH, and that your GPU is supported."
    )

    def without_libraries(self: Any, model: Light) -> Any:
        raise RuntimeError(said)

    monkeypatch.setattr(BuiltIn, "session", without_libraries)
    with pytest.raises(ProviderError, match="its libraries are missing") as caught:
        providers.get("tensorrt").session(Light(b"", half=False))
    assert "tensorrt-cu13" in caught.value.hint


def test_a_verdict_is_remembered_for_the_same_device(
    monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    tried: list[Any] = []
    monkeypatch.setattr(sessions, "ACCELERATED", (Device(_lost),))
    real = trial.attempt

    def counted(*given: Any) -> Any:
        tried.append(given)
        return real(*given)

    monkeypatch.setattr(trial, "attempt", counted)
    for _ in range(2):
        Sessions().get("u2netp", "auto")
    assert len(tried) == 1
    (home / "cache" / "providers.json").write_text("[half a file")
    Sessions().get("u2netp", "auto")
    assert len(tried) == 2
    driver = home / "nvidia"
    driver.write_text("999.01\n")
    monkeypatch.setattr(trial, "NVIDIA_DRIVER", driver)
    for _ in range(2):
        Sessions().get("u2netp", "auto")
    assert len(tried) == 3


def test_a_device_lost_in_mid_run_is_retried_once_on_the_cpu(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(providers.PROVIDERS, "pretend", Device(_lost))
    loaded = Sessions().get("u2netp", "pretend")
    output = loaded.run(PROBE, CancelToken())
    assert (output == Sessions().get("u2netp", "cpu").run(PROBE, CancelToken())).all()
    assert loaded.provider is CPU
    assert "device lost" in loaded.notice


def test_a_provider_that_is_not_there_is_a_sentence() -> None:
    with pytest.raises(ProviderError, match="CUDA"):
        Sessions().get("u2netp", "cuda")
    with pytest.raises(UsageError, match="no provider"):
        Sessions().get("u2netp", "abacus")


def test_no_more_networks_stay_loaded_than_fit() -> None:
    several = Sessions()
    first = several.get("u2netp", "cpu")
    assert several.get("u2netp", "cpu") is first
    assert several.models == ["u2netp"]


def test_a_network_that_is_asked_for_in_two_ways_is_in_memory_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("localmatte.inference.sessions.ACCELERATED", ())
    several = Sessions()
    mine = str(graphs.mean_of_channels(tmp_path / "mine.onnx"))
    assert several.get(mine, "auto") is several.get(mine, "cpu")


def test_the_runtimes_internals_are_left_out_of_a_reason() -> None:
    told = (
        "[ONNXRuntimeError] : 11 : EP_FAIL : /src/webgpu_context.cc:136 void Initialize() "
        "status == Success was false. Failed to get a WebGPU adapter: No supported adapters\nmore"
    )
    assert reason(Exception(told)) == "Failed to get a WebGPU adapter: No supported adapters"
    assert reason(ValueError()) == "ValueError"
    for short in (MemoryError(), RuntimeError("bfc_arena.cc:360 Failed to allocate memory for 9")):
        assert reason(short) == "not enough memory"


@pytest.mark.parametrize("folder", ["None", "Path('/usr')"])
def test_a_session_says_nothing_on_stderr(folder: str) -> None:
    code = (
        "from pathlib import Path; from localmatte.onnx.optimise import Light\n"
        "from localmatte.providers.base import session_options\n"
        f"session_options(Light(b'', False, {folder}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells how much lies in memory")
def test_a_large_networks_memory_goes_back_to_the_system(home: Path) -> None:
    weights.place("isnet-quint8", home)
    own = str(graphs.mean_of_channels(home / "own.onnx", 64))
    code = (
        "import os, sys; from localmatte.inference.sessions import Sessions\n"
        "from tests.workers import memory_mb\n"
        "several = Sessions()\n"
        "def small():\n"
        "    for model in ('u2netp', sys.argv[1]): several.get(model, 'cpu')\n"
        "    return memory_mb(os.getpid())\n"
        "before = small(); several.get('isnet-quint8', 'cpu'); print(small() - before)"
    )
    done = subprocess.run([sys.executable, "-c", code, own], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 60
