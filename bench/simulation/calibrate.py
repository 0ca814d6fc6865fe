"""How near simulated traces come to real ones: distances between distributions (Kolmogorov–Smirnov).

    python bench/simulation/calibrate.py DIR [--data ../shared/data] [--out bench/out/simulation.json]

DIR: an archive of `waystation simulate`. Real: the readsb traces of the development data, jets and turboprops only;
whole files, whatever their coverage. Two groups, because one figure cannot serve both: `whole` traces hold takeoffs
and landings (PH-BXC, ac671b, ac134a), `passing` ones are 22 fly-bys of one receiver's folder.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from pathlib import Path

import numpy as np
from scipy.stats import ks_2samp

SMALL = {"P28R", "C172", "BE30"}
GAP_S = 60.0
N_FILES = 400


def load(path: Path) -> dict:
    data = path.read_bytes()
    return json.loads(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)


def columns(document: dict) -> dict[str, np.ndarray]:
    rows = document["trace"]
    t = np.array([r[0] for r in rows], dtype=float)
    ground = np.array([r[3] == "ground" for r in rows])
    alt = np.array([np.nan if r[3] in {None, "ground"} else r[3] for r in rows], dtype=float)
    return {"t": t, "ground": ground, "alt": alt, "flags": np.array([r[6] for r in rows])}


def measures(documents: list[dict]) -> dict[str, np.ndarray]:
    found = {
        k: []
        for k in (
            "spacing cruise",
            "spacing climb and descent",
            "spacing low",
            "spacing ground",
            "gap",
            "end altitude",
        )
    }
    for d in documents:
        c = columns(d)
        if len(c["t"]) < 20:
            continue
        dt, alt, ground = np.diff(c["t"]), c["alt"][1:], c["ground"][1:]
        level = np.abs(np.diff(c["alt"], prepend=np.nan))[1:] < 100
        near = dt < GAP_S
        found["spacing cruise"].append(dt[near & (alt > 25000) & level])
        found["spacing climb and descent"].append(dt[near & (alt > 5000) & ~level])
        found["spacing low"].append(dt[near & (alt <= 5000)])
        found["spacing ground"].append(dt[near & ground])
        found["gap"].append(dt[(dt >= GAP_S) & (dt < 7200)])
        ends = [
            0,
            *np.flatnonzero(dt > 1500).tolist(),
            *(np.flatnonzero(dt > 1500) + 1).tolist(),
            len(c["t"]) - 1,
        ]
        found["end altitude"].append(np.array([0.0 if c["ground"][i] else c["alt"][i] for i in ends]))
    out = {k: np.concatenate(v) if v else np.zeros(0) for k, v in found.items()}
    out["end altitude"] = out["end altitude"][np.isfinite(out["end altitude"])]
    return out


def shares(documents: list[dict]) -> dict[str, float]:
    c = [columns(d) for d in documents]
    n = sum(len(x["t"]) for x in c)
    return {
        "rows on the ground": sum(x["ground"].sum() for x in c) / n,
        "rows without altitude": sum((np.isnan(x["alt"]) & ~x["ground"]).sum() for x in c) / n,
        "rows marked stale": sum((x["flags"] & 1).sum() for x in c) / n,
        "rows with details": sum(r[8] is not None for d in documents for r in d["trace"]) / n,
        "gaps over a minute, per hour": sum((np.diff(x["t"]) >= GAP_S).sum() for x in c)
        / sum(np.diff(x["t"])[np.diff(x["t"]) < 1500].sum() / 3600 for x in c),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path)
    a = parser.parse_args()
    real = {
        "whole": [load(p) for p in sorted((a.data / "readsb").glob("*.json*"))],
        "passing": [load(p) for p in sorted((a.data / "readsb" / "globe_history").rglob("*.json"))],
    }
    real = {k: [d for d in v if d.get("t") not in SMALL] for k, v in real.items()}
    names = sorted(a.folder.glob("20*/**/*.json"))
    random.Random(1).shuffle(names)
    made = [load(p) for p in names[:N_FILES]]
    made = [d for d in made if not d.get("noRegData")]
    result = {
        "files": {"simulated": len(made), **{k: len(v) for k, v in real.items()}},
        "ks": {},
        "shares": {"simulated": shares(made)},
    }
    simulated = measures(made)
    print(f"{'':42} {'n real':>7} {'n sim':>7}  KS    quartiles real | simulated")
    for group, documents in real.items():
        result["shares"][group] = shares(documents)
        for name, values in measures(documents).items():
            other = simulated[name]
            if len(values) < 5 or len(other) < 5:
                continue
            ks = float(ks_2samp(values, other).statistic)
            result["ks"][f"{group}: {name}"] = round(ks, 3)
            q = [np.percentile(x, [25, 50, 75]).round(1).tolist() for x in (values, other)]
            print(f"{group + ': ' + name:42} {len(values):7} {len(other):7}  {ks:.2f}  {q[0]} | {q[1]}")
    print()
    for name in result["shares"]["simulated"]:
        print(f"{name:34}" + "  ".join(f"{k} {v[name]:.3f}" for k, v in result["shares"].items()))
    if a.out:
        a.out.write_text(json.dumps(result, indent=1, default=float) + "\n")


if __name__ == "__main__":
    main()
