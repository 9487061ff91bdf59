"""Whether a more accurate model would answer soon on this computer; nobody is told of it twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from localmatte import store
from localmatte.errors import MemoryShortError, ProviderError
from localmatte.inference import room
from localmatte.models import catalogue
from localmatte.models.ranking import RANKS
from localmatte.models.spec import Commercial, ModelSpec
from localmatte.providers import get
from localmatte.system import pace, paths
from localmatte.system.files import replacing
from localmatte_bridge import plain_file

SOON = 1.5
"""How long a run may take that a user hardly waits for, in seconds."""


@dataclass(frozen=True)
class Suggestion:
    """A more accurate model.

    Attributes:
        spec: Its row.
        seconds: How long a run takes on this computer: as its last one did, or else by what the
            present model took and what both have to compute.
        provider: The name of what would run it.
    """

    spec: ModelSpec
    seconds: float
    provider: str

    @property
    def fits(self) -> bool:
        """Whether the provider can run it now; this may load the provider, which takes long."""
        if self.provider in self.spec.avoid_providers:
            return False
        try:
            room.check(get(self.provider), self.spec)
        except (ProviderError, MemoryShortError):
            return False
        return True


def best(model: str) -> Suggestion | None:
    """The most accurate model that would take about a second here.

    Args:
        model: The id of the present one.

    Returns:
        One that anybody may use, and that is here or can be downloaded; of one that is here, the
        terms may also leave commercial use open. None where there is none, or the present model
        never ran here or is made for one kind of subject.
    """
    return next((found for found in _better(model) if found.fits), None)


def take(model: str) -> Suggestion | None:
    """The same as best(), for a user to be told of now: the next call has no more to say.

    Args:
        model: The id of the present one.

    Returns:
        None also where the user was told of it before, or that cannot be remembered.
    """
    told = _told()
    for found in _better(model):
        # Asked first: from now on, no provider is loaded for this.
        if found.spec.id in told:
            return None
        if found.fits:
            return found if _remember([*told, found.spec.id]) else None
    return None


def _better(model: str) -> list[Suggestion]:
    """The models that would soon be done, the most accurate first."""
    return sorted(
        _soon_done(model),
        key=lambda found: (RANKS[found.spec.id].step, store.present(found.spec), -found.spec.bytes),
        reverse=True,
    )


def _soon_done(model: str) -> Iterator[Suggestion]:
    known = {spec.id: spec for spec in catalogue.MODELS}
    here = RANKS.get(model)
    run = pace.latest(known[model].file.sha256) if here else None
    if here is None or run is None:
        return
    for id_, rank in RANKS.items():
        spec = known[id_]
        if rank.step <= here.step or not _to_be_had(spec):
            continue
        provider, seconds = pace.latest(spec.file.sha256) or (
            run.provider,
            run.seconds * rank.cost / here.cost,
        )
        if seconds <= SOON:
            yield Suggestion(spec, seconds, provider)


def _to_be_had(spec: ModelSpec) -> bool:
    if store.present(spec):
        return spec.licence.commercial is not Commercial.NO
    return spec.licence.commercial is Commercial.YES and store.fetchable(spec)


def _file() -> Path:
    return paths.config() / "suggested-models.json"


def _told() -> list[str]:
    """The ids of the models of which the user was told."""
    try:
        stored = json.loads(plain_file.read(_file()))
    except (OSError, ValueError, RecursionError):
        return []
    return [id_ for id_ in stored if isinstance(id_, str)] if isinstance(stored, list) else []


def _remember(told: list[str]) -> bool:
    """Keep of what the user was told; whether that could be done."""
    try:
        _file().parent.mkdir(parents=True, exist_ok=True)
        with replacing(_file()) as stream:
            stream.write(json.dumps(told).encode())
    except OSError:
        return False
    return True
