"""Stays and itineraries of real flights, against what a hand read from the tracks (WHY.md of each case)."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from waystation import flights, ingest, network, tracks
from waystation.terms.case_view import CaseView
from waystation.terms.schema import empty
from waystation.world.airfields import load_airfields

HERE = Path(__file__).parent
NEAR = timedelta(minutes=3)
SOURCES = {
    "ph_bxc": ("readsb/PH-BXC-2022-02-01.json.gz",),
    "n17104": (
        "csv_adsbx/flight_traces_a11f59_20250208.csv.gz",
        "csv_adsbx/flight_traces_a11f59_20250209.csv.gz",
        "csv_adsbx/raw_A11F59_2025-02-07_2025-02-08.csv.gz",
    ),
    "firefighting": ("traffic/firefighting/calfire.json.gz",),
}


@pytest.fixture(scope="module")
def found(dev_data):
    """case → the tables that ``network`` reads."""
    out = {}
    for case, names in SOURCES.items():
        parts = []
        for n, name in enumerate(names):
            with (dev_data / name).open("rb") as stream:
                parts.append(ingest.build(stream, source_id=f"s{n}", uri=name).positions)
        tracked = tracks.build(pa.concat_tables(parts))
        made = flights.build(
            tracked.positions, tracked.gaps, airfields=load_airfields(), aircraft=empty("aircraft")
        )
        out[case] = (made.flights, made.candidates, made.ends)
    return out


def build(tables, homes=None):
    return network.build(*tables, airfields=load_airfields(), homes=homes)


def expected(case, what):
    with (HERE / case / "expected.csv").open() as stream:
        rows = [r for r in csv.DictReader(stream) if r["what"] == what]
    return [(r["icao24"], r["places"], at(r["from_utc"]), at(r["to_utc"]), r["confidence"]) for r in rows]


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def stays(built, least=3):
    return [
        (s["icao24"], s["airfield"], s["from_utc"], s["to_utc"], str(s["confidence"]))
        for s in built["stays"].to_pylist()
        if s["confidence"] >= least
    ]


def itineraries(built):
    return [
        (t["icao24"], ">".join(t["airfields"]), t["from_utc"], t["to_utc"], "")
        for t in built["itineraries"].to_pylist()
    ]


def missing(wanted, got):
    """The rows of ``wanted`` that no row of ``got`` fits within three minutes at both sides."""
    return [
        w
        for w in wanted
        if not any(
            (w[0], w[1], w[4]) == (g[0], g[1], g[4]) and abs(w[2] - g[2]) <= NEAR and abs(w[3] - g[3]) <= NEAR
            for g in got
        )
    ]


@pytest.mark.parametrize("case", list(SOURCES))
def test_every_stay_read_by_hand_is_there(found, case):
    wanted = expected(case, "stay")
    assert wanted
    assert missing(wanted, stays(build(found[case]))) == []


@pytest.mark.parametrize("case", list(SOURCES))
def test_every_itinerary_read_by_hand_is_there(found, case):
    wanted = expected(case, "itinerary")
    assert wanted
    assert missing(wanted, itineraries(build(found[case]))) == []


@pytest.mark.parametrize(("case", "icao24"), [("ph_bxc", "484132"), ("n17104", "a11f59")])
def test_and_no_others(found, case, icao24):
    built = build(found[case])
    assert missing(stays(built, least=1), expected(case, "stay")) == []
    mine = [t for t in itineraries(built) if t[0] == icao24]
    assert missing(mine, expected(case, "itinerary")) == []


def test_no_stay_of_confidence_3_that_the_hand_did_not_read(found):
    wanted = expected("firefighting", "stay")
    got = [s for s in stays(build(found["firefighting"])) if s[0] == "a515f1"]
    assert missing(got, wanted) == []


def test_a_given_home_cuts_the_day_of_ph_bxc(found):
    built = build(found["ph_bxc"], homes={"484132": "EHAM"})
    assert missing(expected("ph_bxc", "home EHAM"), itineraries(built)) == []
    assert [t["closed"] for t in built["itineraries"].to_pylist()] == [True, True, True, False]
    assert built["triples"].num_rows == 2  # through LOWW and LSGG; home is not on the way


def test_local_sorties_make_no_hub_of_their_home(found):
    built = build(found["firefighting"])
    hubs = network.roles(built, CaseView("sorties"))["hubs"].to_pylist()
    visits = {}
    for v in built["visits"].to_pylist():
        visits[v["airfield"]] = visits.get(v["airfield"], 0.0) + v["probability"]
    busiest = sorted(visits, key=visits.get)[-3:]
    assert set(busiest) == {"KHMT", "KRNM", "KFAT"}
    ratio = {h["airfield"]: h["value"] for h in hubs if h["measure"] == "transit ratio"}
    assert all(ratio.get(airfield, 0.0) < 0.1 for airfield in busiest)
    first = {h["airfield"] for h in hubs if h["measure"] == "through-flow" and h["rank"] == 1}
    assert first.isdisjoint(busiest)
