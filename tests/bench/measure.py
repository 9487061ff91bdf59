"""Measures, prints a table, and writes JSON and a chart: `python3 tests/bench --help`."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

from PIL import Image

from localmatte.models import catalogue
from tests import weights
from tests.bench import batch, machine, report
from tests.bench.click import Click, Worker, worker
from tests.bench.cold import bare_once, rembg_command, rembg_home
from tests.bench.peer import Peer
from tests.bench.photo import photo, sized

Row = dict[str, Any]

SMALL = (1000, 667)
"""The picture of a single click on the web's scale, in pixels."""

MODELS = ("u2netp", "isnet-fp16")
REMBG_KNOWS = ("u2netp",)
"""The measured models whose weights rembg takes as well."""

STAGES = ("transport", "before", "forward", "after")


@dataclass(frozen=True)
class Plan:
    """What is measured.

    Attributes:
        models: Ids from the catalogue.
        providers: Names of providers; "auto" is allowed.
        megapixels: Sizes besides the small picture.
        rounds: How often each thing is run; the medians are given.
        photos: How many photos the batch has; 0 leaves it out.
    """

    models: tuple[str, ...]
    providers: tuple[str, ...]
    megapixels: tuple[float, ...]
    rounds: int
    photos: int


QUICK = Plan(("u2netp",), ("cpu",), (12,), rounds=4, photos=0)
FULL = Plan(MODELS, ("cpu",), (1, 12, 24, 48, 100), rounds=5, photos=100)


def main() -> int:
    """Measure what the command line asks for."""
    options = _parser().parse_args()
    plan = _plan(options)
    rows: list[Row] = []
    for model in plan.models:
        for provider in plan.providers:
            for megapixels in (None, *plan.megapixels):
                rows += _pictures(model, provider, megapixels, plan.rounds)
    rows += _cold(plan)
    if plan.photos:
        rows += batch.measure(plan.models[0], _input_size(plan.models[0]), plan.photos)
    found = {"machine": machine.describe(), "rows": rows, "ratios": report.ratios(rows)}
    if options.chart:
        report.chart(rows, options.chart)
    if options.json == "-":
        print(json.dumps(found, indent=1))
        return 0
    print(report.table(found))
    if options.json:
        Path(options.json).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python3 tests/bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="u2netp on the CPU, in a minute")
    parser.add_argument("--json", metavar="FILE", help="write the figures; - for stdout")
    parser.add_argument("--chart", metavar="FILE", type=Path, help="draw the clicks as a PNG")
    parser.add_argument("--model", action="append", choices=MODELS, help="repeat for more")
    parser.add_argument("--provider", action="append", help="repeat for more (default: cpu)")
    parser.add_argument("--size", action="append", type=float, metavar="MP", help="megapixels")
    parser.add_argument("--rounds", type=int, help="how often each thing is run")
    parser.add_argument("--photos", type=int, help="how many photos the batch has; 0 for none")
    return parser


def _plan(options: argparse.Namespace) -> Plan:
    usual = QUICK if options.quick else FULL
    return Plan(
        tuple(options.model or usual.models),
        tuple(options.provider or usual.providers),
        tuple(options.size or usual.megapixels),
        options.rounds or usual.rounds,
        usual.photos if options.photos is None else options.photos,
    )


def _pictures(model: str, provider: str, megapixels: float | None, rounds: int) -> Iterator[Row]:
    """Click on one picture, beside the bare network and rembg, in turns."""
    pixels = sized(*SMALL) if megapixels is None else photo(megapixels)
    size = round(pixels.shape[0] * pixels.shape[1] / 1e6, 2)
    _say(f"{model}, {provider}, {size} megapixels")
    with contextlib.ExitStack() as stack:
        here = stack.enter_context(worker([model]))
        bare = stack.enter_context(_bare(model, provider))
        rembg = None
        if megapixels and provider == "cpu" and _rembg_takes(model):
            rembg = stack.enter_context(_rembg(model))
        file = stack.enter_context(_as_file(pixels))
        first = here.click(pixels, model, provider, refine=True)
        peak = here.peak_mb()
        runs: dict[str, Callable[[], Any]] = {
            "bare": bare.run,
            "plain": lambda: here.click(pixels, model, provider, refine=False),
            "refined": lambda: here.click(pixels, model, provider, refine=True),
        }
        if rembg:
            runs["rembg"] = lambda: rembg.run(file)
        taken = _in_turns(runs, rounds)
    about = {"model": model, "provider": first.provider, "megapixels": size}
    yield {**about, "what": "bare", "forward": _median(taken["bare"], "forward")}
    yield {
        **about,
        "what": "first refined",
        "load": first.load,
        "forward": first.forward,
        "click": first.total,
        "peak_mb": peak,
    }
    for what in ("plain", "refined"):
        yield {**about, "what": what, **_medians(taken[what])}
    if rembg:
        total, forward = (_median(taken["rembg"], key) for key in ("total", "forward"))
        yield {**about, "what": "rembg", "click": total, "forward": forward}


def _in_turns(runs: dict[str, Callable[[], Any]], rounds: int) -> dict[str, list[Any]]:
    """Run everything once to warm up, then in turns, so that a drift is unfair to none."""
    for run in runs.values():
        run()
    taken: dict[str, list[Any]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            taken[name].append(run())
    return taken


def _medians(clicks: list[Click]) -> Row:
    row = {stage: median(getattr(click, stage) for click in clicks) for stage in STAGES}
    return {**row, "click": median(click.total for click in clicks)}


def _median(answers: list[dict[str, float]], key: str) -> float:
    return median(answer[key] for answer in answers)


def _cold(plan: Plan) -> Iterator[Row]:
    """The first click of the day, and rembg's command, which makes every click the first."""
    model = plan.models[0]
    if not _rembg_takes(model):
        return
    _say(f"{model}, cold")
    pixels = sized(*SMALL)
    with worker([model]) as here, _as_file(pixels) as file:
        runs: dict[str, Callable[[], Any]] = {
            "cold": lambda: _cold_click(here, pixels, model),
            "bare once": lambda: bare_once(weights.cached(model), _input_size(model)),
        }
        # What the extra "cli" of rembg brings, and its command needs.
        if find_spec("gradio"):
            runs["rembg i"] = lambda: rembg_command(file, model)
        taken = _in_turns(runs, max(2, plan.rounds // 2))
    about = {"model": model, "provider": "cpu", "megapixels": round(pixels.size / 3e6, 2)}
    for what, seconds in taken.items():
        yield {**about, "what": what, "click": median(seconds)}


def _cold_click(here: Worker, pixels: Any, model: str) -> float:
    here.stop()
    return here.click(pixels, model, "cpu", refine=False).total


def _input_size(model: str) -> int:
    return catalogue.get(model).input_size


def _bare(model: str, provider: str) -> Peer:
    # `auto` has no session of its own; what it chose is compared with the CPU.
    known = "cpu" if provider == "auto" else provider
    return Peer("bare.py", weights.cached(model), _input_size(model), known)


def _rembg_takes(model: str) -> bool:
    """Whether rembg can be compared with; it need not be installed where a GPU is measured."""
    return model in REMBG_KNOWS and find_spec("rembg") is not None


@contextlib.contextmanager
def _rembg(model: str) -> Iterator[Peer]:
    with Peer("rembg_in_process.py", model, U2NET_HOME=str(rembg_home(model))) as peer:
        yield peer


@contextlib.contextmanager
def _as_file(pixels: Any) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="lm-") as folder:
        file = Path(folder) / "photo.png"
        Image.fromarray(pixels).save(file, compress_level=1)
        yield file


def _say(text: str) -> None:
    print(f"• {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
