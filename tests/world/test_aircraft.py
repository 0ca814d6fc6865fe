from __future__ import annotations

import gzip
import time
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from waystation.terms.errors import FormatError
from waystation.terms.schema import TABLES, TIME
from waystation.world.aircraft import identify
from waystation.world.aircraft_csv import COLUMNS, read_aircraft_csv, read_tar1090_csv

SPAN = pa.schema(
    [("icao24", pa.string()), ("first_utc", TIME), ("last_utc", TIME), ("heard_by", pa.list_(pa.string()))]
)


def day(n: int, month: int = 1) -> datetime:
    return datetime(2025, month, n, tzinfo=UTC)


def sources(**files):
    rows = [{"source_id": k, "first_utc": a, "last_utc": b} for k, (a, b) in files.items()]
    return pa.Table.from_pylist(rows, schema=TABLES["sources"])


def says(*rows):
    names = ("source_id", "icao24", "registration", "type", "operator", "flags")
    return pa.Table.from_pylist(
        [dict(zip(names, r, strict=False)) for r in rows], schema=TABLES["identities"]
    )


def span(*rows):
    return pa.Table.from_pylist([dict(zip(SPAN.names, r, strict=True)) for r in rows], schema=SPAN)


def imported(*rows):
    return pa.Table.from_pylist([dict(zip(COLUMNS.names, r, strict=False)) for r in rows], schema=COLUMNS)


HEARD = span(("154076", day(1), day(30), ["adsb", "mlat"]))


def test_a_plain_aircraft_is_one_row_without_doubt():
    t = identify(
        says(("a", "154076", "RA-82038", "A124", "224 FU", 1), ("b", "154076", "RA-82038", "A124", None, 1)),
        sources(a=(day(2), day(3)), b=(day(4), day(5))),
        HEARD,
    )
    assert t.schema == TABLES["aircraft"]
    assert t.to_pylist() == [
        {
            "icao24": "154076", "from_utc": day(1), "to_utc": day(30), "registration": "RA-82038", "type": "A124",
            "operator": "224 FU", "military": True, "heard_as": "adsb,mlat", "doubt": None,
        }
    ]  # fmt: skip


def test_an_address_that_moved_gives_consecutive_rows():
    t = identify(
        says(("a", "4ca001", "EI-AAA", "B738"), ("b", "4ca001", "EI-BBB", "A320")),
        sources(a=(day(2), day(5)), b=(day(10), day(12))),
        span(("4ca001", day(1), day(20), ["adsb"])),
    ).to_pylist()
    assert [(r["registration"], r["type"], r["from_utc"], r["to_utc"]) for r in t] == [
        ("EI-AAA", "B738", day(1), day(10)),
        ("EI-BBB", "A320", day(10), day(20)),
    ]
    assert [r["doubt"] for r in t] == [None, None]


def test_two_registrations_at_once_are_one_row_and_a_doubt():
    t = identify(
        says(("a", "4ca001", "EI-AAA"), ("b", "4ca001", "EI-AAA"), ("c", "4ca001", "EI-BBB")),
        sources(a=(day(1), day(2)), b=(day(9), day(10)), c=(day(4), day(5))),
        span(("4ca001", day(1), day(10), ["adsb"])),
    ).to_pylist()
    assert [r["registration"] for r in t] == ["EI-AAA"]
    assert t[0]["doubt"] == "two registrations at once: EI-AAA (2 files), EI-BBB (1 files)"


def test_spelling_is_no_second_registration():
    t = identify(
        says(("a", "154076", "RA-82038"), ("b", "154076", "RA82038")),
        sources(a=(day(1), day(2)), b=(day(2), day(3))),
        HEARD,
    ).to_pylist()
    assert len(t) == 1
    assert "two registrations" not in (t[0]["doubt"] or "")


@pytest.mark.parametrize(
    ("address", "registration", "doubt"),
    [
        ("154077", "RA-82038", "RA-82038 should by arithmetic have 154076, not 154077"),
        ("1d2be4", "RF-76772", "agrees with 1d2be4 only in the series 1c0000"),
        ("a00001", "G-ABCD", "address of United States (US), registration G-ABCD of GB"),
        ("b00001", "N1", "address in no state's block"),
        ("~154076", "RA-82038", "not an ICAO address"),
    ],
)
def test_doubts_are_said_and_reject_nothing(address, registration, doubt):
    t = identify(
        says(("a", address, registration)),
        sources(a=(day(1), day(2))),
        span((address, day(1), day(2), ["adsb"])),
    ).to_pylist()
    assert len(t) == 1
    assert t[0]["registration"] == registration
    assert doubt in t[0]["doubt"]


def test_imported_tables_fill_what_traces_leave_open_and_disagree_aloud():
    empty = says(("a", "154076", None, None))
    db = imported(("154076", "RA-82038", "A124", None, True))
    got = identify(empty, sources(a=(day(1), day(2))), HEARD, [("tar1090-db", db)]).to_pylist()[0]
    assert (got["registration"], got["type"], got["military"], got["doubt"]) == (
        "RA-82038",
        "A124",
        True,
        None,
    )

    other = imported(("154076", "RA-82047", "IL76", None, None))
    named = says(("a", "154076", "RA-82038", "A124"))
    got = identify(named, sources(a=(day(1), day(2))), HEARD, [("tar1090-db", other)]).to_pylist()[0]
    assert (got["registration"], got["type"]) == ("RA-82038", "A124")
    assert "tar1090-db say registration RA-82047, not RA-82038" in got["doubt"]
    assert "tar1090-db say type IL76, not A124" in got["doubt"]


def test_imported_rows_with_dates_make_periods():
    own = imported(
        ("154076", "RA-82038", "A124", None, None, None, day(9)),
        ("154076", "RA-82047", "A124", None, None, day(10), None),
    )
    t = identify(says(), sources(), HEARD, [("mine", own)]).to_pylist()
    assert [(r["registration"], r["from_utc"], r["to_utc"]) for r in t] == [
        ("RA-82038", day(1), day(10)),
        ("RA-82047", day(10), day(30)),
    ]


def test_an_address_that_nobody_names_still_has_its_row():
    t = identify(says(), sources(), HEARD).to_pylist()
    assert len(t) == 1
    assert t[0]["registration"] is None
    assert t[0]["military"] is None
    assert (t[0]["from_utc"], t[0]["to_utc"]) == (day(1), day(30))


def test_the_order_of_files_does_not_matter():
    rows = [
        ("a", "4ca001", "EI-AAA", "B738"),
        ("b", "4ca001", "EI-BBB", "A320"),
        ("c", "4ca001", None, "B738"),
    ]
    files = sources(a=(day(2), day(5)), b=(day(10), day(12)), c=(day(3), day(3)))
    where = span(("4ca001", day(1), day(20), ["adsb"]))
    assert identify(says(*rows), files, where) == identify(says(*rows[::-1]), files, where)


def test_both_forms_of_the_tar1090_table_are_read():
    original = b"004002;Z-WPA;B732;00;BOEING 737-200;;;\n15405B;RA-82011;A124;10;ANTONOV An-124;;Russian AF;\nnonsense\n"
    header = b"icao24,registration,typecode,flags,description\n15405b,RA-82011,A124,11,ANTONOV An-124\n"
    a, b = read_tar1090_csv(gzip.compress(original)), read_tar1090_csv(header)
    assert a.column_names == b.column_names == COLUMNS.names
    assert a.column("icao24").to_pylist() == ["004002", "15405b"]
    assert a.column("military").to_pylist() == [False, True]
    assert a.column("operator").to_pylist() == [None, "Russian AF"]
    assert a.schema.metadata[b"rows_refused"] == b"1"
    assert b.to_pylist()[0]["military"] is True


@pytest.mark.parametrize("data", [b"", b"hello\n", b"\x1f\x8bbroken", b"a;b\n"])
def test_what_is_no_tar1090_table_is_said_to_be_none(data):
    with pytest.raises(FormatError):
        read_tar1090_csv(data)


def test_the_real_register_is_read_quickly(dev_data):
    begin = time.process_time()
    t = read_tar1090_csv((dev_data / "aircraft" / "tar1090_db_20260406.csv.gz").read_bytes())
    assert time.process_time() - begin < 5.0
    assert t.num_rows == 619_472
    assert sum(t.column("military").to_pylist()) == 20_783


def test_a_csv_with_names_of_its_own_is_read():
    t = read_aircraft_csv(
        b"Hex,Reg,Type,Owner,Military,From,To\n154076,RA-82038,a124,VDA,yes,2024-01-01,\n"
    ).to_pylist()
    assert t[0]["type"] == "A124"
    assert t[0]["military"] is True
    assert t[0]["from_utc"] == datetime(2024, 1, 1, tzinfo=UTC)
    assert t[0]["to_utc"] is None


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"reg\nRA-1\n", "no column icao24"),
        (b"icao24\nxyz\n", "line 2: icao24 = 'xyz'"),
        (b"icao24,military\n154076,perhaps\n", "line 2: military = 'perhaps'"),
        (b"icao24,from\n154076,yesterday\n", "line 2: from = 'yesterday'; write a date"),
    ],
)
def test_a_bad_row_says_where_and_what_to_do(data, message):
    with pytest.raises(FormatError) as error:
        read_aircraft_csv(data)
    assert message in str(error.value)
