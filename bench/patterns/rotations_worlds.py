"""Size and power of the test whether new itineraries fit the earlier ones.

    python bench/patterns/rotations_worlds.py [--worlds 2000] [--seed 20]

Usual: .70 on the main motif. Strong: .10 on it, the rest on the other motifs. Mild: .40. Elsewhere: .10, and .60
on a motif that nobody flew before. Stays, pauses and aircraft never change.
"""

from __future__ import annotations

import argparse
import sys
import time
import zlib
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))
from bench.patterns import measured
from bench.patterns.worlds import ELSEWHERE, MILD, STRONG, USUAL, case, middle, rotation_tables

from waystation.patterns.itinerary_features import trips_of
from waystation.patterns.rotation_test import RotationRules, fit_of
from waystation.patterns.rotations import rotations_table
from waystation.terms.case_view import Question

RULES = RotationRules(draws=1000)
KINDS = {"usual": USUAL, "strong": STRONG, "mild": MILD, "elsewhere": ELSEWHERE}


def cells():
    for n_old, n_new in ((50, 5), (50, 3), (20, 5)):
        for kind in ("usual", "strong"):
            yield n_old, n_new, kind
    yield 50, 5, "elsewhere"
    yield 50, 5, "mild"


def cell(n_old, n_new, kind, worlds, seed):
    rng = np.random.default_rng([seed, zlib.crc32(f"{n_old}{n_new}{kind}".encode())])
    p, power, strict = [], [], []
    for i in range(worlds):
        trips = trips_of(rotation_tables(n_old, n_new, KINDS[kind], rng))
        old = [t.features for t in trips if t.start.date() < middle()]
        fit = fit_of(old, [t.features for t in trips if t.start.date() >= middle()], seed=i, rules=RULES)
        p.append(fit.p_value)
        power.append(fit.power)
        strict.append(fit.power_strict)
    p, power = np.array(p), np.array(power)
    return {
        "rotations": kind,
        "earlier": n_old,
        "new": n_new,
        "at_5": float((p <= 0.05).mean()),
        "at_1": float((p < 0.01).mean()),
        "said_no": float(((p < 0.01) & (power >= 0.5)).mean()),
        "said_yes": float(((p >= 0.05) & (power >= 0.5)).mean()),
        "told_5": float(np.mean(power)),
        "told_1": float(np.mean(strict)),
    }


def agree(seed: int) -> None:
    """The table says what the test says."""
    made = rotation_tables(50, 5, STRONG, np.random.default_rng(seed))
    rows = rotations_table(made, case(Question("q1", "rotation", event="middle"))).to_pylist()
    assert rows[-1]["itinerary_id"] is None
    assert len(rows) == 6


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--worlds", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--page", action="store_true", help="write the table into docs/rules/rotations.md")
    args = parser.parse_args()
    if args.page:
        page()
        return
    began, out = time.time(), []
    agree(args.seed)
    for what in cells():
        out.append(cell(*what, args.worlds, args.seed))
        print(f"{time.time() - began:6.0f} s", out[-1], flush=True)
        measured.save("rotations_worlds", "rotations_worlds", out, args.seed, args.worlds, began)


def page() -> None:
    out = measured.load("rotations_worlds")
    text = measured.table(
        out["cells"],
        {
            "rotations": "New itineraries fly",
            "earlier": "earlier",
            "new": "new",
            "at_5": "p ≤ 0.05",
            "at_1": "p < 0.01",
            "said_no": "says no",
            "said_yes": "says yes",
            "told_5": "power as told, 5 %",
            "told_1": "1 %",
        },
    )
    measured.into_page("rotations.md", "measured", text + measured.footer(out))


if __name__ == "__main__":
    main()
