"""Settings of the edge controls that the user keeps by name, in one file for all editors."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import tempfile
from typing import Any, Dict, List, Mapping

from . import plain_file
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

    def all(self) -> Dict[str, Values]:
        """All presets by their names, in the order of the alphabet.

        Returns:
            The value of every control, by its name, in each: its default where the preset has
            none, or none within the control's limits.

        Raises:
            BridgeError: The file cannot be read, or is none of ours ("storage").
        """
        kept = self._read()
        return {name: _values(kept[name]) for name in sorted(kept, key=str.casefold)}

    def names(self) -> List[str]:
        """The presets' names, in the order of the alphabet.

        Raises:
            BridgeError: The file cannot be read, or is none of ours ("storage").
        """
        return list(self.all())

    def values(self, name: str) -> Values:
        """The value of every control in a preset.

        Args:
            name: One of `names`.

        Returns:
            As in `all`.

        Raises:
            BridgeError: There is no such preset any more ("usage"), or the file cannot be read,
                or is none of ours ("storage").
        """
        try:
            return self.all()[name]
        except KeyError:
            raise BridgeError(
                "usage", _("The preset “{name}” was deleted in the meantime.").format(name=name)
            ) from None

    def save(self, name: str, values: Mapping[str, float]) -> None:
        """Keep values under a name; those that it stood for before are lost.

        Args:
            name: Any text that is not empty.
            values: Values by the controls' names; those that are left out are the defaults.

        Raises:
            BridgeError: The file cannot be read or written, or is none of ours ("storage").
        """
        kept = {each.name: values.get(each.name, each.default) for each in CONTROLS}
        self._write({**self._read(), name: kept})

    def remove(self, name: str) -> None:
        """Forget a preset.

        Args:
            name: One of `names`.

        Raises:
            BridgeError: The file cannot be read or written, or is none of ours ("storage").
        """
        self._write({other: kept for other, kept in self._read().items() if other != name})

    def take_over(self, presets: Mapping[str, Mapping[str, Any]]) -> None:
        """Keep presets that lay elsewhere before, and all that are here.

        One that has other values than its namesake here gets a number after its name.

        Args:
            presets: Values by the controls' names, by the presets' names.

        Raises:
            BridgeError: The file cannot be read or written, or is none of ours ("storage").
        """
        before = self._read()
        kept = dict(before)
        for name, values in presets.items():
            numbered = ("{} {}".format(name, number) for number in itertools.count(2))
            for free in itertools.chain([name], numbered):
                if _values(kept.setdefault(free, dict(values))) == _values(values):
                    break
        if kept != before:
            self._write(kept)

    def take_over_file(self, path: str) -> None:
        """Move the presets here that lay in another file before, if there is one.

        Args:
            path: The other file.

        Raises:
            BridgeError: One of the files cannot be read or written, or is none of ours
                ("storage").
        """
        self.take_over(Presets(path)._read())
        with contextlib.suppress(OSError):
            os.unlink(path)

    def _read(self) -> Dict[str, Dict[str, Any]]:
        try:
            presets = json.loads(plain_file.read(self._path).decode("utf-8"))["presets"]
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
                    file.flush()
                    os.fsync(file.fileno())
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


def _values(kept: Mapping[str, Any]) -> Values:
    return {control.name: _value(kept, control) for control in CONTROLS}


def _value(kept: Mapping[str, Any], control: Any) -> float:
    value = kept.get(control.name, control.default)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return float(control.default)
    if not control.low <= value <= control.high:
        return float(control.default)
    return float(value)
