"""Larger questions: one aircraft out of a billion positions, a case of many days, and how fast a command starts."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from bench.speed.day_plan import fleet_of
from bench.speed.day_tars import write_day
from bench.speed.watched import watched

if TYPE_CHECKING:
    from pathlib import Path

LOOKS = 25
CASE_AIRCRAFT = 300


def _counts(archive: Path) -> dict[str, int]:
    """Address → number of positions."""
    from waystation.store.archive import aircraft_span

    span = aircraft_span(archive)
    return dict(zip(span.column("icao24").to_pylist(), span.column("n_positions").to_pylist(), strict=True))


def one_aircraft(archive: Path, looks: int = LOOKS) -> dict[str, object]:
    """Read single aircraft, chosen by a fixed seed, from an archive: milliseconds a look, in one warm process."""
    from waystation.store.archive import read_positions

    counts = _counts(archive)
    dice = random.Random(6)
    asked = dice.sample(sorted(counts), min(looks, len(counts)))
    read_positions(archive, icao24=[asked[0]])
    wall, cpu, rows = [], [], []
    for address in asked:
        t, c = time.perf_counter(), time.process_time()
        rows.append(read_positions(archive, icao24=[address]).num_rows)
        wall.append((time.perf_counter() - t) * 1000)
        cpu.append((time.process_time() - c) * 1000)
    assert all(n == counts[a] for n, a in zip(rows, asked, strict=True)), "an aircraft lost rows"
    return {
        "archive_positions": sum(counts.values()), "aircraft": len(counts), "looks": len(asked), "rows_median": statistics.median(rows),
        "wall_ms_median": round(statistics.median(wall), 1), "wall_ms_worst": round(max(wall), 1), "cpu_ms_median": round(statistics.median(cpu), 1),
    }  # fmt: skip


def one_of_many(archive: Path, into: Path, wanted: int = 1_000_000_000) -> dict[str, object]:
    """Fill an archive up to ``wanted`` positions with hard links to one day's batches under other days and names.

    The links cost no disk. Rows keep their times, so only looks by address make sense there.
    """
    shutil.rmtree(into, ignore_errors=True)
    n = sum(_counts(archive).values())
    days = sorted((archive / "positions").iterdir())
    first = dt.date.fromisoformat(days[0].name.removeprefix("day="))
    last = dt.date.fromisoformat(days[-1].name.removeprefix("day="))
    copies = -(-wanted // n)
    for i in range(copies):
        for folder in days:
            day = dt.date.fromisoformat(folder.name.removeprefix("day=")) + i * (
                last - first + dt.timedelta(1)
            )
            to = into / "positions" / f"day={day}"
            to.mkdir(parents=True, exist_ok=True)
            for file in folder.glob("*.parquet"):
                os.link(file, to / f"{file.stem}x{i:05}.parquet")
        for table in ("sources", "identities", "rejected"):
            (into / table).mkdir(exist_ok=True)
            for file in (archive / table).glob("*.parquet"):
                os.link(file, into / table / f"{file.stem}x{i:05}.parquet")
    began = time.perf_counter()
    counts = _counts(into)
    index_s = time.perf_counter() - began
    told = one_aircraft(into)
    return told | {
        "copies": copies,
        "positions": sum(counts.values()),
        "first_look_s": round(index_s, 2),
        "replicated": True,
        "from": str(first),
    }


def case_of_days(work: Path, waystation: str, log: Path, *, days: int, traces: int) -> dict[str, object]:
    """A case of 300 airframes over many day tars, to its briefing, as a user runs it."""
    folder = work / f"case-{days}x{traces}"
    tars = folder / "days"
    tars.mkdir(parents=True, exist_ok=True)
    need = days * traces * 41e3 * 1.9
    free = shutil.disk_usage(folder).free
    if free < need:
        return {"skipped": f"needs {need / 1e9:.0f} GB, {free / 1e9:.0f} GB are free"}
    fleet = fleet_of(traces, 66)
    start, made = dt.date(2025, 5, 1), []
    for i in range(days):
        date = start + dt.timedelta(days=i)
        note = tars / f"{date}.json"
        if not note.exists():
            note.write_text(json.dumps(write_day(tars / f"{date}.tar", fleet, date, 66)))
        made.append(json.loads(note.read_text()))
    chosen = sorted(a.address for a in fleet if a.kind in {"short", "long", "business"})[
        : min(CASE_AIRCRAFT, traces // 2)
    ]
    text = [
        'title = "A case for measuring speed (made days)"',
        f"period = {{ from = {start}, to = {start + dt.timedelta(days=days - 1)} }}",
        f"sources = {json.dumps([f'days/{start + dt.timedelta(days=i)}.tar' for i in range(days)])}",
        "[fleet]",
        f"icao24 = {json.dumps(chosen)}",
    ]
    (folder / "case.toml").write_text("\n".join(text) + "\n")
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    took = watched([waystation, "run", str(folder / "case.toml"), "--out", str(out)], log)
    again = watched([waystation, "run", str(folder / "case.toml"), "--out", str(out)], log)
    total = sum(m["positions"] for m in made)
    rows = {k: v["rows"] for k, v in json.loads((out / "manifest.json").read_text())["tables"].items()}
    full = 80_000 / traces
    return took | {
        "days": days, "traces_a_day": traces, "aircraft_of_case": len(chosen), "positions": total, "second_run": again,
        "rows": {k: rows[k] for k in ("flights", "ends", "claims", "coverage") if k in rows},
        "extrapolated_to_full_days": {"wall_s": round(took["wall_s"] * full), "cpu_s": round(took["cpu_s"] * full), "how": f"time × {full:g}, all of it; not measured"},
    }  # fmt: skip


def start_up(waystation: str, repeats: int = 9) -> dict[str, object]:
    """Seconds of commands that only tell."""
    told: dict[str, object] = {}
    for words in (["--help"], ["--version"], ["show", "--help"], ["run", "--help"], ["flights", "--help"]):
        runs = []
        for _ in range(repeats):
            began = time.perf_counter()
            cpu = os.times()
            subprocess.run([waystation, *words], stdout=subprocess.DEVNULL, check=True)
            after = os.times()
            runs.append(
                (
                    time.perf_counter() - began,
                    after.children_user + after.children_system - cpu.children_user - cpu.children_system,
                )
            )
        told[" ".join(words)] = {
            "wall_s_least": round(min(r[0] for r in runs), 3),
            "wall_s_median": round(statistics.median(r[0] for r in runs), 3),
            "cpu_s_median": round(statistics.median(r[1] for r in runs), 3),
        }
    bare = []
    for _ in range(repeats):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", "pass"], check=True)
        bare.append(time.perf_counter() - began)
    told["python -c pass"] = {
        "wall_s_least": round(min(bare), 3),
        "wall_s_median": round(statistics.median(bare), 3),
    }
    return told


def first_run(waystation: str, work: Path) -> dict[str, object]:
    """A first run, which compiles, against a second, which does not; the kernels in a folder of their own."""
    told: dict[str, object] = {}
    tar = work / "first.tar"
    write_day(tar, fleet_of(40, 1), dt.date(2025, 6, 14), 1)
    cache = work / "first-cache"
    shutil.rmtree(cache, ignore_errors=True)
    cache.mkdir()
    for name in ("first run", "second run"):
        archive, out = work / "first-archive", work / "first-out"
        shutil.rmtree(archive, ignore_errors=True)
        shutil.rmtree(out, ignore_errors=True)
        command = [
            "env",
            f"NUMBA_CACHE_DIR={cache}",
            waystation,
            "flights",
            str(tar),
            "--archive",
            str(archive),
            "--out",
            str(out),
        ]
        told[name] = watched(command, work / "bench.log")
    told["cache_mb"] = round(sum(p.stat().st_size for p in cache.rglob("*") if p.is_file()) / 1e6, 1)
    return told
