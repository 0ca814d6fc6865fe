"""Charts by week: lines or stacked bars, with what was found and what could not be heard behind them.

Colours are told apart by colour-blind readers (Okabe & Ito 2008) and named in a legend; nothing is said by
colour alone: every mark has its words as a title, and the tables beside the charts hold the numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waystation.briefing.asked import midnight
from waystation.briefing.axes import LETTER, count_axis, event_mark, time_axis, time_scale
from waystation.briefing.scales import count_ticks
from waystation.briefing.svg import el, link, path_d
from waystation.briefing.wording import day_text, number_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime

    from markupsafe import Markup

__all__ = ["COLOURS", "Band", "Marks", "Series", "Shade", "legend", "weekly_chart"]

COLOURS = 6  # classes c0 … c5 of the page's style
_NARROW = 500  # page units: below, names alone stand above a chart
_LANE = 16  # page units for one line of words above a chart


@dataclass(frozen=True)
class Series:
    """One line or one layer: a value a week, each with the anchor of its rows."""

    label: str
    values: Sequence[float]
    anchors: Sequence[str | None]
    colour: int


@dataclass(frozen=True)
class Band:
    """A change: its interval, its middle, its words (``short``: on a narrow chart), its series' colour."""

    low: datetime
    middle: datetime
    high: datetime
    text: str
    colour: int = 2
    short: str = ""


@dataclass(frozen=True)
class Shade:
    """Days of which little (``dim``) or nothing (``blind``) can be told, and why."""

    start: datetime
    stop: datetime
    kind: str
    title: str


@dataclass(frozen=True)
class Marks:
    """What stands behind and above the values."""

    events: Sequence[tuple[datetime, str]] = ()
    bands: Sequence[Band] = ()
    shades: Sequence[Shade] = ()
    observations: Sequence[tuple[datetime, str]] = ()


def weekly_chart(
    weeks: Sequence[tuple[date, date]],
    series: Sequence[Series],
    width: int,
    *,
    label: str,
    unit: str,
    marks: Marks,
    stacked: bool = False,
) -> Markup:
    """Draw ``series`` over ``weeks`` (first day, day after the last); ``unit`` names the vertical axis."""
    left, right = 34, 12
    names, top = legend([(s.label, s.colour) for s in series], left, width - right, stacked=stacked)
    top += 14 + 16 * bool(marks.events) + _LANE * len(marks.bands)
    base = top + 170
    height = base + 24 + 16 * bool(marks.observations)
    values = np.array([s.values for s in series], dtype=np.float64).reshape(len(series), len(weeks))
    most = float((values.sum(axis=0) if stacked else values.max(axis=0, initial=0.0)).max(initial=1.0))
    ticks = count_ticks(max(most, 1.0))
    start, stop = midnight(weeks[0][0]), midnight(weeks[-1][1])
    x = time_scale(start, stop, left, width - right)

    def y(n: float) -> float:
        return top + (base - top) * (1 - n / ticks[-1])

    draw = _stack if stacked else _lines
    return el(
        "svg",
        *names,
        *(_shade(s, x, start, stop, top, base) for s in marks.shades),
        *(part for i, b in enumerate(marks.bands) for part in _band(b, i, x, start, stop, top, base, width)),
        *count_axis(ticks, y, left, width - right),
        el("text", unit, x=left, y=top - 4, class_="tick unit"),
        *time_axis(start, stop, x, width, base),
        *draw(weeks, series, x, y),
        *(
            event_mark(x(t), text, top - _LANE * len(marks.bands), base, width)
            for t, text in marks.events
            if start <= t < stop
        ),
        *(_observation(x(t), title, base + 30) for t, title in marks.observations if start <= t < stop),
        viewBox=f"0 0 {width} {height}",
        class_="chart",
        role="group",
        aria_label=label,
    )


def legend(
    names: Sequence[tuple[str, int]], left: float, right: float, *, stacked: bool = True
) -> tuple[list[Markup], float]:
    """Swatches with names, in as many lines as they need, and the height they take."""
    out: list[Markup] = []
    x, y = left, 12.0
    for text, colour in names:
        wide = 18 + LETTER * len(text)
        if x + wide > right and x > left:
            x, y = left, y + 17
        out.append(
            el(
                "rect",
                x=x,
                y=y - (9 if stacked else 6),
                width=11,
                height=9 if stacked else 3,
                class_=f"c{colour}",
            )
        )
        out.append(el("text", text, x=x + 15, y=y, class_="name"))
        x += wide + 22
    return out, y + 6


def _title(series: Series, week: tuple[date, date], i: int) -> str:
    return f"{series.label}, week of {day_text(week[0])}: {number_text(round(series.values[i], 2))}"


def _lines(
    weeks: Sequence[tuple[date, date]],
    series: Sequence[Series],
    x: Callable[[datetime], float],
    y: Callable[[float], float],
) -> list[Markup]:
    mid = [(x(midnight(a)) + x(midnight(b))) / 2 for a, b in weeks]
    out = []
    for s in reversed(series):  # the first is drawn on top
        points = np.array([(m, y(v)) for m, v in zip(mid, s.values, strict=True)])
        out.append(el("path", d=path_d(points), class_=f"line c{s.colour}"))
        out += [
            link(
                s.anchors[i],
                el("circle", cx=m, cy=y(v), r=3.2, class_=f"knot c{s.colour}"),
                title=_title(s, weeks[i], i),
                class_="mark",
            )
            for i, (m, v) in enumerate(zip(mid, s.values, strict=True))
            if v > 0
        ]
    return out


def _stack(
    weeks: Sequence[tuple[date, date]],
    series: Sequence[Series],
    x: Callable[[datetime], float],
    y: Callable[[float], float],
) -> list[Markup]:
    out = []
    for i, (a, b) in enumerate(weeks):
        x0, x1 = x(midnight(a)), x(midnight(b))
        wide = min(26.0, max(1.5, (x1 - x0) * 0.72))
        below = 0.0
        for s in series:
            if s.values[i] <= 0:
                continue
            upper, lower = y(below + s.values[i]), y(below)
            shape = el(
                "rect",
                x=(x0 + x1 - wide) / 2,
                y=upper,
                width=wide,
                height=lower - upper,
                class_=f"layer c{s.colour}",
            )
            out.append(link(s.anchors[i], shape, title=_title(s, weeks[i], i), class_="mark"))
            below += s.values[i]
    return out


def _shade(
    s: Shade, x: Callable[[datetime], float], start: datetime, stop: datetime, top: float, base: float
) -> Markup:
    x0, x1 = x(max(s.start, start)), x(min(s.stop, stop))
    shape = el("rect", x=x0, y=top, width=max(x1 - x0, 1.0), height=base - top, class_=s.kind)
    return link(None, shape, title=s.title)


def _band(
    b: Band,
    lane: int,
    x: Callable[[datetime], float],
    start: datetime,
    stop: datetime,
    top: float,
    base: float,
    width: int,
) -> list[Markup]:
    if b.high < start or b.low >= stop:
        return []
    x0, x1, at = (x(min(max(t, start), stop)) for t in (b.low, b.high, b.middle))
    shown = b.short if b.short and width < _NARROW else b.text
    begin = max(2.0, min(at + 4, width - LETTER * len(shown)))
    area = {"x": x0, "y": top, "width": max(x1 - x0, 1.5), "height": base - top}
    return [
        link(
            None,
            el("rect", **area, class_=f"band c{b.colour}"),
            el("line", x1=at, x2=at, y1=top - 10 - _LANE * lane, y2=base, class_=f"found c{b.colour}"),
            title=b.text,
        ),
        el(
            "text",
            shown,
            x=begin,
            y=top - 12 - _LANE * lane,
            class_=f"note found c{b.colour}",
        ),
    ]


def _observation(at: float, title: str, y: float) -> Markup:
    triangle = np.array([(at, y - 9.0), (at + 5, y), (at - 5, y)])
    return link("observations", el("path", d=path_d(triangle, closed=True), class_="observed"), title=title)
