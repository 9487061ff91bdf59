# ruff: noqa: PTH115, PTH118, PTH123, PTH208
"""Has a Python on Linux refuse what Windows refuses: to move or delete a file that is open.

A folder in PYTHONPATH that holds this file reaches every Python that a program starts. What was
refused is also written into the file that LOCALMATTE_REFUSED names: some callers try again.
"""

from __future__ import annotations

import errno
import os
import sys
import traceback
from typing import Any

OPEN_FILES = "/proc/self/fd"
WITHOUT_A_NAME = os.O_TMPFILE & ~os.O_DIRECTORY


def _open_files() -> set[str]:
    found = set()
    for name in os.listdir(OPEN_FILES):
        try:
            found.add(os.readlink(f"{OPEN_FILES}/{name}"))
        except OSError:  # the one that lists them
            continue
    return found


def _place(path: Any, folder: Any) -> str:
    beside = f"{OPEN_FILES}/{folder}" if isinstance(folder, int) and folder >= 0 else "."
    above, name = os.path.split(os.path.join(beside, os.fsdecode(path)))
    return os.path.join(os.path.realpath(above), name)


def _refuse_what_windows_does(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and isinstance(arguments[2], int) and arguments[2] & WITHOUT_A_NAME:
        raise OSError(errno.EOPNOTSUPP, "Windows has no files without a name")
    if event == "os.rename":
        source, target, source_folder, target_folder = arguments
        places = [_place(source, source_folder), _place(target, target_folder)]
    elif event == "os.remove":
        places = [_place(*arguments)]
    else:
        return
    for place in _open_files().intersection(places):
        with open(os.environ["LOCALMATTE_REFUSED"], "a") as log:
            log.write(f"{event} {place}\n{''.join(traceback.format_stack())}\n")
        raise PermissionError(errno.EACCES, "Another process is using the file", place)


sys.addaudithook(_refuse_what_windows_does)
