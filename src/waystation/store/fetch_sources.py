"""Sites with a ``globe_history``: where the trace of an aircraft and a day is, and about how much that is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from waystation.store.fetch_http import host_of
from waystation.store.fetch_rules import DEFAULTS, FetchRules, Wanted
from waystation.terms.addresses import normal_address

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "SITES",
    "VECTORS_TOGETHER",
    "Estimate",
    "Site",
    "days_between",
    "estimate",
    "site_at",
    "trace_wants",
]

TRACE_BYTES: Final = (
    100_000  # packed, a day in the air: 43 kB in the middle of our samples, 130 kB an airliner's
)
VECTOR_BYTES: Final = 500_000  # a row a second for five hours, packed: a guess, nobody publishes sizes
VECTORS_TOGETHER: Final = 50  # addresses in a question: their day is some 100 MB in memory at most
QUESTION_S: Final = 60.0  # what OpenSky's database takes for one, about
BYTES_PER_S: Final = 5e6  # of a good line; whole days come at that speed from GitHub


@dataclass(frozen=True)
class Site:
    """``base`` ends before ``/YYYY``. ``keeps_days``: so long a past day's traces stay; None: nobody says."""

    network: str
    base: str
    keeps_days: int | None = None


SITES: Final[dict[str, Site]] = {
    "adsb.lol": Site("adsb.lol", "https://adsb.lol/globe_history", keeps_days=23),  # seen in August 2026
    "airplanes.live": Site("airplanes.live", "https://globe.airplanes.live/globe_history"),
    "adsb.fi": Site("adsb.fi", "https://globe.adsb.fi/globe_history"),
    "theairtraffic": Site("theairtraffic", "https://globe.theairtraffic.com/globe_history"),
    "adsbexchange": Site("adsbexchange", "https://globe.adsbexchange.com/globe_history"),
}


@dataclass(frozen=True)
class Estimate:
    """``bytes``: known where ``exact``, else no more than about that. ``seconds``: at a good line's speed."""

    files: int
    bytes: int
    exact: bool
    seconds: float


def site_at(url: str, name: str | None = None) -> Site:
    """Return the site at an address of the user's own; its host is its name unless one is given."""
    host = host_of(url)
    base = url.split("?", maxsplit=1)[0].split("#", maxsplit=1)[0].rstrip("/")
    if not base.endswith("globe_history"):
        base = f"{base}/globe_history"
    return Site(name or re.sub(r"[^a-z0-9.-]+", "-", host.lower()).strip(".-") or "site", base)


def days_between(
    begin: date, end: date, now: datetime | None = None, rules: FetchRules = DEFAULTS
) -> tuple[list[date], list[date]]:
    """Return the days from ``begin`` to ``end``, both included: those that are over, and those that are not.

    A day is over some hours after midnight UTC, when servers have written it out.
    """
    now = now or datetime.now(UTC)
    last = (now - timedelta(hours=rules.settle_h)).date() - timedelta(days=1)
    days = [begin + timedelta(days=n) for n in range((end - begin).days + 1)]
    return [d for d in days if d <= last], [d for d in days if d > last]


def trace_wants(site: Site, addresses: Sequence[str], days: Sequence[date]) -> list[Wanted]:
    """Return the trace of every address on every day: by day, then address. Nothing else is asked for."""
    assert all(normal_address(a) == a for a in addresses)
    wants = []
    for day in days:
        for a in addresses:
            place = f"{day:%Y/%m/%d}/traces/{a[-2:]}/trace_full_{a}.json"
            wants.append(
                Wanted(
                    f"{site.base}/{place.replace('~', '%7E')}",
                    f"{site.network}/globe_history/{place}",
                    site.network,
                    "trace",
                    day,
                    a,
                )
            )
    return wants


def estimate(wants: Sequence[Wanted], rules: FetchRules = DEFAULTS) -> Estimate:
    """Say how much a list of files is before any of them is asked for."""
    guess = {"vectors": VECTOR_BYTES}
    size = sum(guess.get(w.check, TRACE_BYTES) if w.size is None else w.size for w in wants)
    exact = all(w.size is not None for w in wants)
    questions = sum(w.check == "vectors" for w in wants) / VECTORS_TOGETHER
    seconds = max(size / BYTES_PER_S, len(wants) * rules.delay_s, questions * QUESTION_S)
    return Estimate(len(wants), size, exact, seconds)
