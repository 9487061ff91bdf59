"""The execution providers that localmatte knows."""

from __future__ import annotations

from localmatte.errors import UsageError
from localmatte.providers.base import Provider
from localmatte.providers.coreml import CoreMl
from localmatte.providers.cpu import Cpu
from localmatte.providers.cuda import Cuda
from localmatte.providers.directml import DirectMl
from localmatte.providers.migraphx import MiGraphX
from localmatte.providers.openvino import OpenVino
from localmatte.providers.tensorrt import TensorRt
from localmatte.providers.tensorrt_rtx import TensorRtRtx
from localmatte.providers.webgpu import WebGpu

AUTO = "auto"

CPU: Provider = Cpu()

ONE_CORE: Provider = Cpu(threads=1)
"""The same for several runs side by side, each of which takes one core: together they are
quicker than one after the other on all cores."""

ACCELERATED: tuple[Provider, ...] = (
    Cuda(),
    TensorRtRtx(),
    OpenVino(),
    CoreMl(),
    DirectMl(),
    MiGraphX(),
    WebGpu(),
)
"""What `auto` tries: of those that are right, the fastest is used, if it beats the CPU."""

ON_REQUEST: tuple[Provider, ...] = (TensorRt(),)
"""What takes minutes to start, and so is used only when it is asked for."""

PROVIDERS: dict[str, Provider] = {
    provider.name: provider for provider in (*ACCELERATED, *ON_REQUEST, CPU)
}


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
