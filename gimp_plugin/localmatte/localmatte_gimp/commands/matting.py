"""From layers to what is made of their mattes: the way that removal and refinement share."""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional

from gi.repository import Gimp

from localmatte_bridge import BridgeError, Client, Result
from localmatte_bridge.client import Event
from localmatte_bridge.history import Origin

from .. import engine
from ..document import extent, layers, mask, output, selection
from ..document.layers import Source
from ..document.selection import Limit
from ..words import _
from .call import Call


def _followed(
    source: Source, options: Dict[str, Any], result: Result, made: Gimp.Channel
) -> Optional[Origin]:
    return mask.followed(source, made)


class Task(NamedTuple):
    """What is wanted of some layers.

    Attributes:
        title: What GIMP's progress bar says.
        options: What is asked of the engine for a layer, given what of it is selected.
        inside_selection: Whether the selection, where there is one, limits where it looks.
        hide_outside: Whether the masks hide what lies outside of that.
        confirm: Asks the user whether to go on where nothing clear would be left of the layers
            of these names; None where nobody can be asked, who then is told afterwards.
        output: A key of output.OUTPUTS.
        existing_mask: What becomes of a mask that a layer has, a key of mask.EXISTING.
        ask: The client's method that asks for a layer's mask.
        origin: What a mask was made of, given the layer, what was asked for, the answer and the
            mask; None where that is not known.
    """

    title: str
    options: Callable[[Source, Optional[Limit]], Dict[str, Any]]
    inside_selection: bool
    hide_outside: bool
    confirm: Optional[Callable[[List[str]], bool]]
    output: str = "mask"
    existing_mask: str = "replace"
    ask: Callable[..., Iterator[Event]] = Client.matte
    origin: Callable[[Source, Dict[str, Any], Result, Gimp.Channel], Optional[Origin]] = _followed


def confirming(call: Call) -> Optional[Callable[[List[str]], bool]]:
    """What asks the user of a call whether to go on; None where there is none to ask.

    Args:
        call: The run of a procedure.
    """
    if not call.with_dialog:
        return None

    def ask(names: List[str]) -> bool:
        # It needs a display.
        from ..ui import questions

        return questions.go_on(call.procedure.get_name(), nothing_left(names))

    return ask


def run(chosen: List[Gimp.Layer], task: Task) -> bool:
    """Have layers' mattes found, and make masks or something else of them, in one undo step.

    Args:
        chosen: Layers of one image.
        task: What is wanted.

    Returns:
        Whether it was done; False where the user did not want the result.

    Raises:
        BridgeError: It could not be done; nothing was changed.
    """
    layers.check_there(chosen)
    sources = [Source(layer) for layer in chosen]
    with selection.limits(chosen, task.inside_selection) as limits:
        pairs = list(zip(sources, limits))  # noqa: B905  # strict needs Python 3.10
        Gimp.progress_init(task.title)
        wanted = [task.options(source, limit) for source, limit in pairs]
        results = _results(task, sources, wanted)
        Gimp.progress_end()
        for source in sources:
            source.check_there()
        with extent.scratch(chosen[0], sources[0].extent) as scratch:
            told = zip(pairs, wanted, results)  # noqa: B905  # see above
            cuts = [_cut(task, *pair, asked, result, scratch) for pair, asked, result in told]
            lost = _lost(sources, cuts)
            if lost and task.confirm and not task.confirm(lost):
                return False
            for source in sources:
                source.check_unchanged()
            output.make(task.output, cuts)
    for notice in _notices(sources, results, [] if task.confirm else lost):
        Gimp.message(notice)
    return True


def _lost(sources: List[Source], cuts: List[output.Cut]) -> List[str]:
    """The names of the layers of which nothing clear would be left."""
    return [
        source.name
        for source, cut in zip(sources, cuts)  # noqa: B905  # strict needs Python 3.10
        if not mask.shows_something(source.layer, cut.mask)
    ]


def _results(task: Task, sources: List[Source], options: List[Dict[str, Any]]) -> List[Result]:
    results: List[Result] = []
    with engine.connect() as client:
        for source, wanted in zip(sources, options):  # noqa: B905  # see above
            share = len(results) / len(sources), 1 / len(sources)
            results.append(_result(task, client, source, wanted, share, len(sources) > 1))
    return results


def _result(
    task: Task,
    client: Client,
    source: Source,
    options: Dict[str, Any],
    share: engine.Share,
    named: bool,
) -> Result:
    try:
        return engine.answer(task.ask(client, **source.request(), **options), share)
    except BridgeError as error:
        if not named:
            raise
        raise BridgeError(error.code, _named(source.name, error.message), error.hint) from None


def _cut(
    task: Task,
    source: Source,
    limit: Optional[Limit],
    options: Dict[str, Any],
    result: Result,
    scratch: Gimp.Image,
) -> output.Cut:
    depth, area = source.look.depth, source.extent
    payload = memoryview(result.payload)
    matte = area.width * area.height * len(depth.white)
    existing = task.existing_mask if output.OUTPUTS[task.output].combined else "replace"
    shown = limit if task.hide_outside else None
    made = mask.made(source, bytes(payload[:matte]), shown, existing, scratch)
    colours = payload[matte : len(payload) - len(result.raw)]
    return output.Cut(source.layer, made, colours, task.origin(source, options, result, made))


def _notices(sources: List[Source], results: List[Result], lost: List[str]) -> List[str]:
    """What the user should know; what is not true of every layer names the layers."""
    of_layers: Dict[str, List[str]] = {}
    for source, result in zip(sources, results):  # noqa: B905  # see above
        of_layers.setdefault(result.header["meta"]["notice"], []).append(source.name)
    of_layers.pop("", None)
    notices = [
        notice if len(names) == len(sources) else _named(", ".join(names), notice)
        for notice, names in of_layers.items()
    ]
    if lost:
        notices.append("\n".join((nothing_left(lost), _("Use Edit > Undo to restore it."))))
    return notices


def nothing_left(names: List[str]) -> str:
    """The sentence that says that nothing clear is left of layers of these names."""
    return _("Nothing of “{layer}” is clearly visible in the result.").format(
        layer="”, “".join(names)
    )


def _named(layer: str, sentence: str) -> str:
    return _("{layer}: {message}").format(layer=layer, message=sentence)
