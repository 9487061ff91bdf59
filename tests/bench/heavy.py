"""What a heavy model takes on this machine: as it was published, and as it is prepared.

    python3 tests/bench --heavy MODEL.onnx… [--provider NAME…] [--prepared] [--variants]
        [--placement]

`heavy_export.py` makes such files, with the true architecture and random weights. On the CPU, the
peak is the process's; on a card, it is what `nvidia-smi` shows beyond what it showed before.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FORMS = ("as published", "first start", "second start")

VARIANTS: dict[str, dict[str, str]] = {
    "as it is": {},
    "channels first": {"prefer_nhwc": "0"},
    "exhaustive search": {"cudnn_conv_algo_search": "EXHAUSTIVE"},
    "default search": {"cudnn_conv_algo_search": "DEFAULT"},
    "exhaustive, channels first": {"cudnn_conv_algo_search": "EXHAUSTIVE", "prefer_nhwc": "0"},
    "fused biases": {"fuse_conv_bias": "1"},
    "fused biases, channels first": {"fuse_conv_bias": "1", "prefer_nhwc": "0"},
    "small workspace": {"cudnn_conv_use_max_workspace": "0"},
    "TF32": {"use_tf32": "1"},
    "TF32, channels first": {"use_tf32": "1", "prefer_nhwc": "0"},
}
"""Options of CUDA's that may be faster; TF32 is the limit, not a candidate."""

RUNS = 8
"""How many runs are timed on a card."""

SHAPES = (
    *("Shape", "Gather", "Concat", "Unsqueeze", "Squeeze", "Slice", "Cast", "Range", "Reshape"),
    *("Equal", "Where", "Constant", "ConstantOfShape", "Expand", "Mul", "Add", "Sub", "Div", "Mod"),
)
"""What computes shapes, and may run on the CPU while it does that."""


def main(arguments: list[str]) -> int:
    """Print a row for each file, provider and form; each is measured in a process of its own."""
    options = _options(arguments)
    if options.one:
        print(json.dumps(measure(*options.one)))
        return 0
    heads = (
        "load (s)",
        "first run (s)",
        "run (s)",
        "CPU to the first result (s)",
        "peak (GB)",
        "apart",
    )
    print(f"| file | provider | form | {' | '.join(heads)} |")
    print(f"|---|---|---|{'---:|' * len(heads)}")
    for file in options.files:
        for provider in options.provider:
            forms = list(VARIANTS if options.variants and provider == "cuda" else FORMS)
            forms = forms[1:] if options.prepared else forms
            with tempfile.TemporaryDirectory() as home:
                for form in forms:
                    _print_row(file, provider, form, home)
                if options.placement and provider != "cpu":
                    found = _measured(file, provider, "placement", home)
                    print(f"\n{Path(file).name} on {provider}: {found['placement']}\n")
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", metavar="MODEL.onnx")
    parser.add_argument("--provider", nargs="+", default=["cpu"])
    parser.add_argument("--prepared", action="store_true", help="leave out the first row of each")
    parser.add_argument("--variants", action="store_true", help="try options of CUDA's")
    parser.add_argument(
        "--placement", action="store_true", help="say what a card leaves to the CPU"
    )
    parser.add_argument("--one", nargs=4, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def _print_row(file: str, provider: str, form: str, home: str) -> None:
    found = _measured(file, provider, form, home)
    if "error" in found:
        cells = [found["error"], "", "", "", "", ""]
    else:
        cells = [f"{value:.3f}" for value in found["seconds"]]
        cells += [f"{found['cpu']:.1f}", f"{found['gigabytes']:.2f}", found["apart"]]
    print(f"| {Path(file).name} | {provider} | {form} | {' | '.join(cells)} |", flush=True)


def _measured(file: str, provider: str, form: str, home: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.heavy", "--one", file, provider, form, home]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        return {"error": lines[-1][:120] if lines else "failed", "placement": done.stderr[-500:]}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def measure(file: str, provider: str, form: str, home: str) -> dict[str, Any]:
    """The figures of a row, of this process.

    Args:
        file: The model.
        provider: What runs it.
        form: One of FORMS or VARIANTS, or "placement".
        home: Where prepared graphs and results are kept from one row to the next.

    Returns:
        Seconds of the load, the first run and the quickest later one; the CPU's own seconds from
        the start of Python to the end of the first run, which other programs hardly change;
        gigabytes at the peak; how far the result is from that of the first row of the file.
    """
    import numpy as np

    os.environ["LOCALMATTE_HOME"] = home
    from localmatte import library, providers, store
    from localmatte.inference.network import Network
    from localmatte.onnx.optimise import as_published

    spec, runner = library.find(file), providers.get(provider)
    runner.devices()
    before, start = _on_card(), time.perf_counter()
    content = store.contents(spec)
    if form == "placement":
        return {"placement": _placement(runner, spec, content)}
    with _with_options(runner, VARIANTS.get(form, {})):
        if form == FORMS[0]:
            network = Network(runner.session(as_published(content[:])), spec)
        else:
            network = Network.open(runner, spec, content)
    del content
    seconds = [time.perf_counter() - start]
    size = spec.input_size
    pixels = np.random.default_rng(0).standard_normal((1, 3, size, size), np.float32)
    times, cpu = [], 0.0
    for _ in range(2 if provider == "cpu" else RUNS):
        start = time.perf_counter()
        result = network.run(pixels)
        times.append(time.perf_counter() - start)
        cpu = cpu or time.process_time()
    seconds += [times[0], min(times[1:])]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    if provider != "cpu":
        peak = (_on_card() - before) / 1e3
    apart = _apart(result, home)
    return {"seconds": seconds, "cpu": cpu, "gigabytes": peak, "apart": apart}


def _apart(result: Any, home: str) -> str:
    """How far a result is from the first one, as a part of that one's range."""
    import numpy as np

    kept = Path(home) / "first.npy"
    if not kept.exists():
        np.save(kept, np.asarray(result, np.float32))
        return ""
    first = np.load(kept)
    return f"{float(np.abs(result - first).max() / np.ptp(first)):.1e}"


@contextlib.contextmanager
def _with_options(runner: Any, options: dict[str, str]) -> Iterator[None]:
    """Load with other options than the provider's own."""
    own = getattr(runner, "_load", None)
    if not options or own is None:
        yield
        return
    runner._load = lambda model, given: own(model, {**given, **options})
    try:
        yield
    finally:
        del runner._load


def _on_card() -> float:
    """The megabytes in use on the first card; 0 where nothing tells."""
    command = ["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return 0.0
    return float(told.splitlines()[0])


def _placement(runner: Any, spec: Any, content: Any) -> str:
    """Which nodes of a prepared model a card leaves to the CPU: by ONNX Runtime's own profile.

    Those of more than a few hundred numbers are named; the rest is arithmetic of shapes.
    """
    import numpy as np
    import onnxruntime

    from localmatte.inference.network import Network

    real, sessions = onnxruntime.SessionOptions, []

    def profiling() -> Any:
        options = real()
        options.enable_profiling = True
        options.profile_file_prefix = str(Path(os.environ["LOCALMATTE_HOME"]) / "profile")
        return options

    onnxruntime.SessionOptions = profiling
    made = onnxruntime.InferenceSession

    def kept(*arguments: Any, **named: Any) -> Any:
        sessions.append(made(*arguments, **named))
        return sessions[-1]

    onnxruntime.InferenceSession = kept
    with contextlib.redirect_stdout(io.StringIO()):
        network = Network.open(runner, spec, content)
        size = spec.input_size
        network.run(np.zeros((1, 3, size, size), np.float32))
    events = json.loads(Path(sessions[-1].end_profiling()).read_text("utf-8"))
    nodes = [event["args"] for event in events if event["name"].endswith("_kernel_time")]
    on_cpu = [node for node in nodes if node["provider"] == "CPUExecutionProvider"]
    large = Counter(node["op_name"] for node in on_cpu if int(node["output_size"]) > 4096)
    small = Counter(node["op_name"] for node in on_cpu if int(node["output_size"]) <= 4096)
    strange = {kind: count for kind, count in small.items() if kind not in SHAPES}
    return (
        f"{len(nodes)} nodes, {len(on_cpu)} of them on the CPU; with more than 4 KB of results: "
        f"{dict(large) or 'none'}; smaller and no arithmetic of shapes: {strange or 'none'}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
