"""Charts of shares: before and after with their intervals, and what could have been heard by week."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from waystation.briefing.axes import LETTER, time_axis, time_scale
from waystation.briefing.charts_weeks import legend
from waystation.briefing.svg import el, link
from waystation.briefing.wording import percent_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from markupsafe import Markup

__all__ = ["Cell", "Share", "heat_chart", "shares_chart"]

_STEP = 34  # page units for one line of shares


@dataclass(frozen=True)
class Share:
    """A share (0 … 1) with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Cell:
    """One week of one subject; ``share`` None is not known."""

    start: datetime
    stop: datetime
    share: float | None
    title: str


def shares_chart(
    rows: Sequence[tuple[str, Sequence[Share | None]]], sides: Sequence[str], width: int, *, label: str
) -> Markup:
    """One line a place, one mark a side (circle before, square after), thin lines for 90 % intervals."""
    letters = max((len(name) for name, _ in rows), default=0)
    left, right = min(width * 0.4, 14 + LETTER * letters), 24.0
    names, top = legend([(s, i) for i, s in enumerate(sides)], left, width - right)
    top += 12
    base = top + _STEP * len(rows)

    def x(p: float) -> float:
        return left + (width - right - left) * p

    parts = [
        part
        for p in (0.0, 0.25, 0.5, 0.75, 1.0)
        for part in (
            el("line", x1=x(p), x2=x(p), y1=top, y2=base, class_="zero" if p == 0 else "grid"),
            el("text", f"{100 * p:.0f} %", x=x(p), y=base + 17, class_="tick mid"),
        )
    ]
    for i, (name, shares) in enumerate(rows):
        middle = top + _STEP * (i + 0.5)
        parts.append(el("text", name, x=left - 8, y=middle + 4, class_="tick end"))
        for k, s in enumerate(shares):
            if s is not None:
                parts.append(
                    _mark(
                        s,
                        k,
                        x(s.value),
                        (x(s.low), x(s.high)),
                        middle + 7 * (2 * k - 1),
                        f"{name}, {sides[k]}",
                    )
                )
    return el(
        "svg",
        *names,
        *parts,
        viewBox=f"0 0 {width} {base + 24:g}",
        class_="chart",
        role="group",
        aria_label=label,
    )


def _mark(s: Share, side: int, at: float, ends: tuple[float, float], y: float, name: str) -> Markup:
    shape = (
        el("circle", cx=at, cy=y, r=4.5, class_=f"c{side}")
        if side == 0
        else el("rect", x=at - 4.2, y=y - 4.2, width=8.4, height=8.4, class_=f"c{side}")
    )
    title = f"{name}: {percent_text(s.value)}, 90 % interval {percent_text(s.low)} to {percent_text(s.high)}"
    return link(
        None, el("line", x1=ends[0], x2=ends[1], y1=y, y2=y, class_=f"span c{side}"), shape, title=title
    )


def heat_chart(
    rows: Sequence[tuple[str, Sequence[Cell]]], start: datetime, stop: datetime, width: int, *, label: str
) -> Markup:
    """One line a subject, one cell a week: the fuller, the more would have been heard; crossed: not known."""
    letters = max((len(name) for name, _ in rows), default=0)
    left, right, step, top = min(width * 0.4, 14 + LETTER * letters), 10.0, 22, 6.0
    most = int((left - 8) // LETTER)  # letters of a name that fit
    base = top + step * len(rows)
    x = time_scale(start, stop, left, width - right)
    parts = list(time_axis(start, stop, x, width, base))
    for i, (name, cells) in enumerate(rows):
        y = top + step * i
        shown = name if len(name) <= most else f"{name[: most - 1]}…"
        parts.append(el("text", shown, x=left - 8, y=y + 14, class_="tick end"))
        for c in cells:
            x0, x1 = x(max(c.start, start)), x(min(c.stop, stop))
            if x1 <= x0:
                continue
            area = {"x": x0, "y": y + 2, "width": max(x1 - x0 - 1, 0.8)}
            if c.share is None:
                inside = [
                    el("rect", **area, height=step - 4, class_="cell unknown"),
                    el("line", x1=x0, x2=x1 - 1, y1=y + step - 2, y2=y + 2, class_="cross"),
                ]
            else:
                full = (step - 4) * min(max(c.share, 0.0), 1.0)
                inside = [
                    el("rect", **area, height=step - 4, class_="cell"),
                    el("rect", **area | {"y": y + step - 2 - full}, height=full, class_="cell full"),
                ]
            parts.append(link(None, *inside, title=c.title))
    return el(
        "svg", *parts, viewBox=f"0 0 {width} {base + 26:g}", class_="chart", role="group", aria_label=label
    )
