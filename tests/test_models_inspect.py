"""The user's own models are read from their graphs, or refused with a sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

from localmatte import providers
from localmatte.errors import LocalmatteError, ModelError, UsageError
from localmatte.inference.network import Network, postprocess, preprocess
from localmatte.models import catalogue, inspect
from localmatte.models.spec import OutputRule, Tier
from localmatte.onnx.optimise import as_published
from tests import graphs, weights

SQUARE = {"picture": [1, 3, 32, 32]}
PLANE = {"matte": [1, 1, 32, 32]}


def mean(source: str = "picture", target: str = "matte") -> onnx.NodeProto:
    """The mean of the channels."""
    return helper.make_node("ReduceMean", [source], [target], axes=[1], keepdims=1)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model of the user's that takes 64×64."""
    return graphs.mean_of_channels(tmp_path / "My Model.onnx", 64, decoys=2)


def test_size_and_output_are_read_from_the_graph(model: Path) -> None:
    spec = inspect.spec_from_file(model)
    assert (spec.id, spec.title, spec.tier) == ("my-model", "My Model", Tier.OWN)
    assert (spec.input_size, spec.input_step, spec.channels_last) == (64, 0, False)
    assert spec.output_index == 0
    assert spec.file.local == model


def test_a_matte_among_other_outputs_is_found(tmp_path: Path) -> None:
    path = graphs.save(
        tmp_path / "m.onnx",
        [helper.make_node("Identity", ["picture"], ["features"]), mean()],
        SQUARE,
        {"features": [1, 3, 32, 32], **PLANE},
    )
    assert inspect.spec_from_file(path).output_index == 1


def test_a_free_size_gets_a_usual_one_in_steps(tmp_path: Path) -> None:
    spec = inspect.spec_from_file(graphs.mean_of_channels(tmp_path / "free.onnx", "free"))
    assert spec.input_size == inspect.FREE_SIZE
    assert spec.fit(3000, 2000) == (1536, 1024)


@pytest.mark.parametrize("kind", [TensorProto.FLOAT, TensorProto.FLOAT16])
@pytest.mark.parametrize("channels_last", [False, True])
def test_layout_and_type_of_the_graph_are_served(
    kind: int, channels_last: bool, tmp_path: Path
) -> None:
    path = graphs.mean_of_channels(tmp_path / "m.onnx", 32, 1, channels_last, kind)
    spec = inspect.spec_from_file(path)
    assert spec.channels_last is channels_last
    rgb = np.zeros((32, 32, 3), np.uint8)
    rgb[:, 16:] = 200
    network = Network(onnxruntime.InferenceSession(str(path)), spec)
    matte = postprocess(network.run(preprocess(rgb, spec)), spec)
    np.testing.assert_allclose(matte[:, :16], 0, atol=1e-3)
    np.testing.assert_allclose(matte[:, 16:], 1, atol=1e-3)


def test_a_file_of_the_catalogue_keeps_its_row_under_any_name(tmp_path: Path) -> None:
    path = tmp_path / "renamed.onnx"
    path.write_bytes(weights.cached("u2netp").read_bytes())
    spec = inspect.spec_from_file(path)
    assert spec.id == "u2netp"
    assert spec.normalisation == catalogue.get("u2netp").normalisation
    assert spec.file.local == path


def test_like_takes_normalisation_and_output_rule_of_another(model: Path) -> None:
    other = catalogue.get("birefnet-general")
    spec = inspect.spec_from_file(model, other)
    assert spec.normalisation == other.normalisation
    assert spec.output_rule is OutputRule.SIGMOID
    assert spec.input_size == 64


def test_a_sidecar_says_what_the_graph_cannot_and_has_the_last_word(model: Path) -> None:
    model.with_suffix(".toml").write_text(
        'title = "Mine"\nnormalisation = "half"\noutput_rule = "as is"\noutput_index = 1\n'
    )
    spec = inspect.spec_from_file(model, catalogue.get("birefnet-general"))
    assert spec.title == "Mine"
    assert spec.normalisation == catalogue.get("rmbg-1.4").normalisation
    assert spec.output_rule is OutputRule.AS_IS
    assert spec.output_index == 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("not toml", "."),
        ('colour = "red"', "unknown key colour"),
        ('normalisation = "unheard of"', "'unheard of' is not one of imagenet"),
        ('output_rule = "softmax"', "softmax"),
        ("input_size = 3.5", "3.5 is not a whole number"),
        ("output_index = true", "True is not a whole number"),
    ],
)
def test_a_sidecar_that_makes_no_sense_is_refused(text: str, why: str, model: Path) -> None:
    model.with_suffix(".toml").write_text(text)
    with pytest.raises(UsageError, match="is not a valid model description") as caught:
        inspect.spec_from_file(model)
    assert why in caught.value.message
    assert "output_rule" in caught.value.hint


def test_a_large_file_is_described_without_its_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [weights.cached(name) for name in ("u2netp", "isnet-quint8")]
    monkeypatch.setattr(catalogue, "MODELS", ())
    inspect._from_graph.cache_clear()
    whole = [inspect.spec_from_file(path) for path in paths]
    inspect._from_graph.cache_clear()
    monkeypatch.setattr(inspect, "MAPPED", 1)
    assert [inspect.spec_from_file(path) for path in paths] == whole
    inspect._from_graph.cache_clear()


def test_a_file_that_changes_is_read_again(model: Path) -> None:
    first = inspect.spec_from_file(model)
    graphs.mean_of_channels(model, 128)
    second = inspect.spec_from_file(model)
    assert second.input_size == 128
    assert second.file.sha256 != first.file.sha256


# Refusals


def classifier(path: Path) -> Path:
    """A network that gives one number a class."""
    nodes = [
        helper.make_node("ReduceMean", ["picture"], ["scores"], axes=[2, 3], keepdims=0),
    ]
    return graphs.save(path, nodes, SQUARE, {"scores": [1, 3]})


def painter(path: Path) -> Path:
    """A network that gives a picture."""
    nodes = [helper.make_node("Neg", ["picture"], ["negative"])]
    return graphs.save(path, nodes, SQUARE, {"negative": [1, 3, 32, 32]})


def two_inputs(path: Path) -> Path:
    """A network that wants a trimap, too."""
    nodes = [mean("picture", "grey"), helper.make_node("Add", ["grey", "trimap"], ["matte"])]
    return graphs.save(path, nodes, {**SQUARE, "trimap": [1, 1, 32, 32]}, PLANE)


def grey_input(path: Path) -> Path:
    """A network that takes one channel."""
    nodes = [helper.make_node("Neg", ["picture"], ["matte"])]
    return graphs.save(path, nodes, {"picture": [1, 1, 32, 32]}, PLANE)


def four_pictures(path: Path) -> Path:
    """A network that takes four pictures at once."""
    return graphs.save(path, [mean()], {"picture": [4, 3, 32, 32]}, {"matte": [4, 1, 32, 32]})


def oblong(path: Path) -> Path:
    """A network that takes pictures of one oblong size."""
    return graphs.save(path, [mean()], {"picture": [1, 3, 32, 64]}, {"matte": [1, 1, 32, 64]})


def integers(path: Path) -> Path:
    """A network that takes integers."""
    nodes = [helper.make_node("Neg", ["picture"], ["negative"])]
    return graphs.save(path, nodes, SQUARE, {"negative": [1, 3, 32, 32]}, TensorProto.INT32)


def text(path: Path) -> Path:
    """No model at all."""
    path.write_text("This is not a model.")
    return path


def weights_elsewhere(path: Path) -> Path:
    """A network whose weights lie in a second file."""
    graph = onnx.load(graphs.mean_of_channels(path))
    weight = onnx.numpy_helper.from_array(np.ones((1, 1, 32, 32), np.float32), "weight")
    graph.graph.initializer.append(weight)
    graph.graph.node[0].output[0] = "grey"
    graph.graph.node.append(helper.make_node("Mul", ["grey", "weight"], ["matte"]))
    onnx.save(
        graph, str(path), save_as_external_data=True, location="weights.bin", size_threshold=0
    )
    return path


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (classifier, "none of its outputs (scores 1×3) is a matte"),
        (painter, "none of its outputs (negative 1×3×32×32) is a matte"),
        (two_inputs, "takes 2 inputs (picture, trimap) instead of one image"),
        (grey_input, "its input 1×1×32×32 is not an image with three channels"),
        (four_pictures, "takes 4 images at once"),
        (oblong, "takes images of 64×32, which are not square"),
        (integers, "takes tensor(int32) instead of floating-point pixels"),
        (text, "cannot be opened by ONNX Runtime"),
        (weights_elsewhere, "cannot be opened by ONNX Runtime"),
    ],
)
def test_what_is_no_matting_model_is_refused_with_the_reason(
    make: Callable[[Path], Path], why: str, tmp_path: Path
) -> None:
    path = make(tmp_path / "other.onnx")
    with pytest.raises(ModelError) as caught:
        inspect.spec_from_file(path)
    assert caught.value.message.startswith(str(path))
    assert why in caught.value.message
    assert caught.value.hint


def test_weights_in_a_second_file_are_refused_from_their_own_folder_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = weights_elsewhere(tmp_path / "other.onnx")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match="cannot be opened") as caught:
        inspect.spec_from_file(path)
    assert "separate file" in caught.value.hint
    for provider in (providers.CPU, providers.ONE_CORE):
        with pytest.raises(Exception, match="xternal data"):
            provider.session(as_published(path.read_bytes()))


def test_names_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = graphs.mean_of_channels(tmp_path / "other.onnx", "side")
    path.write_bytes(path.read_bytes().replace(b"height", b"h\xffight"))
    with pytest.raises(ModelError, match="names that are not text"):
        inspect.spec_from_file(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LocalmatteError, match=r"There is no file .*nowhere\.onnx"):
        inspect.spec_from_file(tmp_path / "nowhere.onnx")
