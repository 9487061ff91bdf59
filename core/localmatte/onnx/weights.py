"""Where ONNX Runtime may look for a model's weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

FOLDER_ENTRY = "session.model_external_initializers_file_folder_path"

NO_FOLDER = Path(__file__) / "none"
"""Below a file there can be no folder."""


def weights_from(options: Any, folder: Path | None) -> None:
    """Say where a session finds the weights that are not in the bytes that it gets.

    Without a word from us ONNX Runtime would look in the current folder, for a second file that
    no hash covers. It says so on stderr where this is called twice.

    Args:
        options: An onnxruntime.SessionOptions.
        folder: Where the model's own file lies, of which some weights stay in it; None lets a
            session refuse a model whose weights lie elsewhere.
    """
    options.add_session_config_entry(FOLDER_ENTRY, str(folder or NO_FOLDER))
