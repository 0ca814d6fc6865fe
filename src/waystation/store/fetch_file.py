"""One file, from its address to its place: asked for until it is whole, checked, then renamed.

ask ─► 200 start anew ─┐                    ┌─► whole? ─► right content? ─► hash ─► rename: fetched
206 go on ──────┴─► bytes to .part ──┤      no: wait, ask for the rest
404, 410 ─► no-data, or not-yet      └─ cut, slow, dead
401, 403 ─► refused                  429, 5xx ─► wait as asked, ask again
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from waystation.store.fetch_checks import fault_of_content, fault_of_headers
from waystation.store.fetch_http import Client, LineError, Reply, host_of
from waystation.store.fetch_pace import retry_after_s
from waystation.store.fetch_partial import Partial, place
from waystation.store.fetch_rules import FetchRules, Outcome, Wanted
from waystation.store.hashing import file_sha256
from waystation.terms.errors import NetworkError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from waystation.store.fetch_pace import Pace

__all__ = ["Fetcher"]

_AGAIN: Final = frozenset({408, 425, 429, *range(500, 600)})
_GONE: Final = frozenset({404, 410})
_LARGE: Final = frozenset({"tar", "part", "file"})  # kept as published, never packed for the way
_CLOSED: Final = frozenset({401, 403, 451})


class _Again(Exception):  # noqa: N818 - a turn in the loop, not an error that anybody sees
    """Worth another try, after ``pause_s`` if the server named one. ``bad``: the content was wrong."""

    def __init__(
        self, reason: str, *, status: int | None = None, pause_s: float | None = None, bad: bool = False
    ) -> None:
        super().__init__(reason)
        self.status, self.pause_s, self.bad = status, pause_s, bad


@dataclass
class Fetcher:
    """One thread's way to fetch. ``headers`` gives the credentials of a request, afresh each time."""

    raw: Path
    client: Client
    pace: Pace
    rules: FetchRules
    headers: Callable[[Client], dict[str, str]] = field(default=lambda _client: {})
    received: int = 0  # bytes, also of files that are not whole yet

    def fetch(self, wanted: Wanted) -> Outcome:
        """Fetch one file. Raises ``Stopped``; every other trouble is an outcome."""
        try:
            target = place(self.raw, wanted.path)
        except ValueError as error:
            return Outcome(wanted, "failed", note=str(error))
        partial, bad, last = Partial(self.raw, wanted.url), 0, _Again("never tried")
        tries, stuck, most = 0, 0, partial.size
        while stuck < self.rules.max_tries:
            tries, stuck = tries + 1, stuck + 1
            try:
                return self._try(wanted, partial, target, tries)
            except _Again as again:
                last, bad = again, bad + again.bad
            except LineError as error:
                last = _Again(str(error))
            except (NetworkError, OSError) as error:
                return Outcome(wanted, "failed", note=str(error), tries=tries)
            if bad >= self.rules.max_bad or (last.pause_s or 0.0) > self.rules.longest_hold_s:
                break
            if partial.size > most:  # a bad line that brings a little each time gets there in the end
                most, stuck = partial.size, 0
            if last.pause_s is not None:
                self.pace.hold(host_of(wanted.url), last.pause_s)
            elif stuck < self.rules.max_tries:
                self.pace.back_off(max(stuck, 1))
        return Outcome(wanted, "failed", last.status, note=_last_words(last, tries, self.rules), tries=tries)

    def _try(self, wanted: Wanted, partial: Partial, target: Path, tries: int) -> Outcome:
        if not partial.complete:
            self.pace.turn(host_of(wanted.url))
            coding = "identity" if wanted.check in _LARGE else "gzip"
            asked = {"Accept-Encoding": coding, **self.headers(self.client), **partial.range_headers()}
            reply = self.client.get(wanted.url, asked)
            try:
                ended = self._read(reply, wanted, partial, tries)
            finally:
                reply.close()
            if ended is not None:
                return ended
        return self._judge(wanted, partial, target, tries)

    def _read(self, reply: Reply, wanted: Wanted, partial: Partial, tries: int) -> Outcome | None:
        """Take what an answer holds; return an outcome where it ends the matter without a file."""
        status = reply.status
        pause = retry_after_s(reply.headers, time.time())
        if status in _AGAIN or (status in _CLOSED and pause is not None):
            raise _Again(f"the server answers {status}", status=status, pause_s=pause)
        if status in _GONE:
            recent = _recent(wanted.day, self.rules)
            note = "the day is recent, it may still come" if recent else ""
            return Outcome(wanted, "not-yet" if recent else "no-data", status, note=note, tries=tries)
        if status in _CLOSED:
            return Outcome(wanted, "refused", status, note=f"the server refuses ({status})", tries=tries)
        if status == 416 and partial.size:
            partial.drop()
            raise _Again("the file became shorter on the server", status=status)
        if status not in {200, 206}:
            return Outcome(wanted, "failed", status, note=f"the server answers {status}", tries=tries)
        if fault := fault_of_headers(reply.headers):
            partial.drop()
            raise _Again(fault, status=status, bad=True)
        if status == 206 and not partial.fits(reply.headers):
            partial.drop()
            raise _Again("the file was changed on the server", status=status)
        if status == 200:
            partial.begin(reply.headers)
        self._copy(reply, wanted, partial)
        return None

    def _copy(self, reply: Reply, wanted: Wanted, partial: Partial) -> None:
        limit = self.rules.max_part_bytes if wanted.check in _LARGE else self.rules.max_trace_bytes
        began, since, done = time.monotonic(), partial.size, partial.size
        with partial.path.open("ab") as f:
            for piece in reply.pieces():
                f.write(piece)
                f.flush()  # a killed process leaves what came
                done += len(piece)
                self.received += len(piece)
                if done > limit:
                    partial.drop()
                    raise _Again(f"more than {limit} bytes, which no such file has", bad=True)
                self.pace.check()
                spent = time.monotonic() - began
                if spent > self.rules.slow_for_s:
                    if (done - since) / spent < self.rules.slowest_bytes_s:
                        raise _Again(f"only {done - since} bytes in {spent:.0f} s")
                    began, since = time.monotonic(), done

    def _judge(self, wanted: Wanted, partial: Partial, target: Path, tries: int) -> Outcome:
        size, total = partial.size, partial.total
        if total is not None and size != total:
            if size > total:
                partial.drop()
            raise _Again(f"{size} bytes where the server promised {total}", status=200, bad=size > total)
        fault = fault_of_content(partial.path, wanted) if size else "an empty file"
        digest = "" if fault else file_sha256(partial.path)
        if not fault and wanted.sha256 and digest != wanted.sha256:
            fault = f"its SHA-256 is {digest}, the list of files says {wanted.sha256}"
        if fault:
            partial.drop()
            raise _Again(fault, status=200, bad=True)
        about = partial.about
        partial.finish(target)
        return Outcome(
            wanted, "fetched", 200, size, digest, about.get("etag"), about.get("modified"), tries=tries
        )


def _recent(day: date | None, rules: FetchRules) -> bool:
    today = datetime.now(UTC).date()
    return day is not None and day > today - timedelta(days=rules.recent_days)


def _last_words(last: _Again, tries: int, rules: FetchRules) -> str:
    if (last.pause_s or 0.0) > rules.longest_hold_s:
        until = datetime.now(UTC) + timedelta(seconds=last.pause_s or 0.0)
        return f"{last}; it asks to wait until {until:%Y-%m-%d %H:%M} UTC"
    return f"{last} (tried {tries} times)"
