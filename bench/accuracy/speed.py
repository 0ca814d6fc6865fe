"""Time the ranking of many unseen ends: python -m bench.accuracy.speed ../shared/data [--ends 10000] [--json FILE]"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

import numpy as np
from bench.accuracy.masks import round_cases, states_of
from bench.accuracy.measured import Run
from bench.accuracy.truth import flights

from waystation.flights.candidates import rank_ends
from waystation.flights.field_table import field_table
from waystation.flights.reasons import reasons
from waystation.world.airfields import load_airfields


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--ends", type=int, default=10000)
    parser.add_argument("--out", type=Path, default=Path("bench/out/accuracy"))
    parser.add_argument("--json", type=Path, help="keep the figures there, in the section speed")
    a = parser.parse_args()
    run = Run({"ends": a.ends})
    airfields = load_airfields()
    cases = round_cases(flights(a.data, airfields)[0], airfields)
    states = states_of(cases)
    many = states.take(np.arange(a.ends) % len(states))
    clock, times = time.perf_counter(), {}

    def lap(name):
        nonlocal clock
        times[name] = round(time.perf_counter() - clock, 2)
        clock = time.perf_counter()

    field_table(airfields)
    lap("airfield_attributes_s")
    reasons(many.take(np.arange(10)), airfields, rank_ends(many.take(np.arange(10)), airfields))
    lap("first_call_s")
    ranked = rank_ends(many, airfields)
    lap("rank_s")
    reasons(many, airfields, ranked)
    lap("reasons_s")
    result = {"ends": a.ends, "cores": os.cpu_count(), "load": os.getloadavg()[0], **times}
    print(json.dumps(result))
    if a.json:
        run.keep(a.json, "speed", result)
    a.out.mkdir(parents=True, exist_ok=True)
    (a.out / "speed.json").write_text(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
