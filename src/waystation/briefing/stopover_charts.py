"""What payload arrives, as a curve and as bands beside each other under every scenario."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waystation.briefing.axes import LETTER
from waystation.briefing.charts_weeks import COLOURS, legend
from waystation.briefing.scales import count_ticks
from waystation.briefing.svg import el, link, path_d
from waystation.briefing.wording import percent_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from markupsafe import Markup

__all__ = ["Load", "LoadCurve", "bands_chart", "curves_chart"]

_STEP = 16  # page units for one band
_GAP = 12  # between places


@dataclass(frozen=True)
class LoadCurve:
    """P(payload arrives) over payload (t); ``dashed``: the flight without a stop."""

    label: str
    payload_t: Sequence[float]
    probability: Sequence[float]
    dashed: bool = False


@dataclass(frozen=True)
class Load:
    """The payload that arrives (t): middle and 90 % band; None: not even an empty aircraft."""

    middle: float
    low: float
    high: float


def curves_chart(curves: Sequence[LoadCurve], asked_t: float | None, width: int, *, label: str) -> Markup:
    """One line a way to go, at most ``COLOURS`` of them; a mark at the payload asked for."""
    left, right, tall = 44.0, 14.0, 230.0
    names, top = legend(
        [(c.label, k % COLOURS) for k, c in enumerate(curves)], left, width - right, stacked=False
    )
    top += 16
    base = top + tall
    most = max(max(c.payload_t) for c in curves)

    def x(t: float) -> float:
        return left + (width - right - left) * t / most

    def y(p: float) -> float:
        return base - tall * p

    parts: list[Markup] = []
    for p in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(
            el("line", x1=left, x2=width - right, y1=y(p), y2=y(p), class_="zero" if p == 0 else "grid")
        )
        parts.append(el("text", f"{100 * p:.0f} %", x=left - 6, y=y(p) + 4, class_="tick end"))
    parts += [
        el("text", f"{t} t", x=x(t), y=base + 17, class_="tick mid")
        for t in count_ticks(most, 6)
        if t <= most
    ]
    if asked_t is not None:
        parts.append(el("line", x1=x(asked_t), x2=x(asked_t), y1=top - 8, y2=base, class_="event"))
        parts.append(el("text", f"{asked_t:g} t asked", x=x(asked_t) - 4, y=top - 2, class_="note end"))
    for k, c in enumerate(curves):
        line = np.stack([[x(t) for t in c.payload_t], [y(p) for p in c.probability]], axis=-1)
        told = ", ".join(
            f"{t:g} t {percent_text(p)}"
            for t, p in zip(c.payload_t, c.probability, strict=True)
            if t in {0.0, asked_t, most}
        )
        path = el(
            "path",
            d=path_d(line),
            class_=f"line c{k % COLOURS}",
            fill="none",
            stroke_width=2.2,
            stroke_dasharray="6 4" if c.dashed else None,
        )
        parts.append(link(None, path, title=f"{c.label}: {told}"))
    return el(
        "svg",
        *names,
        *parts,
        viewBox=f"0 0 {width} {base + 24:g}",
        class_="chart",
        role="group",
        aria_label=label,
    )


def bands_chart(
    rows: Sequence[tuple[str, Sequence[Load | None]]],
    sides: Sequence[str],
    most_t: float,
    asked_t: float | None,
    width: int,
    *,
    label: str,
) -> Markup:
    """One group a place, one band a scenario: a dot at the middle, a line over 90 %; a cross: nothing."""
    letters = max((len(name) for name, _ in rows), default=0)
    left, right = min(width * 0.4, 14 + LETTER * letters), 16.0
    names, top = legend(
        [(s, i % COLOURS) for i, s in enumerate(sides)], left if len(sides) < 3 else 4.0, width - right
    )
    top += 20
    tall = _STEP * len(sides) + _GAP
    base = top + tall * len(rows)

    def x(t: float) -> float:
        return left + (width - right - left) * t / most_t

    parts: list[Markup] = []
    for t in count_ticks(most_t, 6):
        if t <= most_t:
            parts.append(el("line", x1=x(t), x2=x(t), y1=top, y2=base, class_="zero" if t == 0 else "grid"))
            parts.append(el("text", f"{t} t", x=x(t), y=base + 17, class_="tick mid"))
    if asked_t is not None:
        parts.append(el("line", x1=x(asked_t), x2=x(asked_t), y1=top - 8, y2=base, class_="event"))
        parts.append(el("text", f"{asked_t:g} t asked", x=x(asked_t) - 4, y=top - 4, class_="note end"))
    for i, (name, loads) in enumerate(rows):
        parts.append(el("text", name, x=left - 8, y=top + tall * (i + 0.5) + 4, class_="tick end"))
        for k, load in enumerate(loads):
            at = top + tall * i + _GAP / 2 + _STEP * (k + 0.5)
            parts.append(_band(load, k % COLOURS, at, f"{name}, {sides[k]}", x))
    return el(
        "svg",
        *names,
        *parts,
        viewBox=f"0 0 {width} {base + 24:g}",
        class_="chart",
        role="group",
        aria_label=label,
    )


def _band(load: Load | None, colour: int, y: float, name: str, x: Callable[[float], float]) -> Markup:
    if load is None:
        cross = el("text", "×", x=x(0.0) + 6, y=y + 4, class_=f"note c{colour}")
        return link(None, cross, title=f"{name}: not even an empty aircraft")
    title = f"{name}: {load.middle:.0f} t, 90 % band {load.low:.0f} to {load.high:.0f} t"
    line = el("line", x1=x(load.low), x2=x(load.high), y1=y, y2=y, class_=f"line c{colour}", stroke_width=3)
    return link(None, line, el("circle", cx=x(load.middle), cy=y, r=4.5, class_=f"c{colour}"), title=title)
