"""What a user imports is found by its id, like a model of the catalogue."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from localmatte import library, store
from localmatte.errors import ModelError, ModelMissingError, StorageError, UsageError
from localmatte.models import catalogue
from localmatte.models.spec import ModelSpec, OutputRule, Tier
from localmatte.system import files
from tests import graphs, weights
from tests.commands import localmatte, sentence

pytestmark = pytest.mark.usefixtures("empty_home")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model file of the user's."""
    return graphs.mean_of_channels(tmp_path / "mine.onnx", 64)


def imported() -> list[ModelSpec]:
    """The models that are not of the catalogue."""
    return [spec for spec in library.models() if spec.tier is Tier.OWN]


def test_an_imported_model_is_found_by_its_id_without_the_file_it_came_from(model: Path) -> None:
    content = model.read_bytes()
    spec = library.import_file(model, like=catalogue.get("birefnet-general"))
    model.unlink()
    assert library.find("mine") == spec
    assert imported() == [spec]
    assert spec.output_rule is OutputRule.SIGMOID
    assert spec.input_size == 64
    assert store.verified(spec).read_bytes() == content


def test_a_path_is_used_where_it_lies(model: Path) -> None:
    spec = library.find(str(model))
    assert store.verified(spec) == model
    assert imported() == []
    with pytest.raises(UsageError, match="is your own file"):
        library.remove(spec)
    assert model.exists()


def test_a_file_of_the_catalogue_is_imported_as_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "whatever.onnx"
    path.write_bytes(weights.cached("u2netp").read_bytes())
    assert library.import_file(path) == catalogue.get("u2netp")
    assert store.present(catalogue.get("u2netp"))
    assert imported() == []


def test_an_import_again_with_another_like_replaces_the_description(model: Path) -> None:
    library.import_file(model)
    library.import_file(model, like=catalogue.get("birefnet-general"))
    (spec,) = imported()
    assert spec.id == "mine"
    assert spec.output_rule is OutputRule.SIGMOID


def test_a_name_that_is_taken_gets_a_number(tmp_path: Path) -> None:
    names = ("u2netp", "mine", "sub/mine")
    ids = []
    for size, name in enumerate(names, start=5):
        path = tmp_path / f"{name}.onnx"
        path.parent.mkdir(exist_ok=True)
        ids.append(library.import_file(graphs.mean_of_channels(path, size * 16)).id)
    assert ids == ["u2netp-2", "mine", "mine-2"]


def test_a_removed_import_is_gone_with_its_description(model: Path) -> None:
    spec = library.import_file(model)
    assert library.remove(spec)
    assert imported() == []
    with pytest.raises(UsageError, match="There is no model 'mine'"):
        library.find("mine")


def test_a_damaged_import_is_set_aside_and_asks_for_the_file(model: Path) -> None:
    spec = library.import_file(model)
    path = store.path_of(spec)
    path.write_bytes(b"damaged")
    with pytest.raises(ModelError, match="was damaged") as caught:
        store.verified(spec)
    assert "localmatte models import FILE" in caught.value.hint
    with pytest.raises(ModelMissingError):
        store.verified(library.find("mine"))
    library.import_file(model)
    assert store.verified(spec) == path


def test_what_is_no_model_is_not_imported(tmp_path: Path, empty_home: Path) -> None:
    path = tmp_path / "text.onnx"
    path.write_text("This is not a model.")
    with pytest.raises(ModelError):
        library.import_file(path)
    assert not (empty_home / "models").exists()


def test_a_description_that_was_damaged_is_named(model: Path) -> None:
    spec = library.import_file(model)
    sidecar = store.path_of(spec).with_suffix(".toml")
    sidecar.write_text('id = "mine"\n')
    (fault,) = library.unreadable()
    assert f"{sidecar.name} is not a valid model description" in fault.message


GOOD_ROW = {
    "id": "other",
    "title": "Other",
    "good_at": "cats",
    "name": "other.onnx",
    "bytes": 5,
    "input_size": 64,
    "normalisation": "imagenet",
    "output_rule": "sigmoid",
}


def _row(**changes: object) -> str:
    return "".join(
        f"{key} = {json.dumps(value)}\n" for key, value in {**GOOD_ROW, **changes}.items()
    )


BAD_ROWS = {
    "empty": "",
    "no TOML": "{",
    "deep": "a = " + "[" * 5000,
    "huge": "# " + "x" * (1 << 20),
    "binary": "\x00\x01",
    "negative": _row(input_size=-1),
    "enormous": _row(input_size=1 << 40),
    "no number": _row(input_size="64"),
    "no row": _row(output_index=-1),
    "control characters": _row(title="\x1b[2Jgone"),
    "unknown rule": _row(output_rule="magic"),
    "list for a rule": _row(normalisation=[1]),
    "taken id": _row(id="u2netp"),
}


@pytest.mark.parametrize("content", BAD_ROWS.values(), ids=BAD_ROWS)
def test_a_row_that_cannot_be_read_hides_itself_alone(
    model: Path, empty_home: Path, content: str
) -> None:
    spec = library.import_file(model)
    bad = empty_home / "models" / ("0" * 64 + ".toml")
    bad.write_text(content)
    assert imported() == [spec]
    (fault,) = library.unreadable()
    assert str(bad) in fault.message
    assert fault.hint == library.MEND_ROW
    done = localmatte("models", "list")
    assert (done.returncode, b"mine" in done.stdout) == (0, True)
    assert str(bad) in sentence(done)
    assert localmatte("models", "remove", "mine").returncode == 0
    weights.place("u2netp", empty_home)
    assert localmatte("models", "pull", "u2netp").returncode == 0


def test_a_row_that_is_a_pipe_or_a_folder_is_passed_over(empty_home: Path) -> None:
    folder = empty_home / "models"
    folder.mkdir(parents=True)
    os.mkfifo(folder / ("1" * 64 + ".toml"))
    (folder / ("2" * 64 + ".toml")).mkdir()
    assert imported() == []
    assert len(library.unreadable()) == 2


@pytest.mark.parametrize("record", ['{"rmbg-1.4": 5}', "[" * 100_000, "[]", "\x00"])
def test_a_licence_record_of_any_kind_leaves_the_list_whole(empty_home: Path, record: str) -> None:
    path = empty_home / "config" / "accepted-licences.json"
    path.parent.mkdir(parents=True)
    path.write_text(record)
    rows = [library.describe(spec) for spec in library.models()]
    assert all(row["accept"] for row in rows if row["commercial"] == "no")


def test_a_suffix_in_capitals_is_a_file_too(model: Path) -> None:
    loud = model.rename(model.with_suffix(".ONNX"))
    assert library.find(str(loud)).file.local == loud


def test_a_name_that_no_list_could_show_is_imported_all_the_same(model: Path) -> None:
    odd = model.rename(model.with_name("a\x1b\n\x7fb\udcff.onnx"))
    spec = library.import_file(odd)
    assert imported() == [spec]
    assert spec.title.isprintable()


def test_a_folder_that_cannot_take_the_row_is_a_sentence(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: object, **named: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "_begun", full)
    with pytest.raises(StorageError, match="No space left"):
        library.import_file(model)
