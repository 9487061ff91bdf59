"""The evaluation itself: every model, every method, every picture; table, JSON, contact sheet."""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path

from PIL import Image

from localmatte.inference.sessions import Loaded, Sessions
from localmatte.refine.zoom_pass import shared
from tests.quality import clicks, doubt, strokes
from tests.quality.mending import mend
from tests.quality.methods import CANDIDATES, METHODS, PEERS, look
from tests.quality.metrics import MEASURES
from tests.quality.pictures import Pair, made, pairs
from tests.quality.report import Result, table, worst
from tests.quality.scenes import SHAPES, SPLITS, backdrops, composites
from tests.quality.sheet import Row, contact_sheet
from tests.quality.small import pasted

SECONDS, WORSE = "s/MP", "worse"

MISSED = "missed"
"""The group of pictures whose subject the network did not find: no refinement helps there."""

FOUND = 0.8
"""The enlarged matte of a subject that was found shares so much with the truth."""

SUBJECTS = 40
"""So many at most are put into the pictures that hold several: all of them are in memory."""

SLACK = 1.01
"""A boundary error this many times that of the enlarged matte counts as worse."""


def main(arguments: list[str] | None = None) -> int:
    """Evaluate and print; 1 when there is nothing to evaluate."""
    options = _parser().parse_args(arguments)
    left_out = [
        *(() if options.peers else PEERS),
        *(() if options.candidates else CANDIDATES),
    ]
    methods = [name for name in METHODS if name not in left_out]
    results: list[Result] = []
    if options.clicks:
        return _click(options)
    if options.doubt:
        return _doubt(options)
    try:
        if options.strokes:
            return _paint(options)
        for model in options.model:
            network = Sessions().get(model, "cpu")
            pictures = _pictures(options)
            if options.small:
                pictures = pasted(pictures, options.small)
            if options.mend:
                results += mend(model, pictures)
                continue
            sheet = contact_sheet(
                _evaluate(network, pictures, methods, results, apart=bool(options.split))
            )
            if options.sheet:
                sheet.save(options.sheet.with_stem(f"{options.sheet.stem}-{model}"))
    except (OSError, ValueError) as error:
        print(f"quality: {error}", file=sys.stderr)
        return 1
    print(table(results))
    if not options.mend:
        print(worst([result for result in results if result.group != MISSED], "boundary"))
    if options.json:
        options.json.write_text(
            json.dumps([asdict(result) for result in results], indent=1), encoding="utf-8"
        )
    return 0


def _click(options: argparse.Namespace) -> int:
    """Click on the subjects of pictures that hold several, and print how many clicks it took."""
    subjects = [pair for pair in _pictures(options) if pair.group not in SHAPES]
    split = options.split or "test"
    pictures = list(clicks.several(subjects, backdrops(options.packages, split), options.clicks))
    names = clicks.methods() if options.peers else ["ours"]
    found = [one for model in options.model for one in clicks.clicked(model, pictures, names)]
    print(clicks.report(found))
    return 0


def _doubt(options: argparse.Namespace) -> int:
    """Look at pictures of one subject and of several, and print how often doubt is said."""
    backs = backdrops(options.packages, options.split or "test")
    verdicts: list[doubt.Verdict] = []
    for model in options.model:
        network = Sessions().get(model, "cpu")
        verdicts += doubt.of_one(network, _pictures(options))
        several = islice(
            (pair for pair in _pictures(options) if pair.group not in SHAPES), SUBJECTS
        )
        verdicts += doubt.of_several(network, clicks.several(list(several), backs, options.doubt))
    print(doubt.report(verdicts))
    return 0


def _paint(options: argparse.Namespace) -> int:
    """Paint on masks, finish them, and print how near they came to the truth."""
    pictures = itertools.islice(_pictures(options), options.strokes)
    print(strokes.report([strokes.finished(one) for one in strokes.paintings(pictures)]))
    return 0


def _evaluate(
    network: Loaded,
    pictures: Iterable[Pair],
    methods: list[str],
    results: list[Result],
    *,
    apart: bool = False,
) -> list[list[Image.Image]]:
    """Add every method's figures to the results; gives the rows of the contact sheet.

    Args:
        network: What all methods start from.
        pictures: What is looked at.
        methods: By their names in METHODS, "plain" first.
        results: Grows by one for each picture and method.
        apart: Whether pictures whose subject the network misses are a set of their own.
    """
    rows = []
    for pair in pictures:
        print(f"{network.spec.id}: {pair.name}", file=sys.stderr, flush=True)
        seen = look(pair.rgb, network)
        found = {}
        group, plain = pair.group, 0.0
        for method in methods:
            start = time.perf_counter()
            alpha = found[method] = METHODS[method](seen)
            seconds = time.perf_counter() - start
            figures = {name: measure(alpha, pair.truth) for name, measure in MEASURES.items()}
            if method == "plain":
                plain = figures["boundary"]
                found_it = shared(alpha, pair.truth) >= FOUND
                group = MISSED if apart and not found_it else group
            figures[WORSE] = float(figures["boundary"] > SLACK * plain)
            figures[SECONDS] = seconds * 1e6 / pair.truth.size
            results.append(Result(network.spec.id, method, group, pair.name, figures))
        rows.append(Row(pair.rgb, pair.truth, found["plain"], found["refined"]).panels())
    return rows


def _pictures(options: argparse.Namespace) -> Iterator[Pair]:
    if options.split:
        return composites(options.packages, options.split)
    return pairs(options.data) if options.data else made()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python3 tests/quality", description=__doc__)
    parser.add_argument(
        "--data",
        type=Path,
        metavar="FOLDER",
        help="pairs NAME.jpg and NAME.alpha.png; a set is what NAMEs begin with, up to the first"
        " underscore (default: a few made-up pictures)",
    )
    parser.add_argument(
        "--split",
        choices=SPLITS,
        help="subjects and scenes out of packages, some to tune on and others to test on; those"
        " that the network does not find are a set of their own",
    )
    parser.add_argument(
        "--packages", type=Path, metavar="FOLDER", help="where those packages were unpacked"
    )
    parser.add_argument(
        "--small",
        type=Path,
        metavar="SCENES",
        help="paste the subjects small into every picture of this folder",
    )
    parser.add_argument(
        "--mend",
        action="store_true",
        help="refine masks inside selections at the true edge instead, and measure there",
    )
    parser.add_argument(
        "--clicks",
        type=int,
        metavar="N",
        help="click on the subjects of N pictures that hold several instead",
    )
    parser.add_argument(
        "--doubt",
        type=int,
        metavar="N",
        help="say how often doubt is said of the pictures, and of N that hold several subjects,"
        " instead",
    )
    parser.add_argument(
        "--strokes",
        type=int,
        metavar="N",
        help="paint roughly on masks of N pictures, finish them, and measure there",
    )
    parser.add_argument(
        "--model", nargs="+", default=["u2netp", "isnet-fp16"], help="default: %(default)s"
    )
    parser.add_argument(
        "--candidates",
        action="store_true",
        help="also solve with pymatting in the place of ours (slow)",
    )
    parser.add_argument("--no-peers", dest="peers", action="store_false", help="leave rembg out")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure")
    parser.add_argument(
        "--sheet", type=Path, metavar="FILE.png", help="write a contact sheet for each model"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
