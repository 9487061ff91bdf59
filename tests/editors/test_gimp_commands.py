"""The commands as a script finds and calls them, by GIMP's procedures and in Script-Fu."""

from __future__ import annotations

import pytest

from localmatte_bridge.edge_controls import CONTROLS
from tests.editors.engine import InstalledEngine
from tests.editors.gimp_host import Gimp
from tests.editors.ramp_worker import RampWorker

pytestmark = pytest.mark.gimp

ARGUMENTS = {
    "localmatte-remove-background": {
        "model": "u2netp",
        "refine": True,
        "best-edges": False,
        "inside-selection": True,
        "output": "mask",
        "existing-mask": "replace",
        **{control.name: control.default for control in CONTROLS},
    },
    "localmatte-remove-background-again": {},
    "localmatte-edges-again": {control.name: control.default for control in CONTROLS},
    "localmatte-refine-inside-selection": {"model": "u2netp"},
    "localmatte-finish-painted-edges": {},
    "localmatte-keep-selected": {},
    "localmatte-remove-selected": {},
    "localmatte-models": {"action": "list", "model": "u2netp", "accept-licence": False},
}
"""Every command's own arguments, and their defaults."""

LAYER_COMMANDS = [name for name in ARGUMENTS if name != "localmatte-models"]


def on_layer(name: str, image: int, layer: int, more: str = "") -> str:
    """A call in Script-Fu."""
    target = f"#:image {image} #:drawables (vector {layer})"
    return f"({name} #:run-mode RUN-NONINTERACTIVE {target} {more})"


@pytest.mark.parametrize("name", ARGUMENTS)
def test_every_command_and_argument_is_documented(
    gimp: Gimp, engine: InstalledEngine, name: str
) -> None:
    documented = gimp.call("gimp_commands.documentation", name=name)
    assert documented["blurb"]
    assert documented["help"]
    arguments = documented["arguments"]
    assert {key: default for key, (_, _, default) in arguments.items()} == ARGUMENTS[name]
    for nick, blurb, _ in arguments.values():
        assert nick
        assert len(blurb) > len(nick)


def test_the_command_has_an_icon_that_gimp_can_draw(gimp: Gimp, engine: InstalledEngine) -> None:
    opaque = gimp.call("gimp_commands.icon", name="localmatte-remove-background", size=16)
    assert len(opaque) == 16 * 16
    assert sum(alpha == 255 for alpha in opaque) > 200


def test_the_edge_controls_are_called_what_the_engine_calls_them(
    gimp: Gimp, engine: InstalledEngine
) -> None:
    name = "localmatte-remove-background"
    arguments = gimp.call("gimp_commands.documentation", name=name)["arguments"]
    for control in CONTROLS:
        assert arguments[control.name][:2] == [control.label, control.help]


@pytest.mark.parametrize("name", LAYER_COMMANDS)
def test_script_fu_calls_every_command(gimp: Gimp, ramp_worker: RampWorker, name: str) -> None:
    image, layer = gimp.call("gimp_kinds.make", layer_type="rgba-image")
    gimp.call("gimp_kinds.select", image=image, x=5, y=4, width=12, height=9)
    if name == "localmatte-finish-painted-edges":
        gimp.call("gimp_kinds.add_plain_mask", layer=layer)
    elif name == "localmatte-edges-again":
        gimp.call("gimp_commands.remove_background", layer=layer)
        ramp_worker.requests.clear()
    before = gimp.call("gimp_documents.state", image=image)["layers"][0]
    answer = gimp.call("gimp_commands.script_fu", script=on_layer(name, image, layer))
    assert answer["status"] == "success", answer["error"]
    after = gimp.call("gimp_documents.state", image=image)["layers"][0]
    assert len(ramp_worker.requests) == 1
    assert after["mask"] is not None
    assert after["pixels"] == before["pixels"]


def test_script_fu_is_told_which_argument_is_wrong(gimp: Gimp, ramp_worker: RampWorker) -> None:
    image, layer = gimp.call("gimp_kinds.make", layer_type="rgba-image")
    script = on_layer("localmatte-remove-background", image, layer, '#:output "hat"')
    answer = gimp.call("gimp_commands.script_fu", script=script)
    assert answer["status"] == "execution-error"
    assert 'The argument "output" cannot be "hat".' in answer["error"]
    assert ramp_worker.requests == []


def test_a_script_lists_and_removes_models_and_is_told_what_is_wrong(
    gimp: Gimp, ramp_worker: RampWorker
) -> None:
    listed = gimp.call("gimp_commands.models")
    assert listed["status"] == "success"
    assert listed["present"] == ["u2netp"]
    wrong = gimp.call("gimp_commands.models", action="burn")
    assert wrong["status"] == "execution-error"
    assert (
        'The argument "action" cannot be "burn".\nUse one of list, download, remove.'
        in wrong["error"]
    )


def test_a_script_needs_an_accepted_licence_and_a_model_that_exists(
    gimp: Gimp, engine: InstalledEngine
) -> None:
    strange = gimp.call("gimp_commands.models", action="remove", model="u3net")
    assert "There is no model 'u3net'." in strange["error"]
    refused = gimp.call("gimp_commands.models", action="download", model="rmbg-1.4-int8")
    assert refused["status"] == "execution-error"
    assert "does not allow commercial use" in refused["error"]
