"""``waystation fetch``: download traces, whole days or OpenSky's answers, and bring them into an archive."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from waystation.cli.refused_text import refused_lines
from waystation.cli.say import progress, say, warn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from waystation.gathering import Progress
    from waystation.store.fetch_journal import Journal
    from waystation.store.fetch_orders import Prepared
    from waystation.store.fetch_rules import FetchRules
    from waystation.store.fetching import FetchSummary

__all__ = ["fetch"]

LARGE_BYTES = 1_000_000_000  # a second look before a gigabyte …
LARGE_FILES = 20_000  # … or an hour of requests
_SHOWN = 10


def fetch(
    *sources: str,
    archive: Annotated[Path, Parameter(show_default=False)],
    case: Path | None = None,
    period: Path | None = None,
    icao24: Annotated[
        tuple[str, ...], Parameter(negative="", consume_multiple=True, show_default=False)
    ] = (),
    from_: Annotated[str | None, Parameter(name="--from")] = None,
    to: str | None = None,
    base_url: str | None = None,
    connections: int = 4,
    delay_s: float | None = None,
    dry_run: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    yes: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    again: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    ingest: bool = True,
    workers: int = 2,
) -> int:
    """Download traces of a fleet, or whole days, into an archive.

    Stopped or cut off, the same command goes on from there; done, it does
    nothing. What a server does not have is not asked for twice. Files rest in
    ARCHIVE/raw as they came, the journal in ARCHIVE/fetch.jsonl.

    Try:
      waystation fetch airplanes.live --case case.toml --archive archive
      waystation fetch adsb.fi --icao24 154076 --from 2024-12-01 --archive archive
      waystation fetch adsb.lol-days --from 2024-12-08 --archive archive

    Parameters
    ----------
    sources
        adsb.lol, airplanes.live, adsb.fi, theairtraffic, adsbexchange or the URL of a globe_history
        site: traces of named aircraft; adsb.lol-days: everybody's whole days; opensky,
        opensky-states, opensky-history (all state vectors, for those who have an account for them).
    archive
        Folder of the archive; made if it does not exist.
    case
        Take fleet and period from this case file.
    period
        Take only the period from this case file.
    icao24
        Addresses, in place of the case's fleet.
    from_
        First UTC day, as in 2024-12-01.
    to
        Last UTC day, included.
    base_url
        Where the source is in place of its usual address: a mirror.
    connections
        How many at a time.
    delay_s
        Seconds between two requests to one server. Default: 0.2.
    dry_run
        Only say how much it is: files, bytes, and about how long it takes.
    yes
        Do not ask before a large download.
    again
        Ask again for what a server did not have before, and for whole days that were made anew.
    ingest
        Bring what was fetched into the archive of positions.
    workers
        Processes at work at a time, for ingest.
    """
    from waystation.cli.fetch_asked import addresses_asked, days_asked
    from waystation.store.fetch_journal import Journal
    from waystation.store.fetch_orders import SOURCES, Order, gentle, prepare
    from waystation.terms.errors import UsageError

    if not sources:
        raise UsageError(f"no source named; one or more of: {', '.join(SOURCES)}, or a URL")
    if base_url and len(sources) > 1:
        raise UsageError("--base-url goes with one source at a time")
    rules, journal = gentle(connections, delay_s), Journal(archive)
    whose = addresses_asked(icao24, case, sources)
    days = [] if set(sources) == {"opensky-states"} else days_asked(from_, to, case or period, rules)
    orders = [Order(s, tuple(whose), tuple(days), base_url, again) for s in sources]
    prepared = [prepare(o, archive, journal, rules=rules) for o in orders]
    large = _tell(prepared, archive, journal, rules)
    if dry_run:
        for p in prepared:
            _warn_of(p.troubles)
        return int(any(p.troubles for p in prepared))
    if large and not yes:
        _ask()
    return _fetch_all(prepared, archive, journal, rules, workers if ingest else None)


def _fetch_all(
    prepared: list[Prepared], archive: Path, journal: Journal, rules: FetchRules, workers: int | None
) -> int:
    from waystation.store.fetch_orders import carry_out, ingest_inputs, write_attribution
    from waystation.world.networks import attribution

    inputs: list[str] = []
    fine = True
    with progress() as show:
        for p in prepared:
            summary = carry_out(p, archive, journal, rules=rules, progress=_bar(show, p), tell=warn)
            write_attribution(archive, [w.network for w in p.wants])
            fine = _report(p, summary) and fine
            inputs += ingest_inputs(p, summary, archive)
    for name in dict.fromkeys(w.network for p in prepared for w in p.wants):
        say(attribution(name))
    if workers is not None and inputs:
        _ingest(inputs, archive, journal, workers)
    elif inputs:
        say(f"not ingested; later: waystation ingest {archive / 'raw'} --archive {archive}")
    return 0 if fine else 1


def _bar(show: Progress, prepared: Prepared) -> Callable[[int, int, int], None]:
    """Count megabytes where all lengths are known (whole days), files where they are not."""
    name = f"fetch {prepared.order.source}"
    mb = sum(w.size or 0 for w in prepared.wants) // 1_000_000

    def bar(done: int, total: int, size: int) -> None:
        if mb:
            show(f"{name}, MB", min(size // 1_000_000, mb), mb)
        else:
            show(name, done, total)

    return bar


def _report(prepared: Prepared, summary: FetchSummary) -> bool:
    """Say what came of one source; return whether all went well."""
    source = prepared.order.source
    words = {"no-data": "not there", "not-yet": "not there yet"}
    counts = [f"{n} {words.get(name, name)}" for name, n in summary.outcomes.items()]
    counts += [f"{summary.known} known before"] if summary.known else []
    say(f"{source}: {', '.join(counts) or 'nothing to fetch'}; {_size(summary.bytes)}")
    if summary.silent_days:
        days = summary.silent_days
        which = f"{len(days)} days ({days[0]} … {days[-1]})" if len(days) > 1 else f"{days[0]}"
        say(
            f"  no file at all of {which}: none of these aircraft flew where it hears, or it does not hold "
            "that much; another network may"
        )
    troubles = (*prepared.troubles, *summary.troubles)
    _warn_of(troubles)
    if summary.stopped:
        warn(
            f"{source}: gave up: {summary.stopped}. Look at the address in a browser; a refusal (403) may "
            "mean that this site wants no programs: ask it, or take another source"
        )
    elif troubles:
        n = f"{len(troubles)} files" if len(troubles) > 1 else "one file"
        warn(f"{source}: {n} did not come; run the same command again")
    return not troubles and not summary.stopped


def _warn_of(troubles: Sequence[str]) -> None:
    for trouble in troubles[:_SHOWN]:
        warn(f"  {trouble}")
    if len(troubles) > _SHOWN:
        warn(f"  and {len(troubles) - _SHOWN} more: see fetch.jsonl")


def _size(n: int) -> str:
    return f"{n / 1e6:.1f} MB" if n >= 100_000 else f"{n / 1e3:.1f} kB"


def _span(seconds: float) -> str:
    """How long at the least: in seconds, minutes or hours, never more exactly than an estimate is."""
    if seconds < 10:
        return "a few seconds"
    if seconds < 60:
        return f"{seconds:.0f} s or more"
    return f"{seconds / 60:.0f} min or more" if seconds < 7200 else f"{seconds / 3600:.0f} hours or more"


def _ingest(inputs: Sequence[str], archive: Path, journal: Journal, workers: int) -> None:
    """Bring files into the archive, unless exactly these are in it already."""
    from waystation.gathering import gather
    from waystation.store.layout import is_archive
    from waystation.terms.identifiers import content_id

    stats = [f"{i}:{Path(i).stat().st_size}:{Path(i).stat().st_mtime_ns}" for i in inputs]
    mark = f"ingest:{content_id(*stats)}"
    if journal.last(mark) and is_archive(archive):
        say(f"{archive}: nothing new to ingest")
        return
    with progress() as show:
        done = gather(inputs, archive, workers=workers, progress=show).summary
    assert done is not None
    journal.note({"url": mark, "outcome": "ingested", "files": len(inputs)})
    say(
        f"{archive}: {done.n_sources} sources, {done.n_new} new, {done.n_known} known before; "
        f"{done.n_positions} new positions"
    )
    for line in refused_lines(done.rejected):
        say(line)


def _tell(prepared: list[Prepared], archive: Path, journal: Journal, rules: FetchRules) -> bool:
    """Say how much is to come; return whether that is a lot."""
    from shutil import disk_usage

    from waystation.store.fetch_sources import estimate
    from waystation.store.fetching import unsettled

    files, size = 0, 0
    free = disk_usage(next(p for p in (archive.resolve(), *archive.resolve().parents) if p.is_dir())).free
    for p in prepared:
        e = estimate(unsettled(p.wants, archive, journal, again=p.order.again), rules)
        files, size = files + e.files, size + e.bytes
        about = "" if e.exact else "at most about "
        known = len(p.wants) - e.files
        say(
            f"{p.order.source}: {e.files} files to ask for ({known} known before), "
            f"{about}{_size(e.bytes)}, {_span(e.seconds)}"
        )
        for remark in p.remarks:
            say(f"  {remark}")
    if size > free:
        say(f"  {archive}: only {free / 1e6:.0f} MB are free there")
    return size > min(LARGE_BYTES, free) or files > LARGE_FILES


def _ask() -> None:
    from waystation.terms.errors import UsageError

    if not sys.stdin.isatty():
        raise UsageError("that is a large download; add --yes to start it, or choose fewer days or aircraft")
    if input("Start this download? [y/N] ").strip().lower() not in {"y", "yes"}:
        raise UsageError("not started; choose fewer days or aircraft, or answer y")
