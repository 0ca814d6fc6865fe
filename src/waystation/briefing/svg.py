"""Elements of SVG as escaped text. Whatever a stranger typed as a callsign stays text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["el", "join", "link", "path_d"]


def join(parts: Iterable[Markup]) -> Markup:
    """Concatenate escaped parts."""
    return Markup("").join(parts)


def el(tag: str, *children: Markup | str, **attributes: object) -> Markup:
    """One element. ``class_`` → ``class``, ``stroke_width`` → ``stroke-width``; None is left out.

    Text children and values are escaped; numbers are printed with at most one decimal.
    """
    shown = "".join(
        f' {k.rstrip("_").replace("_", "-")}="{escape(_number(v))}"'
        for k, v in attributes.items()
        if v is not None
    )
    if not children:
        return Markup(f"<{tag}{shown}/>")  # noqa: S704 - escaped above; names are literals of this package
    inside = "".join(str(escape(c)) for c in children)
    return Markup(f"<{tag}{shown}>{inside}</{tag}>")  # noqa: S704 - escaped above


def link(anchor: str | None, *children: Markup | str, title: str, class_: str | None = None) -> Markup:
    """A mark that leads to rows on this page; without rows it stays a mark with its title."""
    inner = (el("title", title), *children)
    if anchor is None:
        return el("g", *inner, class_=class_)
    return el("a", *inner, href=f"#{anchor}", class_=class_)


def path_d(xy: NDArray[np.float64], *, closed: bool = False) -> str:
    """Path data with one decimal, relative moves: small and exact to a twentieth of a unit."""
    q = np.round(xy * 10).astype(np.int64)
    moved = np.ones(len(q), dtype=bool)
    moved[1:] = np.any(np.diff(q, axis=0) != 0, axis=1)
    q = q[moved]
    if len(q) < 2:
        return ""
    steps = np.diff(q, axis=0)
    body = "".join(f" {_tenth(dx)},{_tenth(dy)}" for dx, dy in steps.tolist())
    return f"M{_tenth(int(q[0, 0]))},{_tenth(int(q[0, 1]))}l{body[1:]}{'z' if closed else ''}"


def _tenth(n: int) -> str:
    return f"{n / 10:g}"


def _number(value: object) -> object:
    return f"{round(float(value), 1):g}" if isinstance(value, float | np.floating) else value
