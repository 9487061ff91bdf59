"""Reads the docker as a screen reader does, through Qt's own interfaces, which PyQt leaves out."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from typing import Any

from tests.editors.inside import krita_docker
from tests.editors.inside.krita_qt import MAJOR, sip

NAME, DESCRIPTION = 0, 1
"""Of QAccessible::Text."""

RELATIONS, CHILD, CHILD_COUNT, TEXT, ROLE = 5, 9, 10, 12, 15
"""Places in QAccessibleInterface's table of virtual methods; its destructor takes two."""

LABEL = 1
"""Of QAccessible::RelationFlag."""

POINTER = ctypes.c_void_p


def read() -> list[dict[str, Any]]:
    """The role, name, label and description of all in the docker, also of what is hidden now."""
    gui = ctypes.CDLL(f"libQt{MAJOR}Gui.so.{MAJOR}")
    find = gui._ZN11QAccessible24queryAccessibleInterfaceEP7QObject
    find.restype, find.argtypes = POINTER, [POINTER]
    return list(_read(find(sip.unwrapinstance(krita_docker.docker().widget()))))


def _read(interface: int) -> Iterator[dict[str, Any]]:
    yield {
        "role": _method(interface, ROLE, ctypes.c_int, POINTER)(interface),
        "name": _text(interface, NAME),
        "label": " ".join(_text(label, NAME) for label in _labels(interface)),
        "description": _text(interface, DESCRIPTION),
    }
    child = _method(interface, CHILD, POINTER, POINTER, ctypes.c_int)
    for number in range(_method(interface, CHILD_COUNT, ctypes.c_int, POINTER)(interface)):
        found = child(interface, number)
        if found:
            yield from _read(found)


def _method(interface: int, place: int, result: Any, *arguments: Any) -> Any:
    table = ctypes.cast(interface, ctypes.POINTER(POINTER))[0]
    address = ctypes.cast(table, ctypes.POINTER(POINTER))[place]
    return ctypes.CFUNCTYPE(result, *arguments)(address)


def _text(interface: int, kind: int) -> str:
    return bytes(_list(interface, TEXT, kind, 2)).decode("utf-16-le")


def _labels(interface: int) -> Iterator[int]:
    """The interfaces of those that are labels of this one, from pairs of them and a relation."""
    pairs = _list(interface, RELATIONS, LABEL, 16)
    for place in range(0, len(pairs), 16):
        yield int.from_bytes(pairs[place : place + 8], sys.byteorder)


def _list(interface: int, place: int, argument: int, size: int) -> bytes:
    """What a method returns as a QString or QList, whose elements have so many bytes each."""
    made = (POINTER * 3)()
    # C++ returns an object in memory of the caller's, whose address comes before all arguments.
    returned = _method(interface, place, POINTER, POINTER, POINTER, ctypes.c_int)
    returned(ctypes.byref(made), interface, argument)
    start, length = (_in_qt_6 if MAJOR == 6 else _in_qt_5)(made)
    return ctypes.string_at(start, size * length)


def _in_qt_5(made: Any) -> tuple[int, int]:
    """Where a list's elements are, and how many: its one pointer leads to what says that."""
    head = made[0]
    length = ctypes.c_int.from_address(head + 4).value
    return head + ctypes.c_ssize_t.from_address(head + 16).value, length


def _in_qt_6(made: Any) -> tuple[int, int]:
    """The same of a list that says both itself, after a pointer; what is empty may be nowhere."""
    return made[1] or 0, made[2] or 0
