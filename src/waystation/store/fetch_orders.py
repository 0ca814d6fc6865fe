"""From an order (which source, whose traces, which days) to files, and from files to what ingest reads."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from waystation.store.atomic import write_atomic
from waystation.store.fetch_http import Client, LineError
from waystation.store.fetch_opensky import API as OPENSKY
from waystation.store.fetch_opensky import Credentials, flight_wants, state_want, track_wants
from waystation.store.fetch_pace import Pace
from waystation.store.fetch_releases import API, DOWNLOADS, Lister, whole_releases
from waystation.store.fetch_rules import DEFAULTS, FetchRules, Wanted
from waystation.store.fetch_sources import SITES, site_at, trace_wants
from waystation.store.fetch_trino import HISTORY, connect, fetch_vectors, vector_wants
from waystation.store.fetching import FetchSummary, fetch_all, raw_folder, summed
from waystation.terms.errors import UsageError, choice_remedy
from waystation.world.networks import attribution

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from waystation.store.fetch_journal import Journal

__all__ = [
    "DAYS",
    "NO_PICKING",
    "SOURCES",
    "Order",
    "Prepared",
    "carry_out",
    "gentle",
    "ingest_inputs",
    "prepare",
    "write_attribution",
]

DAYS: Final = "adsb.lol-days"
SOURCES: Final = (*SITES, DAYS, "opensky", "opensky-states", HISTORY)
NO_PICKING: Final = (
    f"{DAYS} are tars of 2 to 4 GB with every aircraft in them: most of it would be fetched and not read. "
    "For a fleet: waystation fetch airplanes.live (or adsb.lol for the last weeks). For whole days leave the "
    "aircraft out: --from and --to, or --period CASE.toml, which takes the period alone"
)
_LIST_TRIES: Final = 3


@dataclass(frozen=True)
class Order:
    """``source``: one of ``SOURCES``, or a site's address. ``base_url`` stands in for the usual address."""

    source: str
    addresses: tuple[str, ...]
    days: tuple[date, ...]
    base_url: str | None = None
    again: bool = False


@dataclass(frozen=True)
class Prepared:
    """The files of an order. ``troubles``: what could not be listed; ``remarks``: what to know before."""

    order: Order
    wants: tuple[Wanted, ...]
    troubles: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    headers: Callable[[Client], dict[str, str]] | None = field(default=None, repr=False)


def prepare(
    order: Order,
    archive: Path,
    journal: Journal,
    *,
    rules: FetchRules = DEFAULTS,
    now: datetime | None = None,
) -> Prepared:
    """Return what an order comes to. Only the lists of whole days are asked for over the network.

    Raises ``UsageError`` for an order that makes no sense.
    """
    now = now or datetime.now(UTC)
    if order.source == DAYS:
        return _days(order, archive, journal, rules, now)
    if not order.addresses and order.source != "opensky-states":
        raise UsageError(
            f"{order.source}: whose traces? Name a case with a fleet (--case CASE.toml) or addresses "
            f"(--icao24 154076); everybody's whole days: waystation fetch {DAYS}"
        )
    if order.source in {"opensky", "opensky-states"}:
        return _opensky(order, now)
    if order.source == HISTORY:
        return _history(order)
    if "://" in order.source:
        site = site_at(order.source)
    elif order.source in SITES:
        site = SITES[order.source]
        site = site_at(order.base_url, site.network) if order.base_url else site
    else:
        raise UsageError(
            f"there is no source {order.source!r}; {choice_remedy(order.source, SOURCES)}, or a URL"
        )
    remarks = []
    kept = now.date() - timedelta(days=site.keeps_days or 0)
    if site.keeps_days is not None and any(d < kept for d in order.days):
        remarks.append(
            f"{site.network} keeps single traces for about {site.keeps_days} days; older days will mostly "
            f"not be there. Try airplanes.live, or whole days: {DAYS}"
        )
    return Prepared(order, tuple(trace_wants(site, order.addresses, order.days)), remarks=tuple(remarks))


def carry_out(
    prepared: Prepared,
    archive: Path,
    journal: Journal,
    *,
    rules: FetchRules = DEFAULTS,
    progress: Callable[[int, int, int], None] | None = None,
    tell: Callable[[str], None] | None = None,
) -> FetchSummary:
    """Fetch what was prepared; of OpenSky then the tracks of the flights that it named."""
    order = prepared.order

    def fetch(wants: Sequence[Wanted]) -> FetchSummary:
        return fetch_all(
            wants,
            archive,
            journal,
            rules=rules,
            again=order.again,
            headers=prepared.headers,
            progress=progress,
            tell=tell,
        )

    if order.source == HISTORY:
        pace = Pace(rules, threading.Event())
        raw = raw_folder(archive)
        outcomes, known, stopped = fetch_vectors(
            prepared.wants, raw, journal, connect, rules, pace, again=order.again, progress=progress
        )
        return summed(prepared.wants, outcomes, journal, raw, known=known, stopped=stopped)
    first = fetch(prepared.wants)
    if order.source != "opensky" or first.stopped:
        return first
    api = (order.base_url or OPENSKY).rstrip("/")
    tracks = track_wants(api, prepared.wants, raw_folder(archive), datetime.now(UTC).date())
    return first.with_more(fetch(tracks))


def ingest_inputs(prepared: Prepared, summary: FetchSummary, archive: Path) -> list[str]:
    """Return what ingest is to read: traces and tracks that are there, days that are whole."""
    raw = raw_folder(archive)
    if prepared.order.source == DAYS:
        return [str(raw / p) for p in whole_releases(prepared.wants, lambda p: (raw / p).is_file())]
    flights = raw / "opensky" / "flights"
    return [str(p) for p in summary.paths if not p.is_relative_to(flights)]


def write_attribution(archive: Path, networks: Sequence[str]) -> None:
    """Say beside the data whose it is and under which terms: ``RAW/<network>/ATTRIBUTION.txt``."""
    for name in sorted(set(networks)):
        path = raw_folder(archive) / name / "ATTRIBUTION.txt"
        text = f"{attribution(name)}\n".encode()
        if path.parent.is_dir() and not (path.is_file() and path.read_bytes() == text):
            write_atomic(path, text)


def _days(order: Order, archive: Path, journal: Journal, rules: FetchRules, now: datetime) -> Prepared:
    if order.addresses:
        raise UsageError(NO_PICKING)
    client = Client(rules)
    api = order.base_url or API
    lister = Lister(
        client, Pace(rules, threading.Event()), journal, api=api, downloads=order.base_url or DOWNLOADS,
        token=None if order.base_url else os.environ.get("GITHUB_TOKEN"),
    )  # fmt: skip
    wants: list[Wanted] = []
    troubles, absent = [], []

    def settled(w: Wanted) -> bool:
        return journal.settled(w, raw_folder(archive))

    for day in order.days:
        final = day <= now.date() - timedelta(days=rules.late_release_days)
        found, trouble = _listed(lister, day, settled, final=final, again=order.again)
        wants += found
        if trouble == "no-data":
            absent.append(f"{day}")
        elif trouble:
            troubles.append(f"{day}: {trouble}")
    client.close()
    remarks = (f"no release of: {', '.join(absent)}",) if absent else ()
    return Prepared(order, tuple(wants), tuple(troubles), remarks)


def _listed(
    lister: Lister, day: date, settled: Callable[[Wanted], bool], *, final: bool, again: bool
) -> tuple[list[Wanted], str]:
    trouble = ""
    for _ in range(_LIST_TRIES):
        try:
            return lister.parts(day, settled, final=final, again=again)
        except LineError as error:
            trouble = str(error)
    return [], trouble


def _opensky(order: Order, now: datetime) -> Prepared:
    api = (order.base_url or OPENSKY).rstrip("/")
    credentials = Credentials()
    if order.source == "opensky-states":
        return Prepared(order, (state_want(api, order.addresses, now),), headers=credentials)
    remarks = [] if credentials.named else [
        "no OPENSKY_CLIENT_ID and OPENSKY_CLIENT_SECRET in the environment: OpenSky refuses most questions"
    ]  # fmt: skip
    wants = tuple(flight_wants(api, order.addresses, order.days))
    return Prepared(order, wants, remarks=tuple(remarks), headers=credentials)


def _history(order: Order) -> Prepared:
    if order.base_url:
        raise UsageError(f"--base-url does not go with {HISTORY}: pyopensky knows the place of the database")
    named = bool(os.environ.get("OPENSKY_USERNAME") and os.environ.get("OPENSKY_PASSWORD"))
    remarks = ["one question a day and fifty addresses; OpenSky answers it in a minute or a few"]
    if not named:
        remarks.append(
            "no OPENSKY_USERNAME and OPENSKY_PASSWORD in the environment: without its own settings file "
            "pyopensky asks you to log in with a browser"
        )
    return Prepared(order, tuple(vector_wants(order.addresses, order.days)), remarks=tuple(remarks))


def gentle(connections: int, delay_s: float | None, rules: FetchRules = DEFAULTS) -> FetchRules:
    """Return the rules with a user's own limits. Raises ``UsageError`` for rude ones."""
    if not 1 <= connections <= 16:
        raise UsageError(f"--connections {connections}: from 1 to 16; a server that slows down has a reason")
    if delay_s is not None and delay_s < 0:
        raise UsageError(f"--delay-s {delay_s}: seconds between two requests, 0 or more")
    return replace(rules, connections=connections, delay_s=rules.delay_s if delay_s is None else delay_s)
