"""A small world of airfields on the equator, where distances are easy, and flights over it."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from waystation.stopovers import Demand
from waystation.terms.schema import TABLES
from waystation.world.airfields import load_airfields

# 1 degree of longitude = 111.195 km; kind and runway of each say what it is for
FIELDS = """ident,name,lat,lon,elevation_ft,longest_runway_ft,runway_status,surface,iso_country
ZO,Origin,0,-140,0,12000,yes,hard,XO
ZD,Destination,0,-78,0,12000,yes,hard,XD
ZM,Middle,0,-109,0,12000,yes,hard,XM
ZN,Near the middle,2,-110,0,12000,yes,hard,XN
ZS,Short,0,-108,0,2000,yes,hard,XM
ZU,Unknown,0,-110,0,,unknown,unknown,XM
ZF,Far aside,46,-109,0,12000,yes,hard,XM
ZB,Beside the origin,0.3,-140.3,0,12000,yes,hard,XO
"""


REAL = ("GABS", "HKJK", "UUMU", "OSLK", "HL59", "LY-BCQ", "HLTQ", "DAAG", "HSPN")


@pytest.fixture(scope="session")
def fields():
    """The made-up airfields and a few real ones: a ranking over them takes no time."""
    every = load_airfields(FIELDS.encode())
    made = [line.split(",")[0] for line in FIELDS.splitlines()[1:]]
    index = np.array([every.index[i] for i in (*made, *REAL)])
    arrays = {f.name: getattr(every, f.name)[index] for f in dataclasses.fields(every) if f.name != "runways"}
    return dataclasses.replace(every, **arrays)  # runway by runway nobody looks here


@pytest.fixture
def demand():
    return Demand("ZO", "ZD", "IL76", 40.0, date(2024, 12, 8), "other")


def flights_of(*rows: tuple[str, str, str], ending: str = "seen", kind: str = "IL76") -> pa.Table:
    """A flights table of (day, origin, destination)."""
    made = []
    for n, (day, origin, destination) in enumerate(rows):
        start = datetime.fromisoformat(day).replace(tzinfo=UTC)
        made.append(
            {
                "flight_id": f"f{n}",
                "icao24": "154076",
                "type": kind,
                "origin": origin,
                "origin_ending": ending,
                "destination": destination,
                "destination_ending": ending,
                "first_seen_utc": start,
                "last_seen_utc": start + timedelta(hours=6),
            }
        )
    schema = TABLES["flights"]
    return pa.Table.from_pylist([{k: r.get(k) for k in schema.names} for r in made], schema=schema)


@pytest.fixture
def make_flights():
    return flights_of
