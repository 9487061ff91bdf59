"""Settings of the edge controls that the user keeps by name, in one file."""

from __future__ import annotations

import json
import os
import tempfile
from typing import Any, Dict, List, Mapping

from .edge_controls import CONTROLS
from .errors import BridgeError
from .words import _

Values = Dict[str, float]


class Presets:
    """The presets in a file, which is read and written anew each time: two windows may share it.

    Args:
        path: The file; it need not exist.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    def names(self) -> List[str]:
        """The presets' names, in the order of the alphabet.

        Raises:
            BridgeError: The file cannot be read, or is none of ours ("storage").
        """
        return sorted(self._read(), key=str.casefold)

    def values(self, name: str) -> Values:
        """The value of every control in a preset; its default where the preset has none.

        Args:
            name: One of `names`.

        Returns:
            The values by the controls' names, each within the control's limits.

        Raises:
            BridgeError: The file cannot be read, or is none of ours ("storage").
        """
        kept = self._read().get(name, {})
        return {control.name: _value(kept, control) for control in CONTROLS}

    def save(self, name: str, values: Mapping[str, float]) -> None:
        """Keep values under a name; those that it stood for before are lost.

        Args:
            name: Any text that is not empty.
            values: Values by the controls' names.

        Raises:
            BridgeError: The file cannot be read or written, or is none of ours ("storage").
        """
        kept = {control.name: values[control.name] for control in CONTROLS}
        self._write({**self._read(), name: kept})

    def remove(self, name: str) -> None:
        """Forget a preset.

        Args:
            name: One of `names`.

        Raises:
            BridgeError: The file cannot be read or written, or is none of ours ("storage").
        """
        self._write({other: kept for other, kept in self._read().items() if other != name})

    def _read(self) -> Dict[str, Dict[str, Any]]:
        try:
            with open(self._path, encoding="utf-8") as file:
                presets = json.load(file)["presets"]
            if not all(isinstance(kept, dict) for kept in presets.values()):
                raise TypeError
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise BridgeError(
                "storage",
                _("Cannot read the presets in {path}.").format(path=self._path),
                _("Move the file away to start with no presets."),
            ) from None
        return dict(presets)

    def _write(self, presets: Dict[str, Dict[str, Any]]) -> None:
        folder = os.path.dirname(self._path)
        try:
            os.makedirs(folder, exist_ok=True)
            handle, written = tempfile.mkstemp(dir=folder, prefix=".presets-")
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    json.dump({"format": 1, "presets": presets}, file, indent=1)
                os.replace(written, self._path)
            except BaseException:
                os.unlink(written)
                raise
        except OSError as error:
            raise BridgeError(
                "storage",
                _("Cannot write to {path}.").format(path=self._path),
                str(error.strerror or error),
            ) from None


def _value(kept: Mapping[str, Any], control: Any) -> float:
    value = kept.get(control.name, control.default)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return float(control.default)
    if not control.low <= value <= control.high:
        return float(control.default)
    return float(value)
