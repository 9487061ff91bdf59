"""Where the user's package index is.

Where there is a Python, pip knows by itself. Where there is none, uv brings one, and uv's own wheel
is fetched without pip or uv: so the address that both have by default stands here, too, and the
offer can say from where the packages come before anything runs.
"""

from __future__ import annotations

import urllib.parse
from typing import Mapping

ADDRESS = "https://pypi.org/simple"
"""Pip's and uv's own default."""

VARIABLES = ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL")


def address(environment: Mapping[str, str]) -> str:
    """The address of the user's package index, without a slash at its end.

    Args:
        environment: The user's variables.
    """
    chosen = (environment.get(name, "") for name in VARIABLES)
    return next(filter(None, chosen), ADDRESS).rstrip("/")


def host(link: str) -> str:
    """The server's name, for people.

    Args:
        link: An address on the web.
    """
    return urllib.parse.urlsplit(link).hostname or link
