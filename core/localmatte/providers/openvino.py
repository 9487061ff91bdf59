"""Intel's graphics and neural processors through OpenVINO."""

from __future__ import annotations

from localmatte.providers.plugin import Plugin


class OpenVino(Plugin):
    """The OpenVINO plug-in; its wheel carries Intel's libraries."""

    name = "openvino"
    title = "OpenVINO"
    package = "onnxruntime-ep-openvino"
    hint = "It requires an Intel GPU or CPU and Intel's driver."
