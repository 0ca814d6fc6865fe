"""Visits and stays: a landing joined with the next takeoff, or not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from made_network import T0, fly, tables

from waystation import network
from waystation.terms.schema import TABLES
from waystation.world.airfields import load_airfields


def build(*flown, **more):
    return network.build(*tables(*flown), airfields=load_airfields(), **more)


def visits(built):
    """visit (arrival, departure) → {airfield: probability}."""
    out = {}
    for row in built["visits"].to_pylist():
        places = out.setdefault((row["arrival_flight"], row["departure_flight"]), {})
        places[row["airfield"]] = pytest.approx(row["probability"])
    return out


def test_two_flights_that_meet_make_three_visits_and_one_stay():
    built = build(fly(1, "UUMU", "OSLK", 0, 4), fly(2, "OSLK", "GABS", 7, 15))
    assert visits(built) == {
        (None, "f0001"): {"UUMU": 1.0},
        ("f0001", "f0002"): {"OSLK": 1.0},
        ("f0002", None): {"GABS": 1.0},
    }
    (stay,) = built["stays"].to_pylist()
    assert (stay["airfield"], stay["confidence"], stay["from_flight"], stay["to_flight"]) == (
        "OSLK",
        4,
        "f0001",
        "f0002",
    )
    assert (stay["from_utc"], stay["to_utc"]) == (T0 + timedelta(hours=4), T0 + timedelta(hours=7))
    for name in ("visits", "stays", "itineraries", "triples", "routes"):
        assert built[name].schema == TABLES[name]


def test_the_first_visit_has_no_arrival_and_the_last_no_departure():
    rows = build(fly(1, "UUMU", "OSLK", 0, 4))["visits"].to_pylist()
    assert [(r["airfield"], r["arrived_utc"], r["left_utc"]) for r in rows] == [
        ("UUMU", None, T0),
        ("OSLK", T0 + timedelta(hours=4), None),
    ]


def test_places_that_do_not_meet_are_two_visits_with_an_unseen_flight_between_never_a_stay():
    built = build(fly(1, "UUMU", "OSLK", 0, 4), fly(2, "HL59", "UUMU", 20, 25))
    assert ("f0001", None) in visits(built)
    assert (None, "f0002") in visits(built)
    assert built["stays"].num_rows == built["triples"].num_rows == 0
    (trip,) = built["itineraries"].to_pylist()
    assert trip["airfields"] == ["UUMU", "OSLK", "?", "HL59", "UUMU"]


def test_a_dark_stop_is_where_both_ends_say_and_the_rest_is_left_for_an_unseen_flight():
    built = build(
        fly(1, "UUMU", {"OSLK": 0.7, "HL59": 0.2}, 0, 4), fly(2, {"OSLK": 0.6, "HL59": 0.3}, "GABS", 9, 15)
    )
    assert visits(built)["f0001", "f0002"] == {"OSLK": 0.6, "HL59": 0.2}
    (stay,) = built["stays"].to_pylist()
    assert (stay["airfield"], stay["confidence"], stay["probability"]) == ("OSLK", 2, pytest.approx(0.6))


def test_where_nobody_knows_either_end_it_is_one_visit_without_rows():
    built = build(fly(1, "UUMU", None, 0, 4), fly(2, None, "GABS", 9, 15))
    assert ("f0001", "f0002") not in visits(built)
    assert built["itineraries"].to_pylist()[0]["airfields"] == ["UUMU", "?", "GABS"]


def test_what_an_analyst_decides_of_a_landing_holds_for_the_takeoff_after_it():
    first, second = fly(1, "UUMU", "HL59", 0, 4), fly(2, {"OSLK": 0.7, "HL59": 0.2}, "GABS", 9, 15)
    first[0]["destination_probability"] = None
    assert visits(build(first, second))["f0001", "f0002"] == {"HL59": 1.0}


def test_visits_of_one_id_add_up_to_one_at_most_and_ids_do_not_hang_on_the_order():
    flown = [
        fly(1, {"UUMU": 0.4, "UUWW": 0.3}, "OSLK", 0, 4),
        fly(2, "OSLK", {"HL59": 0.5, "HLLB": 0.5}, 7, 9),
        fly(3, {"HL59": 0.9}, "OSLK", 12, 15),
    ]
    built, turned = build(*flown), build(*flown[::-1])
    for name, table in built.items():
        assert table.equals(turned[name]), name
    total = {}
    for row in built["visits"].to_pylist():
        total[row["visit_id"]] = total.get(row["visit_id"], 0) + row["probability"]
    assert len(total) == 4
    assert max(total.values()) <= 1 + 1e-9


def test_a_cut_by_aircraft_joined_is_the_whole():
    one = [fly(1, "UUMU", "OSLK", 0, 4), fly(2, "OSLK", "UUMU", 7, 12)]
    two = [fly(3, "UUMU", "HL59", 1, 5, icao24="152b11"), fly(4, "HL59", "GABS", 7, 12, icao24="152b11")]
    whole, a, b = build(*one, *two), build(*one), build(*two)
    for name in ("visits", "stays", "itineraries", "triples"):
        assert whole[name].to_pylist() == b[name].to_pylist() + a[name].to_pylist()


def test_no_flights_give_empty_tables():
    assert {name: t.num_rows for name, t in build().items()} == dict.fromkeys(
        ("visits", "stays", "itineraries", "triples", "routes"), 0
    )
