"""Made-up flights of a fleet: a line each. Simulated, and only for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa

from waystation.terms.schema import TABLES, conform

T0 = datetime(2024, 11, 1, tzinfo=UTC)


def fly(n, origin, destination, off_h, on_h, *, icao24="154076", kind="IL76", endings=("seen", "seen")):
    """One flight; an end that is a dict stands for candidates with these probabilities, None for nowhere."""
    row = {
        "flight_id": f"f{n:04d}",
        "icao24": icao24,
        "type": kind,
        "first_seen_utc": T0 + timedelta(hours=off_h),
        "last_seen_utc": T0 + timedelta(hours=on_h),
    }
    for end, place, ending in zip(("origin", "destination"), (origin, destination), endings, strict=True):
        sure = isinstance(place, str)
        row[end] = place if sure else None
        row[f"{end}_ending"] = ending if sure else "unknown"
        row[f"{end}_probability"] = 1.0 if sure else None
    row["takeoff_utc"] = row["first_seen_utc"] if isinstance(origin, str) else None
    row["landing_utc"] = row["last_seen_utc"] if isinstance(destination, str) else None
    ranked = [
        {"flight_id": row["flight_id"], "end": end, "rank": k + 1, "airfield": a, "probability": p}
        for end, place in (("origin", origin), ("destination", destination))
        if isinstance(place, dict)
        for k, (a, p) in enumerate([*place.items(), ("OTHER", 1 - sum(place.values()))])
    ]
    return row, ranked


def tables(*flown):
    """The flights, candidates and ends of what ``fly`` returned."""
    flights = pa.Table.from_pylist([f for f, _ in flown], schema=TABLES["flights"])
    candidates = pa.Table.from_pylist([c for _, cs in flown for c in cs], schema=TABLES["candidates"])
    ends = pa.Table.from_pylist(
        [
            {
                "flight_id": f["flight_id"],
                "end": end,
                "earliest_utc": f["last_seen_utc"] if end == "destination" else None,
                "latest_utc": f["first_seen_utc"] if end == "origin" else None,
            }
            for f, _ in flown
            for end in ("origin", "destination")
        ],
        schema=TABLES["ends"],
    )
    return conform("flights", flights), conform("candidates", candidates), conform("ends", ends)
