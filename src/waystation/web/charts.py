"""Charts as SVG that a screen reader can read and a mouse can take hold of."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from waystation.briefing.scales import count_ticks
from waystation.briefing.svg import el
from waystation.web.sheets import LANE, WIDE, Sheet, event_lanes, event_names, month_marks, svg
from waystation.web.window import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from markupsafe import Markup

__all__ = ["altitude_profile", "strip", "timeline"]


def timeline(
    days: Sequence[dict[str, Any]],
    events: Sequence[dict[str, Any]],
    observations: Sequence[dict[str, Any]],
    missing: Sequence[dict[str, Any]],
    sheet: Sheet = WIDE,
) -> Markup:
    """Flights a day as bars, what the archive lacks shaded, events as lines, observations as dots."""
    if not days:
        return el("p", "No days in this window.")
    first = date.fromisoformat(days[0]["day"])
    step = sheet.inside / len(days)
    most = max(1, *(d["n"] for d in days))

    def x(day: str) -> float:
        return sheet.left + (date.fromisoformat(day) - first).days * step

    inside = [e for e in events if days[0]["day"] <= e["date"] <= days[-1]["day"]]
    named = event_lanes(inside, x, sheet)
    top = 22 + LANE * (1 + max((lane for *_, lane in named), default=-1))
    base = top + 110

    def y(n: float) -> float:
        return float(base - (base - top) * n / most)

    parts = [*_scale(most, y, sheet), *(_shade(m, x(m["day"]), step, top, base) for m in missing)]
    parts += [_bar(d, x(d["day"]), step, y(d["n"]), base) for d in days if d["n"]]
    window = Window(first, date.fromisoformat(days[-1]["day"]))
    parts += month_marks(window, lambda d: x(str(d)), base + 14, sheet)
    parts += event_names(named, top, base, sheet)
    parts += [_dot(o, x(o["date"]) + step / 2, base + 26) for o in observations]
    total = sum(d["n"] for d in days)
    said = f"Flights a day, {days[0]['day']} to {days[-1]['day']}: {total} in all, {most} at most."
    where = {"data_first": days[0]["day"], "data_days": len(days), "data_left": sheet.left}
    where |= {"data_width": sheet.width, "data_right": sheet.right, "data_top": top, "data_base": base}
    return svg("timeline", sheet, base + 38, said, parts, **where)


def _bar(day: dict[str, Any], x: float, step: float, y: float, base: float) -> Markup:
    width = max(1.0, step * 0.8)
    title = el("title", f"{day['day']}: {day['n']} flight{'' if day['n'] == 1 else 's'}")
    return el("rect", title, x=x + (step - width) / 2, y=y, width=width, height=base - y, class_="bar")


def _shade(m: dict[str, Any], x: float, step: float, top: float, base: float) -> Markup:
    title = el("title", f"{m['day']}: {m['reason']}")
    return el("rect", title, x=x, y=top, width=step, height=base - top, class_="missing")


def _scale(most: int, y: Callable[[float], float], sheet: Sheet) -> list[Markup]:
    marks = [n for n in count_ticks(most) if n <= most]
    lines = [
        el("line", x1=sheet.left, x2=sheet.width - sheet.right, y1=y(n), y2=y(n), class_="grid")
        for n in marks
    ]
    texts = [el("text", str(n), x=sheet.left - 6, y=y(n) + 4, text_anchor="end") for n in marks]
    return [*lines, *texts, el("text", "flights a day", x=2, y=11)]


def _dot(o: dict[str, Any], x: float, y: float) -> Markup:
    title = el("title", f"{o['date']} {o['kind']} {o['site'] or ''}: {o['says']}")
    return el("circle", title, cx=x, cy=y, r=4, class_="observation")


def altitude_profile(
    track: Sequence[dict[str, Any]], gaps: Sequence[dict[str, Any]], sheet: Sheet = WIDE
) -> Markup:
    """Height over time; silences as hatched bands, masked positions as crosses."""
    height, base, top = 200, 160, 24
    known = [p for p in track if p["altitude_ft"] is not None or p["on_ground"]]
    if len(known) < 2:
        return el("p", "No heights were heard.")
    start, stop = track[0]["time_utc"], track[-1]["time_utc"]
    span = max(1.0, (stop - start).total_seconds())
    most = max(2000, *(p["altitude_ft"] or 0 for p in known)) * 1.05

    def x(t: Any) -> float:  # noqa: ANN401 - a datetime
        return float(sheet.left + sheet.inside * min(1.0, max(0.0, (t - start).total_seconds() / span)))

    def y(ft: float) -> float:
        return float(base - (base - top) * max(0.0, ft) / most)

    bands = [
        el(
            "rect",
            el("title", _silence(g)),
            x=x(g["from_utc"]),
            y=top,
            width=max(1.0, x(g["to_utc"]) - x(g["from_utc"])),
            height=base - top,
            class_=f"gap {g['label'] or 'unknown'}",
        )
        for g in gaps
    ]
    used = [p for p in known if p["mask"] is None]
    lines = _broken(used, gaps, x, y)
    crosses = [_cross(p, x(p["time_utc"]), y(p["altitude_ft"] or 0)) for p in known if p["mask"] is not None]
    step = next(n for n in (1000, 2000, 5000, 10_000, 20_000, 50_000) if most <= 5 * n or n == 50_000)
    marks = list(range(0, int(most) + 1, step))
    grid = [
        el("line", x1=sheet.left, x2=sheet.width - sheet.right, y1=y(n), y2=y(n), class_="grid")
        for n in marks
    ]
    texts = [el("text", f"{n // 1000}", x=sheet.left - 6, y=y(n) + 4, text_anchor="end") for n in marks]
    times = _round_times(start, span, sheet)
    clock = [el("text", f"{t:%H:%M}", x=x(t), y=base + 16, text_anchor="middle") for t in times]
    clock += [  # the day under the first time, and under the first of each new one
        el("text", f"{t:%Y-%m-%d}", x=x(t), y=base + 30, text_anchor="middle")
        for before, t in zip([None, *times], times, strict=False)
        if before is None or before.date() != t.date()
    ]
    said = f"Height over time, {start:%Y-%m-%d %H:%M} to {stop:%H:%M} UTC; {len(gaps)} silences."
    label = el("text", "height, thousand feet of pressure altitude", x=2, y=11)
    utc = el("text", "UTC", x=sheet.left - 6, y=base + 16, text_anchor="end")
    return svg("profile", sheet, height, said, [*bands, *grid, *texts, *clock, label, utc, *lines, *crosses])


def _round_times(start: Any, span_s: float, sheet: Sheet) -> list[Any]:  # noqa: ANN401 - datetimes
    """Round times of day inside a span, at most eight and as many as fit, not at its very edges."""
    most = min(8, sheet.inside // 70)  # a day below a time needs as much
    step = next((m * 60 for m in (5, 10, 30, 60, 120, 180, 360, 720) if span_s / (m * 60) <= most), 86_400)
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    first = -(-(start - midnight).total_seconds() // step)
    times = [midnight + timedelta(seconds=step * (first + i)) for i in range(9)]
    edge = max(0.02, 24 / sheet.inside)  # half a day below a time, less the margin
    return [t for t in times if edge < (t - start).total_seconds() / span_s < 1 - edge]


def _broken(
    used: Sequence[dict[str, Any]],
    gaps: Sequence[dict[str, Any]],
    x: Callable[[Any], float],
    y: Callable[[float], float],
) -> list[Markup]:
    """The height where it was heard; over a silence only a dashed line between its two sides."""
    spots = [f"{x(p['time_utc']):.1f},{y(p['altitude_ft'] or 0):.1f}" for p in used]
    ends = [
        i
        for i in range(1, len(used))
        if any(used[i - 1]["time_utc"] <= g["from_utc"] and used[i]["time_utc"] >= g["to_utc"] for g in gaps)
    ]
    cuts = [0, *ends, len(used)]
    heard = [spots[a:b] for a, b in itertools.pairwise(cuts)]
    out = [el("polyline", points=" ".join(part), class_="height") for part in heard if len(part) > 1]
    silent = [el("polyline", points=f"{spots[i - 1]} {spots[i]}", class_="silent") for i in ends]
    return [*silent, *out]


def _cross(position: dict[str, Any], x: float, y: float) -> Markup:
    return el("circle", el("title", f"not used: {position['mask']}"), cx=x, cy=y, r=2, class_="masked")


def _silence(gap: dict[str, Any]) -> str:
    minutes = gap["silence_s"] / 60
    return f"{gap['label'] or 'unknown'}: nothing heard for {minutes:.0f} minutes. {gap['reason'] or ''}"


def strip(view: dict[str, Any], first: Any, stop: Any, sheet: Sheet = WIDE) -> Markup:  # noqa: ANN401 - datetimes
    """Flights and stays of one aircraft as a strip: a bar per flight, a band per stay, one row a week."""
    week = 7 * 86400.0
    rows = max(1, int(-(-(stop - first).total_seconds() // week)))
    shown = min(rows, 30)
    left = sheet.left + 36  # a date stands there
    wide = sheet.width - sheet.right - left
    height = 24 + shown * 26
    parts: list[Markup] = []

    def at(t: Any) -> tuple[int, float]:  # noqa: ANN401 - a datetime
        s = max(0.0, (t - first).total_seconds())
        return int(s // week), left + wide * (s % week) / week

    for d in range(7):
        x = left + wide * d / 7
        parts.append(el("text", f"{first + timedelta(days=d):%a}", x=x + 3, y=10))
        parts.append(el("line", x1=x, x2=x, y1=2, y2=height, class_="grid"))
    for r in range(shown):
        day = first + timedelta(days=7 * r)
        parts.append(el("text", f"{day:%Y-%m-%d}", x=2, y=18 + r * 26 + 12))
        parts.append(
            el(
                "line",
                x1=left,
                x2=left + wide,
                y1=18 + r * 26 + 8,
                y2=18 + r * 26 + 8,
                class_="grid",
            )
        )
    for s in view["stays"]:
        parts += _band(
            s["from_utc"],
            s["to_utc"],
            at,
            shown,
            (left, left + wide),
            "stay",
            f"{s['airfield']}: {s['from_utc']:%Y-%m-%d %H:%M} to {s['to_utc']:%Y-%m-%d %H:%M} UTC",
            s["airfield"],
        )
    for f in view["flights"]:
        title = f"{f['origin'] or '?'} to {f['destination'] or '?'}, {f['first_seen_utc']:%Y-%m-%d %H:%M} UTC"
        bars = _band(
            f["first_seen_utc"], f["last_seen_utc"], at, shown, (left, left + wide), "flight", title, ""
        )
        parts.append(el("a", *bars, href=f"/flight/{f['flight_id']}", aria_label=title))
    said = (
        f"{len(view['flights'])} flights and {len(view['stays'])} stays known at both sides; a row is a week."
    )
    return svg("strip", sheet, height, said, parts)


def _band(
    start: Any,  # noqa: ANN401
    stop: Any,  # noqa: ANN401
    at: Any,  # noqa: ANN401
    shown: int,
    sides: tuple[float, float],
    kind: str,
    title: str,
    name: str,
) -> list[Markup]:
    (r0, x0), (r1, x1) = at(start), at(stop)
    out = []
    for r in range(r0, min(r1, shown - 1) + 1):
        left = x0 if r == r0 else sides[0]
        right = x1 if r == r1 else sides[1]
        y = 18 + r * 26
        out.append(
            el(
                "rect",
                el("title", title),
                x=left,
                y=y if kind == "flight" else y + 4,
                width=max(1.5, right - left),
                height=16 if kind == "flight" else 8,
                class_=kind,
            )
        )
        if name and right - left > 7 * len(name) + 6:
            out.append(el("text", name, x=left + 3, y=y + 23, class_="stay-name"))
    return out
