"""How a claim's interval reads beside its number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from waystation.briefing.wording import day_of, number_text, period_text, value_text

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["interval_text"]


def interval_text(claim: Mapping[str, Any]) -> str:  # noqa: PLR0911 - one return a kind of number
    """``90 % interval 0.2–0.4``; what was counted says so, what has no interval says that."""
    low, high, unit = claim["low"], claim["high"], claim["unit"]
    if unit == "probability":
        return ""
    if claim["likelihood"]:
        return "lower bound"
    if low is None or high is None:
        return "counted" if claim["query"].startswith(("count", "distinct")) else "no interval"
    if unit == "date":
        return f"90\u00a0% interval {period_text(day_of(low), day_of(high))}"
    if claim["query"].startswith("count") and not unit.startswith("flights a day"):
        if low == high:
            return "all named rightly (90\u00a0%)"
        return f"{number_text(low)} to {number_text(high)} of them named rightly (90\u00a0%)"
    if low == high:
        return "90\u00a0% interval: no spread"
    if unit.startswith(("share", "change of share")):
        return f"90\u00a0% interval {value_text(low, unit)} to {value_text(high, unit)}"
    tonnes = "\u00a0t" if unit.startswith("t of") else ""
    return f"90\u00a0% interval {number_text(low)}–{number_text(high)}{tonnes}"
