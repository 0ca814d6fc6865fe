from __future__ import annotations

import io
import json

import pytest

from waystation.ingest import FORMATS, build
from waystation.ingest.names import resolve
from waystation.terms.errors import UsageError
from waystation.terms.schema import TABLES

SOURCE = "0123456789abcdef"
MS = 1_735_171_200_000
ROW = {"timestamp": MS, "icao24": "4b1814", "latitude": 47.45, "longitude": 8.55, "altitude": 1550.0, "groundspeed": 120.0, "track": -47, "vertical_rate": 64.0, "callsign": "SWR1 ", "squawk": 1000, "onground": False, "geoaltitude": 1700.0}  # fmt: skip


def read(data: bytes | str, **more):
    data = data.encode() if isinstance(data, str) else data
    return build(io.BytesIO(data), source_id=SOURCE, uri="x", **more)


def one(parsed) -> dict:
    assert parsed.positions.schema == TABLES["positions"]
    assert parsed.rejected.num_rows == 0, parsed.rejected.to_pylist()
    return parsed.positions.to_pylist()[0]


def test_the_json_of_traffic_as_records_and_as_columns():
    rows = [ROW, {**ROW, "timestamp": MS + 1000, "latitude": 47.46}]
    records = read(json.dumps(rows))
    columns = read(json.dumps({k: {"0": rows[0][k], "1": rows[1][k]} for k in ROW}))
    assert records.format == columns.format == "traffic"
    assert records.positions.equals(columns.positions)
    row = one(records)
    assert row["time_utc"].timestamp() * 1000 == MS
    assert (row["altitude_ft"], row["geometric_altitude_ft"], row["on_ground"]) == (1550, 1700, False)
    assert (row["track_angle_deg"], row["callsign"], row["squawk"]) == (313.0, "SWR1", "1000")


def test_records_without_address_or_place_are_refused_and_the_rest_kept():
    no_address = {k: v for k, v in ROW.items() if k != "icao24"}
    nowhere = {**ROW, "latitude": None}
    parsed = read(json.dumps([ROW, no_address, nowhere, 7, {**ROW, "latitude": float("nan")}]))
    assert parsed.positions["record"].to_pylist() == [0]
    assert sorted((r["record"], r["reason"]) for r in parsed.rejected.to_pylist()) == [
        (1, "no-address"), (2, "no-position"), (3, "bad-record"), (4, "no-position"),
    ]  # fmt: skip


def test_minus_infinity_is_no_altitude():
    parsed = read(json.dumps([{**ROW, "altitude": float("-inf")}, {**ROW, "altitude": float("nan")}]))
    assert parsed.positions["altitude_ft"].to_pylist() == [None, None]
    assert parsed.rejected["reason"].to_pylist() == ["absurd-value"]  # NaN is how pandas says nothing


def test_iso_times_and_lines():
    lines = "\n".join(
        json.dumps({**ROW, "timestamp": t}) for t in ("2024-12-26 00:00:00+00:00", "2024-12-26T00:00:00Z")
    )
    parsed = read(lines + "\nnot json\n")
    assert parsed.format == "jsonl"
    assert [t.timestamp() * 1000 for t in parsed.positions["time_utc"].to_pylist()] == [MS, MS]
    assert [(r["record"], r["reason"]) for r in parsed.rejected.to_pylist()] == [(2, "bad-record")]


def test_a_truncated_list_of_records_gives_its_whole_ones():
    text = json.dumps([ROW] * 10)
    parsed = read(text[: len(text) // 2])
    assert parsed.positions.num_rows == 4
    assert parsed.rejected["reason"].to_pylist() == ["truncated"]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_delimited_text(delimiter):
    text = (
        "hex,ping_time,lat,lon,alt_baro,gs,heading\n4B1814,2024-12-26 00:00:00.250,47.45,8.55,1550,120,45\n"
    )
    row = one(read("\ufeff" + text.replace(",", delimiter)))
    assert (row["icao24"], row["altitude_ft"], row["on_ground"]) == ("4b1814", 1550, None)
    assert row["time_utc"].timestamp() * 1000 == MS + 250


@pytest.mark.parametrize(
    "time", ["1735171200", "1735171200000", "1735171200000000000", "2024-12-26T01:00:00+01:00", "2024-12-26"]
)
def test_times_in_any_dress(time):
    assert one(read(f"icao,time,lat,lon\n4b1814,{time},47.45,8.55\n"))["time_utc"].timestamp() * 1000 == MS


def test_the_full_time_is_taken_not_the_time_of_day():
    text = "time,timestamp,ping_time,icao,lat,lon,altitude\n5.0,2024-12-26,2024-12-26 00:00:05,4b1814,47,8,ground\n6.0,2024-12-26,2024-12-26 00:00:06,4b1814,47,8,300\n"
    parsed = read(text)
    assert parsed.positions["time_utc"].to_pylist()[0].second == 5
    assert parsed.positions["on_ground"].to_pylist() == [True, False]
    assert parsed.positions["altitude_ft"].to_pylist() == [None, 300]


def test_details_of_a_flattened_trace():
    cell = "{'type': 'adsb_icao', 'flight': 'UAL2400 ', 'squawk': '0733', 'nic': 8, 'nac_p': 9}"
    text = f'icao,time,lat,lon,details,nnumber,model\n4b1814,1735171200,47,8,"{cell}",N1,B752\n4b1814,1735171201,47,8,"__import__(1)",N1,B752\n'
    parsed = read(text)
    row = parsed.positions.to_pylist()[0]
    assert (row["callsign"], row["squawk"], row["nic"], row["nac_p"], row["heard_by"]) == (
        "UAL2400",
        "0733",
        8,
        9,
        "adsb",
    )
    assert parsed.positions["heard_by"].to_pylist()[1] is None
    assert [(i["registration"], i["type"]) for i in parsed.identities.to_pylist()] == [("N1", "B752")]


def test_a_mapping_gives_a_constant_address_and_units():
    text = "t,la,lo,hoehe,v\n1735171200,47,8,1000,100\n"
    mapping = {
        "icao24": "=4b1814",
        "time_utc": "t",
        "lat": "la",
        "lon": "lo",
        "altitude_ft": "hoehe",
        "altitude_unit": "m",
        "ground_speed_kt": "v",
        "speed_unit": "m/s",
    }
    row = one(read(text, mapping=mapping))
    assert (row["icao24"], row["altitude_ft"]) == ("4b1814", 3281)
    assert row["ground_speed_kt"] == pytest.approx(194.384, abs=0.001)


def test_native_opensky_columns_are_metres():
    row = one(
        read(
            "time,icao24,lat,lon,velocity,vertrate,baroaltitude,geoaltitude\n1735171200,4b1814,47,8,100,5,1000,1010\n"
        )
    )
    assert (row["altitude_ft"], row["geometric_altitude_ft"], row["vertical_rate_fpm"]) == (3281, 3314, 984)


def test_mappings_that_cannot_be_followed_say_what_could():
    with pytest.raises(UsageError, match="the file has"):
        resolve(["a", "b"], {"lat": "c"})
    with pytest.raises(UsageError, match="it can name"):
        resolve(["a"], {"wingspan": "a"})
    with pytest.raises(UsageError, match="can be one of"):
        resolve(["a"], {"altitude_unit": "fathom"})
    with pytest.raises(UsageError, match=FORMATS[0]):
        read("x", format="shp")


def test_ragged_and_short_lines_are_refused():
    parsed = read(
        "icao,time,lat,lon\n4b1814,1735171200,47,8\n4b1814,17\n\n4b1814,1735171200,47,8,9,9\n4b1814,1735171202,47,8\n"
    )
    assert parsed.positions["record"].to_pylist() == [0, 4]
    assert [(r["record"], r["reason"]) for r in parsed.rejected.to_pylist()] == [
        (1, "bad-record"),
        (3, "bad-record"),
    ]


def test_fr24_positions_say_zero_on_the_ground_and_write_squawks_oddly():
    text = "snapshot_id,altitude,heading,latitude,longitude,radar_id,speed,squawk\n1735171200,0,1,47,8,3,10,13827\n1735171260,38000,1,47,8.5,3,425,0\n"
    parsed = read(text, mapping={"icao24": "=4b1814"})
    assert parsed.positions["on_ground"].to_pylist() == [True, None]
    assert parsed.positions["altitude_ft"].to_pylist() == [None, 38000]
    assert parsed.positions["squawk"].to_pylist() == ["3603", None]


def test_fr24_export_has_its_place_in_one_cell():
    text = 'Timestamp,UTC,Callsign,Position,Altitude,Speed,Direction\n1735171200,2024-12-26T00:00:00Z,JAL516,"42.787994,141.685074",0,0,73\n'
    row = one(read(text, mapping={"icao24": "=8467d8"}))
    assert (row["lat"], row["lon"], row["on_ground"], row["callsign"]) == (
        42.787994,
        141.685074,
        True,
        "JAL516",
    )


def test_a_table_without_an_address_is_refused_row_by_row():
    parsed = read("snapshot_id,altitude,latitude,longitude,radar_id\n1735171200,0,47,8,1\n")
    assert parsed.rejected["reason"].to_pylist() == ["no-address"]


def test_a_table_without_place_is_told():
    parsed = read("flight_id,aircraft_id,reg\n1,2,OKYBA\n")
    assert parsed.rejected["reason"].to_pylist() == ["not-a-trace"]


def test_playback():
    track = [{"latitude": 47.45, "longitude": 8.55, "altitude": {"feet": f}, "speed": {"kts": 5}, "verticalSpeed": {"fpm": 0}, "heading": 185, "squawk": "3016", "timestamp": MS // 1000 + i} for i, f in enumerate([0, 500])]  # fmt: skip
    aircraft = {"model": {"code": "A343"}, "identification": {"modes": "4B1901", "registration": "HB-JMF"}}
    flight = {
        "identification": {"callsign": "EDW24"},
        "aircraft": aircraft,
        "owner": {"name": "Edelweiss Air"},
        "track": track,
    }
    parsed = read(json.dumps({"result": {"response": {"data": {"flight": flight}}}}))
    assert parsed.format == "fr24"
    assert parsed.positions["on_ground"].to_pylist() == [True, None]
    assert parsed.positions["altitude_ft"].to_pylist() == [None, 500]
    row = parsed.identities.to_pylist()[0]
    assert (row["icao24"], row["registration"], row["type"], row["operator"]) == (
        "4b1901",
        "HB-JMF",
        "A343",
        "Edelweiss Air",
    )


def test_real_files(dev_data):
    found = {}
    for name in ("csv_adsbx/raw_A11F59_2025-02-07_2025-02-08.csv.gz", "fr24/34a8254b.json", "traffic/calibration/nice.json.gz", "fr24/exports/JL516_Flightradar24_ADS-B_data_granular.csv.gz"):  # fmt: skip
        parsed = read((dev_data / name).read_bytes())
        found[name] = (parsed.format, parsed.positions.num_rows)
    assert list(found.values()) == [("csv", 7889), ("fr24", 1249), ("traffic", 1246), ("csv", 12374)]
