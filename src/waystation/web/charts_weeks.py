"""Charts by week: a route's flights a day with intervals, and what came and went at an airfield."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from waystation.briefing.svg import el, join
from waystation.web.sheets import LANE, WIDE, Sheet, event_lanes, event_names, month_marks, svg

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from markupsafe import Markup

    from waystation.web.window import Window

__all__ = ["movements_chart", "weeks_chart"]

_HIGH: Final = 110  # page units from the largest value to zero
_MOST_BARS: Final = 120  # more are drawn by week


def weeks_chart(
    rows: Sequence[dict[str, Any]],
    events: Sequence[dict[str, Any]],
    window: Window,
    name: str,
    sheet: Sheet = WIDE,
) -> Markup:
    """Flights a day by week as dots with 90 % intervals; underneath, the share of the week that was heard."""
    if not rows:
        return el("p", "No week of this window has a rate.")
    if all(r["per_day"] is None for r in rows):
        why = next((f": {r['reason']}" for r in rows if r["reason"]), "")
        return el("p", f"For no week of this window can be told how many flights there were{why}.")
    at = _across(window, sheet)
    most = max(0.1, *(r["high"] or r["per_day"] or 0.0 for r in rows))
    inside = [e for e in events if window.first <= date.fromisoformat(e["date"]) <= window.last]
    named = event_lanes(inside, lambda day: at(date.fromisoformat(day)), sheet)
    top = 22 + LANE * (1 + max((lane for *_, lane in named), default=-1))
    base = top + _HIGH

    def y(n: float) -> float:
        return base - _HIGH * n / most

    parts = [_scale(most, y, "flights a day, corrected for what could be heard", sheet)]
    for r in rows:
        left, right = at(r["from_utc"].date()), at(r["to_utc"].date())
        parts.append(_heard(r, left, right, base))
        parts.append(_whisker(r, left, right, y))
    parts.append(el("text", "heard", x=sheet.left - 4, y=base + 18, text_anchor="end"))
    parts += event_names(named, top, base, sheet)
    parts += month_marks(window, at, base + 36, sheet)
    known = [r for r in rows if r["per_day"] is not None]
    said = f"{name}: flights a day by week, {len(known)} of {len(rows)} weeks can be told."
    return svg("weeks", sheet, base + 44, said, parts)


def _heard(r: dict[str, Any], left: float, right: float, base: float) -> Markup:
    """A strip under the week, darker where more of it was heard; hatched where that cannot be told."""
    share = r["heard"]
    said = "cannot tell what could be heard" if share is None else f"{share:.0%} of the week could be heard"
    title = el("title", f"{r['from_utc']:%Y-%m-%d}: {said}. {r['reason'] or ''}".strip())
    shade = {"class_": "unheard"} if share is None else {"class_": "heard", "fill_opacity": f"{share:.2f}"}
    return el("rect", title, x=left + 0.5, y=base + 10, width=max(1, right - left - 1), height=9, **shade)


def _whisker(r: dict[str, Any], left: float, right: float, y: Callable[[float], float]) -> Markup:
    x = (left + right) / 2
    if r["per_day"] is None:
        title = el("title", f"{r['from_utc']:%Y-%m-%d}: cannot tell. {r['reason'] or ''}".strip())
        return el("text", "?", title, x=x, y=y(0) - 4, text_anchor="middle", class_="cannot")
    bounds = "" if r["low"] is None else f", 90 % interval {r['low']:.2f} to {r['high']:.2f}"
    said = f"week of {r['from_utc']:%Y-%m-%d}: {r['per_day']:.2f} a day{bounds}; {r['n_flights']} named"
    line = [] if r["low"] is None else [el("line", x1=x, x2=x, y1=y(r["low"]), y2=y(r["high"]))]
    dot = el("circle", cx=x, cy=y(r["per_day"]), r=3.2)
    return el("g", el("title", said), *line, dot, class_="estimate")


def movements_chart(
    moves: Sequence[dict[str, Any]], window: Window, name: str, sheet: Sheet = WIDE
) -> Markup:
    """Landings upward and takeoffs downward, by day or, in a long window, by week."""
    step = 1 if window.days <= _MOST_BARS else 7
    up, down = _binned(moves, window, step, "landings"), _binned(moves, window, step, "takeoffs")
    if not any(up) and not any(down):
        return el("p", "No flight in this window is named here.")
    at, middle, half = _across(window, sheet), 77.0, 52.0
    most = max(*up, *down, 1)
    parts = []
    for i, (a, b) in enumerate(zip(up, down, strict=True)):
        day = window.first + timedelta(days=i * step)
        x, width = at(day), max(0.8, (at(day + timedelta(days=step)) - at(day)) * 0.8)
        for n, kind, y in ((a, "bar", middle - half * a / most), (b, "bar out", middle)):
            if n:
                title = el("title", f"{day}: {n} {'landings' if kind == 'bar' else 'takeoffs'}")
                parts.append(el("rect", title, x=x, y=y, width=width, height=half * n / most, class_=kind))
    unit = "a day" if step == 1 else "a week"
    parts.append(el("line", x1=sheet.left, x2=sheet.width - sheet.right, y1=middle, y2=middle, class_="axis"))
    parts += [
        el("text", f"landings {unit} (up), takeoffs (down)", x=2, y=12),
        *(el("text", str(most), x=sheet.left - 6, y=y + 4, text_anchor="end") for y in (25, 129)),
        el("text", "0", x=sheet.left - 6, y=middle + 4, text_anchor="end"),
        *month_marks(window, at, 146, sheet),
    ]
    said = f"{name}: {sum(up)} landings and {sum(down)} takeoffs, at most {most} {unit}."
    return svg("movements", sheet, 152, said, parts)


def _binned(moves: Sequence[dict[str, Any]], window: Window, step: int, what: str) -> list[int]:
    out = [0] * (-(-window.days // step))
    for m in moves:
        i = (date.fromisoformat(m["day"]) - window.first).days // step
        if 0 <= i < len(out):
            out[i] += m[what]
    return out


def _across(window: Window, sheet: Sheet) -> Callable[[date], float]:
    """Where a day begins, in units of the drawing; days outside lie on its edge."""
    step = sheet.inside / window.days
    return lambda day: sheet.left + min(max((day - window.first).days, 0), window.days) * step


def _scale(most: float, y: Callable[[float], float], label: str, sheet: Sheet) -> Markup:
    marks = _round_marks(most)
    lines = [
        el("line", x1=sheet.left, x2=sheet.width - sheet.right, y1=y(n), y2=y(n), class_="grid")
        for n in marks
    ]
    texts = [el("text", f"{n:.2g}", x=sheet.left - 6, y=y(n) + 4, text_anchor="end") for n in marks]
    return join([*lines, *texts, el("text", label, x=2, y=11)])


def _round_marks(most: float) -> list[float]:
    """Zero and up to four round numbers, none above ``most``."""
    power = 10.0 ** math.floor(math.log10(most))
    step = next(s * power for s in (0.2, 0.5, 1.0, 2.0, 5.0) if most / (s * power) <= 4.5)
    return [i * step for i in range(int(most / step + 1e-9) + 1)]
