"""Who may write into a bucket: a lease, that is an object made only if absent, renewed, and gone after use.

    taken ──renewed every third of its life──► given back (deleted)
      └─ holder died: after its end anyone may take it, by a put on the condition that it is unchanged

Every change is a conditional put, so of two that try only one succeeds. The holder looks at its lease before
every commit, and stops where it has lost it.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from waystation.store.s3 import connection, library, patiently
from waystation.terms.errors import ArchiveError, NetworkError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waystation.store.buckets import S3Path

__all__ = ["Lease", "LeaseRules", "leased"]

LOCK: Final = ".lock"
_TRIES: Final = 4  # a lease may be given back, or taken, between a look and a put


@dataclass(frozen=True)
class LeaseRules:
    """How long a lease lives."""

    life_s: float = 60.0  # so long a killed run keeps others out; the server may be away for two thirds
    skew_s: float = 5.0  # clocks of machines differ by less where they are kept by NTP


class Lease:
    """A lease, renewed in the background; ``check`` before anything that must not be done twice."""

    def __init__(self, archive: S3Path, rules: LeaseRules) -> None:
        self._place, self._rules = archive / LOCK, rules
        self._token = secrets.token_hex(8)
        self._etag, self._until = "", 0.0
        self._stop = threading.Event()
        self._guard = threading.Lock()

    def take(self) -> None:
        """Take the lease. Raises ``ArchiveError`` while another holds it."""
        refused = library(self._place.bucket).exceptions
        etag = ""  # of a lease that ran out
        for _ in range(_TRIES):
            try:
                self._put({"e_tag": etag} if etag else "create")
                break
            except (refused.AlreadyExistsError, refused.PreconditionError, FileNotFoundError):
                etag, held = self._seen()
            ours = held.get("token") == self._token  # the answer to the first try got lost
            if etag and not ours and held.get("until", 0) + self._rules.skew_s > time.time():
                raise self._busy(held)
        else:
            raise self._busy({})
        threading.Thread(target=self._renewing, daemon=True, name="lease").start()

    def check(self) -> None:
        """Raise ``ArchiveError`` unless the lease is surely ours still; renews it where that is in doubt."""
        if time.monotonic() > self._until - self._rules.skew_s:
            self._renew()
        if time.monotonic() > self._until - self._rules.skew_s:
            raise ArchiveError(f"{self._place.parent}: another run took over; run the same command again")

    def give_back(self) -> None:
        """Stop renewing, and delete the lease if it is ours."""
        self._stop.set()
        with self._guard:
            if time.monotonic() < self._until and self._seen()[1].get("token") == self._token:
                self._place.unlink()

    def _renewing(self) -> None:
        while not self._stop.wait(self._rules.life_s / 3):
            try:
                self._renew()
            except NetworkError:
                continue  # ``check`` decides
            except ArchiveError:
                return

    def _renew(self) -> None:
        refused = library(self._place.bucket).exceptions
        with self._guard:
            if self._stop.is_set():
                return
            try:
                self._put({"e_tag": self._etag})
            except (refused.PreconditionError, FileNotFoundError):
                etag, held = self._seen()
                if held.get("token") != self._token:
                    self._until = 0.0
                    raise ArchiveError(
                        f"{self._place.parent}: {_whose(held)} took over; run the same command again "
                        "when it is done"
                    ) from None
                self._put({"e_tag": etag})

    def _put(self, mode: Any) -> None:  # noqa: ANN401 - a mode of obstore's
        obstore = library(self._place.bucket)
        began = time.monotonic()
        body = {
            "token": self._token,
            "process": os.getpid(),
            "machine": socket.gethostname(),
            "until": time.time() + self._rules.life_s,
        }
        store, data = connection(self._place.bucket), json.dumps(body).encode()
        got = patiently(
            lambda: obstore.put(store, self._place.key, data, mode=mode, use_multipart=False),
            str(self._place),
        )
        self._etag, self._until = got["e_tag"] or "", began + self._rules.life_s

    def _seen(self) -> tuple[str, dict[str, Any]]:
        obstore = library(self._place.bucket)
        store = connection(self._place.bucket)
        try:
            got = patiently(lambda: obstore.get(store, self._place.key), str(self._place))
            return got.meta["e_tag"] or "", json.loads(bytes(got.bytes()))
        except (FileNotFoundError, ValueError):
            return "", {}

    def _busy(self, held: dict[str, Any]) -> ArchiveError:
        until = datetime.fromtimestamp(held.get("until", time.time()) + self._rules.skew_s, UTC)
        return ArchiveError(
            f"{self._place.parent} is being written by {_whose(held)}; wait for it, or choose another "
            f"--archive. If it was killed, its lease ends at {until:%H:%M:%S} UTC unless it is renewed"
        )


def _whose(held: dict[str, Any]) -> str:
    return f"process {held.get('process', 'unknown')} on {held.get('machine', 'another machine')}"


@contextmanager
def leased(archive: S3Path, rules: LeaseRules = LeaseRules()) -> Iterator[Lease]:
    """Hold the archive for writing."""
    lease = Lease(archive, rules)
    lease.take()
    try:
        yield lease
    finally:
        lease.give_back()
