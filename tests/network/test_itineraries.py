"""Itineraries from home to home, sorties by themselves, unseen ways listed."""

from __future__ import annotations

import itertools

import pytest
from made_network import fly, tables

from waystation import network
from waystation.terms.errors import CaseError
from waystation.world.airfields import load_airfields


def trips(*flown, **more):
    built = network.build(*tables(*flown), airfields=load_airfields(), **more)
    return [
        (">".join(t["airfields"]), t["home"], t["closed"], len(t["flight_ids"]))
        for t in built["itineraries"].to_pylist()
    ]


def rotation(n, start_h, *through, home="UUMU"):
    """Flights from home through the fields and back, 4 h each, 3 h on the ground."""
    way = [home, *through, home]
    return [
        fly(n + k, a, b, start_h + 7 * k, start_h + 7 * k + 4)
        for k, (a, b) in enumerate(itertools.pairwise(way))
    ]


def test_home_is_where_the_long_stays_are_and_ends_itineraries():
    flown = rotation(1, 0, "OSLK", "GABS") + rotation(11, 100, "OSLK") + rotation(21, 200, "HL59")
    assert trips(*flown) == [
        ("UUMU>OSLK>GABS>UUMU", "UUMU", True, 3),
        ("UUMU>OSLK>UUMU", "UUMU", True, 2),
        ("UUMU>HL59>UUMU", "UUMU", True, 2),
    ]


def test_a_night_away_from_home_does_not_end_an_itinerary_a_long_stay_does():
    day = [fly(1, "UUMU", "OSLK", 0, 4), fly(2, "OSLK", "UUMU", 34, 38)]
    assert trips(*day) == [("UUMU>OSLK>UUMU", None, None, 2)]
    week = [fly(1, "UUMU", "OSLK", 0, 4), fly(2, "OSLK", "UUMU", 154, 158)]
    assert [t[0] for t in trips(*week)] == ["UUMU>OSLK", "OSLK>UUMU"]


def test_a_home_that_is_given_rules_over_the_one_that_is_learned():
    flown = rotation(1, 0, "OSLK", "GABS") + rotation(11, 100, "OSLK")
    assert [t[0] for t in trips(*flown, homes={"154076": "OSLK"})] == [
        "UUMU>OSLK",
        "OSLK>GABS>UUMU",
        "UUMU>OSLK",
        "OSLK>UUMU",
    ]


def test_a_home_that_is_no_airfield_is_refused():
    with pytest.raises(CaseError, match=r"154076.*NOWHERE"):
        trips(fly(1, "UUMU", "OSLK", 0, 4), homes={"154076": "NOWHERE"})


def test_local_sorties_are_itineraries_of_their_own_and_do_not_cut_the_way():
    flown = [
        fly(1, "UUMU", "OSLK", 0, 4),
        fly(2, "OSLK", "OSLK", 6, 7),
        fly(3, "OSLK", "OSLK", 8, 9),
        fly(4, "OSLK", "GABS", 11, 18),
    ]
    assert [t[0] for t in trips(*flown)] == ["UUMU>OSLK>GABS", "OSLK>OSLK", "OSLK>OSLK"]


def test_coming_home_unseen_is_coming_home_and_says_so():
    flown = [*rotation(1, 0, "OSLK"), fly(11, "UUMU", "GABS", 100, 109), *rotation(21, 130, "OSLK")]
    assert trips(*flown)[1] == ("UUMU>GABS>?>UUMU", "UUMU", True, 1)


def test_after_days_of_silence_nobody_says_that_it_came_home():
    flown = [*rotation(1, 0, "OSLK"), fly(11, "UUMU", "GABS", 120, 129), *rotation(21, 500, "OSLK")]
    assert trips(*flown)[1] == ("UUMU>GABS", "UUMU", False, 1)


def test_leaving_home_unseen_is_listed():
    flown = [*rotation(1, 0, "OSLK"), fly(11, "GABS", "UUMU", 60, 68), *rotation(21, 200, "OSLK")]
    assert trips(*flown)[1] == ("UUMU>?>GABS>UUMU", "UUMU", True, 1)


def test_a_place_that_is_not_sure_is_a_question_mark_and_costs_no_probability():
    built = network.build(
        *tables(fly(1, "UUMU", {"OSLK": 0.6}, 0, 4), fly(2, {"OSLK": 0.6}, "UUMU", 7, 12)),
        airfields=load_airfields(),
    )
    (trip,) = built["itineraries"].to_pylist()
    assert trip["airfields"] == ["UUMU", "?", "UUMU"]
    assert trip["probability"] == pytest.approx(1.0)


def test_every_flight_is_in_exactly_one_itinerary_and_visits_know_theirs():
    flown = [*rotation(1, 0, "OSLK", "GABS"), *rotation(11, 100, "OSLK"), fly(20, "UUMU", "UUMU", 150, 151)]
    built = network.build(*tables(*flown), airfields=load_airfields())
    held = [f for t in built["itineraries"].to_pylist() for f in t["flight_ids"]]
    assert sorted(held) == sorted(f["flight_id"] for f, _ in flown)
    ids = {t["itinerary_id"] for t in built["itineraries"].to_pylist()}
    assert {v["itinerary_id"] for v in built["visits"].to_pylist()} <= ids
