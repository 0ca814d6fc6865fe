from __future__ import annotations

import gzip
import io
import json
import re

import numpy as np
import pyarrow.parquet as pq
import pytest
from made_world import FAULTY, TEXT, traces, world

from waystation import ingest, simulate
from waystation.simulate.receivers import horizon_km
from waystation.terms.geodesy import distance_km, unit_vectors
from waystation.world.airspace import closed_areas
from waystation.world.crossings import inside_labels


def documents(files: dict[str, bytes]) -> list[dict]:
    return [json.loads(gzip.decompress(b)) for b in traces(files).values()]


def truth(files: dict[str, bytes], name: str = "truth_flights") -> list[dict]:
    return pq.read_table(io.BytesIO(files[f"{name}.parquet"])).to_pylist()


def test_the_same_scenario_gives_the_same_bytes_and_another_seed_does_not() -> None:
    scenario = simulate.read_scenario(TEXT.encode())
    again = dict(simulate.build(scenario))
    assert again == world()
    other = dict(simulate.build(simulate.read_scenario(TEXT.replace("seed = 5", "seed = 6").encode())))
    assert other["truth_flights.csv"] != again["truth_flights.csv"]


def test_files_lie_as_in_globe_history_and_are_cut_at_midnight() -> None:
    for name, data in traces(world()).items():
        m = re.fullmatch(r"(\d{4}/\d{2}/\d{2})/traces/([0-9a-f]{2})/trace_full_([0-9a-f]{6})\.json", name)
        assert m
        assert m[3].endswith(m[2])
        document = json.loads(gzip.decompress(data))
        assert document["icao"] == m[3]
        assert np.datetime64(int(document["timestamp"]), "s") == np.datetime64(m[1].replace("/", "-"))
        dt = [row[0] for row in document["trace"]]
        assert min(dt) >= 0
        assert max(dt) < 86400
        assert dt == sorted(dt)


def test_rows_have_the_form_of_real_ones() -> None:
    kinds = set()
    for document in documents(world()):
        for i, row in enumerate(document["trace"]):
            assert len(row) == 14
            assert (row[8] is not None) == (i % 4 == 0)
            kinds.add(type(row[3]).__name__)
            assert not isinstance(row[3], str) or row[3] == "ground"
    assert kinds == {"int", "str", "NoneType"}


def test_every_document_and_table_says_simulated() -> None:
    files = world()
    for document in documents(files):
        assert document["simulated"] == "A test week (simulated), seed 5"
    for name in ("truth_flights", "truth_stays", "truth_changes"):
        assert {row["simulated"] for row in truth(files, name)} == {"A test week (simulated), seed 5"}
    assert files["SIMULATED.txt"].startswith(b"SIMULATED")


def test_ingest_reads_every_trace_without_a_rejected_row() -> None:
    for files in (world(), world(FAULTY)):
        total = 0
        for name, data in traces(files).items():
            parsed = ingest.build(io.BytesIO(data), source_id="s", uri=name)
            assert parsed.format == "readsb"
            assert parsed.rejected.num_rows == 0, parsed.rejected.to_pylist()[:3]
            assert parsed.network == "SIMULATED"
            total += parsed.positions.num_rows
        assert total == sum(f["n_positions"] for f in truth(files)) + strays(files)


def strays(files: dict[str, bytes]) -> int:
    return sum(len(d["trace"]) for d in documents(files) if d.get("noRegData"))


def test_russian_addresses_follow_the_arithmetic() -> None:
    for document in documents(world()):
        if document["r"].startswith("RA-"):
            assert int(document["icao"], 16) == 0x140000 + int(document["r"][3:])
            assert document["dbFlags"] == 1


def test_nothing_is_heard_beyond_the_radio_horizon() -> None:
    assert horizon_km(10.0, 33000 * 0.3048) == pytest.approx(426, abs=1)
    scenario = simulate.read_scenario(TEXT.encode())
    lat, lon = [r.lat for r in scenario.receiver], [r.lon for r in scenario.receiver]
    for document in documents(world()):
        for row in document["trace"]:
            if row[3] is None or row[3] == "ground":
                continue
            reach = horizon_km(30.0, max(row[3], 100) * 0.3048)
            assert float(np.min(distance_km(row[1], row[2], lat, lon))) < reach + 3


def test_no_transport_crosses_closed_airspace() -> None:
    from datetime import date

    closed = closed_areas(date(2024, 12, 10), "russian-state", to=("RU", "SY"))
    rows = [(r[1], r[2]) for d in documents(world()) if d["t"] == "IL76" for r in d["trace"]]
    assert len(rows) > 1000
    at = unit_vectors(*np.array(rows).T)
    assert not inside_labels(at, closed.areas).any()


def test_true_times_agree_with_what_was_heard() -> None:
    flights = truth(world())
    assert len(flights) > 20
    for f in flights:
        assert f["landing_utc"] > f["takeoff_utc"]
        km_h = f["distance_km"] / ((f["landing_utc"] - f["takeoff_utc"]).total_seconds() / 3600)
        assert 450 < km_h < 1000
    stays = truth(world(), "truth_stays")
    assert stays
    assert all(s["to_utc"] > s["from_utc"] for s in stays)
    (change,) = truth(world(), "truth_changes")
    assert (change["change"], change["old"], change["new"]) == ("hub", "OSLK", "HL59")
    assert str(change["from_date"]) == "2024-12-12"


def test_faults_are_there_where_the_scenario_wants_them() -> None:
    flights = truth(world(FAULTY))
    said = ";".join(f["faults"] for f in flights)
    for fault in ("ground-flip", "address-typo", "duplicate-address", "teleport", "jam"):
        assert fault in said
    assert any(f["role"] == "stranger" for f in flights)
    shown = documents(world(FAULTY))
    assert any(d.get("noRegData") for d in shown)
    nic = {row[8]["nic"] for d in shown for row in d["trace"] if row[8] and "nic" in row[8]}
    assert 0 in nic
    beirut = [
        r
        for d in shown
        if d.get("t") == "IL76"
        for r in d["trace"]
        if r[3] not in {None, "ground"} and r[3] > 20000 and distance_km(r[1], r[2], 33.82, 35.49) < 2
    ]
    assert beirut


def test_faultless_worlds_have_none() -> None:
    assert {f["faults"] for f in truth(world())} == {""}
    assert not any(d.get("noRegData") for d in documents(world()))


def test_dark_habits_leave_no_position_near_the_airfield() -> None:
    flights = [f for f in truth(world(FAULTY)) if f["destination"] == "HL59"]
    assert flights
    assert all(f["destination_dark_km"] > 0 for f in flights)
    assert all(f["destination_lowest_ft"] is None for f in flights if f["destination_dark_km"] > 40)


def test_a_receiver_that_is_lost_hears_nothing() -> None:
    gone = TEXT.replace("[reception]", '[[outage]]\nreceivers = ["Khadim"]\nfrom = 2024-12-12\n[reception]')
    flights = [f for f in truth(world(gone)) if f["destination"] == "HL59"]
    lost = [f["landing_utc"].date().isoformat() >= "2024-12-12" for f in flights]
    assert len(set(lost)) == 2
    for f, late in zip(flights, lost, strict=True):
        low = f["destination_lowest_ft"]
        assert (low is None or low > 3000) if late else (low is not None and low < 100)
