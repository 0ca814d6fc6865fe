"""One request over HTTP: kept connections, redirects within bounds, bytes exactly as the server sent them.

The standard library's client does not unpack, which is what is wanted: sites of ``globe_history`` keep their
files gzip'd, and a file is kept and hashed as it was found.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urljoin, urlsplit

from waystation import __version__
from waystation.terms.errors import NetworkError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from waystation.store.fetch_rules import FetchRules

__all__ = ["Client", "LineError", "Reply", "host_of"]

_PIECE: Final = 1 << 16
_DRAIN: Final = 1 << 16  # of an answer that is not wanted; a longer one costs less as a new connection
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_AGENT: Final = f"waystation/{__version__} (flight tracks as evidence)"
_PORTS: Final = {"http": 80, "https": 443}
_MEANT: Final[tuple[tuple[type[Exception], str], ...]] = (
    (socket.gaierror, "no server of that name is found; is there a network, is the address right?"),
    (ConnectionRefusedError, "nobody answers at that address"),
    (ssl.SSLCertVerificationError, "the server cannot prove who it is"),
    (TimeoutError, "no answer in time"),
)


class LineError(Exception):
    """The line broke: refused, timed out, cut, or an answer that is no HTTP. Worth another try."""


def host_of(url: str) -> str:
    """Return ``host`` or ``host:port`` of an address, or raise ``UsageError`` where there is none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UsageError(f"{url!r} is no address of a server ({error})") from error
    if parts.scheme not in _PORTS or not parts.hostname or parts.username or parts.password:
        raise UsageError(f"{url!r} is no address of a server; write https://HOST/PATH")
    return parts.hostname if port in {None, _PORTS[parts.scheme]} else f"{parts.hostname}:{port}"


@dataclass
class Reply:
    """An answer whose body is still on the line. ``headers`` by lower-case name."""

    status: int
    url: str
    headers: Mapping[str, str]
    response: http.client.HTTPResponse = field(repr=False)
    connection: http.client.HTTPConnection = field(repr=False)

    def pieces(self) -> Iterator[bytes]:
        """Yield the body as it comes. Raises ``LineError`` where it ends before it should."""
        promised, done = self.response.length, 0
        try:
            while piece := self.response.read1(_PIECE):
                done += len(piece)
                yield piece
            self.response.read()  # of nothing: lets the connection be used again
        except (http.client.HTTPException, OSError, ValueError) as error:
            self.connection.close()
            raise LineError(f"cut off after {done} bytes: {_words(error)}") from error
        if promised is not None and done < promised:
            self.connection.close()
            raise LineError(f"cut off after {done} of {promised} bytes")

    def small(self, limit: int) -> bytes:
        """Return a body that must be small. Raises ``LineError`` for a cut one or one over ``limit``."""
        data = b""
        for piece in self.pieces():
            data += piece
            if len(data) > limit:
                self.close()
                raise LineError(f"the answer is over {limit} bytes")
        return data

    def close(self) -> None:
        """Let go of the answer; the connection stays open if little of it was left."""
        try:
            if self.response.length is not None and self.response.length <= _DRAIN:
                self.response.read()
        except (http.client.HTTPException, OSError):
            pass
        if not self.response.isclosed():
            self.connection.close()


class Client:
    """The connections of one thread, one to each host, kept open."""

    def __init__(self, rules: FetchRules) -> None:
        self._rules = rules
        self._open: dict[tuple[str, str], http.client.HTTPConnection] = {}

    def get(self, url: str, headers: Mapping[str, str], *, data: bytes | None = None) -> Reply:
        """Ask, follow redirects, and return the answer. Raises ``LineError`` or ``NetworkError``."""
        sent = {"User-Agent": _AGENT, "Accept": "*/*", **headers}
        for _ in range(self._rules.max_redirects + 1):
            reply = self._once(url, sent, data)
            target = reply.headers.get("location")
            if reply.status not in _REDIRECTS or not target:
                return reply
            reply.close()
            url, sent, data = self._redirected(url, target, sent, data)
        raise NetworkError(f"{url}: more than {self._rules.max_redirects} redirects; look at it in a browser")

    def close(self) -> None:
        """Close every connection."""
        for connection in self._open.values():
            connection.close()
        self._open.clear()

    def _redirected(
        self, url: str, target: str, sent: dict[str, str], data: bytes | None
    ) -> tuple[str, dict[str, str], bytes | None]:
        """Where next: http(s) only, never from https to http; secrets stay with their host."""
        there = urljoin(url, target)
        before, after = urlsplit(url), urlsplit(there)
        if after.scheme not in _PORTS or (before.scheme == "https" and after.scheme == "http"):
            raise NetworkError(f"{url} redirects to {there}; that is not followed")
        try:
            elsewhere = (before.scheme, host_of(url)) != (after.scheme, host_of(there))
        except UsageError as error:
            raise NetworkError(f"{url} redirects to what is not followed: {error}") from error
        if data is not None:
            raise NetworkError(f"{url} redirects a request with credentials to {there}; that is not followed")
        if elsewhere:
            sent = {k: v for k, v in sent.items() if k != "Authorization"}
        return there, sent, data

    def _once(self, url: str, headers: dict[str, str], data: bytes | None) -> Reply:
        parts = urlsplit(url)
        host = host_of(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        while True:
            kept = (parts.scheme, host) in self._open
            connection = self._connection(parts, host)
            try:
                connection.request("GET" if data is None else "POST", target, body=data, headers=headers)
                response = connection.getresponse()
            except (http.client.HTTPException, OSError, ValueError) as error:
                connection.close()
                self._open.pop((parts.scheme, host), None)
                if kept and isinstance(error, (ConnectionError, http.client.BadStatusLine)):
                    continue  # the server closed a connection that lay idle
                raise LineError(_words(error)) from error
            found = {k.lower(): v for k, v in response.getheaders()}
            return Reply(response.status, url, found, response, connection)

    def _connection(self, parts: SplitResult, host: str) -> http.client.HTTPConnection:
        key = (parts.scheme, host)
        if key in self._open:
            return self._open[key]
        assert parts.hostname is not None
        port = parts.port or _PORTS[parts.scheme]
        proxy = _proxy(parts.scheme, parts.hostname)
        where = (proxy.hostname or "", proxy.port or 8080) if proxy else (parts.hostname, port)
        connection: http.client.HTTPConnection
        if parts.scheme == "https":
            context = ssl.create_default_context()
            connection = http.client.HTTPSConnection(*where, timeout=self._rules.patience_s, context=context)
        else:
            connection = http.client.HTTPConnection(*where, timeout=self._rules.patience_s)
        if proxy:
            connection.set_tunnel(parts.hostname, port)
        self._open[key] = connection
        return connection


def _proxy(scheme: str, host: str) -> SplitResult | None:
    """Return the proxy that the environment names for a host (``https_proxy``, ``no_proxy``)."""
    named = urllib.request.getproxies().get(scheme)
    if not named or urllib.request.proxy_bypass(host):
        return None
    return urlsplit(named if "://" in named else f"http://{named}")


def _words(error: Exception) -> str:
    """Say what a line's trouble means, and in brackets what the library calls it."""
    for kind, words in _MEANT:
        if isinstance(error, kind):
            return f"{words} ({error})" if str(error) else words
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
