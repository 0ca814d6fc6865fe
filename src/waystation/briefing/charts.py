"""Charts as SVG: flights per day with the interval of each count, and aircraft against time.

Every mark leads to its rows. Each chart is drawn at the width it is given, so that a narrow screen gets a
chart of its own with letters that can be read.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from waystation.briefing.asked import midnight
from waystation.briefing.axes import CAPITAL, LETTER, count_axis, event_mark, time_axis, time_scale
from waystation.briefing.scales import MONTHS, count_ticks
from waystation.briefing.svg import el, join, link
from waystation.briefing.wording import counted, day_text, time_text
from waystation.terms.counts import poisson_interval

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime

    from markupsafe import Markup

__all__ = ["Bar", "StripRow", "bars_chart", "strip_chart"]

_FEW = 14  # so many bars have room for a date under each


@dataclass(frozen=True)
class Bar:
    """Flights of ``start`` to the day before ``stop``. ``heard``: any flight of the fleet was.

    ``shade``: ``blind`` or ``dim`` where little can be told, with ``why`` in words.
    """

    start: date
    stop: date
    n: int
    anchor: str | None
    heard: bool
    shade: str = ""
    why: str = ""


@dataclass(frozen=True)
class StripRow:
    """One aircraft and its flights (start, stop, label, anchor)."""

    label: str
    flights: Sequence[tuple[datetime, datetime, str, str | None]]


def bars_chart(
    bars: Sequence[Bar],
    width: int,
    *,
    label: str,
    marks: Sequence[tuple[date, str]] = (),
    height: int = 224,
    unit: str = "",
) -> Markup:
    """Counts as bars, Jeffreys 90 % intervals on the mean as thin lines, days without any flight shaded.

    Bars that do not follow each other in time (the rest left out) stand side by side with a break between.
    """
    left, right, top, bottom = 34, 10, 40 if marks else 30, 24
    ticks = count_ticks(max([*(poisson_interval(b.n)[1] for b in bars), 1.0]))
    base = height - bottom

    def y(n: float) -> float:
        return top + (base - top) * (1 - n / ticks[-1])

    grid = count_axis(ticks, y, left, width - right)
    broken = any(a.stop != b.start for a, b in pairwise(bars))
    if broken or len(bars) <= _FEW:
        slots = _slots(bars, left, width - right)
        axis = _slot_axis(bars, slots, base, width)
    else:
        start, stop = midnight(bars[0].start), midnight(bars[-1].stop)
        x = time_scale(start, stop, left, width - right)
        slots = [(x(midnight(b.start)), x(midnight(b.stop))) for b in bars]
        axis = time_axis(start, stop, x, width, base)
    notes = [
        event_mark(x0, text, top, base, width)
        for d, text in marks
        for b, (x0, _) in zip(bars, slots, strict=True)
        if b.start <= d < b.stop
    ]
    drawn = [_bar(b, slot, y, top, base) for b, slot in zip(bars, slots, strict=True)]
    return el(
        "svg",
        *grid,
        *axis,
        *drawn,
        *notes,
        *([el("text", unit, x=0, y=12, class_="unit")] if unit else []),
        viewBox=f"0 0 {width} {height}",
        class_="chart",
        role="group",
        aria_label=label,
    )


def _slots(bars: Sequence[Bar], x0: float, x1: float) -> list[tuple[float, float]]:
    """Equal widths, with room for a break wherever time is left out."""
    breaks = [0, *(int(a.stop != b.start) for a, b in pairwise(bars))]
    unit = (x1 - x0) / (len(bars) + 0.6 * sum(breaks))
    out = []
    at = x0
    for gap in breaks:
        at += 0.6 * unit * gap
        out.append((at, at + unit))
        at += unit
    return out


def _slot_axis(
    bars: Sequence[Bar], slots: Sequence[tuple[float, float]], base: float, width: float
) -> list[Markup]:
    """Dates under the slots as far as they fit, and a slash at each break."""
    out = []
    edge, year = -1e9, None  # the year stands where it is new
    told = _told(bars, slots, width)
    for i, (b, (x0, x1)) in enumerate(zip(bars, slots, strict=True)):
        if i and bars[i - 1].stop != b.start:
            mid = (slots[i - 1][1] + x0) / 2
            out.append(el("line", x1=mid - 2.5, x2=mid + 2.5, y1=base + 5, y2=base - 5, class_="break"))
        text = f"{b.start.day} {MONTHS[b.start.month - 1]}"
        text += "" if b.start.year == year else f" {b.start.year}"
        half = LETTER * len(text) / 2
        at = min((x0 + x1) / 2, width - half)
        if i in told and at - half > edge + 8:
            out.append(el("text", text, x=at, y=base + 17, class_="tick mid"))
            edge, year = at + half, b.start.year
    return out


def _told(bars: Sequence[Bar], slots: Sequence[tuple[float, float]], width: float) -> set[int]:
    """Which slots may have a date: where time is left out, those of the highest bars before others."""
    if all(a.stop == b.start for a, b in pairwise(bars)):
        return set(range(len(bars)))
    half = LETTER * len("30 Dec 2024") / 2
    taken: list[float] = []
    out = set()
    for i in sorted(range(len(bars)), key=lambda i: (-bars[i].n, i)):
        at = min(sum(slots[i]) / 2, width - half)
        if all(abs(at - other) > 2 * half + 8 for other in taken):
            taken.append(at)
            out.add(i)
    return out


def _bar(b: Bar, slot: tuple[float, float], y: Callable[[float], float], top: float, base: float) -> Markup:
    x0, x1 = slot
    wide = min(26.0, max(1.5, (x1 - x0) * 0.66))
    mid = (x0 + x1) / 2
    low, high = poisson_interval(b.n)
    days = day_text(b.start) if (b.stop - b.start).days == 1 else f"week of {day_text(b.start)}"
    title = f"{days}: {counted(b.n, 'flight')}, 90 % interval on the mean {low:.1f}–{high:.1f}"
    area = {"x": x0, "y": top, "width": max(x1 - x0, 1.0), "height": base - top}
    shade = [link(None, el("rect", **area, class_=b.shade), title=f"{days}: {b.why}")] if b.shade else []
    if not b.heard and not b.shade:
        nothing = f"{days}: no flight of the fleet in the sources at all; this is not a zero"
        return link(None, el("rect", **area, class_="unheard"), title=nothing)
    drawn = link(
        b.anchor,
        el("rect", **area, class_="hit"),
        el("rect", x=mid - wide / 2, y=y(b.n), width=wide, height=max(base - y(b.n), 0.0), class_="bar"),
        el("line", x1=mid, x2=mid, y1=y(low), y2=y(high), class_="whisker" if b.n else "whisker none"),
        title=title,
        class_="mark",
    )
    return join([*shade, drawn])


def strip_chart(
    rows: Sequence[StripRow], start: datetime, stop: datetime, width: int, *, label: str
) -> Markup:
    """A row per aircraft, a bar per flight from its first to its last position."""
    letters = max((len(r.label) for r in rows), default=0)
    left, right, step, top = min(150.0, 10 + CAPITAL * letters), 10, 18, 6
    height = top + step * len(rows) + 26
    x = time_scale(start, stop, left, width - right)
    base = top + step * len(rows)
    parts = list(time_axis(start, stop, x, width, base, top))
    for i, row in enumerate(rows):
        mid = top + step * (i + 0.5)
        parts.append(el("text", row.label, x=left - 8, y=mid + 4, class_="tick end"))
        parts.append(el("line", x1=left, x2=width - right, y1=mid, y2=mid, class_="grid"))
        parts += [
            link(
                anchor,
                el("rect", x=x(a), y=mid - 5, width=max(2.5, x(b) - x(a)), height=10, rx=1.5, class_="bar"),
                title=f"{text}: {time_text(a)} to {time_text(b)} UTC",
                class_="mark",
            )
            for a, b, text, anchor in row.flights
        ]
    return el("svg", *parts, viewBox=f"0 0 {width} {height}", class_="chart", role="group", aria_label=label)
