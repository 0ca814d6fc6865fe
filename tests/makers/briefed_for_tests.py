"""A small, made-up case for the rooms that read finished tables: nothing in it happened."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pyarrow as pa

from waystation import network
from waystation.terms.case_view import CaseView, Event, Observation, Question, Site
from waystation.terms.schema import TABLES, conform

EVIL = "<img src=x onerror=alert(1)>"
T0 = datetime(2024, 12, 10, 6, tzinfo=UTC)

CASE = CaseView(
    title="Made up",
    period_from=date(2024, 12, 1),
    period_to=date(2024, 12, 31),
    sites=(Site("OSLK", "Hmeimim", "Syria"), Site("HL59", "Al Khadim", "Libya", 32.0, 21.2)),
    events=(Event("assad-falls", date(2024, 12, 8)),),
    questions=(
        Question("q1", "rate", route=("OSLK", "HL59"), since=date(2024, 12, 8)),
        Question("q2", "hub-shift", event="assad-falls"),
        Question("q3", "rate", route=("HL59", "GABS")),
    ),
    observations=(Observation(date(2024, 12, 26), "report", "https://example.org/x", f"says {EVIL}"),),
    simulated=True,
)

AIRFIELDS = SimpleNamespace(
    ident=["OSLK", "GABS"],
    name=["Bassel Al-Assad International Airport", "Modibo Keita International Airport"],
    lat=[35.40, 12.53],
    lon=[35.95, -7.95],
)


def flight(n, origin, destination, *, callsign="RFF8045", icao24="154076", p=0.9):
    start = T0 + timedelta(days=n)
    return {
        "flight_id": f"{n:016x}",
        "icao24": icao24,
        "registration": "RA-82038",
        "type": "A124",
        "operator": "'; DROP TABLE flights",
        "callsigns": callsign,
        "origin": origin,
        "origin_ending": "seen" if origin else "unknown",
        "origin_probability": 1.0 if origin else None,
        "takeoff_utc": start if origin else None,
        "destination": destination,
        "destination_ending": "approach" if destination else "unknown",
        "destination_probability": p if destination else None,
        "landing_utc": None,
        "first_seen_utc": start,
        "last_seen_utc": start + timedelta(hours=3),
        "n_positions": 40,
        "longest_gap_s": 1800.0,
        "distance_km": 1500.0,
        "interference": False,
    }


def ends_of(f):
    where = {"OSLK": (35.4, 35.95), "HL59": (32.0, 21.2), "GABS": (12.53, -7.95), None: (34.0, 28.0)}
    where |= {"UUMU": (55.88, 38.06), "UMMS": (53.88, 28.03)}
    return [
        {
            "flight_id": f["flight_id"],
            "end": end,
            "airfield": f[end],
            "ending": f[f"{end}_ending"],
            "probability": f[f"{end}_probability"],
            "earliest_utc": f["first_seen_utc"] if f[end] else None,
            "latest_utc": f["first_seen_utc"] + timedelta(minutes=9) if f[end] else None,
            "lat": where[f[end]][0],
            "lon": where[f[end]][1],
            "altitude_ft": 900,
            "reason": "low and lined up"
            if f[end]
            else f"{31000 + int(f['flight_id'], 16):,} ft up, too high to tell",
        }
        for end in ("origin", "destination")
    ]


def table(name, rows):
    return conform(name, pa.Table.from_pylist(rows, schema=TABLES[name]))


def tables():
    """Four flights OSLK → HL59 (0.9 each), one back, two that end in the air; one with a hostile callsign."""
    flown = [
        *(flight(n, "OSLK", "HL59") for n in range(4)),
        flight(4, "HL59", "OSLK", callsign=EVIL),
        flight(5, "OSLK", None, icao24="152b11"),
        flight(6, "OSLK", None, icao24="152b11"),
    ]
    made = {
        "flights": table("flights", flown),
        "ends": table("ends", [e for f in flown for e in ends_of(f)]),
        "candidates": table(
            "candidates",
            [
                {
                    "flight_id": f"{n:016x}",
                    "end": "destination",
                    "rank": 1,
                    "airfield": "HL59",
                    "probability": 0.9,
                }
                for n in range(4)
            ],
        ),
        "gaps": table(
            "gaps",
            [
                {
                    "gap_id": "g1",
                    "icao24": "154076",
                    "flight_id": f"{1:016x}",
                    "from_utc": T0 + timedelta(days=1, hours=1),
                    "to_utc": T0 + timedelta(days=1, hours=1.5),
                    "silence_s": 1800.0,
                    "label": "unknown",
                    "reason": "coverage not measured",
                }
            ],
        ),
        "sources": table(
            "sources",
            [
                {
                    "source_id": "s1",
                    "uri": f"archive/{EVIL}.json",
                    "sha256": "ab" * 32,
                    "bytes": 10,
                    "n_positions": 9,
                },
                {
                    "source_id": "s2",
                    "uri": "archive/other.json",
                    "sha256": "cd" * 32,
                    "bytes": 10,
                    "n_positions": 9,
                },
            ],
        ),
        "aircraft": table("aircraft", [{"icao24": "152b11", "doubt": f"block says otherwise {EVIL}"}]),
        "masks": table(
            "masks",
            [
                {
                    "icao24": "154076",
                    "time_utc": T0 + timedelta(minutes=20),
                    "source_id": "s1",
                    "record": 2,
                    "mask": "teleport",
                    "reason": "1,200 km in 4 s",
                }
            ],
        ),
    }
    made["routes"] = network.routes.build(made["flights"], made["candidates"])
    return made


def positions():
    """Seven positions of the first flight, one of them masked, and one long silence."""
    rows = [
        {
            "icao24": "154076",
            "time_utc": T0 + timedelta(minutes=10 * i + (60 if i > 3 else 0)),
            "lat": 35.4 - 0.5 * i,
            "lon": 35.95 - 2.4 * i,
            "altitude_ft": 1000 * i,
            "on_ground": i == 0,
            "source_id": "s1",
            "record": i,
        }
        for i in range(7)
    ]
    return table("positions", rows)
