"""A server on loopback that behaves like the real ones: well, slowly, rudely, or not to be believed.

server.files["/path"] = Page(body)                    what there is
server.moods["/path"] = [status(503), cut(100)]       what the next answers to a path do instead, in turn
server.asked                                          every request: (path, headers)
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from traces_for_tests import START, packed, rows, trace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date


@dataclass
class Page:
    """A file on the server."""

    body: bytes
    kind: str = "application/json"
    etag: str | None = None
    ranges: bool = True
    modified: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    piece: int = 1 << 16  # bytes at a time …
    pause_s: float = 0.0  # … and the wait between

    def __post_init__(self) -> None:
        if self.etag is None:
            self.etag = f'"{hash(self.body) & 0xFFFFFFFF:x}"'


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # head and body in one packet, as real servers send them
    server: Server

    def do_GET(self) -> None:
        path = self.path
        with self.server.guard:
            self.server.asked.append((path, dict(self.headers.items())))
            self.server.busy += 1
            self.server.busiest = max(self.server.busiest, self.server.busy)
            moods = self.server.moods.get(path) or self.server.moods.get("*")
            mood = moods.pop(0) if moods else None
        try:
            (mood or serve)(self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            with self.server.guard:
                self.server.busy -= 1

    def do_POST(self) -> None:
        self.posted = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    def page(self) -> Page | None:
        return self.server.files.get(self.path)

    def answer(self, code: int, body: bytes, headers: dict[str, str], length: int | None = None) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        if length is None or length >= 0:
            self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def hang_up(self) -> None:
        self.wfile.flush()
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    """Files, moods, and what was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, Page] = {}
        self.moods: dict[str, list[Callable[[Handler], None]]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.guard = threading.Lock()
        self.busy = self.busiest = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]

    def handle_error(self, *_: Any) -> None:  # a client that hangs up is no news
        pass


@contextmanager
def serving() -> Iterator[Server]:
    """Run a server for the time of a test."""
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def head_of(page: Page) -> dict[str, str]:
    headers = {"Content-Type": page.kind, **page.headers}
    if page.etag:
        headers["ETag"] = page.etag
    if page.modified:
        headers["Last-Modified"] = page.modified
    return headers


def serve(h: Handler) -> None:
    """What an honest server does, with ranges and If-Range."""
    page = h.page()
    if page is None:
        h.answer(404, b"<html>404 Not Found</html>", {"Content-Type": "text/html"})
        return
    start = asked_start(h, page)
    if start is not None and start >= len(page.body):
        h.answer(416, b"", {"Content-Range": f"bytes */{len(page.body)}"})
        return
    body = page.body[start or 0 :]
    headers = head_of(page)
    if start is not None:
        headers["Content-Range"] = f"bytes {start}-{len(page.body) - 1}/{len(page.body)}"
    h.send_response(200 if start is None else 206)
    for name, value in {**headers, "Content-Length": str(len(body))}.items():
        h.send_header(name, value)
    h.end_headers()
    for at in range(0, len(body), page.piece):
        h.wfile.write(body[at : at + page.piece])
        if page.pause_s:
            h.wfile.flush()
            time.sleep(page.pause_s)


def asked_start(h: Handler, page: Page) -> int | None:
    wanted, if_range = h.headers.get("Range"), h.headers.get("If-Range")
    if not page.ranges or not wanted or (if_range and if_range not in {page.etag, page.modified}):
        return None
    return int(wanted.removeprefix("bytes=").split("-")[0])


def status(code: int, **headers: str) -> Callable[[Handler], None]:
    """Answer with a status and nothing else. ``retry_after="3"`` is a header."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda h: h.answer(code, b"busy", {"Content-Type": "text/plain", **named})


def html(h: Handler) -> None:
    """The page of a gatekeeper, with status 200."""
    h.answer(200, b"<!DOCTYPE html><title>Just a moment...</title>", {"Content-Type": "text/html"})


def hidden_html(h: Handler) -> None:
    """The same, named JSON."""
    h.answer(200, b"<!DOCTYPE html><title>Just a moment...</title>", {"Content-Type": "application/json"})


def cut(after: int) -> Callable[[Handler], None]:
    """Hang up after so many bytes of what was asked for; the length was promised in full."""

    def answer(h: Handler) -> None:
        page = h.page()
        assert page is not None
        start = asked_start(h, page)
        body = page.body[start or 0 :]
        headers = head_of(page)
        if start is not None:
            headers["Content-Range"] = f"bytes {start}-{len(page.body) - 1}/{len(page.body)}"
        h.answer(200 if start is None else 206, body[:after], headers, len(body))
        h.hang_up()

    return answer


def lie(length: int) -> Callable[[Handler], None]:
    """Promise another length than what comes, then hang up."""

    def answer(h: Handler) -> None:
        page = h.page()
        assert page is not None
        h.answer(200, page.body, head_of(page), length)
        h.hang_up()

    return answer


def without_length(h: Handler) -> None:
    """The whole body, its end told by hanging up."""
    page = h.page()
    assert page is not None
    h.answer(200, page.body, {**head_of(page), "Connection": "close"}, -1)
    h.hang_up()


def redirect(to: str, code: int = 302) -> Callable[[Handler], None]:
    """Send elsewhere."""
    return lambda h: h.answer(code, b"", {"Location": to})


def ignoring_if_range(h: Handler) -> None:
    """Go on with another version of the file than the one that was begun."""
    page = h.page()
    assert page is not None
    h.headers.replace_header("If-Range", page.etag or "")
    serve(h)


def from_the_beginning(h: Handler) -> None:
    """Answer 206 from another place than was asked for."""
    page = h.page()
    assert page is not None
    n = len(page.body)
    h.answer(206, page.body[: n // 2], {**head_of(page), "Content-Range": f"bytes 0-{n // 2 - 1}/{n}"})


def hang(seconds: float) -> Callable[[Handler], None]:
    """Say nothing for a while."""

    def answer(h: Handler) -> None:
        time.sleep(seconds)
        h.hang_up()

    return answer


def trace_path(icao: str, day: date) -> str:
    return f"/globe_history/{day:%Y/%m/%d}/traces/{icao[-2:]}/trace_full_{icao}.json"


def put_trace(server: Server, icao: str, day: date, records: int = 20) -> Page:
    """Put a trace of a day where a globe_history has it, gzip'd under a .json name."""
    start = START + (day.toordinal() - 739246) * 86_400  # START is on 2024-12-26, day 739246
    body = packed(trace(icao, rows(records, at_s=3_600.0), start=start))
    page = Page(body, headers={"Content-Encoding": "gzip"})
    server.files[trace_path(icao, day)] = page
    return page
