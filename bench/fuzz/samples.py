"""One made-up flight, written in every format that ingest reads. Seeds of the fuzzer, and of tests.

4b1814 "SWR1" climbs north-east from 47° N 8° E, a position every 5 s, 40 of them
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
from datetime import UTC, datetime

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq
from bench.fuzz.squitter_writer import airborne, identification, squitter, velocity

N, START, STEP_S = 40, 1_735_171_200, 5
ADDRESS, CALLSIGN, SQUAWK = "4b1814", "SWR1", "1000"
FT_M, MS_KT = 0.3048, 3600 / 1852
FLIGHT = [
    {
        "t": START + STEP_S * i,
        "lat": round(47 + 0.002 * i, 6),
        "lon": round(8 + 0.003 * i, 6),
        "alt": 1500 + 50 * i,
        "gs": 180,
        "track": 45.0,
        "rate": 640,
    }
    for i in range(N)
]


def iso(t: float, form: str = "%Y-%m-%dT%H:%M:%SZ") -> str:
    """Return a time as text."""
    return datetime.fromtimestamp(t, UTC).strftime(form)


def readsb() -> bytes:
    detail = {"type": "adsb_icao", "flight": CALLSIGN, "squawk": SQUAWK, "nic": 8, "nac_p": 9}
    rows = [
        [p["t"] - START, p["lat"], p["lon"], p["alt"], p["gs"], p["track"], 0, p["rate"], detail, "adsb_icao", p["alt"] + 100, None, None, None]
        for p in FLIGHT
    ]  # fmt: skip
    head = {"icao": ADDRESS, "r": "HB-JMF", "t": "A343", "dbFlags": 0, "timestamp": START}
    return json.dumps(head | {"trace": rows}).encode()


def fr24() -> bytes:
    track = [
        {"latitude": p["lat"], "longitude": p["lon"], "altitude": {"feet": p["alt"]}, "speed": {"kts": p["gs"]}, "verticalSpeed": {"fpm": p["rate"]}, "heading": p["track"], "squawk": SQUAWK, "timestamp": p["t"]}
        for p in FLIGHT
    ]  # fmt: skip
    aircraft = {
        "model": {"code": "A343"},
        "identification": {"modes": ADDRESS.upper(), "registration": "HB-JMF"},
    }
    flight = {"identification": {"callsign": CALLSIGN}, "aircraft": aircraft, "track": track}
    return json.dumps({"result": {"response": {"data": {"flight": flight}}}}).encode()


def craft(p: dict) -> dict:
    return {"hex": ADDRESS, "type": "adsb_icao", "flight": f"{CALLSIGN}    ", "alt_baro": p["alt"], "alt_geom": p["alt"] + 100, "gs": p["gs"], "track": p["track"], "baro_rate": p["rate"], "squawk": SQUAWK, "lat": p["lat"], "lon": p["lon"], "nic": 8, "nac_p": 9, "seen_pos": 0.5, "seen": 0.1}  # fmt: skip


def aircraft() -> bytes:
    return b"\n".join(
        json.dumps({"now": p["t"] + 0.5, "messages": 1, "aircraft": [craft(p)]}).encode() for p in FLIGHT
    )


def opensky() -> bytes:
    rows = [
        [ADDRESS, f"{CALLSIGN}    ", "Switzerland", p["t"], p["t"], p["lon"], p["lat"], p["alt"] * FT_M, False, p["gs"] / MS_KT, p["track"], p["rate"] * FT_M / 60, None, (p["alt"] + 100) * FT_M, SQUAWK, False, 0]
        for p in FLIGHT
    ]  # fmt: skip
    return json.dumps({"time": START, "states": rows}).encode()


def geojson() -> bytes:
    line = {"type": "LineString", "coordinates": [[p["lon"], p["lat"], p["alt"] * FT_M] for p in FLIGHT]}
    said = {"icao24": ADDRESS, "callsign": CALLSIGN, "coordTimes": [iso(p["t"]) for p in FLIGHT]}
    feature = {"type": "Feature", "geometry": line, "properties": said}
    return json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()


def named(p: dict) -> dict:
    return {"timestamp": p["t"] * 1000, "icao24": ADDRESS, "callsign": CALLSIGN, "latitude": p["lat"], "longitude": p["lon"], "altitude": p["alt"], "geoaltitude": p["alt"] + 100, "groundspeed": p["gs"], "track": p["track"], "vertical_rate": p["rate"], "squawk": SQUAWK, "onground": False}  # fmt: skip


def traffic() -> bytes:
    return json.dumps([named(p) for p in FLIGHT]).encode()


def jsonl() -> bytes:
    return b"\n".join(json.dumps(named(p)).encode() for p in FLIGHT)


def csv() -> bytes:
    keys = list(named(FLIGHT[0]))
    return "\n".join(
        [",".join(keys), *(",".join(str(v) for v in named(p).values()) for p in FLIGHT)]
    ).encode()


def states() -> dict:
    return {
        "time": [p["t"] for p in FLIGHT],
        "icao24": [ADDRESS] * N,
        "lat": [p["lat"] for p in FLIGHT],
        "lon": [p["lon"] for p in FLIGHT],
        "velocity": [p["gs"] / MS_KT for p in FLIGHT],
        "heading": [p["track"] for p in FLIGHT],
        "vertrate": [p["rate"] * FT_M / 60 for p in FLIGHT],
        "callsign": [CALLSIGN] * N,
        "onground": [False] * N,
        "squawk": [SQUAWK] * N,
        "baroaltitude": [p["alt"] * FT_M for p in FLIGHT],
        "geoaltitude": [(p["alt"] + 100) * FT_M for p in FLIGHT],
    }


def parquet() -> bytes:
    table = pa.table(states())
    times = pa.array([t * 10**9 for t in states()["time"]]).cast(pa.timestamp("ns", "UTC"))
    out = io.BytesIO()
    pq.write_table(table.set_column(0, "time", times), out)
    return out.getvalue()


def avro(codec: str = "deflate") -> bytes:
    columns = states()
    kinds = {
        "time": "int",
        "icao24": "string",
        "callsign": "string",
        "squawk": "string",
        "onground": "boolean",
    }
    fields = [{"name": k, "type": ["null", kinds.get(k, "double")]} for k in columns]
    rows = [{k: v[i] for k, v in columns.items()} for i in range(N)]
    out = io.BytesIO()
    fastavro.writer(
        out,
        {"type": "record", "name": "state", "fields": fields},
        rows,
        codec=codec,
        sync_marker=b"0123456789abcdef",
    )
    return out.getvalue()


def kml() -> bytes:
    whens = "".join(f"<when>{iso(p['t'])}</when>" for p in FLIGHT)
    coords = "".join(f"<gx:coord>{p['lon']} {p['lat']} {p['alt'] * FT_M:.2f}</gx:coord>" for p in FLIGHT)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2"><Document><name>flight</name>
<Placemark><name>{CALLSIGN}</name><gx:Track>{whens}{coords}</gx:Track></Placemark></Document></kml>""".encode()


def kml_points() -> bytes:
    places = "".join(
        f"<Placemark><name>{i}</name><TimeStamp><when>{iso(p['t'])}</when></TimeStamp><Point><coordinates>{p['lon']},{p['lat']},{p['alt'] * FT_M:.2f}</coordinates></Point></Placemark>"
        for i, p in enumerate(FLIGHT)
    )
    return f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>{CALLSIGN}</name>{places}</Document></kml>'.encode()


def gpx() -> bytes:
    points = "".join(
        f'<trkpt lat="{p["lat"]}" lon="{p["lon"]}"><ele>{(p["alt"] + 100) * FT_M:.2f}</ele><time>{iso(p["t"])}</time></trkpt>'
        for p in FLIGHT
    )
    return f'<?xml version="1.0"?><gpx xmlns="http://www.topografix.com/GPX/1/1"><trk><name>{CALLSIGN}</name><trkseg>{points}</trkseg></trk></gpx>'.encode()


def sbs() -> bytes:
    lines = []
    for p in FLIGHT:
        at = iso(p["t"], "%Y/%m/%d,%H:%M:%S.000")
        head = f"1,1,{ADDRESS.upper()},1,{at},{at}"
        lines += [
            f"MSG,1,{head},{CALLSIGN}   ,,,,,,,,,,,",
            f"MSG,4,{head},,,{p['gs']},{p['track']},,,{p['rate']},,,,,",
            f"MSG,6,{head},,,,,,,,{SQUAWK},0,0,0,0",
            f"MSG,3,{head},,{p['alt']},,,{p['lat']},{p['lon']},,,0,0,0,0",
        ]
    return "\r\n".join(lines).encode()


def frame_list() -> list[tuple[float, str]]:
    out = []
    for p in FLIGHT:
        for k, me in enumerate(
            [identification(CALLSIGN), velocity(p["gs"], p["track"], p["rate"]), airborne(p["lat"], p["lon"], p["alt"], 0), airborne(p["lat"], p["lon"], p["alt"], 1)]
        ):  # fmt: skip
            out.append((p["t"] - 0.3 + 0.1 * k, squitter(ADDRESS, me)))
    return out


def frames() -> bytes:
    return b"\n".join(json.dumps({"timestamp": t, "frame": f}).encode() for t, f in frame_list())


def frame_table() -> bytes:
    return "\n".join(f'{t:.1f},"{f.upper()}"' for t, f in frame_list()).encode()


def ticks(t: float) -> int:
    return round((t - START + 100) * 12e6)


def avr() -> bytes:
    return "\n".join(f"@{ticks(t):012X}{f.upper()};" for t, f in frame_list()).encode()


def beast() -> bytes:
    out = b""
    for t, f in frame_list():
        body = ticks(t).to_bytes(6, "big") + b"\x40" + bytes.fromhex(f)
        out += b"\x1a3" + body.replace(b"\x1a", b"\x1a\x1a")
    return out


def heatmap() -> bytes:
    entries, index = [], []
    for p in FLIGHT:
        ms = p["t"] * 1000
        index.append(len(FLIGHT) + len(entries))
        low = ms & 0xFFFFFFFF
        entries += [
            struct.pack("<IIIhh", 0x0E7F7C9D, ms >> 32, low, STEP_S * 1000, 0),
            struct.pack("<Ii8s", int(ADDRESS, 16), (1 << 30) + int(SQUAWK), CALLSIGN.encode().ljust(8)),
            struct.pack("<Iiihh", int(ADDRESS, 16), round(p["lat"] * 1e6), round(p["lon"] * 1e6), p["alt"] // 25, p["gs"] * 10),
        ]  # fmt: skip
    return b"".join([*(struct.pack("<Iiihh", i, 0, 0, 0, 0) for i in index), *entries])


CLOCK = {"clock_start": iso(frame_list()[0][0], "%Y-%m-%dT%H:%M:%S.%fZ")}
SAMPLES = {  # format: bytes
    f.__name__: f()
    for f in (readsb, fr24, aircraft, opensky, geojson, traffic, jsonl, csv, parquet, avro, kml, gpx, sbs, frames, avr, beast, heatmap)
}  # fmt: skip


def zipped(how: int) -> bytes:
    """Return a zip as a colleague sends it: a KML, a GPX and a trace."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for name in ("doc.kml", "b/track.gpx", "trace_full_4b1814.json"):
            data = SAMPLES[{"kml": "kml", "gpx": "gpx", "json": "readsb"}[name.rpartition(".")[2]]]
            z.writestr(zipfile.ZipInfo(name, (2024, 12, 26, 0, 0, 0)), data, compress_type=how)
    return out.getvalue()


ZIPS = [zipped(zipfile.ZIP_DEFLATED), zipped(zipfile.ZIP_STORED)]
MAPPINGS = {"avr": CLOCK, "beast": CLOCK}
VARIANTS = {"kml": [kml_points()], "frames": [frame_table()], "avro": [avro("null")]}
