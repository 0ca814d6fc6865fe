"""A day in two files: who flew in one, positions in the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from waystation.store.archive import read_archive_table, read_positions
from waystation.store.ingesting import ingest

if TYPE_CHECKING:
    from pathlib import Path

LIST = """flight_id,aircraft_id,reg,equip,callsign,flight,schd_from,schd_to,real_to,reserved
207507520,8390454,VTANP,B788,AIC175,AI175,AMD,LHR,LHR,NA
207507521,NA,NA,NA,NA,NA,NA,NA,NA,NA
"""
POSITIONS = """snapshot_id,altitude,heading,latitude,longitude,radar_id,speed,squawk
1486270575,38000,291,36.18664,52.95428,3517,425,13827
1486270635,38000,291,36.25,52.85,3517,425,13827
"""


def day(folder: Path, *flights: str, listed: str | None = LIST) -> Path:
    (folder / "20170205_positions").mkdir(parents=True)
    for n, f in enumerate(flights):
        text = POSITIONS.replace("14862", f"1486{2 + n}")
        (folder / "20170205_positions" / f"20170205_{f}.csv").write_text(text)
    if listed is not None:
        (folder / "20170205_flights.csv").write_text(listed)
    return folder


def test_positions_get_the_address_that_the_list_beside_them_tells(tmp_path: Path) -> None:
    ingest([str(day(tmp_path / "raw", "207507520"))], tmp_path / "a", workers=1)
    rows = read_positions(tmp_path / "a").to_pylist()
    assert [(r["icao24"], r["callsign"], r["squawk"], r["altitude_ft"]) for r in rows] == [
        ("800736", "AIC175", "3603", 38_000)
    ] * 2
    (said,) = read_archive_table(tmp_path / "a", "identities").to_pylist()
    assert (said["registration"], said["type"]) == ("VTANP", "B788")
    sources = {r["format"]: r for r in read_archive_table(tmp_path / "a", "sources").to_pylist()}
    assert sources["csv"]["network"] == "flightradar24"
    assert "may not be handed on" in sources["csv"]["licence"]
    (note,) = read_archive_table(tmp_path / "a", "rejected").to_pylist()
    assert "the list of flights beside a folder of positions" in note["raw"]


@pytest.mark.parametrize(
    "listed",
    [
        None,
        "",
        LIST,
        "flight_id\n1\n",
        LIST.replace("8390454", "99999999999").replace("207507520,", "207507522,"),
    ],
)
def test_without_an_address_the_number_of_the_flight_names_the_track(
    tmp_path: Path, listed: str | None
) -> None:
    ingest([str(day(tmp_path / "raw", "207507521", "207507522", listed=listed))], tmp_path / "a", workers=1)
    rows = read_positions(tmp_path / "a").to_pylist()
    assert len(rows) == 4
    assert len({r["icao24"] for r in rows}) == 2
    assert all(r["icao24"].startswith("~") for r in rows)
    notes = read_archive_table(tmp_path / "a", "rejected").to_pylist()
    named = [r["raw"] for r in notes if r["reason"] == "stand-in-address"]
    assert ["for 207507521;" in named[0], "for 207507522;" in named[1]] == [True, True]


def test_a_users_own_mapping_has_the_last_word(tmp_path: Path) -> None:
    ingest(
        [str(day(tmp_path / "raw", "207507520"))], tmp_path / "a", workers=1, mapping={"icao24": "=4b1814"}
    )
    assert set(read_positions(tmp_path / "a")["icao24"].to_pylist()) == {"4b1814"}


def test_a_list_of_flights_among_tracks_says_where_it_belongs(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/list.csv").write_text(
        "registration,origin,destination,date\nRA-82038,OSLK,HL59,2024-12-26\n"
    )
    ingest([str(tmp_path / "raw")], tmp_path / "a", workers=1)
    (note,) = read_archive_table(tmp_path / "a", "rejected").to_pylist()
    assert note["reason"] == "not-a-trace"
    assert 'name it in the case file, flights = ["LIST.csv"]' in note["raw"]


def test_the_real_days_give_every_position(dev_data, tmp_path: Path) -> None:
    ingest([str(dev_data / "fr24")], tmp_path / "a", workers=1)
    rejected = read_archive_table(tmp_path / "a", "rejected")["reason"].to_pylist()
    assert {r: rejected.count(r) for r in rejected} == {
        "no-position": 5147,
        "not-a-trace": 2,
        "stand-in-address": 1,
    }
    assert read_positions(tmp_path / "a").num_rows == 23_983
