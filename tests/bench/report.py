"""The figures as ratios, as a table, and as a chart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

Row = dict[str, Any]

COLUMNS = ("transport", "before", "forward", "after", "load", "click", "peak_mb")
COLOURS = {"transport": "#8d99ae", "before": "#457b9d", "forward": "#1d3557", "after": "#2a9d8f"}
BAR, GAP, LEFT, RIGHT, WIDTH = 18, 8, 260, 90, 1000


def ratios(rows: list[Row]) -> dict[str, float]:
    """The project's bars, as far as what was measured tells them; lower is better but for
    `rembg_cli_vs_small_click` and the rates of the batch."""
    rules: dict[str, Callable[[], float]] = {
        "overhead_12mp_plain_vs_rembg": lambda: _overhead(rows, "plain") / _overhead(rows, "rembg"),
        "overhead_12mp_refined_vs_rembg": lambda: (
            _overhead(rows, "refined") / _overhead(rows, "rembg")
        ),
        "small_click_vs_forward": lambda: _small(rows, "plain") / _small(rows, "bare", "forward"),
        "small_refined_click_vs_forward": lambda: (
            _small(rows, "refined") / _small(rows, "bare", "forward")
        ),
        "rembg_cli_vs_small_click": lambda: _small(rows, "rembg i") / _small(rows, "plain"),
        "cold_vs_bare": lambda: _small(rows, "cold") / _small(rows, "bare once"),
        "peak_rss_mb_12mp": lambda: _of(rows, "first refined", 12)["peak_mb"],
        "peak_rss_mb_100mp": lambda: _of(rows, "first refined", 100)["peak_mb"],
        "isnet_fp16_forward_vs_default": lambda: (
            _of(rows, "plain", 12, "isnet-fp16")["forward"]
            / _of(rows, "bare", 12, "isnet-fp16")["forward"]
        ),
        "batch_cutouts_vs_forward": lambda: _batch(rows, "cut-outs"),
        "batch_masks_vs_forward": lambda: _batch(rows, "masks"),
    }
    found = {}
    for name, rule in rules.items():
        try:
            found[name] = round(rule(), 4)
        except (LookupError, TypeError):
            # Not measured in this run, or not to be had on this system.
            continue
    return found


def _of(rows: list[Row], what: str, megapixels: float, model: str = "u2netp") -> Row:
    for row in rows:
        size = abs(row["megapixels"] - megapixels) < 0.02 * megapixels
        if size and row["what"] == what and row["model"] == model and row["provider"] == "cpu":
            return row
    raise LookupError(what)


def _overhead(rows: list[Row], what: str) -> float:
    row = _of(rows, what, 12)
    return float(row["click"] - row["forward"])


def _small(rows: list[Row], what: str, key: str = "click") -> float:
    return float(_of(rows, what, 0.67)[key])


def _batch(rows: list[Row], kind: str) -> float:
    for row in rows:
        if row["what"].startswith("batch") and row["what"].endswith(kind):
            return float(row["rate_of_forward"])
    raise LookupError(kind)


def table(found: dict[str, Any]) -> str:
    """The machine, a line for each row, and the ratios; seconds and megabytes."""
    lines = [f"{name}: {value}" for name, value in found["machine"].items()]
    lines += ["", f"{'':44}" + "".join(f"{name:>10}" for name in COLUMNS)]
    for row in found["rows"]:
        cells = "".join(_cell(row.get(name), name) for name in COLUMNS)
        lines.append(f"{_label(row):44}{cells}")
    lines += ["", *(f"{name}: {value}" for name, value in found["ratios"].items())]
    return "\n".join(lines)


def _label(row: Row) -> str:
    return f"{row['model']} {row['provider']} {row['megapixels']:g} MP {row['what']}"


def _cell(value: float | None, name: str) -> str:
    if value is None:
        return f"{'':10}"
    return f"{value:10.0f}" if name == "peak_mb" else f"{value:10.3f}"


def chart(rows: list[Row], path: Path) -> None:
    """Draw each click as a bar of its stages."""
    bars = [row for row in rows if row["what"] in ("plain", "refined", "rembg")]
    longest = max(row["click"] for row in bars)
    height = (len(bars) + 2) * (BAR + GAP) + GAP
    image = Image.new("RGB", (WIDTH, height), "white")
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(13)
    for number, row in enumerate(bars):
        top = GAP + number * (BAR + GAP)
        draw.text((GAP, top + 1), _label(row), "black", font)
        right = float(LEFT)
        for stage, seconds in _stages(row).items():
            left, right = right, right + seconds / longest * (WIDTH - LEFT - RIGHT)
            draw.rectangle((left, top, max(left, right), top + BAR), COLOURS[stage])
        draw.text((right + GAP, top + 1), f"{row['click']:.2f} s", "black", font)
    left, top = float(LEFT), height - BAR - GAP
    for stage, colour in COLOURS.items():
        draw.rectangle((left, top, left + BAR, top + BAR), colour)
        draw.text((left + BAR + GAP, top + 1), stage, "black", font)
        left += 150
    image.save(path)


def _stages(row: Row) -> dict[str, float]:
    if "transport" in row:
        return {stage: row[stage] for stage in COLOURS}
    # A peer tells its forward pass alone; the rest is drawn after it.
    return {"forward": row["forward"], "after": row["click"] - row["forward"]}
