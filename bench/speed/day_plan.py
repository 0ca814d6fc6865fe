"""Who flies on a made day, and between which airfields: a fleet by its seed, its flights by seed and day.

The same fleet seed gives the same aircraft on every day, which makes many days of one fleet: a case. An aircraft
over an ocean at midnight goes on the next day. Shares and lengths of the kinds are set by hand to give about
1,500 positions a trace; they are nobody's measurement of the world.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from bench.speed.trace_motion import CIRCUIT, FLIGHT, GLIDER, GROUND, WAY

from waystation.terms.geodesy import unit_vectors
from waystation.world.airfields import load_airfields

KINDS = {  # share of the traces
    "short": 0.44, "long": 0.12, "business": 0.08, "light": 0.145, "circuit": 0.055, "helicopter": 0.03,
    "glider": 0.02, "vehicle": 0.015, "mlat": 0.03, "tisb": 0.02, "glimpse": 0.045,
}  # fmt: skip
TYPES = {
    "short": (("A320", "AIRBUS A-320"), ("B738", "BOEING 737-800"), ("A321", "AIRBUS A-321"), ("E75L", "EMBRAER ERJ-170-200 (long wing)"), ("B38M", "BOEING 737 MAX 8"), ("A20N", "AIRBUS A-320neo"), ("CRJ9", "BOMBARDIER Regional Jet CRJ-900"), ("AT76", "ATR ATR-72-600")),
    "long": (("B77W", "BOEING 777-300ER"), ("B789", "BOEING 787-9 Dreamliner"), ("A359", "AIRBUS A-350-900"), ("A333", "AIRBUS A-330-300"), ("B744", "BOEING 747-400"), ("IL76", "ILYUSHIN Il-76")),
    "business": (("C56X", "CESSNA 560XL Citation Excel"), ("GLF5", "GULFSTREAM AEROSPACE G-5 Gulfstream 5"), ("PC12", "PILATUS PC-12 Eagle"), ("C25A", "CESSNA 525A CitationJet CJ2")),
    "light": (("C172", "CESSNA 172 Skyhawk"), ("P28A", "PIPER PA-28-140/150/160/180"), ("SR22", "CIRRUS SR-22"), ("DA40", "DIAMOND DA-40 Diamond Star")),
    "helicopter": (("EC35", "EUROCOPTER EC-135"), ("R44", "ROBINSON R-44 Raven")),
    "glider": (("GLID", "SCHLEICHER ASK-21"),),
    "vehicle": (("GND", "Ground vehicle"),),
}  # fmt: skip
CATEGORY = {
    "short": "A3",
    "long": "A5",
    "business": "A2",
    "helicopter": "A7",
    "glider": "B1",
    "vehicle": "C2",
}
BLOCKS = {  # iso country: first address, addresses, registration
    "US": (0xA00000, 0xDF7C7, "N{n}"), "GB": (0x400000, 0x3FFFF, "G-{a}"), "DE": (0x3C0000, 0x3FFFF, "D-A{a}"), "FR": (0x380000, 0x3FFFF, "F-{a}"),
    "RU": (0x140000, 0x1869F, "RA-{n:05}"), "CN": (0x780000, 0x3FFFF, "B-{n:04}"), "CA": (0xC00000, 0x3FFFF, "C-{a}"), "AU": (0x7C0000, 0x3FFFF, "VH-{a}"),
    "IN": (0x800000, 0x3FFFF, "VT-{a}"), "JP": (0x840000, 0x3FFFF, "JA{n:04}"), "BR": (0xE40000, 0x3FFFF, "PR-{a}"), "TR": (0x4B8000, 0x7FFF, "TC-{a}"),
    "ES": (0x340000, 0x3FFFF, "EC-{a}"), "IT": (0x300000, 0x3FFFF, "I-{a}"), "AE": (0x896000, 0xFFF, "A6-{a}"), "KR": (0x718000, 0x7FFF, "HL{n:04}"),
}  # fmt: skip
WEIGHT = {"US": 5.0, "GB": 3.0, "DE": 3.0, "FR": 2.5, "ES": 2.5, "IT": 2.0, "TR": 2.0, "NL": 3.0}
AIRLINES = (
    "DAL",
    "UAL",
    "AAL",
    "SWA",
    "RYR",
    "EZY",
    "DLH",
    "AFR",
    "BAW",
    "THY",
    "UAE",
    "CSN",
    "CES",
    "JAL",
    "TAM",
    "QFA",
    "AFL",
    "IGO",
)
TAILS = (
    ',"nic":8,"rc":186,"version":2,"nic_baro":1,"nac_p":10,"nac_v":2,"sil":3,"sil_type":"perhour","gva":2,"sda":2,"alert":0,"spi":0}',
    ',"nic":8,"rc":186,"version":2,"nic_baro":1,"nac_p":9,"nac_v":1,"sil":3,"sil_type":"perhour","gva":2,"sda":2,"alert":0,"spi":0}',
    ',"nic":7,"rc":371,"version":0,"nac_p":7,"nac_v":0,"sil":2,"sil_type":"unknown","alert":0,"spi":0}',
    ',"nic":9,"rc":75,"version":2,"nic_baro":1,"nac_p":10,"nac_v":2,"sil":3,"sil_type":"perhour","gva":2,"sda":3,"alert":0,"spi":0}',
)  # fmt: skip


@dataclass(frozen=True)
class Pool:
    """Airfields to choose from: rows of the airfield table, their places as unit vectors, chances to be home."""

    lat: np.ndarray
    lon: np.ndarray
    elevation: np.ndarray
    country: np.ndarray
    unit: np.ndarray
    chance: np.ndarray


@dataclass(frozen=True)
class Aircraft:
    """One of the fleet. ``number`` seeds its days."""

    number: int
    address: str  # with ~ where it is no ICAO address
    kind: str
    home: int
    country: str


@cache
def pools() -> dict[str, Pool]:
    """Fields of airliners, and all."""
    a = load_airfields()
    kind = np.asarray(a.kind)
    out = {}
    for name, keep in (
        (
            "air",
            (kind == "large_airport")
            | ((kind == "medium_airport") & np.asarray(a.scheduled_service, dtype=bool)),
        ),
        ("all", np.isin(kind, ["small_airport", "medium_airport"])),
    ):
        i = np.flatnonzero(keep)
        country = np.asarray(a.iso_country)[i].astype(str)
        weight = np.array([WEIGHT.get(c, 1.0) for c in country]) * np.where(
            kind[i] == "large_airport", 8.0, 1.0
        )
        lat, lon = np.asarray(a.lat)[i], np.asarray(a.lon)[i]
        out[name] = Pool(
            lat,
            lon,
            np.nan_to_num(np.asarray(a.elevation_ft)[i]),
            country,
            unit_vectors(lat, lon),
            np.cumsum(weight / weight.sum()),
        )
    return out


def fleet_of(n: int, seed: int) -> list[Aircraft]:
    """Return ``n`` aircraft with different addresses, in the order of a release: by folder, then address."""
    rng = np.random.default_rng([seed, 6])
    kinds = rng.choice(list(KINDS), size=n, p=list(KINDS.values()))
    seen: set[int] = set()
    fleet = []
    names = list(BLOCKS)
    for i, kind in enumerate(kinds.tolist()):
        pool = pools()["air" if kind in {"short", "long", "vehicle"} else "all"]
        home = min(int(np.searchsorted(pool.chance, rng.random())), len(pool.lat) - 1)
        country = str(pool.country[home])
        first, size, _ = BLOCKS.get(country) or BLOCKS[names[int(rng.integers(len(names)))]]
        address = first + int(rng.integers(size))
        while address in seen:
            address = int(rng.integers(0x010000, 0xEFFFFF))
        seen.add(address)
        fleet.append(Aircraft(i, ("~" if kind == "tisb" else "") + f"{address:06x}", kind, home, country))
    return sorted(fleet, key=lambda a: (a.address[-2:], a.address))


def destination(pool: Pool, home: int, km: float, rng: np.random.Generator) -> tuple[int, float]:
    """Return an airfield about ``km`` from ``home`` (a random one of those in a ring) and its distance."""
    away = 6371.0088 * np.arccos(np.clip(pool.unit @ pool.unit[home], -1.0, 1.0))
    ring = np.flatnonzero((away > 0.8 * km) & (away < 1.25 * km))
    if not ring.size:
        ring = np.argsort(np.abs(away - km))[:3]
        ring = ring[away[ring] > 5.0]
    if not ring.size:
        return home, 0.0
    to = int(ring[int(rng.integers(ring.size))])
    return to, float(away[to])


def _way(
    pool: Pool, o: int, d: int, km: float, start: float, kind: str, rng: np.random.Generator
) -> list[float]:
    jet = kind in {"short", "long", "business", "mlat", "glimpse"}
    top = (
        min(rng.integers(28, 41) * 1000.0, 3000 + km * 62)
        if jet
        else min(rng.integers(3, 10) * 1000.0, 1500 + km * 40)
    ) + 0.0
    level = max(round(top / 1000) * 1000.0, max(pool.elevation[o], pool.elevation[d]) + 1500)
    kt = rng.uniform(425, 500) * min(1.0, 0.62 + km / 2400) if jet else rng.uniform(95, 165)
    hears = rng.random(2)
    floors = np.where(
        hears < 0.55, 0.0, np.where(hears < 0.85, rng.uniform(300, 4000, 2), rng.uniform(4000, 22000, 2))
    )
    if kind == "mlat":
        floors = rng.uniform(2500, 9000, 2)
    f = dict.fromkeys(FLIGHT, 0.0)
    f |= {
        "mode": WAY, "start_s": start, "lat_o": pool.lat[o], "lon_o": pool.lon[o], "elev_o": pool.elevation[o],
        "lat_d": pool.lat[d], "lon_d": pool.lon[d], "elev_d": pool.elevation[d], "cruise_ft": level, "cruise_kt": kt,
        "climb_fpm": rng.uniform(1700, 3000) if jet else rng.uniform(500, 900), "approach_kt": rng.uniform(120, 145) if jet else rng.uniform(62, 80),
        "taxi_out_s": rng.uniform(420, 1300) if jet else rng.uniform(200, 600), "taxi_in_s": rng.uniform(240, 700) if jet else rng.uniform(120, 400),
        "floor_o_ft": floors[0], "floor_d_ft": floors[1], "heard_to_km": 1e9, "bulge_km": rng.normal(0, 0.025) * km,
    }  # fmt: skip
    if kind == "glimpse":
        begin = rng.uniform(0, 0.9) * km
        f |= {"heard_from_km": begin + 1, "heard_to_km": begin + rng.exponential(90) + 3}
    elif (kind == "long" and km > 3000 and rng.random() < 0.45) or rng.random() < 0.06:
        begin = rng.uniform(0.2, 0.5) * km
        f |= {"silent_from_km": begin, "silent_to_km": begin + rng.uniform(0.1, 0.4) * km}
    return [float(f[k]) for k in FLIGHT]


def _round(pool: Pool, home: int, start: float, kind: str, rng: np.random.Generator) -> list[float]:
    mode = {"glider": GLIDER, "vehicle": GROUND}.get(kind, CIRCUIT)
    f = dict.fromkeys(FLIGHT, 0.0)
    field = pool.elevation[home]
    kt, radius, minutes = {
        "glider": (52.0, 25.0, rng.uniform(40, 260)), "vehicle": (22.0, 1.8, rng.uniform(60, 600)), "tisb": (110.0, 25.0, rng.uniform(5, 50)),
        "helicopter": (115.0, 40.0, rng.uniform(15, 80)),
    }.get(kind, (95.0, rng.uniform(3, 25), rng.uniform(25, 100)))  # fmt: skip
    f |= {
        "mode": mode, "start_s": start, "lat_o": pool.lat[home], "lon_o": pool.lon[home], "elev_o": field, "cruise_ft": field + rng.integers(8, 40) * 100,
        "cruise_kt": kt, "climb_fpm": 650.0, "approach_kt": 65.0, "taxi_out_s": rng.uniform(120, 500), "taxi_in_s": rng.uniform(100, 300),
        "floor_o_ft": 0.0 if kind == "vehicle" or rng.random() < 0.5 else rng.uniform(100, 900), "minutes": minutes, "radius_km": radius,
    }  # fmt: skip
    f["floor_d_ft"] = f["floor_o_ft"]
    return [float(f[k]) for k in FLIGHT]


def _hours(km: float, kind: str) -> float:
    return km / (800.0 if kind in {"short", "long", "business", "mlat", "glimpse"} else 215.0) + 0.9


def flights_on(who: Aircraft, seed: int, day: int) -> np.ndarray:
    """Return the flights (k, fields) of ``day`` (any number of days), with those still under way from the day before."""
    if who.kind != "long":
        return np.array(_own_day(who, seed, day))
    rows = [[r[0], r[1] - 86400.0, *r[2:]] for r in _long(who, seed, day - 1)] + _long(who, seed, day)
    return np.array(rows)


def _long(who: Aircraft, seed: int, day: int) -> list[list[float]]:
    """One flight a day, out on even days and back on odd ones."""
    pair = np.random.default_rng([seed, who.number, day // 2, 1])
    pool = pools()["air"]
    away, km = destination(pool, who.home, float(np.exp(pair.normal(8.45, 0.42))), pair)
    start = [pair.uniform(9, 24), pair.uniform(9, 24)][day % 2] * 3600
    o, d = (who.home, away) if day % 2 == 0 else (away, who.home)
    return (
        [_way(pool, o, d, km, start, "long", np.random.default_rng([seed, who.number, day, 2]))]
        if km > 5
        else []
    )


def _own_day(who: Aircraft, seed: int, day: int) -> list[list[float]]:
    rng = np.random.default_rng([seed, who.number, day])
    if who.kind in {"circuit", "glider", "vehicle", "tisb"}:
        return [
            _round(
                pools()["air" if who.kind == "vehicle" else "all"],
                who.home,
                rng.uniform(0, 76000),
                who.kind,
                rng,
            )
        ]
    pool = pools()["air" if who.kind in {"short", "long"} else "all"]
    n = {
        "short": rng.integers(2, 6),
        "business": rng.integers(1, 4),
        "glimpse": 1,
        "mlat": rng.integers(1, 3),
    }.get(who.kind, rng.integers(1, 4))
    scale, spread = {
        "short": (7.0, 0.55),
        "business": (6.5, 0.6),
        "mlat": (6.8, 0.5),
        "glimpse": (7.2, 0.6),
    }.get(who.kind, (4.9, 0.5))
    plan, at, hours = [], who.home, 0.0
    for i in range(int(n)):
        if i and i == n - 1 and plan:  # home in the evening
            back = 6371.0088 * float(np.arccos(np.clip(pool.unit[at] @ pool.unit[who.home], -1, 1)))
            to, km = who.home, back
        else:
            to, km = destination(pool, at, float(np.exp(rng.normal(scale, spread))), rng)
        if km < 5 or hours + _hours(km, who.kind) > 21:
            continue
        plan.append((at, to, km, hours))
        hours += _hours(km, who.kind) + rng.uniform(0.5, 1.6)
        at = to
    start = rng.uniform(0, max(0.2, 23.5 - hours)) * 3600
    rows = [_way(pool, o, d, km, start + h * 3600, who.kind, rng) for o, d, km, h in plan]
    return rows or [_round(pools()["all"], who.home % len(pools()["all"].lat), start, "circuit", rng)]
