"""The evidence under a flight leads to file, hash and record."""

from __future__ import annotations

import pyarrow as pa
from briefed_for_tests import AIRFIELDS, CASE, positions, tables

from waystation import briefing
from waystation.evidence import tell_claim, tell_flight, why_flight
from waystation.terms.schema import TABLES

FIRST = f"{0:016x}"
DECIDED = {
    "flight": FIRST,
    "end": "destination",
    "airfield": "HL59",
    "by": "A. Analyst",
    "date": "2025-01-03",
    "reason": "tail number on the apron",
    "acted": True,
    "overruled": "no airfield, unknown: too high",
}


def evidence(flight=FIRST, **more):
    t = tables()
    t["claims"] = briefing.build(t, CASE, None, AIRFIELDS, {}).claims
    return why_flight(flight, t, positions(), **more)


def test_positions_at_each_end_leave_out_what_is_masked():
    e = evidence()
    assert [p["record"] for p in e.ends[0].positions] == [0, 1, 3, 4, 5]
    assert [p["record"] for p in e.ends[1].positions] == [1, 3, 4, 5, 6]
    assert e.n_masked == {"teleport": 1}


def test_only_files_that_the_flight_came_from_are_named():
    assert [s["sha256"] for s in evidence().sources] == ["ab" * 32]


def test_claims_that_count_the_flight_are_named():
    e = evidence()
    t = tables()
    claims = briefing.build(t, CASE, None, AIRFIELDS, {}).claims.to_pylist()
    route = next(c for c in claims if c["question"] == "OSLK>HL59")
    assert route["claim_id"] in e.claims
    assert evidence(f"{6:016x}").claims != e.claims


def test_silences_doubts_and_decisions_stand_with_the_flight_they_are_of():
    assert [g["gap_id"] for g in evidence(f"{1:016x}").gaps] == ["g1"]
    assert evidence().gaps == ()
    assert evidence(f"{5:016x}").aircraft[0]["doubt"].startswith("block says")
    assert evidence(overrides=[DECIDED, DECIDED | {"flight": "x"}]).overrides == (DECIDED,)


def test_no_such_flight_is_none():
    assert evidence("nose") is None


def test_told_in_words_down_to_hash_and_record():
    text = tell_flight(evidence(overrides=[DECIDED]))
    for part in (
        f"Flight {FIRST}",
        "RA-82038 A124",
        "Origin: OSLK (seen, probability 1.000)",
        "Destination: HL59 (approach, probability 0.900)",
        "because: low and lined up",
        "2024-12-10 06:00:00 UTC  35.4000 35.9500  on the ground  (s1 record 0)",
        "SHA-256 " + "ab" * 32,
        "Not used: 1 positions inside the flight are masked as teleport",
        (
            "Decision of A. Analyst, 2025-01-03: destination is HL59; tail number on the apron "
            "(overruled: no airfield, unknown: too high)"
        ),
    ):
        assert part in text


def test_an_unnamed_end_says_why():
    text = tell_flight(evidence(f"{5:016x}"))
    assert "Destination: not named (unknown)" in text
    assert "because: 31,005 ft up, too high to tell" in text
    assert "landed: not known when" in text
    assert "Doubt on the identity: block says" in text


def test_a_claim_is_told_with_its_query_and_rows():
    t = tables()
    claims = briefing.build(t, CASE, None, AIRFIELDS, {}).claims.to_pylist()
    text = tell_claim(claims[0], shown=2)
    assert "SIMULATED DATA" in text
    assert claims[0]["query"] in text
    assert "rows: 4" in text
    assert "and 2 more" in text


def test_what_each_of_several_networks_heard_is_told():
    t = tables()
    row = {
        "flight_id": FIRST,
        "network": "opensky",
        "n_minutes_alone": 3,
        "share_of_minutes": 0.62,
        "n_disagreements": 2,
    }
    t["flight_networks"] = pa.Table.from_pylist([row], schema=TABLES["flight_networks"])
    text = tell_flight(why_flight(FIRST, t, positions()))
    assert "opensky heard 62% of the minutes, 3 alone; 2 positions at odds with another network's" in text
    assert "alone" not in tell_flight(why_flight(f"{1:016x}", t, positions()))


def test_a_claim_of_a_date_shows_dates():
    t = tables()
    claims = briefing.build(t, CASE, None, AIRFIELDS, {}).claims.to_pylist()
    text = tell_claim(claims[0] | {"unit": "date", "value": 20070.2, "low": 20068.0, "high": 20074.9})
    assert "number:      2024-12-13 (90 % interval 2024-12-11 to 2024-12-17)" in text
