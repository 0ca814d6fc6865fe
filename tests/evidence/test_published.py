"""Published counts beside the tracks: units, periods, actors, intervals, and queries that give the value again."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest

from waystation.evidence import published_of
from waystation.evidence.counted import count_in, flights_with_odds
from waystation.terms.case_view import CaseView, Site
from waystation.terms.claim_query import answer
from waystation.terms.schema import TABLES

CASE = CaseView(
    "t",
    period_from=date(2024, 12, 1),
    period_to=date(2025, 2, 28),
    sites=(
        Site("OSLK", group="Syria"),
        Site("HL59", group="Libya"),
        Site("HLLB", group="Libya"),
        Site("UMMS", group="Belarus"),
    ),
)
COUNTRIES = {"OSLK": "SY", "HL59": "LY", "HLLB": "LY", "UMMS": "BY", "GABS": "ML"}


def flight(
    k,
    day,
    origin="OSLK",
    destination="HL59",
    icao24="154076",
    type_="A124",
    p=(1.0, 1.0),
    ending="seen",
    reg="RA-82038",
    hour=8,
):
    first = datetime(2024, 12, 1, hour, tzinfo=UTC) + timedelta(days=day - 1)
    return dict.fromkeys(TABLES["flights"].names) | {
        "flight_id": f"f{k:03d}",
        "icao24": icao24,
        "registration": reg,
        "type": type_,
        "operator": "Russian Air Force",
        "origin": origin,
        "origin_ending": ending,
        "origin_probability": p[0],
        "destination": destination,
        "destination_ending": ending,
        "destination_probability": p[1],
        "first_seen_utc": first,
        "last_seen_utc": first + timedelta(hours=3),
    }


def tables(flights, candidates=()):
    return {
        "flights": pa.Table.from_pylist(flights, schema=TABLES["flights"]),
        "candidates": pa.Table.from_pylist(list(candidates), schema=TABLES["candidates"]),
    }


def report(**more):
    row = {
        "id": "r1",
        "actor": "Russian military",
        "origin": "OSLK",
        "destination": "HL59",
        "aircraft": "",
        "from": "2024-12-15",
        "to": "2024-12-31",
        "count": "1",
        "qualifier": "at least",
        "unit": "flights a day",
        "source": "https://a.example",
        "says": "x",
    }
    return row | more


def one(row, made, case=CASE):
    table = published_of([row], made, case, COUNTRIES)
    assert table.schema.equals(TABLES["published"])
    found = table.to_pylist()[0]
    if found["query"]:
        assert answer(found["query"], made).value == pytest.approx(found["tracks_value"])
    return found


MANY = [flight(k, day) for k, day in enumerate(range(15, 32))]


def test_one_a_day_is_one_a_day():
    found = one(report(), tables(MANY))
    assert (found["tracks_value"], found["tracks_low"], found["tracks_high"]) == (1.0, 1.0, 1.0)
    assert found["comparable"]
    assert found["query"].startswith("count / 17 of flights where")
    assert found["to_utc"] == datetime(2025, 1, 1, tzinfo=UTC)
    assert "not corrected" in found["reason"]


def test_total_aircraft_landings_and_types():
    made = tables([*MANY, flight(90, 20, icao24="154077", type_="IL76", reg="RA-76845", destination="HLLB")])
    assert one(report(unit="flights", destination="Libya"), made)["tracks_value"] == 18
    assert one(report(unit="flights", destination="LY"), made)["tracks_value"] == 18
    assert one(report(unit="aircraft", destination="Libya", origin=""), made)["tracks_value"] == 2
    assert one(report(unit="landings", destination="HLLB", origin=""), made)["tracks_value"] == 1
    assert one(report(unit="flights", destination="Libya", aircraft="Il-76"), made)["tracks_value"] == 1
    assert one(report(unit="flights", destination="Libya", aircraft="A124 IL76"), made)["tracks_value"] == 18
    assert one(report(unit='aircraft ("multiple trips")', destination="Libya"), made)["tracks_value"] == 2


def test_a_round_trip_needs_the_way_back():
    made = tables(
        [
            flight(1, 16),
            flight(2, 16, "HL59", "OSLK", hour=14),
            flight(3, 17),
            flight(4, 18, "HL59", "GABS"),
            flight(5, 19, "HL59", "OSLK", icao24="154077"),
        ]
    )
    found = one(report(unit="round trips"), made)
    assert found["tracks_value"] == 1
    assert found["query"] is None


def test_doubtful_ends_widen_the_interval_around_the_value():
    doubtful = [flight(k, 15 + k, p=(1.0, 0.6), ending="inferred") for k in range(10)]
    found = one(report(unit="flights"), tables(doubtful))
    assert found["tracks_value"] == 10
    assert found["tracks_low"] == 3  # 5 % of Binomial(10, 0.6)
    assert found["tracks_high"] == 10
    assert "6.0" in found["reason"]


def test_candidates_count_where_nothing_is_named():
    open_ended = [flight(k, 15 + k, destination=None, p=(1.0, None), ending="unknown") for k in range(4)]
    for f in open_ended:
        f["origin_ending"] = "seen"
    candidates = [
        {"flight_id": f["flight_id"], "end": "destination", "rank": 1, "airfield": "HL59", "probability": 0.4}
        for f in open_ended
    ]
    found = one(report(unit="flights"), tables(open_ended, candidates))
    assert found["tracks_value"] == 0
    assert found["tracks_high"] == 3


def test_a_period_that_is_not_covered_is_not_compared():
    found = one(report(**{"from": "2023-01-01", "to": "2023-02-01"}), tables(MANY))
    assert not found["comparable"]
    assert found["tracks_value"] is None
    assert "cover none of its days" in found["reason"]


def test_a_period_that_is_covered_in_part_gives_a_rate_but_no_total():
    days = {"from": "2024-11-20", "to": "2024-12-31"}
    total = one(report(unit="flights", **days), tables(MANY))
    assert not total["comparable"]
    assert total["tracks_value"] == 17
    assert "the tracks cover 31 of its 42 days, 2024-12-01 to 2024-12-31" in total["reason"]
    rate = one(report(**days), tables(MANY))
    assert rate["comparable"]
    assert rate["tracks_value"] == pytest.approx(17 / 31)


def test_the_actor_must_be_in_the_fleet():
    assert (
        "nobody in the tracks is known as Turkish Air Force"
        in one(report(actor="Turkish Air Force"), tables(MANY))["reason"]
    )
    assert "Cham Wings" in one(report(actor="Cham Wings"), tables(MANY))["reason"]
    assert one(report(actor="Russian Air Force"), tables(MANY))["comparable"]
    assert one(report(actor=""), tables(MANY))["comparable"]


def test_others_on_the_same_route_are_not_the_actors_and_the_query_knows():
    turkish = flight(91, 20, icao24="4b8200", reg="TC-ABC")
    found = one(report(unit="flights"), tables([*MANY, turkish]))
    assert found["tracks_value"] == 17
    assert 'icao24 = "154076"' in found["query"]


def test_listed_aircraft_without_address_are_no_stumbling_block():
    listed = flight(1, 16, icao24="~reg-ra82038", ending="listed", p=(None, None))
    assert one(report(unit="flights"), tables([listed]))["tracks_value"] == 1


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"unit": "percent"}, "cannot be counted"),
        ({"unit": "tonnes"}, "cannot be counted"),
        ({"from": "soon"}, "which is no date"),
        ({"to": ""}, "does not say to when"),
        ({"from": "2025-01-31"}, "before it begins"),
        ({"count": "many"}, "is no number"),
        ({"origin": "Atlantis"}, "'Atlantis' is no airfield"),
        ({"origin": "", "destination": ""}, "names no place"),
        ({"origin": "", "unit": "round trips"}, "needs both places"),
    ],
)
def test_what_cannot_be_compared_says_why(more, says):
    found = one(report(**more), tables(MANY))
    assert not found["comparable"]
    assert says in found["reason"]


def test_words_that_are_no_type_are_told():
    assert "“cargo” names no type: every type" in one(report(aircraft="cargo"), tables(MANY))["reason"]


def test_an_empty_fleet_gives_no_number():
    assert one(report(), tables([]))["tracks_value"] is None


def test_the_counts_of_the_shipped_shapes_are_read(dev_data):
    with (dev_data / "published" / "published_counts.csv").open(encoding="utf-8") as file:
        given = list(csv.DictReader(file))
    rows = []
    for r in given:
        _origin, _, _destination = r["route"].partition(" -> ")
        rows.append(
            report(
                id=r["id"], actor=r["actor"], aircraft=r["aircraft"], origin="", destination="HL59", unit=r["unit"],
                count=r["count"], qualifier=r["qualifier"], **{"from": r["period_start"], "to": r["period_end"]},
            )
        )  # fmt: skip
    table = published_of(rows, tables(MANY), CASE, COUNTRIES)
    by_id = {r["published_id"]: r for r in table.to_pylist()}
    assert len(by_id) == 26
    assert "cannot be counted" in by_id["C04"]["reason"]  # percent
    assert by_id["C17"]["comparable"]
    assert by_id["C17"]["tracks_value"] == 1.0
    assert not by_id["C11"]["comparable"]
    for r in by_id.values():
        assert r["reason"]


def test_round_trips_in_doubt_stay_below_certainty():
    pair = [flight(1, 16, p=(1.0, 0.5), ending="inferred"), flight(2, 16, "HL59", "OSLK", hour=14)]
    found = count_in(
        "round trips", flights_with_odds(*tables(pair).values()), frozenset({"OSLK"}), frozenset({"HL59"}), 1
    )
    assert found.expected == pytest.approx(0.5)
