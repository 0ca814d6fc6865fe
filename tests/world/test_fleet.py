"""A fleet is who fitted a key when the flight was flown."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from waystation.terms.case_view import Fleet
from waystation.terms.schema import TABLES
from waystation.world.fleet import flown_by, select_fleet

SOLD = datetime(2024, 6, 1, tzinfo=UTC)
AIRCRAFT = pa.Table.from_pylist(
    [
        {"icao24": "154076", "from_utc": None, "to_utc": SOLD, "registration": "RA-76686", "type": "IL76", "operator": "224th Flight Unit"},
        {"icao24": "154076", "from_utc": SOLD, "to_utc": None, "registration": "EK-76100", "type": "IL76", "operator": "Air Manas"},
        {"icao24": "4b1803", "from_utc": None, "to_utc": None, "registration": "HB-JNA", "type": "B77W", "operator": None},
    ],
    schema=TABLES["aircraft"],
)  # fmt: skip


def flights(*rows):
    made = [
        {"flight_id": i, "icao24": a, "first_seen_utc": datetime(2024, m, 2, tzinfo=UTC), "callsigns": c}
        for i, a, m, c in rows
    ]
    return pa.Table.from_pylist(made, schema=TABLES["flights"])


FLOWN = flights(
    ("before", "154076", 5, "RFF7041"),
    ("after", "154076", 7, "MNS100,RFF7042"),
    ("sold", "154076", 8, "MNS101"),
    ("other", "4b1803", 5, None),
    ("nobody", "abcdef", 5, "RFF1"),
)


def kept(**keys):
    return flown_by(FLOWN, AIRCRAFT, Fleet(**keys)).column("flight_id").to_pylist()


def test_an_airframe_that_was_sold_leaves_its_new_owners_flights_behind():
    assert kept(operators=("224th",)) == ["before"]
    assert kept(operators=("air manas",)) == ["after", "sold"]
    assert kept(types=("IL76",)) == ["before", "after", "sold"]


def test_a_callsign_brings_its_flights_whoever_flew_them():
    assert kept(callsigns=("rff*",)) == ["before", "after", "nobody"]
    assert kept(callsigns=("RFF704?",)) == ["before", "after"]
    assert kept(callsigns=("FF*",)) == []


def test_a_named_address_stays_whatever_it_stood_for():
    assert kept(icao24=("154076",)) == ["before", "after", "sold"]
    assert kept(icao24=("abcdef",)) == ["nobody"]


def test_no_fleet_is_everyone():
    assert len(kept()) == 5


@pytest.mark.parametrize("pattern", ["RFF70*", "rff7041"])
def test_aircraft_are_found_by_what_they_were_heard_to_use(pattern):
    heard = {"4b1803": {"SWR1"}, "154076": {"RFF7041"}}
    found = select_fleet(AIRCRAFT, Fleet(callsigns=(pattern,)), heard)
    assert found.column("icao24").to_pylist() == ["154076", "154076"]
    assert select_fleet(AIRCRAFT, Fleet(callsigns=(pattern,))).num_rows == 0


def test_callsigns_are_no_regular_expressions():
    assert kept(callsigns=("(RFF.*",)) == []
