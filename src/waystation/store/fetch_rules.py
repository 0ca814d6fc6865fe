"""What is asked for and what came of it, and how hard a server may be asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import date

__all__ = ["DEFAULTS", "FINAL", "FetchRules", "Outcome", "Wanted"]

# fetched: whole, checked, in its place · no-data: the server has none and will not · not-yet: it may come
# refused: 401 or 403 · failed: everything else that did not end well
FINAL: Final = frozenset({"fetched", "no-data"})


@dataclass(frozen=True)
class FetchRules:
    """How hard to ask, and when to believe."""

    connections: int = 4  # what a browser would open to one host, or less
    delay_s: float = 0.2  # between two requests to one host: five a second at most
    patience_s: float = 30.0  # for a connection, and for the next bytes
    slowest_bytes_s: float = 200.0  # slower than a modem: the line is dead, ask again from where it stopped …
    slow_for_s: float = 60.0  # … when it was so for this long
    max_tries: int = 6  # without a new byte; with growing waits about a minute of a server that is down
    max_bad: int = 2  # a wrong answer twice is no accident of the line
    first_wait_s: float = 1.0  # doubled at each try, a random part of it taken off
    longest_wait_s: float = 60.0
    longest_hold_s: float = 900.0  # a server that wants a longer pause is asked another day
    max_redirects: int = 5
    give_up_after: int = 5  # refusals or failures of one host in a row: it does not want us, or is gone
    settle_h: float = 6.0  # after midnight UTC until a day's files are written out
    recent_days: int = 3  # a file of so recent a day may still come
    late_release_days: int = 60  # adsb.lol's whole days have come weeks late, and some were made anew
    max_trace_bytes: int = 64 << 20  # packed: the largest real one has 2 MB
    max_part_bytes: int = 4 << 30  # GitHub's limit for one asset is 2 GiB


DEFAULTS: Final = FetchRules()


@dataclass(frozen=True)
class Wanted:
    """One file: where it is, and where it goes.

    ``path`` is below the raw folder and made by us, never taken from an answer. ``check``: how its content
    is judged (``fetch_checks``). ``size`` and ``sha256`` where the server told them beforehand.
    """

    url: str
    path: str
    network: str
    check: str
    day: date | None = None
    address: str | None = None
    size: int | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of one file. ``outcome``: fetched, no-data, not-yet, refused or failed; ``note`` says why."""

    wanted: Wanted
    outcome: str
    status: int | None = None
    bytes: int = 0
    sha256: str | None = None
    etag: str | None = None
    modified: str | None = None
    note: str = ""
    tries: int = 1
