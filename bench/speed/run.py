"""Measure speed and memory over days of three sizes. Writes results/speed.json, section by section.

    python -m bench.speed.run --days FOLDER [--work FOLDER] [--sizes 1k 10k 80k] [--sections ingest flights …] [--result FILE]

Days that are not in FOLDER are made there. Every section and size is written as it is done, and one that is there
is left alone (``--again`` measures it anew): a killed run goes on. What does not fit the disk is skipped and said.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

from bench.speed import cases, floors, rivals
from bench.speed.day_plan import fleet_of
from bench.speed.day_tars import write_day
from bench.speed.watched import machine, watched

REPOSITORY = Path(__file__).resolve().parents[2]
WAYSTATION = str(Path(sys.executable).with_name("waystation"))
RESULT = Path(__file__).parent / "results" / "speed.json"
SIZES = {"1k": 1000, "10k": 10_000, "80k": 80_000}
NEEDED_GB = {"1k": 0.2, "10k": 2.0, "80k": 12.0}  # archive, tables and the tar, where it has to be made
WORKERS = 2


class Bench:
    """Where things lie, and what was measured so far."""

    def __init__(self, asked: argparse.Namespace) -> None:
        self.days, self.work, self.result, self.again = asked.days, asked.work, asked.result, asked.again
        self.warm = False
        self.work.mkdir(parents=True, exist_ok=True)
        self.told = json.loads(self.result.read_text()) if self.result.exists() else {}

    def log(self) -> Path:
        return self.work / "bench.log"

    def archive(self, size: str) -> Path:
        return self.work / f"archive-{size}"

    def parts(self, size: str) -> list[Path]:
        """The files of a day, made where they are missing."""
        stem = self.days / f"day-{size}.tar"
        found = [stem] if stem.exists() else sorted(self.days.glob(f"day-{size}.tar.[a-z][a-z]"))
        if not found or not (self.days / f"day-{size}.tar.json").exists():
            print(f"making the day of {size} traces …", flush=True)
            n = SIZES[size]
            told = write_day(
                stem, fleet_of(n, 6), dt.date(2025, 6, 15), 6, 2_000_000_000 if n > 20_000 else 0
            )
            (self.days / f"day-{size}.tar.json").write_text(json.dumps(told, indent=1) + "\n")
            found = [stem] if stem.exists() else sorted(self.days.glob(f"day-{size}.tar.[a-z][a-z]"))
        return found

    def day(self, size: str) -> dict:
        self.parts(size)
        return json.loads((self.days / f"day-{size}.tar.json").read_text())

    def keep(self, section: str, size: str, told: dict) -> None:
        """Write what was measured, with its machine and commit, at once."""
        self.told.setdefault(section, {})[size] = told | {"on": machine(REPOSITORY)}
        self.result.parent.mkdir(parents=True, exist_ok=True)
        self.result.write_text(json.dumps(self.told, indent=1, sort_keys=True) + "\n")
        print(section, size, json.dumps(told), flush=True)

    def has(self, section: str, size: str) -> bool:
        return not self.again and size in self.told.get(section, {})

    def room(self, size: str) -> bool:
        free = shutil.disk_usage(self.work).free / 1e9
        if free < NEEDED_GB.get(size, 1.0):
            print(
                f"skipped {size}: it needs about {NEEDED_GB[size]} GB in {self.work}, and {free:.1f} GB are free; name another --work"
            )
            return False
        return True


def floor(b: Bench, size: str) -> dict:
    told = {"decompression": floors.decompression(b.parts(size))}
    share = told["decompression"]["gzip_bytes"] / b.day(size)["gzip_bytes"]
    told["share_of_day"] = round(min(1.0, share), 4)
    if (b.archive(size) / "sources").is_dir():
        told["parquet_read"] = floors.parquet_read(b.archive(size))
    return told


def _warm(b: Bench) -> None:
    """Compile what is compiled once per machine; that cost has a section of its own."""
    if b.warm:
        return
    b.warm = True
    tiny, out = b.work / "warm-archive", b.work / "warm"
    shutil.rmtree(tiny, ignore_errors=True)
    shutil.rmtree(out, ignore_errors=True)
    tar = b.work / "warm.tar"
    write_day(tar, fleet_of(40, 1), dt.date(2025, 6, 14), 1)
    watched([WAYSTATION, "ingest", str(tar), "--archive", str(tiny), "--workers", "1"], b.log())
    watched([WAYSTATION, "flights", "--archive", str(tiny), "--out", str(out), "--workers", "1"], b.log())


def ingest(b: Bench, size: str) -> dict:
    parts, archive, day = b.parts(size), b.archive(size), b.day(size)
    _warm(b)
    shutil.rmtree(archive, ignore_errors=True)
    took = watched(
        [WAYSTATION, "ingest", str(parts[0]), "--archive", str(archive), "--workers", str(WORKERS)], b.log()
    )
    held = sum(p.stat().st_size for p in (archive / "positions").rglob("*.parquet"))
    whole = sum(p.stat().st_size for p in archive.rglob("*.parquet"))
    return took | {
        "workers": WORKERS, "positions": day["positions"], "traces": day["traces"], "json_bytes": day["json_bytes"], "gzip_bytes": day["gzip_bytes"],
        "positions_per_cpu_s": round(day["positions"] / took["cpu_s"]), "positions_per_wall_s": round(day["positions"] / took["wall_s"]),
        "bytes_a_position": round(held / day["positions"], 2), "archive_bytes_a_position": round(whole / day["positions"], 2),
    }  # fmt: skip


def flights(b: Bench, size: str) -> dict:
    out = b.work / f"flights-{size}"
    shutil.rmtree(out, ignore_errors=True)
    shutil.rmtree(b.archive(size) / ".cache", ignore_errors=True)
    took = watched(
        [
            WAYSTATION,
            "flights",
            "--archive",
            str(b.archive(size)),
            "--out",
            str(out),
            "--workers",
            str(WORKERS),
        ],
        b.log(),
    )
    n = b.day(size)["positions"]
    rows = {k: v["rows"] for k, v in json.loads((out / "manifest.json").read_text())["tables"].items()}
    return took | {
        "workers": WORKERS,
        "positions": n,
        "positions_per_cpu_s": round(n / took["cpu_s"]),
        "positions_per_wall_s": round(n / took["wall_s"]),
        "rows": rows,
    }


def stages(b: Bench, size: str) -> dict:
    at_most = "5e6" if size != "1k" else "2e6"
    done = subprocess.run(
        [sys.executable, "-m", "bench.speed.stages", str(b.archive(size)), at_most],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        check=False,
    )
    if done.returncode:
        return {"error": done.stderr.strip().splitlines()[-1]}
    return json.loads(done.stdout.strip().splitlines()[-1])


def second(b: Bench, size: str) -> dict:
    """The same commands again: nothing new in the input."""
    out = b.work / f"flights-{size}"
    ingested = watched(
        [
            WAYSTATION,
            "ingest",
            str(b.parts(size)[0]),
            "--archive",
            str(b.archive(size)),
            "--workers",
            str(WORKERS),
        ],
        b.log(),
    )
    found = watched(
        [
            WAYSTATION,
            "flights",
            "--archive",
            str(b.archive(size)),
            "--out",
            str(out),
            "--workers",
            str(WORKERS),
        ],
        b.log(),
    )
    start = [watched([WAYSTATION, "flights", "--help"], b.log())["cpu_s"] for _ in range(3)]
    return {"ingest": ingested, "flights": found, "start_cpu_s": statistics.median(start)}


def one(b: Bench, size: str) -> dict:
    return cases.one_aircraft(b.archive(size))


def rival(b: Bench, size: str) -> dict:
    return {"measured": [rivals.run_traffic(b.parts(size)[0], b.work)], "given": rivals.GIVEN}


def billion(b: Bench, size: str) -> dict:
    return cases.one_of_many(b.archive(size), b.work / f"billion-from-{size}")


def case300(b: Bench, size: str) -> dict:
    return cases.case_of_days(
        b.work,
        WAYSTATION,
        b.log(),
        days=30 if size == "80k" else {"1k": 2}.get(size, 6),
        traces=5000 if size != "1k" else 500,
    )


def start(_b: Bench, _size: str) -> dict:
    return cases.start_up(WAYSTATION)


def first(b: Bench, _size: str) -> dict:
    return cases.first_run(WAYSTATION, b.work)


SECTIONS = {  # in this order; those of the second line once, with the largest size asked for
    "floor": floor, "ingest": ingest, "flights": flights, "stages": stages, "second": second, "one": one,
    "rival": rival, "start": start, "first": first, "billion": billion, "case300": case300,
}  # fmt: skip
ONCE = ("rival", "start", "first", "billion", "case300")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--days", type=Path, required=True, help="folder of the day tars")
    parser.add_argument("--work", type=Path, help="folder for archives and results; default: --days")
    parser.add_argument("--sizes", nargs="+", choices=list(SIZES), default=["1k", "10k"])
    parser.add_argument(
        "--sections",
        nargs="+",
        choices=list(SECTIONS),
        default=[s for s in SECTIONS if s not in {"billion", "case300"}],
    )
    parser.add_argument("--result", type=Path, default=RESULT)
    parser.add_argument("--again", action="store_true")
    asked = parser.parse_args()
    asked.work = asked.work or asked.days
    asked.days.mkdir(parents=True, exist_ok=True)
    b = Bench(asked)
    sizes = [s for s in asked.sizes if b.room(s)]
    order = [s for s in SECTIONS if s in asked.sections]
    order.sort(
        key=lambda s: {"floor": 1, "ingest": 0}.get(s, 2 + list(SECTIONS).index(s))
    )  # the floor reads the archive too
    for section in order:
        for size in sizes if section not in ONCE else sizes[-1:] if section != "rival" else sizes[:1]:
            if b.has(section, size):
                print(f"{section} {size}: measured before (--again measures anew)")
                continue
            if (
                section not in {"ingest", "floor", "rival", "start", "first", "case300"}
                and not (b.archive(size) / "sources").is_dir()
            ):
                print(f"{section} {size}: skipped, it needs the archive that section ingest makes")
                continue
            b.keep(section, size, SECTIONS[section](b, size))


if __name__ == "__main__":
    main()
