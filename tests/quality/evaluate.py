"""The evaluation itself: every model, every method, every picture; table, JSON, contact sheet."""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from PIL import Image

from localmatte.inference.sessions import Loaded, Sessions
from localmatte.refine.zoom_pass import shared
from tests.quality import clicks, doubt, strokes
from tests.quality.mending import mend
from tests.quality.methods import CANDIDATES, METHODS, PEERS, Seen, keeper, look
from tests.quality.metrics import MEASURES
from tests.quality.pictures import Pair, made, pairs
from tests.quality.report import (
    MISSED,
    SLACK,
    Result,
    Written,
    by_kind,
    medians,
    table,
    worst,
)
from tests.quality.scenes import SHAPES, SPLITS, backdrops, composites
from tests.quality.sheet import Row, contact_sheet
from tests.quality.small import pasted

SECONDS, WORSE = "s/MP", "worse"

AIMS = ("boundary", "SAD", "gradient")
"""What the aims are about: tables by kind show these."""

FOUND = 0.8
"""The enlarged matte of a subject that was found shares so much with the truth."""

SUBJECTS = 40
"""So many at most are put into the pictures that hold several: all of them are in memory."""


def main(arguments: list[str] | None = None) -> int:
    """Evaluate and print; 1 when there is nothing to evaluate."""
    options = _parser().parse_args(arguments)
    results: list[Result] = []
    if options.clicks:
        return _click(options)
    if options.doubt:
        return _doubt(options)
    try:
        if options.strokes:
            return _paint(options)
        written = Written(options.json, resume=options.resume)
        for model in options.model:
            pictures = _pictures(options)
            if options.small:
                pictures = pasted(pictures, options.small)
            if options.mend:
                found = list(mend(model, pictures))
                written.add(found)
                results += found
                continue
            rows = []
            network = Sessions().get(model, "cpu")
            for some, row in _evaluate(network, pictures, written, options):
                results += some
                rows.append(row)
            if options.sheet:
                contact_sheet(rows).save(options.sheet.with_stem(f"{options.sheet.stem}-{model}"))
    except (OSError, ValueError) as error:
        print(f"quality: {error}", file=sys.stderr)
        return 1
    print(_report(results, options))
    return 0


def _report(results: list[Result], options: argparse.Namespace) -> str:
    if options.mend:
        return table(results)
    found = [result for result in results if result.group != MISSED]
    parts = [table(results), worst(found, "boundary")]
    if options.split:
        aims = [name for name in AIMS if name in options.measures]
        parts += [f"{name}\n\n{by_kind(results, name)}" for name in aims]
        parts.append(medians(results, SECONDS))
    return "\n\n".join(parts)


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
    network: Loaded, pictures: Iterable[Pair], written: Written, options: argparse.Namespace
) -> Iterator[tuple[list[Result], list[Image.Image]]]:
    """Every method's figures for every picture, and its row of the contact sheet, if there is one.

    What was written before is not measured again.
    """
    model = network.spec.id
    for pair in pictures:
        known = [written.known(model, method, pair.name) for method in _methods(options)]
        results = [one for one in known if one]
        if len(results) == len(known) and not options.sheet:
            yield results, []
            continue
        print(f"{model}: {pair.name}", file=sys.stderr, flush=True)
        seen = look(pair.rgb, network, keeper(options.mattes, pair.name, model))
        results = list(_measured(pair, seen, written, options))
        written.add(results)
        yield results, _row(pair, seen) if options.sheet else []


def _measured(
    pair: Pair, seen: Seen, written: Written, options: argparse.Namespace
) -> Iterator[Result]:
    """One picture's results, the enlarged matte's first: the others are compared with it."""
    first: Result | None = None
    for method in _methods(options):
        known = written.known(seen.model, method, pair.name)
        result = known or _result(pair, seen, method, first, options)
        first = first or result
        yield result


def _result(
    pair: Pair, seen: Seen, method: str, first: Result | None, options: argparse.Namespace
) -> Result:
    start = time.perf_counter()
    alpha = METHODS[method](seen)
    seconds = time.perf_counter() - start
    figures = {name: MEASURES[name](alpha, pair.truth) for name in options.measures}
    if first:
        group, plain = first.group, first.figures["boundary"]
    else:
        # Pictures whose subject the network misses are a set of their own.
        missed = options.split and shared(alpha, pair.truth) < FOUND
        group, plain = MISSED if missed else pair.group, figures["boundary"]
    figures[WORSE] = float(figures["boundary"] > SLACK * plain)
    figures[SECONDS] = seconds * 1e6 / pair.truth.size
    return Result(seen.model, method, group, pair.name, figures)


def _row(pair: Pair, seen: Seen) -> list[Image.Image]:
    plain, ours = (METHODS[method](seen) for method in ("plain", "refined"))
    return Row(pair.rgb, pair.truth, plain, ours).panels()


def _methods(options: argparse.Namespace) -> list[str]:
    """Those that were asked for, the enlarged matte first: the others are measured by it."""
    left_out = (*(() if options.peers else PEERS), *(() if options.candidates else CANDIDATES))
    chosen = options.methods or [name for name in METHODS if name not in left_out]
    return ["plain", *(name for name in METHODS if name in chosen and name != "plain")]


def _pictures(options: argparse.Namespace) -> Iterator[Pair]:
    if options.split:
        return composites(options.packages, options.split, tuple(options.part))
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
        "--part",
        nargs=2,
        type=int,
        default=(0, 1),
        metavar=("K", "N"),
        help="of those, the Kth of N parts alone, counted from 0",
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
    parser.add_argument(
        "--methods",
        nargs="+",
        choices=METHODS,
        metavar="METHOD",
        help="these alone, and the enlarged matte, of: " + ", ".join(METHODS),
    )
    parser.add_argument(
        "--measures",
        nargs="+",
        choices=MEASURES,
        default=list(MEASURES),
        metavar="MEASURE",
        help='these alone, "boundary" among them (default: %(default)s)',
    )
    parser.add_argument(
        "--mattes",
        type=Path,
        metavar="FOLDER",
        help="keep the networks' mattes there, in eight bits, and take those that it has",
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write every figure, a line for each matte"
    )
    parser.add_argument(
        "--resume", action="store_true", help="measure only what that file does not hold"
    )
    parser.add_argument(
        "--sheet", type=Path, metavar="FILE.png", help="write a contact sheet for each model"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
