"""Ends hidden by a program that knows nothing of this one: what `waystation flights` makes of them, and what simple rules do.

    python -m bench.accuracy.blackbox [--data ../shared/data] [--hidden-by ../shared/tools/endpoints] [--json FILE]

That program is not part of this repository. It writes each hidden end as an aircraft of its own in the form of readsb,
runs the command, and marks the answers. Here its figures are gathered, and the cases that come back as more than one flight
are counted by the collection that they are from, with the silences that they were cut at.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import polars as pl
from bench.accuracy.measured import DATA, RESULTS, ROOT, Run

TOOL = ROOT.parent / "shared" / "tools" / "endpoints"
OURS = "Waystation"
KEPT = (
    "top1",
    "top3",
    "log_loss",
    "ece",
    "coverage",
    "accuracy",
)  # of each: the figure and its 90 % interval


def figures(group: dict) -> dict[str, object]:
    """What is kept of a group of cases."""
    out = {k: [round(x, 4) if x is not None else None for x in group[k]] for k in KEPT}
    return out | {k: group[k] for k in ("n", "airframes", "not_found", "noise", "said")}


def pieces(folder: Path) -> list[dict[str, object]]:
    """Return the masked cases that came back as several flights: collection, flights, minutes of silence between them."""
    cases = pl.read_csv(folder / "cases" / "cases.csv", infer_schema_length=0)
    out = []
    for tree in sorted(p for p in (folder / "out").iterdir() if p.is_dir()):
        flights = pl.read_parquet(tree / "flights.parquet").sort("first_seen_utc")
        mine = cases.filter(pl.concat_str("end", pl.lit("_"), "mask") == tree.name)
        for case in mine.iter_rows(named=True):
            found = flights.filter(pl.col("icao24").str.to_lowercase() == case["hex"])
            if len(found) > 1:
                up, down = found["first_seen_utc"][1:], found["last_seen_utc"][:-1]
                silent = (up - down).dt.total_seconds() / 60
                dataset, file, flight = case["flight"].split("|")
                out.append(
                    {
                        "collection": file.split("/")[-1].split(".")[0] if dataset == "traffic" else dataset,
                        "flight": flight, "end": case["end"], "mask": case["mask"], "flights": len(found),
                        "silent_min": [round(x, 1) for x in silent],
                    }
                )  # fmt: skip
    return out


def main() -> int:
    """Run the other program and keep its figures; exit 1 where it made none."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--hidden-by", type=Path, default=TOOL)
    parser.add_argument("--json", type=Path, default=RESULTS / "endings.json")
    parser.add_argument("--only", help="these masks, for a try; nothing is kept")
    a = parser.parse_args()
    code = hashlib.sha256(b"".join(p.read_bytes() for p in sorted(a.hidden_by.glob("*.py")))).hexdigest()
    run = Run({"half": "dev", "column": "probability", "program_sha256": code})
    with tempfile.TemporaryDirectory() as out:
        command = [
            sys.executable,
            "-B",
            str(a.hidden_by / "endpoints.py"),
            "--half",
            "dev",
            "--out",
            out,
            "--keep",
        ]
        env = os.environ | {
            "WAYSTATION_DEV_DATA": str(a.data),
            "WAYSTATION": f"{sys.executable} -m waystation",
        }
        done = subprocess.run(
            command + (["--only", a.only] if a.only else []),
            env=env,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if not (Path(out) / "endpoints.json").exists():
            print("the program that hides ends made no result", file=sys.stderr)
            return 1
        result = json.loads((Path(out) / "endpoints.json").read_text())["dev"]
        cut = pieces(Path(out) / "dev")
    bars = [
        (x[:4] == "pass", x[6:].removeprefix("dev: "))
        for x in done.stdout.splitlines()
        if x[:6] in ("pass  ", "MISS  ")
    ]
    told = {
        "ours": {k: figures(g) for k, g in result[OURS]["groups"].items()},
        "rules": {
            name: {k: {m: g[m][0] for m in ("top1", "log_loss", "ece")} for k, g in r["groups"].items()}
            for name, r in result.items() if name != OURS
        },
        "controls": result[OURS]["controls"],
        "split": result[OURS]["notes"]["split"],
        "pieces": cut,
        "bars": [{"met": ok, "words": words} for ok, words in bars],
    }  # fmt: skip
    print("\n".join(("pass  " if ok else "MISS  ") + words for ok, words in bars))
    print(f"{len(cut)} cases in pieces here, {told['split']} told")
    if not a.only:
        run.keep(a.json, "blackbox", told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
