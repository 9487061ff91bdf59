"""Finds a model among the files that other programs keep, by its hash alone."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from localmatte.models.spec import ModelFile
from localmatte.progress import CancelToken, OnProgress
from localmatte.store import cache
from localmatte.store.meter import COPYING, Meter
from localmatte.store.part import PartFile


@dataclass(frozen=True)
class KnownCopies:
    """The caches of rembg and of the Hugging Face hub as a source."""

    label = "the caches of other programs"
    networked = False

    def fill(self, part: PartFile, on_progress: OnProgress, cancel: CancelToken) -> None:
        """Copy the file if one of the caches has it; else leave the part as it is.

        Args:
            part: What is there so far.
            on_progress: Told how much is copied.
            cancel: Stops hashing and copying.
        """
        meter = Meter(on_progress, part.file.bytes, COPYING)
        for folder, pattern in _caches():
            # What another program's cache does not let us read is passed over.
            with suppress(OSError):
                for path in folder.glob(pattern):
                    if part.missing and _is_copy(path, part.file, cancel):
                        part.check_room()
                        part.append(path, 0, meter, cancel)


def _is_copy(path: Path, file: ModelFile, cancel: CancelToken) -> bool:
    right_size = path.is_file() and path.stat().st_size == file.bytes
    return right_size and cache.hash_of(path, cancel) == file.sha256


def _caches() -> tuple[tuple[Path, str], ...]:
    """Each cache's folder and the pattern of the files in it."""
    home = Path.home()
    rembg = Path(os.environ.get("XDG_DATA_HOME") or home) / ".u2net"
    data = os.environ.get("XDG_DATA_HOME")
    new_rembg = Path(data) / "rembg" if data else home / ".rembg"
    hub = Path(os.environ.get("HF_HOME") or home / ".cache" / "huggingface") / "hub"
    return (
        (Path(os.environ.get("U2NET_HOME") or rembg), "**/*.onnx"),
        (home / ".u2net", "*.onnx"),
        # rembg 2.0.86 and later.
        (new_rembg / "models", "**/*.onnx"),
        (Path(os.environ.get("HF_HUB_CACHE") or hub), "models--*/blobs/*"),
    )
