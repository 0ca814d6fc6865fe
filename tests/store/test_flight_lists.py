"""Flight lists on disk: sidecars, several lists, faults that `waystation check` shows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from waystation.store.flight_lists import flight_list_fault, read_flight_lists
from waystation.terms.errors import InputError
from waystation.terms.schema import TABLES
from waystation.world.airfields import load_airfields

ROW = "154076,RA-82038,OSLK,HL59,2024-12-15,20:35,22:50\n"
HEAD = "hex,reg,origin,destination,date,departure,arrival\n"


@pytest.fixture
def lists(tmp_path):
    def write(name, text, beside=None):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        if beside:
            path.with_name(name + ".toml").write_text(beside, encoding="utf-8")
        return path

    return write


def test_two_lists_do_not_count_one_flight_twice(lists):
    a = lists("a.csv", HEAD + ROW)
    b = lists("b.csv", HEAD + ROW.replace("20:35", "20:45") + "154076,,HL59,OSLK,2024-12-16,04:00,06:10\n")
    tables = read_flight_lists([a, b], load_airfields())
    assert tables["flights"].num_rows == 2
    assert tables["rejected"].column("reason").to_pylist() == ["same-as-list"]
    assert tables["sources"].num_rows == 2
    for name, table in tables.items():
        assert table.schema.equals(TABLES[name]), name


def test_the_same_file_named_twice_is_read_once(lists):
    a, b = lists("a.csv", HEAD + ROW), lists("b.csv", HEAD + ROW)
    tables = read_flight_lists([a, a, b], load_airfields())
    assert tables["flights"].num_rows == 1
    assert tables["sources"].num_rows == 1


def test_no_lists_give_empty_tables():
    tables = read_flight_lists([], load_airfields())
    assert {name: t.num_rows for name, t in tables.items()} == dict.fromkeys(tables, 0)


def test_a_sidecar_names_columns_and_zone(lists):
    path = lists(
        "a.csv",
        "wer,von,nach,ab\nRA-82038,OSLK,HL59,2024-12-15 23:35\n",
        'zone = "Europe/Moscow"\n[columns]\nregistration = "wer"\norigin = "von"\ndestination = "nach"\ntakeoff = "ab"\n',
    )
    flights = read_flight_lists([path], load_airfields())["flights"]
    assert flights.column("takeoff_utc").to_pylist() == [datetime(2024, 12, 15, 20, 35, tzinfo=UTC)]
    assert flight_list_fault(path) is None


def test_an_aircraft_of_the_case_gives_its_address(lists):
    import pyarrow as pa

    row = {"icao24": "154076", "registration": "RA-82038"}
    aircraft = pa.Table.from_pylist([row], schema=TABLES["aircraft"])
    path = lists("a.csv", HEAD + ROW.replace("154076", ""))
    known = read_flight_lists([path], load_airfields(), aircraft=aircraft)["flights"]
    alone = read_flight_lists([path], load_airfields())["flights"]
    assert known.column("icao24").to_pylist() == ["154076"]
    assert alone.column("icao24").to_pylist() == ["~reg-ra82038"]


def test_faults_are_told_with_a_remedy(lists, tmp_path):
    what, remedy = flight_list_fault(lists("a.csv", "foo,origin\n1,OSLK\n"))
    assert "no column for an aircraft" in what
    assert "a.csv.toml" in remedy
    assert "No such file" in flight_list_fault(tmp_path / "none.csv")[0]
    assert "no key zones" in flight_list_fault(lists("b.csv", HEAD + ROW, 'zones = "UTC"\n'))[0]
    assert "is no time zone" in flight_list_fault(lists("c.csv", HEAD + ROW, 'zone = "Moscow"\n'))[0]
    assert "not valid TOML" in flight_list_fault(lists("d.csv", HEAD + ROW, "zone =\n"))[0]
    assert flight_list_fault(lists("e.csv", HEAD + ROW)) is None
    with pytest.raises(InputError, match="list has"):
        read_flight_lists([lists("f.csv", HEAD + ROW, '[columns]\norigin = "von"\n')], load_airfields())
