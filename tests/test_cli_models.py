"""`localmatte models` as people and programs use it."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from localmatte import library
from localmatte.models import catalogue
from localmatte_bridge.models import memory
from tests import graphs
from tests.commands import localmatte, on_a_terminal, sentence
from tests.editors.rootfs import cache_folder
from tests.servers import files


@pytest.fixture(autouse=True)
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No caches of other programs."""
    # The tests' own cache of weights stays where it is.
    monkeypatch.setenv("LOCALMATTE_TEST_CACHE", str(cache_folder()))
    monkeypatch.setenv("U2NET_HOME", str(tmp_path / "nobody"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "nobody"))
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))


def answer(*arguments: str | Path) -> Any:
    """What a command answers in JSON; nothing is on stderr when that is no terminal."""
    done = localmatte("models", *arguments, "--json")
    assert done.returncode == 0, done.stderr.decode()
    assert done.stderr == b""
    return json.loads(done.stdout)


def test_the_table_and_the_json_tell_the_same(home: Path) -> None:
    rows = answer("list")
    assert rows == [library.describe(spec) for spec in catalogue.MODELS]
    table = localmatte("models", "list").stdout.decode().splitlines()
    assert localmatte("models").stdout.decode().splitlines() == table
    for row in rows:
        (line,) = (line for line in table if line.split()[:1] == [row["id"]])
        assert ("untested" in line) == (not row["tested"])
        assert row["licence"] in line
        assert row["good_at"] in line
        _, size, needs, card, here, commercial, *_ = re.split(" {2,}", line.strip())
        size, unit = size.split()
        assert needs.removeprefix("~") == memory(row["memory_mb"])
        assert needs.startswith("~") == row["memory_estimated"]
        assert card.removeprefix("~") == (memory(row["card_mb"]) if row["card_mb"] else "-")
        assert float(size) * {"MB": 1e6, "GB": 1e9}[unit] == pytest.approx(row["bytes"], rel=0.02)
        assert here == ("yes" if row["present"] else "-")
        assert commercial == row["commercial"]
    assert [row["id"] for row in rows if row["present"]] == ["u2netp"]
    tiers = [line for line in table if line in ("Ultra lite", "Balanced", "Maximum")]
    assert tiers == ["Ultra lite", "Balanced", "Maximum"]


def test_json_may_stand_before_or_after_the_action(home: Path) -> None:
    before = localmatte("models", "--json", "list")
    after = localmatte("models", "list", "--json")
    assert json.loads(before.stdout) == json.loads(after.stdout)


def test_path_prints_the_folder_and_a_models_file(home: Path) -> None:
    folder = Path(localmatte("models", "path").stdout.decode().strip())
    path = Path(localmatte("models", "path", "u2netp").stdout.decode().strip())
    assert folder == home / "models"
    assert path.parent == folder
    assert path.stat().st_size == 4_574_861
    missing = localmatte("models", "path", "silueta")
    assert missing.returncode == 1
    assert missing.stdout == b""
    assert "is not downloaded" in sentence(missing)


def test_pull_verify_remove(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (lying,) = (home / "models").glob("*.onnx")
    with files.serving({"/u2netp.onnx": lying.read_bytes()}) as mirror:
        lying.unlink()
        monkeypatch.setenv("LOCALMATTE_MIRROR", mirror.address)
        assert answer("pull") == {"id": "u2netp", "path": str(lying)}
        assert answer("verify") == [{"id": "u2netp", "whole": True, "problem": ""}]
        lying.write_bytes(b"damaged")
        (mended,) = answer("verify")
        assert mended["whole"]
        assert "downloaded again" in mended["problem"]
        assert lying.stat().st_size == 4_574_861
    assert answer("remove", "u2netp") == {"id": "u2netp", "removed": True}
    assert answer("remove", "u2netp") == {"id": "u2netp", "removed": False}


def test_a_damaged_model_that_cannot_be_fetched_again_makes_verify_fail(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (lying,) = (home / "models").glob("*.onnx")
    lying.write_bytes(b"damaged")
    monkeypatch.setenv("LOCALMATTE_OFFLINE", "1")
    done = localmatte("models", "verify")
    assert done.returncode == 1
    assert b"u2netp: damaged, moved aside" in done.stdout
    assert b"LOCALMATTE_OFFLINE" in done.stdout


def test_import_prints_the_id_and_cut_uses_it(
    home: Path, tmp_path: Path, photos: dict[str, Path]
) -> None:
    model = graphs.mean_of_channels(tmp_path / "Mine.onnx", 64)
    done = localmatte("models", "import", model, "--like", "u2netp")
    assert done.returncode == 0
    assert done.stdout == b"mine\n"
    assert b"input 64 pixels, output rule min-max" in done.stderr
    for chosen in ("mine", model):
        target = tmp_path / "out.png"
        cut = localmatte("cut", photos["chelsea"], "-o", target, "--model", chosen)
        assert cut.returncode == 0, cut.stderr.decode()
        assert target.stat().st_size > 0
        target.unlink()


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        (("pull", "u2nep"), 2, "Did you mean u2netp"),
        (("pull", "rmbg-2.0"), 1, "--accept-licence rmbg-2.0"),
        (("pull", "rmbg-2.0", "--accept-licence", "rmbg-1.4"), 2, "Use the same model id twice."),
        (("pull", "silueta"), 1, "LOCALMATTE_OFFLINE forbids"),
        (("import", "nowhere.onnx"), 2, "There is no file"),
        (("import", __file__), 1, "cannot be opened by ONNX Runtime"),
        (("import", __file__, "--like", "nothing"), 2, "There is no model 'nothing'"),
        (("remove", "nothing"), 2, "There is no model 'nothing'"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_an_exit_status(
    arguments: tuple[str, ...],
    status: int,
    text: str,
    empty_home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LOCALMATTE_OFFLINE", "1")
    done = localmatte("models", *arguments)
    assert done.returncode == status
    assert done.stdout == b""
    assert text in sentence(done)


def test_an_accepted_licence_lets_the_pull_begin_and_is_remembered(
    empty_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCALMATTE_OFFLINE", "1")
    accepting = ("pull", "rmbg-1.4", "--accept-licence", "rmbg-1.4")
    done = localmatte("models", *accepting)
    assert "LOCALMATTE_OFFLINE forbids" in sentence(done)
    again = localmatte("models", "pull", "rmbg-1.4")
    assert "LOCALMATTE_OFFLINE forbids" in sentence(again)
    entry = json.loads((empty_home / "config" / "accepted-licences.json").read_text())
    assert list(entry) == ["rmbg-1.4"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
def test_a_terminal_sees_progress_with_amount_rate_and_time(home: Path) -> None:
    (lying,) = (home / "models").glob("*.onnx")
    content = lying.read_bytes()
    lying.unlink()
    with files.serving({"/u2netp.onnx": content}, files.paced(4e6)) as mirror:
        printed, text = on_a_terminal(
            "models", "pull", COLUMNS="120", LOCALMATTE_MIRROR=mirror.address
        )
    assert printed == f"{lying}\n"
    assert " of 4.6 MB, " in text
    assert " MB/s, " in text
    assert " s left" in text
