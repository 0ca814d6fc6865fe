"""What could not be heard: exposure by subject and week, and the archive's own holes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from waystation.briefing.charts_shares import Cell, heat_chart
from waystation.briefing.page_figures import NARROW, WIDE, Figure
from waystation.briefing.weeks import weekly
from waystation.briefing.wording import counted, day_text, percent_text, period_text
from waystation.terms.claim_query import row_keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from waystation.briefing.places import Places
    from waystation.briefing.rows_behind import RowLists

__all__ = ["archive_holes", "exposure_figure", "exposure_reasons"]

Row = dict[str, Any]
MAX_SUBJECTS: Final = 16
MAX_HOLES: Final = 60
WHOLE: Final = 0.999  # a day with this share of its folders is whole


def exposure_figure(tables: Mapping[str, pa.Table], places: Places) -> Figure | None:
    """Per subject and week the share of flights that would have been heard and known for what they were."""
    rows = _weekly(tables)
    if all(r["exposure_days"] is None for r in rows):
        return None  # the reasons say it in fewer words
    subjects: dict[str, list[Cell]] = {}
    for r in rows:
        days = period_text(r["from_utc"].date(), (r["to_utc"] - timedelta(microseconds=1)).date())
        share = r["exposure_days"] / r["days"] if r["exposure_days"] is not None and r["days"] else None
        told = f"{percent_text(share)} of flights would be heard" if share is not None else "cannot tell"
        name = " → ".join(places.short(part) for part in r["subject"].split(">"))
        title = f"{name}, {days}: {told}" + (f" ({r['reason']})" if r["reason"] else "")
        subjects.setdefault(name, []).append(Cell(r["from_utc"], r["to_utc"], share, title))
    shown = list(subjects.items())[:MAX_SUBJECTS]
    start, stop = min(r["from_utc"] for r in rows), max(r["to_utc"] for r in rows)
    wide, narrow = (
        heat_chart(shown, start, stop, w, label="Share of flights that would have been heard, by week")
        for w in (WIDE, NARROW)
    )
    left_out = (
        f" {len(subjects) - len(shown)} more are in exposures.csv." if len(subjects) > len(shown) else ""
    )
    text = (
        "How much of what flew would have been heard and known for what it was, by week: the fuller a cell, "
        f"the more. Struck through: not known, so that no rate is given.{left_out}"
    )
    return Figure(wide, narrow, text)


def exposure_reasons(tables: Mapping[str, pa.Table]) -> list[tuple[str, int]]:
    """Why nothing can be told, with how many weeks of a subject it concerns."""
    counts: dict[str, int] = {}
    for r in _weekly(tables):
        if r["exposure_days"] is None:
            why = r["reason"] or "no reason is recorded"
            counts[why] = counts.get(why, 0) + 1
    return sorted(counts.items(), key=lambda c: (-c[1], c[0]))


def archive_holes(tables: Mapping[str, pa.Table], lists: RowLists) -> dict[str, Any] | None:
    """Days that the archive lacks whole or in part; None where that was not looked at."""
    table = tables.get("archive_days")
    if table is None or table.num_rows == 0:
        return None
    rows = [r | {"key": k} for r, k in zip(table.to_pylist(), row_keys("archive_days", table), strict=True)]
    rows.sort(key=lambda r: (str(r["day_utc"]), r["network"] or ""))
    missing = [r for r in rows if r["share_present"] == 0]
    part = [r for r in rows if r["share_present"] is not None and 0 < r["share_present"] < WHOLE]
    query = "count of archive_days where share_present"
    return {
        "n_days": len(rows),
        "missing": counted(len(missing), "day"),
        "missing_anchor": lists.add(
            "Days that the archive lacks", f"{query} = 0", [r["key"] for r in missing]
        ),
        "part": counted(len(part), "day"),
        "part_anchor": lists.add(
            "Days that are there in part",
            f"{query} > 0 and share_present < {WHOLE}",
            [r["key"] for r in part],
        ),
        "rows": [_hole(r) for r in rows if r in missing or r in part][:MAX_HOLES],
        "more": max(0, len(missing) + len(part) - MAX_HOLES),
    }


def _hole(r: Row) -> dict[str, str]:
    return {
        "day": day_text(r["day_utc"]),
        "network": r["network"] or "not recorded",
        "share": percent_text(r["share_present"]),
        "reason": r["reason"] or "",
    }


def _weekly(tables: Mapping[str, pa.Table]) -> list[Row]:
    table = tables.get("exposures")
    return weekly(table.to_pylist()) if table is not None else []
