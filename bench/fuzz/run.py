"""Damage every format a thousand times and more, and see that ingest answers. Writes results/fuzz.json.

    python -m bench.fuzz.run --times 1000 --seed 8 [--inputs DIR]     DIR: files as they are (Beast, AVR, JSON …)

``--inputs`` takes strangers' fuzz inputs, each read as it is. A failure prints its format, seed and turn: the
same three give the same bytes again.
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

from bench.fuzz.check import check
from bench.fuzz.mutate import mutate
from bench.fuzz.samples import MAPPINGS, SAMPLES, VARIANTS


def seeded(name: str, seed: int, turn: int) -> bytes:
    """Return the damaged bytes of one turn."""
    dice = random.Random(f"{name}|{seed}|{turn}")
    return mutate(dice.choice([SAMPLES[name], *VARIANTS.get(name, [])]), dice)


def fuzz(name: str, seed: int, times: int) -> dict[str, object]:
    """Return what came of ``times`` turns of one format."""
    read = Counter()
    failures, slowest, positions = [], 0.0, 0
    for turn in range(times):
        data = seeded(name, seed, turn)
        began = time.monotonic()
        try:
            parsed = check(data, MAPPINGS.get(name))
            read[parsed.format] += 1
            positions += parsed.positions.num_rows
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


def main() -> int:
    """Run, print a line a format, write the results; 1 where anything failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument("--only", nargs="*", default=list(SAMPLES))
    parser.add_argument("--inputs", type=Path)
    options = parser.parse_args()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
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
    print(f"memory: {results['start_mb']} MB at the start, {results['peak_mb']} MB at the highest")
    out = Path(__file__).parent / "results"
    out.mkdir(exist_ok=True)
    (out / "fuzz.json").write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")
    every = [*results["formats"].values(), *([results["inputs"]] if options.inputs else [])]  # type: ignore[attr-defined]
    return int(any(r["failures"] for r in every))


if __name__ == "__main__":
    sys.exit(main())
