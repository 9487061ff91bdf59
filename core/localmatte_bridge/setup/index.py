"""Where the user's package index is.

Where there is a Python, pip knows by itself. Where there is none, uv brings one, and uv's own wheel
is fetched without pip or uv. The offer also has to say from where the packages come before anything
runs. So pip's settings are read here as pip reads them, and the address that pip and uv have by
default stands here, too.
"""

from __future__ import annotations

import configparser
import itertools
import os
import sys
import urllib.parse
from typing import Iterator, List, Mapping

ADDRESS = "https://pypi.org/simple"
"""Pip's and uv's own default."""

VARIABLES = ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL")

SECTIONS = ("install", "global")
"""Of pip's files, for the command that installs; the first has precedence."""


def address(environment: Mapping[str, str]) -> str:
    """The address of the user's package index, without a slash at its end.

    Args:
        environment: The user's variables; pip's files are found by them.
    """
    named = (environment.get(name, "") for name in VARIABLES)
    chosen = filter(None, itertools.chain(named, _configured(environment)))
    return next(chosen, ADDRESS).rstrip("/")


def host(link: str) -> str:
    """The server's name, for people.

    Args:
        link: An address on the web.
    """
    return urllib.parse.urlsplit(link).hostname or link


def _configured(environment: Mapping[str, str]) -> Iterator[str]:
    """The addresses in pip's files, that which pip takes first."""
    read: List[configparser.RawConfigParser] = []
    for path in _files(environment):
        parser = configparser.RawConfigParser()
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError):
            # Pip will say what is wrong with it.
            continue
        read.append(parser)
    for section in SECTIONS:
        for parser in reversed(read):
            yield parser.get(section, "index-url", fallback="")


def _files(environment: Mapping[str, str]) -> List[str]:
    """Pip's files that may exist, the computer's before the user's; a later one has precedence."""
    chosen = environment.get("PIP_CONFIG_FILE", "")
    if chosen == os.devnull:
        return []
    home = environment.get("HOME") or os.path.expanduser("~")
    config = environment.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
    if sys.platform == "win32":
        folders = [
            os.path.join(environment.get("PROGRAMDATA") or "C:\\ProgramData", "pip"),
            os.path.join(home, "pip"),
            os.path.join(environment.get("APPDATA") or home, "pip"),
        ]
    elif sys.platform == "darwin":
        own = os.path.join(home, "Library/Application Support/pip")
        folders = ["/Library/Application Support/pip", os.path.join(home, ".pip")]
        folders.append(own if os.path.isdir(own) else os.path.join(home, ".config/pip"))
    else:
        shared = environment.get("XDG_CONFIG_DIRS") or "/etc/xdg"
        folders = [os.path.join(folder, "pip") for folder in shared.split(os.pathsep)]
        folders += ["/etc", os.path.join(home, ".pip"), os.path.join(config, "pip")]
    name = "pip.ini" if sys.platform == "win32" else "pip.conf"
    return [os.path.join(folder, name) for folder in folders] + [chosen] * bool(chosen)
