"""What a user imports is found by its id, like a model of the catalogue."""

from __future__ import annotations

from pathlib import Path

import pytest

from localmatte import library, store
from localmatte.errors import ModelError, ModelMissingError, UsageError
from localmatte.models import catalogue
from localmatte.models.spec import ModelSpec, OutputRule, Tier
from tests import graphs, weights

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
    with pytest.raises(UsageError, match=f"{sidecar.name} does not describe a model"):
        library.models()
