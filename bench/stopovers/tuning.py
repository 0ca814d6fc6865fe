"""Try other weights of the score on one half of made-up worlds; report them on the other half.

    python bench/stopovers/tuning.py [--worlds 200] [--tries 300]

Even seeds choose, odd seeds report. The weights in use are ours: the result says what they lose against the best
of the tries, and what simple rules reach on the same airfields.
"""

from __future__ import annotations

import argparse
import dataclasses
import time

import numpy as np
from measured import save, summary
from worlds import world

from waystation.stopovers import RankRules
from waystation.world.airfields import load_airfields

FIRST_SEED = 5000


def tried(rng) -> RankRules:
    """Draw weights, most of them over a decade."""
    access = {"open": 1.0, "own": 1.0, "unknown": rng.uniform(0.2, 0.9), "doubtful": 0.3, "closed": 0.0}
    medium = rng.uniform(0.2, 1.0)
    return RankRules(
        detour_slope=rng.uniform(0.5, 4.0),
        access=access,
        unknown_state=rng.uniform(0.05, 0.6),
        handling={"large_airport": 1.0, "medium_airport": medium},
        handling_else=medium * rng.uniform(0.05, 1.0),
        unused=float(np.exp(rng.uniform(np.log(0.005), np.log(0.5)))),
        half_use=float(np.exp(rng.uniform(np.log(2.0), np.log(80.0)))),
        opening_use=float(np.exp(rng.uniform(np.log(0.2), np.log(10.0)))),
    )


def mrr(rows, rules: RankRules) -> float:
    ranks = [r.rank(rules) for r in rows]
    return sum(1 / r for r in ranks if r) / len(ranks)


def shown(rules: RankRules) -> dict:
    return {
        k: v
        for k, v in dataclasses.asdict(rules).items()
        if k not in ("runway", "least_probability", "longest_detour", "nearest_km")
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--tries", type=int, default=300)
    args = parser.parse_args()
    began = time.time()
    fields = load_airfields()
    made = {k: w for k in range(args.worlds) if (w := world(fields, FIRST_SEED + k))}
    print(f"{len(made)} worlds in {time.time() - began:.0f} s")
    what = "substitute"
    even, odd = ([w[what] for k, w in made.items() if k % 2 == half] for half in (0, 1))
    rng = np.random.default_rng(1)
    tries = sorted(
        ((mrr(even, r), k, r) for k, r in enumerate(tried(rng) for _ in range(args.tries))),
        key=lambda t: -t[0],
    )
    best = tries[0][2]
    print("best of the tries:", shown(best))
    out: dict = {}
    for name, rules in (("in use", RankRules()), ("best of the tries", best)):
        out[name] = {
            "chosen on": summary([r.rank(rules) for r in even]),
            "reported": summary([r.rank(rules) for r in odd]),
            "weights": shown(rules),
        }
        print(f"{name:38} even {out[name]['chosen on']}\n{'':38} odd  {out[name]['reported']}")
    rivals = [r.rivals() for r in odd]
    for name in rivals[0]:
        out[name] = {"reported": summary([r[name] for r in rivals])}
        print(f"{name:38} odd  {out[name]['reported']}")
    out["score, blind"] = {"reported": summary([r.rank(RankRules(), blind=True) for r in odd])}
    print(f"{'score, blind':38} odd  {out['score, blind']['reported']}")
    hidden = [w["hub, its flights hidden"] for k, w in made.items() if k % 2]
    out["hub hidden"] = {
        "score": summary([r.rank(RankRules()) for r in hidden]),
        **{n: summary([r.rivals()[n] for r in hidden]) for n in rivals[0]},
    }
    for name, s in out["hub hidden"].items():
        print(f"hub hidden: {name:26} odd  {s}")
    lone = [
        w[what] for k in range(1, args.worlds // 2, 2) if (w := world(fields, FIRST_SEED + k, alone=True))
    ]
    out["this demand alone"] = {
        "score": summary([r.rank(RankRules()) for r in lone]),
        "best of the tries": summary([r.rank(best) for r in lone]),
        **{n: summary([r.rivals()[n] for r in lone]) for n in rivals[0]},
    }
    for name, s in out["this demand alone"].items():
        print(f"this demand alone: {name:36} {s}")
    top = [shown(r) for _, _, r in tries[:20]]
    out["middle of the twenty best"] = {
        k: float(np.median([t[k] for t in top]))
        for k in ("detour_slope", "unknown_state", "handling_else", "unused", "half_use", "opening_use")
    }
    out["middle of the twenty best"] |= {
        "unknown": float(np.median([t["access"]["unknown"] for t in top])),
        "medium": float(np.median([t["handling"]["medium_airport"] for t in top])),
    }
    print(out["middle of the twenty best"])
    save("tuning", {"worlds": len(made), "tries": args.tries, **out}, began)


if __name__ == "__main__":
    main()
