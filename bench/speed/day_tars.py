"""Write day tars as adsb.lol releases them, of any size: ``./traces/xx/trace_full_<address>.json``, each gzip'd.

    python -m bench.speed.day_tars FOLDER --traces 10000 [--name day-10k] [--date 2025-06-15] [--seed 6] [--split-gb 2]

Every trace is different; the same arguments give the same bytes. ``--days 30`` writes as many tars of one fleet.
Every header says ``"simulated"``: such a file can never pass for evidence.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import tarfile
import time
from pathlib import Path

import numpy as np
from bench.speed.day_plan import AIRLINES, BLOCKS, CATEGORY, TAILS, TYPES, Aircraft, fleet_of, flights_on
from bench.speed.trace_motion import write_trace
from bench.speed.trace_rows import AUTOPILOT, EHS, GEOM_RATE, MLAT, NAV
from isal import igzip

LEVEL = 3  # isal's best: 8–15 % larger than zlib's 9, with which releases are packed
ROOM = 24_000_000  # bytes: the largest trace is some 12 MB
KIND = {"mlat": "mlat", "tisb": "tisb_other"}


def _bytes(text: str) -> np.ndarray:
    return np.frombuffer(text.encode(), dtype=np.uint8)


def header(who: Aircraft, midnight: int) -> bytes:
    """Everything before the rows, laid out as readsb does it."""
    rng = np.random.default_rng([who.number, 77])
    lines = [f'{{"icao":"{who.address}"']
    if who.kind == "tisb" or rng.random() < 0.03:
        lines.append('"noRegData":true')
    else:
        types = TYPES.get(who.kind) or TYPES["light"]
        code, text = types[int(rng.integers(len(types)))]
        pattern = (BLOCKS.get(who.country) or BLOCKS["US"])[2]
        letters = "".join(chr(65 + int(k)) for k in rng.integers(0, 26, 3))
        lines.append(f'"r":"{pattern.format(n=int(rng.integers(1, 9999)), a=letters)}"')
        lines += [f'"t":"{code}"', '"dbFlags":0', f'"desc":"{text}"']
        if rng.random() < 0.6:
            lines += ['"ownOp":"MADE UP AIR LINES INC"', f'"year":"{int(rng.integers(1985, 2025))}"']
    lines += ['"simulated":"a day for measuring speed"', f'"timestamp": {midnight}.000', '"trace":[ \n']
    return ",\n".join(lines).encode()


def rows_of(who: Aircraft, seed: int, day: int, buffer: np.ndarray, place: int) -> tuple[int, int]:
    """Write the rows of one aircraft's day; return the place after them and their number."""
    flights = flights_on(who, seed, day)
    rng = np.random.default_rng([who.number, 78])
    jet = who.kind in {"short", "long", "business", "glimpse"}
    bits = 0
    if who.kind == "mlat":
        bits = MLAT
    elif jet:
        bits = (
            (EHS if rng.random() < 0.5 else 0)
            | (NAV if rng.random() < 0.75 else 0)
            | (AUTOPILOT if rng.random() < 0.2 else 0)
        )
    elif rng.random() < 0.6:
        bits = GEOM_RATE
    day_rng = np.random.default_rng([seed, who.number, day, 3])
    dense = {"glider": 1.0, "vehicle": 1.0}.get(who.kind, rng.uniform(0.5, 1.1))
    wind, knots = day_rng.uniform(0, 360), day_rng.uniform(0, 70)
    qnh, mcp = 10 * int(day_rng.integers(990, 1035)) + 4, 16 * int(day_rng.integers(300, 2400))
    turn, drift, climate = day_rng.uniform(-15, 15), day_rng.uniform(-3, 3), day_rng.normal(0.02, 0.012)
    numbers = [
        bits,
        0,
        0,
        0,
        wind,
        knots,
        turn,
        drift,
        qnh,
        mcp,
        day_rng.normal(0, 40),
        knots * 0.7,
        climate,
        dense,
    ]
    n = len(flights)
    name = AIRLINES[int(rng.integers(len(AIRLINES)))] if jet else "N"
    calls = np.stack([_bytes(f"{name}{int(k)}".ljust(8)) for k in day_rng.integers(10, 9999, n)])
    squawks = np.stack([_bytes(f"{int(k):04o}") for k in day_rng.integers(0o1000, 0o7700, n)])
    tail = ',"alert":0,"spi":0}' if who.kind in {"mlat", "tisb"} else TAILS[int(rng.integers(len(TAILS)))]
    tails = (
        _bytes(tail),
        _bytes(
            tail.replace('"nac_p":10', '"nac_p":9')
            .replace('"nic":8,"rc":186', '"nic":8,"rc":185')
            .replace('"nac_p":7', '"nac_p":8')
        ),
    )
    text = (KIND.get(who.kind, "adsb_icao"), CATEGORY.get(who.kind, "A1"))
    shape = write_trace(
        buffer,
        place,
        flights,
        calls,
        squawks,
        *map(_bytes, text),
        tails,
        np.array(numbers, dtype=np.float64),
        np.uint64(day_rng.integers(1, 2**62)),
    )
    return int(shape[0]), int(shape[1])


class Parts:
    """A file, or its parts ``.aa``, ``.ab`` … of a given size, written one after the other."""

    def __init__(self, path: Path, limit: int) -> None:
        self.path, self.limit, self.number, self.room = path, limit, 0, 0
        self.file = None if limit else path.open("wb")

    def write(self, data: bytes) -> None:
        while self.limit and len(data) >= self.room:
            if self.file:
                self.file.write(data[: self.room])
                self.file.close()
                data = data[self.room :]
            a, b = divmod(self.number, 26)
            self.file = self.path.with_name(f"{self.path.name}.{chr(97 + a)}{chr(97 + b)}").open("wb")
            self.number, self.room = self.number + 1, self.limit
        self.file.write(data)
        self.room -= len(data)

    def close(self) -> None:
        self.file.close()


def member(name: str, size: int, when: int, folder: bool = False) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = size, when, 0o755 if folder else 0o644
    info.type = tarfile.DIRTYPE if folder else tarfile.REGTYPE
    return info.tobuf(tarfile.GNU_FORMAT)


def write_day(path: Path, fleet: list[Aircraft], date: dt.date, seed: int, split: int = 0) -> dict:
    """Write one day's tar; return what was written."""
    day = date.toordinal()
    midnight = int(dt.datetime(date.year, date.month, date.day, tzinfo=dt.UTC).timestamp())
    buffer, began, folder = np.empty(ROOM, dtype=np.uint8), time.process_time(), ""
    out = Parts(path, split)
    told = {"traces": 0, "positions": 0, "json_bytes": 0, "gzip_bytes": 0}
    when = midnight + 90_000
    for name in ("./", "./traces/"):
        out.write(member(name, 0, when, folder=True))
    for who in fleet:
        head = header(who, midnight)
        buffer[: len(head)] = np.frombuffer(head, dtype=np.uint8)
        end, rows = rows_of(who, seed, day, buffer, len(head))
        if not rows:
            continue
        tail = b" ]\n}\n"
        buffer[end : end + len(tail)] = np.frombuffer(tail, dtype=np.uint8)
        end += len(tail)
        packed = igzip.compress(memoryview(buffer[:end]), LEVEL, mtime=0)
        if folder != who.address[-2:]:
            folder = who.address[-2:]
            out.write(member(f"./traces/{folder}/", 0, when, folder=True))
        out.write(member(f"./traces/{folder}/trace_full_{who.address}.json", len(packed), when))
        out.write(packed + bytes(-len(packed) % 512))
        told["traces"] += 1
        told["positions"] += rows
        told["json_bytes"] += end
        told["gzip_bytes"] += len(packed)
    out.write(bytes(1024))
    out.close()
    return told | {"seconds_cpu": round(time.process_time() - began, 1), "seed": seed, "date": str(date)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--traces", type=int, default=1000)
    parser.add_argument("--name", default="")
    parser.add_argument("--date", type=dt.date.fromisoformat, default=dt.date(2025, 6, 15))
    parser.add_argument("--days", type=int, default=1)
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--split-gb", type=float, default=0.0)
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    fleet = fleet_of(asked.traces, asked.seed)
    for i in range(asked.days):
        date = asked.date + dt.timedelta(days=i)
        stem = asked.name or f"{date}-{asked.traces}"
        name = f"{stem}-{i:02}" if asked.days > 1 and asked.name else stem
        told = write_day(asked.folder / f"{name}.tar", fleet, date, asked.seed, int(asked.split_gb * 1e9))
        (asked.folder / f"{name}.tar.json").write_text(json.dumps(told, indent=1) + "\n")
        print(name, told)


if __name__ == "__main__":
    main()
