"""How long a way around closed airspace takes, in processor time, once the graph of the rule set is there.

    python bench/stopovers/router.py [--pairs 150]

Pairs of a Russian and any large or medium airfield, drawn with a fixed seed, under the rules of December 2024 for
Russian state aircraft; the best of three passes, because others use the machine. What is right is tested in tests/world/test_ways.py; here only time is measured.
"""

from __future__ import annotations

import argparse
import time
from datetime import date

import numpy as np
from measured import save

from waystation.world.airfields import load_airfields
from waystation.world.airspace import closed_areas
from waystation.world.ways import shortest_way


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=150)
    n, began = parser.parse_args().pairs, time.time()
    fields = load_airfields()
    closed = closed_areas(date(2024, 12, 8), "russian-state", to=("RU", "ML"))
    rng = np.random.default_rng(7)
    good = np.flatnonzero(np.isin(fields.kind, ["large_airport", "medium_airport"]))
    russian = good[fields.iso_country[good] == "RU"]
    pairs = np.stack([rng.choice(russian, n), rng.choice(good, n)], axis=1)

    def took(a: int, b: int) -> tuple[float, bool]:
        start = time.process_time()
        way = shortest_way(fields.lat[a], fields.lon[a], fields.lat[b], fields.lon[b], closed)
        return 1e3 * (time.process_time() - start), len(way.lat) > 2

    first = [took(a, b) for a, b in pairs]  # makes the graphs of all groups of areas that are met
    again = np.min([[took(a, b)[0] for a, b in pairs] for _ in range(3)], axis=0)
    bent = np.array([w for _, w in first])
    told = {
        "pairs": n,
        "around something": int(bent.sum()),
        "first pass, with the graphs, s": round(sum(t for t, _ in first) / 1e3, 1),
        "ms a pair, median": round(float(np.median(again)), 1),
        "ms a pair, 95 %": round(float(np.quantile(again, 0.95)), 1),
        "ms a pair, most": round(float(again.max()), 1),
        "ms a pair around something, median": round(float(np.median(again[bent])), 1),
    }
    print(told)
    save("router", told, began)


if __name__ == "__main__":
    main()
