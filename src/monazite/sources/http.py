"""Open an address: https only (and this machine itself), few redirects, with a name of our own."""

import ipaddress
import urllib.request
from collections.abc import Mapping
from http.client import HTTPMessage, HTTPResponse
from importlib.metadata import version
from typing import IO, cast
from urllib.parse import urlsplit

MOVED_TOO_OFTEN = 5
"""Redirects that are followed."""


class RefusedAddress(Exception):
    """An address that is not opened."""


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follow a few redirects, each to an address that may be opened."""

    def __init__(self) -> None:
        self.passed: list[str] = []

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        self.passed.append(newurl)
        if len(self.passed) > MOVED_TOO_OFTEN:
            raise RefusedAddress(" -> ".join(self.passed))
        check_address(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def check_address(url: str) -> None:
    """
    Refuse an address that is not https, unless it is this machine itself.

    Raises
    ------
    RefusedAddress
        Names the address.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        raise RefusedAddress(f"{url} is not https")


def is_loopback(host: str) -> bool:
    """
    Tell whether a host is this machine itself, by its number: names can be made to mean anything.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("localhost"), is_loopback("10.0.0.1")
    (True, True, False, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def open_url(url: str, headers: Mapping[str, str], timeout_s: float) -> HTTPResponse:
    """
    Open an address for reading.

    Raises
    ------
    RefusedAddress
        If it, or an address that it redirects to, is not https; or after more than five redirects.
    URLError, HTTPException, OSError
        As urllib raises them.
    """
    check_address(url)
    handlers: list[urllib.request.BaseHandler] = [_Redirects()]
    if is_loopback(urlsplit(url).hostname or ""):
        handlers.append(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(
        url,
        headers={"User-Agent": f"monazite/{version('monazite')}", "Accept-Encoding": "identity", **headers},
    )
    return cast(HTTPResponse, urllib.request.build_opener(*handlers).open(request, timeout=timeout_s))
