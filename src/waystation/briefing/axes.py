"""What charts share: scales, axes with their labels, marks at dates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waystation.briefing.scales import time_ticks
from waystation.briefing.svg import el, join

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from markupsafe import Markup

__all__ = ["CAPITAL", "LETTER", "count_axis", "event_mark", "time_axis", "time_scale"]

LETTER = 6.4  # mean advance of a 12-pixel letter
CAPITAL = 7.6  # of a capital or a digit, in the widest of the usual fonts


def count_axis(ticks: Sequence[int], y: Callable[[float], float], x0: float, x1: float) -> list[Markup]:
    """Horizontal lines with their numbers; the zero line is drawn stronger."""
    return [
        part
        for t in ticks
        for part in (
            el("line", x1=x0, x2=x1, y1=y(t), y2=y(t), class_="zero" if t == 0 else "grid"),
            el("text", str(t), x=x0 - 6, y=y(t) + 4, class_="tick end"),
        )
    ]


def time_axis(
    start: datetime,
    stop: datetime,
    x: Callable[[datetime], float],
    width: int,
    base: float,
    top: float | None = None,
) -> list[Markup]:
    """Labelled ticks; UTC is said at the first of them."""
    out = []
    edge = -1e9
    for t, label in time_ticks(start, stop, most=max(3, width // 110), whole_days=top is None):
        at = x(t)
        half = LETTER * len(label) / 2
        out.append(el("line", x1=at, x2=at, y1=base if top is None else top, y2=base + 4, class_="grid"))
        if at - half > edge + 6 and at + half < width:
            out.append(el("text", label, x=at, y=base + 17, class_="tick mid"))
            edge = at + half
    return out


def event_mark(at: float, text: str, top: float, base: float, width: int) -> Markup:
    """A dated event as a line with its name, at the start of the bar that holds its date."""
    left = at + LETTER * len(text) > width
    return join(
        [
            el("line", x1=at, x2=at, y1=top - 10, y2=base, class_="event"),
            el("text", text, x=at - 4 if left else at + 4, y=top - 12, class_="note end" if left else "note"),
        ]
    )


def time_scale(start: datetime, stop: datetime, x0: float, x1: float) -> Callable[[datetime], float]:
    """Map moments between ``start`` and ``stop`` to ``x0`` … ``x1``."""
    total = max((stop - start).total_seconds(), 1.0)
    return lambda t: x0 + (x1 - x0) * (t - start).total_seconds() / total
