"""Where to write names on a map so that they do not cover each other: greedy, most important first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Label", "Placed", "placed"]

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Label:
    """A name for the point (x, y), page units; ``size`` is the height of a line."""

    text: str
    x: float
    y: float
    size: float
    strong: bool
    anchor: str | None
    title: str = ""
    short: str = ""  # what stands there where the text does not fit


@dataclass(frozen=True)
class Placed:
    """A label with the start of its baseline and the box it covers."""

    label: Label
    x: float
    y: float
    box: Box


def placed(labels: Sequence[Label], width: float, height: float) -> list[Placed]:
    """Place what fits, in order; sites (``strong``) first. What does not fit keeps its dot."""
    taken: list[Box] = [
        (lab.x - lab.size * 0.3, lab.y - lab.size * 0.3, lab.x + lab.size * 0.3, lab.y + lab.size * 0.3)
        for lab in labels
    ]
    out = []
    for lab in sorted(labels, key=lambda lab: not lab.strong):
        tried = [lab] if lab.short in {"", lab.text} else [lab, replace(lab, text=lab.short)]
        for said, (x, y, box) in ((one, offer) for one in tried for offer in _offers(one)):
            inside = box[0] > 0 and box[2] < width and box[1] > 0 and box[3] < height
            if inside and not any(_overlap(box, b) for b in taken):
                taken.append(box)
                out.append(Placed(said, x, y, box))
                break
    return out


def _offers(lab: Label) -> Iterator[tuple[float, float, Box]]:
    """Right, left, above, below of the point."""
    wide, up = (0.7 if lab.strong else 0.63) * lab.size * len(lab.text), lab.size
    gap = lab.size * 0.5
    for x, y in (
        (lab.x + gap, lab.y + up * 0.35),
        (lab.x - gap - wide, lab.y + up * 0.35),
        (lab.x - wide / 2, lab.y - gap),
        (lab.x - wide / 2, lab.y + gap + up * 0.75),
    ):
        yield x, y, (x, y - up * 0.8, x + wide, y + up * 0.2)


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
