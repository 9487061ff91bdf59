"""All the models that a user can name: the catalogue, those imported, and files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from localmatte import store
from localmatte.errors import ModelMissingError, UsageError
from localmatte.models import catalogue, inspect, toml
from localmatte.models.spec import ModelSpec, Tier
from localmatte.progress import CancelToken, OnProgress, no_progress
from localmatte.store import cache
from localmatte.system import pace, paths
from localmatte.system.files import replacing
from localmatte_bridge.models import size
from localmatte_bridge.words import N_, Sentence

MEND_ROW = "Delete that file, and import the model again."


def models() -> tuple[ModelSpec, ...]:
    """The catalogue's models, then those that the user imported; see unreadable()."""
    rows, _ = _imported()
    return (*catalogue.MODELS, *rows)


def unreadable() -> tuple[UsageError, ...]:
    """What is wrong with the rows of imported models that models() leaves out."""
    _, faults = _imported()
    return faults


def find(model: str) -> ModelSpec:
    """The row of a model that finds subjects.

    Args:
        model: An id of the catalogue or of an imported model, or the path of an .onnx file.

    Raises:
        UsageError: There is no such model, or it finds no subject.
        LocalmatteError: The file is none.
    """
    is_file = model.lower().endswith(".onnx")
    spec = inspect.spec_from_file(Path(model)) if is_file else known(model)
    if spec.refines:
        raise UsageError(
            Sentence("{model} refines edges, and finds no subject.", model=spec.title),
            N_("Choose another model, and add best edges (--best-edges)."),
        )
    return spec


def refiner() -> ModelSpec:
    """The row of the model that refines edges.

    Returns:
        Its row.

    Raises:
        ModelMissingError: It is not on this computer.
    """
    spec = known(catalogue.REFINER)
    if not store.present(spec):
        raise ModelMissingError(
            Sentence(
                "Best edges needs the model {model} ({size}), which is not downloaded.",
                model=spec.title,
                size=size(spec.bytes),
            ),
            Sentence("Download it with 'localmatte models pull {model}'.", model=spec.id),
        )
    return spec


def known(id: str) -> ModelSpec:  # noqa: A002
    """The row of a model of the catalogue or of an imported one.

    Args:
        id: Its id.

    Raises:
        UsageError: There is none; the hint names those that are spelt alike.
    """
    return catalogue.get(id, models())


def describe(spec: ModelSpec) -> dict[str, Any]:
    """One model as JSON, as the editors' dialogs and `models list --json` show it.

    Args:
        spec: Its row.

    Returns:
        Text, numbers, true and false by their names; see localmatte_bridge.models.Model.
    """
    return {
        "id": spec.id,
        "title": spec.title,
        "good_at": spec.good_at,
        "tier": spec.tier.value,
        "bytes": spec.bytes,
        "sha256": spec.file.sha256,
        "memory_mb": spec.memory.cpu,
        "card_mb": spec.memory.card,
        "memory_estimated": spec.memory.estimated,
        "seconds": pace.last(spec.file.sha256),
        "licence": spec.licence.name,
        "licence_link": spec.licence.link,
        "commercial": spec.licence.commercial.value,
        "accept": spec.licence.to_accept and not store.accepted(spec),
        "tested": spec.tested,
        "present": store.present(spec),
        "refines": spec.refines,
        "default": spec.id == catalogue.DEFAULT,
        "tier_default": spec.default,
    }


def import_file(
    path: Path,
    like: ModelSpec | None = None,
    on_progress: OnProgress = no_progress,
    cancel: CancelToken | None = None,
) -> ModelSpec:
    """Copy a model file into the cache, where `find` knows it by its id.

    A file of the catalogue is recognised by its hash; any other is described from its graph,
    from a sidecar, and by the model that it is like.

    Args:
        path: The file.
        like: The model whose normalisation and output rule it shares.
        on_progress: Told how much is copied.
        cancel: Stops the copying.

    Returns:
        The model's row.

    Raises:
        UsageError: There is no such file, or the sidecar beside it is wrong.
        ModelError: It is no model that turns a picture into a matte.
        StorageError: The disk is full or the folder cannot be written.
        CancelledError: The caller cancelled.
    """
    found = inspect.spec_from_file(path, like)
    spec = replace(found, file=replace(found.file, local=None))
    if spec.tier is Tier.OWN:
        spec = replace(spec, id=_free_id(spec))
    store.adopt(path, spec, on_progress, cancel)
    if spec.tier is Tier.OWN:
        _describe(spec)
    return spec


def remove(spec: ModelSpec) -> bool:
    """Delete the model's file from the cache; say whether it was there.

    Args:
        spec: The model.

    Raises:
        UsageError: It is a file of the user's outside of the cache.
        StorageError: The folder cannot be written.
    """
    if spec.file.local:
        raise UsageError(
            f"{spec.file.local} is your own file and was not deleted.",
            "Delete it yourself if you no longer need it.",
        )
    removed = store.remove(spec)
    with cache.explained(paths.models()):
        _sidecar(spec).unlink(missing_ok=True)
    return removed


def _imported() -> tuple[tuple[ModelSpec, ...], tuple[UsageError, ...]]:
    """The rows of the models that the user imported, and what is wrong with the others."""
    rows: dict[str, ModelSpec] = {}
    faults = []
    taken = {spec.id for spec in catalogue.MODELS}
    for path in sorted(paths.models().glob("*.toml")):
        try:
            row = toml.imported(path)
        except UsageError as error:
            faults.append(UsageError(error.message, MEND_ROW))
            continue
        if row.id in taken or row.id in rows:
            fault = f"{path} describes another model with the id {row.id!r}."
            faults.append(UsageError(fault, MEND_ROW))
        else:
            rows[row.id] = row
    return tuple(rows.values()), tuple(faults)


def _free_id(spec: ModelSpec) -> str:
    """The model's id, with a number where another model has it already."""
    taken = {other.id for other in models() if other.file.sha256 != spec.file.sha256}
    number, free = 2, spec.id
    while free in taken:
        free, number = f"{spec.id}-{number}", number + 1
    return free


def _describe(spec: ModelSpec) -> None:
    """Write what was found out about an imported model beside it."""
    names = {rule: name for name, rule in toml.normalisations().items()}
    fields = {
        "id": spec.id,
        "title": spec.title,
        "good_at": spec.good_at,
        "name": spec.file.name,
        "bytes": spec.file.bytes,
        "input_size": spec.input_size,
        "input_step": spec.input_step,
        "channels_last": spec.channels_last,
        "normalisation": names[spec.normalisation],
        "output_rule": spec.output_rule.value,
        "output_index": spec.output_index,
    }
    # Strings, numbers and booleans are spelt alike in JSON and in TOML.
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in fields.items()]
    with cache.explained(paths.models()), replacing(_sidecar(spec)) as stream:
        stream.write("".join(lines).encode())


def _sidecar(spec: ModelSpec) -> Path:
    return paths.models() / f"{spec.file.sha256}.toml"
