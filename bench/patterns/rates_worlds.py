"""Do 90 % intervals of rates hold the truth 90 % of the time? Made-up worlds as tables, thousands a cell.

    python bench/patterns/rates_worlds.py [--worlds 2000] [--workers 2] [--write]

A world has a way of many cells, reference flights that measure reception on it, and flights of the subject that
are heard or not by the same chances. `exposures` and the interval of `rates` read the tables; beside them a
naive plug-in (seen/looks multiplied as if cells were independent, then a Poisson interval).

    one          one cell of the way hears anything: k of m reference flights
    independent  every cell hears by itself
    lasting      silence lasts: a flight passes from heard to unheard stretches and back, three cells long
    aircraft     some aircraft are heard worse everywhere (a normal spread of 1.5 on the logit)

Then coverage halves and nothing else changes: how often is a change of rate announced?
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
from scipy.special import expit, gammaln, logsumexp

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "makers")]

from made_reception import MONDAY, airfields, days_table, fleet, stretches  # noqa: E402 - the makers' folder comes first

from waystation.patterns import exposure as inside  # noqa: E402 - the makers' folder comes first
from waystation.patterns.exposed_ways import PairRules, ways_of_subjects  # noqa: E402 - the makers' folder comes first
from waystation.patterns.profiles import ProfileRules  # noqa: E402 - the makers' folder comes first
from waystation.patterns.rate_interval import Exposed, exposure_draws, rate_interval  # noqa: E402 - the makers' folder comes first
from waystation.terms.case_view import CaseView, Event, Fleet  # noqa: E402 - the makers' folder comes first
from waystation.terms.cells import BANDS  # noqa: E402 - the makers' folder comes first
from waystation.terms.counts import poisson_interval  # noqa: E402 - the makers' folder comes first
from waystation.terms.reception_weeks import week_reception_of  # noqa: E402 - the makers' folder comes first
from waystation.terms.schema import TABLES  # noqa: E402 - the makers' folder comes first
from waystation.terms.subjects import Subject  # noqa: E402 - the makers' folder comes first

SEED = 20241208
N_WEEKS, DAYS = 4, 28
WAY = stretches()
N_CELLS = len(WAY.cells)
ROUTE = Subject("AAAA>BBBB", frozenset({"AAAA"}), frozenset({"BBBB"}))
CASE = CaseView(
    title="t",
    period_from=MONDAY,
    period_to=MONDAY + timedelta(days=DAYS - 1),
    fleet=Fleet(types=("IL76",)),
)
HALVES = CaseView(**{**CASE.__dict__, "events": (Event("e", MONDAY + timedelta(days=DAYS // 2)),)})
FIXED = {
    "flights": TABLES["flights"].empty_table(),
    "aircraft": fleet(),
    "archive_days": days_table(DAYS),
}
FIELDS = airfields()
WHOLE_LOOKS = inside.ExposureRules(
    pairs=PairRules(profile=ProfileRules(full_look_s=1.0))
)  # as references cross
WAYS = ways_of_subjects([ROUTE], FIXED, FIELDS, rules=WHOLE_LOOKS.pairs)[ROUTE.name]
SPAN = (MONDAY, MONDAY + timedelta(days=DAYS))
CALENDAR = inside._calendar(SPAN, None)  # noqa: SLF001 - the room's own steps, timed apart
WINDOWS = inside._windows(SPAN, HALVES, CALENDAR)  # noqa: SLF001 - the room's own steps, timed apart
DETECTIONS, REFERENCES = (0.2, 0.4, 0.6, 0.9), (20, 50, 200)
KINDS = (("one", False), ("independent", False), ("lasting", True), ("aircraft", False))


def heard(kind: str, n: int, level: float, rng: np.random.Generator) -> np.ndarray:
    """Return n × cells: where each of n flights was heard. ``level``: the knob of ``knob``."""
    if kind == "one":
        out = np.zeros((n, N_CELLS), dtype=bool)
        out[:, N_CELLS // 2] = rng.random(n) < level
        return out
    if kind == "independent":
        return rng.random((n, N_CELLS)) < level
    if kind == "aircraft":
        return rng.random((n, N_CELLS)) < expit(level + 1.5 * rng.standard_normal(n))[:, None]
    out = np.zeros((n, N_CELLS), dtype=bool)  # lasting: keeps its state with chance 2/3, else draws it anew
    out[:, 0] = rng.random(n) < level
    for i in range(1, N_CELLS):
        new = rng.random(n) < level
        out[:, i] = np.where(rng.random(n) < 2 / 3, out[:, i - 1], new)
    return out


def knob(kind: str, target: float) -> float:
    """Return the level at which a flight is heard at all with chance ``target``."""
    if kind == "one":
        return target
    low, high = (-12.0, 6.0) if kind == "aircraft" else (1e-6, 1.0)
    for _ in range(40):
        middle = (low + high) / 2
        if silent(kind, middle) > 1 - target:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def silent(kind: str, level: float) -> float:
    """P(a flight is heard nowhere), exactly."""
    if kind == "independent":
        return float((1 - level) ** N_CELLS)
    if kind == "lasting":
        return float((1 - level) * (2 / 3 + (1 - level) / 3) ** (N_CELLS - 1))
    z, w = np.polynomial.hermite_e.hermegauss(60)
    return float((w / w.sum()) @ (1 - expit(level + 1.5 * z)) ** N_CELLS)


def reception(kind: str, levels: list[float], references: int, rng: np.random.Generator) -> pa.Table:
    """Return ``coverage_weeks``: in each week its part of the reference flights, at that week's level."""
    weeks = len(levels)
    looks, seen = np.zeros((2, N_CELLS, weeks), dtype=np.int64)
    after, after_seen = np.zeros((2, N_CELLS, weeks), dtype=np.int64)
    for w, n in enumerate(rng.multinomial(references, np.full(weeks, 1 / weeks))):
        y = heard(kind, n, levels[w], rng)
        looks[:, w], seen[:, w] = n, y.sum(axis=0)
        missed = ~y[:, :-1]
        after[1:, w], after_seen[1:, w] = missed.sum(axis=0), (missed & y[:, 1:]).sum(axis=0)
    cells = [f"{c:x}" for c in WAY.cells.tolist()] + ["831f1dfffffffff"]
    bands = [BANDS[b] for b in WAY.bands] + [BANDS[3]]
    far = np.full((1, weeks), 500)
    columns = {
        "cell": np.repeat(cells, weeks),
        "altitude_band": np.repeat(bands, weeks),
        "week_utc": pa.array([MONDAY + timedelta(days=7 * w) for w in range(weeks)] * (N_CELLS + 1)),
        "looks": np.r_[looks, far].ravel(),
        "seen": np.r_[seen, far].ravel(),
        "bodies": np.r_[looks, far].ravel(),
        "after_silence": np.r_[after, far * 0].ravel(),
        "after_silence_seen": np.r_[after_seen, far * 0].ravel(),
    }
    none = pa.nulls((N_CELLS + 1) * weeks, pa.float64())
    made = [pa.array(columns[f.name]) if f.name in columns else none for f in TABLES["coverage_weeks"]]
    return pa.Table.from_arrays(
        [a.cast(f.type) for a, f in zip(made, TABLES["coverage_weeks"], strict=True)],
        schema=TABLES["coverage_weeks"],
    )


def plug_in(table: pa.Table) -> float:
    """P(heard) with every cell's seen/looks taken as known and independent."""
    looks = table.column("looks").to_numpy().reshape(N_CELLS + 1, -1)[:-1].sum(axis=1)
    seen = table.column("seen").to_numpy().reshape(N_CELLS + 1, -1)[:-1].sum(axis=1)
    return float(1 - np.prod(1 - seen / np.maximum(looks, 1)))


def exposed(table: pa.Table, case: CaseView = CASE) -> list[Exposed | None]:
    """Return the exposure of the whole period, and of each window that the case names.

    What `exposures` does between its checks and its table; `same_by_the_front_door` compares the two.
    """
    r = week_reception_of(table)
    heard = inside._heard(ROUTE, WAYS, r, inside._Known(r, CALENDAR), WHOLE_LOOKS)  # noqa: SLF001 - the room's own steps, timed apart
    rows = inside._rows(ROUTE, heard, WINDOWS[: 1 if case is CASE else 3], CALENDAR, WHOLE_LOOKS)  # noqa: SLF001 - the room's own steps, timed apart
    return [_exposed(r) for r in rows]


def _exposed(r: dict) -> Exposed | None:
    if r["exposure_days"] is None:
        return None
    return Exposed(r["days"], r["exposure_days"], r["low"], r["high"])


def same_by_the_front_door(table: pa.Table) -> bool:
    told = inside.exposures([ROUTE], FIXED | {"coverage_weeks": table}, HALVES, FIELDS, rules=WHOLE_LOOKS)
    return [_exposed(r) for r in told.slice(0, 3).to_pylist()] == exposed(table, HALVES)


def flights(mean: float, soft: bool, rng: np.random.Generator) -> list[float]:
    """Probabilities of the heard flights that may be the subject's; the true ones are Poisson(``mean``)."""
    if not soft:
        return [1.0] * int(rng.poisson(mean))
    p = np.where(rng.random(n := int(rng.poisson(mean / 0.8))) < 0.6, 1.0, rng.random(n))
    return p.tolist()


def cell(task: tuple[str, bool, float, int, int]) -> dict[str, object]:
    """One cell of the table: share of worlds whose interval holds the true rate."""
    kind, soft, detection, references, worlds = task
    rng = np.random.default_rng([SEED, *map(ord, kind), soft, int(detection * 100), references])
    level, inside, below, naive, untold, width = knob(kind, detection), 0, 0, 0, 0, []
    assert same_by_the_front_door(reception(kind, [level] * N_WEEKS, references, rng))
    for _ in range(worlds):
        rate = float(np.exp(rng.uniform(np.log(0.3), np.log(3.0))))
        table = reception(kind, [level] * N_WEEKS, references, rng)
        p = flights(rate * DAYS * detection, soft, rng)
        found = exposed(table)[0]
        if found is None:
            untold += 1
        else:
            _, low, high = rate_interval(p, found)
            inside += low <= rate <= high
            below += rate < low
            width.append((high - low) / rate)
        days = DAYS * plug_in(table)
        low, high = poisson_interval(sum(x >= 0.5 for x in p))
        naive += bool(days > 0 and low / days <= rate <= high / days)
    told = max(worlds - untold, 1)
    return {
        "kind": kind,
        "soft_ends": soft,
        "detection": detection,
        "references": references,
        "worlds": worlds,
        "covered": inside / told,
        "rate_below_interval": below / told,
        "median_relative_width": float(np.median(width)) if width else None,
        "untold": untold / worlds,
        "plug_in_covered": naive / worlds,
    }


def log10_bayes(n: tuple[int, int], e: tuple[np.ndarray, np.ndarray]) -> float:
    """Two rates against one: Gamma(½, ½ / mean rate) on each, averaged over draws of exposure."""
    mean = max(sum(n), 0.5) / float(np.mean(e[0] + e[1]))
    a, b = 0.5, 0.5 / mean

    def log_m(count: int, days: np.ndarray) -> np.ndarray:
        return a * np.log(b) - gammaln(a) + gammaln(a + count) - (a + count) * np.log(b + days)

    shared = n[0] * np.log(e[0]) + n[1] * np.log(e[1])
    two = logsumexp(log_m(n[0], e[0]) + log_m(n[1], e[1]) + shared)
    return float((two - logsumexp(log_m(sum(n), e[0] + e[1]) + shared)) / np.log(10))


def alarms(task: tuple[str, float, int, int]) -> dict[str, object]:
    """Coverage halves at mid-period, nothing else changes: how often is a change announced?"""
    kind, per_week, references, worlds = task
    rng = np.random.default_rng([SEED, 7, *map(ord, kind), int(per_week * 10), references])
    levels = [knob(kind, 0.8)] * 2 + [knob(kind, 0.4)] * 2
    half = DAYS // 2
    counts = dict.fromkeys(("apart", "bayes", "naive_apart", "naive_bayes", "untold"), 0)
    for _ in range(worlds):
        table = reception(kind, levels, references, rng)
        mean = per_week * 26.0  # a year in two halves
        n = (int(rng.poisson(mean * 0.8)), int(rng.poisson(mean * 0.4)))
        same = (np.full(1, float(half)), np.full(1, float(half)))
        counts["naive_bayes"] += log10_bayes(n, same) > 1.0
        counts["naive_apart"] += apart([poisson_interval(x) for x in n])
        _, after, before = exposed(table, HALVES)
        if before is None or after is None:
            counts["untold"] += 1
            continue
        counts["apart"] += apart(
            [rate_interval([1.0] * x, e)[1:] for x, e in zip(n, (before, after), strict=True)]
        )
        draws = (exposure_draws(before), exposure_draws(after)[rng.permutation(2048)])
        counts["bayes"] += log10_bayes(n, draws) > 1.0
    return {"kind": kind, "per_week": per_week, "references": references, "worlds": worlds} | {
        k: v / worlds for k, v in counts.items()
    }


def apart(intervals: list[tuple[float, float]]) -> bool:
    """Whether two intervals have no point in common."""
    (low1, high1), (low2, high2) = intervals
    return bool(high1 < low2 or high2 < low1)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--worlds", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    start = time.perf_counter()
    tasks = [
        (k, s, d, r, args.worlds)
        for k, s in KINDS
        for d in DETECTIONS
        for r in (REFERENCES if k in {"one", "lasting"} else (50,))
    ]
    quiet = [(k, w, 200, args.worlds) for k in ("one", "lasting") for w in (1.0, 2.0, 4.0, 7.0)]
    with ProcessPoolExecutor(args.workers) as pool:
        cells, false = list(pool.map(cell, tasks)), list(pool.map(alarms, quiet))
    for c in cells:
        print(
            f"{c['kind']:<12}{'soft' if c['soft_ends'] else 'sure':<5} {c['detection']:.1f} {c['references']:>4} "
            f"covered {c['covered']:.3f} plug-in {c['plug_in_covered']:.3f} untold {c['untold']:.3f} "
            f"below {c['rate_below_interval']:.3f} width {c['median_relative_width']}"
        )
    for c in false:
        print(c)
    if args.write:
        commit = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
        )
        result = {
            "commit": commit.stdout.strip(),
            "seed": SEED,
            "python": platform.python_version(),
            "seconds": round(time.perf_counter() - start),
            "intervals": cells,
            "false_alarms_when_coverage_halves": false,
        }
        out = ROOT / "bench" / "patterns" / "results" / "rates_worlds.json"
        out.parent.mkdir(exist_ok=True)
        out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
