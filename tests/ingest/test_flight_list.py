"""Flight lists: a messy golden case, times, places, columns, and joining without counting twice."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from waystation.ingest.flight_list import read_flight_list
from waystation.ingest.flight_list_join import join_listed
from waystation.ingest.flight_list_places import place_of
from waystation.ingest.flight_list_rows import LIST_NOTES, LIST_REFUSALS
from waystation.ingest.flight_list_times import day_of, said, zone_of
from waystation.terms.errors import FormatError, UsageError
from waystation.terms.schema import TABLES
from waystation.world.airfields import load_airfields

GOLDEN = Path(__file__).parent.parent / "golden" / "messy-flight-list"
DAY = date(2024, 12, 15)


def read(text, **more):
    data = text if isinstance(text, bytes) else text.encode()
    return read_flight_list(
        data, source_id="s" * 16, uri="list.csv", sha256="0" * 64, airfields=load_airfields(), **more
    )


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def test_the_messy_list_gives_what_was_worked_out_by_hand():
    listed = read((GOLDEN / "input.csv").read_bytes())
    expected = list(csv.DictReader(io.StringIO((GOLDEN / "expected.csv").read_text())))
    got = []
    for f in listed.flights.to_pylist():
        row = {k: f[k] for k in expected[0]}
        row["icao24"] = "call" if row["icao24"].startswith("~call-") else row["icao24"]
        got.append(
            {k: v.strftime("%Y-%m-%dT%H:%MZ") if isinstance(v, datetime) else v or "" for k, v in row.items()}
        )
    assert got == expected
    refused = Counter(r for r in listed.rejected.column("reason").to_pylist() if r in LIST_REFUSALS)
    assert refused == Counter(
        ["not-flown", "no-aircraft", "no-time", "no-place", "bad-time", "listed-twice", "bad-record"]
    )
    assert listed.source.column("n_rejected").to_pylist() == [7]
    assert set(listed.rejected.column("reason").to_pylist()) <= set(LIST_REFUSALS) | set(LIST_NOTES)


def test_tables_follow_the_schema_and_say_as_listed():
    listed = read((GOLDEN / "input.csv").read_bytes())
    assert listed.flights.schema.equals(TABLES["flights"])
    assert listed.ends.schema.equals(TABLES["ends"])
    assert listed.aircraft.schema.equals(TABLES["aircraft"])
    assert listed.flights.column("origin_probability").null_count == listed.flights.num_rows
    assert listed.ends.num_rows == 2 * listed.flights.num_rows
    assert listed.ends.column("probability").null_count == listed.ends.num_rows
    assert all(listed.ends.column("reason").to_pylist())
    assert listed.source.column("format").to_pylist() == ["flight-list"]


def test_the_order_of_rows_does_not_matter():
    head, *rows = (GOLDEN / "input.csv").read_text().splitlines()
    turned = "\n".join([head, *reversed(rows)])
    a, b = read((GOLDEN / "input.csv").read_bytes()), read(turned)
    assert a.flights.equals(b.flights)
    assert a.ends.equals(b.ends)


def test_parquet_says_what_csv_says():
    table = pa.table(
        {
            "icao24": ["154076"],
            "origin": ["OSLK"],
            "destination": ["HL59"],
            "takeoff": pa.array([utc(2024, 12, 15, 20, 35)], pa.timestamp("us", tz="UTC")),
        }
    )
    sink = io.BytesIO()
    pq.write_table(table, sink)
    from_parquet = read(sink.getvalue()).flights
    from_csv = read("icao24,origin,destination,takeoff\n154076,OSLK,HL59,2024-12-15T20:35:00Z\n").flights
    assert from_parquet.equals(from_csv)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2024-12-15T20:35:00Z", utc(2024, 12, 15, 20, 35)),
        ("2024-12-15 20:35:00", utc(2024, 12, 15, 20, 35)),
        ("2024-12-15 23:35:00+03:00", utc(2024, 12, 15, 20, 35)),
        ("1734294900", utc(2024, 12, 15, 20, 35)),
        ("1734294900000", utc(2024, 12, 15, 20, 35)),
        ("10:35PM EET", utc(2024, 12, 15, 20, 35)),
        ("10:35 p.m. EET", utc(2024, 12, 15, 20, 35)),
        ("Sun 22:35 EET", utc(2024, 12, 15, 20, 35)),
        ("23:35 Europe/Moscow", utc(2024, 12, 15, 20, 35)),
        ("23:35 (+03)", utc(2024, 12, 15, 20, 35)),
        ("15 Dec 2024 20:35", utc(2024, 12, 15, 20, 35)),
        ("00:10 (+1)", utc(2024, 12, 16, 0, 10)),
        ("12:05AM UTC", utc(2024, 12, 15, 0, 5)),
    ],
)
def test_times(cell, expected):
    assert said(cell, DAY, None, UTC).utc == expected


@pytest.mark.parametrize(
    ("cell", "word"),
    [
        ("LIVE", "live"),
        ("En Route", "live"),
        ("Est. 11:20", "estimated"),
        ("10:00 CST", "unread"),
        ("10:00 IST", "unread"),
        ("25:61", "unread"),
        ("soon", "unread"),
        ("", ""),
        ("N/A", ""),
        (None, ""),
        (float("nan"), ""),
    ],
)
def test_what_is_no_time(cell, word):
    told = said(cell, DAY, None, UTC)
    assert told.word == word
    assert (told.utc is None) == (word != "estimated")


def test_a_local_time_without_zone_is_not_guessed():
    assert said("10:00", DAY, None, None).word == "local"
    listed = read(
        "reg,origin,destination,date,Departure (local)\nRA-1,OSLK,HL59,2024-12-15,10:00\n",
        mapping={"takeoff": "Departure (local)"},
    )
    assert listed.rejected.column("reason").to_pylist() == ["local-time"]
    assert listed.flights.column("takeoff_utc").to_pylist() == [None]
    told = read(
        "reg,origin,destination,date,Departure (local)\nRA-1,OSLK,HL59,2024-12-15,10:00\n",
        mapping={"takeoff": "Departure (local)"},
        zone="Europe/Moscow",
    )
    assert told.flights.column("takeoff_utc").to_pylist() == [utc(2024, 12, 15, 7, 0)]


def test_summer_time_is_that_of_the_date():
    listed = read(
        "reg,from,to,date,departure,origin_tz\n"
        "D-A,EDDF,LIRF,2024-07-01,10:00,Europe/Berlin\nD-A,EDDF,LIRF,2024-12-01,10:00,Europe/Berlin\n"
    )
    assert [t.hour for t in listed.flights.column("takeoff_utc").to_pylist()] == [8, 9]


@pytest.mark.parametrize(
    "cell", ["2024-12-15", "15-Dec-2024", "Sun, 15 Dec 2024", "Dec 15, 2024", "15.12.2024", "20241215"]
)
def test_dates(cell):
    assert day_of(cell) == DAY


def test_an_ambiguous_date_is_none():
    assert day_of("03/04/2024") is None


def test_zones():
    assert zone_of("Europe/Moscow") == ZoneInfo("Europe/Moscow")
    assert zone_of("+0330").utcoffset(None).total_seconds() == 3.5 * 3600
    assert zone_of("CST") is None
    assert zone_of("../../etc/passwd") is None


@pytest.mark.parametrize(
    ("cell", "on", "ident"),
    [
        ("OSLK", DAY, "OSLK"),
        ("Latakia (LTK / OSLK)", DAY, "OSLK"),
        ("Moscow (VKO)", DAY, "UUWW"),
        ("LY-MRA", DAY, "HLMS"),
        ("IST", date(2017, 2, 5), "LTBA"),
        ("IST", date(2019, 4, 6), "LTFM"),
        ("Istanbul (IST)", date(2018, 1, 1), "LTBA"),
        ("ROV", date(2017, 2, 5), None),
        ("Near Damascus", DAY, None),
        ("Atlantis", DAY, None),
        ("", DAY, None),
        ("NA", DAY, None),
    ],
)
def test_airfields_of_the_date(cell, on, ident):
    place = place_of(cell, on, load_airfields())
    assert place.ident == ident
    assert place.reason


def test_a_diverted_flight_ends_where_it_landed():
    listed = read(
        "reg,schd_from,schd_to,real_to,date\nOK-A,PRG,ICN,NA,2017-02-05\nOK-B,PRG,ICN,SVO,2017-02-05\n"
    )
    assert sorted(listed.flights.column("destination").to_pylist()) == ["RKSI", "UUEE"]


def test_columns_that_are_missing_are_named():
    with pytest.raises(FormatError, match=r"an aircraft .* and a date or time") as caught:
        read("foo,origin,destination\n1,OSLK,HL59\n")
    assert "list.csv.toml" in str(caught.value)
    with pytest.raises(UsageError, match="it can name"):
        read("reg,origin,date\n", mapping={"tail_number": "reg"})
    with pytest.raises(FormatError, match="no header"):
        read("nothing here")


# ---- beside flights from tracks


def track(
    flight_id="t1",
    icao24="154076",
    origin="OSLK",
    destination="HL59",
    takeoff=(20, 35),
    landing=(22, 50),
    day=15,
):
    row = dict.fromkeys(TABLES["flights"].names) | {
        "flight_id": flight_id,
        "icao24": icao24,
        "registration": "RA-82038",
        "origin": origin,
        "origin_ending": "seen",
        "destination": destination,
        "destination_ending": "seen",
        "takeoff_utc": utc(2024, 12, day, *takeoff),
        "landing_utc": utc(2024, 12, day, *landing),
        "first_seen_utc": utc(2024, 12, day, *takeoff),
        "last_seen_utc": utc(2024, 12, day, *landing),
    }
    return pa.Table.from_pylist([row], schema=TABLES["flights"])


HEAD = "hex,reg,origin,destination,date,departure,arrival\n"


def joined(row, *tracks):
    kept, aside = join_listed(pa.concat_tables(tracks), read(HEAD + row))
    return kept.flights.num_rows, aside.column("reason").to_pylist()


def test_the_same_flight_is_set_aside():
    assert joined("154076,,OSLK,HL59,2024-12-15,20:50,", track()) == (0, ["same-as-track"])
    assert joined(",RA82038,OSLK,HL59,2024-12-15,,22:30", track()) == (0, ["same-as-track"])


def test_another_time_is_another_flight():
    assert joined("154076,,OSLK,HL59,2024-12-15,10:00,12:00", track()) == (1, [])
    assert joined("154077,RA-82039,OSLK,HL59,2024-12-15,20:40,22:40", track()) == (1, [])


def test_other_ends_at_the_same_time_are_told_apart_but_not_counted():
    kept, aside = join_listed(track(), read(HEAD + "154076,,OSLK,GABS,2024-12-15,20:40,23:40"))
    assert kept.flights.num_rows == kept.ends.num_rows == 0
    assert aside.column("reason").to_pylist() == ["differs-from-track"]
    assert "OSLK>GABS" in aside.column("raw")[0].as_py()


def test_one_flight_inside_another_is_the_same_aircraft_in_the_air():
    assert joined("154076,,OSLK,HL59,2024-12-15,21:10,22:00", track())[0] == 0


def test_without_times_each_flight_of_the_day_takes_one_row():
    two = (track(), track("t2", takeoff=(4, 0), landing=(6, 0)))
    assert joined("154076,,OSLK,HL59,2024-12-15,,", *two) == (0, ["same-as-track"])
    assert joined("154076,,HL59,OSLK,2024-12-15,,", *two) == (1, [])
    assert joined("154076,,OSLK,HL59,2024-12-16,,", *two) == (1, [])


def test_a_list_of_real_exports_is_read(dev_data):
    data = (dev_data / "fr24" / "20170205_flights.csv").read_bytes()
    listed = read(data, mapping={"date": "=2017-02-05"})
    by_reg = {f["registration"]: f for f in listed.flights.to_pylist()}
    assert by_reg["TCOBZ"]["origin"] == "LTBA"  # IST was Atatürk
    assert by_reg["OKYBA"]["destination"] == "RKSI"
    assert listed.flights.num_rows == len(data.decode().strip().splitlines()) - 1


def test_the_truth_of_real_flights_reads_as_a_list(dev_data):
    data = (dev_data / "flights_truth.csv").read_bytes()
    listed = read(data)
    rows = list(csv.DictReader(io.StringIO(data.decode())))
    placed = [r for r in rows if r["origin"] or r["destination"]]
    refused = Counter(listed.rejected.column("reason").to_pylist())
    assert listed.flights.num_rows + refused["listed-twice"] >= 0.97 * len(placed)
    assert refused["bad-time"] + refused["no-time"] <= 0.01 * len(rows)
