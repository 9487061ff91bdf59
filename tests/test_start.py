"""What must stay light, and what must work without a network."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.commands import localmatte

HEAVY = ("numpy", "onnxruntime", "PIL", "ssl", "urllib.request")


@pytest.mark.parametrize(
    "statement", ["import localmatte", "import localmatte.cli", "import localmatte.worker.server"]
)
def test_nothing_heavy_is_imported_before_it_is_used(statement: str) -> None:
    code = f"import sys; {statement}; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_command_line_works_in_a_namespace_without_interfaces(
    home: Path, photos: dict[str, Path], tmp_path: Path
) -> None:
    airplane = ("unshare", "--net", "--map-root-user")
    interfaces = subprocess.run(
        [*airplane, "cat", "/proc/net/dev"], capture_output=True, text=True, check=True
    )
    assert "lo:" in interfaces.stdout
    assert "eth" not in interfaces.stdout
    out = tmp_path / "cut.png"
    done = localmatte("cut", photos["chelsea"], "-o", out, prefix=airplane)
    assert done.returncode == 0, done.stderr
    assert Image.open(out).mode == "RGBA"


def test_doctor_tells_what_works(home: Path) -> None:
    report = json.loads(localmatte("doctor", "--json").stdout)
    assert report["providers"]["cpu"]["usable"]
    assert report["models"]["u2netp"].startswith("OK")
    assert report["versions"]["onnxruntime"] != "not installed"
    text = localmatte("doctor").stdout.decode()
    assert str(home / "models") in text


def test_doctor_names_wheels_that_overwrite_each_other(home: Path, tmp_path: Path) -> None:
    assert "conflict" not in json.loads(localmatte("doctor", "--json").stdout)["versions"]
    second = tmp_path / "onnxruntime_gpu-1.31.1.dist-info"
    second.mkdir()
    (second / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: onnxruntime-gpu\nVersion: 1.31.1\n"
    )
    (second / "top_level.txt").write_text("onnxruntime\n")
    versions = json.loads(localmatte("doctor", "--json", PYTHONPATH=str(tmp_path)).stdout)[
        "versions"
    ]
    assert versions["onnxruntime-gpu"] == "1.31.1"
    assert "onnxruntime and onnxruntime-gpu overwrite each other" in versions["conflict"]


def test_doctor_names_a_damaged_model_and_a_missing_one(home: Path, tmp_path: Path) -> None:
    (model,) = (home / "models").glob("*.onnx")
    damaged = bytearray(model.read_bytes())
    damaged[1000] ^= 255
    model.write_bytes(damaged)
    assert "damaged" in json.loads(localmatte("doctor", "--json").stdout)["models"]["u2netp"]
    empty = localmatte("doctor", "--json", LOCALMATTE_HOME=str(tmp_path / "empty"))
    assert "models pull" in json.loads(empty.stdout)["models"]["u2netp"]
