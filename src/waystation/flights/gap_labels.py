"""Which flight a gap belongs to, and what can be said of why nothing was heard.

A gap is a silence; whether anything could have been heard is for measured reception to say. Where no
reception was measured the label stays ``unknown``, and the reason says so.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from waystation.terms.schema import conform

__all__ = ["label_gaps"]

NOT_MEASURED = "reception there and then was not measured"


def label_gaps(gaps: pa.Table, flights: pa.Table) -> pa.Table:
    """Return ``gaps`` with ``flight_id`` where a gap lies inside a flight, and a label with its reason."""
    if gaps.num_rows == 0:
        return conform("gaps", gaps)
    inside: dict[str, list[tuple[int, int, str]]] = {}
    for row in flights.select(["flight_id", "icao24", "first_seen_utc", "last_seen_utc"]).to_pylist():
        span = (row["first_seen_utc"], row["last_seen_utc"], row["flight_id"])
        inside.setdefault(row["icao24"], []).append(span)
    ids = [
        next((f for a, b, f in inside.get(address, []) if a <= start and stop <= b), None)
        for address, start, stop in zip(
            gaps["icao24"].to_pylist(), gaps["from_utc"].to_pylist(), gaps["to_utc"].to_pylist(), strict=True
        )
    ]
    columns = {name: gaps.column(name) for name in gaps.column_names}
    columns["flight_id"] = pa.array(ids, pa.string())
    columns["label"] = pc.fill_null(gaps.column("label"), "unknown")
    columns["reason"] = pc.fill_null(gaps.column("reason"), NOT_MEASURED)
    return conform("gaps", pa.table(columns))
