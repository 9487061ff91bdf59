"""A model that would not fit into memory is refused before it is loaded, in plain words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from localmatte import library, store
from localmatte.errors import MemoryShortError
from localmatte.inference import sessions
from localmatte.inference.sessions import Sessions
from localmatte.models import catalogue
from localmatte.models.spec import Memory, ModelSpec
from localmatte.providers import CPU
from localmatte.system import memory
from tests.test_inference_sessions import Device

pytestmark = pytest.mark.usefixtures("home")

TOO_MUCH = 2 * memory.installed() // 1_000_000


@pytest.fixture
def needing(monkeypatch: pytest.MonkeyPatch) -> Callable[..., ModelSpec]:
    """Lets U²-Netp need what a test says."""

    def set_to(cpu: int = 0, cuda: int = 0) -> ModelSpec:
        spec = replace(catalogue.get("u2netp"), memory=Memory(cpu=cpu, cuda=cuda))
        monkeypatch.setattr(library, "find", lambda _model: spec)
        return spec

    return set_to


def test_the_cpu_refuses_what_is_not_free(needing: Any) -> None:
    needing(cpu=TOO_MUCH)
    with pytest.raises(MemoryShortError, match=r"needs about .* GB of memory; .* is free"):
        Sessions().get("u2netp", "cpu")


def test_a_card_is_asked_for_what_the_card_needs(needing: Any) -> None:
    spec = needing(cpu=1, cuda=2000)
    small, large = Device(name="cuda", free=1_900_000_000), Device(name="cuda", free=2_000_000_000)
    content = store.contents(spec)
    with pytest.raises(MemoryShortError, match=r"needs about 2 GB on the graphics card"):
        sessions._network(small, spec, content)
    sessions._network(large, spec, content)
    sessions._network(Device(name="cuda"), spec, content)


def test_auto_takes_the_cpu_where_the_card_is_full_and_says_so(
    needing: Any, monkeypatch: pytest.MonkeyPatch, home: Any
) -> None:
    needing(cpu=1, cuda=2000)
    monkeypatch.setattr(sessions, "ACCELERATED", (Device(name="cuda", free=1_000_000_000),))
    loaded = Sessions().get("u2netp", "auto")
    assert loaded.provider is CPU
    assert loaded.notice.startswith("The model u2netp needs about 2 GB on the graphics card; 1 GB")
    # Later it may be free.
    assert not (home / "cache" / "providers.json").exists()


def test_kept_networks_are_let_go_before_a_model_is_refused(
    needing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    several = Sessions()
    needing()
    several.get("u2netp", "cpu")
    needing(cpu=1000)
    monkeypatch.setattr(sessions, "ACCELERATED", ())
    free = iter([999_000_000, 1_001_000_000])
    monkeypatch.setattr(CPU, "free_memory", lambda: next(free))
    several.get("u2netp", "auto")
    assert several.models == ["u2netp"]


def test_what_is_free_is_a_part_of_what_there_is() -> None:
    free = memory.available()
    assert free is not None
    assert 0 < free < memory.installed()
