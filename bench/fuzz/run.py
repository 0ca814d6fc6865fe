"""Damage every format a thousand times and more, and see that ingest answers. Writes results/fuzz.json.

    python -m bench.fuzz.run --times 1000 --seed 8 [--only kml zip] [--inputs DIR] [--most-mb 600]

``zip`` is the container (KMZ too): what comes out of a damaged one is read in turn. ``--inputs`` takes strangers'
fuzz inputs, each read as it is; where the 246 of firestuff/adsb-tools lie beside the project they are taken
without being named. A failure prints its format, seed and turn: the same three give the same bytes again.
An answer that takes ten seconds, or memory beyond ``--most-mb`` above that of the start, is a failure, too.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import resource
import sys
import time
from collections import Counter
from pathlib import Path

from bench.fuzz.check import LIMIT_S, check, limit
from bench.fuzz.mutate import mutate
from bench.fuzz.samples import MAPPINGS, SAMPLES, VARIANTS, ZIPS

from waystation.store.zips import is_zip, zip_sources

BESIDE = Path(__file__).resolve().parents[3] / "shared" / "data" / "mode_s" / "fuzz"
FORMATS = (*SAMPLES, "zip")
HARD_MB = 3000  # of address space above the start: beyond it the run itself would end


def seeded(name: str, seed: int, turn: int) -> bytes:
    """Return the damaged bytes of one turn."""
    dice = random.Random(f"{name}|{seed}|{turn}")
    return mutate(dice.choice(ZIPS if name == "zip" else [SAMPLES[name], *VARIANTS.get(name, [])]), dice)


def answers(name: str, data: bytes) -> list[tuple[str, int]]:
    """Return (format, positions) of what came; of a zip one for each member."""
    if name != "zip" or not is_zip(data):
        parsed = check(data, MAPPINGS.get(name))
        return [(parsed.format, parsed.positions.num_rows)]
    with limit(LIMIT_S):
        found = list(zip_sources(data, "x.zip", 1 << 29))
    assert found, "nothing came back"
    assert all("/../" not in s.uri for s in found if not s.refused), "a name led out"
    return [("refused", 0) if s.refused else answers("member", s.data)[0] for s in found]


def fuzz(name: str, seed: int, times: int) -> dict[str, object]:
    """Return what came of ``times`` turns of one format."""
    read = Counter()
    failures, slowest, positions = [], 0.0, 0
    for turn in range(times):
        data = seeded(name, seed, turn)
        began = time.monotonic()
        try:
            for format_, n in answers(name, data):
                read[format_] += 1
                positions += n
        except BaseException as e:
            if isinstance(e, KeyboardInterrupt):
                raise
            failures.append(f"{name} seed {seed} turn {turn}: {type(e).__name__}: {e}")
            print(failures[-1], file=sys.stderr)
        slowest = max(slowest, time.monotonic() - began)
    return {
        "turns": times,
        "failures": failures,
        "slowest_s": round(slowest, 3),
        "positions": positions,
        "read_as": dict(read),
    }


def strangers(folder: Path) -> dict[str, object]:
    """Return what came of every file of a folder, read as it is."""
    read = Counter()
    failures, slowest, positions = [], 0.0, 0
    files = sorted(p for p in folder.iterdir() if p.is_file())
    for path in files:
        began = time.monotonic()
        try:
            parsed = check(path.read_bytes())
            read[parsed.format] += 1
            positions += parsed.positions.num_rows
        except BaseException as e:
            if isinstance(e, KeyboardInterrupt):
                raise
            failures.append(f"{path.name}: {type(e).__name__}: {e}")
            print(failures[-1], file=sys.stderr)
        slowest = max(slowest, time.monotonic() - began)
    return {
        "files": len(files),
        "failures": failures,
        "slowest_s": round(slowest, 3),
        "positions": positions,
        "read_as": dict(read),
    }


def bounded() -> None:
    """Let a runaway end in ``MemoryError``, which is a failure with a seed, not in a dead machine."""
    held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (held + (HARD_MB << 20), hard))


def main() -> int:
    """Run, print a line a format, write the results; 1 where anything failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument("--only", nargs="*", choices=FORMATS, default=list(FORMATS))
    parser.add_argument("--inputs", type=Path, default=BESIDE if BESIDE.is_dir() else None)
    parser.add_argument("--most-mb", type=int, default=600)
    options = parser.parse_args()
    for name in SAMPLES:  # libraries are loaded now, and are not counted
        check(SAMPLES[name], MAPPINGS.get(name))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    bounded()
    results: dict[str, object] = {"seed": options.seed, "python": platform.python_version(), "formats": {}}
    for name in options.only:
        results["formats"][name] = r = fuzz(name, options.seed, options.times)  # type: ignore[index]
        print(
            f"{name:9} {r['turns']} turns, {len(r['failures'])} failures, slowest {r['slowest_s']} s, read as {r['read_as']}"
        )  # type: ignore[arg-type]
    if options.inputs:
        results["inputs"] = r = strangers(options.inputs)
        print(
            f"inputs    {r['files']} files, {len(r['failures'])} failures, slowest {r['slowest_s']} s, read as {r['read_as']}"
        )  # type: ignore[arg-type]
    results["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    results["start_mb"] = before // 1024
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    print(f"memory: {before // 1024} MB at the start, {grown} MB more at the highest")
    if grown > options.most_mb:
        print(f"that is more than the {options.most_mb} MB allowed", file=sys.stderr)
    out = Path(__file__).parent / "results"
    out.mkdir(exist_ok=True)
    (out / "fuzz.json").write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")
    every = [*results["formats"].values(), *([results["inputs"]] if options.inputs else [])]  # type: ignore[attr-defined]
    return int(any(r["failures"] for r in every) or grown > options.most_mb)


if __name__ == "__main__":
    sys.exit(main())
