"""Hide the true stopover, rank, and see where it stands: published routes, and the scenario of a hub that moves.

    python bench/stopovers/leave_one_out.py

No flights of these fleets are at hand for the published routes, so use does not speak there: they show what range,
closures, runways, size and facts on access do alone. Made-up worlds, where flights speak: ``tuning.py``.
"""

from __future__ import annotations

import csv
import time
import tomllib
from datetime import date, timedelta

import numpy as np
from measured import DATA, HERE, save, summary
from worlds import flights_of, rows_of

from waystation.stopovers import Demand, RankRules, build, hub_loss
from waystation.terms.schema import empty
from waystation.world.airfields import load_airfields
from waystation.world.performance import performance_of
from waystation.world.ways_many import ways_from

SCENARIO = HERE.parents[1] / "cases" / "hub-shift" / "scenario.toml"
# The score of the first version, for comparison: no handling, one weight for an unknown access
FIRST = RankRules(
    detour_slope=2.0,
    unknown_state=0.5,
    handling={"large_airport": 1.0, "medium_airport": 1.0},
    handling_else=1.0,
    unused=0.2,
    half_use=10.0,
)


def ranks(rows) -> dict[str, int | None]:
    blind = {k: v for k, v in rows.rivals().items() if "busiest" not in k}
    return {
        "score": rows.rank(RankRules()),
        "score of the first version": rows.rank(FIRST),
        "score, no access facts": rows.rank(RankRules(), blind=True),
    } | blind


def published(fields) -> list[dict]:
    known = {r["id"] for r in csv.DictReader((DATA / "published" / "published_events.csv").open())}
    out = []
    for row in csv.DictReader((HERE / "published_triples.csv").open()):
        if row["event"].rstrip("b") not in known:
            raise SystemExit(f"{row['event']} is not in published_events.csv")
        aircraft = performance_of(row["type"])
        payload = round(0.8 * aircraft.payload_t)
        on, kind, true = date.fromisoformat(row["on"]), row["operator_class"], row["stopover"]
        demand = Demand(row["origin"], row["destination"], row["type"], payload, on, kind)
        made = build([demand], empty("flights"), fields, way=ways_from, named=[true])
        rows = rows_of(made, fields, true, state=kind.endswith("-state"))
        found = next(s for s in made.stopovers.to_pylist() if s["stopover"] == true)
        out.append(
            row
            | {
                "payload_t": payload,
                "ranked": len(rows.ident),
                "feasible_probability": round(found["feasible_probability"], 3),
                "ranks": ranks(rows),
            }
        )
    return out


def scenario(fields) -> dict:
    """Flights as the scenario sets them before the move (rates × weeks), and the new hub's rank."""
    raw = tomllib.loads(SCENARIO.read_text())
    move = next(r for r in raw["regime"] if r.get("change") == "hub")
    start, legs = raw["period"]["from"], []
    first = next(r["id"] for r in raw["regime"] if "change" not in r)
    weeks = (move["from"] - start).days / 7
    for item in raw["itinerary"]:
        if first not in item.get("regimes", []):
            continue
        n = round(float(np.mean(item["per_week"])) * weeks)
        for k in range(n):
            day = start + timedelta(days=int((k + 0.5) * (move["from"] - start).days / n))
            legs += [(day, a, b) for a, b in zip(item["airfields"], item["airfields"][1:], strict=False)]
    demand = Demand("UUMU", "GABS", "IL76", 40.0, move["from"], "russian-state")
    made = hub_loss(move["old"], [demand], flights_of(legs), fields, way=ways_from, named=[move["new"]])
    rows = rows_of(made, fields, move["new"], state=True)
    best = [
        {k: r[k] for k in ("stopover", "score", "used_before")}
        for r in made.stopovers.slice(1, 5).to_pylist()
    ]
    told = ranks(rows) | {k: v for k, v in rows.rivals().items() if "busiest" in k}
    return {
        "lost": move["old"],
        "true": move["new"],
        "flights_before": len(legs),
        "ranks": told,
        "best": best,
    }


def main() -> None:
    began = time.time()
    fields = load_airfields()
    routes = published(fields)
    print("published routes: rank of the true stopover")
    for r in routes:
        print(
            f"  {r['event']:5} {r['origin']}-{r['stopover']}-{r['destination']} {r['type']} {r['payload_t']} t, "
            f"P = {r['feasible_probability']:.2f}, of {r['ranked']}: {r['ranks']}"
        )
    of_routes = {name: summary([r["ranks"][name] for r in routes]) for name in routes[0]["ranks"]}
    for name, s in of_routes.items():
        print(f"  {name:32} {s}")
    made = scenario(fields)
    print(f"scenario (simulated): {made['lost']} lost, {made['true']} true: {made['ranks']}")
    print(f"  best: {[(b['stopover'], round(b['score'], 3), b['used_before']) for b in made['best']]}")
    save("leave_one_out", {"published": routes, "published_summary": of_routes, "scenario": made}, began)


if __name__ == "__main__":
    main()
