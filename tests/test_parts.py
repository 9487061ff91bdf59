"""Tests that run side by side: each in one part, each counted."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from _pytest.mark.expression import Expression

from tests.parts import CHECKOUT, NOTHING_RAN, SHARE, Outcome, Part, parts_of, run, share_of

SUITES = [("krita", "trixie"), ("krita", "forky"), ("gimp", "trixie"), ("gimp", "forky")]
SUITES += [("gimp2", "bookworm")]
MIXED = """
import pytest
def test_good(): pass
def test_bad(): assert 1 == 2
@pytest.mark.skip
def test_ugly(): pass
@pytest.fixture
def broken(): raise OSError("broken")
def test_worse(broken): pass
"""


@pytest.mark.parametrize("markers", [(), ("gimp",), ("krita",), ("gimp", "krita")])
def test_a_test_runs_in_one_part_of_each_suite(markers: tuple[str, ...]) -> None:
    parts = parts_of(SUITES, True)
    held = [
        part.name
        for part in parts
        if Expression.compile(part.markers).evaluate(lambda name, /, **_: name in markers)
    ]
    assert len(held) == (2 if markers else 1), held


def test_each_file_is_in_one_share(monkeypatch: pytest.MonkeyPatch) -> None:
    files = [Path(f"test_{name}.py") for name in "dabec"]
    shares = parts_of([("krita", "sid")], False, shares={"krita": 2})
    assert [part.name for part in shares] == ["krita sid 1 of 2", "krita sid 2 of 2"]
    found = []
    for part in shares:
        monkeypatch.setenv(SHARE, part.variables[SHARE])
        found.append(share_of(files))
    assert len(found) == 2
    assert all(found)
    assert sorted([*found[0], *found[1]]) == sorted(files)


@pytest.mark.parametrize("markers", [(), ("gimp",), ("krita",)])
def test_only_the_markers_that_are_asked_for_run(markers: tuple[str, ...]) -> None:
    held = [
        Expression.compile(part.markers).evaluate(lambda name, /, **_: name in markers)
        for part in parts_of(SUITES, True, "gimp or nothing")
    ]
    assert held.count(True) == (2 if markers == ("gimp",) else 0)


def both(
    tmp_path: Path, first: str, second: str, variables: dict[str, str] | None = None
) -> list[Outcome]:
    file = tmp_path / "test_them.py"
    file.write_text(first)
    other = tmp_path / "test_more.py"
    other.write_text(second)
    parts = [Part("these", "not gimp", variables or {SHARE: "0 1"}), Part("none", "gimp")]
    # Outside the checkout, pytest finds the shares only where it is told to look for them.
    arguments = [str(file), str(other), "-p", "tests.conftest"]
    return run(parts, Path(sys.executable), arguments)


def test_every_outcome_is_counted_and_failures_are_named(tmp_path: Path) -> None:
    these, none = both(tmp_path, MIXED, "def test_good(): pass\n")

    assert (these.passed, these.failed, these.skipped) == (2, 2, 1)
    bad, worse = these.complaints
    assert "test_bad" in bad
    assert "test_worse" in worse
    assert none.status == NOTHING_RAN
    assert (none.passed, none.failed, none.skipped) == (0, 0, 0)


UNSTEADY = """
from pathlib import Path
def test_good(): pass
def test_the_second_time():
    mark = Path(__file__).with_name("mark")
    there = mark.exists()
    mark.touch()
    assert there
"""


def test_what_passes_alone_is_counted_so_and_named(tmp_path: Path) -> None:
    these, _ = both(tmp_path, UNSTEADY, "def test_another(): pass\n", {SHARE: "1 2"})

    assert (these.status, these.passed, these.failed) == (0, 2, 0)
    assert not these.complaints
    [complaint] = these.unsteady
    assert "test_the_second_time" in complaint


def test_patient_parts_run_beside_the_others_and_give_way(tmp_path: Path) -> None:
    file = tmp_path / "test_priority.py"
    file.write_text("import os\ndef test_lower(): assert os.nice(0) == BEFORE\n")
    text = file.read_text()
    outcomes = []
    for patient, more in ((False, 0), (True, 10)):
        file.write_text(text.replace("BEFORE", str(min(os.nice(0) + more, 19))))
        parts = [Part("none", "gimp"), Part("some", "not gimp", patient=patient)]
        arguments = [str(file), "-p", "no:cacheprovider"]
        outcomes.append(run(parts, Path(sys.executable), arguments))
    assert [[outcome.part for outcome in found] for found in outcomes] == [["none", "some"]] * 2
    assert [found[1].passed for found in outcomes] == [1, 1]


@pytest.mark.parametrize("status", [0, 7])
def test_a_part_that_dies_has_failed(tmp_path: Path, status: int) -> None:
    dead, _ = both(tmp_path, "def test_good(): pass\n", f"import os\nos._exit({status})\n")

    assert (dead.status, dead.failed) == (status, 1)


LISTENS = """
import subprocess, sys
def test_what_is_started_hears_ctrl_c():
    ask = "import signal; assert signal.getsignal(signal.SIGINT) is signal.default_int_handler"
    subprocess.run([sys.executable, "-c", ask], check=True)
"""


def test_what_tests_start_hears_ctrl_c_in_the_background_too(tmp_path: Path) -> None:
    probe = tmp_path / "test_probe.py"
    probe.write_text(LISTENS)
    in_background = ["sh", "-c", 'trap "" INT; exec "$@"', "sh"]
    tests = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider"]
    # The probe is in no share of these tests' files.
    variables = {name: value for name, value in os.environ.items() if name != SHARE}
    done = subprocess.run(
        [*in_background, *tests, str(probe)],
        cwd=CHECKOUT,
        env=variables,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
