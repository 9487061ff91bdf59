"""The execution providers that localmatte knows, in the order in which `auto` tries them."""

from __future__ import annotations

from localmatte.errors import UsageError
from localmatte.providers.base import Provider
from localmatte.providers.cpu import Cpu
from localmatte.providers.cuda import Cuda
from localmatte.providers.webgpu import WebGpu

AUTO = "auto"

CPU: Provider = Cpu()

ACCELERATED: tuple[Provider, ...] = (Cuda(), WebGpu())
"""Tried in this order; the first that is right and faster than the CPU is used."""

PROVIDERS: dict[str, Provider] = {provider.name: provider for provider in (*ACCELERATED, CPU)}


def get(name: str) -> Provider:
    """The provider of that name.

    Raises:
        UsageError: There is none.
    """
    try:
        return PROVIDERS[name]
    except KeyError:
        names = ", ".join((AUTO, *PROVIDERS))
        raise UsageError(f'There is no provider "{name}".', f"Use one of {names}.") from None
