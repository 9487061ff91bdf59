"""Switches the plug-in on in Krita's settings, and leaves every other byte as it is.

The plug-in itself keeps the user's choices there, in a group of its own, which goes with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

GROUP = re.compile(rb"^\[python\][ \t]*(?P<end>\r?\n|$)", re.MULTILINE)
CHOICES = re.compile(rb"^\[localmatte\][ \t]*(?:\r?\n(?!\[)[^\r\n]*)*(?:\r?\n)?", re.MULTILINE)
NEXT_GROUP = re.compile(rb"^\[", re.MULTILINE)
KEY = re.compile(rb"^enable_localmatte=(?P<value>[^\r\n]*)(?P<end>\r?\n|$)", re.MULTILINE)
LINE = b"enable_localmatte=true"
FAILURE = re.compile(rb"^failure=(?P<value>[^\r\n]*)", re.MULTILINE)
TICK_IT = (
    "enable it: Settings ▸ Configure Krita ▸ Python Plugin Manager ▸ Remove Background, then "
    "restart Krita"
)


@dataclass(frozen=True)
class Undo:
    """What takes the change back.

    Attributes:
        added_file: The file was not there before.
        added_group: The group `[python]` was not there before.
        former: The value that the key had, or None where there was no such key.
        padding: What was put before the group: line ends.
    """

    added_file: bool = False
    added_group: bool = False
    former: str | None = None
    padding: str = ""


def enabled(content: bytes | None) -> bool:
    """Whether the settings switch the plug-in on."""
    found = _key(content or b"")
    return found is not None and found["value"].strip() == b"true"


def failure(content: bytes) -> str:
    """Why Krita could not load the plug-in at its last start; empty where it could.

    Args:
        content: The settings.
    """
    choices = CHOICES.search(content)
    found = FAILURE.search(choices[0]) if choices else None
    return found["value"].decode("utf-8", "replace") if found else ""


def enable(content: bytes | None) -> tuple[bytes, Undo]:
    """The settings with the plug-in switched on, and how to take that back.

    Args:
        content: The file's bytes, or None where there is no file.
    """
    before = content or b""
    end = b"\r\n" if b"\r\n" in before else b"\n"
    key = _key(before)
    if key:
        former = key["value"].decode("utf-8", "surrogateescape")
        return _replaced(before, key, LINE + key["end"]), Undo(former=former)
    group = GROUP.search(before)
    if group:
        opened = before[: group.end()] + (b"" if group["end"] else end)
        return opened + LINE + end + before[group.end() :], Undo()
    padding = end if before.endswith(b"\n") else end + end if before else b""
    undo = Undo(content is None, True, None, padding.decode())
    return before + padding + b"[python]" + end + LINE + end, undo


def disable(content: bytes, undo: Undo) -> bytes | None:
    """Take back `enable`, and nothing else that has changed since.

    The choices that the user made in the plug-in go, too.

    Args:
        content: The file's bytes as they are now.
        undo: What `enable` returned.

    Returns:
        The file's bytes, or None where the file is to go.
    """
    content = _without_choices(content)
    key = _key(content)
    if key is None:
        return content
    if undo.former is not None:
        former = undo.former.encode("utf-8", "surrogateescape")
        return _replaced(content, key, b"enable_localmatte=" + former + key["end"])
    content = _replaced(content, key, b"")
    group = GROUP.search(content)
    if undo.added_group and group and _is_empty(content, group):
        padding = undo.padding.encode()
        head = content[: group.start()]
        content = head.removesuffix(padding) + content[group.end() :]
    return None if undo.added_file and not content.strip() else content


def _key(content: bytes) -> re.Match[bytes] | None:
    """The key's line in the group `[python]`, with positions in `content`."""
    group = GROUP.search(content)
    if group is None:
        return None
    following = NEXT_GROUP.search(content, group.end())
    return KEY.search(content, group.end(), following.start() if following else len(content))


def _without_choices(content: bytes) -> bytes:
    found = CHOICES.search(content)
    if found is None:
        return content
    head, tail = content[: found.start()], content[found.end() :]
    # Krita puts a blank line between two groups.
    return head + tail if tail else re.sub(rb"(?<=\n)\r?\n\Z", b"", head)


def _is_empty(content: bytes, group: re.Match[bytes]) -> bool:
    following = NEXT_GROUP.search(content, group.end())
    return not content[group.end() : following.start() if following else None].strip()


def _replaced(content: bytes, match: re.Match[bytes], line: bytes) -> bytes:
    return content[: match.start()] + line + content[match.end() :]
