"""Injected faults on real tracks: what share of bad positions is masked, and what good is lost.

Run from the project's root:  python bench/accuracy/faults.py [--half report|tune] [--data DIR] [--json FILE]

Real tracks are read by ``waystation.ingest``; each (file, address) is one unit under an address of its
own. Units are split in two by a hash of their icao24: rules were tuned on one half, the other reports.
Every fault is injected by a seed that depends on the unit only.

The table of docs/rules/cleaning.md is made of the JSON by ``faults_table.py``.

- *recall*: share of injected bad positions that are masked or set apart in another body.
- *false*: share of the untouched positions of the unit's own aircraft that are masked or set apart.
  Positions whose place repeats the one before for 15 s or more at over 50 kt are bad before any
  injection (OpenSky holds a lost place for up to 300 s); they count on neither side.
- *apart*: the part of *false* that is not masked but in another body than most of its own aircraft.
- *ends*: units whose first or last used position of their own aircraft is not the first or last good one.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from waystation import ingest
from waystation.terms.geodesy import bearing_deg, destination_point, distance_km
from waystation.terms.schema import TABLES, conform
from waystation.tracks import build

if TYPE_CHECKING:
    from collections.abc import Callable

ATTRACTORS = [
    (33.821, 35.488),
    (30.122, 31.406),
    (32.011, 34.887),
    (31.723, 35.993),
    (55.415, 37.900),
    (44.818, 20.309),
]
KT = 1.852 / 3600.0
Rng = np.random.Generator


@dataclass
class Unit:
    """One aircraft of one file as arrays; ``bad`` marks injected rows, ``foreign`` those of another aircraft."""

    name: str
    t: np.ndarray
    lat: np.ndarray
    lon: np.ndarray
    alt: np.ndarray
    gs: np.ndarray
    track: np.ndarray
    vr: np.ndarray
    ground: np.ndarray  # 1, 0, -1 not said
    heard: np.ndarray
    bad: np.ndarray
    foreign: np.ndarray

    def rows(self, keep: np.ndarray) -> Unit:
        return replace(self, **{k: getattr(self, k)[keep] for k in FIELDS})


FIELDS = ("t", "lat", "lon", "alt", "gs", "track", "vr", "ground", "heard", "bad", "foreign")


def unit_of(table: pa.Table, name: str) -> Unit | None:
    table = table.sort_by("time_utc")
    t = table["time_utc"].cast(pa.int64()).to_numpy()
    keep = np.append(True, np.diff(t) > 0)
    f = lambda c: np.asarray(table[c].to_numpy(zero_copy_only=False), dtype=float)[keep]  # noqa: E731
    if keep.sum() < 20:
        return None
    n = int(keep.sum())
    return Unit(
        name, t[keep], f("lat"), f("lon"), f("altitude_ft"), f("ground_speed_kt"), f("track_angle_deg"), f("vertical_rate_fpm"),
        table["on_ground"].cast(pa.int8()).fill_null(-1).to_numpy()[keep], np.array(table["heard_by"].to_pylist(), dtype=object)[keep],
        np.zeros(n, bool), np.zeros(n, bool),
    )  # fmt: skip


def load(root: Path) -> list[Unit]:
    files = [
        *sorted((root / "readsb").glob("*.json*")),
        *sorted((root / "readsb/globe_history").rglob("*.json*")),
    ]
    files += [
        *sorted((root / "csv_adsbx").glob("*.csv")),
        *sorted((root / "traffic").rglob("*.json*")),
        *sorted((root / "fr24").rglob("*.json*")),
    ]
    units = []
    for path in files:
        if "noisy" in path.parts:
            continue  # read by eye, docs/hard-cases.md
        name = str(path.relative_to(root))
        try:
            with path.open("rb") as stream:
                table = ingest.build(
                    stream, source_id=hashlib.sha256(name.encode()).hexdigest()[:16], uri=name
                ).positions
        except Exception as e:  # noqa: BLE001 - a reader's fault is not what is measured here
            print(f"{name}: {e}", file=sys.stderr)
            continue
        for icao in pc.unique(table["icao24"]).to_pylist():
            units.append(unit_of(table.filter(pc.equal(table["icao24"], icao)), f"{icao}|{name}"))  # noqa: PERF401 - reads better
    p = pq.read_table(root / "waypoints/europe_20190101_12z.parquet")
    for key in pc.unique(p["flight_id"]).to_pylist():
        g = p.filter(pc.equal(p["flight_id"], key))
        g = pa.table({"icao24": pa.array([key] * len(g)), "time_utc": g["time"].cast(pa.timestamp("ms", "UTC"), safe=False), "lat": g["latitude"], "lon": g["longitude"],
                      "altitude_ft": pc.round(pc.divide(g["altitude_m"], 0.3048)).cast(pa.int32(), safe=False)})  # fmt: skip
        units.append(unit_of(conform("positions", g), f"{key}|waypoints"))
    return [u for u in units if u is not None]


def half_of(unit: Unit) -> str:
    return "tune" if int(hashlib.sha256(unit.name.split("|")[0].encode()).hexdigest(), 16) % 2 else "report"


def held(u: Unit) -> np.ndarray:
    """Rows that repeat a place for 15 s or more at over 50 kt: bad as they come."""
    new = np.append(True, (np.diff(u.lat) != 0) | (np.diff(u.lon) != 0))
    first = np.flatnonzero(new)
    last = np.append(first[1:] - 1, len(u.t) - 1)
    out = np.zeros(len(u.t), bool)
    for a, b in zip(first, last, strict=True):
        came = np.nan
        if a > 0:
            came = (
                float(distance_km(u.lat[a - 1], u.lon[a - 1], u.lat[a], u.lon[a]))
                / (u.t[a] - u.t[a - 1])
                * 1000
                / KT
            )
        gs = np.where(np.isnan(u.gs[a : b + 1]), came, u.gs[a : b + 1])
        if b > a and u.t[b] - u.t[a] >= 15_000:  # on the ground it is the speed that is held
            out[a + 1 : b + 1] = (gs[1:] >= 50) & (u.ground[a + 1 : b + 1] != 1)
    return out


# ---- faults: Unit, generator -> Unit or None where the fault does not fit


def stretch(u: Unit, rng: Rng, low_min: float, high_min: float, to_end: bool = False) -> np.ndarray | None:
    """Rows of a random airborne stretch of so many minutes with 2 positions or more, not at the edges."""
    length = rng.uniform(low_min, high_min) * 60_000
    air = (u.ground != 1) & ~((u.gs < 100) | (u.alt < 1500))
    if to_end:
        k = np.flatnonzero(u.t >= u.t[-1] - length)
    else:
        inside = np.flatnonzero(air & (u.t > u.t[0] + 300_000) & (u.t < u.t[-1] - length - 300_000))
        if not len(inside):
            return None
        begin = u.t[rng.choice(inside)]
        k = np.flatnonzero((u.t >= begin) & (u.t < begin + length))
    if (
        len(k) < 2
        or not air[k].all()
        or len(k) > len(u.t) / 2
        or np.diff(u.t[max(0, k[0] - 1) : k[-1] + 2]).max() > 300_000
    ):
        return None
    return k


def moved(u: Unit, k: np.ndarray, lat: np.ndarray, lon: np.ndarray, **more: np.ndarray) -> Unit:
    a, o, bad = u.lat.copy(), u.lon.copy(), u.bad.copy()
    a[k], o[k], bad[k] = np.round(lat, 6), np.round(lon, 6), True
    changed = {n: getattr(u, n).copy() for n in more}
    for n, v in more.items():
        changed[n][k] = v
    return replace(u, lat=a, lon=o, bad=bad, **changed)


def teleport(near: float, far: float) -> Callable[[Unit, Rng], Unit | None]:
    def fault(u: Unit, rng: Rng) -> Unit | None:
        n = len(u.t)
        k: set[int] = set()
        for _ in range(max(1, n // 300)):
            i = int(rng.integers(3, n - 4)) if n > 10 else 4
            k |= set(range(i, min(i + int(rng.integers(1, 4)), n - 3)))
            if len(k) > n / 20:
                break
        at = np.array(sorted(k))
        far_km = np.exp(rng.uniform(math.log(near), math.log(far), len(at)))
        lat, lon = destination_point(u.lat[at], u.lon[at], rng.uniform(0, 360, len(at)), far_km)
        return moved(u, at, lat, lon)

    return fault


def spoof(to_end: bool) -> Callable[[Unit, Rng], Unit | None]:
    def fault(u: Unit, rng: Rng) -> Unit | None:
        k = stretch(u, rng, 3, 40, to_end)
        if k is None:
            return None
        if rng.random() < 0.5:
            lat, lon = ATTRACTORS[int(rng.integers(len(ATTRACTORS)))]
        else:
            lat, lon = (
                float(x)
                for x in destination_point(
                    u.lat[k[0]], u.lon[k[0]], rng.uniform(0, 360), rng.uniform(60, 1500)
                )
            )
        spread = rng.choice([0.0, 0.02, 0.5])
        p, o = destination_point(
            np.full(len(k), lat),
            np.full(len(k), lon),
            rng.uniform(0, 360, len(k)),
            np.abs(rng.normal(0, spread, len(k))),
        )
        more = (
            {"gs": np.where(np.isnan(u.gs[k]), np.nan, rng.uniform(0, 20, len(k)))}
            if rng.random() < 0.5
            else {}
        )
        return moved(u, k, p, o, **more)

    return fault


def circle(here: bool) -> Callable[[Unit, Rng], Unit | None]:
    def fault(u: Unit, rng: Rng) -> Unit | None:
        k = stretch(u, rng, 5, 25)
        if k is None:
            return None
        radius = rng.uniform(2, 12)
        speed = np.nanmedian(u.gs[k]) if np.isfinite(u.gs[k]).any() else 420.0
        angle = rng.uniform(0, 360) + rng.choice([-1, 1]) * np.degrees(
            (u.t[k] - u.t[k[0]]) / 1000.0 * speed * KT / radius
        )
        if here:  # begins where the aircraft is
            lat, lon = (float(x) for x in destination_point(u.lat[k[0]], u.lon[k[0]], angle[0] + 180, radius))
        else:
            lat, lon = ATTRACTORS[int(rng.integers(len(ATTRACTORS)))]
        p, o = destination_point(np.full(len(k), lat), np.full(len(k), lon), angle, radius)
        more = {}
        if rng.random() < 0.5 and np.isfinite(u.track[k]).any():  # the false velocity fits the false places
            more["track"] = (bearing_deg(p, o, np.roll(p, -1), np.roll(o, -1))).round(1)
        return moved(u, k, p, o, **more)

    return fault


def frozen(u: Unit, rng: Rng) -> Unit | None:
    k = stretch(u, rng, 1, 20)
    if k is None:
        return None
    return moved(u, k[1:], np.full(len(k) - 1, u.lat[k[0]]), np.full(len(k) - 1, u.lon[k[0]]))


def duplicate(others: list[Unit]) -> Callable[[Unit, Rng], Unit | None]:
    """Another aircraft under the same address, at the same time, at least 100 km away; both heard for ten minutes."""

    def fault(u: Unit, rng: Rng) -> Unit | None:
        if u.t[-1] - u.t[0] <= 600_000:  # the stray of the two, by the rule as by any other
            return None
        for _ in range(8):
            o = others[int(rng.integers(len(others)))]
            if o.name == u.name or not 600_000 < o.t[-1] - o.t[0] < 86_400_000:
                continue
            shift = int(u.t[0] + rng.uniform(0, max(1, u.t[-1] - u.t[0] - 600_000)) - o.t[0])
            t = o.t + shift
            lag = [
                np.abs(b[np.clip(np.searchsorted(b, a), 1, len(b) - 1)] - a) for a, b in ((t, u.t), (u.t, t))
            ]
            if max((x < 120_000).mean() for x in lag) < 0.5:  # heard by turns only, they may be one aircraft
                continue
            near = distance_km(np.interp(t, u.t, u.lat), np.interp(t, u.t, u.lon), o.lat, o.lon).min()
            if near < 100:
                continue
            joint = {k: np.concatenate([getattr(u, k), getattr(o, k)]) for k in FIELDS}
            joint["t"] = np.concatenate([u.t, t])
            joint["bad"] = joint["foreign"] = np.append(np.zeros(len(u.t), bool), np.ones(len(t), bool))
            joint["_held"] = np.append(held(u), held(o))
            order = np.argsort(joint["t"], kind="stable")
            out = replace(u, **{k: joint[k][order] for k in FIELDS})
            out.known_held = joint["_held"][order]  # type: ignore[attr-defined]
            return out
        return None

    return fault


def ground_flips(u: Unit, rng: Rng) -> Unit | None:
    if (u.ground < 0).mean() > 0.2:
        return None
    k = (rng.random(len(u.t)) < 0.09) & (u.ground >= 0)
    g = np.where(k, 1 - u.ground, u.ground)
    return replace(u, ground=g, bad=k, alt=np.where(k & (g == 1) & (rng.random(len(k)) < 0.5), np.nan, u.alt))


# ---- measuring


def table_of(units: list[Unit]) -> pa.Table:
    cat = lambda k: np.concatenate([getattr(u, k) for u in units])  # noqa: E731
    whole = lambda k: pa.array(np.round(cat(k)), pa.float64(), from_pandas=True).cast(pa.int32())  # noqa: E731
    g = cat("ground")
    n = [len(u.t) for u in units]
    return conform("positions", pa.table({
        "icao24": pa.array(np.repeat([f"{i:06x}" for i in range(len(units))], n)),
        "time_utc": pa.array(cat("t").astype(np.int64)).cast(pa.timestamp("ms", "UTC")),
        "lat": cat("lat"), "lon": cat("lon"), "altitude_ft": whole("alt"), "vertical_rate_fpm": whole("vr"),
        "ground_speed_kt": pa.array(cat("gs").astype(np.float32), from_pandas=True), "track_angle_deg": pa.array(cat("track").astype(np.float32), from_pandas=True),
        "on_ground": pa.array(g == 1, mask=g < 0), "heard_by": pa.array(list(cat("heard")), pa.string()),
        "source_id": pa.array(["0" * 16] * sum(n)), "record": np.concatenate([np.arange(x, dtype=np.int32) for x in n]),
    }))  # fmt: skip


def judged(units: list[Unit]) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    r = build(table_of(units)).positions
    out, at = [], 0
    cols = [r[c].to_numpy() for c in ("mask", "branch", "ground", "record")]
    for u in units:
        part = [c[at : at + len(u.t)] for c in cols]
        assert (part[3] == np.arange(len(u.t))).all()
        out.append((part[0], part[1], part[2]))
        at += len(u.t)
    return out


def measure(before: list[Unit], after: list[Unit]) -> dict[str, float]:
    bad = caught = good = lost = apart = ends = 0
    losers = []
    for u, v, (mask, branch, _) in zip(before, after, judged(after), strict=True):
        own, ignored = ~v.bad, getattr(v, "known_held", None)
        ignored = held(u) if ignored is None else ignored
        used = mask == 0
        mine = branch[used & own]
        home = np.bincount(mine).argmax() if len(mine) else -1  # all of its own aircraft is lost
        kept = used & (branch == home)
        b, g = v.bad & ~ignored, own & ~ignored
        bad, caught, good, lost = (
            bad + b.sum(),
            caught + (b & ~kept).sum(),
            good + g.sum(),
            lost + (g & ~kept).sum(),
        )
        apart += (g & used & ~kept).sum()
        k, ok = np.flatnonzero(kept), np.flatnonzero(g)
        changed = not len(k) or any(
            distance_km(v.lat[x], v.lon[x], v.lat[y], v.lon[y]) > 1.0 or inward * (v.t[x] - v.t[y]) > 60_000
            for x, y, inward in ((k[0], ok[0], 1), (k[-1], ok[-1], -1))
        )
        ends += changed
        losers.append(
            (
                (g & ~kept).sum() / 1e6 + changed * 10 + (b & kept).sum() / 1e3,
                u.name,
                int((b & kept).sum()),
                int((g & ~kept).sum()),
                changed,
                int(b.sum()),
            )
        )
    if "-v" in sys.argv:
        for x in sorted(losers, reverse=True)[:25]:
            print("    ", x[1:])
    return {
        "units": len(after),
        "bad": int(bad),
        "recall": caught / bad if bad else math.nan,
        "good": int(good),
        "false": lost / good,
        "apart": apart / good,
        "ends_changed": int(ends),
    }


def measure_ground(before: list[Unit], after: list[Unit]) -> dict[str, float]:
    """Bad: flipped bits; caught: the state is not the flipped one. Ends: units with another number of state changes."""
    bad = caught = good = lost = ends = 0
    changes = lambda s: int((np.diff(s[s >= 0]) != 0).sum())  # noqa: E731
    for v, (m0, _, g0), (m1, _, g1) in zip(after, judged(before), judged(after), strict=True):
        known = (m0 == 0) & (m1 == 0) & (g0 >= 0)
        b, g = v.bad & known & (v.ground != g0), ~v.bad & known
        bad, caught, good, lost = (
            bad + b.sum(),
            caught + (b & (g1 != v.ground)).sum(),
            good + g.sum(),
            lost + (g & (g1 >= 0) & (g1 != g0)).sum(),
        )
        c = changes(g0[m0 == 0]) != changes(g1[m1 == 0])
        ends += c
        if c and "-v" in sys.argv:
            print("    ", v.name, changes(g0[m0 == 0]), changes(g1[m1 == 0]))
    return {
        "units": len(after),
        "bad": int(bad),
        "recall": caught / bad,
        "good": int(good),
        "false": lost / good,
        "ends_changed": int(ends),
    }


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[3] / "shared/data")
    p.add_argument("--half", choices=["report", "tune"], default="report")
    p.add_argument("--only", default="")
    p.add_argument("--json", type=Path)
    p.add_argument("-v", action="store_true")
    args = p.parse_args()
    units = [u for u in load(args.data) if half_of(u) == args.half]
    faults: dict[str, Callable[[Unit, Rng], Unit | None]] = {
        "none": lambda u, _: u, "teleport 20-2000 km": teleport(20, 2000), "teleport 5-20 km": teleport(5, 20), "spoof to an airfield": spoof(False),
        "spoof to the end": spoof(True), "circle elsewhere": circle(False), "circle from here": circle(True), "frozen": frozen,
        "duplicate address": duplicate(units), "ground bit 9 %": ground_flips,
    }  # fmt: skip
    print(f"{len(units)} units, {sum(len(u.t) for u in units):,} positions, half: {args.half}")
    print(
        f"{'fault':22}{'units':>7}{'bad':>9}{'recall %':>10}{'good':>10}{'false %':>9}{'apart %':>9}{'ends changed':>14}{'s':>6}"
    )
    result = {}
    for name, fault in faults.items():
        if args.only not in name:
            continue
        pairs = [
            (
                u,
                fault(
                    u,
                    np.random.default_rng(
                        int(hashlib.sha256(f"{name}|{u.name}".encode()).hexdigest()[:12], 16)
                    ),
                ),
            )
            for u in units
        ]
        before, after = [a for a, b in pairs if b is not None], [b for _, b in pairs if b is not None]
        begin = time.perf_counter()
        m = (measure_ground if name.startswith("ground") else measure)(before, after)
        result[name] = m
        print(
            f"{name:22}{m['units']:7}{m['bad']:9}{100 * m['recall']:10.2f}{m['good']:10}{100 * m['false']:9.3f}{100 * m.get('apart', 0.0):9.3f}{m['ends_changed']:14}{time.perf_counter() - begin:6.1f}"
        )
    if args.json:
        args.json.write_text(
            json.dumps({"half": args.half, "columns": TABLES["positions"].names, "faults": result}, indent=1)
        )


if __name__ == "__main__":
    main()
