"""How often a host is asked: a delay between requests, pauses it asks for, growing waits after faults."""

from __future__ import annotations

import random
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from waystation.store.fetch_rules import FetchRules

__all__ = ["Pace", "Stopped", "retry_after_s"]

_LONG_S: Final = 10.0  # a bar that stands still for longer looks broken


class Stopped(Exception):  # noqa: N818 - not an error: somebody asked to stop
    """The run is over; leave everything as it is."""


class Pace:
    """One for a run, shared by its threads. ``tell`` is called where a wait is long."""

    def __init__(
        self, rules: FetchRules, stop: threading.Event, tell: Callable[[str], None] | None = None
    ) -> None:
        self._rules = rules
        self._stop = stop
        self._tell = tell
        self._lock = threading.Lock()
        self._next: dict[str, float] = {}
        self._dice = random.Random()  # noqa: S311 - spreads waits, guards nothing

    def turn(self, host: str) -> None:
        """Wait for this thread's turn at ``host``. Raises ``Stopped``."""
        while True:
            with self._lock:
                now = time.monotonic()
                at = self._next.get(host, now)
                if at <= now:
                    self._next[host] = now + self._rules.delay_s
                    break
            self.sleep(at - now)
        self.check()

    def hold(self, host: str, seconds: float) -> None:
        """Let nobody ask ``host`` for so long: it said so."""
        with self._lock:
            until = time.monotonic() + seconds
            longer = until - self._next.get(host, 0.0)
            self._next[host] = max(self._next.get(host, until), until)
        if self._tell is not None and seconds >= _LONG_S and longer > _LONG_S / 2:
            at = datetime.now(UTC) + timedelta(seconds=seconds)
            self._tell(f"{host} asks to wait {seconds:.0f} s; going on at {at:%H:%M:%S} UTC")

    def back_off(self, tries: int) -> None:
        """Wait after a fault: longer each time, never twice the same."""
        longest = min(self._rules.first_wait_s * 2.0 ** (tries - 1), self._rules.longest_wait_s)
        self.sleep(longest * (0.5 + 0.5 * self._dice.random()))

    def sleep(self, seconds: float) -> None:
        """Sleep unless the run stops. Raises ``Stopped``."""
        if self._stop.wait(seconds):
            raise Stopped

    def check(self) -> None:
        """Raise ``Stopped`` if the run is over."""
        if self._stop.is_set():
            raise Stopped


def retry_after_s(headers: Mapping[str, str], now_s: float) -> float | None:
    """Return the pause in seconds that an answer asks for, or None. OpenSky has a header of its own."""
    for name in ("retry-after", "x-rate-limit-retry-after-seconds"):
        text = headers.get(name, "").strip()
        if text.isdigit():
            return float(text)
        if text:
            try:
                return max(0.0, parsedate_to_datetime(text).timestamp() - now_s)
            except (ValueError, TypeError):
                continue
    reset = headers.get("x-ratelimit-reset", "")  # GitHub: when the hour's allowance comes back
    if headers.get("x-ratelimit-remaining") == "0" and reset.isdigit():
        return max(0.0, float(reset) - now_s)
    return None
