"""The steps of an installation, and what came of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from . import adapters, editor_setup, editors, engine, environment, proof, worker
from .console import Console
from .editors import Editor
from .errors import InstallError
from .manifest import Manifest
from .places import Places
from .proof import Proof
from .source import Source

MODEL = "u2netp"


@dataclass
class Outcome:
    """What was done.

    Attributes:
        python: The engine's Python.
        webgpu: Whether the WebGPU provider is there; None where the environment is the user's.
        placed: The editors that have the plug-in now, with what is left to do in each.
        passed_over: The editors that cannot have it, with the reason.
        proof: The cut-out.
    """

    python: Path
    webgpu: bool | None = None
    placed: list[tuple[Editor, str]] = field(default_factory=list)
    passed_over: list[tuple[Editor, str]] = field(default_factory=list)
    proof: Proof | None = None


@dataclass(frozen=True)
class Wish:
    """What the user asked for.

    Attributes:
        photo: The photo to cut out, or None for a painted one.
        editors: "gimp", "krita" or folders; empty for all that are found.
        force: Make the environment anew.
        python: The engine's Python, where it is not to be the private environment's.
        plug_ins: Whether the editors get their plug-ins.
        link: Whether these are links to the checkout.
    """

    photo: Path | None = None
    editors: Sequence[str] = ()
    force: bool = False
    python: Path | None = None
    plug_ins: bool = True
    link: bool = False


def install(
    wish: Wish, source: Source, places: Places, new_folders: list[Path], console: Console
) -> Outcome:
    """Set everything up.

    Args:
        wish: What the user asked for.
        source: What is installed.
        places: Where it belongs.
        new_folders: Which of these places, and around them, were not there before.
        console: Told what happens.

    Returns:
        What was done; where one editor could not be set up, it says why, and the others are.

    Raises:
        InstallError: A step failed; what came before it stays, and a second run goes on there.
    """
    if wish.link and source.checkout is None:
        raise InstallError(
            "There is no copy of the repository to link to.", "Run this again without --link.", 2
        )
    manifest = _manifest(source, places, new_folders)
    outcome = _engine(wish, source, places, console)
    console.stage(f"Downloading the model {MODEL} (4.6 MB)", "model")
    pulled = engine.call(outcome.python, console, "models", "pull", MODEL)
    if pulled.status != 0:
        raise engine.failure(pulled, "")
    if wish.plug_ins:
        _place(wish, source, places, manifest, outcome, console)
    outcome.proof = proof.cut_out(outcome.python, wish.photo, places, console)
    return outcome


def _manifest(source: Source, places: Places, new_folders: list[Path]) -> Manifest:
    manifest = Manifest.load(places.manifest)
    if not manifest.version:
        manifest.folders = tuple(map(str, new_folders))
    manifest.version = source.version
    manifest.save()
    return manifest


def _engine(wish: Wish, source: Source, places: Places, console: Console) -> Outcome:
    if wish.python:
        return Outcome(wish.python)
    python = environment.python_of(places.environment)
    stamp = environment.prepare(
        places,
        source,
        console,
        force=wish.force,
        before_change=lambda: worker.finish(python, places, console),
    )
    return Outcome(python, stamp.webgpu)


def _place(
    wish: Wish,
    source: Source,
    places: Places,
    manifest: Manifest,
    outcome: Outcome,
    console: Console,
) -> None:
    chosen = editors.choose(editors.find(), list(wish.editors))
    if wish.editors and not chosen:
        raise InstallError(
            f"There is no {' or '.join(wish.editors)} on this computer.",
            "Start it once and run this again, or specify its folder with --editor.",
        )
    described = adapters.engine(outcome.python, places, source)
    for editor in chosen:
        if editor.obstacle:
            outcome.passed_over.append((editor, editor.obstacle))
            continue
        console.stage(f"Installing the plug-in for {editor.name}")
        try:
            to_do = editor_setup.place(editor, source, described, manifest, console, link=wish.link)
            outcome.placed.append((editor, to_do))
        except InstallError as error:
            # One editor's trouble does not keep the others from theirs.
            outcome.passed_over.append((editor, str(error)))
