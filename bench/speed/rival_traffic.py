"""What `traffic` needs for the same traces; runs in a venv of its own: python rival_traffic.py POSITIONS.parquet

Prints one line of JSON. Its own parts only: ``Flight.split`` at 10 minutes' silence, then
``infer_airport`` for both ends. Reading is not counted.
"""

import json
import resource
import sys
import time

import pandas as pd
from traffic.core import Traffic

frame = pd.read_parquet(sys.argv[1])
frame["timestamp"] = pd.to_datetime(frame["timestamp"], utc=True)
fields = pd.read_parquet(sys.argv[2])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
began = time.process_time()
flights = [
    piece
    for _, rows in frame.groupby("icao24", sort=False)
    for piece in Traffic(rows)
    for piece in piece.split("10 min")
]
split = time.process_time() - began
began = time.process_time()
from traffic.core.airspace import Airspace  # noqa: E402, F401
from traffic.data import airports  # noqa: E402

airports._data = fields  # noqa: SLF001 - its own list would be downloaded
named, failed = 0, 0
why = {}
for flight in flights:
    for way in ("takeoff", "landing"):
        try:
            named += flight.infer_airport(way) is not None
        except Exception as e:  # noqa: BLE001 - what it raises where it finds none differs by version
            failed += 1
            why[f"{type(e).__name__}: {e}"[:90]] = why.get(f"{type(e).__name__}: {e}"[:90], 0) + 1
ends = time.process_time() - began
print(
    json.dumps(
        {
            "positions": len(frame),
            "flights": len(flights),
            "ends_named": named,
            "ends_not_named": failed,
            "why_not": dict(sorted(why.items(), key=lambda kv: -kv[1])[:3]),
            "split_s": round(split, 2),
            "ends_s": round(ends, 2),
            "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            "grown_mb": round((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024),
        }
    )
)
