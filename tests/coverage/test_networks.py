"""Several networks: who heard what, where one was deaf and another not, and where they are at odds."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from waystation.coverage import by_network, has_several
from waystation.terms.schema import TABLES

START = datetime(2024, 12, 14, 6, tzinfo=UTC)


def minute(n):
    return START + timedelta(minutes=n)


def sources(**networks):
    rows = [{"source_id": s, "network": n} for s, n in networks.items()]
    return pa.Table.from_pylist(rows, schema=TABLES["sources"])


def flight(name="f1", icao24="155c3a", last=120):
    row = {"flight_id": name, "icao24": icao24, "first_seen_utc": START, "last_seen_utc": minute(last)}
    return pa.Table.from_pylist([row], schema=TABLES["flights"])


def positions(*rows, icao24="155c3a"):
    """Rows are (source, minute) or (source, minute, lat)."""
    made = [
        {
            "icao24": icao24,
            "time_utc": minute(r[1]),
            "lat": r[2] if len(r) > 2 else 30.0,
            "lon": 20.0,
            "source_id": r[0],
            "record": i,
        }
        for i, r in enumerate(rows)
    ]
    return pa.Table.from_pylist(made, schema=TABLES["positions"])


TWO = sources(a="adsb.lol", b="opensky")


def test_each_networks_share_of_a_flight_is_known():
    heard = positions(*(("a", n) for n in range(121)), *(("b", n + 0.5) for n in range(60)))
    rows = {r["network"]: r for r in by_network(heard, flight(), TWO)["flight_networks"].to_pylist()}
    assert rows["adsb.lol"]["share_of_minutes"] == 1.0
    assert rows["opensky"]["share_of_minutes"] == pytest.approx(60 / 121)
    assert (rows["adsb.lol"]["n_minutes_alone"], rows["opensky"]["n_minutes_alone"]) == (61, 0)
    assert rows["opensky"]["last_utc"] == minute(59.5)


def test_a_silence_that_another_network_filled_was_coverage():
    heard = positions(("a", 0), ("a", 10), ("a", 80), ("a", 120), *(("b", n) for n in range(12, 78, 2)))
    rows = by_network(heard, flight(), TWO)["network_silences"].to_pylist()
    mine = [(r["network"], r["from_utc"], r["filled_by"], r["n_positions"]) for r in rows]
    assert ("adsb.lol", minute(10), "opensky", 33) in mine
    assert ("adsb.lol", minute(80), None, 0) in mine, "nobody heard it: that stays open"
    assert ("opensky", minute(76), "adsb.lol", 1) in mine, "the ends of the flight count"


def test_a_report_at_the_edge_of_a_silence_fills_nothing():
    heard = positions(("a", 0), ("a", 60), ("a", 120), ("b", 0.5), ("b", 59.5), ("b", 100))
    rows = by_network(heard, flight(), TWO)["network_silences"].to_pylist()
    assert [(r["from_utc"], r["filled_by"]) for r in rows if r["network"] == "adsb.lol"] == [
        (minute(0), None),
        (minute(60), "opensky"),
    ]


def test_two_places_at_one_instant_are_a_disagreement_of_both():
    heard = positions(("a", 0), ("b", 0, 30.01), ("a", 50), ("b", 50.01, 31.0), ("a", 120))
    rows = by_network(heard, flight(), TWO)["flight_networks"].to_pylist()
    assert [(r["network"], r["n_disagreements"]) for r in rows] == [("adsb.lol", 1), ("opensky", 1)]


def test_a_flight_of_one_network_has_a_row_and_no_silences():
    found = by_network(positions(("a", 0), ("a", 60), ("a", 120)), flight(), TWO)
    assert found["flight_networks"].num_rows == 1
    assert found["network_silences"].num_rows == 0, "what the other did not hear at all says nothing here"


def test_what_lies_outside_flights_or_names_no_network_is_left_out():
    heard = positions(("a", 130), ("c", 5))
    found = by_network(heard, flight(), sources(a="adsb.lol", c=None))
    assert found["flight_networks"].num_rows == 0
    other = by_network(positions(("a", 5), icao24="400000"), flight(), TWO)
    assert other["flight_networks"].num_rows == 0


def test_order_of_rows_does_not_matter():
    rows = [("a", 0), ("a", 10), ("b", 30), ("a", 80), ("b", 90, 31.0), ("a", 90), ("a", 120)]
    one, two = (by_network(positions(*r), flight(), TWO) for r in (rows, rows[::-1]))
    assert all(one[name].equals(two[name]) for name in one)


def test_a_source_without_a_name_is_no_second_network():
    assert has_several(TWO)
    assert not has_several(sources(a="adsb.lol", b=None, c="adsb.lol"))
