"""What the archive itself lacks: the share of each day that its files hold, and when nobody can know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from waystation.terms.case_view import CaseView

__all__ = ["PresenceRules", "present_days", "why_not"]

WATCH_LIST = "watch-list"
BOX = "box"


@dataclass(frozen=True)
class PresenceRules:
    """When others than the fleet are there to measure reception with."""

    files_per_fleet: float = (
        1.5  # files per aircraft of the fleet and day flown: below it nobody else is there
    )
    everybody: int = 100  # a case about every aircraft: fewer than these are somebody's choice


def present_days(archive_days: pa.Table | None) -> Mapping[date, float] | None:
    """Return day → share of its traffic that the archive can hold; None: no table, nothing is known to lack.

    Of several networks the best counts. Days that no network has a row for are not in it: nothing was there.
    """
    if archive_days is None or not archive_days.num_rows:
        return None
    shares: dict[date, float] = {}
    columns = (archive_days.column(c).to_pylist() for c in ("day_utc", "share_present", "files"))
    for day, share, files in zip(*columns, strict=True):
        value = share if share is not None else float(files > 0)
        shares[day] = max(shares.get(day, 0.0), value)
    return shares


def why_not(
    tables: Mapping[str, pa.Table], case: CaseView, rules: PresenceRules = PresenceRules()
) -> str | None:
    """Return why exposure cannot be told for any subject; None: it may be."""
    endings = set(tables["flights"].column("origin_ending").unique().to_pylist())
    if endings == {"listed"}:
        return "flights as listed: how many a list leaves out is not known"
    weeks = tables.get("coverage_weeks")
    if weeks is None or not weeks.num_rows or not pc.sum(weeks.column("looks")).as_py():
        return "reception was not measured: no aircraft crosses a cell of the archive, heard before and after"
    days = tables.get("archive_days")
    if days is not None and days.num_rows:
        if set(days.column("reason").to_pylist()) == {BOX}:
            return "the archive holds only what was heard inside a box: who leaves it seems to fall silent"
        lists = pc.is_in(days.column("reason"), value_set=pa.array([WATCH_LIST, BOX]))
        if pc.all(lists).as_py():
            return (
                "the archive holds only a watch-list: a day without its aircraft may be a day without files"
            )
    return _own_witness(tables, case, rules)


def _own_witness(tables: Mapping[str, pa.Table], case: CaseView, rules: PresenceRules) -> str | None:
    fleet = pc.count_distinct(tables["aircraft"].column("icao24")).as_py()
    if case.fleet.everything:
        if fleet >= rules.everybody:
            return None
        return f"the archive holds only {fleet} aircraft: somebody's choice of them, as in a watch-list"
    days, most = tables.get("archive_days"), pc.max(tables["coverage_weeks"].column("bodies")).as_py()
    files = pc.sum(days.column("files")).as_py() if days is not None and days.num_rows else 0
    if most > fleet or files > rules.files_per_fleet * _days_flown(tables["flights"]):
        return None
    return "the archive holds a watch-list: few aircraft but the fleet's own, which cannot be its own witness"


def _days_flown(flights: pa.Table) -> int:
    """Aircraft of the fleet × days on which they were first heard on a flight."""
    columns = (flights.column("icao24").to_pylist(), flights.column("first_seen_utc").to_pylist())
    return len({(icao24, first.date()) for icao24, first in zip(*columns, strict=True)})
