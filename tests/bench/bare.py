"""The limit: a bare ONNX Runtime session of a model file; on the CPU with its default options."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import onnxruntime


def session(model: str, provider: str) -> Any:
    """The file as it is, on the CPU without anything of localmatte's."""
    if provider != "cpu":
        from localmatte import providers
        from localmatte.onnx import optimise, schema

        content = Path(model).read_bytes()
        half = optimise.in_half_precision(schema.parse(content).graph)
        return providers.get(provider).session(optimise.Light(content, half))
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def main(model: str, size: int, provider: str) -> None:
    """Load, then run once for each line on stdin and print its seconds."""
    import numpy as np

    loaded = session(model, provider)
    entry, output = loaded.get_inputs()[0], loaded.get_outputs()[0]
    dtype = np.float16 if entry.type == "tensor(float16)" else np.float32
    pixels = np.random.default_rng(0).random((1, 3, size, size), np.float32).astype(dtype)
    for _ in sys.stdin:
        start = time.perf_counter()
        loaded.run([output.name], {entry.name: pixels})
        print(json.dumps({"forward": time.perf_counter() - start}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
