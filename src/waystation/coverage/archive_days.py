"""Sources → the archive's own holes: days without a file, trace folders that are missing, half days.

Reception is measured on what an archive holds. What it does not hold, nobody can have heard: a day that was
never fetched, or 122 of the 256 folders into which readsb sorts aircraft by the end of their address. A
watch-list (traces of a few aircraft only) cannot tell a day without flights from a day without files.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from waystation.terms.schema import TABLES, conform

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["ArchiveRules", "archive_days"]

FOLDER: Final = re.compile(r"(?:^|/)traces/([0-9a-f]{2})/", re.IGNORECASE)
FOLDERS: Final = 256  # two hexadecimal digits
_DAY: Final = timedelta(days=1)
WATCH_LIST: Final = "watch-list"
BOX: Final = "box"  # positions outside were not read: who leaves the box falls silent


@dataclass(frozen=True)
class ArchiveRules:
    """What kind of archive it is, and when a day of it is whole."""

    whole_world_folders: int = 200  # one day with so many of the 256: the others should have them too
    watch_list_aircraft: int = 25  # fewer in all its days: one receiver beside an airfield hears more in one
    one_day_h: float = 36.0  # a trace no longer than this belongs to one day, the one of its middle
    quiet_h: float = 3.0  # between traces: nobody flew, at the edges of the day too …
    quiet_spacings: float = 3.0  # … or so many times their mean spacing, where traffic is thin
    break_h: float = 1.0  # between recordings: below it the next file simply starts late


@dataclass(frozen=True)
class File:
    """One file of a network: the times of its first and last position, and its folder of traces."""

    start: datetime
    stop: datetime
    folder: str | None
    name: str  # of a trace: one aircraft's on every day
    selection: str | None = None  # what of it was read, where that was not everything
    bytes: int = 0
    published: datetime | None = None  # when the server wrote it, where it said so

    @property
    def middle(self) -> date:
        """The day on which half of it lies behind."""
        return (self.start + (self.stop - self.start) / 2).date()


def archive_days(
    sources: pa.Table,
    positions_per_day: Mapping[date, int] | None = None,
    rules: ArchiveRules = ArchiveRules(),
) -> pa.Table:
    """Return ``archive_days``: one row per network and UTC day, from its first file's day to its last's.

    ``sources``: the table of that name. ``positions_per_day``: days known to hold none count as missing.
    ``bytes`` as found; ``hours``: how many of the 24 the files cover; ``lag_h``: hours from the day's end
    until the server wrote its last file, null where it did not say.
    ``folders_found`` and ``folders_expected`` are null unless the network's archive is a whole-world one.
    ``share_present``: how much of the day's traffic the files can hold, 0 to 1; null for a watch-list or a
    box (``sources.selection``), where that cannot be told. Days before the first and after the last file have
    no row: nothing was to be there.
    """
    by_network = files_of(sources)
    rows = [
        row
        for network in sorted(by_network, key=lambda n: n or "")
        for row in _days(network, by_network[network], positions_per_day or {}, rules)
    ]
    return conform("archive_days", pa.Table.from_pylist(rows, schema=TABLES["archive_days"]))


def files_of(sources: pa.Table) -> dict[str | None, list[File]]:
    """Return the files of each network that hold a position."""
    by_network: dict[str | None, list[File]] = defaultdict(list)
    sources = conform("sources", sources)
    names = ("network", "uri", "first_utc", "last_utc", "selection", "bytes", "published_utc")
    columns = (sources.column(c).to_pylist() for c in names)
    for network, uri, first, last, *more in zip(*columns, strict=True):
        if first is not None and last is not None:
            found = FOLDER.search(uri or "")
            name = (uri or "").rpartition("/")[2]
            by_network[network].append(File(first, last, found and found[1].lower(), name, *more))
    return by_network


def _days(
    network: str | None, files: Sequence[File], positions: Mapping[date, int], rules: ArchiveRules
) -> Iterator[dict[str, Any]]:
    of_day: dict[date, list[File]] = defaultdict(list)
    for f in files:
        for day in days_of(f, rules):
            of_day[day].append(f)
    folders = {d: len({f.folder for f in fs if f.folder}) for d, fs in of_day.items()}
    traces = all(f.folder for f in files)
    world = max(folders.values()) >= rules.whole_world_folders
    unknown = _selected(files, traces, rules)
    day, last = min(of_day), max(of_day)
    while day <= last:
        here = of_day.get(day, [])
        hours = _held(here, day, traces, rules)
        share, reason = _share(here, hours, folders.get(day, 0) if world else None)
        if positions.get(day, 1) == 0:
            share, reason = 0.0, "no position of this day"
        start, stop = _limits(here, day)
        yield {
            "network": network,
            "day_utc": day,
            "files": len(here),
            "bytes": sum(f.bytes or 0 for f in here),
            "folders_found": folders.get(day, 0) if world else None,
            "folders_expected": FOLDERS if world else None,
            "first_utc": start,
            "last_utc": stop,
            "hours": hours,
            "lag_h": _lag_h(here, day),
            "share_present": None if unknown else share,
            "reason": unknown or reason,
        }
        day += _DAY


def _selected(files: Sequence[File], traces: bool, rules: ArchiveRules) -> str | None:
    """Return why files cannot tell how much of a day is there: somebody chose what they hold."""
    selections = {f.selection for f in files if f.selection}
    few = traces and len({f.name for f in files}) < rules.watch_list_aircraft
    if few or any(s.startswith("aircraft") for s in selections):
        return WATCH_LIST
    return BOX if selections else None


def days_of(f: File, rules: ArchiveRules) -> Iterator[date]:
    """Trace files are cut by day, but begin up to hours before it; recordings run on as long as they like."""
    if f.folder is not None and (f.stop - f.start).total_seconds() <= rules.one_day_h * 3600.0:
        yield f.middle
        return
    day = f.start.date()
    while day <= f.stop.date():
        yield day
        day += _DAY


def _limits(files: Sequence[File], day: date) -> tuple[datetime | None, datetime | None]:
    """Return the first and last time within the day that any file holds."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    spans = [(max(f.start, midnight), min(f.stop, midnight + _DAY)) for f in files]
    return (min(s for s, _ in spans), max(s for _, s in spans)) if spans else (None, None)


def _held(files: Sequence[File], day: date, traces: bool, rules: ArchiveRules) -> float:
    """Return the hours of the day that the files cover; nobody flew for a while is no hole."""
    if not files:
        return 0.0
    quiet_h = max(rules.quiet_h, rules.quiet_spacings * 24.0 / len(files))
    return _hours(files, day, quiet_h if traces else rules.break_h)


def _lag_h(files: Sequence[File], day: date) -> float | None:
    """Return how long after the day's end its last file was written, where the server said so of any."""
    written = [f.published for f in files if f.published is not None]
    if not written:
        return None
    end = datetime(day.year, day.month, day.day, tzinfo=UTC) + _DAY
    return max(0.0, (max(written) - end).total_seconds() / 3600.0)


def _share(files: Sequence[File], hours: float, folders: int | None) -> tuple[float, str]:
    """Return how much of the day is there, and why not more."""
    if not files:
        return 0.0, "no file of this day"
    share, reasons = hours / 24.0, []
    if folders is not None and folders < FOLDERS:
        share *= folders / FOLDERS
        reasons.append(f"{folders} of {FOLDERS} trace folders")
    if hours < 24.0:
        reasons.append(f"{hours:.1f} of 24 hours")
    return share, ", ".join(reasons) or "whole"


def _hours(files: Sequence[File], day: date, forgiven_h: float) -> float:
    """Return the hours of a day that files hold; silences up to ``forgiven_h`` are bridged."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    spans = sorted(
        (
            max(0.0, (f.start - midnight).total_seconds() / 3600.0),
            min(24.0, (f.stop - midnight).total_seconds() / 3600.0),
        )
        for f in files
    )
    missing, reached = 0.0, 0.0
    for start, stop in (*spans, (24.0, 24.0)):
        if start - reached > forgiven_h:
            missing += start - reached
        reached = max(reached, stop)
    return 24.0 - missing
