"""Who may ask: this machine, by the address it was started on, from our own pages.

A browser lets any site send requests to 127.0.0.1. A wrong ``Host`` is a name that points here (DNS
rebinding); a wrong ``Origin`` or ``Sec-Fetch-Site`` is another site's page. Both are refused, and what is
sent back may load nothing from anywhere else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["POLICY", "Guard"]

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "connect-src 'self'; worker-src 'self' blob:; font-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS: Final = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
_NAMES: Final = ("127.0.0.1", "localhost", "[::1]")
_FROM_HERE: Final = frozenset({b"same-origin", b"none"})


class Guard:
    """Wraps an application: refuses what does not come from here, and says what a page may load."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        """``port``: the one the server listens on; its names are the only hosts that are answered."""
        self.app = app
        self.hosts = frozenset(f"{n}:{port}".encode() for n in _NAMES)
        self.origins = frozenset(b"http://" + h for h in self.hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        reason = self._refusal(scope)
        if reason is not None:
            await PlainTextResponse(f"refused: {reason}\n", status_code=403)(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = message.get("headers", ())
                known = {k.lower() for k, _ in own}  # the briefing brings a policy of its own
                message = {**message, "headers": [*own, *(h for h in _HEADERS if h[0] not in known)]}
            await send(message)

        await self.app(scope, receive, guarded)

    def _refusal(self, scope: Scope) -> str | None:
        headers = dict(scope["headers"])
        if headers.get(b"host", b"") not in self.hosts:
            return "this name does not belong to the workbench; use the address it printed when it started"
        if scope["method"] in {"GET", "HEAD"} and headers.get(b"sec-fetch-mode") == b"navigate":
            return None  # a link in a mail or a chat may open a view; it can change nothing
        if headers.get(b"sec-fetch-site", b"none") not in _FROM_HERE:
            return "another site's page asked"
        origin = headers.get(b"origin")
        if origin is not None and origin not in self.origins:
            return "another site's page asked"
        return None
