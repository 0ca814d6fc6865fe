"""Other programs on the same made traces, in a venv of their own, and figures given elsewhere (marked so)."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import polars as pl

from waystation.world.airfields import load_airfields

HERE = Path(__file__).parent
GIVEN = [
    {"name": "adsbtrack", "measured_here": False, "positions_per_s": 5200.0, "what": "flights of an archive; figure of the issue that asked for this page"},
    {"name": "traffic", "measured_here": False, "positions_per_s": 1100.0, "what": "the same issue's figure, with 0.3 GB for 29,030 positions"},
]  # fmt: skip
PACKAGES = ("traffic", "pandas<3")


def traces_of(tar: Path, n: int) -> pl.DataFrame:
    """Return the rows of the first ``n`` traces of a day with more than 300 rows, under the names that `traffic` knows."""
    rows, taken = [], 0
    with tarfile.open(tar) as members:
        for m in members:
            if taken >= n:  # the tar may be the first part of several
                break
            if not m.isfile():
                continue
            d = json.loads(gzip.decompress(members.extractfile(m).read()))
            if len(d["trace"]) < 300:
                continue
            taken += 1
            call = d["icao"]
            for r in d["trace"]:
                call = (r[8] or {}).get("flight", call)
                ground = r[3] == "ground"
                rows.append(
                    (
                        d["timestamp"] + r[0],
                        d["icao"],
                        call.strip(),
                        r[1],
                        r[2],
                        0.0 if ground else r[3],
                        r[4],
                        r[5],
                        r[7],
                        ground,
                    )
                )
    names = [
        "timestamp",
        "icao24",
        "callsign",
        "latitude",
        "longitude",
        "altitude",
        "groundspeed",
        "track",
        "vertical_rate",
        "onground",
    ]
    frame = pl.DataFrame(rows, schema=names, orient="row", infer_schema_length=None)
    return frame.with_columns(
        (pl.col("timestamp") * 1e6).cast(pl.Datetime("us", "UTC")),
        pl.col("altitude", "groundspeed", "track", "vertical_rate").cast(pl.Float64),
    )


def fields() -> pl.DataFrame:
    """Return our airfields as `traffic` wants them: its own list has to be downloaded."""
    a = load_airfields()
    keep = np.isin(np.asarray(a.kind), ["large_airport", "medium_airport", "small_airport"])
    return pl.DataFrame(
        {
            "name": np.asarray(a.name)[keep].tolist(), "iata": np.asarray(a.iata_code)[keep].tolist(), "icao": np.asarray(a.ident)[keep].tolist(),
            "latitude": np.asarray(a.lat)[keep], "longitude": np.asarray(a.lon)[keep], "altitude": np.nan_to_num(np.asarray(a.elevation_ft)[keep]),
            "country": np.asarray(a.iso_country)[keep].tolist(), "municipality": np.asarray(a.municipality)[keep].tolist(), "type": np.asarray(a.kind)[keep].tolist(),
        }
    )  # fmt: skip


def venv(folder: Path) -> Path:
    """Make the venv where it is missing; return its python."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    got = subprocess.run([str(python), "-c", "import traffic"], capture_output=True, check=False)
    if got.returncode:
        subprocess.run([str(python), "-m", "pip", "install", "-q", *PACKAGES], check=True)
    return python


def run_traffic(tar: Path, folder: Path, traces: int = 20) -> dict[str, object]:
    """Time `traffic` on some traces; its versions stand beside."""
    python = venv(folder / "venv-traffic")
    frame = traces_of(tar, traces)
    frame.write_parquet(folder / "rival.parquet")
    fields().write_parquet(folder / "rival-fields.parquet")
    args = [
        str(python),
        str(HERE / "rival_traffic.py"),
        str(folder / "rival.parquet"),
        str(folder / "rival-fields.parquet"),
    ]
    done = subprocess.run(args, capture_output=True, text=True, check=False, timeout=1800)
    if done.returncode:
        return {"name": "traffic", "measured_here": False, "error": done.stderr.strip().splitlines()[-1]}
    told = json.loads(done.stdout.strip().splitlines()[-1])
    version = subprocess.run(
        [
            str(python),
            "-c",
            "import traffic, pandas; print('traffic', traffic.__version__, 'pandas', pandas.__version__)",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    rate = told["positions"] / (told["split_s"] + told["ends_s"])
    return {
        "name": "traffic",
        "measured_here": True,
        "version": version.stdout.strip(),
        "positions_per_s": round(rate, 1),
        **told,
    }
