"""Graphs that were prepared once, kept beside the files that they were made from."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path

from localmatte.system import paths
from localmatte.system.files import replacing
from localmatte_bridge import plain_file

VERSION = 4
"""Goes up whenever the same file would be prepared in another way."""


def folder() -> Path:
    """Where they lie: beside the files of models that were fetched.

    Raises:
        OSError: It cannot be made.
    """
    paths.models().mkdir(parents=True, exist_ok=True)
    return paths.models()


def load(sha256: str, variant: str) -> bytes | None:
    """Read a graph that was kept.

    Args:
        sha256: The hash of the file that it was made from, 64 hexadecimal digits.
        variant: For what it was made, as save() was told.

    Returns:
        An ONNX file; None where there is none, or one that is damaged, of another VERSION, or made
        with another ONNX Runtime.
    """
    try:
        content = plain_file.read(paths.models() / _name(sha256, variant))
    except OSError:
        return None
    seal, graph = content[:32], content[32:]
    return graph if seal == _seal(sha256, variant, graph) else None


def save(sha256: str, variant: str, graph: bytes) -> None:
    """Keep a graph; a disk that is full or read-only costs making it again, and nothing else.

    Args:
        sha256: The hash of the file that it was made from, 64 hexadecimal digits.
        variant: For what it was made: the target's name and the output's number, e.g.
            "cpu-native-0". It becomes a part of the file's name.
        graph: An ONNX file.
    """
    with contextlib.suppress(OSError), replacing(folder() / _name(sha256, variant)) as stream:
        stream.write(_seal(sha256, variant, graph) + graph)


def remove(sha256: str) -> None:
    """Remove everything that was made from a file.

    Raises:
        OSError: The folder cannot be changed.
    """
    for path in paths.models().glob(f"{sha256}.*.graph"):
        path.unlink(missing_ok=True)


def _seal(sha256: str, variant: str, graph: bytes) -> bytes:
    """Shows that a graph is whole, and by what and from what it was made."""
    import onnxruntime

    maker = f"{VERSION} {onnxruntime.__version__} {sha256} {variant}\n".encode()
    digest = hashlib.sha256(maker)
    digest.update(graph)
    return digest.digest()


def _name(sha256: str, variant: str) -> str:
    return f"{sha256}.{variant}.graph"
