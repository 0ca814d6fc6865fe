"""Registers as they are published, and where they disagree."""

from __future__ import annotations

import gzip
import time
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from waystation.terms.errors import FormatError
from waystation.terms.schema import TABLES, TIME
from waystation.world.aircraft import identify
from waystation.world.aircraft_csv import COLUMNS
from waystation.world.aircraft_registers import read_register, register_form

TAR1090 = b"154076;RA-82038;A124;10;ANTONOV An-124;;;\n15D3C1;RA-78817;IL76;10;;;;\n"
PLANE_ALERT = b"""$ICAO,$Registration,$Operator,$Type,$ICAO Type,#CMPG,$Tag 1,$#Tag 2,$#Tag 3,Category,$#Link
154076,RA-82038,Russian Air Force,Antonov An-124,A124,Mil,a,b,c,Other Air Forces,https://example.org/1
03E35F,????,Some Navy,Northrop F-5N,F5,Mil,a,b,c,Navy,https://example.org/2
A0B1C2,N1,Made Up Air,"Cessna ""Citation"" II",c56x,Civ,a,b,c,Bizjets,https://example.org/3
broken line
"""
OPENSKY_OLD = b"""\
"icao24","registration","manufacturericao","manufacturername","model","typecode","serialnumber","icaoaircrafttype","operator","operatorcallsign","owner","registered","reguntil"
"154076","RA-82039","ANTONOV","Antonov","An-124-100","A124","","L4J","","","Made Up Owner","2004-01-01","2010-01-01"
"""
OPENSKY_NEW = b"""'icao24','timestamp','acars','adsb','country','icaoAircraftClass','manufacturerIcao','model','operator','operatorCallsign','owner','reg','registration','typecode'
'154076','2021-01-01 00:00:00',0,1,'Russia','L4J','ANTONOV','An-124','O''Hare Air','','','','RA-82038','a124'
'zzz','',0,0,'','','','','','','','','',''
"""
JANUARY, MARCH, JUNE, JULY = (datetime(2024, m, 1, tzinfo=UTC) for m in (1, 3, 6, 7))


@pytest.mark.parametrize(
    ("data", "form"),
    [(TAR1090, "tar1090-db"), (PLANE_ALERT, "plane-alert-db"), (OPENSKY_OLD, "opensky"), (OPENSKY_NEW, "opensky"), (b"icao24,type\n154076,A124\n", "own")],
)  # fmt: skip
def test_a_register_is_known_by_its_first_line_packed_or_not(data, form):
    assert register_form(data) == form
    table = read_register(gzip.compress(data))
    assert table.schema.equals(COLUMNS)
    assert table.equals(read_register(data))
    assert "154076" in table["icao24"].to_pylist()


def test_the_large_register_takes_the_fast_way(dev_data):
    data = (dev_data / "aircraft" / "tar1090_db_20260406.csv.gz").read_bytes()
    begin = time.process_time()
    assert read_register(data).num_rows == 619_472
    assert time.process_time() - begin < 5.0


def test_plane_alert_says_type_operator_and_military():
    table = read_register(PLANE_ALERT)
    rows = [
        [r[k] for k in ("icao24", "registration", "type", "operator", "military")] for r in table.to_pylist()
    ]
    assert rows == [
        ["154076", "RA-82038", "A124", "Russian Air Force", True],
        ["03e35f", None, "F5", "Some Navy", True],
        ["a0b1c2", "N1", "C56X", "Made Up Air", False],
    ]
    assert table.schema.metadata[b"rows_refused"] == b"1"


def test_openskys_table_says_designator_and_operator_or_owner():
    (old,) = read_register(OPENSKY_OLD).to_pylist()
    assert (old["registration"], old["type"], old["operator"]) == ("RA-82039", "A124", "Made Up Owner")
    assert (old["from_utc"], old["to_utc"], old["military"]) == (None, None, None)
    new = read_register(OPENSKY_NEW)
    assert [(r["type"], r["operator"]) for r in new.to_pylist()] == [("A124", "O'Hare Air")]
    assert new.schema.metadata[b"rows_refused"] == b"1"


@pytest.mark.parametrize(
    "data",
    [b"", b"hello\nworld\n", b"\x1f\x8bno", b"\xff\xfe\x00", b"'icao24','typecode','manufacturerIcao'"],
)
def test_what_is_no_register_is_refused_in_words(data):
    with pytest.raises(FormatError):
        read_register(data)


def heard(*rows):
    spans = pa.schema(
        [("icao24", pa.string()), ("first_utc", TIME), ("last_utc", TIME), ("heard_by", pa.string())]
    )
    return pa.Table.from_pylist(
        [dict(zip(spans.names, (*r, "adsb"), strict=True)) for r in rows], schema=spans
    )


def known(span, *registers):
    empty = (TABLES["identities"].empty_table(), TABLES["sources"].empty_table())
    return identify(*empty, span, [(name, read_register(data)) for name, data in registers]).to_pylist()


def test_three_registers_that_disagree_are_shown_with_their_names():
    (row,) = known(
        heard(("154076", JANUARY, JUNE)),
        ("tar1090-db", TAR1090),
        ("opensky", OPENSKY_OLD),
        ("plane-alert-db", PLANE_ALERT),
    )
    assert (row["registration"], row["type"], row["military"]) == ("RA-82038", "A124", True)
    assert row["doubt"] == "opensky say registration RA-82039, not RA-82038 as plane-alert-db, tar1090-db"


def test_one_registration_on_two_addresses_at_a_time_is_a_doubt_on_both():
    other = b"icao24,registration\n154077,RA-82038\n"
    rows = known(heard(("154076", JANUARY, JUNE), ("154077", MARCH, JULY)), ("a", TAR1090), ("b", other))
    assert (
        "RA-82038 is also on 154077 at that time: one of the two is set or entered wrongly"
        in rows[0]["doubt"]
    )
    assert "also on 154076 at that time" in rows[1]["doubt"]
    assert "should by arithmetic have 154076" in rows[1]["doubt"], "which of the two, the arithmetic says"


def test_a_registration_that_is_used_again_says_when_the_other_was_heard():
    book = b"icao24,registration,from,to\n4ca001,EI-AAA,2024-01-01,2024-03-01\n4ca002,EI-AAA,2024-06-01,2024-07-01\n"
    rows = known(heard(("4ca001", JANUARY, MARCH), ("4ca002", JUNE, JULY)), ("book", book))
    assert (
        rows[0]["doubt"]
        == "EI-AAA is also on 4ca002, heard 2024-06-01 to 2024-07-01: used again, or the airframe got another address"
    )
    assert "heard 2024-01-01 to 2024-03-01" in rows[1]["doubt"]


def test_a_hundred_addresses_with_one_joke_registration_are_counted_not_listed():
    book = "icao24,registration\n" + "".join(f"{0x4CA000 + n:06x},GRND\n" for n in range(100))
    rows = known(
        heard(*((f"{0x4CA000 + n:06x}", JANUARY, JUNE) for n in range(100))), ("book", book.encode())
    )
    assert all(r["doubt"].endswith("and on 96 more") and r["doubt"].count("also on") == 3 for r in rows)
