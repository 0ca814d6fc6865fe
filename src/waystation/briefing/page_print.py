"""What stands in the margins of every printed page: title, number, and that the data is simulated."""

from __future__ import annotations

from typing import Final

__all__ = ["margins"]

_LONGEST: Final = 90  # letters of a title that one line of the margin holds


def margins(title: str, *, simulated: bool) -> str:
    """Return a ``@page`` rule (CSS Paged Media 3, boxes of the page margin).

    The title is a case's own text: every letter that is not plain becomes a numbered escape, so that no title
    can end the string, the rule or the style.
    """
    short = title if len(title) <= _LONGEST else f"{title[: _LONGEST - 1]}…"
    boxes = {
        "top-left": _string(short),
        "bottom-left": _string("Waystation briefing. All times UTC."),
        "bottom-right": 'counter(page) " / " counter(pages)',
    }
    if simulated:
        boxes |= {"top-right": _string("SIMULATED DATA"), "bottom-center": _string("SIMULATED DATA")}
    made = "".join(f"  @{where} {{ content: {what}; }}\n" for where, what in boxes.items())
    return f"@page {{\n{made}}}\n"


def _string(text: str) -> str:
    plain = "".join(c if c.isascii() and (c.isalnum() or c in " .,:-") else f"\\{ord(c):x} " for c in text)
    return f'"{plain}"'
