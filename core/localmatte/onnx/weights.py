"""Where ONNX Runtime may look for a model's weights: in the model's own file alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

FOLDER_ENTRY = "session.model_external_initializers_file_folder_path"

NO_FOLDER = str(Path(__file__) / "none")
"""Below a file there can be no folder."""


def in_one_file(options: Any) -> None:
    """Let a session refuse a model whose weights lie in a second file.

    ONNX Runtime would look for it in the current folder, and no hash covers it.

    Args:
        options: An onnxruntime.SessionOptions.
    """
    options.add_session_config_entry(FOLDER_ENTRY, NO_FOLDER)
