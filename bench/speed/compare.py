"""Compare a made day with real traces: spacing, details, bytes, gzip. Writes results/likeness.json.

    python -m bench.speed.compare TAR --real ../shared/data/readsb

Both sides are packed anew by zlib level 9, with which releases are packed. Real traces are few (25) and most of them
are clipped by a box of one degree, so medians over traces with 60 rows and more are compared, and the range is told.
"""

from __future__ import annotations

import argparse
import gzip
import json
import tarfile
import zlib
from pathlib import Path

import numpy as np

OUT = Path(__file__).parent / "results" / "likeness.json"
LEAST = 60  # rows: under it the header weighs more than the rows


def measures(data: bytes) -> dict[str, float] | None:
    """What one trace is like; None where it is too short to say."""
    document = json.loads(data)
    rows = document["trace"]
    if len(rows) < LEAST:
        return None
    text = b"[" + data.split(b'"trace"', 1)[1].split(b"[", 1)[1]
    gaps = np.diff([r[0] for r in rows])
    details = [json.dumps(r[8], separators=(",", ":")) for r in rows if r[8]]
    q = np.percentile(gaps, [10, 50, 90])
    return {
        "spacing, 10th percentile, s": float(q[0]),
        "spacing, median, s": float(q[1]),
        "spacing, 90th percentile, s": float(q[2]),
        "steps over 20.5 s, %": 100 * float(np.mean(gaps > 20.5)),
        "rows a detail": len(rows) / max(1, len(details)),
        "bytes of a detail": float(np.mean([len(d) for d in details])) if details else 0.0,
        "bytes a row, all told": len(text) / len(rows),
        "gzip ratio (zlib 9)": len(data) / len(zlib.compress(data, 9)),
        "packed bytes a row": len(zlib.compress(data, 9)) / len(rows),
        "rows on the ground, %": 100 * float(np.mean([r[3] == "ground" for r in rows])),
        "rows without speed, %": 100 * float(np.mean([r[4] is None for r in rows])),
        "rows with IAS, %": 100 * float(np.mean([len(r) > 12 and r[12] is not None for r in rows])),
        "rows marked stale, %": 100 * float(np.mean([r[6] & 1 for r in rows])),
    }


def summary(found: list[dict[str, float]]) -> dict[str, dict[str, float]]:
    """Median and middle half of every measure over traces."""
    out = {}
    for key in found[0]:
        q = np.percentile([f[key] for f in found], [25, 50, 75])
        out[key] = {
            "low": round(float(q[0]), 2),
            "median": round(float(q[1]), 2),
            "high": round(float(q[2]), 2),
        }
    return out


def real(folder: Path) -> list[dict[str, float]]:
    paths = [*folder.glob("*.json*"), *folder.glob("globe_history/**/*.json")]
    found = []
    for path in sorted(paths):
        data = path.read_bytes()
        told = measures(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)
        found += [told] if told else []
    return found


def made(tar: Path, at_most: int = 800) -> tuple[list[dict[str, float]], list[int]]:
    found, lengths = [], []
    with tarfile.open(tar) as members:
        for m in members:
            if not m.isfile():
                continue
            data = gzip.decompress(members.extractfile(m).read())
            told = measures(data)
            lengths.append(data.count(b"\n["))
            found += [told] if told else []
            if len(found) >= at_most:
                break
    return found, lengths


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("tar", type=Path)
    parser.add_argument("--real", type=Path, required=True)
    asked = parser.parse_args()
    theirs = real(asked.real)
    ours, lengths = made(asked.tar)
    told = {
        "real_traces": len(theirs),
        "made_traces": len(ours),
        "made_rows": {f"p{q}": int(np.percentile(lengths, q)) for q in (5, 25, 50, 75, 95, 100)}
        | {"mean": round(float(np.mean(lengths)))},
        "real": summary(theirs),
        "made": summary(ours),
    }
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(told, indent=1) + "\n")
    for key, r in told["real"].items():
        m = told["made"][key]
        print(
            f"{key:32} real {r['median']:8} ({r['low']}–{r['high']})   made {m['median']:8} ({m['low']}–{m['high']})"
        )
    print(told["made_rows"])


if __name__ == "__main__":
    main()
