"""Which rows of ``rates`` and ``exposures`` speak of a rate question, and the table made of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from waystation.briefing.asked import Asked, midnight, rows_where
from waystation.briefing.claims_rate import rate_window, route_rows
from waystation.briefing.wording import period_text

if TYPE_CHECKING:
    from waystation.briefing.claims_rate import RateWindow

__all__ = [
    "TypeRate",
    "exposure_of",
    "named_types",
    "rate_row",
    "span_text",
    "subject_of",
    "type_rates",
    "types_of",
]

Row = dict[str, Any]
MAX_TYPES: Final = 4
_WORTH_A_ROW: Final = 0.5  # expected flights: a type below half a flight is a doubt, not a type


@dataclass(frozen=True)
class TypeRate:
    """One line of the table of rates; ``kind`` None is all types. ``row``: that of ``rates``, if any."""

    kind: str | None
    named: int
    row: Row | None


def subject_of(asked: Asked) -> str:
    """``OSLK>HL59``."""
    return ">".join(asked.q.route or ())


def rate_row(asked: Asked, kind: str | None, window: RateWindow) -> Row | None:
    """The row of ``rates`` for exactly this window; else one that holds it, and says its own days."""
    return _best(rows_where(asked, "rates", subject=subject_of(asked), type=kind), window)


def exposure_of(asked: Asked, window: RateWindow) -> Row | None:
    """The row of ``exposures``, chosen in the same way."""
    return _best(rows_where(asked, "exposures", subject=subject_of(asked)), window)


def _best(rows: list[Row], window: RateWindow) -> Row | None:
    start, stop = midnight(window.start), midnight(window.stop)
    exact = [r for r in rows if (r["from_utc"], r["to_utc"]) == (start, stop)]
    longer = [r for r in rows if r["from_utc"] <= start and r["to_utc"] >= stop]
    return next(iter(exact or sorted(longer, key=lambda r: r["to_utc"] - r["from_utc"])), None)


def span_text(row: Row) -> str:
    """The days of a row: ``15 December 2024 – 28 February 2025``."""
    return period_text(row["from_utc"].date(), (row["to_utc"] - timedelta(microseconds=1)).date())


def named_types(asked: Asked, window: RateWindow) -> list[str | None]:
    """The type of each of the route's named flights in the window."""
    rows = route_rows(asked.table("flights"), asked.q, asked.case, window)
    types: list[str | None] = rows.column("type").to_pylist()
    return types


def types_of(asked: Asked, window: RateWindow) -> list[str]:
    """Types of the route's named or expected flights, most flights first."""
    named = named_types(asked, window)
    counts = {k: named.count(k) for k in dict.fromkeys(named) if k}
    for r in rows_where(asked, "rates", subject=subject_of(asked)):
        if r["type"] and (r["n_expected"] or 0.0) >= _WORTH_A_ROW:
            counts.setdefault(r["type"], 0)
    return sorted(counts, key=lambda k: (-counts[k], k))[:MAX_TYPES]


def type_rates(asked: Asked) -> list[TypeRate]:
    """Named, expected and corrected side by side: all types, then each."""
    window = rate_window(asked.table("flights"), asked.case, asked.q.since)
    if window is None or asked.q.route is None:
        return []
    named = named_types(asked, window)
    kinds = [None, *types_of(asked, window)] if asked.q.type is None else [asked.q.type]
    counts = [len(named) if k is None else named.count(k) for k in kinds]
    return [TypeRate(k, n, rate_row(asked, k, window)) for k, n in zip(kinds, counts, strict=True)]
