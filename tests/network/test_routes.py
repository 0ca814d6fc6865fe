"""Routes: named flights counted, probabilities summed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from waystation.network.routes import RouteRules, build
from waystation.terms.schema import TABLES, conform

T0 = datetime(2024, 12, 1, tzinfo=UTC)


def flight(n, origin, destination, *, kind="IL76", icao24="154076", endings=("seen", "seen"), p=(1.0, 1.0)):
    return {
        "flight_id": f"f{n}",
        "icao24": icao24,
        "type": kind,
        "origin": origin,
        "origin_ending": endings[0],
        "origin_probability": p[0],
        "destination": destination,
        "destination_ending": endings[1],
        "destination_probability": p[1],
        "first_seen_utc": T0 + timedelta(days=n),
        "last_seen_utc": T0 + timedelta(days=n, hours=3),
    }


def flights(*rows):
    return conform("flights", pa.Table.from_pylist(list(rows), schema=TABLES["flights"]))


def candidates(*rows):
    names = ("flight_id", "end", "rank", "airfield", "probability")
    return conform(
        "candidates",
        pa.Table.from_pylist([dict(zip(names, r, strict=True)) for r in rows], schema=TABLES["candidates"]),
    )


def find(routes, origin, destination, kind=None):
    rows = [
        r
        for r in routes.to_pylist()
        if (r["origin"], r["destination"], r["type"]) == (origin, destination, kind)
    ]
    assert len(rows) <= 1, "one row per pair and type"
    return rows[0] if rows else None


def test_counts_flights_aircraft_and_dates_per_pair_and_type():
    table = flights(
        flight(1, "OSLK", "HL59"),
        flight(2, "OSLK", "HL59", icao24="152b11"),
        flight(3, "OSLK", "HL59", kind="A124"),
        flight(4, "HL59", "OSLK", kind=None),
    )
    routes = build(table, candidates())
    every = find(routes, "OSLK", "HL59")
    assert (every["n_flights"], every["n_aircraft"], every["n_expected"]) == (3, 2, pytest.approx(3.0))
    assert every["first_utc"] == T0 + timedelta(days=1)
    assert every["last_utc"] == T0 + timedelta(days=3, hours=3)
    assert find(routes, "OSLK", "HL59", "IL76")["n_flights"] == 2
    assert find(routes, "OSLK", "HL59", "A124")["n_flights"] == 1
    assert find(routes, "HL59", "OSLK", "unknown")["n_flights"] == 1
    assert routes.schema == TABLES["routes"]


def test_out_and_back_is_a_route_to_itself():
    assert find(build(flights(flight(1, "KRNM", "KRNM")), candidates()), "KRNM", "KRNM")["n_flights"] == 1


def test_expected_flights_sum_the_candidates_and_leave_other_out():
    table = flights(flight(1, "OSLK", None, endings=("seen", "unknown"), p=(0.9, None)))
    ranked = candidates(
        ("f1", "destination", 1, "HL59", 0.6),
        ("f1", "destination", 2, "HLLB", 0.3),
        ("f1", "destination", 3, "OTHER", 0.1),
    )
    routes = build(table, ranked)
    assert find(routes, "OSLK", "HL59")["n_expected"] == pytest.approx(0.54)
    assert find(routes, "OSLK", "HLLB")["n_expected"] == pytest.approx(0.27)
    assert find(routes, "OSLK", "HL59")["n_flights"] == 0
    assert find(routes, "OSLK", "HL59")["first_utc"] is None
    assert find(routes, "OSLK", "OTHER") is None


def test_an_end_on_approach_counts_with_its_own_probability_and_not_twice():
    table = flights(flight(1, "OSLK", "HL59", endings=("seen", "approach"), p=(1.0, 0.95)))
    ranked = candidates(("f1", "destination", 1, "HL59", 0.95), ("f1", "destination", 2, "OTHER", 0.05))
    assert find(build(table, ranked), "OSLK", "HL59")["n_expected"] == pytest.approx(0.95)


def test_an_analysts_decision_counts_whole_whatever_the_candidates_say():
    table = flights(flight(1, "OSLK", "HL59", endings=("seen", "inferred"), p=(1.0, None)))
    ranked = candidates(("f1", "destination", 1, "HLLB", 0.9), ("f1", "destination", 2, "HL59", 0.1))
    routes = build(table, ranked)
    assert find(routes, "OSLK", "HL59")["n_expected"] == pytest.approx(1.0)
    assert find(routes, "OSLK", "HLLB") is None


def test_pairs_that_hardly_any_probability_reaches_get_no_row():
    table = flights(flight(1, "OSLK", None, endings=("seen", "unknown"), p=(1.0, None)))
    ranked = candidates(("f1", "destination", 1, "HL59", 0.97), ("f1", "destination", 2, "HLLB", 0.03))
    assert find(build(table, ranked), "OSLK", "HLLB") is None
    assert find(build(table, ranked, RouteRules(min_expected=0.01)), "OSLK", "HLLB") is not None


def test_no_flights_no_routes():
    assert build(flights(), candidates()).num_rows == 0


def test_order_of_rows_does_not_matter():
    rows = [flight(1, "A", "B"), flight(2, "B", "A"), flight(3, "A", "B", kind="A124"), flight(4, "B", "C")]
    assert build(flights(*rows), candidates()).equals(build(flights(*rows[::-1]), candidates()))
