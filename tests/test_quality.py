"""The evaluation: its measures on cases with a known answer, and one small run of it all."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from tests.quality import evaluate, metrics
from tests.quality.mending import mend
from tests.quality.methods import METHODS
from tests.quality.pictures import Pair, pairs, spiky_disc
from tests.quality.report import MISSED, OVERALL, Result, Written, by_kind, means, worst
from tests.quality.small import SHARES, pasted


def _block() -> metrics.Floats:
    """A solid block of 40×50 in 100×120."""
    truth = np.zeros((100, 120), np.float32)
    truth[30:70, 40:90] = 1
    return truth


@pytest.mark.parametrize(
    ("measure", "best"), [(name, 1 if name in ("max-F", "S") else 0) for name in metrics.MEASURES]
)
def test_the_truth_itself_gets_the_best_figure(measure: str, best: float) -> None:
    assert metrics.MEASURES[measure](_block(), _block()) == pytest.approx(best, abs=1e-12)


def test_errors_of_the_inverse_are_the_largest_possible() -> None:
    truth = _block()
    assert metrics.sad(1 - truth, truth) == 12.0
    assert metrics.mae(1 - truth, truth) == 1
    assert metrics.mse(1 - truth, truth) == 1
    assert metrics.boundary(1 - truth, truth) == 1
    assert metrics.s_measure(1 - truth, truth) < 0.3


def test_mse_squares_what_mae_does_not() -> None:
    truth = _block()
    found = truth + np.float32(0.25)
    assert metrics.mae(found, truth) == 0.25
    assert metrics.mse(found, truth) == 0.0625


def test_a_points_gradients_have_the_filters_length() -> None:
    # Both filters have a length of one, so a lone point of height h costs 2h².
    found = np.zeros((41, 41), np.float32)
    found[20, 20] = 0.5
    assert metrics.gradient(found, np.zeros_like(found)) == pytest.approx(0.5 / 1000)


def test_an_island_that_is_not_there_costs_what_it_holds() -> None:
    truth = _block()
    found = truth.copy()
    found[5:15, 5:15] = 0.7
    assert metrics.connectivity(found, truth) == pytest.approx(0.7 * 100 / 1000)
    found[5:15, 5:15] = 0.1
    assert metrics.connectivity(found, truth) == 0, "what is below the slack counts as connected"


def test_a_bridge_that_is_half_there_costs_its_other_half() -> None:
    truth = np.zeros((60, 120), np.float32)
    truth[10:50, 10:60] = truth[10:50, 80:110] = truth[28:32, 60:80] = 1
    found = truth.copy()
    found[28:32, 60:80] = 0.5
    assert metrics.connectivity(found, truth) == pytest.approx(0.5 * 80 / 1000)


def test_the_boundary_is_a_band_about_the_edge_alone() -> None:
    truth = _block()
    rows, columns = np.nonzero(metrics.edge(truth))
    y, x = np.mgrid[:100, :120]
    distance = np.sqrt(np.square(y[..., None] - rows) + np.square(x[..., None] - columns)).min(-1)
    found = truth.copy()
    found[30] = 0
    assert metrics.boundary(found, truth) == pytest.approx(50 / (distance <= 10).sum())
    found = truth.copy()
    found[:5, :5] = 1
    assert metrics.boundary(found, truth) == 0
    assert metrics.boundary(found, np.zeros_like(truth)) == 0


def test_max_f_weighs_precision_against_recall() -> None:
    truth = _block()
    share = 2000 / 12000
    everything = 1.3 * share / (0.3 * share + 1)
    assert metrics.max_f(np.ones_like(truth), truth) == pytest.approx(everything)
    assert metrics.max_f(np.zeros_like(truth), truth) == 0
    half = truth.copy()
    half[30:50] = 0
    assert metrics.max_f(half, truth) == pytest.approx(1.3 * 0.5 / (0.3 + 0.5))


def test_structure_without_a_subject_is_what_is_left_empty() -> None:
    empty = np.zeros((20, 30), np.float32)
    assert metrics.s_measure(empty + np.float32(0.25), empty) == 0.75
    assert metrics.s_measure(empty + np.float32(0.25), empty + 1) == 0.25


def test_sets_count_alike_however_many_pictures_they_have() -> None:
    results = [
        Result("m", "plain", group, str(n), {"SAD": value})
        for n, (group, value) in enumerate([("a", 1.0), ("a", 3.0), ("b", 6.0)])
    ]
    found = means(results)
    assert found["m", "a", "plain"] == {"SAD": 2.0}
    assert found["m", OVERALL, "plain"] == {"SAD": 4.0}


def test_pairs_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="There is no"):
        list(pairs(tmp_path))
    Image.new("RGB", (20, 10)).save(tmp_path / "set_one.jpg")
    Image.new("L", (10, 10)).save(tmp_path / "set_one.alpha.png")
    with pytest.raises(ValueError, match="have different sizes"):
        list(pairs(tmp_path))


@pytest.mark.usefixtures("home")
def test_it_compares_real_methods_on_a_made_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gravel = np.dstack([data.gravel()] * 3)
    rgb, truth = spiky_disc(data.coffee(), gravel, 320, 240)
    Image.fromarray(rgb).save(tmp_path / "made_disc.jpg", quality=95)
    Image.fromarray(np.rint(truth * 255).astype(np.uint8)).save(tmp_path / "made_disc.alpha.png")
    written, sheet = tmp_path / "figures.json", tmp_path / "sheet.png"
    arguments = [
        "--data",
        tmp_path,
        "--model",
        "u2netp",
        "--json",
        written,
        "--sheet",
        sheet,
        "--candidates",
    ]
    assert evaluate.main([str(word) for word in arguments]) == 0
    lines = written.read_text().splitlines()
    figures = {result["method"]: result["figures"] for result in map(json.loads, lines)}
    assert list(figures) == list(METHODS)
    assert all(0 <= one["boundary"] < 0.5 and one["s/MP"] > 0 for one in figures.values())
    assert figures["refined"]["boundary"] < figures["plain"]["boundary"]
    assert abs(figures["rembg"]["boundary"] - figures["plain"]["boundary"]) < 0.02
    assert f"| u2netp | {OVERALL} | refined |" in capsys.readouterr().out
    assert Image.open(tmp_path / "sheet-u2netp.png").width > 1000


@pytest.mark.usefixtures("home")
def test_masks_are_measured_before_and_after_they_are_mended() -> None:
    gravel = np.dstack([data.gravel()] * 3)
    disc = Pair("made_disc", *spiky_disc(data.coffee(), gravel, 640, 480))
    results = list(mend("u2netp", [disc]))
    assert len(results) == 18
    found = means(results)
    before = found["u2netp", "hurt", "before"]
    assert before["SAD"] > found["u2netp", "refined", "before"]["SAD"]
    assert found["u2netp", "hurt", "mended"] != before


def test_a_subject_is_pasted_small_with_its_alpha(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    scene = np.full((300, 500, 3), 90, np.uint8)
    Image.fromarray(scene).save(tmp_path / "plain.png")
    rgb, truth = spiky_disc(data.coffee(), np.zeros((9, 9, 3), np.uint8), 200, 150)
    found = list(pasted([Pair("made_disc", rgb, truth)], tmp_path))
    assert [pair.group for pair in found] == ["small"]
    pair = found[0]
    assert pair.truth.mean() == pytest.approx(SHARES[0], rel=0.1)
    assert pair.rgb.shape == scene.shape
    outside = pair.rgb[pair.truth == 0].astype(float)
    assert abs(outside.mean() - 90) < 1
    assert abs(pair.rgb[pair.truth == 1].astype(float) - 90).mean() > 10
    with pytest.raises(ValueError, match="no image"):
        list(pasted([Pair("made_disc", rgb, truth)], empty))


def test_the_worst_case_is_the_one_that_grew_most() -> None:
    found = [
        Result("net", method, "set", name, {"boundary": value})
        for name, plain, ours in (("a", 0.1, 0.12), ("b", 0.5, 0.51), ("c", 0.2, 0.1))
        for method, value in (("plain", plain), ("refined", ours))
    ]
    assert worst(found, "boundary") == "net, refined: the worst is a, 1.20 of plain"


def _figures(values: dict[str, dict[str, tuple[float, float]]]) -> list[Result]:
    """Boundary errors of the enlarged matte and ours, by set and picture."""
    return [
        Result("net", method, group, name, {"boundary": value})
        for group, pictures in values.items()
        for name, pair in pictures.items()
        for method, value in zip(("plain", "refined"), pair, strict=True)
    ]


def test_sets_count_alike_by_kind_and_missed_subjects_are_left_out_of_their_mean() -> None:
    found = _figures(
        {
            "animals": {"a": (0.2, 0.1), "b": (0.1, 0.102), "c": (0.3, 0.302)},
            "things": {"d": (0.4, 0.2)},
            MISSED: {"e": (0.5, 0.6)},
        }
    )
    assert by_kind(found, "boundary").splitlines()[2:] == [
        "| net | animals | 3 | 0.2 | 0.168 | -16.0% | 33.3% |",
        "| net | things | 1 | 0.4 | 0.2 | -50.0% | 0.0% |",
        f"| net | {OVERALL} | 4 | 0.3 | 0.184 | -38.7% | 25.0% |",
        f"| net | {MISSED} | 1 | 0.5 | 0.6 | +20.0% | 100.0% |",
    ]


@pytest.mark.usefixtures("home")
def test_a_run_that_was_stopped_goes_on_where_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written, mattes = tmp_path / "figures.json", tmp_path / "mattes"
    arguments = ["--model", "u2netp", "--methods", "refined", "--measures", "boundary"]
    arguments += ["--json", str(written), "--mattes", str(mattes)]
    assert evaluate.main(arguments) == 0
    first, table = written.read_text(), capsys.readouterr().out
    lines = first.splitlines(keepends=True)
    assert len(lines) == 2 * len(list(mattes.iterdir()))
    written.write_text("".join(lines[:3]))
    assert evaluate.main([*arguments, "--resume"]) == 0
    again = capsys.readouterr()
    assert written.read_text().splitlines(keepends=True)[:3] == lines[:3]
    picture = json.loads(lines[3])["name"]
    assert again.err.splitlines()[0] == f"u2netp: {picture}"
    assert _boundaries(written.read_text()) == _boundaries(first)
    assert len(again.out.splitlines()) == len(table.splitlines())


def _boundaries(lines: str) -> dict[tuple[str, str], float]:
    results = [json.loads(line) for line in lines.splitlines()]
    return {(one["name"], one["method"]): one["figures"]["boundary"] for one in results}


def test_without_resuming_a_file_of_figures_starts_anew(tmp_path: Path) -> None:
    path, one = tmp_path / "figures.json", Result("net", "plain", "set", "a", {"SAD": 1.0})
    Written(path, resume=False).add([one])
    assert Written(path, resume=True).known("net", "plain", "a") == one
    assert Written(path, resume=False).known("net", "plain", "a") is None
    assert path.read_text() == ""
