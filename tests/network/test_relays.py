"""Pairs of aircraft at one airfield, and how many chance would make."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from waystation.network.relays import RelayRules, relays
from waystation.terms.case_view import CaseView, Event, Question, Site
from waystation.terms.schema import TABLES, empty

START = datetime(2024, 10, 1, tzinfo=UTC)
ROUTE = ("UUMU", "GABS")


def case(event=None):
    return CaseView(
        title="made up",
        sites=(Site("HL59", group="Libya"),),
        events=(Event("fall", date(2024, 12, 8)),),
        questions=(Question("q1", "via", route=ROUTE, event=event),),
    )


def flight(n, icao24, origin, destination, day, hours=4.0, p=1.0):
    off = START + timedelta(days=day)
    return {
        "flight_id": f"f{n}",
        "icao24": icao24,
        "origin": origin,
        "origin_ending": "seen",
        "origin_probability": p,
        "takeoff_utc": off,
        "destination": destination,
        "destination_ending": "seen",
        "destination_probability": p,
        "landing_utc": off + timedelta(hours=hours),
        "first_seen_utc": off,
        "last_seen_utc": off + timedelta(hours=hours),
    }


def found(rows, asked=None, **rules):
    flights = pa.Table.from_pylist(rows, schema=TABLES["flights"])
    made = relays(flights, empty("candidates"), asked or case(), RelayRules(**rules))
    return made["relays"].to_pylist(), made["relay_counts"].to_pylist()


def test_a_departure_takes_the_latest_arrival_of_another_aircraft_and_each_hands_on_once():
    rows = [
        flight(1, "aa", "UUMU", "HL59", 0.0),
        flight(2, "bb", "UUMU", "HL59", 0.5),
        flight(3, "cc", "HL59", "GABS", 1.0, p=0.9),
        flight(4, "dd", "HL59", "GABS", 1.1),
        flight(5, "ee", "HL59", "GABS", 1.2),
    ]
    pairs, counts = found(rows)
    assert [(r["from_flight"], r["to_flight"]) for r in pairs] == [("f2", "f3"), ("f1", "f4")]
    assert pairs[0]["hours"] == pytest.approx(8.0)
    assert pairs[0]["probability"] == pytest.approx(0.81)
    (count,) = counts
    assert (count["n_arrivals"], count["n_departures"], count["n_pairs"]) == (2, 3, 2)
    assert count["n_expected"] == pytest.approx(1.81)
    assert count["p_value"] is None
    assert "cannot tell" in count["reason"]


@pytest.mark.parametrize(
    "other",
    [
        flight(2, "aa", "HL59", "GABS", 1.0),  # the same aircraft: a triple
        flight(2, "bb", "HL59", "GABS", 0.18),  # 19 minutes later
        flight(2, "bb", "HL59", "GABS", 3.0),  # two days and more later
        flight(2, "bb", "HL59", "GABS", 0.0),  # before
        flight(2, "bb", "HL59", "HECA", 1.0),  # to elsewhere
        flight(2, "bb", "HL59", "GABS", 1.0, p=0.4),  # an end without a name
    ],
)
def test_what_is_no_relay(other):
    assert found([flight(1, "aa", "UUMU", "HL59", 0.0), other]) == ([], [])


def traffic(rng, *, follows, n=25, days=100):
    came = np.sort(rng.uniform(0, days, n))
    left = came + rng.uniform(0.3, 1.2, n) if follows else rng.uniform(0, days, n)
    return [flight(i, f"a{i % 4}", "UUMU", "HL59", t) for i, t in enumerate(came)] + [
        flight(100 + i, f"b{i % 3}", "HL59", "GABS", t) for i, t in enumerate(left)
    ]


def test_chance_is_told_from_following_over_many_made_up_seasons():
    rng = np.random.default_rng(4)
    apart = [found(traffic(rng, follows=False))[1][0]["p_value"] for _ in range(60)]
    assert np.mean(np.array(apart) <= 0.1) <= 0.2  # nominal 0.1, 60 seasons
    after = [found(traffic(rng, follows=True))[1][0] for _ in range(10)]
    assert all(c["p_value"] <= 0.03 and c["n_pairs"] > 1.5 * c["by_chance"] for c in after)


def test_before_and_after_an_event_are_apart_and_rows_may_come_in_any_order():
    rows = traffic(np.random.default_rng(1), follows=True)
    pairs, counts = found(rows, case("fall"))
    assert [c["period"] for c in counts] == ["before fall", "after fall"]
    assert sum(c["n_pairs"] for c in counts) == len(pairs)
    assert found(rows[::-1], case("fall")) == (pairs, counts)


def test_nothing_is_asked_nothing_is_found():
    made = relays(empty("flights"), empty("candidates"), CaseView(title="x"))
    assert (made["relays"].num_rows, made["relay_counts"].num_rows) == (0, 0)
