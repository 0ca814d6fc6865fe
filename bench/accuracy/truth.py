"""Real flights whose ends are known, from the folder of development data, as arrays.

`flights(root, airfields)` reads `root/flights_truth.csv` and the file behind each row. A flight is a dict of float
arrays (t, lat, lon, alt, gs, track, rate; nan unknown), `ground` (int8: 1, 0, -1 unknown), and what the table says.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import numpy as np
import polars as pl

from waystation.world.airfields import canonical_ident

NUMBERS = ("t", "lat", "lon", "alt", "gs", "track", "rate")
LIMITS = {
    "alt": (-1500, 60000),
    "gs": (0, 900),
    "rate": (-12000, 12000),
    "lat": (-90, 90),
    "lon": (-180, 180),
}


@dataclass
class Flight:
    key: str
    dataset: str
    file: str
    icao24: str
    callsign: str
    type: str
    p: dict  # arrays
    origin: int  # index of the airfield, -1 unknown
    destination: int
    origin_truth: str
    destination_truth: str
    starts_there: bool
    ends_there: bool
    nothing_known: bool

    def cut(self, part):
        return {k: v[part] for k, v in self.p.items()}


def seconds(text):
    return datetime.fromisoformat(str(text)).replace(tzinfo=UTC).timestamp()


def content(path):
    raw = Path(path).read_bytes()
    return gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw


def number(x):
    try:
        v = float(x)
    except (TypeError, ValueError):
        return np.nan
    return v if np.isfinite(v) else np.nan


def arrays(columns, ground=None):
    """Sort by time, one position a second of time, absurd values to nan; positions without any height are dropped."""
    n = len(columns["t"])
    p = {
        k: np.array([number(x) for x in columns[k]], float) if k in columns else np.full(n, np.nan)
        for k in NUMBERS
    }
    p["ground"] = (
        np.array([-1 if g is None else int(bool(g)) for g in ground], np.int8)
        if ground is not None
        else np.full(n, -1, np.int8)
    )
    for k, (lo, hi) in LIMITS.items():
        p[k][(p[k] < lo) | (p[k] > hi)] = np.nan
    p["track"] = p["track"] % 360
    keep = (
        ~np.isnan(p["lat"])
        & ~np.isnan(p["lon"])
        & ~np.isnan(p["t"])
        & ((p["ground"] >= 0) | ~np.isnan(p["alt"]))
    )
    order = np.argsort(p["t"], kind="stable")
    order = order[keep[order]]
    order = order[np.r_[True, np.diff(p["t"][order]) > 0]] if len(order) else order
    return {k: v[order] for k, v in p.items()}


# ---- a reader per format: path -> [(key or None, icao24, callsign, type, arrays)]


@lru_cache(maxsize=4)
def read_traffic(path):
    j = json.loads(content(path))
    if isinstance(j, dict):
        rows = list(next(iter(j.values())))
        j = [{c: v.get(k) for c, v in j.items()} for k in rows]
    has_ids = all(x.get("flight_id") is not None for x in j)
    groups = {}
    for x in j:
        key = str(x["flight_id"]) if has_ids else f"{x['icao24']}_{x.get('callsign') or ''}"
        groups.setdefault(key, []).append(x)

    def time(v):
        return v / 1000.0 if isinstance(v, int | float) else seconds(v)

    names = {
        "lat": "latitude",
        "lon": "longitude",
        "alt": "altitude",
        "gs": "groundspeed",
        "track": "track",
        "rate": "vertical_rate",
    }
    out = []
    for key, g in groups.items():
        c = {k: [x.get(v) for x in g] for k, v in names.items()} | {"t": [time(x["timestamp"]) for x in g]}
        out.append(
            (
                key,
                g[0]["icao24"],
                (g[0].get("callsign") or "").strip(),
                "",
                arrays(c, [x.get("onground") for x in g]),
            )
        )
    return out


@lru_cache(maxsize=4)
def read_readsb(path):
    j = json.loads(content(path))
    rows = j["trace"]
    callsign = next(
        (d["flight"].strip() for x in rows if (d := x[8]) and (d.get("flight") or "").strip()), ""
    )
    ground = [x[3] == "ground" for x in rows]
    c = {
        "t": [j["timestamp"] + x[0] for x in rows],
        "alt": [None if x[3] == "ground" else x[3] for x in rows],
    }
    c |= {k: [x[i] for x in rows] for k, i in (("lat", 1), ("lon", 2), ("gs", 4), ("track", 5), ("rate", 7))}
    return [(None, j["icao"], callsign, j.get("t") or "", arrays(c, ground))]


@lru_cache(maxsize=4)
def read_csv_trace(path):
    d = pl.read_csv(content(path), infer_schema_length=0)
    time = "ping_time" if "ping_time" in d.columns else "point_time"
    speed = "ground_speed" if "ground_speed" in d.columns else "ground_spe"
    ground = (d["altitude"] == "ground").to_list()
    c = {
        "t": [seconds(x) for x in d[time]],
        "lat": d["lat"],
        "lon": d["lon"],
        "alt": d["altitude"],
        "gs": d[speed],
        "track": d["heading"],
    }
    return [
        (
            None,
            d["icao"][0].lower(),
            "",
            d["model"][0] if "model" in d.columns else "",
            arrays(c, ground if any(ground) else None),
        )
    ]


@lru_cache(maxsize=2)
def read_waypoints(path):
    out = []
    for (key,), g in pl.read_parquet(path).group_by("flight_id", maintain_order=True):
        c = {
            "t": g["time"].dt.epoch("us") / 1e6,
            "lat": g["latitude"],
            "lon": g["longitude"],
            "alt": g["altitude_m"] / 0.3048,
        }
        out.append((key, "", key.split("-")[-1], "", arrays(c)))
    return out


@lru_cache(maxsize=4)
def read_playback(path):
    f = json.loads(content(path))["result"]["response"]["data"]["flight"]
    k, a = f["track"], f["aircraft"]
    c = {"t": [x["timestamp"] for x in k], "lat": [x["latitude"] for x in k], "lon": [x["longitude"] for x in k],
         "alt": [x["altitude"]["feet"] for x in k], "gs": [x["speed"]["kts"] for x in k], "track": [x["heading"] for x in k],
         "rate": [x["verticalSpeed"]["fpm"] for x in k]}  # fmt: skip
    ground = [x["altitude"]["feet"] == 0 for x in k]
    return [
        (
            f["identification"]["id"],
            (a["identification"].get("modes") or "").lower(),
            f["identification"]["callsign"] or "",
            a["model"]["code"] or "",
            arrays(c, ground),
        )
    ]


@lru_cache(maxsize=64)
def read_playback_csv(path):
    path = Path(path)
    meta = pl.read_csv(
        path.parent.parent / f"{path.parent.name.split('_')[0]}_flights.csv", infer_schema_length=0
    )
    key = path.stem.split("_")[1]
    m = meta.filter(pl.col("flight_id") == key).row(0, named=True)
    d = pl.read_csv(path)
    c = {
        "t": d["snapshot_id"],
        "lat": d["latitude"],
        "lon": d["longitude"],
        "alt": d["altitude"],
        "gs": d["speed"],
        "track": d["heading"],
    }
    return [
        (
            key,
            f"{int(m['aircraft_id']):06x}",
            m["callsign"] or "",
            m["equip"] or "",
            arrays(c, (d["altitude"] == 0).to_list()),
        )
    ]


@lru_cache(maxsize=2)
def read_export(path):
    path = Path(path)
    meta = pl.read_csv(
        path.parent / path.name.replace("positions", "flights").replace(".gz", ""), infer_schema_length=0
    )
    d = pl.read_csv(content(path), infer_schema_length=0)
    fine, out = "event_time" in d.columns, []
    for (key,), g in d.group_by("flight_id", maintain_order=True):
        m = meta.filter(pl.col("flight_id") == key)
        if not m.height:
            continue
        m = m.row(0, named=True)
        c = {"t": [seconds(x) for x in g["event_time" if fine else "timestamp"]], "lat": g["latitude"], "lon": g["longitude"],
             "alt": g["altitude"], "gs": g["speed" if fine else "speed_gnd"], "rate": g["vert_speed"]}  # fmt: skip
        if not fine:
            c["track"] = g["track_gnd"]
        ground = [None if x is None else x == "1" for x in g["on_ground"]] if fine else None
        address = (m.get("address") or m.get("aircraft_address") or "").lower().removeprefix("0x")
        out.append(
            (
                key,
                address,
                m["callsign"] or "",
                m.get("model") or m.get("aircraft_type") or "",
                arrays(c, ground),
            )
        )
    return out


def place(root, dataset, file):
    """Reader and path: the table names files by where the first collection kept them."""
    name = Path(file).name
    if dataset == "traffic":
        return read_traffic, root / "traffic" / file.replace("switzerland.json", "switzerland_half.json")
    if dataset == "readsb_trace":
        _, _, rest = file.partition("adsb_actions_20230820/")
        return read_readsb, root / "readsb" / (f"globe_history/{rest}" if rest else name)
    return {
        "traffic_fr24": (read_playback, root / "fr24" / name),
        "trrrj_fr24": (read_playback_csv, root / "fr24" / file),
        "trrrj_egll_fr24": (read_export, root / "fr24" / f"{name}.gz"),
        "trrrj_egll_rt": (read_export, root / "fr24" / f"{name}.gz"),
        "pycontrails_eu": (read_waypoints, root / "waypoints" / "europe_20190101_12z.parquet"),
        "adsbx_csv": (read_csv_trace, root / "csv_adsbx" / name),
    }[dataset]


def flights(root, airfields):
    """Return (flights, how many rows of the table have no file here)."""
    root, out, missing = Path(root), [], 0
    table = pl.read_csv(root / "flights_truth.csv", infer_schema_length=0).sort(
        "dataset", "file", "flight_id", "start"
    )

    def index(x):
        return -1 if not x or (c := canonical_ident(airfields, x)) is None else airfields.index[c]

    for r in table.iter_rows(named=True):
        reader, path = place(root, r["dataset"], r["file"])
        if not path.exists():
            missing += 1
            continue
        lo, hi = seconds(r["start"]) - 0.01, seconds(r["end"]) + 0.01
        hits = [x for x in reader(path) if x[0] is None or x[0].strip() == (r["flight_id"] or "").strip()]
        best = None
        for _, address, callsign, kind, p in hits:
            part = (p["t"] >= lo) & (p["t"] <= hi)
            if best is None or part.sum() > len(best[3]["t"]):
                best = (address, callsign, kind, {k: v[part] for k, v in p.items()})
        if best is None or len(best[3]["t"]) < 5:
            continue
        key = f"{r['dataset']}|{r['file']}|{r['flight_id']}"
        out.append(Flight(key, r["dataset"], r["file"], best[0] or key, r["callsign"] or best[1], best[2], best[3],
                          index(r["origin"]), index(r["destination"]), r["origin_truth"] or "", r["destination_truth"] or "",
                          (r["track_starts_at_airport"] or "").lower() == "true", (r["track_ends_at_airport"] or "").lower() == "true",
                          not r["origin"] and not r["destination"]))  # fmt: skip
    return out, missing
