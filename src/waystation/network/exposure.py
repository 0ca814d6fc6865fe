"""How much of what happened at an airfield in some days was heard, read from the ``exposures`` table."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

__all__ = ["heard_at"]

_DAY_S = 86400.0


def heard_at(exposures: pa.Table) -> Callable[[str, float, float], float]:
    """Return (airfield, from, to) → chance that one flight there is heard; days since 1970.

    Days win over weeks, weeks over longer windows; each counts by how much of it lies in the span. 1 where
    the table cannot tell: nothing is corrected for what is not known.
    """
    windows: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for row in exposures.to_pylist():
        if row["exposure_days"] is not None and row["days"]:
            start, stop = (_days(row[c]) for c in ("from_utc", "to_utc"))
            windows[row["subject"]].append((start, stop, row["exposure_days"] / row["days"]))

    def heard(airfield: str, start: float, stop: float) -> float:
        over = [(min(b, stop) - max(a, start), b - a, q) for a, b, q in windows.get(airfield, ())]
        use = [(days, length, q) for days, length, q in over if days > 0]
        short = min((length for _, length, _ in use), default=0.0)
        use = [w for w in use if w[1] < 1.5 * short]
        return sum(w[0] * w[2] for w in use) / sum(w[0] for w in use) if use else 1.0

    return heard


def _days(when: datetime) -> float:
    return when.astimezone(UTC).timestamp() / _DAY_S
