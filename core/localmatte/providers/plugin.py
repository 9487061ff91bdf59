"""What the plug-in execution providers share: wheels that stand beside the stock onnxruntime.

See ONNX Runtime's documentation of plug-in execution provider libraries.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from localmatte.errors import ProviderError, reason
from localmatte.providers import nvidia
from localmatte.providers.base import session_options

if TYPE_CHECKING:
    from localmatte.onnx.optimise import Light

NVIDIA = 0x10DE

MAKERS = {
    0x1002: "AMD",
    0x106B: "Apple",
    NVIDIA: "NVIDIA",
    0x13B5: "Arm",
    0x5143: "Qualcomm",
    0x8086: "Intel",
}
"""By the PCI vendor id, where the driver gives no description."""


class Plugin:
    """A plug-in provider; a subclass says which.

    Attributes:
        package: The wheel that brings it; its module has the same name with underscores.
        hint: What the user can do where its library cannot be loaded, or finds no device.
    """

    name: str
    title: str
    package: str
    hint: str

    def devices(self) -> list[str]:
        """Name the devices that the plug-in sees."""
        return [_title(device) for device in self._found()]

    def version(self) -> str:
        """The plug-in's version."""
        from importlib.metadata import version

        return version(self.package)

    def free_memory(self) -> int | None:
        """What is free on an NVIDIA card, in bytes; of others nothing tells."""
        nvidias = [device for device in self._found()[:1] if device.device.vendor_id == NVIDIA]
        return nvidia.free_memory() if nvidias else None

    def session(self, model: Light) -> Any:
        """Load a model on the first device, a GPU where there is one."""
        import onnxruntime

        options = session_options(model)
        options.add_provider_for_devices(self._found()[:1], {})
        # Without a fallback: it would say so on stdout, and take the CPU for this device.
        return onnxruntime.InferenceSession(model.content, options, enable_fallback=0)

    def _found(self) -> list[Any]:
        import onnxruntime

        name = _registered(self.package, self.title, self.hint)
        found = [device for device in onnxruntime.get_ep_devices() if device.ep_name == name]
        if not found:
            raise ProviderError(f"{self.title} found no supported device.", self.hint)
        # Some plug-ins serve processors of all kinds, in no order.
        return sorted(found, key=lambda device: device.device.type.name != "GPU")


@cache
def _registered(package: str, title: str, hint: str) -> str:
    """Register a plug-in's library with ONNX Runtime, once, and give the provider's name there."""
    import onnxruntime

    try:
        module = import_module(package.replace("-", "_"))
    except ImportError:
        raise ProviderError(
            f"The {title} provider is not installed.",
            f"Install the package {package} in localmatte's environment.",
        ) from None
    try:
        onnxruntime.register_execution_provider_library(package, module.get_library_path())
    except Exception as error:
        raise ProviderError(f"Cannot load the {title} provider: {reason(error)}.", hint) from None
    return str(module.get_ep_name())


def _title(device: Any) -> str:
    hardware = device.device
    maker = MAKERS.get(hardware.vendor_id) or hardware.vendor or "unknown"
    named = dict(hardware.metadata).get("Description")
    return str(named or f"{maker} {hardware.type.name} {hardware.device_id:#06x}")
