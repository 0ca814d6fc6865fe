"""A relay is claimed as an inference, beside what chance would make, and recounts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
from moved_for_tests import AIRFIELDS, REAL, START

from waystation.briefing.claims import build_claims
from waystation.briefing.places import look_up
from waystation.evidence import recount
from waystation.network.relays import relays
from waystation.terms.case_view import Question
from waystation.terms.schema import TABLES, empty

CASE = replace(REAL, events=(), questions=(Question("q1", "via", route=("UUMU", "GABS")),))


def flight(n, icao24, origin, destination, day):
    off, on = START + timedelta(days=day), START + timedelta(days=day, hours=4)
    ends = {
        f"{e}_{k}": v
        for e in ("origin", "destination")
        for k, v in (("ending", "seen"), ("probability", 1.0))
    }
    times = {"takeoff_utc": off, "first_seen_utc": off, "landing_utc": on, "last_seen_utc": on}
    return (
        {"flight_id": f"f{n}", "icao24": icao24, "origin": origin, "destination": destination} | ends | times
    )


def claims(n, apart_days):
    rows = [flight(i, "aaaaaa", "UUMU", "HL59", apart_days * i) for i in range(n)]
    rows += [flight(100 + i, "bbbbbb", "HL59", "GABS", apart_days * i + 1) for i in range(n)]
    flights = pa.Table.from_pylist(rows, schema=TABLES["flights"])
    known = {name: empty(name) for name in ("ends", "candidates", "routes")} | {"flights": flights}
    known |= relays(flights, empty("candidates"), CASE)
    made = build_claims(known, CASE, look_up(AIRFIELDS, AIRFIELDS.ident, CASE)).claims
    assert recount(made, known) == []
    return [c for c in made.to_pylist() if "relays" in c["query"]]


def test_a_relay_is_an_inference_beside_chance():
    (claim,) = claims(6, 9.3)
    assert claim["value"] == 6
    assert "another aircraft had come in from" in claim["sentence"]
    assert "the arrivals moved to other days would make" in claim["sentence"]
    assert claim["assumptions"].startswith("Inference")
    assert "Tracks show no cargo" in claim["assumptions"]
    assert claim["confidence"].startswith("low")


def test_too_short_a_time_tells_no_chance_and_few_pairs_no_claim():
    (claim,) = claims(4, 3.0)
    assert "cannot be told" in claim["sentence"]
    assert claims(2, 9.3) == []
