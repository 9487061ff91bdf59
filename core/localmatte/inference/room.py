"""Whether there is enough memory for a model, asked before it is loaded."""

from __future__ import annotations

from localmatte.errors import MemoryShortError
from localmatte.models.spec import ModelSpec
from localmatte.providers import CPU
from localmatte.providers.base import Provider
from localmatte_bridge.models import memory
from localmatte_bridge.words import N_, Sentence


def check(provider: Provider, spec: ModelSpec) -> None:
    """Refuse to load a model that would take more memory than is free.

    The system would swap out, or end, whatever else is open.

    Args:
        provider: What is to run it.
        spec: The model's row.

    Raises:
        MemoryShortError: There is not enough where the provider runs it.
    """
    needed = spec.memory.on(provider.name)
    free = provider.free_memory() if needed else None
    if free is None or needed * 1_000_000 <= free:
        return
    on_cpu = provider.name == CPU.name
    raise MemoryShortError(
        Sentence(
            N_("The model {model} needs about {needed} of memory; {free} is free.")
            if on_cpu
            else N_("The model {model} needs about {needed} on the graphics card; {free} is free."),
            model=spec.id,
            needed=memory(needed),
            free=memory(free / 1_000_000),
        ),
        N_("Close other programs to free memory, or choose a smaller model."),
    )
