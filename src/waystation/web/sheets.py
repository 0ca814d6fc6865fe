"""Two widths for every chart: one for a desk, one for a telephone, each with letters that can be read.

What charts share stands here: the frame, the dates below, the names of events above.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from waystation.briefing.svg import el, join

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from markupsafe import Markup

    from waystation.web.window import Window

__all__ = ["NARROW", "WIDE", "Drawn", "Sheet", "both", "event_lanes", "event_names", "month_marks", "svg"]

LETTER: Final = 6.9  # advance of an 11-pixel digit in the widest of the usual fonts
LANE: Final = 14  # page units for one line of names
_FEW_DAYS: Final = 45  # of which each can have its date
_APART: Final = 12  # page units between two dates


@dataclass(frozen=True)
class Sheet:
    """How wide a drawing is, and what of it lies left and right of the values (page units)."""

    width: int
    left: int
    right: int

    @property
    def inside(self) -> int:
        """Room for the values."""
        return self.width - self.left - self.right


WIDE: Final = Sheet(960, 44, 8)
NARROW: Final = Sheet(358, 38, 6)  # a telephone of 390 pixels shows it unit for pixel


@dataclass(frozen=True)
class Drawn:
    """One chart in both widths; ``narrow`` is ``wide`` where there was nothing to draw."""

    wide: Markup
    narrow: Markup


def both(draw: Callable[[Sheet], Markup]) -> Drawn:
    """Draw a chart in both widths."""
    return Drawn(draw(WIDE), draw(NARROW))


def svg(kind: str, sheet: Sheet, height: int, said: str, parts: Sequence[Markup], **more: object) -> Markup:
    """One drawing, as wide as its sheet, that says in words what it shows."""
    attributes = {k.replace("data_", "data-"): v for k, v in more.items()}
    return el(
        "svg",
        el("title", said),
        *parts,
        viewBox=f"0 0 {sheet.width} {height}",
        role="group" if kind == "strip" else "img",  # a picture cannot hold links
        class_=f"chart {kind}",
        aria_label=said,
        **attributes,
    )


def month_marks(window: Window, x: Callable[[date], float], y: float, sheet: Sheet) -> list[Markup]:
    """Days under a short window, the first of months under a long one; none is cut off at the edge."""
    days = [window.first + timedelta(days=i) for i in range(window.days)]
    few = window.days <= _FEW_DAYS
    wide = LETTER * (10 if few else 7)
    most = max(2, min(8 if few else 12, int(sheet.inside // (wide + _APART))))
    shown = days if few else [d for d in days if d.day == 1]
    shown = shown[:: max(1, -(-len(shown) // most))]
    room = sheet.width - wide
    texts = [el("text", f"{d:%Y-%m-%d}" if few else f"{d:%Y-%m}", x=x(d), y=y) for d in shown if x(d) <= room]
    ticks = [el("line", x1=x(d), x2=x(d), y1=y - 14, y2=y - 10, class_="axis") for d in shown]
    return [*ticks, *texts]


def event_lanes(
    events: Sequence[dict[str, Any]], x: Callable[[str], float], sheet: Sheet
) -> list[tuple[dict[str, Any], float, float, int]]:
    """Return (event, its line, begin of its name, lane from below): no two names overlap.

    The last event has the lowest lane, so that its line crosses no name that begins before it.
    """
    taken: list[list[tuple[float, float]]] = []
    out = []
    for event in sorted(events, key=lambda e: str(e["date"]), reverse=True):
        at, wide = x(event["date"]), LETTER * len(_name(event, sheet))
        begin = at + 4 if at + 4 + wide <= sheet.width else max(0.0, at - 4 - wide)
        free = (i for i, row in enumerate(taken) if all(begin > b or begin + wide < a for a, b in row))
        lane = next(free, len(taken))
        if lane == len(taken):
            taken.append([])
        taken[lane].append((begin - 6, begin + wide + 6))
        out.append((event, at, begin, lane))
    return out


def event_names(
    placed: Sequence[tuple[dict[str, Any], float, float, int]], top: float, base: float, sheet: Sheet
) -> list[Markup]:
    """Lines at the dates of events, each with its name above ``top``."""
    return [
        join(
            [
                el(
                    "line",
                    el("title", f"{event['date']} {event['name']}"),
                    x1=at,
                    x2=at,
                    y1=top - 6 - LANE * lane - 10,
                    y2=base,
                    class_="event",
                ),
                el("text", _name(event, sheet), x=begin, y=top - 6 - LANE * lane, class_="event-name"),
            ]
        )
        for event, at, begin, lane in placed
    ]


def _name(event: dict[str, Any], sheet: Sheet) -> str:
    text = f"{event['date']} {event['name']}"
    most = int(sheet.width // LETTER) - 1
    return text if len(text) <= most else f"{text[: most - 1]}…"
