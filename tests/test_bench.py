"""The benchmark runs and adds up; what it measures is told, never asserted."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.bench import report

CHECKOUT = Path(__file__).resolve().parents[1]


def _row(what: str, megapixels: float, **figures: float) -> report.Row:
    about = {"what": what, "model": "u2netp", "provider": "cpu", "megapixels": megapixels}
    return {**about, **figures}


def test_the_ratios_are_those_of_the_rows() -> None:
    rows = [
        _row("bare", 0.67, forward=0.2),
        _row("plain", 0.67, click=0.25, forward=0.21),
        _row("cold", 0.67, click=0.6),
        _row("bare once", 0.67, click=0.5),
        _row("rembg i", 0.67, click=2.0),
        _row("plain", 12.0, click=0.35, forward=0.25),
        _row("refined", 12.0, click=0.85, forward=0.25),
        _row("rembg", 12.0, click=0.45, forward=0.25),
        _row("first refined", 12.0, click=1.0, forward=0.3, peak_mb=444.0),
    ]
    assert report.ratios(rows) == pytest.approx(
        {
            "overhead_12mp_plain_vs_rembg": 0.5,
            "overhead_12mp_refined_vs_rembg": 3.0,
            "small_click_vs_forward": 1.25,
            "rembg_cli_vs_small_click": 8.0,
            "cold_vs_bare": 1.2,
            "peak_rss_mb_12mp": 444.0,
        }
    )


def test_it_measures_this_machine(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.bench.measure", "--model", "u2netp", "--size", "1"]
    command += ["--rounds", "1", "--photos", "2", "--json", "-"]
    command += ["--chart", str(tmp_path / "chart.png")]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, check=True, timeout=300)
    found = json.loads(done.stdout)
    assert found["machine"]["cores"] > 0
    rows = {(row["what"], row["megapixels"]): row for row in found["rows"]}
    for what in ("plain", "refined"):
        row = rows[what, 1.0]
        stages = sum(row[stage] for stage in ("transport", "before", "forward", "after"))
        assert row["forward"] > 0
        assert row["click"] == pytest.approx(stages, rel=0.1)
    assert rows["rembg", 1.0]["click"] > rows["rembg", 1.0]["forward"]
    assert found["ratios"]["cold_vs_bare"] > 0
    assert found["ratios"]["batch_masks_vs_forward"] > 0
    assert Image.open(tmp_path / "chart.png").width > 500
