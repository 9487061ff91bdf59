"""Keeps which licences the user accepted, when, and for which bytes."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

from localmatte.errors import LicenceError
from localmatte.models.spec import ModelSpec
from localmatte.store import cache
from localmatte.system import paths
from localmatte.system.files import replacing
from localmatte_bridge import plain_file
from localmatte_bridge.words import Sentence

FILE_NAME = "accepted-licences.json"


def require(spec: ModelSpec, accept: bool) -> None:
    """Make sure that a licence which needs it is accepted, and record it when it is now.

    Args:
        spec: The model.
        accept: Whether the user accepts the terms now.

    Raises:
        LicenceError: It is not accepted yet; the text shows the terms and how to accept them.
    """
    if not spec.licence.to_accept or accepted(spec):
        return
    if not accept:
        raise LicenceError(
            Sentence(
                "The licence of the model {model} ({licence}, {link}) does not allow commercial "
                "use.",
                model=spec.id,
                licence=spec.licence.name,
                link=spec.licence.link,
            ),
            f"Accept it with 'localmatte models pull {spec.id} --accept-licence {spec.id}'.",
        )
    record = {**_read(), spec.id: _entry(spec)}
    path = _path()
    with cache.explained(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as stream:
            stream.write((json.dumps(record, indent=2, sort_keys=True) + "\n").encode())


def accepted(spec: ModelSpec) -> bool:
    """Whether the user accepted these terms for these bytes.

    Args:
        spec: The model.
    """
    entry = _read().get(spec.id, {})
    return (entry.get("licence"), entry.get("sha256")) == (spec.licence.name, spec.file.sha256)


def _entry(spec: ModelSpec) -> dict[str, str]:
    return {
        "licence": spec.licence.name,
        "link": spec.licence.link,
        "sha256": spec.file.sha256,
        "accepted": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }


def _read() -> dict[str, dict[str, str]]:
    """The record; what is missing or cannot be understood in it counts as not accepted."""
    try:
        record = json.loads(plain_file.read(_path()))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(record, dict):
        return {}
    return {name: entry for name, entry in record.items() if isinstance(entry, dict)}


def _path() -> Path:
    return paths.config() / FILE_NAME
