"""Starts the worker as a process of its own that outlives the editor's plug-in."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import Any, Dict, Mapping

from .errors import BridgeError
from .installation import Installation
from .words import _

# What an editor sets for its own libraries would lead the engine's Python astray.
HOST_VARIABLES = re.compile(
    r"(PYTHON|LD_|DYLD_|QT_|QML|GIO_|GTK_|GDK_PIXBUF|GI_TYPELIB_PATH|GEGL_|BABL_)"
    r"|(APPDIR|APPIMAGE|ARGV0|XDG_DATA_DIRS|SSL_CERT_FILE|SSL_CERT_DIR)$"
)

# For glibc's allocator, others ignore it: pixels go back to the system when they are no longer
# needed, and threads share one heap. The worker's peak at 12 megapixels falls by a tenth.
FRUGAL = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": str(8 * 1024 * 1024)}


def clean_environment(environment: Mapping[str, str]) -> Dict[str, str]:
    """The editor's environment without what belongs to the editor alone."""
    return {k: v for k, v in environment.items() if not HOST_VARIABLES.match(k)}


def start(engine: Installation) -> subprocess.Popen[bytes]:
    """Start the worker; it makes its socket when it is ready.

    Raises:
        BridgeError: The engine's Python cannot be run ("engine-missing"), or the run
            folder cannot be written ("storage").
    """
    environment = dict(FRUGAL, **clean_environment(os.environ))
    if engine.home:
        environment["LOCALMATTE_HOME"] = engine.home
    try:
        os.makedirs(engine.run, mode=0o700, exist_ok=True)
        log = open(engine.log_file, "ab")
    except OSError as error:
        raise BridgeError(
            "storage",
            _("The folder {folder} cannot be written: {reason}.").format(
                folder=engine.run, reason=error.strerror
            ),
            _("Make it writable, or set LOCALMATTE_HOME to another folder."),
        ) from None
    with log:
        try:
            return subprocess.Popen(
                [engine.python, "-I", "-X", "utf8", "-m", "localmatte", "worker"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env=environment,
                **_detached(),
            )
        except OSError as error:
            raise BridgeError(
                "engine-missing",
                _("localmatte's engine cannot be started: {reason}.").format(reason=error.strerror),
                _("Run `python3 install` in localmatte's folder again."),
            ) from None


def _detached() -> Dict[str, Any]:
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
        return {"creationflags": flags}
    return {"start_new_session": True}
