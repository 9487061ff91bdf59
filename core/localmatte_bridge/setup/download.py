"""Fetches a file of a package from the user's index; all of the set-up's own network code.

The index is that of the user's variables, or of pip's settings (see index.py); proxies are
those of HTTPS_PROXY or of the system, certificates those of PIP_CERT, SSL_CERT_FILE or the system.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import html.parser
import os
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Callable, Dict, FrozenSet, List, Mapping, Optional, Tuple

from ..errors import BridgeError
from ..words import _
from . import index
from .child import TURN_SECONDS, CancelledError
from .storage import replace, writing

CERTIFICATES = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
SYSTEM_CERTIFICATES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
"""Where a Python that was built elsewhere, as an AppImage's, does not look."""

PAGE = "application/vnd.pypi.simple.v1+html, text/html;q=0.9"
LARGEST_PAGE = 32 << 20
LARGEST_FILE = 100 * 1000 * 1000
BLOCK = 1 << 16
SILENCE_SECONDS = 20.0
ATTEMPTS = 5
"""Requests in a row that bring nothing."""

BACK_OFF_SECONDS = 0.5
RANGE_IS_WRONG = 416
PASSING = frozenset({408, 429, 500, 502, 503, 504})

OnBytes = Callable[[int, int], None]
"""Told how many bytes are there, and of how many; 0 where that is not known."""


class DamagedError(BridgeError):
    """What came is not what was asked for."""

    def __init__(self) -> None:
        super().__init__(
            "download",
            _(
                "A downloaded package is not the one that localmatte expects, so it was not "
                "installed."
            ),
            _("Try again. If that does not help, check your network and your package index."),
        )


def files(project: str, environment: Mapping[str, str]) -> Dict[str, str]:
    """What the index has of a project.

    Args:
        project: Its normalised name.
        environment: The user's variables.

    Returns:
        Addresses by the files' names.

    Raises:
        BridgeError: It cannot be reached or read ("network").
    """
    page = "{}/{}/".format(index.address(environment), project)
    try:
        with _opened(page, environment, Accept=PAGE) as answer:
            text = answer.read(LARGEST_PAGE).decode("utf-8", "replace")
            links = _Links(answer.geturl())
    except (OSError, ValueError) as error:
        raise _unreachable(error, page) from None
    links.feed(text)
    # The account that the page was asked for with is good for its own server alone.
    return {name: _with_account(address, page) for name, address in links.found}


def fetch(
    address: str,
    path: str,
    hashes: FrozenSet[str],
    environment: Mapping[str, str],
    on_bytes: OnBytes,
    cancelled: threading.Event,
) -> None:
    """Download a file; one that broke off goes on where it stopped, also in a later run.

    Args:
        address: Where it lies.
        path: Where it goes, once it is whole.
        hashes: The SHA-256 that it may have.
        environment: The user's variables.
        on_bytes: Told how far it is.
        cancelled: Ends it; what has come is kept.

    Raises:
        DamagedError: It has another hash.
        CancelledError: It was ended.
        BridgeError: The server cannot be reached ("network"), or the disk cannot be written
            ("storage").
    """
    part = path + ".part"
    attempts = 0
    while _hash(part) not in hashes:
        before = _size(part)
        try:
            whole = _append(address, part, environment, on_bytes, cancelled)
        except (OSError, ValueError) as error:
            whole = False
            refused = getattr(error, "code", None)
            if refused == RANGE_IS_WRONG:
                _drop(part)
            elif refused is not None and refused not in PASSING:
                raise _unreachable(error, address) from None
            reason: BaseException = error
        else:
            reason = TimeoutError()
        if whole and _hash(part) not in hashes:
            _drop(part)
            if before == 0:
                raise DamagedError
        attempts = attempts + 1 if _size(part) <= before else 0
        if attempts >= ATTEMPTS:
            raise _unreachable(reason, address)
        if attempts and cancelled.wait(BACK_OFF_SECONDS * 2**attempts):
            raise CancelledError
    with writing(os.path.dirname(path)):
        replace(part, path)


def _append(
    address: str,
    part: str,
    environment: Mapping[str, str],
    on_bytes: OnBytes,
    cancelled: threading.Event,
) -> bool:
    """Append what is missing; returns whether the server sent all of a length that it announced."""
    start = _size(part)
    headers = {"Range": "bytes={}-".format(start)} if start else {}
    with _opened(address, environment, **headers) as answer:
        if answer.status != 206:
            start = 0
        length = int(answer.headers.get("Content-Length") or 0)
        total = start + length
        if total > LARGEST_FILE:
            raise DamagedError
        with writing(os.path.dirname(part)):
            file = open(part, "ab" if start else "wb")
        told = 0.0
        with file:
            while True:
                if cancelled.is_set():
                    raise CancelledError
                block = answer.read(BLOCK)
                if not block:
                    break
                with writing(os.path.dirname(part)):
                    file.write(block)
                    file.flush()
                start += len(block)
                if start > LARGEST_FILE:
                    raise DamagedError
                if start >= total or time.monotonic() - told > TURN_SECONDS:
                    told = time.monotonic()
                    on_bytes(start, max(total, start))
    return bool(length) and start >= total


def _opened(address: str, environment: Mapping[str, str], **headers: str) -> Any:
    """Send a request; returns the answer.

    Raises:
        OSError: There is none.
        ValueError: The address is none of the web's.
    """
    parts = urllib.parse.urlsplit(address)
    if parts.scheme not in ("http", "https"):
        raise ValueError(address)
    account, _at, host = parts.netloc.rpartition("@")
    headers["User-Agent"] = "localmatte"
    if account:
        plain = urllib.parse.unquote(account).encode()
        headers["Authorization"] = "Basic " + base64.b64encode(plain).decode("ascii")
    request = urllib.request.Request(
        urllib.parse.urlunsplit(parts._replace(netloc=host)), headers=headers
    )
    proxies = urllib.request.ProxyHandler(urllib.request.getproxies())
    secure = urllib.request.HTTPSHandler(context=_certificates(environment))
    opener = urllib.request.build_opener(proxies, secure)
    return opener.open(request, timeout=SILENCE_SECONDS)


def _certificates(environment: Mapping[str, str]) -> ssl.SSLContext:
    context = ssl.create_default_context()
    chosen = [environment.get(name, "") for name in CERTIFICATES]
    known = ssl.get_default_verify_paths()
    if known.cafile is None and known.capath is None:
        chosen += SYSTEM_CERTIFICATES
    for path in filter(os.path.isfile, chosen):
        context.load_verify_locations(path)
        break
    return context


class _Links(html.parser.HTMLParser):
    """Collects the files that a page of the index links to.

    Args:
        page: Its address.
    """

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: List[Tuple[str, str]] = []
        self._page = page

    def handle_starttag(self, tag: str, attrs: List[Tuple[str, Optional[str]]]) -> None:
        """Take one tag."""
        target = dict(attrs).get("href")
        if tag == "a" and target:
            address = urllib.parse.urldefrag(urllib.parse.urljoin(self._page, target)).url
            name = urllib.parse.unquote(address.rsplit("/", 1)[-1])
            self.found.append((name, address))


def _with_account(address: str, page: str) -> str:
    """The address with the page's account in it, where both are of one server."""
    account, at, host = urllib.parse.urlsplit(page).netloc.rpartition("@")
    parts = urllib.parse.urlsplit(address)
    if not at or parts.netloc != host:
        return address
    return urllib.parse.urlunsplit(parts._replace(netloc=account + at + host))


def _unreachable(error: BaseException, address: str) -> BridgeError:
    cause = getattr(error, "reason", error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return BridgeError(
            "network",
            _("The package index's certificate is not trusted."),
            _("If your network has its own certificate, set PIP_CERT to its file."),
        )
    return BridgeError(
        "network",
        _("Cannot download from {server}.").format(server=index.host(address)),
        _(
            "Check the network connection, or set PIP_INDEX_URL or HTTPS_PROXY as your network "
            "requires."
        ),
    )


def _hash(path: str) -> str:
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            for block in iter(lambda: file.read(1 << 20), b""):
                digest.update(block)
    except OSError:
        return ""
    return digest.hexdigest()


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)
    except OSError:
        return 0


def _drop(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
