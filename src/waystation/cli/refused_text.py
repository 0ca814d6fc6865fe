"""What was set aside at ingest, in lines that say what it means and what to try."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["refused_lines"]

_REMEDY: Final = {
    "no-time": "a log with a counter wants --map clock_start=2024-12-08T06:00:00Z",
    "no-address": "one aircraft's file wants --map icao24==154076",
    "stand-in-address": "a real one by --map icao24==154076",
    "broken-address": "export the column as text",
    "not-a-trace": "what it is stands in the row",
}


def refused_lines(rejected: Mapping[str, int]) -> list[str]:
    """Return a line a reason: how many rows, what it means, and a remedy where there is one."""
    from waystation.ingest.parsed import NOTES, REFUSALS

    lines = []
    for reason, n in rejected.items():
        means = (REFUSALS | NOTES).get(reason, "")
        words = "; ".join(w for w in (means, _REMEDY.get(reason, "")) if w)
        rows = f"{n} rows" if n > 1 else "1 row"
        lines.append(f"  {rows} in rejected: {reason}{f' ({words})' if words else ''}")
    return lines
