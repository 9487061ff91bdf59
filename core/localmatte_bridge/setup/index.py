"""Where the user's package index is."""

from __future__ import annotations

import urllib.parse
from typing import Mapping

ADDRESS = "https://pypi.org/simple"
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
